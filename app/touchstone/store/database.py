"""One SQLite file: opened whatever state it is in, read and written from any thread and several processes."""

from __future__ import annotations

import contextlib
import errno
import shutil
import sqlite3
import stat
import struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from touchstone.report import Message
from touchstone.store.files import Trouble, free_name, locked, make_file, make_folder, trouble_of
from touchstone.store.schema import MIGRATIONS, Migration, migrate, version_of

T = TypeVar("T")

_BUSY_SECONDS = 5.0
_CACHE_KIB = 32 * 1024  # at most; one index of 100,000 rows fits
_HEADER = 100  # bytes; https://www.sqlite.org/fileformat2.html#the_database_header
_USER_VERSION = slice(60, 64)
_SIDE_FILES = ("", "-wal", "-shm")
_SIDE_FILES_TAKE = 64 * 1024  # bytes, before anything is written
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_TROUBLES = {
    sqlite3.SQLITE_READONLY: Trouble.READ_ONLY,
    sqlite3.SQLITE_PERM: Trouble.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: Trouble.READ_ONLY,
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_BUSY: Trouble.BUSY,
    sqlite3.SQLITE_LOCKED: Trouble.BUSY,
    sqlite3.SQLITE_CORRUPT: Trouble.DAMAGED,
    sqlite3.SQLITE_NOTADB: Trouble.DAMAGED,
}


class StoreError(Exception):
    """The database could not do what was asked; nothing of it was done."""

    def __init__(self, code: Trouble) -> None:
        super().__init__(str(code))
        self.code = code


def trouble_in(error: sqlite3.Error) -> Trouble:
    """The code for what SQLite said."""
    code = getattr(error, "sqlite_errorcode", None)
    return Trouble.FAILED if code is None else _TROUBLES.get(code & 0xFF, Trouble.FAILED)


class _NewerError(Exception):
    """A newer version of the application wrote this."""


@dataclass(frozen=True, slots=True)
class _Open:
    reader: sqlite3.Connection
    writer: sqlite3.Connection
    read_only: bool
    file: tuple[int, int]  # device and inode

    def close(self) -> None:
        self.reader.close()
        self.writer.close()


