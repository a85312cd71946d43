"""An automated reviewer: a registered model, run here, that votes in the seats of one account.

Each step reads the mirror, looks at the seats of the account and at no others, and does what is due: fetch the file and
verify it, ask the detectors, seal, open in time, record what the model said once that is public. Where the model finds
nothing, cannot say, or the file cannot be had, the vote is "cannot tell", which costs nothing; silence costs the lock.

Whatever ends the program between two of these, the next step goes on: a vote is in the vault before anything is sent,
and is the one that is used again, whatever the model says the second time; what was sent is found in the journal of
transactions. A model that its owner withdrew, or whose files differ from what is registered, votes no more; what it has
sealed is still opened.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.chain.errors import ChainError
from touchstone.court import seeing
from touchstone.court.automated_parts import OF_THE_NODE, installed, media, seats, told
from touchstone.court.automated_record import Kept, Seat
from touchstone.court.automated_types import AutomatedError, Event, Happened, Status
from touchstone.court.practice_judging import Seen, automated_ballot
from touchstone.paths import Home
from touchstone.registry.case_stage import OPEN, Stage, stage
from touchstone.registry.court_types import Ballot, CaseEntry, Phase, SeatEntry
from touchstone.store.database import StoreError

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.chain.node import Node
    from touchstone.chain.send import Prepared
    from touchstone.chain.signer import Signer
    from touchstone.check.model_standing import Registered
    from touchstone.check.run import Checker
    from touchstone.registry.case_lookup import Cases
    from touchstone.store.outputs_journal import Batch

__all__ = ["AutomatedError", "AutomatedReviewer", "Event", "Happened", "Status"]

_FIRST_WAIT, _LONGEST_WAIT = 5.0, 300.0  # seconds until something that failed is tried again
_COUNTS = frozenset({"registered", "deprecated"})


class AutomatedReviewer:
    """Votes for one account with one model. One thread; `close` ends the workers that were started here.

    `most_fee` is the most wei that one transaction may cost where money is real; one that costs more is not sent.
    """

    def __init__(  # noqa: PLR0913 - a model, an account, and what they work with
        self,
        home: Home,
        network: Network,
        model: str,
        signer: Signer,
        *,
        nodes: Sequence[Node] | None = None,
        checker: Checker | None = None,
        record: bool = True,
        most_fee: int = 10**16,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Raises AutomatedError; ChainError where no node can be opened."""
        from touchstone.chain.agree import open_nodes
        from touchstone.chain.send import Sender
        from touchstone.court.evidence import EvidenceStore
        from touchstone.court.opening import Opening
        from touchstone.court.vault import Vault

        if not network.court:
            raise AutomatedError("no-court", network=network.name)
        self._home, self._network, self._signer, self._clock = home, network, signer, clock
        self.account = signer.address.lower()
        self._store, self._model, self._manifest = installed(home, model)
        self._owned = [] if nodes is not None else open_nodes(home, network)
        self._nodes = list(nodes or self._owned)
        self._sender = Sender(home, network, self._nodes)
        self._vault = Vault(home)
        self._opening = Opening(home, network, self._nodes, self._vault, signers=self._signers)
        self._evidence = EvidenceStore(home)
        self._reports = Kept(home, network, self.account)
        self._record, self._most_fee = record, most_fee
        self._checker: Checker | None = checker
        self._own_checker: Checker | None = None
        self._register: Any = None
        self._tries: dict[Seat, tuple[float, float]] = {}  # when to try again, and how long was waited
        self._missed: set[tuple[int, int, str]] = set()
        self._failed = 0.0
        self._status = Status(model, self.account, network.name)
        self._now = 0

    def close(self) -> None:
        """End workers, and close journals and nodes."""
        if self._own_checker is not None:
            self._own_checker.close()
        self._opening.close()
        self._vault.close()
        self._sender.close()
        for node in self._owned:
            node.close()

    def status(self) -> Status:
        """How it stood after the last step. Any thread may ask."""
        return self._status

    def step(self, cancel: Callable[[], bool] = lambda: False) -> tuple[Event, ...]:
        """Do what is due now; never raises for what a node, a file or the disk refuses: that is an event.

        `cancel` is asked between two seats.
        """
        from touchstone.court.vault import VaultError

        events: list[Event] = []
        try:
            for event in self._step(cancel):
                events.append(event)  # noqa: PERF402 - what happened before a failure happened
            self._failed = 0.0
        except (ChainError, StoreError, VaultError, OSError) as error:
            self._failed = min(_LONGEST_WAIT, 2 * self._failed) or _FIRST_WAIT
            events.append(self._event(Happened.TROUBLE, **told(error), seconds=self._failed))
        trouble = next((str(one.params.get("code", "")) for one in events if one.kind is Happened.TROUBLE), "")
        self._status = replace(self._status, passed=self._clock(), wait=self._failed, trouble=trouble)
        return tuple(events)

    # -- a step -----------------------------------------------------------------------------------------------------

    def _step(self, cancel: Callable[[], bool]) -> Iterator[Event]:
        from touchstone.court.clock import now_of
        from touchstone.registry import mirror

        mirror.sync(self._home, self._network, () if self._network.practice else self._nodes)
        self._now = now_of(self._nodes, self._network).now
        self._sender.resume()
        with self._cases() as cases:
            held = self._held(cases)
        standing = self._standing()
        self._tell(held, standing)
        if why := self._barred(standing):
            yield self._event(Happened.BARRED, why=why)
        for case, seat, at in held:
            if cancel():
                return
            yield from self._in_time(case, seat, at, may_vote=not why)
        if self._record:
            yield from self._recorded()

    def _held(self, cases: Cases) -> list[tuple[CaseEntry, SeatEntry, Stage]]:
        """The seats in open cases, what ends soonest first. Nothing is read of cases without one."""
        pauses, found = cases.pauses(), []
        for held in cases.seats_of(self.account, unsettled=True):
            entry = None if held.seat.leaked else cases.get(held.case)
            if entry is None or entry.phase not in OPEN or entry.round != held.round:
                continue
            found.append((entry, held.seat, stage(entry, self._now, pauses)))
        return sorted(found, key=lambda one: one[2].ends)

    def _in_time(self, case: CaseEntry, seat: SeatEntry, at: Stage, *, may_vote: bool) -> Iterator[Event]:
        """What is due in one seat; what fails there keeps no other from its turn."""
        from touchstone.court.troubles import VoteError, VoteTrouble
        from touchstone.court.vault import VaultError

        place = (case.id, case.round)
        before = self._tries.get(place)
        if before is not None and self._clock() < before[0]:
            return
        try:
            if at.phase is Phase.COMMIT and not seat.sealed and may_vote:
                yield from self._vote(case, at)
            elif at.phase is Phase.REVEAL and seat.opened is None:
                yield from self._open(case, seat)
            if self._tries.get(place) == before:
                self._tries.pop(place, None)
        except (ChainError, VoteError, VaultError, OSError) as error:
            if isinstance(error, ChainError) and error.code in OF_THE_NODE:
                raise  # it would be the same for every other seat
            if isinstance(error, VoteError) and error.code is VoteTrouble.TOO_LATE:
                yield from self._too_late(case, "seal" if at.phase is Phase.COMMIT else "open")
                return
            yield self._event(Happened.TROUBLE, case, **told(error), seconds=self._later(place))

    def _later(self, place: Seat) -> float:
        """Try this one again later; in how many seconds."""
        before = self._tries.get(place)
        seconds = _FIRST_WAIT if before is None else min(_LONGEST_WAIT, 2 * before[1])
        self._tries[place] = (self._clock() + seconds, seconds)
        return seconds

    def _too_late(self, case: CaseEntry, what: str) -> Iterator[Event]:
        """Say it once."""
        if (case.id, case.round, what) not in self._missed:
            self._missed.add((case.id, case.round, what))
            yield self._event(Happened.MISSED, case, what=what)

    # -- sealing ----------------------------------------------------------------------------------------------------

    def _vote(self, case: CaseEntry, at: Stage) -> Iterator[Event]:
        """Seal: the vote that is in the vault, or what the model says now."""
        from touchstone.court import sending, voting

        kept = self._vault.of(self._network.chain_id, self._network.court, case.id, case.round, self.account)
        if kept and self._reports.is_noted(case):
            again = self._opening.open_due([(case.id, self.account)])  # a reorganisation may have taken it
            if any(str(one.done) == "sealed" for one in again):
                yield self._event(Happened.SEALED_AGAIN, case, hash=again[0].hash)
                return
            ballot = self._vault.open(kept[-1], self._signer).ballot
        else:
            looked = self._judged(case, at)
            if isinstance(looked, Event):
                yield looked
                return
            ballot, said = looked
            self._reports.note(case)
            yield said
        sealing = voting.seal(self._nodes, self._network, self._signer, self._vault, case.id, ballot, by_itself=True)
        mined = sending.send(self._sender, sealing.intent, self._signer, self._agrees, sealing.window, key=sealing.key)
        yield self._event(Happened.SEALED, case, hash=mined.hash)

    def _judged(self, case: CaseEntry, at: Stage) -> tuple[Ballot, Event] | Event:
        """What to say and why; or that the file is waited for."""
        if case.claim:
            return Ballot.CANNOT_TELL, self._event(Happened.ABSTAINS, case, why="claim")
        media, why = self._media(case)
        if media is None:
            if self._now < (at.begins + at.ends) // 2:
                return self._event(Happened.WAITS, case, why=why, seconds=self._later((case.id, case.round)))
            return Ballot.CANNOT_TELL, self._event(Happened.ABSTAINS, case, why="missing", code=why)
        report = self._ready().check(media, pictures=False).report
        if report.media.sha256 != case.media:
            return Ballot.CANNOT_TELL, self._event(Happened.ABSTAINS, case, why="missing", code="changed")
        self._reports.keep(case.id, case.round, report, self._manifest)
        seen = seeing.of_model(report, self._manifest)
        ballot = automated_ballot(seen)
        if seen is Seen.NOTHING:
            return ballot, self._event(Happened.ABSTAINS, case, why="inconclusive")
        return ballot, self._event(Happened.LOOKED, case, ballot=ballot.name.lower().replace("_", "-"))

    def _media(self, case: CaseEntry) -> tuple[Path | None, str]:
        """The very file, from this computer or where the register says; None and why not."""
        with self._cases() as cases:
            return media(self._evidence, case, cases.evidence(case.id))

    # -- opening ----------------------------------------------------------------------------------------------------

    def _open(self, case: CaseEntry, seat: SeatEntry) -> Iterator[Event]:
        from touchstone.court import voting

        if not seat.sealed:
            yield from self._too_late(case, "seal")
            return
        mine = [(case.id, self.account)]
        results = self._opening.open_due(mine, confirm=self._agrees)
        if not results:  # the vault has lost it, or it was opened meanwhile
            voting.recover(self._nodes, self._network, self._signer, self._vault, case.id, by_itself=True)
            results = self._opening.open_due(mine, confirm=self._agrees)
        for one in results:
            if one.trouble is not None:
                raise one.trouble
            kind = {"opened": Happened.OPENED, "sent": Happened.SENT}.get(str(one.done))
            if kind is not None:
                yield self._event(kind, case, hash=one.hash)

    # -- recording --------------------------------------------------------------------------------------------------

    def _recorded(self) -> Iterator[Event]:
        """Record what was said where the vote is open; forget what never was a vote."""
        ready = []
        with self._cases() as cases:
            for case, round_ in self._reports.waiting():
                entry = cases.get(case)
                seat = next((one for one in seats(entry, round_) if one.voter == self.account), None)
                if seat is not None and seat.opened is not None:
                    ready.append((case, round_))
                elif entry is not None and (entry.phase not in OPEN or entry.round > round_):
                    self._reports.drop(case, round_)
        if ready:
            for batch in self._sent(ready):
                yield self._event(Happened.RECORDED, count=batch.count, root=batch.root)

    def _sent(self, ready: Sequence[Seat]) -> tuple[Batch, ...]:
        from touchstone.lineage.outputs import Hands

        return self._reports.record(ready, lambda: Hands(self._sender, self._signer, self._agrees))

    # -- what it stands on ------------------------------------------------------------------------------------------

    def _standing(self) -> Registered:
        from touchstone.check.model_standing import ModelRegister

        if self._register is None:
            self._register = ModelRegister(self._home, self._network.name, self._store, first_start=True)
        found: Registered = self._register.standings([self._model])[self._model.manifest.id]
        return found

    def _barred(self, standing: Registered) -> str:
        """Why no vote is sealed; "" where one may be."""
        from touchstone.registry import pool

        if str(standing.standing) not in _COUNTS:
            return str(standing.standing)
        entry = pool.reviewer(self._nodes, self._network, self.account)
        if entry.family and standing.entry is not None and entry.family != standing.entry.family:
            return "other-family"
        return "" if entry.automated else "not-automated"

    def _tell(self, held: Sequence[tuple[CaseEntry, SeatEntry, Stage]], standing: Registered) -> None:
        to_seal = [at.ends for _case, seat, at in held if at.phase is Phase.COMMIT and not seat.sealed]
        to_open = [at.ends for _case, seat, at in held if seat.sealed and seat.opened is None and at.ends]
        self._status = replace(
            self._status,
            standing=str(standing.standing),
            seats=len(held),
            to_seal=len(to_seal),
            to_open=len(to_open),
            next=min(to_seal + to_open, default=0),
        )

    def _agrees(self, prepared: Prepared) -> bool:
        """Agreed to when it was started, up to a fee."""
        return self._network.play or prepared.cost <= self._most_fee

    def _signers(self, address: str) -> Signer | None:
        return self._signer if address.lower() == self.account else None

    def _ready(self) -> Checker:
        from touchstone import settings
        from touchstone.check.run import Checker

        if self._checker is not None:
            return self._checker
        if self._own_checker is None:
            chosen = replace(settings.load(self._home), network=self._network.name, detectors=True)
            self._own_checker = Checker(self._home, chosen)
        return self._own_checker

    def _event(self, kind: Happened, case: CaseEntry | None = None, **params: Any) -> Event:
        number, round_ = (case.id, case.round) if case is not None else (0, 0)
        return Event(kind, number, round_, self._now, params)

    @contextmanager
    def _cases(self) -> Iterator[Cases]:
        from touchstone.registry.case_lookup import Cases

        cases = Cases(self._home, self._network)
        try:
            yield cases
        finally:
            cases.close()
