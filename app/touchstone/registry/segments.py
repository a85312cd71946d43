"""Files of PDQ hashes that are searched without reading them: every hash within `RADIUS` bits is found.

Two hashes that differ in at most 31 of 256 bits differ in at most one bit of at least one of their sixteen 16-bit words
(two bits in each would be 32). So a segment holds, for each of the sixteen words (bands), its rows sorted by that word;
a search looks into the 17 buckets within one bit of the asked word, in every band, and compares what it finds. Large
segments are cut into thirteen words instead, of which six are searched within two bits and seven within one (three bits
in each of the six and two in each of the seven would be 32): more buckets, but with a third of the rows in all. Only
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
from itertools import combinations
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from touchstone.registry.lookup_types import RADIUS
from touchstone.registry.segment_file import (
    ALIGN,
    HEADER,
    MAGIC,
    MOST_ROWS,
    NARROW,
    Bands,
    SegmentError,
    Shape,
    read_head,
)

__all__ = ["MOST_ROWS", "Segment", "SegmentError", "halves", "write"]

_WIDE = 1 << 22  # rows from which on wide bands find fewer of them
_SHARED = 1 << 21  # rows from which on queries are shared among the cores
_AT_ONCE = 16_000  # rows: arrays of so many stay in the cache, and in memory that this process has already
_TOO_MANY = 4  # of so many rows one, in the buckets: comparing all of them in order is as quick

Hashes = NDArray[np.uint8]  # (n, 32)
Words = NDArray[np.integer[Any]]  # (n, bands)
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
    consecutive = bool(len(ids)) and int(ids[0]) == low and int(ids[-1]) - low + 1 == len(ids)
    shape = Shape(len(ids), banded * (1 + (len(ids) >= _WIDE)), consecutive)
    path = folder / f"{low}-{high}-{secrets.token_hex(4)}.pdq"
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(HEADER.pack(MAGIC, identity, low, high, shape.rows, shape.banded, shape.consecutive))
            if not shape.consecutive:
                _put(file, (ids - low).astype("<u4"))
            _put(file, halves(hashes))
            if banded:
                _put_bands(file, shape, hashes)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path.name


def _put_bands(file: BinaryIO, shape: Shape, hashes: Hashes) -> None:
    bands = shape.bands
    begins = np.zeros(bands.table, "<u4")
    upper = np.empty((bands.count, shape.rows), np.uint8)
    file.seek(shape.lower_at)
    for band, (start, width) in enumerate(zip(bands.starts, bands.widths, strict=True)):
        column = _column(hashes, sum(bands.widths[:band]), width)
        begins[start] = band * shape.rows
        begins[start + 1 : start + 1 + (1 << width)] = np.cumsum(np.bincount(column, minlength=1 << width))
        begins[start + 1 : start + 1 + (1 << width)] += np.uint32(band * shape.rows)
        order = _sorted_by(column)
        upper[band] = order >> 16
        file.write(order.astype("<u2").data.cast("B"))
    file.seek(shape.upper_at)
    _put(file, upper)
    file.seek(shape.begins_at)
    _put(file, begins)


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
            bands = shape.bands
            self._begins = self._part(shape.begins_at, bands.table * 4, np.uint32)
            self._lower = self._part(shape.lower_at, bands.count * shape.rows * 2, np.uint16)
            self._upper = self._part(shape.upper_at, bands.count * shape.rows, np.uint8)

    def search(self, queries: Hashes) -> Iterator[Near]:
        """What may be within `RADIUS` of each query: all that is, and little else; a row may come more than once."""
        each = enumerate(zip(halves(queries), _cut(queries, self._shape.bands), strict=True))
        shared = self.rows >= _SHARED and len(queries) > 1
        yield from filter(None, _pool().map(self._near, each) if shared else map(self._near, each))

    def _near(self, query: tuple[int, tuple[Halves, Words]]) -> Near | None:
        number, (half, words) = query
        found = self._in_buckets(half, words) if self.banded else None
        rows, near = self._everywhere(half) if found is None else found
        return (self._named(rows), near, np.full(len(rows), number)) if len(rows) else None

    def _in_buckets(self, half: Halves, words: Words) -> tuple[Rows, NDArray[np.uint8]] | None:
        """The rows in buckets next to those of a query; None where these are too many."""
        keys = _keys(words, self._shape.bands)
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


def _keys(words: Words, bands: Bands) -> NDArray[np.intp]:
    """Where in the table of beginnings the buckets are that are near to a query's."""
    which, flips, starts = _neighbours(bands)
    found: NDArray[np.intp] = (words.take(which) ^ flips) + starts
    return found


@cache
def _neighbours(bands: Bands) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Of each bucket that is looked into: the band, the bits in which it differs, and where the band's table starts."""
    which, flips, starts = [], [], []
    for band, (width, radius, start) in enumerate(zip(bands.widths, bands.radii, bands.starts, strict=True)):
        near = [
            sum(1 << bit for bit in bits) for count in range(radius + 1) for bits in combinations(range(width), count)
        ]
        which += [band] * len(near)
        flips += near
        starts += [start] * len(near)
    return np.array(which), np.array(flips), np.array(starts)


def _cut(hashes: Hashes, bands: Bands) -> Words:
    """The words of each hash."""
    if bands == NARROW:
        return _words(hashes)
    offsets = [sum(bands.widths[:band]) for band in range(bands.count)]
    return np.stack([_column(hashes, at, w) for at, w in zip(offsets, bands.widths, strict=True)], axis=1)


def _column(hashes: Hashes, offset: int, width: int) -> NDArray[np.intp]:
    """One word of each hash: `width` bits from bit `offset` on, the lowest bit of a byte first."""
    first, shift = divmod(offset, 8)
    word = np.zeros(len(hashes), np.intp)
    for place in range(-(-(shift + width) // 8)):
        word |= hashes[:, first + place].astype(np.intp) << (8 * place)
    return (word >> shift) & ((1 << width) - 1)


def _sorted_by(column: NDArray[np.intp]) -> NDArray[np.uint32]:
    """The rows in the order of their words. Sixteen bits at a time, because numpy counts those instead of comparing."""
    order = np.argsort(column.astype(np.uint16), kind="stable")
    upper = (column >> 16).astype(np.uint16)
    if upper.any():
        order = order[np.argsort(upper[order], kind="stable")]
    return order.astype(np.uint32)


def _close(rows: Rows, kept: NDArray[np.complex128], half: Halves) -> tuple[Rows, NDArray[np.uint8]]:
    parts = kept.view(np.uint64)
    near = np.bitwise_count(parts[0::2] ^ half[0])
    near += np.bitwise_count(parts[1::2] ^ half[1])
    chosen = np.flatnonzero(near <= RADIUS)
    return rows[chosen], near[chosen]


def _words(hashes: Hashes) -> NDArray[np.uint16]:
    return np.ascontiguousarray(hashes).view("<u2").reshape(-1, NARROW.count)


def _put(file: BinaryIO, part: NDArray[Any]) -> None:
    if part.size:
        file.write(np.ascontiguousarray(part).data.cast("B"))
    file.write(b"\0" * (-part.nbytes % ALIGN))
