"""Sealing and opening on a practice ledger, with real keys: whatever happens in between, a vote is opened once."""

from __future__ import annotations

import contextlib
import dataclasses
import secrets
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.court import reviewing
from tests.court.reviewing import DAY, Reviewing

from touchstone.chain import contracts, ledger_faucet
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.throwaway import ThrowawaySigner
from touchstone.court import sending, voting
from touchstone.court.opening import Done, Opening, Result
from touchstone.court.troubles import VoteError, VoteTrouble
from touchstone.court.vault import Vault, VaultError, VaultTrouble
from touchstone.registry import court
from touchstone.registry.court_types import Ballot, Phase
from touchstone.store.outbox import SentState


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
def vault(bench: Reviewing) -> Iterator[Vault]:
    made = Vault(bench.home)
    yield made
    made.close()


def yes(_prepared: Any) -> bool:
    return True


def seal(bench: Reviewing, vault: Vault, who: str = "ann", ballot: Ballot = Ballot.EDITED, **more: Any) -> Any:
    made = voting.seal([bench.node], bench.network, bench.signers[who], vault, 1, ballot, **more)
    sender = bench.sender()
    try:
        return made, sending.send(sender, made.intent, bench.signers[who], yes, made.window, key=made.key)
    finally:
        sender.close()


def look(bench: Reviewing, vault: Vault, **more: Any) -> tuple[Result, ...]:
    only = more.pop("only", None)
    opening = Opening(bench.home, bench.network, [bench.node], vault, patience=5.0, **more)
    try:
        return opening.open_due(only)
    finally:
        opening.close()


def to_reveal(bench: Reviewing, seconds: int = 2 * voting.SETTLED) -> None:
    bench.ledger.skip(2 * DAY + seconds)
    assert bench.phase(1) is Phase.REVEAL


def refused(call: Any) -> VoteError:
    with pytest.raises(VoteError) as caught:
        call()
    return caught.value


def signers_of(bench: Reviewing) -> Any:
    return lambda address: next(
        (s for s in bench.signers.values() if s.address.lower() == address and not s.locked), None
    )


# --- sealing


def test_a_vote_is_in_the_vault_before_it_is_sent_and_its_seal_is_on_the_chain(bench: Reviewing, vault: Vault) -> None:
    signer = bench.signers["ann"]
    made = voting.seal([bench.node], bench.network, signer, vault, 1, Ballot.EDITED)
    assert vault.of(bench.network.chain_id, bench.network.court, 1, 0, signer.address) == (made.kept,)
    assert bench.vote(1, "ann").commitment == ""
    bench.send("ann", made.intent)
    assert bench.vote(1, "ann").commitment == made.kept.commitment
    assert (made.again, made.only_here) == (False, False)


def test_it_can_be_sealed_anew_and_the_last_one_counts(bench: Reviewing, vault: Vault) -> None:
    first, _sent = seal(bench, vault, ballot=Ballot.EDITED)
    second, _sent = seal(bench, vault, ballot=Ballot.NOT_ALTERED)
    assert (first.again, second.again) == (False, True)
    back, _sent = seal(bench, vault, ballot=Ballot.EDITED)
    assert bench.vote(1, "ann").commitment == first.kept.commitment == back.kept.commitment
    same, sent = seal(bench, vault, ballot=Ballot.EDITED)
    assert same.kept.commitment == back.kept.commitment
    assert sent.sent.id <= _newest(bench), "nothing was sent for it"
    to_reveal(bench)
    (result,) = look(bench, vault)
    assert result.done is Done.OPENED
    assert bench.vote(1, "ann").ballot is Ballot.EDITED


def _newest(bench: Reviewing) -> int:
    sender = bench.sender()
    try:
        return max(one.id for one in sender.journal())
    finally:
        sender.close()


