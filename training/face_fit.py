"""Trains the face net on pairs and scores faces with it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from touchstone.detect import faces
from touchstone.detect.faces import Face
from training import augment, face_blend, launder, net
from training.data import Rgb
from training.face_blend import Recipe
from training.face_data import Portrait

_LEAST = 64  # pixels that laundering leaves of a face in training
_LEAST_JUDGED = 80


@dataclass(frozen=True, slots=True)
class Design:
    """What is tried. `front`: whether the first blocks learn too."""

    name: str
    recipe: Recipe = field(default_factory=Recipe)
    size: int = 160
    front: bool = True
    steps: int = 260
    pairs: int = 16
    rate: float = 4e-4
    seed: int = 5


class FaceNet(nn.Module):
    """Lite0, the mean over places, one logit a face."""

    def __init__(self, weights: dict[str, Tensor] | None = None) -> None:
        super().__init__()
        self.trunk = net.Lite0(weights)
        self.dropout = nn.Dropout(0.2)
        self.linear = nn.Linear(net.FEATURES, 1)
        nn.init.zeros_(self.linear.bias)
        nn.init.normal_(self.linear.weight, std=0.01)

    def forward(self, x: Tensor) -> Tensor:
        """N x 3 x size x size, normalised, to N logits."""
        return self.linear(self.dropout(self.trunk(x).mean((2, 3))))[:, 0]


def washed(pixels: Rgb, face: Face, random: np.random.Generator, least: int) -> tuple[Rgb, Face]:
    """Laundered, but never so that the face falls under `least` pixels; the face in the new pixels."""
    smallest = min(1.0, max(0.5, least / max(face.width, face.height)))
    done = launder.launder(pixels, random, smallest, 1.0)
    return done, scaled(face, len(done) / len(pixels))


def scaled(face: Face, factor: float) -> Face:
    """A face in a picture scaled by `factor`."""
    return Face(face.x * factor, face.y * factor, face.width * factor, face.height * factor, face.score)


def _seen(pixels: Rgb, face: Face, size: int, random: np.random.Generator) -> Rgb:
    """What the net sees in training: laundered, the box off by a little, mirrored, in other colours."""
    if random.random() < 0.85:
        pixels, face = washed(pixels, face, random, _LEAST)
    side = max(face.width, face.height) * float(random.uniform(0.92, 1.1))
    off = random.uniform(-0.05, 0.05, 2) * side
    x = face.x + face.width / 2 - side / 2 + off[0]
    y = face.y + face.height / 2 - side / 2 + off[1]
    cut = faces.cut(pixels, Face(float(x), float(y), side, side, 1.0), size)
    if random.random() < 0.5:
        cut = np.ascontiguousarray(cut[:, ::-1])
    if random.random() < 0.5:
        cut = augment.colour(cut, random, 0.1, 0.25)
    return cut


def _pair(portrait: Portrait, others: Sequence[Portrait], design: Design, random: np.random.Generator) -> list[Rgb]:
    """A face untouched and manipulated, then both through the very same."""
    seed = int(random.integers(1 << 62))
    made = face_blend.pair(portrait, others, design.recipe, random)
    return [_seen(p, portrait.face, design.size, np.random.default_rng(seed)) for p in made]


def train(design: Design, portraits: Sequence[Portrait], log: str = "") -> FaceNet:
    """A net trained on pairs made of these faces; sources weigh by the root of their number."""
    torch.manual_seed(design.seed)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    random = np.random.default_rng(design.seed)
    model = FaceNet(net.packaged()).train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if not design.front:
        for part in (model.trunk.stem, *list(model.trunk.blocks)[: net.FRONT]):
            part.requires_grad_(requires_grad=False)
    learning = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(learning, lr=design.rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, design.rate, design.steps, pct_start=0.15)
    counts = Counter(p.source for p in portraits)
    weights = np.array([counts[p.source] ** -0.5 for p in portraits])
    began, losses = time.monotonic(), []
    for step in range(design.steps):
        chosen = random.choice(len(portraits), design.pairs, p=weights / weights.sum())
        squares = [s for i in chosen for s in _pair(portraits[int(i)], portraits, design, random)]
        x = net.normalised(torch.from_numpy(np.stack(squares)))
        y = torch.tensor([0.0, 1.0]).repeat(design.pairs)
        loss = functional.binary_cross_entropy_with_logits(model(x), y * 0.96 + 0.02)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(learning, 2.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        if step % 20 == 19:
            print(f"{log} {step + 1}: {np.mean(losses[-20:]):.3f}, {time.monotonic() - began:.0f} s", flush=True)
    return model.eval()


def judged(pixels: Rgb, face: Face, size: int, stem: str, *, laundered: bool) -> Rgb:
    """What the net sees when it is measured; what laundering does to a picture depends on its stem alone."""
    if laundered:
        pixels, face = washed(pixels, face, np.random.default_rng(int(stem, 16)), _LEAST_JUDGED)
    return faces.cut(pixels, face, size)


@torch.inference_mode()
def score(model: FaceNet, squares: Iterable[Rgb]) -> NDArray[np.float64]:
    """One logit each."""
    every, found = list(squares), []
    for start in range(0, len(every), 32):
        batch = np.stack(every[start : start + 32])
        found.append(model(net.normalised(torch.from_numpy(batch))).numpy())
    return np.concatenate(found).astype(np.float64) if found else np.zeros(0)
