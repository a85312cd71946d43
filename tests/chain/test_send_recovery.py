"""What was under way is found again: after a crash, in a full pool, outbid, dropped, or when its block is no more."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.chain import crashing
from tests.chain.nodes import (
    NOBODY,
    Bench,
    Between,
    anvil,
    anvil_bench,
    arrives_but_times_out,
    practice_bench,
    refuses_connections,
    times_out,
)

from touchstone.chain import known_calls
from touchstone.chain.agree import open_nodes
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.fees import Fees
from touchstone.chain.local import PracticeLedger
from touchstone.chain.networks import Networks
from touchstone.chain.send import Prepared, Sender
from touchstone.chain.signer import KeystoreSigner
from touchstone.paths import Home
from touchstone.store.outbox import Outbox, SentState


def yes(_prepared: Prepared) -> bool:
    return True


def refused(call: Any) -> ChainError:
    with pytest.raises(ChainError) as caught:
        call()
    return caught.value


def create(bench: Bench, name: str = "Agence X") -> Any:
    return known_calls.intent(bench.network, "PublisherRegistry", "create", name, "", NOBODY)


# --- kill -9


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a ledger, a funded key, and nothing sent but the deployment."""
    folder = tmp_path_factory.mktemp("template")
    bench = practice_bench(folder)
    bench.node.close()
    return folder


STEPS = ["nowhere", "signing", "signed", "kept", "arrived", "broadcast", "mined", "depth", "final"]


@pytest.mark.parametrize("at", STEPS)
def test_killed_at_any_moment_it_is_sent_exactly_once(template: Path, tmp_path: Path, at: str) -> None:
    home = Home(shutil.copytree(template, tmp_path / "home"))
    command = [sys.executable, crashing.__file__, str(home.root), at]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert ran.returncode == (0 if at == "nowhere" else -signal.SIGKILL), ran.stderr

    network = Networks.load(home).get("practice")
    (node,) = open_nodes(home, network)
    signer = KeystoreSigner(crashing.keystore.find(home, "me"))
    signer.unlock(crashing.PASSWORD)
    bench = Bench(home, network, Between(node), signer, "practice")
    before = bench.nonce()
    sender = bench.sender()
    sender.resume()
    mined = sender.send(sender.prepare(create(bench), signer.address), signer, yes, key=crashing.KEY)
    assert mined.sent.state is SentState.FINAL
    assert bench.publishers() == 1
    assert bench.nonce() == mined.sent.nonce + 1
    assert before in {mined.sent.nonce, mined.sent.nonce + 1}
    entries = [one for one in sender.journal() if one.key == crashing.KEY]
    assert len(entries) == 1, "once in the journal, signed once"
    sender.close()
    node.close()
    signer.lock()


# --- a pool that does not mine by itself


@pytest.fixture(scope="module")
def pooled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with anvil() as url:
        made = anvil_bench(tmp_path_factory.mktemp("pool"), url)
        made.tell("evm_setAutomine", False)
        yield made
        made.node.close()


@pytest.fixture
def bench(pooled: Bench) -> Iterator[Bench]:
    pooled.node.on.clear()
    pooled.node.asked.clear()
    yield pooled
    pooled.node.on.clear()
    pooled.tell("anvil_dropAllTransactions")
    outbox = Outbox(pooled.home)
    outbox.forget(pooled.network.chain_id)
    outbox.close()


def launch(bench: Bench, sender: Sender, key: str, name: str = "Agence X") -> None:
    """Send without waiting for a block."""
    prepared = sender.prepare(create(bench, name), bench.address)
    reached: list[str] = []
    found = refused(
        lambda: sender.send(
            prepared,
            bench.signer,
            yes,
            on_step=lambda step, _p: reached.append(step),
            cancel=lambda: "broadcast" in reached,
            key=key,
        )
    )
    assert found.params["pending"] is True


@pytest.fixture
def sender(bench: Bench) -> Iterator[Sender]:
    made = bench.sender(patience=3.0)
    yield made
    made.close()


def test_one_that_waits_times_out_and_is_found_again(bench: Bench) -> None:
    impatient = bench.sender(patience=0.1)
    prepared = impatient.prepare(create(bench), bench.address)
    found = refused(lambda: impatient.send(prepared, bench.signer, yes, key="w"))
    assert (found.code, found.params["pending"]) == (ChainTrouble.TIMEOUT, True)
    bench.tell("evm_mine")
    assert [one.state for one in impatient.resume()] == [SentState.FINAL]
    assert impatient.resume() == []
    impatient.close()


