"""Faces of the training pictures, cut out once, each with a mesh of 468 points.

The mesh (arXiv 1907.06724) is run here only: masks, warps and swaps are drawn by it. The application knows no mesh.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from touchstone.detect import faces
from touchstone.detect.faces import Face, Finder
from training import data, face_finder
from training.data import Item, Rgb

LEAST = 64  # pixels of a face in a view; the application asks for 80 of its larger picture
CONTEXT = 1.7  # side of what is kept, against the face: room to move the 1.3 that a net sees
GENERATED = "src49"
_MESH_SIDE, _MESH_MARGIN, _POINTS = 192, 1.5, 468

Points = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Portrait:
    """One face: `pixels` side x side x 3 around it, `points` 468 x 2 of its mesh and `face` in its pixels."""

    stem: str
    source: str
    split: str
    pixels: Rgb
    points: Points
    face: Face


class Mesh:
    """Lays the mesh over a face."""

    def __init__(self) -> None:
        self._net = face_finder.interpreter(face_finder.take(face_finder.MESH))

    def lay(self, pixels: Rgb, face: Face) -> Points | None:
        """468 x 2 in pixels, or nothing where there is no face after all."""
        right, left = np.reshape(face.points, (6, 2))[:2]
        turn = math.degrees(math.atan2(left[1] - right[1], left[0] - right[0]))
        middle = (face.x + face.width / 2, face.y + face.height / 2)
        scale = _MESH_SIDE / (_MESH_MARGIN * max(face.width, face.height))
        to_mesh = cv2.getRotationMatrix2D(middle, turn, scale)
        to_mesh[:, 2] += _MESH_SIDE / 2 - np.array(middle)
        warped = cv2.warpAffine(
            pixels, to_mesh, (_MESH_SIDE, _MESH_SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        told = {o.size: o for o in face_finder.run(self._net, warped.astype(np.float32)[None] / 255)}
        if told[1].item() <= 0:
            return None
        points = told[_POINTS * 3].reshape(_POINTS, 3)[:, :2]
        return cv2.transform(points[None], cv2.invertAffineTransform(to_mesh))[0].astype(np.float32)


def finder() -> Finder:
    """The finder that ships."""
    return Finder((data.ROOT / "resources" / "models" / "face-finder" / "model.onnx").read_bytes())


def cache() -> Path:
    """Where the portraits are kept."""
    return data.work() / "face" / "portraits.npz"


def _taken(item: Item) -> bool:
    return item.view is not None and (item.source == GENERATED or item.label == "real")


def _portraits(item: Item, find: Finder, mesh: Mesh) -> Iterator[Portrait]:
    assert item.view is not None  # noqa: S101 - `_taken`
    pixels = data.decode(item.view)
    for face in find.find(pixels, LEAST):
        around = faces.square(pixels, face, CONTEXT)
        left = round(face.x + face.width / 2) - len(around) // 2
        top = round(face.y + face.height / 2) - len(around) // 2
        points = tuple(v - (left, top)[i % 2] for i, v in enumerate(face.points))
        own = Face(face.x - left, face.y - top, face.width, face.height, face.score, points)
        laid = mesh.lay(around, own)
        if laid is not None:
            yield Portrait(item.stem, item.source, item.split, np.ascontiguousarray(around), laid, own)


def collect() -> list[Portrait]:
    """Find, cut and mesh all faces, or read them where that was done."""
    if not cache().exists():
        find, mesh = finder(), Mesh()
        found = [p for item in data.items() if _taken(item) for p in _portraits(item, find, mesh)]
        _save(cache(), found)
    return _load(cache())


def _save(path: Path, portraits: Iterable[Portrait]) -> None:
    kept: dict[str, Any] = {}
    for number, p in enumerate(portraits):
        box = [p.face.x, p.face.y, p.face.width, p.face.height, p.face.score, *p.face.points]
        kept |= {f"{number}.pixels": p.pixels, f"{number}.points": p.points, f"{number}.face": np.array(box)}
        kept[f"{number}.names"] = np.array([p.stem, p.source, p.split])
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part.npz")
    np.savez(partial, **kept)
    partial.replace(path)


def _load(path: Path) -> list[Portrait]:
    with np.load(path) as kept:
        found = []
        for number in range(len(kept.files) // 4):
            stem, source, split = (str(v) for v in kept[f"{number}.names"])
            box = [float(v) for v in kept[f"{number}.face"]]
            face = Face(*box[:5], points=tuple(box[5:]))
            found.append(
                Portrait(stem, source, split, kept[f"{number}.pixels"], kept[f"{number}.points"], face),
            )
    return found


def main() -> None:
    from collections import Counter

    print(Counter(p.source for p in collect()))


if __name__ == "__main__":
    main()
