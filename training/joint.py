"""One budget of false alarms for all witnesses: `python -m training.joint`, again whenever a witness has new scores.

Each witness's out-of-fold scores lie in `work()/oof/ID.csv`, its manifest in `resources/models/ID`. Abstention comes
first: a picture that is drawn, flat, heavily compressed or unfamiliar raises no alarm. Then each witness gets the limit
with which all of them together flag at most 3 % of untouched photographs (mean over sources) and 10 % of the worst
source, and find most. How well that holds is measured on sources that had no say: for each one the limits are chosen
again without it. The rates go to the manifests and, for all together, to `resources/models/joint.json`.
"""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchstone import modelfile
from touchstone.modelfile import Manifest, Rates
from training import data, joint_fusion
from training.data import PHOTOGRAPHIC
from training.joint_rows import LEAST, Scored, read

FOLDER = data.ROOT / "resources" / "models"
WITNESSES = ("ai-image", "forensic", "face", "splice")
FALSE_ALARMS, WORST = 0.03, 0.10
ALONE = (0.0, 0.0015, 0.003, 0.005, 0.0075, 0.01, 0.0125, 0.015, 0.02, 0.025, 0.03)  # alarms a witness may raise alone
STRICTER = (1.0, 0.8, 0.65, 0.5, 0.4, 0.3, 0.2, 0.1)  # shares of the budget that limits are chosen with
SET = "leave-sources-out-1: untouched photographs as they are and laundered, each source held out of training"
Flags = NDArray[np.bool_]
Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness's scores of some pictures: nan where it says nothing of one or does not decide."""

    id: str
    manifest: Manifest
    scores: Reals
    limits: Reals  # candidates, the strictest first

    def flagged(self, limit: float) -> Flags:
        """Which pictures show signs at a limit."""
        return np.nan_to_num(self.scores, nan=-1.0) >= limit


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures that limits are chosen on. `groups` holds sources of photographs, then what is to be found."""

    rows: tuple[Scored, ...]
    honest: Flags
    sources: tuple[str, ...]
    by_source: Reals  # sources x pictures: a row's values sum up to one
    wanted: Mapping[str, Reals]  # witness -> a share for each picture that it should find


def shown(manifests: Mapping[str, Manifest], found: Mapping[str, Mapping[tuple[str, int], Scored]]) -> list[Scored]:
    """One row for each picture and state that every witness looked at, faces aside: not every picture has one."""
    held = [set(rows) for name, rows in found.items() if name in manifests and name != "face"]
    common = set.intersection(*held) if held else set()
    kept = {key: row for name in found for key, row in found[name].items() if key in common or row.wanted}
    return [kept[key] for key in sorted(kept)]


def pictures(rows: Sequence[Scored], names: Sequence[str]) -> Pictures:
    """The pictures, and how each counts."""
    honest = np.array([r.label == "real" and r.content in PHOTOGRAPHIC for r in rows])
    source = np.array([r.source for r in rows])
    sources = tuple(s for s in sorted(set(source[honest])) if (honest & (source == s)).sum() >= 2 * LEAST)
    shares = np.array([honest & (source == s) for s in sources], float)
    return Pictures(
        tuple(rows),
        honest,
        sources,
        shares / np.maximum(shares.sum(axis=1, keepdims=True), 1),
        {name: _wanted(rows, name) for name in names},
    )


def _wanted(rows: Sequence[Scored], name: str) -> Reals:
    """Each group of pictures that a witness should find weighs the same."""
    group = np.array([r.group if r.wanted_by(name) else "" for r in rows])
    found = np.zeros(len(rows))
    for one in set(group) - {""}:
        own = group == one
        if own.sum() >= 2 * LEAST:
            found[own] = 1 / own.sum()
    return found / max(1e-9, found.sum())


def witness(manifest: Manifest, rows: Sequence[Scored], found: Mapping[tuple[str, int], Scored]) -> Witness:
    """The scores of a witness, and the limits at which it alone would raise each share of alarms."""
    at = manifest.calibration
    said = np.full(len(rows), np.nan)
    for index, row in enumerate(rows):
        own = found.get(row.key)
        far = own is not None and at.distance_limit is not None and own.distance > at.distance_limit
        if own is not None and own.logit is not None and not own.unfit and not far:
            said[index] = at.score(own.logit)
    return Witness(manifest.id, manifest, said, np.ones(0))


def limited(one: Witness, of: Pictures) -> Witness:
    """The witness with its candidates: quantiles of its scores of photographs, each source weighing the same."""
    weight = of.by_source.sum(axis=0)
    score = np.nan_to_num(one.scores, nan=-1.0)
    order = np.argsort(-score)
    passed = np.cumsum(weight[order]) / weight.sum()
    limits = []
    for share in ALONE:
        at = int(np.searchsorted(passed, share, "right"))
        edge = float(score[order[min(at, len(order) - 1)]])
        limits.append(min(1.0, np.nextafter(max(edge, 0.0), 2.0)))
    return dataclasses.replace(one, limits=np.array(limits))


@dataclass(frozen=True, slots=True)
class Choices:
    """All combinations of candidates: which, the alarms by source, and what each finds."""

    limits: Reals  # combinations x witnesses
    alarms: Reals  # combinations x sources
    found: Reals  # combinations

    def best(self, budget: float, without: int | None = None) -> int:
        """The combination that finds most within a share of the budget, one source having no say."""
        kept = np.arange(self.alarms.shape[1]) != (-1 if without is None else without)
        held = self.alarms[:, kept]
        good = (held.mean(axis=1) <= FALSE_ALARMS * budget) & (held.max(axis=1) <= WORST * budget)
        return int(np.argmax(np.where(good, self.found, -1.0)))


def together(flags: Sequence[Flags], low: Sequence[Flags], names: Sequence[str]) -> list[Flags]:
    """What is flagged once the two witnesses that ask the same settle: signs of one against "none" of the other."""
    settled = list(flags)
    if "ai-image" in names and "forensic" in names:
        a, b = names.index("ai-image"), names.index("forensic")
        settled[a], settled[b] = flags[a] & ~low[b], flags[b] & ~low[a]
    return settled


def choices(witnesses: Sequence[Witness], of: Pictures) -> Choices:
    """Every combination of the witnesses' candidates."""
    names = [w.id for w in witnesses]
    flags = [[w.flagged(limit) for limit in w.limits] for w in witnesses]
    low = [np.nan_to_num(w.scores, nan=2.0) < w.manifest.calibration.none_below for w in witnesses]
    limits, alarms, found = [], [], []
    for at in itertools.product(*(range(len(w.limits)) for w in witnesses)):
        settled = together([flags[i][k] for i, k in enumerate(at)], low, names)
        anything = np.logical_or.reduce(settled)
        limits.append([w.limits[k] for w, k in zip(witnesses, at, strict=True)])
        alarms.append(of.by_source @ anything)
        found.append(sum(float(of.wanted[n] @ f) for n, f in zip(names, settled, strict=True)))
    return Choices(np.array(limits), np.array(alarms), np.array(found))