def test_what_a_node_forgot_gets_to_it_again_as_it_was(bench: Bench, sender: Sender) -> None:
    launch(bench, sender, "f")
    (before,) = sender.resume()
    bench.tell("anvil_dropAllTransactions")
    (after,) = sender.resume()
    assert after.state is SentState.SENT
    assert after.raw == before.raw
    assert bench.tell("eth_getTransactionByHash", before.hash) is not None
    bench.tell("evm_mine")
    assert sender.follow(before.id).hash == before.hash


def test_several_wait_in_line_and_a_gap_is_filled_first(bench: Bench, sender: Sender) -> None:
    nonce = bench.nonce()
    for key in ("a", "b", "c"):
        launch(bench, sender, key)
    waiting = sender.resume()
    assert [one.nonce for one in waiting] == [nonce, nonce + 1, nonce + 2]
    # The middle one is lost by the node, and the journal gives it up: its nonce is a gap that holds up the third.
    bench.tell("anvil_dropTransaction", waiting[1].hash)
    outbox = Outbox(bench.home)
    outbox.change(waiting[1].id, state=SentState.FAILED, raw=b"")
    outbox.close()
    launch(bench, sender, "d")
    assert {one.key: one.nonce for one in sender.resume()}["d"] == nonce + 1
    launch(bench, sender, "e")
    assert {one.key: one.nonce for one in sender.resume()}["e"] == nonce + 3
    bench.tell("evm_mine")
    assert {one.state for one in sender.resume()} == {SentState.FINAL}
    assert bench.nonce() == nonce + 4


def test_a_higher_fee_takes_the_place_of_the_first(bench: Bench, sender: Sender) -> None:
    before, nonce = bench.publishers(), bench.nonce()
    launch(bench, sender, "r")
    (first,) = sender.resume()
    asked: list[Prepared] = []

    def confirm(prepared: Prepared) -> bool:
        asked.append(prepared)
        return True

    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(sender.replace(first.id, bench.signer, confirm)))
    thread.start()
    while bench.node.count("eth_sendRawTransaction") < 2:
        thread.join(0.01)
    bench.tell("evm_mine")
    thread.join()
    (mined,) = found
    assert asked[0].replaces == first.id
    assert mined.sent.nonce == nonce
    assert mined.sent.replaces == first.id
    assert mined.sent.max_fee * 8 >= first.max_fee * 9
    assert mined.sent.priority * 8 >= first.priority * 9
    assert mined.hash != first.hash
    assert bench.publishers() == before + 1
    by_id = {one.id: one for one in sender.journal()}
    assert by_id[first.id].state is SentState.DROPPED
    assert sender.send(asked[0], bench.signer, lambda _p: pytest.fail("asked"), key="r").hash == mined.hash


def test_a_replacement_that_came_too_late_finds_the_first(bench: Bench, sender: Sender) -> None:
    before = bench.publishers()
    launch(bench, sender, "l")
    (first,) = sender.resume()
    bench.tell("evm_mine")
    mined = sender.replace(first.id, bench.signer, lambda _p: pytest.fail("asked"))
    assert mined.hash == first.hash
    assert bench.publishers() == before + 1


def test_the_first_is_mined_though_it_was_outbid(bench: Bench, sender: Sender) -> None:
    """The replacement reaches nobody; the first one gets into a block; both are one deed."""
    before = bench.publishers()
    launch(bench, sender, "o")
    (first,) = sender.resume()
    bench.node.on["eth_sendRawTransaction"] = times_out

    def confirm(_prepared: Prepared) -> bool:
        return True

    impatient = bench.sender(patience=0.05)
    found = refused(lambda: impatient.replace(first.id, bench.signer, confirm))
    assert found.code is ChainTrouble.TIMEOUT
    impatient.close()
    bench.tell("evm_mine")
    bench.node.on.clear()
    states = {one.id: one.state for one in sender.resume()}
    assert states[first.id] is SentState.FINAL
    assert set(states.values()) == {SentState.FINAL, SentState.DROPPED}
    assert bench.publishers() == before + 1


def test_refusing_to_outbid_changes_nothing(bench: Bench, sender: Sender) -> None:
    launch(bench, sender, "n")
    (first,) = sender.resume()
    assert refused(lambda: sender.replace(first.id, bench.signer, lambda _p: False)).code is ChainTrouble.REJECTED
    assert [one.id for one in sender.resume()] == [first.id]


