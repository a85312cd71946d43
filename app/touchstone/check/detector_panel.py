"""The detectors that are asked, with the process that has them: who is asked about what, and who is left out.

A network that takes too long or brings its process down is left out of the next attempt, so that the others are heard;
one that has done so twice is not asked again until the models are read anew.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from touchstone import modelfile
from touchstone.check import detector_findings, detector_reply, model_standing
from touchstone.check.arrays import Arrays
from touchstone.check.detector_findings import ON_FRAMES, ON_PICTURES
from touchstone.check.detector_reply import Answer, Said
from touchstone.check.model_standing import ModelRegister
from touchstone.check.models import ModelError, ModelStore, speaking
from touchstone.check.opening import Stopped
from touchstone.check.sandbox import Reply, WorkerError
from touchstone.check.warm import Beginning, Warm
from touchstone.modelfile import Task
from touchstone.report import DETECTORS, Finding, Kind, Picture, Protection
from touchstone.wire import Limits, WorkerFailure

TASKS = tuple(Task(str(witness)) for witness in DETECTORS)
_LIMITS = Limits(memory_bytes=1200 * 1024**2, cpu_seconds=3600)
_MOST_THREADS = 4
_STRIKES = 2


@dataclass(frozen=True, slots=True)
class Looked:
    """What the detectors said: a finding for each, maps by name, and what held their process."""

    findings: tuple[Finding, ...]
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    protection: tuple[Protection, ...] = ()


class Panel:
    """The models as they were found, and the worker that has them; it ends after its last user."""

    def __init__(self, store: ModelStore, register: ModelRegister) -> None:
        listed = store.listed()
        self._store, self._register = store, register
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
        """Somebody is about to ask."""
        with self._lock:
            self._users += 1

    def leave(self) -> None:
        """They are done; the last one ends the process, if the panel is retired."""
        with self._lock:
            self._users -= 1
            last = self._retiring.is_set() and self._users == 0
        if last:
            self._worker.close()

    def retire(self) -> None:
        """End the process after its last user."""
        with self._lock:
            self._retiring.set()
            unused = self._users == 0
        if unused:
            self._worker.close()

    def pids(self) -> list[int]:
        """The processes that wait for files."""
        return self._worker.pids()

    def look(
        self, kind: Kind, arrays: Arrays, seconds: float, cancel: threading.Event | None, only: Task | None = None
    ) -> Looked:
        """Ask, leaving out what fails or may not be used, until somebody answers. Raises `Stopped` alone."""
        standings = self._register.standings(self.asked.values())
        wanted, failed = self.tasks(kind, only), model_standing.barred(self.asked, standings)
        looked = self._look((kind, arrays), wanted, failed, seconds, cancel)
        return replace(looked, findings=tuple(model_standing.told(f, self.asked, standings) for f in looked.findings))

    def _look(
        self, subject: tuple[Kind, Arrays], wanted: list[Task], failed: dict[Task, str], seconds: float,
        cancel: threading.Event | None,
    ) -> Looked:  # fmt: skip
        kind, arrays = subject
        alone = False
        for _attempt in range(len(wanted) + 2):
            skipped = {*failed, *self._failures}
            left = [task for task in wanted if task not in skipped]
            if not left:
                break
            doing: list[str] = []
            try:
                question = _question(arrays, left, alone=alone)
                reply = self._worker.ask(question, arrays.blobs, seconds, cancel, doing.append)
                answer = detector_reply.parse(reply.body, reply.blobs)
            except WorkerError as error:
                if error.failure is WorkerFailure.STOPPED:
                    raise Stopped from error
                if len(_at_work(doing)) > 1 and not alone:
                    alone = True  # once more, one after another, to see which of them it was
                    continue
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
            found = {Task.VIDEO: detector_findings.of_clip(answer, self.asked, self._store.clips(), seconds=seconds)}
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
        at_work = _at_work(doing)
        if len(at_work) != 1:
            return None
        (task,) = at_work
        self._strikes[task] += 1
        if self._strikes[task] >= _STRIKES:
            self._failures[task] = str(failure)
        return task

    def _beginning(self) -> Beginning:
        """Models whose bytes are those of their manifests, as open descriptors, and what accompanies them."""
        self._given = []
        standings = self._register.standings(self.asked.values())
        self._failures |= model_standing.barred(self.asked, standings)  # what may not be used is not even loaded
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
        body = {"models": listed, "threads": threads(), "companions": list(companions)}
        return Beginning(body, blobs, [*models, *companions.values()])

    def _heard_ready(self, reply: Reply) -> None:
        failures = detector_reply.parse_ready(reply.body, len(self._given))
        self._failures |= {task: code for task, code in zip(self._given, failures, strict=True) if code}


def _at_work(doing: list[str]) -> list[Task]:
    """The networks that were begun and not done with, out of what a worker said that it does."""
    begun: dict[str, None] = {}
    for said in doing:
        name = said.removeprefix("done-").removeprefix("load-").removeprefix("video-")
        if said.startswith("done-"):
            begun.pop(name, None)
        elif name in set(Task):
            begun[name] = None
    return [Task(name) for name in begun]


def _question(arrays: Arrays, tasks: list[Task], *, alone: bool) -> dict[str, Any]:
    return {
        "shapes": {name: list(shape) for name, shape in arrays.shapes.items()},
        "places": [list(place) for place in arrays.places],
        "times": list(arrays.times),
        "only": [str(task) for task in tasks],
        "alone": alone,
    }


def threads() -> int:
    """How many threads a network may use: two run side by side."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(_MOST_THREADS, cores) // 2)
