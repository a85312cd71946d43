"""Moves a manifest from the file it was made for into another one, as careless or dishonest editing does.

Only for files that this package has just written itself: nothing here is meant for bytes from anywhere else.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

_APP11 = 0xEB
_START_OF_SCAN = 0xDA
_C2PA_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")  # C2PA 2.x, "Embedding manifests into BMFF"
_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}


def jpeg_into(signed: bytes, other: bytes) -> bytes:
    """The picture of `other` with the manifest segments of `signed`, at the same place in the file."""
    manifest = [(start, end) for marker, start, end in _segments(signed) if marker == _APP11]
    if not manifest:
        raise ValueError("no manifest to carry over")
    place = manifest[0][0]
    if signed[:place] != other[:place]:
        raise ValueError("the two files begin differently")
    return other[:place] + b"".join(signed[start:end] for start, end in manifest) + other[place:]


def jpeg_without(signed: bytes) -> bytes:
    """The same picture data with the manifest segments left out."""
    kept = [signed[:2]]
    end = 2
    for marker, start, end in _segments(signed):
        if marker != _APP11:
            kept.append(signed[start:end])
    return b"".join(kept) + signed[end:]


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of each segment before the picture data (ITU-T T.81, annex B)."""
    at = 2
    while data[at + 1] != _START_OF_SCAN:
        (length,) = struct.unpack_from(">H", data, at + 2)
        yield data[at + 1], at, at + 2 + length
        at += 2 + length


def wav_into(signed: bytes, original: bytes, other: bytes) -> bytes:
    """`signed` with the sound data of `original` replaced by that of `other`, which has the same length."""
    before, after = wav_samples(original), wav_samples(other)
    if len(before) != len(after) or signed.count(before) != 1:
        raise ValueError("the sounds do not have the same shape")
    return signed.replace(before, after)


def wav_samples(data: bytes) -> bytes:
    """What the `data` chunk of a WAV file holds."""
    at = 12
    while data[at : at + 4] != b"data":
        at += 8 + struct.unpack_from("<I", data, at + 4)[0]
    (length,) = struct.unpack_from("<I", data, at + 4)
    return data[at + 8 : at + 8 + length]


def mp4_into(signed: bytes, other: bytes) -> bytes:
    """The film of `other` with the manifest box of `signed`, after its file type box."""
    manifest = next(signed[start:end] for kind, start, end in _boxes(signed) if _is_manifest(signed, kind, start))
    _kind, _start, place = next(_boxes(other))
    return other[:place] + manifest + _shifted(other, len(manifest))[place:]


def _is_manifest(data: bytes, kind: bytes, start: int) -> bool:
    return kind == b"uuid" and data[start + 8 : start + 24] == _C2PA_BOX


def _boxes(data: bytes, at: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """Type, start and end of each box (ISO/IEC 14496-12, "Object structure"); sizes of 32 bits only."""
    while at < (len(data) if end is None else end):
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind, at, at + size
        at += size


def _shifted(data: bytes, by: int) -> bytes:
    """The same file with every chunk offset raised, as if `by` bytes stood before the media data."""
    moved = bytearray(data)
    waiting = [(0, len(data))]
    while waiting:
        for kind, start, end in _boxes(data, *waiting.pop()):
            if kind in _CONTAINERS:
                waiting.append((start + 8, end))
            elif kind == b"stco":
                (count,) = struct.unpack_from(">I", data, start + 12)
                offsets = struct.unpack_from(f">{count}I", data, start + 16)
                struct.pack_into(f">{count}I", moved, start + 16, *(offset + by for offset in offsets))
    return bytes(moved)


def png_with_text(data: bytes, keyword: str, text: str) -> bytes:
    """The same PNG with a text chunk after its header (PNG specification, "tEXt")."""
    body = keyword.encode("latin-1") + b"\0" + text.encode("latin-1")
    chunk = struct.pack(">I", len(body)) + b"tEXt" + body + struct.pack(">I", zlib.crc32(b"tEXt" + body))
    header_end = 8 + 25
    return data[:header_end] + chunk + data[header_end:]
