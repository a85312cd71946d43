"""What a design of the splice map is worth: the same pictures for each, its limit chosen on others."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from touchstone.detect import splicing
from training import data, splice_data, splice_score
from training.data import PHOTOGRAPHIC, Rgb
from training.splice_data import Frame
from training.splice_net import MULTIPLE, SpliceNet
from training.splice_score import LIMITS, Floats, Look, Seen

MOST_AREA = 0.015  # of untouched photographs marked, mean over sources of train, where the limit is chosen
EACH = 16  # untouched pictures a source
_NOTHING = -9.0


@dataclass(frozen=True, slots=True)
class Figures:
    """At the limit chosen, on the dev frames unless said. F1 is the mean over pictures."""

    design: str
    copies: bool
    limit: float  # on the net's own logits
    f1: float
    f1_interval: tuple[float, float]
    f1_copied: float
    f1_spliced: float
    f1_best: float  # at the limit that suits dev best: an upper bound, no figure to quote
    f1_kept: float  # frames of train that were not trained on
    f1_own: float  # own splices of dev sources
    auc_same: float  # spliced against untouched, both of src06 (frames against crops: see the card)
    auc_own: float  # own splices against what was saved alike without a paste
    auc_others: float  # spliced against untouched views of other photographic sources of dev
    area: float  # share of an untouched photograph marked: mean over photographic sources of dev
    area_worst: float
    area_worst_source: str
    areas: dict[str, float]
    areas_native: dict[str, float]  # of crops at native resolution, their own compression kept


def net_look(model: SpliceNet) -> Look:
    """What a net says, as `touchstone.detect.prepare.detail` feeds it."""

    @torch.inference_mode()
    def look(pixels: Rgb) -> tuple[Floats, float]:
        height, width = pixels.shape[:2]
        padded = np.pad(pixels, ((0, -height % MULTIPLE), (0, -width % MULTIPLE), (0, 0)), mode="symmetric")
        logits, logit = model(torch.from_numpy(padded.copy()).permute(2, 0, 1)[None].float() / 255)
        return logits[0].numpy(), float(logit[0])

    return look


def nothing(pixels: Rgb) -> tuple[Floats, float]:
    """A map that marks nothing: what copies are worth alone."""
    height, width = (-(-side // MULTIPLE) * 4 for side in pixels.shape[:2])
    return np.full((height, width), _NOTHING, np.float32), _NOTHING


@dataclass(frozen=True, slots=True)
class _Both:
    """A picture without and with the copies: what the net says, and what is sure to be copied."""

    net: Seen
    copies: Seen

    def at(self, limit: float, *, copies: bool) -> Seen:
        """With the net's limit as zero."""
        if not copies:
            return Seen(self.net.map - limit, self.net.logit - limit, self.net.mask)
        logit = max(self.net.logit - limit, self.copies.logit)
        outshone = splicing.OUTSHONE if self.copies.logit > 0 else 0.0
        return Seen(np.maximum(self.net.map - limit - outshone, self.copies.map), logit, self.net.mask)


def _both(look: Look, pixels: Rgb, mask: np.ndarray | None = None) -> _Both:
    net = splice_score.looked(look, pixels, mask)
    return _Both(net, splice_score.looked(copied, pixels, mask))


def copied(pixels: Rgb) -> tuple[Floats, float]:
    """What copies alone say of a picture, kept from one design to the next."""
    path = splice_data.folder() / "copies" / f"{hashlib.sha256(pixels.tobytes()).hexdigest()[:24]}.npy"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        found, logit = splicing.refined(pixels, *nothing(pixels))
        np.save(path, np.append(found, np.full((1, found.shape[1]), logit, np.float32), axis=0))
    both = np.load(path)
    return both[:-1], float(both[-1, 0])


@dataclass(frozen=True, slots=True)
class Judged:
    """Everything a net said of what it is judged on."""

    kept: list[_Both]
    dev: list[tuple[Frame, _Both]]
    own: list[_Both]
    saved: list[_Both]  # of the same make as the own splices, without a paste
    train: dict[str, list[_Both]]  # untouched, by source
    untouched: dict[str, list[_Both]]
    native: dict[str, list[_Both]]  # untouched, crops at native resolution


def look_at_all(look: Look) -> Judged:
    """Every picture that figures are made of."""
    own = splice_data.patches("own")
    own_looks = [_both(look, p, m) for p, m in zip(own.pixels, own.masks, strict=True)]
    return Judged(
        kept=[_both(look, f.pixels, f.mask) for f in splice_data.apart(splice_data.frames("train"))[1]],
        dev=[(f, _both(look, f.pixels, f.mask)) for f in splice_data.frames("dev")],
        own=[p for p in own_looks if p.net.mask is not None and p.net.mask.any()],
        saved=[p for p in own_looks if p.net.mask is not None and not p.net.mask.any()],
        train=_photographs(look, "train", "view"),
        untouched=_photographs(look, "dev", "view"),
        native=_photographs(look, "dev", "crop"),
    )


