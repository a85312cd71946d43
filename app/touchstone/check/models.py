"""The detectors on this computer: those that came with the application and those that were added.

A model is run only if its bytes are those that its manifest names. They are hashed through the very descriptor that the
worker is given, and the worker hashes what it has read once more.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from touchstone import modelfile, paths
from touchstone.check import evaluate_kept
from touchstone.modelfile import ClipLimit, Manifest, ManifestError, Task
from touchstone.paths import Home
from touchstone.store.files import locked, make_folder, write_atomically

_FINDER = "face-finder"  # the folder of what finds faces for whatever looks at them
_FEATURES = "features.json"  # beside a forensic model: what features are held against
_MAX_NOTE = 64 * 1024
_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
_NOT_BLOCKING = getattr(os, "O_NONBLOCK", 0)
_CHUNK = 1 << 20
_ENABLED = "enabled.json"


class State(StrEnum):
    """What is known of a model's file without running it."""

    OK = "ok"
    MISSING = "missing"
    CHANGED = "changed"
    REFUSED = "refused"


class ModelError(Exception):
    """A model cannot be run. `state` says why."""

    def __init__(self, state: State) -> None:
        super().__init__(str(state))
        self.state = state

    @property
    def code(self) -> str:
        """The code of the finding that this ends in."""
        return f"model-{self.state}"


@dataclass(frozen=True, slots=True)
class Installed:
    """A detector on this computer. `evaluation` is what was measured here, where that was done."""

    manifest: Manifest
    folder: Path
    shipped: bool
    enabled: bool
    state: State = State.OK
    evaluation: Mapping[str, Any] | None = None

    @property
    def measured(self) -> bool:
        """Whether its error rate was measured, by those who made the application or here."""
        return self.evaluation is not None or (
            self.shipped and self.manifest.calibration.rates.false_alarms is not None
        )


@dataclass(frozen=True, slots=True)
class Hashes:
    """The SHA-256 of what a model consists of, in lower-case hex; `record` empty where it comes with none."""

    manifest: str
    weights: str
    record: str