@pytest.mark.parametrize(
    ("who", "case", "skip", "code"),
    [
        ("dot", 1, 0, VoteTrouble.NO_SEAT),
        ("ann", 9, 0, VoteTrouble.NO_CASE),
        ("ann", 1, 2 * DAY, VoteTrouble.TOO_LATE),
        ("ann", 1, 9 * DAY, VoteTrouble.TOO_LATE),
    ],
)
def test_what_cannot_be_sealed_is_said_and_nothing_is_kept(
    bench: Reviewing, vault: Vault, who: str, case: int, skip: int, code: VoteTrouble
) -> None:
    if skip:
        bench.ledger.skip(skip)
    found = refused(
        lambda: voting.seal([bench.node], bench.network, bench.signers[who], vault, case, Ballot.NOT_ALTERED)
    )
    assert found.code is code
    assert vault.all() == ()


def test_a_network_without_a_court(bench: Reviewing, vault: Vault) -> None:
    nowhere = dataclasses.replace(bench.network, court="")
    found = refused(lambda: voting.seal([bench.node], nowhere, bench.signers["ann"], vault, 1, Ballot.EDITED))
    assert found.code is VoteTrouble.NO_COURT


def test_generated_is_no_answer_about_a_claim(bench: Reviewing, vault: Vault) -> None:
    case = bench.flag("b2" * 32, "a text that somebody put below it")
    bench.draw(case)
    who = next(name for name, seats in bench.seats(case).items() if seats)
    signer = bench.signers[who]
    found = refused(lambda: voting.seal([bench.node], bench.network, signer, vault, case, Ballot.SYNTHETIC))
    assert found.code is VoteTrouble.BAD_BALLOT
    assert voting.seal([bench.node], bench.network, signer, vault, case, Ballot.EDITED).kept.case == case


def test_where_the_vault_cannot_be_written_there_is_nothing_to_send(bench: Reviewing) -> None:
    bench.home.vault.mkdir()
    with pytest.raises(VaultError) as caught:
        seal(bench, Vault(bench.home))
    assert caught.value.code is VaultTrouble.FAILED
    assert bench.vote(1, "ann").commitment == ""


def test_a_window_that_closes_while_it_is_signed_costs_nothing(bench: Reviewing, vault: Vault) -> None:
    signer = bench.signers["ann"]
    made = voting.seal([bench.node], bench.network, signer, vault, 1, Ballot.EDITED)
    sender = bench.sender()
    before = bench.node.request("eth_getBalance", [signer.address, "latest"])

    def slow(_prepared: Any) -> bool:
        bench.ledger.skip(2 * DAY)
        return True

    found = refused(lambda: sending.send(sender, made.intent, signer, slow, made.window, key=made.key))
    assert (found.code, found.params) == (VoteTrouble.TOO_LATE, {"sent": False})
    assert bench.node.request("eth_getBalance", [signer.address, "latest"]) == before
    assert [one for one in sender.journal() if one.key == made.key] == []
    sender.close()


def test_a_window_that_closes_after_it_was_kept_is_not_sent_either(bench: Reviewing, vault: Vault) -> None:
    signer = bench.signers["ann"]
    made = voting.seal([bench.node], bench.network, signer, vault, 1, Ballot.EDITED)
    sender = bench.sender()

    def on_step(step: str, _params: Any) -> None:
        if step == "kept":
            bench.ledger.skip(2 * DAY)

    found = refused(lambda: sending.send(sender, made.intent, signer, yes, made.window, key=made.key, on_step=on_step))
    assert found.code is VoteTrouble.TOO_LATE
    assert [one.state for one in sender.journal() if one.key == made.key] == [SentState.CANCELLED]
    sender.close()


def test_one_that_is_mined_too_late_says_that_it_cost_its_fee(bench: Reviewing, vault: Vault) -> None:
    signer = bench.signers["ann"]
    made = voting.seal([bench.node], bench.network, signer, vault, 1, Ballot.EDITED)
    sender = bench.sender()

    def late(_params: Any, ask: Any) -> Any:
        bench.ledger.skip(2 * DAY)
        return ask()

    bench.node.on["eth_sendRawTransaction"] = late
    found = refused(lambda: sending.send(sender, made.intent, signer, yes, made.window, key=made.key))
    assert (found.code, found.params) == (VoteTrouble.TOO_LATE, {"sent": True})
    sender.close()


