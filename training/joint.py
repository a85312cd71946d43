"""One budget of false alarms for all witnesses: `python -m training.joint`, again whenever a witness has new scores.

Each witness's out-of-fold scores lie in `work()/oof/ID.csv`, its manifest in `resources/models/ID`. Abstention comes
first: a picture that is drawn, flat, heavily compressed or unfamiliar raises no alarm. A limit is a quantile of the
source where it lies highest, raised by a margin. Each source of untouched photographs is judged at the limits that all
other sources give, so its alarms are those of a source that had no say. Of all quantiles and margins those are taken
with which all witnesses together flag at most 3 % (mean over sources) and 10 % of the worst source, and find most.

`splice` is slow and scored on a sample of each source; what it adds to the others' alarms is measured there. The rates
go to the manifests and, for all together, to `resources/models/joint.json`.
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
from training.joint_agree import Agreement, agreement, decided, less_error, none_below
from training.joint_rows import LEAST, Scored, read, swaps

FOLDER = data.ROOT / "resources" / "models"
WITNESSES = ("ai-image", "forensic", "face", "splice")
FALSE_ALARMS, WORST = 0.03, 0.10
QUANTILES = (0.95, 0.97, 0.98, 0.99, 1.0)
MARGINS = (0.0, 0.1, 0.2, 0.3, 0.45, 0.6)  # in calibrated logits
WEIGHTS = {"ai-image": 2.0}  # of what a witness finds, against the most that it could find; the others weigh 1
SAMPLED = "splice"
SAME_QUESTION = ("ai-image", "forensic")
SET = "leave-sources-out-1: untouched photographs as they are and laundered, each source held out of training"
Flags = NDArray[np.bool_]
Reals = NDArray[np.float64]
Tables = Mapping[str, Mapping[tuple[str, int], Scored]]


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness's scores of some pictures: -1 where it says nothing of one or does not decide."""

    id: str
    manifest: Manifest
    scores: Reals

    @property
    def low(self) -> Flags:
        """Which pictures it calls free of signs."""
        return (self.scores >= 0) & (self.scores < self.manifest.calibration.none_below)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A limit, and what a witness flags: untouched photographs at the limit that all sources but their own give."""

    limit: float
    quantile: float
    margin: float
    flags: Flags
    alarms: Reals  # by source, of this witness alone
    found: float


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures that limits are chosen on."""

    rows: tuple[Scored, ...]
    sources: tuple[str, ...]
    by_source: Reals  # sources x pictures: a row's values sum up to one
    sampled: Reals  # the same over those that the sampled witness looked at
    wanted: Mapping[str, Reals]  # witness -> a share for each picture that it should find

    def of(self, witness: str) -> Reals:
        """Shares of each source's pictures that the witness looked at."""
        return self.sampled if witness == SAMPLED else self.by_source


def shown(found: Tables) -> list[Scored]:
    """One row for each picture and state that all but the sampled witness and the one for faces looked at."""
    held = [set(rows) for name, rows in found.items() if name not in {SAMPLED, "face"}]
    common = set.intersection(*held) if held else {key for rows in found.values() for key in rows}
    kept = {key: row for name in found for key, row in found[name].items() if key in common or row.wanted}
    return [kept[key] for key in sorted(kept)]


