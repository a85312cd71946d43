"""The bounds of a detector worker's reply: whatever is outside them refuses the reply as a whole."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from touchstone.check.bounds import Check, Refused, flag, items, matching, maybe, real, record, whole
from touchstone.check.sandbox import WorkerError
from touchstone.filefacts import MAX_FRAMES
from touchstone.modelfile import Task
from touchstone.report import Picture
from touchstone.wire import WorkerFailure

BROKEN_OUTPUT = "broken-output"
_LEFT_OUT = frozenset({"no-face", "not-a-picture", "model-missing", "model-changed", "model-refused"})
_FAILURES = frozenset({"", BROKEN_OUTPUT, *_LEFT_OUT, *WorkerFailure})
_MAPS = ("map-ai-image", "map-splice")
_SIDE, _PARTS, _FACES, _FEATURES, _MODELS = 256, 64, 64, 8, 16
_LONGEST_MS = 10**8


def _failure(value: object) -> str:
    if not isinstance(value, str) or value not in _FAILURES:
        raise Refused("not a code")
    return value


def _feature(value: object) -> list[Any]:
    if not isinstance(value, list) or len(value) != 2:
        raise Refused("not a name and a number")
    return [_feature_name(value[0]), real(-1e6, 1e6)(value[1])]


_feature_name: Check = matching(re.compile(r"[a-z0-9][a-z0-9._-]{0,63}"))
_id: Check = matching(re.compile(r"[a-z0-9][a-z0-9-]{0,63}"))
_logit = real(-1e6, 1e6)
_share = real(0, 1)
_milliseconds = whole(0, _LONGEST_MS)
_picture_witness = record(
    {
        "model": _id,
        "logit": maybe(_logit),
        "distance": maybe(real(-1e9, 1e9)),
        "parts": items(_logit, 0, _PARTS),
        "took_ms": _milliseconds,
        "failure": _failure,
    },
    {"boxes": items(items(_share, 4, 4), 0, _FACES), "features": items(_feature, 0, _FEATURES)},
)
_clip_witness = record({"model": _id, "took_ms": _milliseconds, "failure": _failure})
_frame = record({"time": real(0, 1e7)}, {str(task): maybe(_logit) for task in (Task.AI_IMAGE, Task.FACE)})


def _measures(value: object) -> dict[str, float | bool]:
    if not isinstance(value, dict) or len(value) > 16:
        raise Refused("not measures")
    return {
        _feature_name(name): flag(item) if isinstance(item, bool) else real(-1e9, 1e9)(item)
        for name, item in value.items()
    }


_map_sizes = record({}, {name: items(whole(1, _SIDE), 2, 2) for name in _MAPS})
_on_picture = record(
    {
        "witnesses": record({}, {str(task): _picture_witness for task in Task}),
        "measures": _measures,
        "faces": whole(0, _FACES),
        "maps": _map_sizes,
        "frames": items(_frame, 0, 0),
    }
)
_on_clip = record(
    {
        "witnesses": record({}, {str(task): _clip_witness for task in Task}),
        "measures": _measures,
        "faces": whole(0, _FACES),
        "maps": record({}),
        "frames": items(_frame, 0, MAX_FRAMES),
        "kept": maybe(_share),
        "took_ms": _milliseconds,
    }
)
_ready = record({"models": items(record({"failure": _failure}), 0, _MODELS)})


@dataclass(frozen=True, slots=True)
class Said:
    """What one network said about one picture: a logit, or a failure."""

    model: str
    logit: float | None
    failure: str
    took_ms: int
    distance: float | None = None
    parts: tuple[float, ...] = ()
    boxes: tuple[tuple[float, ...], ...] = ()
    features: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply within bounds. `frames` and `kept` are those of a clip, `maps` grey pictures by name."""

    said: Mapping[Task, Said] = field(default_factory=dict)
    measures: Mapping[str, float | bool] = field(default_factory=dict)
    faces: int = 0
    maps: Mapping[str, Picture] = field(default_factory=dict)
    frames: tuple[Mapping[str, Any], ...] = ()
    kept: float | None = None


def parse(body: Mapping[str, Any], blobs: Mapping[str, bytes]) -> Answer:
    """The reply about a picture or a clip, if it keeps to the bounds.

    Raises:
        WorkerError: it does not (`WorkerFailure.PROTOCOL`).
    """
    try:
        reply = (_on_clip if "kept" in body else _on_picture)(body)
        return Answer(
            said={Task(name): _said(entry) for name, entry in reply["witnesses"].items()},
            measures=reply["measures"],
            faces=reply["faces"],
            maps=_maps(reply["maps"], blobs),
            frames=tuple(reply["frames"]),
            kept=reply.get("kept"),
        )
    except Refused as error:
        raise WorkerError(WorkerFailure.PROTOCOL) from error


def parse_ready(body: Mapping[str, Any], count: int) -> list[str]:
    """For each of `count` models the code of why it was not loaded, empty where it was.

    Raises:
        WorkerError: the reply does not keep to the bounds (`WorkerFailure.PROTOCOL`).
    """
    try:
        told: list[dict[str, str]] = _ready(body)["models"]
    except Refused as error:
        raise WorkerError(WorkerFailure.PROTOCOL) from error
    if len(told) != count:
        raise WorkerError(WorkerFailure.PROTOCOL)
    return [entry["failure"] for entry in told]


def _said(entry: Mapping[str, Any]) -> Said:
    logit = entry.get("logit")
    return Said(
        model=entry["model"],
        logit=logit,
        failure=entry["failure"],
        took_ms=entry["took_ms"],
        distance=entry.get("distance"),
        parts=tuple(entry.get("parts", ())),
        boxes=tuple(tuple(box) for box in entry.get("boxes", ())),
        features=tuple((name, away) for name, away in entry.get("features", ())),
    )


def _maps(sizes: Mapping[str, list[int]], blobs: Mapping[str, bytes]) -> dict[str, Picture]:
    if sizes.keys() != blobs.keys() or any(len(blobs[n]) != h * w for n, (h, w) in sizes.items()):
        raise Refused("maps and sizes differ")
    return {name: Picture(width, height, _grey(blobs[name])) for name, (height, width) in sizes.items()}


def _grey(values: bytes) -> bytes:
    """Each value three times: red, green and blue."""
    rgb = bytearray(3 * len(values))
    for channel in range(3):
        rgb[channel::3] = values
    return bytes(rgb)
