"""What the face witness says of whole real pictures: found, cut and scored as the application does it.

`work()/oof/face.csv` has every real picture, clean and laundered; the logit of those without a face is empty, for
nothing can be said of them. It is the highest of a picture's faces, by a net that saw nothing of its source.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from touchstone.detect import faces
from training import data, face_data, folds, launder
from training.data import Item, Rgb

Score = Callable[[Sequence[Rgb]], Sequence[float]]
COLUMNS = ("stem", "source", "split", "label", "generator", "content", "fold", "laundered", "logit", "distance")


@dataclass(frozen=True, slots=True)
class Cuts:
    """The faces of a picture in one state, the largest first, `size` x `size` each."""

    item: Item
    laundered: int
    squares: tuple[Rgb, ...]


def cuts(size: int) -> list[Cuts]:
    """Every real picture in both states; of some there is but a small part at its own size, which is looked at then."""
    find = face_data.finder()
    promising = {p.stem for p in face_data.collect()}  # of the views, those with a face of 64 pixels
    found = []
    for item in data.items(label="real"):
        for laundered in (0, 1):
            squares: tuple[Rgb, ...] = ()
            if item.view is None or item.stem in promising:
                pixels = data.decode(item.view or item.crop)
                if laundered:
                    pixels = launder.launder(pixels, np.random.default_rng(int(item.stem, 16)))
                squares = tuple(faces.cut(pixels, face, size) for face in find.find(pixels))
            found.append(Cuts(item, laundered, squares))
    return found


def write(path: Path, every: Sequence[Cuts], score: Callable[[Item], Score]) -> dict[str, tuple[int, int]]:
    """Write the table; the number of pictures with a face, and of all, by source (clean)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    counts: dict[str, tuple[int, int]] = {}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for c in every:
            i = c.item
            logit = f"{max(score(i)(c.squares)):.4f}" if c.squares else ""
            kept = (i.stem, i.source, i.split, i.label, i.generator, i.content, folds.fold(i), c.laundered, logit, "")
            writer.writerow(kept)
            if not c.laundered:
                seen, all_of_them = counts.get(i.source, (0, 0))
                counts[i.source] = (seen + bool(c.squares), all_of_them + 1)
    return counts
