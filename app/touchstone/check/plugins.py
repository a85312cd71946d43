"""The detectors of a home as things to manage: listed, added, switched on and off, verified again, removed.

`touchstone.check.models` says which of them a check asks; here is what changes them. Every method may take seconds and
is for threads; what goes wrong is a `PluginError`, and then nothing has changed.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from touchstone import modelfile
from touchstone.check import evaluate_kept, plugins_install, plugins_offer
from touchstone.check.evaluate_kept import Kept
from touchstone.check.models import ModelStore, State
from touchstone.check.plugins_trial import LIMITS, Trial
from touchstone.check.plugins_types import PluginError, Refusal
from touchstone.check.sandbox import Limits
from touchstone.modelfile import Manifest
from touchstone.paths import Home
from touchstone.store.files import trouble_of

RESERVED = frozenset({"evaluations"})  # other things that lie beside the models
OnStep = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Listed:
    """A detector. `manifest` is None where it cannot be read; `kept` is what was measured on this computer."""

    id: str
    folder: Path
    shipped: bool
    enabled: bool
    state: State
    manifest: Manifest | None = None
    kept: Kept | None = None


class Plugins:
    """Manages the detectors of `home`. `limits` are those of one trial."""

    def __init__(self, home: Home, limits: Limits = LIMITS, store: ModelStore | None = None) -> None:
        self._models = home.models
        self._limits = limits
        self._store = store or ModelStore(home)

    def listed(self) -> list[Listed]:
        """Every detector, those that came with the application first; those that cannot be read last."""
        found = [
            Listed(
                one.manifest.id,
                one.folder,
                one.shipped,
                one.enabled,
                one.state,
                one.manifest,
                evaluate_kept.newest(self._models, one.manifest.sha256),
            )
            for one in self._store.installed()
        ]
        seen = {one.folder for one in found}
        broken = [path for path in _folders(self._models) if path not in seen]
        return [*found, *(Listed(path.name, path, False, False, State.REFUSED) for path in broken)]  # noqa: FBT003

    def find(self, model_id: str) -> Listed:
        """One of them.

        Raises:
            PluginError: unknown.
        """
        found = next((one for one in self.listed() if one.id == model_id), None)
        if found is None:
            raise PluginError(Refusal.UNKNOWN)
        return found

    def add(self, folder: Path, cancel: threading.Event | None = None, on_step: OnStep = lambda _step: None) -> Listed:
        """Read a folder, try its model, install it; it is not asked until it is switched on.

        Raises:
            PluginError: it is refused.
            Stopped: `cancel` was set.
        """
        on_step("reading")
        offer = plugins_offer.read(folder)
        model_id = offer.manifest.id
        if model_id in RESERVED or any(one.id == model_id and one.shipped for one in self.listed()):
            raise PluginError(Refusal.ID_TAKEN)
        if (self._models / model_id).exists():
            raise PluginError(Refusal.ALREADY_INSTALLED)
        self._try(offer.manifest, offer.model, cancel, on_step)
        on_step("installing")
        plugins_install.put(self._models, offer)
        return self.find(model_id)

    def enable(self, model_id: str, *, on: bool) -> None:
        """Have it asked from now on, or no longer. One that was added is asked in place of the shipped one.

        Raises:
            PluginError: unknown, what is wrong with its file, or what the disk refuses.
        """
        one = self.find(model_id)
        if on and one.state is not State.OK:
            raise PluginError(_WRONG[one.state])
        try:
            self._store.enable(model_id, on=on)
        except KeyError as error:
            raise PluginError(Refusal.UNKNOWN) from error
        except OSError as error:
            raise PluginError(Refusal(str(trouble_of(error)))) from error

    def remove(self, model_id: str) -> None:
        """Delete one that was added. What was measured of it stays, in case it comes back.

        Raises:
            PluginError: unknown, shipped, or what the disk refuses.
        """
        named = [one for one in self.listed() if one.id == model_id]
        added = [one for one in named if not one.shipped]  # somebody may have put one there by hand, under a shipped id
        if not added:
            raise PluginError(Refusal.SHIPPED if named else Refusal.UNKNOWN)
        one = added[0]
        if one.enabled and len(named) == 1:
            self.enable(model_id, on=False)
        plugins_install.take_out(self._models, one.folder.name)

    def verify(self, model_id: str, cancel: threading.Event | None = None, on_step: OnStep = lambda _step: None) -> int:
        """Hold its file to its manifest and try it once more; its longest run in milliseconds.

        Raises:
            PluginError: something is not as it was.
            Stopped: `cancel` was set.
        """
        one = self.find(model_id)
        on_step("reading")
        offer = plugins_offer.read(one.folder)
        if offer.manifest.id != one.id:
            raise PluginError(Refusal.MANIFEST_BROKEN, untrusted_field="id")
        return self._try(offer.manifest, offer.model, cancel, on_step)

    def record(self, one: Listed) -> Mapping[str, Any]:
        """Its training record as it stands in its folder, unverified; empty where there is none that can be read."""
        try:
            with (one.folder / modelfile.RECORD).open("rb") as file:
                found = json.loads(file.read(modelfile.MAX_RECORD + 1))
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def _try(self, manifest: Manifest, model: bytes, cancel: threading.Event | None, on_step: OnStep) -> int:
        trial = Trial(self._limits)
        try:
            return trial.run(manifest, model, cancel, on_step)
        finally:
            trial.close()


_WRONG = {
    State.MISSING: Refusal.NO_MODEL,
    State.CHANGED: Refusal.HASH_DIFFERS,
    State.REFUSED: Refusal.MANIFEST_BROKEN,
}


def _folders(models: Path) -> list[Path]:
    """The folders that should each hold a detector."""
    try:
        found = sorted(models.iterdir())
    except OSError:
        return []
    return [p for p in found if p.is_dir() and not p.name.startswith(".") and p.name not in RESERVED]