def test_one_whose_place_another_wallet_took(bench: Bench, sender: Sender) -> None:
    """The same key is used elsewhere, with the same nonce and a higher fee."""
    launch(bench, sender, "t")
    (mine,) = sender.resume()
    bench.tell("anvil_dropTransaction", mine.hash)
    fields = {
        "type": 2,
        "chainId": bench.network.chain_id,
        "nonce": mine.nonce,
        "to": NOBODY,
        "value": 0,
        "data": "0x",
        "gas": 21_000,
        "maxFeePerGas": 10 * mine.max_fee,
        "maxPriorityFeePerGas": 10 * mine.priority,
    }
    bench.tell("eth_sendRawTransaction", "0x" + bench.signer.sign_transaction(fields).raw.hex())
    bench.tell("evm_mine")
    found = refused(lambda: sender.follow(mine.id))
    assert found.code is ChainTrouble.DROPPED
    assert sender.journal(1)[0].state is SentState.DROPPED
    launch(bench, sender, "t")
    bench.tell("evm_mine")
    assert [one.state for one in sender.resume()] == [SentState.FINAL]


def test_a_node_that_lies_about_a_nonce_does_not_make_it_dropped(bench: Bench) -> None:
    """Believing it would mean doing the deed a second time under another nonce."""
    liar = Between(bench.node.node, "liar")
    liar.on["eth_getTransactionCount"] = lambda params, ask: hex(int(ask(), 16) + (params[1] != "pending"))
    sender = Sender(bench.home, bench.network, [liar, bench.node], poll=0.01, patience=0.5)
    launch(bench, sender, "lie")
    assert [one.state for one in sender.resume()] == [SentState.SENT]
    bench.tell("evm_mine")
    assert [one.state for one in sender.resume()] == [SentState.FINAL]
    sender.close()


# --- trouble of every kind, in any order

FAULTS = {"before": times_out, "after": arrives_but_times_out, "nobody": refuses_connections}
DEEDS = itertools.count()
METHODS = ["eth_sendRawTransaction", "eth_getTransactionReceipt", "eth_getTransactionByHash", "eth_blockNumber"]


class StumblingError(RuntimeError):
    """Stands in for a process that ends: nothing after it runs."""


