"""One design on one fold: what is drawn, how the net is trained, what it says of pictures it never saw.

`python -m training.ai_image_fit DESIGN [FOLD...]` trains, and writes `work()/designs/DESIGN-FOLD.{pt,csv}`.
"""

from __future__ import annotations

import copy
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from touchstone.lineage.run import TrainingRecord
from training import ai_image_data, ai_image_fronts, augment, data, folds, records
from training.ai_image_data import EVALUATED, SIZE, STATES, Cache, Picture, pictures
from training.net import FRONT, AiImage, normalised, packaged
from training.records import Tell
from training.scores import Row, line, write

BATCH = 32
TOLD = 50  # steps between checkpoints of the net that ships
_SIDE = SIZE // 8
_SHARES = {"photo": 0.45, "face": 0.2, "other": 0.35}  # of a batch, the same for both classes


@dataclass(frozen=True, slots=True)
class Design:
    """What is varied. The defaults are the plain one."""

    fronted: bool = True  # the front of the net stays as ImageNet left it, and is computed once
    frozen: int = 0  # blocks that stay so, where that is more
    balanced: bool = False  # the same share of both classes within each content
    shuffle: float = 0.0  # chance of a 4 x 4 patch shuffle
    pseudo: float = 0.0  # share of pseudo-fakes among the generated
    second: bool = False  # pseudo-fakes go to a second head
    weight: float = 1.0  # of a pseudo-fake's loss
    colour: bool = False
    hard: float = 0.0  # how much more often sources with high loss are drawn (group DRO, arXiv 1911.08731)
    pull: float = 0.0  # interpolation with the ImageNet weights afterwards (WiSE-FT, arXiv 2109.01903)
    smooth: float = 0.05
    rate: float = 4e-4
    decay: float = 0.02
    steps: int = 150
    drop: float = 0.3
    seed: int = 0
    probe: int = 0  # steps for the linear head alone, first
    mixup: float = 0.0
    local: bool = False  # each place of a square is judged by itself (arXiv 2008.10588)
    average: float = 0.99


