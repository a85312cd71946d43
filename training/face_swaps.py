"""The swaps that nets are judged on, made another way than anything that they are trained on.

Another person's face of the same sources is warped triangle by triangle (or by one affine map) onto the mesh and merged
by Poisson cloning (or toned and laid in through the feathered oval of the face). The set is frozen: `face_swaps.json`
holds seed, stems, kinds and the SHA-256 of the pixels made; `frozen` refuses what differs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from scipy.spatial import Delaunay

from training import face_blend, face_data
from training.data import Rgb
from training.face_data import Points, Portrait

LIST = Path(__file__).with_suffix(".json")
KINDS = ("triangles+poisson", "triangles+feather", "affine+poisson", "affine+feather")
LARGEST = 160  # swaps of one source
_SEED = 84_031
_LEAST = 80  # pixels: what the application asks for
# The ring around the face in the order in which the mesh numbers it.
_OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)


@dataclass(frozen=True, slots=True)
class Swap:
    """A target's square with another face in it."""

    target: Portrait
    donor: str
    kind: str
    pixels: Rgb


def make(groups: Sequence[Sequence[str]]) -> Iterator[Swap]:
    """Swaps of the faces of each source, with donors from the sources of its group."""
    every = [p for p in face_data.collect() if p.face.width >= _LEAST]
    for group in groups:
        for source in group:
            targets = [p for p in every if p.source == source]
            donors = [p for p in every if p.source in group]
            random = np.random.default_rng([_SEED, *source.encode()])
            chosen = random.permutation(len(targets))[:LARGEST]
            for number, index in enumerate(sorted(int(i) for i in chosen)):
                yield _swap(targets[index], donors, KINDS[number % len(KINDS)], random)


def _swap(target: Portrait, donors: Sequence[Portrait], kind: str, random: np.random.Generator) -> Swap:
    donor = face_blend.alike(target, donors, random)
    warp, merge = kind.split("+")
    laid = (_triangles if warp == "triangles" else _affine)(donor, target)
    merged = (_poisson if merge == "poisson" else _feathered)(laid, target)
    return Swap(target, donor.stem, kind, merged)


def _triangles(donor: Portrait, target: Portrait) -> Rgb:
    """Each triangle of the mesh onto its place; nothing outside of it."""
    side = len(target.pixels)
    net = Delaunay(target.points)
    rows, columns = np.mgrid[:side, :side]
    at = np.column_stack([columns.ravel(), rows.ravel()]).astype(np.float64)
    found = net.find_simplex(at)
    inside = found >= 0
    base = net.transform[found[inside]]
    two = np.einsum("nij,nj->ni", base[:, :2], at[inside] - base[:, 2])
    shares = np.column_stack([two, 1 - two.sum(axis=1)])
    from_there = np.full((side * side, 2), -1, np.float32)
    from_there[inside] = np.einsum("ni,nij->nj", shares, donor.points[net.simplices[found[inside]]])
    maps = from_there.reshape(side, side, 2)
    warped = cv2.remap(donor.pixels, maps[..., 0], maps[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.where(inside.reshape(side, side, 1), np.asarray(warped, np.uint8), target.pixels)


def _affine(donor: Portrait, target: Portrait) -> Rgb:
    side = len(target.pixels)
    fit, _ = cv2.estimateAffine2D(donor.points, target.points, method=cv2.LMEDS)
    warped = cv2.warpAffine(donor.pixels, fit, (side, side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(warped, np.uint8)


def _oval(points: Points, side: int, shrink: float) -> Rgb:
    ring = points[list(_OVAL)]
    middle = ring.mean(axis=0)
    drawn = np.zeros((side, side), np.uint8)
    cv2.fillPoly(drawn, [np.rint(middle + (ring - middle) * shrink).astype(np.int32)], 255)
    return drawn


def _poisson(laid: Rgb, target: Portrait) -> Rgb:
    side = len(target.pixels)
    where = _oval(target.points, side, 0.9)
    where[[0, -1]] = where[:, [0, -1]] = 0
    left, top, width, height = cv2.boundingRect(where)
    middle = (left + width // 2, top + height // 2)
    return np.asarray(cv2.seamlessClone(laid, target.pixels, where, middle, cv2.NORMAL_CLONE), np.uint8)


def _feathered(laid: Rgb, target: Portrait) -> Rgb:
    toned = face_blend.toned(laid, target.pixels, target.points)
    where = _oval(target.points, len(target.pixels), 0.88).astype(np.float32) / 255
    soft = cv2.GaussianBlur(where, (0, 0), 0.03 * target.face.width)[..., None]
    return np.asarray(toned * soft + target.pixels * (1 - soft) + 0.5, np.uint8)


def _listed(swaps: Sequence[Swap]) -> dict[str, Any]:
    whole = hashlib.sha256(b"".join(s.pixels.tobytes() for s in swaps)).hexdigest()
    rows = [[s.target.source, s.target.stem, s.donor, s.kind] for s in swaps]
    return {"schema": "touchstone.face-swaps/1", "seed": _SEED, "sha256": whole, "swaps": rows}


def frozen(groups: Sequence[Sequence[str]]) -> list[Swap]:
    """The swaps, the same as ever.

    Raises:
        ValueError: they are not those that were frozen.
    """
    swaps = list(make(groups))
    listed = _listed(swaps)
    if not LIST.exists():
        rows = ",\n    ".join(map(partial(json.dumps), listed["swaps"]))
        head = json.dumps({k: v for k, v in listed.items() if k != "swaps"}, indent=2)[:-2]
        LIST.write_text(f'{head},\n  "swaps": [\n    {rows}\n  ]\n}}\n', encoding="utf-8")
    if json.loads(LIST.read_text(encoding="utf-8")) != listed:
        raise ValueError("these are not the frozen swaps")
    return swaps
