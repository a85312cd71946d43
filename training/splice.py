"""`python -m training.splice`: makes patches, fits every design, judges them, and ships the chosen one.

It goes on where it was stopped. `--seconds N` ends a run after about so long; `--ship` only scores and ships;
`--table` only judges.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence

import cv2
import torch
from torch import Tensor

from touchstone.detect import splicing
from touchstone.lineage.run import TrainingRecord
from training import data, records, scores, splice_data, splice_fit, splice_judge, splice_score, splice_ship
from training.data import Item, Rgb
from training.folds import fold
from training.scores import Row
from training.splice_fit import Plan
from training.splice_judge import Figures, Judged
from training.splice_net import Design, SpliceNet
from training.splice_score import Floats, Look

_FIRST = Plan("frames-1", frames=0.4, steps=2000, stop=903)
_SECOND = Plan("frames-2", frames=0.4, steps=520, rate=1.5e-3, begin="frames-1", stop=316)
CHOSEN = Plan("frames", frames=0.35, honest=0.3, steps=500, rate=1.5e-3, begin="frames-2")
OWN = Plan("own", halves=(0,), honest=0.25, steps=800)  # never saw a picture of src06
OTHER = Plan("own-1", halves=(1,), honest=0.25, steps=600)
SHORT = (  # the same 300 steps for each, one thing changed
    Plan("short", frames=0.4, honest=0.25, steps=300),
    Plan("short-no-histograms", Design(histograms=False), frames=0.4, honest=0.25, steps=300),
    Plan("short-no-grid", Design(grid=False), frames=0.4, honest=0.25, steps=300),
    Plan("short-no-dice", frames=0.4, honest=0.25, steps=300, dice=False),
    Plan("short-fine", Design(fine=True), frames=0.4, honest=0.25, steps=300),
)
SHIPS = (_FIRST, _SECOND, CHOSEN)  # one after the other
PLANS = (*SHIPS, OWN, OTHER, *SHORT)
CUES = ("histograms", "grid", "noise")
EACH = 24  # pictures a source that are scored for the joint limit


def main(arguments: Sequence[str] | None = None) -> None:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--ship", action="store_true")
    parser.add_argument("--table", nargs="*", metavar="DESIGN", help="print the figures of designs that are fitted")
    parser.add_argument("--mute", choices=CUES, help="judge the chosen net with one cue levelled out")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    if asked.mute:
        judged = splice_judge.look_at_all(splice_judge.net_look(_muted(_net(CHOSEN), asked.mute)))
        print(splice_judge.line(splice_judge.figures(f"without {asked.mute}", judged, on_frames=True, copies=False)))
        return
    if asked.table is not None:
        print(splice_judge.HEAD, *map(splice_judge.line, table(asked.table)), sep="\n")
        return
    ends = time.monotonic() + asked.seconds
    if not asked.ship:
        for name in splice_data.PATCHES:
            splice_data.make(name)
        for plan in PLANS:
            if plan not in SHIPS and splice_fit.fit(plan, ends - time.monotonic()) is None:
                return
    with _record() as run:
        done = 0
        for plan in SHIPS:
            if splice_fit.fit(plan, 0 if asked.ship else ends - time.monotonic(), run, done) is None:
                return
            done += plan.stop or plan.steps
        _ship(run)
    splice_ship.place(run)


def _record() -> TrainingRecord:
    """The run of the net that ships: what it learned from, the frames that its limit was chosen on, its judges."""
    kept = [f.item for f in splice_data.apart(splice_data.frames("train"))[1]]
    return records.run(
        splicing.MODEL,
        records.named(_used()),
        {"chosen-on": kept, "judged": data.items(split="dev")},
        {"plans": SHIPS},
        {"splice": splice_fit.SEED, "patches": splice_data.SEED},
        (records.imagenet(),),
    )


def _muted(model: SpliceNet, cue: str) -> SpliceNet:
    """The net with what a cue says replaced by its mean over the picture."""

    def level(_module: object, _given: object, said: Tensor | tuple[Tensor, Tensor]) -> Tensor | tuple[Tensor, Tensor]:
        told = said if isinstance(said, Tensor) else said[1]
        even = told.mean((2, 3), keepdim=True).expand_as(told)
        return even if isinstance(said, Tensor) else (said[0], even)

    getattr(model, cue).register_forward_hook(level)
    return model


def _ship(run: TrainingRecord) -> None:
    """Limits, out-of-fold scores, and the files; `run` is told what was measured."""
    look = splice_judge.net_look(_net(CHOSEN))
    judged = splice_judge.look_at_all(look)
    limit = splice_judge.chosen_limit(judged, on_frames=True, copies=True)
    looks = {CHOSEN.name: _zeroed(look, limit)}
    for plan in (OWN, OTHER):
        other = splice_judge.net_look(_net(plan))
        chosen = splice_judge.chosen_limit(splice_judge.look_to_choose(other), on_frames=False, copies=True)
        looks[plan.name] = _zeroed(other, chosen)
    rows = list(_rows(looks))
    scores.write(data.work() / "oof" / "splice.csv", rows)
    spliced = [_row(i, looks[CHOSEN.name](p)[1], laundered=w) for i, w, p in scored() if i.label == "spliced"]
    measured = splice_ship.calibrated([r for r in rows if r.label == "real"] + spliced)
    found = [splice_judge.figures(CHOSEN.name, judged, on_frames=True, copies=c) for c in (True, False)]
    manifest = splice_ship.ship(run, _net(CHOSEN), limit, measured, found)
    print(manifest.calibration, measured, splice_judge.HEAD, *map(splice_judge.line, found), sep="\n")


def _net(plan: Plan) -> SpliceNet:
    model = splice_fit.fit(plan, 0)
    if model is None:
        raise RuntimeError(f"{plan.name} is not fitted yet")
    return model


def table(names: Sequence[str]) -> Iterator[Figures]:
    """The figures of designs (all of them where none is named), without and with copies, and of copies alone."""
    if not names:
        alone = splice_judge.look_at_all(splice_judge.nothing)
        yield splice_judge.figures("nothing", alone, on_frames=True, copies=True)
    for plan in PLANS:
        if not names or plan.name in names:
            judged: Judged = splice_judge.look_at_all(splice_judge.net_look(_net(plan)))
            for copies in (False, True):
                yield splice_judge.figures(plan.name, judged, on_frames=plan.frames > 0, copies=copies)


def _used() -> list[str]:
    """Stems of what the shipped net was trained on."""
    frames = splice_data.apart(splice_data.frames("train"))[0]
    return [i.stem for i in data.items(split="train", label="real")] + [f.item.stem for f in frames]


def _zeroed(look: Look, limit: float) -> Look:
    """As the application looks at a picture: the net's limit as zero, copies taken in."""

    def zeroed(pixels: Rgb) -> tuple[Floats, float]:
        logits, logit = look(pixels)
        return logits, max(logit - limit, splice_judge.copied(pixels)[1])

    return zeroed


