"""A worker that answers one question after another, and how it is replaced when it misbehaves."""

import contextlib
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from touchstone import paths
from touchstone.check import servers, warm
from touchstone.check.sandbox import Limits, WorkerError
from touchstone.check.warm import Beginning, Warm
from touchstone.wire import WorkerFailure

LIMITS = Limits(cpu_seconds=60)
SECONDS = 2.0


@pytest.fixture(params=["fork", "ahead"])
def worker(request, monkeypatch):
    script = Path(__file__).with_name("misbehaving.py")
    monkeypatch.setattr(paths, "worker_command", lambda: [sys.executable, str(script)])
    if request.param == "ahead":
        monkeypatch.setattr(servers, "start", servers.StartedAhead)
    ready = []
    made = Warm("misbehaving", lambda: Beginning({"do": "answer"}), LIMITS, ready.append)
    made.ready_answers = ready
    yield made
    made.close()


def ask(worker: Warm, do: str = "answer", data: bytes = b"", cancel: threading.Event | None = None):
    return worker.ask({"do": do}, {"data": data} if data else {}, SECONDS, cancel).body


def failure(worker: Warm, do: str, cancel: threading.Event | None = None) -> WorkerFailure:
    with pytest.raises(WorkerError) as failed:
        ask(worker, do, cancel=cancel)
    return failed.value.failure


def gone(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_one_process_answers_everything(worker):
    first, second = ask(worker), ask(worker, data=bytes(5_000_000))
    assert first["pid"] == second["pid"]
    assert second["bytes"] == 5_000_000
    assert len(worker.ready_answers) == 1


@pytest.mark.parametrize(
    ("do", "expected"),
    [
        ("crash", WorkerFailure.CRASHED),
        ("hang", WorkerFailure.TIMEOUT),
        ("busy", WorkerFailure.TIMEOUT),
        ("half", WorkerFailure.PROTOCOL),
        ("garbage", WorkerFailure.PROTOCOL),
        ("flood", WorkerFailure.PROTOCOL),
        ("eat", WorkerFailure.MEMORY),
        ("defect", WorkerFailure.INTERNAL),
        ("quiet", WorkerFailure.PROTOCOL),
    ],
)
def test_one_that_misbehaves_is_replaced(worker, do, expected):
    before = ask(worker)["pid"]
    assert failure(worker, do) is expected
    assert gone(before)
    assert ask(worker)["pid"] != before


def test_one_that_was_killed_meanwhile_is_replaced(worker):
    before = ask(worker)["pid"]
    os.kill(before, signal.SIGKILL)
    assert gone(before)
    with contextlib.suppress(WorkerError):
        ask(worker)
    assert ask(worker)["pid"] != before


def test_troubles_in_a_row_give_it_a_rest(worker, monkeypatch):
    monkeypatch.setattr(warm, "_PAUSE_SECONDS", 1.0)
    assert [failure(worker, "crash") for _ in range(3)] == [WorkerFailure.CRASHED] * 3
    started = time.monotonic()
    assert failure(worker, "answer") is WorkerFailure.UNAVAILABLE
    assert time.monotonic() - started < 0.5  # nothing was started
    time.sleep(1.1)
    assert ask(worker)["pid"]


def test_an_answer_in_between_is_no_row(worker):
    for _ in range(4):
        assert failure(worker, "crash") is WorkerFailure.CRASHED
        assert ask(worker)["pid"]


def test_stopping_one_ends_it_and_is_no_trouble(worker):
    before = ask(worker)["pid"]
    for _ in range(4):
        cancel = threading.Event()
        threading.Timer(0.2, cancel.set).start()
        assert failure(worker, "hang", cancel) is WorkerFailure.STOPPED
    assert gone(before)
    assert ask(worker)["pid"]


def test_questions_wait_for_one_another_and_can_be_stopped_waiting(worker):
    ask(worker)
    hanging = threading.Thread(target=lambda: failure(worker, "hang"))
    hanging.start()
    time.sleep(0.3)
    cancel = threading.Event()
    cancel.set()
    started = time.monotonic()
    assert failure(worker, "answer", cancel) is WorkerFailure.STOPPED
    assert time.monotonic() - started < 1
    assert ask(worker)["pid"]  # after the one that hangs was ended
    hanging.join()


def test_it_is_replaced_before_its_time_is_used_up(worker):
    before = ask(worker)["pid"]
    worker._session.spent = LIMITS.cpu_seconds
    assert ask(worker)["pid"] != before


def test_closing_it_ends_it(worker):
    pid = ask(worker)["pid"]
    worker.close()
    assert gone(pid)
    assert ask(worker)["pid"] != pid
