"""From the arrays that a pixels worker cut to what a model is fed. Training uses these same functions.

The arrays, all of them uint8 and red first:

view    h x w x 3: the whole picture, short side 288 (less where it is smaller), long side cut to 640 at the middle
detail  h x w x 3: the whole picture at its own size, or brought down to 1,048,576 pixels and 1280 a side at the most
crops   N x 192 x 192 x 3: up to nine squares cut at native resolution
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from touchstone.modelfile import Input

VERSION = "1"
VIEW_SHORT, VIEW_LONG = 288, 640
CROP, CROPS = 192, 9
DETAIL_SIDE, DETAIL_PIXELS = 1280, 1 << 20

Rgb = NDArray[np.uint8]
Batch = NDArray[np.float32]


def squares(view: Rgb, size: int, count: int) -> Rgb:
    """Up to `count` squares, N x size x size x 3, evenly along the picture, its short side brought to `size`."""
    height, width = view.shape[:2]
    scale = size / min(height, width)
    tall, wide = max(size, round(height * scale)), max(size, round(width * scale))
    if (tall, wide) != (height, width):
        fitting = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        view = np.asarray(cv2.resize(view, (wide, tall), interpolation=fitting), np.uint8)
    over = max(tall, wide) - size
    number = min(count, 1 + -(-over // size))
    starts = [over // 2] if number == 1 else [round(over * i / (number - 1)) for i in range(number)]
    if wide >= tall:
        return np.stack([view[:size, s : s + size] for s in starts])
    return np.stack([view[s : s + size, :size] for s in starts])


def crops(cut: Rgb, size: int, count: int) -> Rgb:
    """The middle `size` pixels of up to `count` crops, N x size x size x 3; what is smaller is mirrored outward."""
    cut = cut[:count]
    height, width = cut.shape[1:3]
    if height < size or width < size:
        up, left = max(0, size - height), max(0, size - width)
        pads = ((0, 0), (up // 2, up - up // 2), (left // 2, left - left // 2), (0, 0))
        cut = np.pad(cut, pads, mode="symmetric")
        height, width = cut.shape[1:3]
    top, start = (height - size) // 2, (width - size) // 2
    return cut[:, top : top + size, start : start + size]


def detail(whole: Rgb, multiple: int) -> Rgb:
    """The detail, 1 x H x W x 3, mirrored at its right and lower edge until both sides are multiples of `multiple`."""
    height, width = whole.shape[:2]
    pads = ((0, -height % multiple), (0, -width % multiple), (0, 0))
    return np.pad(whole, pads, mode="symmetric")[None]


def normalised(batch: Rgb, given: Input) -> Batch:
    """N x H x W x 3 pixels as the N x 3 x H x W floats that the manifest asks for."""
    planes = np.ascontiguousarray(batch.transpose(0, 3, 1, 2))  # while it is small
    scaled = np.multiply(planes, np.float32(1 / 255), dtype=np.float32)
    if any(given.mean):
        scaled -= np.asarray(given.mean, np.float32)[:, None, None]
    if any(one != 1 for one in given.std):
        scaled /= np.asarray(given.std, np.float32)[:, None, None]
    return scaled
