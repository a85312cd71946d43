"""Pastes made by code for training, and what a map is worth."""

from __future__ import annotations

import numpy as np
import pytest

from training import splice_make, splice_score
from training.splice_make import SIDE, Picture
from training.splice_score import Seen


def pictures() -> list[Picture]:
    random = np.random.default_rng(0)
    ramps = [np.linspace(a, b, 240)[:, None, None] + np.linspace(0, c, 300)[:, None] for a, b, c in [(0, 99, 80)] * 4]
    noisy = [np.clip(r + random.normal(60, 12, (240, 300, 3)), 0, 255).astype(np.uint8) for r in ramps]
    return [Picture(p, native=n % 2 == 0) for n, p in enumerate(noisy)]


def test_a_patch_is_the_same_for_the_same_seed_and_only_a_spliced_one_has_a_mask() -> None:
    sizes = []
    for seed in range(12):
        pixels, mask = splice_make.patch(pictures(), np.random.default_rng(seed), spliced=True)
        again, _ = splice_make.patch(pictures(), np.random.default_rng(seed), spliced=True)
        untouched, empty = splice_make.patch(pictures(), np.random.default_rng(seed), spliced=False)
        assert pixels.shape == untouched.shape == (SIDE, SIDE, 3)
        assert (pixels == again).all()
        assert not empty.any()
        assert set(np.unique(mask)) <= {0, 255}
        sizes.append(float((mask > 0).mean()))
    assert min(sizes) > 0
    assert max(sizes) < 0.8


def test_what_lies_outside_the_mask_is_left_as_it_was() -> None:
    random = np.random.default_rng(5)
    target, donor = np.zeros((SIDE, SIDE, 3), np.uint8), np.full((SIDE, SIDE, 3), 255, np.uint8)
    for _ in range(10):
        mixed, mask = splice_make.paste(target, donor, random, moved=False)
        bright = mixed.mean(-1) > 128
        assert (bright == (mask > 0)).mean() > 0.98


@pytest.mark.parametrize(("limit", "expected"), [(0.0, 1.0), (9.0, 0.0), (-9.0, 2 / 3)])
def test_f1_of_a_map(limit: float, expected: float) -> None:
    mask = np.zeros((8, 8), np.bool_)
    mask[:4] = True
    seen = Seen(np.where(mask, 1, -1).astype(np.float32), 1.0, mask)
    assert splice_score.f1([seen], limit) == pytest.approx(expected)
    assert splice_score.area([seen], 0) == 0.5


def test_a_map_of_a_padded_picture_comes_back_at_the_size_of_the_picture() -> None:
    logits = np.zeros((8, 12), np.float32)
    logits[:4] = 1
    fitted = splice_score.sized(logits, 30, 45)
    assert fitted.shape == (30, 45)
    assert fitted[:12].min() == 1
    assert fitted[20:].max() == 0
