"""What training may see of a picture: its pixels, its labels, its source. Nothing of the file that held it.

An `Item` has no size, format, quality or file name of the original, and `decode` strips whatever the file carries, so
that no such thing can become a cue. `training.launder` then gives every class the same recompression.
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
PHOTOGRAPHIC = frozenset({"photo", "face"})

Rgb = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Item:
    """One original. Files of it: `crop` (192 px at native resolution), `view` (short side 288), `full` and `mask`."""

    stem: str  # first 16 hex digits of the original's SHA-256
    sha256: str
    split: str  # train | dev
    label: str  # real | ai-generated | spliced
    generator: str
    source: str
    content: str
    crop: Path
    view: Path | None
    mask: Path | None
    full: Path | None

    @property
    def generated(self) -> bool:
        """Whether a generator made the whole image."""
        return self.label == "ai-generated"


def folder() -> Path:
    """The folder of the training data: `TOUCHSTONE_DATA`, else `shared/data` beside the repository."""
    return Path(os.environ.get("TOUCHSTONE_DATA") or ROOT.parent / "shared" / "data")


def work() -> Path:
    """Where training keeps what it makes on the way (caches, checkpoints, scores): `TOUCHSTONE_WORK`, else build/."""
    return Path(os.environ.get("TOUCHSTONE_WORK") or ROOT / "build" / "training")


def items(*, split: str | None = None, label: str | None = None) -> list[Item]:
    """The originals of the index, in its order.

    Raises:
        FileNotFoundError: the training data is not there.
    """
    base = folder() / "images"
    with (base / "index.csv").open(newline="", encoding="utf-8") as file:
        found = [_item(base, row) for row in csv.DictReader(file)]
    return [i for i in found if split in (None, i.split) and label in (None, i.label)]


def _item(base: Path, row: dict[str, str]) -> Item:
    crop = base / row["crop_file"]
    full = crop.with_name(f"{row['stem']}.full.jpg")
    return Item(
        stem=row["stem"],
        sha256=row["orig_sha256"],
        split=row["split"],
        label=row["label"],
        generator=row["generator"],
        source=row["source"],
        content=row["content"],
        crop=crop,
        view=base / row["view_file"] if row["view_file"] else None,
        mask=base / row["mask_file"] if row["mask_file"] else None,
        full=full if row["label"] == "spliced" and full.exists() else None,
    )


def decode(path: Path) -> Rgb:
    """The pixels of a file, height x width x 3, red first.

    Raises:
        ValueError: the file is no picture.
    """
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        raise ValueError(f"no picture: {path}")
    return np.ascontiguousarray(pixels[..., ::-1])
