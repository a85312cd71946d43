"""A desert that is nowhere: ribbed dunes under a ringed planet and its moon."""

from __future__ import annotations

import numpy as np

from touchstone.samples import canvas
from touchstone.samples.canvas import Mask, Picture

SHAPE = (1067, 1600)
_PLANET = (1090.0, 350.0, 235.0)
_MOON = (395.0, 205.0, 46.0)
_DUNES = (
    # foot, height, place of the peak, width, from far to near
    (668.0, 30.0, 330.0, 420.0),
    (712.0, 52.0, 1250.0, 520.0),
    (796.0, 96.0, 520.0, 640.0),
    (930.0, 150.0, 1330.0, 760.0),
    (1075.0, 120.0, 180.0, 700.0),
)


def draw() -> canvas.Bytes:
    """The picture, shape (1067, 1600, 3), blue first."""
    rng = np.random.default_rng(1965)
    down, across = canvas.grid(SHAPE)
    picture = _sky(rng, down)
    picture = _moon(picture, rng, down, across)
    picture = _planet(picture, rng, down, across)
    picture = _mesas(picture, rng, down)
    picture = _dunes(picture, rng, down, across)
    return canvas.exposed(picture, rng, exposure=1.1, grain=0.013)


def _sky(rng: np.random.Generator, down: Mask) -> Picture:
    sky = canvas.ramp(down / 640, [(0, 0x0B2A3A), (0.35, 0x1C5560), (0.7, 0x5E9A92), (0.92, 0xE4C79A), (1, 0xF2D2A0)])
    stars = canvas.stars(rng, SHAPE, 0.0035) * canvas.smooth(-down, -430, -60)
    sky += stars[..., None]
    veil = canvas.smooth(canvas.noise(rng, SHAPE, (40, 700), 7), 0.5, 0.85)
    return canvas.over(sky, canvas.rgb(0xF0CFA4), veil * 0.28 * canvas.smooth(down, 60, 560))


def _moon(picture: Picture, rng: np.random.Generator, down: Mask, across: Mask) -> Picture:
    x, y, radius = (across - _MOON[0]) / _MOON[2], (down - _MOON[1]) / _MOON[2], _MOON[2]
    away = np.hypot(x, y)
    rocks = canvas.noise(rng, SHAPE, (26, 26), 5)
    light = np.clip(-0.75 * x - 0.35 * y + 0.55 * np.sqrt(np.clip(1 - away**2, 0, 1)), 0, 1)
    surface = canvas.ramp(rocks, [(0.2, 0x9C8F86), (0.8, 0xE4D8C8)]) * (0.1 + 1.1 * light)[..., None]
    return canvas.over(picture, surface, canvas.smooth(-away, -1, -1 + 2 / radius))


def _planet(picture: Picture, rng: np.random.Generator, down: Mask, across: Mask) -> Picture:
    cx, cy, radius = _PLANET
    tilt = np.radians(-19)
    dx, dy = across - cx, down - cy
    x = (dx * np.cos(tilt) + dy * np.sin(tilt)) / radius
    y = (-dx * np.sin(tilt) + dy * np.cos(tilt)) / radius
    away = np.hypot(x, y)
    front = np.sqrt(np.clip(1 - away**2, 0, 1))
    storms = canvas.noise(rng, (600, 600), (30, 260), 6)
    swirl = canvas.noise(rng, (600, 600), (90, 90), 4)
    rows = np.clip(300 + 260 * np.arcsin(np.clip(y, -1, 1)) / 1.571 * 1.1, 0, 599).astype(np.float32)
    columns = np.clip(300 + 250 * np.arctan2(x, front + 1e-3) / 1.571, 0, 599)
    rows = np.clip(rows + 36 * (canvas.sampled(swirl, columns, rows) - 0.5), 0, 599).astype(np.float32)
    bands = canvas.sampled(storms, columns, rows) * 0.5 + 0.25 + 0.25 * np.sin(y * 17)
    surface = canvas.ramp(bands, [(0.1, 0x7C4A3A), (0.35, 0xC08A60), (0.6, 0xE2C49A), (0.9, 0xF4E6CC)])
    light = np.clip(-0.62 * dx / radius - 0.42 * dy / radius + 0.62 * front, 0, 1)
    surface = surface * (0.03 + 1.1 * light)[..., None] + canvas.rgb(0x6FB0B0) * ((1 - front) ** 4 * 0.2)[..., None]
    behind, before = _ring(rng, x, y, radius)
    colour = canvas.rgb(0xE8D4B0)
    shadow = canvas.smooth(x - 0.25 * y, 0.25, 0.6) * (np.abs(x) < 1.9) * (away < 2.2) * 0.7
    picture = canvas.over(picture, colour, behind * (1 - shadow))
    body = canvas.smooth(-away, -1, -1 + 2.5 / radius)
    picture = canvas.over(picture, surface, body)
    return canvas.over(picture, colour, before)


