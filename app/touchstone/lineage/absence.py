"""Whether items were among what models were trained on: each answer with a proof that the verifier has checked.

An item is the SHA-256 of exact bytes. The same picture saved once more is another item, and nothing here finds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone import modelfile
from touchstone.lineage import bundle, gathering, installed, items, verifier
from touchstone.lineage import record as records
from touchstone.lineage.audit_case import AuditError, AuditStoppedError
from touchstone.lineage.items import ItemList, ItemsError
from touchstone.lineage.items_types import Cancel, OnItems
from touchstone.lineage.record import Parent, Record, RecordError
from touchstone.lineage.tree import Prover

if TYPE_CHECKING:
    from touchstone.registry.model_lookup import Models
    from touchstone.registry.model_types import ModelEntry


class State(StrEnum):
    """What is known of an item and a model."""

    ABSENT = "absent"  # not among what it was trained on; `sets` may still name what it was measured on
    PRESENT = "present"
    UNKNOWN = "unknown"


class OnRegister(StrEnum):
    """How the data root of a model stands with the register."""

    SAME = "same"
    DIFFERS = "differs"
    NOT_TOLD = "not-told"  # it is registered without a data root
    NOT_REGISTERED = "not-registered"
    UNKNOWN = "unknown"  # the register could not be read


@dataclass(frozen=True, slots=True)
class Model:
    """The model that an answer is about, as far as it says so. Hashes are lower-case hex, "" for none.

    `root` and `items` are those of its record: what it says that it was trained on.
    """

    name: str
    title: str = ""
    manifest: str = ""
    weights: str = ""
    record: str = ""
    root: str = ""
    items: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of an item and a model.

    Without UNKNOWN, `proof` is the compact proof about the record's data root, which the verifier has accepted, and
    `sets` are the names of the sets of its list that the item is in. With it, `why` is a code: those of `ItemsError`
    and `AuditError`, no-record, record-broken, record-of-another, no-list, list-differs, bundle-differs.
    """

    item: bytes
    model: Model
    state: State
    why: str = ""
    proof: bytes = b""
    sets: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)


class _UnknownError(Exception):
    """There is no answer. Its text is a code."""

    def __init__(self, code: str, model: Model, **params: Any) -> None:
        super().__init__(code)
        self.code, self.model, self.params = code, model, params


def search(
    sources: Sequence[Path], wanted: Sequence[bytes], *, cancel: Cancel = None, on_items: OnItems = None
) -> list[Answer]:
    """What is known of each item and each model: the items in order, of each the models in order.

    Sources are folders of models, or their audit bundles. Each list is read as a whole before it answers; `on_items`
    is told how far that is, from 0 for each.

    Raises:
        ItemsError: stopped.
    """
    by_source = [_answers(source, wanted, _Watch(cancel, on_items)) for source in sources]
    return [answers[number] for number in range(len(wanted)) for answers in by_source]


@dataclass(frozen=True, slots=True)
class _Watch:
    cancel: Cancel = None
    on_items: OnItems = None


def _answers(source: Path, wanted: Sequence[bytes], watch: _Watch) -> list[Answer]:
    try:
        with bundle.opened(source, cancel=watch.cancel) as found:
            return _in_folder(found, _named(found.folder, source), wanted, watch)
    except _UnknownError as error:
        model, code, params = error.model, error.code, error.params
    except AuditStoppedError as error:
        raise ItemsError("stopped") from error
    except AuditError as error:
        model, code, params = Model(source.name), error.code, error.params
    return [Answer(item, model, State.UNKNOWN, code, params=params) for item in wanted]


def _named(folder: Path, source: Path) -> Model:
    found = installed.in_folder(folder)
    if found is None:
        return Model(source.name)
    return Model(found.manifest.id, found.manifest.title, found.sha256, found.manifest.sha256)


def _in_folder(found: bundle.Opened, model: Model, wanted: Sequence[bytes], watch: _Watch) -> list[Answer]:
    if found.differing:
        raise _UnknownError("bundle-differs", model, untrusted_file=found.differing[0])
    folder = found.folder
    try:
        record = records.read(folder / modelfile.RECORD)
    except RecordError as error:
        code = "no-record" if error.code == "no-file" else "record-broken"
        raise _UnknownError(code, model, field=error.field) from error
    model = replace(model, record=record.sha256, root=record.data.root, items=record.data.items)
    if model.weights not in {"", record.weights.sha256}:
        raise _UnknownError("record-of-another", model)
    model = replace(model, weights=record.weights.sha256)
    if not (folder / items.FILE).exists():
        raise _UnknownError("no-list", model)
    try:
        with items.read(folder / items.FILE) as listed:
            prover = _held(folder, listed, record, watch)
            if prover is None:
                raise _UnknownError("list-differs", model)
            return [_answer(item, model, listed, prover) for item in wanted]
    except ItemsError as error:
        if error.code == "stopped":
            raise
        raise _UnknownError(error.code, model, **error.params) from error


