"""Time to a shown window, against an empty QMainWindow."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from pathlib import Path

from processes import PYTHON, environment, ratio, run
from results import Table

CHILD = Path(__file__).with_name("window_child.py")


def settled_home() -> Path:
    """A home whose user has seen the first-run cards."""
    home = Path(tempfile.mkdtemp())
    (home / "settings.toml").write_text("first_run_done = true\n")
    return home


def measure(table: Table, *, quick: bool) -> None:
    home = settled_home()
    env = environment(home)

    def shown(which: str) -> float:
        return float(run([PYTHON, str(CHILD), which, str(time.monotonic())], env).output)

    try:
        for which in ("empty", "touchstone"):
            shown(which)
        pairs = [(shown("touchstone"), shown("empty")) for _ in range(5 if quick else 21)]
    finally:
        shutil.rmtree(home)
    ours, theirs = ([pair[n] for pair in pairs] for n in (0, 1))
    table.add("time to a shown window", statistics.median(ours), "s")
    table.add("  time to an empty QMainWindow", statistics.median(theirs), "s")
    table.add("  ratio to it", ratio(ours, theirs), "x", 1.6)
