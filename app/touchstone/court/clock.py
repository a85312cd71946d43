"""What time it is for the court, and whether this computer's clock says the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from touchstone.chain.agree import first_answer
from touchstone.chain.quantity import member, number

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.chain.node import Node

NOBODY = "0x" + 40 * "0"
_STALE = 30  # seconds that the newest block of a practice ledger may be old
TOLERATED = 180  # seconds between this computer's clock and the newest block of a network


@dataclass(frozen=True, slots=True)
class Moment:
    """`now` is the time of the next block, in unix seconds.

    `off` is how far this computer's clock is ahead of the newest block (behind where negative) if that is more than
    `TOLERATED`, else 0; a practice ledger's time is skipped ahead, and never counts as wrong.
    """

    now: int
    off: int = 0


def now_of(nodes: Sequence[Node], network: Network, clock: Callable[[], float] = time.time) -> Moment:
    """The chain's time. Deadlines are measured by it alone.

    Raises:
        ChainError: no node answers.
    """
    # A practice ledger makes a block only for a transaction; the next one says what time it is.
    which = "pending" if network.play else "latest"
    found = number(member(first_answer(nodes, "eth_getBlockByNumber", [which, False]), "timestamp"), 64)
    off = 0 if network.play else int(clock()) - found
    return Moment(found, off if abs(off) > TOLERATED else 0)


def catch_up(nodes: Sequence[Node], network: Network) -> None:
    """Have a practice ledger make a block where its newest one is old: what is read there is as of that block.

    Other networks make blocks by themselves. Raises as `now_of`.
    """
    if not network.play:
        return
    newest, next_one = (
        number(member(first_answer(nodes, "eth_getBlockByNumber", [which, False]), "timestamp"), 64)
        for which in ("latest", "pending")
    )
    if next_one - newest > _STALE:
        first_answer(nodes, "touchstone_fund", [NOBODY, "0x0"])
