"""The window as a process: asked to end, it closes and leaves nothing behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest


def every_child(pid: int) -> list[int]:
    """The children of every thread; a thread that ends while it is asked has none."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found.extend(int(child) for child in (task / "children").read_text().split())
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_being_asked_to_end_closes_the_window_and_its_workers(tmp_path, number):
    env = os.environ | {"QT_QPA_PLATFORM": "offscreen", "DISPLAY": ":0", "TOUCHSTONE_HOME": str(tmp_path)}
    window = subprocess.Popen(
        [sys.executable, "-m", "touchstone"], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + 30
        while len(every_child(window.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        workers = every_child(window.pid)
        assert len(workers) == 2
        time.sleep(0.3)
        window.send_signal(number)
        said = window.communicate(timeout=15)
    finally:
        window.kill()
        window.communicate()
    assert window.returncode == 0
    assert "Traceback" not in said[1]
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
