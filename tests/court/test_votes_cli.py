"""`touchstone case seal|open|appeal|settle|withdraw|recover|earnings` and `touchstone stake`, as they are typed."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.chain.nodes import PASSWORD
from tests.court import reviewing
from tests.court.reviewing import DAY, Reviewing

from touchstone.chain import contracts
from touchstone.cli import main as command_line
from touchstone.court.troubles import VoteTrouble
from touchstone.court.vault import Vault, VaultTrouble
from touchstone.registry import court, permits
from touchstone.registry.court_types import Ballot, Phase
from touchstone.texts import votes

_TREASURY = contracts.address("PracticeSteward")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("court") / "home"
    reviewing.make(folder)
    return folder


@pytest.fixture
def bench(template: Path, tmp_path: Path) -> Iterator[Reviewing]:
    made = reviewing.copied(template, tmp_path / "home")
    yield made
    made.close()


@pytest.fixture
def run(bench: Reviewing, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    password = tmp_path / "password"
    password.write_text(f"{PASSWORD}\n")
    password.chmod(0o600)

    def call(*arguments: object, by: str = "") -> tuple[int, str, str]:
        more = ["--key", by, "--password-file", password, "--yes"] if by else []
        try:
            code = command_line.main([str(a) for a in ("--home", bench.home.root, *arguments, *more)], lambda _home: 99)
        except SystemExit as ended:  # argparse, on wrong usage
            code = int(ended.code or 0)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return call


def data(answer: tuple[int, str, str]) -> Any:
    assert answer[0] == 0, answer
    return json.loads(answer[1])


def test_from_the_seal_to_the_last_cent(run: Run, bench: Reviewing, tmp_path: Path) -> None:
    seats = bench.seats(1)
    loser, one, two = sorted(seats, key=lambda who: seats[who])  # the two with most seats have the majority
    for who, vote in ((one, "altered"), (two, "generated"), (loser, "not-altered")):
        sealed = data(run("case", "seal", 1, "--vote", vote, "--json", by=who))
        assert (sealed["case"], sealed["round"], sealed["vote"], sealed["by_itself"]) == (1, 1, vote, False)
    code, _out, err = run("case", "open", 1, by=one)
    assert (code, "too early" in err) == (1, True), "with the moment from which it can be"
    bench.ledger.skip(2 * DAY)
    for who in seats:
        assert "is open" in run("case", "open", 1, by=who)[1]
    code, _out, err = run("case", "open", 1, by=one)
    assert (code, "open already" in err) == (1, True)
    bench.ledger.skip(2 * DAY)
    bench.send("dot", court.tally(bench.network, 1))

    seen = data(run("case", "appeal", 1, "--json", by=loser))
    assert float(seen["against"]["target"]["amount"]) == 2 * float(seen["with"]["target"]["amount"])
    paid = data(run("case", "appeal", 1, "--against", "--amount", "12.50", "--json", by=loser))
    assert paid["paid"] == {"amount": "12.50", "units": 12_500_000}
    assert paid["against"]["mine"]["units"] == 12_500_000
    bench.ledger.skip(3 * DAY // 2)
    code, _out, err = run("case", "appeal", 1, "--against", "--amount", "1", by=loser)
    assert (code, "first half" in err) == (1, True)
    bench.ledger.skip(3 * DAY // 2)
    code, _out, err = run("case", "appeal", 1, "--with", "--amount", "1", by=loser)
    assert code == 1
    bench.send("dot", court.finalise(bench.network, 1))

    settled = data(run("case", "settle", 1, "--json", by=loser))
    assert [one["did"] for one in settled["sent"]] == ["settle", "claim"]
    assert settled["credited"]["amount"] == "12.50", "an appeal that came to nothing is paid back"
    for who in (one, two, loser, "dot"):
        fetched = data(run("case", "withdraw", "--json", by=who))
        assert fetched["withdrawn"]["units"] > 0
        code, _out, err = run("case", "withdraw", by=who)
        assert (code, "nothing to fetch" in err) == (1, True)
    held = permits.balance([bench.node], bench.network, bench.network.court)
    assert held == court.credit([bench.node], bench.network, _TREASURY), "nothing is left but what did not divide"
    earned(run, tmp_path / "earned.csv", one)
    lost = [row for row in data(run("case", "earnings", "--json", "--key", loser)) if row["what"] == "lost"]
    assert lost[0]["lost"]["units"] == seats[loser] * 5_000_000


def earned(run: Run, out: Path, who: str) -> None:
    """What a winner's table holds."""
    code, said, _err = run("case", "earnings", "--csv", out, "--key", who)
    assert (code, "earned.csv" in said) == (0, True)
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    by_kind = {row["what"]: row for row in rows}
    seat = by_kind["seat"]
    assert (seat["case"], seat["round"], seat["vote"]) == ("1", "1", "altered")
    assert seat["ruling"] in {"generated", "altered-or-generated"}
    assert float(seat["paid"]) > 0
    assert float(by_kind["withdrawn"]["withdrawn"]) >= float(seat["paid"])
    assert float(seat["network_fee"]) > 0
    assert seat["transaction"].startswith("0x")
    assert seat["time"][:2] == "20"
    code, _out, err = run("case", "earnings", "--csv", out, "--key", who)
    assert (code, "already" in err) == (1, True)
    assert run("case", "earnings", "--csv", out, "--replace", "--key", who)[0] == 0


