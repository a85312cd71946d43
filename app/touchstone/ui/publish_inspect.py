"""Looks at files that are to be published: their SHA-256, whether they carry credentials, what the register holds."""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from touchstone.texts import _
from touchstone.ui.desk import Desk
from touchstone.ui.publish_model import Claims, Credentials, Entry, PublishModel, Stage, known_by

if TYPE_CHECKING:
    from touchstone.report import Report

_STRIDE_MS = 80
_AT_ONCE = 1000  # files that join the table in one go
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found out about a file; `problem` is a sentence, empty where there is none."""

    sha256: str = ""
    credentials: Credentials = Credentials.UNKNOWN
    claims: Claims | None = None
    problem: str = ""


class Inspector(QObject):
    """Reads the files of a table in threads, in the closed processes that a check uses. For the main thread."""

    progressed = Signal()
    ended = Signal()

    def __init__(self, desk: Desk, model: PublishModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk, self._model = desk, model
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._waiting: deque[Entry] = deque()
        self._seen: list[tuple[Entry, Seen | None]] = []
        self._cancel = threading.Event()
        self._threads = self._done = self._total = self._walks = 0
        self._publisher = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_STRIDE_MS)
        self._timer.timeout.connect(self._stride)

    def use(self, publisher: int) -> None:
        """Whose registrations are one's own; 0 for nobody's."""
        self._publisher = publisher
        entries = self._model.entries()
        for entry in entries:
            if entry.stage is not Stage.REGISTERED:
                entry.known = known_by(entry.claims, publisher)
        self._model.touched(entries)

    def counts(self) -> tuple[int, int]:
        """How many files of the present run are done, and how many there are."""
        return self._done, self._total

    def running(self) -> bool:
        """Whether anything waits or is being read."""
        return self._walks > 0 or self._done < self._total

    def add(self, paths: Sequence[Path]) -> None:
        """List files, and those in folders, and read them. Folders are walked in a thread."""
        self._walks += 1
        cancel = self._cancel

        def walk() -> None:
            from touchstone.check.batch import expand
            from touchstone.registry.receipts import is_ours

            found = (path for path in expand(paths) if not is_ours(path))
            while (part := list(islice(found, _AT_ONCE))) and not cancel.is_set():
                self._desk.background.later(lambda part=part: self._join(part, cancel))  # type: ignore[misc]

        self._desk.background.run(walk, lambda _none: self._walked(), self._walked)

    def again(self, entries: Iterable[Entry]) -> None:
        """Read files once more: the register, or the files, may have changed."""
        chosen = [entry for entry in entries if entry.stage not in {Stage.WAITING, Stage.READING}]
        for entry in chosen:
            entry.stage, entry.problem = Stage.WAITING, ""
        self._model.touched(chosen)
        self._start(chosen)

    def stop(self) -> None:
        """Stop everything. What was not read stays on the list, and says so."""
        self._cancel.set()
        self._cancel = threading.Event()
        with self._lock:
            left = list(self._waiting)
            self._waiting.clear()
        self._done += len(left)
        for entry in left:
            entry.problem = _("Not read yet")
        self._model.touched(left)
        self.progressed.emit()

    def forget(self, entries: Iterable[Entry]) -> None:
        """Read none of these any more: they were taken off the list."""
        gone = set(entries)
        with self._lock:
            kept = [entry for entry in self._waiting if entry not in gone]
            self._done += len(self._waiting) - len(kept)
            self._waiting = deque(kept)
        self.progressed.emit()

    def close(self) -> None:
        """Stop, for good."""
        self.stop()
        self._timer.stop()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _walked(self, error: Exception | None = None) -> None:
        self._walks -= 1
        if error is not None:
            _log.error("walking a folder failed", exc_info=error)
        self.progressed.emit()

    def _join(self, paths: Sequence[Path], cancel: threading.Event) -> None:
        if not cancel.is_set():
            self._start(self._model.add(paths))

    def _start(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        if self._done >= self._total:
            self._done = self._total = 0
        self._total += len(entries)
        with self._lock:
            self._waiting += entries
        most = self._desk.settings.parallel or os.cpu_count() or 1
        if self._pool is None:
            self._pool = ThreadPoolExecutor(most, thread_name_prefix="inspect")
        for _number in range(min(most - self._threads, len(entries))):
            self._threads += 1
            self._pool.submit(self._work)
        self._timer.start()
        self.progressed.emit()

    def _work(self) -> None:
        """In a thread: one file after another, until none waits."""
        while True:
            with self._lock:
                if not self._waiting:
                    break
                entry, cancel = self._waiting.popleft(), self._cancel
                self._seen.append((entry, None))
            seen = self._look(entry, cancel)
            with self._lock:
                self._seen.append((entry, seen))
        self._desk.background.later(self._thread_ended)

    def _look(self, entry: Entry, cancel: threading.Event) -> Seen:
        from touchstone.check.opening import Stopped

        try:
            return seen_in(self._desk.checker().check(entry.path, cancel=cancel, pictures=False).report)
        except Stopped:
            return Seen(problem=_("Not read yet"))
        except Exception:  # noqa: BLE001 - a defect must cost one file, not the list
            _log.exception("reading a file failed")
            return Seen(problem=_("Could not be read"))

    def _thread_ended(self) -> None:
        self._threads -= 1
        self._stride()

    def _stride(self) -> None:
        with self._lock:
            seen, self._seen = self._seen, []
        for entry, found in seen:
            if found is None:
                entry.stage = Stage.READING
                continue
            self._done += 1
            entry.stage = Stage.FAILED if found.problem else Stage.READY
            entry.sha256, entry.problem = found.sha256, found.problem
            entry.credentials, entry.claims = found.credentials, found.claims
            entry.known = known_by(found.claims, self._publisher)
        self._model.touched([entry for entry, _found in seen])
        if seen:
            self.progressed.emit()
        if not self.running() and self._threads == 0:
            self._timer.stop()
            self.ended.emit()


def seen_in(report: Report) -> Seen:
    """What a check says about a file that is to be published."""
    from touchstone.report import Witness
    from touchstone.texts import findings

    details = {str(finding.witness): finding.details for finding in report.findings}
    if not report.media.sha256:
        said = next((findings.sentence(f) for f in report.findings if f.details or f.code), "")
        return Seen(problem=said or _("Could not be read"))
    return Seen(
        report.media.sha256,
        _credentials(details.get(str(Witness.CREDENTIALS), {})),
        _claims(details.get(str(Witness.REGISTER), {})),
    )


def _credentials(details: Mapping[str, Any]) -> Credentials:
    integrity = details.get("integrity")
    if integrity is None:
        return Credentials.UNKNOWN
    return Credentials.NONE if integrity == "none" else Credentials.PRESENT


def _claims(details: Mapping[str, Any]) -> Claims | None:
    match = details.get("match")
    if match is None:
        return None
    listed = details.get("claims") or () if match == "exact" else ()
    return tuple((int(claim.get("publisher", 0)), bool(claim.get("revoked"))) for claim in listed)