def _rows(looks: Mapping[str, Look]) -> Iterator[Row]:
    """Out-of-fold scores: each picture by a net that saw none of its source.

    Pictures of dev sources were seen by none; those of src06 are left to the net that never saw that source.
    """
    for item, laundered, pixels in scored():
        if item.source == "src06":
            look = looks[OWN.name]
        elif item.split == "dev":
            look = looks[CHOSEN.name]
        else:
            look = looks[(OTHER if splice_data.half(item) == 0 else OWN).name]
        yield _row(item, look(pixels)[1], laundered=laundered)


def scored() -> Iterator[tuple[Item, bool, Rgb]]:
    """The pictures of the out-of-fold scores, as they are and laundered: untouched, and spliced ones kept or of dev."""
    chosen = splice_score.some([i for i in data.items(label="real") if i.view or i.source == "src06"], EACH)
    kept = [f.item for f in splice_data.apart(splice_data.frames("train"))[1]]
    for item in chosen + kept + data.items(split="dev", label="spliced"):
        for laundered in (False, True):
            pixels = _pixels(item, laundered=laundered)
            if pixels is not None:
                yield item, laundered, pixels


def _pixels(item: Item, *, laundered: bool) -> Rgb | None:
    if item.label == "spliced":
        if item.full is None:
            return None
        return splice_score.washed(data.decode(item.full), item) if laundered else data.decode(item.full)
    return splice_score.untouched(item, kind="crop" if item.source == "src06" else "view", laundered=laundered)


def _row(item: Item, logit: float, *, laundered: bool) -> Row:
    return Row(
        stem=item.stem,
        source=item.source,
        split=item.split,
        label=item.label,
        generator=item.generator,
        content=item.content,
        fold=fold(item),
        laundered=int(laundered),
        logit=logit,
    )


if __name__ == "__main__":
    main()
