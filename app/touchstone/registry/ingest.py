"""Events become rows of the mirror, in the order of the chain, and are taken out again by block."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from touchstone.chain import event_types as e
from touchstone.chain.logs import Log
from touchstone.registry import court_rows, model_rows, signers, tags

_NONE = bytes(32)

Registrant = tuple[int, bytes, int, int]  # publisher, signer, kind, flags


class Ingest:
    """Adds events to a mirror, inside a transaction of its caller's. Make one for each transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        (self.next_id, self._count) = connection.execute("SELECT next_id, registrations FROM mirror").fetchone()
        self._registrants = Registrants(connection)
        self._publishers: set[int] = set()
        self._files: list[tuple[bytes, int]] = []
        self._first: tuple[bytes, int] = (b"", 0)  # a transaction, and the row that holds its hash

    def add(self, log: Log, event: e.Event) -> None:
        """One event. They come in the order of the chain."""
        if isinstance(event, (e.Registered, e.BatchItem)):
            self._register(log, event)
        elif isinstance(event, e.RootRegistered):
            self._root(log, event)
        elif isinstance(event, (e.Revoked, e.LeafRevoked, e.RootRevoked)):
            self._withdraw(log, event)
        elif isinstance(event, e.PublisherEvent):
            self._publishers.add(event.publisher)
            signers.keep(self._connection, log, event)
        else:
            model_rows.keep(self._connection, log, event)

    def finish(self) -> None:
        """Bring what is derived up to date."""
        signers.derive(self._connection, self._publishers)
        tags.add(self._connection, tags.key_of(self._connection), self._files)
        self._connection.execute("UPDATE mirror SET next_id = ?, registrations = ?", (self.next_id, self._count))

    def _register(self, log: Log, event: e.Registered | e.BatchItem) -> None:
        tx: bytes | int = log.tx
        if isinstance(event, e.BatchItem):
            if self._first[0] == log.tx:
                tx = self._first[1]
            else:
                self._first = (log.tx, self.next_id)
        single = event if isinstance(event, e.Registered) else None
        row = (
            event.sha256,
            _or_null(event.pdq),
            _or_null(event.manifest),
            _or_null(single.parent) if single else None,
            tx,
            log.block,
            log.time,
            self._registrants.number((event.publisher, event.signer, event.kind, event.flags)),
            (single.uri or None) if single else None,
            None,
        )
        self._files.append((event.sha256, self.next_id))
        self._insert("registration", row)
        self._count += 1

    def _root(self, log: Log, event: e.RootRegistered) -> None:
        known = self._connection.execute("SELECT count FROM list WHERE root = ?", (event.root,)).fetchone()
        here = known is not None and known[0] == event.leaves
        what = (event.root, event.publisher, event.signer, event.leaves, event.list_hash, event.uri)
        self._insert("root", (*what, log.tx, log.block, log.time, int(here), "", 0))

    def _withdraw(self, log: Log, event: e.Revoked | e.LeafRevoked | e.RootRevoked) -> None:
        file = None if isinstance(event, e.RootRevoked) else event
        row = (
            file.sha256 if file else None,
            None if isinstance(event, e.Revoked) else event.root,
            event.leaf if isinstance(event, e.LeafRevoked) else None,
            event.publisher,
            event.signer,
            event.reason,
            _or_null(file.replacement) if file else None,
            log.tx,
            log.block,
            log.time,
        )
        self._insert("withdrawal", row)

    def _insert(self, table: str, row: tuple[object, ...]) -> None:
        marks = "?, " * len(row) + "?"
        self._connection.execute(f"INSERT INTO {table} VALUES ({marks})", (self.next_id, *row))  # noqa: S608 - ours
        self.next_id += 1


class Registrants:
    """The numbers of registrants in a mirror."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: dict[Registrant, int] = {}

    def number(self, who: Registrant) -> int:
        """The number of one; it is given one where it has none."""
        known = self._known.get(who)
        if known is None:
            sql = "SELECT id FROM registrant WHERE publisher = ? AND signer = ? AND kind = ? AND flags = ?"
            found = self._connection.execute(sql, who).fetchone()
            if found is None:
                sql = "INSERT INTO registrant (publisher, signer, kind, flags) VALUES (?, ?, ?, ?) RETURNING id"
                found = self._connection.execute(sql, who).fetchone()
            known = self._known[who] = int(found[0])
        return known


def add_leaves(
    connection: sqlite3.Connection, root: bytes, leaves: Sequence[tuple[bytes, bytes | None, bytes | None]]
) -> None:
    """Keep the leaves (SHA-256, PDQ, manifest) of a Merkle batch, in order."""
    (first, count) = connection.execute("SELECT next_id, registrations FROM mirror").fetchone()
    sql = "INSERT INTO list (root, first, count) VALUES (?, ?, ?)"
    list_id = connection.execute(sql, (root, first, len(leaves))).lastrowid
    connection.executemany(
        "INSERT INTO registration (id, sha256, pdq, manifest, list) VALUES (?, ?, ?, ?, ?)",
        ((row, *leaf, list_id) for row, leaf in enumerate(leaves, first)),
    )
    tags.add(connection, tags.key_of(connection), ((leaf[0], row) for row, leaf in enumerate(leaves, first)))
    connection.execute("UPDATE mirror SET next_id = ?, registrations = ?", (first + len(leaves), count + len(leaves)))


def roll_back(connection: sqlite3.Connection, block: int) -> None:
    """Take out everything that is in blocks after `block`, inside a transaction of the caller's."""
    kept = connection.execute("SELECT next_id FROM tail WHERE block <= ? ORDER BY block DESC LIMIT 1", (block,))
    first = (kept.fetchone() or (0,))[0]
    gone = _drop(connection, "id >= ? AND list IS NULL AND block > ?", (first, block))
    connection.execute("DELETE FROM root WHERE block > ?", (block,))
    gone += _drop_lists(connection)
    connection.execute("DELETE FROM withdrawal WHERE block > ?", (block,))
    touched = connection.execute("SELECT DISTINCT publisher FROM publisher_event WHERE block > ?", (block,)).fetchall()
    connection.execute("DELETE FROM publisher_event WHERE block > ?", (block,))
    signers.derive(connection, [publisher for (publisher,) in touched])
    connection.execute("DELETE FROM tail WHERE block > ?", (block,))
    model_rows.roll_back(connection, block)
    court_rows.roll_back(connection, block)
    connection.execute("UPDATE mirror SET registrations = registrations - ?", (gone,))


def _drop_lists(connection: sqlite3.Connection) -> int:
    """Drop the leaves of roots that nobody has registered any more; how many they were."""
    orphans = "SELECT id, first, count FROM list WHERE NOT EXISTS (SELECT 1 FROM root WHERE root.root = list.root)"
    gone = 0
    for list_id, first, count in connection.execute(orphans).fetchall():
        gone += _drop(connection, "id >= ? AND id < ?", (first, first + count))
        connection.execute("DELETE FROM list WHERE id = ?", (list_id,))
    return gone


def _drop(connection: sqlite3.Connection, which: str, values: tuple[int, int]) -> int:
    """Drop registrations; how many they were."""
    files = connection.execute(f"SELECT sha256, id FROM registration WHERE {which}", values).fetchall()  # noqa: S608
    tags.remove(connection, tags.key_of(connection), files)
    return connection.execute(f"DELETE FROM registration WHERE {which}", values).rowcount  # noqa: S608


def _or_null(value: bytes) -> bytes | None:
    return None if value == _NONE else value
