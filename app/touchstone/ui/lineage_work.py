"""What the lineage of a model is read from, in threads: its files, the register's copy, and an audit of both."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from touchstone import modelfile
from touchstone.texts import lineage_view as words
from touchstone.ui.lineage_chain import Known
from touchstone.ui.models_work import Task

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.lineage.audit_types import Audit, Place
    from touchstone.modelfile import Manifest
    from touchstone.paths import Home

_MOST_FILES = 20_000
_SHOWN = 8  # outputs in the details of a model
Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """Which model is looked at: its id, its folder, and its manifest as the list of detectors has it."""

    id: str
    folder: Path
    manifest: Manifest | None

    @property
    def recorded(self) -> bool:
        """Whether it came with a training record."""
        with contextlib.suppress(OSError):
            return (self.folder / modelfile.RECORD).is_file()
        return True  # the audit says why it cannot be read


@dataclass(frozen=True, slots=True)
class Looked:
    """What an audit found, and what is known beside it; `stamp` changes when any file of it does."""

    subject: Subject
    audit: Audit
    known: Known
    stamp: Stamp


def stamp(home: Home, network: Network, folder: Path) -> Stamp:
    """The files that an audit rests on, by name, time (ns) and size (bytes).

    They are the model's, those of the models beside it, which a record may name, and the register's copy.
    """
    from touchstone.registry.lookup_types import mirror_path

    mirror = mirror_path(home, network)
    places = [mirror, mirror.with_name(f"{mirror.name}-wal"), home.ledger]
    with contextlib.suppress(OSError):
        places += islice(chain(folder.rglob("*"), folder.parent.glob("*/*")), _MOST_FILES)
    found = [(network.name, network.chain_id, 0)]
    for place in sorted(places):
        with contextlib.suppress(OSError):
            told = place.stat()
            found.append((str(place), told.st_mtime_ns, told.st_size))
    return tuple(found)


def look(home: Home, network: Network, subject: Subject, task: Task, before: Looked | None = None) -> Looked:
    """Audit a model, or take what was found before where no file has changed since.

    Raises:
        AuditStoppedError: `task` was stopped.
        AuditError: nothing could be audited.
    """
    from touchstone.lineage.audit import audit
    from touchstone.texts import lineage

    now = stamp(home, network, subject.folder)
    if before is not None and (before.subject, before.stamp) == (subject, now):
        return before

    def tell(place: Place, share: float | None) -> None:
        done = 0 if share is None else max(1, round(share * 1000))
        task.step(lineage.doing(place), done, 0 if share is None else 1000)

    known = know(home, network, subject)  # which registers what came with the application, where it is not yet
    found = audit(subject.folder, home=home, network=network, cancel=task.stopped, on_step=tell)
    return Looked(subject, found, known, stamp(home, network, subject.folder))


def know(home: Home, network: Network, subject: Subject) -> Known:
    """What is known of a model beside an audit: its own files, and what the register's copy says of it."""
    from touchstone.lineage import installed, record, seal

    manifest, folder = subject.manifest, subject.folder
    told, sealed = None, None
    with contextlib.suppress(record.RecordError):
        told = record.read(folder / modelfile.RECORD)
    with contextlib.suppress(seal.SealError):
        sealed = seal.read(folder / seal.SEAL)
    here = {one.manifest.sha256: one.manifest.id for one in installed.models(home)}
    found = Known(manifest, told, sealed, practice=network.practice, here=here)
    return found if manifest is None else _with_register(home, network, subject, found)


def _with_register(home: Home, network: Network, subject: Subject, known: Known) -> Known:
    """With what the register's copy says, as checks hear it; where that cannot be read, its standing is unknown."""
    from touchstone.check.model_standing import ModelRegister
    from touchstone.check.models import ModelStore
    from touchstone.lineage import installed
    from touchstone.registry.model_lookup import Models
    from touchstone.store.database import StoreError

    store = ModelStore(home)
    listed = [one for one in store.installed() if one.manifest.id == subject.id]
    register = ModelRegister(home, network.name, store, first_start=True)
    registered = register.standings(listed).get(subject.id)
    if registered is None:
        return known
    known = replace(known, standing=registered.standing, entry=registered.entry)
    models = Models(home, network)
    try:
        attested = models.attestations(registered.entry.model) if registered.entry is not None else ()
        found = installed.in_folder(subject.folder)
        if found is None:
            return known
        manifest = found.sha256
        outputs, said = models.count_outputs(manifest), models.outputs_by(manifest, _SHOWN)
        return replace(known, attestations=attested, outputs=outputs, said=said)
    except (StoreError, ValueError):
        return known
    finally:
        models.close()


def summary(audit: Audit) -> str:
    """What an audit came to, in a sentence or two."""
    from touchstone.texts import lineage

    return words.summary(audit.steps) if audit.sound else lineage.summary(audit)


def why(error: Exception) -> str:
    """Why there is no audit; "" where it was stopped."""
    from touchstone.lineage.audit_case import AuditError, AuditStoppedError
    from touchstone.texts import lineage
    from touchstone.ui import register_desk

    if isinstance(error, AuditStoppedError):
        return ""
    if isinstance(error, AuditError):
        return lineage.trouble(error)
    return register_desk.why(error)
