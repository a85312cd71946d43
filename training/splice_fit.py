"""Fits one design of the splice map and keeps it in `work()/splice/NAME.pt`, going on where it was stopped."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from touchstone.lineage.run import TrainingRecord
from training import records, splice_data, splice_make
from training.data import Rgb
from training.splice_data import Frame, Patches
from training.splice_net import SCALE, Design, SpliceNet

CUT = 160  # pixels a side of what a step sees
BATCH = 8
SEED = 20_261_129
_EVERY = 200  # steps between checkpoints


@dataclass(frozen=True, slots=True)
class Plan:
    """What one net is, what it is trained on and for how long."""

    name: str
    design: Design = dataclasses.field(default_factory=Design)
    halves: tuple[int, ...] = (0, 1)
    frames: float = 0.0  # share of a batch that comes from the spliced frames of train
    honest: float = 0.0  # share that is untouched pictures as they are
    dice: bool = True
    steps: int = 1400
    rate: float = 2e-3
    begin: str = ""  # name of the plan whose net is gone on with
    stop: int = 0  # step to end at before the schedule has run out


def fit(plan: Plan, seconds: float, run: TrainingRecord | None = None, done: int = 0) -> SpliceNet | None:
    """The net when all its steps are done; None when the time was over before.

    `run` is told its checkpoints, their steps counted from `done`; one that it does not know is not gone on with.
    """
    torch.manual_seed(SEED)
    model = SpliceNet(plan.design, packaged=True).to(memory_format=torch.channels_last)
    kept = splice_data.folder() / f"{plan.name}.pt"
    if plan.begin:
        model.load_state_dict(torch.load(splice_data.folder() / f"{plan.begin}.pt", weights_only=True)["model"])
    optimiser, turn = _schedule(plan, model)
    state = torch.load(kept, weights_only=True) if kept.exists() else None
    step, last = 0, plan.stop or plan.steps
    if state is not None and (run is None or run.knows(state["model"])):
        step = state["step"]
        model.load_state_dict(state["model"])
        if step >= last:
            return model.eval()
        optimiser.load_state_dict(state["optimiser"])
        turn.load_state_dict(state["turn"])
    if seconds <= 0:
        return None
    tell = records.teller(run, done, step)
    began, losses = time.monotonic(), []
    model.train()
    for x, y in _batches(plan, step):
        logits, whole = model(x)
        loss = _loss(logits, whole, y, dice=plan.dice)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimiser.step()
        turn.step()
        step += 1
        losses.append(float(loss.detach()))
        over = time.monotonic() - began > seconds
        if step % 50 == 0:
            print(
                f"{plan.name}: step {step}, {np.mean(losses[-50:]):.4f}, {time.monotonic() - began:.0f} s", flush=True
            )
        if step % _EVERY == 0 or step == last or over:
            tell(model, step)
            state = {"step": step, "model": model.state_dict()}
            if step < plan.steps:
                state |= {"optimiser": optimiser.state_dict(), "turn": turn.state_dict()}
            torch.save(state, kept)
        if step >= last or over:
            return model.eval() if step >= last else None
    return None


def _schedule(plan: Plan, model: SpliceNet) -> tuple[torch.optim.AdamW, torch.optim.lr_scheduler.OneCycleLR]:
    slow = [p for n, p in model.named_parameters() if n.startswith(("stem", "blocks"))]
    fast = [p for n, p in model.named_parameters() if not n.startswith(("stem", "blocks"))]
    groups = [{"params": fast, "lr": plan.rate}] + ([{"params": slow, "lr": plan.rate * 0.1}] if slow else [])
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    rates = [float(g["lr"]) for g in groups]
    return optimiser, torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, plan.steps + 1, pct_start=0.12)


def _loss(logits: Tensor, whole: Tensor, y: Tensor, *, dice: bool) -> Tensor:
    weight = 1 + y
    pixel = functional.binary_cross_entropy_with_logits(logits, y, weight=weight)
    any_ = (y.flatten(1).sum(1) > 8).float()
    image = functional.binary_cross_entropy_with_logits(whole, any_)
    loss = pixel + 0.1 * image
    if dice:
        p = torch.sigmoid(logits).flatten(1)
        t = y.flatten(1)
        overlap = 1 - (2 * (p * t).sum(1) + 1) / (p.sum(1) + t.sum(1) + 1)
        loss = loss + 0.5 * (overlap * any_).sum() / any_.sum().clamp(min=1)
    return loss


def _batches(plan: Plan, done: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches from a step on: pixels in [0, 1] and the share of each cell of the map that was pasted."""
    made = [splice_data.patches(str(h)) for h in plan.halves]
    frames = splice_data.apart(splice_data.frames("train"))[0] if plan.frames else []
    pool = _Pool(made, frames, splice_data.honest(plan.halves, CUT) if plan.honest else [], plan)
    step = done
    while True:
        random = np.random.default_rng([SEED, step])
        pairs = [_drawn(pool, random) for _ in range(BATCH)]
        x = torch.from_numpy(np.stack([p for p, _ in pairs])).permute(0, 3, 1, 2).float().div_(255)
        y = torch.from_numpy(np.stack([m for _, m in pairs]))
        yield x.contiguous(memory_format=torch.channels_last), y
        step += 1


@dataclass(frozen=True, slots=True)
class _Pool:
    made: list[Patches]
    frames: list[Frame]
    honest: list[Rgb]
    plan: Plan


def _drawn(pool: _Pool, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    if pool.frames and random.random() < pool.plan.frames:
        pixels, mask = _framed(pool.frames[int(random.integers(len(pool.frames)))], random)
    elif pool.honest and random.random() < pool.plan.honest / (1 - pool.plan.frames):
        whole = pool.honest[int(random.integers(len(pool.honest)))]
        top, left = (int(random.integers(side - CUT + 1)) // 8 * 8 for side in whole.shape[:2])
        pixels, mask = whole[top : top + CUT, left : left + CUT], np.zeros((CUT, CUT), np.uint8)
    else:
        some = pool.made[int(random.integers(len(pool.made)))]
        index = int(random.integers(len(some.pixels)))
        top, left = (int(v) * 8 for v in random.integers(0, (splice_make.SIDE - CUT) // 8 + 1, 2))
        pixels = some.pixels[index, top : top + CUT, left : left + CUT]
        mask = some.masks[index, top : top + CUT, left : left + CUT]
    if random.random() < 0.5:
        pixels, mask = pixels[:, ::-1], mask[:, ::-1]
    if random.random() < 0.5:
        pixels, mask = pixels.transpose(1, 0, 2), mask.T
    cells = cv2.resize(np.ascontiguousarray(mask), (CUT // SCALE, CUT // SCALE), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(pixels), cells.astype(np.float32) / 255


def _framed(frame: Frame, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A cut on the grid out of a spliced frame, two in three of them where the mask is; some are saved once more."""
    height, width = frame.mask.shape
    top, left = (int(random.integers((s - CUT) // 8 + 1)) * 8 for s in (height, width))
    if random.random() < 0.67:
        ys, xs = np.nonzero(frame.mask)
        at = int(random.integers(len(ys)))
        top = int(np.clip(ys[at] - random.integers(CUT), 0, height - CUT)) // 8 * 8
        left = int(np.clip(xs[at] - random.integers(CUT), 0, width - CUT)) // 8 * 8
    pixels = frame.pixels[top : top + CUT, left : left + CUT]
    if random.random() < 0.2:
        pixels = splice_make.jpeg(pixels, int(random.integers(85, 99)), halved=bool(random.random() < 0.5))
    return pixels, frame.mask[top : top + CUT, left : left + CUT]
