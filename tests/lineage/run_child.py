"""A training as anybody might write one, for tests that end it at any moment: FOLDER STEPS PAUSE.

It learns nothing, but deterministically: the state after a step follows from the one before. It keeps its own
checkpoint beside the record and goes on from it.
"""

from __future__ import annotations

import hashlib
import sys
import time
from pathlib import Path

import numpy as np

from touchstone.lineage.run import TrainingRecord

DATA = [hashlib.sha256(bytes([n])).hexdigest() for n in range(20)]
SPLITS = {"fold-0": DATA[:12], "fold-1": DATA[8:]}
PARAMETERS = {"rate": 0.5, "shape": (3, 2)}
SEEDS = {"numpy": 7}


def train(folder: Path, steps: int, pause: float = 0.0) -> TrainingRecord:
    """All of it, or the rest of it."""
    kept = folder / "state.npy"
    with TrainingRecord(
        folder, model="steps", data=DATA, splits=SPLITS, parameters=PARAMETERS, seeds=SEEDS, repository=folder
    ) as run:
        print("entered", flush=True)
        step, state = 0, np.zeros(64)
        if kept.exists():
            held = np.load(kept)
            step, state = int(held[0]), held[1:]
        if run.step not in (None, step):
            run.resumed(step)
        while step < steps:
            state = np.cos(state + step)
            step += 1
            run.metric("mean", float(state.mean()))
            if step % 2 == 0:
                run.checkpoint({"state": state}, step=step)
                part = folder / "part.npy"
                np.save(part, np.append(step, state))
                part.replace(kept)
            time.sleep(pause)
        run.weights(state.tobytes())
    return run


if __name__ == "__main__":
    train(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
