"""What flagging a file reads, makes and sends, in threads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from touchstone.texts import _
from touchstone.ui import court_signing
from touchstone.ui.signing import Deed

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.network import Network
    from touchstone.court.bundle import Contents
    from touchstone.registry.permits import Permit
    from touchstone.ui.batch import Shown
    from touchstone.ui.desk import Desk
    from touchstone.ui.flag_form import Wanted


@dataclass(frozen=True, slots=True)
class Price:
    """What a flag takes, in whole units. `open_case` is one about the same file and claim that is open, 0 for none."""

    network: Network
    bond: int
    least: int
    seats: int
    wallet: int
    open_case: int


def price(desk: Desk, sha256: str, claim: str, account: str) -> Price:
    """What flagging a file takes now, and what the account has. Raises ChainError."""
    from touchstone.registry import case_stage, court, permits

    network, nodes = desk.register.network(), desk.register.nodes()
    rules = court.parameters(nodes, network)
    last = court.last_case(nodes, network, sha256, claim)
    is_open = bool(last) and court.phase(nodes, network, last) in case_stage.OPEN
    return Price(
        network,
        court.bond_for(nodes, network, sha256, court.claim_hash(claim)),
        court.round_cost(rules, 0),
        rules.seats[0],
        permits.balance(nodes, network, account) if account else 0,
        last if is_open else 0,
    )


def flag(desk: Desk, deed: Deed, shown: Shown, wanted: Wanted) -> int:
    """Make the evidence, keep it on this computer, and flag; the number of the case.

    Raises:
        ChainError: it was not sent, or does not count.
        EvidenceError: the evidence cannot be made.
    """
    from touchstone.court.evidence import EvidenceStore
    from touchstone.registry import court
    from touchstone.registry.court import Flagging

    register = desk.register
    network, nodes = register.network(), register.nodes()
    deed.tell(_("Putting the evidence together"))
    sha256 = shown.report.media.sha256
    item = EvidenceStore(desk.home).make(_contents(shown, wanted), cancel=deed.stopped)
    bond = court.bond_for(nodes, network, sha256, court.claim_hash(wanted.claim))
    what = Flagging(sha256, wanted.claim, item, wanted.uri, wanted.bounty, bond)

    def build(network: Network, permit: Permit | None) -> Intent:
        return court.flag(network, what, permit)

    court_signing.pay(desk, deed, network.court, what.total, build)
    return court.last_case(nodes, network, what.media, what.claim)


def _contents(shown: Shown, wanted: Wanted) -> Contents:
    from touchstone.court.bundle import Contents
    from touchstone.court.statement import Choice
    from touchstone.export.document import to_document

    choice = {"manipulated": Choice.EDITED, "generated": Choice.GENERATED, "context": Choice.CONTEXT}[wanted.choice]
    return Contents(
        reason=wanted.reason,
        media=shown.path if wanted.media else None,
        sha256=shown.report.media.sha256,
        claim=wanted.claim,
        choice=choice,
        links=wanted.links,
        report=json.dumps(to_document(shown.report)).encode() if wanted.report else b"",
        files=wanted.files,
    )
