"""What can be laid over a file's picture, read out of the detectors' findings, and the frames of a clip along time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from touchstone.export import heatmap
from touchstone.export.heatmap import Box, boxes_of
from touchstone.report import Finding, Picture, Report, Status, Witness
from touchstone.texts.detectors import detectors_of

_MOST_FRAMES = 512
_WHOLE = 0.98  # of the picture: a box as large as that points at nothing
# Each place of the map of generation is scored by itself; below a half it speaks for the picture, not against it.
_FLOORS = {"ai-image": 0.5}


@dataclass(frozen=True, slots=True)
class Layer:
    """What one detector points at: its grey map, where it is at hand, and boxes. `code` is that of the witness."""

    code: str
    finding: Finding
    map: Picture | None = None
    missing: bool = False  # the finding names a map that is not at hand
    boxes: tuple[Box, ...] = ()

    @property
    def floor(self) -> float:
        """The value of the map up to which nothing is drawn."""
        return _FLOORS.get(self.code, heatmap.FLOOR)


@dataclass(frozen=True, slots=True)
class Frames:
    """The scores of a clip's frames: seconds and scores, in the order of time, and the limit, if there is one."""

    times: tuple[float, ...] = ()
    scores: tuple[float, ...] = field(default=())
    limit: float | None = None

    @property
    def above(self) -> int:
        """How many frames lie at the limit or above."""
        return 0 if self.limit is None else sum(score >= self.limit for score in self.scores)


def layers_of(report: Report, pictures: Mapping[str, Picture]) -> tuple[Layer, ...]:
    """The layers of a report, in the order of its detectors; those with nothing to draw are left out."""
    found = []
    for finding in detectors_of(report.findings):
        if finding.status is not Status.DONE:
            continue
        name = finding.details.get("map")
        named = isinstance(name, str) and bool(name)
        map_ = pictures.get(str(name)) if named else None
        boxes = boxes_of(finding.details.get("boxes"))
        if finding.witness is not Witness.FACE:
            boxes = tuple(box for box in boxes if box[2] * box[3] < _WHOLE)
        if named or boxes:
            found.append(Layer(str(finding.witness), finding, map_, named and map_ is None, boxes))
    return tuple(found)


def frames_of(finding: Finding) -> Frames:
    """The timeline in a finding; empty where there is none."""
    listed = finding.details.get("timeline")
    pairs = [_pair(entry) for entry in listed[:_MOST_FRAMES]] if isinstance(listed, (list, tuple)) else []
    kept = sorted(pair for pair in pairs if pair is not None)
    limit = _number(finding.details.get("limit"))
    return Frames(tuple(t for t, _s in kept), tuple(s for _t, s in kept), limit)


def _pair(entry: Any) -> tuple[float, float] | None:
    if not isinstance(entry, Mapping):
        return None
    time, score = _number(entry.get("time")), _number(entry.get("score"))
    if time is None or score is None or time < 0 or not 0 <= score <= 1:
        return None
    return time, score


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)
