"""Four bytes by which a file is found in a mirror.

Of a few million nearly all differ, and they take an eighth of the room that hashes would. They depend on a key that no
other mirror has, so that nobody can register files that all have the same.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable


def key_of(connection: sqlite3.Connection) -> bytes:
    """The key of a mirror."""
    key: bytes = connection.execute("SELECT identity FROM mirror").fetchone()[0]
    return key


def tag(key: bytes, sha256: bytes) -> int:
    """The tag of a file, as SQLite keeps it in four bytes."""
    return int.from_bytes(hashlib.blake2b(sha256, digest_size=4, key=key).digest(), signed=True)


def add(connection: sqlite3.Connection, key: bytes, files: Iterable[tuple[bytes, int]], table: str = "tag") -> None:
    """Tag rows, given as SHA-256 and id."""
    tagged = sorted((tag(key, sha256), row) for sha256, row in files)  # in order, they fill whole pages
    connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", tagged)  # noqa: S608 - our own names


def remove(connection: sqlite3.Connection, key: bytes, files: Iterable[tuple[bytes, int]], table: str = "tag") -> None:
    """Take the tags off rows, given as SHA-256 and id."""
    connection.executemany(
        f"DELETE FROM {table} WHERE tag = ? AND id = ?",  # noqa: S608 - our own names
        ((tag(key, sha256), row) for sha256, row in files),
    )
