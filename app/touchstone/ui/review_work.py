"""What the Review screen reads, in threads: the cases of the network in use, and what one has to do in them."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from touchstone.registry.case_stage import CLOSED, OPEN, Stage, stage
from touchstone.registry.court_types import CaseEntry, Phase
from touchstone.texts import _
from touchstone.texts import review as words
from touchstone.texts.plain import plain
from touchstone.ui.review_model import URGENT, Line, Query, Which

if TYPE_CHECKING:
    from touchstone.chain.keystore import Key
    from touchstone.chain.network import Network
    from touchstone.registry.case_lookup import Cases
    from touchstone.registry.case_types import HeldSeat
    from touchstone.registry.follow import Progress
    from touchstone.ui.desk import Desk
    from touchstone.ui.models_work import Task

_MOST_NAMES = 100


@dataclass(frozen=True, slots=True)
class Turn:
    """What one is to do in a case. `ends` is 0 where it does not matter when."""

    case: int
    kind: str
    title: str
    said: str
    ends: int
    urgent: bool


@dataclass(slots=True)
class _Own:
    """What concerns the user of this window, as it was read last."""

    keys: tuple[Key, ...] = ()
    seats: Mapping[int, Sequence[HeldSeat]] = field(default_factory=dict)
    turns: tuple[Turn, ...] = ()
    now: int = 0


class CasesReader:
    """Reads pages of the list. For threads; `turns` for any."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._own = _Own()

    def turns(self) -> tuple[Turn, ...]:
        """What one is to do, what ends soonest first."""
        return self._own.turns

    def read(self, query: Query, offset: int, limit: int) -> tuple[int, Sequence[Line]]:
        """How many there are, and a page of them.

        Raises:
            ChainError: the network is not configured.
            StoreError: the copy of the register cannot be read.
        """
        from touchstone.registry.case_lookup import Cases

        network = self._desk.register.network()
        if offset == 0:
            catch_up(self._desk, network)
        cases = Cases(self._desk.home, network)
        try:
            with self._lock:
                if offset == 0 or not self._own.now:
                    self._own = _own(self._desk, network, cases)
                own = self._own
            return _page(cases, query, own, offset, limit, self._desk)
        finally:
            cases.close()


def sync(desk: Desk, task: Task) -> None:
    """Read what is new on the network. Raises ChainError."""
    from touchstone.registry import mirror
    from touchstone.texts import mirror as said

    network = desk.register.network()

    def told(progress: Progress) -> None:
        task.step(said.step(str(progress.step)), progress.block, max(progress.head, 1))

    mirror.sync(desk.home, network, [] if network.practice else desk.register.nodes(), told, task.stopped)


def catch_up(desk: Desk, network: Network) -> None:
    """Read what is new on the practice ledger of this computer: another window or a command may have written to it."""
    from touchstone.chain.errors import ChainError
    from touchstone.registry import mirror

    if network.practice and desk.home.ledger.exists():
        with contextlib.suppress(ChainError):  # what is there already is shown
            mirror.sync(desk.home, network)


def clock(desk: Desk, network: Network) -> int:
    """The time by which a network's cases run, in unix seconds: a practice ledger's may be ahead."""
    from touchstone.chain.errors import ChainError

    now = int(time.time())
    if network.practice:
        from touchstone.ui.ledger_panel import standing

        found = standing(desk.home.ledger) if desk.home.ledger.exists() else None
        return now + max(0, found.ahead) if found is not None else now
    if network.shared:
        with contextlib.suppress(ChainError):
            block = desk.register.nodes()[0].request("eth_getBlockByNumber", ["latest", False])
            return max(now, int(block["timestamp"], 16))
    return now


def keys_of(desk: Desk) -> tuple[Key, ...]:
    """The keys of this user that can sign. Raises ChainError."""
    from touchstone.chain.keystore import keys

    return tuple(key for key in keys(desk.home) if not key.damaged and not key.exposed)


def _own(desk: Desk, network: Network, cases: Cases) -> _Own:
    keys = keys_of(desk)
    now = clock(desk, network)
    seats: dict[int, list[HeldSeat]] = {}
    for key in keys:
        for held in cases.seats_of(key.address):
            seats.setdefault(held.case, []).append(held)
    accounts = [key.address for key in keys]
    waiting = cases.turns(accounts, now) if accounts else ()
    pauses = cases.pauses()
    turns = [_turn(case, stage(case, now, pauses), seats.get(case.id, ()), now) for case in waiting]
    return _Own(keys, seats, tuple(turn for turn in turns if turn is not None), now)


