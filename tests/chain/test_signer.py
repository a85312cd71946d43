"""Signing: with a keystore, for as long as it is unlocked, and with a signer outside."""

from __future__ import annotations

import gc
import io
import json
import logging
import pickle  # noqa: TID251 - to see that it cannot be done
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from tests.chain.nodes import PASSWORD, WORK, Scripted, anvil, error

from touchstone.chain import keystore, transactions
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.keystore import Key
from touchstone.chain.rpc_signer import RpcSigner
from touchstone.chain.signer import KeystoreSigner, Signed, Signer, lock_all, open_signer
from touchstone.paths import Home

THERE = "0x" + "11" * 20
FIELDS = transactions.fields(
    chain_id=31337, nonce=7, to=THERE, data=b"\x01\x02", gas=100_000, max_fee=3 * 10**9, priority=10**9
)
TYPED: dict[str, Any] = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
        "Note": [{"name": "text", "type": "string"}, {"name": "hash", "type": "bytes32"}],
    },
    "primaryType": "Note",
    "domain": {"name": "Touchstone", "chainId": 31337},
    "message": {"text": "hello", "hash": "0x" + "ab" * 32},
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def key(home: Home) -> Key:
    return keystore.new(home, "me", PASSWORD, work=WORK)


def refused(call: Any) -> ChainError:
    with pytest.raises(ChainError) as caught:
        call()
    return caught.value


def test_signatures_are_those_of_the_key(key: Key) -> None:
    signer = KeystoreSigner(key)
    signer.unlock(PASSWORD)
    signed = signer.sign_transaction(FIELDS)
    assert transactions.verify(signed, FIELDS, key.address) == signed
    assert Account.recover_transaction(signed.raw) == key.address
    message = signer.sign_message(b"words")
    assert Account.recover_message(encode_defunct(b"words"), signature=message) == key.address
    typed = signer.sign_typed_data(TYPED)
    assert Account.recover_message(encode_typed_data(full_message=TYPED), signature=typed) == key.address


def test_locked_at_first(key: Key) -> None:
    signer = KeystoreSigner(key)
    assert signer.locked
    assert refused(lambda: signer.sign_transaction(FIELDS)).code is ChainTrouble.LOCKED
    assert refused(lambda: signer.unlock("another password")).code is ChainTrouble.WRONG_PASSWORD
    assert signer.locked


def test_the_timer_locks(key: Key) -> None:
    now = [1000.0]
    signer = KeystoreSigner(key, clock=lambda: now[0])
    signer.unlock(PASSWORD, 300)
    now[0] += 299.9
    assert signer.sign_message(b"x")
    now[0] += 0.1
    assert signer.locked
    assert refused(lambda: signer.sign_message(b"x")).code is ChainTrouble.LOCKED


def test_the_key_leaves_memory_when_the_timer_runs_out_though_nobody_asks(key: Key) -> None:
    signer = KeystoreSigner(key)
    signer.unlock(PASSWORD, 0.1)
    held = signer._secret
    assert held is not None
    until = time.monotonic() + 3
    while signer._secret is not None and time.monotonic() < until:
        time.sleep(0.02)
    assert signer._secret is None
    assert bytes(held) == bytes(32), "it must be overwritten, not only let go"


def test_a_timer_of_an_earlier_unlocking_does_not_lock_a_later_one(key: Key) -> None:
    signer = KeystoreSigner(key)
    signer.unlock(PASSWORD, 0.1)
    signer.unlock(PASSWORD, 60)
    time.sleep(0.2)
    assert not signer.locked
    signer.lock()
    assert signer.locked


def test_locking_everything_reaches_every_process(home: Home, key: Key) -> None:
    one, other = KeystoreSigner(key), KeystoreSigner(key)
    one.unlock(PASSWORD)
    other.unlock(PASSWORD)
    lock_all(home)
    assert one.locked
    assert refused(lambda: other.sign_message(b"x")).code is ChainTrouble.LOCKED
    one.unlock(PASSWORD)
    assert not one.locked
    assert [k.name for k in keystore.keys(home)] == ["me"]


