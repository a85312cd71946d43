"""The AI-image net: `python -m training.ai_image` makes it and its figures anew; it goes on where it was stopped.

Caches, then for each fold a net that saw neither its sources nor its generators, out-of-fold scores, the calibration
from them, the net that ships (trained on all sources), its file, manifest, record. `python -m training.ai_image lots`
does the shuffled-label test on one fold instead.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from touchstone.detect import prepare
from touchstone.lineage.run import TrainingRecord
from touchstone.modelfile import (
    MANIFEST,
    MODEL,
    Calibration,
    Feed,
    Input,
    Manifest,
    Outputs,
    Rates,
    Task,
    dumps,
    parse,
)
from training import (
    ai_image_calibrate,
    ai_image_data,
    ai_image_fit,
    ai_image_fronts,
    ai_image_unfit,
    data,
    folds,
    records,
)
from training.ai_image_data import EVALUATED, SIZE, SQUARES, Picture, pictures
from training.ai_image_designs import CHOSEN, DESIGNS
from training.ai_image_export import Space, export, halved, space
from training.net import MEAN, STD, AiImage
from training.scores import Row, auc, interval, line, read, write

TARGET = data.ROOT / "resources" / "models" / "ai-image"
GIVEN = Input("squares", Feed.SQUARES, SIZE, SQUARES, MEAN, STD)
_KNOWN = 400  # pictures that the distance is measured from
_LIMITS = (
    "Trained and measured on small web pictures; says little about a generator unlike those named in the card.",
    "People's own posters, paintings and interface designs are flagged more often than photographs.",
    "Says nothing about edits of part of a picture, nor about a face put into a real photograph.",
    "A low score is no sign that a camera took the picture.",
)


def nets(fold: int | str, run: TrainingRecord | None = None) -> list[AiImage]:
    """A net of each chosen design, trained on all folds but this one, or on `all`; made where missing."""
    made, done = [], 0
    for name in CHOSEN:
        made.append(ai_image_fit.kept(name, fold, run, done))
        done += DESIGNS[name].steps + DESIGNS[name].probe
    return made


def known(made: AiImage, trained: Sequence[Picture]) -> Space:
    """Where the features of pictures that a net was trained on lie; half of those looked at are laundered."""
    views = [p for p in trained if not p.pseudo]
    order = np.random.default_rng(1).permutation(len(views))[:_KNOWN]
    halves = zip(EVALUATED, np.array_split(order, 2), strict=True)
    parts = [ai_image_fit.features(made, [views[i] for i in part], state, fronted=True) for state, part in halves]
    return space(np.concatenate(parts))


def scored(fold: int) -> list[Row]:
    """The scores, with distances, of the pictures of a fold."""
    kept = data.work() / "oof" / f"ai-image-{'+'.join(CHOSEN)}-{fold}.csv"
    if not kept.exists():
        every, made = [p for p in pictures(pseudos=False) if not folds.straddling(p.item)], nets(fold)
        lie = known(made[0], [p for p in every if p.fold != fold])
        held = [p for p in every if p.fold == fold]
        write(kept, _held(made, held, ai_image_fronts.tags(), lie))
        print(line(f"{' + '.join(CHOSEN)} fold {fold}", [r for r in read(kept) if r.laundered]), flush=True)
    return read(kept)


def out_of_fold() -> list[Row]:
    """All folds' scores, kept in `work()/oof/ai-image.csv`."""
    found = [row for fold in range(folds.FOLDS) for row in scored(fold)]
    write(data.work() / "oof" / "ai-image.csv", found)
    return found


def _held(made: Sequence[AiImage], held: Sequence[Picture], tags: dict[str, str], lie: Space) -> Iterable[Row]:
    for state in EVALUATED:
        pooled = [ai_image_fit.features(net, held, state, fronted=True) for net in made]
        heads = [(net.linear.weight.detach().numpy()[0], float(net.linear.bias.detach())) for net in made]
        logits = np.mean([x @ weight + bias for x, (weight, bias) in zip(pooled, heads, strict=True)], axis=0)
        values = zip(held, logits, lie.distances(pooled[0]), strict=True)
        yield from (ai_image_fit.row(p, tags, state, float(x), float(d)) for p, x, d in values)


