"""The one pattern for work off the main thread: a function in, its value or its exception out, on the main thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

T = TypeVar("T")


class Background(QObject):
    """Runs functions in threads. What they return reaches the main thread through Qt's event queue.

    `trouble` carries exceptions that nobody asked for: whoever owns the window shows them in place.
    """

    trouble = Signal(object)
    _ended = Signal(object)

    def __init__(self, parent: QObject | None = None, threads: int = 4) -> None:
        super().__init__(parent)
        self._threads = threads
        self._pool: ThreadPoolExecutor | None = None
        self._closed = False
        self._ended.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[T], None] | None = None,
        otherwise: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run `work` in a thread; then, on the main thread, `then` with its value or `otherwise` with what it raised.

        After `close` nothing is run and nothing is delivered any more.
        """
        if self._closed:
            return
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="window")
        future = self._pool.submit(work)
        future.add_done_callback(lambda done: self._announce(done, then, otherwise))

    def later(self, call: Callable[[], None]) -> None:
        """Run `call` on the main thread, from any thread."""
        self._emit(call)

    def close(self) -> None:
        """Drop what waits and wait for what runs."""
        self._closed = True
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _announce(
        self,
        done: Future[Any],
        then: Callable[[Any], None] | None,
        otherwise: Callable[[Exception], None] | None,
    ) -> None:
        if done.cancelled():
            return
        error = done.exception()
        if error is None:
            if then is not None:
                value = done.result()
                self._emit(lambda: then(value))
        elif isinstance(error, Exception):
            caught = error
            self._emit(lambda: (otherwise or self._unexpected)(caught))

    def _emit(self, call: Callable[[], None]) -> None:
        if not self._closed:
            try:
                self._ended.emit(call)
            except RuntimeError:  # the window is gone
                return

    def _deliver(self, call: Callable[[], None]) -> None:
        if not self._closed:
            call()

    def _unexpected(self, error: Exception) -> None:
        import logging

        logging.getLogger(__name__).error("background work failed", exc_info=error)
        self.trouble.emit(error)
