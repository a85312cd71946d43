"""Reading evidence bundles, every byte held to the item that the register names. See `court.bundle`."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from touchstone import report as reports
from touchstone.court import statement as statements
from touchstone.court.statement import EvidenceError, Role, Stated, Statement
from touchstone.lineage import archive, canonical
from touchstone.lineage.archive import ArchiveError, Entry
from touchstone.lineage.canonical import CanonicalError
from touchstone.report import Report
from touchstone.store.files import write_atomically

REPORT = "report.json"
FILES = "files"
_CHUNK = 1 << 20
_OVERHEAD = 2**20  # bytes of headers in a zip file, at most
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}")
OnBytes = Callable[[int], None]


def nothing(_count: int) -> None:
    """Nobody asked how far it is."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was read, verified. `folder` is where its files are, None where it is still a zip file."""

    item: str
    statement: Statement
    folder: Path | None = None
    report: Report | None = field(default=None, repr=False)

    @property
    def choice(self) -> str:
        """What it argues for, "" for nothing."""
        return str(self.statement.choice)

    @property
    def media(self) -> Path | None:
        """The file that the case is about."""
        place = self.statement.media_file
        return None if place is None else self.path(place)

    @property
    def evidence(self) -> tuple[Path, ...]:
        """The other files."""
        found = [self.path(n) for n, one in enumerate(self.statement.files) if one.role is Role.EVIDENCE]
        return tuple(path for path in found if path is not None)

    def path(self, place: int) -> Path | None:
        """Where a file of the statement is, by its place there."""
        if self.folder is None:
            return None
        return self.folder / FILES / disk_name(place, self.statement.files[place])


def disk_name(place: int, stated: Stated) -> str:
    """What a file is called in a folder."""
    ending = Path(stated.name).suffix
    return f"{place}{ending}" if _ENDING.fullmatch(ending) else str(place)


def size_of(statement: Statement) -> int:
    """About how many bytes a bundle has, as far as its statement tells."""
    report = statement.report[1] if statement.report is not None else 0
    return report + sum(one.bytes for one in statement.files)


def read(path: Path, *, item: str = "", on_bytes: OnBytes = nothing, cancel: threading.Event | None = None) -> Bundle:
    """A bundle, from its zip file or its folder, every byte verified. `item` is what it has to be, "" for anything.

    Raises:
        EvidenceError: see there, of what is read; `missing`, `stopped`.
    """
    count = counting(on_bytes, cancel)
    if path.is_dir():
        return _in_folder(path, item, count)
    with _opened(path) as source:
        try:
            return _unpacked(source, item, None, count)
        except OSError as error:
            raise EvidenceError("unreadable") from error


def unpack(
    path: Path, draft: Path, *, item: str = "", on_bytes: OnBytes = nothing, cancel: threading.Event | None = None
) -> Bundle:
    """Write what is in a zip file into a folder of `drafted`, verified as it is written.

    Raises:
        EvidenceError: as `read`.
        OSError: the folder cannot be written.
    """
    with _opened(path) as source:
        return _unpacked(source, item, draft, counting(on_bytes, cancel))


def counting(on_bytes: OnBytes, cancel: threading.Event | None) -> OnBytes:
    """Counts bytes for `on_bytes`; raises EvidenceError `stopped` once `cancel` is set."""

    def count(size: int) -> None:
        if cancel is not None and cancel.is_set():
            raise EvidenceError("stopped")
        on_bytes(size)

    return count


# --- from a zip file


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        if not path.is_file():
            raise EvidenceError("missing")
        source = path.open("rb")
    except (OSError, ValueError) as error:
        raise EvidenceError("unreadable") from error
    with source:
        yield source


