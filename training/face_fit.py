"""Trains the face net on pairs and scores faces with it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from touchstone.detect import faces
from touchstone.detect.faces import Face
from training import data, face_pool, net, records
from training.data import Rgb
from training.records import Tell

TAPS = {0: (16, 2), 2: (24, 4), 4: (40, 8), 7: (80, 16), 10: (112, 16)}  # blocks that are read: channels, stride
REGIONS = ((0.0, 0.28), (0.28, 0.44), (0.44, 1.0))  # from the middle of the square, in its sides
TOLD = 40  # steps between checkpoints of the net that ships
FLOOR = 1e-3  # of a power
PENALTY = 0.1  # on the squares of the linear map while it is probed
_LINEAR = 0.03  # of the rate, for the linear map: it reads logarithms of small spread
_LEAST = 80  # pixels that laundering leaves of a face that is measured


@dataclass(frozen=True, slots=True)
class Design:
    """What is tried: on which pairs, at which size, and how a net that starts from ImageNet's weights learns.

    `shards`: recipes and how many pairs of each face. `last`, `taps`: which features are read, the deepest and those of
    regions. The linear map alone is fitted first, to the features as they are; then everything learns for `steps`.
    `rank`: weight of the loss that asks no more than that of a pair the manipulated one is higher.
    """

    name: str
    shards: tuple[tuple[str, int], ...] = (("self", 4),)
    size: int = 160
    last: bool = False
    taps: bool = True
    rank: float = 1.0
    steps: int = 0
    pairs: int = 10
    rate: float = 1e-4
    seed: int = 5


class FaceNet(nn.Module):
    """Lite0 and one logit a face: a linear map of means over places and, with `taps`, of what regions hold.

    What a swap leaves is another sharpness and another grain in the face than around it. So each channel of some
    earlier blocks tells the logarithm of its power in the middle of the face, around its rim and beyond, and its mean.
    """

    def __init__(self, design: Design, weights: dict[str, Tensor] | None = None) -> None:
        super().__init__()
        self.trunk, size = net.Lite0(weights), design.size
        self.taps = TAPS if design.taps else {}
        self.last = design.last
        if not design.last:  # nothing reads the deepest blocks then
            self.trunk.blocks = self.trunk.blocks[: max(TAPS) + 1]
            self.trunk.head = nn.Identity()  # type: ignore[assignment]
        self.regions = {number: regions(size // stride) for number, (_, stride) in self.taps.items()}
        wide = net.FEATURES * design.last + sum(2 * len(REGIONS) * channels for channels, _ in self.taps.values())
        self.linear = nn.Linear(wide, 1)

    def pooled(self, x: Tensor) -> Tensor:
        """N x 3 x size x size, normalised, to N x features."""
        found = []
        x = functional.relu6(self.trunk.stem(x), inplace=True)
        for number, block in enumerate(self.trunk.blocks):
            x = block(x)
            if number in self.taps:
                flat, shares = x.flatten(2), self.regions[number]
                found += [flat @ shares, torch.log(flat.square() @ shares + FLOOR)]
        if self.last:
            found.insert(0, functional.relu6(self.trunk.head(x), inplace=True).mean((2, 3)))
        return torch.cat([f.flatten(1) for f in found], 1)

    def forward(self, x: Tensor) -> Tensor:
        """N x 3 x size x size, normalised, to N logits."""
        return self.linear(self.pooled(x))[:, 0]


def regions(side: int) -> Tensor:
    """Each place's share, side * side x regions, in the middle of the face, around its rim, and beyond."""
    at = (torch.arange(side) + 0.5) / side - 0.5
    away = torch.sqrt(at[:, None] ** 2 + at[None] ** 2).flatten()
    inside = torch.stack([(away >= low) & (away < high) for low, high in REGIONS], 1).float()
    return (inside / inside.sum(0)).half().float()  # as the file keeps them