def test_a_schedule_opens_what_may_be_opened_by_itself_without_any_password(run: Run, bench: Reviewing) -> None:
    code, said, _err = run("case", "seal", 1, "--vote", "cannot-tell", "--by-itself", by="ann")
    assert (code, "by itself" in said) == (0, True)
    assert run("case", "seal", 1, "--vote", "altered", by="bea")[0] == 0
    assert run("case", "open", "--all")[:2] == (0, "No vote in the vault can be opened now.\n")
    bench.ledger.skip(2 * DAY)
    code, said, err = run("case", "open", "--all")
    assert code == 1
    assert "opens with its key alone" in said
    assert "1 vote was not opened" in err
    assert bench.vote(1, "ann").ballot is Ballot.CANNOT_TELL
    assert bench.vote(1, "ann").revealed
    assert data(run("case", "open", "--all", "--json", by="bea"))[0]["done"] == "opened"
    assert data(run("case", "open", "--all", "--json")) == []


def test_what_is_due_is_said_in_time(run: Run, bench: Reviewing) -> None:
    def kinds(who: str) -> list[tuple[str, bool]]:
        return [(one["do"], one["missed_soon"]) for one in data(run("case", "due", "--json", "--key", who))]

    assert kinds("ann") == [("seal", False)]
    bench.ledger.skip(DAY + 60)
    assert kinds("ann") == [("seal", True)]
    code, said, err = run("case", "due", "--key", "ann")
    assert (code, "until" in said, "seal your vote" in err) == (0, True, True)
    run("case", "seal", 1, "--vote", "altered", by="ann")
    run("case", "seal", 1, "--vote", "altered", "--by-itself", by="bea")
    assert [one for one in kinds("ann") if one[0] == "seal"] == []
    bench.ledger.skip(DAY)
    assert kinds("ann") == [("open", True)], "its key is needed"
    assert kinds("bea") == [("open", False)]
    assert "with your key" in run("case", "due", "--key", "ann")[2]
    run("case", "open", "--all", by="ann")
    bench.ledger.skip(2 * DAY)
    assert {one["do"] for one in data(run("case", "due", "--json"))} == {"advance", "withdraw"}, (
        "and fees for moving it on"
    )
    bench.send("dot", court.tally(bench.network, 1))
    bench.ledger.skip(3 * DAY)
    bench.send("dot", court.finalise(bench.network, 1))
    assert [kind for kind, _soon in kinds("ann")] == ["settle"]
    assert [kind for kind, _soon in kinds("dot")] == ["withdraw"]
    run("case", "withdraw", by="ann")
    assert run("case", "due", "--key", "ann")[1] == "Nothing is due.\n"


