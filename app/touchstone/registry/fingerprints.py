"""The index of a mirror's fingerprints: a few segments beside it, and a list of them that is replaced in one piece.

Segments cover ids in order and without gaps from 1 up to some id; rows after that are few and are read from the mirror.
New rows first go into a small segment without bands; when that is full it becomes one with bands, together with those
before it that are not several times as large, so that a mirror of any size has a handful.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from touchstone.registry import segments
from touchstone.registry.index_files import LIST, LOOSE, folder_of
from touchstone.registry.segment_file import listed
from touchstone.registry.segments import Hashes, Ids, Segment, SegmentError
from touchstone.store.files import make_folder, write_atomically

_UNBANDED = 1 << 13  # rows; searched in a few milliseconds, without numpy too
_TIMES = 4  # a segment this many times as large as what follows it stays as it is
_ATTEMPTS = 3
_AT_ONCE = 50_000  # rows
_IN_ORDER = 1_024  # candidates handed out together


class Fingerprints:
    """The segments of one mirror as they are now; `high` is the first id that is in none."""

    def __init__(self, segments_: list[Segment]) -> None:
        self.segments = segments_
        self.high = segments_[-1].high if segments_ else 1

    def search(self, queries: Sequence[bytes]) -> Iterator[tuple[int, int, int]]:
        """What may be near to a query: a bound for the distance from below, the row's id, and which query; in order.

        Nothing within `RADIUS` is left out. A row may come more than once.
        """
        asked = np.frombuffer(b"".join(queries), np.uint8).reshape(-1, 32)
        found = [near for segment in self.segments for near in segment.search(asked)]
        if not found:
            return
        ids, distances, numbers = (np.concatenate(part) for part in zip(*found, strict=True))
        order = np.lexsort((numbers, ids, distances))
        for start in range(0, len(order), _IN_ORDER):
            some = order[start : start + _IN_ORDER]
            yield from zip(distances[some].tolist(), ids[some].tolist(), numbers[some].tolist(), strict=True)


def load(path: Path, identity: bytes) -> Fingerprints:
    """The index of the mirror at `path`; an empty one where it has none, or none that can be used."""
    folder = folder_of(path)
    for _ in range(_ATTEMPTS):  # it may be replaced between the list and a segment
        with contextlib.suppress(OSError, ValueError, SegmentError):
            names = listed(folder)
            opened = [Segment(folder / name, identity) for name in names]
            if all(one.high == next_.low for one, next_ in pairwise(opened)) and (not opened or opened[0].low == 1):
                return Fingerprints(opened)
    return Fingerprints([])


def refresh(connection: sqlite3.Connection, path: Path) -> int:
    """Take what is new into the index, where that is enough to be worth it; the first id that is not in it then.

    `connection` is the mirror's, with no transaction open; the caller is its only writer.

    Raises:
        OSError: the disk refuses; the index is as it was.
        sqlite3.Error: the mirror cannot be read.
    """
    identity, next_id = connection.execute("SELECT identity, next_id FROM mirror").fetchone()
    present = load(path, identity)
    loose = _count(connection, present.high, next_id)
    if loose <= LOOSE:
        return present.high
    kept = list(present.segments)
    low, rows = present.high, loose
    while kept and (not kept[-1].banded or (rows > _UNBANDED and _joins(kept[-1], rows))):
        last = kept.pop()
        low, rows = last.low, rows + last.rows
    del present  # Windows removes no file that is mapped
    folder = folder_of(path)
    make_folder(folder)
    names = [listed(folder)[place] for place in range(len(kept))]
    for part_low, part_high in _parts(connection, low, next_id, rows):
        ids, hashes = _rows(connection, part_low, part_high)
        banded = len(ids) > _UNBANDED
        names.append(segments.write(folder, identity, (part_low, part_high), ids, hashes, banded=banded))
    write_atomically(folder / LIST, json.dumps({"segments": names}).encode())
    _clean(folder, names)
    return int(next_id)


def remove(path: Path) -> None:
    """Drop the index; the next refresh makes it anew."""
    folder = folder_of(path)
    with contextlib.suppress(OSError):
        (folder / LIST).unlink(missing_ok=True)
        _clean(folder, [])


def compare(rows: Iterable[tuple[int, bytes]], queries: Sequence[bytes], radius: int) -> list[tuple[int, int, int]]:
    """Distance, id and number of the query, for each pair of row and query that are within `radius`."""
    asked = np.frombuffer(b"".join(queries), np.uint64).reshape(-1, 4)
    found = []
    waiting = iter(rows)
    while some := list(islice(waiting, _AT_ONCE)):
        hashes = np.frombuffer(b"".join([pdq for _, pdq in some]), np.uint64).reshape(-1, 4)
        for number, query in enumerate(asked):
            near = np.bitwise_count(hashes ^ query).sum(axis=1, dtype=np.uint16)
            found += [(int(near[place]), some[place][0], number) for place in np.flatnonzero(near <= radius)]
    return found


def _joins(segment: Segment, rows: int) -> bool:
    return bool(segment.rows < _TIMES * rows and segment.rows + rows <= segments.MOST_ROWS)


def _parts(connection: sqlite3.Connection, low: int, high: int, rows: int) -> Iterator[tuple[int, int]]:
    """Ranges of ids with no more rows than a segment may have."""
    most = segments.MOST_ROWS
    while rows > most:
        sql = "SELECT id FROM registration WHERE id >= ? AND pdq IS NOT NULL ORDER BY id LIMIT 1 OFFSET ?"
        (middle,) = connection.execute(sql, (low, most)).fetchone()
        yield low, middle
        low, rows = middle, rows - most
    yield low, high


def _count(connection: sqlite3.Connection, low: int, high: int) -> int:
    if high - low <= LOOSE:
        return high - low
    sql = "SELECT count(*) FROM registration WHERE id >= ? AND pdq IS NOT NULL"
    return int(connection.execute(sql, (low,)).fetchone()[0])


def _rows(connection: sqlite3.Connection, low: int, high: int) -> tuple[Ids, Hashes]:
    """The ids and hashes of a range, read in pieces so that each is in memory once."""
    cursor = connection.execute(
        "SELECT id, pdq FROM registration WHERE id >= ? AND id < ? AND length(pdq) = 32", (low, high)
    )
    ids: list[Any] = []
    hashes: list[Any] = []
    while some := cursor.fetchmany(_AT_ONCE):
        ids.append(np.fromiter((row[0] for row in some), np.int64, len(some)))
        hashes.append(np.frombuffer(b"".join([row[1] for row in some]), np.uint8).reshape(-1, 32))
    if not ids:
        return np.empty(0, np.int64), np.empty((0, 32), np.uint8)
    return np.concatenate(ids), np.concatenate(hashes)


def _clean(folder: Path, names: list[str]) -> None:
    """Remove segments that are not listed; one that somebody still reads may have to wait for the next time."""
    for path in folder.glob("*.pdq"):
        if path.name not in names:
            with contextlib.suppress(OSError):
                path.unlink()
