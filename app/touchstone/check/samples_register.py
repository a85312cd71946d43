"""Registers some of the samples on the practice ledger, by a publisher that is there for them alone.

Its key is thrown away as soon as everything is signed; nothing can be registered in its name afterwards. What was
signed stands in a journal until it is on the ledger, so that an interruption leaves nothing half registered. A ledger
that refuses costs the registrations, never the samples.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.check.opening import OpenedFile, OpenError, Stopped
from touchstone.check.sandbox import WorkerError
from touchstone.check.witnesses import PixelsWitness
from touchstone.paths import Home
from touchstone.store.database import StoreError
from touchstone.store.files import locked, write_atomically
from touchstone.wire import Limits

if TYPE_CHECKING:
    from touchstone.chain.local import PracticeLedger

PUBLISHER = "Practice sample publisher"
REGISTERED = ("signed", "plain", "withdrawn")
WITHDRAWN = "withdrawn"

_IMAGE, _MANIPULATED = 1, 5
_ETHER = 10**18
_GAS = {"create": 400_000, "register": 600_000, "revoke": 200_000}
_WAIT_SECONDS = 10.0
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sample to register: its SHA-256 and its PDQ fingerprint, hex ("" for none)."""

    code: str
    sha256: str
    pdq: str


def register_samples(home: Home, files: Mapping[str, Path], cancel: threading.Event | None = None) -> int:
    """See to it that the samples at `files` (by code) stand on the practice ledger; how many are new there.

    Raises:
        ChainError: the ledger cannot be read or written.
        Stopped: `cancel` was set; what was signed goes on with the next call.
    """
    from touchstone.chain.local import PracticeLedger

    ledger = PracticeLedger(home.ledger)
    try:
        with _sole(home):
            _resume(home, ledger)
            lacking = _lacking(home, files)
            if not lacking:
                return 0
            _stop(cancel)
            _publish(home, ledger, _measured(lacking, files, cancel), cancel)
            return len(lacking)
    except (OpenError, WorkerError, StoreError, OSError) as error:
        raise ChainError(ChainTrouble.FAILED) from error
    finally:
        ledger.close()


@contextlib.contextmanager
def _sole(home: Home) -> Any:
    """One process at a time: two that begin together must not register twice."""
    with locked(home.samples / "register.lock"):
        yield


def _stop(cancel: threading.Event | None) -> None:
    if cancel is not None and cancel.is_set():
        raise Stopped


def _lacking(home: Home, files: Mapping[str, Path]) -> dict[str, str]:
    """Code and SHA-256 of those samples that the sample publisher has not registered yet."""
    from touchstone.chain.networks import Networks
    from touchstone.registry import mirror
    from touchstone.registry.lookup import Register

    network = Networks.load(home).get("practice")
    mirror.sync(home, network)
    register = Register(home, network)
    try:
        found = {}
        for code in REGISTERED:
            with OpenedFile(files[code]) as opened:
                sha256 = opened.sha256()
            if not any(claim.name == PUBLISHER for claim in register.exact(sha256)):
                found[code] = sha256
        return found
    finally:
        register.close()


def _measured(lacking: Mapping[str, str], files: Mapping[str, Path], cancel: threading.Event | None) -> list[Wanted]:
    """Fingerprints, from the worker that reads files for a check."""
    pixels = PixelsWitness()
    try:
        found = []
        for code, sha256 in lacking.items():
            _stop(cancel)
            with OpenedFile(files[code]) as opened:
                prints = pixels.fingerprints(opened, Limits(), cancel)
            found.append(Wanted(code, sha256, str(prints.get("pdq") or "")))
        return found
    finally:
        pixels.close()


