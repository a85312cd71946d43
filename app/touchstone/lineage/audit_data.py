"""Audit steps about the data: its list against the roots, and the files themselves where they are at hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from touchstone.lineage import items
from touchstone.lineage.audit_case import Case, UnreadError
from touchstone.lineage.audit_types import Place
from touchstone.lineage.items import ItemsError
from touchstone.lineage.seal import ITEMS

MOST_LIST = 2**33  # bytes of a list: above 200 million items
_MOST_FILE = 2**50  # bytes of a file of the data


def data(case: Case) -> None:
    """Hold the data root to the register; build it again from the list, whose bytes record and seal name."""
    case.at(Place.DATA)
    if case.record is None:
        case.not_checked(Place.DATA, "no-record")
        return
    told = case.record.data
    case.fact(Place.DATA, root=told.root, items=told.items)
    named_by = ["record"]
    if case.entry is not None and case.entry.data_root:
        said = {"data_root": case.entry.data_root == told.root, "items": case.entry.items == told.items}
        if not all(said.values()):
            wrong = next(field for field, same in said.items() if not same)
            case.failed(Place.DATA, "data-register-differs", field=wrong)
        else:
            named_by.append("register")
    if not _list_is_named(case):
        return
    case.at(Place.DATA)
    try:
        case.items = items.read(case.folder / ITEMS)
        count = case.items.count
        found = case.items.root(cancel=case.cancel, on_items=lambda done: case.at(Place.DATA, min(1.0, done / count)))
    except ItemsError as error:
        case.failed(Place.DATA, "items-broken", why=error.code, field="data.items")
        return
    if (found.root.hex(), found.items) != (told.root, told.items):
        case.failed(Place.DATA, "data-root-differs", items=found.items, of=told.items, field="data.root")
    elif not case.failures(Place.DATA):
        case.verified(Place.DATA, "data-root-matches", items=told.items, named_by=named_by)


def _list_is_named(case: Case) -> bool:
    """Whether the list is here and is the one that record and seal name; else a step says what it is."""
    assert case.record is not None  # noqa: S101 - the caller looked
    told = case.record.items_file
    if ITEMS in case.left_out or not os.path.lexists(case.folder / ITEMS):
        case.not_checked(Place.DATA, "items-not-here" if told is not None else "no-items-file")
        return False
    try:
        found = case.sha256(Place.DATA, case.folder / ITEMS, MOST_LIST, told.bytes if told is not None else None)
    except UnreadError as error:
        case.failed(Place.DATA, f"items-{error.code}", field="items_file", **error.params)
        return False
    case.fact(Place.DATA, list_sha256=found)
    other = ["record"] if told is None or told.sha256 != found else []
    other += ["seal"] if case.seal is not None and case.seal.items != found else []
    if other:
        case.failed(Place.DATA, "items-differ", against=other, field="items_file.sha256")
    return not other


def splits(case: Case) -> None:
    """Build the root of each split again."""
    case.at(Place.SPLITS)
    if case.record is None:
        case.not_checked(Place.SPLITS, "no-record")
        return
    told = case.record.splits
    case.fact(Place.SPLITS, **{name: {"root": one.root, "items": one.items} for name, one in sorted(told.items())})
    if case.items is None:
        case.not_checked(Place.SPLITS, "splits-not-built" if told else "no-splits")
        return
    if set(case.items.names) != set(told):
        odd = min(set(case.items.names) ^ set(told))
        case.failed(Place.SPLITS, "split-not-listed", split=odd, field=f"splits.{odd}")
        return
    for name, one in sorted(told.items()):
        case.at(Place.SPLITS)
        found = case.items.root(name, cancel=case.cancel)
        if (found.root.hex(), found.items) != (one.root, one.items):
            case.failed(Place.SPLITS, "split-differs", split=name, field=f"splits.{name}")
    if not case.failures(Place.SPLITS):
        case.verified(Place.SPLITS, "splits-match" if told else "no-splits", count=len(told))


def contents(case: Case) -> None:
    """Hash the files of the data, and hold them to the list."""
    if case.contents is None:
        case.not_checked(Place.CONTENTS, "contents-not-here")
        return
    if case.items is None:
        case.not_checked(Place.CONTENTS, "contents-without-list")
        return
    if not case.contents.is_dir():
        case.failed(Place.CONTENTS, "contents-no-folder")
        return
    known: set[bytes] = set()
    files = extra = 0
    for path in _files(case.contents):
        case.at(Place.CONTENTS, len(known) / case.items.count)
        try:
            found = bytes.fromhex(_hash(case, path))
        except UnreadError:
            case.failed(Place.CONTENTS, "contents-unreadable", untrusted_file=path.name)
            continue
        files += 1
        if case.items.sets_of(found) is not None:
            known.add(found)
        else:
            extra += 1
    missing = case.items.count - len(known)
    counts = {"files": files, "found": len(known), "missing": missing, "extra": extra}
    case.fact(Place.CONTENTS, **counts)
    if missing:
        case.failed(Place.CONTENTS, "contents-missing", **counts)
    elif not case.failures(Place.CONTENTS):
        case.verified(Place.CONTENTS, "contents-match", **counts)


def _hash(case: Case, path: Path) -> str:
    tell, case.on_step = case.on_step, None  # one file of many says nothing of how far the whole is
    try:
        return case.sha256(Place.CONTENTS, path, _MOST_FILE)
    finally:
        case.on_step = tell


def _files(folder: Path) -> Iterator[Path]:
    """Regular files in a folder and those below, by their names; links are not followed."""
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            if path.is_file() and not path.is_symlink():
                yield path
