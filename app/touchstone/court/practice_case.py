"""What simulated reviewers do about one case at one moment."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from touchstone.chain.keccak import keccak256
from touchstone.chain.ledger_simulated import PEOPLE, key, number_of
from touchstone.court import keeper, practice_judging
from touchstone.court.keeper import Wait
from touchstone.registry.case_stage import Stage, current
from touchstone.registry.court_types import Ballot, CaseEntry, EvidenceEntry, Phase, SeatEntry

if TYPE_CHECKING:
    from touchstone.court.practice import Practice

_KEEPER = 1
_ALL_BALLOTS = tuple(Ballot)


class Turn:
    """A case at a moment. `take` does one thing that is due; `waits` says afterwards whether stake has to mature."""

    def __init__(self, practice: Practice, case: CaseEntry, evidence: Sequence[EvidenceEntry], at: Stage) -> None:
        self._practice, self._case, self._evidence, self._at = practice, case, evidence, at
        self._about = practice_judging.about(case.media, case.claim, case.round)
        self.waits = False

    def take(self, cancel: threading.Event | None) -> bool:
        """Whether anything was sent. Raises ChainError, Stopped."""
        match self._at.phase:
            case Phase.COMMIT:
                return self._seal(cancel)
            case Phase.REVEAL:
                return self._open()
            case Phase.NONE | Phase.FINAL | Phase.CANCELLED:
                return False
        return self._move()

    def _move(self) -> bool:
        from touchstone.court.practice import Deed

        practice = self._practice
        move = keeper.look(practice.nodes, practice.network, self._case, practice.now())
        self.waits = move.wait is Wait.POOL
        if move.wait is Wait.SEED:
            practice.next_block()
            return True
        if move.wait is not Wait.NONE or move.intent is None:
            return False
        if not practice.crowd.send(_KEEPER, move.intent.to, move.intent.data, gas=12_000_000):
            return False
        practice.did(Deed.MOVED, case=self._case.id, next=str(move.next))
        return True

    def _seal(self, cancel: threading.Event | None) -> bool:
        from touchstone.court.practice import Deed
        from touchstone.registry import court

        waiting = [seat for seat in self._seats() if not seat.sealed]
        if not waiting:
            return False
        practice, case = self._practice, self._case
        sight = practice.looker.see(case, self._evidence, cancel)
        practice.did(Deed.LOOKED, case=case.id, seen=str(sight.seen))
        sealed = 0
        for seat in waiting:
            number = number_of(seat.voter)
            if number > PEOPLE:
                ballot = practice_judging.automated_ballot(sight.estimated, claim=bool(case.claim))
            else:
                ballot = practice_judging.ballot(number, self._about, sight.seen, sight.flagged, claim=bool(case.claim))
            intent = court.commit(practice.network, case.id, self._commitment(seat, ballot))
            sealed += practice.crowd.send(number, intent.to, intent.data)
        if sealed:
            practice.did(Deed.SEALED, sealed, case=case.id, round=case.round)
        return sealed > 0

    def _open(self) -> bool:
        from touchstone.court.practice import Deed
        from touchstone.registry import court

        practice, case = self._practice, self._case
        closed = [seat for seat in self._seats() if seat.sealed and seat.opened is None]
        calls = []
        for seat in closed:
            ballot = next((one for one in _ALL_BALLOTS if self._commitment(seat, one) == seat.sealed), None)
            if ballot is None or not practice_judging.opens(number_of(seat.voter), self._about):
                continue
            intent = court.reveal(practice.network, case.id, seat.voter, ballot, self._salt(seat))
            calls.append((intent.to, intent.data))
        if not calls:
            return False
        practice.crowd.send_all(_KEEPER, calls)
        practice.did(Deed.OPENED, len(calls), case=case.id, round=case.round)
        if len(calls) < len(closed):
            practice.did(Deed.SILENT, len(closed) - len(calls), case=case.id, round=case.round)
        return True

    def _seats(self) -> list[SeatEntry]:
        return [seat for seat in current(self._case).seats if number_of(seat.voter) and not seat.leaked]

    def _commitment(self, seat: SeatEntry, ballot: Ballot) -> str:
        from touchstone.registry import court

        practice, case = self._practice, self._case
        return court.commitment(practice.network, case.id, case.round, seat.voter, ballot, self._salt(seat))

    def _salt(self, seat: SeatEntry) -> str:
        """Made from the key, which is everybody's: nothing has to be kept, and it can be told again after a restart."""
        words = f"salt {self._case.id} {self._case.round}".encode()
        return keccak256(key(number_of(seat.voter)) + words).hex()
