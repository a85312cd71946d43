"""The same resizing and recompression for every class, so that none of it tells the classes apart."""

from __future__ import annotations

import cv2
import numpy as np

from training.data import Rgb

LEAST_QUALITY, MOST_QUALITY = 60, 95


def recompress(pixels: Rgb, random: np.random.Generator) -> Rgb:
    """Through JPEG or WebP at a random quality, 60 to 95."""
    quality = int(random.integers(LEAST_QUALITY, MOST_QUALITY + 1))
    if random.random() < 0.5:
        coded = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    else:
        coded = cv2.imencode(".webp", pixels[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, quality])[1]
    return np.ascontiguousarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1])


def resize(pixels: Rgb, random: np.random.Generator, least: float = 0.5, most: float = 1.0) -> Rgb:
    """Scaled by a random factor, with a random one of the filters in common use."""
    factor = float(random.uniform(least, most))
    height, width = pixels.shape[:2]
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    filters = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)
    return np.asarray(cv2.resize(pixels, size, interpolation=filters[int(random.integers(len(filters)))]), np.uint8)


def launder(pixels: Rgb, random: np.random.Generator, least: float = 0.5, most: float = 1.0) -> Rgb:
    """Resized, then recompressed: what a picture goes through on its way through the web."""
    return recompress(resize(pixels, random, least, most), random)
