"""The outermost boxes of an MP4-like file (ISO/IEC 14496-12), as far as they tell whether it is a whole file."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

_MOST = 256
_SEGMENT = frozenset({"styp", "moof", "sidx", "emsg", "prft"})
_DATA = frozenset({"mdat", "moof"})


def is_segment(media: BinaryIO) -> bool:
    """Whether the file is one piece of a stream, which means nothing without the piece that begins it."""
    return next(_types(media), "") in _SEGMENT


def lacks_data(media: BinaryIO) -> bool:
    """Whether the file is the beginning of a stream alone: described, but without any picture or sound."""
    found = set(_types(media))
    return "ftyp" in found and "moov" in found and not found & _DATA


def _types(media: BinaryIO) -> Iterator[str]:
    at, end = 0, media.seek(0, 2)
    for _ in range(_MOST):
        media.seek(at)
        head = media.read(16)
        if len(head) < 8:
            return
        size, name = struct.unpack("!I4s", head[:8])
        if size == 1 and len(head) == 16:
            (size,) = struct.unpack("!Q", head[8:])
        yield name.decode("ascii", "replace")
        if size < 8 or at + size > end:
            return
        at += size
