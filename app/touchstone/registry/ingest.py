"""Events become rows of the mirror, in the order of the chain, and are taken out again by block."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from touchstone.chain import event_types as e
from touchstone.chain.logs import Log
from touchstone.registry import signers

_NONE = bytes(32)


class Ingest:
    """Adds events to a mirror, inside a transaction of its caller's. Make one for each transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        (self.next_id, self._count) = connection.execute("SELECT next_id, registrations FROM mirror").fetchone()
        self._addresses: dict[bytes, int] = {}
        self._publishers: set[int] = set()
        self._first: tuple[bytes, int] = (b"", 0)  # a transaction, and the row that holds its hash

    def add(self, log: Log, event: e.Event) -> None:
        """One event. They come in the order of the chain."""
        if isinstance(event, (e.Registered, e.BatchItem)):
            self._register(log, event)
        elif isinstance(event, e.RootRegistered):
            self._root(log, event)
        elif isinstance(event, (e.Revoked, e.LeafRevoked, e.RootRevoked)):
            self._withdraw(log, event)
        else:
            self._publishers.add(event.publisher)
            signers.keep(self._connection, log, event)

    def finish(self) -> None:
        """Bring what is derived up to date."""
        signers.derive(self._connection, self._publishers)
        self._connection.execute("UPDATE mirror SET next_id = ?, registrations = ?", (self.next_id, self._count))

    def _register(self, log: Log, event: e.Registered | e.BatchItem) -> None:
        tx: bytes | int = log.tx
        if isinstance(event, e.BatchItem):
            if self._first[0] == log.tx:
                tx = self._first[1]
            else:
                self._first = (log.tx, self.next_id)
        single = event if isinstance(event, e.Registered) else None
        self._connection.execute(
            "INSERT INTO registration VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            (
                self.next_id,
                event.sha256,
                _or_null(event.pdq),
                _or_null(event.manifest),
                _or_null(single.parent) if single else None,
                tx,
                log.block,
                log.time,
                log.index,
                event.publisher,
                self._address(event.signer),
                event.kind + 256 * event.flags,
                (single.uri or None) if single else None,
            ),
        )
        self.next_id += 1
        self._count += 1

    def _root(self, log: Log, event: e.RootRegistered) -> None:
        known = self._connection.execute("SELECT count FROM list WHERE root = ?", (event.root,)).fetchone()
        here = known is not None and known[0] == event.count
        self._connection.execute(
            "INSERT INTO root (root, publisher, signer, count, list_hash, uri, tx, block, log, time, state) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                event.root,
                event.publisher,
                self._address(event.signer),
                event.count,
                event.list_hash,
                event.uri,
                *_where(log),
                int(here),
            ),
        )

    def _withdraw(self, log: Log, event: e.Revoked | e.LeafRevoked | e.RootRevoked) -> None:
        file = None if isinstance(event, e.RootRevoked) else event
        leaf = event if isinstance(event, e.LeafRevoked) else None
        root = None if isinstance(event, e.Revoked) else event.root
        self._connection.execute(
            "INSERT INTO withdrawal (sha256, root, leaf, publisher, signer, reason, replacement, tx, block, log, time) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                file.sha256 if file else None,
                root,
                leaf.index if leaf else None,
                event.publisher,
                self._address(event.signer),
                event.reason,
                _or_null(file.replacement) if file else None,
                *_where(log),
            ),
        )

    def _address(self, address: bytes) -> int:
        known = self._addresses.get(address)
        if known is None:
            known = self._addresses[address] = address_id(self._connection, address)
        return known


def add_leaves(
    connection: sqlite3.Connection, root: bytes, leaves: Iterable[tuple[bytes, bytes | None, bytes | None]]
) -> int:
    """Keep the leaves (SHA-256, PDQ, manifest) of a Merkle batch in order; how many there were."""
    (next_id, count) = connection.execute("SELECT next_id, registrations FROM mirror").fetchone()
    first = next_id
    cursor = connection.execute("INSERT INTO list (root, first, count) VALUES (?, ?, 0)", (root, first))
    rows = (
        (first + index, sha256, pdq, manifest, index, cursor.lastrowid)
        for index, (sha256, pdq, manifest) in enumerate(leaves)
    )
    connection.executemany(
        "INSERT INTO registration (id, sha256, pdq, manifest, log, list) VALUES (?, ?, ?, ?, ?, ?)", rows
    )
    added = int(connection.execute("SELECT count(*) FROM registration WHERE id >= ?", (first,)).fetchone()[0])
    connection.execute("UPDATE list SET count = ? WHERE id = ?", (added, cursor.lastrowid))
    connection.execute("UPDATE mirror SET next_id = ?, registrations = ?", (first + added, count + added))
    return added


def roll_back(connection: sqlite3.Connection, block: int) -> None:
    """Take out everything that is in blocks after `block`, inside a transaction of the caller's."""
    kept = connection.execute("SELECT next_id FROM tail WHERE block <= ? ORDER BY block DESC LIMIT 1", (block,))
    first = (kept.fetchone() or (0,))[0]
    gone = connection.execute(
        "DELETE FROM registration WHERE id >= ? AND list IS NULL AND block > ?", (first, block)
    ).rowcount
    connection.execute("DELETE FROM root WHERE block > ?", (block,))
    orphans = "SELECT id, first, count FROM list WHERE NOT EXISTS (SELECT 1 FROM root WHERE root.root = list.root)"
    for list_id, start, count in connection.execute(orphans).fetchall():
        gone += connection.execute("DELETE FROM registration WHERE id >= ? AND id < ?", (start, start + count)).rowcount
        connection.execute("DELETE FROM list WHERE id = ?", (list_id,))
    connection.execute("DELETE FROM withdrawal WHERE block > ?", (block,))
    touched = connection.execute("SELECT DISTINCT publisher FROM publisher_event WHERE block > ?", (block,))
    publishers = {int(row[0]) for row in touched}
    connection.execute("DELETE FROM publisher_event WHERE block > ?", (block,))
    signers.derive(connection, publishers)
    connection.execute("DELETE FROM tail WHERE block > ?", (block,))
    connection.execute("UPDATE mirror SET registrations = registrations - ?", (gone,))


def address_id(connection: sqlite3.Connection, address: bytes) -> int:
    """The number that an address has in this mirror; it is given one where it has none."""
    found = connection.execute("SELECT id FROM address WHERE address = ?", (address,)).fetchone()
    if found:
        return int(found[0])
    return int(connection.execute("INSERT INTO address (address) VALUES (?)", (address,)).lastrowid or 0)


def _where(log: Log) -> tuple[Any, ...]:
    return log.tx, log.block, log.index, log.time


def _or_null(value: bytes) -> bytes | None:
    return None if value == _NONE else value
