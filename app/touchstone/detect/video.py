"""A clip: the networks for pictures and for faces asked about frames spread over it.

Each frame is looked at alone, as a picture of its size; nothing is averaged here. The desk calibrates the logits of the
frames, and takes their median and 90th percentile. A face is followed from frame to frame by where it is: `kept` says
what share of the frames with a face carry one that overlaps a face of the frame before.
"""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from touchstone.detect.prepare import CROP, VIEW_LONG, VIEW_SHORT, Rgb
from touchstone.detect.scene import Scene
from touchstone.detect.session import Model, Trouble
from touchstone.modelfile import Task
from touchstone.wire import WorkerFailure
from touchstone.worker.job import Result

_TASKS = (Task.AI_IMAGE, Task.FACE)
_BLANK = 4.0  # standard deviation of a frame that shows nothing: black, white, or a fade
_SAME = 0.3  # of two boxes of one face: intersection over union


@dataclass(slots=True)
class _Row:
    """What one network said of the frames: a logit for each that is not left out, None where it shows no face."""

    logits: list[float | None] = field(default_factory=list)
    failure: str = ""
    seconds: float = 0.0


def asked(
    models: Mapping[Task, Model],
    find: Callable[[Rgb], Sequence[Any]],
    frames: Rgb,
    times: Sequence[float],
    step: Callable[[str], None],
    *,
    alone: bool,
) -> Result:
    """Ask about frames N x h x w x 3, shown at these times (seconds); the networks side by side, unless `alone`."""
    began = time.monotonic()
    shown = [
        (float(t), _scene(frame, find))
        for frame, t in zip(frames, times, strict=True)
        if frame[::4, ::4].std() >= _BLANK
    ]
    rows = {task: _Row() for task in _TASKS if task in models}

    def ask(task: Task) -> None:
        step(f"{Task.VIDEO}-{task}")
        _look(models[task], [scene for _seconds, scene in shown], rows[task])
        step(f"done-{Task.VIDEO}-{task}")

    threads = [threading.Thread(target=ask, args=(task,)) for task in rows]
    for thread in threads:
        thread.start()
        if alone:
            thread.join()
    for thread in threads:
        thread.join()
    boxes = [scene.face_boxes for _seconds, scene in shown]
    told: list[dict[str, float | None]] = [
        {"time": seconds, **{str(task): row.logits[number] for task, row in rows.items() if row.logits}}
        for number, (seconds, _of) in enumerate(shown)
    ]
    witnesses = {
        str(task): {
            "model": models[task].manifest.id, "failure": row.failure, "took_ms": round(row.seconds * 1000),
        }
        for task, row in rows.items()
    }  # fmt: skip
    body = {
        "witnesses": witnesses,
        "measures": {},
        "faces": max(map(len, boxes), default=0),
        "maps": {},
        "frames": told,
        "kept": kept(boxes),
        "took_ms": round((time.monotonic() - began) * 1000),
    }
    return Result(body)


def _look(model: Model, scenes: Sequence[Scene], row: _Row) -> None:
    """Ask one network about every frame, until it fails."""
    began = time.monotonic()
    for scene in scenes:
        logit, row.failure = _looked(model, scene)
        if row.failure:
            row.logits.clear()
            break
        row.logits.append(logit)
    row.seconds = time.monotonic() - began


def _looked(model: Model, scene: Scene) -> tuple[float | None, str]:
    """The logit of one frame, None where it shows no face; and why the model failed."""
    try:
        found = model.run({given.name: scene.fed(given) for given in model.manifest.inputs})
    except Trouble as trouble:
        return None, "" if trouble.code == "no-face" else str(trouble.code)
    except Exception:  # noqa: BLE001 - the other network is still heard
        return None, str(WorkerFailure.INTERNAL)
    return float(found.logits.max()), ""


def _scene(frame: Rgb, find: Callable[[Rgb], Sequence[Any]]) -> Scene:
    """A frame as the arrays that a still picture of its size would come as."""
    height, width = frame.shape[:2]
    short = min(VIEW_SHORT, height, width)
    scale = short / min(height, width)
    longest = math.ceil(VIEW_LONG / scale)
    top, left = max(0, (height - longest) // 2), max(0, (width - longest) // 2)
    shown = frame[top : top + longest, left : left + longest]
    sides = (min(VIEW_LONG, max(1, round(side * scale))) for side in shown.shape[1::-1])
    size = next(sides), next(sides)
    view = np.asarray(cv2.resize(shown, size, interpolation=cv2.INTER_AREA), np.uint8)
    tall, wide = min(CROP, height), min(CROP, width)
    y, x = (height - tall) // 2, (width - wide) // 2
    crops = frame[None, y : y + tall, x : x + wide]
    place = (x / width, y / height, wide / width, tall / height)
    return Scene({"view": view, "detail": frame, "crops": crops}, [place], find)


def kept(faces: Sequence[Sequence[tuple[float, ...]]]) -> float | None:
    """The share of frames with faces in which one overlaps a face of the frame before; None below two such frames."""
    pairs = [(a, b) for a, b in itertools.pairwise(faces) if a and b]
    if not pairs:
        return None
    return sum(any(_overlap(one, other) >= _SAME for one in a for other in b) for a, b in pairs) / len(pairs)


def _overlap(one: Sequence[float], other: Sequence[float]) -> float:
    """Intersection over union of two boxes: x, y, width, height."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    common = max(0.0, across) * max(0.0, down)
    return common / max(1e-9, one[2] * one[3] + other[2] * other[3] - common)
