"""The detector profile: networks loaded once, then asked about one set of arrays after another.

Files of a request: a pipe with frames (`touchstone.wire`), then the models, in the order of the first frame's `models`,
then what accompanies them. That first frame is {"models": [{"sha256": hex}], "threads": n, "companions": [name]} with a
manifest as blob for each model (`manifest-0`, ...). It is answered with {"models": [{"failure": a code}]}, each frame
after it as `touchstone.detect.witness` says. All of it happens in the locked-down process, the loading too.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any, BinaryIO

from touchstone import modelfile, wire
from touchstone.modelfile import Feed, Manifest, Task
from touchstone.wire import Frame, FrameError, WorkerFailure
from touchstone.worker.job import Job, JobError, Result

FINDER, REFERENCE = "face-finder", "features"  # companions: what finds faces, and what features are held against
_MAX_REFERENCE = 1 << 20
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENCV_LOG_LEVEL": "SILENT"}


def setup(data: bytes) -> None:  # noqa: ARG001 - what there is to configure comes with the models
    """Import what a child could not any more."""
    preload({})


def preload(request: Mapping[str, Any]) -> None:  # noqa: ARG001 - there is one kind of request
    """Import what a child could not any more, and use it once."""
    os.environ.update(_ENVIRONMENT)
    import cv2
    import numpy as np
    import onnxruntime

    from touchstone.detect import faces, features, measures, witness  # noqa: F401 - used later

    cv2.setNumThreads(1)
    onnxruntime.set_default_logger_severity(4)
    features.features(np.zeros((8, 8, 3), np.uint8))


def handle(job: Job) -> Result:
    """Load the models, and answer until there is nothing more to read.

    Raises:
        JobError: internal, where the requests are none.
    """
    requests, *files = job.files
    try:
        first = wire.read(requests.read)
        if first is None:
            return Result({})
        panel, told = _panel(first, files, job)
        job.answer(Result({"models": told}))
        while (frame := wire.read(requests.read)) is not None:
            job.answer(panel.asked(frame, job.step))
    except (FrameError, KeyError, TypeError, ValueError) as error:
        raise JobError(WorkerFailure.INTERNAL) from error
    return Result({})


def _panel(first: Frame, files: list[BinaryIO], job: Job) -> tuple[Any, list[dict[str, str]]]:
    from touchstone.detect.witness import Panel

    panel, told = Panel(), []
    listed, threads = first.body["models"], int(first.body["threads"])
    for number, (entry, file) in enumerate(zip(listed, files, strict=False)):
        manifest = modelfile.parse(first.blobs[f"manifest-{number}"])
        job.step(f"load-{manifest.task}")
        told.append({"failure": _loaded(panel, manifest, file, str(entry["sha256"]), threads)})
        job.step(f"done-load-{manifest.task}")
    for name, file in zip(first.body["companions"], files[len(listed) :], strict=True):
        _accompanied(panel, name, file, threads)
    return panel, told


def _loaded(panel: Any, manifest: Manifest, file: BinaryIO, sha256: str, threads: int) -> str:
    """Load one model; why not, as a code, or nothing. What is hashed is what is run."""
    from touchstone.detect.session import Model

    file.seek(0)
    data = file.read(modelfile.MAX_MODEL + 1)
    if hashlib.sha256(data).hexdigest() != sha256:
        return "model-changed"
    if manifest.preprocessing != _preprocessing(manifest):
        return "model-refused"  # it was trained on what is made otherwise by now
    try:
        panel.models[Task(manifest.task)] = Model(manifest, data, threads)
    except MemoryError:
        return str(WorkerFailure.MEMORY)
    except Exception:  # noqa: BLE001 - the runtime refuses a model in many ways
        return "model-refused"
    return ""


def _preprocessing(manifest: Manifest) -> str:
    """The version of what makes a model's inputs."""
    from touchstone.detect import features, prepare

    fed_features = any(given.feed is Feed.FEATURES for given in manifest.inputs)
    return features.VERSION if fed_features else prepare.VERSION


def _accompanied(panel: Any, name: str, file: BinaryIO, threads: int) -> None:
    file.seek(0)
    data = file.read(modelfile.MAX_MODEL + 1)
    try:
        if name == FINDER:
            from touchstone.detect.faces import Finder

            panel.finder = Finder(data, threads)
        elif name == REFERENCE and len(data) <= _MAX_REFERENCE:
            from touchstone.detect import features

            said = json.loads(data)
            panel.reference = features.reference(said["means"], said["spreads"])
    except Exception:  # noqa: BLE001 - faces then are not found, features not named
        return
