"""Nothing of the file that held a picture tells generated from real: neither what the loader hands on nor its shape."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.training.conditions import needs_data, told

from touchstone.detect import prepare
from training import augment, data, folds
from training.ai_image_data import SIZE, SQUARES, state, strip
from training.data import Item
from training.scores import auc

_KNOWN = {"split", "label", "generator", "source", "content"}  # what a picture is, for drawing and judging
_FILES = {"crop", "view", "mask", "full"}  # opened by `decode` alone


def test_an_item_holds_what_is_known_of_a_picture_and_where_its_pixels_are() -> None:
    assert {f.name for f in fields(Item)} == _KNOWN | _FILES | {"stem", "sha256"}


@needs_data
def test_names_tell_nothing() -> None:
    items = [i for i in data.items() if i.label != "spliced"]
    x = np.array([[int(digit, 16) for digit in i.sha256] for i in items], float)
    x = np.concatenate([x, x**2], axis=1)
    y = np.array([i.generated for i in items])
    scores = told(x, y[:, None], np.arange(len(items)) % 4)[:, 0]
    assert auc(scores[y], scores[~y]) == pytest.approx(0.5, abs=0.03)


@needs_data
def test_what_a_net_is_fed_has_one_shape_and_layout_whatever_it_came_from() -> None:
    random, views = np.random.default_rng(3), [i for i in data.items() if i.view and i.label != "spliced"]
    chosen = [views[n] for n in random.permutation(len(views))[:80]]
    assert {i.generated for i in chosen} == {True, False}
    fed = set()
    for item in chosen:
        assert item.view is not None
        pixels = state(data.decode(item.view), item.stem, "laundered1")
        square = augment.cut(strip(pixels), SIZE, random)
        asked = prepare.squares(pixels, SIZE, SQUARES)[0]
        for array in (square, asked):
            fed.add((array.shape, array.dtype.str, np.ascontiguousarray(array).strides))
    assert fed == {((SIZE, SIZE, 3), "|u1", (SIZE * 3, 3, 1))}


def test_decoding_gives_pixels_alone(tmp_path: Path) -> None:
    pixels = np.random.default_rng(5).integers(0, 256, (40, 56, 3), np.uint8)
    lossless = {".png": [], ".webp": [cv2.IMWRITE_WEBP_QUALITY, 101], ".bmp": []}
    for suffix, options in lossless.items():
        cv2.imwrite(str(tmp_path / f"it{suffix}"), pixels[..., ::-1], options)
    found = [data.decode(tmp_path / f"it{suffix}") for suffix in lossless]
    for array in found:
        np.testing.assert_array_equal(array, pixels)
    assert len({(a.strides, a.dtype.str, a.flags.c_contiguous, a.flags.writeable) for a in found}) == 1


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "it.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    with pytest.raises(ValueError, match="no picture"):
        data.decode(tmp_path / "it.png")


def _thumbnail(item: Item) -> np.ndarray:
    assert item.view is not None
    small = cv2.resize(data.decode(item.view), (4, 4), interpolation=cv2.INTER_AREA).astype(float)
    return np.concatenate([small.ravel(), small.std((0, 1)), small.mean((0, 1))])


@needs_data
def test_labels_drawn_by_lot_cannot_be_learnt_and_true_ones_can() -> None:
    random, views = np.random.default_rng(7), [i for i in data.items() if i.view and i.label != "spliced"]
    views = [views[n] for n in random.permutation(len(views))[:900]]
    x, y = np.stack([_thumbnail(i) for i in views]), np.array([i.generated for i in views])
    held = np.array([folds.fold(i) for i in views])
    lots = np.stack([random.permutation(y) for _ in range(40)], axis=1)
    scores = told(x, lots, held)
    by_lot = [auc(told_by[lot], told_by[~lot]) for told_by, lot in zip(scores.T, lots.T, strict=True)]
    assert np.mean(by_lot) == pytest.approx(0.5, abs=0.03)
    scores = told(x, y[:, None], np.arange(len(y)) % 4)[:, 0]
    assert auc(scores[y], scores[~y]) > 0.6  # so it was not for want of power
