"""What a square goes through before a net sees it in training; the same chances for every class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.data import Rgb

if TYPE_CHECKING:
    from torch import Tensor


def cut(pixels: Rgb, size: int, random: np.random.Generator, least: float = 0.7) -> Rgb:
    """A random square of a strip, its side `least` to 1 of the strip's short side, brought to `size`; half mirrored."""
    height, width = pixels.shape[:2]
    side = int(min(height, width) * random.uniform(least, 1))
    top, left = int(random.integers(height - side + 1)), int(random.integers(width - side + 1))
    square = pixels[top : top + side, left : left + side]
    if random.random() < 0.5:
        square = square[:, ::-1]
    if side != size:
        square = np.asarray(cv2.resize(np.ascontiguousarray(square), (size, size)), np.uint8)
    return np.ascontiguousarray(square)


def window(planes: np.ndarray, side: int, random: np.random.Generator) -> np.ndarray:
    """A random square of what `Lite0.front` gave for a strip, channels x side x side."""
    height, width = planes.shape[1:]
    top, left = int(random.integers(height - side + 1)), int(random.integers(width - side + 1))
    return planes[:, top : top + side, left : left + side]


def colour(pixels: Rgb, random: np.random.Generator, grey: float = 0.15, strength: float = 0.4) -> Rgb:
    """Saturation, contrast, brightness and gamma changed a little, or no colour at all: style must not decide."""
    x = pixels.astype(np.float32) / 255
    luma = x @ np.array([0.299, 0.587, 0.114], np.float32)
    saturation = 0.0 if random.random() < grey else float(random.uniform(1 - strength * 1.5, 1 + strength))
    x = luma[..., None] + (x - luma[..., None]) * saturation
    x = np.clip(x, 0, 1) ** float(np.exp(random.uniform(-strength, strength) * 0.7))
    x = (x - x.mean()) * float(random.uniform(1 - strength, 1 + strength)) + x.mean() + float(random.uniform(-0.1, 0.1))
    return np.asarray(np.clip(x * 255 + 0.5, 0, 255), np.uint8)


def shuffled(x: Tensor, random: np.random.Generator, chance: float, parts: int = 4) -> Tensor:
    """With this chance each square's parts x parts tiles in a random order, N x C x H x W: what is shown is lost."""
    import torch

    number, channels, height, width = x.shape
    tall, wide = height // parts, width // parts
    tiles = x.reshape(number, channels, parts, tall, parts, wide).permute(0, 2, 4, 1, 3, 5)
    tiles = tiles.reshape(number, parts * parts, channels, tall, wide)
    count = parts * parts
    orders = [random.permutation(count) if random.random() < chance else np.arange(count) for _ in range(number)]
    tiles = tiles[torch.arange(number)[:, None], torch.from_numpy(np.stack(orders))]
    tiles = tiles.reshape(number, parts, parts, channels, tall, wide).permute(0, 3, 1, 4, 2, 5)
    return tiles.reshape(number, channels, height, width).contiguous(memory_format=torch.channels_last)
