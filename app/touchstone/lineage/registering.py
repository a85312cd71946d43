"""What is registered of a model, from its folder: only what manifest, weights, record and seal say together."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from touchstone import modelfile
from touchstone.lineage import canonical, installed, record, seal
from touchstone.lineage.audit_files import READ_BESIDE
from touchstone.lineage.canonical import CanonicalError
from touchstone.lineage.record import Parent, Record, RecordError
from touchstone.lineage.seal import Sealed, SealError
from touchstone.modelfile import Manifest
from touchstone.registry.models import MOST_PARENTS, Registration

if TYPE_CHECKING:
    from touchstone.registry.model_lookup import Models
    from touchstone.registry.model_types import ModelEntry

EVALUATION_SCHEMA = "touchstone.evaluation/1"
MOST_EVALUATION = 8 * 1024 * 1024  # bytes
_CHUNK = 1 << 20
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class RegisterError(Exception):
    """The model is not fit to be registered. `code` says why, `params` fill the sentence."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True, slots=True)
class Ready:
    """A model whose files say the same. `what` lacks the parents and the address until they are known."""

    folder: Path
    manifest: Manifest
    record: Record
    sealed: Sealed
    what: Registration


@dataclass(frozen=True, slots=True)
class Parents:
    """The parents that a record names, as the register has them; `unknown` are registered by nobody."""

    entries: tuple[ModelEntry, ...] = ()
    unknown: tuple[Parent, ...] = ()


def ready(folder: Path, cancel: threading.Event | None = None) -> Ready:
    """What would be registered of the model in a folder.

    Raises:
        RegisterError: `no-manifest`, `weights-missing`, `weights-differ` (not what the manifest names), `no-record`,
            `record-broken` {field}, `record-differs` (another model's, or other weights), `chain-broken`, `no-seal`,
            `seal-broken` {field}, `seal-differs` {what}, `items-missing`, `items-differ`, and of what accompanies the
            weights `file-missing`, `file-differs`, `file-not-named` {untrusted_file}; `stopped`.
    """
    found = installed.in_folder(folder)
    if found is None:
        raise RegisterError("no-manifest")
    manifest = found.manifest
    if _hash(folder / modelfile.MODEL, manifest.bytes, "weights", cancel) != manifest.sha256:
        raise RegisterError("weights-differ")
    told = _record(folder, manifest)
    sealed = _seal(folder)
    own = {
        "model": manifest.id,
        "manifest": found.sha256,
        "weights": manifest.sha256,
        "record": told.sha256,
        "evaluation": told.evaluation,
        "items": told.items_file.sha256 if told.items_file is not None else None,
    }
    for name, value in own.items():
        if getattr(sealed, name) != value:
            raise RegisterError("seal-differs", what=name)
    if told.items_file is not None:
        items = _hash(folder / seal.ITEMS, told.items_file.bytes, "items", cancel)
        if items != told.items_file.sha256:
            raise RegisterError("items-differ")
    _hold_companions(folder, told, cancel)
    what = Registration(
        manifest=found.sha256,
        weights=manifest.sha256,
        record=told.sha256,
        data_root=told.data.root,
        items=told.data.items,
        evaluation=told.evaluation,
    )
    return Ready(folder, manifest, told, sealed, what)


def parents_of(told: Record, models: Models, named: Sequence[str] = (), publisher: int = 0) -> Parents:
    """The parents of a model on the register: those that are named by their ids first, the others looked up.

    Where several publishers have registered a parent, that of `publisher` is taken, else the only one that counts.

    Raises:
        RegisterError: `parent-unknown` {id}, `parent-not-in-record` {id}, `parent-ambiguous` {name, ids},
            `parents-too-many`.
        StoreError: the mirror cannot be read.
    """
    left = list(told.parents)
    entries: list[ModelEntry] = []
    for model in named:
        entry = models.get(model)
        if entry is None:
            raise RegisterError("parent-unknown", id=model)
        meant = next((one for one in left if _is(one, entry)), None)
        if meant is None:
            raise RegisterError("parent-not-in-record", id=model)
        left.remove(meant)
        entries.append(entry)
    unknown = []
    for parent in left:
        found = _chosen(parent, models, publisher)
        if found is None:
            unknown.append(parent)
        elif found not in entries:
            entries.append(found)
    if len(entries) > MOST_PARENTS:
        raise RegisterError("parents-too-many")
    order = {parent.weights: place for place, parent in reversed(list(enumerate(told.parents)))}
    entries.sort(key=lambda entry: order.get(entry.weights, len(order)))
    return Parents(tuple(entries), tuple(unknown))