class Sampler:
    """Draws as many generated pictures as real ones; each source by the root of its size, so that no gallery rules."""

    def __init__(self, found: Sequence[Picture], tags: dict[str, str], design: Design, random: np.random.Generator):
        self._design, self._random = design, random
        self.losses: dict[str, float] = defaultdict(lambda: 0.5)
        self._cells: dict[tuple[str, str], dict[str, list[Picture]]] = defaultdict(lambda: defaultdict(list))
        for picture in found:
            kind = "pseudo" if picture.pseudo else "made" if picture.generated else "real"
            content = tags[picture.item.stem] if design.balanced else "any"
            self._cells[kind, content][picture.item.source].append(picture)
        self._contents = [c for k, c in self._cells if k == "real" and self._has(c)]
        shares = np.array([_SHARES.get(c, 1.0) for c in self._contents])
        self._shares = shares / shares.sum()

    def _has(self, content: str) -> bool:
        return ("made", content) in self._cells or (self._design.pseudo > 0 and ("pseudo", content) in self._cells)

    def batch(self) -> list[Picture]:
        """Half of `BATCH` real, half generated, the contents of both the same."""
        chosen = []
        for content in self._random.choice(self._contents, BATCH // 2, p=self._shares):
            chosen.append(self._one("real", content))
            aligned = ("made", content) not in self._cells or self._random.random() < self._design.pseudo
            chosen.append(self._one("pseudo" if aligned and ("pseudo", content) in self._cells else "made", content))
        return chosen

    def _one(self, kind: str, content: str) -> Picture:
        by = self._cells[kind, content]
        names = list(by)
        weights = np.array([len(by[n]) ** 0.5 * np.exp(self._design.hard * self.losses[n]) for n in names])
        own = by[names[int(self._random.choice(len(names), p=weights / weights.sum()))]]
        return own[int(self._random.integers(len(own)))]


class Feeder:
    """Turns pictures into batches, each in a state drawn at random."""

    def __init__(self, design: Design, random: np.random.Generator) -> None:
        module = ai_image_fronts if design.fronted else ai_image_data
        self._caches: dict[str, Cache] = {name: module.strips(name) for name in STATES}
        self._design, self._random = design, random

    def has(self, picture: Picture) -> bool:
        """Whether all of its states are there."""
        return all(picture.name in c for c in self._caches.values())

    def batch(self, chosen: Sequence[Picture]) -> Tensor:
        """N x C x H x W, for `AiImage`."""
        arrays = [self._caches[str(self._random.choice(STATES))][p.name] for p in chosen]
        if self._design.fronted:
            x = torch.from_numpy(np.stack([augment.window(a, _SIDE, self._random) for a in arrays])).float()
            x = x.contiguous(memory_format=torch.channels_last)
        else:
            cuts = [augment.cut(a, SIZE, self._random) for a in arrays]
            if self._design.colour:
                cuts = [augment.colour(c, self._random) if self._random.random() < 0.5 else c for c in cuts]
            x = normalised(torch.from_numpy(np.stack(cuts)))
        return augment.shuffled(x, self._random, self._design.shuffle) if self._design.shuffle else x


def _groups(net: AiImage, design: Design) -> list[dict[str, object]]:
    heads = [*net.linear.parameters(), *net.second.parameters()]
    blocks = list(net.trunk.blocks)[max(FRONT if design.fronted else 0, design.frozen) :]
    trunk = [p for b in blocks for p in b.parameters()] + list(net.trunk.head.parameters())
    if not design.fronted and not design.frozen:
        trunk += list(net.trunk.stem.parameters())
    net.requires_grad_(requires_grad=False)
    for parameter in heads + trunk:
        parameter.requires_grad_()
    return [{"params": trunk, "lr": design.rate}, {"params": heads, "lr": design.rate * 5}]


def _losses(net: AiImage, x: Tensor, chosen: Sequence[Picture], design: Design, random: np.random.Generator) -> Tensor:
    """The loss of each picture."""
    y = torch.tensor([float(p.generated) for p in chosen])
    y = y * (1 - 2 * design.smooth) + design.smooth
    weights = torch.tensor([design.weight if p.pseudo else 1.0 for p in chosen])
    if design.mixup:
        share = float(random.beta(design.mixup, design.mixup))
        order = torch.from_numpy(random.permutation(len(chosen)))
        x, y = x * share + x[order] * (1 - share), y * share + y[order] * (1 - share)
    if design.local:
        places = net.places(x, fronted=design.fronted)
        each = functional.binary_cross_entropy_with_logits(places, y[:, None, None].expand_as(places), reduction="none")
        return each.mean((1, 2)) * weights
    first, second = net(x, fronted=design.fronted)
    if design.second:
        aligned = torch.tensor([p.pseudo for p in chosen])
        first = torch.where(aligned, second, first)
        real = torch.tensor([not p.generated for p in chosen])
        extra = functional.binary_cross_entropy_with_logits(second, y, reduction="none") * real
        return functional.binary_cross_entropy_with_logits(first, y, reduction="none") * weights + 0.5 * extra
    return functional.binary_cross_entropy_with_logits(first, y, reduction="none") * weights


def fit(
    design: Design,
    found: Sequence[Picture],
    tags: dict[str, str],
    note: str,
    tell: Tell = records.silent,
) -> AiImage:
    """The net, its weights averaged over the steps; `tell` is handed it every `TOLD` steps, and after the last."""
    torch.set_num_threads(1)
    torch.manual_seed(design.seed)
    random = np.random.default_rng(design.seed)
    net = AiImage(packaged(), dropout=design.drop).to(memory_format=torch.channels_last)
    start = copy.deepcopy(net.trunk.state_dict())
    optimiser = torch.optim.AdamW(_groups(net, design), weight_decay=design.decay)
    total = design.steps + design.probe
    rates = [g["lr"] for g in optimiser.param_groups]
    feeder = Feeder(design, random)
    sampler = Sampler([p for p in found if feeder.has(p)], tags, design, random)
    mean, began, seen = copy.deepcopy(net), time.monotonic(), 0.0
    for step in range(total):
        done = (step - design.probe) / design.steps
        factor = min(1.0, (done * design.steps + 1) / 40) * (0.5 + 0.5 * float(np.cos(np.pi * done)))
        for group, rate, trunk in zip(optimiser.param_groups, rates, (True, False), strict=True):
            group["lr"] = rate * factor if done >= 0 else 0.0 if trunk else rate
        chosen = sampler.batch()
        losses = _losses(net, feeder.batch(chosen), chosen, design, random)
        optimiser.zero_grad(set_to_none=True)
        losses.mean().backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        told = losses.detach().numpy()
        seen += (float(told.mean()) - seen) / min(step + 1, 50)
        for picture, loss in zip(chosen, told, strict=True):
            sampler.losses[picture.item.source] += 0.1 * (loss - sampler.losses[picture.item.source])
        _follow(mean, net, min(design.average, (step + 1) / (step + 10)))
        if step % 25 == 24:
            print(f"{note}: step {step + 1} of {total}, loss {seen:.3f}, {time.monotonic() - began:.0f} s", flush=True)
        if (step + 1) % TOLD == 0 and step + 1 < total:
            tell(mean, step + 1)
    if design.pull:
        _pull(mean, start, design.pull)
    tell(mean, total)
    return mean.eval()


@torch.no_grad()
def _follow(mean: AiImage, net: AiImage, keep: float) -> None:
    for kept, now in zip(mean.parameters(), net.parameters(), strict=True):
        kept.lerp_(now, 1 - keep)


@torch.no_grad()
def _pull(net: AiImage, start: dict[str, Tensor], share: float) -> None:
    state = net.trunk.state_dict()
    net.trunk.load_state_dict({name: torch.lerp(value, start[name], share) for name, value in state.items()})


@torch.inference_mode()
def features(net: AiImage, found: Sequence[Picture], state: str, *, fronted: bool) -> np.ndarray:
    """The features of whole pictures, the mean over their squares: N x 1280. The logit is linear in them."""
    cache, rows = (ai_image_fronts if fronted else ai_image_data).squares(state), []
    for picture in found:
        x = torch.from_numpy(np.array(cache[picture.name]))
        x = x.float().contiguous(memory_format=torch.channels_last) if fronted else normalised(x)
        rows.append(net.pooled(x, fronted=fronted).mean(0).numpy())
    return np.stack(rows)


def rows(net: AiImage, held: Sequence[Picture], tags: dict[str, str], state: str, *, fronted: bool) -> list[Row]:
    """Scores of pictures in one state."""
    pooled = features(net, held, state, fronted=fronted)
    logits = pooled @ net.linear.weight.detach().numpy()[0] + float(net.linear.bias)
    return [row(p, tags, state, float(x)) for p, x in zip(held, logits, strict=True)]


def row(picture: Picture, tags: dict[str, str], state: str, logit: float, distance: float = 0.0) -> Row:
    """A picture's score with what it is."""
    item = picture.item
    tag, laundered = tags[item.stem], int(state != "clean")
    return Row(
        item.stem, item.source, item.split, item.label, item.generator, tag, picture.fold, laundered, logit, distance
    )


def target(name: str, fold: int | str) -> Path:
    """Where a design's weights (`.pt`) and scores (`.csv`) on a fold are."""
    return data.work() / "designs" / f"{name}-{fold}.pt"


def kept(name: str, fold: int | str, run: TrainingRecord | None = None, done: int = 0) -> AiImage:
    """The net of a design trained on all folds but this one, or on `all`; read where it was made before.

    `run` is told its checkpoints, their steps counted from `done`; a net that it does not know is made again.
    """
    from training.ai_image_designs import DESIGNS

    design, path, net = DESIGNS[name], target(name, fold), AiImage()
    if path.exists():
        state = torch.load(path, weights_only=True)
        if run is None or run.knows(state):
            net.load_state_dict(state)
            return net.eval()
    tell = records.teller(run, done)
    found = [p for p in pictures(pseudos=design.pseudo > 0) if fold == "all" or not folds.straddling(p.item)]
    net = fit(design, [p for p in found if p.fold != fold], ai_image_fronts.tags(), f"{name}, fold {fold}", tell)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(net.state_dict(), path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)
    return net


def run(name: str, fold: int, *, fronted: bool) -> list[Row]:
    """Train on the other folds, score this one."""
    held = [p for p in pictures(pseudos=False) if p.fold == fold and not folds.straddling(p.item)]
    net, tags = kept(name, fold), ai_image_fronts.tags()
    scored = [r for state in EVALUATED for r in rows(net, held, tags, state, fronted=fronted)]
    write(target(name, fold).with_suffix(".csv"), scored)
    return scored


def main(name: str, numbers: Sequence[int]) -> None:
    from training.ai_image_designs import DESIGNS

    every: list[Row] = []
    for fold in numbers:
        scored = run(name, fold, fronted=DESIGNS[name].fronted)
        every += scored
        print(line(f"{name} fold {fold}", [r for r in scored if r.laundered]), flush=True)
    write(data.work() / "designs" / f"{name}.csv", every)
    print(line(name, [r for r in every if r.laundered]), flush=True)
    print(line(f"{name} (clean)", [r for r in every if not r.laundered]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], [int(f) for f in sys.argv[2:]] or list(range(folds.FOLDS)))
