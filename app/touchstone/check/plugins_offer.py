"""What lies in a folder that somebody wants to add as a detector, read once, within bounds.

Everything that follows (the trial, the installation) uses the bytes that were read here, so that nobody can swap the
file in between.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from touchstone import modelfile
from touchstone.check.opening import OpenedFile, OpenError, OpenFailure
from touchstone.check.plugins_types import PluginError, Refusal
from touchstone.modelfile import Manifest, Task

# A clip is judged by the models for pictures, frame by frame, and no feed holds sound yet.
UNUSED = frozenset({Task.VIDEO, Task.VOICE})
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Offer:
    """A model whose bytes are those that its manifest names.

    `record` and `seal` are empty where there are none, `items` is where the list of its data lies; what those are worth
    is for an audit to say.
    """

    manifest: Manifest
    stated: bytes
    model: bytes
    record: bytes = b""
    seal: bytes = b""
    items: Path | None = None


def read(folder: Path) -> Offer:
    """Read a folder with a manifest, a model and, perhaps, a training record, its seal and the list of its data.

    Raises:
        PluginError: it holds no such model, whole and as its manifest says.
    """
    if not folder.is_dir():
        raise PluginError(Refusal.NOT_A_FOLDER)
    stated = _bytes(folder / modelfile.MANIFEST, modelfile.MAX_MANIFEST, Refusal.NO_MANIFEST, Refusal.MANIFEST_BROKEN)
    try:
        manifest = modelfile.parse(stated)
    except modelfile.ManifestError as error:
        raise PluginError(Refusal.MANIFEST_BROKEN, untrusted_field=str(error)) from error
    if manifest.task in UNUSED:
        raise PluginError(Refusal.TASK_UNUSED, task=str(manifest.task))
    model = _bytes(folder / modelfile.MODEL, modelfile.MAX_MODEL, Refusal.NO_MODEL, Refusal.TOO_LARGE)
    if len(model) < manifest.bytes:
        raise PluginError(Refusal.HALF_DOWNLOADED, bytes=len(model), of=manifest.bytes)
    if hashlib.sha256(model).hexdigest() != manifest.sha256 or len(model) != manifest.bytes:
        raise PluginError(Refusal.HASH_DIFFERS)
    record = _document(folder / modelfile.RECORD, modelfile.MAX_RECORD)
    seal = _document(folder / modelfile.SEAL, modelfile.MAX_SEAL)
    items = folder / modelfile.ITEMS
    return Offer(manifest, stated, model, record, seal, items if os.path.lexists(items) else None)


def _document(path: Path, most: int) -> bytes:
    """A JSON object beside a model; empty where there is none."""
    if not os.path.lexists(path):
        return b""
    data = _bytes(path, most, Refusal.RECORD_BROKEN, Refusal.RECORD_BROKEN)
    try:
        sound = isinstance(json.loads(data), dict)
    except (ValueError, RecursionError):
        sound = False
    if not sound:
        raise PluginError(Refusal.RECORD_BROKEN)
    return data


def copy(path: Path, to: Path) -> None:
    """Copy the list of a model's data, piece by piece: it may be larger than memory.

    Raises:
        PluginError: it cannot be read whole.
        OSError: the disk refuses the copy.
    """
    try:
        with OpenedFile(path) as opened:
            if opened.size > modelfile.MAX_ITEMS:
                raise PluginError(Refusal.TOO_LARGE)
            with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                left = opened.size
                os.lseek(opened.fd, 0, os.SEEK_SET)
                while left and (chunk := os.read(opened.fd, min(_CHUNK, left))):
                    left -= file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            opened.refuse_changed()
    except OpenError as error:
        why = Refusal.CHANGED_WHILE_READ if error.failure is OpenFailure.CHANGED else Refusal.UNREADABLE
        raise PluginError(why, untrusted_file=path.name) from error


def _bytes(path: Path, most: int, missing: Refusal, larger: Refusal) -> bytes:
    """All of a file, through one descriptor, unchanged while it was read."""
    try:
        with OpenedFile(path) as opened:
            if opened.size > most:
                raise PluginError(larger)
            data = bytearray()
            os.lseek(opened.fd, 0, os.SEEK_SET)
            while chunk := os.read(opened.fd, _CHUNK):
                data += chunk
                if len(data) > most:
                    raise PluginError(larger)
            opened.refuse_changed()
    except OpenError as error:
        why = {OpenFailure.MISSING: missing, OpenFailure.CHANGED: Refusal.CHANGED_WHILE_READ}
        raise PluginError(why.get(error.failure, Refusal.UNREADABLE), untrusted_file=path.name) from error
    except OSError as error:
        raise PluginError(Refusal.UNREADABLE, untrusted_file=path.name) from error
    return bytes(data)
