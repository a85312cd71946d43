"""Northern lights over a still lake, with a wood on the far shore."""

from __future__ import annotations

import numpy as np

from touchstone.samples import canvas
from touchstone.samples.canvas import Mask, Picture

SHAPE = (832, 832)
_HORIZON = 560


def draw() -> canvas.Bytes:
    """The picture, shape (832, 832, 3), blue first."""
    rng = np.random.default_rng(1621)
    down, across = canvas.grid(SHAPE)
    sky = canvas.ramp(down / _HORIZON, [(0, 0x050B1E), (0.55, 0x0B2036), (1, 0x2A5658)])
    for base, reach, strength in ((318.0, 270.0, 0.75), (420.0, 200.0, 0.8), (215.0, 190.0, 0.35)):
        sky += _curtain(rng, down, base, reach) * strength
    shore = _shore(sky, rng, down)
    picture = _lake(shore, rng, down, across)
    stars = canvas.stars(rng, SHAPE, 0.004) * canvas.smooth(-down, 40 - _HORIZON, 200 - _HORIZON)
    picture += (stars / (1 + 14 * picture.mean(axis=2)))[..., None]
    return canvas.exposed(picture, rng, exposure=1.25, grain=0.007, bloom=0.1)


def _curtain(rng: np.random.Generator, down: Mask, base: float, reach: float) -> Picture:
    """One fold of light: sharp at its lower edge, drawn out upwards in rays."""
    width = SHAPE[1]
    fold = base + 95 * canvas.line_noise(rng, width, 400, 3, 0.5)
    rays = np.clip(0.5 + 0.5 * canvas.line_noise(rng, width, 60, 6, 0.75), 0, 1.5)
    tall = reach * (0.55 + 0.5 * rays)
    above = fold[None, :] - down
    body = np.where(above > 0, np.exp(-above / tall[None, :] * 1.9), np.exp(above / 9))
    body = body * (0.25 + 0.75 * rays[None, :]) * canvas.smooth(canvas.noise(rng, SHAPE, (700, 130), 4), 0.25, 0.7)
    shade = np.clip(above / reach, 0, 1)
    colour = canvas.ramp(shade, [(0, 0x9CFFB8), (0.12, 0x4CF59A), (0.4, 0x1FBF9A), (0.7, 0x5A5FC8), (1, 0xA848B0)])
    return np.asarray(colour * (body * 1.2)[..., None], np.float32)


def _shore(picture: Picture, rng: np.random.Generator, down: Mask) -> Picture:
    """Low hills, and firs along the water."""
    hills = _HORIZON - 26 - 42 * np.abs(canvas.line_noise(rng, SHAPE[1], 330, 6, 0.5))
    picture = canvas.over(picture, canvas.rgb(0x16353E), canvas.smooth(down - hills[None, :], -0.8, 0.8))
    bank = _HORIZON - 2 - 12 * np.abs(canvas.line_noise(rng, SHAPE[1], 330, 6, 0.5))
    drawn = canvas.blank(SHAPE)
    for x in rng.uniform(0, SHAPE[1], 300):
        tall = 46 * float(rng.uniform(0.35, 1.25)) * (1 + 0.35 * np.sin(x / 90))
        canvas.fir(drawn, rng, float(x), float(bank[int(x)]) + 6, tall)
    trees = np.maximum(canvas.shown(drawn), canvas.smooth(down - bank[None, :], -0.8, 0.8))
    return canvas.over(picture, canvas.rgb(0x050D14), trees)


def _lake(above: Picture, rng: np.random.Generator, down: Mask, across: Mask) -> Picture:
    """The water, which shows the sky shortened, and stones in front."""
    below = np.clip((down - _HORIZON) / (SHAPE[0] - _HORIZON), 0, 1)
    ripple = canvas.noise(rng, SHAPE, (5, 60), 3) - 0.5
    swell = canvas.noise(rng, SHAPE, (22, 300), 3) - 0.5
    shift = (ripple * 34 + swell * 40) * (0.1 + below)
    rows = np.clip(_HORIZON - 2 - (down - _HORIZON) * (1.05 + 0.75 * below) + shift, 0, _HORIZON - 1)
    columns = np.clip(across + shift * 0.4, 0, SHAPE[1] - 1)
    water = canvas.blur(canvas.sampled(above, columns, rows), 2.6, 0.7)
    water = water * (0.72 - 0.2 * below)[..., None] + canvas.rgb(0x06121C) * (0.3 + 0.4 * below)[..., None]
    water *= (1 + 0.5 * ripple)[..., None]
    water = _stones(water, rng)
    return np.where((down >= _HORIZON)[..., None], water, above).astype(np.float32)


def _stones(water: Picture, rng: np.random.Generator) -> Picture:
    """Round stones in the shallows, lit from above by the sky."""
    texture = canvas.noise(rng, SHAPE, (9, 22), 4)
    places = sorted((float(rng.uniform(742, 846)), float(rng.uniform(-20, 852))) for _stone in range(20))
    for y, x in places:
        size = (y - 650) * float(rng.uniform(0.14, 0.4))
        outline = [
            (x + size * 1.5 * np.cos(a) * rng.uniform(0.92, 1.06), y - size * 0.55 * max(-0.3, np.sin(a)))
            for a in np.linspace(0, 2 * np.pi, 26)
        ]
        drawn = canvas.blank(SHAPE)
        canvas.polygon(drawn, outline)
        mask = canvas.shown(drawn)
        top = np.clip(mask - np.roll(canvas.blur(mask, size * 0.16), round(size * 0.2), axis=0), 0, 1)
        rock = canvas.ramp(texture, [(0.2, 0x04070B), (0.8, 0x1A2A30)]) * (0.7 + texture)[..., None]
        water = canvas.over(water, rock + canvas.rgb(0x52B08A) * (top * (0.1 + 0.25 * texture))[..., None], mask)
    return water
