"""Worker processes as the desk sees them: started, handed a request with open files, killed, replaced.

Two ways of starting them share one interface. `ForkServer`: a single parent that has imported the decoders forks a
child for each request (about 6 ms). `StartedAhead`, where fork is missing or unwise: processes that are started before
they are needed, each used for one request.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from touchstone import paths
from touchstone.check.opening import anonymous_file
from touchstone.wire import WorkerFailure

_LENGTH = struct.Struct("!I")
# Decoded pictures are large and live for one file: in huge pages they cost a tenth less time (glibc 2.35 and newer).
_HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
# onnxruntime else gives the computer an identity in the home folder as it is imported, and reports to its makers.
_NO_REPORTS = {"ORT_DISABLE_TELEMETRY": "1"}


class WorkerError(Exception):
    """A worker gave no result."""

    def __init__(self, failure: WorkerFailure) -> None:
        super().__init__(str(failure))
        self.failure = failure


class Server(Protocol):
    """Something that runs requests in processes of their own."""

    def send(self, request_id: int, message: Mapping[str, Any], fds: Sequence[int]) -> None:
        """Hand over a request; the descriptors are duplicated, the caller closes its own."""

    def kill(self, request_id: int) -> None:
        """End the process of a request at once, if it still runs."""

    def exit_code(self, request_id: int) -> int | None:
        """How the process of a request ended, where this server is the one who knows."""

    def pids(self) -> list[int]:
        """The processes that wait for requests."""

    def close(self) -> None:
        """End every process."""


def start(profile: str, setup: bytes) -> Server:
    """A server for a profile, by the means this system has."""
    fork_is_sound = hasattr(os, "fork") and sys.platform == "linux"
    return ForkServer(profile, setup) if fork_is_sound else StartedAhead(profile, setup)


class ForkServer:
    """One parent process that forks a child for each request."""

    def __init__(self, profile: str, setup: bytes) -> None:
        self._process, self._control = _launch(profile, setup)
        self._lock = threading.Lock()

    def send(self, request_id: int, message: Mapping[str, Any], fds: Sequence[int]) -> None:
        """Hand over a request."""
        with self._lock:
            _send(self._control, {"cmd": "run", "id": request_id, **message}, fds)

    def kill(self, request_id: int) -> None:
        """End the process of a request at once."""
        with self._lock, contextlib.suppress(WorkerError):
            _send(self._control, {"cmd": "kill", "id": request_id})

    def exit_code(self, request_id: int) -> int | None:  # noqa: ARG002
        """Unknown here: the parent tells it through the status pipe."""
        return None

    def pids(self) -> list[int]:
        """The processes that wait for requests."""
        return [self._process.pid]

    def close(self) -> None:
        """End every process."""
        # The parent ends its children when its control socket closes; it is only killed if that does not happen.
        self._control.close()
        _end(self._process)


class StartedAhead:
    """Processes started before they are needed, each used once."""

    def __init__(self, profile: str, setup: bytes, ahead: int = 2) -> None:
        self._profile, self._setup = profile, setup
        self._idle: queue.SimpleQueue[tuple[subprocess.Popen[bytes], socket.socket]] = queue.SimpleQueue()
        self._busy: dict[int, tuple[subprocess.Popen[bytes], socket.socket]] = {}
        self._lock = threading.Lock()
        for _ in range(ahead):
            self._idle.put(_launch(profile, setup, "--once"))

    def send(self, request_id: int, message: Mapping[str, Any], fds: Sequence[int]) -> None:
        """Hand over a request."""
        process, control = self._idle.get()
        try:
            _send(control, {"cmd": "run", "id": request_id, **message}, fds)
        finally:
            with self._lock:
                self._bury()
                self._busy[request_id] = process, control
                self._idle.put(_launch(self._profile, self._setup, "--once"))

    def kill(self, request_id: int) -> None:
        """End the process of a request at once."""
        with self._lock:
            process, _control = self._busy.get(request_id, (None, None))
            if process is not None:
                process.kill()

    def exit_code(self, request_id: int) -> int | None:
        """How the process of a request ended; None where it still runs after a second."""
        with self._lock:
            process, _control = self._busy.get(request_id, (None, None))
        if process is None:
            return None
        try:
            return process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return None

    def pids(self) -> list[int]:
        """The processes that wait for requests."""
        with self._lock:
            return [process.pid for process, _control in self._busy.values() if process.poll() is None]

    def close(self) -> None:
        """End every process."""
        with self._lock:
            for process, control in self._busy.values():
                control.close()
                process.kill()
                process.wait()
            self._busy.clear()
        while not self._idle.empty():
            process, control = self._idle.get()
            control.close()
            _end(process)

    def _bury(self) -> None:
        for request_id, (process, control) in list(self._busy.items()):
            if process.poll() is not None:
                control.close()
                del self._busy[request_id]


def _launch(profile: str, setup: bytes, *options: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with theirs, anonymous_file(setup) as config:
            process = subprocess.Popen(
                [*paths.worker_command(), profile, *options],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=None if os.environ.get("TOUCHSTONE_WORKER_STDERR") else subprocess.DEVNULL,
                env=_HUGE_PAGES | os.environ | _ONE_THREAD | _NO_REPORTS,
                start_new_session=True,  # Ctrl-C reaches the desk alone, which then ends its workers in order
            )
            _send(ours, {"cmd": "setup"}, [config.fileno()])
    except OSError as error:
        ours.close()
        raise WorkerError(WorkerFailure.UNAVAILABLE) from error
    return process, ours


def _send(control: socket.socket, message: Mapping[str, Any], fds: Sequence[int] = ()) -> None:
    raw = json.dumps(message, separators=(",", ":")).encode()
    try:
        # The descriptors travel with the length; the text follows in a call of its own, so neither is ever split.
        socket.send_fds(control, [_LENGTH.pack(len(raw))], list(fds))
        control.sendall(raw)
    except OSError as error:
        raise WorkerError(WorkerFailure.UNAVAILABLE) from error


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
