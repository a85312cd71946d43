"""What moves a case on now. Anyone may do it, and the court pays a small fee to whoever does.

The clock alone tells most of it (`registry.case_stage`). Two things have to be asked of the chain: whether the seed of
a draw is known, or was lost; and whether there is enough stake to draw from, because asking for a seed without it ends
the case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from touchstone.registry.case_stage import Next, Pauses, Stage, current, stage
from touchstone.registry.court_types import CaseEntry, Phase

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.network import Network
    from touchstone.chain.node import Node

DEPTH = 4  # people's free weight is at least this many times what a panel locks, or the case fails (CourtDraws.sol)
NO_PAUSES = Pauses()
WORDS = 64  # of a seed that one call looks at


class Seed(IntEnum):
    """What a source of randomness says of a request, as `IRandomness.State` numbers it."""

    UNKNOWN = 0
    WAITING = 1
    READY = 2
    LOST = 3


class Wait(StrEnum):
    """Why nothing can be sent now."""

    NONE = ""
    CLOCK = "clock"  # until `Move.stage.ends`
    SEED = "seed"  # the block that it comes from is not there yet
    POOL = "pool"  # too little stake to draw from: asking for a seed would end the case
    PAUSED = "paused"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Move:
    """The call that is due, or why there is none.

    `stake` and `needed` are people's weight that no seat has locked and what the panel takes of it, in the token's
    whole units, 0 where nobody asked. With `Wait.POOL` there is an intent all the same: it would end the case.
    """

    case: int
    stage: Stage
    next: Next
    wait: Wait = Wait.NONE
    intent: Intent | None = None
    stake: int = 0
    needed: int = 0


def needed(case: CaseEntry) -> int:
    """People's free weight that the panel of a case's round takes, in the token's whole units."""
    parameters = case.parameters
    seats = parameters.seats[case.round] if case.round < len(parameters.seats) else 0
    return DEPTH * seats * parameters.seat_lock


def due(
    network: Network,
    case: CaseEntry,
    now: int,
    *,
    seed: Seed = Seed.UNKNOWN,
    stake: int | None = None,
    pauses: Pauses = NO_PAUSES,
) -> Move:
    """The call that is due at `now` (unix seconds). Pure.

    `seed` is how the last request stands, `stake` people's weight that no seat has locked; None where nobody asked,
    which refuses nothing.
    """
    at = stage(case, now, pauses)
    if at.next is Next.SETTLE:
        return Move(case.id, at, at.next, Wait.CLOSED)
    if at.next is Next.WAIT:
        return Move(case.id, at, at.next, Wait.CLOCK)
    if at.next in {Next.SEED, Next.DRAW}:
        if pauses.paused(now):
            return Move(case.id, at, at.next, Wait.PAUSED)
        return _drawing(network, case, at, seed, stake)
    return Move(case.id, at, at.next, intent=_plain(network, case.id, at.next))


def look(nodes: Sequence[Node], network: Network, case: CaseEntry, now: int, pauses: Pauses = NO_PAUSES) -> Move:
    """`due`, with what has to be asked of the chain.

    Raises:
        ChainError: what asking nodes can end in.
    """
    from touchstone.registry import pool

    first = due(network, case, now, pauses=pauses)
    if first.wait is not Wait.NONE or first.next not in {Next.SEED, Next.DRAW}:
        return first
    seed = Seed.UNKNOWN if first.next is Next.SEED else seed_of(nodes, network, case)
    if case.phase is Phase.DRAWN or (first.next is Next.DRAW and seed is Seed.READY):
        return due(network, case, now, seed=seed, pauses=pauses)
    return due(network, case, now, seed=seed, stake=pool.free(nodes, network), pauses=pauses)


def seed_of(nodes: Sequence[Node], network: Network, case: CaseEntry) -> Seed:
    """How the last request for a seed of a case stands. Raises ChainError."""
    from touchstone.chain import contracts
    from touchstone.chain.agree import agreed_call
    from touchstone.registry import court

    request = court.round_(nodes, network, case.id, case.round).request
    call = contracts.encode("FutureBlockHash", "stateOf", request)
    answer = agreed_call(nodes, current(case).randomness or case.parameters.randomness, call).value
    return Seed(contracts.decode("FutureBlockHash", "stateOf", answer))


def _drawing(network: Network, case: CaseEntry, at: Stage, seed: Seed, stake: int | None) -> Move:
    from touchstone.registry import court

    if at.next is Next.DRAW and seed is Seed.WAITING:
        return Move(case.id, at, at.next, Wait.SEED)
    if at.next is Next.DRAW and (seed is not Seed.LOST or case.phase is Phase.DRAWN):
        return Move(case.id, at, at.next, intent=court.draw(network, case.id, WORDS))
    takes = needed(case)
    if stake is not None and stake < takes:
        return Move(case.id, at, Next.SEED, Wait.POOL, court.request_seed(network, case.id), stake, takes)
    return Move(case.id, at, Next.SEED, intent=court.request_seed(network, case.id), stake=stake or 0, needed=takes)


def _plain(network: Network, case: int, what: Next) -> Intent:
    from touchstone.registry import court

    return {Next.TALLY: court.tally, Next.OPEN_ROUND: court.open_round, Next.FINALISE: court.finalise}[what](
        network, case
    )
