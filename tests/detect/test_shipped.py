"""The detectors that ship, through the process that a check asks: they are whole, small, and answer."""

import contextlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests import media_files

from touchstone import modelfile
from touchstone.check.detecting import Detecting
from touchstone.check.models import ModelStore, State
from touchstone.modelfile import Task
from touchstone.paths import Home
from touchstone.report import DETECTORS, Status
from touchstone.settings import Settings

MODELS = Path(__file__).parents[2] / "resources" / "models"
CARDS = Path(__file__).parents[2] / "docs" / "models"
SHIPPED = sorted(path.parent.name for path in MODELS.glob(f"*/{modelfile.MANIFEST}"))
MIB = 1024 * 1024

pytestmark = pytest.mark.skipif(not SHIPPED, reason="this version ships no detectors")


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("home"))
    made = Detecting(home, Settings(), store=ModelStore(home, MODELS))
    yield made
    made.close()


def findings(asked, path, data):
    path.write_bytes(data)
    found = asked.look(path).looked
    return {str(f.witness): f for f in found.findings}, found.pictures


def test_each_is_whole(tmp_path):
    listed = ModelStore(Home(tmp_path), MODELS).installed()
    assert sorted(one.manifest.id for one in listed) == SHIPPED
    assert {one.state for one in listed} == {State.OK}
    for one in listed:
        assert one.manifest.bytes <= 20 * MIB
        assert one.measured
        assert one.manifest.calibration.none_below <= one.manifest.calibration.limit
        assert (one.folder / modelfile.RECORD).is_file()
        assert (CARDS / f"{one.manifest.id}.md").is_file()
    assert sum(path.stat().st_size for path in MODELS.rglob("*.onnx")) <= 60 * MIB


def test_a_photograph_gets_an_answer_from_each(asked, tmp_path):
    found, pictures = findings(asked, tmp_path / "a.jpg", media_files.jpeg(1200, 1600, quality=90))
    for name in SHIPPED:
        assert found[name].status is Status.DONE or found[name].code == "no-face", found[name]
        if found[name].status is Status.DONE:
            said = found[name].details
            assert 0 <= said["score"] <= 1
            assert said["decision"] in {"signs", "none", "inconclusive"}
            assert said["map"] == "" or said["map"] in pictures
    assert set(found) == {str(witness) for witness in DETECTORS}


def test_the_same_file_gets_the_same_answer(asked, tmp_path):
    data = media_files.jpeg(700, 900)
    one, other = (findings(asked, tmp_path / "b.jpg", data)[0] for _ in range(2))
    assert {n: f.details for n, f in one.items()} == {n: f.details for n, f in other.items()}


@pytest.mark.parametrize("size", [(1, 1), (3, 2000), (2000, 3), (31, 31), (255, 255), (5000, 300)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_odd_pictures_spoil_nothing(asked, tmp_path, size, level):
    file = io.BytesIO()
    Image.new("RGB", size, (level, level, level)).save(file, "PNG")
    found, _pictures = findings(asked, tmp_path / "c.png", file.getvalue())
    for name in SHIPPED:
        assert found[name].code in {"inconclusive", "none", "no-face"}, found[name]  # nothing is seen in nothing


def test_a_clip_is_looked_at(asked, tmp_path):
    if not {Task.AI_IMAGE, Task.FACE} & set(SHIPPED):
        pytest.skip("no detector looks at frames")
    frames = [np.asarray(media_files.image(360, 480, seed)) for seed in range(16)]
    found, _pictures = findings(asked, tmp_path / "d.mp4", media_files.written(frames))
    said = found["video"]
    assert said.status is Status.DONE
    assert len(said.details["timeline"]) == 16


def test_their_process_stays_small(asked, tmp_path):
    findings(asked, tmp_path / "e.jpg", media_files.jpeg(3000, 4000, quality=90))
    children = [child for pid in asked.pids() for child in _children(pid)]
    assert children
    peaks = [_peak(pid) for pid in children]
    assert max(peaks) <= 900 * 1000  # kB


def _children(pid: int) -> list[int]:
    """A thread that ends while it is asked has none."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found.extend(int(child) for child in (task / "children").read_text().split())
    return found


def _peak(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
