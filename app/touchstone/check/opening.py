"""Open a file that somebody named, as what it is, and tell whether it stayed the same.

Only regular files are opened. Every reader gets an open description of its own: two readers on one description share
its offset and both read garbage.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
import threading
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Self

_CHUNK = 1 << 20
_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
# A FIFO must not hold up the open, should one have taken the file's place since it was looked at.
_NOT_BLOCKING = getattr(os, "O_NONBLOCK", 0)


class OpenFailure(StrEnum):
    """Why a file could not be opened or read to its end."""

    MISSING = "missing"
    NO_PERMISSION = "no-permission"
    FOLDER = "folder"
    NOT_A_FILE = "not-a-file"
    CHANGED = "changed-while-read"
    IO = "io-error"


class OpenError(Exception):
    """The file could not be opened or read to its end."""

    def __init__(self, failure: OpenFailure) -> None:
        super().__init__(str(failure))
        self.failure = failure


class Stopped(Exception):  # noqa: N818 - not an error: somebody asked for it
    """The user stopped this check."""


class OpenedFile:
    """A regular file, open for reading; use it as a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            _refuse_special(path.stat().st_mode, path)
            self.fd = os.open(path, _FLAGS | _NOT_BLOCKING)
        except OSError as error:
            raise OpenError(_why(error)) from error
        except ValueError as error:  # a name no file can have
            raise OpenError(OpenFailure.MISSING) from error
        self._before = os.fstat(self.fd)
        try:
            _refuse_special(self._before.st_mode, path)
        except OpenError:
            os.close(self.fd)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)

    @property
    def size(self) -> int:
        """Its size in bytes when it was opened."""
        return self._before.st_size

    def head(self, size: int = 4096, at: int = 0) -> bytes:
        """Its first bytes, or those from `at` on.

        Raises:
            OpenError: it could not be read.
        """
        try:
            os.lseek(self.fd, at, os.SEEK_SET)
            return os.read(self.fd, size)
        except OSError as error:
            raise OpenError(_why(error)) from error

    def again(self) -> int:
        """A second, independent open description of the very same file; the caller closes it.

        Raises:
            OpenError: it cannot be opened again, or its path leads to another file by now.
        """
        try:
            try:
                fd = os.open(f"/proc/self/fd/{self.fd}", _FLAGS)
            except FileNotFoundError:
                fd = os.open(self.path, _FLAGS | _NOT_BLOCKING)
        except OSError as error:
            raise OpenError(_why(error)) from error
        now = os.fstat(fd)
        if (now.st_dev, now.st_ino) != (self._before.st_dev, self._before.st_ino):
            os.close(fd)
            raise OpenError(OpenFailure.CHANGED)
        return fd

    def sha256(self, cancel: threading.Event | None = None, on_bytes: Callable[[int], None] | None = None) -> str:
        """Lower-case hex SHA-256 of its bytes, read in pieces of one MiB.

        Raises:
            OpenError: it could not be read to its end, or has changed since it was opened.
            Stopped: `cancel` was set.
        """
        digest, buffer, done = hashlib.sha256(), bytearray(_CHUNK), 0
        view = memoryview(buffer)
        try:
            os.lseek(self.fd, 0, os.SEEK_SET)
            while count := os.readv(self.fd, [buffer]) if hasattr(os, "readv") else _read_into(self.fd, view):
                if cancel is not None and cancel.is_set():
                    raise Stopped
                digest.update(view[:count])
                done += count
                if on_bytes is not None:
                    on_bytes(done)
        except OSError as error:
            raise OpenError(_why(error)) from error
        self.refuse_changed()
        return digest.hexdigest()

    def refuse_changed(self) -> None:
        """Make sure that nobody has written to the file since it was opened.

        Raises:
            OpenError: its size or its time stamps are others than before.
        """
        now = os.fstat(self.fd)
        if (now.st_size, now.st_mtime_ns) != (self._before.st_size, self._before.st_mtime_ns):
            raise OpenError(OpenFailure.CHANGED)


def anonymous_file(data: bytes) -> BinaryIO:
    """An open file without a name that holds `data`, at its start; it vanishes when the last holder closes it."""
    if hasattr(os, "memfd_create"):
        file: BinaryIO = os.fdopen(os.memfd_create("touchstone"), "w+b")
    else:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(data)
    file.flush()
    file.seek(0)
    return file


def _read_into(fd: int, view: memoryview) -> int:
    data = os.read(fd, len(view))
    view[: len(data)] = data
    return len(data)


def _refuse_special(mode: int, path: Path) -> None:
    if stat.S_ISDIR(mode):
        listed = os.access(path, os.R_OK | os.X_OK)
        raise OpenError(OpenFailure.FOLDER if listed else OpenFailure.NO_PERMISSION)
    if not stat.S_ISREG(mode):
        raise OpenError(OpenFailure.NOT_A_FILE)


def _why(error: OSError) -> OpenFailure:
    return {
        errno.ENOENT: OpenFailure.MISSING,
        errno.ENOTDIR: OpenFailure.MISSING,
        errno.ELOOP: OpenFailure.MISSING,
        errno.ENAMETOOLONG: OpenFailure.MISSING,
        errno.EACCES: OpenFailure.NO_PERMISSION,
        errno.EPERM: OpenFailure.NO_PERMISSION,
        errno.EISDIR: OpenFailure.FOLDER,
        errno.ENXIO: OpenFailure.NOT_A_FILE,
    }.get(error.errno or 0, OpenFailure.IO)
