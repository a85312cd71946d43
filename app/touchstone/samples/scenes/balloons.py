"""Hot-air balloons over fields on a summer evening."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchstone.samples import canvas
from touchstone.samples.canvas import Mask, Picture

SHAPE = (1067, 1600)
_HORIZON = 640.0
_LIGHT = np.array([0.62, -0.42, 0.66], np.float32)  # right, down, forward: from the upper right
_CROPS = (0xD8B65A, 0x7D9440, 0xB9A24A, 0x5B7A3A, 0xE0C778, 0x8C6F45, 0x9DAE55)


@dataclass(frozen=True, slots=True)
class _Balloon:
    """Where the middle of the envelope is, its radius in pixels, how many panels it has, and the colours of those."""

    x: float
    y: float
    radius: float
    panels: int
    colours: tuple[int, ...]


_BALLOONS = (
    _Balloon(1260, 452, 34, 10, (0x6C4C8C, 0xE4C064)),
    _Balloon(990, 238, 62, 12, (0x2E7C86, 0xF0E4C8)),
    _Balloon(520, 360, 176, 16, (0xC23B2A, 0xF3D9A4, 0x1F4E79, 0xF3D9A4)),
)


def draw() -> canvas.Bytes:
    """The picture, shape (1067, 1600, 3), blue first."""
    rng = np.random.default_rng(1783)
    picture = _sky(rng)
    picture = _hills(picture, rng)
    picture = _fields(picture, rng)
    for balloon in _BALLOONS:
        picture = _balloon(picture, balloon, rng)
    return canvas.exposed(picture, rng, exposure=1.05, grain=0.014)


def _sky(rng: np.random.Generator) -> Picture:
    down, across = canvas.grid(SHAPE)
    sky = canvas.ramp(down / _HORIZON, [(0, 0x3F7FB4), (0.45, 0x86B4D2), (0.8, 0xE8D6B8), (1, 0xF7DFB0)])
    tower = canvas.noise(rng, SHAPE, (190, 420), 7)
    wisps = canvas.noise(rng, SHAPE, (60, 640), 6)
    heap = canvas.smooth(tower, 0.52, 0.74) * canvas.smooth(-np.abs(down - 330), -230, -30)
    lit = 0.55 + 0.6 * canvas.smooth(tower, 0.5, 0.95) + 0.2 * canvas.smooth(across, 500, 1600)
    sky = canvas.over(sky, canvas.rgb(0xFFF1DC) * lit[..., None], heap * 0.85)
    return canvas.over(sky, canvas.rgb(0xFFE9CC), canvas.smooth(wisps, 0.55, 0.85) * 0.35)


def _hills(picture: Picture, rng: np.random.Generator) -> Picture:
    down, _across = canvas.grid(SHAPE)
    for crest, tall, colour in ((612.0, 44.0, 0x8FA3AE), (630.0, 26.0, 0x6C8578)):
        line = crest - tall * canvas.line_noise(rng, SHAPE[1], 480, 6, 0.42)
        woods = canvas.noise(rng, SHAPE, (10, 26), 4)
        body = canvas.rgb(colour) * (0.8 + 0.4 * woods)[..., None]
        picture = canvas.over(picture, body, canvas.smooth(down - line[None, :], -0.8, 0.8))
    return picture


def _fields(picture: Picture, rng: np.random.Generator) -> Picture:
    """Strips of crops that narrow towards the horizon, furrows along them and hedges between them."""
    down, across = canvas.grid(SHAPE)
    below = np.maximum(down - _HORIZON, 1)
    far = 300 / below  # 0.7 in front, growing towards the horizon
    bend = 0.22 * canvas.sampled(canvas.noise(rng, (64, 64), (30, 30), 3), across / 26, np.clip(far * 6, 0, 63))
    side = (across - 830) / below * 0.9 + bend * 3
    depth = np.log(np.maximum(far, 1e-3)) * 2.1 + 0.18 * side
    column, row = np.floor(side * 0.8), np.floor(depth)
    which = ((column * 3 + row * 5) % len(_CROPS)).astype(np.int32)
    crops = np.stack([canvas.rgb(colour) for colour in _CROPS])[which]
    grain = canvas.noise(rng, SHAPE, (5, 9), 4)
    broad = canvas.noise(rng, SHAPE, (60, 300), 4)
    turn = np.where((column + row) % 2 == 0, side * 34, depth * 26)
    furrows = np.sin(turn * 2.2) * canvas.smooth(below, 30, 200)
    ground = crops * (0.62 + 0.35 * grain + 0.4 * broad + 0.12 * furrows)[..., None]
    edge = np.minimum(np.abs(side * 0.8 - column - 0.5), np.abs(depth - row - 0.5))
    hedge = canvas.smooth(edge, 0.46, 0.485) * (0.5 + 0.5 * grain)
    ground = canvas.over(ground, canvas.rgb(0x23351F), hedge)
    haze = np.exp(-below / 90)
    ground = canvas.over(ground, canvas.rgb(0xEBD7B2), (haze * 0.6).astype(np.float32))
    return canvas.over(picture, ground, canvas.smooth(down, _HORIZON - 1, _HORIZON + 2))


def _balloon(picture: Picture, balloon: _Balloon, rng: np.random.Generator) -> Picture:
    """A round envelope that narrows to its mouth, lit from one side, with a basket under it."""
    down, across = canvas.grid(SHAPE)
    x, y = (across - balloon.x) / balloon.radius, (down - balloon.y) / balloon.radius
    taper = np.where(y > 0.3, np.clip(1 - 0.62 * ((np.clip(y, 0.3, 1.4) - 0.3) / 1.1) ** 1.25, 0.1, 1), 1)
    half = np.sqrt(np.clip(1 - np.clip(y, -1, 0.3) ** 2, 0, 1)) * taper
    envelope = canvas.smooth(half - np.abs(x), 0, 3 / balloon.radius) * canvas.smooth(1.32 - y, 0, 3 / balloon.radius)
    turned = np.arcsin(np.clip(x / np.maximum(half, 1e-3), -1, 1))
    panel = np.floor((turned / np.pi + 0.5) * balloon.panels)
    cloth = np.stack([canvas.rgb(colour) for colour in balloon.colours])
    colour = cloth[panel.astype(np.int32) % len(cloth)]
    band = canvas.smooth(-np.abs(y + 0.12), -0.15, -0.13)
    colour = canvas.over(colour, canvas.rgb(0xF6E7C4), band * 0.85)
    front = np.sqrt(np.clip(1 - x**2 - np.clip(y, -1, 1) ** 2, 0.04, 1))
    light = 0.34 + 0.95 * np.clip(_LIGHT[0] * x + _LIGHT[1] * y + _LIGHT[2] * front, 0, 1)
    seam = 1 - 0.25 * canvas.smooth(-np.abs(((turned / np.pi + 0.5) * balloon.panels) % 1 - 0.5), -0.5, -0.46)
    folds = 0.94 + 0.12 * canvas.noise(rng, SHAPE, (balloon.radius / 2, balloon.radius / 7), 4)
    picture = canvas.over(picture, colour * (light * seam * folds)[..., None], envelope)
    return canvas.over(picture, canvas.rgb(0x3A2718), _hung(balloon))


def _hung(balloon: _Balloon) -> Mask:
    """The basket and its ropes."""
    drawn, radius = canvas.blank(SHAPE), balloon.radius
    top, wide = balloon.y + 1.78 * radius, 0.13 * radius
    canvas.polygon(
        drawn,
        [
            (balloon.x - wide, top),
            (balloon.x + wide, top),
            (balloon.x + wide * 0.82, top + 0.2 * radius),
            (balloon.x - wide * 0.82, top + 0.2 * radius),
        ],
    )
    for side in (-1, -0.4, 0.4, 1):
        rope = [(balloon.x + side * radius * 0.3, balloon.y + 1.3 * radius), (balloon.x + side * wide, top)]
        canvas.stroke(drawn, rope, 1)
    return canvas.shown(drawn)
