"""Registers the detectors that came with the application on the practice ledger, from their records and seals.

The publisher is there for them alone: its key is thrown away as soon as everything is signed. It names the key that
sealed the models as a signer for models, so that a seal counts by the register and not by what a file says of itself.
A model without a seal, or with one that does not fit its files, is not registered.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.check import practice_once
from touchstone.check.models import Installed, ModelError, ModelStore, State
from touchstone.paths import Home
from touchstone.store.files import locked, make_folder

if TYPE_CHECKING:
    from touchstone.chain.local import PracticeLedger
    from touchstone.chain.network import Network

PUBLISHER = "Practice model publisher"
_MODEL_ROLE = 8
_GAS = {"create": 400_000, "name": 150_000, "register": 700_000}
_LARGEST = 4 << 20  # bytes of a record or a seal


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A model whose seal fits: who sealed it, and what is registered of it (hashes are 32 bytes, 0x hex)."""

    address: str
    what: dict[str, Any]


def register_shipped(home: Home, network: Network, store: ModelStore) -> int:
    """See to it that the models that came with the application stand on the practice ledger; how many are new there.

    The mirror is brought up to date before and after.

    Raises:
        ChainError: the ledger cannot be read or written, or somebody else is at it.
        StoreError: the mirror cannot be read.
        OSError: the disk refuses.
    """
    from touchstone.chain.local import PracticeLedger
    from touchstone.registry import mirror

    ledger = PracticeLedger(home.ledger)
    try:
        make_folder(home.models)
        with locked(home.models / "register.lock"):
            practice_once.resume(_journal(home), ledger)
            mirror.sync(home, network)
            lacking = _lacking(home, network, store)
            if lacking:
                _publish(home, ledger, lacking)
                mirror.sync(home, network)
            return len(lacking)
    finally:
        ledger.close()


def _lacking(home: Home, network: Network, store: ModelStore) -> list[_Sealed]:
    """The sealed models that came with the application and are not on the ledger."""
    from touchstone.registry.model_lookup import Models

    models = Models(home, network)
    try:
        return [
            sealed
            for sealed in map(_sealed, (one for one in store.installed() if one.shipped and one.state is State.OK))
            if sealed is not None and not any(e.counts for e in models.by_manifest(sealed.what["manifest"][2:]))
        ]
    finally:
        models.close()


def _sealed(one: Installed) -> _Sealed | None:
    """What is registered of a model, if its seal fits its files."""
    from touchstone.lineage import record, seal

    with contextlib.suppress(OSError, ValueError, ModelError):
        hashes = {name: _hash(one.folder / name) for name in ("manifest.json", "record.json")}
        sealed = seal.verify(_read(one.folder / "seal.json"))
        told = record.parse(_read(one.folder / "record.json"))
        fits = (sealed.manifest, sealed.record, sealed.weights, told.weights.sha256) == (
            hashes["manifest.json"], hashes["record.json"], one.manifest.sha256, one.manifest.sha256
        )  # fmt: skip
        if fits:
            return _Sealed(
                sealed.address,
                {
                    "manifest": "0x" + sealed.manifest,
                    "weights": "0x" + sealed.weights,
                    "dataRoot": "0x" + told.data.root,
                    "items": told.data.items,
                    "record": "0x" + sealed.record,
                    "evaluation": "0x" + sealed.evaluation,
                    "parents": [],
                    "uri": "",
                },
            )
    return None


def _publish(home: Home, ledger: PracticeLedger, lacking: Sequence[_Sealed]) -> None:
    """Create the publisher, then sign all that is to stand in its name, keep that, and send it."""
    from touchstone.chain.throwaway import ThrowawaySigner

    sender = practice_once.OnceSender(ledger, ThrowawaySigner())
    number = practice_once.publisher(ledger, sender, PUBLISHER, _GAS["create"])
    calls = [
        sender.sign("PublisherRegistry", "setSigner", (number, address, _MODEL_ROLE, 0, 0), _GAS["name"])
        for address in sorted({one.address for one in lacking})
    ]
    calls += [sender.sign("ModelRegistry", "register", (number, one.what), _GAS["register"]) for one in lacking]
    practice_once.keep(_journal(home), calls)
    practice_once.resume(_journal(home), ledger)


def _hash(path: Path) -> str:
    import hashlib

    return hashlib.sha256(_read(path)).hexdigest()


def _read(path: Path) -> bytes:
    """Raises OSError: it is not there, or larger than anything of its kind."""
    with path.open("rb") as file:
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise OSError("too large")
    return data


def _journal(home: Home) -> Path:
    return home.models / "registrations.json"
