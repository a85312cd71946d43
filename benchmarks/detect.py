"""Whole pictures through `touchstone detect`, against the bare calls of the networks that it makes."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from pathlib import Path

from media import photos
from processes import PYTHON, environment, run
from results import Table

from touchstone import modelfile, paths

BARE = Path(__file__).with_name("bare_networks.py")


def measure(table: Table, *, quick: bool) -> None:
    models = paths.shipped_models()
    if not list(models.glob(f"*/{modelfile.MANIFEST}")):
        print("no detectors ship with this version: nothing to measure")
        return
    count = 24 if quick else 500
    _compare(table, models, count, photos(count, 1, 4, signed_every=0), 1 if quick else 3)


def _compare(table: Table, models: Path, count: int, folder: Path, times: int) -> None:
    """Both in turns; a first run brings the files into the page cache."""
    home = Path(tempfile.mkdtemp())
    env = environment(home, detectors=True)
    command = [PYTHON, "-m", "touchstone", "detect", "--json", str(folder)]
    bare = [PYTHON, str(BARE), str(models), str(folder), str(count)]
    try:
        run(command, env)
        ours, theirs = [], []
        for _ in range(times):
            ours.append(run(command, env).seconds)
            theirs.append(float(run(bare, env).output))
        table.add(f"detect of {count} JPEGs of 1 to 4 megapixels", statistics.median(ours), "s")
        table.add("  the calls of the networks alone", statistics.median(theirs), "s")
        ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
        table.add("  ratio to them", ratio, "x", 1.5)
        table.add("  peak of summed PSS", run(command, env, memory=True).peak_pss / 1e9, "GB")
    finally:
        shutil.rmtree(home)
