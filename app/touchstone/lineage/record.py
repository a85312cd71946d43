"""The record of a training: what a model was made of, by which code, in which steps, and what came out.

A record is the canonical bytes of one JSON object (RFC 8785). It is read strictly: a name that is not known here, a
value out of its bounds and any second spelling are refused, so that two readers never understand one record
differently, and every byte of it stands under its SHA-256. The chain of checkpoints is h0 = SHA-256 of the canonical
{model, data, splits, parameters, seeds}, h_i = SHA-256(h_(i-1) || SHA-256 of checkpoint i || its step as 8 bytes, big
end first).
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from touchstone.lineage import canonical, fields
from touchstone.lineage.canonical import CanonicalError
from touchstone.lineage.fields import Field, FieldError

SCHEMA = "touchstone.training/2"
MOST = canonical.MOST  # bytes
MOST_CHECKPOINTS = 10_000
MOST_SESSIONS = 10_000
MOST_PARENTS = 16
MOST_REMOVED = 10_000  # of one parent
MOST_SPLITS = 7
MOST_FILES = 64
MOST_PACKAGES = 1000
T = TypeVar("T")
_SCHEMA = re.compile(re.escape(SCHEMA))
_SPLIT = re.compile(r"[a-z0-9-]{1,32}")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}(/[A-Za-z0-9][A-Za-z0-9._-]{0,63})?")
_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class RecordError(ValueError):
    """The bytes are no record. `field` names where (`checkpoints[3].sha256`), "" for the document as a whole.

    `code` is that of `CanonicalError`, or `field`.
    """

    def __init__(self, field: str, code: str = "field") -> None:
        super().__init__(field or code)
        self.field, self.code = field, code


class Relation(StrEnum):
    """How a model was made from another."""

    FINE_TUNED = "fine-tuned"
    RETRAINED = "retrained"
    DISTILLED = "distilled"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Session:
    """A stretch of training without interruption. Times are UTC, to the second; `resumed_from` is a step."""

    started: str
    ended: str
    resumed_from: int | None
    commit: str | None
    dirty: bool


@dataclass(frozen=True, slots=True)
class Code:
    """The code of the last session: its commit, and what was changed since (SHA-256 of `git diff HEAD`)."""

    commit: str | None
    dirty: bool
    diff_sha256: str | None


@dataclass(frozen=True, slots=True)
class DataRoot:
    """A Merkle root (RFC 9162, 2.1.1) over the distinct SHA-256 of items, lower-case hex, and how many there are."""

    root: str
    items: int


@dataclass(frozen=True, slots=True)
class FileHash:
    """A file: SHA-256 in lower-case hex, and its length."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Environment:
    """What it was trained with. `lock_sha256` is the hash of a lock file."""

    python: str
    machine: str
    system: str
    packages: Mapping[str, str]
    lock_sha256: str | None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of the model after a step."""

    step: int
    sha256: str
    bytes: int
    time: str


@dataclass(frozen=True, slots=True)
class Parent:
    """A model that this one was made from. `removed` are items that it was trained on and this one was not."""

    record: str | None
    weights: str
    relation: Relation
    name: str
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A record. `sha256` is that of its bytes; `parameters`, `seeds` and `metrics` are JSON of anybody's making.

    `files` are named as they lie in the model's folder, or as `folder/name` in one beside it.
    """

    model: str
    started: str
    finished: str
    sessions: tuple[Session, ...]
    code: Code
    data: DataRoot
    splits: Mapping[str, DataRoot]
    items_file: FileHash | None
    parameters: Mapping[str, Any]
    seeds: Mapping[str, Any]
    environment: Environment
    checkpoints: tuple[Checkpoint, ...]
    chain: str
    files: Mapping[str, FileHash]
    weights: FileHash
    metrics: Mapping[str, Any]
    parents: tuple[Parent, ...]
    sha256: str

    @property
    def evaluation(self) -> str:
        """The hash of what was measured: SHA-256 of the canonical metrics."""
        return canonical.sha256(self.metrics)

    @property
    def chain_holds(self) -> bool:
        """Whether the checkpoints, data, parameters and seeds told here make the chain told here."""
        roots = {name: _rooted(one) for name, one in self.splits.items()}
        found = chain_start(self.model, _rooted(self.data), roots, self.parameters, self.seeds)
        return chain_after(found, ((one.sha256, one.step) for one in self.checkpoints)) == self.chain

    @property
    def clock_went_back(self) -> bool:
        """Whether a time told here lies before one that was written earlier, as after a clock was set back."""
        sessions = [time for one in self.sessions for time in (one.started, one.ended)]
        states = [one.time for one in self.checkpoints]
        return any(
            later < earlier
            for told in (sessions, [self.started, *states, self.finished])
            for earlier, later in itertools.pairwise(told)
        )


def chain_start(
    model: str,
    data: Mapping[str, Any],
    splits: Mapping[str, Any],
    parameters: Mapping[str, Any],
    seeds: Mapping[str, Any],
) -> str:
    """h0, lower-case hex. `data` and each of `splits` are {root, items}.

    Raises:
        CanonicalError: a parameter or seed has no canonical form.
    """
    return canonical.sha256({"model": model, "data": data, "splits": splits, "parameters": parameters, "seeds": seeds})


