"""How well a splice map finds what was pasted, and what it marks where nothing was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training import data, launder
from training.data import Item, Rgb

Floats = NDArray[np.float32]
Look = Callable[[Rgb], tuple[Floats, float]]  # a picture to its map (any scale) and logit
LIMITS = np.arange(-2, 4.01, 0.25)
_SEED = 20_261_130


@dataclass(frozen=True, slots=True)
class Seen:
    """What was said of one picture: the map brought to the picture's size, and the logit."""

    map: Floats
    logit: float
    mask: NDArray[np.bool_] | None = None


def sized(logits: Floats, height: int, width: int) -> Floats:
    """A map of the padded picture at 1/4 of its sides, at the picture's own size."""
    fitted = cv2.resize(logits, (logits.shape[1] * 4, logits.shape[0] * 4), interpolation=cv2.INTER_LINEAR)
    return np.asarray(fitted[:height, :width], np.float32)


def looked(look: Look, pixels: Rgb, mask: NDArray[np.uint8] | None = None) -> Seen:
    """What a net says of a picture."""
    logits, logit = look(pixels)
    height, width = pixels.shape[:2]
    return Seen(sized(logits, height, width), logit, None if mask is None else mask > 127)


def f1s(seen: Sequence[Seen], limit: float) -> list[float]:
    """The F1 of pixels of each picture at a limit on the map's logits; nothing marked scores nothing."""
    scores = []
    for one in seen:
        if one.mask is None:
            raise ValueError("no mask")
        marked = one.map >= limit
        scores.append(2 * np.count_nonzero(marked & one.mask) / max(1, int(marked.sum()) + int(one.mask.sum())))
    return scores


def f1(seen: Sequence[Seen], limit: float) -> float:
    """The mean over pictures."""
    return float(np.mean(f1s(seen, limit)))


def interval(scores: Sequence[float]) -> tuple[float, float]:
    """95 % interval of a mean, by bootstrap over pictures."""
    random = np.random.default_rng(_SEED)
    means = random.choice(np.asarray(scores), (2000, len(scores))).mean(1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def area(seen: Sequence[Seen], limit: float) -> float:
    """Mean share of a picture that is marked."""
    return float(np.mean([np.mean(one.map >= limit) for one in seen]))


def auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Chance that one of the first scores above one of the second."""
    p, n = np.asarray(positive)[:, None], np.asarray(negative)[None]
    return float((p > n).mean() + 0.5 * (p == n).mean())


def washed(pixels: Rgb, item: Item) -> Rgb:
    """A picture as it is after its way through the web, the same every time."""
    random = np.random.default_rng([_SEED, int(item.stem, 16) % (1 << 32)])
    return launder.launder(pixels, random, 0.75)


def untouched(item: Item, *, kind: str, laundered: bool) -> Rgb | None:
    """A real picture as it is looked at: its view, or its crop; None where it has none or is too small."""
    path: Path | None = item.view if kind == "view" else item.crop
    if path is None:
        return None
    pixels = data.decode(path)
    if laundered:
        pixels = washed(pixels, item)
    return pixels if min(pixels.shape[:2]) >= 64 else None


def some(items: Sequence[Item], each: int) -> list[Item]:
    """Up to so many of each source, the same ones every time."""
    found: dict[str, list[Item]] = {}
    for item in sorted(items, key=lambda i: i.stem):
        kept = found.setdefault(item.source, [])
        if len(kept) < each:
            kept.append(item)
    return [i for kept in found.values() for i in kept]
