"""Zip files of one spelling: nothing compressed, names in order, no times, no links, nothing between or behind.

What is in such a file determines each of its bytes, so that a changed byte is found wherever it is, and reading one
cannot take more room than the file itself has. The format is APPNOTE.TXT's (PKWARE, version 6.3.10), without the
extensions for more than 4 GiB; any program for zip files opens it.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}(/[A-Za-z0-9][A-Za-z0-9._-]{0,63})?")
MOST_FILES = 128
MOST = 2**32 - 2**20  # bytes of the whole
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_VERSION = 20
_DATE = (2000 - 1980) << 9 | 1 << 5 | 1  # the first day of 2000: a zip has to say some day
_MODE = (0o100644) << 16  # a regular file
_CHUNK = 1 << 20
OnBytes = Callable[[int], None]


class ArchiveError(Exception):
    """It is no such file, or cannot be written. `code`: `not-a-bundle`, `too-large`, `changed`, `unreadable`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in it: where its bytes begin, how many they are, and their CRC-32."""

    name: str
    begin: int
    size: int
    crc: int


def write(target: BinaryIO, files: Mapping[str, bytes | Path], on_bytes: OnBytes = lambda _n: None) -> None:
    """Write files, given as bytes or by their paths, in the order of their names.

    Raises:
        ArchiveError: TOO-LARGE, or CHANGED where a file grew or shrank while it was read.
        OSError: the disk refuses.
    """
    if len(files) > MOST_FILES or not _apart(files) or any(not NAME.fullmatch(name) for name in files):
        raise ArchiveError("not-a-bundle")
    entries: list[Entry] = []
    place = 0
    for name in sorted(files):
        size, crc = _measured(files[name], on_bytes)
        header = _local(Entry(name, place, size, crc))
        entry = Entry(name, place + len(header), size, crc)
        place = entry.begin + size
        if place > MOST:
            raise ArchiveError("too-large")
        target.write(header)
        if _copied(files[name], target, on_bytes) != (size, crc):
            raise ArchiveError("changed")
        entries.append(entry)
    target.write(_directory(entries, place))


def read(source: BinaryIO, on_bytes: OnBytes = lambda _n: None) -> list[Entry]:
    """Every file in it; each byte of the whole has been held to what `write` would have written.

    Raises:
        ArchiveError: NOT-A-BUNDLE, TOO-LARGE, UNREADABLE.
    """
    try:
        length = source.seek(0, os.SEEK_END)
        if length > MOST + 2**20:
            raise ArchiveError("too-large")
        source.seek(0)
        entries: list[Entry] = []
        place = 0
        while (entry := _next(source, place, length)) is not None:
            if (entries and entry.name <= entries[-1].name) or len(entries) == MOST_FILES:
                raise ArchiveError("not-a-bundle")
            if _checked(source, entry.size, on_bytes) != entry.crc:
                raise ArchiveError("not-a-bundle")
            entries.append(entry)
            place = entry.begin + entry.size
        source.seek(place)
        whole = source.read(_most_directory()) == _directory(entries, place)
        if not whole or not entries or not _apart([entry.name for entry in entries]):
            raise ArchiveError("not-a-bundle")
    except OSError as error:
        raise ArchiveError("unreadable") from error
    return entries


def chunks(source: BinaryIO, entry: Entry) -> Iterator[bytes]:
    """The bytes of one of its files."""
    source.seek(entry.begin)
    left = entry.size
    while left and (chunk := source.read(min(left, _CHUNK))):
        left -= len(chunk)
        yield chunk


def _next(source: BinaryIO, place: int, length: int) -> Entry | None:
    """The file whose header begins at `place`; None where no header does."""
    raw = source.read(_LOCAL.size)
    if raw[:4] != b"PK\x03\x04" or len(raw) < _LOCAL.size:
        return None
    crc, size, long = _LOCAL.unpack(raw)[6:7] + _LOCAL.unpack(raw)[8:10]
    name = source.read(min(long, 256))
    text = name.decode("ascii", "replace")
    entry = Entry(text, place + _LOCAL.size + len(name), size, crc)
    if not NAME.fullmatch(text) or raw + name != _local(entry) or entry.begin + size > length:
        raise ArchiveError("not-a-bundle")
    return entry


def _checked(source: BinaryIO, size: int, on_bytes: OnBytes) -> int:
    crc, left = 0, size
    while left and (chunk := source.read(min(left, _CHUNK))):
        crc, left = zlib.crc32(chunk, crc), left - len(chunk)
        on_bytes(len(chunk))
    return crc if not left else -1


def _local(entry: Entry) -> bytes:
    name = entry.name.encode("ascii")
    fixed = (b"PK\x03\x04", _VERSION, 0, 0, 0, _DATE, entry.crc, entry.size, entry.size, len(name), 0)
    return _LOCAL.pack(*fixed) + name


def _directory(entries: list[Entry], place: int) -> bytes:
    rows = []
    for entry in entries:
        name = entry.name.encode("ascii")
        fixed = (b"PK\x01\x02", 3 << 8 | _VERSION, _VERSION, 0, 0, 0, _DATE, entry.crc, entry.size, entry.size)
        begin = entry.begin - _LOCAL.size - len(name)
        rows.append(_CENTRAL.pack(*fixed, len(name), 0, 0, 0, 0, _MODE, begin) + name)
    whole = b"".join(rows)
    return whole + _END.pack(b"PK\x05\x06", 0, 0, len(entries), len(entries), len(whole), place, 0)


def _apart(names: Collection[str]) -> bool:
    """Whether no disk takes two of these names for one, or one for the folder of another."""
    plain = {name.casefold() for name in names}
    return len(plain) == len(names) and not any(name.rpartition("/")[0] in plain for name in plain if "/" in name)


def _most_directory() -> int:
    return MOST_FILES * (_CENTRAL.size + 256) + _END.size


def _measured(what: bytes | Path, on_bytes: OnBytes) -> tuple[int, int]:
    """Size in bytes, and CRC-32."""
    if isinstance(what, bytes):
        return len(what), zlib.crc32(what)
    size = crc = 0
    with what.open("rb") as file:
        while chunk := file.read(_CHUNK):
            size, crc = size + len(chunk), zlib.crc32(chunk, crc)
            if size > MOST:
                raise ArchiveError("too-large")
            on_bytes(len(chunk))
    return size, crc


def _copied(what: bytes | Path, target: BinaryIO, on_bytes: OnBytes) -> tuple[int, int]:
    """The same, while the bytes are written."""
    if isinstance(what, bytes):
        target.write(what)
        return len(what), zlib.crc32(what)
    size = crc = 0
    with what.open("rb") as file:
        while chunk := file.read(_CHUNK):
            size, crc = size + len(chunk), zlib.crc32(chunk, crc)
            if size > MOST:
                raise ArchiveError("too-large")
            target.write(chunk)
            on_bytes(len(chunk))
    return size, crc
