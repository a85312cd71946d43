"""What the scores of faces are worth: swaps against untouched faces of sources never trained on."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from training import scores

UNTOUCHED, GENERATED = "untouched", "generated"
_DRAWS = 1000
_LEAST = 10


@dataclass(frozen=True, slots=True)
class Scored:
    """One face in one state, by a net that saw nothing of its source. `kind`: untouched, generated or how swapped."""

    stem: str
    source: str
    kind: str
    fold: int
    laundered: int
    logit: float

    @property
    def swapped(self) -> bool:
        """Whether a face was put in."""
        return self.kind not in {UNTOUCHED, GENERATED}


def write(path: Path, rows: Iterable[Scored]) -> None:
    """The rows as a table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [f.name for f in fields(Scored)])
        writer.writeheader()
        writer.writerows(asdict(r) for r in rows)


def read(path: Path) -> list[Scored]:
    """The rows of a table."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Scored(r["stem"], r["source"], r["kind"], int(r["fold"]), int(r["laundered"]), float(r["logit"]))
            for r in csv.DictReader(file)
        ]


def aucs(rows: Sequence[Scored], kind: str = "") -> dict[str, float]:
    """The AUC of each source that has enough faces, its swaps (of one kind) against its own untouched faces."""
    found = {}
    for source in sorted({r.source for r in rows if r.swapped}):
        own = [r for r in rows if r.source == source]
        high = [r.logit for r in own if r.swapped and kind in {"", r.kind}]
        low = [r.logit for r in own if r.kind == UNTOUCHED]
        if min(len(high), len(low)) >= _LEAST:
            found[source] = scores.auc(high, low)
    return found


def mean(rows: Sequence[Scored]) -> float:
    """The mean over sources of `aucs`."""
    return float(np.mean(list(aucs(rows).values())))


def interval(rows: Sequence[Scored], value: Callable[[Sequence[Scored]], float] = mean, seed: int = 0) -> list[float]:
    """95 %, by bootstrap over the pictures of each source; a picture brings its swap with it."""
    random = np.random.default_rng(seed)
    by: dict[str, dict[str, list[Scored]]] = {}
    for row in rows:
        by.setdefault(row.source, {}).setdefault(row.stem, []).append(row)
    found = []
    for _ in range(_DRAWS):
        drawn: list[Scored] = []
        for pictures in by.values():
            stems = list(pictures)
            for index in random.integers(len(stems), size=len(stems)):
                drawn += pictures[stems[int(index)]]
        found.append(value(drawn))
    low, high = np.nanquantile(found, [0.025, 0.975])
    return [float(low), float(high)]


def alarms(rows: Sequence[Scored], limit: float) -> dict[str, tuple[float, int]]:
    """Share of untouched faces at and above a limit, and their number, by source."""
    found = {}
    for source in sorted({r.source for r in rows if r.kind == UNTOUCHED}):
        own = [r.logit for r in rows if r.source == source and r.kind == UNTOUCHED]
        found[source] = (float(np.mean(np.asarray(own) >= limit)), len(own))
    return found


def worst_limit(rows: Sequence[Scored], quantile: float = 0.97, without: str = "") -> float:
    """The highest, over sources with enough untouched faces, of this quantile of a source's logits."""
    limits = []
    for source in {r.source for r in rows if r.kind == UNTOUCHED} - {without}:
        own = [r.logit for r in rows if r.source == source and r.kind == UNTOUCHED]
        if len(own) >= _LEAST:
            limits.append(float(np.quantile(own, quantile)))
    return max(limits)


def recall(rows: Sequence[Scored], limit: float) -> float:
    """Share of the swaps at and above a limit, the mean over sources with enough of them."""
    shares = []
    for source in sorted({r.source for r in rows if r.swapped}):
        own = [r.logit for r in rows if r.source == source and r.swapped]
        if len(own) >= _LEAST:
            shares.append(float(np.mean(np.asarray(own) >= limit)))
    return float(np.mean(shares))


def line(name: str, rows: Sequence[Scored]) -> str:
    """One row of the table of designs."""
    by, low_high = aucs(rows), interval(rows)
    limit = worst_limit(rows)
    own = ", ".join(f"{s} {v:.2f}" for s, v in by.items())
    kinds = ", ".join(
        f"{np.mean(list(aucs(rows, k).values())):.2f}" for k in sorted({r.kind for r in rows if r.swapped})
    )
    return (
        f"| {name} | {np.mean(list(by.values())):.3f} ({low_high[0]:.2f}-{low_high[1]:.2f}) | {own} | {kinds} "
        f"| {recall(rows, limit):.0%} |"
    )
