"""What the Models screen asks of the disk and of a trial, in threads; and the words for what is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone import modelfile
from touchstone.texts import _, formats
from touchstone.texts import models as words
from touchstone.texts.plain import plain
from touchstone.ui.models_model import Row
from touchstone.ui.models_work import Task

if TYPE_CHECKING:
    from touchstone.check.plugins import Listed, Plugins
    from touchstone.paths import Home

FILES = frozenset({modelfile.MODEL, modelfile.MANIFEST, modelfile.RECORD})


def read(home: Home, network: str) -> list[Row]:
    """Every detector, with what its record says, and whether the register of that network keeps it from being used."""
    plugins = _plugins(home)
    listed = plugins.listed()
    barred = _barred(home, network, listed)
    return [replace(_row(plugins, one), barred=barred.get(one.id, "")) for one in listed]


def _barred(home: Home, network: str, listed: Sequence[Listed]) -> Mapping[str, str]:
    from touchstone.check.model_standing import ModelRegister
    from touchstone.check.models import Installed, ModelStore

    known = [Installed(one.manifest, one.folder, one.shipped, one.enabled) for one in listed if one.manifest]
    found = ModelRegister(home, network, ModelStore(home)).standings(known)
    return {name: standing.barred for name, standing in found.items()}


def add(home: Home, folder: Path, task: Task) -> Row:
    """Add what lies in a folder. Raises `PluginError`, `Stopped`."""
    plugins = _plugins(home)
    return _row(plugins, plugins.add(folder, task.stopped, lambda step: task.step(words.step(step))))


def verify(home: Home, model_id: str, task: Task) -> int:
    """Verify one again. Raises `PluginError`, `Stopped`."""
    return _plugins(home).verify(model_id, task.stopped, lambda step: task.step(words.step(step)))


def enable(home: Home, model_id: str, *, on: bool) -> None:
    """Switch one on or off. Raises `PluginError`."""
    _plugins(home).enable(model_id, on=on)


def remove(home: Home, model_id: str) -> None:
    """Remove one. Raises `PluginError`."""
    _plugins(home).remove(model_id)


def why(error: Exception) -> str:
    """Why it was not done, and what to do next."""
    from touchstone.check.plugins_types import PluginError

    if isinstance(error, PluginError):
        return words.refusal(error.refusal, error.params)
    return words.refusal(type(error).__name__)


def _plugins(home: Home) -> Plugins:
    from touchstone.check.plugins import Plugins

    return Plugins(home)


def _row(plugins: Plugins, one: Listed) -> Row:
    return Row(one, facts_of(plugins.record(one)))


def facts_of(record: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """What of a training record stands on the card: as the file has it, nobody has verified it."""
    data, code = record.get("data"), record.get("code")
    root = data.get("root") if isinstance(data, Mapping) else record.get("data_root")
    date = record.get("finished", record.get("date"))
    found = [
        (_("Trained"), formats.day(date) if isinstance(date, str) else ""),
        (_("Data root"), _hash(root)),
        (_("Code"), _hash(code.get("commit") if isinstance(code, Mapping) else record.get("commit"))),
    ]
    return [(label, value) for label, value in found if value]


def _hash(value: object) -> str:
    return plain(value, 80) if isinstance(value, str) else ""
