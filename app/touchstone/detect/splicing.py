"""Copy-moves: places of a picture that look like another place of it, and the splice map that takes them in.

Points that look alike (Lowe 2004) are gathered into similarity transforms; each is then tried on every pixel, so that
what is marked is where the picture and its own transformed copy agree (after Amerini et al. 2011, Christlein et al.
2012). Points alone would mark every window of a facade.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from touchstone.detect.prepare import Rgb

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

MODEL = "splice"  # the one whose map takes copies in: its limits were measured so
MOST_PIXELS = 160_000  # looked at; a larger picture is brought down
MOST_POINTS = 1500
CELL = 4  # pixels of the picture a cell of the map
OUTSHONE = 2.0  # taken off the net's logits where a copy is sure: what it explains needs no other
_NEAREST = 20.0  # pixels between a place and its copy, at the least
_ALIKE = 0.45  # distance of unit descriptors, at the most
_RATIO = 0.65  # of the distance to the next best
_LEAST = 5  # matches for a transform
_TRIES = 4  # transforms
_WINDOW = 9
_LOST = 4  # pixels that the window takes from a region's rim
_OUTLINE = 3  # pixels outside a region where its own outline is looked for


@dataclass(frozen=True, slots=True)
class Copy:
    """Two places that agree pixel by pixel; masks of the size of the picture that was looked at.

    `pasted` is the one of the two whose outline stands out more from what runs along it: a copy is cut off where its
    model goes on.
    """

    pasted: Mask
    model: Mask
    matches: int
    agreement: float  # mean correlation within

    @property
    def logit(self) -> float:
        """How sure it is that this was copied and is no pattern that repeats itself."""
        return float(np.clip(110 * (self.agreement - 0.95) + 0.08 * (min(self.matches, 30) - 10), -5, 5))


def copies(detail: Rgb) -> list[Copy]:
    """Places of the picture, h x w x 3, that were copied within it, the surest first; none in most pictures."""
    looked_at = _looked_at(detail)
    gray = np.asarray(cv2.cvtColor(looked_at, cv2.COLOR_RGB2GRAY), np.uint8)
    if min(gray.shape) < 32:
        return []
    here, there = _pairs(gray)
    found: list[Copy] = []
    steps = _steps(looked_at)
    smooth: Floats = np.asarray(cv2.GaussianBlur(gray.astype(np.float32), (0, 0), 0.7), np.float32)
    for _ in range(_TRIES):
        transform = _transform(here, there)
        if transform is None:
            break
        matrix, agreeing = transform
        places = _verified(smooth, matrix, here[agreeing])
        if places is not None:
            found.append(_copy(steps, places, int(agreeing.sum())))
        back = _moved(here, cv2.invertAffineTransform(matrix))
        rest = ~agreeing & (np.abs(back - there).max(1) >= 3)
        here, there = here[rest], there[rest]
    return sorted(found, key=lambda c: -c.logit)


def _looked_at(detail: Rgb) -> Rgb:
    height, width = detail.shape[:2]
    scale = min(1.0, (MOST_PIXELS / (height * width)) ** 0.5)
    if scale == 1:
        return detail
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(detail, size, interpolation=cv2.INTER_AREA), np.uint8)


def _pairs(gray: NDArray[np.uint8]) -> tuple[Floats, Floats]:
    """Points and those that look like them, N x 2 each (x, y)."""
    none = np.zeros((0, 2), np.float32)
    found: Any = cv2.SIFT.create(nfeatures=MOST_POINTS, contrastThreshold=0.01).detectAndCompute(gray, None)
    points, descriptors = found
    if descriptors is None or len(points) < 2 * _LEAST:
        return none, none
    at = np.array([p.pt for p in points], np.float32)
    unit = descriptors / np.maximum(np.linalg.norm(descriptors, axis=1, keepdims=True), 1e-6)
    alike = unit @ unit.T
    apart = (at**2).sum(1)[:, None] + (at**2).sum(1)[None] - 2 * at @ at.T
    alike[apart < _NEAREST**2] = -1
    rows = np.arange(len(at))
    best = alike.argmax(1)
    first = alike[rows, best]
    near_best = apart[best] < 4.0  # the same place found twice is no second candidate
    alike[near_best] = -1
    second = alike.max(1)
    d1, d2 = (np.sqrt(np.maximum(2 - 2 * s, 1e-9)) for s in (first, second))
    good = (d1 < _ALIKE) & (d1 < _RATIO * d2)
    return at[good], at[best[good]]


def _transform(here: Floats, there: Floats) -> tuple[Any, Mask] | None:
    """The similarity that most matches share, 2 x 3, and which do."""
    if len(here) < _LEAST:
        return None
    found: Any = cv2.estimateAffinePartial2D(here, there, method=cv2.RANSAC, ransacReprojThreshold=2.0, maxIters=500)
    matrix, inside = found
    if matrix is None or int(inside.sum()) < _LEAST:
        return None
    return matrix, inside.ravel().astype(bool)


def _moved(points: Floats, matrix: Any) -> Floats:
    return np.asarray(points @ matrix[:, :2].T + matrix[:, 2], np.float32)


def _verified(smooth: Floats, matrix: Any, here: Floats) -> tuple[Mask, Mask, float] | None:
    """The places that agree under a transform and hold some of its matches, their images, and the correlation."""
    if not 0.4 < float(np.hypot(matrix[0, 0], matrix[1, 0])) < 2.5:
        return None
    height, width = smooth.shape
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    image_of = cv2.warpAffine(smooth, matrix, (width, height), flags=flags, borderValue=-1e4)
    seen = image_of > -1
    alike = _correlation(smooth, np.where(seen, image_of, 0).astype(np.float32))
    yes = ((alike > 0.9) & seen).astype(np.uint8)
    closed = cv2.morphologyEx(yes, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    _, labels = cv2.connectedComponents(cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)))
    x, y = (np.clip(np.round(here[:, i]).astype(int), 0, s - 1) for i, s in ((0, width), (1, height)))
    counted = np.bincount(labels[y, x], minlength=int(labels.max()) + 1)
    counted[0] = 0
    kept = np.isin(labels, np.flatnonzero(counted >= 2))
    if kept.sum() < 60:
        return None
    first = _filled(kept)
    second = cv2.warpAffine(first.astype(np.uint8), matrix, (width, height), flags=cv2.INTER_NEAREST) > 0
    return (first, second, float(alike[kept].mean())) if second.any() else None


def _copy(steps: tuple[Floats, Floats], places: tuple[Mask, Mask, float], matches: int) -> Copy:
    first, second, agreement = places
    if _outline(steps, first) > _outline(steps, second):
        first, second = second, first
    return Copy(_grown(second, _LOST), _grown(first, _LOST), matches, agreement)


def _grown(mask: Mask, pixels: int) -> Mask:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * pixels + 1, 2 * pixels + 1))
    return cv2.dilate(mask.astype(np.uint8), disc) > 0


def _steps(pixels: Rgb) -> tuple[Floats, Floats]:
    """The slopes of lightness and colours across and down, h x w x 3 each."""
    lab: Floats = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB), np.float32)
    return _slope(lab, 1, 0), _slope(lab, 0, 1)


def _slope(values: Floats, across: int, down: int) -> Floats:
    return np.asarray(cv2.Sobel(values, cv2.CV_32F, across, down, ksize=3), np.float32)


def _outline(steps: tuple[Floats, Floats], mask: Mask) -> float:
    """How much steeper the picture is across a region's outline than along it (mean of logarithms)."""
    wide = _grown(mask, _OUTLINE).astype(np.float32)
    soft: Floats = np.asarray(cv2.GaussianBlur(wide, (0, 0), 1.5), np.float32)
    nx, ny = _slope(soft, 1, 0), _slope(soft, 0, 1)
    length = np.hypot(nx, ny)
    rim = length > 0.3 * length.max()
    rim[:3] = rim[-3:] = rim[:, :3] = rim[:, -3:] = False
    if rim.sum() < 20:
        return 0.0
    nx, ny = (n[rim] / length[rim] for n in (nx, ny))
    gx, gy = (g[rim] for g in steps)
    across = np.sqrt(((gx * nx[:, None] + gy * ny[:, None]) ** 2).sum(-1))
    along = np.sqrt(((gy * nx[:, None] - gx * ny[:, None]) ** 2).sum(-1))
    return float(np.mean(np.log1p(across)) - np.mean(np.log1p(along)))


