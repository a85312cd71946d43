"""Evaluations as documents, and those kept on this computer: what a detector was measured to do here.

They lie in `models/evaluations/<SHA-256 of the model>/`, a file each, so that figures can never be taken for those of
another model, whatever that calls itself.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.check.detecting_lines import path_text
from touchstone.store.files import write_atomically

if TYPE_CHECKING:  # numbers load when something is measured, not where a kept figure is shown
    from touchstone.check.evaluate import Measured, Together
    from touchstone.check.evaluate_labels import Item

SCHEMA = "touchstone.evaluation/1"
_MOST_BYTES = 8 * 1024 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Model:
    """A detector that took part."""

    id: str
    version: str
    task: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything an evaluation found. `name` is that of the folder or table; `set_sha256` names the very pictures."""

    created: str  # ISO 8601
    application: str
    name: str
    set_sha256: str
    pictures: int
    sources: int
    labels: Mapping[str, int]
    models: tuple[Model, ...]
    detectors: tuple[Measured, ...]
    together: Together | None


@dataclass(frozen=True, slots=True)
class Kept:
    """What the newest evaluation on this computer says of one model. Shares, 0 to 1; None where there is none.

    Few pictures of which none was flagged do not show that none ever is: `false_alarms` is then the upper end of its
    range, `worst_source` is None, and a `recall` of all of them is the lower end of its range.
    """

    date: str  # ISO 8601
    name: str  # of the folder or table
    pictures: int
    sources: int
    auc: float | None = None
    false_alarms: float | None = None
    worst_source: float | None = None
    recall: float | None = None
    coverage: float | None = None


def document(evaluation: Evaluation) -> dict[str, Any]:
    """The evaluation as plain data, as `--json` prints it."""
    return {"schema": SCHEMA, **dataclasses.asdict(evaluation)}


def set_hash(items: Iterable[tuple[Item, str]]) -> str:
    """Which pictures with which labels and sources these are, in whatever order: a SHA-256 over sorted lines.

    Each picture comes with its own SHA-256, empty where it could not be read.
    """
    rows = (json.dumps([sha256, item.label, item.source]) for item, sha256 in items)
    return hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()


def under_way(folder: Path, models: Iterable[Model], items: Iterable[Item]) -> Path:
    """Where the lines of an evaluation are kept until it is done: a place that no other models or pictures share."""
    named = [sorted(m.sha256 for m in models), [[path_text(i.path.absolute()), i.label, i.source] for i in items]]
    digest = hashlib.sha256(json.dumps(named).encode()).hexdigest()
    return _folder(folder) / "under-way" / f"{digest[:32]}.jsonl"


def keep(folder: Path, evaluation: Evaluation, models: Iterable[Model] | None = None) -> None:
    """Keep it for these models, or for each that took part. `folder` is that of the models.

    Raises:
        OSError: the system refuses.
    """
    data = json.dumps(document(evaluation), indent=1, allow_nan=False).encode()
    name = re.sub(r"[^0-9T]", "", evaluation.created[:19])
    for model in evaluation.models if models is None else models:
        write_atomically(_folder(folder) / model.sha256 / f"{name}.json", data)


def newest(folder: Path, sha256: str) -> Kept | None:
    """What the newest evaluation says of the model with that hash; None where it was not measured here.

    `folder` is that of the models. A document that is damaged is passed over.
    """
    if not _SHA256.fullmatch(sha256):
        return None
    try:
        found = sorted((_folder(folder) / sha256).glob("*.json"), reverse=True)
    except OSError:
        return None
    return next((kept for path in found if (kept := _read(path, sha256)) is not None), None)


def _folder(models: Path) -> Path:
    return models / "evaluations"


def _read(path: Path, sha256: str) -> Kept | None:
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        return _kept(json.loads(path.read_bytes()), sha256)
    except (OSError, ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return None


def _kept(data: Mapping[str, Any], sha256: str) -> Kept | None:
    """The figures of one model in a document. Raises where it is none."""
    if data["schema"] != SCHEMA:
        return None
    tasks = {model["sha256"]: model["task"] for model in data["models"]}
    said = next((d for d in data["detectors"] if d["witness"] == tasks[sha256]), None)
    if said is None:
        return None
    return Kept(
        date=str(data["created"])[:40],
        name=str(data["name"])[:200],
        pictures=int(said["untouched"]) + int(said["positive"]),
        sources=len(said["untouched_sources"]) + len(said["positive_sources"]),
        auc=_value(said["auc"]),
        false_alarms=_value(said["false_alarms"], none_seen="high"),
        worst_source=max((_share(source["signs"]) or 0.0 for source in said["untouched_sources"]), default=0.0) or None,
        recall=_value(said["recall"], all_seen="low"),
        coverage=_value(said["coverage"]),
    )


def _value(figure: Mapping[str, Any] | None, none_seen: str = "value", all_seen: str = "value") -> float | None:
    """The figure, or another part of it where it is 0 or 1."""
    if figure is None:
        return None
    part = {0.0: none_seen, 1.0: all_seen}.get(float(figure["value"]), "value")
    return _share(figure["value"] if figure[part] is None else figure[part])


def _share(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) and 0 <= number <= 1 else None
