"""From labelled pictures and what detectors said of them to the figures of an evaluation. Pure.

Every source counts the same, and intervals come from drawing sources (`touchstone.check.measure`). A detector is
measured on what is its task: one of whole pictures against generated ones, one of places against manipulated ones; a
picture that it does not look at (no face, no picture) is counted apart. What it leaves undecided counts as neither
found nor missed, and shows in the coverage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from touchstone.check import measure
from touchstone.check.deciding import Choice
from touchstone.check.detecting_lines import Line
from touchstone.check.evaluate_labels import Item, Label
from touchstone.check.measure import Flags, Interval, Reals, TooFewError
from touchstone.report import Witness

OUTSIDE = frozenset({"no-face", "no-video", "not-a-picture"})
_T = TypeVar("_T")
_ALIKE = 1e-9
_CURVE = 200  # points of a curve at most
_LOOKS_FOR = {
    Witness.FACE: frozenset({Label.MANIPULATED}),
    Witness.SPLICE: frozenset({Label.MANIPULATED}),
    Witness.VIDEO: frozenset({Label.GENERATED, Label.MANIPULATED}),
    Witness.VOICE: frozenset({Label.GENERATED, Label.MANIPULATED}),
}
_GENERATED = frozenset({Label.GENERATED})


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and its 95 % interval; the ends are None where drawing sources again tells nothing about it."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One source, in shares of its pictures. `above` is the share at or above the limit, whatever was decided."""

    name: str
    pictures: int
    signs: float
    decided: float
    above: float
    auc: float | None = None  # its pictures against all untouched ones; None for untouched sources


@dataclass(frozen=True, slots=True)
class Bin:
    """Pictures of about the same score: their share of all, mean score, and the share that was made or changed."""

    weight: float
    score: float
    positive: float
    pictures: int


@dataclass(frozen=True, slots=True)
class Measured:
    """How well one detector did. Figures that need both classes are None where one was not there."""

    witness: str
    model: str
    limit: float | None
    untouched: int  # pictures of its task, and of them those without a score
    positive: int
    unscored: int
    outside: Mapping[str, int]  # pictures left out, by reason
    false_alarms: Figure | None
    recall: Figure | None
    coverage: Figure | None
    false_alarms_above: float | None  # at the limit, before anything is left undecided
    recall_above: float | None
    auc: Figure | None
    auc_pooled: float | None
    auc_by_content: Mapping[str, float]
    accuracy: Figure | None
    calibration_error: Figure | None
    untouched_sources: tuple[Source, ...]
    positive_sources: tuple[Source, ...]
    confusion: Mapping[str, Mapping[str, int]]  # untouched | positive -> decision -> pictures
    reasons: Mapping[str, int]  # of what was left undecided
    curve: tuple[tuple[float, float], ...]  # false alarms, recall
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Together:
    """What all detectors flag between them: a picture counts once, whichever of them sees signs."""

    false_alarms: Figure
    worst_source: str
    worst_share: float
    recall: Figure


@dataclass(frozen=True, slots=True)
class _Table:
    """The pictures of one detector's task as columns, all N long; scores are NaN where there is none."""

    positive: Flags
    sources: Sequence[str]
    contents: Sequence[str]
    scores: Reals
    signs: Flags
    decided: Flags

    def only(self, kept: Flags) -> _Table:
        return _Table(
            self.positive[kept],
            _where(self.sources, kept),
            _where(self.contents, kept),
            self.scores[kept],
            self.signs[kept],
            self.decided[kept],
        )


def measured(pairs: Iterable[tuple[Item, Sequence[Line]]], rounds: int = measure.ROUNDS) -> tuple[Measured, ...]:
    """The figures of every detector that said something, in the order of the witnesses.

    `pairs` are the pictures, each with its lines; `rounds` how often sources are drawn.
    """
    said: dict[str, list[tuple[Item, Line]]] = {}
    for item, lines in pairs:
        for line in lines:
            said.setdefault(line.witness, []).append((item, line))
    return tuple(_measured(name, said[name], rounds) for name in Witness if name in said)


