"""Laundering is drawn from the same distribution for every class, and is the same each time for the same picture."""

from __future__ import annotations

import numpy as np
import pytest

from training import augment, launder
from training.ai_image_data import Cache, state, strip
from training.data import Rgb


@pytest.fixture(name="pixels")
def _pixels() -> Rgb:
    y, x = np.mgrid[:300, :420]
    return np.stack([x % 256, y % 256, (x * y // 97) % 256], -1).astype(np.uint8)


def test_the_same_stem_and_state_give_the_same_pixels(pixels: Rgb) -> None:
    once, again = state(pixels, "0123456789abcdef", "laundered1"), state(pixels, "0123456789abcdef", "laundered1")
    np.testing.assert_array_equal(once, again)
    other = state(pixels, "0123456789abcdee", "laundered1")
    assert other.shape != once.shape or (other != once).any()


def test_clean_is_untouched(pixels: Rgb) -> None:
    np.testing.assert_array_equal(state(pixels, "0123456789abcdef", "clean"), pixels)


def test_laundering_keeps_between_half_and_all_of_the_side(pixels: Rgb) -> None:
    random = np.random.default_rng(1)
    sides = [launder.launder(pixels, random).shape[0] for _ in range(20)]
    assert min(sides) >= 150
    assert max(sides) <= 300
    assert len(set(sides)) > 10


def test_laundering_is_all_that_seed_decides(pixels: Rgb) -> None:
    first, second = (launder.launder(pixels, np.random.default_rng(9)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_a_strip_keeps_its_side_and_is_never_long(pixels: Rgb) -> None:
    long = np.concatenate([pixels] * 4, axis=1)
    assert strip(pixels).shape == (192, 269, 3)
    assert strip(long).shape == (192, 336, 3)
    assert strip(long.transpose(1, 0, 2)).shape == (336, 192, 3)


def test_colour_changes_keep_the_shape_and_some_are_grey(pixels: Rgb) -> None:
    random = np.random.default_rng(2)
    made = [augment.colour(pixels, random) for _ in range(30)]
    assert {m.shape for m in made} == {pixels.shape}
    grey = [np.ptp(m.astype(int), axis=-1).max() <= 1 for m in made]
    assert 0 < sum(grey) < 15


def test_arrays_are_kept_and_more_can_be_added(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("cache") / "some.bin"
    first = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    Cache(path).add(iter([("a", first)]))
    with path.open("ab") as file:
        file.write(b"left by one that was stopped")
    cache = Cache(path)
    cache.add(iter([("b", first[::-1] + 1)]))
    again = Cache(path)
    np.testing.assert_array_equal(again["a"], first)
    np.testing.assert_array_equal(again["b"], first[::-1] + 1)
    assert "c" not in again
