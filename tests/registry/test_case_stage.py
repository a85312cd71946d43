"""Where a case is by the clock: phases that follow one another, windows that include their begin alone, pauses."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.registry.court_logs import DAY, PARAMETERS, drawn, flagged
from tests.registry.scripted import digest

from touchstone.chain import court_event_types as t
from touchstone.registry.case_replay import Told, parameters_of, replay
from touchstone.registry.case_stage import NO_PAUSES, Next, Pauses, is_funded, stage, target
from touchstone.registry.court_types import Phase

START = 1_800_000_000
KNOWN = {1: parameters_of(PARAMETERS)}


def case_of(*events, pauses=NO_PAUSES):
    """Each event is (seconds after the flag, event)."""
    told = [Told(event, n, START + after, digest("tx", n)) for n, (after, event) in enumerate(events)]
    return replay(told, KNOWN, pauses)


FLAGGED = (0, flagged(1, digest("media")))
VOTING = (*[(3 * DAY, e) for e in drawn(1)], (3 * DAY + 9, t.CommitStarted(1, 0, 3, bytes(32), START + 5 * DAY)))
TALLIED = (7 * DAY, t.Tallied(1, 0, 3, 3, 3, START + 10 * DAY))
SECONDS = st.integers(-10, 20 * DAY).map(lambda after: START + after)


def at(case, after, pauses=NO_PAUSES):
    found = stage(case, START + after, pauses)
    return found.phase, found.next


def test_a_case_goes_through_its_phases():
    case = case_of(FLAGGED)
    assert at(case, 0) == at(case, 3 * DAY - 1) == (Phase.FLAGGED, Next.WAIT)
    assert at(case, 3 * DAY) == (Phase.FLAGGED, Next.SEED)
    assert stage(case, START).reply_from == START + 2 * DAY
    case = case_of(FLAGGED, *VOTING)
    assert at(case, 5 * DAY - 1) == (Phase.COMMIT, Next.WAIT)
    assert at(case, 5 * DAY) == at(case, 7 * DAY - 1) == (Phase.REVEAL, Next.WAIT)
    assert at(case, 7 * DAY) == (Phase.TALLYING, Next.TALLY)
    assert stage(case, START + 4 * DAY).obtain_ends == START + 3 * DAY + DAY // 2
    case = case_of(FLAGGED, *VOTING, TALLIED)
    assert at(case, 10 * DAY - 1) == (Phase.APPEALABLE, Next.WAIT)
    assert at(case, 10 * DAY) == (Phase.APPEALABLE, Next.FINALISE)
    assert stage(case, START + 8 * DAY).against_ends == START + 10 * DAY - 3 * DAY // 2


def test_a_funded_side_opens_the_next_round():
    needs = target(KNOWN[1], 0, against=True)
    assert needs == 2 * (2 * (7 * 2 + 6) + 7 * 2) == 2 * target(KNOWN[1], 0, against=False)
    assert target(KNOWN[1], 1, against=True) == 0
    short = case_of(FLAGGED, *VOTING, TALLIED, (8 * DAY, t.AppealFunded(1, 0, True, b"\1" * 20, 1, needs - 1)))
    assert not is_funded(short)
    case = case_of(FLAGGED, *VOTING, TALLIED, (8 * DAY, t.AppealFunded(1, 0, True, b"\1" * 20, needs, needs)))
    assert at(case, 10 * DAY) == (Phase.APPEALABLE, Next.OPEN_ROUND)
    case = case_of(FLAGGED, *VOTING, TALLIED, (10 * DAY, t.RoundOpened(1, 1)))
    assert at(case, 10 * DAY) == (Phase.FLAGGED, Next.SEED)


def test_the_end_is_the_end():
    for event in (t.Finalised(1, 3, 1, 100, 9), t.CaseCancelled(1, 3)):
        assert at(case_of(FLAGGED, (DAY, event)), 90 * DAY)[1] is Next.SETTLE


@given(SECONDS, SECONDS, st.sampled_from([(FLAGGED,), (FLAGGED, *VOTING), (FLAGGED, *VOTING, TALLIED)]))
def test_phases_only_go_forward_and_windows_hold_their_moments(one, other, events):
    case = case_of(*events)
    one, other = sorted((one, other))
    before, after = stage(case, one), stage(case, other)
    assert before.phase <= after.phase
    for moment, found in ((one, before), (other, after)):
        if found.next is Next.WAIT:
            assert moment < found.ends
            assert stage(case, found.ends) != found
            assert stage(case, found.ends - 1) == found


spans = st.lists(st.tuples(st.integers(0, 40 * DAY), st.integers(0, 7 * DAY)), max_size=3).map(
    lambda raw: Pauses(tuple(_apart(raw)))
)


def _apart(raw):
    end = START - 5 * DAY
    for gap, length in sorted(raw):
        start = end + gap
        end = start + length
        yield start, end


@given(spans, SECONDS, SECONDS)
def test_the_clock_stands_still_in_a_pause_and_moments_follow_it(pauses, one, other):
    one, other = sorted((one, other))
    assert 0 <= pauses.clock(other) - pauses.clock(one) <= other - one
    if pauses.paused(one) and pauses.paused(other - 1) and not any(s > one for s, _ in pauses.spans):
        assert pauses.clock(one) == pauses.clock(other)
    moment = pauses.moment(pauses.clock(one))
    assert moment <= one
    assert pauses.clock(moment) == pauses.clock(one)
    assert moment == START - 10 or pauses.clock(moment - 1) < pauses.clock(moment)


@given(spans, SECONDS)
def test_deadlines_are_where_the_phase_changes_also_with_pauses(pauses, now):
    case = case_of(FLAGGED, pauses=pauses)
    case = replace(case, flagged=pauses.clock(START), evidence_ends=pauses.clock(START) + 3 * DAY)
    found = stage(case, now, pauses)
    ends = pauses.moment(case.evidence_ends)
    assert (found.next is Next.WAIT) == (now < ends)


def test_a_pause_moves_deadlines_by_as_long_as_it_lasted():
    pauses = Pauses(((START + DAY, START + 2 * DAY),))
    case = case_of(FLAGGED, pauses=pauses)
    assert stage(case, START + 3 * DAY, pauses).next is Next.WAIT
    assert stage(case, START + 3 * DAY, pauses).ends == START + 4 * DAY
    assert stage(case, START + 4 * DAY, pauses).next is Next.SEED


@given(
    st.permutations(
        [FLAGGED, *VOTING, TALLIED, (10 * DAY, t.RoundOpened(1, 1)), (11 * DAY, t.Finalised(1, 9, 9, 1, 1))]
    )
)
def test_events_in_no_order_make_no_trouble(events):
    case = case_of(*events)
    assert case is not None
    stage(case, START)
