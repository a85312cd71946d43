"""PDQ, a perceptual hash.

"The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", Facebook, 2019.

The reference blurs the whole luma plane with two passes of a box filter along either axis and then keeps 64 x 64 of
its samples (hashing.pdf of ThreatExchange, "Downsampling"). Blurring and sampling are linear and act on one axis at a
time, so only the kept samples are computed here: each is a weighted sum over about 1/32 of the rows, then of the
columns. That is the same number at a thirtieth of the work, and the image's orientation costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

PIPELINE = "pdq/1"
ORIENTATIONS = ("original", "rotate90", "rotate180", "rotate270", "flipx", "flipy", "flipplus1", "flipminus1")

_SIDE, _BAND = 64, 16
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_LEAST = 5  # pixels along an axis; the reference hashes nothing smaller
_CHUNK = 1 << 20  # samples converted to float at a time: what a second-level cache holds

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`hashes` are 64 hex digits each, in the order of `ORIENTATIONS`; `quality` is 0 (featureless) to 100."""

    hashes: tuple[str, ...]
    quality: int

    @property
    def hash(self) -> str:
        """The hash of the image as displayed."""
        return self.hashes[0]


def fingerprint(pixels: Pixels, orientation: int = 1) -> Fingerprint:
    """The PDQ hash of an image as displayed; all zero, with quality 0, below 5 pixels along either side.

    Args:
        pixels: (height, width, channels), grey (1), RGB (3), or RGB and a channel that is ignored (4), as stored.
        orientation: how to turn the stored pixels for display, 1 to 8 (EXIF 2.32, 4.6.4 A).
    """
    if min(pixels.shape[:2]) < _LEAST:
        return Fingerprint(("0" * 64,) * len(ORIENTATIONS), 0)
    transposed, flip_rows, flip_columns = TURNS[orientation]
    samples = _reduce(pixels, flip_rows=flip_rows, flip_columns=flip_columns)
    if transposed:
        samples = np.ascontiguousarray(samples.T)
    dct = _dct_matrix()
    band: Floats = np.asarray(dct @ samples @ dct.T, np.float32)
    return Fingerprint(tuple(_bits(turned) for turned in _dihedral(band)), _quality(samples))


def distance(one: str, other: str) -> int:
    """The number of bits in which two hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


# EXIF orientation -> (swap the axes, after turning the stored rows round, the stored columns round)
TURNS: dict[int, tuple[bool, bool, bool]] = {
    1: (False, False, False),
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, True, False),
    7: (True, True, True),
    8: (True, False, True),
}


def _reduce(pixels: Pixels, *, flip_rows: bool, flip_columns: bool) -> Floats:
    """The 64 x 64 samples of the blurred luma plane, along the stored axes."""
    height, width, channels = pixels.shape
    flat = pixels.reshape(height, width * channels)
    starts, kernels = _taps(height, flip_rows)
    strips = np.empty((_SIDE, width * channels), np.float32)
    step = max(1, _CHUNK // kernels.shape[1])
    block = np.empty((kernels.shape[1], min(step, width * channels)), np.float32)
    for left in range(0, width * channels, step):
        right = min(left + step, width * channels)
        part = block[:, : right - left]
        for row, (start, kernel) in enumerate(zip(starts, kernels, strict=True)):
            part[...] = flat[start : start + kernel.size, left:right]
            np.dot(kernel, part, out=strips[row, left:right])
    planes = strips.reshape(_SIDE, width, channels)
    luma = planes[..., 0] if channels == 1 else planes[..., :3] @ _LUMA
    starts, kernels = _taps(width, flip_columns)
    gathered = luma[:, starts[:, None] + np.arange(kernels.shape[1])]
    samples: Floats = np.einsum("rck,ck->rc", gathered, kernels).astype(np.float32)
    return samples


@lru_cache(maxsize=16)
def _taps(length: int, flip: bool) -> tuple[NDArray[np.intp], Floats]:  # noqa: FBT001 - lru_cache keys by position
    """Where each of 64 samples starts along an axis, and its weights, (64, k): box filter, box filter, decimation."""
    window = (length + 2 * _SIDE - 1) // (2 * _SIDE)
    ahead = (window + 2) // 2
    behind = window - ahead
    centres = ((np.arange(_SIDE) + 0.5) * length / _SIDE).astype(np.intp)
    inner = centres[:, None] - behind + np.arange(window)  # the samples of the first pass that the second one averages
    valid = (inner >= 0) & (inner < length)
    first = np.clip(inner - behind, 0, length)
    last = np.clip(inner + ahead, 0, length)
    weights = valid / np.maximum(last - first, 1) / valid.sum(axis=1, keepdims=True)
    size = min(length, 2 * window - 1)
    starts = np.clip(centres - 2 * behind, 0, length - size)
    steps = np.zeros((_SIDE, size + 1))
    sample = np.broadcast_to(np.arange(_SIDE)[:, None], inner.shape)
    np.add.at(steps, (sample, np.clip(first - starts[:, None], 0, size)), weights)
    np.subtract.at(steps, (sample, np.clip(last - starts[:, None], 0, size)), weights)
    kernels = np.cumsum(steps, axis=1)[:, :size].astype(np.float32)
    if flip:
        return length - size - starts, np.ascontiguousarray(kernels[:, ::-1])
    return starts, kernels


@lru_cache(maxsize=1)
def _dct_matrix() -> Floats:
    rows, columns = np.arange(1, _BAND + 1)[:, None], np.arange(_SIDE)
    matrix = np.sqrt(2 / _SIDE) * np.cos(np.pi / (2 * _SIDE) * rows * (2 * columns + 1))
    return np.asarray(matrix, np.float32)


def _dihedral(band: Floats) -> tuple[Floats, ...]:
    """The transform of the image turned in all eight ways: odd frequencies change sign, or the axes are swapped."""
    sign = np.where(np.arange(_BAND) % 2 == 0, np.float32(-1), np.float32(1))
    across, down = band * sign, band * sign[:, None]
    both = across * sign[:, None]
    return band, across.T, both, down.T, down, across, band.T, both.T


def _bits(band: Floats) -> str:
    """Bit 16 i + j is set where coefficient (i, j) is above the (lower) median; the highest bit is written first."""
    flat = band.ravel()
    median = np.partition(flat, 127)[127]
    return np.packbits(flat > median, bitorder="little")[::-1].tobytes().hex()


def _quality(samples: Floats) -> int:
    """The sum of the steps between neighbours, in whole hundredths of the range, over 90, at most 100."""
    steps = sum(int(np.abs(np.trunc(np.diff(samples, axis=axis) * 100 / 255)).sum()) for axis in (0, 1))
    return min(100, steps // 90)
