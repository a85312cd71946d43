"""Registered files that look like a picture or a clip: PDQ hashes within `RADIUS` bits, all of them found.

The index of fingerprints says what may be near, the mirror what is: whatever the index names is compared in full with
the row that has this id now. Rows too new for the index are compared one by one.
"""

from __future__ import annotations

import heapq
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from touchstone.registry import claims, index_files, tags
from touchstone.registry.lookup_types import RADIUS, Similar

if TYPE_CHECKING:
    from touchstone.registry.fingerprints import Fingerprints
    from touchstone.registry.plain_fingerprints import PlainFingerprints

MOST_QUERIES = 256  # fingerprints in one question
MOST_PER_FRAME = 1_000  # votes of one frame of a clip, each for a file turned in one way: the nearest
_FEW_FRAMES = 2  # of a clip: more of them are quicker to look up with numpy, though it has to be loaded
_AT_ONCE = 256  # rows compared in full between two looks at whether that is enough
_FEW = 4_096  # rows that are compared without loading numpy
_NONE = bytes(32)

Candidate = tuple[int, int, int]  # a bound for the distance from below, the row's id, which of those asked for


@dataclass(frozen=True, slots=True)
class Hit:
    """The nearest fingerprint of one file: that of the registration `row`, from the one asked for as `query`."""

    sha256: bytes
    distance: int
    row: int
    query: int


@dataclass(slots=True)
class Index:
    """The index beside the mirror at `path`, opened when it is first needed and again whenever it was replaced.

    The first question is answered without numpy, if it is a `short` one, so that this is quicker than loading it.
    """

    path: Path
    _opened: Fingerprints | None = field(default=None)
    _key: object = field(default=None)
    _first: bool = field(default=True)

    def warm(self, *, short: bool) -> None:
        """Load the modules that the first question will need."""
        if index_files.stamp(self.path) is None:
            return
        if short:
            from touchstone.registry import plain_fingerprints  # noqa: F401
        else:
            from touchstone.registry import fingerprints  # noqa: F401

    def now(self, connection: sqlite3.Connection, *, short: bool = True) -> Fingerprints | PlainFingerprints | None:
        """What is indexed; None where nothing is, which takes no numpy to find out."""
        stamp = index_files.stamp(self.path)
        if stamp is None:
            self._opened = self._key = None
            return None
        key = (stamp, connection.execute("SELECT identity FROM mirror").fetchone())
        first, self._first = self._first and short and "numpy" not in sys.modules, False
        if first:
            from touchstone.registry import plain_fingerprints

            plain = plain_fingerprints.load(self.path, key[1][0])
            if plain is not None:
                return plain
        if key != self._key:
            from touchstone.registry import fingerprints

            self._opened, self._key = fingerprints.load(self.path, key[1][0]), key
        return self._opened


def pictures(connection: sqlite3.Connection, index: Index, pdqs: Sequence[str], limit: int) -> tuple[Similar, ...]:
    """See `Register.similar`."""
    queries = _parsed(pdqs)
    hits = _nearest(connection, index.now(connection), queries, limit)
    found = ((hit, claims.about(connection, hit.sha256)) for hit in hits)
    return tuple(Similar(hit.sha256.hex(), hit.distance, hit.query, said) for hit, said in found if said)


def clips(
    connection: sqlite3.Connection, index: Index, frames: Sequence[Sequence[str]], limit: int
) -> tuple[Similar, ...]:
    """See `Register.similar_video`."""
    asked = [_parsed(frame) for frame in frames]
    indexed = index.now(connection, short=len(frames) <= _FEW_FRAMES)
    votes: dict[tuple[bytes, int], list[Hit]] = {}
    for queries in asked:
        for hit in _nearest(connection, indexed, queries, MOST_PER_FRAME, each_way=True):
            votes.setdefault((hit.sha256, hit.query), []).append(hit)
    ranked = sorted((-len(hits), min((h.distance, h.row) for h in hits), turned) for turned, hits in votes.items())
    chosen: dict[bytes, Similar] = {}
    for count, (distance, _row), (sha256, way) in ranked:
        if len(chosen) == limit:
            break
        if sha256 in chosen:
            continue  # turned in another way, it looks like more of the frames
        needed = (min(len(frames), _frames_of(connection, sha256)) + 1) // 2
        said = claims.about(connection, sha256) if -count >= needed else ()
        if said:
            chosen[sha256] = Similar(sha256.hex(), distance, way, said, votes=-count)
    return tuple(chosen.values())


