"""The pixels profile: decode, metadata, fingerprints and thumbnails of one file, in a locked-down process."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from typing import Any, Protocol

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
        reader.preload(str(request.get("mime", "")))


def handle(job: Job) -> Result:
    """Serve "read", "arrays" and "thumbnail".

    Raises:
        JobError: unreadable, unsupported or too large.
    """
    reader = _reader(job.request)
    if reader is None:
        raise JobError(WorkerFailure.UNSUPPORTED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message="Image size")  # Pillow's way of saying: too many pixels
        return reader.read(job)


class _Reader(Protocol):
    """A module that reads one sort of media."""

    def preload(self, mime: str, /) -> None:
        """Import what reading files of this type needs, and use it once."""

    def read(self, job: Job, /) -> Result:
        """Serve a request."""


def _reader(request: Mapping[str, Any]) -> _Reader | None:
    match request.get("op"), request.get("kind"):
        case ("thumbnail", _) | ("read" | "arrays", "image"):
            from touchstone.media import still

            return still
        case ("read", "video" | "audio") | ("arrays", "video"):
            from touchstone.media import moving

            return moving
    return None