def complete(ready_: Ready, parents: Parents, uri: str = "") -> Registration:
    """What is sent: with the parents, in the order of the record, and where manifest and record can be found."""
    return replace(ready_.what, parents=tuple(entry.model for entry in parents.entries), uri=uri)


def evaluation(path: Path, weights: str) -> str:
    """The hash of a report of `model evaluate`, by its canonical form (RFC 8785).

    Raises:
        RegisterError: `evaluation-unreadable`, `evaluation-none` (no such report), `evaluation-other` (about other
            models).
    """
    raw = installed.read_small(path, MOST_EVALUATION)
    if raw is None:
        raise RegisterError("evaluation-unreadable")
    try:
        document = canonical.loads(raw, MOST_EVALUATION, exact=False)
        hashed = canonical.sha256(document)
    except CanonicalError as error:
        raise RegisterError("evaluation-none") from error
    if document.get("schema") != EVALUATION_SCHEMA:
        raise RegisterError("evaluation-none")
    told = document.get("models")
    about = [one.get("sha256") for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    if weights not in about:
        raise RegisterError("evaluation-other")
    return hashed


def _record(folder: Path, manifest: Manifest) -> Record:
    try:
        told = record.read(folder / modelfile.RECORD)
    except RecordError as error:
        if error.code == "no-file":
            raise RegisterError("no-record") from error
        raise RegisterError("record-broken", field=error.field or error.code) from error
    if (told.model, told.weights.sha256) != (manifest.id, manifest.sha256):
        raise RegisterError("record-differs")
    if not told.chain_holds:
        raise RegisterError("chain-broken")
    return told


def _seal(folder: Path) -> Sealed:
    try:
        return seal.read(folder / seal.SEAL)
    except SealError as error:
        if error.code == "no-file":
            raise RegisterError("no-seal") from error
        raise RegisterError("seal-broken", field=error.field or error.code) from error


def _hold_companions(folder: Path, told: Record, cancel: threading.Event | None) -> None:
    for name in READ_BESIDE:
        if name not in told.files and (folder / name).exists():
            raise RegisterError("file-not-named", untrusted_file=name)
    for name, wanted in told.files.items():
        inside = folder / name
        path = folder.parent / name if "/" in name and not inside.exists() else inside
        if _hash(path, wanted.bytes, "file", cancel, untrusted_file=name) != wanted.sha256:
            raise RegisterError("file-differs", untrusted_file=name)


def _is(parent: Parent, entry: ModelEntry) -> bool:
    return entry.weights == parent.weights and parent.record in {None, entry.record}


def _chosen(parent: Parent, models: Models, publisher: int) -> ModelEntry | None:
    found = [one for one in models.by_weights(parent.weights) if _is(parent, one)]
    own = [one for one in found if one.owner == publisher]
    counting = own or [one for one in found if one.counts]
    if len(counting) > 1 and not own:
        ids = ", ".join(one.model for one in counting[:5])
        raise RegisterError("parent-ambiguous", untrusted_name=parent.name, ids=ids)
    return counting[0] if counting else None


def _hash(path: Path, size: int, what: str, cancel: threading.Event | None, **params: str) -> str:
    """The SHA-256 of a regular file of that size, "" for one of another. Raises RegisterError."""
    try:
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        raise RegisterError(f"{what}-missing", **params) from error
    try:
        told = os.fstat(descriptor)
        if not stat.S_ISREG(told.st_mode):
            raise RegisterError(f"{what}-missing", **params)
        return _digest(descriptor, cancel) if told.st_size == size else ""
    except OSError as error:
        raise RegisterError(f"{what}-missing", **params) from error
    finally:
        os.close(descriptor)


def _digest(descriptor: int, cancel: threading.Event | None) -> str:
    digest = hashlib.sha256()
    while chunk := os.read(descriptor, _CHUNK):
        if cancel is not None and cancel.is_set():
            raise RegisterError("stopped")
        digest.update(chunk)
    return digest.hexdigest()