def test_a_lost_vault_comes_back_from_the_key(run: Run, bench: Reviewing) -> None:
    run("case", "seal", 1, "--vote", "generated", by="ann")
    for path in bench.home.root.glob("votes.sqlite3*"):
        path.unlink()
    back = data(run("case", "recover", 1, "--json", by="ann"))
    assert (back["vote"], back["by_itself"]) == ("generated", False)
    code, _out, err = run("case", "recover", 1, by="bea")
    assert (code, "sealed" in err) == (1, True)
    bench.ledger.skip(2 * DAY)
    vault = Vault(bench.home)
    assert len(vault.all()) == 1
    vault.close()
    for path in bench.home.root.glob("votes.sqlite3*"):
        path.unlink()
    assert run("case", "open", 1, by="ann")[0] == 0, "it is recovered on the way"
    assert bench.vote(1, "ann").ballot is Ballot.SYNTHETIC


def test_a_damaged_vault_is_said_with_the_way_back(run: Run, bench: Reviewing) -> None:
    run("case", "seal", 1, "--vote", "altered", by="ann")
    for path in bench.home.root.glob("votes.sqlite3?*"):
        path.unlink()
    bench.home.vault.write_bytes(os.urandom(20_000))
    bench.ledger.skip(2 * DAY)
    code, _out, err = run("case", "open", "--all")
    assert (code, "touchstone case recover" in err) == (1, True)
    assert run("case", "open", 1, by="ann")[0] == 0


def test_what_is_typed_wrongly(run: Run, bench: Reviewing) -> None:
    for arguments in (
        ("case", "open"),
        ("case", "open", 1, "--all"),
        ("case", "seal", 1, "--vote", "fine"),
        ("stake", "add", "much"),
        ("stake", "add", "-5"),
        ("stake", "add", "5", "--join", "robots"),
        ("case", "appeal", 1, "--against", "--with"),
    ):
        assert run(*arguments)[0] == 2, arguments
    for arguments in (
        ("case", "seal", 99, "--vote", "altered"),
        ("case", "appeal", 99),
        ("case", "settle", 1),
        ("case", "recover", 1),
        ("stake", "remove", "999999"),
        ("stake", "withdraw"),
        ("stake", "remove", "0"),
    ):
        code, out, err = run(*arguments, by="ann")
        assert (code, out) == (1, ""), arguments
        assert err.strip(), arguments


def test_a_new_reviewer_stakes_joins_and_takes_it_out_again(run: Run, bench: Reviewing, tmp_path: Path) -> None:
    code, _out, err = run("stake", "add", "30", "--join", "people", by="dot")
    assert (code, "50.00" in err) == (1, True), "the least that is needed"
    staked = data(run("stake", "add", "60", "--join", "people", "--json", by="dot"))
    assert (staked["joined"], staked["staked"]["amount"], staked["weight"]["units"]) == (True, "60.00", 0)
    assert len(staked["transactions"]) == 2, "a permit and no allowance, and joining"
    assert permits.allowance([bench.node], bench.network, bench.address("dot"), bench.network.pool) == 0
    code, _out, err = run("stake", "add", "60", "--join", "people", by="dot")
    assert (code, "already" in err) == (1, True)
    bench.ledger.skip(14 * DAY)
    assert data(run("stake", "refresh", "--json", by="dot"))["weight"]["amount"] == "60.00"
    assert "Nothing would change" in run("stake", "refresh", by="dot")[2]
    assert data(run("stake", "add", "0.5", "--json", by="dot"))["maturing"]["amount"] == "0.50"
    shown = run("stake", "show", "--key", "dot")[1]
    assert "60.50" in shown
    assert data(run("stake", "remove", "60.50", "--json", by="dot"))["unbonding"]["amount"] == "60.50"
    code, _out, err = run("stake", "withdraw", by="dot")
    assert (code, "from" in err) == (1, True)
    bench.ledger.skip(14 * DAY)
    assert data(run("stake", "withdraw", "--json", by="dot"))["staked"]["units"] == 0
    assert data(run("stake", "leave", "--json", by="dot"))["joined"] is False
    code, _out, err = run("stake", "join", "people", by="dot")
    assert code == 1


