"""The detectors as a check sees them: asked about what the pixels worker cut, while the other witnesses are heard.

A network that takes too long or brings its process down is left out of the next attempt, so that the others are heard;
one that has done so twice is not asked again until the models are read anew.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from touchstone import modelfile
from touchstone.check import detector_findings, detector_reply
from touchstone.check.arrays import Arrays
from touchstone.check.detector_findings import ON_FRAMES, ON_PICTURES
from touchstone.check.detector_reply import Answer, Said
from touchstone.check.models import ModelError, ModelStore, speaking
from touchstone.check.opening import Stopped
from touchstone.check.sandbox import Reply, WorkerError
from touchstone.check.warm import Beginning, Warm
from touchstone.filefacts import Note
from touchstone.modelfile import Task
from touchstone.paths import Home
from touchstone.report import DETECTORS, Finding, Kind, Picture, Protection, Status
from touchstone.settings import Settings
from touchstone.wire import Limits, WorkerFailure

TASKS = tuple(Task(str(witness)) for witness in DETECTORS)
_LIMITS = Limits(memory_bytes=1200 * 1024**2, cpu_seconds=3600)
_MOST_THREADS = 4
_STRIKES = 2
_TOLD = frozenset({WorkerFailure.UNSUPPORTED, WorkerFailure.TOO_LARGE})
_UNREADABLE = frozenset({Note.TRUNCATED, Note.UNDECODABLE, Note.NO_FRAMES, Note.FRAMES_TOO_FAR})


@dataclass(frozen=True, slots=True)
class Looked:
    """What the detectors said: a finding for each, maps by name, and what held their process."""

    findings: tuple[Finding, ...]
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    protection: tuple[Protection, ...] = ()


class _Either(threading.Event):
    """Set where it is set itself or the other one is."""

    def __init__(self, other: threading.Event | None) -> None:
        super().__init__()
        self._other = other

    def is_set(self) -> bool:
        return super().is_set() or (self._other is not None and self._other.is_set())


class Asking:
    """Detectors that are being asked, in a thread of their own."""

    def __init__(self, panel: _Panel | None, work: Future[Looked]) -> None:
        self.panel, self.work = panel, work


class DetectorsWitness:
    """Every detector. Thread-safe. Models are read when first needed, and again after `refresh`."""

    def __init__(self, home: Home, settings: Settings, store: ModelStore | None = None) -> None:
        self._store = store or ModelStore(home)
        self._on = settings.detectors
        self._panel: _Panel | None = None
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
        stack: ExitStack,
    ) -> Asking:  # fmt: skip
        """Ask about a file, in a thread; it is stopped with `stack`. `facts` says how reading the file went."""
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

    def _entered(self) -> _Panel:
        with self._lock:
            panel = self._read()
            panel.enter()
            return panel

    def _now(self) -> _Panel:
        with self._lock:
            return self._read()

    def _read(self) -> _Panel:
        if self._panel is None:
            self._panel = _Panel(self._store)
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


class _Panel:
    """The models as they were found, and the worker that has them; it ends after its last user."""

    def __init__(self, store: ModelStore) -> None:
        listed = store.listed()
        self._store = store
        self.asked = speaking(listed)
        self._off = {one.manifest.task for one in listed} - set(self.asked)
        self._failures: dict[Task, str] = {}
        self._strikes: Counter[Task] = Counter()
        self._given: list[Task] = []
        self._worker = Warm("detector", self._beginning, _LIMITS, self._heard_ready)
        self._lock = threading.Lock()
        self._users, self._retiring = 0, threading.Event()
        self._warming: threading.Thread | None = None

    def tasks(self, kind: Kind, only: Task | None = None) -> list[Task]:
        """The detectors that are asked about files of this kind."""
        fitting = {Kind.IMAGE: ON_PICTURES, Kind.VIDEO: ON_FRAMES}.get(kind, ())
        return [task for task in fitting if task in self.asked and (only in {None, task} or kind is Kind.VIDEO)]

    def warm(self) -> None:
        """Get ready, in a thread; `leave` is its last. What goes wrong is said with the first file."""

        def run() -> None:
            doing: list[str] = []
            try:
                self._worker.ready(self._retiring, doing.append)
            except WorkerError as error:
                self._strike(doing, error.failure)
            finally:
                self.leave()

        self._worker.warm()
        self._warming = threading.Thread(target=run, name="detectors-warm", daemon=True)
        self._warming.start()

    def wait_for_warming(self) -> None:
        """Wait until the thread that gets ready has ended, which retiring makes it do."""
        if self._warming is not None:
            self._warming.join()

    def enter(self) -> None:
        with self._lock:
            self._users += 1

    def leave(self) -> None:
        with self._lock:
            self._users -= 1
            last = self._retiring.is_set() and self._users == 0
        if last:
            self._worker.close()

    def retire(self) -> None:
        with self._lock:
            self._retiring.set()
            unused = self._users == 0
        if unused:
            self._worker.close()

    def pids(self) -> list[int]:
        return self._worker.pids()

    def look(
        self, kind: Kind, arrays: Arrays, seconds: float, cancel: threading.Event | None, only: Task | None = None
    ) -> Looked:
        """Ask, leaving out what fails, until somebody answers. Raises `Stopped` alone."""
        wanted, failed = self.tasks(kind, only), dict[Task, str]()
        for _attempt in range(len(wanted) + 1):
            skipped = {*failed, *self._failures}
            left = [task for task in wanted if task not in skipped]
            if not left:
                break
            doing: list[str] = []
            try:
                reply = self._worker.ask(_question(arrays, left), arrays.blobs, seconds, cancel, doing.append)
                answer = detector_reply.parse(reply.body, reply.blobs)
            except WorkerError as error:
                if error.failure is WorkerFailure.STOPPED:
                    raise Stopped from error
                guilty = self._strike(doing, error.failure)
                failed |= dict.fromkeys([guilty] if guilty in left else left, str(error.failure))
                continue
            return self._looked(kind, arrays, answer, failed, seconds, reply)
        return Looked(self.findings(kind, {t: self._without(t, failed, seconds) for t in wanted}))

    def _looked(
        self, kind: Kind, arrays: Arrays, answer: Answer, failed: Mapping[Task, str], seconds: float, reply: Reply
    ) -> Looked:
        answer = replace(answer, said={t: s for t, s in answer.said.items() if t in self.asked})
        if kind is Kind.VIDEO:
            lost = {task: Said("", None, code, 0) for task, code in (self._failures | dict(failed)).items()}
            answer = replace(answer, said=lost | dict(answer.said))
            found = {Task.VIDEO: detector_findings.of_clip(answer, self.asked, seconds=seconds)}
            return Looked(self.findings(kind, found), protection=(reply.protection,))
        found = detector_findings.of_picture(answer, self.asked, arrays.sides, seconds=seconds)
        found |= {t: self._without(t, failed, seconds) for t in self.tasks(kind) if t not in found}
        return Looked(self.findings(kind, found), answer.maps, (reply.protection,))

    def _without(self, task: Task, failed: Mapping[Task, str], seconds: float) -> Finding:
        code = failed.get(task) or self._failures.get(task) or str(WorkerFailure.UNAVAILABLE)
        return detector_findings.without(task, code, seconds=seconds)

    def findings(
        self, kind: Kind, found: Mapping[Task, Finding], early: str = "", *, off: bool = False
    ) -> tuple[Finding, ...]:
        """A finding for every detector: `found`, or why there is none; `early` is why nobody was asked."""
        return tuple(found.get(task) or self._none(task, kind, early, off=off) for task in TASKS)

    def _none(self, task: Task, kind: Kind, early: str, *, off: bool) -> Finding:
        behind = ON_FRAMES if task is Task.VIDEO else (task,)
        other = "no-video" if task is Task.VIDEO else "not-a-picture"
        if not any(one in self.asked or one in self._off for one in behind):
            code = "not-installed"
        elif off or not any(one in self.asked for one in behind):
            code = "switched-off"
        elif (kind, task is Task.VIDEO) in {(Kind.IMAGE, True), (Kind.VIDEO, False)}:
            code = other
        else:
            code = early or other
        return detector_findings.without(task, code)

    def _strike(self, doing: list[str], failure: WorkerFailure) -> Task | None:
        """The model that was at work when things went wrong; twice is once too often."""
        name = doing[-1].removeprefix("load-").removeprefix("video-") if doing else ""
        if name not in set(Task):
            return None
        task = Task(name)
        self._strikes[task] += 1
        if self._strikes[task] >= _STRIKES:
            self._failures[task] = str(failure)
        return task

    def _beginning(self) -> Beginning:
        """Models whose bytes are those of their manifests, as open descriptors, and what accompanies them."""
        self._given = []
        blobs: dict[str, bytes] = {}
        models: list[int] = []
        companions: dict[str, int] = {}
        try:
            for task, one in self.asked.items():
                if task in self._failures or task not in ON_PICTURES:
                    continue
                try:
                    models.append(self._store.open_verified(one))
                    companions |= self._store.open_companions(one)
                except ModelError as error:
                    self._failures[task] = error.code
                    for fd in models[len(self._given) :]:
                        os.close(fd)
                    del models[len(self._given) :]
                    continue
                blobs[f"manifest-{len(self._given)}"] = modelfile.dumps(one.manifest).encode()
                self._given.append(task)
        except BaseException:
            for fd in (*models, *companions.values()):
                os.close(fd)
            raise
        listed = [{"sha256": self.asked[task].manifest.sha256} for task in self._given]
        body = {"models": listed, "threads": _threads(), "companions": list(companions)}
        return Beginning(body, blobs, [*models, *companions.values()])

    def _heard_ready(self, reply: Reply) -> None:
        failures = detector_reply.parse_ready(reply.body, len(self._given))
        self._failures |= {task: code for task, code in zip(self._given, failures, strict=True) if code}


def _question(arrays: Arrays, tasks: list[Task]) -> dict[str, Any]:
    return {
        "shapes": {name: list(shape) for name, shape in arrays.shapes.items()},
        "places": [list(place) for place in arrays.places],
        "times": list(arrays.times),
        "only": [str(task) for task in tasks],
    }


def _threads() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(_MOST_THREADS, cores)
