"""Pears on a table beside a window: painted as light on round bodies, with soft shadows and a rough wall."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from touchstone.samples import canvas
from touchstone.samples.canvas import Mask, Picture

SHAPE = (1067, 1600)
_TABLE = 655
_LIGHT = np.array([-0.70, -0.45, 0.555], np.float32)  # right, down, forward: from the upper left
_ROOM = 1.6  # side of the square that a pear is painted on, in pear heights


@dataclass(frozen=True, slots=True)
class _Pear:
    """Where a pear stands, its height in pixels, how it leans (radians), and its colours away from and in the sun."""

    x: float
    y: float
    tall: float
    lean: float
    green: int
    blush: int


_PROFILE = (  # height, and half the width there, both as parts of the whole height
    (0.0, 0.20), (0.06, 0.27), (0.16, 0.345), (0.28, 0.37), (0.4, 0.335), (0.52, 0.25),
    (0.64, 0.185), (0.76, 0.16), (0.88, 0.14), (0.95, 0.11), (1.0, 0.07),
)  # fmt: skip
_PEARS = (
    _Pear(560, 770, 400, -0.10, 0x8C9A3C, 0xC79A3A),
    _Pear(1020, 742, 350, 0.16, 0xB48A34, 0xB04A26),
    _Pear(800, 838, 430, 0.03, 0xC2A23E, 0xC8662C),
    _Pear(1190, 868, 345, 1.36, 0x99953A, 0xBE7A30),
)


def draw() -> canvas.Bytes:
    """The picture, shape (1067, 1600, 3), blue first."""
    rng = np.random.default_rng(1632)
    picture = _room(rng)
    picture = _shadows(picture)
    for pear in sorted(_PEARS, key=lambda pear: pear.y):
        picture = _painted(picture, pear, rng)
    return canvas.exposed(picture, rng, exposure=1.25, grain=0.02, bloom=0.08)


def _room(rng: np.random.Generator) -> Picture:
    """A plaster wall with the window's light on it, and a wooden table."""
    down, across = canvas.grid(SHAPE)
    plaster = canvas.noise(rng, SHAPE, (260, 330), 8)
    strokes = canvas.noise(rng, SHAPE, (30, 120), 5)
    falloff = np.exp(-(np.hypot((across - 200) / 1100, (down - 120) / 800) ** 1.6))
    wall = canvas.ramp(0.55 * plaster + 0.45 * strokes, [(0.1, 0x4A524C), (0.5, 0x59625A), (0.9, 0x6A6F64)])
    wall *= (0.18 + 1.15 * falloff)[..., None]
    panes = canvas.blank(SHAPE)
    for column in range(2):
        for row in range(3):
            x, y = 830 + column * 196.0, -60 + row * 186.0
            canvas.polygon(panes, [(x, y), (x + 176, y + 30), (x + 176, y + 194), (x, y + 164)], 255)
    sun = canvas.blur(panes.astype(np.float32) / 255, 7) * (0.75 + 0.5 * plaster)
    wall += canvas.rgb(0xE8B878) * (sun * 0.34 * canvas.smooth(-down, -640, -120))[..., None]
    depth = np.clip((down - _TABLE) / (SHAPE[0] - _TABLE), 0, 1)
    boards = _boards(rng, down, across)
    boards *= (0.35 + 0.95 * np.exp(-(np.hypot((across - 380) / 1000, (depth - 0.25) * 0.9) ** 2)))[..., None]
    picture = np.where((down > _TABLE)[..., None], boards, wall)
    edge = np.exp(-(((down - _TABLE) / 7) ** 2)) * 0.5
    return canvas.over(picture.astype(np.float32), canvas.rgb(0x2A1C14), edge)