def _publish(home: Home, ledger: PracticeLedger, wanted: Sequence[Wanted], cancel: threading.Event | None) -> None:
    """Create the publisher, then sign all that is to stand in its name, keep that, and send it."""
    from touchstone.chain import contracts
    from touchstone.chain.throwaway import ThrowawaySigner

    signer = ThrowawaySigner()
    ledger.fund(signer.address, _ETHER)
    sender = _Sender(ledger, signer)
    create = contracts.encode("PublisherRegistry", "create", PUBLISHER, "", "0x" + "00" * 20)
    receipt = _mined(ledger, sender.sign("create", "PublisherRegistry", create))
    publisher = int(_log_topic(receipt, contracts.topic("PublisherRegistry", "PublisherCreated")), 16)
    _stop(cancel)
    items = [
        {
            "sha256": "0x" + w.sha256,
            "pdq": "0x" + (w.pdq or "00" * 32),
            "manifest": bytes(32),
            "kind": _IMAGE,
            "flags": 0,
        }
        for w in wanted
    ]
    calls = [
        sender.sign("register", "MediaRegistry", contracts.encode("MediaRegistry", "registerMany", publisher, items))
    ]
    for one in wanted:
        if one.code == WITHDRAWN:
            data = contracts.encode("MediaRegistry", "revoke", publisher, "0x" + one.sha256, _MANIPULATED, bytes(32))
            calls.append(sender.sign("revoke", "MediaRegistry", data))
    write_atomically(_journal(home), json.dumps([raw.hex() for raw in calls]).encode())
    _resume(home, ledger)


class _Sender:
    """Signs one transaction after another from one address, at a price that is paid whatever happens meanwhile."""

    def __init__(self, ledger: PracticeLedger, signer: Any) -> None:
        self._signer, self._nonce = signer, 0
        self._price = 10 * int(ledger.node().request("eth_gasPrice", []), 16)

    def sign(self, what: str, contract: str, data: bytes) -> bytes:
        """The signed transaction, as it is sent."""
        from touchstone.chain import contracts, transactions
        from touchstone.chain.network import PRACTICE_CHAIN_ID

        fields = transactions.fields(
            chain_id=PRACTICE_CHAIN_ID,
            nonce=self._nonce,
            to=contracts.address(contract),
            data=data,
            gas=_GAS[what],
            max_fee=self._price,
            priority=min(self._price, 10**9),
        )
        self._nonce += 1
        raw: bytes = self._signer.sign_transaction(fields).raw
        return raw


def _resume(home: Home, ledger: PracticeLedger) -> None:
    """Send what was signed and may not have been sent; what the ledger has already is not sent twice."""
    path = _journal(home)
    try:
        with path.open("rb") as file:
            signed = [bytes.fromhex(raw) for raw in json.loads(file.read(_LARGEST))]
    except FileNotFoundError:
        return
    except (ValueError, TypeError, OSError):
        signed = []
    try:
        for raw in signed:
            _mined(ledger, raw)
    except ChainError as error:
        if error.code in {ChainTrouble.BUSY, ChainTrouble.FULL, ChainTrouble.READ_ONLY}:
            raise  # it will go another time
    # Whatever else refuses them, such as a ledger that began anew, will go on refusing.
    path.unlink(missing_ok=True)


def _mined(ledger: PracticeLedger, raw: bytes) -> Mapping[str, Any]:
    """The receipt of a transaction, sent where the ledger does not have it yet.

    Raises:
        ChainError: it is refused, fails, or does not come.
    """
    from touchstone.chain.keccak import keccak256

    node, digest = ledger.node(), "0x" + keccak256(raw).hex()
    receipt = node.request("eth_getTransactionReceipt", [digest])
    if receipt is None:
        node.request("eth_sendRawTransaction", ["0x" + raw.hex()])
    until = time.monotonic() + _WAIT_SECONDS
    while receipt is None:
        receipt = node.request("eth_getTransactionReceipt", [digest])
        if receipt is None and time.monotonic() > until:
            raise ChainError(ChainTrouble.TIMEOUT)
    if int(receipt["status"], 16) != 1:
        raise ChainError(ChainTrouble.REVERTED)
    found: Mapping[str, Any] = receipt
    return found


def _log_topic(receipt: Mapping[str, Any], event: bytes) -> str:
    """The first indexed value of the event in a receipt."""
    for log in receipt["logs"]:
        if log["topics"] and log["topics"][0] == "0x" + event.hex():
            return str(log["topics"][1])
    raise ChainError(ChainTrouble.PROTOCOL)


def _journal(home: Home) -> Path:
    return home.samples / "registrations.json"
