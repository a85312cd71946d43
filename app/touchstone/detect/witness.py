"""Asks each network about one picture or clip. What one of them does wrong spoils no other.

A request is {"shapes": {array: shape}, "places": [...], "times": [...], "only": [task]}, the arrays its
blobs. The reply is {"witnesses": {task: {"model": id, "logit": float or null, "distance", "parts", "took_ms",
"failure": a code, "boxes", "features"}}, "measures": {...}, "faces": n, "maps": {name: [h, w]}, "frames": [...]}, maps
being its blobs.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchstone.detect import maps, splicing, video
from touchstone.detect.prepare import Rgb
from touchstone.detect.scene import Scene
from touchstone.detect.session import Model, Outputs, Trouble
from touchstone.modelfile import Feed, Task
from touchstone.wire import Frame, WorkerFailure
from touchstone.worker.job import Result

ON_PICTURES = (Task.AI_IMAGE, Task.FORENSIC, Task.FACE, Task.SPLICE)
_MAPPED = {Task.AI_IMAGE: "map-ai-image", Task.SPLICE: "map-splice"}
Step = Callable[[str], None]


@dataclass(slots=True)
class Panel:
    """The networks by what they look at, what finds faces, and what the forensic features are held against."""

    models: dict[Task, Model] = field(default_factory=dict)
    finder: Any = None
    reference: Any = None

    def asked(self, frame: Frame, step: Step) -> Result:
        """Ask about the arrays of a request. `step` is told the task before each network runs."""
        body = frame.body
        only = {str(task) for task in body["only"]}
        models = {task: model for task, model in self.models.items() if task in only}
        arrays = _arrays(body["shapes"], frame.blobs)
        if "frames" in arrays:
            return video.asked(models, self._find, arrays["frames"], body["times"], step)
        return self._picture(models, Scene(arrays, body.get("places", ()), self._find), step)

    def _find(self, detail: Rgb) -> Sequence[Any]:
        if self.finder is None:
            raise Trouble("model-missing")
        found: Sequence[Any] = self.finder.find(detail)
        return found

    def _picture(self, models: Mapping[Task, Model], scene: Scene, step: Step) -> Result:
        said: dict[str, dict[str, Any]] = {}
        shapes: dict[str, list[int]] = {}
        blobs: dict[str, bytes] = {}
        step("measures")
        measured = _measures(scene)
        for task in ON_PICTURES:
            if (model := models.get(task)) is None:
                continue
            step(task)
            answer, found = guarded(model, scene)
            answer["model"] = model.manifest.id
            if found is not None:
                answer |= _outlined(model, scene, found, self.reference)
                if found.map is not None and task in _MAPPED:
                    name, drawn = _MAPPED[task], _drawn(model, scene, found)
                    shapes[name], blobs[name] = list(drawn.shape), drawn.tobytes()
            said[task] = answer
        body = {"witnesses": said, "measures": measured, "faces": scene.seen_faces, "maps": shapes, "frames": []}
        return Result(body, blobs)


def guarded(model: Model, scene: Scene) -> tuple[dict[str, Any], Outputs | None]:
    """What one network says of a picture and how long it takes, whatever happens; its outputs where it came so far."""
    began = time.monotonic()
    answer: dict[str, Any] = {"logit": None, "distance": None, "parts": [], "failure": ""}
    found = None
    try:
        found = model.run({given.name: scene.fed(given) for given in model.manifest.inputs})
        if model.manifest.id == splicing.MODEL and found.map is not None:
            taken, logit = splicing.refined(scene.detail, found.map, float(found.logits.max()))
            found = replace(found, map=taken, logits=np.array([logit], np.float32))
        if model.manifest.id == splicing.MODEL and found.map is not None:
            drawn, logit = splicing.refined(scene.detail, found.map, float(found.logits.max()))
            found = replace(found, map=drawn, logits=np.array([logit], np.float32))
    except Trouble as trouble:
        answer["failure"] = str(trouble.code)
    except MemoryError:
        answer["failure"] = str(WorkerFailure.MEMORY)
    except Exception:  # noqa: BLE001 - whatever one network does, the others are still heard
        answer["failure"] = str(WorkerFailure.INTERNAL)
    else:
        answer["logit"] = float(found.logits.max())  # of several faces, the one that looks worst
        answer["distance"] = found.distance
        answer["parts"] = [float(p) for p in (found.logits if found.parts is None else found.parts)]
    answer["took_ms"] = round((time.monotonic() - began) * 1000)
    return answer, found


def _outlined(model: Model, scene: Scene, found: Outputs, reference: Any) -> dict[str, Any]:
    """The boxes that say where, and the features that stand out; nothing where that fails."""
    try:
        if model.manifest.task is Task.FORENSIC:
            return {"features": _strongest(scene, reference)}
        return {"boxes": [list(box) for box in _boxes(model, scene, found)]}
    except Exception:  # noqa: BLE001 - an explanation is not worth a finding
        return {}


def _drawn(model: Model, scene: Scene, found: Outputs) -> NDArray[np.uint8]:
    """A map as it is sent.

    That of a detail covers the edge that was added to it as well, which is cut off. That of several squares or crops is
    the one whose part is highest, and is laid where that one lies.
    """
    height, width = scene.detail.shape[:2]
    logits = found.map
    if logits is None:
        raise ValueError("no map")
    for given in model.manifest.inputs:
        if given.feed is Feed.DETAIL and model.manifest.id != splicing.MODEL:
            tall, wide = (side + -side % given.size for side in (height, width))
            rows, columns = -(-logits.shape[0] * height // tall), -(-logits.shape[1] * width // wide)
            return maps.as_bytes(logits[:rows, :columns], height, width)
    boxes = _boxes(model, scene, found)
    return maps.as_bytes(logits, height, width, boxes[0] if boxes else None)


def _boxes(model: Model, scene: Scene, found: Outputs) -> list[Any]:
    """All faces; or the part of the picture that drove the score most, where the model tells its parts or has one."""
    faces = [given for given in model.manifest.inputs if given.feed is Feed.FACES]
    if faces:
        return scene.boxes(faces[0])
    parts = found.parts if found.parts is not None else np.zeros(0)
    for given in model.manifest.inputs:
        places = scene.boxes(given)
        if places and len(places) == len(parts):
            return [places[int(np.argmax(parts))]]
    return []


def _strongest(scene: Scene, reference: Any) -> list[list[Any]]:
    from touchstone.detect import features

    if reference is None:
        return []
    return [[name, round(float(away), 2)] for name, away in features.strongest(scene.features, reference, 5)]


def _measures(scene: Scene) -> dict[str, Any]:
    """How heavily it was compressed, whether it is a drawing and so on; empty where that cannot be measured."""
    try:
        from touchstone.detect import measures

        found = measures.measures(scene.view, scene.detail)
    except Exception:  # noqa: BLE001 - a decision without them is still one
        return {}
    numbers = {"recompression": found.recompression, "drawing": found.drawing}
    flags = {"flat": found.flat, "heavy": found.heavy, "drawn": found.drawn}
    return {name: float(value) for name, value in numbers.items() if math.isfinite(value)} | flags


def _arrays(shapes: Mapping[str, Sequence[int]], blobs: Mapping[str, bytes]) -> dict[str, Rgb]:
    return {name: np.frombuffer(blobs[name], np.uint8).reshape(tuple(shape)) for name, shape in shapes.items()}