def _boards(rng: np.random.Generator, down: Mask, across: Mask) -> Picture:
    depth = 1 / (np.clip(down - _TABLE, 0, None) / 412 + 0.55)
    x = (across - 800) * depth
    grain = canvas.noise(rng, (1500, 700), (420, 7), 5)
    bend = canvas.noise(rng, (1500, 700), (260, 260), 3) * 14
    rows = np.clip(2100 - 1050 * depth, 0, 1499)
    bent = canvas.sampled(bend, np.mod(x * 0.35 + 350, 699).astype(np.float32), rows)
    lines = canvas.sampled(grain, np.mod(x * 0.42 + bent + 350, 699).astype(np.float32), rows)
    board = np.floor((x + 3000) / 260)
    shade = 0.86 + 0.2 * np.sin(board * 12.9898) ** 2
    gap = np.exp(-((np.mod(x + 3000, 260) - 3) ** 2) / 5)
    colour = canvas.ramp(lines, [(0.1, 0x4A3020), (0.5, 0x6A4830), (0.9, 0x86633F)]) * shade[..., None]
    return np.asarray(colour * (1 - 0.75 * gap)[..., None], np.float32)


def _shadows(picture: Picture) -> Picture:
    """Long soft ones away from the window, and a dark touch right beneath each pear."""
    long, touch = canvas.blank(SHAPE), canvas.blank(SHAPE)
    for pear in _PEARS:
        lies = abs(pear.lean) > 1
        wide, reach = (0.5, 0.55) if lies else (0.34, 0.95)
        wide, reach = wide * pear.tall, reach * pear.tall
        canvas.polygon(long, _ellipse(pear.x + reach * 0.6, pear.y + reach * 0.02, reach, wide * 0.4, 0.09))
        canvas.polygon(touch, _ellipse(pear.x + 6, pear.y - wide * 0.1, wide * 0.85, wide * 0.2, 0))
    on_table = canvas.smooth(canvas.grid(SHAPE)[0], _TABLE - 4, _TABLE + 20)
    dim = 0.62 * canvas.blur(canvas.shown(long), 18) + 0.6 * canvas.blur(canvas.shown(touch), 9)
    return canvas.over(picture, canvas.rgb(0x0B0808), np.clip(dim, 0, 0.9) * on_table)


def _ellipse(x: float, y: float, wide: float, high: float, turn: float) -> list[tuple[float, float]]:
    points = []
    for angle in np.linspace(0, 2 * np.pi, 48):
        across, down = wide * np.cos(angle), high * np.sin(angle)
        points.append(
            (x + across * np.cos(turn) - down * np.sin(turn), y + across * np.sin(turn) + down * np.cos(turn))
        )
    return points


def _painted(picture: Picture, pear: _Pear, rng: np.random.Generator) -> Picture:
    """One pear with its stem, lit from the window at the left, set down with its lowest point on the table."""
    size = int(pear.tall * _ROOM)
    up, side, inside, normal = _body(size)
    skin = _skin(pear, rng, side, up, normal)
    stem = canvas.blank((size, size))
    middle, head = size / 2, size * (0.5 - 0.5 / _ROOM)
    bow = [(middle + 0.05 * size * t * t, head + 0.02 * size - 0.105 * size * t) for t in np.linspace(0, 1, 9)]
    canvas.stroke(stem, bow, max(3, round(pear.tall / 46)))
    bark = (
        canvas.rgb(0x2E2014)
        + canvas.rgb(0x9A7A4C) * 0.35 * canvas.smooth(-canvas.grid((size, size))[1], -middle, 0)[..., None]
    )
    skin = canvas.over(skin, bark, canvas.shown(stem))
    patch = np.dstack([skin, np.maximum(inside, canvas.shown(stem))]).astype(np.float32)
    turn = cv2.getRotationMatrix2D((size / 2, size / 2), -np.degrees(pear.lean), 1.0)
    turned = cv2.warpAffine(patch, turn, (size, size), flags=cv2.INTER_LINEAR)
    lowest = int(np.flatnonzero(turned[..., 3].max(axis=1) > 0.5)[-1])
    left, top = round(pear.x - size / 2), round(pear.y) - lowest
    place = picture[max(0, top) : top + size, left : left + size]
    part = turned[max(0, -top) :][: place.shape[0], : place.shape[1]]
    canvas.over(place, part[..., :3], np.ascontiguousarray(part[..., 3]))
    return picture