def test_a_ledger_that_slept_through_the_window_is_not_taken_at_its_old_word(bench: Reviewing, vault: Vault) -> None:
    """A practice ledger makes no block while nobody sends anything: days pass, and its newest block is old."""
    bench.ledger.close()
    now = time.time()
    slept = reviewing.PracticeLedger(bench.home.ledger, clock=lambda: now + 2 * DAY)
    node = slept.node()
    assert court.phase([node], bench.network, 1) is Phase.COMMIT, "as of its newest block"
    found = refused(lambda: voting.seal([node], bench.network, bench.signers["ann"], vault, 1, Ballot.EDITED))
    assert found.code is VoteTrouble.TOO_LATE
    assert court.phase([node], bench.network, 1) is Phase.REVEAL
    slept.close()


# --- opening


def test_a_wallet_that_is_locked_at_opening_time_does_not_cost_the_lock(bench: Reviewing, vault: Vault) -> None:
    """The window that sealed it still runs; another account sends it."""
    seal(bench, vault)
    to_reveal(bench)
    for signer in bench.signers.values():
        signer.lock()
    (result,) = look(bench, vault, signers=signers_of(bench))
    assert (result.done, result.opener.lower() == bench.address("ann")) == (Done.OPENED, False)
    found = bench.vote(1, "ann")
    assert (found.revealed, found.ballot) == (True, Ballot.EDITED)
    assert look(bench, vault) == (), "once"


def test_after_a_restart_a_saved_instruction_opens_and_another_vote_waits_for_its_key(
    bench: Reviewing, vault: Vault
) -> None:
    seal(bench, vault, "ann", by_itself=True)
    seal(bench, vault, "bea", Ballot.NOT_ALTERED)
    to_reveal(bench)
    vault.close()
    later = Vault(bench.home)
    results = {one.kept.voter: one for one in look(bench, later)}
    assert results[bench.address("ann")].done is Done.OPENED
    waiting = results[bench.address("bea")]
    assert waiting.done is Done.FAILED
    assert isinstance(waiting.trouble, VaultError)
    assert waiting.trouble.code is VaultTrouble.NEEDS_KEY
    (result,) = look(bench, later, signers=signers_of(bench))
    assert (result.done, result.opener.lower()) == (Done.OPENED, bench.address("bea"))
    assert bench.vote(1, "bea").ballot is Ballot.NOT_ALTERED
    later.close()


def test_the_store_is_deleted_and_the_key_brings_the_vote_back(bench: Reviewing, vault: Vault) -> None:
    for ballot, who in ((Ballot.SYNTHETIC, "ann"), (Ballot.CANNOT_TELL, "bea")):
        seal(bench, vault, who, ballot, by_itself=True)
    vault.close()
    for path in (*bench.home.root.glob("votes.sqlite3*"), bench.home.vault_keys / "opens-by-itself.key"):
        path.unlink()
    to_reveal(bench)
    later = Vault(bench.home)
    assert look(bench, later) == ()
    found = refused(lambda: voting.opening([bench.node], bench.network, later, 1, bench.address("ann")))
    assert found.code is VoteTrouble.NOT_IN_VAULT
    other = refused(lambda: voting.recover([bench.node], bench.network, bench.signers["cem"], later, 1))
    assert other.code is VoteTrouble.NOT_SEALED
    voting.recover([bench.node], bench.network, bench.signers["ann"], later, 1)
    assert [one.done for one in look(bench, later)] == [Done.OPENED]
    assert bench.vote(1, "ann").ballot is Ballot.SYNTHETIC
    intent, _kept, _window = voting.opening(
        [bench.node], bench.network, later, 1, bench.address("bea"), bench.signers["bea"]
    )
    bench.send("dot", intent)  # anyone may send it
    assert bench.vote(1, "bea").ballot is Ballot.CANNOT_TELL
    later.close()


def test_a_damaged_vault_is_said_and_the_key_is_the_way_back(bench: Reviewing, vault: Vault) -> None:
    seal(bench, vault)
    vault.close()
    to_reveal(bench)
    with sqlite3.connect(bench.home.vault) as connection:
        connection.execute("UPDATE vote SET sealed = zeroblob(62)")
    later = Vault(bench.home)
    (result,) = look(bench, later)
    assert isinstance(result.trouble, VaultError)
    (result,) = look(bench, later, signers=signers_of(bench))
    assert result.done is Done.OPENED
    later.close()


