"""Manipulated faces made of untouched ones, so that nothing but the manipulation tells a pair apart.

A face is blended with an altered copy of itself (self-blended images, arXiv 2204.08376) or with another face that was
laid over it (face X-ray, arXiv 1912.13458), through a mask drawn by its mesh, deformed and blurred.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training import launder
from training.data import Rgb
from training.face_data import Points, Portrait

NOSE = 1  # of the mesh: the tip
_RATIOS = (0.5, 0.75, 1.0, 1.0, 1.0)
_CANDIDATES = 24  # faces that the most alike is chosen from

Mask = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How pairs are made: which share of them with other faces, and which with a copy that went through less pixels."""

    others: float = 0.0
    small: float = 0.2
    parts: float = 0.35  # masks that cover a part of the face only
    grain: bool = False  # whether sharpness and grain always differ, and tone little


def pair(portrait: Portrait, others: Sequence[Portrait], recipe: Recipe, random: np.random.Generator) -> list[Rgb]:
    """The square of a portrait untouched, and with its face manipulated; outside the mask they are the same."""
    own = portrait.pixels
    if random.random() < recipe.others:
        source = overlaid(portrait, alike(portrait, others, random))
        source, target = altered(source, random, recipe.small, 0.5), own
    else:
        other = grained(own, random) if recipe.grain else altered(own, random, recipe.small)
        source, target = (other, own) if random.random() < 0.5 else (own, other)
    source = moved(source, random, portrait.face.width)
    cover = mask(portrait, random, recipe.parts)[..., None] * float(random.choice(_RATIOS))
    return [target, np.asarray(source * cover + target * (1 - cover) + 0.5, np.uint8)]


def altered(pixels: Rgb, random: np.random.Generator, small: float, strength: float = 1.0) -> Rgb:
    """Another tone and another sharpness: what a second camera, or a second pass, leaves."""
    x = pixels.astype(np.float32)
    if random.random() < 0.7:
        x = x + random.uniform(-14, 14, 3).astype(np.float32) * strength
    if random.random() < 0.7:
        hsv = cv2.cvtColor(np.clip(x, 0, 255).astype(np.uint8), cv2.COLOR_RGB2HSV).astype(np.float32)
        hsv[..., 0] = (hsv[..., 0] + random.uniform(-8, 8) * strength) % 180
        hsv[..., 1:] *= random.uniform(1 - 0.25 * strength, 1 + 0.25 * strength, 2).astype(np.float32)
        x = cv2.cvtColor(np.clip(hsv, 0, 255).astype(np.uint8), cv2.COLOR_HSV2RGB).astype(np.float32)
    if random.random() < 0.5:
        x = (x - x.mean()) * float(random.uniform(1 - 0.15 * strength, 1 + 0.15 * strength)) + x.mean()
    x = np.clip(x, 0, 255)
    chance = random.random()
    if chance < small:
        x = _fewer(x, float(random.uniform(1.5, 3.5)), random)
    elif chance < small + 0.3:
        soft = cv2.GaussianBlur(x, (0, 0), float(random.uniform(0.6, 1.5)))
        x = x + (x - soft) * float(random.uniform(-1, 1))
    return np.asarray(np.clip(x, 0, 255), np.uint8)


def grained(pixels: Rgb, random: np.random.Generator) -> Rgb:
    """Nearly the same tone, but other pixels: fewer of them, softer, sharper, noisier or compressed before."""
    x = altered(pixels, random, 0.0, 0.4).astype(np.float32)
    for way in random.choice(5, size=int(random.integers(1, 3)), replace=False):
        if way == 0:
            x = _fewer(x, float(random.uniform(1.1, 2.5)), random)
        elif way == 1:
            x = cv2.GaussianBlur(x, (0, 0), float(random.uniform(0.4, 1.2)))
        elif way == 2:
            x = x + (x - cv2.GaussianBlur(x, (0, 0), 1.0)) * float(random.uniform(0.2, 1.2))
        elif way == 3:
            x = x + random.normal(0, random.uniform(1, 6), x.shape).astype(np.float32)
        else:
            x = launder.recompress(np.clip(x, 0, 255).astype(np.uint8), random).astype(np.float32)
    return np.asarray(np.clip(x, 0, 255), np.uint8)


