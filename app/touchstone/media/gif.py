"""The frames of a GIF, counted by walking its blocks (GIF89a specification, sections 17 to 27)."""

from __future__ import annotations

from typing import BinaryIO

_MAX_BYTES = 64 << 20
_IMAGE, _EXTENSION = 0x2C, 0x21


def count_frames(file: BinaryIO, limit: int) -> int:
    """How many frames, at most `limit`; leaves the file's position where it was."""
    here = file.tell()
    try:
        file.seek(0)
        return _walk(file.read(_MAX_BYTES), limit)
    finally:
        file.seek(here)


def _walk(data: bytes, limit: int) -> int:
    at = 13 + _table(data, 10)
    frames = 0
    while at < len(data) and frames < limit:
        block = data[at]
        if block == _IMAGE:
            frames += 1
            at = _skip(data, at + 11 + _table(data, at + 9))
        elif block == _EXTENSION:
            at = _skip(data, at + 2)
        else:
            break
    return frames


def _table(data: bytes, at: int) -> int:
    """The size of a colour table, from the packed byte that announces it."""
    packed = data[at] if at < len(data) else 0
    return 3 * (2 << (packed & 7)) if packed & 0x80 else 0


def _skip(data: bytes, at: int) -> int:
    """Past a chain of sub-blocks."""
    while at < len(data) and data[at]:
        at += data[at] + 1
    return at + 1
