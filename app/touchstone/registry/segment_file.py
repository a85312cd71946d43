"""How a segment of fingerprints lies in its file, and which segments an index has: for readers with numpy and without.

What a segment is for stands in `touchstone.registry.segments`.
"""

from __future__ import annotations

import json
import re
import struct
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

from touchstone.registry.index_files import LIST

MOST_ROWS = 1 << 24
MAGIC = b"TouchPDQ"
HEADER = struct.Struct("<8s16sQQIBB18x")  # magic, identity, low, high, rows, banded, consecutive
ALIGN = 64
_NAME = re.compile(r"\d{1,19}-\d{1,19}-[0-9a-f]{8}\.pdq")
_MOST_SEGMENTS = 64
_LARGEST_LIST = 64 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Bands:
    """How a hash is cut into words: the width of each in bits, and within how many bits of it a search looks.

    Every hash within `RADIUS` bits is found where the radii, and one more for each band, sum up to more than that.
    """

    widths: tuple[int, ...]
    radii: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.widths)

    @property
    def starts(self) -> tuple[int, ...]:
        """Where in the table of beginnings each band has its own: one for each bucket, and where the last one ends."""
        return tuple(accumulate(((1 << width) + 1 for width in self.widths[:-1]), initial=0))

    @property
    def table(self) -> int:
        """How many beginnings there are."""
        return sum((1 << width) + 1 for width in self.widths)


NARROW = Bands((16,) * 16, (1,) * 16)
# For large segments: words that are rarer by themselves, so that fewer rows have to be compared.
WIDE = Bands((20,) * 9 + (19,) * 4, (2,) * 6 + (1,) * 7)
_CUTS = (None, NARROW, WIDE)


class SegmentError(Exception):
    """Not a segment, or not of this mirror, or cut short."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Where things are in a file. `banded` is 0 where there are no bands, 1 for narrow and 2 for wide ones."""

    rows: int
    banded: int
    consecutive: bool

    @property
    def bands(self) -> Bands:
        """The bands; the narrow ones where there are none."""
        return _CUTS[self.banded] or NARROW

    @property
    def halves_at(self) -> int:
        """The halves of the hashes."""
        return HEADER.size + (0 if self.consecutive else padded(self.rows * 4))

    @property
    def begins_at(self) -> int:
        """Where each bucket of each band begins."""
        return self.halves_at + padded(self.rows * 16)

    @property
    def lower_at(self) -> int:
        """The lower 16 bits of the rows in the buckets."""
        return self.begins_at + padded(self.bands.table * 4)

    @property
    def upper_at(self) -> int:
        """The upper 8 bits of them."""
        return self.lower_at + padded(self.bands.count * self.rows * 2)

    @property
    def size(self) -> int:
        """Of the whole file, in bytes."""
        return self.upper_at + padded(self.bands.count * self.rows) if self.banded else self.begins_at


@dataclass(frozen=True, slots=True)
class Head:
    """What the beginning of a file says: ids from `low` up to, not including, `high`."""

    low: int
    high: int
    shape: Shape


def read_head(file: BinaryIO, size: int, identity: bytes) -> Head:
    """The head of a file of `size` bytes.

    Raises:
        SegmentError: it is no segment of this mirror.
    """
    head = file.read(HEADER.size)
    if len(head) != HEADER.size:
        raise SegmentError
    magic, owner, low, high, rows, banded, consecutive = HEADER.unpack(head)
    if banded >= len(_CUTS):
        raise SegmentError
    shape = Shape(rows, banded, bool(consecutive))
    if magic != MAGIC or owner != identity or size != shape.size or rows > MOST_ROWS:
        raise SegmentError
    return Head(low, high, shape)


def padded(size: int) -> int:
    """The next multiple of the alignment."""
    return -(-size // ALIGN) * ALIGN


def listed(folder: Path) -> list[str]:
    """The names of the segments of an index, in order; none where there is no index.

    Raises:
        OSError: the list cannot be read.
        ValueError: it is none.
    """
    try:
        with (folder / LIST).open("rb") as file:
            document = json.loads(file.read(_LARGEST_LIST))
    except FileNotFoundError:
        return []
    names = document["segments"] if isinstance(document, dict) and "segments" in document else None
    if not isinstance(names, list) or len(names) > _MOST_SEGMENTS:
        raise ValueError("no list of segments")
    if not all(isinstance(name, str) and _NAME.fullmatch(name) for name in names):
        raise ValueError("no names of segments")
    return names
