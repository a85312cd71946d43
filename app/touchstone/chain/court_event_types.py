"""What the events of court and pool say. Hashes and addresses are bytes, times unix seconds, amounts whole units.

`ICourtTypes.sol` and `IReviewerPool.sol`; their fields in the order of the ABI.
"""

from __future__ import annotations

from typing import NamedTuple


class Flagged(NamedTuple):
    """A file was flagged; `claim` is all zero for "altered or generated"."""

    case: int
    media: bytes
    flagger: bytes
    claim: bytes
    evidence: bytes
    bounty: int
    bond: int
    publisher: int
    parameters: int
    claim_text: str
    uri: str


class EvidenceAdded(NamedTuple):
    """An item of evidence."""

    case: int
    sender: bytes
    item: bytes
    root: bytes
    uri: str


class Replied(NamedTuple):
    """A publisher replied with an item that `EvidenceAdded` told of just before."""

    case: int
    publisher: int
    by: bytes
    item: bytes
    counter_bond: int


class SeedRequested(NamedTuple):
    """A seed was asked for; `request` is a word of the source's own."""

    case: int
    round: int
    request: bytes
    snapshot: int
    randomness: bytes


class SeatDrawn(NamedTuple):
    """One seat."""

    case: int
    round: int
    voter: bytes
    automated: bool
    family: bytes
    locked: int


class CommitStarted(NamedTuple):
    """All seats are drawn."""

    case: int
    round: int
    seats: int
    root: bytes
    ends: int


class Committed(NamedTuple):
    """A sealed vote, the first or in place of one before."""

    case: int
    round: int
    voter: bytes
    commitment: bytes


class Unobtainable(NamedTuple):
    """A voter could not get the media."""

    case: int
    voter: bytes
    seats: int


class Leaked(NamedTuple):
    """A vote was shown before its time; `filled` of its seats were drawn again before this was told."""

    case: int
    round: int
    voter: bytes
    reporter: bytes
    lost: int
    filled: int


class Revealed(NamedTuple):
    """A vote that was opened; 0 cannot tell, 1 not altered, 2 edited, 3 synthetic."""

    case: int
    round: int
    voter: bytes
    ballot: int
    seats: int
    salt: bytes


class Justified(NamedTuple):
    """Why a voter voted like that."""

    case: int
    round: int
    voter: bytes
    item: bytes
    uri: str


class Tallied(NamedTuple):
    """A round was counted."""

    case: int
    round: int
    ruling: int
    revealed: int
    seats: int
    appeal_ends: int


class AppealFunded(NamedTuple):
    """A part of what an appeal needs; `funded` is what that side has with it."""

    case: int
    round: int
    against: bool
    sender: bytes
    amount: int
    funded: int


class RoundOpened(NamedTuple):
    """A further round."""

    case: int
    round: int


class Finalised(NamedTuple):
    """The ruling is final."""

    case: int
    ruling: int
    rounds: int
    pot: int
    share: int


class CaseCancelled(NamedTuple):
    """The case was cancelled."""

    case: int
    reason: int


class SeatsSettled(NamedTuple):
    """A voter's seats in a round were settled."""

    case: int
    round: int
    voter: bytes
    paid: int
    slashed: int


class AppealClaimed(NamedTuple):
    """What came back of a contribution."""

    case: int
    round: int
    against: bool
    account: bytes
    contributed: int
    paid: int


class KeeperPaid(NamedTuple):
    """A fee for a call that moved a case on."""

    case: int
    keeper: bytes
    amount: int


class Credited(NamedTuple):
    """Money that an account can fetch from the court."""

    account: bytes
    case: int
    amount: int


class CreditWithdrawn(NamedTuple):
    """Money that was fetched from the court."""

    account: bytes
    to: bytes
    amount: int


class CourtParametersAdopted(NamedTuple):
    """What holds for cases flagged from now on, as `ICourtTypes.Parameters` has it."""

    number: int
    seats_0: int
    seats_1: int
    seats_2: int
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
    randomness: bytes


class PausedUntil(NamedTuple):
    """A pause, of court or pool, which ends at `until` unless it is ended before."""

    until: int


class Unpaused(NamedTuple):
    """The pause was ended."""


class Staked(NamedTuple):
    """Stake came in."""

    account: bytes
    amount: int
    matures: int


class Joined(NamedTuple):
    """An account joined a tree."""

    account: bytes
    automated: bool
    family: bytes
    leaf: int
    identity: bytes
    model: bytes


class WeightSet(NamedTuple):
    """An account's weight changed."""

    account: bytes
    automated: bool
    weight: int


class Left(NamedTuple):
    """An account left its tree."""

    account: bytes


class Deactivated(NamedTuple):
    """An account was put out of its tree."""

    account: bytes


class Unbonding(NamedTuple):
    """Stake on its way out."""

    account: bytes
    amount: int
    ready: int


class StakeWithdrawn(NamedTuple):
    """Stake that went out."""

    account: bytes
    to: bytes
    amount: int


class Locked(NamedTuple):
    """A seat locked stake."""

    account: bytes
    amount: int


class LockSettled(NamedTuple):
    """A lock was settled; `slashed` of it is gone."""

    account: bytes
    amount: int
    slashed: int
    missed: bool


class PoolParametersAdopted(NamedTuple):
    """What holds in the pool, as `IReviewerPool.Parameters` has it."""

    min_stake: int
    min_automated: int
    activation_delay: int
    unbonding_time: int
    people: bytes
    automated: bytes


class Frozen(NamedTuple):
    """Both trees were frozen under a number, with so much weight."""

    snapshot: int
    people: int
    automated: int


CourtEvent = (
    Flagged
    | EvidenceAdded
    | Replied
    | SeedRequested
    | SeatDrawn
    | CommitStarted
    | Committed
    | Unobtainable
    | Leaked
    | Revealed
    | Justified
    | Tallied
    | AppealFunded
    | RoundOpened
    | Finalised
    | CaseCancelled
    | SeatsSettled
    | AppealClaimed
    | KeeperPaid
    | Credited
    | CreditWithdrawn
    | CourtParametersAdopted
    | PausedUntil
    | Unpaused
    | Staked
    | Joined
    | WeightSet
    | Left
    | Deactivated
    | Unbonding
    | StakeWithdrawn
    | Locked
    | LockSettled
    | PoolParametersAdopted
    | Frozen
)
