"""Some hundred numbers about a picture that say how it came about rather than what it shows. numpy and OpenCV only.

All but colours and tones (`fine`) are computed on the view brought to a short side of 144 (`coarse`), where the size
that a picture once had tells less. A name reads size.family.what: `coarse.noise.luma.square.level`.

`strongest` names those that lie farthest from the pictures that the model was calibrated on; their means and spreads
stand in `features.json` beside the model, {"version": VERSION, "means": [...], "spreads": [...]} in the order of NAMES.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from touchstone.detect import features_frequency, features_noise, features_scene
from touchstone.detect.features_tools import Found, Planes, Rgb, canonical, planes

VERSION = "1"
COARSE = 144  # px, short side
Vector = NDArray[np.float32]

FAMILIES: dict[str, Callable[[Planes], Found]] = {
    "noise": features_noise.noise,
    "level": features_noise.level,
    "pattern": features_noise.pattern,
    "channels": features_noise.channels,
    "mosaic": features_noise.mosaic,
    "spectrum": features_frequency.spectrum,
    "grid": features_frequency.grid,
    "cosine": features_frequency.cosine,
    "scales": features_frequency.scales,
    "contrast": features_frequency.contrast,
    "colour": features_scene.colour,
    "tone": features_scene.tone,
    "edges": features_scene.edges,
    "variance": features_scene.variance,
    "sharpness": features_scene.sharpness,
    "texture": features_scene.texture,
}
_FINE = frozenset({"colour", "tone"})  # hardly change with size


def features(view: Rgb) -> Vector:
    """The features of a picture, in the order of NAMES, all of them finite.

    Args:
        view: height x width x 3, red first, whatever its size.
    """
    found = np.fromiter(_all(view).values(), np.float32)
    return np.nan_to_num(np.clip(found, -1e4, 1e4), nan=0.0)


def _all(view: Rgb) -> Found:
    pixels = canonical(view)
    found: Found = {}
    whole, small = planes(pixels), planes(_coarse(pixels))
    for name, family in FAMILIES.items():
        size, of = ("fine", whole) if name in _FINE else ("coarse", small)
        found.update({f"{size}.{key}": value for key, value in family(of).items()})
    return found


def _coarse(pixels: Rgb) -> Rgb:
    height, width = pixels.shape[:2]
    scale = COARSE / min(height, width)
    if scale >= 1:
        return pixels
    size = (max(COARSE, round(width * scale)), max(COARSE, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


@cache
def _names() -> tuple[str, ...]:
    return tuple(_all(np.zeros((8, 8, 3), np.uint8)))


NAMES: tuple[str, ...] = _names()


@dataclass(frozen=True, slots=True)
class Reference:
    """Means and spreads of the features over the pictures that the model was calibrated on, in the order of NAMES."""

    means: Vector
    spreads: Vector


def strongest(vector: Vector, reference: Reference, number: int = 3) -> list[tuple[str, float]]:
    """The features farthest from the reference, the farthest first, one of a family: name and distance in spreads."""
    away = (vector - reference.means) / np.maximum(reference.spreads, 1e-6)
    found: list[tuple[str, float]] = []
    seen: set[str] = set()
    for index in np.argsort(-np.abs(away), kind="stable"):
        family = NAMES[index].split(".")[1]
        if family not in seen:
            seen.add(family)
            found.append((NAMES[index], float(np.clip(away[index], -1e3, 1e3))))
        if len(found) == number:
            break
    return found


def reference(means: Sequence[float], spreads: Sequence[float]) -> Reference:
    """A reference from lists of numbers.

    Raises:
        ValueError: there are not as many as there are features, or they are not finite.
    """
    pair = np.array([means, spreads], np.float32)
    if pair.shape != (2, len(NAMES)) or not np.isfinite(pair).all():
        raise ValueError("no reference of these features")
    return Reference(*pair)
