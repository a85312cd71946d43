"""What a snapshot holds of court and pool: their logs as they came, in the order of the chain.

All else about cases is worked out from them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from touchstone.chain.court_topics import COURT_TOPICS
from touchstone.chain.errors import ChainError
from touchstone.registry import court_rows
from touchstone.registry.court_rows import KINDS, MOST_DATA, CourtIngest
from touchstone.registry.records import Value

LOG = "C"
_WORD = 32
_TOPICS = {name: topic for topic, name in COURT_TOPICS.items()}


class UnsoundCourt(Exception):  # noqa: N818 - said as damaged
    """A record that no mirror has."""


def content(connection: sqlite3.Connection, block: int) -> Iterator[tuple[Value, ...]]:
    """The records of everything up to `block`."""
    sql = (
        "SELECT block, place, time, tx, pool, kind, topics, data FROM court_event WHERE block <= ? "
        "ORDER BY block, place"
    )
    for *where, pool, kind, topics, data in connection.execute(sql, (block,)):
        yield (LOG, *where, pool, _TOPICS[KINDS[kind]], topics, data)


class RestoreCourt:
    """Fills the tables of the court of an empty mirror, inside a transaction of the caller's, up to `block`.

    Without `keep` records are looked at and dropped: they are of another court than the mirror's.
    """

    def __init__(self, connection: sqlite3.Connection, block: int, *, keep: bool) -> None:
        self._ingest, self._block, self._keep = CourtIngest(connection), block, keep
        self._last = (-1, -1)

    def add(self, record: Sequence[Value]) -> None:
        """The next record.

        Raises:
            UnsoundCourt: it is none that may come here.
        """
        if len(record) != 9:
            raise UnsoundCourt
        _, block, place, time, tx, pool, first, topics, data = record
        if not isinstance(block, int) or not isinstance(place, int) or not isinstance(time, int):
            raise UnsoundCourt
        if block > self._block or place >> 40 or time >> 40 or pool not in {0, 1} or (block, place) <= self._last:
            raise UnsoundCourt
        if not isinstance(tx, bytes) or len(tx) != _WORD or not isinstance(first, bytes) or first not in COURT_TOPICS:
            raise UnsoundCourt
        if not isinstance(topics, bytes) or not isinstance(data, bytes) or len(topics) % _WORD or len(data) > MOST_DATA:
            raise UnsoundCourt
        self._last = (block, place)
        kind = KINDS.index(COURT_TOPICS[first])
        try:
            if self._keep:
                self._ingest.insert((block, place, time, tx, pool, kind, topics, data))
            else:
                court_rows.decoded(kind, topics, data)
        except ChainError as error:
            raise UnsoundCourt from error

    def finish(self) -> None:
        """Work out what follows from the records."""
        self._ingest.finish()
