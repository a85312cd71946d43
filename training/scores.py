"""Out-of-fold scores, and what they are worth: AUC on generators and sources never seen, matched in content.

`python -m training.scores FILE.csv...` prints the figures of each file. Rows: `Row`'s fields, one a picture and state.
Generated pictures are compared with real ones of the same fold and content only (photograph, face, or made by people
without a camera), and each real source weighs the same. Only numpy is needed.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

LEAST = 10  # pictures that a group or a source needs to be judged by itself
_DRAWS = 500


@dataclass(frozen=True, slots=True)
class Row:
    """One picture in one state, scored by a model that saw neither its source nor its generator family."""

    stem: str
    source: str
    split: str
    label: str
    generator: str
    content: str  # photo | face | other; of galleries told by `training.tags`
    fold: int
    laundered: int
    logit: float
    distance: float = 0.0


@dataclass(frozen=True, slots=True)
class Cell:
    """A group of generated pictures of one content against the real sources of that fold and content."""

    group: str
    content: str
    number: int
    aucs: tuple[tuple[str, float], ...]  # real source, AUC against it

    @property
    def auc(self) -> float:
        """The mean over the real sources."""
        return float(np.mean([a for _, a in self.aucs]))


@dataclass(frozen=True, slots=True)
class Figures:
    """What a file of scores is worth. `groups` holds each generator's AUC and how many pictures of it there are."""

    macro: float
    worst: float
    worst_group: str
    photographic: float
    other: float
    groups: dict[str, tuple[float, int]]
    false_alarms: float  # at the worst-source limit, mean over sources that had no say in it
    worst_alarms: float
    worst_source: str
    recall: float
    limit: float


def read(path: Path) -> list[Row]:
    """The rows of a file."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Row(**{f.name: _kind(f.name)(row[f.name]) for f in fields(Row)})  # type: ignore[arg-type]
            for row in csv.DictReader(file)
        ]


def _kind(name: str) -> Callable[[str], object]:
    return int if name in {"fold", "laundered"} else float if name in {"logit", "distance"} else str


def write(path: Path, rows: Iterable[Row]) -> None:
    """The file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    with partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [f.name for f in fields(Row)])
        writer.writeheader()
        writer.writerows(asdict(r) for r in rows)
    partial.replace(path)


def auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The chance that one of the positives scores above one of the negatives; ties count half."""
    high, low = np.asarray(positive, float), np.sort(np.asarray(negative, float))
    below, upto = np.searchsorted(low, high, "left"), np.searchsorted(low, high, "right")
    return float((below + upto).mean() / 2 / len(low))


def grouped(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Generated pictures by source and generator; generators of a source with too few pictures are one group."""
    counts = Counter((r.source, r.generator) for r in rows)
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        enough = counts[row.source, row.generator] >= LEAST
        groups[f"{row.source} {row.generator if enough else 'others'}"].append(row)
    return groups


def _by_source(rows: Iterable[Row], least: int) -> dict[str, list[float]]:
    by: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        by[row.source].append(row.logit)
    few = [s for s in by if len(by[s]) < least]
    rest = [x for s in few for x in by.pop(s)]
    if rest:
        by["rest"] = rest
    return by


def cells(rows: Sequence[Row]) -> list[Cell]:
    """Each generated group and content against the real sources of its fold; what has no counterpart is left out."""
    found = []
    for fold in sorted({r.fold for r in rows}):
        here = [r for r in rows if r.fold == fold]
        for name, group in grouped([r for r in here if r.label == "ai-generated"]).items():
            for content in ("photo", "face", "other"):
                made = [r.logit for r in group if r.content == content]
                honest = _by_source((r for r in here if r.label == "real" and r.content == content), LEAST)
                if made and honest:
                    against = tuple((s, auc(made, x)) for s, x in sorted(honest.items()))
                    found.append(Cell(name, content, len(made), against))
    return found


def _groups(of: Iterable[Cell]) -> dict[str, tuple[float, int]]:
    by: dict[str, list[Cell]] = defaultdict(list)
    for cell in of:
        by[cell.group].append(cell)
    return {
        name: (sum(c.auc * c.number for c in own) / sum(c.number for c in own), sum(c.number for c in own))
        for name, own in by.items()
    }


