"""From a detector's number to a decision: signs, none, or inconclusive and why. Pure; nothing is averaged.

A detector abstains for the first of these reasons that holds: the picture is smaller than those it was measured on
(too-small); it was compressed so heavily that what is looked for is gone (recompressed); it is a drawing, a screenshot
or an even surface (drawing); its features lie farther from those that the limits were measured on than all but few of
these did (unfamiliar); nobody has measured how often it is wrong (not-measured). Only then its score is held to the two
limits of its manifest: signs at the upper one and above, none below the lower one, and inconclusive (between) else.

Two detectors ask the same of a picture: `ai-image` of what it looks like, `forensic` of noise and frequencies. Where
both scores reach the limits at which the two were measured together (`agreed_limit`), both see signs. Where one of them
sees signs and the other one's score lies below its own lower limit, neither decides (disagree).

The score is given whatever is decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from touchstone.modelfile import Calibration, Task

_SAME_QUESTION = (Task.AI_IMAGE, Task.FORENSIC)


class Choice(StrEnum):
    """What a detector comes to."""

    SIGNS = "signs"
    NONE = "none"
    INCONCLUSIVE = "inconclusive"


class Why(StrEnum):
    """Why a detector does not decide."""

    TOO_SMALL = "too-small"
    RECOMPRESSED = "recompressed"
    DRAWING = "drawing"
    UNFAMILIAR = "unfamiliar"
    NOT_MEASURED = "not-measured"
    DISAGREE = "disagree"
    BETWEEN = "between"


@dataclass(frozen=True, slots=True)
class Decision:
    """`score` is 0 to 1; `reason` is empty unless the choice is inconclusive.

    `agreed` says that it rests on two detectors that agree, each of them at the limit for that.
    """

    score: float
    choice: Choice
    reason: Why | None = None
    agreed: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of the picture besides a detector's own number: `touchstone.detect.measures` says what is measured.

    Of the measures the flags count: `heavy` (compression), `drawn`, `flat`.
    """

    least_side: int = 0  # pixels; 0 where the file does not tell
    measures: Mapping[str, float | bool] | None = None


def decide(calibration: Calibration, logit: float, distance: float | None, seen: Seen, *, measured: bool) -> Decision:
    """The decision of one detector about one picture."""
    score = calibration.score(logit)
    reason = _abstains(calibration, distance, seen) or (None if measured else Why.NOT_MEASURED)
    if reason is not None:
        return Decision(score, Choice.INCONCLUSIVE, reason)
    if score >= calibration.limit:
        return Decision(score, Choice.SIGNS)
    if score < calibration.none_below:
        return Decision(score, Choice.NONE)
    return Decision(score, Choice.INCONCLUSIVE, Why.BETWEEN)


def _abstains(calibration: Calibration, distance: float | None, seen: Seen) -> Why | None:
    measures = seen.measures or {}
    rules = (
        (Why.TOO_SMALL, 0 < seen.least_side < calibration.least_side),
        (Why.RECOMPRESSED, measures.get("heavy") is True),
        (Why.DRAWING, measures.get("drawn") is True or measures.get("flat") is True),
        (Why.UNFAMILIAR, _unfamiliar(calibration.distance_limit, distance)),
    )
    return next((why for why, holds in rules if holds), None)


def _unfamiliar(limit: float | None, distance: float | None) -> bool:
    return limit is not None and distance is not None and distance > limit


def settle(decisions: Mapping[Task, Decision], calibrations: Mapping[Task, Calibration]) -> dict[Task, Decision]:
    """The decisions, those of two detectors that answer the same question held against each other."""
    settled = dict(decisions)
    if not all(task in decisions for task in _SAME_QUESTION):
        return settled
    if all(_agrees(decisions[task], calibrations[task]) for task in _SAME_QUESTION):
        return settled | {t: Decision(decisions[t].score, Choice.SIGNS, agreed=True) for t in _SAME_QUESTION}
    for one, other in (_SAME_QUESTION, _SAME_QUESTION[::-1]):
        low = decisions[other].choice is Choice.NONE and decisions[other].score < calibrations[other].none_below
        if decisions[one].choice is Choice.SIGNS and low:
            for task in _SAME_QUESTION:
                settled[task] = replace(decisions[task], choice=Choice.INCONCLUSIVE, reason=Why.DISAGREE)
    return settled


def _agrees(decision: Decision, calibration: Calibration) -> bool:
    if calibration.agreed_limit is None or decision.choice is Choice.NONE:
        return False
    return decision.reason in {None, Why.BETWEEN} and decision.score >= calibration.agreed_limit
