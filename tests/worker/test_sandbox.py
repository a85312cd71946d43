"""The desk's side of the border, against workers that misbehave."""

import contextlib
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from touchstone import paths
from touchstone.check import sandbox, servers
from touchstone.check.sandbox import Limits, Pool, WorkerError
from touchstone.wire import WorkerFailure

QUICK = Limits(wall_seconds=1.5, cpu_seconds=1)


@pytest.fixture(params=["fork", "ahead"])
def pool(request, monkeypatch):
    """A pool of misbehaving workers, by either way of starting them."""
    script = Path(__file__).with_name("misbehaving.py")
    monkeypatch.setattr(paths, "worker_command", lambda: [sys.executable, str(script)])
    if request.param == "ahead":
        monkeypatch.setattr(servers, "start", servers.StartedAhead)
    made = Pool("misbehaving", b"the setup")
    yield made
    made.close()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"its bytes")
    fd = os.open(path, os.O_RDONLY)
    yield fd
    os.close(fd)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()


def test_a_worker_reads_the_file_it_was_given_after_its_parent_was_set_up(pool, file):
    reply = pool.run({"op": "read"}, [file])
    assert reply.body["setup"] == "the setup"
    assert reply.body["read"] == ["its bytes"]
    assert reply.protection.process
    assert reply.protection.profile == "misbehaving"


def test_every_request_has_a_process_of_its_own_that_ends_with_it(pool, file):
    pids = set()
    for _ in range(4):
        os.lseek(file, 0, os.SEEK_SET)
        pids.add(pool.run({"op": "read"}, [file]).body["pid"])
    assert len(pids) == 4
    deadline = time.monotonic() + 3
    while not all(map(gone, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert all(map(gone, pids))


@pytest.mark.parametrize(
    ("op", "failure"),
    [
        ("hang", WorkerFailure.TIMEOUT),
        ("busy", WorkerFailure.CPU),
        ("crash", WorkerFailure.CRASHED),
        ("eat", WorkerFailure.MEMORY),
        ("refuse", WorkerFailure.TOO_LARGE),
        ("defect", WorkerFailure.INTERNAL),
        ("too-large", WorkerFailure.INTERNAL),
        ("not-json", WorkerFailure.INTERNAL),
        ("quiet", WorkerFailure.PROTOCOL),
        ("half", WorkerFailure.PROTOCOL),
        ("garbage", WorkerFailure.PROTOCOL),
        ("flood", WorkerFailure.PROTOCOL),
    ],
)
def test_misbehaviour_ends_in_a_code_and_the_next_file_is_read(pool, file, op, failure):
    limits = Limits(wall_seconds=10, cpu_seconds=1) if op == "busy" else QUICK
    with pytest.raises(WorkerError) as caught:
        pool.run({"op": op}, [file], limits)
    assert caught.value.failure is failure
    assert pool.run({"op": "read"}, [file]).body["read"] == ["its bytes"]


def test_a_stopped_check_ends_its_worker_at_once(pool, file):
    cancel, steps = threading.Event(), []

    def on_step(name):
        steps.append(name)
        cancel.set()

    began = time.monotonic()
    with pytest.raises(WorkerError) as caught:
        pool.run({"op": "hang"}, [file], Limits(wall_seconds=30), cancel, on_step)
    assert caught.value.failure is WorkerFailure.STOPPED
    assert steps == ["hanging"]
    assert time.monotonic() - began < 5


def test_a_parent_that_died_is_replaced(pool, file):
    with pytest.raises(WorkerError):
        pool.run({"op": "end-the-parent"}, [file])
    with contextlib.suppress(WorkerError):  # the loss may show only with the next request
        pool.run({"op": "read"}, [file])
    os.lseek(file, 0, os.SEEK_SET)
    assert pool.run({"op": "read"}, [file]).body["read"] == ["its bytes"]


def test_protection_is_never_more_than_was_seen(pool, file):
    reply = pool.run({"op": "claims"}, [file])
    assert (reply.protection.syscalls, reply.protection.limits, reply.protection.landlock_abi) == (False, False, 0)


def test_closing_leaves_no_process(pool, file):
    pool.run({"op": "read"}, [file])
    pids = pool.pids()
    pool.close()
    assert all(map(gone, pids))


def test_many_at_once(pool, tmp_path):
    replies = {}

    def one(n):
        path = tmp_path / str(n)
        path.write_text(f"file {n}")
        fd = os.open(path, os.O_RDONLY)
        replies[n] = pool.run({"op": "read"}, [fd]).body["read"]
        os.close(fd)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(12)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert replies == {n: [f"file {n}"] for n in range(12)}


def test_no_worker_can_be_started(monkeypatch, file):
    monkeypatch.setattr(paths, "worker_command", lambda: ["/nonexistent/touchstone"])
    with pytest.raises(WorkerError) as caught:
        sandbox.Pool("pixels").run({"op": "read"}, [file])
    assert caught.value.failure is WorkerFailure.UNAVAILABLE


def test_no_descriptor_is_left_open(pool, file):
    pool.run({"op": "read"}, [file])
    before = len(os.listdir("/proc/self/fd"))
    for op in ("read", "refuse", "quiet", "crash"):
        with contextlib.suppress(WorkerError):
            pool.run({"op": op}, [file], QUICK)
    assert len(os.listdir("/proc/self/fd")) <= before + 2  # processes started ahead hold one each
