"""Finds faces in a picture and cuts them out for a detector.

A small convolutional network (BlazeFace, arXiv 1907.05047, in its full-range form) is laid over the whole picture at
several scales; what several of its anchors say about one face is blended, as the paper does in place of suppression.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from touchstone.detect.prepare import Rgb

LEAST = 80  # pixels of the detail, on the longer side of a face's box
MOST = 16  # faces a picture, the largest first
MARGIN = 1.3  # side of the square that is cut, against the longer side of the box
SCALES = (96, 192, 480)  # the long side of the picture at each look, pixels: large faces are found when small
SCORE = 0.6  # training/RESULTS-face.md tells what others find
OVERLAP = 0.3  # of two boxes that mean one face: intersection over union
STRIDE, _MULTIPLE = 4, 32  # between anchors; what the network's sides must be multiples of
_CANDIDATES = 1024  # the best that are looked at: hundreds of faces give thousands
_LIMIT = 4.0  # no box is larger than the picture this many times
_FAR = 1e5  # pixels from an anchor

Boxes = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Face:
    """A face: its box (brow to chin) in pixels of the picture, which it may reach beyond, and how sure the finder is.

    `points` are x, y of eyes, nose, mouth and ears, twelve numbers, as the network names them.
    """

    x: float
    y: float
    width: float
    height: float
    score: float
    points: tuple[float, ...] = ()


class Finder:
    """The network, loaded once.

    Raises:
        Exception: `model` is no ONNX file that the runtime takes.
    """

    def __init__(self, model: bytes, threads: int = 1) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        options.enable_cpu_mem_arena = False  # sizes vary: the arena would keep the largest of each
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def find(self, detail: Rgb, least: float = LEAST) -> list[Face]:
        """Faces of `least` pixels and more in a picture h x w x 3, at most `MOST`, largest first."""
        height, width = detail.shape[:2]
        if max(height, width) < least:
            return []
        looks, seen = [], set()
        for side in SCALES:
            scale = min(1.0, side / max(height, width))
            if scale not in seen:
                seen.add(scale)
                looks.append(self._look(detail, scale))
        rows = sensible(np.concatenate(looks), width, height, least)
        return largest(blend(rows, OVERLAP), width, height, least)

    def _look(self, detail: Rgb, scale: float) -> Boxes:
        """Rows of score, left, top, right, bottom and twelve numbers of points, in pixels of the picture."""
        height, width = (max(1, round(side * scale)) for side in detail.shape[:2])
        small = detail
        if (height, width) != detail.shape[:2]:
            small = np.asarray(cv2.resize(detail, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        tall, wide = (-(-side // _MULTIPLE) * _MULTIPLE for side in (height, width))
        pixels = np.zeros((1, 3, tall, wide), np.float32)
        pixels[0, :, :height, :width] = np.multiply(small.transpose(2, 0, 1), np.float32(1 / 255), dtype=np.float32)
        boxes, scores = self._session.run(["boxes", "scores"], {"pixels": pixels})
        ratio = np.array([detail.shape[1] / width, detail.shape[0] / height])
        return _decoded(boxes[0], scores[0, :, 0], wide // STRIDE, ratio)


def _decoded(boxes: NDArray[np.float32], scores: NDArray[np.float32], across: int, ratio: Boxes) -> Boxes:
    """Anchors stand at the middle of each cell; everything is told in pixels from there."""
    told = np.clip(boxes.astype(np.float64), -_FAR, _FAR)  # what is not a number stays so, and is left out
    sure = 1 / (1 + np.exp(-np.clip(scores.astype(np.float64), -80, 80)))
    (kept,) = np.nonzero((sure >= SCORE) & np.isfinite(told).all(axis=1))
    anchors = np.stack([kept % across, kept // across], 1) * float(STRIDE) + STRIDE / 2
    told = told[kept].reshape(len(kept), 8, 2)
    middle, half = (told[:, 0] + anchors) * ratio, told[:, 1] * ratio / 2
    points = (told[:, 2:] + anchors[:, None]) * ratio
    return np.column_stack([sure[kept], middle - half, middle + half, points.reshape(len(kept), 12)])


def sensible(rows: Boxes, width: int, height: int, least: float = LEAST) -> Boxes:
    """The surest rows that are boxes of some size on a picture of this size: numbers, and not beyond all bounds."""
    rows = rows[np.isfinite(rows).all(axis=1)]
    size = rows[:, 3:5] - rows[:, 1:3]
    inside = (rows[:, 3:5] > 0).all(axis=1) & (rows[:, 1] < width) & (rows[:, 2] < height)
    side = size.max(axis=1)  # some of a group may fall short of what they come to together
    fits = (size > 0).all(axis=1) & (side >= least * 0.8) & (side <= _LIMIT * max(width, height))
    rows = rows[inside & fits]
    return rows[np.argsort(-rows[:, 0], kind="stable")[:_CANDIDATES]]


def blend(rows: Boxes, overlap: float) -> Boxes:
    """One row for each group of boxes that overlap the surest of them: their mean, weighted by score.

    Args:
        rows: score, left, top, right, bottom and whatever else is averaged, in any order.
        overlap: intersection over union from which two boxes mean one thing, above 0.

    Returns:
        The blended rows, the surest first; each has the score of its group's surest.
    """
    left = rows[np.argsort(-rows[:, 0], kind="stable")]
    made = []
    while len(left):
        same = intersection_over_union(left[0, 1:5], left[:, 1:5]) >= overlap
        same[0] = True
        group = left[same]
        weights = np.maximum(group[:, 0], 1e-9)
        made.append(np.concatenate([group[:1, 0], weights @ group[:, 1:] / weights.sum()]))
        left = left[~same]
    return np.stack(made) if made else rows[:0]


def intersection_over_union(box: Boxes, boxes: Boxes) -> Boxes:
    """How much each of `boxes` (N x 4: left, top, right, bottom) is the same as `box`, 0 to 1."""
    shared = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    common = np.maximum(shared, 0).prod(axis=1)
    every = (box[2:] - box[:2]).prod() + (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) - common
    return np.asarray(common / np.maximum(every, 1e-12))


def largest(rows: Boxes, width: int, height: int, least: float = LEAST) -> list[Face]:
    """The largest `MOST` faces of at least `least` pixels, the middle of each on the picture."""
    made = []
    for row in rows:
        score, left, top, right, bottom = (float(v) for v in row[:5])
        middle = 0 <= (left + right) / 2 < width and 0 <= (top + bottom) / 2 < height
        if middle and max(right - left, bottom - top) >= least:
            points = tuple(float(v) for v in row[5:])
            made.append(Face(left, top, right - left, bottom - top, score, points))
    return sorted(made, key=lambda f: -f.width * f.height)[:MOST]


def cut(detail: Rgb, face: Face, size: int) -> Rgb:
    """The square of `MARGIN` times the face, size x size x 3; beyond the picture's border it is mirrored."""
    return fitted(square(detail, face), size)


def fitted(found: Rgb, size: int) -> Rgb:
    """A square brought to size x size x 3."""
    fitting = cv2.INTER_AREA if len(found) > size else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(found, (size, size), interpolation=fitting), np.uint8)


def square(detail: Rgb, face: Face, margin: float = MARGIN) -> Rgb:
    """The square of `margin` times the longer side of a face around its middle, as large as it is there."""
    height, width = detail.shape[:2]
    most = _LIMIT * max(height, width)
    side = max(1, round(margin * min(most, max(face.width, face.height))))
    left = round(min(max(face.x + face.width / 2, 0.0), width)) - side // 2
    top = round(min(max(face.y + face.height / 2, 0.0), height)) - side // 2
    columns = _mirrored(np.arange(left, left + side), width)
    rows = _mirrored(np.arange(top, top + side), height)
    return detail[np.ix_(rows, columns)]


def _mirrored(at: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Places on an endless row of mirrors of `length`, brought back to the row itself."""
    folded = at % (2 * length)
    return np.where(folded < length, folded, 2 * length - 1 - folded)