def together(pairs: Iterable[tuple[Item, Sequence[Line]]], rounds: int = measure.ROUNDS) -> Together | None:
    """What the detectors flag between them; None where one class is missing or only one detector spoke."""
    kept = [(item, lines) for item, lines in pairs if lines]
    if len({line.witness for _item, lines in kept for line in lines}) < 2:
        return None
    positive = np.array([item.label is not Label.UNTOUCHED for item, _lines in kept], bool)
    flagged = np.array([any(line.decision is Choice.SIGNS for line in lines) for _item, lines in kept], bool)
    sources = [item.source for item, _lines in kept]
    if positive.all() or not positive.any():
        return None
    rate = measure.rate(flagged[~positive], _where(sources, ~positive))
    worst = rate.worst
    return Together(
        false_alarms=_share(flagged[~positive], _where(sources, ~positive), rounds),
        worst_source=worst[0],
        worst_share=worst[1],
        recall=_share(flagged[positive], _where(sources, positive), rounds),
    )


def _measured(witness: str, said: Sequence[tuple[Item, Line]], rounds: int) -> Measured:
    looks_for = _LOOKS_FOR.get(Witness(witness), _GENERATED)
    task = [(i, line) for i, line in said if i.label is Label.UNTOUCHED or i.label in looks_for]
    kept = [(i, line) for i, line in task if line.reason not in OUTSIDE]
    table = _table(kept)
    scored = table.only(~np.isnan(table.scores))
    limit = next((line.limit for _item, line in kept if line.limit is not None), None)
    untouched, positive = table.only(~table.positive), table.only(table.positive)
    auc = _both(scored, lambda t, w: measure.weighted_auc(t.scores, t.positive, w), rounds)
    return Measured(
        witness=str(witness),
        model=next((line.model for _item, line in kept if line.model), ""),
        limit=limit,
        untouched=len(untouched.scores),
        positive=len(positive.scores),
        unscored=len(table.scores) - len(scored.scores),
        outside=dict(Counter(line.reason for _item, line in task if line.reason in OUTSIDE)),
        false_alarms=_share_of(untouched, untouched.signs, rounds),
        recall=_share_of(positive, positive.signs, rounds),
        coverage=_both(table, lambda t, w: _mean(t.decided, w), rounds),
        false_alarms_above=_above(untouched, limit),
        recall_above=_above(positive, limit),
        auc=auc,
        auc_pooled=None
        if auc is None
        else measure.auc(scored.scores[~scored.positive], scored.scores[scored.positive]),
        auc_by_content=measure.auc_by_group(scored.scores, scored.positive, scored.contents)
        if any(table.contents)
        else {},
        accuracy=_both(table.only(table.decided), _accuracy, rounds),
        calibration_error=_both(scored, lambda t, w: measure.calibration_error(t.scores, t.positive, w), rounds),
        untouched_sources=_sources(untouched, limit),
        positive_sources=_sources(positive, limit, scored.scores[~scored.positive]),
        confusion={"untouched": _decisions(untouched), "positive": _decisions(positive)},
        reasons=dict(Counter(ln.reason for _i, ln in kept if ln.decision is Choice.INCONCLUSIVE).most_common()),
        curve=_curve(scored),
        bins=_bins(scored),
    )


def _table(kept: Sequence[tuple[Item, Line]]) -> _Table:
    return _Table(
        positive=np.array([item.label is not Label.UNTOUCHED for item, _line in kept], bool),
        sources=[item.source for item, _line in kept],
        contents=[item.content for item, _line in kept],
        scores=np.array([np.nan if line.score is None else line.score for _item, line in kept], np.float64),
        signs=np.array([line.decision is Choice.SIGNS for _item, line in kept], bool),
        decided=np.array([line.decision is not Choice.INCONCLUSIVE for _item, line in kept], bool),
    )


def _both(table: _Table, statistic: Callable[[_Table, Reals], float], rounds: int) -> Figure | None:
    """A figure over both classes, each counting one half and every source the same; None where one is missing."""
    if not table.positive.any() or table.positive.all():
        return None
    weights = measure.source_weights(table.positive, table.sources)
    found = measure.bootstrap(lambda d: statistic(table, d * weights), table.positive, table.sources, rounds=rounds)
    return _figure(statistic(table, weights), found)


