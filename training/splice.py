"""`python -m training.splice`: makes patches, fits every design, judges them, and ships the chosen one.

It goes on where it was stopped. `--seconds N` ends a run after about so long; `--ship` only scores and ships.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence

import cv2
import torch

from training import data, scores, splice_data, splice_fit, splice_judge, splice_score, splice_ship
from training.data import Item, Rgb
from training.folds import fold
from training.scores import Row
from training.splice_fit import Plan
from training.splice_judge import Figures, Judged
from training.splice_net import SpliceNet

_FIRST = Plan("frames-1", frames=0.4, steps=2000, stop=903)
_SECOND = Plan("frames-2", frames=0.4, steps=520, rate=1.5e-3, begin="frames-1", stop=316)
CHOSEN = Plan("frames", frames=0.35, honest=0.3, steps=500, rate=1.5e-3, begin="frames-2")
OWN = Plan("own", halves=(0,), honest=0.25, steps=800)  # never saw a picture of src06
OTHER = Plan("own-1", halves=(1,), honest=0.25, steps=600)
PLANS = (_FIRST, _SECOND, CHOSEN, OWN, OTHER)
EACH = 40  # pictures a source that are scored for the joint limit


def main(arguments: Sequence[str] | None = None) -> None:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--ship", action="store_true")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    ends = time.monotonic() + asked.seconds
    if not asked.ship:
        for name in splice_data.PATCHES:
            splice_data.make(name)
        for plan in PLANS:
            if splice_fit.fit(plan, ends - time.monotonic()) is None:
                return
    judged = splice_judge.look_at_all(splice_judge.net_look(_net(CHOSEN)))
    limit = splice_judge.chosen_limit(judged, on_frames=True, copies=True)
    rows = list(_rows(limit))
    scores.write(data.work() / "oof" / "splice.csv", rows)
    measured = splice_ship.calibrated(rows)
    found = [splice_judge.figures(CHOSEN.name, judged, on_frames=True, copies=True)]
    manifest = splice_ship.ship((_FIRST, _SECOND, CHOSEN), _net(CHOSEN), limit, measured, found, _used())
    print(manifest.calibration, splice_judge.HEAD, *map(splice_judge.line, found), sep="\n")


def _net(plan: Plan) -> SpliceNet:
    model = splice_fit.fit(plan, 0)
    if model is None:
        raise RuntimeError(f"{plan.name} is not fitted yet")
    return model


def table(plans: Sequence[tuple[Plan, bool]]) -> list[Figures]:
    """The figures of designs, each without and with copies; for each, whether its limit is chosen on frames."""
    found = []
    for plan, on_frames in plans:
        judged: Judged = splice_judge.look_at_all(splice_judge.net_look(_net(plan)))
        found += [splice_judge.figures(plan.name, judged, on_frames=on_frames, copies=c) for c in (False, True)]
    return found


def _used() -> list[str]:
    """Stems of what the shipped net was trained on."""
    frames = splice_data.apart(splice_data.frames("train"))[0]
    return [i.stem for i in data.items(split="train", label="real")] + [f.item.stem for f in frames]


def _rows(limit: float) -> Iterator[Row]:
    """Out-of-fold scores: each picture by a net that saw none of its source, with the copies taken in.

    Pictures of dev sources were seen by none; those of src06 are left to the net that never saw that source.
    """
    looks = {p.name: splice_judge.net_look(_net(p)) for p in (CHOSEN, OWN, OTHER)}
    for item, laundered, pixels in scored():
        if item.source == "src06":
            look = looks[OWN.name]
        elif item.split == "dev":
            look = looks[CHOSEN.name]
        else:
            look = looks[(OTHER if splice_data.half(item) == 0 else OWN).name]
        logit = max(look(pixels)[1] - limit, splice_judge.copied(pixels)[1])
        yield _row(item, logit, laundered=laundered)


def scored() -> Iterator[tuple[Item, bool, Rgb]]:
    """The pictures of the out-of-fold scores, as they are and laundered; spliced ones of train only as they are."""
    chosen = splice_score.some([i for i in data.items(label="real") if i.view or i.source == "src06"], EACH)
    for item in chosen + data.items(label="spliced"):
        for laundered in (False,) if item.label == "spliced" and item.split == "train" else (False, True):
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
