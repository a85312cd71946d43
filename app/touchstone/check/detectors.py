"""The detectors as a check sees them: asked about what the pixels worker cut, while the other witnesses are heard."""

from __future__ import annotations

import threading
from concurrent.futures import Future, wait
from contextlib import ExitStack

from touchstone.check.arrays import Arrays
from touchstone.check.detector_panel import Looked, Panel
from touchstone.check.model_standing import ModelRegister
from touchstone.check.models import ModelStore
from touchstone.filefacts import Note
from touchstone.modelfile import Task
from touchstone.paths import Home
from touchstone.report import Finding, Kind, Status
from touchstone.settings import Settings
from touchstone.wire import Limits, WorkerFailure

_TOLD = frozenset({WorkerFailure.UNSUPPORTED, WorkerFailure.TOO_LARGE})
_REGISTER_SECONDS = 6.0  # what following the register may take, and a little
_UNREADABLE = frozenset({Note.TRUNCATED, Note.UNDECODABLE, Note.NO_FRAMES, Note.FRAMES_TOO_FAR})


class _Either(threading.Event):
    """Set where it is set itself or the other one is."""

    def __init__(self, other: threading.Event | None) -> None:
        super().__init__()
        self._other = other

    def is_set(self) -> bool:
        return super().is_set() or (self._other is not None and self._other.is_set())


class Asking:
    """Detectors that are being asked, in a thread of their own."""

    def __init__(self, panel: Panel | None, work: Future[Looked]) -> None:
        self.panel, self.work = panel, work


class DetectorsWitness:
    """Every detector. Thread-safe. Models are read when first needed, and again after `refresh`.

    `first_start` registers those that came with the application on the practice ledger, where they are not there yet.
    """

    def __init__(
        self, home: Home, settings: Settings, store: ModelStore | None = None, *, first_start: bool = False
    ) -> None:
        self._home, self._store = home, store or ModelStore(home)
        self._register = ModelRegister(home, settings.network, self._store, first_start=first_start)
        self._on = settings.detectors
        self._panel: Panel | None = None
        self._lock = threading.Lock()

    def wanted(self, kind: Kind) -> bool:
        """Whether anything is asked about files of this kind."""
        return bool(self._on and self._now().tasks(kind))

    def warm(self) -> None:
        """Start the process now, and have it load the models, in a thread."""
        if self._on and self._now().asked:
            self._entered().warm()

    def refresh(self) -> None:
        """Look at the models again with the next file; checks under way end with those they began with."""
        with self._lock:
            before, self._panel = self._panel, None
        if before is not None:
            before.retire()

    def ask_network(self, name: str) -> None:
        """Ask the register of this network how models stand, from the next file on."""
        if name != self._register.network:
            self._register = ModelRegister(self._home, name, self._store)
            self.refresh()

    def switch(self, *, on: bool) -> None:
        """Ask from the next file on, or no longer."""
        self._on = on
        self.refresh()

    def close(self) -> None:
        """End its processes."""
        with self._lock:
            before, self._panel = self._panel, None
        if before is not None:
            before.retire()
            before.wait_for_warming()

    def pids(self) -> list[int]:
        """The processes that wait for files."""
        with self._lock:
            return [] if self._panel is None else self._panel.pids()

    def begin(
        self, kind: Kind, facts: Finding, arrays: Arrays, limits: Limits, cancel: threading.Event | None,
        stack: ExitStack, register: Future[None] | None = None,
    ) -> Asking:  # fmt: skip
        """Ask about a file, in a thread; it is stopped with `stack`. `facts` says how reading the file went.

        `register` is waited for, within bounds: the register that is being brought up to date.
        """
        work: Future[Looked] = Future()
        if not self._on:
            work.set_result(self._without_any(kind, "switched-off"))
            return Asking(None, work)
        panel = self._entered()
        stack.callback(panel.leave)
        early = _amiss(kind, arrays, facts)
        if early or not panel.tasks(kind):
            work.set_result(Looked(panel.findings(kind, {}, early)))
            return Asking(panel, work)
        either = _Either(cancel)

        def run() -> None:
            try:
                if register is not None:
                    wait([register], timeout=_REGISTER_SECONDS)
                work.set_result(panel.look(kind, arrays, limits.wall_seconds, either))
            except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
                work.set_exception(error)

        thread = threading.Thread(target=run, name="detectors")
        stack.callback(thread.join)
        stack.callback(either.set)
        thread.start()
        return Asking(panel, work)

    def finish(self, asking: Asking) -> Looked:
        """Wait for the answer. Raises `Stopped` alone."""
        return asking.work.result()

    def look(
        self, kind: Kind, arrays: Arrays, seconds: float, cancel: threading.Event | None, only: Task | None = None
    ) -> Looked:
        """Ask about arrays here and now; `only` asks one detector. Raises `Stopped` alone."""
        if not self._on:
            return self._without_any(kind, "switched-off")
        panel = self._entered()
        try:
            early = _amiss(kind, arrays)
            if early or not panel.tasks(kind, only):
                return Looked(panel.findings(kind, {}, early))
            return panel.look(kind, arrays, seconds, cancel, only)
        finally:
            panel.leave()

    def unread(self, kind: Kind, code: str) -> Looked:
        """What is said of a file that nobody could open."""
        if not self._on:
            return self._without_any(kind, "switched-off")
        return Looked(self._now().findings(kind, {}, code))

    def unlooked(self, kind: Kind, facts: Finding) -> Looked:
        """What is said of a file that could not be read."""
        if not self._on:
            return self._without_any(kind, "switched-off")
        return Looked(self._now().findings(kind, {}, _amiss(kind, Arrays(), facts)))

    def _without_any(self, kind: Kind, code: str) -> Looked:
        return Looked(self._now().findings(kind, {}, code, off=True))

    def _entered(self) -> Panel:
        with self._lock:
            panel = self._read()
            panel.enter()
            return panel

    def _now(self) -> Panel:
        with self._lock:
            return self._read()

    def _read(self) -> Panel:
        if self._panel is None:
            self._panel = Panel(self._store, self._register)
        return self._panel


def _amiss(kind: Kind, arrays: Arrays, facts: Finding | None = None) -> str:
    """Why nothing is asked about a picture or clip, as a code, where the reading of it says so."""
    if kind not in {Kind.IMAGE, Kind.VIDEO}:
        return ""
    if facts is not None and facts.status is not Status.DONE:
        return facts.code if facts.code in _TOLD else str(WorkerFailure.UNREADABLE)
    if Note.PREVIEW in arrays.notes:
        return str(WorkerFailure.UNSUPPORTED)
    return str(WorkerFailure.UNREADABLE) if arrays.notes & _UNREADABLE or not arrays.shapes else ""