def _ring(rng: np.random.Generator, x: Mask, y: Mask, radius: float) -> tuple[Mask, Mask]:
    """The parts of the ring behind and before the planet."""
    flat = np.hypot(x, y / 0.21)
    profile = np.clip(canvas.line_noise(rng, 1200, 130, 6, 0.7) * 0.45 + 0.6, 0.05, 1)
    profile[int(0.62 * 1200) : int(0.66 * 1200)] *= 0.15
    place = np.clip((flat - 1.28) / 0.82, 0, 0.9999)
    dense = (
        profile[(place * 1200).astype(np.int32)] * canvas.smooth(flat, 1.28, 1.31) * canvas.smooth(-flat, -2.1, -2.06)
    )
    before = dense * canvas.smooth(y, -1 / radius, 1 / radius)
    return (dense - before) * 0.85, before * 0.85


def _mesas(picture: Picture, rng: np.random.Generator, down: Mask) -> Picture:
    """Table mountains far away, where the sky begins."""
    for base, tall, colour in ((618.0, 74.0, 0x9E9A82), (634.0, 52.0, 0x86715C)):
        raw = canvas.line_noise(rng, SHAPE[1], 260, 4, 0.6)
        flat = np.clip(raw * 2.4, -0.35, 0.85) + 0.05 * canvas.line_noise(rng, SHAPE[1], 22, 4)
        line = base - tall * flat
        layers = canvas.noise(rng, SHAPE, (9, 400), 3)
        stone = canvas.rgb(colour) * (0.72 + 0.55 * layers)[..., None]
        stone = canvas.over(stone, canvas.rgb(0xEBCB9C), canvas.smooth(down, base - tall, base + 40) * 0.55)
        picture = canvas.over(picture, stone, canvas.smooth(down - line[None, :], -0.8, 0.8))
    return picture


def _dunes(picture: Picture, rng: np.random.Generator, down: Mask, across: Mask) -> Picture:
    """Each dune has a lit side, a crest and a side in shadow, and ripples that follow it."""
    sand = canvas.noise(rng, SHAPE, (3, 5), 3)
    broad = canvas.noise(rng, SHAPE, (130, 420), 4)
    columns = across[0]
    for number, (base, tall, peak, wide) in enumerate(_DUNES):
        swell = np.exp(-(np.abs((columns - peak) / wide) ** 1.5))
        line = base - tall * swell - 14 * (1 + number) * canvas.line_noise(rng, SHAPE[1], 900, 3, 0.4)
        depth = down - line[None, :]
        crest = peak + (0.55 + 0.1 * number) * depth + 60 * np.sin(depth / (60 + 34 * number)) + 50 * (broad - 0.5)
        shade = canvas.smooth(across - crest, -3 - 2 * number, 8 + 9 * number) * np.exp(
            -np.clip(depth, 0, None) / (tall * 3.2)
        )
        scale = 5 + 5.5 * number
        ripples = np.sin((depth * (1.5 - 0.1 * number) + 0.22 * (across - peak) + 46 * broad) / scale * 2.2)
        light = 0.82 + 0.13 * ripples * canvas.smooth(depth, 4, 60) + 0.3 * (sand - 0.5) + 0.5 * (broad - 0.5)
        bright = canvas.ramp(light, [(0.3, 0x9A4E2C), (0.75, 0xCC7F46), (1.2, 0xEFB877)])
        dark = canvas.ramp(light, [(0.3, 0x3A2530), (0.8, 0x5C3A40), (1.2, 0x7A5048)])
        dune = canvas.over(bright, dark, shade * 0.92)
        dune = canvas.over(dune, canvas.rgb(0xEFC796), np.full_like(shade, 0.42 * (1 - number / 4.2)))
        rim = np.exp(-np.clip(depth, 0, None) / 5) * (1 - shade)
        dune += canvas.rgb(0xFFDCA8) * (0.35 * rim)[..., None]
        picture = canvas.over(picture, dune, canvas.smooth(depth, -0.8, 0.8))
    return picture
