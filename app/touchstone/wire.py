"""Frames between desk and workers: one bounded JSON header, then raw blobs of announced, bounded size.

A frame is `!4sII`: magic, header length, blob total; then the header (UTF-8 JSON object); then the blobs one after
another. The header's `blobs` lists `[name, size]` for each. A worker's reply is any number of `step` frames and then
one `result` or `failed` frame. Nothing here interprets a body: that is the receiver's work, against its own bounds.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MAGIC = b"TSF1"
MAX_HEADER = 64 * 1024
MAX_BLOBS = 32
MAX_BLOB_TOTAL = 64 * 1024 * 1024
_PREFIX = struct.Struct("!4sII")


class FrameError(ValueError):
    """The bytes are not a frame within the bounds."""


class FrameType(StrEnum):
    """What a frame is for."""

    STEP = "step"
    RESULT = "result"
    FAILED = "failed"


class WorkerFailure(StrEnum):
    """Why a worker gave no result. Only these codes cross the border, never a sentence."""

    UNREADABLE = "unreadable"  # the reader says this is not what it seems, or is broken
    UNSUPPORTED = "unsupported"  # no reader for this kind
    TOO_LARGE = "too-large"  # more pixels, frames or bytes than are read
    TIMEOUT = "timeout"  # stopped on wall clock
    CPU = "cpu"  # stopped by the CPU limit
    MEMORY = "memory"  # asked for more memory than it may have
    CRASHED = "crashed"  # ended by a signal or without a reply
    PROTOCOL = "protocol"  # replied with something that is not a reply
    INTERNAL = "internal"  # a defect on the worker's side
    UNAVAILABLE = "unavailable"  # no worker could be started
    STOPPED = "stopped"  # the user stopped it


@dataclass(frozen=True, slots=True)
class Limits:
    """What one worker may use. `memory_bytes` is what it may map beyond what its parent had mapped already.

    `file_bytes` is how large a file may grow that it was given to write to; 0 leaves that to the disk.
    """

    wall_seconds: float = 30.0  # kept by the desk
    memory_bytes: int = 3 * 1024**3
    cpu_seconds: int = 60
    open_files: int = 32
    file_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: its type, its JSON body and its blobs by name."""

    type: FrameType
    body: Mapping[str, Any]
    blobs: Mapping[str, bytes] = field(default_factory=dict)


def encode(frame: Frame) -> bytes:
    """The bytes of a frame.

    Raises:
        FrameError: the header or the blobs are larger than a frame may be.
    """
    header = {
        "type": str(frame.type),
        "body": frame.body,
        "blobs": [[name, len(data)] for name, data in frame.blobs.items()],
    }
    raw = json.dumps(header, separators=(",", ":"), allow_nan=False).encode("ascii")
    total = sum(len(data) for data in frame.blobs.values())
    if len(raw) > MAX_HEADER or total > MAX_BLOB_TOTAL or len(frame.blobs) > MAX_BLOBS:
        raise FrameError("frame too large")
    return b"".join((_PREFIX.pack(MAGIC, len(raw), total), raw, *frame.blobs.values()))


def read(read_exactly: Callable[[int], bytes]) -> Frame | None:
    """One frame through a function that returns exactly the bytes asked for, or fewer at the end of the stream.

    Returns None at a clean end of the stream.

    Raises:
        FrameError: what came is not a frame within the bounds.
    """
    prefix = read_exactly(_PREFIX.size)
    if not prefix:
        return None
    if len(prefix) < _PREFIX.size:
        raise FrameError("cut off")
    magic, length, total = _PREFIX.unpack(prefix)
    if magic != MAGIC or length > MAX_HEADER or total > MAX_BLOB_TOTAL:
        raise FrameError("not a frame")
    header = _header(read_exactly(length), length)
    return Frame(FrameType(header["type"]), header["body"], _blobs(header["blobs"], total, read_exactly))


def _header(raw: bytes, length: int) -> dict[str, Any]:
    if len(raw) != length:
        raise FrameError("cut off")
    try:
        header = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise FrameError("header is not JSON") from error
    if not isinstance(header, dict) or set(header) != {"type", "body", "blobs"}:
        raise FrameError("header has other fields")
    if header["type"] not in list(FrameType) or not isinstance(header["body"], dict):
        raise FrameError("header has other values")
    return header


def _blobs(listed: object, total: int, read_exactly: Callable[[int], bytes]) -> dict[str, bytes]:
    if not isinstance(listed, list) or len(listed) > MAX_BLOBS:
        raise FrameError("too many blobs")
    sizes: dict[str, int] = {}
    for entry in listed:
        match entry:
            case [str() as name, int() as size] if (
                not isinstance(size, bool) and 0 <= size <= total and len(name) <= 64 and name not in sizes
            ):
                sizes[name] = size
            case _:
                raise FrameError("blob list is malformed")
    if sum(sizes.values()) != total:
        raise FrameError("blob sizes do not add up")
    blobs = {name: read_exactly(size) for name, size in sizes.items()}
    if any(len(blobs[name]) != size for name, size in sizes.items()):
        raise FrameError("cut off")
    return blobs


def _no_constant(name: str) -> object:
    raise ValueError(name)