@given(data=st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_goes_wrong_each_deed_is_done_once(resting: Bench, data: st.DataObject) -> None:
    bench = resting
    deed, before = f"deed {next(DEEDS)}", bench.publishers()
    for _attempt in range(data.draw(st.integers(1, 3), label="attempts")):
        for method in data.draw(st.sets(st.sampled_from(METHODS)), label="where"):
            bench.node.on[method] = FAULTS[data.draw(st.sampled_from(sorted(FAULTS)), label=method)]
        dies = data.draw(st.sampled_from(["", "signed", "kept", "broadcast", "mined", "final"]), label="dies")

        def on_step(step: str, _params: Any, dies: str = dies) -> None:
            if step == dies:
                raise StumblingError

        sender = bench.sender(patience=0.05)
        with contextlib.suppress(ChainError, StumblingError):
            sender.send(sender.prepare(create(bench), bench.address), bench.signer, yes, on_step=on_step, key=deed)
        sender.close()
        bench.node.on.clear()
    sender = bench.sender()
    mined = sender.send(sender.prepare(create(bench), bench.address), bench.signer, yes, key=deed)
    sender.close()
    assert mined.sent.state is SentState.FINAL
    assert bench.publishers() == before + 1


@pytest.fixture(scope="module")
def resting(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    home = Home(shutil.copytree(template, tmp_path_factory.mktemp("resting") / "home"))
    network = Networks.load(home).get("practice")
    (node,) = open_nodes(home, network)
    signer = KeystoreSigner(crashing.keystore.find(home, "me"))
    signer.unlock(crashing.PASSWORD)
    yield Bench(home, network, Between(node), signer, "practice")
    node.close()
    signer.lock()


# --- reorganisations


def deep(bench: Bench, depth: int) -> Sender:
    network = dataclasses.replace(bench.network, confirmations=depth)
    return Sender(bench.home, network, [bench.node], poll=0.01, patience=5.0)


def test_it_counts_only_at_its_depth(bench: Bench) -> None:
    sender = deep(bench, 3)
    launch(bench, sender, "d")
    for state in (SentState.MINED, SentState.MINED, SentState.FINAL):
        bench.tell("evm_mine")
        assert [one.state for one in sender.resume()] == [state]
    sender.close()


def test_a_reorganisation_that_takes_it_out_of_its_block(bench: Bench) -> None:
    sender = deep(bench, 4)
    before = bench.publishers()
    launch(bench, sender, "x")
    snapshot = bench.tell("evm_snapshot")
    (first,) = sender.resume()
    steps: list[str] = []
    done: list[str] = []

    def on_step(step: str, _params: Any) -> None:
        steps.append(step)
        if step == "depth" and steps.count("depth") == 2 and not done:
            done.append("yes")
            bench.tell("evm_revert", snapshot)
            bench.tell("anvil_dropAllTransactions")
            bench.tell("evm_mine")
        elif step != "reorganised":
            bench.tell("evm_mine")

    mined = sender.follow(first.id, on_step)
    assert "reorganised" in steps
    assert "again" in steps
    assert mined.hash == first.hash, "the same bytes"
    assert mined.sent.state is SentState.FINAL
    assert bench.publishers() == before + 1
    sender.close()


def test_a_reorganisation_into_another_block(bench: Bench) -> None:
    sender = deep(bench, 4)
    launch(bench, sender, "y")
    (first,) = sender.resume()
    bench.tell("evm_mine")
    (one,) = sender.resume()
    assert one.state is SentState.MINED
    bench.tell("anvil_reorg", 1, [])
    for _block in range(4):
        bench.tell("evm_mine")
        states = sender.resume()
    for _block in range(4):
        bench.tell("evm_mine")
        states = sender.resume() or states
    assert states[0].state is SentState.FINAL
    assert states[0].hash == first.hash
    sender.close()


def test_a_scripted_reorganisation_on_the_practice_ledger(template: Path, tmp_path: Path) -> None:
    """Without anvil: for a while the node denies the block that it had named."""
    home = Home(shutil.copytree(template, tmp_path / "home"))
    network = dataclasses.replace(Networks.load(home).get("practice"), confirmations=2)
    (node,) = open_nodes(home, network)
    signer = KeystoreSigner(crashing.keystore.find(home, "me"))
    signer.unlock(crashing.PASSWORD)
    bench = Bench(home, network, Between(node), signer, "practice")
    looks: list[int] = []

    def receipt(_params: Any, ask: Any) -> Any:
        looks.append(1)
        return None if 3 < len(looks) < 8 else ask()

    bench.node.on["eth_getTransactionReceipt"] = receipt
    bench.node.on["eth_getTransactionCount"] = lambda _p, ask: "0x0" if 3 < len(looks) < 8 else ask()
    bench.node.on["eth_blockNumber"] = lambda _p, ask: hex(int(ask(), 16) + (len(looks) > 10))
    sender = bench.sender()
    steps: list[str] = []
    prepared = sender.prepare(create(bench), signer.address)
    mined = sender.send(prepared, signer, yes, on_step=lambda step, _p: steps.append(step))
    assert "reorganised" in steps
    assert steps.index("mined") < steps.index("reorganised") < steps.index("final")
    assert mined.sent.state is SentState.FINAL
    assert bench.publishers() == 1
    sender.close()
    node.close()
    signer.lock()


def test_a_practice_ledger_that_was_begun_anew(template: Path, tmp_path: Path) -> None:
    """Same chain id and nonces, another chain: what the journal says of the old one must not count there."""
    home = Home(shutil.copytree(template, tmp_path / "home"))
    network = Networks.load(home).get("practice")
    ledger = PracticeLedger(home.ledger)
    signer = KeystoreSigner(crashing.keystore.find(home, "me"))
    signer.unlock(crashing.PASSWORD)
    bench = Bench(home, network, Between(ledger.node()), signer, "practice")
    sender = bench.sender()
    prepared = sender.prepare(create(bench), signer.address)
    first = sender.send(prepared, signer, yes, key="k")
    ledger.reset(keep_copy=False)
    ledger.skip(5)
    ledger.fund(signer.address, 10**19)
    assert bench.publishers() == 0
    second = sender.send(sender.prepare(create(bench), signer.address), signer, yes, key="k")
    assert bench.publishers() == 1
    assert second.block_hash != first.block_hash
    assert [one.block_hash for one in sender.journal()] == [second.block_hash]
    sender.close()
    ledger.close()
    signer.lock()


# --- fees


def test_a_replacement_pays_an_eighth_more_at_least() -> None:
    old = Fees(100, 10, 210)
    quiet = old.outbid(Fees(100, 5, 205))
    assert quiet.max_fee >= 210 * 1.125
    assert quiet.priority >= 10 * 1.125
    busy = old.outbid(Fees(1000, 50, 2050))
    assert (busy.priority, busy.max_fee) == (50, 2050)
    nothing = Fees(0, 0, 0).outbid(Fees(0, 0, 0))
    assert nothing.priority >= 1
    assert nothing.max_fee >= nothing.priority