def test_a_deadline_that_passes_while_one_is_asked(run: Run, bench: Reviewing, monkeypatch: pytest.MonkeyPatch) -> None:
    from touchstone.cli import confirm

    def slow(_prepared: Any, *, yes: bool) -> bool:
        bench.ledger.skip(2 * DAY)
        return yes

    monkeypatch.setattr(confirm, "confirm", slow)
    code, _out, err = run("case", "seal", 1, "--vote", "altered", by="ann")
    assert (code, "cost nothing" in err) == (1, True)
    assert bench.phase(1) is Phase.REVEAL
    assert bench.vote(1, "ann").commitment == ""


@pytest.mark.parametrize("code", [*VoteTrouble, *VaultTrouble])
def test_every_trouble_has_words_and_a_way_on(code: str) -> None:
    params = {"case": 7, "voter": "0x" + "aa" * 20, "address": "0x" + "aa" * 20, "needed": 5, "has": 0, "least": 5}
    for more in ({}, {"play": True, "sent": True, "opens": 1_800_000_000, "at": 1_800_000_000, "free": 1}):
        said = votes.told(str(code), {**params, **more})
        assert said.endswith((".", "7", "5")) or "touchstone" in said
        assert said != "It failed."


def test_a_wrong_clock_is_said() -> None:
    assert "2 h ahead" in votes.clock_off(7200)
    assert "3 days behind" in votes.clock_off(-3 * DAY)
    assert votes.clock_off(0) == ""


def test_a_vote_that_was_let_out_is_shown_and_a_file_that_cannot_be_had_is_said_so(run: Run, bench: Reviewing) -> None:
    seats = bench.seats(1)
    careless, other = sorted(seats, key=lambda who: seats[who])[:2]
    data(run("case", "seal", 1, "--vote", "altered", "--by-itself", "--json", by=careless))
    vault = Vault(bench.home)
    try:
        (kept,) = vault.all()
        salt, voter = vault.open(kept).salt, kept.voter
    finally:
        vault.close()
    before = court.credit([bench.node], bench.network, bench.address("dot"))
    wrong = run("case", "leak", 1, "--voter", voter, "--vote", "generated", "--salt", salt, by="dot")
    assert (wrong[0], "Traceback" in wrong[2]) == (1, False)
    for bad in (("--voter", "0x12", "--salt", salt), ("--voter", voter, "--salt", "xyz")):
        assert run("case", "leak", 1, *bad, "--vote", "altered", by="dot")[0] == 1
    shown = data(run("case", "leak", 1, "--voter", voter, "--vote", "altered", "--salt", salt, "--json", by="dot"))
    assert shown["said"] == "leak"
    rewarded = court.credit([bench.node], bench.network, bench.address("dot")) - before
    assert rewarded == seats[careless] * 2_000_000, "a tenth of each lock"
    assert run("case", "seal", 1, "--vote", "altered", by=careless)[0] == 1, "its seats are void"

    assert data(run("case", "unobtainable", 1, "--json", by=other))["case"] == 1
    assert court.vote([bench.node], bench.network, 1, 0, bench.address(other)).unobtainable
    assert run("case", "unobtainable", 1, by=other)[0] == 1, "it was said before"
    bench.ledger.skip(DAY)
    assert run("case", "unobtainable", 1, by=sorted(seats, key=lambda who: seats[who])[2])[0] == 1, "too late"


def test_a_detector_joins_by_the_name_that_it_has_here(run: Run, bench: Reviewing, monkeypatch: Any) -> None:
    monkeypatch.delenv("TOUCHSTONE_MODELS", raising=False)  # those that ship
    unknown = run("stake", "add", "30", "--join", "no-such-detector", by="dot")
    assert (unknown[0], "touchstone model list" in unknown[2]) == (2, True)
    assert run("stake", "add", "30", "--join", "Not A Detector", by="dot")[0] == 2
    joined = data(run("stake", "add", "30", "--join", "ai-image", "--json", by="dot"))
    assert (joined["joined"], joined["automated"]) == (True, True)
