"""Files of PDQ hashes that are searched without reading them: every hash within `RADIUS` bits is found.

Two hashes that differ in at most 31 of 256 bits differ in at most one bit of at least one of their sixteen 16-bit words
(two bits in each would be 32). So a segment holds, for each of the sixteen words (bands), its rows sorted by that word;
a search looks into the 17 buckets within one bit of the asked word, in every band, and compares what it finds. Only
half of each hash is kept for that: 128 bits already tell nearly everything apart, and a distance over half the bits is
never more than over all. Whoever searches compares in full what is left. Where words are so unevenly spread that the
buckets hold more than a quarter of the segment, and in small segments, which have no bands, all halves are compared.

The file: a header, the ids of the rows (32 bits, from the lowest on; left out where they are consecutive), the halves
(words 0, 2, ... 14), then where each bucket of each band begins, and band after band the numbers of the rows, the lower
16 bits of them all and after that the upper 8. Each part starts at a multiple of 64 bytes. Little-endian.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from touchstone.registry.lookup_types import RADIUS
from touchstone.registry.segment_file import (
    ALIGN,
    BANDS,
    BUCKETS,
    HEADER,
    MAGIC,
    MOST_ROWS,
    SegmentError,
    Shape,
    read_head,
)

__all__ = ["MOST_ROWS", "Segment", "SegmentError", "halves", "write"]

_MASKS = np.array([0, *(1 << bit for bit in range(16))], np.uint16)
_SHARED = 1 << 21  # rows from which on queries are shared among the cores
_AT_ONCE = 12_000  # rows: arrays of so many stay in the cache, and in memory that this process has already
_TOO_MANY = 4  # of so many rows one, in the buckets: comparing all of them in order is as quick

Hashes = NDArray[np.uint8]  # (n, 32)
Words = NDArray[np.uint16]
Halves = NDArray[np.uint64]  # (n, 2)
Ids = NDArray[np.int64]
Rows = NDArray[np.intp]
Near = tuple[Ids, NDArray[np.uint8], NDArray[np.intp]]  # ids, distances over half the bits, which query


def halves(hashes: Hashes) -> Halves:
    """The part of each hash that a segment keeps."""
    return np.ascontiguousarray(_words(hashes)[:, ::2]).view(np.uint64)


def write(folder: Path, identity: bytes, span: tuple[int, int], ids: Ids, hashes: Hashes, *, banded: bool) -> str:
    """Write a segment of the rows that have a hash among the ids `span`; the name of its file.

    Raises:
        OSError: the disk refuses; nothing is left behind.
    """
    low, high = span
    shape = Shape(len(ids), banded, bool(len(ids)) and int(ids[0]) == low and int(ids[-1]) - low + 1 == len(ids))
    path = folder / f"{low}-{high}-{secrets.token_hex(4)}.pdq"
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(HEADER.pack(MAGIC, identity, low, high, shape.rows, shape.banded, shape.consecutive))
            if not shape.consecutive:
                _put(file, (ids - low).astype("<u4"))
            _put(file, halves(hashes))
            if banded:
                _put_bands(file, shape, _words(hashes))
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path.name


def _put_bands(file: BinaryIO, shape: Shape, words: Words) -> None:
    begins = np.zeros((BANDS, BUCKETS + 1), "<u4")
    upper = np.empty((BANDS, shape.rows), np.uint8)
    file.seek(shape.lower_at)
    for band in range(BANDS):
        column = np.ascontiguousarray(words[:, band])
        np.cumsum(np.bincount(column, minlength=BUCKETS), out=begins[band, 1:])
        order = np.argsort(column, kind="stable").astype(np.uint32)
        upper[band] = order >> 16
        file.write(order.astype("<u2").data.cast("B"))
    file.seek(shape.upper_at)
    _put(file, upper)
    file.seek(shape.begins_at)
    _put(file, begins + (np.arange(BANDS, dtype="<u4") * shape.rows)[:, None])


class Segment:
    """A segment, mapped into memory: what a search does not touch is not read.

    Raises:
        SegmentError: it is none of this mirror.
        OSError: it is not there.
    """

    def __init__(self, path: Path, identity: bytes) -> None:
        with path.open("rb") as file:
            head = read_head(file, os.fstat(file.fileno()).st_size, identity)
            self._map: Any = np.memmap(file, np.uint8, "r")
        shape = head.shape
        self.low, self.high = head.low, head.high
        self.rows, self.banded, self._shape = shape.rows, shape.banded, shape
        self._halves = self._part(
            shape.halves_at, shape.rows * 16, np.complex128
        )  # as one number each: taken in one piece
        self._ids = None if shape.consecutive else self._part(HEADER.size, shape.rows * 4, np.uint32)
        if shape.banded:
            self._begins = self._part(shape.begins_at, BANDS * (BUCKETS + 1) * 4, np.uint32)
            self._lower = self._part(shape.lower_at, BANDS * shape.rows * 2, np.uint16)
            self._upper = self._part(shape.upper_at, BANDS * shape.rows, np.uint8)

    def search(self, queries: Hashes) -> Iterator[Near]:
        """What may be within `RADIUS` of each query: all that is, and little else; a row may come more than once."""
        each = enumerate(zip(halves(queries), _words(queries), strict=True))
        shared = self.rows >= _SHARED and len(queries) > 1
        yield from filter(None, _pool().map(self._near, each) if shared else map(self._near, each))

    def _near(self, query: tuple[int, tuple[Halves, Words]]) -> Near | None:
        number, (half, words) = query
        found = self._in_buckets(half, words) if self.banded else None
        rows, near = self._everywhere(half) if found is None else found
        return (self._named(rows), near, np.full(len(rows), number)) if len(rows) else None

    def _in_buckets(self, half: Halves, words: Words) -> tuple[Rows, NDArray[np.uint8]] | None:
        """The rows in buckets next to those of a query; None where these are too many."""
        keys = _keys(words)
        begins = self._begins.take(keys).astype(np.intp)
        lengths = np.maximum(self._begins.take(keys + 1).astype(np.intp) - begins, 0)
        total = int(lengths.sum())
        if total * _TOO_MANY > self.rows:
            return None
        step = max(1, len(keys) * _AT_ONCE // max(1, total))
        pieces = [
            self._compared(begins[at : at + step], lengths[at : at + step], half) for at in range(0, len(keys), step)
        ]
        return np.concatenate([rows for rows, _ in pieces]), np.concatenate([near for _, near in pieces])

    def _compared(self, begins: Rows, lengths: Rows, half: Halves) -> tuple[Rows, NDArray[np.uint8]]:
        """Those near to a query, of what is in some buckets."""
        places = np.repeat(begins - np.cumsum(lengths) + lengths, lengths)
        places += np.arange(len(places))
        # Clipped: a file that was tampered with must do no more than mislead.
        rows = self._lower.take(places, mode="clip").astype(np.intp)
        rows |= self._upper.take(places, mode="clip").astype(np.intp) << 16
        rows = np.minimum(rows, self.rows - 1)
        return _close(rows, self._halves.take(rows, mode="clip"), half)

    def _everywhere(self, half: Halves) -> tuple[Rows, NDArray[np.uint8]]:
        found = []
        for start in range(0, self.rows, _AT_ONCE):
            some = self._halves[start : start + _AT_ONCE]
            found.append(_close(np.arange(start, start + len(some)), some, half))
        if not found:
            return np.empty(0, np.intp), np.empty(0, np.uint8)
        return np.concatenate([rows for rows, _ in found]), np.concatenate([near for _, near in found])

    def _named(self, rows: Rows) -> Ids:
        ids: Ids = rows + self.low if self._ids is None else self._ids[rows].astype(np.int64) + self.low
        return ids

    def _part(self, at: int, size: int, kind: Any) -> NDArray[Any]:
        # As a plain array: a memmap's own type makes every index ten times as slow.
        part: NDArray[Any] = np.asarray(self._map)[at : at + size].view(kind)
        return part


@cache
def _pool() -> ThreadPoolExecutor:
    """Threads for the queries of one question: numpy lets go of the interpreter while it works."""
    return ThreadPoolExecutor(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())


def _keys(words: Words) -> NDArray[np.intp]:
    """Where in the table of beginnings the 17 buckets of each band are."""
    base = np.arange(BANDS)[:, None] * (BUCKETS + 1)
    return ((words[:, None] ^ _MASKS) + base).ravel()


def _close(rows: Rows, kept: NDArray[np.complex128], half: Halves) -> tuple[Rows, NDArray[np.uint8]]:
    parts = kept.view(np.uint64)
    near = np.bitwise_count(parts[0::2] ^ half[0])
    near += np.bitwise_count(parts[1::2] ^ half[1])
    chosen = np.flatnonzero(near <= RADIUS)
    return rows[chosen], near[chosen]


def _words(hashes: Hashes) -> Words:
    return np.ascontiguousarray(hashes).view("<u2").reshape(-1, BANDS)


def _put(file: BinaryIO, part: NDArray[Any]) -> None:
    if part.size:
        file.write(np.ascontiguousarray(part).data.cast("B"))
    file.write(b"\0" * (-part.nbytes % ALIGN))
