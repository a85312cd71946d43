"""Maps as they are sent: h x w x uint8, 0 to 255 for a probability of 0 to 1, no side longer than 256."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 256


Box = tuple[float, float, float, float]  # x, y, width, height as shares of the picture's sides


def as_bytes(logits: NDArray[np.float32], height: int, width: int, box: Box | None = None) -> NDArray[np.uint8]:
    """A map of logits over a picture of these sides, in its proportions; over a part of it (`box`) 0 elsewhere."""
    chance = (1 / (1 + np.exp(-np.clip(logits, -30, 30)))).astype(np.float32)
    scale = min(1.0, SIDE / max(height, width))
    tall, wide = max(1, round(height * scale)), max(1, round(width * scale))
    x, y, across, down = box or (0.0, 0.0, 1.0, 1.0)
    left, top = min(wide - 1, round(x * wide)), min(tall - 1, round(y * tall))
    right, bottom = max(left + 1, round((x + across) * wide)), max(top + 1, round((y + down) * tall))
    size = min(right, wide) - left, min(bottom, tall) - top
    larger = size[0] > chance.shape[1]
    fitted = cv2.resize(chance, size, interpolation=cv2.INTER_LINEAR if larger else cv2.INTER_AREA)
    drawn = np.zeros((tall, wide), np.uint8)
    drawn[top : top + size[1], left : left + size[0]] = np.round(np.clip(fitted, 0, 1) * 255)
    return drawn
