"""What is due: never silent about a vote that is to be opened, and never early or late."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchstone.chain.networks import Networks
from touchstone.court import clock
from touchstone.court.due import Kind, due, warn_from
from touchstone.court.vault import Kept
from touchstone.paths import Home
from touchstone.registry.case_stage import Pauses
from touchstone.registry.case_types import AppealEntry
from touchstone.registry.court_types import (
    Ballot,
    CancelReason,
    CaseEntry,
    CourtParameters,
    Phase,
    RoundEntry,
    Ruling,
    SeatEntry,
)

DAY = 86_400
ME, OTHER, FLAGGER = "0x" + "aa" * 20, "0x" + "bb" * 20, "0x" + "ff" * 20
SEAL = "5e" * 32
START = 1_000_000
COMMIT_ENDS = START + 2 * DAY
REVEAL_ENDS = COMMIT_ENDS + 2 * DAY
APPEAL_ENDS = REVEAL_ENDS + 3 * DAY
PARAMETERS = CourtParameters(
    1, (15, 31, 0), 2500, 1000, 3 * DAY, 2 * DAY, DAY // 2, 2 * DAY, 3 * DAY, 20_000_000, 10_000_000, 2_000_000,
    200_000, 100_000, 35_000_000, 2_000_000, "",
)  # fmt: skip
NONE = (0, 0, 0, 0)


def seat(**changes: Any) -> SeatEntry:
    one = SeatEntry(ME, False, "", 2, 40_000_000, "", None, "", False, False, "", "", False, 0, 0)
    return dataclasses.replace(one, **changes)


def case(phase: Phase, *seats: SeatEntry, ruling: Ruling = Ruling.NONE, **changes: Any) -> CaseEntry:
    entry = RoundEntry(
        0, START - 10, "", 15, 5, "", START, COMMIT_ENDS, REVEAL_ENDS, REVEAL_ENDS, APPEAL_ENDS, ruling, NONE, NONE, 0,
        0, seats,
    )  # fmt: skip
    made = CaseEntry(
        7, "ab" * 32, "", "", FLAGGER, 40_000_000, 35_000_000, 0, "", PARAMETERS, "", "", START - 4 * DAY, START - DAY,
        phase, 0, ruling, 0, CancelReason.NONE, 0, 0, 0, 1, "", (entry,),
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


def kept(**changes: Any) -> Kept:
    one = Kept(1, 31337, "0x" + "c0" * 20, 7, 0, ME, SEAL, START, by_itself=True, only_here=False, at_hand=True)
    return dataclasses.replace(one, **changes)


def kinds(*args: Any, **more: Any) -> list[Kind]:
    return [task.kind for task in due(*args, **more)]


# --- sealing and opening


def test_a_seat_without_a_sealed_vote_is_due_until_the_window_closes() -> None:
    drawn = case(Phase.COMMIT, seat())
    (task,) = due([drawn], [ME.upper().replace("X", "x")], [], START)
    assert (task.kind, task.ends, task.at_stake, task.missed_soon) == (Kind.SEAL, COMMIT_ENDS, 40_000_000, False)
    assert due([drawn], [ME], [], COMMIT_ENDS - DAY)[0].missed_soon
    assert kinds([drawn], [ME], [], COMMIT_ENDS) == []
    assert kinds([drawn], [OTHER], [], START) == []
    assert kinds([case(Phase.COMMIT, seat(sealed=SEAL))], [ME], [kept()], START) == []
    assert kinds([case(Phase.COMMIT, seat(leaked=True))], [ME], [], START) == []


def test_a_sealed_vote_is_due_for_opening_as_soon_as_it_can_be() -> None:
    sealed = case(Phase.COMMIT, seat(sealed=SEAL))
    assert kinds([sealed], [ME], [kept()], COMMIT_ENDS - 1) == []
    (task,) = due([sealed], [ME], [kept()], COMMIT_ENDS)
    assert (task.kind, task.ends, task.sure, task.lost, task.missed_soon) == (
        Kind.OPEN, REVEAL_ENDS, True, False, False,
    )  # fmt: skip
    assert due([sealed], [ME], [kept()], REVEAL_ENDS - DAY)[0].missed_soon
    assert kinds([sealed], [ME], [kept()], REVEAL_ENDS) == [Kind.ADVANCE], "too late"
    assert kinds([case(Phase.COMMIT, seat(sealed=SEAL, opened=Ballot.EDITED))], [ME], [kept()], COMMIT_ENDS) == []


@pytest.mark.parametrize(
    ("vault", "lost"),
    [
        ([], True),
        ([kept(commitment="77" * 32)], True),  # another vote of the seat: it was replaced on the chain
        ([kept(case=8)], True),
        ([kept(round=1)], True),
        ([kept(voter=OTHER)], True),
        ([kept(by_itself=False)], False),
    ],
)
def test_what_cannot_be_opened_by_itself_is_announced_at_once(vault: list[Kept], lost: bool) -> None:
    (task,) = due([case(Phase.COMMIT, seat(sealed=SEAL))], [ME], vault, COMMIT_ENDS)
    assert (task.sure, task.lost, task.missed_soon) == (False, lost, True)


def test_of_two_windows_the_vote_that_is_on_the_chain_counts() -> None:
    vault = [kept(id=1, commitment="77" * 32, by_itself=False), kept(id=2)]
    assert due([case(Phase.COMMIT, seat(sealed=SEAL))], [ME], vault, COMMIT_ENDS)[0].sure


def test_a_pause_moves_the_end() -> None:
    pauses = Pauses(((START + DAY, START + 2 * DAY),))
    (task,) = due([case(Phase.COMMIT, seat())], [ME], [], COMMIT_ENDS, pauses=pauses)
    assert (task.kind, task.ends) == (Kind.SEAL, COMMIT_ENDS + DAY)


# --- the rest


def test_who_lost_may_appeal_and_who_won_is_left_alone() -> None:
    ruled = case(Phase.APPEALABLE, seat(opened=Ballot.EDITED), ruling=Ruling.NOT_ALTERED)
    (task,) = due([ruled], [ME], [], REVEAL_ENDS)
    assert (task.kind, task.ends) == (Kind.FUND, APPEAL_ENDS - 3 * DAY // 2)
    assert kinds([ruled], [FLAGGER], [], REVEAL_ENDS) == [Kind.FUND]
    assert kinds([ruled], [ME], [], APPEAL_ENDS - DAY) == []
    for ballot in (Ballot.NOT_ALTERED, Ballot.CANNOT_TELL, None):
        other = case(Phase.APPEALABLE, seat(opened=ballot), ruling=Ruling.NOT_ALTERED)
        assert kinds([other], [ME], [], REVEAL_ENDS) == []
    kind = case(Phase.APPEALABLE, seat(opened=Ballot.EDITED), ruling=Ruling.SYNTHETIC)
    assert kinds([kind], [ME], [], REVEAL_ENDS) == [], "which kind of alteration it is costs nobody anything"


@pytest.mark.parametrize(
    ("phase", "now"),
    [
        (Phase.FLAGGED, START),
        (Phase.SEED_REQUESTED, START),
        (Phase.COMMIT, REVEAL_ENDS),
        (Phase.APPEALABLE, APPEAL_ENDS),
    ],
)
def test_a_case_that_waits_for_somebody_is_said_to_those_it_is_about(phase: Phase, now: int) -> None:
    waiting = case(phase, seat(opened=Ballot.EDITED, sealed=SEAL), ruling=Ruling.EDITED)
    assert kinds([waiting], [ME], [], now) == [Kind.ADVANCE]
    assert kinds([waiting], [FLAGGER], [], now) == [Kind.ADVANCE]
    assert kinds([waiting], [OTHER], [], now) == []


def test_what_is_over_is_settled_claimed_and_fetched() -> None:
    over = case(Phase.FINAL, seat(opened=Ballot.EDITED), ruling=Ruling.EDITED)
    paid = {
        ME: (
            AppealEntry(7, 0, True, 5, False, 0),
            AppealEntry(7, 0, False, 5, True, 5),
            AppealEntry(8, 0, True, 5, False, 0),
        )
    }
    tasks = due([over], [ME], [], APPEAL_ENDS, appeals=paid, credited={ME: 9, OTHER: 9})
    assert [(task.kind, task.case, task.at_stake) for task in tasks] == [
        (Kind.SETTLE, 7, 40_000_000), (Kind.CLAIM, 7, 5), (Kind.WITHDRAW, 0, 9),
    ]  # fmt: skip
    assert kinds([case(Phase.FINAL, seat(settled=True))], [ME], [], APPEAL_ENDS, credited={ME: 0}) == []


def test_what_ends_first_comes_first() -> None:
    one = case(Phase.COMMIT, seat(sealed=SEAL))
    two = dataclasses.replace(case(Phase.FINAL, seat()), id=8)
    later = dataclasses.replace(one, id=9, rounds=(dataclasses.replace(one.rounds[0], reveal_ends=REVEAL_ENDS + 5),))
    tasks = due([two, later, one], [ME], [kept()], COMMIT_ENDS, credited={ME: 1})
    assert [(task.kind, task.case) for task in tasks] == [
        (Kind.OPEN, 7), (Kind.OPEN, 9), (Kind.SETTLE, 8), (Kind.WITHDRAW, 0),
    ]  # fmt: skip


@given(
    phase=st.sampled_from([one for one in Phase if one is not Phase.NONE]),
    seats=st.lists(
        st.builds(
            seat,
            voter=st.sampled_from([ME, OTHER]),
            sealed=st.sampled_from(["", SEAL]),
            opened=st.sampled_from([None, *Ballot]),
            leaked=st.booleans(),
            settled=st.booleans(),
        ),
        max_size=3,
        unique_by=lambda one: one.voter,
    ),
    ruling=st.sampled_from(list(Ruling)),
    vault=st.lists(st.builds(kept, by_itself=st.booleans(), commitment=st.sampled_from([SEAL, "00" * 32])), max_size=2),
    now=st.integers(START - 10 * DAY, APPEAL_ENDS + 10 * DAY),
    pause=st.integers(0, 5 * DAY),
)
@settings(max_examples=300, deadline=None)
def test_whatever_a_case_is_like_what_is_said_of_it_holds(
    phase: Phase, seats: list[SeatEntry], ruling: Ruling, vault: list[Kept], now: int, pause: int
) -> None:
    one = case(phase, *seats, ruling=ruling)
    pauses = Pauses(((START + DAY, START + DAY + pause),) if pause else ())
    tasks = due([one], [ME], vault, now, pauses=pauses)
    clock_ = pauses.clock(now)
    mine = [s for s in seats if s.voter == ME and not s.leaked]
    voting = phase in {Phase.COMMIT, Phase.REVEAL, Phase.TALLYING}
    to_open = voting and COMMIT_ENDS <= clock_ < REVEAL_ENDS and any(s.sealed and s.opened is None for s in mine)
    to_seal = voting and clock_ < COMMIT_ENDS and any(not s.sealed for s in mine)
    assert [t for t in tasks if t.kind is Kind.OPEN] == [] or to_open
    assert bool([t for t in tasks if t.kind is Kind.OPEN]) == to_open, "never silent about it"
    assert bool([t for t in tasks if t.kind is Kind.SEAL]) == to_seal
    for task in tasks:
        assert task.ends == 0 or task.ends > now
        assert task.kind is not Kind.OPEN or task.missed_soon or task.sure
        assert not (task.sure and task.lost)


@given(st.integers(0, 10**9), st.integers(1, 30 * DAY))
def test_one_is_warned_before_half_of_the_window_or_a_day_is_left(begins: int, length: int) -> None:
    at = warn_from(begins, begins + length)
    assert begins <= at < begins + length
    assert begins + length - at >= min(DAY, length // 2)


# --- the clock


class Head:
    """A node whose newest block is of a moment."""

    label = "head"

    def __init__(self, moment: int) -> None:
        self.moment = moment

    def request(self, _method: str, params: Any) -> Any:
        return {"timestamp": hex(self.moment + (params[0] == "pending"))}

    def close(self) -> None:
        pass


@pytest.mark.parametrize(("ahead", "off"), [(0, 0), (180, 0), (-180, 0), (181, 181), (-7200, -7200)])
def test_a_clock_that_differs_is_said_and_never_used(tmp_path: Any, ahead: int, off: int) -> None:
    networks = Networks.load(Home(tmp_path))
    public = networks.get("base-sepolia")
    found = clock.now_of([Head(START)], public, lambda: START + ahead)
    assert (found.now, found.off) == (START, off)
    assert clock.now_of([Head(START)], networks.get("practice"), lambda: START + ahead) == clock.Moment(START + 1)
