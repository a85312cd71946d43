"""`touchstone case flag|list|show|evidence|reply`, as they are typed, on a practice ledger with real keys."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.desk_court.bundles import picture, report_on, sha256
from tests.desk_court.test_bundle import code

from touchstone.chain import keystore
from touchstone.chain.agree import open_nodes
from touchstone.chain.networks import Networks
from touchstone.chain.send import Sender
from touchstone.chain.signer import KeystoreSigner
from touchstone.cli import main as command_line
from touchstone.court import flagging
from touchstone.court.evidence import EvidenceStore
from touchstone.court.flagging import Charge, Wanted
from touchstone.paths import Home
from touchstone.registry import court
from touchstone.report import loads
from touchstone.store.outbox import Outbox

WORK = 2**4
PASSWORD = "correct horse battery"
Run = Callable[..., tuple[int, str, str]]


def typed(home: Path, capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    ended = command_line.main([str(a) for a in ("--home", home, *arguments)], lambda _home: 99)
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return ended, said.out, said.err


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk with a publisher, a registered picture, and that picture flagged by another key: case 1."""
    folder = tmp_path_factory.mktemp("begun")
    (folder / "password").write_text(PASSWORD + "\n")
    (folder / "password").chmod(0o600)
    home = Home(folder / "home")
    for name in ("practice", "other"):
        keystore.new(home, name, PASSWORD, WORK)
    ours = picture(folder / "in", 1, "ours.jpg")
    signing = ["--key", "practice", "--password-file", str(folder / "password"), "--yes"]
    for arguments in (["publisher", "create", "Agence X"], ["register", str(ours)]):
        assert command_line.main(["--home", str(home.root), *arguments, *signing], lambda _home: 99) == 0
    return folder


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> Path:
    shutil.copytree(begun, tmp_path / "desk")
    return tmp_path / "desk"


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object, key: str = "") -> tuple[int, str, str]:
        more = ["--key", key, "--password-file", folder / "password", "--yes"] if key else []
        return typed(folder / "home", capsys, *arguments, *more)

    return call


def flag(folder: Path, *more: object) -> list[object]:
    path = folder / "in" / "ours.jpg"
    return ["case", "flag", path, "--choice", "manipulated", "--reason", "the quay was dry", *more, "--json"]


def document(told: tuple[int, str, str]) -> dict[str, Any]:
    assert told[0] == 0, told[2]
    found: dict[str, Any] = json.loads(told[1])
    return found


def kept(folder: Path) -> set[str]:
    return set(EvidenceStore(Home(folder / "home")).items())


