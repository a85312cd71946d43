"""Audit steps about the run: its record, the seal over it, the chain of checkpoints, and what was measured."""

from __future__ import annotations

import datetime
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from touchstone import modelfile
from touchstone.lineage import record as records
from touchstone.lineage import seal as seals
from touchstone.lineage.audit_case import Case, UnreadError
from touchstone.lineage.audit_types import Place
from touchstone.lineage.record import Checkpoint, RecordError
from touchstone.lineage.seal import SealError

CHECKPOINTS = "checkpoints"  # the folder that they are looked for in, in the model's own
MOST_CHECKPOINT = 2**40  # bytes
_MOST_FILES = 100_000
_MOST_SHOWN = 24  # figures of an evaluation
_SKEW = datetime.timedelta(days=1)  # a clock further ahead than this is said


def read_record(case: Case) -> None:
    """Read the record; what is wrong with it is a step. One that is missing is judged by `record`."""
    case.at(Place.RECORD)
    try:
        raw = case.read(modelfile.RECORD, records.MOST)
    except UnreadError as error:
        if error.code != "missing":
            case.failed(Place.RECORD, f"record-{error.code}", **error.params)
        return
    case.record_hash = hashlib.sha256(raw).hexdigest()
    case.fact(Place.RECORD, sha256=case.record_hash, bytes=len(raw))
    try:
        case.record = told = records.parse(raw)
    except RecordError as error:
        case.failed(Place.RECORD, "record-broken", untrusted_field=error.field, why=error.code)
        return
    case.fact(
        Place.RECORD,
        started=told.started,
        finished=told.finished,
        sessions=len(told.sessions),
        commit=told.code.commit,
        dirty=told.code.dirty or any(one.dirty for one in told.sessions),
        untrusted_packages=dict(told.environment.packages),
        lock_sha256=told.environment.lock_sha256,
    )


def read_seal(case: Case) -> None:
    """Read the seal and check its signature; what is wrong with it is a step."""
    case.at(Place.SEAL)
    try:
        raw = case.read(seals.SEAL, seals.MOST)
    except UnreadError as error:
        if error.code == "missing":
            case.not_checked(Place.SEAL, "no-seal")
        else:
            case.failed(Place.SEAL, f"seal-{error.code}", **error.params)
        return
    case.fact(Place.SEAL, sha256=hashlib.sha256(raw).hexdigest())
    try:
        case.seal = sealed = seals.verify(raw)
    except SealError as error:
        code = "seal-does-not-fit" if error.code in {"does-not-fit", "spelling"} else "seal-broken"
        case.failed(Place.SEAL, code, untrusted_field=error.field, why=error.code)
        return
    case.fact(Place.SEAL, address=sealed.address, time=sealed.time)


def record(case: Case) -> None:
    """Hold the record to seal, register and manifest."""
    same: list[str] = []
    if case.record_hash:
        same, other = case.differing("record", "record", case.record_hash)
        if other:
            case.failed(Place.RECORD, "record-differs", against=other)
    elif not case.failures(Place.RECORD):
        _without_record(case)
    if case.record is None:
        return
    if case.manifest is not None and case.record.model != case.manifest.id:
        case.failed(Place.RECORD, "record-of-another", field="model")
    if not case.failures(Place.RECORD):
        case.verified(Place.RECORD, "record-matches", named_by=same)
    if case.record.clock_went_back:
        case.not_checked(Place.RECORD, "clock-went-back")
    if _moment(case.record.finished) > datetime.datetime.now(datetime.UTC) + _SKEW:
        case.not_checked(Place.RECORD, "time-to-come", time=case.record.finished)


def _without_record(case: Case) -> None:
    named_by = [who for who, one in (("seal", case.seal), ("register", case.entry)) if one is not None]
    if named_by:
        case.failed(Place.RECORD, "record-missing", named_by=named_by)
    else:
        case.not_checked(Place.RECORD, "no-record")


