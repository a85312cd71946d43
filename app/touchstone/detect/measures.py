"""What makes a picture unfit for the detectors, read from its pixels: heavy JPEG compression, a drawing, nothing in it.

What was measured on the training data's pictures (shares flagged, sources pooled; `training.forensic_measures` repeats
it) stands beside each limit.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
Plane = NDArray[np.float32]

# Called heavily compressed: 1.8 % of 400 crops as they are (with their sources' JPEG); after JPEG at quality 75 1.2 %,
# at 60 2.2 %, 50 8.8 %, 35 72 %, 25 92 %, 15 96 %. WebP smooths its blocks and is not seen.
HEAVY = 0.6
# Called drawn: 1.0 % of 1,941 photographs and faces (worst sources of more than ten: 9 % of 11, 7 % of 14, 3 % of 64),
# 85 % of screenshots, 29 % of posters, 21 % of art; laundered 0.9 %, 84 %, 18 %, 17 %. None of seven renders.
DRAWN = 0.85
_LEAST = 32  # px a side: less tells nothing
_MIDDLE = 640  # px a side of the detail: more tells no more
_CALM = 6.0  # a step between pixels beyond which a line may be the picture's own
_STEP = 24.0
_PERIOD = 8  # px, of JPEG's blocks
_WORST = 2.0  # blockiness that counts as 1; JPEG at quality 18 or so
_WEIGHTS = (2.43, -1.80, 3.73, -0.045, -0.55, 5.22)
_BIAS = 0.38


@dataclass(frozen=True, slots=True)
class Measures:
    """What was read from a picture."""

    recompression: float  # 0 to 1; at `HEAVY` and above it is heavily compressed
    drawing: float  # 0 to 1; at `DRAWN` and above it is a drawing or a screenshot
    flat: bool  # hardly anything but one colour

    @property
    def heavy(self) -> bool:
        """Whether compression has taken what detectors look for."""
        return self.recompression >= HEAVY

    @property
    def drawn(self) -> bool:
        """Whether it is a drawing, a poster or a screenshot as far as can be told."""
        return self.drawing >= DRAWN


def measures(view: Rgb, detail: Rgb) -> Measures:
    """What the view and the detail of one picture say. Both h x w x 3, red first, of any size."""
    grey = _grey(view)
    return Measures(
        recompression=_recompression(_grey(_middle(detail))),
        drawing=_drawing(view, grey),
        flat=bool(_range(grey).mean() < 0.5 and grey.std() < 3),
    )


def _middle(pixels: Rgb) -> Rgb:
    top, left = (max(0, side - _MIDDLE) // 2 for side in pixels.shape[:2])
    return np.ascontiguousarray(pixels[top : top + _MIDDLE, left : left + _MIDDLE])


def _grey(pixels: Rgb) -> Plane:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.float32)


def _recompression(grey: Plane) -> float:
    if min(grey.shape) < _LEAST:
        return 0.0
    found = (_blockiness(grey), _blockiness(np.ascontiguousarray(grey.T)))
    return float(np.clip(np.mean(found) / _WORST, 0, 1))


def _blockiness(grey: Plane) -> float:
    """How far steps across one column in eight stand out from those beside them, in units of the latter."""
    steps = np.minimum(np.abs(np.diff(grey, axis=1)), np.float32(_STEP))
    beside = (steps[:, :-2] + steps[:, 2:]) / 2
    calm = beside < _CALM
    number = calm.sum(axis=0)
    excess = np.where(calm, steps[:, 1:-1] - beside, 0).sum(axis=0) / np.maximum(number, 1)
    phases = np.array([excess[k::_PERIOD].mean() for k in range(_PERIOD)])
    most = int(phases.argmax())
    usual = float(np.where(calm, beside, 0).sum() / max(1, int(number.sum())))
    return float((phases[most] - np.median(np.delete(phases, most))) / (usual + 0.5))


def _range(grey: Plane) -> Plane:
    """Highest less lowest of the 3 x 3 pixels around each."""
    window = np.ones((3, 3), np.uint8)
    return np.asarray(cv2.dilate(grey, window), np.float32) - np.asarray(cv2.erode(grey, window), np.float32)


def _drawing(view: Rgb, grey: Plane) -> float:
    """Flat areas, few half-tones, hard and upright edges, few colours: a linear classifier of six such numbers."""
    if min(grey.shape) < _LEAST:
        return 0.0
    span = _range(grey)
    top, entropy = _colours(view)
    seen = (
        float((span <= 3).mean()),
        float(((span > 3) & (span <= 24)).mean()),
        float((span > 64).mean()),
        top,
        entropy,
        _upright(grey),
    )
    logit = _BIAS + float(np.dot(_WEIGHTS, seen))
    return float(1 / (1 + np.exp(-np.clip(logit, -30, 30))))


def _colours(view: Rgb) -> tuple[float, float]:
    """Share of the eight most frequent of 4096 colours, and the entropy of all of them."""
    red, green, blue = ((view[..., i] >> 4).astype(np.intp) for i in range(3))
    counts = np.bincount((red * 256 + green * 16 + blue).ravel(), minlength=4096)
    shares = np.sort(counts[counts > 0])[::-1] / view[..., 0].size
    return float(shares[:8].sum()), float(-(shares * np.log(shares)).sum())


def _upright(grey: Plane) -> float:
    """Share of strong edges that run exactly along a side of the picture."""
    across = np.abs(np.asarray(cv2.Sobel(grey, cv2.CV_32F, 1, 0), np.float32))
    down = np.abs(np.asarray(cv2.Sobel(grey, cv2.CV_32F, 0, 1), np.float32))
    strong = across + down > 120
    along = strong & (np.minimum(across, down) < 0.08 * np.maximum(across, down))
    return float(along.sum() / (strong.sum() + 50))
