"""What the families of features share: planes of a picture, and numbers that stay finite whatever the picture is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]  # h x w
Rgb = NDArray[np.uint8]  # h x w x 3
Found = dict[str, float]  # name of a feature -> its value

LEAST, LONGEST = 64, 416  # px a side: less is mirrored outward, of more the middle is taken
QUALITY = 85  # of the one JPEG that every picture passes, so that what came before it tells less
_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Planes:
    """One picture: red, green, blue and luma at full size, the two chroma planes at half, all of them 0 to 255."""

    rgb: tuple[Plane, Plane, Plane]
    luma: Plane
    blue: Plane  # blue-difference chroma
    red: Plane  # red-difference chroma


def canonical(pixels: Rgb) -> Rgb:
    """The middle of a picture after one JPEG at quality 85: what every picture is compared as."""
    height, width = pixels.shape[:2]
    top, left = max(0, height - LONGEST) // 2, max(0, width - LONGEST) // 2
    pixels = pixels[top : top + LONGEST, left : left + LONGEST]
    while min(pixels.shape[:2]) < LEAST:
        pads = [(0, min(s, LEAST - s)) if s < LEAST else (0, 0) for s in pixels.shape[:2]]
        pixels = np.pad(pixels, (*pads, (0, 0)), mode="symmetric")
    coded = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
    decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    return np.ascontiguousarray(np.asarray(decoded, np.uint8)[..., ::-1])


def planes(pixels: Rgb) -> Planes:
    """The planes of a picture of at least 2 x 2 pixels."""
    rgb = pixels.astype(np.float32)
    ycc = np.asarray(cv2.cvtColor(rgb * np.float32(1 / 255), cv2.COLOR_RGB2YCrCb), np.float32) * np.float32(255)
    half = (pixels.shape[1] // 2, pixels.shape[0] // 2)
    red, blue = (np.asarray(cv2.resize(ycc[..., i], half, interpolation=cv2.INTER_AREA), np.float32) for i in (1, 2))
    channels = tuple(np.ascontiguousarray(rgb[..., i]) for i in range(3))
    return Planes(
        rgb=(channels[0], channels[1], channels[2]), luma=np.ascontiguousarray(ycc[..., 0]), blue=blue, red=red
    )


def log(value: float) -> float:
    """The natural logarithm, with a floor that keeps flat pictures finite."""
    return float(np.log(max(float(value), 0.0) + 1e-3))


def spread(values: Plane) -> float:
    """Standard deviation."""
    return float(values.std())


def moments(values: Plane) -> tuple[float, float, float, float]:
    """Log standard deviation; shape, (mean |x|)² / mean x², 0.64 for a Gaussian; skewness; log kurtosis."""
    flat = values.ravel() - values.mean()
    squares = flat * flat
    power = float(squares.mean())
    if power < _TINY:
        return log(0.0), 2 / np.pi, 0.0, float(np.log(3.0))
    absolute = float(np.abs(flat).mean())
    third = float(np.dot(squares, flat)) / flat.size / power**1.5
    fourth = float(np.dot(squares, squares)) / flat.size / power**2
    return log(power**0.5), absolute * absolute / power, float(np.clip(third, -20, 20)), float(np.log(fourth))


def put_moments(found: Found, name: str, values: Plane) -> None:
    """The four moments under `name`."""
    for key, value in zip(("level", "shape", "skew", "tails"), moments(values), strict=True):
        found[f"{name}.{key}"] = value


def correlation(one: Plane, other: Plane) -> float:
    """Pearson's, 0 where either is flat."""
    a, b = one.ravel() - one.mean(), other.ravel() - other.mean()
    scale = float(np.sqrt(np.dot(a, a) * np.dot(b, b)))
    return float(np.dot(a, b)) / scale if scale > _TINY * a.size else 0.0


def quantiles(values: Plane, shares: Sequence[float]) -> list[float]:
    """Quantiles of the values, or of a regular quarter of them where they are many."""
    flat = values.ravel()
    if flat.size > 1 << 14:
        flat = values[::2, ::2].ravel()
    places = [round(share * (flat.size - 1)) for share in shares]
    ordered = np.partition(flat, places)
    return [float(ordered[place]) for place in places]


def blocks(plane: Plane, size: int) -> Plane:
    """The whole blocks of a plane, N x size x size."""
    rows, columns = plane.shape[0] // size, plane.shape[1] // size
    cut = plane[: rows * size, : columns * size].reshape(rows, size, columns, size)
    return np.ascontiguousarray(cut.transpose(0, 2, 1, 3)).reshape(-1, size, size)


def high_pass(plane: Plane, kernel: NDArray[np.float32]) -> Plane:
    """The plane through a kernel, mirrored at its edges."""
    return np.asarray(cv2.filter2D(plane, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT_101), np.float32)


def smoothed(plane: Plane, sigma: float) -> Plane:
    """Gaussian blur."""
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101), np.float32)


def averaged(plane: Plane, size: int) -> Plane:
    """Means over a square window around each pixel."""
    return np.asarray(cv2.blur(plane, (size, size), borderType=cv2.BORDER_REFLECT_101), np.float32)