def test_from_flag_to_reply(run: Run, folder: Path, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("the tide table of that day")
    flagged = document(run(*flag(folder, "--evidence", note, "--link", "https://example.org/a"), key="other"))
    media = sha256(folder / "in" / "ours.jpg")
    assert (flagged["case"], flagged["media"], flagged["already"]) == (1, media, False)
    assert kept(folder) == {flagged["evidence"]}
    # The list, and who is it about.
    (listed,) = document(run("case", "list", "--json", "--open", "--mine"))["cases"]
    assert (listed["case"], listed["phase"], listed["ruling"], listed["flagger"]) == (
        1, "flagged", None, flagged["flagger"].lower(),
    )  # fmt: skip
    assert (listed["bounty"], listed["bond"]) == (
        {"amount": "30.60", "units": 30_600_000}, {"amount": "35.00", "units": 35_000_000},
    )  # fmt: skip
    assert document(run("case", "list", "--json", "--text", media[:12]))["total"] == 1
    assert document(run("case", "list", "--json", "--text", "nothing like it"))["total"] == 0
    # The case.
    shown = document(run("case", "show", 1, "--json"))
    assert (shown["untrusted_publisher"], shown["publisher"]) == ("Agence X", 1)
    assert [(one["item"], one["here"]) for one in shown["items"]] == [(flagged["evidence"], "here")]
    assert shown["ends"] - shown["flagged"] == 3 * 86400
    assert {"who": "publisher", "command": "touchstone case reply 1 --reason TEXT"} in shown["can_do"]
    text = run("case", "show", 1)[1]
    assert "30.60 practice dollars" in text
    assert "Was it altered or generated?" in text
    # Evidence: what is here is verified and can be checked as any file.
    (item,) = document(run("case", "evidence", 1, "--json"))["items"]
    assert (item["state"], item["choice"], item["untrusted_reason"]) == ("here", "edited", "the quay was dry")
    assert [one["untrusted_name"] for one in item["files"]] == ["ours.jpg", "note.txt"]
    report = document(run("case", "evidence", 1, "--check", "--json"))
    assert (report["media"]["sha256"], report["media"]["name"]) == (media, "ours.jpg")
    assert run("case", "evidence", 1, "--check", item["item"][:8])[0] == 0
    # A second look by somebody else, and the reply of the publisher.
    more = run("case", "evidence", 1, "--add", note, "--reason", "it was ebb", "--json", key="practice")
    assert "stays on this computer" in more[2]
    assert document(more)["item"] in kept(folder)
    said = run("case", "reply", 1, "--reason", "it is as it was", "--counter-bond", "--json", key="practice")
    assert document(said)["case"] == 1
    items = document(run("case", "evidence", 1, "--json"))["items"]
    assert [(one["publisher"], one["state"]) for one in items] == [(None, "here"), (None, "here"), (1, "here")]
    assert items[2]["counter_bond"] == {"amount": "35.00", "units": 35_000_000}
    # Everybody's check says so.
    checked = document(run("check", folder / "in" / "ours.jpg", "--json"))
    (reviewers,) = [one for one in checked["findings"] if one["witness"] == "reviewers"]
    assert reviewers["details"]["case"] == 1


def test_nothing_is_flagged_twice_or_without_sense(run: Run, folder: Path, tmp_path: Path) -> None:
    empty, text = tmp_path / "empty.jpg", tmp_path / "text.txt"
    empty.touch()
    text.write_text("no picture")
    path = folder / "in" / "ours.jpg"
    why = ["--choice", "manipulated", "--reason", "x"]
    refused: list[tuple[list[object], str]] = [
        (["case", "flag", tmp_path / "gone.jpg", *why], "cannot be read"),
        (["case", "flag", tmp_path, *why], "cannot be read"),
        (["case", "flag", empty, *why], "nothing to review"),
        (["case", "flag", text, *why], "nothing to review"),
        (["case", "flag", path, "--choice", "context", "--reason", "x"], "Say the text"),
        (["case", "flag", path, *why, "--claim", "a ship"], "Only a flag"),
        (["case", "flag", path, *why, "--bond", "1"], "35.00 practice dollars"),
        (["case", "flag", path, *why, "--bounty", "30.59"], "30.60 practice dollars"),
        (["case", "flag", path, *why, "--link", "file:///etc/passwd"], "no address of the web"),
        (["case", "flag", path, *why, "--uri", "gopher://x"], "Use https, ipfs or file"),
        (["case", "flag", path, *why, "--uri", "https://example.org/" + "x" * 500], "512 bytes"),
        (["case", "flag", path, *why, "--evidence", empty], "is empty"),
        (["case", "flag", path, *why, "--evidence", tmp_path / "gone"], "cannot be read"),
        (["case", "flag", path, *why, "--evidence", tmp_path], "cannot be read"),
        (["case", "flag", path, *why, "--bundle", text], "no bundle of evidence"),
    ]
    for arguments, words in refused:
        ended, out, err = run(*arguments, key="other")
        assert (ended, out) == (1, ""), arguments
        assert words in err, (arguments, err)
        assert kept(folder) == set(), arguments
    assert run("case", "flag", path, "--choice", "manipulated", key="other")[0] == 2
    assert document(run(*flag(folder), key="other"))["case"] == 1
    before = kept(folder)
    ended, out, err = run(*flag(folder), key="practice")
    assert (ended, out) == (1, "")
    assert "Case 1 about this is open already" in err
    assert kept(folder) == before
    context = ["case", "flag", path, "--choice", "context", "--claim", "a ship", "--reason", "x", "--json"]
    assert document(run(*context, key="other"))["case"] == 2


def test_what_is_not_agreed_to_leaves_nothing(run: Run, folder: Path) -> None:
    signing = ["--key", "other", "--password-file", folder / "password"]
    ended, out, err = run(*flag(folder), *signing)
    assert (ended, out) == (1, "")
    assert "not done" in err
    assert kept(folder) == set()
    outbox = Outbox(Home(folder / "home"))
    assert not [one for one in outbox.recent() if one.code.startswith("case-flag")]
    outbox.close()


def test_a_report_can_be_given_and_a_bundle_made_before(run: Run, folder: Path, tmp_path: Path) -> None:
    home = Home(folder / "home")
    ours, other = folder / "in" / "ours.jpg", picture(tmp_path, 2, "other.jpg")
    (tmp_path / "report.json").write_bytes(report_on(home, ours))
    given = ["--evidence", tmp_path / "report.json"]
    why = ["--choice", "generated", "--reason", "x"]
    ended, _out, err = run("case", "flag", other, *why, *given, key="other")
    assert ended == 1
    assert "about another file" in err
    made = document(run("case", "flag", ours, *why, *given, "--export", tmp_path / "e.zip", "--json"))
    assert (tmp_path / "e.zip").stat().st_size == made["bytes"]
    assert kept(folder) == set()
    uri = (tmp_path / "e.zip").as_uri()
    bundle = ["--bundle", tmp_path / "e.zip", "--uri", uri, "--json"]
    ended, _out, err = run("case", "flag", other, *bundle, key="other")
    assert ended == 1
    assert kept(folder) == set()
    flagged = document(run("case", "flag", ours, *bundle, key="other"))
    assert flagged["evidence"] == made["item"]
    # Another desk with the same ledger fetches it from there.
    EvidenceStore(home).remove(made["item"])
    (item,) = document(run("case", "evidence", 1, "--json"))["items"]
    assert item["state"] == "elsewhere"
    fetched = document(run("case", "evidence", 1, "--fetch", "--json"))
    assert fetched["items"] == [{"item": made["item"], "fetched": True, "refused": None}]
    (item,) = document(run("case", "evidence", 1, "--json"))["items"]
    assert (item["state"], item["choice"], item["report"]) == ("here", "generated", "registered")


def test_hidden_evidence_stays_hidden(run: Run, folder: Path, tmp_path: Path) -> None:
    item = document(run(*flag(folder), key="other"))["evidence"]
    document(run("case", "evidence", 1, "--export", tmp_path / "e.zip", "--json"))
    assert document(run("case", "evidence", 1, "--hide", item[:10], "--json"))["hidden"] == item
    assert document(run("case", "evidence", 1, "--json"))["items"][0]["state"] == "hidden"
    assert kept(folder) == set()
    for asked in (["--check"], ["--export", tmp_path / "f.zip"], ["--fetch", "--item", item]):
        assert run("case", "evidence", 1, *asked)[0] == 1, asked
    assert run("case", "evidence", 1, "--fetch")[0] == 0
    assert run("case", "evidence", 1, "--unhide", item)[0] == 0
    ended, _out, err = run("case", "evidence", 1, "--fetch")
    assert ended == 1
    assert "does not say where it is" in err


def test_what_is_asked_wrongly_is_said(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no case 7" in run("case", "show", 7)[2]
    assert "no case 0" in run("case", "evidence", 0)[2]
    assert run("case", "list")[0] == 0
    for arguments in (["show", "x"], ["list", "--limit", "-1"], ["flag"], ["evidence", "1", "--most", "0"], []):
        with pytest.raises(SystemExit) as ended:
            run("case", *arguments)
        assert ended.value.code == 2
    capsys.readouterr()


# --- a flag that is broken off


class Desk:
    """A key at work, below the command line."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder / "home")
        self.network = Networks.load(self.home).get("practice")
        self.nodes = open_nodes(self.home, self.network)
        self.signer = KeystoreSigner(keystore.find(self.home, "other"), ask=lambda: PASSWORD)
        path = folder / "in" / "ours.jpg"
        self.wanted = Wanted(path, loads(report_on(self.home, path)), Charge.MANIPULATED, "why")
        self.store = EvidenceStore(self.home)

    def prepare(self) -> flagging.Prepared:
        return flagging.prepare(self.home, self.network, self.nodes, self.wanted)

    def send(self, prepared: flagging.Prepared, *, broken_off: bool = False) -> None:
        from touchstone.chain.local import PracticeLedger
        from touchstone.registry import permits

        ledger = PracticeLedger(self.home.ledger)
        ledger.fund(self.signer.address, 10**18)
        ledger.give_dollars(self.signer.address, prepared.what.total)
        ledger.close()
        sender = Sender(self.home, self.network, self.nodes)
        for intent, key in (
            (permits.approve(self.network, self.network.court, prepared.what.total), ""),
            (court.flag(self.network, prepared.what), prepared.deed),
        ):
            sender.send(sender.prepare(intent, self.signer.address), self.signer, lambda _p: True, key=key)
        sender.close()
        if broken_off:
            raise KeyboardInterrupt


def test_a_flag_that_was_broken_off_leaves_no_evidence(folder: Path) -> None:
    desk = Desk(folder)
    prepared = desk.prepare()
    with pytest.raises(KeyboardInterrupt), flagging.sending(desk.home, desk.network, prepared):
        raise KeyboardInterrupt
    assert desk.store.items() == ()
    # One whose process was killed: its evidence goes with the next flag, once nobody can be asked about it any more.
    killed = desk.prepare()
    second = desk.prepare()
    assert desk.store.has(killed.what.evidence)
    notes = desk.home.evidence / "flags.json"
    old = json.loads(notes.read_bytes())
    for note in old.values():
        note["time"] -= 90_000
    notes.write_text(json.dumps(old))
    third = Wanted(desk.wanted.path, desk.wanted.report, Charge.GENERATED, "another reason")
    left = flagging.prepare(desk.home, desk.network, desk.nodes, third)
    assert desk.store.items() == (left.what.evidence,)
    assert code(lambda: flagging.sending(desk.home, desk.network, second).__enter__()) == "missing"


def test_a_flag_that_was_sent_keeps_its_evidence_whatever_ends_it(folder: Path) -> None:
    desk = Desk(folder)
    prepared = desk.prepare()
    with pytest.raises(KeyboardInterrupt), flagging.sending(desk.home, desk.network, prepared):
        desk.send(prepared, broken_off=True)
    assert desk.store.items() == (prepared.what.evidence,)
    assert court.last_case(desk.nodes, desk.network, prepared.what.media) == 1


def test_two_windows_flag_once(folder: Path) -> None:
    desk = Desk(folder)
    first = desk.prepare()
    desk.wanted = Wanted(desk.wanted.path, desk.wanted.report, Charge.MANIPULATED, "the same, in other words")
    second = desk.prepare()
    assert first.deed == second.deed
    assert first.what.evidence != second.what.evidence
    with flagging.sending(desk.home, desk.network, first):
        desk.send(first)
    with pytest.raises(Exception, match="reverted"), flagging.sending(desk.home, desk.network, second):
        desk.send(second)
    assert desk.store.items() == (first.what.evidence,)
    assert court.count(desk.nodes, desk.network) == 1


def test_a_flag_needs_the_money(folder: Path) -> None:
    desk = Desk(folder)
    asked = {"account": "0x" + "77" * 20}
    assert code(flagging.prepare, desk.home, desk.network, desk.nodes, desk.wanted, **asked) == "no-money"
    assert desk.store.items() == ()
