"""From out-of-fold scores to a score, a limit and a distance; and what was measured at them. Only numpy is needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from training.scores import LEAST, Row, alarms, auc, figures, grouped

Reals = NDArray[np.float64]
_QUANTILES = (0.97, 0.98, 0.99)
FALSE_ALARMS, WORST = 0.03, 0.10
_ABSTAINED = -1e3  # the logit of what is flagged by nothing
_KEPT = 0.99  # of all pictures are nearer than the distance limit


@dataclass(frozen=True, slots=True)
class Found:
    """The calibration, and the figures that it reached on pictures whose source and generator were held out."""

    temperature: float
    bias: float
    limit: float
    none_below: float
    distance_limit: float
    false_alarms: float
    worst_alarms: float
    worst_source: str
    recall: float
    error: float  # expected calibration error
    abstained: float  # real pictures, before the score is looked at, sources weighing the same
    coverage: float  # mean of both classes
    least_coverage: tuple[str, float]
    decided: float  # balanced accuracy of what was decided
    alarms: dict[str, float]
    covered: dict[str, float]


def weights(rows: Sequence[Row]) -> Reals:
    """Each class weighs the same, in it each source (or generator's group), in it each picture."""
    counts: dict[tuple[bool, str], int] = defaultdict(int)
    keys = [(r.label == "real", r.source) for r in rows]
    for key in keys:
        counts[key] += 1
    capped = {k: min(1.0, n / LEAST) for k, n in counts.items()}  # a source of three pictures does not count as whole
    sums = {real: sum(v for (r, _), v in capped.items() if r is real) for real in (True, False)}
    return np.array([capped[k] / counts[k] / sums[k[0]] / 2 for k in keys])


def fitted(logits: Reals, made: NDArray[np.bool_], weight: Reals) -> tuple[float, float]:
    """Temperature and bias by weighted logistic regression (Newton's method), so that a score is a share."""
    spread = float(logits.std()) or 1.0
    x = np.stack([logits / spread, np.ones_like(logits)], 1)
    w = np.zeros(2)
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -40, 40)))
        gradient = x.T @ (weight * (p - made)) + 1e-6 * w
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + 1e-6 * np.eye(2)
        w -= np.linalg.solve(hessian, gradient)
    slope = max(float(w[0]) / spread, 1e-3)
    return 1 / slope, -float(w[1]) / slope


def expected_error(scores: Reals, made: NDArray[np.bool_], weight: Reals, bins: int = 10) -> float:
    """Expected calibration error: how far shares are from scores, over bins of equal width."""
    where = np.minimum((scores * bins).astype(int), bins - 1)
    error = 0.0
    for index in range(bins):
        own = where == index
        if weight[own].sum() > 0:
            gap = np.average(scores[own], weights=weight[own]) - np.average(made[own], weights=weight[own])
            error += abs(float(gap)) * float(weight[own].sum())
    return error / float(weight.sum())


def _limit(rows: Sequence[Row]) -> tuple[float, dict[str, float]]:
    """The lowest limit at which sources that had no say in it keep to the false alarms allowed."""
    for quantile in _QUANTILES:
        by, limit = alarms(rows, quantile)
        if np.mean(list(by.values())) <= FALSE_ALARMS and max(by.values()) <= WORST:
            break
    return limit, by


def _distance(rows: Sequence[Row]) -> float:
    """Beyond it is one in a hundred pictures, sources and classes weighing the same, and of no source half."""
    by: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        by[row.source].append(row.distance)
    distances, weight = np.array([r.distance for r in rows]), weights(rows)
    order = np.argsort(distances)
    reached = np.cumsum(weight[order]) / weight.sum()
    usual = distances[order][np.searchsorted(reached, _KEPT)]
    return float(max(usual, *(np.quantile(x, 0.5) for x in by.values() if len(x) >= LEAST)))


def _coverage(rows: Sequence[Row], decided: NDArray[np.bool_]) -> dict[str, float]:
    by: dict[str, list[bool]] = defaultdict(list)
    for row, was in zip(rows, decided, strict=True):
        by[row.source].append(bool(was))
    return {source: float(np.mean(x)) for source, x in by.items() if len(x) >= LEAST}


