"""Leaf lists of Merkle batches: fetching those that are missing, and what becomes of each."""

from __future__ import annotations

import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from touchstone.paths import Home
from touchstone.registry import leaves
from touchstone.registry.fetching import AGAIN, BAD, HERE, PENDING, Access, NotFetched, TooLarge, Unobtainable, obtain
from touchstone.registry.follow import OnProgress, Progress, Step
from touchstone.registry.ingest import add_leaves
from touchstone.registry.leaves import HEADER, MOST_LEAVES, LeavesError, ListTrouble
from touchstone.store.register_store import transaction

__all__ = ["BAD", "HERE", "PENDING", "Access", "NotFetched", "fetch", "own_folder"]

_LINE = 195  # bytes of the longest line


@dataclass(frozen=True, slots=True)
class _Root:
    row: int
    root: bytes
    count: int
    list_hash: bytes
    uri: str


def own_folder(home: Home) -> Path:
    """Where lists that were made on this computer are kept."""
    return home.registers / "lists"


def fetch(
    connection: sqlite3.Connection,
    access: Access,
    tell: OnProgress,
    cancel: threading.Event | None,
    *,
    again: bool = False,
) -> None:
    """Try to get what is missing, and keep what came of it; with `again` also what failed within the last hour.

    Raises:
        sqlite3.Error: the mirror cannot be written.
    """
    now = int(time.time())
    rows = connection.execute(
        "SELECT id, root, count, list_hash, uri FROM root WHERE state <> ? AND (? OR tried < ?) ORDER BY id",
        (HERE, again, now - AGAIN),
    ).fetchall()
    for number, row in enumerate(rows):
        if cancel is not None and cancel.is_set():
            return
        if connection.execute("SELECT state FROM root WHERE id = ?", row[:1]).fetchone() == (HERE,):
            continue  # came with another registration of the same root
        tell(Progress(Step.LISTS, number, len(rows)))
        _take(connection, _Root(*row), access, now)


def _take(connection: sqlite3.Connection, root: _Root, access: Access, now: int) -> None:
    try:
        data = _obtain(root, access)
        found = leaves.check(data, root=root.root, count=root.count, hashed=root.list_hash)
    except Unobtainable as error:
        _note(connection, root, PENDING, error.why, now)
    except TooLarge:
        _note(connection, root, BAD, ListTrouble.TOO_LARGE, now)
    except LeavesError as error:
        _note(connection, root, BAD, str(error.trouble), now)
    else:
        with transaction(connection):
            if connection.execute("SELECT 1 FROM list WHERE root = ?", (root.root,)).fetchone() is None:
                rows = [(leaf.sha256, _or_null(leaf.pdq), _or_null(leaf.manifest)) for leaf in found]
                add_leaves(connection, root.root, rows)
            connection.execute(
                "UPDATE root SET state = ?, why = '', tried = ? WHERE root = ? AND count = ?",
                (HERE, now, root.root, root.count),
            )


def _note(connection: sqlite3.Connection, root: _Root, state: int, why: str, now: int) -> None:
    connection.execute("UPDATE root SET state = ?, why = ?, tried = ? WHERE id = ?", (state, str(why), now, root.row))


def _obtain(root: _Root, access: Access) -> bytes:
    if root.count > MOST_LEAVES:
        raise TooLarge
    return obtain(leaves.file_name(root.root), root.uri, len(HEADER) + root.count * _LINE, access)


def _or_null(value: bytes) -> bytes | None:
    return value if any(value) else None
