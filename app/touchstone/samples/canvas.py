"""What the scenes are painted with: noise, light, haze, and the film they are seen through.

Pictures are float32 arrays of shape (height, width, 3), linear light, red first; masks are float32, (height, width),
0 to 1. Element types are not in the annotations: NumPy's own arithmetic would widen them there, not at run time.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[Any]
Mask = NDArray[Any]
Bytes = NDArray[np.uint8]
_SUBPIXEL_BITS = 4
_RAMP_STEPS = 2048
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def rgb(code: int) -> Picture:
    """The linear colour of a 24-bit sRGB number such as 0xE0A060."""
    srgb = np.array([code >> 16 & 255, code >> 8 & 255, code & 255], np.float32) / 255
    return (srgb**2.2).astype(np.float32)


def noise(rng: np.random.Generator, shape: tuple[int, int], cell: tuple[float, float], octaves: int = 5) -> Mask:
    """Cloudy noise around 0.5: `cell` is the size in pixels (down, across) of its largest lumps."""
    height, width = shape
    total = np.zeros(shape, np.float32)
    weight, sum_of_weights = 1.0, 0.0
    down, across = cell
    for _octave in range(octaves):
        grid = (max(2, round(height / down)) + 3, max(2, round(width / across)) + 3)
        lumps = rng.random(grid, np.float32)
        total += weight * cv2.resize(lumps, (width, height), interpolation=cv2.INTER_CUBIC)
        sum_of_weights += weight
        weight *= 0.5
        down, across = max(1.0, down / 2), max(1.0, across / 2)
    return np.asarray(np.clip((total / sum_of_weights - 0.5) * 1.7 + 0.5, 0, 1), np.float32)


def line_noise(rng: np.random.Generator, length: int, cell: float, octaves: int = 7, roughness: float = 0.5) -> Mask:
    """Noise along a line, about -1 to 1, for ridges and shores."""
    total = np.zeros(length, np.float32)
    weight = 1.0
    for _octave in range(octaves):
        points = rng.uniform(-1, 1, max(2, round(length / cell)) + 3).astype(np.float32)
        total += weight * cv2.resize(points[None, :], (length, 1), interpolation=cv2.INTER_CUBIC)[0]
        weight *= roughness
        cell = max(1.5, cell / 2)
    return total


def ramp(values: Mask, stops: Sequence[tuple[float, int]]) -> Picture:
    """Colours along `values`: each stop is a place and an sRGB number."""
    places = [place for place, _code in stops]
    colours = np.array([rgb(code) for _place, code in stops])
    steps = np.linspace(places[0], places[-1], _RAMP_STEPS)
    table = np.stack([np.interp(steps, places, colours[:, c]) for c in range(3)], axis=-1).astype(np.float32)
    scale = (_RAMP_STEPS - 1) / (places[-1] - places[0])
    index = np.clip((values - places[0]) * scale, 0, _RAMP_STEPS - 1).astype(np.int32)
    return np.asarray(np.take(table, index, axis=0), np.float32)


def smooth(values: Mask, low: float, high: float) -> Mask:
    """0 below `low`, 1 above `high`, and a soft step between."""
    t = np.clip((values - low) / (high - low), 0, 1).astype(np.float32)
    return t * t * (3 - 2 * t)


def blur(values: NDArray[Any], sigma: float, across: float | None = None) -> NDArray[Any]:
    """Gaussian blur; wide ones are done on a smaller copy. `across` is the horizontal sigma where it differs."""
    sideways = sigma if across is None else across
    shrink = max(1, int(min(sigma, sideways) / 3))
    height, width = values.shape[:2]
    small = cv2.resize(values, (width // shrink, height // shrink), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), sideways / shrink, sigmaY=sigma / shrink, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def sampled(values: NDArray[Any], columns: Mask, rows: Mask) -> NDArray[Any]:
    """`values` as seen through a map of places: at each pixel, what stands at (row, column) there."""
    places = columns.astype(np.float32), rows.astype(np.float32)  # OpenCV takes other types, and reads them wrongly
    return np.asarray(cv2.remap(values, *places, cv2.INTER_LINEAR), np.float32)


def over(below: Picture, colour: Picture, mask: Mask) -> Picture:
    """`colour` (a picture or one colour) laid over `below`, in place, where `mask` says so."""
    rows, columns = _extent(mask)
    part = below[rows, columns]
    top = colour[rows, columns] if colour.ndim == 3 and colour.shape[:2] == mask.shape else colour
    part += (top - part) * mask[rows, columns, None]
    return below


def _extent(mask: Mask) -> tuple[slice, slice]:
    """The smallest rectangle outside which a mask is nothing."""
    rows = np.flatnonzero(cv2.reduce(mask, 1, cv2.REDUCE_MAX).ravel() > 1e-4)
    columns = np.flatnonzero(cv2.reduce(mask, 0, cv2.REDUCE_MAX).ravel() > 1e-4)
    if not rows.size:
        return slice(0, 0), slice(0, 0)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


@functools.lru_cache(maxsize=8)
def grid(shape: tuple[int, int]) -> tuple[Mask, Mask]:
    """Row and column of every pixel; shared, so not to be written to."""
    down, across = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    down.flags.writeable = across.flags.writeable = False
    return down, across


def polygon(surface: Bytes, points: Sequence[tuple[float, float]], value: int = 255) -> None:
    """Fill a polygon of (x, y) points in place, with smooth edges."""
    scaled = np.round(np.array(points) * 2**_SUBPIXEL_BITS).astype(np.int32)
    cv2.fillPoly(surface, [scaled], value, cv2.LINE_AA, _SUBPIXEL_BITS)


def stroke(surface: Bytes, points: Sequence[tuple[float, float]], width: int = 1, value: int = 255) -> None:
    """Draw a line through (x, y) points in place."""
    scaled = np.round(np.array(points) * 2**_SUBPIXEL_BITS).astype(np.int32)
    cv2.polylines(
        surface, [scaled], isClosed=False, color=value, thickness=width, lineType=cv2.LINE_AA, shift=_SUBPIXEL_BITS
    )


def blank(shape: tuple[int, int]) -> Bytes:
    """An empty drawing surface; `shown` makes a mask of it."""
    return np.zeros(shape, np.uint8)


def shown(drawn: Bytes) -> Mask:
    """A drawing surface as a mask."""
    return drawn.astype(np.float32) / 255


def fir(surface: Bytes, rng: np.random.Generator, x: float, foot: float, tall: float) -> None:
    """Draw a fir tree in place, its trunk at `x`, from `foot` upwards."""
    tiers = 9 if tall > 30 else 5
    left, right = [(x, foot - tall)], [(x, foot - tall)]
    for tier in range(1, tiers + 1):
        y = foot - tall * (1 - tier / tiers)
        reach = tall * 0.2 * (tier / tiers) ** 0.85
        for side, sign in ((left, -1), (right, 1)):
            out = reach * float(rng.uniform(0.7, 1.25))
            side.append((x + sign * out, y + tall * 0.02))
            side.append((x + sign * out * 0.45, y - tall * 0.012))
    polygon(surface, [*left, *reversed(right)])


def stars(rng: np.random.Generator, shape: tuple[int, int], share: float) -> Mask:
    """Points of light, a few bright, most of them faint; `share` of the pixels begin one."""
    points = (rng.random(shape, np.float32) < share) * rng.random(shape, np.float32) ** 5
    return np.asarray(blur(points.astype(np.float32), 0.62) * 5, np.float32)


def exposed(
    picture: Picture, rng: np.random.Generator, *, exposure: float = 1.0, grain: float = 0.012, bloom: float = 0.12
) -> Bytes:
    """What a camera would keep: glow around lights, a darker rim, a film's curve and grain. 8 bits, blue first."""
    height, width = picture.shape[:2]
    light = np.clip(picture, 0, 40) * np.float32(exposure)
    if bloom:
        half = cv2.resize(light, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        bright = np.clip(half - 0.8, 0, 6)
        glow = bloom * (blur(bright, width / 320) + 0.6 * blur(bright, width / 80))
        light += cv2.resize(glow, (width, height), interpolation=cv2.INTER_LINEAR)
    light *= _rim((height, width))
    shown = _film(light)
    fine = rng.standard_normal((height, width), np.float32)
    film = 0.6 * fine + 0.9 * cv2.GaussianBlur(fine, (0, 0), 0.9)
    luma = cv2.transform(shown, _LUMA[None, :])
    strength = grain * (0.5 + 1.6 * np.sqrt(np.clip(luma * (1 - luma), 0, 1)))
    tint = cv2.resize(rng.standard_normal((height // 2, width // 2, 3), np.float32) * 0.35, (width, height))
    tint += film[..., None]
    tint *= strength[..., None]
    shown += tint
    return cv2.cvtColor(cv2.convertScaleAbs(np.maximum(shown, 0, out=shown), alpha=255), cv2.COLOR_RGB2BGR).astype(
        np.uint8
    )


@functools.lru_cache(maxsize=8)
def _rim(shape: tuple[int, int]) -> Picture:
    """How much light is left towards the corners, shape (height, width, 1)."""
    down, across = grid(shape)
    distance = ((down / shape[0] - 0.5) ** 2 + (across / shape[1] - 0.5) ** 2) * 2
    return np.asarray(1 - 0.35 * distance**1.5, np.float32)[..., None]


def _film(light: Picture) -> Picture:
    """Linear light to 0..1 for the screen: the ACES curve as Narkowicz fitted it, then the display's gamma."""
    curve = light * (2.51 * light + 0.03)
    curve /= light * (2.43 * light + 0.59) + 0.14
    return np.asarray(cv2.pow(np.minimum(curve, 1, out=curve), 1 / 2.2), np.float32)
