"""Simulated reviewers of the practice ledger: so that one person can live through a whole case.

They stand for nobody and are called simulated wherever they appear (`is_simulated`). They stake, are drawn, look at
what is there, seal, open, are paid and lose like anybody; how often they err is written down (`practice_judging`). One
of them moves cases on, as anybody may. Nothing happens by itself: `act` does what is due for them up to ledger time,
and `skip_to_next` moves ledger time to a case's next deadline before.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from touchstone.chain.ledger_simulated import ADDRESSES, is_simulated, number_of
from touchstone.court.practice_accounts import Accounts, Standing
from touchstone.court.practice_looking import Looker
from touchstone.paths import Home
from touchstone.registry.case_stage import OPEN, Stage, current, stage
from touchstone.registry.court_types import CaseEntry, Phase

if TYPE_CHECKING:
    from touchstone.check.run import Checker
    from touchstone.registry.case_lookup import Cases

__all__ = [
    "Acted",
    "Deed",
    "Practice",
    "PracticeError",
    "Skipped",
    "forget_votes",
    "has_cases",
    "is_simulated",
    "number_of",
]

_MOST_STEPS = 12  # of a case in one go: more would be a loop
_MOST_OPEN = 200  # cases that are looked at
_KEEPER = 1  # the number of the one who moves cases on
_PATIENCE = 30.0  # seconds for another process that acts


class Deed(StrEnum):
    """What simulated reviewers did."""

    MOVED = "moved"  # a case was moved on
    LOOKED = "looked"  # at a case's files
    SEALED = "sealed"
    OPENED = "opened"
    SILENT = "silent"  # a vote that was left unopened, on purpose
    SETTLED = "settled"
    PAID = "paid"


class PracticeError(Exception):
    """Nothing was done.

    `code`: `not-practice` (another network), `no-case`, `closed`, `own-seal` and `own-open` (the user's own vote would
    be late: `round`, `ends`), `no-clock` (no clock ends this phase, and nobody can move it on).
    """

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True, slots=True)
class Acted:
    """What was done, how often; `waits` are cases that wait for stake to mature, `ready` is when (unix seconds)."""

    deeds: Mapping[Deed, int] = field(default_factory=dict)
    waits: tuple[int, ...] = ()
    ready: int = 0
    now: int = 0


@dataclass(frozen=True, slots=True)
class Skipped:
    """Ledger time moved by `seconds`; the case was at `before`, and is at `after` once they have acted."""

    case: int
    seconds: int
    before: Stage
    after: Stage
    acted: Acted


OnDeed = Callable[[Deed, Mapping[str, Any]], None]


def _nothing(_deed: Deed, _params: Mapping[str, Any]) -> None:
    """Tell nobody."""


class Practice:
    """The simulated reviewers of `home`'s own practice ledger. One thread at a time; several processes take turns."""

    def __init__(self, home: Home, checker: Checker | None = None) -> None:
        """`checker` stays its owner's to close; without one, one is made when there is something to look at."""
        from touchstone.chain.local import PracticeLedger
        from touchstone.chain.network import PRACTICE
        from touchstone.chain.networks import Networks

        self.home = home
        self.network = Networks.load(home).get(PRACTICE)
        if not self.network.court:
            raise PracticeError("not-practice")
        self._ledger = PracticeLedger(home.ledger)
        self._node = self._ledger.node()
        self._accounts = Accounts(home, self.network, self._ledger)
        self._looker = Looker(home, self.network, checker)
        self._done: Counter[Deed] = Counter()
        self._tell: OnDeed = _nothing

    def close(self) -> None:
        """Let go of the ledger, and end the workers that were started here."""
        self._looker.close()
        self._ledger.close()

    def now(self) -> int:
        """Ledger time, in unix seconds. Raises ChainError."""
        from touchstone.court.clock import now_of

        return now_of([self._node], self.network).now

    def standings(self) -> tuple[Standing, ...]:
        """How they stand in the pool. Raises ChainError."""
        return self._accounts.standings()

    def ensure(self) -> tuple[Standing, ...]:
        """See to it that they have money and stakes; they can be drawn once those have matured.

        Raises:
            ChainError: the ledger cannot be read or written.
        """
        with self._alone():
            return self._accounts.ensure(self.now())

    def act(self, cancel: threading.Event | None = None, on_deed: OnDeed = _nothing) -> Acted:
        """Do everything that is due for them, and move cases on, up to ledger time.

        Raises:
            ChainError: the ledger cannot be read or written.
            StoreError: the mirror cannot be read.
            Stopped: `cancel` was set. What was done stays; another call goes on.
        """
        with self._alone():
            return self._act(cancel, on_deed)

    def skip_to_next(
        self,
        case: int,
        cancel: threading.Event | None = None,
        on_deed: OnDeed = _nothing,
        *,
        anyway: bool = False,
    ) -> Skipped:
        """Move ledger time to where something can happen in a case, and let them act.

        `anyway`: also where one's own vote would then be late.

        Raises:
            PracticeError: see there.
            ChainError, StoreError, Stopped: as `act`.
        """
        with self._alone():
            acted = self._act(cancel, on_deed)
            with self._cases() as cases:
                entry = self._case(cases, case)
                before = stage(entry, acted.now, cases.pauses())
                until = self._until(entry, before, acted)
                if not anyway:
                    self._refuse_own(entry, before, until)
            seconds = self._skip(until)
            acted = self._act(cancel, on_deed, self._done)
            if case in acted.waits and acted.ready > acted.now:  # nobody can be drawn before their stakes count
                seconds += self._skip(acted.ready)
                acted = self._act(cancel, on_deed, self._done)
            with self._cases() as cases:
                after = stage(self._case(cases, case), acted.now, cases.pauses())
            return Skipped(case, seconds, before, after, acted)

    def leave(self) -> tuple[Standing, ...]:
        """Let them leave the pool and fetch what has unbonded; again later for what unbonds until then.

        Raises:
            ChainError: the ledger cannot be read or written.
        """
        with self._alone():
            return self._accounts.leave()

    # -- how --------------------------------------------------------------------------------------------------------

    def _act(self, cancel: threading.Event | None, on_deed: OnDeed, more: Counter[Deed] | None = None) -> Acted:
        self._done, self._tell = Counter(more or {}), on_deed
        standings = self._accounts.ensure(self.now())
        self._accounts.refresh(self._own(), self.now())
        self._sync()
        with self._cases() as cases:
            numbers = [one.id for one in cases.listing(OPEN, limit=_MOST_OPEN)]
        waits = [number for number in numbers if self._carry_on(number, cancel)]
        self._settle()
        ready = max((one.matures for one in standings if one.matures > self.now()), default=0)
        return Acted(dict(self._done), tuple(waits), ready, self.now())

    def _skip(self, until: int) -> int:
        seconds = max(0, until - self.now())
        if seconds:
            self._ledger.skip(seconds)
        return seconds

    def _carry_on(self, number: int, cancel: threading.Event | None) -> bool:
        """Do what is due in a case until nothing is; whether it waits for stake."""
        from touchstone.court.practice_case import Turn

        for _step in range(_MOST_STEPS):
            _stop_if(cancel)
            with self._cases() as cases:
                entry = cases.get(number)
                if entry is None:
                    return False
                turn = Turn(self, entry, cases.evidence(number), stage(entry, self.now(), cases.pauses()))
            if not turn.take(cancel):
                return turn.waits
            self._sync()
        return False

    def _settle(self) -> None:
        """Settle the seats of closed cases, and fetch what is credited."""
        from touchstone.registry import court

        calls = []
        with self._cases() as cases:
            closed: dict[int, bool] = {}
            for address in ADDRESSES:
                for held in cases.seats_of(address, unsettled=True):
                    if held.case not in closed:
                        entry = cases.get(held.case)
                        closed[held.case] = entry is not None and entry.phase not in OPEN
                    if closed[held.case] and not held.seat.leaked:
                        intent = court.settle(self.network, held.case, held.round, address)
                        calls.append((intent.to, intent.data))
        if calls:
            self.crowd.send_all(_KEEPER, calls)
            self.did(Deed.SETTLED, len(calls))
        owed = self._accounts.credits()
        if owed:
            intents = [court.withdraw(self.network, address) for address in owed]
            self.crowd.send_all(_KEEPER, [(one.to, one.data) for one in intents])
            self.did(Deed.PAID, len(owed))
        if calls or owed:
            self._sync()

    def _until(self, entry: CaseEntry, at: Stage, acted: Acted) -> int:
        """When something can happen next."""
        if at.phase in {Phase.FINAL, Phase.CANCELLED}:
            raise PracticeError("closed", case=entry.id)
        if entry.id in acted.waits and acted.ready > acted.now:
            return acted.ready
        if not at.ends:
            raise PracticeError("no-clock", case=entry.id)
        return max(at.ends, acted.now)

    def _refuse_own(self, entry: CaseEntry, at: Stage, until: int) -> None:
        """Raise PracticeError where one's own seat would be late."""
        if until < at.ends or at.phase not in {Phase.COMMIT, Phase.REVEAL}:
            return
        own = self._own()
        for seat in current(entry).seats:
            if seat.voter not in own or seat.leaked:
                continue
            if at.phase is Phase.COMMIT and not seat.sealed:
                raise PracticeError("own-seal", case=entry.id, round=entry.round, ends=at.ends)
            if at.phase is Phase.REVEAL and seat.sealed and seat.opened is None:
                raise PracticeError("own-open", case=entry.id, round=entry.round, ends=at.ends)

    def _own(self) -> tuple[str, ...]:
        """The addresses of the keys of whoever tries this."""
        from touchstone.chain import keystore

        return tuple(key.address.lower() for key in keystore.keys(self.home))

    # -- for a turn -------------------------------------------------------------------------------------------------

    @property
    def crowd(self) -> Any:
        """Sends for them."""
        return self._accounts.crowd

    @property
    def looker(self) -> Looker:
        """Looks at the files of a case."""
        return self._looker

    @property
    def nodes(self) -> list[Any]:
        """The ledger, as nodes are given."""
        return [self._node]

    def next_block(self) -> None:
        """Make an empty block: on this ledger none comes by itself."""
        self._ledger.skip(1)

    def did(self, deed: Deed, count: int = 1, **params: Any) -> None:
        """Count something, and tell of it."""
        self._done[deed] += count
        self._tell(deed, {"count": count, **params})

    def _sync(self) -> None:
        from touchstone.registry import mirror

        mirror.sync(self.home, self.network)

    @contextmanager
    def _cases(self) -> Iterator[Cases]:
        from touchstone.registry.case_lookup import Cases

        cases = Cases(self.home, self.network)
        try:
            yield cases
        finally:
            cases.close()

    def _case(self, cases: Cases, number: int) -> CaseEntry:
        entry = cases.get(number)
        if entry is None:
            raise PracticeError("no-case", case=number)
        return entry

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time acts for them."""
        from touchstone.chain.errors import ChainError, ChainTrouble
        from touchstone.store.files import locked

        with ExitStack() as stack:
            try:
                stack.enter_context(locked(self.home.root / "practice-reviewers.lock", _PATIENCE))
            except BlockingIOError as error:
                raise ChainError(ChainTrouble.BUSY) from error
            except OSError as error:
                raise ChainError(ChainTrouble.READ_ONLY) from error
            yield


def has_cases(home: Home) -> bool:
    """Whether there is an open case on `home`'s own practice ledger; the mirror is brought up to date for it.

    Raises:
        ChainError, StoreError: ledger or mirror cannot be read.
    """
    from touchstone.chain.network import PRACTICE
    from touchstone.chain.networks import Networks
    from touchstone.registry import mirror
    from touchstone.registry.case_lookup import Cases

    network = Networks.load(home).get(PRACTICE)
    if not network.court or not home.ledger.exists():
        return False
    mirror.sync(home, network)
    cases = Cases(home, network)
    try:
        return cases.count(OPEN) > 0
    finally:
        cases.close()


def forget_votes(home: Home, chain_id: int) -> bool:
    """Forget the sealed votes of a ledger that was begun anew, whose cases have the same numbers; whether that went."""
    from touchstone.court.vault import Vault, VaultError

    if not home.vault.exists():
        return True
    vault = Vault(home)
    try:
        vault.forget_chain(chain_id)
    except VaultError:
        return False
    finally:
        vault.close()
    return True


def _stop_if(cancel: threading.Event | None) -> None:
    from touchstone.check.opening import Stopped

    if cancel is not None and cancel.is_set():
        raise Stopped
