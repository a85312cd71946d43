"""Flagging a file, up to what is sent: the evidence, what the court takes for it, and what makes no sense.

The bundle is kept on this computer before anything is sent. A note says that it belongs to a flag which is not sent
yet, so that a flag which was broken off leaves no evidence behind; and the flag's name in the journal of transactions
is made of the file, the claim and the case before it, so that the same flag is sent once, whatever ends it midway.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from touchstone.court.bundle import Contents, OnBytes, nothing
from touchstone.court.evidence import EvidenceStore
from touchstone.court.flag_notes import Notes
from touchstone.court.statement import Choice, EvidenceError
from touchstone.export import document
from touchstone.registry import case_stage, court, permits
from touchstone.registry.court import LONGEST_URI, Flagging
from touchstone.registry.court_types import CourtParameters
from touchstone.report import Answer, Kind, Report

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.chain.node import Node
    from touchstone.paths import Home
    from touchstone.store.outbox import Sent


class Charge(StrEnum):
    """What a flag says of a file."""

    MANIPULATED = "manipulated"
    GENERATED = "generated"
    CONTEXT = "context"


_CHOICES = {
    Charge.MANIPULATED: Choice.EDITED,
    Charge.GENERATED: Choice.GENERATED,
    Charge.CONTEXT: Choice.CONTEXT,
}

_OTHERS = {"own": False, "own_key": False, "own_because": []}  # as these stand in what others read


@dataclass(frozen=True, slots=True)
class Wanted:
    """A flag as somebody asks for it. Amounts in whole units, None for what is usual: the bond, the least bounty.

    `report` is of the very file, which is at `path`. Without `media` the file itself is left out of the bundle, without
    `tell_report` the report is. `bundle` is one that was made before, for the same file and claim, instead of all that.
    """

    path: Path
    report: Report
    charge: Charge
    reason: str
    claim: str = ""
    links: Sequence[str] = ()
    files: Sequence[Path] = ()
    uri: str = ""
    bond: int | None = None
    bounty: int | None = None
    media: bool = True
    tell_report: bool = True
    bundle: Path | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What the court takes for a flag now: the exact bond, the least bounty, and the rules that the case will keep."""

    bond: int
    least: int
    parameters: CourtParameters
    before: int  # the last case about the same file and claim, 0 for none


@dataclass(frozen=True, slots=True)
class Prepared:
    """A flag that is ready to be sent: what it is, its name in the journal, and what becomes public with it.

    `names` are those of files that others will see.
    """

    what: Flagging
    deed: str
    terms: Terms
    names: tuple[str, ...] = ()
    tells_report: bool = True
    tells_media: bool = True


def terms(nodes: Sequence[Node], network: Network, media: str, claim: str = "") -> Terms:
    """What flagging a file takes.

    Raises:
        EvidenceError: `no-court`; `open-case` {case}: one about the same file and claim is under way.
        ChainError: a node, or two that disagree.
    """
    if not network.court:
        raise EvidenceError("no-court")
    before = court.last_case(nodes, network, media, claim)
    if before and court.phase(nodes, network, before) in case_stage.OPEN:
        raise EvidenceError("open-case", case=before)
    rules = court.parameters(nodes, network)
    bond = court.bond_for(nodes, network, media, court.claim_hash(claim))
    return Terms(bond, court.round_cost(rules, 0), rules, before)


def prepare(
    home: Home,
    network: Network,
    nodes: Sequence[Node],
    wanted: Wanted,
    *,
    account: str = "",
    on_bytes: OnBytes = nothing,
    cancel: threading.Event | None = None,
) -> Prepared:
    """Look at all of it, and keep the evidence here. Whoever calls this sends within `sending`, or `drop`s it.

    With `account` it is looked at whether that has the money.

    Raises:
        EvidenceError: of what is made; `unreadable-file`, `no-claim`, `claim-unused`, `no-uri`, `bad-uri`, `long-uri`,
            `no-court`, `open-case` {case}, `low-bond`, `low-bounty` {amount, play}, `high-bounty`, `no-money` {amount,
            balance, play}, `other-bundle`.
        ChainError: a node, or two that disagree.
    """
    refuse(network, wanted)
    media, claim = wanted.report.media.sha256, wanted.claim
    found = terms(nodes, network, media, claim)
    what = _priced(network, wanted, found)
    if account and (has := permits.balance(nodes, network, account)) < what.total:
        raise EvidenceError("no-money", amount=what.total, balance=has, play=network.play)
    deed = deed_of(network, media, claim, found.before)
    notes = Notes(home)
    notes.clear()
    store = EvidenceStore(home)
    item = _evidence(store, wanted, on_bytes, cancel)
    notes.add(network.chain_id, deed, item)
    bundle = store.get(item, cancel=cancel)
    if bundle is None or (bundle.statement.media, bundle.statement.claim) != (media, claim):
        notes.forget(network.chain_id, deed, item)
        raise EvidenceError("other-bundle")
    stated = bundle.statement
    complete = Flagging(media, claim, item, wanted.uri, what.bounty, what.bond)
    names = tuple(one.name for one in stated.files)
    return Prepared(complete, deed, found, names, stated.report is not None, stated.media_file is not None)


