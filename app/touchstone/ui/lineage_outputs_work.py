"""What the page of recorded outputs reads and sends, in threads."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from touchstone.texts import _
from touchstone.texts import lineage_deeds as view
from touchstone.texts import outputs as words
from touchstone.ui import register_desk
from touchstone.ui.lineage_who import Name, names
from touchstone.ui.signing import Agreement, Deed, transact, was_refused

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.keystore import Key
    from touchstone.chain.network import Network
    from touchstone.lineage.outputs import Waiting
    from touchstone.registry.model_types import OutputList
    from touchstone.settings import Settings
    from touchstone.store.outputs_journal import Batch
    from touchstone.ui.desk import Desk
    from touchstone.ui.models_work import Task

_MOST = 1_000_000  # outputs in one list


@dataclass(frozen=True, slots=True)
class Outputs:
    """What waits, which lists were written and never came to their end, the user's lists, and his names."""

    waiting: Waiting
    unfinished: Sequence[Batch]
    lists: Sequence[OutputList]
    names: tuple[Name, ...]
    keys: Sequence[Key] = ()

    def key_of(self, address: str) -> Key | None:
        """The user's key with an address; None where there is none."""
        return next((key for key in self.keys if key.address.lower() == address.lower()), None)


def collects(settings: Settings) -> bool:
    """Whether what detectors say is collected, to be recorded."""
    return bool(settings.record_outputs)


def collecting(settings: Settings, *, on: bool) -> Settings:
    """The settings with that switched on, from now, or off."""
    return replace(settings, record_outputs=int(time.time()) if on else 0)


def read(desk: Desk, task: Task) -> Outputs:
    """Look through the history and the register's copy.

    Raises:
        ChainError, StoreError: they cannot be read.
        OutputsStoppedError: `task` was stopped.
    """
    from touchstone.lineage import outputs
    from touchstone.ui.identity import who_is

    who, home = who_is(desk), desk.home
    network, since = who.network, desk.settings.record_outputs
    waits = outputs.Waiting()
    if collects(desk.settings):
        waits = outputs.waiting(
            home,
            network,
            since=since,
            cancel=task.stopped,
            on_progress=lambda done, of: task.step(view.reading_history(), done, of),
        )
    return Outputs(waits, outputs.unfinished(home, network), _lists(desk, who.keys), names(who, alone=True), who.keys)


def _lists(desk: Desk, keys: Sequence[Key]) -> list[OutputList]:
    from touchstone.registry.model_lookup import Models

    models, found = Models(desk.home, desk.register.network()), {}
    try:
        for key in keys:
            for one in models.output_lists(key.address.lower()):
                found[one.root, one.signer] = one
    finally:
        models.close()
    return list(found.values())


def record(desk: Desk, deed: Deed, name: Name, unfinished: Sequence[Batch], waits: Waiting) -> Batch:
    """Record what waits in a list; one that was begun before is brought to its end instead. For threads.

    Raises:
        ChainError, StoreError, OutputsError, OSError: it came to nothing.
    """
    from touchstone.lineage import outputs

    home, register = desk.home, desk.register
    network = register.network()
    deed.tell(_("Writing the list"))
    register.fund(deed.key.address)
    sender, agreement = register.open_sender(), Agreement(deed, desk, name.called)
    try:
        mine = [one for one in unfinished if one.publisher == name.publisher]
        said = [one.output for one in waits.said][:_MOST]
        batch = mine[0] if mine else outputs.prepare(home, network, said, publisher=name.publisher)
        hands = outputs.Hands(sender, deed.signer, agreement.confirm, agreement.on_step)
        return outputs.finish(home, network, batch.id, hands, deed.stopped)
    finally:
        sender.close()
        register.follow()


def withdraw(desk: Desk, deed: Deed, listed: OutputList, reason: int) -> None:
    """Withdraw a list that a key of the user's recorded. For threads. Raises ChainError, StoreError."""
    from touchstone.lineage import outputs
    from touchstone.registry import models
    from touchstone.registry.model_types import ModelReason

    def build(network: Network) -> list[Intent]:
        return [models.withdraw_outputs(network, listed.signer, listed.root, ModelReason(reason))]

    transact(desk, deed, build)
    outputs.withdrawn(desk.home, desk.register.network(), listed.root)


def why(error: Exception) -> str:
    """Why it came to nothing; "" where somebody stopped it or said no."""
    from touchstone.lineage.outputs import OutputsStoppedError
    from touchstone.store.database import StoreError
    from touchstone.store.files import Trouble
    from touchstone.texts import notices

    if isinstance(error, OutputsStoppedError) or was_refused(error):
        return ""
    if isinstance(error, StoreError):
        if error.code is Trouble.BUSY:
            return words.busy()
        return _("What this computer keeps could not be used: {why}").format(why=notices.trouble(str(error.code)))
    return register_desk.why(error)
