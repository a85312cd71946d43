"""What a training did, line by line, in a file that survives whatever ends it.

A line is the canonical JSON of an object (RFC 8785) whose `link` is SHA-256(link of the line before || the canonical
object without it); the first line goes on from 32 zero bytes. So a line that is edited, left out or exchanged is
noticed and named. Lines are only ever added. A stop in the middle of one leaves a line without its newline: it is
dropped when the file is opened again, and nothing before it is lost.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from touchstone.lineage import canonical
from touchstone.lineage.canonical import CanonicalError

MOST_LINE = 4 * 1024 * 1024  # bytes
_START = bytes(32)
_FLAGS = os.O_RDWR | os.O_CREAT
_FLAGS |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
_LOCK_AT = 2**62  # where Windows locks a byte: locked ones cannot be read there by others


class JournalError(Exception):
    """The journal is of no use. `code`: `locked` (another process writes it), `edited` (see `line`), `unreadable`."""

    def __init__(self, code: str, line: int = 0) -> None:
        super().__init__(f"{code}: line {line}" if line else code)
        self.code, self.line = code, line


class Journal:
    """A journal, open and locked until it is closed, or its process ends."""

    def __init__(self, path: Path, on_entry: Callable[[dict[str, Any]], None]) -> None:
        """Open the journal at `path`, or begin one.

        `on_entry` is told each of its objects without its link, oldest first; one refused (ValueError) is edited.

        Raises:
            JournalError: see there.
            OSError: the file cannot be made.
        """
        self._on_entry = on_entry
        self._link = _START
        self._fd = os.open(path, _FLAGS, 0o600)
        try:
            _lock(self._fd)
            self._read()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the journal up; a second time does nothing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def add(self, entry: Mapping[str, Any], *, lasting: bool = True) -> None:
        """Add a line. `lasting`: it is on the disk when this returns, as is all before it.

        Raises:
            CanonicalError: the entry has no canonical form, or is too long for a line.
            OSError: it cannot be written; what was written of it is taken back as far as the disk lets us.
        """
        body = canonical.dumps(entry)
        link = hashlib.sha256(self._link + body).digest()
        line = canonical.dumps({**entry, "link": link.hex()}) + b"\n"
        if len(line) > MOST_LINE:
            raise CanonicalError("too-large")
        before = os.lseek(self._fd, 0, os.SEEK_END)
        try:
            written = 0
            while written < len(line):
                written += os.write(self._fd, line[written:])
            if lasting:
                os.fsync(self._fd)
        except BaseException:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, before)
            raise
        self._link = link

    def _read(self) -> None:
        sound = 0
        with open(self._fd, "rb", closefd=False) as file:
            for number in range(1, sys.maxsize):
                line = file.readline(MOST_LINE + 1)
                if not line.endswith(b"\n"):
                    if len(line) > MOST_LINE:
                        raise JournalError("edited", number)
                    break
                self._take(line[:-1], number)
                sound += len(line)
        if os.fstat(self._fd).st_size > sound:
            os.ftruncate(self._fd, sound)
            os.fsync(self._fd)

    def _take(self, line: bytes, number: int) -> None:
        try:
            entry = canonical.loads(line, MOST_LINE)
        except CanonicalError as error:
            raise JournalError("edited", number) from error
        told = entry.pop("link", None)
        link = hashlib.sha256(self._link + canonical.dumps(entry)).digest()
        if told != link.hex():
            raise JournalError("edited", number)
        self._link = link
        try:
            self._on_entry(entry)
        except ValueError as error:
            raise JournalError("edited", number) from error


def _lock(fd: int) -> None:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(fd, _LOCK_AT, os.SEEK_SET)
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
            os.lseek(fd, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise JournalError("locked") from error
    except OSError as error:
        raise JournalError("locked" if sys.platform == "win32" else "unreadable") from error
