"""What the face witness says of whole real pictures: found, cut and scored as the application does it.

`work()/oof/face.csv` has every real picture, clean and laundered; the logit of those without a face is empty, for
nothing can be said of them. It is the highest of a picture's faces, by a net that saw nothing of its source.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
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
    """The faces of a picture in one state, the largest first: squares as large as they are there."""

    item: Item
    laundered: int
    squares: tuple[Rgb, ...]


def cuts() -> list[Cuts]:
    """Every real picture in both states; of some there is but a small part at its own size, which is looked at then."""
    path, items = data.work() / "face" / "pictures.npz", data.items(label="real")
    if not path.exists():
        kept = {f"{c.item.stem} {c.laundered} {n}": s for c in _found(items) for n, s in enumerate(c.squares)}
        np.savez(path, **kept)
    squares: dict[tuple[str, int], list[Rgb]] = defaultdict(list)
    with np.load(path) as kept_before:
        for name in kept_before.files:
            stem, laundered, _ = name.split()
            squares[stem, int(laundered)].append(kept_before[name])
    return [Cuts(i, k, tuple(squares[i.stem, k])) for i in items for k in (0, 1)]


def _found(items: Sequence[Item]) -> Iterator[Cuts]:
    find, known = face_data.finder(), defaultdict(list)
    for portrait in face_data.collect():
        known[portrait.stem].append(portrait)
    for item in items:
        large = [p for p in known[item.stem] if p.face.width >= faces.LEAST]
        clean = tuple(faces.square(p.pixels, p.face) for p in large[: faces.MOST])
        if item.view is None:
            pixels = data.decode(item.crop)
            clean = tuple(faces.square(pixels, face) for face in find.find(pixels))
        laundered: tuple[Rgb, ...] = ()
        if clean:  # laundering makes faces smaller, never more
            pixels = launder.launder(data.decode(item.view or item.crop), np.random.default_rng(int(item.stem, 16)))
            laundered = tuple(faces.square(pixels, face) for face in find.find(pixels))
        yield from (Cuts(item, 0, clean), Cuts(item, 1, laundered))


def write(path: Path, size: int, score: Callable[[Item], Score]) -> dict[str, tuple[int, int]]:
    """Write the table; the number of pictures with a face, and of all, by source (clean)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    counts: dict[str, tuple[int, int]] = {}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for c in cuts():
            i = c.item
            logit = f"{max(score(i)([faces.fitted(s, size) for s in c.squares])):.4f}" if c.squares else ""
            kept = (i.stem, i.source, i.split, i.label, i.generator, i.content, folds.fold(i), c.laundered, logit, "")
            writer.writerow(kept)
            if not c.laundered:
                seen, all_of_them = counts.get(i.source, (0, 0))
                counts[i.source] = (seen + bool(c.squares), all_of_them + 1)
    return counts
