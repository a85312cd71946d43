"""Ships a design of the splice map: the ONNX file with the map's limit as zero, manifest and what was measured."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from touchstone import modelfile
from touchstone.detect import prepare, splicing
from touchstone.lineage.run import TrainingRecord
from touchstone.modelfile import Calibration, Feed, Input, Manifest, Outputs, Rates, Task
from training import data, records, scores, splice_export
from training.data import PHOTOGRAPHIC
from training.scores import Row
from training.splice_judge import Figures
from training.splice_net import MULTIPLE, SpliceNet

VERSION = "1"
QUANTILE = 0.97  # of a source's logits; the highest source sets the limit
MISSED = 0.2  # share of spliced pictures whose score may lie below `none_below`
LEAST = 10  # pictures that a source needs to have a say
FOLDER = data.ROOT / "resources" / "models" / splicing.MODEL
_LIMITS_OF_USE = (
    "Measured on splices and copy-moves of one data set of 384 x 256 pixels; no claim beyond it.",
    "A picture made smaller or saved again after the paste has lost most of what the net looks for.",
    "Equal parts of screenshots, patterns and drawings are copies without a forger.",
    "Where nothing is marked, a paste may have gone unseen.",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """The limits and what was measured at them."""

    calibration: Calibration
    by_source: dict[str, float]  # false alarms of each source of untouched photographs
    recall: dict[str, float]  # of spliced pictures: by kind


def calibrated(rows: Sequence[Row]) -> Measured:
    """Limits from out-of-fold rows: the worst source of photographs of train sets the upper one.

    Rates are those of sources of dev. The score is a logistic fit of spliced pictures against photographs, in which
    both weigh the same.
    """
    photographs = [r for r in rows if r.label == "real" and r.content in PHOTOGRAPHIC and r.source != "src06"]
    spliced = [r for r in rows if r.label == "spliced" and not r.laundered]
    train = _by_source(r for r in photographs if r.split == "train")
    where = max(float(np.quantile(x, QUANTILE)) for x in train.values())
    temperature, bias = _logistic(
        np.array([r.logit for r in spliced if r.split == "train"]), np.concatenate(list(train.values()))
    )
    dev = _by_source(r for r in photographs if r.split == "dev")
    alarms = {s: float(np.mean(x >= where)) for s, x in dev.items()}
    caught = [r for r in spliced if r.split == "dev"]
    recall = {
        kind: float(np.mean([r.logit >= where for r in caught if kind in r.generator]))
        for kind in ("copymove", "splice")
    }
    low = float(np.quantile([r.logit for r in spliced if r.split == "train"], MISSED))
    shape = Calibration(temperature=temperature, bias=bias)
    calibration = Calibration(
        temperature=temperature,
        bias=bias,
        limit=shape.score(where),
        none_below=shape.score(min(low, where)),
        least_side=240,
        set="splice-dev-1: dev pictures, each scored by a net that saw none of its source",
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        rates=Rates(
            false_alarms=float(np.mean(list(alarms.values()))),
            worst_source=max(alarms.values()),
            recall=float(np.mean([r.logit >= where for r in caught])),
            auc=scores.auc([r.logit for r in caught], np.concatenate(list(dev.values())).tolist()),
        ),
    )
    return Measured(calibration, alarms, recall)


def _by_source(rows: Iterable[Row]) -> dict[str, np.ndarray]:
    found: dict[str, list[float]] = {}
    for row in rows:
        found.setdefault(row.source, []).append(row.logit)
    return {s: np.array(x) for s, x in found.items() if len(x) >= LEAST}


def _logistic(positive: np.ndarray, negative: np.ndarray) -> tuple[float, float]:
    """Temperature and bias of a logistic curve through logits of two kinds that weigh the same (Newton's method)."""
    x = np.concatenate([positive, negative])
    y = np.concatenate([np.ones(len(positive)), np.zeros(len(negative))])
    w = np.concatenate([np.full(len(positive), 0.5 / len(positive)), np.full(len(negative), 0.5 / len(negative))])
    slope, offset = 0.5, 0.0
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(slope * x + offset, -30, 30)))
        gradient = np.array([(w * (p - y) * x).sum() + 1e-3 * slope, (w * (p - y)).sum()])
        curve = w * p * (1 - p)
        hessian = np.array([[(curve * x * x).sum() + 1e-3, (curve * x).sum()], [(curve * x).sum(), curve.sum() + 1e-9]])
        slope, offset = np.array([slope, offset]) - 0.7 * np.linalg.solve(hessian, gradient)
    slope = max(float(slope), 0.05)
    return 1 / slope, -float(offset) / slope


def ship(
    run: TrainingRecord, model: SpliceNet, limit: float, measured: Measured, figures: Sequence[Figures]
) -> Manifest:
    """Write model and manifest, and tell the run what they are and what was measured."""
    made = splice_export.export(model, limit)
    manifest = Manifest(
        id=splicing.MODEL,
        version=VERSION,
        task=Task.SPLICE,
        title="Pasted and copied parts",
        licence="Apache-2.0",
        sha256=hashlib.sha256(made).hexdigest(),
        bytes=len(made),
        inputs=(Input(splice_export.INPUT, Feed.DETAIL, MULTIPLE),),
        outputs=Outputs(logit=splice_export.LOGIT, map=splice_export.MAP),
        calibration=measured.calibration,
        made=datetime.datetime.now(datetime.UTC).date().isoformat(),
        limits_of_use=_LIMITS_OF_USE,
        preprocessing=prepare.VERSION,
    )
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / modelfile.MODEL).write_bytes(made)
    (FOLDER / modelfile.MANIFEST).write_text(modelfile.dumps(manifest), "utf-8")
    run.metrics(
        {
            "map": figures,
            "map_limit": limit,
            "picture": measured.calibration.rates,
            "false_alarms_by_source": measured.by_source,
            "recall_by_kind": measured.recall,
        }
    )
    run.weights(made)
    return manifest


def place(run: TrainingRecord) -> None:
    """Put the record of a run that has ended beside the model."""
    records.place(run, FOLDER)
