"""Detectors alone, for many files: what they look at is cut out of a file, and nothing else is read or weighed."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path

from touchstone.check.detector_panel import Looked
from touchstone.check.detectors import DetectorsWitness
from touchstone.check.models import ModelStore
from touchstone.check.opening import OpenedFile, OpenError
from touchstone.check.sandbox import Pool, WorkerError
from touchstone.check.witnesses import PixelsWitness
from touchstone.modelfile import Task
from touchstone.paths import Home
from touchstone.report import Finding, Kind, Status, Witness
from touchstone.settings import Settings
from touchstone.wire import Limits


@dataclass(frozen=True, slots=True)
class Detected:
    """What detectors said of a file; `sha256` is empty where it could not be read to its end."""

    path: Path
    sha256: str
    kind: Kind
    looked: Looked


class Detecting:
    """Asks the detectors about files. Thread-safe: several threads keep decoding while one network runs.

    `pixels` is a pool of that profile that was started before.
    """

    def __init__(
        self, home: Home, settings: Settings, pixels: Pool | None = None, store: ModelStore | None = None
    ) -> None:
        self._settings = settings
        self._pixels = PixelsWitness(pixels)
        self._detectors = DetectorsWitness(home, settings, store)

    def warm(self) -> None:
        """Start the processes now."""
        self._pixels.warm()
        self._detectors.warm()

    def close(self) -> None:
        """End every process."""
        self._pixels.close()
        self._detectors.close()

    def pids(self) -> list[int]:
        """The processes that wait for files, for measuring."""
        return [*self._pixels.pids(), *self._detectors.pids()]

    def look(self, path: Path, cancel: threading.Event | None = None, only: Task | None = None) -> Detected:
        """Ask about one file; `only` asks one detector.

        Raises:
            Stopped: `cancel` was set. Whatever else happens is said in the findings.
        """
        kind, sha256 = Kind.UNKNOWN, ""
        try:
            with OpenedFile(path) as opened:
                question = self._pixels.ask_arrays(opened, self._limits(), cancel)
                try:
                    kind = question.kind
                    sha256 = opened.sha256(cancel)
                    arrays = question.arrays()
                finally:
                    question.abandon()
                looked = self._detectors.look(kind, arrays, self._settings.wall_seconds, cancel, only)
                opened.refuse_changed()
                return Detected(path, sha256, kind, looked)
        except OpenError as error:
            # Of what kind it is may not be known; it was named as one that detectors look at.
            asked = Kind.IMAGE if kind is Kind.UNKNOWN else kind
            return Detected(path, "", kind, self._detectors.unread(asked, str(error.failure)))
        except WorkerError as error:
            facts = Finding(Witness.FACTS, Status.FAILED, str(error.failure))
            return Detected(path, sha256, kind, self._detectors.unlooked(kind, facts))

    def _limits(self) -> Limits:
        seconds = self._settings.wall_seconds
        return Limits(
            wall_seconds=seconds, memory_bytes=self._settings.memory_mb * 1024**2, cpu_seconds=int(2 * seconds)
        )


def threads() -> int:
    """How many files are looked at at once: one for each core, and one that waits for the networks."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + 1