def test_a_password_that_is_asked_for_serves_one_signature_or_some_time(key: Key) -> None:
    asked: list[int] = []

    def ask() -> str:
        asked.append(1)
        return PASSWORD

    once = KeystoreSigner(key, ask=ask, keep=0)
    once.sign_message(b"x")
    assert once.locked
    once.sign_message(b"x")
    assert len(asked) == 2
    kept = open_signer(key, ask=ask, keep=60)
    kept.sign_message(b"x")
    kept.sign_message(b"x")
    assert len(asked) == 3
    assert isinstance(kept, KeystoreSigner)
    kept.lock()


def test_a_file_that_was_opened_to_others_is_not_used(key: Key) -> None:
    key.path.chmod(0o644)
    assert refused(lambda: KeystoreSigner(key).unlock(PASSWORD)).code is ChainTrouble.EXPOSED_KEY


def test_a_file_that_was_swapped_for_another_key(home: Home, key: Key) -> None:
    other = keystore.new(home, "other", PASSWORD, work=WORK)
    key.path.write_bytes(other.path.read_bytes())
    assert refused(lambda: KeystoreSigner(key).unlock(PASSWORD)).code is ChainTrouble.BAD_KEY


def test_neither_key_nor_password_shows_anywhere(key: Key, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = keystore.decrypt(keystore.load(key.path), PASSWORD)
    shown = io.StringIO()
    signer = KeystoreSigner(key)
    signer.unlock(PASSWORD)
    shown.write(repr(signer) + str(signer) + repr([signer]) + repr(key))
    for call in (
        lambda: signer.sign_transaction({**FIELDS, "to": "nonsense"}),
        lambda: signer.sign_transaction({}),
        lambda: signer.sign_typed_data({"types": 7}),
        lambda: KeystoreSigner(key).unlock(PASSWORD + "x"),
    ):
        try:
            call()
        except Exception:  # noqa: BLE001 - whatever it is, it must not tell
            traceback.print_exc(file=shown)
        else:
            pytest.fail("it signed nonsense")
    with pytest.raises((TypeError, AttributeError)):
        pickle.dumps(signer)
    told = shown.getvalue() + caplog.text
    assert "Traceback" in told
    for hidden in (secret.hex(), str(int.from_bytes(secret, "big")), repr(secret), PASSWORD):
        assert hidden.lower() not in told.lower()
    signer.lock()
    gc.collect()


def test_threads_may_sign_at_once(key: Key) -> None:
    signer = KeystoreSigner(key)
    signer.unlock(PASSWORD)
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(signer.sign_message(b"x"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    signer.lock()


# --- what a signer gave back


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": 8},
        {"to": "0x" + "22" * 20},
        {"value": 1},
        {"data": "0x0103"},
        {"gas": 100_001},
        {"maxFeePerGas": 4 * 10**9},
        {"maxPriorityFeePerGas": 2},
        {"chainId": 1},
        {"accessList": [{"address": THERE, "storageKeys": []}]},
    ],
)
def test_another_transaction_than_was_asked_for(key: Key, change: dict[str, Any]) -> None:
    signer = KeystoreSigner(key)
    signer.unlock(PASSWORD)
    signed = signer.sign_transaction({**FIELDS, **change})
    found = refused(lambda: transactions.verify(signed, FIELDS, key.address))
    assert (found.code, found.params["what"]) == (ChainTrouble.PROTOCOL, "signed")
    signer.lock()


def test_another_key_or_no_transaction(home: Home, key: Key) -> None:
    other = KeystoreSigner(keystore.new(home, "other", PASSWORD, work=WORK))
    other.unlock(PASSWORD)
    signed = other.sign_transaction(FIELDS)
    assert refused(lambda: transactions.verify(signed, FIELDS, key.address)).code is ChainTrouble.PROTOCOL
    for raw in (b"", b"\x02", b"\x02\xc0", signed.raw[:-1], signed.raw + b"\0", bytes(200)):
        found = refused(lambda raw=raw: transactions.verify(Signed(raw, ""), FIELDS, other.address))
        assert found.code is ChainTrouble.PROTOCOL
    other.lock()


# --- signers outside


@pytest.fixture
def outside() -> Iterator[Scripted]:
    made = Scripted()
    made.answers |= {"eth_accounts": [THERE]}
    yield made
    made.close()


def test_a_signer_outside_that_signs(outside: Scripted, key: Key) -> None:
    held = KeystoreSigner(key)
    held.unlock(PASSWORD)
    outside.answers["eth_accounts"] = [key.address.lower()]
    outside.answers["eth_signTransaction"] = lambda params: (
        {"raw": "0x" + held.sign_transaction(FIELDS).raw.hex(), "tx": {}} if params else error(-32602, "missing value")
    )
    outside.answers["personal_sign"] = lambda params: "0x" + held.sign_message(bytes.fromhex(params[0][2:])).hex()
    outside.answers["eth_signTypedData_v4"] = lambda params: "0x" + held.sign_typed_data(json.loads(params[1])).hex()
    signer: Signer = RpcSigner(outside.url, key.address)
    assert not signer.sends
    signed = transactions.verify(signer.sign_transaction(FIELDS), FIELDS, key.address)
    assert signed.hash == held.sign_transaction(FIELDS).hash
    assert outside.asked[-1][1][0]["nonce"] == "0x7"
    assert outside.asked[-1][1][0]["from"] == key.address
    assert signer.sign_message(b"words") == held.sign_message(b"words")
    assert signer.sign_typed_data(TYPED) == held.sign_typed_data(TYPED)
    held.lock()


def test_a_signer_outside_that_sends_at_once(outside: Scripted) -> None:
    outside.answers["eth_sendTransaction"] = "0x" + "ab" * 32
    signer = RpcSigner(outside.url, THERE)
    assert signer.sends
    assert signer.sign_transaction(FIELDS) == Signed(b"", "0x" + "ab" * 32)
    assert outside.methods().count("eth_signTransaction") == 1


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (error(4001, "User rejected the request."), ChainTrouble.REJECTED),
        (error(-32000, "Ledger: user denied the signature"), ChainTrouble.REJECTED),
        (error(4100, "unauthorized"), ChainTrouble.REFUSED),
        ("0x1234", ChainTrouble.PROTOCOL),
        (None, ChainTrouble.PROTOCOL),
        (["0x"], ChainTrouble.PROTOCOL),
    ],
)
def test_what_a_signer_outside_may_answer(outside: Scripted, answer: Any, code: ChainTrouble) -> None:
    outside.answers |= {"personal_sign": answer, "eth_signTypedData_v4": answer, "eth_sendTransaction": answer}
    signer = RpcSigner(outside.url, THERE)
    assert refused(lambda: signer.sign_message(b"x")).code is code
    assert refused(lambda: signer.sign_typed_data(TYPED)).code is code
    assert refused(lambda: signer.sign_transaction(FIELDS)).code is code


