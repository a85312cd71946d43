"""All that cannot be made again, in one encrypted file; and back, on this computer or another.

Inside is a tar stream: `contents.json` first, then every member under its place in the home. What can be fetched or
built again stays out: mirrors of registers, the record of samples. Databases are copied with SQLite's own backup, so
that they may be in use meanwhile; keys stay as encrypted as they are, under passwords of their own.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any, cast

from touchstone import __version__
from touchstone.paths import Home
from touchstone.store import publish_journal
from touchstone.store.files import free_name, locked, make_folder, trouble_of
from touchstone.store.sealing import WORK, Opener, Sealer, SealError, refuse_unsealed

SHORTEST_PASSWORD = 8
FORMAT = 1
_CONTENTS = "contents.json"
_JOURNAL = "restore-under-way.json"
_LOCK = "backup.lock"
_LARGEST_CONTENTS = 4 * 1024 * 1024
_COPY = 1024 * 1024
_SQLITE = b"SQLite format 3\0"
_SIDES = ("-wal", "-shm", "-journal")


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


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back, and where what stood in its place is now ("" where nothing did)."""

    contents: Contents
    aside: str


def create(home: Home, path: Path, password: str, *, replace: bool = False, work: int = WORK) -> Contents:
    """Write a backup of `home` to `path`, whole or not at all.

    Raises:
        BackupError: WEAK_PASSWORD, EXISTS, NOTHING, or what the disk refuses.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise BackupError(BackupTrouble.WEAK_PASSWORD)
    if path.exists() and not replace:
        raise BackupError(BackupTrouble.EXISTS)
    with _troubles(), _held(home), tempfile.TemporaryDirectory(prefix=".backup-", dir=home.root) as folder:
        contents = _collect(home, Path(folder))
        if not contents.members:
            raise BackupError(BackupTrouble.NOTHING)
        _write(path, Path(folder), contents, password, work)
        return contents


@contextlib.contextmanager
def opened(home: Home, path: Path, password: str) -> Iterator[Staged]:
    """A backup, read to its end, unpacked beside the home, and ready to be put in place or left.

    Raises:
        BackupError: MISSING, NOT_A_BACKUP, NEWER, WRONG_PASSWORD, TRUNCATED, CHANGED, or what the disk refuses.
    """
    with _troubles():
        make_folder(home.root)
        with _held(home):
            folder = Path(tempfile.mkdtemp(prefix=".restore-", dir=home.root))
            try:
                yield Staged(home, folder, _unpack(path, folder, password))
            finally:
                if not (home.root / _JOURNAL).exists():
                    shutil.rmtree(folder, ignore_errors=True)


def look(path: Path) -> None:
    """Look whether a file is a backup at all, before anybody is asked for a password.

    Raises:
        BackupError: MISSING, NOT_A_BACKUP, NEWER, TRUNCATED, or what the disk refuses.
    """
    with _troubles():
        try:
            with path.open("rb") as file:
                refuse_unsealed(file)
        except FileNotFoundError as error:
            raise BackupError(BackupTrouble.MISSING) from error


@dataclass(frozen=True, slots=True)
class Staged:
    """A backup that was found good. Nothing of the home was touched yet."""

    home: Home
    folder: Path
    contents: Contents

    def replaced(self) -> tuple[str, ...]:
        """The places in the home where something else stands now."""
        places = [(self.home.root / member.name, member) for member in self.contents.members]
        with _troubles():
            return tuple(m.name for path, m in places if os.path.lexists(path) and not _same(path, m))

    def put(self) -> Restored:
        """Put everything in its place; what stood there goes to a folder beside. All of it, or nothing.

        Raises:
            BackupError: what the disk refuses; everything is as it was.
        """
        root = self.home.root
        aside = free_name(root / "before-restore", datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"))
        names = [m.name for m in self.contents.members if not _same(root / m.name, m)]
        plan = {"folder": self.folder.name, "aside": aside.name, "names": names}
        journal = root / _JOURNAL
        with _troubles():
            _write_down(journal, plan)
            try:
                _move(root, plan)
            except OSError:
                _move_back(root, plan)
                journal.unlink()
                raise
            journal.unlink()
        return Restored(self.contents, aside.name if aside.exists() else "")


def finish(home: Home) -> bool:
    """Bring a restoration to its end that was interrupted while files were being moved; whether there was one.

    Raises:
        BackupError: what the disk refuses.
    """
    journal = home.root / _JOURNAL
    if not journal.exists():
        return False
    with _troubles(), locked(home.root / _LOCK):
        try:
            plan = json.loads(journal.read_bytes())
        except FileNotFoundError:
            return False
        _move(home.root, plan)
        journal.unlink()
        shutil.rmtree(home.root / plan["folder"], ignore_errors=True)
    return True


# --- writing


def _collect(home: Home, folder: Path) -> Contents:
    """Copies of everything in `folder`, under their places in the home."""
    members: list[Member] = []
    for name, path in _places(home):
        copy = folder / name
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        database = name.endswith(".sqlite3")
        try:
            if database:
                _copy_database(path, copy)
            else:
                shutil.copyfile(path, copy)
        except FileNotFoundError:
            continue  # deleted since it was listed
        members.append(Member(name, copy.stat().st_size, _sha256(copy), database))
    created = datetime.now(UTC).isoformat(timespec="seconds")
    return Contents(created, __version__, tuple(members))


def _places(home: Home) -> Iterator[tuple[str, Path]]:
    """What belongs in a backup, as far as it is there: its place in the home, and its path."""
    databases = (home.history, home.outbox, publish_journal.path_of(home), home.ledger, home.root / "votes.sqlite3")
    for path in (home.settings, home.networks, *databases):
        if path.is_file():
            yield path.relative_to(home.root).as_posix(), path
    for folder in (home.keys, home.trust, home.root / "votes", home.root / "publish"):
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            hidden = any(part.startswith(".") for part in path.relative_to(home.root).parts)
            if path.is_file() and not path.is_symlink() and not hidden and not path.name.endswith((*_SIDES, ".lock")):
                yield path.relative_to(home.root).as_posix(), path


def _copy_database(path: Path, copy: Path) -> None:
    """A consistent copy, whoever is writing meanwhile."""
    with (
        contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=10)) as source,
        contextlib.closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
    copy.chmod(0o600)


def _write(path: Path, folder: Path, contents: Contents, password: str, work: int) -> None:
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


# --- reading


def _unpack(path: Path, folder: Path, password: str) -> Contents:
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


def _same(path: Path, member: Member) -> bool:
    """Whether a file holds what the backup has; a database in use never counts as the same."""
    if member.database or not path.is_file() or path.stat().st_size != member.bytes:
        return False
    return _sha256(path) == member.sha256


# --- moving


def _move(root: Path, plan: dict[str, Any]) -> None:
    """Put what is staged in place, name by name; can be done again from wherever it was left."""
    folder, aside = root / plan["folder"], root / plan["aside"]
    for name in plan["names"]:
        staged, place = folder / name, root / name
        if not staged.exists():
            continue  # in place already
        for suffix in ("", *_SIDES):
            old = place.with_name(place.name + suffix)
            kept = (aside / name).with_name(place.name + suffix)
            if os.path.lexists(old):
                make_folder(kept.parent)
                old.rename(kept)
        make_folder(place.parent)
        staged.rename(place)


def _move_back(root: Path, plan: dict[str, Any]) -> None:
    folder, aside = root / plan["folder"], root / plan["aside"]
    for name in plan["names"]:
        staged, place = folder / name, root / name
        if not staged.exists() and place.exists():
            place.rename(staged)
        for suffix in ("", *_SIDES):
            kept = (aside / name).with_name(place.name + suffix)
            if os.path.lexists(kept):
                kept.rename(place.with_name(place.name + suffix))
    shutil.rmtree(aside, ignore_errors=True)


def _write_down(journal: Path, plan: dict[str, Any]) -> None:
    from touchstone.store.files import write_atomically

    write_atomically(journal, json.dumps(plan).encode())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def _held(home: Home) -> Iterator[None]:
    """One backup or restoration at a time; one that was interrupted is finished first."""
    finish(home)
    with locked(home.root / _LOCK, 10.0):
        yield


@contextlib.contextmanager
def _troubles() -> Iterator[None]:
    try:
        yield
    except SealError as error:
        raise BackupError(BackupTrouble(str(error.code))) from error
    except BlockingIOError as error:
        raise BackupError(BackupTrouble.BUSY) from error
    except OSError as error:
        trouble = trouble_of(error)
        raise BackupError(BackupTrouble(str(trouble))) from error
    except sqlite3.Error as error:
        raise BackupError(BackupTrouble.DAMAGED) from error
