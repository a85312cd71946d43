"""Replays what is told of a model: data root > record > weights > registration, each link from the bytes at hand.

Nothing that is read is trusted: files are bounded before they are read, links are not followed, and what one part says
of another is held to that other. What cannot be looked at (files of the data, a register without a node) is a step of
its own that says so, and is no fault.

`Audit.facts`, by place (keys that do not apply are left out; texts of others are under `untrusted_`):
manifest {sha256, bytes, id, version, task, made, untrusted_title, untrusted_licence} · weights {sha256, bytes} ·
files {count, untrusted_names} · record {sha256, bytes, started, finished, sessions, commit, dirty, lock_sha256,
untrusted_packages} · seal {sha256, address, time, publisher, untrusted_name} · checkpoints {count, chain, first, last}
· data {root, items, list_sha256} · splits {name: {root, items}} · contents {files, found, missing, extra} ·
evaluation {sha256, untrusted_metrics} · register {every field of `ModelEntry`, network, chain_id, contract, practice,
synced, others, contract_agrees, domain_verified} · parents {count, family, list: [{record, weights, relation,
untrusted_name, removed}]} · attestations {count, withdrawn, same, list} · outputs {count, withdrawn, lists}.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from touchstone import modelfile
from touchstone.lineage import (
    audit_data,
    audit_files,
    audit_find,
    audit_parents,
    audit_register,
    audit_run,
    bundle,
)
from touchstone.lineage.audit_case import AuditError, AuditStoppedError, Case
from touchstone.lineage.audit_find import Register
from touchstone.lineage.audit_types import Audit, OnStep, Place, Step
from touchstone.lineage.items import ItemsError
from touchstone.paths import Home
from touchstone.store.database import StoreError

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.chain.node import Node

__all__ = ["Audit", "AuditError", "AuditStoppedError", "Place", "Step", "audit"]

_ORDER = {place: number for number, place in enumerate(Place)}


def audit(
    folder: Path,
    *,
    home: Home,
    network: Network | None,
    nodes: Sequence[Node] = (),
    contents: Path | None = None,
    cancel: threading.Event | None = None,
    on_step: OnStep | None = None,
) -> Audit:
    """Audit the model in a folder, or in a bundle (`lineage.bundle`).

    `network` is whose register is asked, None for none; its mirror is brought up to date first, from the practice
    ledger's file or from `nodes`, and where there are nodes the contract itself is asked as well. `contents` is a
    folder with the files of the data. `cancel` stops it within a piece of a MiB or of a pass over the list.

    Raises:
        AuditError: nothing could be audited.
        AuditStoppedError: `cancel` was set.
    """
    with bundle.opened(folder, cancel=cancel, on_step=on_step) as found:
        if not any(os.path.lexists(found.folder / name) for name in (modelfile.MANIFEST, modelfile.RECORD)):
            raise AuditError("not-a-model")
        case = Case(found.folder, home, network, nodes, contents, cancel, on_step)
        case.told, case.left_out = found.told, found.left_out
        for name in found.differing:
            case.failed(Place.FILES, "bundle-file-differs", untrusted_file=name)
        try:
            _walk(case)
        except ItemsError as error:
            if error.code == "stopped":
                raise AuditStoppedError from error
            case.failed(Place.DATA, "items-broken", why=error.code, field="data.items")
        finally:
            if case.items is not None:
                case.items.close()
    steps = tuple(sorted(case.steps, key=lambda step: _ORDER[step.place]))
    return Audit(_name(case, folder), steps, case.facts)


def _walk(case: Case) -> None:
    audit_files.read_manifest(case)
    audit_run.read_record(case)
    audit_run.read_seal(case)
    register = audit_find.find(case)
    try:
        for step in _OF_FILES:
            step(case)
        for place, asked in _OF_REGISTER:
            try:
                asked(case, register)
            except StoreError as error:
                case.not_checked(place, "mirror-unreadable", why=str(error.code))
    finally:
        register.close()


_OF_FILES: tuple[Callable[[Case], None], ...] = (
    audit_files.manifest,
    audit_files.weights,
    audit_files.companions,
    audit_run.record,
    audit_run.seal,
    audit_run.checkpoints,
    audit_data.data,
    audit_data.splits,
    audit_data.contents,
    audit_run.evaluation,
)
_OF_REGISTER: tuple[tuple[Place, Callable[[Case, Register], None]], ...] = (
    (Place.REGISTER, audit_register.register),
    (Place.SEAL, audit_register.sealer),
    (Place.PARENTS, audit_parents.parents),
    (Place.ATTESTATIONS, audit_register.attestations),
    (Place.OUTPUTS, audit_register.outputs),
)


def _name(case: Case, folder: Path) -> str:
    if case.manifest is not None:
        return case.manifest.id
    return case.record.model if case.record is not None else folder.name
