"""An appeal: what each side needs and has, until when it can be paid into, and what paying takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from touchstone.court.clock import catch_up, now_of
from touchstone.court.sending import InTime, afford
from touchstone.court.troubles import VoteError, VoteTrouble
from touchstone.registry import court
from touchstone.registry.court_types import Phase, Ruling

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.network import Network
    from touchstone.chain.node import Node
    from touchstone.registry.permits import Permit


@dataclass(frozen=True, slots=True)
class Side:
    """One side, amounts in whole units. `mine` is what the account asked about paid; `ends` in the court's clock."""

    against: bool
    target: int
    funded: int
    mine: int
    ends: int

    @property
    def missing(self) -> int:
        """What it lacks."""
        return max(0, self.target - self.funded)


@dataclass(frozen=True, slots=True)
class Appeal:
    """The appeal from the ruling of a round. `clock` is the court's time, as are the sides' ends."""

    case: int
    round: int
    ruling: Ruling
    clock: int
    holding: Side
    against: Side

    def side(self, *, against: bool) -> Side:
        """One of the two."""
        return self.against if against else self.holding

    @property
    def opens(self) -> bool:
        """Whether a larger panel looks again, as things stand."""
        return self.holding.missing == 0 or self.against.missing == 0


@dataclass(frozen=True, slots=True)
class Funding:
    """Paying into a side: `amount` is what it takes at most, `window` until when it can be sent."""

    case: int
    amount: int
    side: Side
    window: InTime

    def call(self, network: Network, permit: Permit | None = None) -> Intent:
        """The call that pays, with a permit or after an allowance."""
        return court.fund_appeal(network, self.case, self.side.against, self.amount, permit)


def standing(nodes: Sequence[Node], network: Network, case: int, account: str = "") -> Appeal:
    """The appeal that a case can have now.

    Raises:
        VoteError: NO_COURT, NO_CASE, WRONG_PHASE {phase}, NO_FURTHER_ROUND.
        ChainError: what a node can be.
    """
    if not network.court:
        raise VoteError(VoteTrouble.NO_COURT, network=network.name)
    catch_up(nodes, network)
    state = court.case(nodes, network, case)
    if state is None:
        raise VoteError(VoteTrouble.NO_CASE, case=case)
    phase = court.phase(nodes, network, case)
    if phase is not Phase.APPEALABLE:
        raise VoteError(VoteTrouble.WRONG_PHASE, case=case, phase=phase)
    parameters = court.parameters(nodes, network, state.parameters)
    found = court.round_(nodes, network, case, state.round)
    ends = {False: found.appeal_ends, True: found.appeal_ends - parameters.appeal_time // 2}
    sides = []
    for against in (False, True):
        target = court.target(parameters, state.round, against)
        if target == 0:
            raise VoteError(VoteTrouble.NO_FURTHER_ROUND, case=case)
        paid = court.contribution(nodes, network, case, state.round, against, account) if account else 0
        has = court.side(nodes, network, case, state.round, against).funded
        sides.append(Side(against, target, has, paid, ends[against]))
    return Appeal(case, state.round, found.ruling, court.clock(nodes, network), sides[0], sides[1])


def fund(nodes: Sequence[Node], network: Network, account: str, case: int, amount: int, *, against: bool) -> Funding:
    """What an account pays with up to `amount` into a side; never more than what that lacks.

    Raises:
        VoteError: as `standing`; FUNDED, AGAINST_OVER, TOO_LATE, BAD_AMOUNT, NO_DOLLARS {needed, has, address}.
        ChainError: what a node can be.
    """
    if amount <= 0:
        raise VoteError(VoteTrouble.BAD_AMOUNT)
    found = standing(nodes, network, case, account)
    side = found.side(against=against)
    if found.clock >= side.ends:
        code = VoteTrouble.AGAINST_OVER if against and found.clock < found.holding.ends else VoteTrouble.TOO_LATE
        raise VoteError(code, case=case, sent=False)
    if side.missing == 0:
        raise VoteError(VoteTrouble.FUNDED, case=case)
    amount = min(amount, side.missing)
    afford(nodes, network, account, amount)
    # The court's clock stands still in a pause, the chain's does not: by it the end is never later than it is.
    ends = now_of(nodes, network).now + side.ends - found.clock
    return Funding(case, amount, side, InTime(nodes, network, case, found.round, Phase.APPEALABLE, ends=ends))
