"""All that cannot be made again, in one encrypted file; and back, on this computer or another.

Inside is a tar stream: `contents.json` first, then every member under its place in the home. What can be fetched or
built again stays out: mirrors of registers, the record of samples. Databases are copied with SQLite's own backup, so
that they may be in use meanwhile; keys stay as encrypted as they are, under passwords of their own.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from touchstone import __version__
from touchstone.paths import Home
from touchstone.store import publish_journal
from touchstone.store.backup_archive import BackupError, BackupTrouble, Contents, Member, sha256, unpack, write
from touchstone.store.files import free_name, locked, make_folder, trouble_of
from touchstone.store.sealing import WORK, SealError, refuse_unsealed

__all__ = [
    "BackupError",
    "BackupTrouble",
    "Contents",
    "Member",
    "Restored",
    "Staged",
    "create",
    "finish",
    "look",
    "opened",
]

SHORTEST_PASSWORD = 8
_LOCK = "backup.lock"
_PATIENCE = 30.0  # seconds for another process to put its files in place
_SIDES = ("-wal", "-shm", "-journal")


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
        write(path, Path(folder), contents, password, work)
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
                yield Staged(home, folder, unpack(path, folder, password))
            finally:
                if not home.restoring.exists():
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
        journal = self.home.restoring
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
        BackupError: what the disk refuses; BUSY: another process is at it. DAMAGED, once: nobody can tell any more what
            was to be moved; what was written about it is set aside.
    """
    journal = home.restoring
    if not journal.exists():
        return False
    with _troubles(), locked(home.root / _LOCK, _PATIENCE):
        try:
            plan = _read(journal)
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
        members.append(Member(name, copy.stat().st_size, sha256(copy), database))
    created = datetime.now(UTC).isoformat(timespec="seconds")
    return Contents(created, __version__, tuple(members))


def _places(home: Home) -> Iterator[tuple[str, Path]]:
    """What belongs in a backup, as far as it is there: its place in the home, and its path."""
    ledgers = (home.ledger, home.shared_ledger)
    databases = (home.history, home.outbox, publish_journal.path_of(home), *ledgers, home.vault)
    for path in (home.settings, home.networks, *databases):
        if path.is_file():
            yield path.relative_to(home.root).as_posix(), path
    proofs = home.registers / "domains.json"
    signer = sorted(home.samples.glob("practice*"))  # it vouches for files signed here, by a record beside its key
    for path in (proofs, *signer):
        if path.is_file() and not path.is_symlink() and path.suffix != ".lock":
            yield path.relative_to(home.root).as_posix(), path
    # Lists of one's own batches, and of recorded outputs: without them nobody can show that something is in one.
    for folder in (home.keys, home.trust, home.vault_keys, home.registers / "lists", home.outputs):
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


def _same(path: Path, member: Member) -> bool:
    """Whether a file holds what the backup has; a database in use never counts as the same."""
    if member.database or not path.is_file() or path.stat().st_size != member.bytes:
        return False
    return sha256(path) == member.sha256


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


def _read(journal: Path) -> dict[str, Any]:
    """The plan of a restoration."""
    try:
        plan = json.loads(journal.read_bytes())
        inside = [plan["folder"], plan["aside"], *plan["names"]]
        whole = all(_is_inside(PurePosixPath(name)) for name in inside)
    except (ValueError, KeyError, TypeError, RecursionError):
        whole = False
    if not whole:
        journal.rename(free_name(journal, "damaged"))
        raise BackupError(BackupTrouble.DAMAGED)
    return dict(plan)


def _is_inside(place: PurePosixPath) -> bool:
    return bool(place.parts) and not place.is_absolute() and ".." not in place.parts


def _write_down(journal: Path, plan: dict[str, Any]) -> None:
    from touchstone.store.files import write_atomically

    write_atomically(journal, json.dumps(plan).encode())


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
