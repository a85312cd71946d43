"""How well scores tell two kinds of pictures apart, and how sure that figure is. Pure functions over arrays.

Scores are probabilities, 0 to 1, that a picture was made or changed; `positive` says of each whether it was; `sources`
says where each comes from (a camera, a collection, a generator). Pictures of one source resemble each other, so a
source counts as one whatever its size, and intervals come from drawing sources, not pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROUNDS = 2000
CONFIDENCE = 0.95
BINS = 10

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]


class TooFewError(ValueError):
    """There are no pictures of one of the two kinds, so there is nothing to tell apart."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a figure lies with 95 % confidence; both ends are included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of each source, in the order of their names; `mean` counts every source the same."""

    sources: tuple[str, ...]
    shares: tuple[float, ...]
    pictures: tuple[int, ...]

    @property
    def mean(self) -> float:
        """The mean over sources."""
        return float(np.mean(self.shares))

    @property
    def pooled(self) -> float:
        """The share of all pictures."""
        return float(np.average(self.shares, weights=self.pictures))

    @property
    def worst(self) -> tuple[str, float]:
        """The source with the largest share; of equals, the one with the most pictures."""
        at = max(range(len(self.sources)), key=lambda i: (self.shares[i], self.pictures[i]))
        return self.sources[at], self.shares[at]

    @property
    def least(self) -> tuple[str, float]:
        """The source with the smallest share; of equals, the one with the most pictures."""
        at = min(range(len(self.sources)), key=lambda i: (self.shares[i], -self.pictures[i]))
        return self.sources[at], self.shares[at]


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of an ROC curve from (0, 0) to (1, 1), as the limit falls from above the highest score to the lowest."""

    false_alarms: Reals
    recall: Reals
    limits: Reals  # the first is infinite: nothing is flagged


@dataclass(frozen=True, slots=True)
class Reliability:
    """Scores in bins of equal width: of each bin that holds any, its weight, mean score, share positive, pictures."""

    weight: Reals
    score: Reals
    positive: Reals
    pictures: Counts

    @property
    def error(self) -> float:
        """The expected calibration error: the mean distance between score and share (Naeini et al. 2015, AAAI)."""
        return float(np.sum(self.weight * np.abs(self.score - self.positive)))


def auc(negative: Reals, positive: Reals) -> float:
    """The chance that a positive scores above a negative, ties counting half (Mann and Whitney 1947).

    Raises:
        TooFewError: one of the two is empty.
    """
    if not len(negative) or not len(positive):
        raise TooFewError("one class only")
    return _wins(np.sort(negative), positive) / (len(negative) * len(positive))


def weighted_auc(scores: Reals, positive: Flags, weights: Reals) -> float:
    """The same chance where each picture is drawn by its weight; zero weights leave pictures out.

    Raises:
        TooFewError: one of the two kinds has no weight.
    """
    low, high = weights * ~positive, weights * positive
    if low.sum() <= 0 or high.sum() <= 0:
        raise TooFewError("one class only")
    values, at = np.unique(scores, return_inverse=True)
    below = np.bincount(at, low, len(values))
    beaten = np.cumsum(below) - below / 2
    won = float(np.sum(np.bincount(at, high, len(values)) * beaten) / (low.sum() * high.sum()))
    return min(1.0, max(0.0, won))  # sums of weights leave a rounding error


def source_weights(positive: Flags, sources: Sequence[str]) -> Reals:
    """Weights that let each class count one half, and within it each source the same; they add up to one."""
    keys, at, sizes = _numbered(positive, sources)
    side = np.array([is_positive for is_positive, _source in keys], bool)
    number = np.where(side, side.sum(), (~side).sum())
    classes = len(np.unique(positive))
    return np.asarray(1 / (classes * number * sizes), np.float64)[at]


def macro_auc(scores: Reals, positive: Flags, sources: Sequence[str]) -> float:
    """The AUC with every source counting the same: the mean over pairs of a negative and a positive source.

    Raises:
        TooFewError: one class only.
    """
    return weighted_auc(scores, positive, source_weights(positive, sources))


def auc_by_group(scores: Reals, positive: Flags, groups: Sequence[str]) -> dict[str, float]:
    """The AUC inside each group that holds both kinds, by its name."""
    named = np.asarray(groups, object)
    found: dict[str, float] = {}
    for group in sorted(set(groups)):
        here = named == group
        low, high = scores[here & ~positive], scores[here & positive]
        if len(low) and len(high):
            found[group] = auc(low, high)
    return found


def auc_of_each(scores: Reals, positive: Flags, groups: Sequence[str]) -> dict[str, float]:
    """The AUC of each group's positives (a generator's, say) against the negatives of all groups.

    Raises:
        TooFewError: there are no negatives.
    """
    named = np.asarray(groups, object)
    low = scores[~positive]
    return {
        group: auc(low, scores[positive & (named == group)])
        for group in sorted({g for g, p in zip(groups, positive, strict=True) if p})
    }


def roc(scores: Reals, positive: Flags, weights: Reals | None = None) -> Curve:
    """The ROC curve; its area by trapezoids is the (weighted) AUC.

    Raises:
        TooFewError: one class only.
    """
    weights = np.ones(len(scores)) if weights is None else weights
    low, high = weights * ~positive, weights * positive
    if low.sum() <= 0 or high.sum() <= 0:
        raise TooFewError("one class only")
    values, at = np.unique(-scores, return_inverse=True)
    alarms = np.cumsum(np.bincount(at, low, len(values))) / low.sum()
    found = np.cumsum(np.bincount(at, high, len(values))) / high.sum()
    start = np.zeros(1)
    return Curve(np.r_[start, alarms], np.r_[start, found], np.r_[np.inf, -values])


def rate(flagged: Flags, sources: Sequence[str]) -> Rate:
    """The share of each source that is flagged.

    Raises:
        TooFewError: there are no pictures.
    """
    if not len(flagged):
        raise TooFewError("no pictures")
    names, at = np.unique(np.asarray(sources, str), return_inverse=True)
    sizes = np.bincount(at, minlength=len(names))
    shares = np.bincount(at, flagged.astype(np.float64), len(names)) / sizes
    return Rate(tuple(map(str, names)), tuple(map(float, shares)), tuple(map(int, sizes)))


def limit_of_worst_source(negative: Reals, sources: Sequence[str], share: float) -> float:
    """The lowest limit at which no source has more than `share` of its untouched pictures at or above it.

    It lies just above a score that occurs, so that the limit itself flags no more than it promises; where `share` is 1
    it is minus infinity.

    Raises:
        TooFewError: there are no pictures.
    """
    if not len(negative):
        raise TooFewError("no pictures")
    named = np.asarray(sources, object)
    limits = []
    for source in set(sources):
        falling = np.sort(negative[named == source])[::-1]
        allowed = int(np.floor(share * len(falling) + 1e-9))
        limits.append(falling[allowed] if allowed < len(falling) else -np.inf)
    highest = max(limits)
    return float(np.nextafter(highest, np.inf)) if np.isfinite(highest) else float(highest)


def reliability(scores: Reals, positive: Flags, weights: Reals | None = None, bins: int = BINS) -> Reliability:
    """How often pictures of a score are positive, in bins of equal width over 0 to 1.

    Raises:
        TooFewError: there are no pictures.
    """
    if not len(scores):
        raise TooFewError("no pictures")
    weights = np.ones(len(scores)) if weights is None else weights
    at = np.clip((scores * bins).astype(np.int64), 0, bins - 1)
    total = np.bincount(at, weights, bins)
    held = total > 0
    mean = np.bincount(at, weights * scores, bins)[held] / total[held]
    share = np.bincount(at, weights * positive, bins)[held] / total[held]
    return Reliability(total[held] / total.sum(), mean, share, np.bincount(at, minlength=bins)[held])


def calibration_error(scores: Reals, positive: Flags, weights: Reals | None = None, bins: int = BINS) -> float:
    """The expected calibration error. Raises `TooFewError` where there are no pictures."""
    return reliability(scores, positive, weights, bins).error


def balanced_accuracy(signs: Flags, decided: Flags, positive: Flags, weights: Reals | None = None) -> float:
    """Of the decided pictures: the mean of the share of positives with signs and of negatives without.

    Raises:
        TooFewError: nothing of one class was decided.
    """
    weights = np.ones(len(signs)) if weights is None else weights
    of_positive, of_negative = weights * (decided & positive), weights * (decided & ~positive)
    if of_positive.sum() <= 0 or of_negative.sum() <= 0:
        raise TooFewError("nothing decided")
    caught = float(np.sum(of_positive * signs) / of_positive.sum())
    passed = float(np.sum(of_negative * ~signs) / of_negative.sum())
    return (caught + passed) / 2


def most_missed(count: int, confidence: float = CONFIDENCE) -> float:
    """How large a share may be of which none was seen among `count` pictures (Clopper and Pearson 1934).

    Drawing again from pictures that are all alike tells nothing about it.
    """
    return float(1 - ((1 - confidence) / 2) ** (1 / count))


def bootstrap(
    statistic: Callable[[Reals], float],
    positive: Flags,
    sources: Sequence[str],
    *,
    rounds: int = ROUNDS,
    seed: int = 0,
    confidence: float = CONFIDENCE,
) -> Interval | None:
    """A percentile interval from drawing sources with replacement, each class for itself (Efron and Tibshirani 1993).

    `statistic` is given how often each picture was drawn: N numbers in an array that the next round uses again. Where a
    class has one source only, its pictures are drawn instead: the interval then says nothing about other sources.
    Rounds in which the statistic is undefined (it raises `TooFewError`) are left out; None where that leaves fewer than
    half of them.
    """
    random = np.random.default_rng(seed)
    classes = _units(positive, sources)
    drawn = np.zeros(len(positive))
    found = []
    for _round in range(rounds):
        for members, unit, chances in classes:
            drawn[members] = random.multinomial(len(chances), chances)[unit]
        try:
            found.append(statistic(drawn))
        except TooFewError:
            continue
    if len(found) * 2 < rounds or not found:
        return None
    tail = (1 - confidence) / 2
    low, high = np.quantile(found, [tail, 1 - tail])
    return Interval(float(low), float(high))


def _units(positive: Flags, sources: Sequence[str]) -> list[tuple[Counts, Counts, Reals]]:
    """For each class its pictures, what each of them is drawn with (its source, or itself), and the chance of each."""
    named = np.asarray(sources, str)
    found = []
    for is_positive in np.unique(positive):
        members = np.flatnonzero(positive == is_positive)
        names, unit = np.unique(named[members], return_inverse=True)
        if len(names) == 1:
            unit = np.arange(len(members))
        count = int(unit.max()) + 1
        found.append((members, unit, np.full(count, 1 / count)))
    return found


def _numbered(positive: Flags, sources: Sequence[str]) -> tuple[list[tuple[bool, str]], Counts, Counts]:
    """Sources (class and name), the number of each picture's source, and the size of each source."""
    pairs = [(bool(p), s) for p, s in zip(positive, sources, strict=True)]
    keys = sorted(set(pairs))
    order = {key: i for i, key in enumerate(keys)}
    at = np.array([order[pair] for pair in pairs], np.int64)
    return keys, at, np.bincount(at, minlength=len(keys)).astype(np.int64)


def _wins(negative: Reals, positive: Reals) -> float:
    """How many of all pairs a positive wins; `negative` in rising order."""
    below = np.searchsorted(negative, positive, "left")
    not_above = np.searchsorted(negative, positive, "right")
    return float(np.sum(below + not_above, dtype=np.float64)) / 2