def pictures(rows: Sequence[Scored], found: Tables) -> Pictures:
    """The pictures, and how each counts."""
    honest = np.array([r.label == "real" and r.content in PHOTOGRAPHIC for r in rows])
    seen = np.array([r.key in found.get(SAMPLED, {}) for r in rows])
    source = np.array([r.source for r in rows])
    sources = tuple(s for s in sorted(set(source[honest])) if (honest & (source == s)).sum() >= 2 * LEAST)
    every, sampled = (np.array([honest & kept & (source == s) for s in sources], float) for kept in (seen | True, seen))
    return Pictures(
        tuple(rows),
        sources,
        *(m / np.maximum(m.sum(axis=1, keepdims=True), 1) for m in (every, sampled)),
        wanted={name: _wanted(rows, name) for name in found},
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
    said = np.full(len(rows), -1.0)
    for index, row in enumerate(rows):
        own = found.get(row.key)
        far = own is not None and at.distance_limit is not None and own.distance > at.distance_limit
        if own is not None and own.logit is not None and not own.unfit and not far:
            said[index] = at.score(own.logit)
    return Witness(manifest.id, manifest, said)


def raised(limit: float, margin: float) -> float:
    """A limit (score) just above, and higher by a margin in logits."""
    inner = min(max(limit, 1e-6), 1 - 1e-6)
    return min(1.0, float(np.nextafter(1 / (1 + (1 - inner) / inner * np.exp(-margin)), 2)))


def candidates(one: Witness, of: Pictures) -> list[Candidate]:
    """The limits worth trying: none that another one matches in alarms, worst source and what is found."""
    shares, found = of.of(one.id), []
    for quantile in QUANTILES:
        edges = np.array([float(np.quantile(one.scores[own > 0], quantile)) if own.any() else 0.0 for own in shares])
        for margin in MARGINS:
            limit = raised(float(edges.max()), margin)
            limits = np.full(len(one.scores), limit)
            for s, own in enumerate(of.by_source):
                limits[own > 0] = raised(float(np.delete(edges, s).max()), margin)
            flags = one.scores >= limits
            caught = float(of.wanted[one.id] @ flags)
            found.append(Candidate(limit, quantile, margin, flags, shares @ flags, caught))
    return [c for c in found if not any(_better(other, c) for other in found)]


def _better(one: Candidate, other: Candidate) -> bool:
    """Whether the first is as good in everything, and better in something or as strict with more margin."""
    a = (-one.found, float(one.alarms.mean()), float(one.alarms.max()), -one.limit)
    b = (-other.found, float(other.alarms.mean()), float(other.alarms.max()), -other.limit)
    return a != b and all(x <= y for x, y in zip(a, b, strict=True))


def together(
    flags: Sequence[Flags], low: Sequence[Flags], names: Sequence[str], agreed: Flags | None = None
) -> list[Flags]:
    """What is flagged once the two witnesses that ask the same settle.

    Signs of one against "none" of the other are no signs; what both call so at the limits for that are.
    """
    settled = list(flags)
    if all(one in names for one in SAME_QUESTION):
        a, b = (names.index(one) for one in SAME_QUESTION)
        both = np.zeros(len(flags[a]), bool) if agreed is None else agreed
        settled[a], settled[b] = (flags[a] & ~low[b]) | both, (flags[b] & ~low[a]) | both
    return settled


def any_alarm(flags: Sequence[Flags], names: Sequence[str], of: Pictures) -> Reals:
    """The share of each source's pictures that any witness flags."""
    anything = np.zeros(len(of.rows), bool)
    for name, own in zip(names, flags, strict=True):
        if name != SAMPLED:
            anything |= own
    alarms = of.by_source @ anything
    for name, own in zip(names, flags, strict=True):
        if name == SAMPLED:
            alarms = alarms + of.sampled @ (own & ~anything)
    return alarms


@dataclass(frozen=True, slots=True)
class Chosen:
    """A candidate for each witness, and how often they flag together, by source."""

    candidates: tuple[Candidate, ...]
    alarms: Reals
    worth: float
    flags: tuple[Flags, ...]  # of each witness, settled
    within: bool  # whether it keeps to the budget
    agreed: Agreement | None


def chosen(witnesses: Sequence[Witness], of: Pictures) -> Chosen:
    """What finds most within the budget; where nothing keeps to it, what flags least of the worst source.

    The two that ask the same speak at the limits for agreement first; alone only where hardly anything else reaches.
    """
    names = [w.id for w in witnesses]
    agreed = _agreement(witnesses, of)
    offered = [candidates(w, of) for w in witnesses]
    if agreed is not None:
        alone = SAME_QUESTION
        offered = [[max(o, key=lambda c: c.limit)] if n in alone else o for n, o in zip(names, offered, strict=True)]
    most = [max(1e-9, *(c.found for c in own), 1e-9) for own in offered]
    low, pictures = [w.low for w in witnesses], (of.by_source > 0).sum(axis=1) / 2
    best: Chosen | None = None
    for each in itertools.product(*offered):
        flags = together([c.flags for c in each], low, names, None if agreed is None else agreed.flags)
        caught = [float(of.wanted[n] @ f) for n, f in zip(names, flags, strict=True)]
        worth = sum(WEIGHTS.get(n, 1.0) * c / m for n, c, m in zip(names, caught, most, strict=True))
        alarms = any_alarm(flags, names, of)
        within = bool(alarms.mean() <= FALSE_ALARMS and less_error(alarms, pictures).max() <= WORST)
        one = Chosen(each, alarms, worth, tuple(flags), within, agreed)
        if best is None or _rank(one) > _rank(best):
            best = one
    if best is None:
        raise ValueError("no witness has scores")
    return best


def _agreement(witnesses: Sequence[Witness], of: Pictures) -> Agreement | None:
    pair = [w for name in SAME_QUESTION for w in witnesses if w.id == name]
    if len(pair) < len(SAME_QUESTION):
        return None
    one, other = pair
    scores, limits = (one.scores, other.scores), (one.manifest.calibration, other.manifest.calibration)
    return agreement(scores, limits, of.by_source, of.wanted[one.id])


def _rank(one: Chosen) -> tuple[bool, float, float]:
    return (True, one.worth, -float(one.alarms.mean())) if one.within else (False, -float(one.alarms.max()), one.worth)


def main() -> None:
    manifests = {n: m for n in WITNESSES if (m := _manifest(n)) is not None and _scores(n).exists()}
    found = {name: read(_scores(name)) for name in manifests}
    if "face" in found:
        found["face"] |= swaps()
    rows = shown(found)
    of = pictures(rows, found)
    witnesses = [witness(m, rows, found[n]) for n, m in manifests.items()]
    at = chosen(witnesses, of)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    told = {
        "schema": "touchstone.joint/1",
        "date": today,
        "set": SET,
        "rates": {
            "false_alarms": round(float(at.alarms.mean()), 4),
            "worst_source": round(float(at.alarms.max()), 4),
            "worst": of.sources[int(at.alarms.argmax())],
        },
        "by_source": {s: _counted(of, i, at.alarms[i]) for i, s in enumerate(of.sources)},
        "not_photographs": _others(at, rows),
        "agreed": None if at.agreed is None else dict(zip(SAME_QUESTION, at.agreed.limits, strict=True)),
        "witnesses": {},
        "decided": {},
        "fusion": joint_fusion.compared(found, manifests),
    }
    for one, its, flags in zip(witnesses, at.candidates, at.flags, strict=True):
        rates = _rates(one, of, flags)
        told["witnesses"][one.id] = {
            "limit": its.limit, "quantile": its.quantile, "margin": its.margin, "sha256": one.manifest.sha256, **rates
        }  # fmt: skip
        both = None if at.agreed is None else dict(zip(SAME_QUESTION, at.agreed.limits, strict=True)).get(one.id)
        low = one.manifest.calibration.none_below
        if both is not None:
            low = none_below(one.scores, flags, of.by_source, of.wanted[one.id], both) or low
            told["decided"][one.id] = decided(one.scores, flags, low, rows)
        _write(one, (its.limit, both, low), rates, today)
    (FOLDER / "joint.json").write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", "utf-8")
    print(json.dumps(told, indent=1))


def _counted(of: Pictures, index: int, alarms: float) -> dict[str, Any]:
    return {"pictures": int((of.by_source[index] > 0).sum()), "false_alarms": round(float(alarms), 4)}


def _others(at: Chosen, rows: Sequence[Scored]) -> dict[str, Any]:
    """How often pictures made by people without a camera are flagged by any witness."""
    other = np.array([r.label == "real" and r.content not in PHOTOGRAPHIC for r in rows])
    anything = np.logical_or.reduce(at.flags)
    return {"pictures": int(other.sum()), "flagged": round(float(anything[other].mean()), 4) if other.any() else None}


def _rates(one: Witness, of: Pictures, flags: Flags) -> dict[str, float | None]:
    """What one witness flags, each source at the limits of the others, and what it finds."""
    alarms, wanted = of.of(one.id) @ flags, of.wanted[one.id]
    return {
        "false_alarms": round(float(alarms.mean()), 4),
        "worst_source": round(float(alarms.max()), 4),
        "recall": round(float(wanted @ flags), 4) if wanted.any() else None,
    }


def _write(
    one: Witness, limits: tuple[float, float | None, float], rates: Mapping[str, float | None], today: str
) -> None:
    now = _manifest(one.id)
    if now is None or now.sha256 != one.manifest.sha256:
        print(f"{one.id} was made anew meanwhile: run this again")
        return
    at = one.manifest.calibration
    known = Rates(
        rates["false_alarms"],
        rates["worst_source"],
        at.rates.recall if rates["recall"] is None else rates["recall"],
        at.rates.auc,
    )
    limit, agreed, low = limits
    calibration = dataclasses.replace(
        at,
        limit=limit,
        none_below=min(low, limit if agreed is None else agreed),
        agreed_limit=None if agreed is None else min(agreed, limit),
        joint=True,
        set=SET,
        date=today,
        rates=known,
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
