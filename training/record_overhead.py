"""What keeping a record costs: `python -m training.record_overhead` trains the same net with and without, in turns.

The net, its batches and how often it is kept are those of the AI-image net; weights and pictures are noise. A run is
everything from entering the block to leaving it: data root, git, packages, checkpoints, a metric a step, the record.
"""

from __future__ import annotations

import contextlib
import hashlib
import statistics
import sys
import tempfile
import time
from pathlib import Path

import torch
from torch.nn import functional

from touchstone.lineage.run import TrainingRecord
from training import data
from training.ai_image_fit import BATCH, TOLD
from training.net import AiImage
from training.records import LOCK

ITEMS = 5000


def trained(steps: int, folder: Path | None) -> tuple[float, float, float]:
    """Seconds of one training, of processor time and on the clock, and of those spent in the record's calls."""
    torch.manual_seed(0)
    net = AiImage().to(memory_format=torch.channels_last)
    net.trunk.stem.requires_grad_(requires_grad=False)
    optimiser = torch.optim.AdamW([p for p in net.parameters() if p.requires_grad], 1e-4)
    x, y = torch.randn(BATCH, 40, 24, 24).contiguous(memory_format=torch.channels_last), torch.arange(BATCH) % 2
    begun, clock, inside = time.process_time(), time.perf_counter(), 0.0
    with contextlib.ExitStack() as stack:
        run = None
        if folder is not None:
            hashes = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(ITEMS)]
            folds = {f"fold-{n}": hashes[n::4] for n in range(4)}
            made = TrainingRecord(
                folder, model="any", data=hashes, splits=folds, seeds={"torch": 0}, repository=data.ROOT, lock=LOCK
            )
            run = stack.enter_context(made)
            inside += time.perf_counter() - clock
        for step in range(steps):
            loss = functional.binary_cross_entropy_with_logits(net(x, fronted=True)[0], y.float())
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            value, at = loss.item(), time.perf_counter()
            if run is not None:
                run.metric("loss", value)
                if (step + 1) % TOLD == 0:
                    run.checkpoint(net.state_dict(), step=step + 1)
                inside += time.perf_counter() - at
        at = time.perf_counter()
        if run is not None:
            run.weights(b"weights")
    inside += time.perf_counter() - at
    return time.process_time() - begun, time.perf_counter() - clock, inside


def main(steps: int = 150, turns: int = 3) -> None:
    """Print the share of each turn, and the median."""
    torch.set_num_threads(1)
    trained(2, None)
    shares = []
    for turn in range(turns):
        plain = trained(steps, None)
        with tempfile.TemporaryDirectory() as folder:
            kept = trained(steps, Path(folder))
        shares.append(kept[2] / (kept[1] - kept[2]))
        print(
            f"turn {turn + 1}: {steps} steps, processor {plain[0]:.1f} s without and {kept[0]:.1f} s with, clock "
            f"{plain[1]:.1f} and {kept[1]:.1f} s, in the record's calls {kept[2]:.2f} s: {shares[-1]:.2%} more",
            flush=True,
        )
    print(f"median {statistics.median(shares):.2%}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
