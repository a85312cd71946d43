"""The index of fingerprints read without numpy, which takes longer to load than one question to answer.

For a command that checks one file. It finds what `touchstone.registry.fingerprints` finds.
"""

from __future__ import annotations

import contextlib
import mmap
import os
from collections.abc import Iterator, Sequence
from itertools import pairwise
from operator import add, itemgetter
from pathlib import Path

from touchstone.registry.index_files import folder_of
from touchstone.registry.lookup_types import RADIUS
from touchstone.registry.segment_file import HEADER, NARROW, SegmentError, listed, read_head

_MOST_ROWS = 2_000_000  # above, loading numpy pays with the first question
_MOST_UNBANDED = 8_192
_MOST_COMPARED = 250_000  # rows, for all queries together: as long as numpy takes to load
_FLIPS = (0, *(1 << bit for bit in range(16)))
_STARTS = NARROW.starts


class PlainFingerprints:
    """The segments of one mirror as they are now; `high` is the first id that is in none."""

    def __init__(self, segments: list[_Segment], path: Path, identity: bytes) -> None:
        self.segments = segments
        self.high = segments[-1].high if segments else 1
        self._path, self._identity = path, identity

    def search(self, queries: Sequence[bytes]) -> Iterator[tuple[int, int, int]]:
        """As `fingerprints.Fingerprints.search`; by that one where words are so unevenly spread that it is quicker."""
        if sum(segment.to_compare(query) for query in queries for segment in self.segments) > _MOST_COMPARED:
            from touchstone.registry import fingerprints

            return fingerprints.load(self._path, self._identity).search(queries)
        found: set[tuple[int, int, int]] = set()
        for number, query in enumerate(queries):
            for segment in self.segments:
                found.update((distance, row, number) for distance, row in segment.search(query))
        return iter(sorted(found))


def load(path: Path, identity: bytes) -> PlainFingerprints | None:
    """The index of the mirror at `path`, if it is one that is read well like this."""
    folder = folder_of(path)
    with contextlib.suppress(OSError, ValueError, SegmentError):
        opened = [_Segment(folder / name, identity) for name in listed(folder)]
        whole = all(one.high == after.low for one, after in pairwise(opened)) and bool(opened) and opened[0].low == 1
        unbanded = sum(one.rows for one in opened if not one.banded)
        if whole and unbanded <= _MOST_UNBANDED and sum(one.rows for one in opened) <= _MOST_ROWS:
            return PlainFingerprints(opened, path, identity)
    return None


class _Segment:
    """One file, mapped into memory. Raises as `segments.Segment` does."""

    def __init__(self, path: Path, identity: bytes) -> None:
        with path.open("rb") as file:
            head = read_head(file, os.fstat(file.fileno()).st_size, identity)
            whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        shape = head.shape
        if shape.bands != NARROW:
            raise SegmentError  # one with so many rows is quicker to search with numpy, though that has to be loaded
        self.low, self.high, self.rows, self.banded = head.low, head.high, shape.rows, shape.banded
        halves = whole[shape.halves_at : shape.halves_at + shape.rows * 16].cast("Q")
        self._first, self._second = halves[::2], halves[1::2]
        self._ids = None if shape.consecutive else whole[HEADER.size : HEADER.size + shape.rows * 4].cast("I")
        if shape.banded:
            self._begins = whole[shape.begins_at : shape.begins_at + NARROW.table * 4].cast("I")
            self._lower = whole[shape.lower_at : shape.lower_at + NARROW.count * shape.rows * 2]
            self._upper = whole[shape.upper_at : shape.upper_at + NARROW.count * shape.rows]

    def to_compare(self, query: bytes) -> int:
        """How many rows a search looks at."""
        if not self.banded:
            return self.rows
        begins = self._begins
        return sum(max(0, begins[bucket + 1] - begins[bucket]) for bucket in _buckets(query))

    def search(self, query: bytes) -> Iterator[tuple[int, int]]:
        """Distances over half the bits, and ids, of what may be near."""
        rows = self._in_buckets(query) if self.banded else range(self.rows)
        try:
            kept = self._halves(rows)
        except IndexError:  # a file that was tampered with must do no more than mislead
            rows = [row for row in rows if row < self.rows]
            kept = self._halves(rows)
        words = _words(query)
        # Row by row, but nothing here is Python's own loop: that takes twice as long.
        bits = [
            map(int.bit_count, map(sum(words[8 * half + 2 * k] << 16 * k for k in range(4)).__xor__, kept[half]))
            for half in (0, 1)
        ]
        distances = list(map(add, *bits))
        if min(distances, default=RADIUS) > RADIUS:
            return
        for row, distance in zip(rows, distances, strict=True):
            if distance <= RADIUS:
                yield distance, self.low + (row if self._ids is None else self._ids[row])

    def _halves(self, rows: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
        """Both words of half the bits, of each row."""
        if not self.banded:
            return self._first.tolist(), self._second.tolist()
        if len(rows) < 2:  # of which `itemgetter` makes no tuple
            return [self._first[row] for row in rows], [self._second[row] for row in rows]
        pick = itemgetter(*rows)
        return pick(self._first), pick(self._second)

    def _in_buckets(self, query: bytes) -> list[int]:
        begins = self._begins
        spans = [(begins[bucket], begins[bucket + 1]) for bucket in _buckets(query)]
        lower = b"".join([self._lower[2 * start : 2 * end] for start, end in spans])
        rows = bytearray(2 * len(lower))
        rows[::4], rows[1::4] = lower[::2], lower[1::2]
        rows[2::4] = b"".join([self._upper[start:end] for start, end in spans])
        return memoryview(rows).cast("I").tolist()


def _words(query: bytes) -> list[int]:
    return memoryview(query).cast("H").tolist()


def _buckets(query: bytes) -> list[int]:
    """Where in the table of beginnings the 17 buckets of each band are."""
    return [start + (word ^ flip) for start, word in zip(_STARTS, _words(query), strict=True) for flip in _FLIPS]