def test_a_signer_outside_that_never_answers(outside: Scripted) -> None:
    outside.raw["personal_sign"] = lambda _handler, _question: time.sleep(1.5)
    signer = RpcSigner(outside.url, THERE, seconds=0.3)
    assert refused(lambda: signer.sign_message(b"x")).code is ChainTrouble.TIMEOUT


def test_a_signer_outside_without_the_key(outside: Scripted) -> None:
    signer = RpcSigner(outside.url, "0x" + "22" * 20)
    assert refused(lambda: signer.sign_message(b"x")).code is ChainTrouble.REFUSED
    assert "personal_sign" not in outside.methods()


def test_accounts_that_are_none(outside: Scripted) -> None:
    for answer in ("0x", {"a": 1}, ["0x12"], [None]):
        outside.answers["eth_accounts"] = answer
        assert refused(lambda: RpcSigner(outside.url, THERE).accounts()).code is ChainTrouble.PROTOCOL


def test_a_real_signer_outside(home: Home) -> None:
    with anvil() as url:
        address = keystore.checksummed(RpcSigner(url, THERE).accounts()[0])
        key = keystore.attach(home, "device", address, url)
        signer = open_signer(key)
        assert isinstance(signer, RpcSigner)
        assert not signer.sends
        assert transactions.verify(signer.sign_transaction(FIELDS), FIELDS, address).raw
        signature = signer.sign_message(b"words")
        assert Account.recover_message(encode_defunct(b"words"), signature=signature) == address
        signature = signer.sign_typed_data(TYPED)
        assert Account.recover_message(encode_typed_data(full_message=TYPED), signature=signature) == address
