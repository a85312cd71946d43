"""What one's accounts have to do in the court, by when, and what it costs to miss it. Pure.

Moments are those of the chain, not of this computer (`clock.now_of`): a computer whose clock is wrong must not make
somebody late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from touchstone.registry.case_stage import CLOSED, Next, Pauses, Stage, current, stage
from touchstone.registry.court_types import Ballot, CaseEntry, Phase, RoundEntry, Ruling, SeatEntry

if TYPE_CHECKING:
    from touchstone.court.vault import Kept
    from touchstone.registry.case_types import AppealEntry

_NO_PAUSES = Pauses()
_HOUR = 3600
_WARN = 24 * _HOUR  # seconds before an end, at most half of the window
_ANSWER = {
    Ballot.CANNOT_TELL: frozenset({Ruling.CANNOT_TELL}),
    Ballot.NOT_ALTERED: frozenset({Ruling.NOT_ALTERED}),
    Ballot.EDITED: frozenset({Ruling.EDITED, Ruling.SYNTHETIC, Ruling.ALTERED}),
    Ballot.SYNTHETIC: frozenset({Ruling.EDITED, Ruling.SYNTHETIC, Ruling.ALTERED}),
}


class Kind(StrEnum):
    """What is to be done, the dearest to miss first."""

    OPEN = "open"
    SEAL = "seal"
    FUND = "fund"
    ADVANCE = "advance"
    SETTLE = "settle"
    CLAIM = "claim"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do. `ends` is in unix seconds, 0 where no clock ends it; `account` lower-case hex with 0x.

    `sure`: the application does it by itself in time, if it runs. `lost`: the vault has not got what was sealed, and it
    has to be recovered from the account's key. `at_stake` is what missing it costs, in the token's whole units.
    `missed_soon`: half of the window, or all but a day, is over and it is not done; or it cannot be done as things are.
    `against` is the side of an appeal that a contribution is in.
    """

    kind: Kind
    case: int
    round: int
    account: str
    ends: int = 0
    sure: bool = False
    lost: bool = False
    at_stake: int = 0
    missed_soon: bool = False
    against: bool = False


def due(
    cases: Sequence[CaseEntry],
    accounts: Sequence[str],
    vault: Sequence[Kept],
    now: int,
    *,
    pauses: Pauses = _NO_PAUSES,
    appeals: Mapping[str, Sequence[AppealEntry]] | None = None,
    credited: Mapping[str, int] | None = None,
) -> tuple[Task, ...]:
    """What these accounts have to do now, the most urgent first.

    `cases` come with rounds and seats. `appeals` are what each account paid in, `credited` what the court holds for it.
    """
    mine = tuple(account.lower() for account in accounts)
    tasks: list[Task] = []
    closed: set[int] = set()
    for case in cases:
        where = stage(case, now, pauses)
        if where.phase in CLOSED:
            closed.add(case.id)
        for account in mine:
            tasks += _of(case, where, account, vault, now)
    for account, entries in (appeals or {}).items():
        for one in entries:
            if account.lower() in mine and not one.claimed and one.case in closed:
                tasks.append(
                    Task(Kind.CLAIM, one.case, one.round, account.lower(), at_stake=one.paid, against=one.against)
                )
    for account, held in (credited or {}).items():
        if account.lower() in mine and held > 0:
            tasks.append(Task(Kind.WITHDRAW, 0, 0, account.lower(), at_stake=held))
    return tuple(sorted(tasks, key=_urgency))


def warn_from(begins: int, ends: int) -> int:
    """From when on one is warned that a window ends: a day before, or half-way where it is shorter than two."""
    return max(ends - _WARN, (begins + ends) // 2)


def _of(case: CaseEntry, where: Stage, account: str, vault: Sequence[Kept], now: int) -> Iterator[Task]:
    entry = current(case)
    seat = _seat(entry, account)
    if where.phase in CLOSED:
        yield from _settling(case, account)
    elif where.phase is Phase.COMMIT and seat is not None and not seat.sealed:
        soon = now >= warn_from(where.begins, where.ends)
        yield Task(Kind.SEAL, case.id, case.round, account, where.ends, at_stake=seat.locked, missed_soon=soon)
    elif where.phase is Phase.REVEAL and seat is not None and seat.sealed and seat.opened is None:
        yield _opening(case, where, seat, vault, now)
    elif where.phase is Phase.APPEALABLE and now < where.against_ends and _lost_by(case, entry, account):
        yield Task(Kind.FUND, case.id, case.round, account, where.against_ends)
    moves = where.next not in {Next.WAIT, Next.SETTLE}
    if moves and (account == case.flagger.lower() or any(_seat(one, account) for one in case.rounds)):
        yield Task(Kind.ADVANCE, case.id, case.round, account)


def _opening(case: CaseEntry, where: Stage, seat: SeatEntry, vault: Sequence[Kept], now: int) -> Task:
    account = seat.voter.lower()
    found = [
        one
        for one in vault
        if (one.case, one.round, one.voter.lower(), one.commitment)
        == (case.id, case.round, account, seat.sealed.lower())
    ]
    sure = any(one.by_itself for one in found)
    soon = not sure or now >= warn_from(where.begins, where.ends)
    return Task(
        Kind.OPEN, case.id, case.round, account, where.ends, sure, not found, at_stake=seat.locked, missed_soon=soon
    )


def _settling(case: CaseEntry, account: str) -> Iterator[Task]:
    for entry in case.rounds:
        seat = _seat(entry, account)
        if seat is not None and not seat.settled:
            yield Task(Kind.SETTLE, case.id, entry.number, account, at_stake=seat.locked)


def _seat(entry: RoundEntry, account: str) -> SeatEntry | None:
    """The account's seats in a round, but for those that are void after a leak."""
    return next((seat for seat in entry.seats if seat.voter.lower() == account and not seat.leaked), None)


def _lost_by(case: CaseEntry, entry: RoundEntry, account: str) -> bool:
    """Whether the ruling of the round goes against an account: it flagged the file, or voted otherwise."""
    if account == case.flagger.lower() and entry.ruling is Ruling.NOT_ALTERED:
        return True
    seat = _seat(entry, account)
    opened = None if seat is None else seat.opened
    if opened is None or opened is Ballot.CANNOT_TELL:
        return False
    return entry.ruling not in _ANSWER[opened] | {Ruling.NONE, Ruling.CANNOT_TELL, Ruling.UNRESOLVED}


def _urgency(task: Task) -> tuple[object, ...]:
    """What ends first comes first; what no clock ends comes last, the dearest first."""
    order = tuple(Kind).index(task.kind)
    return (task.ends == 0, task.ends, order, -task.at_stake, task.case, task.round, task.account, task.against)
