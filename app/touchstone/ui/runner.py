"""Runs the checks of a batch: as many at once as there are cores, and tells the list what changed in strides."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from touchstone.texts.plain import plain
from touchstone.ui.batch import Item, Memory, Outcome, Queue, Shown, State, pack, shown_of, unpack
from touchstone.ui.desk import Desk
from touchstone.ui.model import BatchModel

_STRIDE_MS = 80
_BUDGET = 0.012  # seconds of the main thread that one stride may take
_AT_ONCE = 500  # files that join the list in one go
_log = logging.getLogger(__name__)


class Runner(QObject):
    """The batch of a window. All methods are for the main thread."""

    progressed = Signal()
    finished = Signal(object)  # the Item
    added = Signal(object)  # the first Item of what was added
    ended = Signal()  # nothing waits or runs any more
    nothing = Signal()  # what was added held no file

    def __init__(self, desk: Desk, model: BatchModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk, self._model = desk, model
        self._memory, self._queue = model.memory, Queue()
        self._pool: ThreadPoolExecutor | None = None
        self._threads = 0  # how many are at work
        self._total = self._done = 0
        self._since = 0.0
        self._expanding = 0
        self._generation = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_STRIDE_MS)
        self._timer.timeout.connect(self._stride)

    @property
    def memory(self) -> Memory:
        """The pictures at hand."""
        return self._memory

    def counts(self) -> tuple[int, int]:
        """How many files of the present run are finished, and how many there are."""
        return self._done, self._total

    def running(self) -> bool:
        """Whether anything waits or runs."""
        return self._done < self._total or self._expanding > 0

    def seconds_left(self) -> int | None:
        """An estimate, once there is something to base it on: some files done, two seconds passed."""
        passed = time.monotonic() - self._since
        if self._done == 0 or passed < 2 or self._done >= self._total:
            return None
        return max(1, round(passed / self._done * (self._total - self._done)))

    def add(self, paths: Sequence[Path]) -> None:
        """Check files, and those in folders. Folders are walked in a thread."""
        self._expanding += 1
        generation = self._generation

        def walk() -> None:
            from touchstone.check.batch import expand

            found = expand(paths)
            first = True
            while part := list(islice(found, _AT_ONCE)):
                self._desk.background.later(lambda part=part, first=first: self._join(part, generation, first=first))  # type: ignore[misc]
                first = False
                if generation != self._generation:
                    break
            if first:
                self._desk.background.later(self.nothing.emit)

        self._desk.background.run(walk, lambda _none: self._walked(), self._walked)

    def again(self, items: Iterable[Item]) -> None:
        """Check items once more."""
        chosen = [item for item in items if item.state not in {State.WAITING, State.RUNNING}]
        for item in chosen:
            item.cancel = threading.Event()
            item.state, item.progress, item.problem = State.WAITING, None, ""
        self._model.touched(chosen)
        self._start(chosen)

    def stop(self, items: Iterable[Item]) -> None:
        """Stop items: those that wait at once, those under way as soon as their readers are ended."""
        chosen = [item for item in items if item.state in {State.WAITING, State.RUNNING}]
        for item in chosen:
            item.cancel.set()
        waiting = self._queue.withdraw(chosen)
        for item in waiting:
            item.state = State.STOPPED
        self._done += len(waiting)
        self._model.touched(waiting)
        self.progressed.emit()

    def stop_all(self) -> None:
        """Stop everything, walks of folders included."""
        self._generation += 1
        self.stop(self._model.items())

    def remove(self, items: Sequence[Item]) -> None:
        """Take items off the list, stopping them first."""
        self.stop(items)
        self._model.remove(items)
        self._memory.forget(items)
        self.progressed.emit()

    def shown(self, item: Item) -> Shown | None:
        """What to show of an item; its pictures may have been let go (see `fetch`)."""
        kept = self._memory.shown(item)
        if kept is not None:
            return kept
        return Shown(unpack(item.packed), item.path) if item.packed else None

    def close(self) -> None:
        """Stop everything and wait for the threads."""
        self._timer.stop()
        self.stop_all()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _walked(self, error: Exception | None = None) -> None:
        self._expanding -= 1
        if error is not None:
            _log.error("walking a folder failed", exc_info=error)
        self.progressed.emit()

    def _join(self, paths: Sequence[Path], generation: int, *, first: bool) -> None:
        if generation != self._generation:
            return
        items = [Item(path, _name(path)) for path in paths]
        self._model.add(items)
        self._start(items)
        if first:
            self.added.emit(items[0])

    def _start(self, items: Sequence[Item]) -> None:
        if not items:
            return
        if self._done >= self._total:
            self._done = self._total = 0
            self._since = time.monotonic()
        self._total += len(items)
        self._queue.put(items)
        most = self._desk.settings.parallel or _cores()
        if self._pool is None:
            self._pool = ThreadPoolExecutor(max(most, 1), thread_name_prefix="check")
        for _number in range(min(most - self._threads, len(items))):
            self._threads += 1
            self._pool.submit(self._work)
        self._timer.start()
        self.progressed.emit()

    def _work(self) -> None:
        """In a thread: one item after another, until none waits."""
        while (item := self._queue.take()) is not None:
            self._queue.touch(item, None)
            self._queue.finish(self._checked(item))
        self._desk.background.later(self._thread_ended)

    def _checked(self, item: Item) -> Outcome:
        from touchstone.check.opening import Stopped

        try:
            checked = self._desk.checker().check(
                item.path,
                on_progress=lambda progress: self._queue.touch(item, progress),
                cancel=item.cancel,
                manifest=item.manifest,
            )
            shown, tile = shown_of(checked)
            if self._desk.settings.history:
                small = checked.pictures.get("thumbnail-small")
                self._desk.history().add(checked.report, checked.path, small)
            return Outcome(item, State.DONE, shown, tile, pack(checked.report))
        except Stopped:
            return Outcome(item, State.STOPPED)
        except Exception as error:  # noqa: BLE001 - it is told in the row
            # One file must not end the batch, whatever happens to it.
            _log.exception("a check failed")
            return Outcome(item, State.FAILED, problem=plain(f"{type(error).__name__}: {error}", 300))

    def _thread_ended(self) -> None:
        if len(self._queue) and self._pool is not None:
            self._pool.submit(self._work)
        else:
            self._threads -= 1

    def _stride(self) -> None:
        """Tell the list what happened since the last stride; what does not fit into the budget waits for the next."""
        until = time.monotonic() + _BUDGET
        changed = self._queue.changed()
        for item in changed:
            if item.state is State.WAITING and not item.cancel.is_set():
                item.state = State.RUNNING
        finished = []
        while time.monotonic() < until and (outcome := self._queue.outcome()) is not None:
            self._settle(outcome)
            changed.add(outcome.item)
            finished.append(outcome.item)
        changed.update(self._model.slow())
        self._model.touched(changed)
        for item in finished:
            self.finished.emit(item)
        if changed:
            self.progressed.emit()
        if finished and self._desk.settings.history:
            self._desk.history_changed.emit()
        if not self.running():
            self._timer.stop()
            self.ended.emit()

    def _settle(self, outcome: Outcome) -> None:
        item = outcome.item
        self._done += 1
        item.state, item.progress, item.problem = outcome.state, None, outcome.problem
        self._model.no_longer_running(item)
        if outcome.shown is not None:
            report = outcome.shown.report
            item.answer, item.headline, item.kind = report.answer, report.headline, report.media.kind
            item.packed = outcome.packed
            if self._model.has(item):
                self._memory.keep(item, outcome.shown, outcome.tile)


def _cores() -> int:
    from touchstone.check.batch import parallel

    return parallel()


def _name(path: Path) -> str:
    return plain(os.fsencode(path.name or str(path)).decode("utf-8", "backslashreplace"))