def _fewer(x: Mask, factor: float, random: np.random.Generator) -> Mask:
    height, width = x.shape[:2]
    filters = (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC)
    less = cv2.resize(x, (round(width / factor), round(height / factor)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(less, (width, height), interpolation=filters[int(random.integers(3))]), np.float32)


def moved(pixels: Rgb, random: np.random.Generator, face: float) -> Rgb:
    """Shifted, scaled and turned by a little, so that edges do not meet."""
    side = len(pixels)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), float(random.normal(0, 1.2)), 1.0)
    turn[:, :2] *= random.uniform(0.95, 1.05, (1, 2))
    turn[:, 2] += side / 2 - turn[:, :2] @ [side / 2, side / 2] + random.uniform(-0.03, 0.03, 2) * face
    warped = cv2.warpAffine(pixels, turn, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(warped, np.uint8)


def mask(portrait: Portrait, random: np.random.Generator, parts: float) -> Mask:
    """Where the other picture shows, 0 to 1: the hull of the mesh or of a part of it, bent and made soft."""
    side, size = len(portrait.pixels), portrait.face.width
    points = portrait.points
    chance = random.random()
    if chance < parts / 3:  # mouth and chin
        points = points[points[:, 1] > points[NOSE, 1] - 0.02 * size]
    elif chance < parts * 2 / 3:  # eyes and brows
        points = points[points[:, 1] < points[NOSE, 1] + 0.02 * size]
    elif chance < parts:
        points = points[points[:, 1] > np.quantile(points[:, 1], random.uniform(0, 0.3))]
    middle = points.mean(axis=0)
    points = middle + (points - middle) * random.uniform(0.8, 1.06, (1, 2))
    hull = cv2.convexHull((points + random.normal(0, 0.015 * size, points.shape)).astype(np.float32))
    drawn = np.zeros((side, side), np.float32)
    cv2.fillConvexPoly(drawn, np.rint(hull).astype(np.int32), 1.0)
    bent = cv2.remap(drawn, *_bending(side, size, random), cv2.INTER_LINEAR)
    soft = cv2.GaussianBlur(bent, (0, 0), size * float(random.uniform(0.008, 0.05)))
    if random.random() < 0.5:  # smaller or larger than it was, by where the soft edge is cut
        low = float(random.uniform(0, 0.5))
        soft = np.clip((soft - low) / 0.5, 0, 1)
        soft = cv2.GaussianBlur(soft, (0, 0), size * float(random.uniform(0.005, 0.03)))
    return np.asarray(soft, np.float32)


def _bending(side: int, size: float, random: np.random.Generator) -> tuple[Mask, Mask]:
    coarse = random.normal(0, 0.03 * size, (5, 5, 2)).astype(np.float32)
    shift = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    rows, columns = np.mgrid[:side, :side].astype(np.float32)
    return columns + shift[..., 0], rows + shift[..., 1]


def alike(portrait: Portrait, others: Sequence[Portrait], random: np.random.Generator) -> Portrait:
    """Of some faces of other pictures, the one whose mesh fits best."""
    drawn = [others[int(i)] for i in random.integers(len(others), size=_CANDIDATES)]
    apart = [p for p in drawn if p.stem != portrait.stem]
    shape = shaped(portrait.points)
    return min(apart, key=lambda p: float(np.abs(shaped(p.points) - shape).mean()))


def shaped(points: Points) -> Points:
    """A mesh with its middle at nothing and its spread one."""
    centred = points - points.mean(axis=0)
    return np.asarray(centred / np.sqrt((centred**2).sum(axis=1).mean()), np.float32)


def overlaid(portrait: Portrait, other: Portrait) -> Rgb:
    """Another face turned, scaled and toned so that it lies on this one, its surroundings with it."""
    side = len(portrait.pixels)
    fit, _ = cv2.estimateAffinePartial2D(other.points, portrait.points, method=cv2.LMEDS)
    warped = cv2.warpAffine(other.pixels, fit, (side, side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return toned(np.asarray(warped, np.uint8), portrait.pixels, portrait.points)


def toned(pixels: Rgb, like: Rgb, points: Points) -> Rgb:
    """With the mean and spread of L, a and b that another picture has where its face is."""
    where = np.zeros(like.shape[:2], np.uint8)
    cv2.fillConvexPoly(where, np.rint(cv2.convexHull(points)).astype(np.int32), 1)
    ours, theirs = (cv2.cvtColor(p, cv2.COLOR_RGB2LAB).astype(np.float32) for p in (pixels, like))
    for channel in range(3):
        own, wanted = ours[..., channel][where > 0], theirs[..., channel][where > 0]
        ratio = min(2.0, float(wanted.std() / max(own.std(), 1e-3)))
        ours[..., channel] = (ours[..., channel] - own.mean()) * ratio + wanted.mean()
    return np.asarray(cv2.cvtColor(np.clip(ours, 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB), np.uint8)