def test_a_seal_of_another_device_is_not_recovered_from_another_key(bench: Reviewing, vault: Vault) -> None:
    """Sealed with a random salt elsewhere: neither the vault here nor the key has it, and that is said."""
    bench.send("ann", court.commit(bench.network, 1, secrets.token_hex(32)))
    found = refused(lambda: voting.recover([bench.node], bench.network, bench.signers["ann"], vault, 1))
    assert found.code is VoteTrouble.NOT_RECOVERED


def test_of_two_windows_the_vote_opens_whose_seal_is_on_the_chain(bench: Reviewing, vault: Vault) -> None:
    other = Vault(bench.home)
    signer = bench.signers["ann"]
    one = voting.seal([bench.node], bench.network, signer, vault, 1, Ballot.EDITED)
    two = voting.seal([bench.node], bench.network, signer, other, 1, Ballot.NOT_ALTERED)
    bench.send("ann", two.intent)
    bench.send("ann", one.intent)
    to_reveal(bench)
    results: list[Any] = []
    threads = [
        threading.Thread(target=lambda w=window: results.append(look(bench, w, signers=signers_of(bench))))
        for window in (vault, other)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bench.vote(1, "ann").ballot is Ballot.EDITED
    assert {one.done for result in results for one in result} <= {Done.OPENED}
    sender = bench.sender()
    opened = [one for one in sender.journal() if one.code == "case-open"]
    assert len(opened) == 1, "sent once"
    sender.close()
    other.close()


def test_one_that_fails_keeps_no_other_from_being_opened(bench: Reviewing, vault: Vault) -> None:
    seal(bench, vault, "ann")
    seal(bench, vault, "bea", by_itself=True)
    vault.close()
    to_reveal(bench)
    later = Vault(bench.home)
    assert sorted(str(one.done) for one in look(bench, later)) == ["failed", "opened"]
    assert [str(one.done) for one in look(bench, later, only=[(1, bench.address("bea"))])] == []
    later.close()


def test_too_early_and_too_late(bench: Reviewing, vault: Vault) -> None:
    seal(bench, vault)
    address = bench.address("ann")
    found = refused(lambda: voting.opening([bench.node], bench.network, vault, 1, address))
    assert found.code is VoteTrouble.TOO_EARLY
    assert found.params["opens"] > 0
    assert look(bench, vault) == ()
    bench.ledger.skip(4 * DAY)
    assert look(bench, vault) == ()
    found = refused(lambda: voting.opening([bench.node], bench.network, vault, 1, address))
    assert found.code is VoteTrouble.TOO_LATE


def test_nothing_is_opened_twice_while_it_is_on_its_way(bench: Reviewing, vault: Vault) -> None:
    seal(bench, vault)
    to_reveal(bench)

    bench.node.on["eth_sendRawTransaction"] = times_out
    for _time in range(2):
        opening = Opening(bench.home, bench.network, [bench.node], vault, signers=signers_of(bench), patience=0.05)
        (result,) = opening.open_due()
        assert result.done is Done.SENT
        opening.close()
    assert len(openings(bench)) == 1
    bench.node.on.clear()
    sender = bench.sender()
    sender.resume()
    assert bench.vote(1, "ann").revealed
    sender.close()


def openings(bench: Reviewing, code: str = "case-open") -> list[Any]:
    sender = bench.sender()
    try:
        return [one for one in sender.journal() if one.code == code]
    finally:
        sender.close()


# --- trouble of every kind, in any order


def times_out(_params: Any, _ask: Any) -> Any:
    raise ChainError(ChainTrouble.TIMEOUT)


def arrives_but_times_out(_params: Any, ask: Any) -> Any:
    ask()
    raise ChainError(ChainTrouble.TIMEOUT)


FAULTS = {"before": times_out, "after": arrives_but_times_out}
METHODS = ["eth_sendRawTransaction", "eth_getTransactionReceipt", "eth_call", "eth_blockNumber"]
ENDS = ["", "signing", "signed", "kept", "broadcast", "mined", "final"]


class StumblingError(RuntimeError):
    """Stands in for a process that ends: nothing after it runs."""


@given(faults=st.data())
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_goes_wrong_a_vote_is_opened_once(sealed: Path, tmp_path: Path, faults: st.DataObject) -> None:
    bench = reviewing.copied(sealed, tmp_path / secrets.token_hex(4))
    for _attempt in range(faults.draw(st.integers(1, 3), label="attempts")):
        for method in faults.draw(st.sets(st.sampled_from(METHODS), max_size=2), label="where"):
            bench.node.on[method] = FAULTS[faults.draw(st.sampled_from(sorted(FAULTS)), label=method)]
        ends = faults.draw(st.sampled_from(ENDS), label="ends")
        by = signers_of(bench) if faults.draw(st.booleans(), label="wallet") else (lambda _address: None)

        def on_step(step: str, _params: Any, ends: str = ends) -> None:
            if step == ends:
                raise StumblingError

        vault = Vault(bench.home)  # as after a restart: nothing is in memory
        opening = Opening(bench.home, bench.network, [bench.node], vault, signers=by, patience=0.05)
        with contextlib.suppress(ChainError, StumblingError):
            opening.open_due(on_step=on_step)
        opening.close()
        vault.close()
        bench.node.on.clear()
    vault = Vault(bench.home)
    for _look in range(2):
        look(bench, vault)
    assert bench.vote(1, "ann").revealed
    assert look(bench, vault) == ()
    states = [one.state for one in openings(bench)]
    assert states.count(SentState.FINAL) == 1
    assert set(states) <= {SentState.FINAL, SentState.CANCELLED, SentState.FAILED}
    vault.close()
    bench.close()


@pytest.fixture(scope="module")
def sealed(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a vote that can be opened now, by itself."""
    folder = tmp_path_factory.mktemp("sealed") / "home"
    bench = reviewing.copied(template, folder)
    vault = Vault(bench.home)
    seal(bench, vault, by_itself=True)
    vault.close()
    to_reveal(bench)
    bench.close()
    return folder


# --- reorganisations


def kept_ledger(bench: Reviewing, folder: Path) -> Path:
    """What the ledger holds now, put aside."""
    bench.ledger.close()
    folder.mkdir()
    for path in bench.home.root.glob("practice-ledger.sqlite3*"):
        shutil.copyfile(path, folder / path.name)
    return folder


def rewound(bench: Reviewing, to: Path) -> None:
    """The ledger as it was put aside, and another block: those that came after are no more."""
    bench.ledger.close()
    for path in bench.home.root.glob("practice-ledger.sqlite3*"):
        path.unlink()
    for path in to.iterdir():
        shutil.copyfile(path, bench.home.root / path.name)
    bench.ledger.fund(bench.address("dot"), 7)


def deep(bench: Reviewing, depth: int) -> Reviewing:
    """As a network that is no practice ledger, where a block counts after so many."""
    return dataclasses.replace(bench, network=dataclasses.replace(bench.network, practice=False, confirmations=depth))


def opener_with_money(bench: Reviewing, vault: Vault) -> None:
    bench.ledger.fund(ThrowawaySigner(vault.opener(bench.network.chain_id)).address, 10**17)


def test_no_vote_is_shown_while_a_reorganisation_could_make_it_a_leak(bench: Reviewing, vault: Vault) -> None:
    seal(bench, vault)
    to_reveal(bench, 0)
    bench = deep(bench, 1)
    opener_with_money(bench, vault)
    assert [one.done for one in look(bench, vault)] == [Done.WAITS]
    bench.ledger.skip(voting.SETTLED)
    assert [one.done for one in look(bench, vault)] == [Done.OPENED]


def test_an_opening_that_is_reorganised_away_goes_out_again_as_it_was(
    bench: Reviewing, vault: Vault, tmp_path: Path
) -> None:
    """It did not count yet: the same bytes, once."""
    seal(bench, vault)
    to_reveal(bench)
    bench = deep(bench, 5)
    opener_with_money(bench, vault)
    before = kept_ledger(bench, tmp_path / "before")
    opening = Opening(bench.home, bench.network, [bench.node], vault, patience=0.1)
    (result,) = opening.open_due()
    assert (result.done, bench.vote(1, "ann").revealed) == (Done.SENT, True)
    (first,) = openings(bench)
    rewound(bench, before)
    assert not bench.vote(1, "ann").revealed
    assert opening.open_due() == ()
    assert bench.vote(1, "ann").revealed
    (again,) = openings(bench)
    assert again.raw == first.raw
    for _block in range(5):
        bench.ledger.fund(bench.address("dot"), 1)
    assert opening.open_due() == ()
    assert [one.state for one in openings(bench)] == [SentState.FINAL]
    opening.close()


def test_an_opening_that_had_counted_is_sent_anew_once(bench: Reviewing, vault: Vault, tmp_path: Path) -> None:
    """Deeper than anybody waits for: its bytes are given up, so another transaction takes its place."""
    seal(bench, vault)
    to_reveal(bench)
    bench = deep(bench, 1)
    opener_with_money(bench, vault)
    before = kept_ledger(bench, tmp_path / "before")
    assert [one.done for one in look(bench, vault)] == [Done.OPENED]
    rewound(bench, before)
    assert [one.done for one in look(bench, vault)] == [Done.OPENED]
    assert bench.vote(1, "ann").revealed
    assert look(bench, vault) == ()
    assert [one.state for one in openings(bench)] == [SentState.FINAL, SentState.FINAL]


def test_a_seal_that_had_counted_is_handed_in_again_once(bench: Reviewing, vault: Vault, tmp_path: Path) -> None:
    bench = deep(bench, 1)
    before = kept_ledger(bench, tmp_path / "before")
    made, _sent = seal(bench, vault)
    voting.seal([bench.node], bench.network, bench.signers["ann"], vault, 1, Ballot.SYNTHETIC)  # and never sent
    rewound(bench, before)
    assert bench.vote(1, "ann").commitment == ""
    (told,) = look(bench, vault)
    assert isinstance(told.trouble, VoteError)
    assert told.trouble.code is VoteTrouble.SEAL_LOST
    (result,) = look(bench, vault, signers=signers_of(bench))
    assert result.done is Done.SEALED
    assert bench.vote(1, "ann").commitment == made.kept.commitment
    assert look(bench, vault, signers=signers_of(bench)) == ()
    assert len(openings(bench, "case-seal")) == 2


def test_what_was_never_sent_is_never_sent(bench: Reviewing, vault: Vault) -> None:
    """The person said no at the sheet: the vault has it, and nobody hands it in."""
    voting.seal([bench.node], bench.network, bench.signers["ann"], vault, 1, Ballot.EDITED)
    assert look(bench, vault, signers=signers_of(bench)) == ()
    assert bench.vote(1, "ann").commitment == ""


def test_votes_of_a_case_that_is_over_are_forgotten(bench: Reviewing, vault: Vault) -> None:
    seal(bench, vault)
    to_reveal(bench)
    look(bench, vault)
    bench.ledger.skip(2 * DAY)
    bench.send("dot", court.tally(bench.network, 1))
    look(bench, vault)
    assert len(vault.all()) == 1
    bench.ledger.skip(3 * DAY)
    bench.send("dot", court.finalise(bench.network, 1))
    look(bench, vault)
    assert vault.all() == ()


def test_a_ledger_that_was_begun_anew_has_nothing_to_open(bench: Reviewing, vault: Vault) -> None:
    seal(bench, vault)
    bench.ledger.reset(keep_copy=False)
    assert look(bench, vault) == ()
    assert len(vault.all()) == 1


def test_without_a_node_nobody_waits_for_each_vote(bench: Reviewing, vault: Vault) -> None:
    seal(bench, vault, "ann")
    seal(bench, vault, "bea")
    to_reveal(bench)
    opening = Opening(bench.home, bench.network, [bench.node], vault, patience=5.0)
    bench.node.asked.clear()

    def gone(_params: Any, _ask: Any) -> Any:
        raise ChainError(ChainTrouble.UNREACHABLE)

    bench.node.on["eth_call"] = gone
    (result,) = opening.open_due()
    assert result.done is Done.FAILED
    assert bench.node.count("eth_call") == 1
    bench.node.on.clear()
    assert [one.done for one in opening.open_due()] == [Done.OPENED, Done.OPENED]
    opening.close()


# --- pauses


def paused(bench: Reviewing, on: bool) -> None:
    """The steward of practice stands where a guardian would."""
    call = contracts.encode("FactCheckCourt", "pause" if on else "unpause")
    steward = contracts.address("PracticeSteward")
    run = contracts.encode("PracticeSteward", "run", bench.network.court, call)
    ledger_faucet.spend(bench.ledger.ask, bench.network.chain_id, bytes.fromhex(steward[2:]), run, 0)


def test_a_pause_takes_no_time_from_anybody(bench: Reviewing, vault: Vault) -> None:
    bench.ledger.skip(DAY)
    paused(bench, on=True)
    bench.ledger.skip(2 * DAY)
    seal(bench, vault)
    assert bench.phase(1) is Phase.COMMIT
    paused(bench, on=False)
    bench.ledger.skip(DAY + 60)
    assert bench.phase(1) is Phase.REVEAL
    paused_again = look(bench, vault)
    assert [one.done for one in paused_again] == [Done.OPENED]


# --- a signer that does not sign the same twice


class Dice:
    """Somebody's device: it signs transactions as any, and typed data differently each time."""

    sends = False

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.address = inner.address

    def sign_transaction(self, fields: Any) -> Any:
        return self._inner.sign_transaction(fields)

    def sign_typed_data(self, _data: Any) -> bytes:
        return secrets.token_bytes(65)


def test_such_a_vote_is_in_the_vault_alone_and_opens_by_itself(bench: Reviewing, vault: Vault) -> None:
    dice: Any = Dice(bench.signers["ann"])
    made = voting.seal([bench.node], bench.network, dice, vault, 1, Ballot.SYNTHETIC)
    assert (made.only_here, made.kept.by_itself) == (True, True)
    bench.send("ann", made.intent)
    with pytest.raises(ChainError) as caught:
        voting.recover([bench.node], bench.network, dice, vault, 1)
    assert caught.value.code is ChainTrouble.UNSUPPORTED
    vault.close()
    to_reveal(bench)
    later = Vault(bench.home)
    assert [one.done for one in look(bench, later)] == [Done.OPENED]
    assert bench.vote(1, "ann").ballot is Ballot.SYNTHETIC
    later.close()


# --- the rest


def test_a_leak_is_shown_by_who_has_it_and_what_is_not_sealed_is_refused(bench: Reviewing, vault: Vault) -> None:
    made, _sent = seal(bench, vault)
    vote = vault.open(made.kept)
    asked = ([bench.node], bench.network, 1, vote.voter)
    assert refused(lambda: voting.leak(*asked, Ballot.NOT_ALTERED, vote.salt)).code is VoteTrouble.NOT_SEALED
    intent, _window = voting.leak(*asked, vote.ballot, vote.salt)
    bench.send("dot", intent)
    assert bench.vote(1, "ann").voided
    found = refused(lambda: seal(bench, vault))
    assert found.code is VoteTrouble.VOID_SEAT


def test_a_file_that_cannot_be_had_is_said_in_time_alone(bench: Reviewing, vault: Vault) -> None:
    intent, _window = voting.unobtainable([bench.node], bench.network, 1, bench.address("ann"))
    bench.send("ann", intent)
    assert bench.vote(1, "ann").unobtainable
    bench.ledger.skip(DAY // 2)
    found = refused(lambda: voting.unobtainable([bench.node], bench.network, 1, bench.address("bea")))
    assert found.code is VoteTrouble.TOO_LATE


def test_why_is_said_after_it_is_opened(bench: Reviewing, vault: Vault) -> None:
    seal(bench, vault)
    asked = ([bench.node], bench.network, 1, 0, bench.address("ann"), "ee" * 32, "")
    assert refused(lambda: voting.justify(*asked)).code is VoteTrouble.NOT_OPENED
    to_reveal(bench)
    look(bench, vault)
    bench.send("ann", voting.justify(*asked))