def left_out(of: Choices, budget: float) -> Reals:
    """For each source its alarms at the limits that all others choose."""
    return np.array([of.alarms[of.best(budget, s), s] for s in range(of.alarms.shape[1])])


def chosen(of: Choices) -> tuple[float, int, Reals]:
    """The largest share of the budget that keeps within it on sources without a say; the combination; their alarms."""
    for budget in STRICTER:
        alarms = left_out(of, budget)
        if alarms.mean() <= FALSE_ALARMS and alarms.max() <= WORST:
            break
    return budget, of.best(budget), alarms


def main() -> None:
    manifests = {n: m for n in WITNESSES if (m := _manifest(n)) is not None and _scores(n).exists()}
    found = {name: read(_scores(name)) for name in manifests}
    rows = shown(manifests, found)
    of = pictures(rows, list(manifests))
    witnesses = [limited(witness(m, rows, found[n]), of) for n, m in manifests.items()]
    every = choices(witnesses, of)
    budget, index, alarms = chosen(every)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    limits = dict(zip(manifests, every.limits[index].tolist(), strict=True))
    told = {
        "schema": "touchstone.joint/1",
        "date": today,
        "set": SET,
        "rates": {
            "false_alarms": round(float(alarms.mean()), 4),
            "worst_source": round(float(alarms.max()), 4),
            "worst": of.sources[int(alarms.argmax())],
        },
        "budget": budget,
        "by_source": {s: _counted(of, i, alarms[i]) for i, s in enumerate(of.sources)},
        "not_photographs": _others(witnesses, every.limits[index], rows),
        "witnesses": {},
        "fusion": joint_fusion.compared(found, manifests),
    }
    for one in witnesses:
        rates = _rates(one, of, limits[one.id])
        told["witnesses"][one.id] = {"limit": limits[one.id], "sha256": one.manifest.sha256, **rates}
        _write(one, limits[one.id], rates, today)
    (FOLDER / "joint.json").write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", "utf-8")
    print(json.dumps(told, indent=1))


def _counted(of: Pictures, index: int, alarms: float) -> dict[str, Any]:
    return {"pictures": int((of.by_source[index] > 0).sum()), "false_alarms": round(float(alarms), 4)}


def _others(witnesses: Sequence[Witness], limits: Reals, rows: Sequence[Scored]) -> dict[str, Any]:
    """How often pictures made by people without a camera are flagged by any witness."""
    other = np.array([r.label == "real" and r.content not in PHOTOGRAPHIC for r in rows])
    anything = np.logical_or.reduce([w.flagged(limit) for w, limit in zip(witnesses, limits, strict=True)])
    return {"pictures": int(other.sum()), "flagged": round(float(anything[other].mean()), 4) if other.any() else None}


def _rates(one: Witness, of: Pictures, limit: float) -> dict[str, float | None]:
    """Of one witness at its limit: each source's alarms are counted with the limit that all others chose alike."""
    flags = one.flagged(limit)
    alarms = of.by_source @ flags
    wanted = of.wanted[one.id]
    return {
        "false_alarms": round(float(alarms.mean()), 4),
        "worst_source": round(float(alarms.max()), 4),
        "recall": round(float(wanted @ flags), 4) if wanted.any() else None,
    }


def _write(one: Witness, limit: float, rates: Mapping[str, float | None], today: str) -> None:
    at = one.manifest.calibration
    known = Rates(
        rates["false_alarms"],
        rates["worst_source"],
        at.rates.recall if rates["recall"] is None else rates["recall"],
        at.rates.auc,
    )
    calibration = dataclasses.replace(
        at, limit=limit, none_below=min(at.none_below, limit), joint=True, set=SET, date=today, rates=known
    )
    made = dataclasses.replace(one.manifest, calibration=calibration)
    path = FOLDER / one.id / modelfile.MANIFEST
    partial = path.with_suffix(".part")
    partial.write_text(modelfile.dumps(made), "utf-8")
    partial.replace(path)


def _manifest(name: str) -> Manifest | None:
    path = FOLDER / name / modelfile.MANIFEST
    return modelfile.parse(path.read_bytes()) if path.exists() else None


def _scores(name: str) -> Path:
    return data.work() / "oof" / f"{name}.csv"


if __name__ == "__main__":
    main()