def _turn(case: CaseEntry, at: Stage, held: Sequence[HeldSeat], now: int) -> Turn | None:
    kind = task_of(case, at, held)
    if not kind:
        return None
    ends = at.ends if at.phase in {Phase.COMMIT, Phase.REVEAL} else 0
    said = [words.deadline(ends, now), words.task_sentence(kind)]
    title = _("{task}, case {number}").format(task=words.task_word(kind), number=case.id)
    urgent = 0 < ends - now < URGENT
    return Turn(case.id, kind, title, " · ".join(part for part in said if part), ends, urgent)


def task_of(case: CaseEntry, at: Stage, held: Sequence[HeldSeat]) -> str:
    """What one is to do with one's seats in a case now: "seal", "open", "settle", or ""."""
    now = [one.seat for one in held if one.round == case.round]
    if at.phase is Phase.COMMIT and any(not seat.sealed and not seat.leaked for seat in now):
        return "seal"
    if at.phase is Phase.REVEAL and any(seat.sealed and seat.opened is None and not seat.leaked for seat in now):
        return "open"
    if at.phase in CLOSED and any(not one.seat.settled for one in held):
        return "settle"
    return ""


def _page(cases: Cases, query: Query, own: _Own, offset: int, limit: int, desk: Desk) -> tuple[int, Sequence[Line]]:
    from touchstone.registry.case_types import Order

    accounts = [key.address for key in own.keys]
    if query.which is Which.TURN:
        found: Collection[CaseEntry] = (
            [case for case in cases.turns(accounts, own.now) if _has(case, query.text)] if accounts else []
        )
        total = len(found)
        found = list(found)[offset : offset + limit]
    elif query.which is Which.MINE and not accounts:
        total, found = 0, ()
    else:
        states = {Which.OPEN: OPEN, Which.FINAL: frozenset({Phase.FINAL})}.get(query.which, frozenset[Phase]())
        mine = accounts if query.which is Which.MINE else ()
        total = cases.count(states, mine=mine, text=query.text)
        found = cases.listing(
            states,
            mine=mine,
            text=query.text,
            first=accounts,
            now=own.now,
            order=Order.NEWEST if query.descending else Order.OLDEST,
            limit=limit,
            offset=offset,
        )
    pauses = cases.pauses()
    names = names_of(desk, [case.media for case in found])
    lines = []
    for case in found:
        at, held = stage(case, own.now, pauses), own.seats.get(case.id, ())
        task = task_of(case, at, held)
        part = words.task_word(task) if task else _part(case, at, held, accounts)
        lines.append(Line(case, at.phase, at.ends, own.now, task, part, names.get(case.media, "")))
    return total, lines


def _has(case: CaseEntry, text: str) -> bool:
    wanted = text.casefold()
    return not wanted or any(
        wanted in str(part).casefold() for part in (f"#{case.id}", case.media, case.flagger, case.untrusted_claim)
    )


def _part(case: CaseEntry, at: Stage, held: Sequence[HeldSeat], accounts: Sequence[str]) -> str:
    """What one has to do with a case where there is nothing to do."""
    now = [one.seat for one in held if one.round == case.round]
    if at.phase is Phase.COMMIT and now:
        return _("Vote sealed")
    if any(seat.opened is not None for seat in now):
        return _("Vote open")
    if held:
        return _("You had a seat")
    mine = {account.lower() for account in accounts}
    return _("You flagged it") if case.flagger.lower() in mine else ""


def names_of(desk: Desk, hashes: Sequence[str]) -> Mapping[str, str]:
    """What files of these SHA-256 are called, as far as they were checked on this computer."""
    from touchstone.store.database import StoreError

    found: dict[str, str] = {}
    with contextlib.suppress(StoreError):
        history = desk.history()
        for sha256 in list(dict.fromkeys(hashes))[:_MOST_NAMES]:
            row = history.latest(sha256)
            if row is not None:
                found[sha256] = plain(row.name, 120)
    return found


def why(error: Exception) -> str:
    """Why something came to nothing, as a sentence; "" where somebody stopped it or said no."""
    from touchstone.check.opening import Stopped
    from touchstone.store.database import StoreError
    from touchstone.texts import mirror
    from touchstone.ui import register_desk
    from touchstone.ui.signing import was_refused

    if was_refused(error) or isinstance(error, Stopped) or getattr(error, "code", "") == "stopped":
        return ""
    if isinstance(error, StoreError):
        return mirror.unreadable(str(error.code))
    return _of_court(error) or register_desk.why(error)


def _of_court(error: Exception) -> str:
    from touchstone.court.practice import PracticeError
    from touchstone.court.statement import EvidenceError
    from touchstone.court.troubles import VoteError
    from touchstone.court.vault import VaultError
    from touchstone.texts import evidence, practice_reviewers, votes

    match error:
        case EvidenceError():
            return evidence.trouble(error)
        case VoteError() | VaultError():
            return votes.trouble(error)
        case PracticeError():
            return practice_reviewers.trouble(error.code, error.params)
    return ""
