"""Where a case is by the clock. Pure.

The court measures its windows by a clock that stands still in a pause (`Paused.sol`); a case's deadlines are in that
clock. A window includes its begin and excludes its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from touchstone.registry.court_types import CaseEntry, CourtParameters, Phase, RoundEntry, Ruling

KEEPER_CALLS = 6
CLOSED = frozenset({Phase.FINAL, Phase.CANCELLED})
OPEN = frozenset(Phase) - CLOSED - {Phase.NONE}
_VOTES = (0, 0, 0, 0)


class Next(StrEnum):
    """What moves a case on now. Anyone may do it."""

    WAIT = "wait"  # the clock does
    SEED = "seed"
    DRAW = "draw"  # once the seed is known; or another seed, where that was lost
    TALLY = "tally"
    OPEN_ROUND = "open-round"
    FINALISE = "finalise"
    SETTLE = "settle"  # it is closed: what is left is to settle seats and claim appeals


@dataclass(frozen=True, slots=True)
class Stage:
    """The phase by the clock, and its window in unix seconds; `ends` 0 where no clock ends it.

    In a pause, `ends` is as it will be if the pause lasts as long as it can. `against_ends` is where the side against
    a ruling can pay no more, 0 but for APPEALABLE; `obtain_ends` where media can no longer be reported as not
    obtainable, 0 but for COMMIT in the first round; `reply_from` where evidence is taken from the named publisher
    alone, 0 but for FLAGGED in the first round.
    """

    phase: Phase
    begins: int
    ends: int
    next: Next
    against_ends: int = 0
    obtain_ends: int = 0
    reply_from: int = 0


@dataclass(frozen=True, slots=True)
class Pauses:
    """The court's pauses in order, as (begin, end) in unix seconds; one that is not over ends then at the latest."""

    spans: Sequence[tuple[int, int]] = ()

    def clock(self, now: int) -> int:
        """The court's clock at a moment."""
        return now - sum(min(now, end) - start for start, end in self.spans if start < now)

    def moment(self, clock: int) -> int:
        """When the court's clock shows that, for the first time after all pauses that come before it."""
        moment = clock
        for start, end in self.spans:
            if moment <= start:
                break
            moment += end - start
        return moment

    def paused(self, now: int) -> bool:
        """Whether flags, seeds and draws are refused at a moment."""
        return any(start <= now < end for start, end in self.spans)


NO_PAUSES = Pauses()


def stage(case: CaseEntry, now: int, pauses: Pauses = NO_PAUSES) -> Stage:
    """Where a case is at `now` (unix seconds) if nobody does anything."""
    clock = pauses.clock(now)
    now_round = current(case)
    match case.phase:
        case Phase.FLAGGED:
            return _flagged(case, clock, pauses)
        case Phase.SEED_REQUESTED | Phase.DRAWN:
            return Stage(case.phase, now_round.requested, 0, Next.DRAW)
        case Phase.COMMIT | Phase.REVEAL | Phase.TALLYING:
            return _voting(case, now_round, clock, pauses)
        case Phase.APPEALABLE:
            return _appealable(case, now_round, clock, pauses)
        case Phase.FINAL | Phase.CANCELLED:
            return Stage(case.phase, case.ended, 0, Next.SETTLE)
    return Stage(Phase.NONE, 0, 0, Next.WAIT)


def current(case: CaseEntry) -> RoundEntry:
    """The round that a case is in."""
    for entry in case.rounds:
        if entry.number == case.round:
            return entry
    return blank_round(case.round)


def blank_round(number: int) -> RoundEntry:
    """A round of which nothing was told."""
    return RoundEntry(number, 0, "", 0, 0, "", 0, 0, 0, 0, 0, Ruling.NONE, _VOTES, _VOTES, 0, 0)


def is_funded(case: CaseEntry) -> bool:
    """Whether a side of the appeal against the round's ruling has all that it needs."""
    with_, against = (
        target(case.parameters, case.round, against=False),
        target(case.parameters, case.round, against=True),
    )
    now_round = current(case)
    return with_ > 0 and (now_round.funded_with >= with_ or now_round.funded_against >= against)


def target(parameters: CourtParameters, round_: int, *, against: bool) -> int:
    """What a side of the appeal from a round needs, in whole units; 0 where there is no further round."""
    seats = parameters.seats[round_ + 1] if 0 <= round_ < 2 else 0
    if seats == 0:
        return 0
    cost = seats * parameters.seat_fee + KEEPER_CALLS * parameters.keeper_fee
    base = 2 * cost + seats * parameters.appeal_per_seat
    return 2 * base if against else base


def blank_parameters(number: int) -> CourtParameters:
    """Parameters that are not known."""
    return CourtParameters(number, (0, 0, 0), *(0,) * 14, "")


def _flagged(case: CaseEntry, clock: int, pauses: Pauses) -> Stage:
    if clock < case.evidence_ends:
        reply = pauses.moment(case.evidence_ends - case.parameters.evidence_time // 3)
        begins, ends = pauses.moment(case.flagged), pauses.moment(case.evidence_ends)
        return Stage(case.phase, begins, ends, Next.WAIT, reply_from=reply)
    # A later round has no evidence window of its own.
    begins = pauses.moment(case.evidence_ends)
    previous = max((entry.appeal_ends for entry in case.rounds if entry.number < case.round), default=0)
    return Stage(case.phase, max(begins, pauses.moment(previous)), 0, Next.SEED)


def _voting(case: CaseEntry, entry: RoundEntry, clock: int, pauses: Pauses) -> Stage:
    starts, ends, over = (pauses.moment(at) for at in (entry.commit_starts, entry.commit_ends, entry.reveal_ends))
    if clock < entry.commit_ends:
        obtain = pauses.moment(entry.commit_starts + case.parameters.obtain_time) if case.round == 0 else 0
        return Stage(Phase.COMMIT, starts, ends, Next.WAIT, obtain_ends=obtain)
    if clock < entry.reveal_ends:
        return Stage(Phase.REVEAL, ends, over, Next.WAIT)
    return Stage(Phase.TALLYING, over, 0, Next.TALLY)


def _appealable(case: CaseEntry, entry: RoundEntry, clock: int, pauses: Pauses) -> Stage:
    ends = pauses.moment(entry.appeal_ends)
    further = target(case.parameters, case.round, against=True) > 0
    against = pauses.moment(entry.appeal_ends - case.parameters.appeal_time // 2) if further else 0
    if clock < entry.appeal_ends:
        return Stage(case.phase, entry.tallied, ends, Next.WAIT, against_ends=against)
    after = Next.OPEN_ROUND if is_funded(case) else Next.FINALISE
    return Stage(case.phase, entry.tallied, ends, after, against_ends=against)
