"""What the Models screen has done in threads: one thing at a time, told step by step, and stopped when asked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from touchstone.ui.desk import Desk

T = TypeVar("T")


class Task:
    """One run, as the thread sees it."""

    def __init__(self, tell: Callable[[str, int, int], None]) -> None:
        self.stopped = threading.Event()
        self._tell = tell

    def step(self, words: str, done: int = 0, of: int = 0) -> None:
        """Say what is being done; `of` is 0 where nobody knows how long it takes."""
        self._tell(words, done, of)


class ModelsWork(QObject):
    """Runs one task. `stepped` carries words, how many are done, and of how many; `busy` whether one runs."""

    stepped = Signal(str, int, int)
    busy = Signal(bool)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._task: Task | None = None

    def running(self) -> bool:
        """Whether a task runs."""
        return self._task is not None

    def run(self, work: Callable[[Task], T], then: Callable[[T], None], otherwise: Callable[[Exception], None]) -> bool:
        """Run `work` in a thread; false where another one still runs.

        `then` gets its value, `otherwise` what it raised, both on the main thread.
        """
        if self._task is not None:
            return False
        task = Task(lambda *step: self._desk.background.later(lambda: self._stepped(task, step)))
        self._task = task
        self.busy.emit(True)  # noqa: FBT003 - a signal takes no names

        def ended(call: Callable[[], None]) -> None:
            self._task = None
            self.busy.emit(False)  # noqa: FBT003
            call()

        self._desk.background.run(
            lambda: work(task),
            lambda value: ended(lambda: then(value)),
            lambda error: ended(lambda: otherwise(error)),
        )
        return True

    def stop(self) -> None:
        """Have the task stop as soon as it can."""
        if self._task is not None:
            self._task.stopped.set()

    def _stepped(self, task: Task, step: tuple[str, int, int]) -> None:
        if task is self._task and not task.stopped.is_set():
            self.stepped.emit(*step)
