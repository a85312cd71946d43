"""The face net, from pictures to a model that ships: `python -m training.face` does everything.

`python -m training.face try NAME...` trains the two folds of a design and prints its row of the table in
RESULTS-face.md. What was trained is kept in `work()/face` and not trained again.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from touchstone import modelfile
from touchstone.detect import faces, prepare
from touchstone.lineage.run import TrainingRecord
from touchstone.modelfile import Calibration, Feed, Input, Manifest, Outputs, Rates, Task
from training import (
    data,
    face_data,
    face_export,
    face_fit,
    face_measure,
    face_pictures,
    face_pool,
    face_swaps,
    net,
    records,
)
from training.face_data import Portrait
from training.face_fit import Design, FaceNet
from training.face_measure import GENERATED, UNTOUCHED, Scored

# Each fold is judged on one group of sources by a net trained on the other.
GROUPS = (("src09", "src29"), ("src23", "src21"))
CHOSEN = "regions, all three, tuned"
FOLDER = data.ROOT / "resources" / "models" / "face"
FINDER = "face-finder/model.onnx"  # what cuts the faces that the net is asked about
MISSED = 0.1  # share of swaps that "no signs found" may be said of
SET = "faces of 80 pixels and more and swaps of them, sources never trained on, laundered (training/face_swaps.json)"
LIMITS = (
    "Faces under 80 pixels in a picture of at most 1280 are not looked at; of many, the sixteen largest are.",
    "Measured on swaps by warping and merging, not on those of any current application, nor on video.",
    "Made faces as a whole are another detector's question; this one says little about them.",
    "Masks, make-up, glare, strong filters and retouching may raise the score of a face that nobody swapped.",
)
_SELF, _GRAIN, _OTHERS = ("self", 4), ("grain", 2), ("others", 6)
DESIGNS = {
    d.name: d
    for d in (
        Design("deepest features", (_SELF,), last=True, taps=False),
        Design("regions", (_SELF,)),
        Design("regions, grain only", (_GRAIN,)),
        Design("regions, both", (_SELF, _GRAIN)),
        Design("regions, other people", (_OTHERS,)),
        Design("regions, all three", (_SELF, _GRAIN, _OTHERS)),
        Design("regions, all three, tuned", (_SELF, _GRAIN, _OTHERS), steps=240),
    )
}


def _kept(name: str) -> Path:
    return data.work() / "face" / name


def trained(design: Design, name: str, sources: Collection[str], run: TrainingRecord | None = None) -> FaceNet:
    """The net of a design, trained on the faces of these sources or read where it was.

    `run` is told its checkpoints; a net that it does not know is trained again.
    """
    path = _kept(f"nets/{design.name}-{name}.pt")
    if not path.exists() or not (run is None or run.knows(torch.load(path, weights_only=True))):
        path.parent.mkdir(parents=True, exist_ok=True)
        model = face_fit.train(design, sources, f"{design.name} {name}", records.teller(run))
        torch.save(model.state_dict(), path)
    model = FaceNet(design).eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    model.load_state_dict(torch.load(path, weights_only=True))
    return model


def folds(design: Design, which: Sequence[int] = (0, 1)) -> list[Scored]:
    """The scores of every face by a net that saw nothing of its source, clean and laundered."""
    rows: list[Scored] = []
    for fold in which:
        path = _kept(f"scores/{design.name}-{fold}.csv")
        if not path.exists():
            every = face_data.collect()
            model = trained(design, f"fold{fold}", GROUPS[1 - fold])
            face_measure.write(path, _scored(model, design, fold, every, face_swaps.frozen(GROUPS)))
        rows += face_measure.read(path)
    return rows


def _scored(
    model: FaceNet,
    design: Design,
    fold: int,
    every: Sequence[Portrait],
    swaps: Sequence[face_swaps.Swap],
) -> list[Scored]:
    """The faces of a fold: its own sources, and (by the net with more faces alone) those that no net is trained on."""
    group = GROUPS[fold]
    known = {s for g in GROUPS for s in g}
    large = [p for p in every if p.face.width >= 80 and (p.source in group or (fold == 1 and p.source not in known))]
    shown = [(p, p.pixels, GENERATED if p.source == face_data.GENERATED else UNTOUCHED) for p in large]
    shown += [(s.target, s.pixels, s.kind) for s in swaps if s.target.source in group]
    rows = []
    for laundered in (0, 1):
        squares = (face_fit.judged(x, p.face, design.size, p.stem, laundered=bool(laundered)) for p, x, _ in shown)
        logits = face_fit.score(model, squares)
        rows += [
            Scored(p.stem, p.source, kind, fold, laundered, round(float(v), 4))
            for (p, _, kind), v in zip(shown, logits, strict=True)
        ]
    return rows


def attempt(names: Sequence[str]) -> None:
    """Print the rows of the table for these designs; a name that is a number is the one fold to try them on."""
    which = [int(n) for n in names if n.isdecimal()] or [0, 1]
    for name in (n for n in names if not n.isdecimal()):
        rows = folds(DESIGNS[name], which)
        for laundered in (1, 0):
            own = [r for r in rows if r.laundered == laundered]
            print(face_measure.line(name if laundered else f"{name}, clean", own), flush=True)


def calibrated(rows: Sequence[Scored], per_source: dict[str, Any]) -> Calibration:
    """Limits and rates from the folds, laundered; the limit is that of the worst source."""
    temperature, bias = _temperature(rows)
    found, limit = per_source["alarms_left_out"], face_measure.worst_limit(rows)
    swapped = [r.logit for r in rows if r.swapped]
    told = Calibration(temperature=temperature, bias=bias)
    return replace(
        told,
        limit=round(told.score(limit), 4),
        none_below=round(min(told.score(limit), told.score(float(np.quantile(swapped, MISSED)))), 4),
        set=SET,
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        rates=Rates(
            false_alarms=round(float(np.mean(list(found.values()))), 4),
            worst_source=round(max(found.values()), 4),
            recall=round(face_measure.recall(rows, limit), 4),
            auc=round(face_measure.mean(rows), 4),
        ),
    )


def _temperature(rows: Sequence[Scored]) -> tuple[float, float]:
    """Scale and shift that make the logits chances, each source and class weighing the same."""
    kept = [r for r in rows if r.kind != GENERATED and r.source in {s for g in GROUPS for s in g}]
    counts = Counter((r.source, r.swapped) for r in kept)
    x = torch.tensor([r.logit for r in kept], dtype=torch.float64)
    y = torch.tensor([float(r.swapped) for r in kept], dtype=torch.float64)
    weights = torch.tensor([1 / counts[r.source, r.swapped] for r in kept], dtype=torch.float64)
    line = torch.tensor([1.0, 0.0], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([line], max_iter=200)

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = binary_cross_entropy_with_logits(x * line[0] + line[1], y, weights)
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    scale, shift = (float(v) for v in line.detach())
    return round(1 / scale, 4), round(-shift / scale, 4)


def figures(rows: Sequence[Scored]) -> dict[str, Any]:
    """What RESULTS-face.md, the record and the card tell, of rows in one state."""
    limit = face_measure.worst_limit(rows)
    enough = [s for s, (_, number) in face_measure.alarms(rows, limit).items() if number >= 10]
    left_out = {s: face_measure.alarms(rows, face_measure.worst_limit(rows, without=s))[s][0] for s in enough}
    kinds = sorted({r.kind for r in rows if r.swapped})
    by_kind = {k: float(np.mean(list(face_measure.aucs(rows, k).values()))) for k in kinds}
    generated = [r.logit for r in rows if r.kind == GENERATED]
    return {
        "auc": face_measure.mean(rows),
        "interval": face_measure.interval(rows),
        "by_source": face_measure.aucs(rows),
        "by_kind": by_kind,
        "limit": limit,
        "recall": face_measure.recall(rows, limit),
        "alarms_left_out": left_out,
        "untouched": {s: [share, n] for s, (share, n) in face_measure.alarms(rows, limit).items()},
        "swaps": len([r for r in rows if r.swapped]),
        "generated": {"faces": len(generated), "at_limit": float(np.mean(np.asarray(generated) >= limit))},
    }


def main() -> None:
    """Train the folds and the net that ships, measure, write model, manifest, record and scores of pictures."""
    design = DESIGNS[CHOSEN]
    rows = folds(design)
    every = face_data.collect()
    real = [p for p in every if p.source != face_data.GENERATED]
    states = {("clean", "laundered")[k]: figures([r for r in rows if r.laundered == k]) for k in (0, 1)}
    with _record(design, real, rows) as run:
        model = face_export.halved(trained(design, "all", {p.source for p in real}, run))
        made = face_export.export(model, design.size)
        apart = _parity(model, made, design, real[:64])
        run.metrics({"pictures_with_face": _pictures(design), "net_and_file_differ_by": apart, **states})
        run.files({FINDER: (FOLDER.parent / FINDER).read_bytes()})
        run.weights(made)
    told = _manifest(made, design, calibrated([r for r in rows if r.laundered], states["laundered"]))
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / modelfile.MODEL).write_bytes(made)
    (FOLDER / modelfile.MANIFEST).write_text(modelfile.dumps(told), encoding="utf-8")
    records.place(run, FOLDER)
    print(json.dumps(states, indent=1))


def _record(design: Design, real: Sequence[Portrait], rows: Sequence[Scored]) -> TrainingRecord:
    """The run of the net that ships; a fold is the pictures whose faces it judges, untouched or swapped."""
    swaps = json.loads(face_swaps.LIST.read_text(encoding="utf-8"))["sha256"]
    return records.run(
        "face",
        records.named({p.stem for p in real}),
        {f"fold-{fold}": records.named({r.stem for r in rows if r.fold == fold}) for fold in (0, 1)},
        {"design": design, "groups": GROUPS, "swaps": {"list": "training/face_swaps.json", "sha256": swaps}},
        {"pairs": face_pool.SEED, "training": design.seed},
        (records.imagenet(),),
    )


def _given(design: Design) -> Input:
    return Input(face_export.INPUT, Feed.FACES, design.size, faces.MOST, net.MEAN, net.STD)


def _parity(model: FaceNet, made: bytes, design: Design, real: Sequence[Portrait]) -> float:
    squares = np.stack([face_fit.judged(p.pixels, p.face, design.size, p.stem, laundered=False) for p in real])
    apart = face_export.difference(model, made, prepare.normalised(squares, _given(design)))
    if apart > 1e-3:
        raise ValueError(f"the file differs from the net by {apart}")
    return apart


def _manifest(made: bytes, design: Design, calibration: Calibration) -> Manifest:
    return Manifest(
        id="face",
        version="1",
        task=Task.FACE,
        title="Signs that a face was put in or altered",
        licence="Apache-2.0",
        sha256=hashlib.sha256(made).hexdigest(),
        bytes=len(made),
        inputs=(_given(design),),
        outputs=Outputs(face_export.LOGIT),
        calibration=calibration,
        made=datetime.datetime.now(datetime.UTC).date().isoformat(),
        limits_of_use=LIMITS,
    )


def _pictures(design: Design) -> dict[str, Sequence[int]]:
    """Write the scores of whole pictures, each by a net that saw nothing of its source."""
    nets = [trained(design, f"fold{fold}", ()) for fold in (0, 1)]

    def scorer(item: data.Item) -> face_pictures.Score:
        model = nets[0 if item.source in GROUPS[0] else 1]
        return lambda squares: [float(v) for v in face_fit.score(model, squares)]

    path = data.work() / "oof" / "face.csv"
    return {s: list(n) for s, n in face_pictures.write(path, design.size, scorer).items()}


if __name__ == "__main__":
    if sys.argv[1:2] == ["try"]:
        attempt(sys.argv[2:])
    else:
        main()