def train(design: Design, sources: Collection[str], log: str = "", tell: Tell = records.silent) -> FaceNet:
    """A net trained on the pairs of these sources, which weigh by the root of their number.

    `tell` is handed it once the linear map is fitted, every `TOLD` steps, and after the last.
    """
    torch.manual_seed(design.seed)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    random = np.random.default_rng(design.seed)
    every = face_pool.real()
    own = np.array([i for i, p in enumerate(every) if p.source in sources])
    which = [(recipe, v) for recipe, number in design.shards for v in range(number)]
    counts = Counter(every[i].source for i in own)
    weights = np.array([counts[every[i].source] ** -0.5 for i in own])
    model = FaceNet(design, net.packaged()).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    kept = [_features(design, *w)[own] for w in which]
    _probed(model, torch.from_numpy(np.concatenate(kept)), torch.from_numpy(np.tile(weights, len(kept))))
    tell(model, 0)
    shards = [face_pool.shard(*w) for w in which] if design.steps else []
    model.train()
    parameters = list(model.parameters())
    groups = [{"params": model.trunk.parameters()}, {"params": model.linear.parameters()}]
    rates = [design.rate, design.rate * _LINEAR]
    optimiser = torch.optim.AdamW(groups, lr=design.rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, max(1, design.steps), pct_start=0.1)
    began, losses = time.monotonic(), []
    for step in range(design.steps):
        chosen = random.choice(own, design.pairs, p=weights / weights.sum())
        squares = np.concatenate([shards[int(random.integers(len(shards)))][i] for i in chosen])
        value = _loss(model(_batch(squares, design.size)), design.rank)
        optimiser.zero_grad(set_to_none=True)
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, 2.0)
        optimiser.step()
        schedule.step()
        losses.append(value.item())
        if step % 10 == 9:
            print(f"{log} {step + 1}: {np.mean(losses[-10:]):.3f}, {time.monotonic() - began:.0f} s", flush=True)
        if (step + 1) % TOLD == 0 or step + 1 == design.steps:
            tell(model, step + 1)
    return model.eval()


def _loss(logits: Tensor, rank: float) -> Tensor:
    """Of pairs, untouched then manipulated."""
    y = torch.tensor([0.02, 0.98]).repeat(len(logits) // 2)
    sides = functional.binary_cross_entropy_with_logits(logits, y)
    return sides + rank * functional.softplus(logits[0::2] - logits[1::2]).mean()


def _batch(squares: Rgb, size: int) -> Tensor:
    if squares.shape[1] != size:
        squares = np.stack([cv2.resize(s, (size, size), interpolation=cv2.INTER_AREA) for s in squares])
    return net.normalised(torch.from_numpy(np.ascontiguousarray(squares)))


@torch.inference_mode()
def _features(design: Design, recipe: str, variant: int) -> NDArray[np.float32]:
    """N x 2 x features of a shard by the weights of ImageNet, computed once."""
    path = (
        data.work() / "face" / "features" / f"{recipe}-{variant}-{design.size}-{'taps' if design.taps else 'last'}.npy"
    )
    if not path.exists():
        model = FaceNet(design, net.packaged()).eval()
        model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        pairs = face_pool.shard(recipe, variant)
        rows = [model.pooled(_batch(np.concatenate(pairs[i : i + 12]), design.size)) for i in range(0, len(pairs), 12)]
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, torch.cat(rows).reshape(len(pairs), 2, -1).numpy())
    return np.asarray(np.load(path))


@torch.no_grad()
def _probed(model: FaceNet, features: Tensor, weights: Tensor) -> None:
    """Set the linear map to the best one on N x 2 x features: pairs apart, and each on its side of nothing."""
    flat = features.flatten(0, 1).double()
    mean, spread = flat.mean(0), flat.std(0) + 1e-3
    x = (flat - mean) / spread
    shares = (weights / weights.sum()).double()
    line = torch.zeros(x.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([line], max_iter=150, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        logits = (x @ line[:-1] + line[-1]).reshape(-1, 2)
        sides = functional.softplus(logits * torch.tensor([1.0, -1.0])).mean(1)
        apart = functional.softplus(logits[:, 0] - logits[:, 1])
        value = ((sides + apart) * shares).sum() + PENALTY * line[:-1].square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    with torch.enable_grad():
        optimiser.step(loss)  # type: ignore[no-untyped-call]
    found = line.detach()
    model.linear.weight.copy_((found[:-1] / spread)[None])
    model.linear.bias.copy_(found[-1:] - (found[:-1] * mean / spread).sum())


def judged(pixels: Rgb, face: Face, size: int, stem: str, *, laundered: bool) -> Rgb:
    """What the net sees when it is measured; what laundering does to a picture depends on its stem alone."""
    if laundered:
        pixels, face = face_pool.washed(pixels, face, np.random.default_rng(int(stem, 16)), _LEAST)
    return faces.cut(pixels, face, size)


@torch.inference_mode()
def score(model: FaceNet, squares: Iterable[Rgb]) -> NDArray[np.float64]:
    """One logit each."""
    every, found = list(squares), []
    for start in range(0, len(every), 32):
        batch = np.stack(every[start : start + 32])
        found.append(model(net.normalised(torch.from_numpy(batch))).numpy())
    return np.concatenate(found).astype(np.float64) if found else np.zeros(0)
