"""Start a worker for one file, feed it, hold it to its limits, read its reply, kill it.

Everything a worker says is read within bounds (`touchstone.wire`) and interpreted by whoever asked.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import select
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from touchstone import wire
from touchstone.check import servers
from touchstone.check.servers import WorkerError
from touchstone.report import Protection
from touchstone.wire import Frame, FrameError, FrameType, Limits, WorkerFailure

__all__ = ["Limits", "OnAsk", "Pending", "Pool", "Reply", "WorkerError"]

OnAsk = Callable[[str, bytes], None]

_STATUS = struct.Struct("!iq")
_STEPS_AT_MOST = 1000
_SIGXCPU = 24
_TICK = 0.1
_PIPE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Reply:
    """What a worker answered: an uninterpreted body, blobs by name, and what held the worker while it read."""

    body: Mapping[str, Any]
    blobs: Mapping[str, bytes]
    protection: Protection
    took_ms: int


class Pool:
    """Workers of one profile. Usable from several threads; a dead server is replaced when next needed."""

    def __init__(self, profile: str, setup: bytes = b"") -> None:
        self.profile = profile
        self._setup = setup
        self._server: servers.Server | None = None
        self._lock = threading.Lock()
        self._ids = itertools.count(1)

    def warm(self) -> None:
        """Start the server now rather than with the first file."""
        with contextlib.suppress(WorkerError):
            self._started()

    def start(self, request: Mapping[str, Any], files: Sequence[int], limits: Limits | None = None) -> Pending:
        """Hand a request and open files to a worker. The files stay the caller's to close, at any time after.

        Raises:
            WorkerError: no worker could be started.
        """
        limits = limits or Limits()
        message = {"request": dict(request), "limits": asdict(limits)}
        server = self._started()
        try:
            return self._hand_over(server, message, files, limits)
        except WorkerError:
            self._drop(server)  # it has died since it was last used: once more, with a new one
            return self._hand_over(self._started(), message, files, limits)

    def run(
        self,
        request: Mapping[str, Any],
        files: Sequence[int],
        limits: Limits | None = None,
        cancel: threading.Event | None = None,
        on_step: Callable[[str], None] | None = None,
        on_ask: OnAsk | None = None,
    ) -> Reply:
        """Start a request and wait for its reply.

        Raises:
            WorkerError: it gave none within its limits, or was stopped.
        """
        return self.start(request, files, limits).result(cancel, on_step, on_ask)

    def pids(self) -> list[int]:
        """The processes that wait for requests, for measuring."""
        with self._lock:
            return [] if self._server is None else self._server.pids()

    def close(self) -> None:
        """End every process of this pool. A later request starts new ones."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.close()

    def _started(self) -> servers.Server:
        with self._lock:
            if self._server is None:
                self._server = servers.start(self.profile, self._setup)
            return self._server

    def _drop(self, server: servers.Server) -> None:
        with self._lock:
            if self._server is server:
                self._server = None
        server.close()

    def _hand_over(
        self, server: servers.Server, message: Mapping[str, Any], files: Sequence[int], limits: Limits
    ) -> Pending:
        request_id = next(self._ids)
        reply_read, reply_write = os.pipe()
        enlarge(reply_write)
        status_read, status_write = os.pipe()
        pending = Pending(server, request_id, self.profile, reply_read, status_read, limits)
        try:
            server.send(request_id, message, [reply_write, status_write, *files])
        except WorkerError:
            pending.abandon()
            raise
        finally:
            os.close(reply_write)
            os.close(status_write)
        return pending


