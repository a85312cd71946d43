"""Whether `ai-image` and `forensic` together tell more than the better of them: their calibrated logits averaged.

How much `forensic` weighs is chosen for each fold on the other folds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from touchstone.modelfile import Manifest
from training import scores
from training.data import PHOTOGRAPHIC
from training.joint_rows import Scored
from training.scores import Row

_PAIR = ("ai-image", "forensic")
_SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)  # of `forensic`

Found = Mapping[str, Mapping[tuple[str, int], Scored]]


def compared(found: Found, manifests: Mapping[str, Manifest]) -> dict[str, Any] | None:
    """AUC of each and of both, on the same pictures, laundered and as they are; None where one is missing."""
    if not all(name in found for name in _PAIR):
        return None
    told: dict[str, Any] = {}
    for state, name in ((1, "laundered"), (0, "as it is")):
        keys = sorted(k for k in found[_PAIR[0]] if k in found[_PAIR[1]] and k[1] == state)
        one, other = ([_row(found[w][k], manifests[w]) for k in keys] for w in _PAIR)
        joined, shares = _joined(one, other)
        sets = {_PAIR[0]: one, _PAIR[1]: other, "together": joined}
        told[name] = {who: _figures(rows) for who, rows in sets.items()} | {"share_of_forensic": shares}
    return told


def _joined(one: list[Row], other: list[Row]) -> tuple[list[Row], list[float]]:
    mixed = {share: _mixed(one, other, share) for share in _SHARES}
    joined, shares = [], []
    for fold in sorted({r.fold for r in one}):
        best = max(_SHARES, key=lambda s: scores.macro(scores.cells([r for r in mixed[s] if r.fold != fold])))
        shares.append(best)
        joined += [r for r in mixed[best] if r.fold == fold]
    return joined, shares


def _mixed(one: list[Row], other: list[Row], share: float) -> list[Row]:
    return [replace(a, logit=(1 - share) * a.logit + share * b.logit) for a, b in zip(one, other, strict=True)]


def _figures(rows: list[Row]) -> dict[str, Any]:
    f = scores.figures(rows)
    low, high = scores.interval(rows)
    return {
        "auc": round(f.macro, 3),
        "interval": [round(low, 3), round(high, 3)],
        "worst": [f.worst_group, round(f.worst, 3)],
        "photographic": round(f.photographic, 3),
    }


def _row(one: Scored, manifest: Manifest) -> Row:
    at = manifest.calibration
    content = one.content if one.content in PHOTOGRAPHIC else "other"
    logit = ((one.logit or 0.0) - at.bias) / at.temperature
    return Row(one.stem, one.source, "", one.label, one.generator, content, one.fold, one.laundered, logit)
