"""A reviewer's stake: putting it up and joining, taking it out, and having what matured counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from touchstone.court.clock import catch_up, now_of
from touchstone.court.sending import afford
from touchstone.court.troubles import VoteError, VoteTrouble
from touchstone.registry import pool

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.network import Network
    from touchstone.chain.node import Node
    from touchstone.registry.court_types import PoolParameters, ReviewerEntry
    from touchstone.registry.permits import Permit

PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class Adding:
    """Putting a stake up, and joining with it if asked for. `before` is the account, `rules` are the pool's."""

    amount: int
    join: Intent | None
    before: ReviewerEntry
    rules: PoolParameters

    def call(self, network: Network, permit: Permit | None = None) -> Intent:
        """The call that pays, with a permit or after an allowance."""
        return pool.stake(network, self.amount, permit, unbonding=self.rules.unbonding_time)


def add(nodes: Sequence[Node], network: Network, account: str, amount: int, *, join: str = "") -> Adding:
    """Put `amount` at stake. `join` is `PEOPLE`, the id of a registered model (hex), or "" for neither.

    Raises:
        VoteError: NO_COURT, BAD_AMOUNT, NO_DOLLARS, TOO_LITTLE {least, has}: too little to join with, JOINED.
        ChainError: what a node can be.
    """
    if not network.pool:
        raise VoteError(VoteTrouble.NO_COURT, network=network.name)
    if amount <= 0:
        raise VoteError(VoteTrouble.BAD_AMOUNT)
    before, rules = pool.reviewer(nodes, network, account), pool.parameters(nodes, network)
    if join and before.joined:
        raise VoteError(VoteTrouble.JOINED)
    automated = join not in {"", PEOPLE}
    least = rules.min_automated if automated else rules.min_stake
    has = before.staked - before.unbonding + amount
    if join and has < least:
        raise VoteError(VoteTrouble.TOO_LITTLE, least=least, has=has, play=network.play)
    afford(nodes, network, account, amount)
    call = pool.join(network, automated, join if automated else "") if join else None
    return Adding(amount, call, before, rules)


def remove(nodes: Sequence[Node], network: Network, account: str, amount: int) -> Intent:
    """Begin to take `amount` out.

    Raises:
        VoteError: NO_COURT, BAD_AMOUNT, NO_STAKE, LOCKED_STAKE {free}: more than what is not on its way out.
        ChainError: what a node can be.
    """
    if not network.pool:
        raise VoteError(VoteTrouble.NO_COURT, network=network.name)
    if amount <= 0:
        raise VoteError(VoteTrouble.BAD_AMOUNT)
    found = pool.reviewer(nodes, network, account)
    free = found.staked - found.unbonding
    if found.staked == 0:
        raise VoteError(VoteTrouble.NO_STAKE)
    if amount > free:
        raise VoteError(VoteTrouble.LOCKED_STAKE, free=free, play=network.play)
    ready = now_of(nodes, network).now + pool.parameters(nodes, network).unbonding_time
    return pool.unbond(network, amount, ready=ready)


def withdraw(nodes: Sequence[Node], network: Network, account: str, to: str = "") -> tuple[Intent, int]:
    """Take out what has unbonded, and how much that is.

    Raises:
        VoteError: NO_COURT, NOTHING, NOT_YET {at}: it can be from then on (0: once seats are settled).
        ChainError: what a node can be.
    """
    if not network.pool:
        raise VoteError(VoteTrouble.NO_COURT, network=network.name)
    catch_up(nodes, network)
    found = pool.reviewer(nodes, network, account)
    if found.unbonding == 0:
        raise VoteError(VoteTrouble.NOTHING)
    if found.withdrawable == 0:
        waits = found.unbonds > now_of(nodes, network).now
        raise VoteError(VoteTrouble.NOT_YET, at=found.unbonds if waits else 0)
    return pool.withdraw(network, to or account), found.withdrawable


def refresh(nodes: Sequence[Node], network: Network, account: str) -> Intent | None:
    """The call that lets matured stake count in draws; None where nothing would change. Raises ChainError."""
    if not network.pool:
        return None
    found, now = pool.reviewer(nodes, network, account), now_of(nodes, network).now
    ripe = found.maturing == 0 or found.matures <= now
    counts = found.staked - found.unbonding - (0 if ripe else found.maturing)
    rules = pool.parameters(nodes, network)
    least = rules.min_automated if found.automated else rules.min_stake
    due = found.joined and ripe and counts >= least and found.weight != counts
    return pool.refresh(network, account) if due else None
