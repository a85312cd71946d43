"""Mountain ranges one behind another on a misty morning, the nearest with a wood on it."""

from __future__ import annotations

import numpy as np

from touchstone.samples import canvas
from touchstone.samples.canvas import Mask, Picture

SHAPE = (1067, 1600)
_RANGES = (
    # crest, height of its peaks, largest peak's width, colour, mist at its foot
    (392.0, 92.0, 520.0, 0x8FA9BE, 0xF3DFC4),
    (468.0, 84.0, 430.0, 0x7393AD, 0xEAD9C6),
    (556.0, 76.0, 520.0, 0x527A96, 0xD3D3CC),
    (652.0, 82.0, 610.0, 0x365F78, 0xB6C6C8),
    (768.0, 74.0, 700.0, 0x21465A, 0x9DB4BB),
)
_SUN = (470.0, 300.0)
MISTY, ELSEWHERE = 1818, 1824  # what the ranges are made from
_MIST_STEP = 211  # pixels: every range has mist of its own


def draw(seed: int = MISTY) -> canvas.Bytes:
    """The picture, shape (1067, 1600, 3), blue first."""
    rng = np.random.default_rng(seed)
    down, across = canvas.grid(SHAPE)
    distance = np.hypot(across - _SUN[0], down - _SUN[1])
    picture = _sky(rng, down, distance)
    mist = canvas.noise(rng, (SHAPE[0], SHAPE[1] + len(_RANGES) * _MIST_STEP), (90, 420), 6)
    ridges = 1 - np.abs(2 * canvas.noise(rng, SHAPE, (150, 190), 7) - 1)
    warmth = np.exp(-distance / 620)
    for number, (crest, peaks, width, colour, foot) in enumerate(_RANGES):
        line = crest - peaks * _peaks(rng, width)
        picture = _range(picture, down - line[None, :], ridges, (colour, foot), number / len(_RANGES))
        here = mist[:, number * _MIST_STEP : number * _MIST_STEP + SHAPE[1]]
        drift = np.exp(-(((down - crest - 78) / 44) ** 2)) * canvas.smooth(here, 0.35, 0.75)
        glow = canvas.rgb(foot) * 1.05 + canvas.rgb(0xFFCF9A) * (0.5 * warmth)[..., None]
        picture = canvas.over(picture, glow, drift * (0.75 - 0.08 * number))
    picture = _wood(picture, rng, down)
    picture += canvas.rgb(0xFFC890) * (0.16 * np.exp(-distance / 380))[..., None]
    return canvas.exposed(picture, rng, exposure=0.95, grain=0.016)


def _sky(rng: np.random.Generator, down: Mask, distance: Mask) -> Picture:
    sky = canvas.ramp(down / 620, [(0, 0x7FA6C4), (0.3, 0xB9C9CF), (0.55, 0xEBD9C0), (1, 0xF6E3C8)])
    sky += canvas.rgb(0xFFD9A0) * (0.9 * np.exp(-distance / 150) + 0.3 * np.exp(-distance / 420))[..., None]
    sky += canvas.rgb(0xFFF2D8) * (4 * canvas.smooth(-distance, -40, -34))[..., None]
    veil = canvas.noise(rng, SHAPE, (46, 520), 7)
    return canvas.over(sky, canvas.rgb(0xFBEFE0), canvas.smooth(veil, 0.45, 0.8) * 0.5 * (1 - down / SHAPE[0]))


def _peaks(rng: np.random.Generator, width: float) -> Mask:
    """A crest line between about -1 and 1.4: sharp tops, softer saddles."""
    wide = canvas.line_noise(rng, SHAPE[1], width, 3, 0.5)
    sharp = 1 - 2 * np.abs(canvas.line_noise(rng, SHAPE[1], width * 0.42, 8, 0.47))
    return (0.6 * wide + 0.55 * sharp).astype(np.float32)


def _range(picture: Picture, depth: Mask, ridges: Mask, colours: tuple[int, int], nearness: float) -> Picture:
    """One range: `depth` is how far below its crest a pixel lies."""
    body, foot = colours
    slopes = canvas.rgb(body) * (1 + (ridges - 0.62) * (0.5 + 1.1 * nearness))[..., None]
    lit = canvas.smooth(ridges, 0.62, 0.98) * np.exp(-np.clip(depth, 0, None) / 60)
    slopes += canvas.rgb(0xFFD2A6) * (lit * 0.22 * (1 - 0.5 * nearness))[..., None]
    shown = canvas.over(slopes, canvas.rgb(foot), canvas.smooth(depth, 10, 210) * (0.85 - 0.25 * nearness))
    return canvas.over(picture, shown, canvas.smooth(depth, -0.8, 0.8))


def _wood(picture: Picture, rng: np.random.Generator, down: Mask) -> Picture:
    """Firs on the two nearest slopes; those in front are darker and larger."""
    columns = np.arange(SHAPE[1])
    for base, rise, tall, colour, count in (
        (862.0, 70.0, 46.0, 0x2F5563, 420),
        (938.0, 90.0, 84.0, 0x16323C, 300),
        (1040.0, 120.0, 150.0, 0x0A1B22, 190),
    ):
        ground = base - rise * canvas.line_noise(rng, SHAPE[1], 620, 4, 0.4) + 0.03 * (columns - 800)
        drawn = canvas.blank(SHAPE)
        for x in rng.uniform(-20, SHAPE[1] + 20, count):
            at = int(np.clip(x, 0, SHAPE[1] - 1))
            canvas.fir(drawn, rng, float(x), float(ground[at]) + 8, tall * float(rng.uniform(0.45, 1.15)))
        trees = np.maximum(drawn.astype(np.float32) / 255, canvas.smooth(down - ground[None, :], -2, 2))
        texture = canvas.noise(rng, SHAPE, (tall / 5, tall / 9), 4)
        leaves = canvas.rgb(colour) * (0.55 + 0.9 * texture)[..., None]
        leaves = canvas.over(
            leaves, canvas.rgb(0x9DB4BB), canvas.smooth(down - ground[None, :], -tall, tall * 1.6) * 0.22
        )
        picture = canvas.over(picture, leaves, trees)
    return picture