def chain_after(chain: str, checkpoints: Iterable[tuple[str, int]]) -> str:
    """The chain gone on with over checkpoints: SHA-256 (hex) and step of each."""
    link = bytes.fromhex(chain)
    for sha256, step in checkpoints:
        link = hashlib.sha256(link + bytes.fromhex(sha256) + step.to_bytes(8, "big")).digest()
    return link.hex()


def read(path: Path) -> Record:
    """The record in a file, which is refused by its size before it is read.

    Raises:
        RecordError: as `parse`, and for a file that cannot be read.
    """
    try:
        raw = canonical.read(path, MOST)
    except CanonicalError as error:
        raise RecordError("", error.code) from error
    return parse(raw)


def parse(raw: bytes) -> Record:
    """The record in the bytes of a document, whoever wrote them. Whether its chain holds is asked of the record.

    Raises:
        RecordError: it is none, with the first field that is not as it should be.
    """
    try:
        document = canonical.loads(raw, MOST)
    except CanonicalError as error:
        raise RecordError("", error.code) from error
    try:
        return _record(Field(document), hashlib.sha256(raw).hexdigest())
    except FieldError as error:
        raise RecordError(error.path) from error


_NAMES = (
    "schema", "model", "started", "finished", "sessions", "code", "data", "splits", "items_file", "parameters", "seeds",
    "environment", "checkpoints", "chain", "files", "weights", "metrics", "parents",
)  # fmt: skip


def _record(whole: Field, sha256: str) -> Record:
    # The schema comes first: a record of another one is told so, not that it lacks this one's names.
    schema = whole.free().get("schema")
    Field(schema, "schema").text(_SCHEMA)
    told = whole.members(_NAMES)
    return Record(
        model=told["model"].text(fields.MODEL),
        started=told["started"].time(),
        finished=told["finished"].time(),
        sessions=tuple(_session(one) for one in told["sessions"].each(1, MOST_SESSIONS)),
        code=_code(told["code"]),
        data=_root(told["data"]),
        splits={name: _root(one) for name, one in told["splits"].named(MOST_SPLITS, _SPLIT).items()},
        items_file=_or_none(told["items_file"], _file),
        parameters=told["parameters"].free(),
        seeds=told["seeds"].free(),
        environment=_environment(told["environment"]),
        checkpoints=tuple(_checkpoint(one) for one in told["checkpoints"].each(0, MOST_CHECKPOINTS)),
        chain=told["chain"].text(fields.SHA256),
        files={name: _file(one) for name, one in told["files"].named(MOST_FILES, _FILE_NAME).items()},
        weights=_file(told["weights"]),
        metrics=told["metrics"].free(),
        parents=tuple(_parent(one) for one in told["parents"].each(0, MOST_PARENTS)),
        sha256=sha256,
    )


def _or_none(field: Field, kind: Callable[[Field], T]) -> T | None:
    return None if field.value is None else kind(field)


def _session(field: Field) -> Session:
    told = field.members(("started", "ended", "resumed_from", "commit", "dirty"))
    return Session(
        started=told["started"].time(),
        ended=told["ended"].time(),
        resumed_from=_or_none(told["resumed_from"], Field.whole),
        commit=_or_none(told["commit"], _commit),
        dirty=told["dirty"].yes(),
    )


def _code(field: Field) -> Code:
    told = field.members(("commit", "dirty", "diff_sha256"))
    return Code(_or_none(told["commit"], _commit), told["dirty"].yes(), _or_none(told["diff_sha256"], _hash))


def _root(field: Field) -> DataRoot:
    told = field.members(("root", "items"))
    return DataRoot(_hash(told["root"]), told["items"].whole(1))


def _file(field: Field) -> FileHash:
    told = field.members(("sha256", "bytes"))
    return FileHash(_hash(told["sha256"]), told["bytes"].whole())


def _environment(field: Field) -> Environment:
    told = field.members(("python", "machine", "system", "packages", "lock_sha256"))
    return Environment(
        python=told["python"].line(64),
        machine=told["machine"].line(64),
        system=told["system"].line(120),
        packages={name: one.line(64) for name, one in told["packages"].named(MOST_PACKAGES, _PACKAGE).items()},
        lock_sha256=_or_none(told["lock_sha256"], _hash),
    )


def _checkpoint(field: Field) -> Checkpoint:
    told = field.members(("step", "sha256", "bytes", "time"))
    return Checkpoint(told["step"].whole(), _hash(told["sha256"]), told["bytes"].whole(), told["time"].time())


def _parent(field: Field) -> Parent:
    told = field.members(("record", "weights", "relation", "name", "removed"))
    removed = [_hash(one) for one in told["removed"].each(0, MOST_REMOVED)]
    if removed != sorted(set(removed)):
        raise FieldError(told["removed"].path)
    return Parent(
        record=_or_none(told["record"], _hash),
        weights=_hash(told["weights"]),
        relation=told["relation"].member_of(Relation),
        name=told["name"].line(120, 1),
        removed=tuple(removed),
    )


def _hash(field: Field) -> str:
    return field.text(fields.SHA256)


def _commit(field: Field) -> str:
    return field.text(fields.COMMIT)


def _rooted(root: DataRoot) -> dict[str, Any]:
    return {"root": root.root, "items": root.items}
