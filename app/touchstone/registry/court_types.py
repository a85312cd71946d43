"""What court and pool hold, as the application reads it (`ICourtTypes.sol`, `IReviewerPool.sol`).

Hashes are lower-case hex without 0x, "" for none; addresses lower-case hex with 0x, "" for none; amounts whole units of
the token; times unix seconds, 0 for none. Windows are measured by the court's clock, which stands still in a pause.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Phase(IntEnum):
    """Where a case is, as the contract numbers it."""

    NONE = 0
    FLAGGED = 1
    SEED_REQUESTED = 2
    DRAWN = 3
    COMMIT = 4
    REVEAL = 5
    TALLYING = 6
    APPEALABLE = 7
    FINAL = 8
    CANCELLED = 9


class Ballot(IntEnum):
    """A vote. In a case about a claim, EDITED means "out of context" and SYNTHETIC is refused."""

    CANNOT_TELL = 0
    NOT_ALTERED = 1
    EDITED = 2
    SYNTHETIC = 3


class Ruling(IntEnum):
    """What a round says. ALTERED: altered, with a tie over the kind."""

    NONE = 0
    CANNOT_TELL = 1
    NOT_ALTERED = 2
    EDITED = 3
    SYNTHETIC = 4
    ALTERED = 5
    UNRESOLVED = 6

    @property
    def altered(self) -> bool:
        """Whether it found the file altered or generated (or, of a claim, the file out of context)."""
        return self in {Ruling.EDITED, Ruling.SYNTHETIC, Ruling.ALTERED}


class CancelReason(IntEnum):
    """Why a case was cancelled."""

    NONE = 0
    SEED_LOST = 1
    POOL_TOO_SMALL = 2
    NOT_OBTAINABLE = 3


@dataclass(frozen=True, slots=True)
class CourtParameters:
    """What a case keeps from when it was flagged; times in seconds."""

    number: int
    seats: tuple[int, int, int]
    slash_bps: int
    leak_bps: int
    evidence_time: int
    commit_time: int
    obtain_time: int
    reveal_time: int
    appeal_time: int
    seat_lock: int
    automated_lock: int
    seat_fee: int
    fixed_fee: int
    keeper_fee: int
    flag_bond: int
    appeal_per_seat: int
    randomness: str


@dataclass(frozen=True, slots=True)
class PoolParameters:
    """What holds in the pool."""

    min_stake: int
    min_automated: int
    activation_delay: int
    unbonding_time: int
    people: str
    automated: str


@dataclass(frozen=True, slots=True)
class SeatEntry:
    """One voter's seats in a round: one vote, counted once for each seat."""

    voter: str
    automated: bool
    family: str
    seats: int
    locked: int
    sealed: str  # the commitment, "" where none was handed in
    opened: Ballot | None
    salt: str
    leaked: bool
    unobtainable: bool
    why: str  # hash of what says why, "" for nothing
    why_uri: str
    settled: bool
    paid: int
    slashed: int


@dataclass(frozen=True, slots=True)
class RoundEntry:
    """A round. `people` and `automated` are opened seats by `Ballot`."""

    number: int
    requested: int  # when the last seed was asked for
    randomness: str
    panel: int  # seats as drawn
    panel_automated: int
    evidence_root: str
    commit_starts: int
    commit_ends: int
    reveal_ends: int
    tallied: int
    appeal_ends: int
    ruling: Ruling
    people: tuple[int, int, int, int]
    automated: tuple[int, int, int, int]
    funded_with: int
    funded_against: int
    seats: tuple[SeatEntry, ...] = ()
    stake: int = 0  # people's weight in the pool, as it was frozen for the draw


@dataclass(frozen=True, slots=True)
class EvidenceEntry:
    """An item of evidence. `publisher` is not 0 where it is a publisher's reply."""

    case: int
    sender: str
    item: str
    uri: str
    time: int
    publisher: int
    counter_bond: int
    block: int
    tx: str


@dataclass(frozen=True, slots=True)
class CaseEntry:
    """A case, as events tell of it. `ruling` stands after the rounds so far; it is final where `phase` is FINAL.

    `phase` is what the last event left it in; `registry.case_stage` has it by the clock.
    """

    id: int
    media: str
    claim: str  # hash, "" for "altered or generated"
    untrusted_claim: str  # its text
    flagger: str
    bounty: int
    bond: int
    publisher: int
    publisher_name: str
    parameters: CourtParameters
    evidence: str
    uri: str
    flagged: int
    evidence_ends: int
    phase: Phase
    round: int
    ruling: Ruling
    decided_by: int  # the round whose ruling stands
    reason: CancelReason
    pot: int
    share: int
    ended: int
    block: int
    tx: str
    rounds: tuple[RoundEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewerEntry:
    """An account of the pool, as the contract has it now."""

    account: str
    staked: int
    locked: int
    maturing: int
    matures: int
    unbonding: int
    unbonds: int
    withdrawable: int
    weight: int
    missed: int
    joined: bool
    deactivated: bool
    automated: bool
    family: str
    identity: str