class Pending:
    """A request under way. It ends with `result`, after any number of `answer`, or with `abandon`."""

    def __init__(
        self, server: servers.Server, request_id: int, profile: str, reply: int, status: int, limits: Limits
    ) -> None:
        self._server, self._id, self._profile = server, request_id, profile
        self._reply, self._status = reply, status
        self._began = time.monotonic()
        self._deadline = self._began + limits.wall_seconds
        self._cancel: threading.Event | None = None
        self._protection = Protection(profile, process=True)

    def answer(
        self, seconds: float, cancel: threading.Event | None = None, on_step: Callable[[str], None] | None = None
    ) -> Reply:
        """Wait for one result of a worker that goes on to give others; the time runs anew for each.

        Raises:
            WorkerError: it gave none, or was stopped; `abandon` is then due.
        """
        self._began, self._cancel = time.monotonic(), cancel
        self._deadline = self._began + seconds
        try:
            return self._read(on_step, None)
        except FrameError as error:
            raise WorkerError(self._how_it_ended()) from error

    def result(
        self,
        cancel: threading.Event | None = None,
        on_step: Callable[[str], None] | None = None,
        on_ask: OnAsk | None = None,
    ) -> Reply:
        """Wait for the reply. `on_ask` hears what the worker asks of the desk: a word and bytes, both untrusted.

        Raises:
            WorkerError: it gave none within its limits, or was stopped.
        """
        self._cancel = cancel
        try:
            return self._read(on_step, on_ask)
        except FrameError as error:
            raise WorkerError(self._how_it_ended()) from error
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Kill the worker if it still runs, and let go of its pipes."""
        self._server.kill(self._id)
        for fd in (self._reply, self._status):
            with contextlib.suppress(OSError):
                os.close(fd)
        self._reply = self._status = -1

    def _read(self, on_step: Callable[[str], None] | None, on_ask: OnAsk | None) -> Reply:
        for _ in range(_STEPS_AT_MOST):
            frame = wire.read(self._exactly)
            if frame is None:
                raise WorkerError(self._how_it_ended())
            match frame.type:
                case FrameType.RESULT:
                    took = round((time.monotonic() - self._began) * 1000)
                    return Reply(frame.body, frame.blobs, self._protection, took)
                case FrameType.FAILED:
                    raise WorkerError(_failure(frame))
                case FrameType.STEP if "protection" in frame.body:
                    self._protection = _protection(self._profile, frame.body["protection"])
                case FrameType.STEP if "ask" in frame.body:
                    if on_ask is None:
                        raise WorkerError(WorkerFailure.PROTOCOL)  # this profile has nothing to ask
                    on_ask(str(frame.body["ask"])[:40], frame.blobs.get("data", b""))
                case FrameType.STEP:
                    if on_step is not None:
                        on_step(str(frame.body.get("step", ""))[:40])
        raise WorkerError(WorkerFailure.PROTOCOL)

    def _exactly(self, size: int) -> bytes:
        """Up to `size` bytes of the reply: fewer only at its end."""
        data = bytearray()
        while len(data) < size:
            self._wait()
            chunk = os.read(self._reply, min(size - len(data), 1 << 20))
            if not chunk:
                break
            data += chunk
        return bytes(data)

    def _wait(self) -> None:
        while True:
            if self._cancel is not None and self._cancel.is_set():
                raise WorkerError(WorkerFailure.STOPPED)
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise WorkerError(WorkerFailure.TIMEOUT)
            if _readable(self._reply, min(left, _TICK)):
                return

    def _how_it_ended(self) -> WorkerFailure:
        """Why the reply stopped short: asked of the parent, which saw the child end."""
        if not _readable(self._status, 1.0):
            return WorkerFailure.PROTOCOL  # it still runs, so what it sent was no reply
        raw = os.read(self._status, _STATUS.size)
        code = _STATUS.unpack(raw)[0] if len(raw) == _STATUS.size else self._server.exit_code(self._id)
        if code is None:
            return WorkerFailure.UNAVAILABLE  # the parent itself is gone
        return {0: WorkerFailure.PROTOCOL, -_SIGXCPU: WorkerFailure.CPU}.get(code, WorkerFailure.CRASHED)


def enlarge(pipe: int) -> None:
    """Give a pipe a larger buffer, where the system has it: fewer turns between the two processes."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _readable(fd: int, seconds: float) -> bool:
    # poll, not select: descriptors past 1023 are normal in a desktop session
    poller = select.poll()
    poller.register(fd, select.POLLIN)
    return bool(poller.poll(seconds * 1000))


def _failure(frame: Frame) -> WorkerFailure:
    try:
        return WorkerFailure(frame.body.get("code", ""))
    except ValueError:
        return WorkerFailure.PROTOCOL


def _protection(profile: str, said: object) -> Protection:
    """The protection a worker reported before it read a byte; anything but the expected shape counts as none."""
    if not isinstance(said, Mapping):
        return Protection(profile, process=True)
    flags = {f.name: said.get(f.name) is True for f in fields(Protection) if f.name not in {"profile", "landlock_abi"}}
    abi = said.get("landlock_abi")
    sound_abi = abi if isinstance(abi, int) and not isinstance(abi, bool) and 0 <= abi < 100 else 0
    return Protection(profile, **{**flags, "process": True}, landlock_abi=sound_abi)
