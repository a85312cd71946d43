"""The numbers that forensic traces are read from: always the same, always finite, and telling where they should."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchstone.detect import features
from touchstone.detect.features import NAMES

WIDEST = 3000


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Smooth patches with edges and grain: a picture as far as statistics go."""
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (max(2, height // 24), max(2, width // 24), 3), dtype=np.uint8)
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    return np.clip(large + random.normal(0, 4, large.shape), 0, 255).astype(np.uint8)


def value(pixels: np.ndarray, name: str) -> float:
    return float(features.features(pixels)[NAMES.index(name)])


@pytest.mark.parametrize(
    "pixels",
    [
        pytest.param(np.zeros((1, 1, 3), np.uint8), id="one pixel"),
        pytest.param(np.full((1, WIDEST, 3), 255, np.uint8), id="one line"),
        pytest.param(np.zeros((288, 384, 3), np.uint8), id="black"),
        pytest.param(np.full((288, 384, 3), 255, np.uint8), id="white"),
        pytest.param(np.random.default_rng(0).integers(0, 256, (288, 384, 3), dtype=np.uint8), id="noise"),
        pytest.param(np.repeat(picture(200, 300)[..., :1], 3, axis=2), id="grey"),
        pytest.param(picture(1200, WIDEST), id="huge"),
        pytest.param(np.tile(np.array([[[0] * 3, [255] * 3]], np.uint8), (288, 144, 1)), id="stripes"),
    ],
)
def test_every_feature_is_a_finite_number(pixels: np.ndarray) -> None:
    found = features.features(pixels)
    assert found.shape == (len(NAMES),)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 2**32 - 1), st.integers(1, 255))
def test_any_shape_and_range_gives_the_same_numbers_twice(height: int, width: int, seed: int, most: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, most + 1, (height, width, 3), dtype=np.uint8)
    first, second = features.features(pixels), features.features(pixels.copy())
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first, second)


def test_the_picture_is_left_as_it_was() -> None:
    pixels = picture(150, 200)
    before = pixels.copy()
    features.features(pixels)
    np.testing.assert_array_equal(pixels, before)


def test_names_are_one_each_and_say_size_and_family() -> None:
    assert len(set(NAMES)) == len(NAMES)
    for name in NAMES:
        size, family, *what = name.split(".")
        assert size in {"fine", "coarse"}
        assert family in features.FAMILIES
        assert what


def test_noise_is_seen_as_noise() -> None:
    calm = cv2.GaussianBlur(picture(288, 384), (0, 0), 3)
    grain = np.random.default_rng(1).normal(0, 12, calm.shape[:2])[..., None]
    noisy = np.clip(calm + grain, 0, 255).astype(np.uint8)
    name = "coarse.noise.luma.square.level"
    assert value(noisy, name) > value(calm, name) + 1


def test_a_regular_grid_is_seen_as_a_peak() -> None:
    plain = picture(144, 144)
    pattern = np.where(np.arange(144) % 4 == 0, 24, 0)
    gridded = np.clip(plain.astype(int) + (pattern[:, None] + pattern)[..., None], 0, 255).astype(np.uint8)
    name = "coarse.grid.luma.period4"
    assert value(gridded, name) > value(plain, name) + 2


def test_a_strong_colour_is_seen_in_the_colours() -> None:
    plain = picture(200, 200)
    grey = np.repeat(plain.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
    name = "fine.colour.saturation.share50"
    assert value(grey, name) < 0.02 < value(plain, name)


def test_blur_is_seen_in_the_slope_of_the_spectrum() -> None:
    sharp = picture(288, 288)
    blurred = cv2.GaussianBlur(sharp, (0, 0), 4)
    name = "coarse.spectrum.luma.slope"
    assert value(blurred, name) < value(sharp, name)


def test_the_strongest_are_the_farthest_one_of_a_family() -> None:
    reference = features.reference([0.0] * len(NAMES), [1.0] * len(NAMES))
    vector = np.zeros(len(NAMES), np.float32)
    noise = [i for i, n in enumerate(NAMES) if n.split(".")[1] == "noise"]
    edges = next(i for i, n in enumerate(NAMES) if n.split(".")[1] == "edges")
    vector[noise[0]], vector[noise[1]], vector[edges] = 9, -8, -5
    found = features.strongest(vector, reference, 2)
    assert found == [(NAMES[noise[0]], 9.0), (NAMES[edges], -5.0)]


def test_features_that_never_varied_stand_out_within_bounds() -> None:
    reference = features.reference([0.0] * len(NAMES), [0.0] * len(NAMES))
    found = features.strongest(np.full(len(NAMES), 3, np.float32), reference)
    assert all(abs(away) <= 1000 for _, away in found)


@pytest.mark.parametrize("means", [[], [0.0], [float("nan")] * len(NAMES)])
def test_a_reference_of_other_features_is_refused(means: list[float]) -> None:
    with pytest.raises(ValueError, match=r"reference|shape"):
        features.reference(means, [1.0] * len(NAMES))