def _balanced(made: NDArray[np.bool_], signs: NDArray[np.bool_], none: NDArray[np.bool_], weight: Reals) -> float:
    decided = signs | none
    shares = []
    for kind, right in ((made, signs), (~made, none)):
        own = kind & decided
        shares.append(float(weight[own & right].sum() / max(weight[own].sum(), 1e-9)))
    return float(np.mean(shares))


def _none_below(scores: Reals, made: NDArray[np.bool_], weight: Reals, near: NDArray[np.bool_], limit: float) -> float:
    """The highest bound under which "no signs" keeps decided items at a balanced accuracy of .85; else the best."""
    signs = (scores >= limit) & near
    bounds = np.linspace(0.02, limit, 200)
    reached = [_balanced(made, signs, (scores < b) & near, weight) for b in bounds]
    good = [b for b, value in zip(bounds, reached, strict=True) if value >= 0.85]
    return float(max(good)) if good else float(bounds[int(np.argmax(reached))])


def calibrated(rows: Sequence[Row], unfit: Container[str] = ()) -> Found:
    """The calibration from the rows of one state (laundered).

    Args:
        rows: out-of-fold scores.
        unfit: the stems of pictures that the application abstains on before it looks at a score: flagged by nothing.
    """
    logits = np.array([r.logit for r in rows])
    made = np.array([r.label != "real" for r in rows])
    weight = weights(rows)
    temperature, bias = fitted(logits, made, weight)
    scores = 1 / (1 + np.exp(-np.clip((logits - bias) / temperature, -60, 60)))
    fit = np.array([r.stem not in unfit for r in rows])
    distance = _distance([r for r, ok in zip(rows, fit, strict=True) if ok])
    near = fit & np.array([r.distance <= distance for r in rows])
    asked = [r if ok else replace(r, logit=_ABSTAINED) for r, ok in zip(rows, near, strict=True)]
    raw, by_source = _limit(asked)
    limit = float(1 / (1 + np.exp(-(raw - bias) / temperature)))
    bound = _none_below(scores, made, weight, near, limit)
    signs, none = (scores >= limit) & near, (scores < bound) & near
    covered = _coverage(rows, signs | none)
    least = min(covered, key=lambda s: covered[s])
    worst = max(by_source, key=lambda s: by_source[s])
    groups = grouped([r for r in asked if r.label != "real"])
    recalls = [float(np.mean([r.logit >= raw for r in g])) for g in groups.values() if len(g) >= LEAST]
    return Found(
        temperature=temperature,
        bias=bias,
        limit=limit,
        none_below=bound,
        distance_limit=distance,
        false_alarms=float(np.mean(list(by_source.values()))),
        worst_alarms=by_source[worst],
        worst_source=worst,
        recall=float(np.mean(recalls)),
        error=expected_error(scores, made, weight),
        abstained=float(np.average(~near[~made], weights=weight[~made])),
        coverage=float(np.mean([(weight * (signs | none))[k].sum() / weight[k].sum() for k in (made, ~made)])),
        least_coverage=(least, covered[least]),
        decided=_balanced(made, signs, none, weight),
        alarms=by_source,
        covered=covered,
    )


def separable(rows: Sequence[Row]) -> float:
    """The pooled AUC, contents not matched: what would be read off if nobody looked closely."""
    return auc(*([r.logit for r in rows if (r.label == "real") is real] for real in (False, True)))


def summary(rows: Sequence[Row], found: Found) -> dict[str, object]:
    """The figures as they stand in the record."""
    f = figures(rows)
    return {
        "auc_macro": round(f.macro, 4),
        "auc_worst": [f.worst_group, round(f.worst, 4)],
        "auc_photographic": round(f.photographic, 4),
        "auc_other": round(f.other, 4),
        "auc_pooled_unmatched": round(separable(rows), 4),
        "auc_by_group": {k: [round(v, 4), n] for k, (v, n) in sorted(f.groups.items())},
        "false_alarms_mean": round(found.false_alarms, 4),
        "false_alarms_worst": [found.worst_source, round(found.worst_alarms, 4)],
        "false_alarms_by_source": {k: round(v, 4) for k, v in sorted(found.alarms.items())},
        "recall": round(found.recall, 4),
        "expected_calibration_error": round(found.error, 4),
        "abstained_real": round(found.abstained, 4),
        "coverage": round(found.coverage, 4),
        "coverage_by_source": {k: round(v, 3) for k, v in sorted(found.covered.items())},
        "decided_balanced_accuracy": round(found.decided, 4),
    }
