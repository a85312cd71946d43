"""Out-of-fold scores of all witnesses as the joint budget reads them, with what makes a picture unfit to be judged."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

from training import data, forensic_measures

LEAST = 10  # pictures that a source or a generator needs to count by itself
_FINDS = {"ai-image": "ai-generated", "forensic": "ai-generated", "splice": "spliced"}  # witness -> label


@dataclass(frozen=True, slots=True)
class Scored:
    """What one witness says of one picture in one state. `logit` is None where it had nothing to look at."""

    stem: str
    laundered: int
    label: str
    source: str
    generator: str
    content: str
    fold: int
    logit: float | None
    distance: float
    unfit: bool

    @property
    def key(self) -> tuple[str, int]:
        return self.stem, self.laundered

    @property
    def group(self) -> str:
        """Whose pictures are found alike: of one source and generator."""
        return f"{self.source} {self.generator}"

    @property
    def wanted(self) -> bool:
        """Whether some witness should find it."""
        return self.label != "real"

    def wanted_by(self, witness: str) -> bool:
        """Whether this witness should find it."""
        label = _FINDS.get(witness, "")
        return self.label == label if label else self.label not in {"real", "ai-generated", "spliced"}


def read(path: Path) -> dict[tuple[str, int], Scored]:
    """The rows of a file, by picture and state; where one has several rows (faces), the highest logit."""
    unfit = forensic_measures.unfit()
    found: dict[tuple[str, int], Scored] = {}
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            one = Scored(
                row["stem"], int(row["laundered"]), row["label"], row["source"], row["generator"], row["content"],
                int(row["fold"]),
                float(row["logit"]) if row["logit"] else None,
                float(row["distance"] or 0),
                bool(unfit.get(f"{row['stem']} {row['laundered']}")),
            )  # fmt: skip
            before = found.get(one.key)
            if before is None or (one.logit is not None and (before.logit is None or one.logit > before.logit)):
                found[one.key] = one
    return found


def swaps() -> dict[tuple[str, int], Scored]:
    """The swapped faces that the face net is judged on, by the design that ships; none before it ships."""
    record = data.ROOT / "resources" / "models" / "face" / "record.json"
    if not record.exists():
        return {}
    name = json.loads(record.read_text("utf-8"))["parameters"]["design"]["name"]
    found: dict[tuple[str, int], Scored] = {}
    for path in sorted((data.work() / "face" / "scores").glob(f"{name}-[0-9].csv")):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["kind"] not in {"untouched", "generated"}:
                    one = Scored(
                        f"{row['stem']}-{row['kind']}", int(row["laundered"]), "swapped", "", row["kind"], "face",
                        int(row["fold"]), float(row["logit"]), 0.0, unfit=False,
                    )  # fmt: skip
                    found[one.key] = one
    return found
