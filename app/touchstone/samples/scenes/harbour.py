"""A harbour at dusk: far hills, the lights of a town, sailing boats at anchor, and all of it again in the water."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from touchstone.samples import canvas
from touchstone.samples.canvas import Mask, Picture

SHAPE = (1067, 1600)
_HORIZON = 560
_SUN = (1105.0, 497.0)


@dataclass(frozen=True, slots=True)
class Boat:
    """A boat at anchor: where its keel meets the water, its length in pixels, and which way it points."""

    x: float
    y: float
    length: float
    heading: int = 1


BOATS = (
    Boat(300, 640, 120, -1),
    Boat(640, 610, 70),
    Boat(1330, 600, 56, -1),
    Boat(860, 735, 250),
)


def draw(*fleets: Sequence[Boat]) -> list[canvas.Bytes]:
    """The harbour once for each fleet; nothing else differs. Each of shape (1067, 1600, 3), blue first."""
    rng = np.random.default_rng(1905)
    above = _shore(_sky(rng), rng)
    waves = _waves(rng)
    empty = _piles(_water(above, waves, rng), rng, waves)
    return [_moment(empty.copy(), fleet, waves) for fleet in fleets or (BOATS,)]


def _moment(picture: Picture, fleet: Sequence[Boat], waves: _Waves) -> canvas.Bytes:
    for boat in sorted(fleet, key=lambda boat: boat.y):
        _moored(picture, boat, waves)
    return canvas.exposed(picture, np.random.default_rng(1906), exposure=1.15)


def _sky(rng: np.random.Generator) -> Picture:
    down, across = canvas.grid(SHAPE)
    height = 1 - down / _HORIZON
    sky = canvas.ramp(
        height,
        [(0.0, 0xF2A65A), (0.07, 0xEE9560), (0.2, 0xD9807A), (0.4, 0x9A6C8C), (0.7, 0x4E5688), (1.0, 0x27386B)],
    )
    distance = np.hypot(across - _SUN[0], (down - _SUN[1]) * 1.3)
    sky += canvas.rgb(0xFFB060) * (1.1 * np.exp(-distance / 170) + 0.35 * np.exp(-distance / 520))[..., None]
    sky += canvas.rgb(0xFFE0A8) * (9 * canvas.smooth(-distance, -27, -22))[..., None]
    # Clouds lie in bands that get narrower towards the horizon.
    depth = -np.log(np.clip(1.04 - down / _HORIZON, 0.04, None))
    lumps = canvas.noise(rng, (700, 1600), (120, 520), 7)
    drift = canvas.noise(rng, SHAPE, (300, 500), 3) * 90
    rows = np.clip(20 + depth * 200 + drift, 0, 699)
    columns = np.clip(800 + (across - 800) * (0.72 + 0.08 * depth) + drift, 0, 1599)
    clouds = canvas.sampled(lumps, columns, rows)
    cover = canvas.smooth(clouds, 0.47, 0.78) * canvas.smooth(height, -0.02, 0.16)
    edge = canvas.smooth(clouds, 0.45, 0.58) * (1 - canvas.smooth(clouds, 0.56, 0.75))
    near_sun = np.exp(-distance / 420)
    body = canvas.ramp(height, [(0, 0xC7706A), (0.3, 0x7C5474), (0.7, 0x3D4470), (1, 0x2A3560)])
    sky = canvas.over(sky, body, cover * 0.85)
    glow = canvas.rgb(0xFF9A62) * (edge * (0.16 + 1.5 * near_sun) * canvas.smooth(height, -0.02, 0.1))[..., None]
    return np.asarray(sky + glow, np.float32)


def _shore(sky: Picture, rng: np.random.Generator) -> Picture:
    """Hills in two distances, and a town with its lights on."""
    down, across = canvas.grid(SHAPE)
    columns = across[0]
    far = _HORIZON - 62 - 34 * canvas.line_noise(rng, SHAPE[1], 420, 8)
    near = _HORIZON - 16 - 14 * canvas.line_noise(rng, SHAPE[1], 300, 8) - 46 * np.exp(-(((columns - 150) / 330) ** 2))
    hills = 0.78 * canvas.rgb(0x7A5A7C) + 0.22 * np.minimum(sky, 1)
    picture = canvas.over(sky, hills, canvas.smooth(down - far[None, :], -1, 1.5))
    haze = canvas.smooth(down, _HORIZON - 80, _HORIZON + 4) * 0.45
    picture = canvas.over(picture, canvas.rgb(0xE79A72), haze * canvas.smooth(down - far[None, :], 0, 3))
    picture = canvas.over(picture, canvas.rgb(0x33304A), canvas.smooth(down - near[None, :], -0.8, 0.8))
    town = canvas.blank(SHAPE)
    for x in np.sort(rng.uniform(20, 620, 46)):
        width, tall = rng.uniform(9, 26), rng.uniform(6, 24)
        base = float(near[int(x)]) + rng.uniform(4, 22)
        canvas.polygon(
            town,
            [
                (x, base),
                (x, base - tall),
                (x + width / 2, base - tall - rng.uniform(2, 7)),
                (x + width, base - tall),
                (x + width, base),
            ],
            255,
        )
    canvas.polygon(town, [(196, 540), (196, 438), (203, 410), (210, 438), (210, 540)], 255)
    picture = canvas.over(picture, canvas.rgb(0x2A2A40), town.astype(np.float32) / 255 * (down < _HORIZON))
    return picture + _lights(rng, near)


def _lights(rng: np.random.Generator, shore: Mask) -> Picture:
    lights = np.zeros((*SHAPE, 3), np.float32)
    colours = [canvas.rgb(code) for code in (0xFFC070, 0xFFD89A, 0xFFB050, 0xFFF0D0)]
    for _light in range(95):
        x = int(np.clip(rng.normal(300, 230), 4, 1590)) if rng.random() < 0.85 else int(rng.uniform(4, 1590))
        y = int(min(_HORIZON - 3, shore[x] + rng.uniform(3, 26)))
        lights[y : y + 2, x : x + 2] += colours[rng.integers(4)] * rng.uniform(0.8, 5)
    return lights + 1.5 * canvas.blur(lights, 1.6)


@dataclass(frozen=True, slots=True)
class _Waves:
    """How far the water moves a reflection, in pixels, and how it catches light."""

    sideways: Mask
    upright: Mask
    slope: Mask


def _waves(rng: np.random.Generator) -> _Waves:
    """Waves seen at a low angle: fine near the horizon, long and broad in front."""
    down, across = canvas.grid(SHAPE)
    below = np.clip((down - _HORIZON) / (SHAPE[0] - _HORIZON), 0.0, 1)
    depth = 1 / (below + 0.035)
    flat = canvas.noise(rng, (1400, 2400), (16, 54), 4)
    long = canvas.noise(rng, (1400, 2400), (70, 300), 4)
    rows = np.clip(1390 - depth * 46 * 1.05, 0, 1399)
    columns = np.clip(1200 + (across - 800) * (0.25 + depth * 0.12), 0, 2399)
    height = canvas.sampled(flat, columns, rows) * 0.6
    height += canvas.sampled(long, columns, rows)
    height = (height - height.mean()).astype(np.float32)
    ripple = (canvas.noise(rng, SHAPE, (5, 26), 3) - 0.5) * (0.25 + 0.75 * below)
    height = height + 0.5 * ripple
    slope = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3)
    return _Waves(height * (4 + 46 * below), height * (8 + 120 * below), slope)


def _water(above: Picture, waves: _Waves, rng: np.random.Generator) -> Picture:
    down, across = canvas.grid(SHAPE)
    mirrored = np.clip(2 * _HORIZON - down - 4 + waves.upright, 0, _HORIZON - 1)
    sideways = np.clip(across + waves.sideways, 0, SHAPE[1] - 1)
    reflected = canvas.sampled(above, sideways, mirrored)
    below = np.clip((down - _HORIZON) / (SHAPE[0] - _HORIZON), 0, 1)
    deep = canvas.ramp(below, [(0, 0x8C5C6A), (0.25, 0x3A3E66), (1, 0x0E1A38)])
    water = reflected * (0.82 - 0.38 * below)[..., None] + deep * (0.16 + 0.3 * below)[..., None]
    water *= (1 + np.clip(waves.slope * 3.0, -0.5, 0.6))[..., None]
    path = np.exp(-(((across - _SUN[0]) / (26 + 150 * below)) ** 2)) * np.exp(-below * 1.5)
    sparkle = canvas.smooth(waves.slope + 0.35 * canvas.noise(rng, SHAPE, (2, 7), 2) - 0.17, 0.02, 0.16)
    water += canvas.rgb(0xFFB468) * (path * sparkle * 3.4)[..., None]
    return np.where((down >= _HORIZON)[..., None], water, above).astype(np.float32)


def _moored(picture: Picture, boat: Boat, waves: _Waves) -> None:
    """Put one boat and its reflection into the picture."""
    reach = round(boat.length)
    rows = slice(max(0, round(boat.y) - 2 * reach), round(boat.y) + 2 * reach)
    columns = slice(max(0, round(boat.x) - reach), round(boat.x) + reach)
    view = picture[rows, columns]
    hull, trim, lamp = (np.ascontiguousarray(mask[rows, columns]) for mask in _boat_masks(boat))
    down, across = canvas.grid(view.shape[:2])
    keel = boat.y - rows.start
    mirrored = np.clip(2 * keel - down + waves.upright[rows, columns] * 0.5, 0, view.shape[0] - 1)
    sideways = np.clip(across + waves.sideways[rows, columns] * 0.5, 0, view.shape[1] - 1)
    wet = (down > keel - 1).astype(np.float32)
    fade = np.exp(-np.clip(down - keel, 0, None) / (boat.length * 1.5))
    shadow = canvas.sampled(hull, sideways, mirrored) * wet * fade
    canvas.over(view, canvas.rgb(0x14162A), canvas.blur(shadow, 1.2) * 0.82)
    canvas.over(view, canvas.rgb(0x1B1C2E), hull * (1 - wet))
    canvas.over(view, canvas.rgb(0xB9785E), trim * (1 - wet))
    glow = lamp * (1 - wet) + canvas.sampled(lamp, sideways, mirrored) * wet * 0.7
    view += canvas.rgb(0xFFD9A0) * (6 * glow + 2.5 * canvas.blur(glow, boat.length / 26))[..., None]


def _boat_masks(boat: Boat) -> tuple[Mask, Mask, Mask]:
    """Hull with rigging, the rim of light on it, and the lamp at its mast."""
    length, heading = boat.length, boat.heading

    def at(along: float, up: float) -> tuple[float, float]:
        return boat.x + along * length * heading, boat.y - up * length

    def rail(along: float) -> tuple[float, float]:
        return at(along, 0.115 + 0.07 * max(0.0, along + 0.1) ** 1.6 + 0.02 * along * along)

    rails = [rail(along / 20) for along in range(-10, 12)]
    hull, trim, lamp = canvas.blank(SHAPE), canvas.blank(SHAPE), canvas.blank(SHAPE)
    canvas.polygon(hull, [*rails, at(0.46, 0.03), at(0.4, -0.03), at(-0.44, -0.03), at(-0.485, 0.05)], 255)
    canvas.polygon(hull, [at(-0.2, 0.11), at(-0.17, 0.175), at(-0.02, 0.195), at(0.12, 0.185), at(0.26, 0.13)], 255)
    thick = max(1, round(length / 85))
    canvas.stroke(hull, [at(0.08, 0.1), at(0.06, 1.42)], thick, 255)
    canvas.stroke(hull, [at(0.07, 0.29), at(-0.44, 0.27)], thick + max(1, round(length / 60)), 255)
    for foot in (rail(0.54), rail(-0.49)):
        canvas.stroke(hull, [at(0.06, 1.42), foot], 1, 190)
    canvas.stroke(hull, [at(0.0, 0.94), at(0.14, 0.94)], 1, 220)
    for side in (0.0, 0.14):
        canvas.stroke(hull, [at(0.06, 1.42), at(side, 0.94), at(side, 0.13)], 1, 120)
    canvas.stroke(trim, rails, thick, 190)
    canvas.stroke(trim, [at(-0.46, 0.035), at(0.46, 0.045)], thick, 60)
    x, y = at(0.04, 0.25)
    cv2.circle(lamp, (round(x), round(y)), max(1, round(length / 80)), 255, -1, cv2.LINE_AA)
    return _mask(hull), _mask(trim), _mask(lamp)


def _mask(drawn: canvas.Bytes) -> Mask:
    return drawn.astype(np.float32) / 255


_PILES = ((1215, 838, 968, 10), (1330, 800, 1004, 13), (1470, 812, 1046, 17), (1572, 752, 1090, 21))


def _piles(picture: Picture, rng: np.random.Generator, waves: _Waves) -> Picture:
    """Mooring piles in the lower right corner, with a rope from one to the next."""
    wood = canvas.blank(SHAPE)
    ropes = canvas.blank(SHAPE)
    tops = []
    for x, top, foot, half in _PILES:
        lean = float(rng.uniform(-7, 7))
        crown = [(x + lean - half + half * step / 4, top - half * 0.5 * np.sin(np.pi * step / 8)) for step in range(9)]
        canvas.polygon(wood, [(x - half, foot), *crown, (x + half, foot)], 255)
        tops.append((x + lean, top + 2.2 * half))
    for (x0, y0), (x1, y1) in itertools.pairwise(tops):
        sag = [(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t + 150 * t * (1 - t)) for t in np.linspace(0, 1, 24)]
        canvas.stroke(ropes, sag, 3, 255)
    solid = np.maximum(_mask(wood), _mask(ropes))
    down, across = canvas.grid(SHAPE)
    waterline = 968 + np.clip(across - 1215, -30, None) * 0.335
    mirrored = np.clip(2 * waterline - down + waves.upright * 0.25, 0, SHAPE[0] - 1)
    sideways = np.clip(across + waves.sideways * 0.45, 0, SHAPE[1] - 1)
    solid *= down < waterline + 3
    shadow = canvas.sampled(solid, sideways, mirrored) * (down >= waterline)
    picture = canvas.over(picture, canvas.rgb(0x0C1020), canvas.blur(shadow, 1.2) * 0.78)
    bark = canvas.noise(rng, SHAPE, (70, 5), 4)
    lit = canvas.blur(np.roll(solid, 9, axis=1), 3) - solid  # the side that faces the sun
    colour = (
        canvas.ramp(bark, [(0.2, 0x0B0B16), (0.8, 0x352B36)])
        + canvas.rgb(0xC06A48) * np.clip(1 + 2 * lit, 0, 1)[..., None] * 0.06
    )
    return canvas.over(picture, colour, solid)