def _evidence(store: EvidenceStore, wanted: Wanted, on_bytes: OnBytes, cancel: threading.Event | None) -> str:
    if wanted.bundle is not None:
        return store.add(wanted.bundle, cancel=cancel)
    return store.make(contents(wanted), on_bytes=on_bytes, cancel=cancel)


def deed_of(network: Network, media: str, claim: str, before: int) -> str:
    """The name of a flag in the journal of transactions."""
    return f"flag {network.court.lower()} {media} {court.claim_hash(claim)} {before}"


def under_way(home: Home, network: Network, deed: str) -> Sent | None:
    """The transaction of this flag that was sent and may still come; None where none was."""
    from touchstone.store.outbox import LIVE, Outbox

    outbox = Outbox(home)
    try:
        return next((one for one in outbox.keyed(network.chain_id, deed) if one.state in LIVE), None)
    finally:
        outbox.close()


@contextlib.contextmanager
def sending(home: Home, network: Network, prepared: Prepared) -> Iterator[None]:
    """While a flag is sent: where it was not in the end, its evidence is removed again.

    Raises:
        EvidenceError: `missing`: the evidence is not here any more.
    """
    if not EvidenceStore(home).has(prepared.what.evidence):
        raise EvidenceError("missing")
    try:
        yield
    finally:
        drop(home, network, prepared)  # also where the same flag was sent by another process, with its evidence


def drop(home: Home, network: Network, prepared: Prepared) -> None:
    """Forget a flag, and its evidence unless it was sent after all. Raises EvidenceError `unwritable`."""
    Notes(home).forget(network.chain_id, prepared.deed, prepared.what.evidence)


def report_for_others(report: Report) -> bytes:
    """A report as it goes into a bundle: without what it says to whoever made it, such as that a key is theirs."""
    told = document.for_others(report)
    clean = replace(
        told,
        headline=replace(told.headline, params=_not_own(told.headline.params)),
        findings=tuple(replace(f, params=_not_own(f.params), details=_not_own(f.details)) for f in told.findings),
        conflicts=tuple(replace(one, params=_not_own(one.params)) for one in told.conflicts),
    )
    return document.canonical(document.to_document(clean))


def _not_own(value: Any) -> Any:
    """The same without what tells that something is this user's own."""
    if isinstance(value, Mapping):
        return {name: _OTHERS[name] if name in _OTHERS else _not_own(part) for name, part in value.items()}
    return [_not_own(part) for part in value] if isinstance(value, (list, tuple)) else value


def refuse_address(network: Network, uri: str) -> None:
    """Make sure that others can fetch from an address: "" where one desk alone has the ledger.

    Raises:
        EvidenceError: `no-uri`, `bad-uri`, `long-uri`.
    """
    if not uri:
        if network.practice:
            return
        raise EvidenceError("no-uri")
    if len(uri.encode("utf-8", "replace")) > LONGEST_URI:
        raise EvidenceError("long-uri")
    try:
        parts = urlsplit(uri)
        fetchable = parts.scheme in {"https", "ipfs"} and bool(parts.hostname or parts.netloc)
    except ValueError as error:
        raise EvidenceError("bad-uri") from error
    if not (fetchable or (parts.scheme == "file" and network.play)) or not uri.isprintable() or " " in uri:
        raise EvidenceError("bad-uri")


def refuse(network: Network, wanted: Wanted) -> None:
    """What can be said of a flag without asking anybody. Raises EvidenceError as `prepare`."""
    if not network.court:
        raise EvidenceError("no-court")
    media = wanted.report.media
    if not media.sha256 or media.kind is Kind.UNKNOWN or wanted.report.answer is Answer.UNREADABLE:
        raise EvidenceError("unreadable-file")
    if not wanted.reason.strip():
        raise EvidenceError("empty-reason")
    if wanted.charge is Charge.CONTEXT and not wanted.claim.strip():
        raise EvidenceError("no-claim")
    if wanted.charge is not Charge.CONTEXT and wanted.claim:
        raise EvidenceError("claim-unused")
    if len(wanted.claim.encode("utf-8", "replace")) > court.LONGEST_CLAIM:
        raise EvidenceError("long-claim")
    refuse_address(network, wanted.uri)


def _priced(network: Network, wanted: Wanted, found: Terms) -> Flagging:
    bond = found.bond if wanted.bond is None else wanted.bond
    bounty = found.least if wanted.bounty is None else wanted.bounty
    if bond != found.bond:
        raise EvidenceError("low-bond", amount=found.bond, play=network.play)
    if bounty < found.least:
        raise EvidenceError("low-bounty", amount=found.least, play=network.play)
    if bounty >= 1 << 96:
        raise EvidenceError("high-bounty")
    return Flagging(wanted.report.media.sha256, wanted.claim, "", wanted.uri, bounty, bond)


def contents(wanted: Wanted) -> Contents:
    """What the bundle of a flag is made of."""
    return Contents(
        reason=wanted.reason,
        media=wanted.path if wanted.media else None,
        sha256=wanted.report.media.sha256,
        claim=wanted.claim,
        choice=_CHOICES[wanted.charge],
        links=tuple(wanted.links),
        report=report_for_others(wanted.report) if wanted.tell_report else b"",
        files=tuple(wanted.files),
    )
