"""PDQ against the reference, against a plain reading of its paper, and against hashes that are kept here."""

import importlib.util

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import media_files as make

from touchstone.media import pdq, raster

REFERENCE = importlib.util.find_spec("pdqhash") is not None

# Made with pdqhash 0.2.8 from `wave_picture`, bits reversed: (height, width): hash, quality
FROZEN = {
    (64, 64): ("aab1aab110cbff31bb00fa203f4bc231c7005131cf0abb31c749bb39cf4bfb31", 100),
    (200, 300): ("bab500b130caff01720a52212f5fc221c5405111cf4afb33df5fbb21cf4ffb23", 100),
    (301, 199): ("bab508b130caef11720852232f5fc221c5405131cf4abb23df5fbb23cf4bfa33", 100),
    (600, 90): ("bab528b130caff017b00d2203f4fc221c5005131cf4abb39df4fbb29cf4bfb31", 100),
    (1000, 1500): ("bab500b130caff01720a52212f5fc221c5405111cf4abb33df5fbb23cf4bfb33", 100),
}


def wave_picture(height: int, width: int) -> make.Pixels:
    """A sum of waves, from arithmetic alone: the same on every machine and with every library."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    planes = []
    for channel in range(3):
        value = np.zeros((height, width))
        for k in range(1, 9):
            value += np.sin(x * k * 9 / width + channel + k * k) * np.cos(y * (9 - k) * 7 / height + k * 1.7) * 60 / k
        planes.append(value)
    return np.clip(np.stack(planes, axis=-1) + 128, 0, 255).astype(np.uint8)


def plain_pdq(pixels: make.Pixels) -> tuple[str, int, set[int]]:
    """The algorithm as the paper tells it: blur the whole plane twice each way, then take 64 x 64 of it.

    Beside hash and quality, the bits whose coefficients tie with the median as far as single precision can tell.
    """
    luma = pixels[..., :3].astype(np.float64) @ np.array([0.299, 0.587, 0.114])
    height, width = luma.shape

    def box(line: np.ndarray) -> np.ndarray:
        window = (len(line) + 127) // 128
        ahead = (window + 2) // 2
        sums = np.concatenate([[0.0], np.cumsum(line)])
        first = np.maximum(np.arange(len(line)) - (window - ahead), 0)
        last = np.minimum(np.arange(len(line)) + ahead, len(line))
        return (sums[last] - sums[first]) / (last - first)

    for _ in range(2):
        luma = np.apply_along_axis(box, 1, luma)
        luma = np.apply_along_axis(box, 0, luma)
    rows = [int((i + 0.5) * height / 64) for i in range(64)]
    columns = [int((j + 0.5) * width / 64) for j in range(64)]
    small = luma[np.ix_(rows, columns)]
    steps = sum(int(abs(int(d))) for axis in (0, 1) for d in (np.diff(small, axis=axis) * 100 / 255).ravel())
    k, n = np.arange(1, 17)[:, None], np.arange(64)
    dct = np.sqrt(2 / 64) * np.cos(np.pi / 128 * k * (2 * n + 1))
    band = dct @ small @ dct.T
    median = np.sort(band.ravel())[127]
    bits = (band > median).ravel()
    tied = np.abs(band - median).ravel() <= 1e-5 * np.abs(band).max()
    hashed = sum(1 << place for place, bit in enumerate(bits) if bit)
    return f"{hashed:064x}", min(100, steps // 90), {place for place, tie in enumerate(tied) if tie}


def reference(pixels: make.Pixels) -> tuple[str, int]:
    import pdqhash

    bits, quality = pdqhash.compute(np.ascontiguousarray(pixels))
    return np.packbits(bits).tobytes().hex(), quality


@pytest.mark.parametrize("size", sorted(FROZEN))
def test_hashes_stay_what_the_reference_said(size):
    found = pdq.fingerprint(wave_picture(*size))
    expected, quality = FROZEN[size]
    assert pdq.distance(found.hash, expected) == 0
    assert found.quality == quality


@pytest.mark.skipif(not REFERENCE, reason="pdqhash is not installed; the frozen hashes hold")
@pytest.mark.parametrize("size", [(64, 64), (65, 129), (200, 77), (480, 640), (777, 1031), (1500, 2000)])
def test_hashes_are_those_of_the_reference(size):
    import pdqhash

    pixels = make.scene(*size, seed=size[0])
    found = pdq.fingerprint(pixels)
    assert (found.hash, found.quality) == reference(pixels)
    turned, _quality = pdqhash.compute_dihedral(pixels)
    assert list(found.hashes) == [np.packbits(bits).tobytes().hex() for bits in turned]


@settings(max_examples=25, deadline=None)
@given(st.integers(5, 300), st.integers(5, 300), st.integers(0, 1000))
def test_computing_only_what_is_kept_changes_nothing(height, width, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    found = pdq.fingerprint(pixels)
    expected, quality, tied = plain_pdq(pixels)
    # A coefficient that ties with the median may fall either way in single precision; no other.
    differing = int(found.hash, 16) ^ int(expected, 16)
    assert {place for place in range(256) if differing >> place & 1} <= tied
    assert abs(found.quality - quality) <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_orientation_costs_nothing_and_hashes_what_is_displayed(orientation):
    pixels = make.scene(331, 478, seed=3)
    transposed, flip_rows, flip_columns = pdq.TURNS[orientation]
    shown = pixels[:: -1 if flip_rows else 1, :: -1 if flip_columns else 1]
    shown = np.ascontiguousarray(shown.swapaxes(0, 1) if transposed else shown)
    assert pdq.fingerprint(pixels, orientation) == pdq.fingerprint(shown)


def test_the_eight_hashes_are_those_of_the_eight_ways_to_turn_an_image():
    pixels = make.scene(577, 577, seed=4)
    ways = {
        "original": pixels,
        "rotate180": pixels[::-1, ::-1],
        "flipx": pixels[::-1],
        "flipy": pixels[:, ::-1],
        "flipplus1": pixels.swapaxes(0, 1),
        "rotate90": np.rot90(pixels, 1),
        "rotate270": np.rot90(pixels, 3),
        "flipminus1": pixels[::-1, ::-1].swapaxes(0, 1),
    }
    found = dict(zip(pdq.ORIENTATIONS, pdq.fingerprint(pixels).hashes, strict=True))
    for name, turned in ways.items():
        # Centres of samples are rounded down, so a turned image is not quite the same.
        near = {
            other: pdq.distance(hash_, pdq.fingerprint(np.ascontiguousarray(turned)).hash)
            for other, hash_ in found.items()
        }
        assert min(near, key=near.__getitem__) == name
        assert near[name] <= 16


def test_a_copy_is_near_and_another_picture_is_far():
    one, other = make.scene(600, 800, seed=1), make.scene(600, 800, seed=2)
    copy = np.asarray(make.image(600, 800, 1).resize((400, 300)))
    assert pdq.distance(pdq.fingerprint(one).hash, pdq.fingerprint(copy).hash) <= 31
    assert pdq.distance(pdq.fingerprint(one).hash, pdq.fingerprint(other).hash) > 80


def test_grey_colour_and_a_fourth_channel_hash_alike():
    grey = np.repeat(make.scene(120, 160)[..., :1], 3, axis=2)
    padded = np.dstack([grey, np.full((120, 160), 77, np.uint8)])
    assert pdq.fingerprint(grey).hash == pdq.fingerprint(padded).hash
    assert pdq.distance(pdq.fingerprint(grey).hash, pdq.fingerprint(np.ascontiguousarray(grey[..., :1])).hash) <= 2


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (4, 4)])
def test_what_is_too_small_has_a_hash_of_no_quality(size):
    found = pdq.fingerprint(np.full((*size, 3), 200, np.uint8))
    assert found.quality == 0
    assert found.hash == "0" * 64


def test_a_flat_image_has_no_quality():
    assert pdq.fingerprint(np.full((300, 300, 3), 90, np.uint8)).quality == 0


def test_pixels_of_a_pillow_image_are_read_where_they_lie():
    raster.contiguous_images()
    for mode, channels in (("RGB", 4), ("L", 1), ("RGBA", 4)):
        image = make.image(70, 90, mode=mode)
        with raster.pixels(image) as pixels:
            assert pixels.shape == (70, 90, channels)
            expected = np.asarray(image).reshape(70, 90, -1)
            assert (pixels[..., : expected.shape[2]] == expected).all()
            assert not pixels.flags.owndata
