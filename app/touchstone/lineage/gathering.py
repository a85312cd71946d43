"""Items from where they are: the files of a folder, a text list of SHA-256, or another list."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from touchstone.lineage.items_types import Cancel, ItemsError, check

_CHUNK = 1 << 20
_LONGEST = 8192  # bytes of a line: a hash, and the name of a file behind it
# What `sha256sum` prints: the hash, two characters, the name; a backslash in front where the name has been escaped.
_LINE = re.compile(rb"\\?([0-9a-f]{64})(?: [ *][^\n]*)?\r?\n?")
_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


def gather(source: Path | Iterable[Path], *, cancel: Cancel = None) -> Iterator[bytes]:
    """The items of a folder, of a text list, or of several paths, each a folder or a file to be hashed.

    A folder's files are hashed, and those in folders below. A text list has one lower-case SHA-256 a line, perhaps with
    a name behind it, as `sha256sum` prints them. Links to files are followed, links to folders are not, so that nothing
    goes round in circles.

    Raises:
        ItemsError: unreadable (no permission, gone, a pipe); not-hex, too-long, with `line`; changed; stopped. Each
            with `untrusted_path`. A set that comes to nothing is found empty by whoever builds a root of it.
    """
    if not isinstance(source, Path):
        for path in source:
            yield from _hashed(path, cancel) if path.is_dir() else iter([sha256(path, cancel)])
    elif source.is_dir():
        yield from _hashed(source, cancel)
    else:
        yield from _listed(source, cancel)


def sha256(path: Path, cancel: Cancel = None) -> bytes:
    """The SHA-256 of a file.

    Raises:
        ItemsError: unreadable; changed, where it was while it was read; stopped.
    """
    digest = hashlib.sha256()
    file = opened(path)
    try:
        before = os.fstat(file)
        while chunk := os.read(file, _CHUNK):
            check(cancel)
            digest.update(chunk)
        after = os.fstat(file)
    except OSError as error:
        raise ItemsError("unreadable", untrusted_path=str(path)) from error
    finally:
        os.close(file)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise ItemsError("changed", untrusted_path=str(path))
    return digest.digest()


def _hashed(folder: Path, cancel: Cancel) -> Iterator[bytes]:
    def refuse(error: OSError) -> None:
        raise ItemsError("unreadable", untrusted_path=str(error.filename or folder)) from error

    for root, folders, names in os.walk(folder, onerror=refuse):
        folders.sort()
        for name in sorted(names):
            yield sha256(Path(root, name), cancel)


def _listed(path: Path, cancel: Cancel) -> Iterator[bytes]:
    with os.fdopen(opened(path), "rb") as file:
        for number in itertools.count(1):
            if number % 4096 == 0:
                check(cancel)
            try:
                line = file.readline(_LONGEST)
            except OSError as error:
                raise ItemsError("unreadable", untrusted_path=str(path)) from error
            if not line:
                return
            if len(line) == _LONGEST and not line.endswith(b"\n"):
                raise ItemsError("too-long", line=number, untrusted_path=str(path))
            found = _LINE.fullmatch(line)
            if found is not None:
                yield bytes.fromhex(found[1].decode())
            elif line.strip():
                raise ItemsError("not-hex", line=number, untrusted_path=str(path))


def opened(path: Path) -> int:
    """A regular file, open for reading; the caller closes it. Raises ItemsError (unreadable)."""
    try:
        file = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        raise ItemsError("unreadable", untrusted_path=str(path)) from error
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise ItemsError("unreadable", untrusted_path=str(path))
    return file