def verified(raw: bytes, made: Sequence[AiImage], lie: Space, views: Sequence[Picture]) -> float:
    """The largest difference between the file and the nets over these pictures, fed as the application feeds them.

    Raises:
        ValueError: it is .001 or more.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session, worst = onnxruntime.InferenceSession(raw, options), 0.0
    for picture in views:
        fed = prepare.normalised(prepare.squares(picture.pixels(), SIZE, SQUARES), GIVEN)
        logit, distance, place, parts = session.run(["logit", "distance", "map", "parts"], {GIVEN.name: fed})
        with torch.inference_mode():
            pooled = [net.pooled(torch.from_numpy(fed)) for net in made]
            each = [net.linear(x)[:, 0].numpy() for net, x in zip(made, pooled, strict=True)]
        expected, away = np.mean(each, axis=0), lie.distances(pooled[0].mean(0, keepdim=True).numpy())
        gaps = [logit - expected.mean(), distance - away, parts - expected, place.mean() - expected.max()]
        worst = max(worst, *(float(np.abs(g).max()) for g in gaps))
    if not worst < 1e-3:
        raise ValueError(f"the file differs from the net by {worst}")
    return worst


def manifest(raw: bytes, found: ai_image_calibrate.Found, macro: float) -> Manifest:
    """What the application needs to know of the file."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    rates = Rates(*(round(v, 4) for v in (found.false_alarms, found.worst_alarms, found.recall, macro)))
    calibration = Calibration(
        temperature=round(found.temperature, 5),
        bias=round(found.bias, 5),
        limit=round(found.limit, 5),
        none_below=round(found.none_below, 5),
        distance_limit=round(found.distance_limit, 4),
        set="whole pictures, laundered, whose source and generator family were held out, four folds",
        date=today,
        rates=rates,
    )
    return Manifest(
        id="ai-image",
        version="1.0.0",
        task=Task.AI_IMAGE,
        title="Whole-picture look of generators",
        licence="Apache-2.0",
        sha256=hashlib.sha256(raw).hexdigest(),
        bytes=len(raw),
        inputs=(GIVEN,),
        outputs=Outputs(logit="logit", distance="distance", map="map", parts="parts"),
        calibration=calibration,
        made=today,
        limits_of_use=_LIMITS,
        preprocessing=prepare.VERSION,
    )


def record(trained: Sequence[Picture]) -> TrainingRecord:
    """The run of the nets that ship. What they are judged on are the folds, each by nets that saw none of it."""
    judged = [p for p in pictures(pseudos=False) if not folds.straddling(p.item)]
    return records.run(
        "ai-image",
        (p.item for p in trained),
        {f"fold-{fold}": [p.item for p in judged if p.fold == fold] for fold in range(folds.FOLDS)},
        {
            "designs": {name: DESIGNS[name] for name in CHOSEN},
            "averaged": CHOSEN,
            "squares": {"size": SIZE, "most": SQUARES},
            "pseudo_fakes": sum(p.pseudo for p in trained),
        },
        {name: DESIGNS[name].seed for name in CHOSEN},
        (records.imagenet(),),
    )


def make() -> None:
    """Everything, in order."""
    aligned = any(DESIGNS[n].pseudo > 0 for n in CHOSEN)
    ai_image_data.fill(pseudos=aligned)
    ai_image_fronts.fill(pseudos=aligned)
    rows = out_of_fold()
    laundered, clean = ([r for r in rows if r.laundered == state] for state in (1, 0))
    ai_image_unfit.fill()
    unfit = [{stem for (stem, was), why in ai_image_unfit.unfit().items() if why and was == n} for n in (0, 1)]
    found = ai_image_calibrate.calibrated(laundered, unfit[1])
    metrics: dict[str, Any] = {
        "laundered": ai_image_calibrate.summary(laundered, found),
        "clean": ai_image_calibrate.summary(clean, ai_image_calibrate.calibrated(clean, unfit[0])),
        "interval_auc_macro": interval(laundered),
        "interval_auc_photographic": interval(laundered, photographic=True),
    }
    trained = pictures(pseudos=aligned)
    with record(trained) as run:
        made = [halved(net) for net in nets("all", run)]  # on every source, so that no figure of their own can be had
        lie = known(made[0], trained)
        raw = export(made, lie, SIZE)
        every = np.random.default_rng(2).permutation(len(trained))[:24]
        metrics["file_against_net"] = verified(raw, made, lie, [trained[i] for i in every])
        run.metrics(metrics)
        run.weights(raw)
    TARGET.mkdir(parents=True, exist_ok=True)
    text = dumps(manifest(raw, found, metrics["laundered"]["auc_macro"]))
    parse(text.encode())
    (TARGET / MODEL).write_bytes(raw)
    (TARGET / MANIFEST).write_text(text, "utf-8")
    records.place(run, TARGET)
    print(json.dumps(metrics, indent=1))


def lots(fold: int = 2) -> None:
    """The net learns and is judged by labels drawn by lot: it must tell nothing (AUC .5 within .03)."""
    found = [p for p in pictures(pseudos=False) if not folds.straddling(p.item)]
    random = np.random.default_rng(4)
    drawn = random.permutation([p.item.label for p in found])
    mixed = [replace(p, item=replace(p.item, label=str(label))) for p, label in zip(found, drawn, strict=True)]
    tags = {p.item.stem: "any" for p in mixed}
    made = ai_image_fit.fit(DESIGNS[CHOSEN[0]], [p for p in mixed if p.fold != fold], tags, "labels by lot")
    held = [p for p in mixed if p.fold == fold]
    rows = ai_image_fit.rows(made, held, tags, "laundered0", fronted=True)
    value = auc(*([r.logit for r in rows if (r.label == "real") is real] for real in (False, True)))
    print(f"labels by lot, fold {fold}: AUC {value:.3f} on {len(rows)} pictures")


if __name__ == "__main__":
    lots() if sys.argv[1:] == ["lots"] else make()
