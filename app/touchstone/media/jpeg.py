"""What a JPEG's tables say about the program that wrote it (ITU-T T.81, annex K)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from touchstone.filefacts import Tables

# Tables K.1 and K.2, in reading order
_LUMINANCE = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
_CHROMINANCE = (
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99,
    47, 66, 99, 99, 99, 99, 99, 99, *([99] * 32),
)  # fmt: skip
_NEAR = 0.04  # mean relative difference up to which tables count as the standard ones rounded another way
_SAMPLINGS: dict[tuple[tuple[int, int], ...], str] = {
    ((1, 1), (1, 1), (1, 1)): "4:4:4",
    ((2, 1), (1, 1), (1, 1)): "4:2:2",
    ((2, 2), (1, 1), (1, 1)): "4:2:0",
    ((1, 2), (1, 1), (1, 1)): "4:4:0",
    ((4, 1), (1, 1), (1, 1)): "4:1:1",
}


@dataclass(frozen=True, slots=True)
class Coding:
    """How a JPEG was compressed. `quality` is on the scale of the Independent JPEG Group, where it is that close."""

    tables: Tables
    quality: int | None
    sampling: str | None
    progressive: bool


def coding(image: Image.Image) -> Coding | None:
    """The coding of an opened JPEG, or None where its headers lack tables."""
    quantization: dict[int, Sequence[int]] = getattr(image, "quantization", {})
    if 0 not in quantization or len(quantization[0]) != 64:
        return None
    tables, quality = _classify(quantization)
    layers = tuple((int(layer[1]), int(layer[2])) for layer in getattr(image, "layer", ()))
    return Coding(tables, quality, _SAMPLINGS.get(layers), bool(image.info.get("progressive")))


def _classify(quantization: dict[int, Sequence[int]]) -> tuple[Tables, int | None]:
    luminance = np.array(quantization[0], np.int64)
    second = quantization.get(1)
    chrominance = np.array(second, np.int64) if second is not None and len(second) == 64 else None
    standard_luminance, standard_chrominance = _standard()
    same = (standard_luminance == luminance).all(axis=1)
    if chrominance is not None:
        same &= (standard_chrominance == chrominance).all(axis=1)
    if same.any():
        return Tables.STANDARD, int(np.flatnonzero(same)[-1]) + 1
    differences = (np.abs(standard_luminance - luminance) / standard_luminance).mean(axis=1)
    best = int(differences.argmin())
    near = differences[best] <= _NEAR
    return (Tables.VARIANT, best + 1) if near else (Tables.CUSTOM, None)


@lru_cache(maxsize=1)
def _standard() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The tables of all qualities 1 to 100, (100, 64) each, as `jpeg_set_quality` of libjpeg makes them."""
    qualities = np.arange(1, 101)
    scales = np.where(qualities < 50, 5000 // qualities, 200 - 2 * qualities)[:, None]
    luminance, chrominance = (
        np.clip((np.array(base) * scales + 50) // 100, 1, 255).astype(np.int64) for base in (_LUMINANCE, _CHROMINANCE)
    )
    return luminance, chrominance
