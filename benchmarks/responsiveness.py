"""The window while it checks 50 files of twelve megapixels: how long the main thread is away."""

from __future__ import annotations

import json
import shutil
import statistics

from media import photos
from processes import PYTHON, environment, run
from results import Table
from window import CHILD, settled_home


def measure(table: Table, *, quick: bool) -> None:
    count = 8 if quick else 50
    folder = photos(count, 12, 12)
    home = settled_home()
    try:
        seen = json.loads(run([PYTHON, str(CHILD), "batch", str(folder)], environment(home)).output)
    finally:
        shutil.rmtree(home)
    if seen["files"] != count:
        raise SystemExit(f"{seen['files']} of {count} files were checked")
    gaps = seen["gaps"]
    table.add(f"gap between timer ticks, batch of {count} files, p99", statistics.quantiles(gaps, n=100)[98], "ms", 50)
    table.add("  longest gap", max(gaps), "ms")
