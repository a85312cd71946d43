"""Which pictures an evaluation is about, what each of them is, and where it comes from.

Three forms: folders named after what they hold, with a folder for each source inside; a table with the columns `path`
and `label`, and `source`, `generator`, `content` where they are known; an index with the columns `stem`, `split`,
`label`, `generator`, `source`, `content` and a column of paths for each way a picture is stored.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from touchstone.check import batch

MOST = 1_000_000
_LONGEST = 200


class Label(StrEnum):
    """What a picture is known to be."""

    UNTOUCHED = "untouched"
    GENERATED = "generated"
    MANIPULATED = "manipulated"


NAMES: Mapping[str, Label] = {
    "real": Label.UNTOUCHED,
    "untouched": Label.UNTOUCHED,
    "generated": Label.GENERATED,
    "ai": Label.GENERATED,
    "ai-generated": Label.GENERATED,
    "manipulated": Label.MANIPULATED,
    "spliced": Label.MANIPULATED,
}


class Trouble(StrEnum):
    """Why there is nothing to evaluate on."""

    NOT_A_FOLDER = "not-a-folder"
    NO_LABELS = "no-labels"  # no folder has the name of a label
    NO_TABLE = "no-table"  # the table cannot be read as one
    NO_COLUMN = "no-column"
    UNKNOWN_LABEL = "unknown-label"
    OUTSIDE = "outside"  # a path of the table leads out of the folder
    TOO_MANY = "too-many"
    ONE_CLASS = "one-class"
    TOO_FEW = "too-few"


class LabelError(Exception):
    """There is nothing to evaluate on. `what` is the name, column or label it is about; from the user's files."""

    def __init__(self, trouble: Trouble, what: str = "", line: int = 0) -> None:
        super().__init__(str(trouble), what)
        self.trouble, self.what, self.line = trouble, what, line


@dataclass(frozen=True, slots=True)
class Item:
    """One picture. Names come from the user's files; empty ones are not known."""

    path: Path
    label: Label
    source: str
    generator: str = ""
    content: str = ""


def from_folders(top: Path) -> list[Item]:
    """The pictures below `top`, labelled by its folders; the folders inside those are the sources.

    Raises:
        LabelError: there is no such folder, or none of its folders has the name of a label.
    """
    if not batch.is_folder(top):
        raise LabelError(Trouble.NOT_A_FOLDER, str(top))
    try:
        inside = sorted(entry for entry in top.iterdir() if batch.is_folder(entry))
    except OSError as error:
        raise LabelError(Trouble.NOT_A_FOLDER, str(top)) from error
    labelled = [(folder, NAMES[folder.name.casefold()]) for folder in inside if folder.name.casefold() in NAMES]
    if not labelled:
        raise LabelError(Trouble.NO_LABELS, str(top))
    return _bounded(_in_folder(folder, path, label) for folder, label in labelled for path in batch.expand([folder]))


def _in_folder(folder: Path, path: Path, label: Label) -> Item:
    inner = path.relative_to(folder).parts
    source = inner[0] if len(inner) > 1 else folder.name
    return Item(path, label, source[:_LONGEST], source[:_LONGEST] if label is Label.GENERATED else "")


def from_table(table: Path, top: Path) -> list[Item]:
    """The pictures that a table names, by paths inside `top`.

    Raises:
        LabelError: it is no such table, or names what is elsewhere.
        OSError: it cannot be read.
    """
    rows = _rows(table, ("path", "label"))
    return _bounded(_row(row, row["path"], top, line) for line, row in rows)


def from_index(index: Path, *, split: str, use: str) -> list[Item]:
    """The pictures of an index that belong to `split` and are stored in the way that `use` names (`view`, `crop`).

    Raises:
        LabelError: it is no such index.
        OSError: it cannot be read.
    """
    column = f"{use}_file"
    rows = _rows(index, ("label", "split", "source", column))
    chosen = ((line, row) for line, row in rows if row[column] and split in {"", row["split"]})
    return _bounded(_row(row, row[column], index.parent, line) for line, row in chosen)


def refuse_unusable(items: Iterable[Item], least: int) -> None:
    """Make sure that there are at least `least` untouched pictures, and as many that are not.

    Raises:
        LabelError: there are not.
    """
    untouched = sum(1 if item.label is Label.UNTOUCHED else 0 for item in items)
    others = sum(1 if item.label is not Label.UNTOUCHED else 0 for item in items)
    if not untouched or not others:
        raise LabelError(Trouble.ONE_CLASS, Label.GENERATED if untouched else Label.UNTOUCHED)
    if min(untouched, others) < least:
        raise LabelError(Trouble.TOO_FEW, str(least))


def _rows(table: Path, needed: Iterable[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The rows of a table, each with the number of its line, missing cells empty."""
    with table.open(newline="", encoding="utf-8-sig") as file:
        try:
            reader = csv.DictReader(file, strict=True)
            lacking = [name for name in needed if name not in (reader.fieldnames or ())]
            if lacking:
                raise LabelError(Trouble.NO_COLUMN, lacking[0])
            for row in reader:
                yield reader.line_num, {str(k): v for k, v in row.items() if isinstance(v, str)} | _absent(row)
        except (csv.Error, UnicodeDecodeError) as error:
            raise LabelError(Trouble.NO_TABLE, table.name) from error


def _absent(row: Mapping[str, object]) -> dict[str, str]:
    return {str(name): "" for name, value in row.items() if value is None}


def _row(row: Mapping[str, str], path: str, top: Path, line: int) -> Item:
    name = row["label"].strip().casefold()
    if name not in NAMES:
        raise LabelError(Trouble.UNKNOWN_LABEL, row["label"], line)
    label = NAMES[name]
    if not path or Path(path).is_absolute() or ".." in Path(path).parts:
        raise LabelError(Trouble.OUTSIDE, path, line)
    generator = row.get("generator", "").strip()
    source = row.get("source", "").strip() or generator or str(label)
    return Item(top / path, label, source[:_LONGEST], generator[:_LONGEST], row.get("content", "").strip()[:_LONGEST])


def _bounded(items: Iterable[Item]) -> list[Item]:
    """Each file once, under the first label that it has."""
    found: dict[Path, Item] = {}
    for item in items:
        found.setdefault(item.path, item)
        if len(found) > MOST:
            raise LabelError(Trouble.TOO_MANY, str(MOST))
    return list(found.values())