def look_to_choose(look: Look) -> Judged:
    """What a limit is chosen on, without the frames of src06."""
    own = splice_data.patches("own")
    marked = [_both(look, p, m) for p, m in zip(own.pixels, own.masks, strict=True) if m.any()]
    return Judged([], [], marked, [], _photographs(look, "train", "view"), {}, {})


def _photographs(look: Look, split: str, kind: str) -> dict[str, list[_Both]]:
    chosen = [
        i for i in data.items(split=split, label="real") if i.content in PHOTOGRAPHIC and (i.view or kind == "crop")
    ]
    found: dict[str, list[_Both]] = {}
    for item in splice_score.some(chosen, EACH):
        pixels = splice_score.untouched(item, kind=kind, laundered=False)
        if pixels is not None:
            found.setdefault(item.source, []).append(_both(look, pixels))
    return found


def chosen_limit(judged: Judged, *, on_frames: bool, copies: bool) -> float:
    """The net's limit with the best F1 on frames kept apart, or on own splices, that marks little elsewhere."""
    pictures = judged.kept if on_frames else judged.own
    best, found = -1.0, float(LIMITS[-1])
    for limit in map(float, LIMITS):
        if _area(judged.train, limit, copies=False)[0] > MOST_AREA:
            continue
        score = splice_score.f1([p.at(limit, copies=copies) for p in pictures], 0)
        if score > best:
            best, found = score, limit
    return found


def _area(by: dict[str, list[_Both]], limit: float, *, copies: bool) -> tuple[float, dict[str, float]]:
    areas = {s: splice_score.area([p.at(limit, copies=copies) for p in seen], 0) for s, seen in by.items()}
    return float(np.mean(list(areas.values()))), areas


def figures(name: str, judged: Judged, *, on_frames: bool, copies: bool) -> Figures:
    """The figures of one design."""
    limit = chosen_limit(judged, on_frames=on_frames, copies=copies)

    def at(pictures: Sequence[_Both], where: float = limit) -> list[Seen]:
        return [p.at(where, copies=copies) for p in pictures]

    dev = [p for _, p in judged.dev]
    copied = [p for f, p in judged.dev if "copymove" in f.item.generator]
    spliced = [p for f, p in judged.dev if "copymove" not in f.item.generator]
    mean, areas = _area(judged.untouched, limit, copies=copies)
    worst = max(areas, key=lambda s: areas[s])
    logits = [s.logit for s in at(dev)]
    others = [s.logit for seen in judged.untouched.values() for s in at(seen)]
    return Figures(
        design=name,
        copies=copies,
        limit=limit,
        f1=splice_score.f1(at(dev), 0),
        f1_interval=splice_score.interval(splice_score.f1s(at(dev), 0)),
        f1_copied=splice_score.f1(at(copied), 0),
        f1_spliced=splice_score.f1(at(spliced), 0),
        f1_best=max(splice_score.f1(at(dev, float(where)), 0) for where in LIMITS),
        f1_kept=splice_score.f1(at(judged.kept), 0),
        f1_own=splice_score.f1(at(judged.own), 0),
        auc_same=splice_score.auc(logits, [s.logit for s in at(judged.native["src06"])]),
        auc_own=splice_score.auc([s.logit for s in at(judged.own)], [s.logit for s in at(judged.saved)]),
        auc_others=splice_score.auc(logits, others),
        area=mean,
        area_worst=areas[worst],
        area_worst_source=worst,
        areas=areas,
        areas_native=_area(judged.native, limit, copies=copies)[1],
    )


def line(f: Figures) -> str:
    """A row of the table in RESULTS-splice.md."""
    name = f.design + " + copies" * f.copies
    return (
        f"| {name} | {f.f1:.3f} | {f.f1_copied:.3f} / {f.f1_spliced:.3f} "
        f"| {f.f1_best:.3f} | {f.f1_kept:.3f} | {f.f1_own:.3f} "
        f"| {f.auc_same:.2f} / {f.auc_own:.2f} / {f.auc_others:.2f} "
        f"| {f.area:.2%} | {f.area_worst:.1%} {f.area_worst_source} |"
    )


HEAD = (
    "| design | F1 dev | copy-move / splice | best limit | F1 kept train | F1 own | AUC src06 / own / others "
    "| area | worst |\n|---|---|---|---|---|---|---|---|---|"
)
