"""Two photographs laid on dark wood, one half over the other."""

from __future__ import annotations

import cv2
import numpy as np

from touchstone.samples import canvas
from touchstone.samples.canvas import Bytes

SHAPE = (1067, 1600)
_BORDER = 26


def draw(first: Bytes, second: Bytes) -> Bytes:
    """Both pictures (8 bits, blue first) as prints on a table. Shape (1067, 1600, 3), blue first."""
    rng = np.random.default_rng(1869)
    down, across = canvas.grid(SHAPE)
    grain = canvas.noise(rng, SHAPE, (11, 520), 6)
    knots = canvas.noise(rng, SHAPE, (220, 700), 3)
    table = canvas.ramp(0.5 * grain + 0.5 * knots, [(0.2, 0x1C1512), (0.5, 0x33261E), (0.8, 0x4C392B)])
    plank = np.mod(down + 60, 270)
    table *= (1 - 0.8 * np.exp(-((plank - 2) ** 2) / 6))[..., None]
    table *= (0.55 + 0.8 * np.exp(-(np.hypot((across - 500) / 1100, (down - 200) / 800) ** 2)))[..., None]
    canvas_with = _laid(table, second, (1010, 418), 7.0)
    canvas_with = _laid(canvas_with, first, (628, 640), -5.0)
    return canvas.exposed(canvas_with, rng, exposure=1.2, grain=0.012, bloom=0.03)


def _laid(table: canvas.Picture, photograph: Bytes, centre: tuple[int, int], degrees: float) -> canvas.Picture:
    """A print with a paper border, turned by `degrees`, and its shadow."""
    small = cv2.resize(photograph, (930, 620), interpolation=cv2.INTER_AREA)
    light = (small[..., ::-1].astype(np.float32) / 255) ** 2.2 * 0.5
    framed = np.full((620 + 2 * _BORDER, 930 + 2 * _BORDER, 4), 0.62, np.float32)
    framed[_BORDER:-_BORDER, _BORDER:-_BORDER, :3] = light
    framed[..., 3] = 1
    height, width = framed.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    turn[0, 2] += centre[0] - width / 2
    turn[1, 2] += centre[1] - height / 2
    placed = cv2.warpAffine(framed, turn, (SHAPE[1], SHAPE[0]), flags=cv2.INTER_LINEAR)
    shadow = np.roll(canvas.blur(placed[..., 3], 16), (16, 12), axis=(0, 1))
    canvas.over(table, canvas.rgb(0x050404), shadow * 0.75)
    mask = np.ascontiguousarray(placed[..., 3])
    sheen = 1 + 0.1 * canvas.smooth(
        -np.abs(canvas.grid(SHAPE)[1] - 0.7 * canvas.grid(SHAPE)[0] - centre[0] + 500), -160, 0
    )
    return canvas.over(table, placed[..., :3] / np.maximum(mask, 1e-3)[..., None] * sheen[..., None], mask)
