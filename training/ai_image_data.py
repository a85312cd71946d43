"""Every view and pseudo-fake once through decoding, resizing and recompression, into files that training maps.

`python -m training.ai_image_data` makes what is missing. A *state* is what was done to the pixels: `clean`, or one of
several launderings, each drawn from seed, stem and number alone. *Strips* keep the picture's shape (at most 1.75 : 1)
for random cuts; *squares* are what the application would feed (`touchstone.detect.prepare.squares`).
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from touchstone.detect import prepare
from training import data, folds, launder, pseudo_files
from training.data import Item, Rgb

SIZE = 192  # of a square, in pixels
SQUARES = 3
STATES = ("clean", "laundered1")
EVALUATED = ("clean", "laundered0")  # the pixels of laundered0 are never trained on
_LONGEST = 1.75
_SEED = 20_261_127


@dataclass(frozen=True, slots=True)
class Picture:
    """A view, or the pseudo-fake made of one."""

    item: Item
    fold: int
    pseudo: bool

    @property
    def name(self) -> str:
        """Its key in the caches."""
        return f"{self.item.stem}{'-pseudo' if self.pseudo else ''}"

    @property
    def generated(self) -> bool:
        """Whether it counts as generated."""
        return self.pseudo or self.item.generated

    def pixels(self) -> Rgb:
        """The view, h x w x 3."""
        return data.decode(pseudo_files.path("view", self.item) if self.pseudo else self.item.view or self.item.crop)


def pictures(*, pseudos: bool = True) -> list[Picture]:
    """All views, then all pseudo-fakes that exist, in the order of the index."""
    found = [i for i in data.items() if i.view and i.label != "spliced"]
    views = [Picture(i, folds.fold(i), pseudo=False) for i in found]
    made = [Picture(i, folds.fold(i), pseudo=True) for i in found if not i.generated and pseudos]
    return views + [p for p in made if pseudo_files.path("view", p.item).exists()]


def state(pixels: Rgb, stem: str, name: str) -> Rgb:
    """The pixels as they are, or laundered; the same each time for the same stem and name."""
    if name == "clean":
        return pixels
    random = np.random.default_rng([_SEED, zlib.crc32(stem.encode()), int(name.removeprefix("laundered"))])
    return launder.launder(pixels, random)


def strip(pixels: Rgb) -> Rgb:
    """The middle of a picture, its short side brought to `SIZE`, the long one to at most 1.75 times that."""
    height, width = pixels.shape[:2]
    scale = SIZE / min(height, width)
    tall, wide = max(SIZE, round(height * scale)), max(SIZE, round(width * scale))
    fitting = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    pixels = np.asarray(cv2.resize(pixels, (wide, tall), interpolation=fitting), np.uint8)
    high, broad = min(tall, int(SIZE * _LONGEST)), min(wide, int(SIZE * _LONGEST))
    top, left = (tall - high) // 2, (wide - broad) // 2
    return pixels[top : top + high, left : left + broad]


class Cache:
    """Arrays under names, one after another in a file; more can be added at any time."""

    def __init__(self, path: Path, dtype: str = "uint8") -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._index, self._dtype = path, path.with_suffix(".jsonl"), np.dtype(dtype)
        self._places: dict[str, tuple[int, tuple[int, ...]]] = {}
        if self._index.exists():
            for line in self._index.read_text("utf-8").splitlines():
                name, start, shape = json.loads(line)
                self._places[name] = (start, tuple(shape))
        self._map = np.memmap(path, self._dtype, "r") if self._places else np.zeros(0, self._dtype)

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def __getitem__(self, name: str) -> np.ndarray:
        """The array of that name, not copied."""
        start, shape = self._places[name]
        return self._map[start : start + int(np.prod(shape))].reshape(shape)

    def add(self, arrays: Iterator[tuple[str, np.ndarray]]) -> None:
        """Append arrays; the line that says where one is comes last, so that a stop loses that one only."""
        places = [start + int(np.prod(shape)) for start, shape in self._places.values()]
        end = max(places, default=0)
        with self._path.open("r+b" if self._path.exists() else "w+b") as file, self._index.open("a") as index:
            file.truncate(end * self._dtype.itemsize)
            file.seek(0, 2)
            for name, array in arrays:
                file.write(np.ascontiguousarray(array, self._dtype).tobytes())
                file.flush()
                index.write(json.dumps([name, end, array.shape]) + "\n")
                index.flush()
                self._places[name] = (end, array.shape)
                end += array.size
        self._map = np.memmap(self._path, self._dtype, "r")


def strips(name: str) -> Cache:
    """The strips in a state."""
    return Cache(data.work() / "cache" / f"strips-{SIZE}-{name}.bin")


def squares(name: str) -> Cache:
    """The squares in a state, N x SIZE x SIZE x 3 for each picture."""
    return Cache(data.work() / "cache" / f"squares-{SIZE}-{name}.bin")


def fill(*, pseudos: bool = True) -> None:
    """Make what is missing of all states, the pictures that are judged first."""
    began, every = time.monotonic(), pictures(pseudos=pseudos)
    for name in EVALUATED:
        cache = squares(name)
        cache.add(
            (p.name, prepare.squares(state(p.pixels(), p.name, name), SIZE, SQUARES))
            for p in every
            if not p.pseudo and p.name not in cache
        )
        print(f"squares {name}: {time.monotonic() - began:.0f} s", flush=True)
    for name in STATES:
        cache = strips(name)
        cache.add((p.name, strip(state(p.pixels(), p.name, name))) for p in every if p.name not in cache)
        print(f"strips {name}: {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    fill()
