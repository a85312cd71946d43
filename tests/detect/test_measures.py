"""What makes a picture unfit for detectors, on pictures made for it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchstone.detect.measures import measures


def photograph(seed: int = 0, side: int = 288) -> np.ndarray:
    """Soft shapes at several scales with grain, as a lens would draw them."""
    random = np.random.default_rng(seed)
    found = np.zeros((side, side, 3), np.float32)
    for parts, strength in ((4, 90), (16, 40), (48, 22), (96, 10)):
        small = random.normal(0, strength, (parts, parts, 3)).astype(np.float32)
        found += cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.clip(found + 120 + random.normal(0, 3, found.shape), 0, 255).astype(np.uint8)


def screen() -> np.ndarray:
    """A window with lines of text and a few plain areas."""
    made = np.full((288, 384, 3), 250, np.uint8)
    made[:24] = (40, 60, 120)
    made[24:, :80] = (225, 228, 232)
    for row in range(48, 280, 14):
        for column in range(96, 370, 9):
            made[row : row + 7, column : column + 2] = 30
            made[row : row + 2, column : column + 6] = 30
    return made


def jpeg(pixels: np.ndarray, quality: int) -> np.ndarray:
    coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.asarray(decoded, np.uint8)


def test_a_photograph_is_neither_drawn_nor_flat_nor_heavily_compressed() -> None:
    found = measures(photograph(), photograph())
    assert (found.drawn, found.flat, found.heavy) == (False, False, False)


def test_a_screen_is_called_drawn_however_it_is_compressed() -> None:
    assert measures(screen(), screen()).drawn
    squeezed = jpeg(screen(), 80)
    assert measures(squeezed, squeezed).drawn


def test_heavier_compression_measures_higher_until_it_is_called_heavy() -> None:
    plain = photograph(3)
    found = [measures(plain, jpeg(plain, quality)).recompression for quality in (95, 60, 35, 15)]
    assert found == sorted(found)
    assert not measures(plain, jpeg(plain, 90)).heavy
    assert measures(plain, jpeg(plain, 15)).heavy


def test_blocks_are_found_wherever_they_begin() -> None:
    squeezed = jpeg(photograph(5), 15)
    assert measures(squeezed, squeezed[3:, 5:]).heavy


def test_compression_is_read_from_the_detail_alone() -> None:
    plain = photograph(7)
    assert not measures(jpeg(plain, 10), plain).heavy


@pytest.mark.parametrize("level", [0, 7, 128, 255])
def test_one_colour_is_flat(level: int) -> None:
    plain = np.full((200, 300, 3), level, np.uint8)
    assert measures(plain, plain).flat


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 2**32 - 1), st.integers(0, 255))
def test_any_picture_is_measured_within_bounds(height: int, width: int, seed: int, most: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, most + 1, (height, width, 3), dtype=np.uint8)
    found = measures(pixels, pixels)
    assert 0 <= found.recompression <= 1
    assert 0 <= found.drawing <= 1
