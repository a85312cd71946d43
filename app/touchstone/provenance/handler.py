"""The provenance profile: reads content credentials (C2PA) and reports them as codes, numbers and bounded strings.

Request: `{"op": "read", "mime": str, "sidecar": bool, "sample": bool}`; files: the media and, where `sidecar`, a
manifest store. Body: `{"sdk": str, "refused": [list], "readings": [reading]}`, one reading of what the file carries
and one with the sidecar. `touchstone.check.credentials` has the bounds that the desk holds every reading to.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, BinaryIO

import c2pa

from touchstone.provenance import boxes, summary
from touchstone.provenance.contexts import Contexts
from touchstone.provenance.reading import NotReadError, StoreReader, supported_types
from touchstone.wire import WorkerFailure
from touchstone.worker.job import Job, JobError, Result

SIDECAR_BYTES = 32 * 1024 * 1024
# The SDK holds files of these types in memory as a whole, twice at times; those of all others it streams.
_HELD_WHOLE = frozenset({"image/jpeg", "image/svg+xml", "application/pdf"})
_LARGEST_HELD = 512 * 1024 * 1024
_BOXED = frozenset({"video/mp4", "video/quicktime", "video/x-m4v", "audio/mp4"})

_contexts = Contexts({})
_types: frozenset[str] = frozenset()


def setup(data: bytes) -> None:
    """Take the trust lists, before any fork. No thread is started."""
    global _contexts, _types  # noqa: PLW0603 - what every child of this process inherits
    _contexts = Contexts.from_setup(data) if data else Contexts({})
    _types = supported_types()


def preload(request: Mapping[str, Any]) -> None:
    """Nothing is left to import for one kind of file or another."""
    del request


def handle(job: Job) -> Result:
    """Read one file's credentials.

    Raises:
        JobError: the request is not one of this profile, or the file is larger than is read (too-large).
    """
    request = job.request
    if request.get("op") != "read" or len(job.files) != 1 + bool(request.get("sidecar")):
        raise JobError(WorkerFailure.INTERNAL)
    stores: list[tuple[str, bytes | None]] = [("embedded", None)]
    if request.get("sidecar"):
        job.files[1].seek(0)
        stores.append(("sidecar", job.files[1].read(SIDECAR_BYTES + 1)))
    readings: list[dict[str, Any]] = []
    blobs: dict[str, bytes] = {}
    for origin, manifest in stores:
        job.step(origin)
        reading, pictures = _read(job, manifest, len(blobs))
        readings.append({"from": origin, **reading})
        blobs |= pictures
    body = {"sdk": str(c2pa.sdk_version())[:20], "refused": list(_contexts.refused), "readings": readings}
    body = summary.within_header(body)
    named = {node["thumbnail"] for reading in readings for node in reading["nodes"]}
    return Result(body, {name: data for name, data in blobs.items() if name in named})


def _read(job: Job, manifest: bytes | None, taken: int) -> tuple[dict[str, Any], dict[str, bytes]]:
    mime = str(job.request.get("mime"))
    try:
        _refuse(mime, job.files[0], manifest)
        reader = StoreReader(mime, job.files[0], manifest, _contexts, sample=bool(job.request.get("sample")))
        reading, pictures = summary.of(reader.read(), taken)
    except NotReadError as error:
        return summary.of_nothing(error), {}
    if summary.only_box_hash_differs(reading) and boxes.lacks_data(job.files[0]):
        summary.excuse(reading, "fragments-missing")
    return reading, pictures


def _refuse(mime: str, media: BinaryIO, manifest: bytes | None) -> None:
    if mime in {"application/c2pa", "application/x-c2pa-manifest-store"}:
        raise NotReadError("none", "sidecar-alone")
    if mime not in (_types or supported_types()) or (mime in _BOXED and boxes.is_segment(media)):
        raise NotReadError("none", "format-not-supported")
    if mime in _HELD_WHOLE and media.seek(0, os.SEEK_END) > _LARGEST_HELD:
        raise JobError(WorkerFailure.TOO_LARGE)
    if manifest is not None and not 0 < len(manifest) <= SIDECAR_BYTES:
        raise NotReadError("broken", "credentials-too-large" if manifest else "credentials-unreadable")
