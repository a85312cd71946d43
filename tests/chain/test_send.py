"""The one way anything is sent, on the practice ledger and on anvil."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.chain.nodes import (
    NOBODY,
    PASSWORD,
    Bench,
    Between,
    Scripted,
    anvil,
    anvil_bench,
    arrives_but_times_out,
    error,
    key_for,
    practice_bench,
    refuses_connections,
    times_out,
)

from touchstone.chain import keystore, known_calls
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.intent import Intent
from touchstone.chain.rpc_signer import RpcSigner
from touchstone.chain.send import Prepared, Sender
from touchstone.chain.signer import KeystoreSigner
from touchstone.chain.watch import Step
from touchstone.paths import Home
from touchstone.store.outbox import Outbox, SentState
from touchstone.texts import chain as words
from touchstone.texts import intents


@pytest.fixture(scope="module", params=["practice", "anvil"])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("bench")
    if request.param == "practice":
        made = practice_bench(folder)
        yield made
        made.node.close()
        return
    with anvil() as url:
        made = anvil_bench(folder, url)
        yield made
        made.node.close()


@pytest.fixture
def bench(shared: Bench) -> Iterator[Bench]:
    shared.node.on.clear()
    shared.node.asked.clear()
    yield shared
    shared.node.on.clear()


@pytest.fixture
def sender(bench: Bench) -> Iterator[Sender]:
    made = bench.sender()
    yield made
    made.close()


def yes(_prepared: Prepared) -> bool:
    return True


def never_asked(_prepared: Prepared) -> bool:
    pytest.fail("nobody may be asked")


def create(bench: Bench, name: str = "Agence X") -> Intent:
    return known_calls.intent(bench.network, "PublisherRegistry", "create", name, "", NOBODY)


def refused(call: Any) -> ChainError:
    with pytest.raises(ChainError) as caught:
        call()
    return caught.value


def test_from_intent_to_a_block(bench: Bench, sender: Sender) -> None:
    before, nonce = bench.publishers(), bench.nonce()
    prepared = sender.prepare(create(bench), bench.address)
    assert prepared.outcome == {"publisher": before + 1}
    assert prepared.gas_used < prepared.gas
    assert 0 < prepared.expected < prepared.cost < prepared.balance
    steps: list[str] = []
    mined = sender.send(prepared, bench.signer, yes, on_step=lambda step, _params: steps.append(step))
    assert [s for s in steps if s != Step.DEPTH] == ["signing", "signed", "kept", "broadcast", "mined", "final"]
    assert bench.publishers() == before + 1
    assert bench.nonce() == nonce + 1
    assert mined.sent.state is SentState.FINAL
    assert mined.gas_used == prepared.gas_used or mined.gas_used < prepared.gas
    assert 0 < mined.fee <= prepared.cost
    assert mined.logs
    assert sender.journal(1)[0] == mined.sent


def test_nothing_is_sent_without_a_yes(bench: Bench, sender: Sender) -> None:
    nonce, entries = bench.nonce(), len(sender.journal())
    prepared = sender.prepare(create(bench), bench.address)
    assert refused(lambda: sender.send(prepared, bench.signer, lambda _p: False)).code is ChainTrouble.REJECTED
    assert bench.nonce() == nonce
    assert len(sender.journal()) == entries
    assert bench.node.count("eth_sendRawTransaction") == 0


def test_what_would_be_refused_is_told_before_anybody_is_asked(bench: Bench, sender: Sender) -> None:
    intent = known_calls.intent(bench.network, "PublisherRegistry", "setName", 4_000_000, "X")
    found = refused(lambda: sender.prepare(intent, bench.address))
    assert found.code is ChainTrouble.REVERTED
    assert found.params["reason"] == "NotController"
    assert words.trouble(found) == "The contract would refuse it: this address does not control that publisher."


def test_a_call_without_words_is_not_even_tried(bench: Bench, sender: Sender) -> None:
    odd = Intent("publisher-name", bench.network.publishers, b"\x12\x34\x56\x78")
    assert refused(lambda: sender.prepare(odd, bench.address)).code is ChainTrouble.UNKNOWN_CALL
    assert bench.node.asked == []


def test_too_little_money_says_how_much(bench: Bench, sender: Sender) -> None:
    poor = key_for(bench.home, f"poor-{bench.kind}-{id(sender)}")
    found = refused(lambda: sender.prepare(create(bench), poor.address))
    assert found.code is ChainTrouble.NO_FUNDS
    assert found.params["has"] == 0
    assert found.params["needed"] > 10**13
    assert "has 0 ETH; this takes up to 0." in words.trouble(found)
    poor.lock()


def test_a_locked_key(bench: Bench, sender: Sender) -> None:
    locked = KeystoreSigner(bench.signer.key)
    prepared = sender.prepare(create(bench), bench.address)
    entries = len(sender.journal())
    assert refused(lambda: sender.send(prepared, locked, yes)).code is ChainTrouble.LOCKED
    assert len(sender.journal()) == entries
    wrong = KeystoreSigner(bench.signer.key, ask=lambda: PASSWORD + "?")
    assert refused(lambda: sender.send(prepared, wrong, yes)).code is ChainTrouble.WRONG_PASSWORD


def test_the_key_of_another_address(bench: Bench, sender: Sender) -> None:
    other = key_for(bench.home, f"other-{bench.kind}-{id(sender)}")
    prepared = sender.prepare(create(bench), bench.address)
    assert refused(lambda: sender.send(prepared, other, yes)).code is ChainTrouble.NO_KEY
    other.lock()


def test_the_same_key_is_the_same_deed(bench: Bench, sender: Sender) -> None:
    before = bench.publishers()
    prepared = sender.prepare(create(bench), bench.address)
    first = sender.send(prepared, bench.signer, yes, key="deed-1")
    again = sender.send(prepared, bench.signer, never_asked, key="deed-1")
    assert again.hash == first.hash
    assert again.logs == first.logs
    assert bench.publishers() == before + 1
    assert sender.send(prepared, bench.signer, yes, key="deed-2").hash != first.hash


# --- stopping


@pytest.mark.parametrize("at", ["asked", "signing", "signed", "kept"])
def test_stopped_before_it_is_broadcast(bench: Bench, sender: Sender, at: str) -> None:
    nonce = bench.nonce()
    reached: list[str] = []

    def confirm(_prepared: Prepared) -> bool:
        reached.append("asked")
        return True

    prepared = sender.prepare(create(bench), bench.address)
    found = refused(
        lambda: sender.send(
            prepared,
            bench.signer,
            confirm,
            on_step=lambda step, _p: reached.append(step),
            cancel=lambda: at in reached,
            key="stopped",
        )
    )
    assert found.code is ChainTrouble.STOPPED
    assert not found.params.get("pending")
    assert bench.node.count("eth_sendRawTransaction") == 0
    assert bench.nonce() == nonce
    left = [one for one in sender.journal() if one.key == "stopped"]
    assert all(one.state is SentState.CANCELLED and not one.raw for one in left)
    mined = sender.send(prepared, bench.signer, yes)
    assert mined.sent.nonce == nonce, "its nonce must be free again"


def test_stopped_afterwards_it_is_on_its_way(bench: Bench, sender: Sender) -> None:
    before = bench.publishers()
    bench.node.on["eth_getTransactionReceipt"] = times_out
    prepared = sender.prepare(create(bench), bench.address)
    reached: list[str] = []
    found = refused(
        lambda: sender.send(
            prepared,
            bench.signer,
            yes,
            on_step=lambda step, _p: reached.append(step),
            cancel=lambda: "broadcast" in reached,
            key="late",
        )
    )
    assert (found.code, found.params["pending"]) == (ChainTrouble.STOPPED, True)
    assert "may be on its way" in words.trouble(found)
    bench.node.on.clear()
    assert sender.send(prepared, bench.signer, never_asked, key="late").hash == found.params["hash"]
    assert bench.publishers() == before + 1


# --- fees


def test_fees_that_rise_meanwhile_are_asked_about_again(bench: Bench, sender: Sender) -> None:
    prepared = sender.prepare(create(bench), bench.address)
    price = prepared.fees.max_fee
    asked: list[Prepared] = []

    def confirm(one: Prepared) -> bool:
        asked.append(one)
        if len(asked) == 1:
            bench.node.on["eth_getBlockByNumber"] = lambda _p, ask: {**ask(), "baseFeePerGas": hex(3 * price)}
        return True

    mined = sender.send(prepared, bench.signer, confirm)
    assert [one.fees_rose for one in asked] == [False, True]
    assert asked[1].fees.max_fee >= 6 * price
    assert asked[1].cost > asked[0].cost
    assert mined.sent.max_fee == asked[1].fees.max_fee


def test_fees_that_never_stop_rising(bench: Bench, sender: Sender) -> None:
    prepared = sender.prepare(create(bench), bench.address)
    base = [prepared.fees.max_fee]

    def rising(_params: Any, ask: Any) -> Any:
        base[0] *= 3
        return {**ask(), "baseFeePerGas": hex(base[0])}

    bench.node.on["eth_getBlockByNumber"] = rising
    nonce = bench.nonce()
    answers = iter([True, True, False])
    assert refused(lambda: sender.send(prepared, bench.signer, lambda _p: next(answers))).code is ChainTrouble.REJECTED
    assert bench.nonce() == nonce

    base[0] = prepared.fees.max_fee
    assert refused(lambda: sender.send(prepared, bench.signer, yes)).code is ChainTrouble.FEE_TOO_HIGH
    assert bench.nonce() == nonce


def test_a_fee_beyond_all_money_is_not_sent(bench: Bench, sender: Sender) -> None:
    bench.node.on["eth_getBlockByNumber"] = lambda _p, ask: {**ask(), "baseFeePerGas": hex(10**15)}
    assert refused(lambda: sender.prepare(create(bench), bench.address)).code is ChainTrouble.NO_FUNDS
    bench.node.on["eth_getBlockByNumber"] = lambda _p, ask: {**ask(), "baseFeePerGas": hex(2**100)}
    assert refused(lambda: sender.prepare(create(bench), bench.address)).code is ChainTrouble.PROTOCOL


# --- nodes that fail while it is sent


def test_a_broadcast_that_arrived_and_was_not_answered(bench: Bench, sender: Sender) -> None:
    before = bench.publishers()
    bench.node.on["eth_sendRawTransaction"] = arrives_but_times_out
    prepared = sender.prepare(create(bench), bench.address)
    assert sender.send(prepared, bench.signer, yes).sent.state is SentState.FINAL
    assert bench.publishers() == before + 1


def test_a_broadcast_that_got_lost_goes_out_again_as_it_was(bench: Bench, sender: Sender) -> None:
    before = bench.publishers()
    sent: list[str] = []

    def lost(params: Any, ask: Any) -> Any:
        sent.append(params[0])
        if len(sent) < 3:
            raise ChainError(ChainTrouble.TIMEOUT)
        return ask()

    bench.node.on["eth_sendRawTransaction"] = lost
    prepared = sender.prepare(create(bench), bench.address)
    steps: list[str] = []
    mined = sender.send(prepared, bench.signer, yes, on_step=lambda step, _p: steps.append(step))
    assert len(set(sent)) == 1, "the same bytes, never signed again"
    assert steps.count("signing") == 1
    assert "again" in steps
    assert mined.sent.state is SentState.FINAL
    assert bench.publishers() == before + 1


def test_nobody_there_means_nothing_is_on_its_way(bench: Bench, sender: Sender) -> None:
    nonce = bench.nonce()
    prepared = sender.prepare(create(bench), bench.address)
    bench.node.on["eth_sendRawTransaction"] = refuses_connections
    found = refused(lambda: sender.send(prepared, bench.signer, yes, key="nobody"))
    assert found.code is ChainTrouble.UNREACHABLE
    assert not found.params.get("pending")
    assert sender.journal(1)[0].state is SentState.FAILED
    assert sender.journal(1)[0].raw == b""
    bench.node.on.clear()
    assert sender.send(prepared, bench.signer, yes, key="nobody").sent.nonce == nonce


def test_a_node_that_refuses(bench: Bench, sender: Sender) -> None:
    prepared = sender.prepare(create(bench), bench.address)
    for code in (ChainTrouble.UNDERPRICED, ChainTrouble.NO_FUNDS, ChainTrouble.NONCE, ChainTrouble.FAILED):

        def refuse(_params: Any, _ask: Any, code: ChainTrouble = code) -> Any:
            raise ChainError(code)

        bench.node.on["eth_sendRawTransaction"] = refuse
        assert refused(lambda: sender.send(prepared, bench.signer, yes)).code is code
        assert sender.journal(1)[0].state is SentState.FAILED


def test_a_node_that_takes_it_and_complains(bench: Bench, sender: Sender) -> None:
    def complain(_params: Any, ask: Any) -> Any:
        ask()
        raise ChainError(ChainTrouble.NONCE)

    bench.node.on["eth_sendRawTransaction"] = complain
    prepared = sender.prepare(create(bench), bench.address)
    assert sender.send(prepared, bench.signer, yes).sent.state is SentState.FINAL


def test_one_node_fails_and_another_serves(bench: Bench) -> None:
    broken = Between(bench.node.node, "broken")
    for method in ("eth_sendRawTransaction", "eth_getTransactionReceipt", "eth_call", "eth_blockNumber"):
        broken.on[method] = times_out
    sender = bench.sender()
    sender.close()
    made = Sender(bench.home, bench.network, [broken, bench.node], poll=0.01, patience=10)
    prepared = made.prepare(create(bench), bench.address)
    assert made.send(prepared, bench.signer, yes).sent.state is SentState.FINAL
    made.close()


def test_a_second_node_that_has_it_elsewhere_is_waited_for(bench: Bench) -> None:
    """One node says it is in a block, the other says it is in another: it does not count until they agree."""
    other = Between(bench.node.node, "other")
    looks: list[int] = []

    def elsewhere(_params: Any, ask: Any) -> Any:
        looks.append(1)
        receipt = ask()
        return receipt if len(looks) > 3 or receipt is None else {**receipt, "blockHash": "0x" + "99" * 32}

    other.on["eth_getTransactionReceipt"] = elsewhere
    sender = bench.sender(other)
    prepared = sender.prepare(create(bench), bench.address)
    assert sender.send(prepared, bench.signer, yes).sent.state is SentState.FINAL
    assert len(looks) > 3
    sender.close()


def test_a_transaction_that_has_no_effect_in_its_block_says_why(bench: Bench, sender: Sender) -> None:
    """Tried when it would have succeeded; by the time it is in a block, it does not."""
    created = sender.send(sender.prepare(create(bench, "One"), bench.address), bench.signer, yes)
    number = int(created.logs[0]["topics"][1], 16)
    offered = known_calls.intent(bench.network, "PublisherRegistry", "setName", number, "Two")
    prepared = sender.prepare(offered, bench.address)
    wrong = known_calls.intent(bench.network, "PublisherRegistry", "setName", number + 1000, "Two")
    swapped = dataclasses.replace(prepared, intent=wrong, gas=200_000)
    found = refused(lambda: sender.send(swapped, bench.signer, yes, key="reverts"))
    assert (found.code, found.params["reason"], found.params["mined"]) == (ChainTrouble.REVERTED, "NotController", True)
    assert "without effect" in words.trouble(found)
    assert sender.journal(1)[0].state is SentState.REVERTED
    again = sender.send(prepared, bench.signer, yes, key="reverts")
    assert again.sent.state is SentState.FINAL


# --- several at once


def test_senders_of_one_address_take_turns(bench: Bench) -> None:
    before, nonce = bench.publishers(), bench.nonce()
    failures: list[BaseException] = []

    def one(number: int) -> None:
        sender = bench.sender()
        try:
            sender.send(sender.prepare(create(bench, f"n{number}"), bench.address), bench.signer, yes)
        except BaseException as error:  # noqa: BLE001 - told to the test
            failures.append(error)
        finally:
            sender.close()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert bench.publishers() == before + 5
    assert bench.nonce() == nonce + 5


def test_another_process_that_is_at_it_for_too_long(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    sender, outbox = bench.sender(), Outbox(bench.home)
    prepared = sender.prepare(create(bench), bench.address)
    real = Outbox.one_sender
    monkeypatch.setattr(Outbox, "one_sender", lambda self, chain, who: real(self, chain, who, 0.1))
    with real(outbox, bench.network.chain_id, bench.address):
        assert refused(lambda: sender.send(prepared, bench.signer, yes)).code is ChainTrouble.BUSY
    sender.send(prepared, bench.signer, yes)
    outbox.close()
    sender.close()


# --- signers outside


def test_a_refusal_on_the_device(bench: Bench, sender: Sender) -> None:
    device = Scripted()
    device.answers |= {"eth_accounts": [bench.address], "eth_sendTransaction": error(4001, "User rejected")}
    prepared = sender.prepare(create(bench), bench.address)
    nonce = bench.nonce()
    signer = RpcSigner(device.url, bench.address)
    assert refused(lambda: sender.send(prepared, signer, yes)).code is ChainTrouble.REJECTED
    assert sender.journal(1)[0].state is SentState.CANCELLED
    device.answers["eth_signTransaction"] = error(4001, "User rejected")
    signer = RpcSigner(device.url, bench.address)
    assert refused(lambda: sender.send(prepared, signer, yes)).code is ChainTrouble.REJECTED
    device.close()
    assert sender.send(prepared, bench.signer, yes).sent.nonce == nonce


def relay(bench: Bench, device: Scripted) -> RpcSigner:
    """A signer outside that signs and sends, as a wallet in a browser does."""

    def send(params: Any) -> Any:
        asked = params[0]
        fields = {
            name: int(asked[name], 16)
            for name in ("type", "chainId", "nonce", "value", "gas", "maxFeePerGas", "maxPriorityFeePerGas")
        }
        signed = bench.signer.sign_transaction({**fields, "to": asked["to"], "data": asked["data"]})
        return bench.tell("eth_sendRawTransaction", "0x" + signed.raw.hex())

    device.answers |= {"eth_accounts": [bench.address], "eth_sendTransaction": send}
    return RpcSigner(device.url, bench.address, seconds=0.5)


def test_a_signer_that_sends_at_once(bench: Bench, sender: Sender) -> None:
    device = Scripted()
    before = bench.publishers()
    mined = sender.send(sender.prepare(create(bench), bench.address), relay(bench, device), yes, key="device")
    assert mined.sent.state is SentState.FINAL
    assert mined.sent.raw == b""
    assert bench.publishers() == before + 1
    device.close()


def test_a_signer_that_sent_and_did_not_answer_is_found_by_nonce(bench: Bench, sender: Sender) -> None:
    device = Scripted()
    signer = relay(bench, device)
    send = device.answers["eth_sendTransaction"]
    device.raw["eth_sendTransaction"] = lambda handler, question: (send(question["params"]), handler.connection.close())
    before = bench.publishers()
    prepared = sender.prepare(create(bench), bench.address)
    found = refused(lambda: sender.send(prepared, signer, yes, key="silent"))
    assert found.params["pending"] is True
    assert sender.journal(1)[0].state is SentState.ASKED
    mined = sender.send(prepared, signer, never_asked, key="silent")
    assert mined.sent.state is SentState.FINAL
    assert bench.publishers() == before + 1
    device.close()


def test_a_signer_that_may_never_have_sent_gets_the_same_nonce_again(bench: Bench, sender: Sender) -> None:
    device = Scripted()
    signer = relay(bench, device)
    device.raw["eth_sendTransaction"] = lambda handler, _question: handler.connection.close()
    before, nonce = bench.publishers(), bench.nonce()
    prepared = sender.prepare(create(bench), bench.address)
    assert refused(lambda: sender.send(prepared, signer, yes, key="unsure")).params["pending"] is True
    device.raw.clear()
    mined = sender.send(prepared, signer, yes, key="unsure")
    assert mined.sent.nonce == nonce
    assert bench.publishers() == before + 1
    device.close()


def test_a_journal_of_a_newer_version_stops_everything(tmp_path: Path, bench: Bench) -> None:
    home = Home(tmp_path / "newer")
    Outbox(home).close()
    import sqlite3

    with sqlite3.connect(home.outbox) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    sender = Sender(home, bench.network, [bench.node])
    prepared = sender.prepare(create(bench), bench.address)
    for _attempt in range(2):
        assert refused(lambda: sender.send(prepared, bench.signer, yes)).code is ChainTrouble.NEWER
    sender.close()


def test_a_damaged_journal_stops_the_first_and_is_kept(tmp_path: Path, bench: Bench) -> None:
    home = Home(tmp_path / "damaged")
    home.root.mkdir()
    home.outbox.write_bytes(b"not a database, but long enough to be looked at" * 100)
    sender = Sender(home, bench.network, [bench.node])
    prepared = sender.prepare(create(bench), bench.address)
    assert refused(lambda: sender.send(prepared, bench.signer, yes)).code is ChainTrouble.DAMAGED
    assert list(home.root.glob("outbox.sqlite3.damaged*"))
    sender.close()


def test_own_addresses_have_names(bench: Bench) -> None:
    assert keystore.find(bench.home, bench.address).name == "me"
    sender = bench.sender()
    rows = dict(intents.rows(sender.prepare(create(bench), bench.address)))
    assert rows["Signed by"] == f"me, {bench.address}"
    sender.close()