def _held(folder: Path, listed: ItemList, record: Record, watch: _Watch) -> Prover | None:
    """What proves from a list; None where it is not the one that the record is about, in data or splits."""
    told = record.items_file
    if told is not None and gathering.sha256(folder / items.FILE, watch.cancel).hex() != told.sha256:
        return None
    if set(listed.names) != set(record.splits):
        return None
    prover = Prover(listed, cancel=watch.cancel, on_items=watch.on_items)
    held = [(prover.root, record.data)]
    if told is None:  # nothing else says that the list's sets are the record's
        roots = (listed.root(name, cancel=watch.cancel, on_items=watch.on_items) for name in listed.names)
        held += zip(roots, (record.splits[name] for name in listed.names), strict=True)
    return prover if all((root.root.hex(), root.items) == (of.root, of.items) for root, of in held) else None


def _answer(item: bytes, model: Model, listed: ItemList, prover: Prover) -> Answer:
    root = bytes.fromhex(model.root)
    found = listed.sets_of(item)
    sets = found[1] if found is not None else ()
    made = prover.absence(item)
    if made is not None and verifier.absent(root, model.items, item, made):
        return Answer(item, model, State.ABSENT, proof=made, sets=sets)
    made = prover.presence(item)
    if made is not None and verifier.present(root, model.items, item, made):
        return Answer(item, model, State.PRESENT, proof=made, sets=sets)
    raise ItemsError("changed")  # the list is no longer the one whose root was right


def on_register(model: Model, models: Models) -> tuple[OnRegister, ModelEntry | None]:
    """Whether the register has the data root that the model's record has, and the entry that says so.

    Raises:
        StoreError: the mirror cannot be read.
    """
    if not models.is_known():
        return OnRegister.UNKNOWN, None
    entries = [one for one in models.by_manifest(model.manifest) if one.counts] if model.manifest else []
    entries.sort(key=lambda one: (one.data_root != model.root, one.items != model.items, one.record != model.record))
    if not entries:
        return OnRegister.NOT_REGISTERED, None
    best = entries[0]
    if (best.data_root, best.items) == (model.root, model.items):
        return OnRegister.SAME, best
    told = next((one for one in entries if one.data_root), None)
    return (OnRegister.NOT_TOLD, best) if told is None else (OnRegister.DIFFERS, told)


@dataclass(frozen=True, slots=True)
class Removal:
    """An item that a record says was left out of what its parent was trained on.

    `absent` is whether it is proved absent here; `was_there` whether it is proved present in the parent, None where the
    parent's list is not at hand.
    """

    item: bytes
    parent: Parent
    absent: bool
    was_there: bool | None


def removals(folder: Path, neighbours: Sequence[Path] = (), *, cancel: Cancel = None) -> list[Removal]:
    """What the record of the model in `folder` says was removed, held to its list and to its parents' lists.

    `neighbours` are folders or bundles of models, among which parents are looked for by weights and record.

    Raises:
        ItemsError: the list or the record of the model is of no use: `code` as in `Answer`; stopped.
    """
    try:
        record = records.read(folder / modelfile.RECORD)
    except RecordError as error:
        raise ItemsError("no-record" if error.code == "no-file" else "record-broken") from error
    found = []
    for parent in record.parents:
        wanted = [bytes.fromhex(item) for item in parent.removed]
        here = _answers(folder, wanted, _Watch(cancel)) if wanted else []
        if any(one.state is State.UNKNOWN for one in here):
            raise ItemsError(here[0].why, **here[0].params)
        there = _of_parent(parent, wanted, neighbours, cancel) if wanted else None
        for number, one in enumerate(here):
            was = None if there is None else there[number].state is State.PRESENT
            found.append(Removal(one.item, parent, one.state is State.ABSENT, was))
    return found


def _of_parent(
    parent: Parent, wanted: Sequence[bytes], neighbours: Sequence[Path], cancel: Cancel
) -> list[Answer] | None:
    for source in neighbours:
        answers = _answers(source, wanted, _Watch(cancel))
        model = answers[0].model
        named = model.weights == parent.weights and parent.record in {None, model.record}
        if named and answers[0].state is not State.UNKNOWN:
            return answers
    return None