def _filled(mask: Mask) -> Mask:
    outlines = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    return cv2.drawContours(np.zeros(mask.shape, np.uint8), outlines, -1, 1, -1) > 0


def _correlation(a: Floats, b: Floats) -> Floats:
    """Correlation of two pictures in a window about each pixel; 0 where either has nothing to tell."""

    def mean(x: Floats) -> Floats:
        return np.asarray(cv2.blur(x, (_WINDOW, _WINDOW)), np.float32)

    ma, mb = mean(a), mean(b)
    va, vb = mean(a * a) - ma * ma, mean(b * b) - mb * mb
    both = mean(a * b) - ma * mb
    told = (va > 4) & (vb > 4)
    return np.where(told, both / np.sqrt(np.maximum(va * vb, 1e-6)), 0).astype(np.float32)


def refined(detail: Rgb, logits: Floats, logit: float, known: Sequence[Copy] | None = None) -> tuple[Floats, float]:
    """The net's map (cells of CELL pixels over the padded picture) and its logit, with the copies taken in."""
    rows, columns = (-(-side // CELL) for side in detail.shape[:2])
    taken = logits[:rows, :columns].copy()
    found = copies(detail) if known is None else known
    if found and found[0].logit > 0:
        taken -= OUTSHONE
    for copy in found:
        size = (taken.shape[1], taken.shape[0])
        share = cv2.resize(copy.pasted.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        taken = np.where(share >= 0.5, np.maximum(taken, copy.logit), taken)
        logit = max(logit, copy.logit)
    return np.asarray(taken, np.float32), logit
