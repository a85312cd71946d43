"""One worker that takes long to get ready and is then asked one thing after another; replaced when it misbehaves.

What it is asked, and what it answers, are frames (`touchstone.wire`): no descriptor is handed over after its lock-down.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from touchstone import wire
from touchstone.check.sandbox import Pending, Pool, Reply, WorkerError, enlarge
from touchstone.wire import Frame, FrameType, Limits, WorkerFailure

_TICK = 0.1
_READY_SECONDS = 60.0
_TOO_OFTEN = 3  # troubles in a row, after which it is left alone for a while
_PAUSE_SECONDS = 60.0

OnStep = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a worker needs to get ready: a first frame, and open files, which are closed once it has them."""

    body: Mapping[str, Any]
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    files: Sequence[int] = ()


class Warm:
    """A worker of `profile`, started with what `begin` gives, and `limits` for as long as it lives.

    Usable from several threads: they wait for one another. `on_ready` hears how it answered its first frame.
    """

    def __init__(
        self, profile: str, begin: Callable[[], Beginning], limits: Limits, on_ready: Callable[[Reply], None]
    ) -> None:
        self._pool, self._begin, self._limits, self._on_ready = Pool(profile), begin, limits, on_ready
        self._session: _Session | None = None
        self._turn = threading.Lock()
        self._troubles, self._rest_until = 0, 0.0

    def warm(self) -> None:
        """Start its process now; it gets ready with the first question."""
        self._pool.warm()

    def ready(self, cancel: threading.Event | None = None, on_step: OnStep | None = None) -> None:
        """Have it get ready, unless it is.

        Raises:
            WorkerError: it could not, or was stopped.
        """
        with self._my_turn(cancel), self._watched():
            self._opened(cancel, on_step)

    def ask(
        self,
        body: Mapping[str, Any],
        blobs: Mapping[str, bytes],
        seconds: float,
        cancel: threading.Event | None = None,
        on_step: OnStep | None = None,
    ) -> Reply:
        """Ask, and wait for the answer.

        Args:
            body: The question.
            blobs: Its blobs.
            seconds: How long it may take, once it is this question's turn and the worker is ready.
            cancel: Ends the worker when it is set.
            on_step: Hears what the worker is about to do.

        Raises:
            WorkerError: there is no answer. The worker is ended; the next question starts another.
        """
        with self._my_turn(cancel), self._watched():
            session = self._opened(cancel, on_step)
            reply = session.ask(Frame(FrameType.STEP, body, blobs), seconds, cancel, on_step)
            self._troubles = 0
            return reply

    def pids(self) -> list[int]:
        """Its processes that wait, for measuring."""
        return self._pool.pids()

    def close(self) -> None:
        """End its processes. A later question starts new ones."""
        with self._turn:
            self._end()
            self._pool.close()

    @contextlib.contextmanager
    def _my_turn(self, cancel: threading.Event | None) -> Iterator[None]:
        while not self._turn.acquire(timeout=_TICK):
            if cancel is not None and cancel.is_set():
                raise WorkerError(WorkerFailure.STOPPED)
        try:
            yield
        finally:
            self._turn.release()

    @contextlib.contextmanager
    def _watched(self) -> Iterator[None]:
        """End the worker on trouble; after several in a row start none for a while."""
        if time.monotonic() < self._rest_until:
            raise WorkerError(WorkerFailure.UNAVAILABLE)
        try:
            yield
        except OSError as error:  # no descriptors are left, for one
            self._trouble()
            raise WorkerError(WorkerFailure.UNAVAILABLE) from error
        except WorkerError as error:
            if error.failure is WorkerFailure.STOPPED:
                self._end()
            else:
                self._trouble()
            raise
        except BaseException:
            self._end()
            raise

    def _trouble(self) -> None:
        self._end()
        self._troubles += 1
        if self._troubles >= _TOO_OFTEN:
            self._troubles, self._rest_until = 0, time.monotonic() + _PAUSE_SECONDS

    def _opened(self, cancel: threading.Event | None, on_step: OnStep | None) -> _Session:
        if self._session is not None and self._session.spent > self._limits.cpu_seconds / 2:
            self._end()  # before its limit ends it in the middle of an answer
        if self._session is None:
            beginning = self._begin()
            try:
                self._session = _Session(self._pool, beginning.files, self._limits)
            finally:
                for fd in beginning.files:
                    os.close(fd)
            first = Frame(FrameType.STEP, beginning.body, beginning.blobs)
            self._on_ready(self._session.ask(first, _READY_SECONDS, cancel, on_step))
        return self._session

    def _end(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.end()


class _Session:
    """A running worker and the pipe that it reads questions from."""

    def __init__(self, pool: Pool, files: Sequence[int], limits: Limits) -> None:
        self.spent = 0.0  # CPU seconds at the most
        requests, self._questions = os.pipe()
        try:
            os.set_blocking(self._questions, False)
            enlarge(self._questions)
            self._pending: Pending = pool.start({"op": "serve"}, [requests, *files], limits)
        except BaseException:
            os.close(self._questions)
            raise
        finally:
            os.close(requests)

    def ask(self, question: Frame, seconds: float, cancel: threading.Event | None, on_step: OnStep | None) -> Reply:
        began = time.monotonic()
        self._send(wire.encode(question), began + seconds, cancel)
        reply = self._pending.answer(began + seconds - time.monotonic(), cancel, on_step)
        self.spent += (time.monotonic() - began) * (os.cpu_count() or 1)
        return reply

    def end(self) -> None:
        self._pending.abandon()
        os.close(self._questions)

    def _send(self, data: bytes, until: float, cancel: threading.Event | None) -> None:
        poller, left = select.poll(), memoryview(data)
        poller.register(self._questions, select.POLLOUT)
        with contextlib.suppress(BrokenPipeError):  # it has ended: its reply says how
            while left:
                if cancel is not None and cancel.is_set():
                    raise WorkerError(WorkerFailure.STOPPED)
                if time.monotonic() > until:
                    raise WorkerError(WorkerFailure.TIMEOUT)
                if poller.poll(_TICK * 1000):
                    left = left[os.write(self._questions, left) :]
