"""The automated reviewer of a window: what there is to choose, and the thread that votes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from touchstone.texts.plain import plain
from touchstone.ui import court_signing, review_work

if TYPE_CHECKING:
    from touchstone.chain.keystore import Key
    from touchstone.chain.signer import Signer
    from touchstone.court.automated import Event, Status
    from touchstone.ui.desk import Desk
    from touchstone.ui.signing import Deed

_INTERVAL_S = 30.0
_FOREVER_S = 366 * 86_400.0  # that the key stays open: until it is stopped, or all keys are locked


@dataclass(frozen=True, slots=True)
class Choices:
    """Models that are whole and switched on, by id and title, and the user's keys. `court` is whether there is one."""

    models: Sequence[tuple[str, str]]
    keys: tuple[Key, ...]
    court: bool


def choices(desk: Desk) -> Choices:
    """What there is to choose from. For threads. Raises ChainError."""
    from touchstone.check.models import ModelStore, State

    network = desk.register.network()
    installed = [one for one in ModelStore(desk.home).installed() if one.state is State.OK and one.enabled]
    models = [(one.manifest.id, plain(one.manifest.title, 80)) for one in installed]
    return Choices(models, review_work.keys_of(desk), bool(network.court))


def join(desk: Desk, deed: Deed, model: str) -> None:
    """Join the pool as an automated reviewer that runs a model. For threads.

    Raises:
        ChainError, StoreError, AutomatedError: it was not sent, or the model is not registered.
    """
    from touchstone.court.automated_types import AutomatedError
    from touchstone.court.joining import registered
    from touchstone.registry import pool

    network = desk.register.network()
    found = registered(desk.home, network, model)
    if not found:
        raise AutomatedError("no-model", untrusted_model=model)
    court_signing.send(desk, deed, pool.join(network, True, found))  # noqa: FBT003 - the contract's


def open_for_good(key: Key, password: str) -> Signer:
    """The signer of a key, open for good: nobody types a password at night. For threads. Raises ChainError."""
    from touchstone.chain.signer import KeystoreSigner, open_signer

    signer = open_signer(key, keep=_FOREVER_S)
    if isinstance(signer, KeystoreSigner):
        signer.unlock(password, _FOREVER_S)
    return signer


class Robot(QObject):
    """Runs one automated reviewer. `happened` carries an `Event`, `stood` a `Status` after each step.

    `ended` carries why it could not go on, None where it was stopped.
    """

    happened = Signal(object)
    stood = Signal(object)
    ended = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._stopped: threading.Event | None = None

    def running(self) -> bool:
        """Whether it runs."""
        return self._stopped is not None

    def start(self, model: str, signer: Signer) -> None:
        """Begin to vote."""
        if self._stopped is not None:
            return
        stopped = self._stopped = threading.Event()
        self._desk.background.run(
            lambda: self._run(model, signer, stopped), lambda _none: self._end(None, signer), self._failed(signer)
        )

    def stop(self) -> None:
        """Stop after what is being done now."""
        if self._stopped is not None:
            self._stopped.set()

    def _run(self, model: str, signer: Signer, stopped: threading.Event) -> None:
        from touchstone.court.automated import AutomatedReviewer
        from touchstone.court.joining import registered

        desk = self._desk
        network = desk.register.network()
        desk.register.fund(signer.address)
        if network.practice:
            registered(desk.home, network, model)
        checker = desk.checker() if desk.settings.detectors else None
        reviewer = AutomatedReviewer(desk.home, network, model, signer, checker=checker)
        try:
            while not stopped.is_set():
                events, status = reviewer.step(stopped.is_set), reviewer.status()
                desk.background.later(lambda events=events, status=status: self._told(events, status))  # type: ignore[misc]
                stopped.wait(status.wait or _INTERVAL_S)
        finally:
            reviewer.close()

    def _told(self, events: Sequence[Event], status: Status) -> None:
        for event in events:
            self.happened.emit(event)
        self.stood.emit(status)
        if events:
            self._desk.register.changed.emit()

    def _failed(self, signer: Signer) -> Callable[[Exception], None]:
        return lambda error: self._end(error, signer)

    def _end(self, error: Exception | None, signer: Signer) -> None:
        from touchstone.chain.signer import KeystoreSigner

        self._stopped = None
        if isinstance(signer, KeystoreSigner):
            signer.lock()
        self.ended.emit(error)
