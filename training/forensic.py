"""Makes the forensic model that ships, with its figures: `python -m training.forensic`.

It comes after `ai-image`, which tells what galleries show. First every fold is scored by a model that saw neither its
sources nor its generators' families, then one model is fitted to all of it. `training.forensic_designs` compares
designs; the chosen one stands here.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from touchstone import modelfile
from touchstone.detect import features
from touchstone.lineage.run import TrainingRecord
from touchstone.modelfile import Calibration, Feed, Input, Manifest, Outputs, Rates, Task
from training import data, folds, forensic_features, records, scores
from training.ai_image_calibrate import calibrated
from training.forensic_designs import DESIGNS
from training.forensic_export import Space, exported, space
from training.forensic_fit import CLIP, Model, Sample, fitted, row, sample, weights
from training.scores import Row

CHOSEN = "boosted and logistic"
VERSION = "1"
FOLDER = data.ROOT / "resources" / "models" / "forensic"
_UNUSED = 1e9  # spread of a feature that the model does not look at: it never stands out
BESIDE = "features.json"
_LIMITS_OF_USE = (
    "It looks at a picture's statistics alone, at a short side of 144 px, and tells nothing of what was altered in it.",
    "Sharp, noiseless camera photographs come nearest to what it calls signs.",
    "Portraits of some generators measure like studio portraits; there it guesses.",
    "Drawings, posters and screenshots made by people were few in what it was measured on.",
)


def out_of_fold(states: Sequence[int] = (0, 1)) -> list[Row]:
    """Every picture in each state, scored by the fold's model, with its distance."""
    design = DESIGNS[CHOSEN]
    train = sample(design.draws, pseudo=design.pseudo > 0)
    judged = [(state, sample([state], pseudo=False)) for state in states]
    found: list[Row] = []
    for fold in range(folds.FOLDS):
        seen = train.where(train.folds != fold)
        model = fitted(design, seen)
        axes = around(model, seen)
        for state, every in judged:
            of = every.where(every.folds == fold)
            away = axes.distance(model.scale(of.values[:, model.columns]))
            for item, content, logit, far in zip(of.items, of.contents, model(of.values), away, strict=True):
                found.append(row(item, content, state, logit, far))
        print(f"fold {fold} scored", file=sys.stderr, flush=True)
    return found


def around(model: Model, of: Sample) -> Space:
    """The space that distances are measured in."""
    return space(model.scale(of.values[:, model.columns]), weights(of))


def parity(model: Model, axes: Space, raw: bytes, of: Sample) -> float:
    """The largest difference between ONNX and the model as fitted, over some pictures.

    Raises:
        RuntimeError: they differ by more than rounding.
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(raw, providers=["CPUExecutionProvider"])
    worst = 0.0
    for values in of.values[:: max(1, len(of.values) // 300)]:
        logit, distance = session.run(["logit", "distance"], {"features": values[None]})
        x = model.scale(values[None][:, model.columns])
        worst = max(worst, abs(float(logit[0]) - float(model(values[None])[0])))
        worst = max(worst, abs(float(distance[0]) - float(axes.distance(x)[0])))
    if worst > 1e-3:
        raise RuntimeError(f"the exported model differs by {worst}")
    return worst


def reference(model: Model, of: Sample) -> str:
    """`features.json`: means and spreads of the features over real pictures, each source as often as another."""
    honest = of.where(~of.generated)
    weight = weights(honest)
    means = np.average(honest.values, axis=0, weights=weight)
    spreads = np.sqrt(np.average((honest.values - means) ** 2, axis=0, weights=weight))
    used = np.isin(np.arange(len(means)), model.columns) & (spreads > 1e-4)
    spreads = np.where(used, spreads, _UNUSED)
    told = {
        "version": features.VERSION,
        "means": [float(f"{v:.6g}") for v in means],
        "spreads": [float(f"{v:.6g}") for v in spreads],
    }
    return json.dumps(told) + "\n"


def manifest(raw: bytes, found: Sequence[Row]) -> Manifest:
    """The manifest; `training.joint` then lowers its limit to what all witnesses may flag together."""
    laundered = [r for r in found if r.laundered]
    at, auc = calibrated(laundered), scores.figures(laundered).macro
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return Manifest(
        id="forensic",
        version=VERSION,
        task=Task.FORENSIC,
        title="Forensic features",
        licence="Apache-2.0",
        sha256=hashlib.sha256(raw).hexdigest(),
        bytes=len(raw),
        inputs=(Input("features", Feed.FEATURES, len(features.NAMES)),),
        outputs=Outputs(logit="logit", distance="distance"),
        calibration=Calibration(
            temperature=at.temperature,
            bias=at.bias,
            limit=at.limit,
            none_below=at.none_below,
            distance_limit=at.distance_limit,
            set="leave-sources-out-1: real and generated pictures, each scored by a model that saw none of its source",
            date=today,
            rates=Rates(at.false_alarms, at.worst_alarms, at.recall, auc),
        ),
        made=today,
        limits_of_use=_LIMITS_OF_USE,
        preprocessing=features.VERSION,
    )


def record(of: Sample, found: Sequence[Row]) -> TrainingRecord:
    """The run of the model that ships. A fold is what its model, which saw none of it, was judged on."""
    design = DESIGNS[CHOSEN]
    return records.run(
        "forensic",
        of.items,
        {f"fold-{fold}": records.named({r.stem for r in found if r.fold == fold}) for fold in range(folds.FOLDS)},
        {
            "design": CHOSEN, "draws": design.draws, "pseudo": design.pseudo, "clip": CLIP,
            "fits": [f.__qualname__.split(".")[0] for f in design.fits], "shares": design.shares,
            "features": features.VERSION, "feature_count": len(features.NAMES),
        },
        {"boosted": 0},
    )  # fmt: skip


def measured(found: Sequence[Row], worst: float) -> dict[str, Any]:
    """What was measured, for the record."""
    metrics: dict[str, Any] = {"parity": worst}
    for name, state in (("clean", 0), ("laundered", 1)):
        own = [r for r in found if r.laundered == state]
        metrics[name] = dataclasses.asdict(scores.figures(own)) | {"interval": scores.interval(own)}
    return metrics


def main() -> None:
    for draw in {0, 1, *DESIGNS[CHOSEN].draws}:
        forensic_features.extend("view", draw, math.inf)
    found = out_of_fold()
    scores.write(data.work() / "oof" / "forensic.csv", found)
    for state in (1, 0):
        print(
            scores.line(f"forensic, {'laundered' if state else 'as it is'}", [r for r in found if r.laundered == state])
        )
    design = DESIGNS[CHOSEN]
    every = sample(design.draws, pseudo=design.pseudo > 0, straddling=True)
    with record(every, found) as run:
        model = fitted(design, every, lambda state, step: run.checkpoint(state, step=step))
        axes = around(model, every)
        raw = exported(model, len(features.NAMES), axes)
        worst = parity(model, axes, raw, every)
        beside = reference(model, every).encode()
        run.metrics(measured(found, worst))
        run.files({BESIDE: beside})
        run.weights(raw)
    made = manifest(raw, found)
    for name, held in ((modelfile.MODEL, raw), (modelfile.MANIFEST, modelfile.dumps(made).encode()), (BESIDE, beside)):
        _write(FOLDER / name, held)
    records.place(run, FOLDER)
    print(made.calibration, f"parity {worst:.1e}", f"{len(raw)} bytes")


def _write(path: Path, held: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    partial.write_bytes(held)
    partial.replace(path)


if __name__ == "__main__":
    main()
