"""Features of what can be seen: colours, tones, edges, texture, and whether sharpness is the same all over."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from touchstone.detect.features_tools import (
    Found,
    Plane,
    Planes,
    averaged,
    blocks,
    correlation,
    log,
    moments,
    put_moments,
    quantiles,
    smoothed,
    spread,
)


def colour(p: Planes) -> Found:
    """Saturation, colourfulness (Hasler and Süsstrunk, 2003), chroma, and how many colours there are."""
    found: Found = {}
    red, green, blue = p.rgb
    high, low = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    saturation = (high - low) / (high + 1)
    for share, value in zip((10, 50, 90), quantiles(saturation, (0.1, 0.5, 0.9)), strict=True):
        found[f"colour.saturation.share{share}"] = value
    found["colour.saturation.spread"] = spread(saturation)
    one, other = red - green, (red + green) * np.float32(0.5) - blue
    found["colour.colourfulness"] = float(
        np.hypot(spread(one), spread(other)) + 0.3 * np.hypot(one.mean(), other.mean())
    )
    found["colour.warmth"] = float(other.mean())
    for name, plane in (("blue", p.blue), ("red", p.red)):
        put_moments(found, f"colour.{name}", plane)
    found["colour.red-green"] = correlation(red, green)
    found["colour.green-blue"] = correlation(green, blue)
    found["colour.blue-red"] = correlation(p.blue, p.red)
    r, g, b = (plane[::2, ::2].astype(np.int32) >> 4 for plane in p.rgb)
    counts = np.bincount((r * 256 + g * 16 + b).ravel(), minlength=4096)
    shares = counts[counts > 0] / counts.sum()
    found["colour.entropy"] = float(-(shares * np.log(shares)).sum())
    found["colour.most"] = float(shares.max())
    return found


def tone(p: Planes) -> Found:
    """Distribution of brightness, clipped shares, and how full the histogram is."""
    found: Found = {}
    put_moments(found, "tone.luma", p.luma)
    values = quantiles(p.luma, (0.01, 0.1, 0.5, 0.9, 0.99))
    for share, value in zip((1, 10, 50, 90, 99), values, strict=True):
        found[f"tone.share{share}"] = value / 255
    found["tone.white"] = float(np.mean([(plane >= 252).mean() for plane in p.rgb]))
    found["tone.black"] = float(np.mean([(plane <= 3).mean() for plane in p.rgb]))
    counts = np.bincount(np.clip(p.luma, 0, 255).astype(np.intp).ravel(), minlength=256).astype(np.float64)
    shares = counts / counts.sum()
    found["tone.entropy"] = float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())
    found["tone.rough"] = float(np.abs(np.diff(shares, 2)).sum())
    return found


def edges(p: Planes) -> Found:
    """Gradients: how heavy the tails are, how they are directed, and how much of the picture has none."""
    found: Found = {}
    across = np.asarray(cv2.Sobel(p.luma, cv2.CV_32F, 1, 0, scale=0.25), np.float32)
    down = np.asarray(cv2.Sobel(p.luma, cv2.CV_32F, 0, 1, scale=0.25), np.float32)
    squares = across * across, down * down
    power = squares[0] + squares[1]
    size = np.sqrt(power)
    put_moments(found, "edges.across", across)
    put_moments(found, "edges.down", down)
    for share, value in zip((10, 25, 50, 75, 90, 99), quantiles(size, (0.1, 0.25, 0.5, 0.75, 0.9, 0.99)), strict=True):
        found[f"edges.share{share}"] = log(value)
    found["edges.none"] = float((size < 1).mean())
    found["edges.strong"] = float((size > 32).mean())
    energy = float(power.mean()) + 1e-3
    found["edges.axes"] = float((squares[0] - squares[1]).mean()) / energy
    cosine = (squares[0] - squares[1]) / (power + 1)
    found["edges.straight"] = float((size * cosine * cosine).mean()) / (float(size.mean()) + 1e-3)
    strong = size > 8
    found["edges.blue"] = _beside(p.blue, strong)
    found["edges.red"] = _beside(p.red, strong)
    logs = np.log(size + 0.5)
    found["edges.log.spread"] = spread(logs)
    found["edges.log.shape"] = moments(logs)[3]
    return found


def _beside(chroma: Plane, strong: NDArray[np.bool_]) -> float:
    """How much stronger chroma changes where luma does (log ratio)."""
    change = np.abs(chroma - smoothed(chroma, 1.0))
    mask = cv2.resize(strong.astype(np.uint8), (chroma.shape[1], chroma.shape[0]), interpolation=cv2.INTER_NEAREST) > 0
    if not mask.any() or mask.all():
        return 0.0
    return log(float(change[mask].mean())) - log(float(change[~mask].mean()))


def variance(p: Planes) -> Found:
    """Local variance over blocks of two sizes: quantiles of its logarithm, and how it changes from place to place."""
    found: Found = {}
    for size in (8, 16):
        values = np.log(blocks(p.luma, size).std(axis=(1, 2)) + 0.1)
        for share, value in zip((5, 25, 50, 75, 95), quantiles(values, (0.05, 0.25, 0.5, 0.75, 0.95)), strict=True):
            found[f"variance.{size}.share{share}"] = value
        found[f"variance.{size}.spread"] = spread(values)
        found[f"variance.{size}.skew"], found[f"variance.{size}.tails"] = moments(values)[2:]
    rows, columns = p.luma.shape[0] // 8, p.luma.shape[1] // 8
    table = np.log(blocks(p.luma, 8).std(axis=(1, 2)) + 0.1).reshape(rows, columns)
    found["variance.next"] = correlation(table[:, :-1], table[:, 1:])
    found["variance.below"] = correlation(table[:-1], table[1:])
    return found


def sharpness(p: Planes) -> Found:
    """Fine against coarse detail from place to place: an optical picture has one focus, and one sharpness there."""
    found: Found = {}
    fine = averaged(np.abs(p.luma - smoothed(p.luma, 0.8)), 16)[8::8, 8::8]
    coarse = averaged(np.abs(smoothed(p.luma, 0.8) - smoothed(p.luma, 2.4)), 16)[8::8, 8::8]
    ratio = np.log(fine + 0.05) - np.log(coarse + 0.05)
    for share, value in zip((10, 50, 90), quantiles(ratio, (0.1, 0.5, 0.9)), strict=True):
        found[f"sharpness.share{share}"] = value
    found["sharpness.spread"] = spread(ratio)
    found["sharpness.follows"] = correlation(ratio, np.log(coarse + 0.05))
    busy = coarse >= np.median(coarse)
    found["sharpness.busy"] = float(ratio[busy].mean())
    found["sharpness.busy.spread"] = spread(ratio[busy])
    rows, columns = (side // 4 for side in ratio.shape)
    middle = ratio[rows : ratio.shape[0] - rows, columns : ratio.shape[1] - columns]
    found["sharpness.middle"] = float(middle.mean() - ratio.mean())
    tall = ratio.shape[0] // 2
    found["sharpness.upper"] = float(ratio[:tall].mean() - ratio[tall:].mean())
    return found


def texture(p: Planes) -> Found:
    """Local binary patterns (Ojala and others, 2002), those alike under rotation as one, at two radii."""
    found: Found = {}
    for radius in (1, 2):
        shares = _binary(p.luma, radius)
        for i, share in enumerate(shares):
            found[f"texture.{radius}.{'ones' if i < 9 else 'mixed'}{i if i < 9 else ''}"] = float(share)
    return found


def _binary(plane: Plane, radius: int) -> NDArray[np.float64]:
    height, width = plane.shape
    middle = plane[radius : height - radius, radius : width - radius] + np.float32(0.5)  # what JPEG rounds is no sign
    coded = np.zeros(middle.shape, np.uint8)
    for bit, (dy, dx) in enumerate(((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))):
        top, left = radius + dy * radius, radius + dx * radius
        seen = plane[top : top + middle.shape[0], left : left + middle.shape[1]] > middle
        coded |= seen.astype(np.uint8) << np.uint8(bit)
    counts = np.bincount(_uniform()[coded.ravel()], minlength=10)
    return np.asarray(counts / max(1, counts.sum()), np.float64)


@cache
def _uniform() -> NDArray[np.intp]:
    """For each pattern of eight: how many ones, if they hang together, else 9."""
    table = np.full(256, 9, np.intp)
    for code in range(256):
        bits = [code >> i & 1 for i in range(8)]
        if sum(bits[i] != bits[i - 1] for i in range(8)) <= 2:
            table[code] = sum(bits)
    return table
