"""What the frozen front of Lite0 gives for every strip and square, once; and what galleries show, told from it.

`python -m training.ai_image_fronts` makes what is missing. Laundered strips are brought to a longer short side first,
and half of all are mirrored, so that windows differ in scale and side.
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch

from training import ai_image_data, data
from training.ai_image_data import EVALUATED, SIZE, STATES, Cache, Picture, pictures
from training.data import PHOTOGRAPHIC, Rgb
from training.net import Lite0, normalised, packaged

_LONGER = {"laundered1": 216}
TAGS = ("photo", "face", "other")


def strips(name: str) -> Cache:
    """Of the strips in a state: 40 x SIZE/8 x more, half floats."""
    return Cache(data.work() / "cache" / f"front-strips-{SIZE}-{name}.bin", "float16")


def squares(name: str) -> Cache:
    """Of the squares in a state: N x 40 x SIZE/8 x SIZE/8, half floats."""
    return Cache(data.work() / "cache" / f"front-squares-{SIZE}-{name}.bin", "float16")


def features() -> Cache:
    """What the ImageNet weights make of the clean squares, the mean over them: FEATURES each."""
    return Cache(data.work() / "cache" / f"imagenet-{SIZE}.bin", "float32")


def prepared(pixels: Rgb, name: str, stem: str) -> Rgb:
    """A strip at the scale that its state is given, mirrored or not by its name, its sides multiples of 8."""
    if name in _LONGER:
        factor = _LONGER[name] / min(pixels.shape[:2])
        pixels = np.asarray(cv2.resize(pixels, None, fx=factor, fy=factor), np.uint8)
    height, width = (side // 8 * 8 for side in pixels.shape[:2])
    pixels = pixels[:height, :width]
    return pixels[:, ::-1] if zlib.crc32(f"{stem} {name}".encode()) & 1 else pixels


@torch.inference_mode()
def fill(*, pseudos: bool = True) -> None:
    """Make what is missing."""
    torch.set_num_threads(1)
    trunk, began = Lite0(packaged()).eval().to(memory_format=torch.channels_last), time.monotonic()
    every = pictures(pseudos=pseudos)

    def made(cache: Cache, source: Cache, name: str | None) -> Iterator[tuple[str, np.ndarray]]:
        for picture in every:
            if picture.name in source and picture.name not in cache:
                pixels = source[picture.name]
                x = torch.from_numpy(np.array(pixels if name is None else prepared(pixels, name, picture.name)[None]))
                y = trunk.front(normalised(x))
                yield picture.name, (y if name is None else y[0]).half().numpy()

    def pooled(cache: Cache, fronts: Cache) -> Iterator[tuple[str, np.ndarray]]:
        for picture in every:
            if picture.name in fronts and picture.name not in cache:
                x = torch.from_numpy(fronts[picture.name].astype(np.float32))
                yield picture.name, trunk.back(x.contiguous(memory_format=torch.channels_last)).mean((0, 2, 3)).numpy()

    for name in EVALUATED:
        cache = squares(name)
        cache.add(made(cache, ai_image_data.squares(name), None))
        print(f"front of squares {name}: {time.monotonic() - began:.0f} s", flush=True)
        if name == "clean":
            found = features()
            found.add(pooled(found, cache))
            print(f"ImageNet features: {time.monotonic() - began:.0f} s", flush=True)
    for name in STATES:
        cache = strips(name)
        cache.add(made(cache, ai_image_data.strips(name), name))
        print(f"front of strips {name}: {time.monotonic() - began:.0f} s", flush=True)


def _known(content: str) -> str:
    return content if content in PHOTOGRAPHIC else "" if content == "gallery" else "other"


def tags() -> dict[str, str]:
    """What each picture with a view shows: photo, face or other (screens, posters, art, renders), by stem.

    Known from the index but for galleries: there a linear classifier on frozen ImageNet features tells, trained on the
    others, each content weighing the same. Kept in the work folder.
    """
    kept = data.work() / "tags.json"
    if kept.exists():
        found: dict[str, str] = json.loads(kept.read_text("utf-8"))
        return found
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    frozen, views = features(), pictures(pseudos=False)
    x = np.stack([frozen[p.name] for p in views])
    y = np.array([_known(p.item.content) for p in views])
    chosen = (y != "") & ~np.array([p.generated and p.item.source != "src49" for p in views])
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.003, max_iter=300, class_weight="balanced"))
    told = classifier.fit(x[chosen], y[chosen]).predict(x)
    found = {p.item.stem: str(known or guess) for p, known, guess in zip(views, y, told, strict=True)}
    _save(kept, found)
    return found


def _save(path: Path, found: dict[str, str]) -> None:
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(found), "utf-8")
    partial.replace(path)


def tag(picture: Picture, known: dict[str, str]) -> str:
    """What a picture shows; a pseudo-fake shows what its original shows."""
    return known[picture.item.stem]


if __name__ == "__main__":
    fill()
    counts: dict[tuple[str, str], int] = {}
    for found in pictures(pseudos=False):
        key = (found.item.source, tags()[found.item.stem])
        counts[key] = counts.get(key, 0) + found.generated
    print({k: v for k, v in sorted(counts.items()) if v})
