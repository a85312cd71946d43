"""The registered file that another one looks like, where it is on this computer; and pictures to compare them by."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

from touchstone.check.opening import OpenedFile, OpenError
from touchstone.check.samples import NAMES, SampleRecord
from touchstone.check.sandbox import WorkerError
from touchstone.check.witnesses import PixelsWitness
from touchstone.paths import Home
from touchstone.report import Picture
from touchstone.wire import Limits

_LIMITS = Limits(wall_seconds=30)
_LARGEST = 4 * 1024**3  # bytes; a file that is only looked for is not read for minutes


class OtherFileError(Exception):
    """A file that was named is not the registered one: its SHA-256 is another."""


def find(home: Home, sha256: str, beside: Path, samples: str = "") -> Path | None:
    """Where a file of that SHA-256 is, among those this computer registered and among the samples.

    `beside` is the file that was checked: samples are looked for in its folder too. `samples` is the folder for them
    that the user chose, "" for the usual one. What is found is read and compared: a path alone proves nothing.
    """
    for path in _candidates(home, sha256, beside, samples):
        try:
            with OpenedFile(path) as opened:
                if 0 < opened.size <= _LARGEST and opened.sha256() == sha256:
                    return path
        except OpenError:
            continue
    return None


def _candidates(home: Home, sha256: str, beside: Path, samples: str) -> Iterator[Path]:
    from touchstone.registry.job import local_original

    registered = local_original(home, sha256)
    if registered is not None:
        yield registered
    record = SampleRecord.load(home)
    names = {name for g in record.generations for digest, name in g.files.items() if digest == sha256}
    folders = dict.fromkeys((beside.parent, Path(samples) if samples else home.root / "sample-files"))
    yield from (folder / name for folder in folders for name in NAMES.values() if name in names)


def picture(pixels: PixelsWitness, path: Path, sha256: str, cancel: threading.Event | None = None) -> Picture:
    """The picture of a file as a check shows it, turned as it is displayed, at most 640 pixels a side.

    Raises:
        OtherFileError: its SHA-256 is another.
        OpenError: it cannot be read.
        WorkerError: it cannot be decoded.
    """
    with OpenedFile(path) as opened:
        if opened.sha256(cancel) != sha256:
            raise OtherFileError
        return pixels.picture(opened, _LIMITS, cancel)


__all__ = ["OpenError", "OtherFileError", "WorkerError", "find", "picture"]
