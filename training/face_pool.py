"""Pairs of faces, untouched and manipulated, made once and used by every design and fold.

`python -m training.face_pool RECIPE VARIANT...` makes shards: one pair of every real portrait, in their order. What
happens to a portrait depends on its stem, the recipe and the number of the variant alone.
"""

from __future__ import annotations

import sys
import time
import zlib
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from touchstone.detect import faces
from touchstone.detect.faces import Face
from training import augment, data, face_blend, face_data, launder
from training.data import Rgb
from training.face_blend import Recipe
from training.face_data import Portrait

SIZE = 160
RECIPES = {"self": Recipe(), "grain": Recipe(grain=True), "others": Recipe(others=1.0)}
_LEAST = 64  # pixels that laundering leaves of a face
SEED = 31


def real() -> list[Portrait]:
    """The portraits that pairs are made of: all but the generated ones."""
    return [p for p in face_data.collect() if p.source != face_data.GENERATED]


def shard(recipe: str, variant: int) -> NDArray[np.uint8]:
    """N x 2 x SIZE x SIZE x 3: for each portrait of `real`, untouched and manipulated."""
    path = data.work() / "face" / "pairs" / f"{recipe}-{variant}.npy"
    if not path.exists():
        _make(path, recipe, variant)
    return np.asarray(np.load(path, mmap_mode="r"))


def _make(path: Path, recipe: str, variant: int) -> None:
    cv2.setNumThreads(1)
    every, began = real(), time.monotonic()
    pairs = np.empty((len(every), 2, SIZE, SIZE, 3), np.uint8)
    for number, portrait in enumerate(every):
        seed = [SEED, variant, zlib.crc32(f"{recipe} {portrait.stem} {number}".encode())]
        others = [p for p in every if p.source == portrait.source and p.stem != portrait.stem] or [
            p for p in every if p.stem != portrait.stem
        ]
        pairs[number] = _pair(portrait, others, RECIPES[recipe], np.random.default_rng(seed))
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part.npy")
    np.save(partial, pairs)
    partial.replace(path)
    print(f"{recipe} {variant}: {time.monotonic() - began:.0f} s", flush=True)


def _pair(portrait: Portrait, others: Sequence[Portrait], recipe: Recipe, random: np.random.Generator) -> list[Rgb]:
    """A face untouched and manipulated, then both through the very same."""
    seed = int(random.integers(1 << 62))
    made = face_blend.pair(portrait, others, recipe, random)
    return [_seen(p, portrait.face, np.random.default_rng(seed)) for p in made]


def _seen(pixels: Rgb, face: Face, random: np.random.Generator) -> Rgb:
    """What the net sees in training: laundered, the box off by a little, mirrored, in other colours."""
    if random.random() < 0.85:
        pixels, face = washed(pixels, face, random, _LEAST)
    side = max(face.width, face.height) * float(random.uniform(0.92, 1.1))
    off = random.uniform(-0.05, 0.05, 2) * side
    x = face.x + face.width / 2 - side / 2 + off[0]
    y = face.y + face.height / 2 - side / 2 + off[1]
    cut = faces.cut(pixels, Face(float(x), float(y), side, side, 1.0), SIZE)
    if random.random() < 0.5:
        cut = np.ascontiguousarray(cut[:, ::-1])
    if random.random() < 0.5:
        cut = augment.colour(cut, random, 0.1, 0.25)
    return cut


def washed(pixels: Rgb, face: Face, random: np.random.Generator, least: int) -> tuple[Rgb, Face]:
    """Laundered, but never so that the face falls under `least` pixels; the face in the new pixels."""
    smallest = min(1.0, max(0.5, least / max(face.width, face.height)))
    done = launder.launder(pixels, random, smallest, 1.0)
    factor = len(done) / len(pixels)
    scaled = Face(face.x * factor, face.y * factor, face.width * factor, face.height * factor, face.score)
    return done, scaled


if __name__ == "__main__":
    for number in sys.argv[2:]:
        shard(sys.argv[1], int(number))
