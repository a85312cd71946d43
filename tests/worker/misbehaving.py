"""A worker that does what a taken-over decoder might: started in place of the product's, with the product's main."""

import os
import signal
import sys
import time

from touchstone import wire
from touchstone.wire import WorkerFailure
from touchstone.worker import main
from touchstone.worker.job import Job, JobError, Result

REPLY = 3  # where the child finds its reply pipe


_told: list[bytes] = []


def setup(data: bytes) -> None:
    _told.append(data)


def preload(request) -> None:
    if request["op"] == "end-the-parent":
        os._exit(9)


def handle(job: Job) -> Result:
    return globals()["_" + job.request["op"].replace("-", "_")](job)


def _read(job: Job) -> Result:
    return Result({"setup": _told[-1].decode(), "read": [f.read().decode() for f in job.files], "pid": os.getpid()})


def _hang(job: Job) -> Result:
    job.step("hanging")
    while True:
        time.sleep(1)


def _busy(job: Job) -> Result:
    while True:
        pass


def _crash(job: Job) -> Result:
    signal.raise_signal(signal.SIGSEGV)
    raise AssertionError


def _eat(job: Job) -> Result:
    return Result({"size": len(bytearray(1 << 34))})


def _refuse(job: Job) -> Result:
    raise JobError(WorkerFailure.TOO_LARGE)


def _defect(job: Job) -> Result:
    raise KeyError("a defect's text must not cross")


def _too_large(job: Job) -> Result:
    return Result({"x": "y" * wire.MAX_HEADER})


def _not_json(job: Job) -> Result:
    return Result({"x": object()})


def _quiet(job: Job) -> Result:
    os._exit(0)


def _half(job: Job) -> Result:
    os.write(REPLY, wire.MAGIC + b"\0\0\1\0")
    os._exit(0)


def _garbage(job: Job) -> Result:
    os.write(REPLY, os.urandom(4096))
    os._exit(0)


def _flood(job: Job) -> Result:
    while True:
        job.step("again")


def _serve(job: Job) -> Result:
    """One answer after another, until it is told to do something else."""
    requests = job.files[0]
    while (frame := wire.read(requests.read)) is not None:
        job.step("asked")
        if frame.body["do"] == "answer":
            job.answer(Result({"pid": os.getpid(), "bytes": len(frame.blobs.get("data", b""))}))
        else:
            globals()["_" + frame.body["do"].replace("-", "_")](job)
    return Result({})


def _claims(job: Job) -> Result:
    """Says, once it has been taken over, that it was better protected than it was."""
    frame = wire.Frame(wire.FrameType.STEP, {"protection": {"landlock_abi": 10**9, "syscalls": "yes", "limits": 1}})
    os.write(REPLY, wire.encode(frame))
    return Result({})


if __name__ == "__main__":
    main._HANDLERS["misbehaving"] = __name__
    sys.exit(main.main(sys.argv[1:]))
