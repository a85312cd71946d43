"""The practice ledger's file as it is written: made, kept aside where damaged, changed a whole block at a time."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.ledger_rows import IN_BLOCK, SCHEMA, VERSION, BlockRow
from touchstone.chain.ledger_store import chain_error, connect, version_of
from touchstone.store.files import free_name, locked, make_file, make_folder

_WAIT = 10.0  # seconds for another writer, as SQLite's own
_SIDE_FILES = ("-shm", "-wal", "")


class LedgerFile:
    """The one connection that writes to the ledger at `path`.

    Processes take turns through SQLite's own lock, threads through one here; both wait for ten seconds. `kept` is the
    name under which a damaged file was put aside when this one was opened, "" where nothing was wrong.

    Raises:
        ChainError: NEWER, READ_ONLY, FULL, BUSY: the file cannot be opened or made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kept = ""
        self._lock = threading.Lock()
        try:
            make_folder(path.parent)
            with locked(path.with_suffix(".lock")):  # one at a time decides what state the file is in
                self._connection = self._open()
                self._identity = identity(path)
        except (sqlite3.Error, OSError) as error:
            raise chain_error(error) from error

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    @property
    def in_place(self) -> bool:
        """Whether this is still the file that stands at `path`."""
        return identity(self.path) == self._identity

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: what is done with the connection is on the disk when this ends, or none of it is.

        Raises:
            ChainError: BUSY, FULL, READ_ONLY, DAMAGED or FAILED; nothing was changed.
        """
        if not self._lock.acquire(timeout=_WAIT):
            raise ChainError(ChainTrouble.BUSY)
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise chain_error(error) from error
        finally:
            self._lock.release()

    def note(self, name: str, value: int) -> None:
        """Keep a number beside the blocks.

        Raises:
            ChainError: as above.
        """
        with self.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def copy(self) -> Path:
        """A copy of everything, beside the ledger. Consistent, whoever writes meanwhile.

        Raises:
            ChainError: there is no room, or it cannot be read.
        """
        target = free_name(self.path, datetime.now(UTC).strftime("kept-%Y%m%dT%H%M%SZ"))
        try:
            make_file(target)
            with contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copy, self._reading() as source:
                source.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")  # one file, complete in itself
        except (sqlite3.Error, OSError) as error:
            with contextlib.suppress(OSError):
                target.unlink()
            raise chain_error(error) from error
        return target

    def shrink(self) -> None:
        """Give room back to the disk, as far as nobody is reading."""
        with contextlib.suppress(sqlite3.Error), self._lock:
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(connect(self.path, "rw")) as connection:
            yield connection

    def _open(self) -> sqlite3.Connection:
        _refuse_odd(self.path)
        try:
            return self._connect()
        except sqlite3.DatabaseError as error:
            if chain_error(error).code is not ChainTrouble.DAMAGED:
                raise
        self.kept = _set_aside(self.path).name
        return self._connect()

    def _connect(self) -> sqlite3.Connection:
        make_file(self.path)  # SQLite would let others read what it makes
        connection = connect(self.path, "rwc")
        try:
            version_of(connection)
            connection.execute("PRAGMA journal_mode = WAL")
            # A transaction that was answered must outlive a power cut, so every commit reaches the disk.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA fullfsync = ON")
            connection.execute("SELECT hash, data FROM node LIMIT 1").fetchone() if version_of(connection) else None
        except BaseException:
            connection.close()
            raise
        return connection


def set_aside(path: Path, found: tuple[int, int]) -> Path:
    """Rename a ledger that is damaged, so that another can be begun; returns where it is kept.

    `found` is the `identity` of the damaged one: where another process was faster, its new one stays.

    Raises:
        ChainError: the folder cannot be written to.
    """
    try:
        with locked(path.with_suffix(".lock")):
            return _set_aside(path) if identity(path) == found else path
    except OSError as error:
        raise chain_error(error) from error


def identity(path: Path) -> tuple[int, int]:
    """Device and number of the file at `path`; zeros for none."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_dev, found.st_ino)


def _set_aside(path: Path) -> Path:
    aside = free_name(path, datetime.now(UTC).strftime("damaged-%Y%m%dT%H%M%SZ"))
    for suffix in _SIDE_FILES:  # the database last: a log that is left would be taken for the next one's
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    return aside


def make_tables(connection: sqlite3.Connection) -> None:
    """Make the tables, inside a transaction, so that they are there together with the first block or not at all."""
    for statement in SCHEMA:
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")


def empty_tables(connection: sqlite3.Connection) -> None:
    """Take out everything, inside a transaction."""
    for table in ("meta", "node", "block", "tx", "log"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - the names above


def insert_block(connection: sqlite3.Connection, row: BlockRow) -> None:
    """Add a block."""
    connection.execute(f"INSERT INTO block VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608


def insert_nodes(connection: sqlite3.Connection, nodes: dict[bytes, bytes]) -> None:
    """Add nodes of the state; one that is there already is the same."""
    connection.executemany("INSERT OR IGNORE INTO node VALUES (?, ?)", nodes.items())


def place(block: int, index: int) -> int:
    """The id of something in a block."""
    return block << IN_BLOCK | index


def _refuse_odd(path: Path) -> None:
    """Opening a pipe would wait for ever.

    Raises:
        OSError: there is something that is no file.
    """
    if os.path.lexists(path) and path.exists() and not stat.S_ISREG(path.stat().st_mode):
        raise OSError("not a file")
