"""Registers some of the samples on the practice ledger, by a publisher that is there for them alone.

Its key is thrown away as soon as everything is signed; nothing can be registered in its name afterwards. What was
signed stands in a journal until it is on the ledger, so that an interruption leaves nothing half registered. A ledger
that refuses costs the registrations, never the samples.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.check import practice_once
from touchstone.check.opening import OpenedFile, OpenError, Stopped
from touchstone.check.sandbox import WorkerError
from touchstone.check.witnesses import PixelsWitness
from touchstone.paths import Home
from touchstone.store.database import StoreError
from touchstone.store.files import locked
from touchstone.wire import Limits

if TYPE_CHECKING:
    from touchstone.chain.local import PracticeLedger

PUBLISHER = "Practice sample publisher"
REGISTERED = ("signed", "plain", "withdrawn")
WITHDRAWN = "withdrawn"

_IMAGE, _MANIPULATED = 1, 5
_GAS = {"create": 400_000, "register": 600_000, "revoke": 200_000}


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
            practice_once.resume(_journal(home), ledger)
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
    from touchstone.chain.throwaway import ThrowawaySigner

    sender = practice_once.OnceSender(ledger, ThrowawaySigner())
    publisher = practice_once.publisher(ledger, sender, PUBLISHER, _GAS["create"])
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
    calls = [sender.sign("MediaRegistry", "registerMany", (publisher, items), _GAS["register"])]
    for one in wanted:
        if one.code == WITHDRAWN:
            withdrawal = (publisher, "0x" + one.sha256, _MANIPULATED, bytes(32))
            calls.append(sender.sign("MediaRegistry", "revoke", withdrawal, _GAS["revoke"]))
    practice_once.keep(_journal(home), calls)
    practice_once.resume(_journal(home), ledger)


def _journal(home: Home) -> Path:
    return home.samples / "registrations.json"
