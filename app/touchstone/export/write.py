"""Write a report to a file, whole or not at all. The ending of its name chooses the form."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from touchstone.report import Picture, Report
from touchstone.store.files import Trouble, trouble_of
from touchstone.texts import exports

FORMATS = (".json", ".html", ".pdf")
_FILE = 0o666  # less what the user's umask takes away: reports are made to be passed on


SignDocument = Callable[[Mapping[str, Any]], Mapping[str, Any]]  # gives a document back with its signature


class ExportTrouble(StrEnum):
    """Why a report could not be written."""

    NO_FORMAT = "no-format"
    MISSING_FOLDER = "missing-folder"
    NOT_A_FOLDER = "not-a-folder"
    NOT_A_FILE = "not-a-file"
    READ_ONLY = "read-only"
    FULL = "full"
    NO_WRITER = "no-writer"  # the part that makes PDF files cannot run on this computer
    FAILED = "failed"


class ExportError(Exception):
    """A report could not be written to `path`; nothing was left there. Its text is a sentence for the user."""

    def __init__(self, code: ExportTrouble, path: Path) -> None:
        super().__init__(str(code), str(path))
        self.code = code
        self.path = path

    def __str__(self) -> str:
        return exports.failure(self, self.path)


def save(report: Report, pictures: Mapping[str, Picture], path: Path, sign: SignDocument | None = None) -> None:
    """Write a report as JSON, HTML or PDF, as the ending of `path` says. What stood there is replaced.

    `sign` signs a JSON document; it may raise what it likes, and then nothing is written.

    Raises:
        ExportError: it could not be written; what stood there is untouched.
    """
    refuse_unwritable(path)
    replace(path, _encoded(report, pictures, path, sign))


def refuse_unwritable(path: Path) -> None:
    """See before the work that a report can be written to `path`, as far as can be told without writing.

    Raises:
        ExportError: it cannot.
    """
    if path.suffix.lower() not in FORMATS:
        raise ExportError(ExportTrouble.NO_FORMAT, path)
    try:
        if not path.parent.is_dir():
            raise ExportError(ExportTrouble.MISSING_FOLDER, path)
        if path.exists() and not path.is_file():
            raise ExportError(ExportTrouble.NOT_A_FILE, path)
        folder = path.resolve().parent
    except (OSError, ValueError, RuntimeError) as error:
        raise _trouble(error, path) from error
    if not os.access(folder, os.W_OK):
        raise ExportError(ExportTrouble.READ_ONLY, path)


def make_folder(path: Path) -> None:
    """Make the folder that several reports go into, where it is not there yet.

    Raises:
        ExportError: it cannot be made, or cannot be written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise ExportError(ExportTrouble.NOT_A_FOLDER, path) from error
    except (OSError, ValueError) as error:
        raise _trouble(error, path) from error
    if not os.access(path, os.W_OK):
        raise ExportError(ExportTrouble.READ_ONLY, path)


def _encoded(report: Report, pictures: Mapping[str, Picture], path: Path, sign: SignDocument | None) -> bytes:
    match path.suffix.lower():
        case ".json":
            from touchstone.export import document

            made: Mapping[str, Any] = document.to_document(report)
            return document.canonical(made if sign is None else sign(made))
        case ".html":
            from touchstone.export import html

            return html.render(report, pictures).encode("utf-8", "backslashreplace")
        case _:
            return _pdf(report, pictures, path)


def _pdf(report: Report, pictures: Mapping[str, Picture], path: Path) -> bytes:
    try:
        from touchstone.export import pdf
    except ImportError as error:  # Qt, or a library of the system that it needs, is not there
        raise ExportError(ExportTrouble.NO_WRITER, path) from error
    try:
        return pdf.encode(report, pictures)
    except pdf.PdfError as error:
        raise ExportError(ExportTrouble.NO_WRITER, path) from error


def replace(path: Path, data: bytes) -> None:
    """Put `data` at `path`: a reader sees what was there before, or all of this.

    Raises:
        ExportError: it could not be written; what stood there is untouched.
    """
    draft = None
    try:
        target = path.resolve()  # a symbolic link keeps its place
        draft = target.with_name(f".{secrets.token_hex(8)}{target.suffix}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except (OSError, ValueError) as error:
        raise _trouble(error, path) from error
    finally:
        if draft is not None:
            with contextlib.suppress(OSError):
                draft.unlink()


def _trouble(error: Exception, path: Path) -> ExportError:
    known = {Trouble.READ_ONLY: ExportTrouble.READ_ONLY, Trouble.FULL: ExportTrouble.FULL}
    trouble = trouble_of(error) if isinstance(error, OSError) else None
    return ExportError(known.get(trouble, ExportTrouble.FAILED) if trouble else ExportTrouble.FAILED, path)
