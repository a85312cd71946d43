"""Audit steps about the models that one was made from: on the register, on this computer, and what was left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from touchstone import modelfile
from touchstone.lineage import installed, items
from touchstone.lineage import record as records
from touchstone.lineage.audit_case import Case, UnreadError
from touchstone.lineage.audit_data import MOST_LIST
from touchstone.lineage.audit_find import Register, known
from touchstone.lineage.audit_types import Place
from touchstone.lineage.items import ItemsError
from touchstone.lineage.record import Parent, Record, RecordError
from touchstone.lineage.seal import ITEMS
from touchstone.registry.model_types import ModelEntry

_DEEPEST = 64  # parents of parents that are followed on this computer


@dataclass(slots=True)
class _Neighbours:
    """Models in folders of this computer whose records can be read."""

    folders: dict[str, Path] = field(default_factory=dict)  # by the hash of the record
    records: dict[str, list[Record]] = field(default_factory=dict)  # by the hash of the weights

    def add(self, folder: Path, record: Record) -> None:
        self.folders[record.sha256] = folder
        self.records.setdefault(record.weights.sha256, []).append(record)

    def of(self, parent: Parent) -> Record | None:
        """The record that a parent names; where it names none, any over its weights."""
        found = self.records.get(parent.weights, [])
        return next((one for one in found if parent.record in {None, one.sha256}), None)


def parents(case: Case, found: Register) -> None:
    """Find each model that the record names, on the register and on this computer; refuse circles."""
    case.at(Place.PARENTS)
    if case.record is None:
        case.not_checked(Place.PARENTS, "no-record")
        return
    told = case.record.parents
    case.fact(
        Place.PARENTS,
        count=len(told),
        list=[
            {
                "record": one.record,
                "weights": one.weights,
                "relation": str(one.relation),
                "untrusted_name": one.name,
                "removed": len(one.removed),
            }
            for one in told
        ],
    )
    unnamed = _registered(case, found, told)
    if not told:
        if not case.failures(Place.PARENTS):
            case.verified(Place.PARENTS, "no-parents")
        return
    neighbours = _neighbours(case)
    if _in_a_circle(case.record, neighbours):
        case.failed(Place.PARENTS, "parents-cycle", field="parents")
    for number, one in enumerate(told):
        _parent(case, found, neighbours, (number, one, one in unnamed))
        _removed(case, neighbours, number, one)


def _registered(case: Case, found: Register, told: tuple[Parent, ...]) -> list[Parent]:
    """Hold the parents of the entry to those of the record; those of the record that the entry does not name."""
    entry = case.entry
    if entry is None or found.models is None or found.otherwise:
        return []
    entries = [(one, found.models.get(one)) for one in entry.parents]
    left = list(told)
    for model, one in entries:
        named = next((p for p in left if one is not None and _is(p, one)), None)
        if named is None:
            case.failed(Place.PARENTS, "parent-not-in-record", model=model, field="parents")
        else:
            left.remove(named)
    first = entries[0][1] if entries else None
    family = entry.model if not entries else first.family if first is not None else ""
    if family and family != entry.family:
        case.failed(Place.PARENTS, "family-differs", field="family")
    case.fact(Place.PARENTS, family=entry.family)
    return left


def _is(parent: Parent, entry: ModelEntry) -> bool:
    return parent.weights == entry.weights and parent.record in {None, entry.record}


def _neighbours(case: Case) -> _Neighbours:
    found = _Neighbours()
    for one in installed.models(case.home):
        case.at(Place.PARENTS)
        try:
            found.add(one.folder, records.read(one.folder / modelfile.RECORD))
        except RecordError:
            continue
    return found


def _in_a_circle(record: Record, neighbours: _Neighbours) -> bool:
    """Whether a model would be made from itself, by way of those on this computer."""
    own, seen = record.weights.sha256, set()
    level = [one.weights for one in record.parents]
    for _depth in range(_DEEPEST):
        if own in level:
            return True
        seen |= set(level)
        further = [one for weights in level for one in neighbours.records.get(weights, [])]
        level = [p.weights for one in further for p in one.parents if p.weights not in seen]
    return False


def _parent(case: Case, found: Register, neighbours: _Neighbours, which: tuple[int, Parent, bool]) -> None:
    number, one, unnamed = which
    params = {"untrusted_name": one.name, "relation": str(one.relation)}
    here = neighbours.of(one)
    on_register = known(found, one.weights, one.record)
    if here is not None and not _weights_here(case, neighbours.folders[here.sha256], one):
        case.failed(Place.PARENTS, "parent-weights-differ", field=f"parents[{number}].weights", **params)
    elif here is None and one.weights in neighbours.records:
        case.failed(Place.PARENTS, "parent-record-differs", field=f"parents[{number}].record", **params)
    elif here is None and not on_register:
        case.not_checked(Place.PARENTS, "parent-unknown" if not found.quiet else "parent-not-here", **params)
    else:
        case.verified(Place.PARENTS, "parent-found", here=here is not None, registered=bool(on_register), **params)
    if unnamed and on_register:
        case.not_checked(Place.PARENTS, "parent-not-named", **params)


def _weights_here(case: Case, folder: Path, parent: Parent) -> bool:
    try:
        return case.sha256(Place.PARENTS, folder / modelfile.MODEL, modelfile.MAX_MODEL) == parent.weights
    except UnreadError:
        return False


def _removed(case: Case, neighbours: _Neighbours, number: int, parent: Parent) -> None:
    """What a parent was trained on and this one was not: in the list of that, where it is here, and not in this one."""
    if not parent.removed:
        return
    params = {"untrusted_name": parent.name, "count": len(parent.removed)}
    if case.items is None:
        case.not_checked(Place.PARENTS, "removed-without-list", **params)
        return
    try:
        still = [item for item in parent.removed if case.items.contains(bytes.fromhex(item))]
        never = _never_in(case, neighbours, parent)
    except ItemsError as error:
        case.failed(Place.PARENTS, "items-broken", why=error.code, field="data.items")
        return
    field_name = f"parents[{number}].removed"
    if still:
        case.failed(Place.PARENTS, "removed-still-in", item=still[0], field=field_name, **params)
    elif never:
        case.failed(Place.PARENTS, "removed-never-in", item=never[0], field=field_name, **params)
    else:
        case.verified(Place.PARENTS, "removed-absent", **params)


def _never_in(case: Case, neighbours: _Neighbours, parent: Parent) -> list[str]:
    """Removed items that the parent was not trained on, by its list; nothing where that is not here as its record says.

    Raises:
        ItemsError: that list cannot be used, although it is the one that the record names.
    """
    record = neighbours.of(parent)
    if record is None or record.items_file is None:
        return []
    path = neighbours.folders[record.sha256] / ITEMS
    try:
        if case.sha256(Place.PARENTS, path, MOST_LIST, record.items_file.bytes) != record.items_file.sha256:
            return []
    except UnreadError:
        return []
    with items.read(path) as listed:
        return [item for item in parent.removed if not listed.contains(bytes.fromhex(item))]
