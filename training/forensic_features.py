"""Features of every picture as it is and after several draws of laundering, kept in `work()/features`.

`python -m training.forensic_features KIND DRAW...` computes what is missing. KIND is view, crop, pseudo-view or
pseudo-crop; draw 0 is the picture as it is, draw 1 the one that all
witnesses are judged on. A pseudo-fake is laundered as the picture it was made of.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from touchstone.detect import features
from training import ai_image_data, data, pseudo
from training.data import Item, Rgb

KINDS = ("view", "crop", "pseudo-view", "pseudo-crop")
_MIDDLE = 176  # px of a crop: its outer pixels lie on its file's block grid
_SAVE_EVERY = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Table:
    """Features of one kind and draw: row i belongs to `stems[i]`."""

    stems: tuple[str, ...]
    values: NDArray[np.float32]  # N x features

    def rows(self) -> dict[str, NDArray[np.float32]]:
        """The features by stem."""
        return dict(zip(self.stems, self.values, strict=True))


def path(kind: str, draw: int) -> Path:
    """The file of a table; the version of the features is part of its name."""
    return data.work() / "features" / f"{kind}-{draw}-v{features.VERSION}.npz"


def load(kind: str, draw: int) -> Table:
    """What has been computed, perhaps nothing."""
    file = path(kind, draw)
    if not file.exists():
        return Table((), np.zeros((0, len(features.NAMES)), np.float32))
    with np.load(file) as held:
        return Table(tuple(str(s) for s in held["stems"]), held["values"])


def source(item: Item, kind: str) -> Path | None:
    """The file that features of this kind are taken from, if there is one."""
    if kind.startswith("pseudo-"):
        made = pseudo.path(kind.removeprefix("pseudo-"), item)
        return made if item.label == "real" and made.exists() else None
    return item.view if kind == "view" else item.crop


def drawn(pixels: Rgb, kind: str, stem: str, draw: int) -> Rgb:
    """The picture as this draw has it; draw 0 leaves it as it is."""
    if kind.endswith("crop"):
        top, left = (max(0, side - _MIDDLE) // 2 for side in pixels.shape[:2])
        pixels = pixels[top : top + _MIDDLE, left : left + _MIDDLE]
    return ai_image_data.state(pixels, stem, f"laundered{draw - 1}" if draw else "clean")


def extend(kind: str, draw: int, seconds: float) -> bool:
    """Compute what is missing, for so long at the most. Returns whether nothing is missing any more."""
    held = load(kind, draw)
    known = set(held.stems)
    wanted = [(i, f) for i in data.items() if i.label != "spliced" and (f := source(i, kind)) and i.stem not in known]
    stems, rows = list(held.stems), list(held.values)
    began = saved = time.monotonic()
    for done, (item, file) in enumerate(wanted, 1):
        rows.append(features.features(drawn(data.decode(file), kind, item.stem, draw)))
        stems.append(item.stem)
        now = time.monotonic()
        over = now - began > seconds
        if over or done == len(wanted) or now - saved > _SAVE_EVERY:
            _save(kind, draw, stems, rows)
            saved = now
            print(f"{kind} {draw}: {done} of {len(wanted)}, {now - began:.0f} s", flush=True)
        if over:
            return done == len(wanted)
    return True


def _save(kind: str, draw: int, stems: list[str], rows: list[NDArray[np.float32]]) -> None:
    file = path(kind, draw)
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".part.npz")
    np.savez(partial, stems=np.array(stems), values=np.array(rows, np.float32))
    partial.replace(file)


def main(kind: str, draws: list[int], seconds: float = 660.0) -> None:
    """Extend the tables of one kind, one after the other, within a time."""
    cv2.setNumThreads(1)
    began = time.monotonic()
    for draw in draws:
        left = seconds - (time.monotonic() - began)
        if left <= 0 or not extend(kind, draw, left):
            print(f"{kind}: time is up at draw {draw}; run again to go on", flush=True)
            return


if __name__ == "__main__":
    main(sys.argv[1], [int(d) for d in sys.argv[2:]])
