"""Splices and copy-moves made by code from real pictures, with the mask of what was pasted.

Target and donor get histories of their own: the target's JPEG grid is where a file's begins, the donor's is wherever
the region lands. Everything is then saved once more, what was left untouched as well, so that one compression more is
no cue to the class.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training import launder
from training.data import Rgb

SIDE = 192
_PRESETS = ("medium", "high", "maximum", "web_high", "web_very_high", "web_maximum", "web_medium", "medium", "high")
Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels of a real picture; `native` says that its JPEG grid, if any, begins at its corner."""

    pixels: Rgb
    native: bool


def jpeg(pixels: Rgb, quality: int | str, *, halved: bool) -> Rgb:
    """Saved as JPEG: by the standard tables at a quality, or by one of an editor's presets; colours halved or not."""
    kept = io.BytesIO()
    Image.fromarray(pixels).save(kept, "JPEG", quality=quality, subsampling=2 if halved else 0)
    return np.array(Image.open(kept).convert("RGB"))


def patch(pictures: Sequence[Picture], random: np.random.Generator, *, spliced: bool) -> tuple[Rgb, Mask]:
    """A patch, SIDE x SIDE x 3, and its mask (255: pasted); the mask of an untouched one is empty."""
    target = _history(_cut(_pick(pictures, random), random), random, grid=True)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    if spliced:
        for _ in range(1 if random.random() < 0.85 else 2):
            moved = random.random() < 0.5
            donor = target if moved else _history(_cut(_pick(pictures, random), random), random, grid=False)
            target, pasted = paste(target, donor, random, moved=moved)
            mask = np.maximum(mask, pasted)
    return saved(target, mask, random)


def saved(pixels: Rgb, mask: Mask, random: np.random.Generator) -> tuple[Rgb, Mask]:
    """As the last program saved it: an editor's preset, a standard quality, WebP, unsaved or laundered."""
    how = random.random()
    if how < 0.42:
        return jpeg(pixels, str(random.choice(_PRESETS)), halved=bool(random.random() < 0.5)), mask
    if how < 0.8:
        return jpeg(pixels, int(random.integers(70, 99)), halved=bool(random.random() < 0.7)), mask
    if how < 0.9:
        return pixels, mask
    if how < 0.94:
        return launder.recompress(pixels, random), mask
    smaller = launder.launder(pixels, random, 0.7)
    side = smaller.shape[0]
    mask = cv2.resize(mask, (side, side), interpolation=cv2.INTER_AREA)
    pads = (0, SIDE - side)
    mask = np.pad((mask > 127).astype(np.uint8) * np.uint8(255), (pads, pads), mode="symmetric")
    return np.pad(smaller, (pads, pads, (0, 0)), mode="symmetric"), mask


def _pick(pictures: Sequence[Picture], random: np.random.Generator) -> Picture:
    return pictures[int(random.integers(len(pictures)))]


def _cut(picture: Picture, random: np.random.Generator) -> Picture:
    """A square of SIDE: on the grid where there is one, else anywhere in the picture brought to another size."""
    pixels = picture.pixels
    height, width = pixels.shape[:2]
    native = picture.native and min(height, width) >= SIDE
    if not native:
        scale = max(float(random.uniform(0.55, 1.0)), SIDE / min(height, width))
        size = (max(SIDE, round(width * scale)), max(SIDE, round(height * scale)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC))
        height, width = pixels.shape[:2]
    top, left = (int(random.integers(s - SIDE + 1)) for s in (height, width))
    if native:
        top, left = top // 8 * 8, left // 8 * 8
    return Picture(np.ascontiguousarray(pixels[top : top + SIDE, left : left + SIDE], np.uint8), native)


def _history(picture: Picture, random: np.random.Generator, *, grid: bool) -> Rgb:
    """With a first compression: its own, or one at a random quality; now and then none, or (`grid`) off the grid."""
    if picture.native and random.random() < 0.75:
        return picture.pixels
    if random.random() < 0.15:
        return picture.pixels
    pixels = jpeg(picture.pixels, int(random.integers(60, 98)), halved=bool(random.random() < 0.7))
    if grid and random.random() < 0.1:
        pixels = np.roll(pixels, (int(random.integers(8)), int(random.integers(8))), (0, 1))
    return pixels