def macro(of: Iterable[Cell]) -> float:
    """The mean AUC over generators that have enough pictures."""
    enough = [value for value, number in _groups(of).values() if number >= LEAST]
    return float(np.mean(enough)) if enough else float("nan")


def alarms(rows: Sequence[Row], quantile: float = 0.97) -> tuple[dict[str, float], float]:
    """False alarms of each real source at the limit that the others set, and the limit that all of them set.

    A limit is the highest, over sources, of this quantile of a source's logits.
    """
    by = {s: x for s, x in _by_source((r for r in rows if r.label == "real"), LEAST).items() if s != "rest"}
    limits = {s: float(np.quantile(x, quantile)) for s, x in by.items()}
    found = {}
    for source, logits in by.items():
        limit = max(v for s, v in limits.items() if s != source)
        found[source] = float(np.mean(np.asarray(logits) >= limit))
    return found, max(limits.values())


def figures(rows: Sequence[Row]) -> Figures:
    """The figures of rows of one state."""
    every = cells(rows)
    groups = _groups(every)
    worst = min((n for n in groups if groups[n][1] >= LEAST), key=lambda n: groups[n][0])
    by_source, limit = alarms(rows)
    worst_source = max(by_source, key=lambda s: by_source[s])
    made = grouped([r for r in rows if r.label == "ai-generated"])
    recalls = [float(np.mean([r.logit >= limit for r in g])) for g in made.values() if len(g) >= LEAST]
    return Figures(
        macro=macro(every),
        worst=groups[worst][0],
        worst_group=worst,
        photographic=macro(c for c in every if c.content != "other"),
        other=macro(c for c in every if c.content == "other"),
        groups=groups,
        false_alarms=float(np.mean(list(by_source.values()))),
        worst_alarms=by_source[worst_source],
        worst_source=worst_source,
        recall=float(np.mean(recalls)),
        limit=limit,
    )


def interval(rows: Sequence[Row], *, photographic: bool = False, seed: int = 0) -> tuple[float, float]:
    """95 % interval of the macro AUC by bootstrap over generators and real sources."""
    every = [c for c in cells(rows) if not photographic or c.content != "other"]
    groups, sources = sorted({c.group for c in every}), sorted({s for c in every for s, _ in c.aucs})
    random, found = np.random.default_rng(seed), []
    for _ in range(_DRAWS):
        weights = Counter(random.choice(sources, len(sources)).tolist())
        drawn = random.choice(groups, len(groups)).tolist()
        value = _groups(_reweighted(every, weights))
        kept = [value[g][0] for g in drawn if g in value and value[g][1] >= LEAST]
        if kept:
            found.append(float(np.mean(kept)))
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def _reweighted(of: Iterable[Cell], weights: Counter[str]) -> Iterable[Cell]:
    for cell in of:
        aucs = tuple(pair for pair in cell.aucs for _ in range(weights[pair[0]]))
        if aucs:
            yield Cell(cell.group, cell.content, cell.number, aucs)


def logits(rows: Iterable[Row]) -> NDArray[np.float64]:
    """The logits, in order."""
    return np.array([r.logit for r in rows], float)


def line(name: str, rows: Sequence[Row]) -> str:
    """One row of the table in RESULTS.md."""
    f = figures(rows)
    return (
        f"| {name} | {f.macro:.3f} | {f.worst:.2f} {f.worst_group} | {f.photographic:.3f} | {f.other:.3f} "
        f"| {f.false_alarms:.1%} / {f.worst_alarms:.0%} {f.worst_source} | {f.recall:.0%} |"
    )


def main(paths: Sequence[str]) -> None:
    print("| design | macro AUC | worst generator | photographic | other | false alarms mean / worst | recall |")
    print("|---|---|---|---|---|---|---|")
    for path in paths:
        rows = read(Path(path))
        for laundered in (1, 0):
            own = [r for r in rows if r.laundered == laundered]
            if own:
                print(line(f"{Path(path).stem}{'' if laundered else ' (clean)'}", own))


if __name__ == "__main__":
    main(sys.argv[1:])