def _unpacked(source: BinaryIO, item: str, draft: Path | None, count: OnBytes) -> Bundle:
    try:
        if source.seek(0, os.SEEK_END) > statements.MOST_WHOLE + _OVERHEAD:
            raise EvidenceError("too-large", most=statements.MOST_WHOLE)
        entries = {entry.name: entry for entry in archive.read(source, count)}
    except ArchiveError as error:
        raise EvidenceError("unreadable" if error.code == "unreadable" else "not-a-bundle") from error
    except OSError as error:
        raise EvidenceError("unreadable") from error
    raw = _taken(source, entries.get(statements.NAME), statements.MOST)
    statement = _stated(raw, item)
    wanted = {statements.NAME: len(raw)} | {f"{FILES}/{n}": one.bytes for n, one in enumerate(statement.files)}
    if statement.report is not None:
        wanted[REPORT] = statement.report[1]
    if {name: entry.size for name, entry in entries.items()} != wanted:
        raise EvidenceError("not-a-bundle")
    report_raw = _taken(source, entries[REPORT], statements.MOST_REPORT) if statement.report is not None else b""
    report = _report_as_stated(report_raw, statement)
    for place, one in enumerate(statement.files):
        target = None if draft is None else draft / FILES / disk_name(place, one)
        if _hashed(source, entries[f"{FILES}/{place}"], target, count) != one.sha256:
            raise EvidenceError("other-bytes", number=place + 1)
    if draft is not None:
        if report_raw:
            write_atomically(draft / REPORT, report_raw)
        write_atomically(draft / statements.NAME, raw)
    return Bundle(statements.item_of(raw), statement, draft, report)


def _taken(source: BinaryIO, entry: Entry | None, most: int) -> bytes:
    if entry is None or entry.size > most:
        raise EvidenceError("not-a-bundle")
    try:
        return b"".join(archive.chunks(source, entry))
    except OSError as error:
        raise EvidenceError("unreadable") from error


def _hashed(source: BinaryIO, entry: Entry, target: Path | None, count: OnBytes) -> str:
    digest = hashlib.sha256()
    with contextlib.ExitStack() as stack:
        file = None if target is None else stack.enter_context(target.open("xb"))
        for chunk in archive.chunks(source, entry):
            count(len(chunk))
            digest.update(chunk)
            if file is not None:
                file.write(chunk)
    return digest.hexdigest()


def _stated(raw: bytes, item: str) -> Statement:
    if item and statements.item_of(raw) != item:
        raise EvidenceError("other-item")
    return statements.parse(raw)


def _report_as_stated(raw: bytes, statement: Statement) -> Report | None:
    if statement.report is None:
        return None
    if (hashlib.sha256(raw).hexdigest(), len(raw)) != statement.report:
        raise EvidenceError("other-bytes", number=0)
    return report_about(raw, statement.media)


def report_about(raw: bytes, media: str) -> Report:
    """The report in these bytes, which has to be about this file.

    Raises:
        EvidenceError: `large-report`, `bad-report`, `other-report`.
    """
    if len(raw) > statements.MOST_REPORT:
        raise EvidenceError("large-report")
    try:
        report = reports.loads(raw)
    except ValueError as error:
        raise EvidenceError("bad-report") from error
    if report.media.sha256 != media:
        raise EvidenceError("other-report")
    return report


# --- from a folder


def _in_folder(folder: Path, item: str, count: OnBytes) -> Bundle:
    try:
        raw = canonical.read(folder / statements.NAME, statements.MOST)
        statement = _stated(raw, item)
        report_raw = b""
        if statement.report is not None:
            report_raw = canonical.read(folder / REPORT, statements.MOST_REPORT)
        bundle = Bundle(statements.item_of(raw), statement, folder, _report_as_stated(report_raw, statement))
        for place, one in enumerate(statement.files):
            _hold(bundle.path(place), one, count)
    except CanonicalError as error:
        raise EvidenceError("damaged") from error
    except EvidenceError as error:
        raise error if error.code in {"stopped", "newer"} else EvidenceError("damaged") from error
    except OSError as error:
        raise EvidenceError("damaged") from error
    return bundle


def _hold(path: Path | None, stated: Stated, count: OnBytes) -> None:
    if path is None or path.is_symlink():
        raise EvidenceError("damaged")
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            count(len(chunk))
            size += len(chunk)
            if size > stated.bytes:
                raise EvidenceError("damaged")
            digest.update(chunk)
    if (digest.hexdigest(), size) != (stated.sha256, stated.bytes):
        raise EvidenceError("damaged")
