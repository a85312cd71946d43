"""Detectors put into their folder and taken out of it, each as a whole: whoever looks meanwhile sees all or nothing.

A folder is written beside the others under a name that nobody looks at, brought to the disk, and then renamed. What a
process that was killed left behind is swept away by the next one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from touchstone import modelfile
from touchstone.check import plugins_offer
from touchstone.check.plugins_offer import Offer
from touchstone.check.plugins_types import PluginError, Refusal
from touchstone.store.files import locked, make_folder, trouble_of

_DRAFT, _LEAVING = ".adding-", ".removing-"
_WAIT_SECONDS = 10.0
_PRIVATE = 0o600


def put(models: Path, offer: Offer) -> Path:
    """Install an offer under `models`; where it then lies.

    Raises:
        PluginError: already-installed, or what the disk refuses.
    """
    files = {modelfile.MODEL: offer.model, modelfile.MANIFEST: offer.stated}
    files |= {name: data for name, data in ((modelfile.RECORD, offer.record), (modelfile.SEAL, offer.seal)) if data}
    target = models / offer.manifest.id
    with _alone(models):
        if os.path.lexists(target):
            raise PluginError(Refusal.ALREADY_INSTALLED)
        draft = models / f"{_DRAFT}{os.urandom(6).hex()}"
        try:
            _write(draft, files)
            if offer.items is not None:
                plugins_offer.copy(offer.items, draft / modelfile.ITEMS)
                _to_disk(draft)
            draft.rename(target)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        _to_disk(models)
    return target


def take_out(models: Path, model_id: str) -> None:
    """Remove an installed model.

    Raises:
        PluginError: unknown, or what the disk refuses.
    """
    with _alone(models):
        leaving = models / f"{_LEAVING}{os.urandom(6).hex()}"
        try:
            (models / model_id).rename(leaving)
        except FileNotFoundError as error:
            raise PluginError(Refusal.UNKNOWN) from error
        _to_disk(models)
        _sweep(models)


@contextlib.contextmanager
def _alone(models: Path) -> Iterator[None]:
    """While nobody else changes the folder; what the disk refuses becomes a `PluginError`."""
    try:
        with locked(models / ".lock", _WAIT_SECONDS):
            _sweep(models)
            yield
    except BlockingIOError as error:
        raise PluginError(Refusal.BUSY) from error
    except OSError as error:
        raise PluginError(Refusal(str(trouble_of(error)))) from error


def _sweep(models: Path) -> None:
    """Take away what was begun and not ended; nobody else is at it, since the lock is held."""
    for path in models.iterdir():
        if path.name.startswith((_DRAFT, _LEAVING)):
            shutil.rmtree(path, ignore_errors=True)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    make_folder(folder)
    for name, data in files.items():
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    _to_disk(folder)


def _to_disk(folder: Path) -> None:
    """Have the disk keep which names stand in a folder; systems that cannot open one do so by themselves."""
    with contextlib.suppress(PermissionError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
