"""What an automated reviewer is made of that needs none of its state."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.court.automated_types import AutomatedError
from touchstone.paths import Home
from touchstone.registry.court_types import CaseEntry, EvidenceEntry, SeatEntry
from touchstone.store.database import StoreError

if TYPE_CHECKING:
    from touchstone.check.models import Installed, ModelStore
    from touchstone.court.evidence import EvidenceStore

_log = logging.getLogger(__name__)

# What would be the same for every seat: the whole step waits.
OF_THE_NODE = frozenset(
    {
        ChainTrouble.UNREACHABLE,
        ChainTrouble.TIMEOUT,
        ChainTrouble.RATE_LIMITED,
        ChainTrouble.NODES_DISAGREE,
        ChainTrouble.WRONG_CHAIN,
        ChainTrouble.BUSY,
        ChainTrouble.FULL,
        ChainTrouble.READ_ONLY,
        ChainTrouble.LOCKED,
        ChainTrouble.NO_FUNDS,
    }
)


def installed(home: Home, model: str) -> tuple[ModelStore, Installed, str]:
    """The models here, the one of that id, and the SHA-256 of its manifest. Raises AutomatedError."""
    from touchstone.check.models import ModelError, ModelStore, State

    store = ModelStore(home)
    one = next((one for one in store.installed() if one.manifest.id == model), None)
    if one is None or one.state is not State.OK or not one.enabled:
        raise AutomatedError("no-model", untrusted_model=model)
    try:
        return store, one, store.hashes(one).manifest
    except (ModelError, OSError) as error:
        raise AutomatedError("no-model", untrusted_model=model) from error


def seats(entry: CaseEntry | None, round_: int) -> tuple[SeatEntry, ...]:
    """The seats of a round, none where there is no such round."""
    if entry is None:
        return ()
    return next((one.seats for one in entry.rounds if one.number == round_), ())


def told(error: Exception) -> dict[str, Any]:
    """A failure as an event carries it: whose words it has (`chain`, `votes`, `vault`, ...), its code and params."""
    from touchstone.court.troubles import VoteError
    from touchstone.court.vault import VaultError

    _log.info("an automated reviewer: %r", error)
    kinds = {ChainError: "chain", VoteError: "votes", VaultError: "vault", StoreError: "store"}
    kind = next((name for one, name in kinds.items() if isinstance(error, one)), "disk")
    code = str(getattr(error, "code", "failed"))
    return {"of": kind, "code": code, "params": dict(getattr(error, "params", {}))}


def media(store: EvidenceStore, case: CaseEntry, entries: Sequence[EvidenceEntry]) -> tuple[Path | None, str]:
    """The very file of a case, from this computer or where the register says; else None, and why not as a code."""
    from touchstone.court.statement import EvidenceError

    why = "missing"
    uris: dict[str, list[str]] = {case.evidence: [case.uri]}
    for entry in entries:
        uris.setdefault(entry.item, []).append(entry.uri)
    found = store.media_of(case, uris)
    if found is not None:
        return found, ""
    for item, addresses in uris.items():
        try:
            bundle = store.fetch(item, addresses)
        except EvidenceError as error:
            why = error.code
            continue
        if bundle.media is not None and bundle.statement.media == case.media:
            return bundle.media, ""
    return None, why
