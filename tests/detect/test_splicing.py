"""What was copied within a picture, and the shipped splice map, on pictures made here by code."""

from __future__ import annotations

import io
import math
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from PIL import Image

from touchstone import modelfile
from touchstone.detect import prepare, splicing
from touchstone.detect.prepare import Rgb
from touchstone.detect.session import Model

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "models" / splicing.MODEL
Mask = NDArray[np.bool_]


def scene(seed: int, height: int = 256, width: int = 384) -> Rgb:
    """Blobs of many sizes and colours: something to see everywhere, and nothing twice."""
    random = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3), np.float32)
    for spread, strength in ((40, 60), (14, 40), (5, 30), (1.6, 16)):
        noise = cv2.GaussianBlur(random.standard_normal((height, width, 3)).astype(np.float32), (0, 0), spread)
        picture += noise / noise.std() * strength
    picture += random.normal(0, 3, picture.shape)
    return np.clip(picture + 120, 0, 255).astype(np.uint8)


def ellipse(height: int, width: int, centre: tuple[int, int], half: tuple[int, int]) -> Mask:
    return cv2.ellipse(np.zeros((height, width), np.uint8), centre, half, 20, 0, 360, 1, -1) > 0


def saved(pixels: Rgb, quality: int) -> Rgb:
    kept = io.BytesIO()
    Image.fromarray(pixels).save(kept, "JPEG", quality=quality)
    return np.asarray(Image.open(kept).convert("RGB"))


def copied(seed: int, angle: float = 0.0, scale: float = 1.0) -> tuple[Rgb, Mask]:
    """A picture with a part of it pasted elsewhere, saved again, and where that is."""
    picture = scene(seed)
    matrix = cv2.getRotationMatrix2D((100, 120), angle, scale)
    matrix[:, 2] += (170, 6)
    moved = cv2.warpAffine(picture, matrix, (384, 256), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    mask = ellipse(256, 384, (270, 126), (48, 36))
    return saved(np.where(mask[..., None], moved, picture).astype(np.uint8), 90), mask


def overlap(a: Mask, b: Mask) -> float:
    return float(2 * (a & b).sum() / max(1, a.sum() + b.sum()))


@pytest.mark.parametrize(("angle", "scale"), [(0, 1), (0, 1.2), (25, 1), (-70, 0.9)])
def test_a_copied_part_and_its_model_are_found(angle: float, scale: float) -> None:
    picture, mask = copied(3, angle, scale)
    found = splicing.copies(picture)
    assert found
    assert found[0].logit > 0
    assert max(overlap(found[0].pasted, mask), overlap(found[0].model, mask)) > 0.7
    assert overlap(found[0].pasted, found[0].model) < 0.1


def test_the_pasted_one_is_told_from_its_model_by_its_outline() -> None:
    right = [overlap(splicing.copies(picture)[0].pasted, mask) > 0.5 for picture, mask in map(copied, range(6))]
    assert sum(right) >= 5


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_found_where_nothing_was_copied(seed: int) -> None:
    assert splicing.copies(saved(scene(seed), 80)) == []


def test_a_repeated_pattern_on_its_own_is_no_sure_sign() -> None:
    wave = np.sin(np.arange(384) * math.pi / 12) * np.sin(np.arange(256) * math.pi / 16)[:, None]
    noisy = wave[..., None] * 60 + 128 + np.random.default_rng(0).normal(0, 6, (256, 384, 3))
    assert all(copy.logit < 0 for copy in splicing.copies(np.clip(noisy, 0, 255).astype(np.uint8)))


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (31, 33), (40, 40), (819, 1280)])
def test_flat_and_odd_pictures_have_no_copies_and_keep_their_map(size: tuple[int, int]) -> None:
    height, width = size
    flat = np.full((height, width, 3), 255, np.uint8)
    rows, columns = -(-height // 4), -(-width // 4)
    given = np.full((-(-height // 16) * 4, -(-width // 16) * 4), -3, np.float32)
    drawn, logit = splicing.refined(flat, given, -2.0)
    assert drawn.shape == (rows, columns)
    assert (drawn == -3).all()
    assert logit == -2


def test_a_copy_raises_the_map_where_it_is_and_the_logit() -> None:
    picture, mask = copied(3)
    drawn, logit = splicing.refined(picture, np.full((64, 96), -5, np.float32), -5.0)
    there = cv2.resize(mask.astype(np.uint8), (96, 64), interpolation=cv2.INTER_AREA) > 0
    assert logit > 0
    assert drawn[there].mean() > drawn[~there].mean() + 2
    assert np.isfinite(drawn).all()


@pytest.fixture(scope="module")
def model() -> Model:
    manifest = modelfile.parse((FOLDER / modelfile.MANIFEST).read_bytes())
    return Model(manifest, (FOLDER / modelfile.MODEL).read_bytes(), 1)


def looked(model: Model, picture: Rgb) -> tuple[NDArray[np.float32], float]:
    given = model.manifest.inputs[0]
    found = model.run({given.name: prepare.normalised(prepare.detail(picture, given.size), given)})
    assert found.map is not None
    return found.map, float(found.logits.max())


def pasted(seed: int) -> tuple[Rgb, Mask]:
    """A part of one picture in another of another history: JPEG at 70 on its grid, and never compressed off it."""
    target, donor = saved(scene(seed), 70), saved(scene(seed + 100, 280, 420), 95)[5:261, 3:387]
    mask = ellipse(256, 384, (130 + 20 * seed, 110), (62, 48))
    return saved(np.where(mask[..., None], donor, target).astype(np.uint8), 96), mask


def test_the_shipped_map_is_higher_where_something_was_pasted(model: Model) -> None:
    gaps = []
    for seed in range(6):
        picture, mask = pasted(seed)
        logits, _ = looked(model, picture)
        there = cv2.resize(mask.astype(np.uint8), (96, 64), interpolation=cv2.INTER_NEAREST) > 0
        inside, outside = logits[there][:, None], logits[~there][None]
        gaps.append(float((inside > outside).mean()))
    assert np.mean(gaps) > 0.75


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (37, 500), (255, 257), (819, 1280)])
def test_pictures_of_any_size_give_a_map_of_a_quarter_of_the_padded_sides(model: Model, size: tuple[int, int]) -> None:
    random = np.random.default_rng(1)
    for picture in (
        random.integers(0, 256, (*size, 3)).astype(np.uint8),
        np.zeros((*size, 3), np.uint8),
        np.full((*size, 3), 255, np.uint8),
    ):
        logits, logit = looked(model, picture)
        assert logits.shape == tuple(-(-side // 16) * 4 for side in size)
        assert np.isfinite(logits).all()
        assert math.isfinite(logit)


def test_the_shipped_file_is_the_one_its_manifest_names() -> None:
    data = (FOLDER / modelfile.MODEL).read_bytes()
    manifest = modelfile.parse((FOLDER / modelfile.MANIFEST).read_bytes())
    assert (manifest.id, manifest.task) == (splicing.MODEL, modelfile.Task.SPLICE)
    assert manifest.bytes == len(data)
    assert {o.name for o in onnxruntime.InferenceSession(data).get_outputs()} == {"logit", "map"}
