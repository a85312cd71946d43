"""Whether bytes of content credentials (C2PA) are in a file, readable or not.

The credentials worker says what they mean; this only says that they are there, so that a file whose credentials
cannot be parsed is not taken for one that never had any. Containers are walked by their lengths, never scanned whole.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

_MAX_STEPS = 4096  # segments, chunks or boxes looked at
_MAX_SCAN = 1 << 20
_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")  # C2PA 2.2, A.5.1
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_TIFF_TAG = 0xCD41  # A.3.4


def c2pa_bytes(file: BinaryIO, mime: str) -> bool:
    """Whether the container has a place for a C2PA manifest store with something in it. Moves the file's position."""
    walk = _WALKS.get(mime)
    if walk is None:
        return False
    try:
        file.seek(0)
        return walk(file)
    except (OSError, struct.error, ValueError, OverflowError):
        return False


def _jpeg(file: BinaryIO) -> bool:
    file.seek(2)
    for _ in range(_MAX_STEPS):
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF or head[1] in {0xD9, 0xDA}:
            return False
        if head[1] == 0xFF:
            file.seek(-3, 1)
            continue
        length = struct.unpack(">H", head[2:])[0] - 2
        # An APP11 segment of JPEG XT ("JP", instance, sequence) that holds a JUMBF box
        if head[1] == 0xEB and b"jumb" in file.read(min(length, 32))[:32]:
            return True
        here = min(length, 32) if head[1] == 0xEB else 0
        file.seek(max(length - here, 0), 1)
    return False


def _png(file: BinaryIO) -> bool:
    file.seek(8)
    return any(name == b"caBX" for name, _size in _chunks(file, ">I4s", trailer=4))


def _riff(file: BinaryIO) -> bool:
    file.seek(12)
    return any(name == b"C2PA" for name, _size in _chunks(file, "<4sI", trailer=0))


def _chunks(file: BinaryIO, layout: str, trailer: int) -> Iterator[tuple[bytes, int]]:
    for _ in range(_MAX_STEPS):
        head = file.read(8)
        if len(head) < 8:
            return
        one, other = struct.unpack(layout, head)
        name, size = (one, other) if layout.startswith("<") else (other, one)
        yield name, size  # the position is at the chunk's body then
        file.seek(size + trailer + (size & 1 if layout.startswith("<") else 0), 1)


def _boxes(file: BinaryIO) -> bool:
    return _uuid_box(file, _UUID) is not None


def _uuid_box(file: BinaryIO, wanted: bytes) -> tuple[int, int] | None:
    """Where the body of a top-level `uuid` box starts after its identifier, and how long it is."""
    at = 0
    for _ in range(_MAX_STEPS):
        file.seek(at)
        head = file.read(32)
        if len(head) < 8:
            return None
        size, name = struct.unpack_from(">I4s", head)
        body = 8
        if size == 1 and len(head) >= 16:
            (size,) = struct.unpack_from(">Q", head, 8)
            body = 16
        if name == b"uuid" and head[body : body + 16] == wanted:
            return at + body + 16, size - body - 16
        if size < body:
            return None
        at += size
    return None


def xmp_packet(file: BinaryIO, mime: str) -> bytes:
    """The XMP packet of an ISO base media or RIFF file (XMP part 3, 1.1.7 and 2.1), or nothing. Moves the position."""
    try:
        if mime in {"audio/wav", "video/x-msvideo"}:
            file.seek(12)
            found = next((size for name, size in _chunks(file, "<4sI", trailer=0) if name == b"_PMX"), 0)
            return file.read(min(found, _MAX_SCAN + 1))
        place = _uuid_box(file, _XMP_UUID) if _WALKS.get(mime) is _boxes else None
        if place is None:
            return b""
        file.seek(place[0])
        return file.read(min(max(place[1], 0), _MAX_SCAN + 1))
    except (OSError, struct.error, ValueError, OverflowError):
        return b""


def _gif(file: BinaryIO) -> bool:
    return b"C2PA_GIF" in file.read(_MAX_SCAN)


def _tiff(file: BinaryIO) -> bool:
    head = file.read(8)
    order = {b"II": "<", b"MM": ">"}[head[:2]] if head[:2] in {b"II", b"MM"} else ""
    if not order or struct.unpack_from(f"{order}H", head, 2)[0] != 42:
        return False
    for _ in range(16):
        (at,) = struct.unpack(f"{order}I", head[4:8])
        if at == 0:
            return False
        file.seek(at)
        (count,) = struct.unpack(f"{order}H", file.read(2))
        entries = file.read(12 * count)
        if any(tag == _TIFF_TAG for (tag,) in struct.iter_unpack(f"{order}H10x", entries)):
            return True
        head = b"    " + file.read(4)
    return False


def _id3(file: BinaryIO) -> bool:
    return b"application/x-c2pa-manifest-store" in file.read(_MAX_SCAN)


_WALKS: Mapping[str, Callable[[BinaryIO], bool]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _riff,
    "audio/wav": _riff,
    "video/x-msvideo": _riff,
    "image/gif": _gif,
    "image/tiff": _tiff,
    "image/x-adobe-dng": _tiff,
    "audio/mpeg": _id3,
    "audio/flac": _id3,
    "image/avif": _boxes,
    "image/heic": _boxes,
    "image/heif": _boxes,
    "video/mp4": _boxes,
    "video/quicktime": _boxes,
    "video/3gpp": _boxes,
    "audio/mp4": _boxes,
}
