"""Evidence made by code."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.media_files import jpeg

from touchstone.check.run import Checker
from touchstone.court.bundle import Contents, Made, make
from touchstone.court.statement import Choice
from touchstone.export import document
from touchstone.paths import Home

REASON = "The shadow falls to the left, all others to the right.\nThe sign was in another street."


def picture(folder: Path, seed: int = 1, name: str = "harbour.jpg") -> Path:
    path = folder / name
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(jpeg(120, 160, seed))
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def report_on(home: Home, path: Path) -> bytes:
    checker = Checker(home)
    try:
        return document.canonical(document.to_document(checker.check(path).report))
    finally:
        checker.close()


def contents(folder: Path, **more: object) -> Contents:
    note = folder / "note.txt"
    folder.mkdir(parents=True, exist_ok=True)
    note.write_bytes(b"seen on the quay\n")
    told: dict[str, object] = {
        "reason": REASON,
        "media": picture(folder),
        "choice": Choice.EDITED,
        "links": ("https://example.org/original",),
        "files": (note,),
    }
    return Contents(**(told | more))  # type: ignore[arg-type]


def made(folder: Path, **more: object) -> Made:
    return make(folder / "evidence.zip", contents(folder, **more))