class ModelStore:
    """The detectors of a home. Nothing is kept open; each method looks at the disk. Thread-safe."""

    def __init__(self, home: Home, shipped: Path | None = None) -> None:
        self.added_to = home.models
        self.shipped_in = shipped or paths.shipped_models()
        self._hashes: dict[tuple[int, ...], str] = {}
        self._lock = threading.Lock()

    def installed(self) -> list[Installed]:
        """Every detector, those that came with the application first, by their ids."""
        return [replace(one, state=self._state(one.folder, one.manifest)) for one in self.listed()]

    def listed(self) -> list[Installed]:
        """As `installed`, without a look at their model files: `state` says nothing."""
        chosen = self._chosen()
        found = [self._looked_at(folder, chosen, shipped=True) for folder in _folders(self.shipped_in)]
        found += [self._looked_at(folder, chosen, shipped=False) for folder in _folders(self.added_to)]
        return [one for one in found if one is not None]

    def enable(self, model_id: str, *, on: bool) -> None:
        """Switch a detector on or off. Of those that were added for one task, at most one is on.

        Raises:
            KeyError: there is none of this id.
            OSError: the disk refuses.
        """
        listed = {one.manifest.id: one for one in self.listed()}
        chosen = listed[model_id]
        make_folder(self.added_to)
        with locked(self.added_to / "enabled.lock"):
            flags = self._chosen() | {model_id: on}
            if on and not chosen.shipped:
                others = [o for o in listed.values() if o.manifest.task is chosen.manifest.task and not o.shipped]
                flags |= {o.manifest.id: False for o in others if o.manifest.id != model_id}
            write_atomically(self.added_to / _ENABLED, (json.dumps(flags, indent=2, sort_keys=True) + "\n").encode())

    def clips(self) -> ClipLimit | None:
        """What was measured of clips, for the model that ships; None where nothing was."""
        try:
            with (self.shipped_in / modelfile.CLIPS).open("rb") as file:
                return modelfile.parse_clips(file.read(modelfile.MAX_MANIFEST))
        except (OSError, ManifestError):
            return None

    def hashes(self, installed: Installed) -> Hashes:
        """What the register knows a model by. That its file is the one named is looked at where it is run."""
        manifest, record = (self._small(installed.folder / name) for name in (modelfile.MANIFEST, modelfile.RECORD))
        return Hashes(manifest, installed.manifest.sha256, record)

    def _small(self, path: Path) -> str:
        """The SHA-256 of a file of at most `MAX_RECORD` bytes; empty where there is none."""
        try:
            fd = _opened(path)
        except ModelError:
            return ""
        try:
            size = os.fstat(fd).st_size
            return self._sha256(fd, size, known=True) if size <= modelfile.MAX_RECORD else ""
        except ModelError:
            return ""
        finally:
            os.close(fd)

    def open_verified(self, installed: Installed) -> int:
        """An open description of the model's file, whose bytes are those that the manifest names; the caller closes it.

        Raises:
            ModelError: it is not there, or another file.
        """
        manifest = installed.manifest
        return self._verified(installed.folder / modelfile.MODEL, manifest.bytes, manifest.sha256)

    def _verified(self, path: Path, size: int, sha256: str) -> int:
        fd = _opened(path)
        sound = False
        try:
            sound = self._sha256(fd, size, known=False) == sha256
        finally:
            if not sound:
                os.close(fd)
        if not sound:
            raise ModelError(State.CHANGED)
        return fd

    def open_companions(self, installed: Installed) -> dict[str, int]:
        """What accompanies a model, by the names that the worker knows, as open descriptors; the caller closes them.

        Raises:
            ModelError: what finds faces is not the file that its note names.
        """
        if installed.manifest.task is Task.FACE:
            return self._finder()
        if installed.manifest.task is Task.FORENSIC:
            with contextlib.suppress(ModelError):
                return {"features": _opened(installed.folder / _FEATURES)}
        return {}

    def _finder(self) -> dict[str, int]:
        folder = self.shipped_in / _FINDER
        try:
            note = json.loads((folder / "finder.json").read_bytes()[:_MAX_NOTE])
            size, sha256 = int(note["bytes"]), str(note["sha256"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise ModelError(State.MISSING) from error
        return {"face-finder": self._verified(folder / modelfile.MODEL, size, sha256)}

    def _looked_at(self, folder: Path, chosen: Mapping[str, bool], *, shipped: bool) -> Installed | None:
        manifest = read_manifest(folder)
        if manifest is None or manifest.id != folder.name:
            return None
        enabled = chosen.get(manifest.id, shipped)
        evaluation = self._evaluation(manifest, shipped=shipped)
        return Installed(manifest, folder, shipped, enabled, evaluation=evaluation)

    def _state(self, folder: Path, manifest: Manifest) -> State:
        try:
            fd = _opened(folder / modelfile.MODEL)
        except ModelError as error:
            return error.state
        try:
            return State.OK if self._sha256(fd, manifest.bytes, known=True) == manifest.sha256 else State.CHANGED
        except ModelError as error:
            return error.state
        finally:
            os.close(fd)

    def _evaluation(self, manifest: Manifest, *, shipped: bool) -> Mapping[str, Any] | None:
        """The rates that were measured here; those that a shipped model came with are not replaced."""
        if shipped and manifest.calibration.rates.false_alarms is not None:
            return None
        kept = evaluate_kept.newest(self.added_to, manifest.sha256)
        if kept is None or kept.false_alarms is None:
            return None
        rates = {name: getattr(kept, name) for name in ("false_alarms", "worst_source", "recall")}
        return rates | {"set": kept.name}

    def _chosen(self) -> dict[str, bool]:
        try:
            found = json.loads((self.added_to / _ENABLED).read_bytes()[: modelfile.MAX_MANIFEST])
        except (OSError, ValueError, RecursionError):
            return {}
        return {k: v for k, v in found.items() if isinstance(v, bool)} if isinstance(found, dict) else {}

    def _sha256(self, fd: int, size: int, *, known: bool) -> str:
        """The SHA-256 of an open file of this size, empty for one of another; `known`: as it was hashed before."""
        told = os.fstat(fd)
        if told.st_size != size:
            return ""
        key = (told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns)
        with self._lock:
            if known and key in self._hashes:
                return self._hashes[key]
        digest = hashlib.sha256()
        try:
            os.lseek(fd, 0, os.SEEK_SET)
            while chunk := os.read(fd, _CHUNK):
                digest.update(chunk)
        except OSError as error:
            raise ModelError(State.MISSING) from error
        with self._lock:
            self._hashes[key] = digest.hexdigest()
        return digest.hexdigest()


def speaking(listed: Iterable[Installed]) -> dict[Task, Installed]:
    """The detector that speaks for each task: one that was added stands in the place of the shipped one."""
    return {one.manifest.task: one for one in sorted(listed, key=lambda one: not one.shipped) if one.enabled}


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest in a folder; None where there is none that this version understands."""
    try:
        fd = _opened(folder / modelfile.MANIFEST)
    except ModelError:
        return None
    try:
        with os.fdopen(fd, "rb") as file:
            return modelfile.parse(file.read(modelfile.MAX_MANIFEST + 1))
    except (OSError, ManifestError):
        return None


def _opened(path: Path) -> int:
    """A regular file, open for reading; a link to one is followed only by whoever made the folder.

    Raises:
        ModelError: there is none.
    """
    try:
        fd = os.open(path, _FLAGS | _NOT_BLOCKING)
    except (OSError, ValueError) as error:
        raise ModelError(State.MISSING) from error
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise ModelError(State.MISSING)
    return fd


def _folders(parent: Path) -> list[Path]:
    try:
        return sorted(path for path in parent.iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError:
        return []