def _mean(values: Reals | Flags, weights: Reals) -> float:
    return float(values @ weights / weights.sum())


def _figure(value: float, interval: Interval | None) -> Figure:
    if interval is None or interval.high - interval.low < _ALIKE:  # all draws alike: they say nothing about its range
        return Figure(value)
    return Figure(value, interval.low, interval.high)


def _accuracy(table: _Table, weights: Reals) -> float:
    return measure.balanced_accuracy(table.signs, table.decided, table.positive, weights)


def _share_of(table: _Table, flagged: Flags, rounds: int) -> Figure | None:
    return _share(flagged, table.sources, rounds) if len(flagged) else None


def _share(flagged: Flags, sources: Sequence[str], rounds: int) -> Figure:
    """The share that is flagged, every source counting the same."""
    one_class = np.zeros(len(flagged), bool)
    weights, counted = measure.source_weights(one_class, sources), flagged.astype(np.float64)
    if flagged.all() or not flagged.any():
        away = measure.most_missed(len(flagged))
        return Figure(1.0, 1 - away, 1.0) if flagged.all() else Figure(0.0, 0.0, away)

    def statistic(drawn: Reals) -> float:
        return _mean(counted, drawn * weights)

    return _figure(statistic(np.ones(len(flagged))), measure.bootstrap(statistic, one_class, sources, rounds=rounds))


def _above(table: _Table, limit: float | None) -> float | None:
    if limit is None or not len(table.scores):
        return None
    return measure.rate(np.nan_to_num(table.scores, nan=-1) >= limit, table.sources).mean


def _sources(table: _Table, limit: float | None, untouched: Reals | None = None) -> tuple[Source, ...]:
    """The sources of one class, the most flagged first."""
    named = np.asarray(table.sources, object)
    signs, decided = table.signs, table.decided
    found = []
    for name in sorted(set(table.sources)):
        here = named == name
        scores = table.scores[here]
        above = 0.0 if limit is None else float(np.mean(np.nan_to_num(scores, nan=-1) >= limit))
        auc = None if untouched is None else _auc(untouched, scores[~np.isnan(scores)])
        found.append(Source(name, len(scores), float(signs[here].mean()), float(decided[here].mean()), above, auc))
    return tuple(sorted(found, key=lambda source: (-source.signs, -source.above, source.name)))


def _auc(untouched: Reals, scores: Reals) -> float | None:
    try:
        return measure.auc(untouched, scores)
    except TooFewError:
        return None


def _decisions(table: _Table) -> dict[str, int]:
    signs, decided = int(table.signs.sum()), int(table.decided.sum())
    return {"signs": signs, "none": decided - signs, "inconclusive": len(table.signs) - decided}


def _curve(scored: _Table) -> tuple[tuple[float, float], ...]:
    """The ROC curve, every source counting the same, thinned out to what a drawing shows."""
    try:
        weights = measure.source_weights(scored.positive, scored.sources)
        curve = measure.roc(scored.scores, scored.positive, weights)
    except TooFewError:
        return ()
    count = len(curve.recall)
    at = np.unique(np.linspace(0, count - 1, min(count, _CURVE)).round().astype(int))
    return tuple((float(curve.false_alarms[i]), float(curve.recall[i])) for i in at)


def _bins(scored: _Table) -> tuple[Bin, ...]:
    if not scored.positive.any() or scored.positive.all():
        return ()
    weights = measure.source_weights(scored.positive, scored.sources)
    found = measure.reliability(scored.scores, scored.positive, weights)
    columns = zip(found.weight, found.score, found.positive, found.pictures, strict=True)
    return tuple(Bin(float(w), float(s), float(p), int(n)) for w, s, p, n in columns)


def _where(values: Sequence[_T], kept: Flags) -> list[_T]:
    return [value for value, keep in zip(values, kept, strict=True) if keep]
