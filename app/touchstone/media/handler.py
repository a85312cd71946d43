"""The pixels profile: decode, metadata, fingerprints and thumbnails of one file, in a locked-down process."""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Mapping
from typing import Any

from touchstone.wire import WorkerFailure
from touchstone.worker.job import Job, JobError, Result

_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENCV_IO_MAX_IMAGE_PIXELS": str(1 << 28),
    "OPENCV_LOG_LEVEL": "SILENT",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    "OPENCV_FFMPEG_THREADS": "1",
}


def setup(data: bytes) -> None:  # noqa: ARG001 - this profile has nothing to configure
    """Prepare the parent; called once, before anything is imported that reads the environment."""
    os.environ.update(_ENVIRONMENT)


def preload(request: Mapping[str, Any]) -> None:
    """Import what this request needs; called in the parent, since a child can open nothing once it is locked down."""
    os.environ.update(_ENVIRONMENT)
    reader = _reader(request)
    if reader is not None:
        importlib.import_module(reader).preload(str(request.get("mime", "")))


def handle(job: Job) -> Result:
    """Serve "read" and "thumbnail".

    Raises:
        JobError: unreadable, unsupported or too large.
    """
    reader = _reader(job.request)
    if reader is None:
        raise JobError(WorkerFailure.UNSUPPORTED)
    module = importlib.import_module(reader)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message="Image size")  # Pillow's way of saying: too many pixels
        result: Result = module.thumbnail(job) if job.request["op"] == "thumbnail" else module.read(job)
    return result


def _reader(request: Mapping[str, Any]) -> str | None:
    match request.get("op"), request.get("kind"):
        case ("thumbnail", _) | ("read", "image"):
            return "touchstone.media.still"
        case "read", "video" | "audio":
            return "touchstone.media.moving"
    return None
