"""Small files written whole or not at all, and what a disk can refuse, as codes."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600
_RETRY_SECONDS = 0.02


class Trouble(StrEnum):
    """Why something of the application's own could not be read or written."""

    READ_ONLY = "read-only"  # no permission, or a read-only disk
    FULL = "full"  # no room, or a quota or size limit reached
    BUSY = "busy"  # another process kept it locked for too long
    DAMAGED = "damaged"  # it is there and is not what it should be
    NEWER = "newer"  # a newer version of the application wrote it
    FAILED = "failed"  # anything else the system refused


_TROUBLES = {
    errno.EACCES: Trouble.READ_ONLY,
    errno.EPERM: Trouble.READ_ONLY,
    errno.EROFS: Trouble.READ_ONLY,
    errno.ENOSPC: Trouble.FULL,
    errno.EDQUOT: Trouble.FULL,
    errno.EFBIG: Trouble.FULL,
}


def trouble_of(error: OSError) -> Trouble:
    """The code for what the system said."""
    return _TROUBLES.get(error.errno or 0, Trouble.FAILED)


def make_folder(folder: Path) -> None:
    """Make `folder`, and what is missing of the way to it, readable by this user only.

    Raises:
        OSError: the system refuses.
    """
    lacking = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in [*reversed(lacking), folder]:  # the last says so where something else stands in its place
        one.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)


def make_file(path: Path) -> None:
    """Make an empty file that only this user can read, where nothing is yet; whoever cannot says nothing."""
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE))


def write_atomically(path: Path, data: bytes) -> None:
    """Put `data` at `path` so that a reader sees the old file or the new one, never a part, whatever fails.

    A symbolic link keeps its place: what it points to is replaced.

    Raises:
        OSError: the system refuses; the old file is untouched and nothing is left beside it.
    """
    target = path.resolve()
    make_folder(target.parent)
    draft = target.with_name(f".{target.name}.{os.urandom(6).hex()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise


def free_name(path: Path, label: str) -> Path:
    """A name beside `path` that nothing has: `name.label`, then `name.label-2`, and so on."""
    number = 1
    while True:
        suffix = label if number == 1 else f"{label}-{number}"
        candidate = path.with_name(f"{path.name}.{suffix}")
        if not os.path.lexists(candidate):
            return candidate
        number += 1


@contextlib.contextmanager
def locked(path: Path, seconds: float | None = None) -> Iterator[None]:
    """Hold the lock file at `path`; a second holder waits. The lock ends with its process, however that ends.

    `seconds` is how long to wait at most; without end where it is None.

    Raises:
        OSError: the lock file cannot be made.
        BlockingIOError: somebody else held it all that time.
    """
    make_folder(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, _PRIVATE_FILE)
    try:
        _lock(descriptor, None if seconds is None else time.monotonic() + seconds)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, until: float | None) -> None:
    while not _try_to_lock(descriptor, wait=until is None):
        if until is not None and time.monotonic() >= until:
            raise BlockingIOError(errno.EAGAIN, "locked by another process")
        time.sleep(_RETRY_SECONDS)


def _try_to_lock(descriptor: int, *, wait: bool) -> bool:
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except OSError:
            return False  # its own waiting ends after ten seconds
    else:
        import fcntl

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
    return True
