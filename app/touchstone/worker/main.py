"""The worker side of a process border: a parent that reads no media, and children that read one file each.

`touchstone worker PROFILE` imports the decoders of a profile, stays single-threaded, and forks a child for every
request on its control socket (standard input). The child locks itself down before the first byte is read, replies in
frames, and ends. `touchstone worker PROFILE --once` serves a single request without forking, for systems without fork.
A request is a four-byte length and that much JSON, with file descriptors attached: reply pipe, status pipe, files.
A child that takes long to get ready (`touchstone.detect.handler`) goes on to answer what it reads from its first file.
"""

from __future__ import annotations

import array
import fcntl
import gc
import importlib
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from touchstone import wire
from touchstone.wire import Frame, FrameType, Limits, WorkerFailure
from touchstone.worker import lockdown
from touchstone.worker.job import Job, JobError, Result

_HANDLERS = {
    "provenance": "touchstone.provenance.handler",
    "pixels": "touchstone.media.handler",
    "sign": "touchstone.provenance.signing",
    "model-trial": "touchstone.detect.dryrun",
    "detector": "touchstone.detect.handler",
    "probe": "touchstone.worker.probe",
}
_LENGTH = struct.Struct("!I")
_STATUS = struct.Struct("!iq")
_MAX_FDS = 16
_FIRST_FILE = 3


class Handler(Protocol):
    """What a profile's module offers; see `touchstone.worker.job`."""

    def setup(self, data: bytes, /) -> None:
        """Take the configuration; called once, in the parent."""

    def preload(self, request: Mapping[str, Any], /) -> None:
        """Import what this request needs; called in the parent, before the fork."""

    def handle(self, job: Job, /) -> Result:
        """Serve one request; called in the locked-down child."""


def main(argv: Sequence[str]) -> int:
    """Run a worker: `argv` is the profile's name and, at most, `--once`. Returns the exit code."""
    profile, *rest = argv or [""]
    if profile == "samples":
        make = importlib.import_module("touchstone.samples.make")
        return int(make.main(sys.stdin, sys.stdout))
    if profile not in _HANDLERS or rest not in ([], ["--once"]):
        sys.stderr.write("touchstone worker: started by the application, not by hand\n")
        return 2
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    handler: Handler = importlib.import_module(_HANDLERS[profile])
    lockdown.prepare()
    with socket.socket(fileno=os.dup(0)) as control:
        _Server(profile, handler, control, once=bool(rest)).serve()
    os._exit(0)  # there is nothing to flush, and taking down what was imported costs the desk time


