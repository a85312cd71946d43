"""What the detectors look at, cut from a picture or clip that is decoded already: arrays of fixed bounds.

Their shapes stand in `touchstone.detect.prepare`. A view is the whole picture by Lanczos to a short side of 288, as the
views that detectors are trained on; it is made from the detail where that is large enough, because one pass over twelve
megapixels costs as much as decoding a good part of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from touchstone.filefacts import CROP, DETAIL_PIXELS, DETAIL_SIDE, FRAME_LONG, FRAME_SHORT, VIEW_LONG, VIEW_SHORT
from touchstone.media import raster
from touchstone.media.pdq import TURNS

_LANCZOS, _HAMMING = Image.Resampling.LANCZOS, Image.Resampling.HAMMING
_ENOUGH = 1.5  # how much larger than the view the detail has to be for the view to be made from it
_NEAREST_FIRST = ((1, 1), (1, 0), (1, 2), (0, 1), (2, 1), (0, 0), (0, 2), (2, 0), (2, 2))


@dataclass(slots=True)
class Arrays:
    """`shapes` by name, heights before widths, and the bytes of each; `places` and `times` say where they come from."""

    shapes: dict[str, list[int]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    places: list[list[float]] = field(default_factory=list)  # of the crops: x, y, width, height as shares of the sides
    times: list[float] = field(default_factory=list)  # of the frames, in seconds

    def body(self) -> dict[str, Any]:
        """The part of a reply that describes the blobs."""
        return {"shapes": self.shapes, "places": self.places, "times": self.times}


def of_picture(flat: Image.Image, orientation: int) -> Arrays:
    """View, detail and crops of a picture without transparency (`raster.flatten`), turned as it is displayed."""
    turned = TURNS[orientation][0]
    shown = (flat.height, flat.width) if turned else flat.size
    small = _shrunk(flat, _within(flat.size, DETAIL_SIDE, DETAIL_PIXELS))
    found = Arrays()
    _keep(found, "detail", raster.turn(small, orientation))
    _keep(found, "view", raster.turn(_view(flat, small), orientation))
    boxes = _grid(*shown)
    cut = [raster.turn(flat.crop(_stored(box, flat.size, orientation)).convert("RGB"), orientation) for box in boxes]
    found.shapes["crops"] = [len(cut), cut[0].height, cut[0].width, 3]
    found.blobs["crops"] = b"".join(one.tobytes() for one in cut)
    width, height = shown
    found.places = [[x / width, y / height, (r - x) / width, (b - y) / height] for x, y, r, b in boxes]
    return found


def of_frames(samples: Sequence[tuple[float, NDArray[np.uint8]]]) -> Arrays:
    """The frames of a clip (times in seconds, h x w x 3 as displayed) at one size, that of the first."""
    found = Arrays()
    if not samples:
        return found
    height, width = samples[0][1].shape[:2]
    scale = min(1.0, FRAME_SHORT / min(height, width), FRAME_LONG / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    frames = [_fitted(frame, size) for _time, frame in samples]
    found.shapes["frames"] = [len(frames), size[1], size[0], 3]
    found.blobs["frames"] = b"".join(frame.tobytes() for frame in frames)
    found.times = [round(seconds, 3) for seconds, _frame in samples]
    return found


def _fitted(frame: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    if (frame.shape[1], frame.shape[0]) == size:
        return frame
    import cv2  # the reader of clips has loaded it; the reader of pictures starts sooner without

    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


def _keep(found: Arrays, name: str, picture: Image.Image) -> None:
    found.shapes[name] = [picture.height, picture.width, 3]
    found.blobs[name] = picture.tobytes()


def _within(size: tuple[int, int], side: int, pixels: int) -> tuple[int, int]:
    width, height = size
    scale = min(1.0, side / max(size), (pixels / (width * height)) ** 0.5)
    return max(1, int(width * scale)), max(1, int(height * scale))


def _shrunk(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Means of whole blocks of pixels first, as far as they go, then a short filter for the rest."""
    if size != image.size:
        image = image.resize(size, _HAMMING, reducing_gap=1.0)
    return image.convert("RGB")


def _view(flat: Image.Image, small: Image.Image) -> Image.Image:
    short = min(VIEW_SHORT, *flat.size)
    enough = small.size == flat.size or min(small.size) >= _ENOUGH * short
    source = small if enough else flat
    scale = short / min(source.size)
    longest = math.ceil(VIEW_LONG / scale)
    width, height = source.size
    left, top = max(0, (width - longest) // 2), max(0, (height - longest) // 2)
    box = (left, top, left + min(width, longest), top + min(height, longest))
    size = tuple(min(VIEW_LONG, max(1, round((box[i + 2] - box[i]) * scale))) for i in (0, 1))
    return source.resize((size[0], size[1]), _LANCZOS, box, reducing_gap=2.0).convert("RGB")


def _grid(width: int, height: int) -> list[tuple[int, int, int, int]]:
    """Boxes of up to nine crops, evenly over the picture, those nearest to its middle first."""
    columns, rows = _starts(width), _starts(height)
    wide, tall = min(CROP, width), min(CROP, height)
    across, down = _named(columns), _named(rows)
    return [
        (across[x], down[y], across[x] + wide, down[y] + tall) for y, x in _NEAREST_FIRST if x in across and y in down
    ]


def _starts(length: int) -> list[int]:
    count = min(3, max(1, -(-length // CROP)))
    over = max(0, length - CROP)
    return [over // 2] if count == 1 else [round(over * i / (count - 1)) for i in range(count)]


def _named(starts: list[int]) -> Mapping[int, int]:
    """Each start by its column or row among three: a single one is the middle, two are the outer ones."""
    names = {1: (1,), 2: (0, 2), 3: (0, 1, 2)}[len(starts)]
    return dict(zip(names, starts, strict=True))


def _stored(box: tuple[int, int, int, int], size: tuple[int, int], orientation: int) -> tuple[int, int, int, int]:
    """Where a box of the picture as displayed lies in the picture as stored, whose size is given."""
    left, top, right, bottom = box
    transposed, flip_rows, flip_columns = TURNS[orientation]
    if transposed:
        left, top, right, bottom = top, left, bottom, right
    if flip_columns:
        left, right = size[0] - right, size[0] - left
    if flip_rows:
        top, bottom = size[1] - bottom, size[1] - top
    return left, top, right, bottom
