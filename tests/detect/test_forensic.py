"""The forensic model that ships, run as the worker runs it, and the feature reference beside it."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from touchstone import modelfile
from touchstone.detect import features
from touchstone.detect.session import Model
from touchstone.lineage import record
from touchstone.modelfile import Task

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "models" / "forensic"
RANDOM = np.random.default_rng(3)


@pytest.fixture(scope="module")
def model() -> Model:
    manifest = modelfile.parse((FOLDER / modelfile.MANIFEST).read_bytes())
    return Model(manifest, (FOLDER / modelfile.MODEL).read_bytes(), 1)


@pytest.fixture(scope="module")
def reference() -> features.Reference:
    said = json.loads((FOLDER / "features.json").read_text("utf-8"))
    assert said["version"] == features.VERSION
    return features.reference(said["means"], said["spreads"])


def shapes(seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (9, 12, 3), dtype=np.uint8)
    grain = random.normal(0, 6, (288, 384, 3))
    return np.clip(cv2.resize(small, (384, 288), interpolation=cv2.INTER_CUBIC) + grain, 0, 255).astype(np.uint8)


def test_the_manifest_describes_the_file_beside_it(model: Model) -> None:
    raw = (FOLDER / modelfile.MODEL).read_bytes()
    manifest = model.manifest
    assert (manifest.task, manifest.sha256, manifest.bytes) == (
        Task.FORENSIC,
        hashlib.sha256(raw).hexdigest(),
        len(raw),
    )
    assert manifest.inputs[0].size == len(features.NAMES)
    assert manifest.preprocessing == features.VERSION
    assert manifest.calibration.set
    assert manifest.calibration.rates.false_alarms is not None


def test_the_record_names_the_same_weights(model: Model) -> None:
    told = record.read(FOLDER / modelfile.RECORD)
    assert told.weights.sha256 == model.manifest.sha256
    assert told.files["features.json"].sha256 == hashlib.sha256((FOLDER / "features.json").read_bytes()).hexdigest()
    assert told.metrics["laundered"]["macro"] > 0.5


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((1, 1, 3), np.uint8),
        np.full((288, 288, 3), 255, np.uint8),
        RANDOM.integers(0, 256, (288, 640, 3), dtype=np.uint8),
        shapes(0),
    ],
    ids=["one pixel", "white", "noise", "shapes"],
)
def test_any_picture_gets_a_number(model: Model, pixels: np.ndarray) -> None:
    found = model.run({"features": features.features(pixels)[None]})
    assert found.logits.shape == (1,)
    assert math.isfinite(float(found.logits[0]))
    assert found.distance is not None
    assert 0 <= found.distance < 1000


def test_the_same_picture_gets_the_same_number(model: Model) -> None:
    first, second = (float(model.run({"features": features.features(shapes(1))[None]}).logits[0]) for _ in range(2))
    assert first == second


def test_noise_lies_beyond_what_the_limits_were_measured_on(model: Model) -> None:
    noise = RANDOM.integers(0, 256, (288, 384, 3), dtype=np.uint8)
    found, limit = model.run({"features": features.features(noise)[None]}), model.manifest.calibration.distance_limit
    assert found.distance is not None
    assert limit is not None
    assert found.distance > limit


def test_what_stands_out_is_among_what_the_model_looks_at(reference: features.Reference) -> None:
    found = features.strongest(features.features(shapes(4)), reference, 5)
    assert len({name.split(".")[1] for name, _ in found}) == len(found) == 5
    spreads = dict(zip(features.NAMES, reference.spreads, strict=True))
    assert all(spreads[name] < 1e6 for name, _ in found)
    assert [abs(away) for _, away in found] == sorted((abs(away) for _, away in found), reverse=True)
