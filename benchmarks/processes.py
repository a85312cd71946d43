"""Running commands side by side: time, memory of the whole tree, the same cores for each."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PYTHON = sys.executable
_INTERVAL = 0.1  # seconds between two looks at memory


def use_cores(count: int = 2) -> None:
    """Keep this process and all it starts on the first `count` cores it may use."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def environment(home: Path, *, detectors: bool = False) -> dict[str, str]:
    """The environment of an installed application: its modules are compiled once, not at every start.

    Detectors are asked where it is they that are measured: what a check costs besides is measured without them.
    """
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if not detectors:
        inherited["TOUCHSTONE_MODELS"] = os.devnull
    return {**inherited, "TOUCHSTONE_HOME": str(home), "OPENBLAS_NUM_THREADS": "1", "QT_QPA_PLATFORM": "offscreen"}


@dataclass(frozen=True)
class Ran:
    """A command that ran to its end."""

    seconds: float
    peak_pss: int = 0  # bytes, summed over the process and everything it started
    output: bytes = b""


def run(command: Sequence[str], env: dict[str, str], *, memory: bool = False) -> Ran:
    """Run a command to its end; it must succeed. Looking at memory costs time, so do one or the other."""
    start = time.perf_counter()
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        peak = _Peak(process.pid) if memory else None
        output, _ = process.communicate()
        seconds = time.perf_counter() - start
        highest = peak.stop() if peak else 0
    if process.returncode != 0:
        raise SystemExit(f"failed with {process.returncode}: {' '.join(command)[:300]}")
    return Ran(seconds, highest, output)


def alternate(times: int, *works: Callable[[], Ran]) -> list[list[float]]:
    """The seconds of each work, run in turns so that whatever else the machine does meets all of them."""
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(times):
        for number, work in enumerate(works):
            seconds[number].append(work().seconds)
    return seconds


def ratio(ours: list[float], theirs: list[float]) -> float:
    """The median of the ratios of runs that stood next to each other."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


class _Peak:
    def __init__(self, pid: int) -> None:
        self._pid, self._highest, self._end = pid, 0, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> int:
        self._end.set()
        self._thread.join()
        return self._highest

    def _watch(self) -> None:
        while not self._end.wait(_INTERVAL):
            self._highest = max(self._highest, sum(map(_pss, _tree(self._pid))))


def _tree(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        try:
            for task in Path(f"/proc/{parent}/task").iterdir():
                found.extend(int(child) for child in (task / "children").read_text().split())
        except OSError:
            continue
    return found


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
