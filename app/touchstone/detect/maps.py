"""Maps as they are sent: h x w x uint8, 0 to 255 for a probability of 0 to 1, no side longer than 256."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 256


def as_bytes(logits: NDArray[np.float32], height: int, width: int) -> NDArray[np.uint8]:
    """A map of logits over a whole picture of these sides, in the picture's proportions."""
    chance = (1 / (1 + np.exp(-np.clip(logits, -30, 30)))).astype(np.float32)
    scale = min(1.0, SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    larger = size[0] > chance.shape[1]
    fitted = cv2.resize(chance, size, interpolation=cv2.INTER_LINEAR if larger else cv2.INTER_AREA)
    return np.asarray(np.round(np.clip(fitted, 0, 1) * 255), np.uint8)
