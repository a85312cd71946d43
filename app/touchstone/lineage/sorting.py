"""Sorting more rows than memory should hold: sorted runs in a temporary file, merged range by range.

A row is 32 bytes of an item, and perhaps a byte of flags after it. Rows of one item become one, their flags joined.
Memory is about four times the budget, whatever the rows are like, sorted, all alike or made to be awkward: ranges are
cut at samples of every run, so none holds more than twice the rows of a run.
"""

from __future__ import annotations

import bisect
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from types import TracebackType
from typing import IO, Self

import numpy as np
from numpy.typing import NDArray

from touchstone.lineage.items_types import ITEM, Cancel, ItemsError, check
from touchstone.store.files import Trouble, trouble_of

Rows = NDArray[np.uint8]  # (rows, 32 or 33)

BUDGET = 16 << 20  # bytes of a run
_TAKEN = 1 << 14  # items taken from an iterable at once


def rows_of(items: Iterable[bytes]) -> Iterator[Rows]:
    """Items in blocks of rows.

    Raises:
        ItemsError: bad-item: one is not 32 bytes.
    """
    source = iter(items)
    while some := list(islice(source, _TAKEN)):
        try:
            joined = b"".join(some) if all(len(item) == ITEM for item in some) else b""
        except TypeError:  # it is no bytes at all
            joined = b""
        if not joined:
            raise ItemsError("bad-item")
        yield np.frombuffer(joined, np.uint8).reshape(-1, ITEM)


class Sorter:
    """Takes rows in any order, gives them back sorted. Its temporary file has no name and goes with it."""

    def __init__(self, width: int = ITEM, *, budget: int = BUDGET, cancel: Cancel = None) -> None:
        self._width, self._cancel = width, cancel
        self._run: Rows = np.empty((max(2, budget // width), width), np.uint8)
        self._filled = 0
        self._file: IO[bytes] | None = None
        self._runs: list[tuple[int, int]] = []  # first row and end of each in the file
        self._taken = self._given = 0

    @property
    def duplicates(self) -> int:
        """How many rows were joined with another, once all were given back."""
        return self._taken - self._given

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, rows: Rows) -> None:
        """Take rows of this width.

        Raises:
            ItemsError: no-room, unwritable: the temporary file cannot be written; stopped.
        """
        self._taken += len(rows)
        while len(rows):
            check(self._cancel)
            fits = min(len(rows), len(self._run) - self._filled)
            self._run[self._filled : self._filled + fits] = rows[:fits]
            self._filled += fits
            rows = rows[fits:]
            if self._filled == len(self._run):
                self._keep()

    def blocks(self) -> Iterator[Rows]:
        """All rows, ascending by item, one for each item, in blocks. Once.

        Raises:
            ItemsError: as `add`; unreadable.
        """
        found: Iterable[Rows] = [distinct(self._run[: self._filled])] if self._filled and not self._runs else []
        if self._runs:
            if self._filled:
                self._keep()
            self._run = self._run[:0]
            found = self._merged()
        for block in found:
            check(self._cancel)
            self._given += len(block)
            yield block

    def _keep(self) -> None:
        """Put the run that is in memory, sorted, behind the others."""
        rows = distinct(self._run[: self._filled])
        self._filled = 0
        first = self._runs[-1][1] if self._runs else 0
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="touchstone-")  # noqa: SIM115 - closed with the sorter
            self._file.write(rows.data)
            self._file.flush()
        except OSError as error:
            raise ItemsError("no-room" if trouble_of(error) is Trouble.FULL else "unwritable") from error
        self._runs.append((first, first + len(rows)))

    def _merged(self) -> Iterator[Rows]:
        most = max(end - first for first, end in self._runs)
        stride = max(1, most // len(self._runs))
        samples = sorted(
            self._row(row) for first, end in self._runs for row in range(first + stride - 1, end - 1, stride)
        )
        starts = [first for first, _end in self._runs]
        for bound in samples[len(self._runs) - 1 :: len(self._runs)]:
            ends = [
                bisect.bisect_right(range(end), bound, lo=start, key=self._row)
                for start, (_first, end) in zip(starts, self._runs, strict=True)
            ]
            yield from self._joined(starts, ends)
            starts = ends
        yield from self._joined(starts, [end for _first, end in self._runs])

    def _joined(self, starts: list[int], ends: list[int]) -> Iterator[Rows]:
        parts = [self._read(start, end) for start, end in zip(starts, ends, strict=True) if end > start]
        if parts:
            yield distinct(np.concatenate(parts), sorted_in_parts=True)

    def _row(self, row: int) -> bytes:
        return self._read(row, row + 1).tobytes()[:ITEM]

    def _read(self, start: int, end: int) -> Rows:
        if self._file is None:
            return np.empty((0, self._width), np.uint8)
        try:
            self._file.seek(start * self._width)
            found = self._file.read((end - start) * self._width)
        except OSError as error:
            raise ItemsError("unreadable") from error
        if len(found) != (end - start) * self._width:
            raise ItemsError("unreadable")
        return np.frombuffer(found, np.uint8).reshape(-1, self._width)


def distinct(rows: Rows, *, sorted_in_parts: bool = False) -> Rows:
    """Rows ascending by item, one for each. They are sorted where they are, if they can be."""
    width = rows.shape[1]
    rows = np.require(rows, requirements=["C", "W"])
    rows.view(f"S{width}").ravel().sort(kind="stable" if sorted_in_parts else None)
    first = np.ones(len(rows), np.bool_)
    first[1:] = differs(rows)
    if first.all():
        return rows
    kept: Rows = rows[first]
    if width > ITEM:
        kept[:, ITEM] = np.bitwise_or.reduceat(rows[:, ITEM], np.flatnonzero(first))
    return kept


def differs(rows: Rows) -> NDArray[np.bool_]:
    """Whether the item of each row, but the first, is another than that of the row before."""
    items = texts(rows)
    found: NDArray[np.bool_] = items[1:] != items[:-1]
    return found


def texts(rows: Rows) -> NDArray[np.bytes_]:
    """The items of rows as fixed-width strings, which numpy compares as unsigned bytes, zeros at the end included."""
    return np.ascontiguousarray(rows[:, :ITEM]).view(f"S{ITEM}").ravel()
