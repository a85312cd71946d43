"""The pixels worker as the desk sees it: what is asked, what an answer may be, and the finding it comes to.

Details of the facts finding, the codes being those of `touchstone.filefacts`: `declares_ai`, `basis`, `generator`,
`software`, `source_type`, `gps`, `thumbnail`, `jpeg`, `streams`, `format`, `frames`, `fps`, `has_alpha`, `notes`; and
under `untrusted_` keys what the file says itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from touchstone.check.arrays import Arrays
from touchstone.check.bounds import Refused
from touchstone.check.pixels_reply import ARRAYS, PICTURE, REPLY
from touchstone.check.sandbox import WorkerError
from touchstone.filefacts import DeclaresAi, Note, Thumbnail
from touchstone.report import Finding, Kind, Picture, Status, Witness
from touchstone.wire import WorkerFailure

VERSION = "facts/1"


@dataclass(frozen=True, slots=True)
class PixelsReply:
    """What a worker read, within bounds. `media` are fields of `report.Media`, `details` those of the finding."""

    media: Mapping[str, Any]
    details: Mapping[str, Any]
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    arrays: Arrays = field(default_factory=Arrays)


def request(kind: Kind, mime: str, *, detectors: bool = False) -> dict[str, Any]:
    """What to ask a worker about a file; with `detectors`, what those look at as well."""
    return {"op": "read", "kind": str(kind), "mime": mime, "detectors": detectors}


def request_arrays(kind: Kind, mime: str) -> dict[str, Any]:
    """How to ask a worker for what detectors look at, and for nothing else."""
    return {"op": "arrays", "kind": str(kind), "mime": mime}


def parse(body: Mapping[str, Any], blobs: Mapping[str, bytes]) -> PixelsReply:
    """The reply to "read", if it keeps to the bounds.

    Raises:
        WorkerError: it does not (`WorkerFailure.PROTOCOL`).
    """
    try:
        reply = REPLY(body)
        cut = _cut(reply.get("arrays"), blobs, reply["media"], reply["facts"]["notes"])
        pictures = _pictures(reply["thumbnails"], {n: data for n, data in blobs.items() if n not in cut.shapes})
    except Refused as error:
        raise WorkerError(WorkerFailure.PROTOCOL) from error
    media = reply["media"]
    shape = {name: media[name] for name in ("width", "height", "duration")}
    return PixelsReply(shape | {"fingerprints": reply["fingerprints"]}, _details(reply["facts"], media), pictures, cut)


def parse_arrays(body: Mapping[str, Any], blobs: Mapping[str, bytes]) -> Arrays:
    """The reply to "arrays", if it keeps to the bounds.

    Raises:
        WorkerError: it does not (`WorkerFailure.PROTOCOL`).
    """
    try:
        reply = ARRAYS(body)
        cut = _cut(reply["arrays"], blobs, reply["media"], reply["notes"])
    except Refused as error:
        raise WorkerError(WorkerFailure.PROTOCOL) from error
    if cut.blobs.keys() != blobs.keys():
        raise WorkerError(WorkerFailure.PROTOCOL)
    return cut


def _cut(
    said: Mapping[str, Any] | None, blobs: Mapping[str, bytes], media: Mapping[str, Any], notes: Sequence[Note]
) -> Arrays:
    if said is None:
        return Arrays()
    shapes = {name: tuple(shape) for name, shape in said["shapes"].items()}
    if any(len(blobs.get(name, b"")) != math.prod(shape) for name, shape in shapes.items()):
        raise Refused("an array of another size")
    several = {"places": shapes.get("crops", (0,))[0], "times": shapes.get("frames", (0,))[0]}
    if any(len(said[name]) != count for name, count in several.items()):
        raise Refused("an array of another length")
    return Arrays(
        shapes=shapes,
        blobs={name: blobs[name] for name in shapes},
        places=tuple(tuple(place) for place in said["places"]),
        times=tuple(said["times"]),
        sides=(media["width"] or 0, media["height"] or 0),
        notes=frozenset(notes),
    )


def parse_thumbnail(body: Mapping[str, Any], blobs: Mapping[str, bytes]) -> Picture:
    """The reply to "thumbnail", if it keeps to the bounds.

    Raises:
        WorkerError: it does not (`WorkerFailure.PROTOCOL`).
    """
    try:
        reply = PICTURE(body)
        return _pictures(reply["thumbnails"], blobs)["thumbnail"]
    except Refused as error:
        raise WorkerError(WorkerFailure.PROTOCOL) from error


def _pictures(sizes: Mapping[str, list[int]], blobs: Mapping[str, bytes]) -> dict[str, Picture]:
    if set(sizes) != set(blobs):
        raise Refused("pictures and sizes differ")
    try:
        return {name: Picture(width, height, blobs[name]) for name, (width, height) in sizes.items()}
    except ValueError as error:
        raise Refused("a picture of another size") from error


def _details(facts: dict[str, Any], media: Mapping[str, Any]) -> dict[str, Any]:
    quoted = {f"untrusted_{name}": value for name, value in facts.pop("untrusted").items()}
    return {
        **facts,
        **{name: media[name] for name in ("format", "frames", "fps", "has_alpha")},
        **quoted,
    }


def media_fields(reply: PixelsReply) -> dict[str, Any]:
    """The fields of `report.Media` that this reply fills: width, height, duration, fingerprints."""
    return dict(reply.media)


def facts_finding(reply: PixelsReply, took_ms: int = 0) -> Finding:
    """The finding of the facts witness: its code is the most telling of what was found."""
    details = reply.details
    params = {
        "generator": details["generator"] or "",
        "source_type": details["source_type"] or "",
        "basis": details["basis"] or "",
    }
    told = params if details["declares_ai"] is not DeclaresAi.UNKNOWN else {}
    return Finding(
        witness=Witness.FACTS,
        status=Status.DONE,
        code=_code(details),
        params=told,
        source="file",
        version=VERSION,
        took_ms=took_ms,
        details={name: _plain(value) for name, value in details.items()},
    )


def _code(details: Mapping[str, Any]) -> str:
    notes = details["notes"]
    rules = (
        ("file-says-ai", details["declares_ai"] is DeclaresAi.YES),
        ("undecodable", Note.UNDECODABLE in notes),
        ("thumbnail-differs", details["thumbnail"] is Thumbnail.DIFFERS),
        ("truncated", Note.TRUNCATED in notes),
        ("states-source", details["declares_ai"] is DeclaresAi.NO),
        ("metadata", any(name.startswith("untrusted_") and value for name, value in details.items())),
    )
    return next((code for code, holds in rules if holds), "nothing")


def _plain(value: Any) -> Any:
    """Enumerations as their strings, so that a report compares equal to itself after a round trip through JSON."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value if not isinstance(value, float) or math.isfinite(value) else None
