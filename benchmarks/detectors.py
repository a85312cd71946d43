"""A picture of twelve megapixels through all detectors, in turns with the bare calls of their networks; memory."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bare_networks import feeds, scene
from media import photos
from processes import Ran, alternate, ratio
from results import Table

from touchstone import modelfile, paths
from touchstone.check.batch import parallel
from touchstone.check.detecting import Detecting
from touchstone.check.detector_panel import threads
from touchstone.check.models import ModelStore
from touchstone.detect.faces import Finder
from touchstone.detect.session import Model
from touchstone.paths import Home
from touchstone.report import Status
from touchstone.settings import Settings


def measure(table: Table, *, quick: bool) -> None:
    models = paths.shipped_models()
    if not list(models.glob(f"*/{modelfile.MANIFEST}")):
        print("no detectors ship with this version: nothing to measure")
        return
    path = next(iter(sorted(photos(1, 12, 12, signed_every=0).glob("*.jpg"))))
    home = Path(tempfile.mkdtemp())
    asked = Detecting(Home(home), Settings(), store=ModelStore(Home(home), models))
    try:
        asked.warm()
        bare, all_cores = _bare(models, path, threads()), _bare(models, path, parallel())
        works = (lambda: _ours(asked, path), bare, all_cores)
        for work in works:
            work()
        seconds = alternate(3 if quick else 21, *works)
        table.add("a JPEG of 12 megapixels through all detectors", statistics.median(seconds[0]), "s")
        table.add("  the calls of their networks alone", statistics.median(seconds[1]), "s")
        table.add("  ratio to them", ratio(*seconds[:2]), "x", 1.5)
        table.add("  the same calls, each on every core", statistics.median(seconds[2]), "s")
        table.add("  ratio to them", ratio(seconds[0], seconds[2]), "x")
        table.add("  memory of their process at its highest", _highest(asked.pids()) / 1e6, "MB", 900)
    finally:
        asked.close()
        shutil.rmtree(home)


def _ours(asked: Detecting, path: Path) -> Ran:
    """From the file to the findings, the processes being warm."""
    began = time.perf_counter()
    found = asked.look(path)
    seconds = time.perf_counter() - began
    if any(finding.status is Status.FAILED for finding in found.looked.findings):
        raise SystemExit(f"a detector failed: {found.looked.findings}")
    return Ran(seconds)


def _bare(models: Path, path: Path, threads: int) -> Callable[[], Ran]:
    """What the runtime does for this picture, one call after another, with everything ready that goes in."""
    found = models / "face-finder" / modelfile.MODEL
    finder = Finder(found.read_bytes(), threads) if found.exists() else None
    loaded = [
        Model(modelfile.parse(p.read_bytes()), (p.parent / modelfile.MODEL).read_bytes(), threads)
        for p in sorted(models.glob(f"*/{modelfile.MANIFEST}"))
    ]
    seen = scene(path, finder)
    calls = [(model, given) for model in loaded if (given := feeds(model, seen)) is not None]
    looks_for_faces = finder is not None and any(m.manifest.task is modelfile.Task.FACE for m in loaded)

    def run() -> Ran:
        began = time.perf_counter()
        if looks_for_faces:
            finder.find(seen.detail)
        for model, given in calls:
            model.run(given)
        return Ran(time.perf_counter() - began)

    return run


def _highest(servers: list[int]) -> int:
    """Bytes that the largest process below these ever held (VmHWM)."""
    pids = [int(child) for pid in servers for child in _children(pid)]
    return max(_peak(pid) for pid in pids) if pids else 0


def _children(pid: int) -> list[str]:
    return [c for task in Path(f"/proc/{pid}/task").iterdir() for c in (task / "children").read_text().split()]


def _peak(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
