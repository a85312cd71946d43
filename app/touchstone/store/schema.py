"""The history database: its tables, and how an older one becomes this one.

`PRAGMA user_version` is the number of migrations that were applied. A migration that was released is never changed;
a new one is added at the end. Each runs in one transaction together with its number.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

Migration = tuple[str, ...]

# A search reads one index from end to end and never the table: `haystack` stands in each (and so does `deleted`, always
# 0 there), which costs about 200 bytes a row and index and keeps a search of 100,000 rows under 50 ms in every order.
_FIRST: Migration = (
    """
    CREATE TABLE entry (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        created TEXT NOT NULL,
        path BLOB NOT NULL,
        name TEXT NOT NULL,
        sort_name TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        kind TEXT NOT NULL,
        answer TEXT NOT NULL,
        headline TEXT NOT NULL,
        haystack TEXT NOT NULL,
        deleted INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX entry_by_created ON entry (created, id, answer, haystack, deleted) WHERE deleted = 0",
    "CREATE INDEX entry_by_name ON entry (sort_name, id, answer, haystack, deleted) WHERE deleted = 0",
    "CREATE INDEX entry_by_answer ON entry (answer, id, haystack, deleted) WHERE deleted = 0",
    "CREATE INDEX entry_by_bytes ON entry (bytes, id, answer, haystack, deleted) WHERE deleted = 0",
    "CREATE INDEX entry_deleted ON entry (deleted) WHERE deleted <> 0",
    "CREATE INDEX entry_by_sha256 ON entry (sha256) WHERE deleted = 0",
    """
    CREATE TABLE content (
        id INTEGER PRIMARY KEY REFERENCES entry (id) ON DELETE CASCADE,
        report BLOB NOT NULL,
        thumbnail BLOB,
        width INTEGER NOT NULL DEFAULT 0,
        height INTEGER NOT NULL DEFAULT 0
    )
    """,
)

MIGRATIONS: Sequence[Migration] = (_FIRST,)


def version_of(connection: sqlite3.Connection) -> int:
    """How many migrations the database has had."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Apply what is missing. `connection` is in autocommit mode; another process doing the same is waited for.

    Raises:
        sqlite3.Error: a statement failed; that migration left nothing behind.
    """
    while version_of(connection) < len(migrations):
        connection.execute("BEGIN IMMEDIATE")
        try:
            version = version_of(connection)  # again, now that nobody else can write
            if version < len(migrations):
                for statement in migrations[version]:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
