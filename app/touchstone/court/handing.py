"""Handing evidence in to a case that is open: as anybody, as a publisher who replies, or as a reviewer who says why.

As for a flag, the bundle is kept here before anything is sent, and removed where nothing was in the end; and the name
in the journal of transactions is made of the item, so that the same item is handed in once.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from touchstone.court.evidence import EvidenceStore
from touchstone.court.flag_notes import Notes
from touchstone.court.flagging import refuse_address
from touchstone.court.statement import EvidenceError

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.court.bundle import Bundle, Contents
    from touchstone.paths import Home
    from touchstone.registry.court_types import CaseEntry


@dataclass(frozen=True, slots=True)
class Handed:
    """An item that is ready to be sent, and its name in the journal of transactions."""

    item: str
    deed: str
    bundle: Bundle


def evidence_for(case: CaseEntry, wanted: Contents) -> Contents:
    """The contents of a further item for a case: about its file, whatever else they say."""
    return replace(wanted, sha256=case.media, claim=case.untrusted_claim)


@contextlib.contextmanager
def handing_in(
    home: Home,
    network: Network,
    case: CaseEntry,
    what: Contents | Path,
    uri: str = "",
    *,
    cancel: threading.Event | None = None,
) -> Iterator[Handed]:
    """Make the bundle, or take in the zip file of one, and keep it while it is sent, and afterwards if it was.

    Raises:
        EvidenceError: of what is made or read; `no-uri`, `bad-uri`, `long-uri`; `other-bundle`.
    """
    refuse_address(network, uri)
    store, notes = EvidenceStore(home), Notes(home)
    notes.clear()
    before = frozenset(store.items())
    if isinstance(what, Path):
        item = store.add(what, cancel=cancel)
    else:
        item = store.make(evidence_for(case, what), cancel=cancel)
    deed = f"evidence {network.court.lower()} {case.id} {item} {uri}"
    if item not in before:
        notes.add(network.chain_id, deed, item)
    try:
        bundle = store.get(item, cancel=cancel)
        if bundle is None or bundle.statement.media != case.media:
            raise EvidenceError("other-bundle")
        yield Handed(item, deed, bundle)
    finally:
        if item not in before:
            notes.forget(network.chain_id, deed, item)