def _nearest(
    connection: sqlite3.Connection,
    indexed: Fingerprints | PlainFingerprints | None,
    queries: Sequence[bytes],
    most: int,
    *,
    each_way: bool = False,
) -> list[Hit]:
    """The `most` files that are nearest to any of the queries, nearest first; or to each of them, if `each_way`."""
    best: dict[tuple[bytes, int], Hit] = {}
    numbers = [int.from_bytes(query) for query in queries]
    candidates = _candidates(connection, indexed, queries)
    while some := list(islice(candidates, _AT_ONCE)):
        if len(best) >= most and heapq.nsmallest(most, (hit.distance for hit in best.values()))[-1] <= some[0][0]:
            break  # what is left is no nearer
        rows = _rows(connection, {row for _, row, _ in some})
        for _, row, query in some:
            if row not in rows:
                continue  # taken back by a reorganisation
            sha256, pdq = rows[row]
            distance = (pdq ^ numbers[query]).bit_count()
            key = sha256, query if each_way else 0
            known = best.get(key)
            if distance <= RADIUS and (known is None or (distance, row) < (known.distance, known.row)):
                best[key] = Hit(sha256, distance, row, query)
    return heapq.nsmallest(most, best.values(), key=lambda hit: (hit.distance, hit.row))


def _candidates(
    connection: sqlite3.Connection, indexed: Fingerprints | PlainFingerprints | None, queries: Sequence[bytes]
) -> Iterator[Candidate]:
    """What may be near, the most promising first. Queries without a fingerprint have none."""
    asked = [(number, query) for number, query in enumerate(queries) if query != _NONE]
    if not asked:
        return iter(())
    plain = [query for _, query in asked]
    loose = _loose(connection, 1 if indexed is None else indexed.high, plain)
    found = [loose] if indexed is None else [loose, indexed.search(plain)]
    return ((near, row, asked[place][0]) for near, row, place in heapq.merge(*found))


def _loose(connection: sqlite3.Connection, low: int, queries: Sequence[bytes]) -> Iterator[Candidate]:
    """Of the rows from the id `low` on, those that are near."""
    rows = connection.execute("SELECT id, pdq FROM registration WHERE id >= ? AND pdq IS NOT NULL", (low,))
    few = rows.fetchmany(_FEW)
    if len(few) == _FEW:
        from touchstone.registry import fingerprints

        return iter(sorted(fingerprints.compare([*few, *rows], queries, RADIUS)))
    values = [int.from_bytes(pdq) for _, pdq in few]
    near = []
    for number, query in enumerate(queries):
        distances = map(int.bit_count, map(int.from_bytes(query).__xor__, values))
        near += [
            (distance, row, number) for (row, _), distance in zip(few, distances, strict=True) if distance <= RADIUS
        ]
    return iter(sorted(near))


def _rows(connection: sqlite3.Connection, ids: set[int]) -> dict[int, tuple[bytes, int]]:
    marks = ", ".join("?" * len(ids))
    sql = f"SELECT id, sha256, pdq FROM registration WHERE id IN ({marks}) AND pdq IS NOT NULL"  # noqa: S608
    found = connection.execute(sql, tuple(ids)).fetchall()
    return {row: (sha256, int.from_bytes(pdq)) for row, sha256, pdq in found}


def _frames_of(connection: sqlite3.Connection, sha256: bytes) -> int:
    """How many fingerprints a file was registered with."""
    sql = (
        "SELECT count(DISTINCT r.pdq) FROM tag AS t JOIN registration AS r ON r.id = t.id "
        "WHERE t.tag = ? AND r.sha256 = ? AND r.pdq IS NOT NULL"
    )
    values = (tags.tag(tags.key_of(connection), sha256), sha256)
    return int(connection.execute(sql, values).fetchone()[0])


def _parsed(pdqs: Sequence[str]) -> list[bytes]:
    queries = [bytes.fromhex(pdq) for pdq in pdqs]
    if len(queries) > MOST_QUERIES or any(len(query) != len(_NONE) for query in queries):
        raise ValueError("not PDQ hashes")
    return queries
