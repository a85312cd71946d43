"""The AI-image file as the application runs it: what the manifest promises, on pictures of every shape."""

from __future__ import annotations

import hashlib

import numpy as np
import onnxruntime
import pytest

from touchstone.detect import prepare
from touchstone.lineage import record
from touchstone.modelfile import MANIFEST, MODEL, RECORD, Manifest, Task, parse
from training import data

_FOLDER = data.ROOT / "resources" / "models" / "ai-image"


@pytest.fixture(name="manifest", scope="module")
def _manifest() -> Manifest:
    return parse((_FOLDER / MANIFEST).read_bytes())


@pytest.fixture(name="session", scope="module")
def _session() -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(_FOLDER / MODEL))


def _picture(height: int, width: int) -> prepare.Rgb:
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(x / 17 + y / (23 + n)) * 70 + 128 for n in range(3)]
    return np.stack(waves, -1).astype(np.uint8)


def test_the_file_is_the_one_in_manifest_and_record(manifest: Manifest) -> None:
    raw = (_FOLDER / MODEL).read_bytes()
    told = record.read(_FOLDER / RECORD)
    assert manifest.task is Task.AI_IMAGE
    assert manifest.sha256 == told.weights.sha256 == hashlib.sha256(raw).hexdigest()
    assert manifest.bytes == len(raw)
    assert told.metrics["file_against_net"] < 1e-3
    assert manifest.preprocessing == prepare.VERSION


def test_rates_were_measured_and_limits_are_in_order(manifest: Manifest) -> None:
    calibration = manifest.calibration
    assert calibration.set
    assert None not in (calibration.rates.false_alarms, calibration.rates.worst_source, calibration.rates.recall)
    assert 0 < calibration.none_below <= calibration.limit < 1
    assert calibration.distance_limit is not None


@pytest.mark.parametrize(("height", "width", "squares"), [(288, 288, 1), (288, 400, 2), (640, 288, 3), (100, 60, 2)])
def test_it_answers_with_one_logit_and_one_a_square(
    manifest: Manifest, session: onnxruntime.InferenceSession, height: int, width: int, squares: int
) -> None:
    given, names = manifest.inputs[0], manifest.outputs
    fed = prepare.normalised(prepare.squares(_picture(height, width), given.size, given.count), given)
    wanted = [names.logit, names.distance, names.map, names.parts]
    logit, distance, place, parts = session.run(wanted, {given.name: fed})
    assert (logit.shape, distance.shape, parts.shape) == ((1,), (1,), (squares,))
    assert logit[0] == pytest.approx(parts.mean(), abs=1e-4)
    assert place.mean() == pytest.approx(parts.max(), abs=1e-4)
    assert place.shape == (given.size // 32, given.size // 32)
    assert distance[0] >= 0
    assert all(np.isfinite(x).all() for x in (logit, distance, place, parts))
