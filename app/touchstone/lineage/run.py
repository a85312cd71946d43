"""The hook that writes a model's record while it is trained. It needs no framework, and fits any loop.

::

    with TrainingRecord(folder, model="mine", data=hashes, parameters={"rate": 1e-3}, seeds={"torch": 0}) as run:
        for step in range(run.step or 0, steps):
            ...
            if step % 100 == 99:
                run.checkpoint(net.state_dict(), step=step + 1)
        run.metric("auc", auc)
        run.weights("model.onnx")

What happens goes into a journal in the folder at once (`journal`), so that an interruption loses no more than the line
that was being written. Entered again with the same data, parameters and seeds, the run goes on: a new session, the
chain of checkpoints continued. When the block ends and weights were named, `record.json` (`record`) and the list of
the data, `data.items`, lie in the folder. It needs the standard library, NumPy and rfc8785.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from touchstone.lineage import canonical, record, states, surroundings
from touchstone.lineage.assembly import assembled
from touchstone.lineage.canonical import CanonicalError
from touchstone.lineage.fields import LARGEST
from touchstone.lineage.items_types import ItemsError
from touchstone.lineage.journal import Journal, JournalError
from touchstone.lineage.listing import Listing
from touchstone.lineage.record import Parent, Record, RecordError
from touchstone.lineage.states import StateError
from touchstone.store.files import make_folder, write_atomically

JOURNAL, RECORD = "training.jsonl", "record.json"
_SAME = ("model", "data", "splits", "parameters", "seeds", "parents")
_LAST = 253_402_300_799.0  # the end of the year 9999
_FIELDS: dict[str, tuple[str, ...]] = {  # of a line, by its kind
    "start": _SAME,
    "session": ("resumed_from", "code", "environment"),
    "resumed": ("step",),
    "checkpoint": ("step", "sha256", "bytes"),
    "metrics": ("values",),
    "files": ("files",),
    "weights": ("sha256", "bytes"),
    "end": ("why",),
}
_MESSAGES = {
    "busy": "another process is writing the record in this folder",
    "edited": "the journal was changed by something else; line {line} does not follow from those before it",
    "differs": "this folder holds a run with other {field}; use another folder for another run",
    "folder": "the folder cannot be used: {why}",
    "data": "the data cannot be used: {why}",
    "lock": "the lock file of the environment cannot be read",
    "no-file": "there is no such file: {place}",
    "unreadable": "the file cannot be read: {place}",
    "value": "{place} holds a value that has no form in a record",
    "too-many": "a run has at most {most} checkpoints",
    "record": "this makes no record: {field}",
    "closed": "the record is not open; use it in a with statement",
}


class RunError(Exception):
    """The record cannot be written on; the text says why in words.

    `code`: `busy`, `edited` (`line`), `differs` (`field`: what is not as it was when the run began), `folder`, `data`,
    `lock`, `no-file`, `unreadable`, `value`, `too-many`, `record` (`field`), `closed`.
    """

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(_MESSAGES[code].format(**params))
        self.code, self.params = code, params


class TrainingRecord:
    """A run under way, as a context manager; see the module. One process at a time writes one folder."""

    def __init__(  # noqa: PLR0913 - all by name
        self,
        folder: Path | str,
        *,
        model: str,
        data: Path | Iterable[str | bytes],
        splits: Mapping[str, Iterable[str | bytes]] | None = None,
        parameters: Mapping[str, Any] | None = None,
        seeds: Mapping[str, Any] | None = None,
        parents: Sequence[Parent] = (),
        repository: Path | str | None = None,
        lock: Path | str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Nothing is read or written before the block is entered.

        Args:
            folder: of this run alone; made where missing.
            model: its id, as in its manifest.
            data: what it is trained on: SHA-256 of each item (32 bytes, or hex), or the path of a list (`items`).
            splits: sets by name, such as what it is judged on; with a list, those that it names.
            parameters: whatever else decides what comes out, with values that JSON has.
            seeds: of every source of chance.
            parents: the models it is made from.
            repository: the work tree that the code is in.
            lock: the lock file of the environment.
            clock: seconds since 1970.
        """
        self.folder = Path(folder)
        self._model, self._listing = model, Listing(data, splits or {})
        self._parameters, self._seeds = _plain(parameters or {}), _plain(seeds or {})
        self._parents = [_parent(one) for one in parents]
        self._repository = None if repository is None else Path(repository)
        self._lock = None if lock is None else Path(lock)
        self._clock = clock
        self._journal: Journal | None = None
        self._told: list[dict[str, Any]] = []  # the lines of the journal, metrics in a row as one
        self._states: list[dict[str, Any]] = []  # those about checkpoints
        self.record: Record | None = None

    def __enter__(self) -> Self:
        """Begin, or go on.

        Raises:
            RunError: see there.
        """
        try:
            make_folder(self.folder)
            self._told, self._states = [], []
            self._journal = Journal(self.folder / JOURNAL, self._read)
        except JournalError as error:
            codes = {"locked": "busy", "edited": "edited"}
            raise RunError(codes.get(error.code, "folder"), why=error.code, line=error.line) from error
        except OSError as error:
            raise RunError("folder", why=error.strerror or str(error)) from error
        try:
            self._begin()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the session, and write the record where the block ended well and weights are named."""
        try:
            if kind is None:
                self._add("end", why="done")
                self._finish()
            else:
                with contextlib.suppress(Exception):  # what went wrong in the block is what is told
                    self._add("end", why="interrupted")
        finally:
            self._close()

    @property
    def step(self) -> int | None:
        """The step of the last checkpoint, of any session; None before the first."""
        return int(self._states[-1]["step"]) if self._states else None

    def knows(self, state: object) -> bool:
        """Whether this very state is a checkpoint of the run. Raises as `checkpoint`."""
        sha256, _size = _hashed(state)
        return any(one["sha256"] == sha256 for one in self._states)

    @property
    def sessions(self) -> int:
        """How often the run was entered, this time included."""
        return sum(1 for one in self._told if one["kind"] == "session")

    def resumed(self, step: int) -> None:
        """Say that this session goes on from this step, where that is not the last checkpoint's."""
        self._add("resumed", step=_step(step))

    def checkpoint(self, state: object, *, step: int) -> str:
        """Put a checkpoint in the chain; it is on the disk when this returns, and its hash comes back.

        `state` is the path of a file, bytes, or arrays under names, as a `state_dict` (`states`). It is not kept.

        Raises:
            RunError: `no-file`, `unreadable`, `value`, `too-many`.
        """
        number = _step(step)
        if len(self._states) >= record.MOST_CHECKPOINTS:
            raise RunError("too-many", most=record.MOST_CHECKPOINTS)
        sha256, size = _hashed(state)
        self._add("checkpoint", step=number, sha256=sha256, bytes=size)
        return sha256

    def metric(self, name: str, value: object) -> None:
        """Keep what was measured; of one name the last value counts. A number that is not finite is kept as null."""
        self.metrics({name: value})

    def metrics(self, values: Mapping[str, Any]) -> None:
        """Keep several, as `metric`."""
        self._add("metrics", lasting=False, values=_finite(_plain(values)))

    def files(self, files: Mapping[str, object]) -> None:
        """Name what ships beside the weights: paths or bytes by name, `folder/name` for one in a folder beside."""
        told = {}
        for name, content in files.items():
            sha256, size = _hashed(content)
            told[name] = {"sha256": sha256, "bytes": size}
        self._add("files", files=told)

    def weights(self, content: object) -> str:
        """Name the file of weights that ships (a path or bytes); its hash comes back. The last one named counts."""
        sha256, size = _hashed(content)
        self._add("weights", sha256=sha256, bytes=size)
        return sha256

    def _begin(self) -> None:
        try:
            self._hold_to_start()
        except ItemsError as error:
            raise RunError("data", why=error.code) from error
        finally:
            self._listing.drop()
        try:
            environment = surroundings.environment(self._lock)
        except OSError as error:
            raise RunError("lock") from error
        code = surroundings.code(self._repository)
        self._add("session", resumed_from=self.step, code=code, environment=environment)

    def _hold_to_start(self) -> None:
        """Write down what the run is, or hold it to what was written down."""
        told = {"model": self._model, **self._listing.lay(self.folder)}
        told |= {"parameters": self._parameters, "seeds": self._seeds, "parents": self._parents}
        for name in _SAME:
            try:
                canonical.dumps({name: told[name]})
            except CanonicalError as error:
                raise RunError("value", place=name) from error
        before = next((one for one in self._told if one["kind"] == "start"), None)
        if before is None:
            self._add("start", **told)
        else:
            for name in _SAME:
                if canonical.dumps({"": before[name]}) != canonical.dumps({"": told[name]}):
                    raise RunError("differs", field=name)
        self._listing.keep(self.folder)

    def _finish(self) -> None:
        if not any(one["kind"] == "weights" for one in self._told):
            return
        try:
            raw = canonical.dumps(assembled(self._told, self._listing.told(self.folder)))
            self.record = record.parse(raw)
        except RecordError as error:
            raise RunError("record", field=error.field or error.code) from error
        except CanonicalError as error:
            raise RunError("record", field=error.code) from error
        except (AttributeError, KeyError, OverflowError, StateError, TypeError, ValueError) as error:
            raise RunError("record", field=JOURNAL) from error  # written by somebody else
        try:
            write_atomically(self.folder / RECORD, raw)
        except OSError as error:
            raise RunError("folder", why=error.strerror or str(error)) from error

    def _read(self, entry: dict[str, Any]) -> None:
        """A line that was there before. Whoever wrote it: links can be made by anybody."""
        kind = entry.get("kind")
        if not isinstance(kind, str) or not {"time", *_FIELDS.get(kind, ("",))} <= entry.keys():
            raise ValueError(kind)
        if bool(self._told) is (kind == "start") or not isinstance(entry.get("step", 0), int):
            raise ValueError(kind)
        self._note(entry)

    def _note(self, entry: dict[str, Any]) -> None:
        if entry["kind"] == "metrics" == self._told[-1]["kind"]:
            before = self._told.pop()
            entry = {**entry, "values": {**before["values"], **entry["values"]}}
        elif entry["kind"] == "checkpoint":
            self._states.append(entry)
        self._told.append(entry)

    def _add(self, kind: str, *, lasting: bool = True, **fields: Any) -> None:
        if self._journal is None:
            raise RunError("closed")
        seconds = min(max(0.0, self._clock()), _LAST)  # a clock may be anywhere
        moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
        entry = {"kind": kind, "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), **fields}
        try:
            self._journal.add(entry, lasting=lasting)
        except CanonicalError as error:
            raise RunError("value", place=kind) from error
        except OSError as error:
            raise RunError("folder", why=error.strerror or str(error)) from error
        self._note(entry)

    def _close(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None


def _hashed(content: object) -> tuple[str, int]:
    try:
        return states.hashed(content)
    except StateError as error:
        raise RunError(error.code, place=error.place or "this") from error


def _step(step: int) -> int:
    if isinstance(step, bool) or not hasattr(step, "__index__") or not 0 <= int(step) <= LARGEST:
        raise RunError("value", place="step")
    return int(step)


def _parent(parent: Parent) -> dict[str, Any]:
    return {**dataclasses.asdict(parent), "relation": str(parent.relation), "removed": sorted(set(parent.removed))}


def _plain(value: Any) -> Any:
    """The same with what JSON has: data classes and mappings as objects, NumPy's numbers as numbers."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
    elif hasattr(value, "tolist") and hasattr(value, "dtype"):
        value = value.tolist()
    elif isinstance(value, (set, frozenset)):
        value = sorted(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