class Database:
    """A database at `path`, with one connection for reading and one for writing.

    Opening never fails and never destroys: `notices` says what was found, and a database that cannot be used is off,
    so that `read` and `write` raise `StoreError`. What may be found:

    - `history-damaged` {untrusted_kept}: not a database, or damaged. It was moved aside and a new one was begun.
    - `history-newer` {untrusted_kept, untrusted_used}: a newer version wrote it. It stays in its place, untouched, and
      this version keeps its own file beside it.
    - `history-read-only` {}: what is there can be read; nothing is added.
    - `history-off` {why: a `Trouble`}: there is no history until this is put right.

    `durable` is whether what was written also outlives a power failure the moment after.
    """

    def __init__(self, path: Path, migrations: Sequence[Migration] = MIGRATIONS, *, durable: bool = False) -> None:
        self.path = path
        self._migrations = migrations
        self._synchronous = "FULL" if durable else "NORMAL"
        self._read_lock = threading.Lock()
        self._write_lock = threading.Lock()
        self._notices: list[Message] = []
        self._open: _Open | None = None
        self._why = Trouble.FAILED
        self._start()

    @property
    def notices(self) -> tuple[Message, ...]:
        """What was found so far, in order."""
        return tuple(self._notices)

    @property
    def readable(self) -> bool:
        """Whether there is anything to read from."""
        return self._open is not None

    @property
    def writable(self) -> bool:
        """Whether anything can be added, as far as is known."""
        return self._open is not None and not self._open.read_only

    def close(self) -> None:
        """Close both connections; whatever is asked afterwards raises `StoreError`."""
        with self._write_lock, self._read_lock:
            if self._open is not None:
                self._open.close()
            self._open = None

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` returns, given the connection for reading. It must not keep the connection.

        Raises:
            StoreError: off, or the disk refuses.
        """
        return self._run(self._read_lock, lambda opened: work(opened.reader))

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` returns, run in one transaction: all of it is kept or nothing.

        Raises:
            StoreError: off, read-only, full, or another process kept it busy for five seconds.
        """
        self._follow()
        return self._run(self._write_lock, lambda opened: _in_transaction(opened.writer, work))

    def shrink(self) -> None:
        """Give the space of what was deleted back to the disk, as far as nobody else is reading.

        Raises:
            StoreError: off, or the disk refuses; nothing is lost.
        """
        self._run(self._write_lock, lambda opened: _shrink(opened.writer))

    def _run(self, lock: threading.Lock, work: Callable[[_Open], T]) -> T:
        """Run `work`; where the database turns out to be damaged, once more on a new one."""
        for attempt in (1, 2):
            with lock:
                opened = self._open
                if opened is None:
                    raise StoreError(self._why)
                try:
                    return work(opened)
                except sqlite3.Error as error:
                    code = trouble_in(error)
                    if attempt == 2 or code is not Trouble.DAMAGED or opened.read_only:
                        raise StoreError(code) from error
            self._reopen(opened, damaged=True)
        raise AssertionError  # the second attempt returns or raises

    def _follow(self) -> None:
        """Open again where another process moved the file away: what is written must be found there later."""
        opened = self._open
        if opened is not None and not opened.read_only and _file_at(self.path) != opened.file:
            self._reopen(opened, damaged=False)

    def _reopen(self, opened: _Open, *, damaged: bool) -> None:
        with self._write_lock, self._read_lock:
            if self._open is opened:  # else another thread was here first
                opened.close()
                self._open = None
                self._start(damaged=opened.file if damaged else None)

    def _start(self, damaged: tuple[int, int] | None = None) -> None:
        """Open whatever is there. `damaged` is a file known to be so, to be moved aside if it is still in place."""
        try:
            make_folder(self.path.parent)
        except OSError as error:
            self._off(trouble_of(error))
            return
        # One process at a time decides what state the file is in; without a lock file there is nothing to write to.
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(OSError):
                stack.enter_context(locked(self.path.with_name("history.lock")))
            try:
                self._find(damaged)
            except sqlite3.Error as error:
                code = trouble_in(error)
                self._off(Trouble.FULL if code is Trouble.FAILED and _no_room(self.path.parent) else code)
            except OSError as error:
                self._off(trouble_of(error))

    def _find(self, damaged: tuple[int, int] | None) -> None:
        try:
            if damaged is not None and _file_at(self.path) == damaged:
                self._set_aside()
            self._open = self._connect_or_set_aside()
        except _NewerError:
            newer = self.path
            self.path = newer.with_name(f"{newer.stem}-v{len(self._migrations)}{newer.suffix}")
            self._tell("history-newer", untrusted_kept=newer.name, untrusted_used=self.path.name)
            with contextlib.suppress(_NewerError):  # two in a row is no accident: off
                self._open = self._connect_or_set_aside()
        if self._open is None:
            self._off(Trouble.NEWER)
        elif self._open.read_only:
            self._tell("history-read-only")

    def _connect_or_set_aside(self) -> _Open:
        try:
            return self._connect()
        except sqlite3.Error as error:
            code = trouble_in(error)
            if code is Trouble.READ_ONLY:
                return self._connect_read_only()
            if code is not Trouble.DAMAGED:
                raise
        self._set_aside()
        return self._connect()

    def _connect(self) -> _Open:
        _refuse_odd_or_newer(self.path, len(self._migrations))
        make_file(self.path)  # SQLite would let others read what it makes
        with contextlib.ExitStack() as stack:
            writer = _connection(self.path, "rwc", stack)
            if version_of(writer) > len(self._migrations):  # it stood in the write-ahead log
                raise _NewerError
            writer.execute("PRAGMA journal_mode = WAL")
            writer.execute(f"PRAGMA synchronous = {self._synchronous}")
            writer.execute("PRAGMA foreign_keys = ON")
            writer.execute("PRAGMA secure_delete = ON")
            migrate(writer, self._migrations)
            reader = _connection(self.path, "rw", stack)
            reader.execute("PRAGMA query_only = ON")
            opened = _Open(reader, writer, read_only=False, file=_file_at(self.path))
            stack.pop_all()
            return opened

    def _connect_read_only(self) -> _Open:
        """The database in a folder where nothing can be written, not even the files beside it."""
        try:
            return self._connect_as("ro")
        except sqlite3.Error:
            return self._connect_as("ro&immutable=1")

    def _connect_as(self, mode: str) -> _Open:
        with contextlib.ExitStack() as stack:
            connection = _connection(self.path, mode, stack)
            if version_of(connection) != len(self._migrations):
                self._why = Trouble.READ_ONLY
                raise OSError(errno.EROFS, "an older database cannot be brought up to date here")
            opened = _Open(connection, connection, read_only=True, file=_file_at(self.path))
            stack.pop_all()
            return opened

    def _set_aside(self) -> None:
        stamp = datetime.now(UTC).strftime("damaged-%Y%m%dT%H%M%SZ")
        aside = free_name(self.path, stamp)
        for suffix in _SIDE_FILES:
            with contextlib.suppress(FileNotFoundError):
                self.path.with_name(self.path.name + suffix).rename(aside.with_name(aside.name + suffix))
        self._tell("history-damaged", untrusted_kept=aside.name)

    def _off(self, why: Trouble) -> None:
        self._why = why
        self._tell("history-off", why=str(why))

    def _tell(self, code: str, **params: str) -> None:
        self._notices.append(Message(code, params))


def _no_room(folder: Path) -> bool:
    """Whether the disk is full, which SQLite does not say where it is the files beside the database that lack room."""
    try:
        return shutil.disk_usage(folder).free < _SIDE_FILES_TAKE
    except OSError:
        return False


def _connection(path: Path, mode: str, stack: contextlib.ExitStack) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode={mode}",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,  # used by one thread at a time: each has its lock
    )
    stack.callback(connection.close)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # reads it: what is no database says so here
    return connection


def _in_transaction(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def _shrink(connection: sqlite3.Connection) -> None:
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def _refuse_odd_or_newer(path: Path, known: int) -> None:
    """Look at the file's first bytes, because opening a newer database would already change files beside it.

    Raises:
        OSError: there is something that is no file (opening a pipe would wait for ever).
        _NewerError: its version is greater than `known`.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise OSError(errno.EINVAL, "not a file")
        with path.open("rb") as file:
            header = file.read(_HEADER)
    except FileNotFoundError:
        return
    if len(header) == _HEADER and header.startswith(b"SQLite format 3\0"):
        (version,) = struct.unpack(">i", header[_USER_VERSION])
        if version > known:
            raise _NewerError


def _file_at(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_dev, found.st_ino)