def _body(size: int) -> tuple[Mask, Mask, Mask, Picture]:
    """Height along the pear (0 foot, 1 top), place across it (-1 to 1), its outline, and its surface normals."""
    tall = size / _ROOM
    down, across = canvas.grid((size, size))
    up = (size / 2 + tall / 2 - down) / tall
    t = np.clip(up, 0, 1)
    places, radii = zip(*_PROFILE, strict=True)
    profile = np.interp(np.linspace(0, 1, 256), places, radii)
    radius = cv2.GaussianBlur(profile[:, None], (1, 0), 1, sigmaY=9, borderType=cv2.BORDER_REPLICATE)[:, 0]
    ends = np.linspace(0, 1, 256)
    radius *= np.sqrt(np.clip(1 - (1 - np.clip(ends / 0.11, 0, 1)) ** 2, 0, 1))
    radius *= np.sqrt(np.clip(1 - (1 - np.clip((1 - ends) / 0.06, 0, 1)) ** 2, 0, 1))
    width = np.interp(t[:, :1], ends, radius).astype(np.float32)
    side = (across - size / 2) / tall / np.clip(width, 1e-3, None)
    inside = cv2.GaussianBlur(((np.abs(side) < 1) & (up > 0) & (up < 1)).astype(np.float32), (0, 0), 1.1)
    front = np.sqrt(np.clip(1 - side**2, 0, 1))
    slope = np.gradient(np.interp(np.linspace(0, 1, 256), ends, radius), 1 / 255)
    slope = cv2.GaussianBlur(slope[:, None], (1, 0), 1, sigmaY=5)[:, 0]
    upward = -np.clip(np.interp(t[:, :1], ends, slope), -2.6, 2.6) * np.ones_like(side)
    normal = np.dstack([side, -upward, front])
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    return t, np.clip(side, -1, 1), inside, normal.astype(np.float32)


def _skin(pear: _Pear, rng: np.random.Generator, side: Mask, up: Mask, normal: Picture) -> Picture:
    """Colour, freckles and light. The normals point right, down and forward; the light comes from `_LIGHT`."""
    shape = (side.shape[0], side.shape[1])
    size = shape[0]
    mottle = canvas.noise(rng, shape, (size / 4, size / 4), 6)
    blush = canvas.smooth(0.55 * mottle + 0.3 * up + 0.22 * side, 0.3, 0.85)
    skin = canvas.over(canvas.rgb(pear.green) * np.ones((*shape, 1), np.float32), canvas.rgb(pear.blush), blush)
    freckles = canvas.smooth(canvas.noise(rng, shape, (5, 5), 2), 0.72, 0.9)
    skin = canvas.over(skin, canvas.rgb(0x5A4020), freckles * 0.42)
    russet = canvas.smooth(canvas.noise(rng, shape, (28, 40), 5) + 0.45 * np.exp(-(1 - up) / 0.07), 0.72, 1.1)
    skin = canvas.over(skin, canvas.rgb(0x6E5228), russet * 0.75)
    turned = _turned(normal, pear.lean)
    facing = (turned * _LIGHT).sum(2) + (mottle - 0.5) * 0.1
    lit = np.clip((facing + 0.12) / 1.12, 0, 1) ** 1.15
    bounce = np.clip(turned[..., 1], 0, 1) * (1 - lit)
    shaded = skin * (0.035 + 1.45 * lit)[..., None] + canvas.rgb(0xB0683A) * skin * (0.55 * bounce)[..., None]
    half = _LIGHT + np.array([0, 0, 1], np.float32)
    gloss = np.clip((turned * (half / np.linalg.norm(half))).sum(2), 0, 1)
    shaded += canvas.rgb(0xFFF4E0) * (0.16 * gloss**70 + 0.07 * gloss**14)[..., None] * (0.6 + 0.8 * mottle)[..., None]
    return np.asarray(shaded, np.float32)


def _turned(normal: Picture, lean: float) -> Picture:
    """The normals of a body that leans to the right by `lean`."""
    x = normal[..., 0] * np.cos(lean) - normal[..., 1] * np.sin(lean)
    y = normal[..., 0] * np.sin(lean) + normal[..., 1] * np.cos(lean)
    return np.dstack([x, y, normal[..., 2]])
