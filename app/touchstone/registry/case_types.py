"""What `Cases` answers with beside the entries of `court_types`. Addresses, hashes, amounts and times as there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from touchstone.registry.court_types import SeatEntry


class Order(StrEnum):
    """How a list of cases is ordered."""

    NEWEST = "newest"
    OLDEST = "oldest"


class Earning(StrEnum):
    """What money of the court is for."""

    SEAT = "seat"  # a seat's share or fee
    LOST = "lost"  # what a seat lost of its stake; the amount is negative
    APPEAL = "appeal"  # what came back of a contribution to an appeal
    KEEPER = "keeper"  # for moving a case on
    LEAK = "leak"  # for showing a vote that was let out
    CASE = "case"  # bounty and bonds that came back, or were won
    WITHDRAWN = "withdrawn"  # fetched; not another gain: the amount is what left the court


class StakeKind(StrEnum):
    """What happened to a stake."""

    STAKED = "staked"
    JOINED = "joined"
    WEIGHT = "weight"  # `amount` is the new weight
    LEFT = "left"
    DEACTIVATED = "deactivated"
    UNBONDING = "unbonding"
    WITHDRAWN = "withdrawn"
    LOCKED = "locked"
    FREED = "freed"  # a lock that was settled without loss
    SLASHED = "slashed"  # `amount` is what was lost of a lock


@dataclass(frozen=True, slots=True)
class Earned:
    """One sum. `case` is 0, and `round` -1, where it belongs to none."""

    kind: Earning
    case: int
    round: int
    amount: int
    time: int
    block: int
    tx: str


@dataclass(frozen=True, slots=True)
class StakeEvent:
    """One event. `staked` and `locked` are what the account has after it."""

    kind: StakeKind
    amount: int
    staked: int
    locked: int
    time: int
    block: int
    tx: str


@dataclass(frozen=True, slots=True)
class AppealEntry:
    """What an account paid into one side of an appeal; `back` is what came back, once it is `claimed`."""

    case: int
    round: int
    against: bool
    paid: int
    claimed: bool
    back: int


class HeldSeat(NamedTuple):
    """An account's seats in a round."""

    case: int
    round: int
    seat: SeatEntry
