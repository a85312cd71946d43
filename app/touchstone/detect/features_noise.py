"""Features of what is left when the picture itself is filtered out: noise, its neighbourhoods, its channels.

High-pass filters and co-occurrences after Fridrich and Kodovský, "Rich models for steganalysis of digital images"
(2012); the mosaic's period after Popescu and Farid, "Exposing digital forgeries in color filter array interpolated
images" (2005).
"""

from __future__ import annotations

from functools import cache
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from touchstone.detect.features_tools import (
    Found,
    Plane,
    Planes,
    blocks,
    correlation,
    high_pass,
    log,
    put_moments,
    quantiles,
    smoothed,
    spread,
)

Kernel = NDArray[np.float32]

_SECOND: Kernel = np.array([[0.5, -1, 0.5]], np.float32)
_SQUARE: Kernel = np.array([[-0.25, 0.5, -0.25], [0.5, -1, 0.5], [-0.25, 0.5, -0.25]], np.float32)
_WIDE: Kernel = np.divide(
    [[-1, 2, -2, 2, -1], [2, -6, 8, -6, 2], [-2, 8, -12, 8, -2], [2, -6, 8, -6, 2], [-1, 2, -2, 2, -1]],
    12,
    dtype=np.float32,
)
_GREEN: Kernel = np.array([[0, 0.25, 0], [0.25, -1, 0.25], [0, 0.25, 0]], np.float32)


def noise(p: Planes) -> Found:
    """Level, shape, skew and tails of several residuals, and how far neighbours go together."""
    found: Found = {}
    across, down = high_pass(p.luma, _SECOND), high_pass(p.luma, np.ascontiguousarray(_SECOND.T))
    put_moments(found, "noise.luma.lines", np.stack([across, down]))
    found["noise.luma.direction"] = log(spread(across)) - log(spread(down))
    square = high_pass(p.luma, _SQUARE)
    put_moments(found, "noise.luma.square", square)
    put_moments(found, "noise.luma.wide", high_pass(p.luma, _WIDE))
    fine = p.luma - smoothed(p.luma, 1.0)
    put_moments(found, "noise.luma.fine", fine)
    for name, plane in (("blue", p.blue), ("red", p.red)):
        put_moments(found, f"noise.{name}.square", high_pass(plane, _SQUARE))
        put_moments(found, f"noise.{name}.fine", plane - smoothed(plane, 1.0))
    base = found["noise.luma.square.level"]
    found["noise.blue.share"] = found["noise.blue.square.level"] - base
    found["noise.red.share"] = found["noise.red.square.level"] - base
    for name, plane in (("square", square), ("fine", fine)):
        found[f"noise.luma.{name}.next"] = correlation(plane[:, :-1], plane[:, 1:])
        found[f"noise.luma.{name}.below"] = correlation(plane[:-1], plane[1:])
        found[f"noise.luma.{name}.corner"] = correlation(plane[:-1, :-1], plane[1:, 1:])
        found[f"noise.luma.{name}.second"] = correlation(plane[:, :-2], plane[:, 2:])
    return found


def level(p: Planes) -> Found:
    """How noise is spread over the picture, and how it grows with brightness: sensors' does, in its own way."""
    found: Found = {}
    residual = high_pass(p.luma, _SQUARE)
    stds = blocks(residual, 8).std(axis=(1, 2))
    means = blocks(p.luma, 8).mean(axis=(1, 2))
    lows = quantiles(stds, (0.02, 0.1, 0.25, 0.5, 0.75, 0.9))
    for share, value in zip((2, 10, 25, 50, 75, 90), lows, strict=True):
        found[f"level.luma.share{share}"] = log(value)
    found["level.luma.range"] = log(lows[5]) - log(lows[1])
    found["level.brightness"] = correlation(np.log(stds + 0.05), means)
    calm = stds <= lows[2] + 1e-6
    found["level.calm.brightness"] = correlation(stds[calm], means[calm])
    found["level.calm.shape"] = float(np.abs(residual).mean() / (spread(residual) + 0.05))
    for name, plane in (("blue", p.blue), ("red", p.red)):
        chroma = blocks(high_pass(plane, _SQUARE), 8).std(axis=(1, 2))
        low, middle = quantiles(chroma, (0.1, 0.5))
        found[f"level.{name}.share10"], found[f"level.{name}.share50"] = log(low), log(middle)
    return found


