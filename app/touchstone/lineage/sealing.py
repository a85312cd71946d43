"""Seals a finished run: with the record that the run wrote, or, where there is none, with one that tells the least.

What is new (list, record, seal) is made in a folder beside, and put in its place only once the seal holds: whoever is
refused a signature, or runs out of room, finds the model's folder as it was.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from touchstone import modelfile
from touchstone.lineage import canonical, installed, items, seal, states
from touchstone.lineage import record as records
from touchstone.lineage.audit_case import MOST_COMPANION
from touchstone.lineage.audit_files import READ_BESIDE
from touchstone.lineage.canonical import CanonicalError
from touchstone.lineage.items import ItemsError
from touchstone.lineage.items_types import ITEM
from touchstone.lineage.record import Parent, Record, RecordError, Relation
from touchstone.lineage.seal import Sealed, SealError, Signer
from touchstone.lineage.states import StateError
from touchstone.modelfile import Manifest, ManifestError
from touchstone.paths import Home
from touchstone.store.files import Trouble, trouble_of, write_atomically

_MOST_COMPARED = 1_000_000  # items of a parent that are looked through for those that were removed


class SealingError(Exception):
    """It was not sealed; the folder is as it was.

    `code`: `not-a-folder`, `manifest`, `weights`, `record` {untrusted_field}, `record-exists`, `no-record`, `items`
    {why}, `data` {why, and what `ItemsError` tells}, `parent` {untrusted_name}, `relation`, `file` {untrusted_file},
    `signature`, `stopped`, `no-room`, `unwritable`.
    """

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True, slots=True)
class Done:
    """A sealed run. `minimal` is whether its record was made here. `removed` are items that its parents had alone."""

    sealed: Sealed
    record: Record
    minimal: bool
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Named:
    """A parent and where it lies. What was removed from its data is found out when the record is made."""

    parent: Parent
    folder: Path


def parent_of(home: Home, named: str) -> Named:
    """A parent as `ID:RELATION` or `FOLDER:RELATION` names it.

    Raises:
        SealingError: PARENT, RELATION.
    """
    where, _colon, relation = named.rpartition(":")
    if relation not in set(Relation):
        raise SealingError("relation")
    found = installed.find(home, where)
    if found is None:
        raise SealingError("parent", untrusted_name=where)
    try:
        weights, _size = states.hashed(found.folder / modelfile.MODEL)
    except StateError as error:
        raise SealingError("parent", untrusted_name=where) from error
    if weights != found.manifest.sha256:
        raise SealingError("parent", untrusted_name=where)
    try:
        record: str | None = records.read(found.folder / modelfile.RECORD).sha256
    except RecordError:
        record = None
    return Named(Parent(record, weights, Relation(relation), found.manifest.id, ()), found.folder)


def seal_run(
    folder: Path,
    signer: Signer,
    *,
    data: Path | None = None,
    parents: Sequence[Named] = (),
    cancel: threading.Event | None = None,
) -> Done:
    """Seal the model in a folder.

    `data` is a folder of files, a text list of SHA-256, or a list as `lineage.items` writes it: what the model was
    trained on, for one that has no record yet.

    Raises:
        SealingError: it was not done.
        ChainError: what a signer can be.
    """
    if not folder.is_dir():
        raise SealingError("not-a-folder")
    has_record = os.path.lexists(folder / modelfile.RECORD)
    if has_record and (data is not None or parents):
        raise SealingError("record-exists")
    with _disk_trouble():
        if has_record:
            return _seal_recorded(folder, signer)
        source = data if data is not None else folder / items.FILE
        if data is None and not source.exists():
            raise SealingError("no-record")
        return _Minimal(folder, parents, cancel).sealed(source, signer)


def _seal_recorded(folder: Path, signer: Signer) -> Done:
    try:
        told = records.read(folder / modelfile.RECORD)
    except RecordError as error:
        raise SealingError("record", untrusted_field=error.field) from error
    for name, one in told.files.items():
        beside = folder / name if (folder / name).exists() or "/" not in name else folder.parent / name
        _hold(beside, name, one.sha256, one.bytes)
    raw = _seal(folder, signer)
    write_atomically(folder / seal.SEAL, raw)
    return Done(seal.verify(raw), told, minimal=False)


def _hold(path: Path, name: str, sha256: str, size: int) -> None:
    """Refuse a file that is not what the record says."""
    try:
        sound = path.is_file() and path.stat().st_size == size <= MOST_COMPANION and states.hashed(path)[0] == sha256
    except StateError:
        sound = False
    if not sound:
        raise SealingError("file", untrusted_file=name)


def _seal(folder: Path, signer: Signer) -> bytes:
    try:
        return seal.make(folder, signer)
    except SealError as error:
        code = error.code if error.code in {"manifest", "weights", "record", "items", "signature"} else "signature"
        raise SealingError(code, **({"untrusted_field": error.field} if code == "record" else {})) from error


class _Minimal:
    """A record made here, for a model that was trained without one being kept."""

    def __init__(self, folder: Path, parents: Sequence[Named], cancel: threading.Event | None) -> None:
        self._folder, self._parents, self._cancel = folder, parents, cancel
        self._manifest = _manifest(folder)

    def sealed(self, source: Path, signer: Signer) -> Done:
        """Make list, record and seal in a folder of their own, then put them in their places."""
        with tempfile.TemporaryDirectory(prefix=".sealing-", dir=self._folder, ignore_cleanup_errors=True) as name:
            draft = Path(name)
            self._listed(source, draft / items.FILE)
            told = self._record(draft)
            try:
                (draft / modelfile.RECORD).write_bytes(canonical.dumps(told))
                record = records.read(draft / modelfile.RECORD)
            except (CanonicalError, RecordError) as error:
                raise SealingError("record") from error
            for file in (modelfile.MANIFEST, modelfile.MODEL):
                shutil.copyfile(self._folder / file, draft / file)
            (draft / seal.SEAL).write_bytes(_seal(draft, signer))
            sealed = seal.read(draft / seal.SEAL)
            for file in (items.FILE, modelfile.RECORD, seal.SEAL):
                _to_disk(draft / file)
                (draft / file).replace(self._folder / file)
        return Done(sealed, record, minimal=True, removed=sum(len(one.removed) for one in record.parents))

    def _listed(self, source: Path, target: Path) -> None:
        try:
            try:
                with items.read(source):
                    pass
                shutil.copyfile(source, target)
            except ItemsError as error:
                if error.code != "not-a-list" and not source.is_dir():
                    raise
                items.write(target, items.gather(source, cancel=self._cancel), cancel=self._cancel)
        except ItemsError as error:
            if error.code == "stopped":
                raise SealingError("stopped") from error
            if error.code in {"no-room", "unwritable"}:
                raise SealingError(error.code) from error
            raise SealingError("data", why=error.code, **error.params) from error

    def _record(self, draft: Path) -> dict[str, Any]:
        """The document of a record that tells data, weights and parents, and nothing that was not kept."""
        now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            with items.read(draft / items.FILE) as listed:
                roots = {name: listed.root(name, cancel=self._cancel) for name in ("", *listed.names)}
                parents = [self._parent(one, listed) for one in self._parents]
        except ItemsError as error:
            raise SealingError("stopped" if error.code == "stopped" else "data", why=error.code) from error
        told = {name: {"root": root.root.hex(), "items": root.items} for name, root in roots.items()}
        data = told.pop("")
        weights = _file(self._folder / modelfile.MODEL, "weights")
        if weights != {"sha256": self._manifest.sha256, "bytes": self._manifest.bytes}:
            raise SealingError("weights")
        return {
            "schema": records.SCHEMA,
            "model": self._manifest.id,
            "started": now,
            "finished": now,
            "sessions": [{"started": now, "ended": now, "resumed_from": None, "commit": None, "dirty": False}],
            "code": {"commit": None, "dirty": False, "diff_sha256": None},
            "data": data,
            "splits": told,
            "items_file": _file(draft / items.FILE, "items"),
            "parameters": {},
            "seeds": {},
            "environment": {"python": "", "machine": "", "system": "", "packages": {}, "lock_sha256": None},
            "checkpoints": [],
            "chain": records.chain_start(self._manifest.id, data, told, {}, {}),
            "files": {
                name: _file(self._folder / name, "file") for name in READ_BESIDE if (self._folder / name).is_file()
            },
            "weights": weights,
            "metrics": {},
            "parents": parents,
        }

    def _parent(self, named: Named, listed: items.ItemList) -> dict[str, Any]:
        parent, removed = named.parent, []
        if parent.relation is Relation.RETRAINED:
            removed = _removed(named.folder / items.FILE, listed)
        return {
            "record": parent.record,
            "weights": parent.weights,
            "relation": str(parent.relation),
            "name": parent.name,
            "removed": removed,
        }


def _removed(of_parent: Path, listed: items.ItemList) -> list[str]:
    """What a parent was trained on and this model was not; nothing where that is too much to be told, or not here."""
    found: list[str] = []
    try:
        with items.read(of_parent) as before:
            if before.count > _MOST_COMPARED:
                return []
            for _start, rows in before.blocks():
                trained = (raw[:ITEM] for raw in map(bytes, rows) if raw[ITEM] & items.TRAINED)
                found += [item.hex() for item in trained if not listed.contains(item)]
    except ItemsError:
        return []
    return found if len(found) <= records.MOST_REMOVED else []


def _manifest(folder: Path) -> Manifest:
    try:
        return modelfile.parse(canonical.read(folder / modelfile.MANIFEST, modelfile.MAX_MANIFEST))
    except (CanonicalError, ManifestError) as error:
        raise SealingError("manifest") from error


def _file(path: Path, code: str) -> dict[str, Any]:
    try:
        sha256, size = states.hashed(path)
    except StateError as error:
        raise SealingError(code, untrusted_file=path.name) from error
    return {"sha256": sha256, "bytes": size}


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextlib.contextmanager
def _disk_trouble() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SealingError("no-room" if trouble_of(error) is Trouble.FULL else "unwritable") from error
