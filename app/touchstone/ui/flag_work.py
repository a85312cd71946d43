"""What flagging a file reads, makes and sends, in threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from touchstone.texts import _
from touchstone.ui import court_signing
from touchstone.ui.signing import Deed

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.court import flagging
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
    from touchstone.court import flagging
    from touchstone.court.statement import EvidenceError
    from touchstone.registry import court, permits

    network, nodes = desk.register.network(), desk.register.nodes()
    wallet = permits.balance(nodes, network, account)
    try:
        found = flagging.terms(nodes, network, sha256, claim)
    except EvidenceError as error:
        if error.code != "open-case":
            raise
        rules = court.parameters(nodes, network)
        return Price(network, rules.flag_bond, court.round_cost(rules, 0), rules.seats[0], wallet, error.params["case"])
    return Price(network, found.bond, found.least, found.parameters.seats[0], wallet, 0)


def flag(desk: Desk, deed: Deed, shown: Shown, wanted: Wanted) -> int:
    """Make the evidence, keep it on this computer, and flag; the number of the case.

    Raises:
        ChainError, VoteError: it was not sent, or does not count.
        EvidenceError: the evidence cannot be made.
    """
    from touchstone.court import flagging
    from touchstone.registry import court

    register = desk.register
    network, nodes = register.network(), register.nodes()
    deed.tell(_("Putting the evidence together"))
    prepared = flagging.prepare(
        desk.home, network, nodes, _asked(shown, wanted), account=deed.key.address, cancel=deed.stopped
    )
    what = prepared.what
    with flagging.sending(desk.home, network, prepared):
        permit = court_signing.permit_for(desk, deed, network.court, what.total)
        court_signing.send(desk, deed, court.flag(network, what, permit), key=prepared.deed)
    return court.last_case(nodes, network, what.media, what.claim)


def _asked(shown: Shown, wanted: Wanted) -> flagging.Wanted:
    from touchstone.court import flagging

    return flagging.Wanted(
        shown.path,
        shown.report,
        flagging.Charge(wanted.choice),
        wanted.reason,
        wanted.claim,
        wanted.links,
        wanted.files,
        wanted.uri,
        bounty=wanted.bounty,
        media=wanted.media,
        tell_report=wanted.report,
    )
