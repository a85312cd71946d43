"""Limits for two witnesses that ask the same and agree: lower than each one's own, and together wrong less often.

What one of them takes for a sign in a photograph the other one rarely does. So a picture shows signs, too, where both
scores reach the limits found here (`touchstone.check.deciding`): on a grid those that find most while at most a share
of untouched photographs is flagged. For what is reported, each source is judged at the limits that all others give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchstone.modelfile import Calibration
from training.joint_rows import LEAST, Scored

FALSE_ALARMS, WORST = 0.021, 0.10  # of the budget that all witnesses share; of one source, less its standard error
STEP = 0.1  # of the grid, in logits
DECIDED = 0.82  # least balanced accuracy on what is decided; "none" reaches as high as that allows
LOWEST = 0.0  # in logits: below, a witness sees no sign at all

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Agreement:
    """The limits (scores) of the two, and what they flag: untouched pictures at the limits that other sources give."""

    limits: tuple[float, float]
    flags: Flags


def grid(calibration: Calibration, scores: Reals, most: int = 32) -> Reals:
    """Scores worth trying as a limit: steps in logits up to the highest that was given."""
    highest = float(scores.max())
    steps = (calibration.score(LOWEST + STEP * i) for i in range(most))
    return np.array([s for s in steps if s <= highest and s >= calibration.none_below])


def less_error(shares: Reals, pictures: Reals) -> Reals:
    """Shares less one standard error: what few pictures show beyond chance."""
    return shares - np.sqrt(shares * (1 - shares) / np.maximum(pictures, 1))


def agreement(
    scores: tuple[Reals, Reals], calibrations: tuple[Calibration, Calibration], by_source: Reals, wanted: Reals
) -> Agreement:
    """The limits that find most. Scores are -1 where a witness does not decide; `by_source` is sources x pictures."""
    levels = [grid(c, s) for c, s in zip(calibrations, scores, strict=True)]
    pairs = [(a, b) for a in levels[0] for b in levels[1]]
    flags = np.array([(scores[0] >= a) & (scores[1] >= b) for a, b in pairs])
    alarms, found = flags @ by_source.T, flags @ wanted
    pictures = (by_source > 0).sum(axis=1) / 2  # each is there as it is and laundered

    def best(kept: Flags) -> int:
        held = alarms[:, kept]
        good = (held.mean(axis=1) <= FALSE_ALARMS) & (less_error(held, pictures[kept]).max(axis=1) <= WORST)
        return int(np.argmax(np.where(good, found, -1.0)))

    every = np.ones(len(by_source), bool)
    chosen = best(every)
    shown = flags[chosen].copy()
    for index, own in enumerate(by_source):
        without = every.copy()
        without[index] = False
        shown[own > 0] = flags[best(without)][own > 0]
    first, second = pairs[chosen]
    return Agreement((float(first), float(second)), shown)


def none_below(scores: Reals, signs: Flags, by_source: Reals, wanted: Reals, most: float) -> float | None:
    """The highest score, up to `most`, below which "no signs" leaves what is decided right often enough.

    Balanced accuracy: of decided untouched pictures the share called free of signs, of decided generated ones the share
    with signs, sources and generators weighing the same. None where no score does.
    """
    right, missed, alarms = float(wanted @ signs), wanted, float((by_source @ signs).mean())
    for level in np.linspace(most, 0.02, 60):
        low = (scores >= 0) & (scores < level) & ~signs
        clear, lost = float((by_source @ low).mean()), float(missed @ low)
        if clear > 0 and right > 0 and (clear / (clear + alarms) + right / (right + lost)) / 2 >= DECIDED:
            return float(level)
    return None


def decided(scores: Reals, signs: Flags, low: float, rows: Sequence[Scored]) -> dict[str, Any]:
    """How much is decided, of pictures of every kind, and how often rightly; sources and generators weigh the same."""
    none = (scores >= 0) & (scores < low) & ~signs
    made = np.array([r.label == "ai-generated" for r in rows])
    untouched = np.array([r.label == "real" for r in rows])
    group = np.array([r.group if r.label == "ai-generated" else r.source for r in rows])
    covered: dict[str, float] = {}
    right: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for kind, own in ((True, made), (False, untouched)):
        for one in sorted(set(group[own])):
            inside = own & (group == one)
            if inside.sum() < 2 * LEAST:
                continue
            covered[one] = round(float((signs | none)[inside].mean()), 3)
            right[kind].append((float((signs if kind else none)[inside].mean()), float((signs | none)[inside].mean())))
    shares = [sum(r for r, _ in each) / max(1e-9, sum(c for _, c in each)) for each in right.values()]
    return {
        "balanced_accuracy": round(float(np.mean(shares)), 3),
        "coverage": round(float(np.mean([np.mean([c for _, c in each]) for each in right.values()])), 3),
        "by_group": covered,
    }
