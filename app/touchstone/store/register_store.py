"""Opening a mirror: by anyone for reading, by one process at a time for writing."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from touchstone.store.database import StoreError, trouble_in
from touchstone.store.files import Trouble, free_name, make_file, make_folder, trouble_of
from touchstone.store.register_schema import APPLICATION_ID, MIGRATIONS, PAGE, WITH_FILES
from touchstone.store.schema import migrate, version_of

_BUSY_SECONDS = 5.0
_POLL_SECONDS = 0.02
_READER_CACHE_KIB = 8 * 1024
_WRITER_CACHE_KIB = 64 * 1024
_SIDE_FILES = ("", "-wal", "-shm")


def open_reader(path: Path, version: int = WITH_FILES) -> sqlite3.Connection | None:
    """A connection that only reads, for any thread that has it to itself; None where there is no mirror yet.

    `version` is the least that will do: a later one only adds tables, so that files are found in an older one too.

    Raises:
        StoreError: it is damaged, of a newer version, or cannot be read.
    """
    for mode in ("rw", "ro", "ro&immutable=1"):  # the first makes the files beside it that the second needs
        if not path.is_file():
            return None
        try:
            return _reader(path, mode, version)
        except sqlite3.Error as error:
            code = trouble_in(error)
            if code is not Trouble.READ_ONLY or mode.endswith("immutable=1"):
                raise StoreError(code) from error
    raise AssertionError  # the last mode returns or raises


def _reader(path: Path, mode: str, least: int) -> sqlite3.Connection | None:
    with contextlib.ExitStack() as stack:
        connection = _connect(path, mode, _READER_CACHE_KIB)
        stack.callback(connection.close)
        connection.execute("PRAGMA query_only = ON")
        version = version_of(connection)
        if version > len(MIGRATIONS):
            raise StoreError(Trouble.NEWER)
        if version < least:  # none, or an older one that its next sync brings up to date
            return None
        stack.pop_all()
        return connection


@contextlib.contextmanager
def writer(path: Path, patience: float = _BUSY_SECONDS) -> Iterator[sqlite3.Connection]:
    """A connection that writes, in autocommit mode, while nobody else has one. A damaged mirror is moved aside.

    Raises:
        StoreError: another process writes (`BUSY`, after `patience` seconds), or the disk refuses.
    """
    try:
        with _sole(path.with_name(path.name + ".lock"), patience):
            connection = _writable(path)
            try:
                yield connection
            finally:
                connection.close()
    except sqlite3.Error as error:
        raise StoreError(trouble_in(error)) from error
    except OSError as error:
        raise StoreError(trouble_of(error)) from error


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of what is done inside, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def checkpoint(connection: sqlite3.Connection) -> None:
    """Fold the write-ahead log into the database, as far as no reader is in the way."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def _writable(path: Path) -> sqlite3.Connection:
    try:
        return _prepared(path)
    except sqlite3.Error as error:
        if trouble_in(error) is not Trouble.DAMAGED:
            raise
    set_aside(path)
    return _prepared(path)


def set_aside(path: Path) -> Path:
    """Move a mirror out of the way, with the files beside it; where it is now."""
    aside = free_name(path, "damaged")
    for suffix in _SIDE_FILES:
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    return aside


def _prepared(path: Path) -> sqlite3.Connection:
    make_folder(path.parent)
    make_file(path)
    with contextlib.ExitStack() as stack:
        connection = _connect(path, "rwc", _WRITER_CACHE_KIB)
        stack.callback(connection.close)
        if version_of(connection) > len(MIGRATIONS):
            raise StoreError(Trouble.NEWER)
        if version_of(connection) == 0:
            connection.execute(f"PRAGMA page_size = {PAGE}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        migrate(connection, MIGRATIONS)
        stack.pop_all()
        return connection


def _connect(path: Path, mode: str, cache_kib: int) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode={mode}",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=64,
    )
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute(f"PRAGMA cache_size = -{cache_kib}")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def _sole(path: Path, patience: float) -> Iterator[None]:
    """Hold the lock file, which ends with its holder however that ends."""
    make_folder(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        until = time.monotonic() + patience
        while not _try_lock(descriptor):
            if time.monotonic() >= until:
                raise StoreError(Trouble.BUSY)
            time.sleep(_POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in {errno.EACCES, errno.EAGAIN, errno.EDEADLK}:
            return False
        raise
    return True
