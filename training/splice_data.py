"""Pictures for the splice map: patches made once and kept in `work()/splice`, whole spliced frames, and the halves.

Two halves of the sources, each made of whole folds, so that every picture can be scored by a net that saw none of its
source.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training import data, splice_make
from training.data import Item, Rgb
from training.folds import fold
from training.splice_make import SIDE, Mask, Picture

PATCHES = {"0": 4000, "1": 900, "own": 200}  # of each half, and own splices to choose the limit on
HONEST = 24  # untouched pictures a source, as they are
KEPT = 48  # spliced frames of train never trained on
CHECKED_ON = ("src04", "src05")  # sources of dev: own splices for choosing are made of these
SEED = 20_261_128
_WHOLE_SHARE = 0.6


def half(item: Item) -> int:
    """Which half of the sources a picture belongs to."""
    return fold(item) % 2


def folder() -> Path:
    """Where patches and nets are kept."""
    path = data.work() / "splice"
    path.mkdir(parents=True, exist_ok=True)
    return path


@dataclass(frozen=True, slots=True)
class Patches:
    """N x SIDE x SIDE x 3 pixels and N x SIDE x SIDE masks (0 or 255)."""

    pixels: NDArray[np.uint8]
    masks: NDArray[np.uint8]


def patches(name: str) -> Patches:
    """The patches of a half ("0", "1") or those to choose on ("own")."""
    return Patches(*(np.load(folder() / f"{name}.{kind}.npy", mmap_mode="r") for kind in ("pixels", "masks")))


def make(name: str) -> None:
    """Make the patches of this name, if they are not there."""
    if (folder() / f"{name}.masks.npy").exists():
        return
    if name == "own":
        chosen = [i for i in data.items(split="dev", label="real") if i.source in CHECKED_ON]
    else:
        chosen = [i for i in data.items(split="train", label="real") if half(i) == int(name)]
    count = PATCHES[name]
    random = np.random.default_rng([SEED, zlib.crc32(name.encode())])
    pictures, pool = _pool(chosen), np.zeros((0,), np.int64)
    sizes = {s: sum(1 for p in pictures if p[0] == s) for s in {p[0] for p in pictures}}
    weights = np.array([sizes[s] ** -0.5 * (3 if s == "src06" else 1) for s, _ in pictures])
    pixels = np.zeros((count, SIDE, SIDE, 3), np.uint8)
    masks = np.zeros((count, SIDE, SIDE), np.uint8)
    for index in range(count):
        if index % 50 == 0:
            pool = random.choice(len(pictures), 200, p=weights / weights.sum())
        some = [pictures[i][1] for i in random.choice(pool, 6)]
        pixels[index], masks[index] = splice_make.patch(some, random, spliced=bool(random.random() < _WHOLE_SHARE))
    np.save(folder() / f"{name}.pixels.npy", pixels)
    np.save(folder() / f"{name}.masks.npy", masks)


def _pool(chosen: Iterable[Item]) -> list[tuple[str, Picture]]:
    found = []
    for item in chosen:
        crop = data.decode(item.crop)
        if min(crop.shape[:2]) >= 96:
            found.append((item.source, Picture(crop, item.crop.suffix == ".jpg")))
        if item.view:
            found.append((item.source, Picture(data.decode(item.view), native=False)))
    return found


def honest(halves: Iterable[int], least: int) -> list[Rgb]:
    """Untouched pictures of train, whole views and crops, neither resized nor saved again; short side at the least."""
    counts: dict[tuple[str, str], int] = {}
    found = []
    for item in sorted(data.items(split="train", label="real"), key=lambda i: i.stem):
        for kind, path in (("view", item.view), ("crop", item.crop)):
            seen = counts.get((item.source, kind), 0)
            if path is not None and half(item) in halves and seen < HONEST:
                pixels = data.decode(path)
                if min(pixels.shape[:2]) >= least:
                    counts[item.source, kind] = seen + 1
                    found.append(pixels)
    return found


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole spliced picture and its mask."""

    item: Item
    pixels: Rgb
    mask: Mask


@cache
def frames(split: str) -> tuple[Frame, ...]:
    """The spliced pictures that have a mask, whole."""
    found = []
    for item in data.items(split=split, label="spliced"):
        if item.full and item.mask:
            mask = cv2.imread(str(item.mask), cv2.IMREAD_GRAYSCALE)
            if mask is None:
                raise ValueError(f"no mask: {item.stem}")
            found.append(Frame(item, data.decode(item.full), (np.asarray(mask) > 0).astype(np.uint8) * np.uint8(255)))
    return tuple(found)


def apart(found: Iterable[Frame]) -> tuple[list[Frame], list[Frame]]:
    """Frames to train on, and those kept for choosing."""
    ordered = sorted(found, key=lambda f: zlib.crc32(f.item.stem.encode()))
    return ordered[KEPT:], ordered[:KEPT]


if __name__ == "__main__":
    for wanted in sys.argv[1:] or ("0", "1", "own"):
        make(wanted)