def pattern(p: Planes) -> Found:
    """How often three neighbours of a residual go together, the residual scaled by its own spread."""
    found: Found = {}
    luma = p.luma
    for name, plane in (
        ("lines", luma[:, 1:] - luma[:, :-1]),
        ("square", high_pass(luma, _SQUARE)),
        ("red", high_pass(p.red, _SQUARE)),
    ):
        for key, share in zip(_classes()[1], _triples(np.ascontiguousarray(plane)), strict=True):
            found[f"pattern.{name}.{key}"] = float(np.sqrt(share))
    return found


def _triples(plane: Plane) -> NDArray[np.float64]:
    step = float(np.abs(plane).mean()) + 0.02
    coded = (np.clip(plane * np.float32(1 / step), -2, 2) + np.float32(2.5)).astype(np.uint8)
    twice = coded * np.uint8(5)
    across = coded[:, :-2] * np.uint8(25) + twice[:, 1:-1] + coded[:, 2:]
    down = coded[:-2] * np.uint8(25) + twice[1:-1] + coded[2:]
    counts = np.bincount(across.ravel(), minlength=125) + np.bincount(down.ravel(), minlength=125)
    merged = np.bincount(_classes()[0], weights=counts, minlength=len(_classes()[1]))
    return np.asarray(merged / max(1.0, merged.sum()), np.float64)


@cache
def _classes() -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Triples that mirror or negate each other are one class: its number for each triple, and the classes' names."""
    number: dict[tuple[int, ...], int] = {}
    of = []
    for triple in product(range(-2, 3), repeat=3):
        negated = tuple(-v for v in triple)
        least = min(triple, triple[::-1], negated, negated[::-1])
        of.append(number.setdefault(least, len(number)))
    names = tuple("".join("abcde"[v + 2] for v in triple) for triple in number)
    return np.array(of, np.intp), names


def channels(p: Planes) -> Found:
    """How noise goes together between channels: a camera's mosaic, a converter and a decoder each leave their own."""
    found: Found = {}
    red, green, blue = (high_pass(plane, _SQUARE) for plane in p.rgb)
    found["channels.red-green"] = correlation(red, green)
    found["channels.green-blue"] = correlation(green, blue)
    found["channels.red-blue"] = correlation(red, blue)
    half = (p.blue.shape[1], p.blue.shape[0])
    luma = np.asarray(cv2.resize(p.luma, half, interpolation=cv2.INTER_AREA), np.float32)
    fine, bluish, reddish = (high_pass(x, _SQUARE) for x in (luma, p.blue, p.red))
    found["channels.luma-blue"] = correlation(fine, bluish)
    found["channels.luma-red"] = correlation(fine, reddish)
    found["channels.blue-red"] = correlation(bluish, reddish)
    found["channels.luma-chroma.size"] = correlation(np.abs(fine), np.abs(bluish) + np.abs(reddish))
    found["channels.blue-red.size"] = correlation(np.abs(bluish), np.abs(reddish))
    return found


def mosaic(p: Planes) -> Found:
    """What a colour filter mosaic leaves: a period of two pixels in how well neighbours predict each other."""
    found: Found = {}
    for name, plane in zip(("red", "green", "blue"), p.rgb, strict=True):
        size = np.abs(high_pass(plane, _GREEN))
        size = np.minimum(size, 3 * float(size.mean()) + 0.1)
        phases = [float(size[i::2, j::2].mean()) for i, j in product(range(2), range(2))]
        found[f"mosaic.{name}.period"] = log(max(phases)) - log(min(phases))
        if name == "green":
            found["mosaic.green.diagonal"] = abs(log(phases[0] + phases[3]) - log(phases[1] + phases[2]))
    return found