class _Server:
    def __init__(self, profile: str, handler: Handler, control: socket.socket, *, once: bool) -> None:
        self._profile, self._handler, self._control, self._once = profile, handler, control, once
        self._children: dict[int, tuple[int, int]] = {}  # pid -> request id, status pipe
        self._null = os.open(os.devnull, os.O_RDWR)

    def serve(self) -> None:
        """Serve until the desk closes its end; then leave no child behind."""
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_read, False)
        os.set_blocking(wake_write, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        gc.freeze()
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        poller.register(wake_read, select.POLLIN)
        try:
            while True:
                ready = {fd for fd, _event in poller.poll()}
                if wake_read in ready:
                    _drain(wake_read)
                    self._reap()
                if self._control.fileno() in ready and not self._serve_one():
                    return
        finally:
            for pid in self._children:
                os.kill(pid, signal.SIGKILL)
            while self._children:
                self._reap(block=True)

    def _serve_one(self) -> bool:
        message, fds = _receive(self._control)
        if message is None:
            return False
        match message.get("cmd"):
            case "setup":
                with os.fdopen(fds[0], "rb") as source:
                    source.seek(0)
                    self._handler.setup(source.read())
            case "run":
                self._handler.preload(message["request"])
                if self._once:
                    self._child(message, fds)
                self._fork(message, fds)
            case "kill":
                for pid, (request_id, _status) in self._children.items():
                    if request_id == message["id"]:
                        os.kill(pid, signal.SIGKILL)
        return True

    def _fork(self, message: Mapping[str, Any], fds: list[int]) -> None:
        pid = os.fork()
        if pid == 0:
            self._child(message, fds)
        reply, status, *files = fds
        for fd in (reply, *files):
            os.close(fd)
        self._children[pid] = (int(message["id"]), status)

    def _child(self, message: Mapping[str, Any], fds: list[int]) -> None:
        """Never returns. Descriptors end up as: 0-2 the null device, then the reply pipe and the files."""
        code = 70
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            kept = _arrange(fds, self._null)
            code = _work(self._profile, self._handler, message, kept)
        finally:
            os._exit(code)

    def _reap(self, *, block: bool = False) -> None:
        while self._children:
            try:
                pid, status, usage = os.wait4(-1, 0 if block else os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            _id, pipe = self._children.pop(pid)
            _tell(pipe, _STATUS.pack(os.waitstatus_to_exitcode(status), usage.ru_maxrss))


def _tell(pipe: int, data: bytes) -> None:
    try:
        os.write(pipe, data)
    except OSError:
        pass  # the desk has stopped listening
    finally:
        os.close(pipe)


def _receive(control: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    raw, fds = _receive_with_fds(control, _LENGTH.size)
    if len(raw) < _LENGTH.size:
        return None, fds
    rest = bytearray()
    (length,) = _LENGTH.unpack(raw)
    while len(rest) < length:
        chunk = control.recv(length - len(rest))
        if not chunk:
            return None, fds
        rest += chunk
    message: dict[str, Any] = json.loads(rest)
    return message, fds


def _receive_with_fds(control: socket.socket, size: int) -> tuple[bytes, list[int]]:
    fds = array.array("i")
    raw, ancillary, _flags, _address = control.recvmsg(size, socket.CMSG_LEN(_MAX_FDS * fds.itemsize))
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    return raw, list(fds)


def _arrange(fds: list[int], null: int) -> list[int]:
    """Close everything but the reply pipe and the files, and put those at fixed places after the standard three."""
    reply, _status, *files = fds
    out_of_the_way = [fcntl.fcntl(fd, fcntl.F_DUPFD, _FIRST_FILE + _MAX_FDS) for fd in (reply, *files)]
    for fd in range(_FIRST_FILE):
        os.dup2(null, fd)
    placed = [os.dup2(fd, _FIRST_FILE + i) for i, fd in enumerate(out_of_the_way)]
    os.closerange(_FIRST_FILE + len(placed), min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 65536))
    return placed


def _drain(fd: int) -> None:
    try:
        while os.read(fd, 512):
            pass
    except BlockingIOError:
        pass


def _work(profile: str, handler: Handler, message: Mapping[str, Any], fds: list[int]) -> int:
    reply_fd, *file_fds = fds
    reply = open(reply_fd, "wb", buffering=0, closefd=False)  # noqa: SIM115 - the process ends with it
    files = [open(fd, "rb", closefd=False) for fd in file_fds]  # noqa: SIM115
    protection = lockdown.apply(profile, Limits(**message["limits"]), keep_fds=tuple(fds))

    def send(frame: Frame) -> None:
        view = memoryview(wire.encode(frame))
        while view:
            view = view[reply.write(view) :]

    send(Frame(FrameType.STEP, {"protection": asdict(protection)}))
    job = Job(
        message["request"],
        files,
        lambda name: send(Frame(FrameType.STEP, {"step": name})),
        lambda what, data: send(Frame(FrameType.STEP, {"ask": what}, {"data": data})),
        lambda result: send(Frame(FrameType.RESULT, result.body, result.blobs)),
    )
    frame = _handled(handler, job)
    try:
        send(frame)
    except (wire.FrameError, ValueError, TypeError):
        send(_failed(WorkerFailure.INTERNAL))
    return 0


def _handled(handler: Handler, job: Job) -> Frame:
    try:
        result = handler.handle(job)
        return Frame(FrameType.RESULT, result.body, result.blobs)
    except JobError as error:
        return _failed(error.failure)
    except MemoryError:
        return _failed(WorkerFailure.MEMORY)
    except Exception:  # noqa: BLE001 - no traceback may cross the border; the code says whose fault it is
        return _failed(WorkerFailure.INTERNAL)


def _failed(failure: WorkerFailure) -> Frame:
    return Frame(FrameType.FAILED, {"code": str(failure)})
