"""A lighthouse at night, as a short film: the beam goes round, the sea moves, and perhaps a ship is there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from touchstone.samples import canvas
from touchstone.samples.canvas import Mask, Picture

SHAPE = (360, 640)
FRAMES_PER_SECOND = 16
FRAMES = 40
_HORIZON = 236
_LAMP = (462.0, 112.0)
_SHIP = (150.0, 238.0)


def frames() -> Iterator[tuple[canvas.Bytes, canvas.Bytes]]:
    """`FRAMES` moments, each with the ship and without; shape (360, 640, 3), blue first."""
    rng = np.random.default_rng(1823)
    down, across = canvas.grid(SHAPE)
    still = _still(rng, down, across)
    swell = canvas.noise(rng, (400, 1400), (5, 22), 4)
    tower = _rock_and_tower()
    for number in range(FRAMES):
        turn = 2 * np.pi * number / FRAMES + 0.6
        sea = _Sea(swell, number)
        empty = still + _beam(down, across, turn)
        facing = max(0.0, float(np.cos(turn)))
        glare = np.exp(-np.hypot(across - _LAMP[0], down - _LAMP[1]) / (6 + 11 * facing**8))
        glow = canvas.rgb(0xFFE8B8) * ((0.9 + 3.2 * facing**8) * glare)[..., None]
        grain = int(rng.integers(1 << 30))
        moments = [_moment(sky, sea, tower, glow, grain) for sky in (_ship(empty.copy(), number), empty)]
        yield moments[0], moments[1]


def _moment(sky: Picture, sea: _Sea, tower: tuple[Picture, Mask], glow: Picture, grain: int) -> canvas.Bytes:
    picture = canvas.over(sea.under(sky), *tower) + glow
    return canvas.exposed(picture, np.random.default_rng(grain), exposure=1.3, grain=0.012, bloom=0.1)


def _still(rng: np.random.Generator, down: Mask, across: Mask) -> Picture:
    """Sky, stars and clouds: what does not move."""
    sky = canvas.ramp(down / _HORIZON, [(0, 0x0A1430), (0.6, 0x1B3358), (1, 0x4A6480)])
    sky += (canvas.stars(rng, SHAPE, 0.003) * 0.6 * canvas.smooth(-down, -210, -60))[..., None]
    moon = np.hypot(across - 120, down - 64)
    sky += canvas.rgb(0xDCE6F2) * (1.5 * canvas.smooth(-moon, -17, -15) + 0.25 * np.exp(-moon / 46))[..., None]
    clouds = canvas.smooth(canvas.noise(rng, SHAPE, (46, 200), 6), 0.5, 0.8)
    return canvas.over(sky, canvas.rgb(0x31486A), clouds * 0.7)


def _beam(down: Mask, across: Mask, turn: float) -> Picture:
    """The two arms of the light, seen from the side: they shorten as they point towards the viewer."""
    dx, dy = across - _LAMP[0], down - _LAMP[1]
    total = np.zeros(SHAPE, np.float32)
    for arm in (turn, turn + np.pi):
        along = float(np.sin(arm))
        reach = 720 * abs(along) + 1
        forward = dx * np.sign(along)
        spread = 3 + np.clip(forward, 0, None) * (0.055 + 0.1 * (1 - abs(along)))
        total += (
            np.exp(-((dy - 0.03 * forward) ** 2) / spread**2)
            * np.exp(-np.clip(forward, 0, None) / (0.42 * reach))
            * canvas.smooth(forward, -2, 6)
            * (0.25 + 0.75 * abs(along))
        )
    return np.asarray(canvas.rgb(0xFFE2A4) * (0.55 * total)[..., None], np.float32)


def _ship(picture: Picture, number: int) -> Picture:
    x, y = _SHIP[0] + 0.55 * number, _SHIP[1] + 0.8 * np.sin(number / 5)
    hull, lights = canvas.blank(SHAPE), np.zeros(SHAPE, np.float32)
    canvas.polygon(hull, [(x - 46, y - 11), (x + 56, y - 13), (x + 44, y + 3), (x - 42, y + 3)], 255)
    canvas.polygon(hull, [(x - 36, y - 11), (x - 36, y - 23), (x + 16, y - 23), (x + 24, y - 11)], 255)
    canvas.polygon(hull, [(x - 26, y - 23), (x - 26, y - 31), (x + 4, y - 31), (x + 6, y - 23)], 255)
    canvas.polygon(hull, [(x - 16, y - 31), (x - 18, y - 44), (x - 7, y - 44), (x - 6, y - 31)], 255)
    picture = canvas.over(picture, canvas.rgb(0x0A0F1C), canvas.shown(hull))
    for row, first, last in ((-17, -32, 16), (-27, -22, 2)):
        for light in range(first, last, 6):
            lights[int(y + row), int(x + light)] = 1
    picture += canvas.rgb(0xFFCB78) * (6 * canvas.blur(lights, 0.8) + 5 * canvas.blur(lights, 2.5))[..., None]
    return picture


class _Sea:
    """The water at one moment: the rows below the horizon, as a way to look at those above."""

    def __init__(self, swell: Mask, number: int) -> None:
        down, across = (part[_HORIZON:] for part in canvas.grid(SHAPE))
        self._below = (down - _HORIZON) / (SHAPE[0] - _HORIZON)
        depth = 1 / (self._below + 0.12)
        rows = np.clip(390 - depth * 40 + 1.2 * np.sin(number / 6), 0, 399)
        columns = 700 + (across - 320) * (0.4 + 0.12 * depth) + 2.4 * number
        self._waves = canvas.sampled(swell, columns, rows) - 0.5
        self._waves += 0.5 * (canvas.sampled(swell, 1390 - columns, rows * 0.9) - 0.5)
        shift = self._waves * (8 + 70 * self._below)
        self._rows = np.clip(2 * _HORIZON - down + shift, 0, _HORIZON - 1)
        self._columns = np.clip(across + shift * 0.3, 0, SHAPE[1] - 1)

    def under(self, above: Picture) -> Picture:
        """The picture above the horizon, and its reflection below."""
        water = canvas.sampled(above, self._columns, self._rows) * (0.72 - 0.52 * self._below)[..., None]
        water += canvas.rgb(0x0B1E34) * (0.5 + 0.5 * self._below)[..., None]
        water *= (1 + 1.5 * np.clip(self._waves, -0.4, 0.5))[..., None]
        return np.concatenate([above[:_HORIZON], water]).astype(np.float32)


def _rock_and_tower() -> tuple[Picture, Mask]:
    """The tower on its rock, and where it hides what is behind."""
    down, across = canvas.grid(SHAPE)
    rng = np.random.default_rng(7)
    rock, tower, glass, dark = (canvas.blank(SHAPE) for _layer in range(4))
    edge = [
        (340 + step * 10.0, 262 - 44 * np.sin(np.pi * min(1, step / 24)) ** 0.8 + float(rng.uniform(-4, 4)))
        for step in range(31)
    ]
    canvas.polygon(rock, [*edge, (640, 300), (340, 266)], 255)
    stone = canvas.ramp(canvas.noise(rng, SHAPE, (22, 30), 5), [(0.25, 0x0C121C), (0.8, 0x33404C)])
    x, top = _LAMP
    canvas.polygon(tower, [(x - 19, 226), (x - 11, top + 15), (x + 11, top + 15), (x + 19, 226)], 255)
    canvas.polygon(dark, [(x - 15, top + 16), (x - 15, top + 11), (x + 15, top + 11), (x + 15, top + 16)], 255)
    canvas.polygon(dark, [(x - 10, top - 9), (x, top - 20), (x + 10, top - 9)], 255)
    canvas.polygon(glass, [(x - 8, top + 11), (x - 8, top - 9), (x + 8, top - 9), (x + 8, top + 11)], 255)
    band = canvas.smooth(np.sin((down - top) / 36 * 2 * np.pi), -0.1, 0.1)
    paint = canvas.over(canvas.rgb(0xC8D2DC) * np.ones((*SHAPE, 1), np.float32), canvas.rgb(0x8E3430), band)
    paint *= np.clip(0.62 - (across - x) / 46, 0.14, 1.1)[..., None] * 0.55
    picture = canvas.over(stone, paint, canvas.shown(tower))
    picture = canvas.over(picture, canvas.rgb(0x11161E), canvas.shown(dark))
    picture = canvas.over(picture, canvas.rgb(0xFFDFA0) * 1.2, canvas.shown(glass))
    return picture, canvas.shown(np.maximum.reduce([rock, tower, dark, glass]))
