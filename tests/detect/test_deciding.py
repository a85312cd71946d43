"""From a number to a decision: what a detector abstains for comes before what it says."""

import itertools
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone.check.deciding import Choice, Decision, Seen, Why, decide, settle
from touchstone.modelfile import Calibration, Task

LIMITS = Calibration(limit=0.9, none_below=0.3, distance_limit=2.0, least_side=256)
SIGNS, NONE, UNSURE = math.log(19), -math.log(19), 0.0  # scores .95, .05, .5


def choice(logit: float, distance: float | None = 1.0, measured: bool = True, **seen) -> tuple[str, str | None]:
    found = decide(LIMITS, logit, distance, Seen(**{"least_side": 1000} | seen), measured=measured)
    return found.choice, found.reason


@pytest.mark.parametrize(
    ("logit", "expected"),
    [
        (SIGNS, (Choice.SIGNS, None)),
        (math.log(9) + 1e-9, (Choice.SIGNS, None)),
        (math.log(9) - 0.01, (Choice.INCONCLUSIVE, Why.BETWEEN)),
        (UNSURE, (Choice.INCONCLUSIVE, Why.BETWEEN)),
        (-0.84, (Choice.INCONCLUSIVE, Why.BETWEEN)),
        (-0.86, (Choice.NONE, None)),
        (NONE, (Choice.NONE, None)),
    ],
)
def test_limits(logit, expected):
    assert choice(logit) == expected


REASONS = [
    (Why.TOO_SMALL, {"least_side": 255}),
    (Why.RECOMPRESSED, {"measures": {"heavy": True}}),
    (Why.DRAWING, {"measures": {"drawn": True}}),
    (Why.DRAWING, {"measures": {"flat": True}}),
    (Why.UNFAMILIAR, {"distance": 2.1}),
    (Why.NOT_MEASURED, {"measured": False}),
]


@pytest.mark.parametrize(("reason", "case"), REASONS)
@pytest.mark.parametrize("logit", [SIGNS, NONE, UNSURE])
def test_reasons_to_abstain(reason, case, logit):
    assert choice(logit, **case) == (Choice.INCONCLUSIVE, reason)


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(REASONS, 2)))
def test_the_first_reason_is_given(first, second):
    measures = first[1].get("measures", {}) | second[1].get("measures", {})
    both = second[1] | first[1] | ({"measures": measures} if measures else {})
    assert choice(SIGNS, **both) == (Choice.INCONCLUSIVE, first[0])


FINE = [{"least_side": 256}, {"least_side": 0}, {"distance": 2.0}, {"distance": None}]
FINE += [{"measures": measures} for measures in (None, {}, {"flat": False, "heavy": False, "drawn": False})]


@pytest.mark.parametrize("case", FINE)
def test_what_is_no_reason(case):
    assert choice(SIGNS, **case) == (Choice.SIGNS, None)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
def test_the_score_is_always_given(logit, temperature, bias):
    calibration = Calibration(temperature=temperature, bias=bias, limit=0.9, none_below=0.3)
    for seen in (Seen(1000), Seen(3)):
        assert 0 <= decide(calibration, logit, None, seen, measured=True).score <= 1


def settled(ai: Choice, forensic: Choice) -> tuple[Choice, Choice]:
    scores = {Choice.SIGNS: 0.95, Choice.NONE: 0.1, Choice.INCONCLUSIVE: 0.5}
    given_ = {Task.AI_IMAGE: Decision(scores[ai], ai), Task.FORENSIC: Decision(scores[forensic], forensic),
              Task.SPLICE: Decision(0.1, Choice.NONE)}  # fmt: skip
    found = settle(given_, dict.fromkeys(given_, LIMITS))
    assert found[Task.SPLICE] == given_[Task.SPLICE]
    assert {t: d.score for t, d in found.items()} == {t: d.score for t, d in given_.items()}
    changed = {d.reason for t, d in found.items() if d != given_[t]}
    assert changed <= {Why.DISAGREE}
    return found[Task.AI_IMAGE].choice, found[Task.FORENSIC].choice


@pytest.mark.parametrize(("ai", "forensic"), list(itertools.product(Choice, Choice)))
def test_two_that_contradict_each_other_decide_nothing(ai, forensic):
    contradiction = {ai, forensic} == {Choice.SIGNS, Choice.NONE}
    expected = (Choice.INCONCLUSIVE, Choice.INCONCLUSIVE) if contradiction else (ai, forensic)
    assert settled(ai, forensic) == expected


def at(score: float) -> Decision:
    choice = (
        Choice.SIGNS if score >= LIMITS.limit else Choice.NONE if score < LIMITS.none_below else Choice.INCONCLUSIVE
    )
    return Decision(score, choice, Why.BETWEEN if choice is Choice.INCONCLUSIVE else None)


AGREED = {Task.AI_IMAGE: replace(LIMITS, agreed_limit=0.6), Task.FORENSIC: replace(LIMITS, agreed_limit=0.5)}


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from([None, *Why]), st.sampled_from([None, *Why]))
def test_two_that_agree_see_signs_below_their_own_limits(ai, forensic, ai_why, forensic_why):
    alone = {
        task: Decision(score, Choice.INCONCLUSIVE, why) if why else at(score)
        for task, score, why in ((Task.AI_IMAGE, ai, ai_why), (Task.FORENSIC, forensic, forensic_why))
    }
    found = settle(alone, AGREED)
    able = all(d.reason in {None, Why.BETWEEN} and d.choice is not Choice.NONE for d in alone.values())
    agree = able and ai >= 0.6 and forensic >= 0.5
    assert all(d.agreed is agree for d in found.values())
    if agree:
        assert {d.choice for d in found.values()} == {Choice.SIGNS}
    else:
        assert found == settle(alone, dict.fromkeys(alone, LIMITS))


def test_one_alone_is_settled_with_nobody():
    alone = {Task.AI_IMAGE: Decision(0.95, Choice.SIGNS), Task.SPLICE: Decision(0.1, Choice.NONE)}
    assert settle(alone, dict.fromkeys(alone, LIMITS)) == alone
