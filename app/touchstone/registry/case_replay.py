"""The events of a case, in the order of the chain, become what the case is. Pure; what cannot be is passed over.

`CourtTally.sol`, `CourtDraws.sol` and `CourtMoney.sol` say what each event leaves behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from touchstone.chain import court_event_types as t
from touchstone.registry.case_stage import Pauses, blank_parameters, blank_round
from touchstone.registry.court_types import (
    Ballot,
    CancelReason,
    CaseEntry,
    CourtParameters,
    EvidenceEntry,
    Phase,
    RoundEntry,
    Ruling,
    SeatEntry,
)

_NONE = bytes(32)


class Told(NamedTuple):
    """An event, and where and when it was told; `time` in unix seconds."""

    event: t.CourtEvent
    block: int
    time: int
    tx: bytes


@dataclass(slots=True)
class _Replay:
    parameters: Mapping[int, CourtParameters]
    pauses: Pauses
    case: CaseEntry | None = None
    rounds: dict[int, RoundEntry] = field(default_factory=dict)
    seats: dict[int, dict[bytes, SeatEntry]] = field(default_factory=dict)
    frozen: dict[int, int] = field(default_factory=dict)  # snapshot -> people's weight

    def round(self, number: int) -> RoundEntry:
        return self.rounds.get(number) or blank_round(number)

    def change(self, **changes: Any) -> None:
        assert self.case is not None  # noqa: S101 - `replay` sees to it
        self.case = replace(self.case, **changes)

    def change_round(self, number: int, **changes: Any) -> None:
        self.rounds[number] = replace(self.round(number), **changes)

    def change_seat(self, number: int, voter: bytes, **changes: Any) -> None:
        """A voter who has no seat changes nothing."""
        known = self.seats.get(number, {}).get(voter)
        if known is not None:
            self.seats[number][voter] = replace(known, **changes)


def replay(told: Iterable[Told], parameters: Mapping[int, CourtParameters], pauses: Pauses) -> CaseEntry | None:
    """The case that these events are all of, and what the pool froze for it; None where it was never flagged.

    `parameters` by number; of those that are not there everything is 0. `publisher_name` is left "".
    """
    state = _Replay(parameters, pauses)
    for one in told:
        if state.case is None and not isinstance(one.event, t.Flagged):
            continue
        handler = _HANDLERS.get(type(one.event))
        if handler is not None:
            handler(state, one.event, one)
    if state.case is None:
        return None
    rounds = tuple(
        replace(state.rounds[number], seats=tuple(state.seats.get(number, {}).values()))
        for number in sorted(state.rounds)
    )
    return replace(state.case, rounds=rounds)


def evidence(told: Iterable[Told]) -> tuple[EvidenceEntry, ...]:
    """All evidence of a case in its order, that of the flag first."""
    found: list[EvidenceEntry] = []
    for event, block, time, tx in told:
        if isinstance(event, t.Flagged):
            first = (event.case, address(event.flagger), event.evidence.hex(), event.uri)
            found.append(EvidenceEntry(*first, time, 0, 0, block, tx.hex()))
        elif isinstance(event, t.EvidenceAdded):
            item = (event.case, address(event.sender), event.item.hex(), event.uri)
            found.append(EvidenceEntry(*item, time, 0, 0, block, tx.hex()))
        elif isinstance(event, t.Replied) and found and found[-1].item == event.item.hex():
            found[-1] = replace(found[-1], publisher=event.publisher, counter_bond=event.counter_bond)
    return tuple(found)


def address(value: bytes) -> str:
    """An address as it is shown and compared: lower-case hex with 0x."""
    return "0x" + value.hex()


def parameters_of(event: t.CourtParametersAdopted) -> CourtParameters:
    """What an event says that holds."""
    seats = (event.seats_0, event.seats_1, event.seats_2)
    return CourtParameters(event.number, seats, *event[4:-1], address(event.randomness))


def _flagged(state: _Replay, event: t.Flagged, at: Told) -> None:
    if state.case is not None:
        return
    parameters = state.parameters.get(event.parameters) or blank_parameters(event.parameters)
    moment = state.pauses.clock(at.time)
    state.case = CaseEntry(
        id=event.case,
        media=event.media.hex(),
        claim=_hash(event.claim),
        untrusted_claim=event.claim_text,
        flagger=address(event.flagger),
        bounty=event.bounty,
        bond=event.bond,
        publisher=event.publisher,
        publisher_name="",
        parameters=parameters,
        evidence=event.evidence.hex(),
        uri=event.uri,
        flagged=moment,
        evidence_ends=moment + parameters.evidence_time,
        phase=Phase.FLAGGED,
        round=0,
        ruling=Ruling.NONE,
        decided_by=-1,
        reason=CancelReason.NONE,
        pot=0,
        share=0,
        ended=0,
        block=at.block,
        tx=at.tx.hex(),
    )
    state.rounds[0] = blank_round(0)


def _seed_requested(state: _Replay, event: t.SeedRequested, at: Told) -> None:
    state.change(phase=Phase.SEED_REQUESTED)
    stake = state.frozen.get(event.snapshot, 0)
    state.change_round(event.round, requested=at.time, randomness=address(event.randomness), stake=stake)


def _frozen(state: _Replay, event: t.Frozen, _at: Told) -> None:
    state.frozen[event.snapshot] = event.people


def _seat_drawn(state: _Replay, event: t.SeatDrawn, _at: Told) -> None:
    if not state.round(event.round).commit_ends:
        state.change(phase=Phase.DRAWN)
    seats = state.seats.setdefault(event.round, {})
    known = seats.get(event.voter)
    if known is None:
        seats[event.voter] = SeatEntry(
            voter=address(event.voter),
            automated=event.automated,
            family=_hash(event.family),
            seats=1,
            locked=event.locked,
            sealed="",
            opened=None,
            salt="",
            leaked=False,
            unobtainable=False,
            why="",
            why_uri="",
            settled=False,
            paid=0,
            slashed=0,
        )
    else:
        seats[event.voter] = replace(known, seats=known.seats + 1, locked=known.locked + event.locked)


def _commit_started(state: _Replay, event: t.CommitStarted, _at: Told) -> None:
    assert state.case is not None  # noqa: S101 - `replay` sees to it
    parameters = state.case.parameters
    state.change(phase=Phase.COMMIT)
    state.change_round(
        event.round,
        panel=event.seats,
        panel_automated=sum(s.seats for s in state.seats.get(event.round, {}).values() if s.automated),
        evidence_root=event.root.hex(),
        commit_starts=max(0, event.ends - parameters.commit_time),
        commit_ends=event.ends,
        reveal_ends=event.ends + parameters.reveal_time,
    )


def _committed(state: _Replay, event: t.Committed, _at: Told) -> None:
    state.change_seat(event.round, event.voter, sealed=event.commitment.hex())


def _unobtainable(state: _Replay, event: t.Unobtainable, _at: Told) -> None:
    state.change_seat(0, event.voter, unobtainable=True)


def _leaked(state: _Replay, event: t.Leaked, _at: Told) -> None:
    state.change_seat(event.round, event.voter, leaked=True, settled=True, slashed=event.lost)


def _revealed(state: _Replay, event: t.Revealed, _at: Told) -> None:
    seat = state.seats.get(event.round, {}).get(event.voter)
    if seat is None or event.ballot > Ballot.SYNTHETIC:
        return
    state.change_seat(event.round, event.voter, opened=Ballot(event.ballot), salt=event.salt.hex())
    tree = "automated" if seat.automated else "people"
    counts = list(getattr(state.round(event.round), tree))
    counts[event.ballot] += event.seats
    state.change_round(event.round, **{tree: tuple(counts)})


def _justified(state: _Replay, event: t.Justified, _at: Told) -> None:
    state.change_seat(event.round, event.voter, why=event.item.hex(), why_uri=event.uri)


def _tallied(state: _Replay, event: t.Tallied, at: Told) -> None:
    ruling = _ruling(event.ruling)
    state.change(phase=Phase.APPEALABLE)
    state.change_round(event.round, ruling=ruling, tallied=at.time, appeal_ends=event.appeal_ends)
    if ruling not in {Ruling.NONE, Ruling.UNRESOLVED}:
        state.change(ruling=ruling, decided_by=event.round)


def _appeal_funded(state: _Replay, event: t.AppealFunded, _at: Told) -> None:
    side = "funded_against" if event.against else "funded_with"
    state.change_round(event.round, **{side: event.funded})


def _round_opened(state: _Replay, event: t.RoundOpened, _at: Told) -> None:
    state.change(phase=Phase.FLAGGED, round=event.round)
    state.change_round(event.round)


def _finalised(state: _Replay, event: t.Finalised, at: Told) -> None:
    assert state.case is not None  # noqa: S101 - `replay` sees to it
    last = state.case.round
    if state.round(last).ruling is Ruling.NONE:  # it could not be drawn
        state.change_round(last, ruling=Ruling.UNRESOLVED)
    ruling = _ruling(event.ruling)
    state.change(phase=Phase.FINAL, ruling=ruling, pot=event.pot, share=event.share, ended=at.time)


def _cancelled(state: _Replay, event: t.CaseCancelled, at: Told) -> None:
    known = {reason.value for reason in CancelReason}
    reason = CancelReason(event.reason) if event.reason in known else CancelReason.NONE
    state.change(phase=Phase.CANCELLED, reason=reason, ended=at.time)


def _settled(state: _Replay, event: t.SeatsSettled, _at: Told) -> None:
    state.change_seat(event.round, event.voter, settled=True, paid=event.paid, slashed=event.slashed)


def _ruling(value: int) -> Ruling:
    return Ruling(value) if value <= Ruling.UNRESOLVED else Ruling.UNRESOLVED


def _hash(value: bytes) -> str:
    return "" if value == _NONE else value.hex()


_HANDLERS: Mapping[type[Any], Callable[[_Replay, Any, Told], None]] = {
    t.Flagged: _flagged,
    t.Frozen: _frozen,
    t.SeedRequested: _seed_requested,
    t.SeatDrawn: _seat_drawn,
    t.CommitStarted: _commit_started,
    t.Committed: _committed,
    t.Unobtainable: _unobtainable,
    t.Leaked: _leaked,
    t.Revealed: _revealed,
    t.Justified: _justified,
    t.Tallied: _tallied,
    t.AppealFunded: _appeal_funded,
    t.RoundOpened: _round_opened,
    t.Finalised: _finalised,
    t.CaseCancelled: _cancelled,
    t.SeatsSettled: _settled,
}
