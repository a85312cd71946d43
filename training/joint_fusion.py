"""Whether `ai-image` and `forensic` together tell more than the better of them: their calibrated logits averaged."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from touchstone.modelfile import Manifest
from training import scores
from training.data import PHOTOGRAPHIC
from training.joint_rows import Scored
from training.scores import Row

_PAIR = ("ai-image", "forensic")


def compared(
    found: Mapping[str, Mapping[tuple[str, int], Scored]], manifests: Mapping[str, Manifest]
) -> dict[str, Any] | None:
    """AUC of each and of both, on the same pictures, laundered and as they are; None where one is missing."""
    if not all(name in found for name in _PAIR):
        return None
    told: dict[str, Any] = {}
    for state, name in ((1, "laundered"), (0, "as it is")):
        common = [k for k in found[_PAIR[0]] if k in found[_PAIR[1]] and k[1] == state]
        sets = {one: [_row(found[one][k], _calibrated(found[one][k], manifests[one])) for k in common] for one in _PAIR}
        mean = [sum(_calibrated(found[one][k], manifests[one]) for one in _PAIR) / 2 for k in common]
        sets["together"] = [_row(found[_PAIR[0]][k], x) for k, x in zip(common, mean, strict=True)]
        told[name] = {one: _figures(rows) for one, rows in sets.items()}
    return told


def _figures(rows: list[Row]) -> dict[str, Any]:
    f = scores.figures(rows)
    low, high = scores.interval(rows)
    return {
        "auc": round(f.macro, 3),
        "interval": [round(low, 3), round(high, 3)],
        "worst": [f.worst_group, round(f.worst, 3)],
        "photographic": round(f.photographic, 3),
    }


def _calibrated(one: Scored, manifest: Manifest) -> float:
    at = manifest.calibration
    return ((one.logit or 0.0) - at.bias) / at.temperature if one.logit is not None else -math.inf


def _row(one: Scored, logit: float) -> Row:
    content = one.content if one.content in PHOTOGRAPHIC else "other"
    return Row(one.stem, one.source, "", one.label, one.generator, content, one.fold, one.laundered, logit)
