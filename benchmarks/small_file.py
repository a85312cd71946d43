"""One small file, warm disk: what a person waits for who checks one file in a terminal."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from pathlib import Path

from media import photos
from processes import PYTHON, alternate, environment, ratio, run
from results import Table


def measure(table: Table, *, quick: bool) -> None:
    path = next(photos(1, 0.3, 0.3, signed_every=1).glob("*.jpg"))
    home = Path(tempfile.mkdtemp())
    env = environment(home)
    ours = [PYTHON, "-m", "touchstone", "check", str(path)]
    theirs = [PYTHON, "-c", "import c2pa, PIL, cv2"]
    try:
        for command in (ours, theirs):
            run(command, env)
        seconds = alternate(5 if quick else 21, lambda: run(ours, env), lambda: run(theirs, env))
    finally:
        shutil.rmtree(home)
    table.add("check of one small file", statistics.median(seconds[0]), "s")
    table.add("  import of c2pa, PIL and cv2", statistics.median(seconds[1]), "s")
    table.add("  ratio to it", ratio(*seconds), "x", 2.5)
