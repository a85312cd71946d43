"""200 mixed JPEGs of 2 to 12 megapixels on two cores: `touchstone check` against plain pools, time and memory."""

from __future__ import annotations

import importlib.util
import shutil
import statistics
import tempfile
from pathlib import Path

from media import photos
from processes import PYTHON, alternate, environment, ratio, run
from results import Table

HERE = Path(__file__).parent


def measure(table: Table, *, quick: bool) -> None:
    count, times = (24, 1) if quick else (200, 3)
    folder = photos(count, 2, 12)
    home = Path(tempfile.mkdtemp())
    env = environment(home)
    ours = [PYTHON, "-m", "touchstone", "check", "--json", str(folder)]
    pools = {kind: [PYTHON, str(HERE / "plain_pool.py"), kind, str(folder)] for kind in ("ours", "reference")}
    if importlib.util.find_spec("pdqhash") is None:
        del pools["reference"]
        print("pdqhash is not installed: no comparison with it (requirements-reference.lock)")
    try:
        _ = run(pools["ours"], env)  # the files are in the page cache from here on
        seconds = alternate(times, lambda: run(ours, env), *(lambda c=c: run(c, env) for c in pools.values()))
        table.add(f"check of {count} JPEGs, wall time", statistics.median(seconds[0]), "s")
        for kind, theirs, target in zip(pools, seconds[1:], (1.25, 0.75), strict=False):
            table.add(f"  pool of two plain processes, PDQ {kind}, wall time", statistics.median(theirs), "s")
            table.add(f"  ratio to it (PDQ {kind})", ratio(seconds[0], theirs), "x", target)
        table.add("  peak of summed PSS", run(ours, env, memory=True).peak_pss / 1e9, "GB", 1.1)
    finally:
        shutil.rmtree(home)
