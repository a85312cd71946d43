"""Asks each network about one picture or clip. What one of them does wrong spoils no other.

A request is {"shapes": {array: shape}, "places": [...], "times": [...], "only": [task], "alone": bool}, the arrays its
blobs. The reply is {"witnesses": {task: {"model": id, "logit": float or null, "distance", "parts", "took_ms",
"failure": a code, "boxes", "features"}}, "measures": {...}, "faces": n, "maps": {name: [h, w]}, "frames": [...]}, maps
its blobs.
"""

from __future__ import annotations

import contextlib
import math
import threading
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
        """Ask about the arrays of a request. `step` is told `task` before each network runs, `done-task` after it."""
        body = frame.body
        only = {str(task) for task in body["only"]}
        models = {task: model for task, model in self.models.items() if task in only}
        arrays = _arrays(body["shapes"], frame.blobs)
        told, alone = _in_turns(step), body.get("alone") is True
        if "frames" in arrays:
            return video.asked(models, self._find, arrays["frames"], body["times"], told, alone=alone)
        return self._picture(models, Scene(arrays, body.get("places", ()), self._find), told, alone=alone)

    def _find(self, detail: Rgb) -> Sequence[Any]:
        if self.finder is None:
            raise Trouble("model-missing")
        found: Sequence[Any] = self.finder.find(detail)
        return found

    def _picture(self, models: Mapping[Task, Model], scene: Scene, step: Step, *, alone: bool) -> Result:
        """The splice net takes as long as all the others: it runs beside them, unless each is to run `alone`."""
        answers: dict[Task, _Answer] = {}

        def ask(*tasks: Task) -> None:
            for task in tasks:
                if task in models:
                    step(task)
                    answers[task] = _asked(models[task], scene, self.reference)
                    step(f"done-{task}")

        beside = threading.Thread(target=ask, args=(Task.SPLICE,))
        if not alone:
            beside.start()
        measured = _measures(scene)
        if Task.SPLICE in models:
            _look_for_copies(scene)
        ask(Task.FORENSIC, Task.AI_IMAGE, Task.FACE)
        if alone:
            ask(Task.SPLICE)
        else:
            beside.join()
        said = {str(task): answer.said for task, answer in answers.items()}
        drawn = {_MAPPED[task]: answer.map for task, answer in answers.items() if answer.map is not None}
        shapes = {name: list(one.shape) for name, one in drawn.items()}
        body = {"witnesses": said, "measures": measured, "faces": scene.seen_faces, "maps": shapes, "frames": []}
        return Result(body, {name: one.tobytes() for name, one in drawn.items()})


@dataclass(frozen=True, slots=True)
class _Answer:
    said: dict[str, Any]
    map: NDArray[np.uint8] | None = None


def _in_turns(step: Step) -> Step:
    """`step` for several threads: what one says is not broken by what another does."""
    turn = threading.Lock()

    def told(name: str) -> None:
        with turn:
            step(name)

    return told


def _look_for_copies(scene: Scene) -> None:
    with contextlib.suppress(Exception):  # it is tried again where it is needed, and told there
        _ = scene.copies


def _asked(model: Model, scene: Scene, reference: Any) -> _Answer:
    answer, found = guarded(model, scene)
    answer["model"] = model.manifest.id
    if found is None:
        return _Answer(answer)
    answer |= _outlined(model, scene, found, reference)
    if found.map is None or model.manifest.task not in _MAPPED:
        return _Answer(answer)
    return _Answer(answer, _drawn(model, scene, found))


def guarded(model: Model, scene: Scene) -> tuple[dict[str, Any], Outputs | None]:
    """What one network says of a picture and how long it takes, whatever happens; its outputs where it came so far."""
    began = time.monotonic()
    answer: dict[str, Any] = {"logit": None, "distance": None, "parts": [], "failure": ""}
    found = None
    try:
        found = model.run({given.name: scene.fed(given) for given in model.manifest.inputs})
        if model.manifest.id == splicing.MODEL and found.map is not None:
            drawn, logit = splicing.refined(scene.detail, found.map, float(found.logits.max()), scene.copies)
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
