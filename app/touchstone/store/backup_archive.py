"""The inside of a backup: a sealed tar stream, `contents.json` first, then every member under its place in the home."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import sqlite3
import tarfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any, cast

from touchstone.store.files import make_folder
from touchstone.store.sealing import Opener, Sealer

FORMAT = 1
_CONTENTS = "contents.json"
_LARGEST_CONTENTS = 4 * 1024 * 1024
_COPY = 1024 * 1024
_SQLITE = b"SQLite format 3\0"


class BackupTrouble(StrEnum):
    """Why there is no backup, or nothing was restored."""

    NOT_A_BACKUP = "not-a-backup"
    NEWER = "newer"
    WRONG_PASSWORD = "wrong-password"  # noqa: S105 - a code
    WEAK_PASSWORD = "weak-password"  # noqa: S105 - a code
    TRUNCATED = "truncated"
    CHANGED = "changed"
    MISSING = "missing"
    EXISTS = "exists"
    NOTHING = "nothing"  # there is nothing to back up
    READ_ONLY = "read-only"
    FULL = "full"
    BUSY = "busy"
    DAMAGED = "damaged"
    FAILED = "failed"


class BackupError(Exception):
    """Nothing was changed."""

    def __init__(self, code: BackupTrouble) -> None:
        super().__init__(str(code))
        self.code = code


@dataclass(frozen=True, slots=True)
class Member:
    """One file: its place in the home (POSIX), its size in bytes, its SHA-256, and whether it is a database."""

    name: str
    bytes: int
    sha256: str
    database: bool = False


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a backup. `created` is an ISO 8601 moment, `application` the version that wrote it."""

    created: str
    application: str
    members: tuple[Member, ...]

    def count(self, prefix: str) -> int:
        """How many members stand under that name or folder."""
        return sum(1 for m in self.members if m.name == prefix or m.name.startswith(f"{prefix}/"))


def write(path: Path, folder: Path, contents: Contents, password: str, work: int) -> None:
    """Put a backup of what is in `folder` at `path`, whole or not at all.

    Raises:
        OSError: the system refuses; what stood at `path` is untouched.
    """
    make_folder(path.parent)
    draft = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            sealer = Sealer(file, password, work)
            with tarfile.open(fileobj=cast("Any", sealer), mode="w|", format=tarfile.PAX_FORMAT) as archive:
                _add(archive, _CONTENTS, io.BytesIO(_as_json(contents)))
                for member in contents.members:
                    with (folder / member.name).open("rb") as one:
                        _add(archive, member.name, one)
            sealer.finish()
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise


def _add(archive: tarfile.TarFile, name: str, file: Any) -> None:
    info = tarfile.TarInfo(name)
    info.size = file.seek(0, io.SEEK_END)
    info.mode = 0o600
    file.seek(0)
    archive.addfile(info, file)


def _as_json(contents: Contents) -> bytes:
    members = [{"name": m.name, "bytes": m.bytes, "sha256": m.sha256, "database": m.database} for m in contents.members]
    document = {"format": FORMAT, "created": contents.created, "application": contents.application, "members": members}
    return json.dumps(document).encode()


def unpack(path: Path, folder: Path, password: str) -> Contents:
    """Put everything that is in a backup into `folder`; read to the last byte.

    Raises:
        BackupError: MISSING, NEWER, CHANGED, DAMAGED.
        SealError: it does not open.
        OSError: the system refuses.
    """
    try:
        with path.open("rb") as file:
            opener = Opener(file, password)
            with tarfile.open(fileobj=cast("Any", opener), mode="r|") as archive:
                contents = _take_all(archive, folder)
            opener.finish()
    except FileNotFoundError as error:
        raise BackupError(BackupTrouble.MISSING) from error
    except (tarfile.TarError, ValueError, KeyError, TypeError, EOFError) as error:
        raise BackupError(BackupTrouble.CHANGED) from error
    _look_at_databases(folder, contents)
    return contents


def _take_all(archive: tarfile.TarFile, folder: Path) -> Contents:
    contents: Contents | None = None
    expected: dict[str, Member] = {}
    for info in archive:
        source = archive.extractfile(info)
        if source is None or not info.isreg():
            raise ValueError(info.name)
        if contents is None:
            contents = _contents(info, source)
            expected = {member.name: member for member in contents.members}
        else:
            _take(folder, expected.pop(info.name), source)
    if contents is None or expected:
        raise ValueError("incomplete")
    return contents


def _contents(info: tarfile.TarInfo, source: Any) -> Contents:
    if info.name != _CONTENTS or info.size > _LARGEST_CONTENTS:
        raise ValueError(info.name)
    document = json.loads(source.read())
    if document["format"] > FORMAT:
        raise BackupError(BackupTrouble.NEWER)
    members = tuple(
        Member(_safe(m["name"]), int(m["bytes"]), str(m["sha256"]), bool(m["database"])) for m in document["members"]
    )
    return Contents(str(document["created"]), str(document["application"]), members)


def _safe(name: str) -> str:
    """A place in the home; ValueError for one outside."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or "\\" in name or any(part.startswith(".") or ":" in part for part in parts):
        raise ValueError(name)
    return name


def _take(folder: Path, member: Member, source: Any) -> None:
    target = folder / member.name
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, length = hashlib.sha256(), 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while chunk := source.read(_COPY):
            digest.update(chunk)
            length += len(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if (length, digest.hexdigest()) != (member.bytes, member.sha256):
        raise ValueError(member.name)


def _look_at_databases(folder: Path, contents: Contents) -> None:
    for member in contents.members:
        if member.database:
            with (folder / member.name).open("rb") as file:
                if file.read(len(_SQLITE)) != _SQLITE:  # SQLite takes a file of a few bytes for an empty database
                    raise BackupError(BackupTrouble.DAMAGED)
            with contextlib.closing(sqlite3.connect(folder / member.name)) as connection:
                if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                    raise BackupError(BackupTrouble.DAMAGED)


def sha256(path: Path) -> str:
    """The hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