def paste(target: Rgb, donor: Rgb, random: np.random.Generator, *, moved: bool) -> tuple[Rgb, Mask]:
    """The target with a region of the donor, and where it is."""
    region = _region(donor, random)
    x, y, width, height = cv2.boundingRect(region)
    for _ in range(12):
        to_x = int(random.integers(-width // 4, SIDE - width * 3 // 4))
        to_y = int(random.integers(-height // 4, SIDE - height * 3 // 4))
        if not moved or abs(to_x - x) > width * 0.6 or abs(to_y - y) > height * 0.6:
            break
    centre = (x + width / 2, y + height / 2)
    angle = float(random.uniform(-30, 30)) if random.random() < 0.25 else 0.0
    scale = float(random.uniform(0.6, 1.5)) if random.random() < 0.35 else 1.0
    matrix = cv2.getRotationMatrix2D(centre, angle, scale)
    matrix[:, 2] += (to_x - x, to_y - y)
    fitting = cv2.INTER_NEAREST if angle == 0 and scale == 1 else cv2.INTER_CUBIC
    piece = cv2.warpAffine(donor, matrix, (SIDE, SIDE), flags=fitting, borderMode=cv2.BORDER_REFLECT)
    mask = cv2.warpAffine(region, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
    if random.random() < 0.35 and not (moved and random.random() < 0.6):
        piece = _adjusted(piece, random)
    if random.random() < 0.1:
        piece = cv2.GaussianBlur(piece, (0, 0), float(random.uniform(0.4, 1.2)))
    softness = float(random.choice([0, 0, 0.5, 0.8, 1.2, 2.0]))
    alpha = cv2.GaussianBlur(mask, (0, 0), softness) if softness else (mask > 127).astype(np.uint8) * 255
    share = alpha[..., None].astype(np.float32) / 255
    mixed = target * (1 - share) + piece * share
    return np.round(mixed).astype(np.uint8), (alpha > 127).astype(np.uint8) * np.uint8(255)


def _adjusted(piece: Rgb, random: np.random.Generator) -> Rgb:
    levels = np.linspace(0, 1, 256)[:, None] ** random.uniform(0.75, 1.35, (1, 3)) ** 0.8
    levels = (levels - 0.5) * random.uniform(0.8, 1.2) + 0.5 + random.uniform(-0.08, 0.08)
    table = np.clip(levels * 255, 0, 255).round().astype(np.uint8)
    return np.stack([cv2.LUT(piece[..., c], table[:, c]) for c in range(3)], axis=-1)


def _region(donor: Rgb, random: np.random.Generator) -> Mask:
    """What to cut out of the donor: 1 to 35 % of it."""
    for _ in range(8):
        how = random.random()
        if how < 0.4:
            region = _grown(donor, random)
        elif how < 0.7:
            region = _blob(random)
        else:
            region = _shape(random)
        if 0.008 < np.count_nonzero(region) / region.size < 0.35:
            return region
    return _shape(np.random.default_rng(1))


def _shape(random: np.random.Generator) -> Mask:
    """An ellipse, a rectangle or a triangle, turned."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cx, cy = (int(v) for v in random.integers(40, SIDE - 40, 2))
    half = random.uniform(10, 58, 2)
    if random.random() < 0.4:
        half[1] = half[0]
    angle = float(random.choice([0, 0, random.uniform(0, 180)]))
    kind = int(random.integers(3))
    if kind == 0:
        cv2.ellipse(mask, (cx, cy), (int(half[0]), int(half[1])), angle, 0, 360, 255, -1)
        return mask
    corners = cv2.boxPoints(((cx, cy), (2 * half[0], 2 * half[1]), angle))
    if kind == 2:
        corners = np.array([corners[0], corners[1], (corners[2] + corners[3]) / 2])
    cv2.fillPoly(mask, [np.int32(corners)], 255)
    return mask


def _blob(random: np.random.Generator) -> Mask:
    """A closed outline whose radius wanders, as of a hand with a lasso."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    radius = np.ones(48)
    for wave in range(1, 7):
        radius += random.normal(0, 0.32 / wave) * np.cos(wave * angles + random.uniform(0, 6.3))
    radius = np.clip(radius, 0.15, 2.2) * random.uniform(12, 48)
    turn, flat = random.uniform(0, np.pi), random.uniform(0.35, 1)
    x, y = radius * np.cos(angles), radius * np.sin(angles) * flat
    cx, cy = random.uniform(45, SIDE - 45, 2)
    points = np.stack([cx + x * np.cos(turn) - y * np.sin(turn), cy + x * np.sin(turn) + y * np.cos(turn)], axis=1)
    cv2.fillPoly(mask, [np.int32(points)], 255)
    return mask


def _grown(donor: Rgb, random: np.random.Generator) -> Mask:
    """What is of one colour around a seed, its holes filled: the outline follows things in the picture."""
    smooth = cv2.medianBlur(donor, 7)
    flags = np.zeros((SIDE + 2, SIDE + 2), np.uint8)
    seed = tuple(int(v) for v in random.integers(30, SIDE - 30, 2))
    reach = (int(random.integers(4, 28)),) * 3
    fixed = cv2.FLOODFILL_FIXED_RANGE if random.random() < 0.6 else 0
    wide = reach if fixed else tuple(max(1, r // 6) for r in reach)
    cv2.floodFill(smooth, flags, seed, (0, 0, 0), wide, wide, 4 | (255 << 8) | cv2.FLOODFILL_MASK_ONLY | fixed)
    grown = cv2.morphologyEx(flags[1:-1, 1:-1], cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    grown = cv2.morphologyEx(grown, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    outlines = cv2.findContours(grown, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    mask = np.zeros((SIDE, SIDE), np.uint8)
    if outlines:
        cv2.drawContours(mask, [max(outlines, key=cv2.contourArea)], -1, 255, -1)
    return mask