def seal(case: Case) -> None:
    """What the seal names besides hashes; whose key made it is asked of the register."""
    if case.seal is None:
        return
    names = {case.seal.model} if case.manifest is None else {case.seal.model, case.manifest.id}
    if len(names) > 1:
        case.failed(Place.SEAL, "seal-of-another", field="model")
    if case.record is not None and _moment(case.seal.time) < _moment(case.record.finished):
        case.not_checked(Place.SEAL, "sealed-before-finished", time=case.seal.time)


def checkpoints(case: Case) -> None:
    """Compute the chain of checkpoints again, and hash those that are here."""
    case.at(Place.CHECKPOINTS)
    if case.record is None:
        case.not_checked(Place.CHECKPOINTS, "no-record")
        return
    told = case.record.checkpoints
    case.fact(Place.CHECKPOINTS, count=len(told), chain=case.record.chain)
    if told:
        case.fact(Place.CHECKPOINTS, first=told[0].step, last=told[-1].step)
    if not case.record.chain_holds:
        case.failed(Place.CHECKPOINTS, "chain-broken", field="chain")
        return
    case.verified(Place.CHECKPOINTS, "chain-holds" if told else "no-checkpoints", count=len(told))
    if told:
        _checkpoint_files(case, told)


def _checkpoint_files(case: Case, told: tuple[Checkpoint, ...]) -> None:
    """Hold files to the record by what is in them: it does not name them."""
    folder = case.folder / CHECKPOINTS
    here = list(_files_in(folder))
    if not here:
        case.not_checked(Place.CHECKPOINTS, "checkpoint-files-not-here", count=len(told))
        return
    wanted = {one.sha256: one for one in told}
    sizes = {one.bytes for one in told}
    strays: set[int] = set()
    for path, size in here:
        if size in sizes:
            try:
                found = case.sha256(Place.CHECKPOINTS, path, MOST_CHECKPOINT, size)
            except UnreadError:
                found = ""
            if wanted.pop(found, None) is None and found not in {one.sha256 for one in told}:
                strays.add(size)
    changed = [one.step for one in wanted.values() if one.bytes in strays]
    missing = [one.step for one in wanted.values() if one.bytes not in strays]
    if changed:
        case.failed(Place.CHECKPOINTS, "checkpoint-differs", step=changed[0], count=len(changed))
    if missing:
        case.not_checked(Place.CHECKPOINTS, "checkpoint-missing", step=missing[0], count=len(missing))
    if not changed and not missing:
        case.verified(Place.CHECKPOINTS, "checkpoint-files-match", count=len(told))


def _files_in(folder: Path) -> Iterator[tuple[Path, int]]:
    """Regular files in a folder, by their names, with their sizes."""
    try:
        found = sorted(os.scandir(folder), key=lambda entry: entry.name)[:_MOST_FILES]
    except OSError:
        return
    for entry in found:
        if entry.is_file(follow_symlinks=False):
            yield Path(entry.path), entry.stat(follow_symlinks=False).st_size


def evaluation(case: Case) -> None:
    """Hash what was measured again, and hold it to seal and register."""
    case.at(Place.EVALUATION)
    if case.record is None:
        case.not_checked(Place.EVALUATION, "no-record")
        return
    found = case.record.evaluation
    figures = {k: v for k, v in case.record.metrics.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}
    case.fact(Place.EVALUATION, sha256=found, untrusted_metrics=dict(list(figures.items())[:_MOST_SHOWN]))
    same, other = case.differing("evaluation", "evaluation", found)
    if other:
        case.failed(Place.EVALUATION, "evaluation-differs", against=other, field="metrics")
    else:
        case.verified(Place.EVALUATION, "evaluation-matches" if case.record.metrics else "no-metrics", named_by=same)


def _moment(text: str) -> datetime.datetime:
    """A time as records and seals write it."""
    return datetime.datetime.fromisoformat(text)
