"""What every screen shares: settings, the checker, the history, and threads to wait in."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from touchstone import settings as settings_file
from touchstone.paths import Home
from touchstone.settings import Settings
from touchstone.ui.work import Background

if TYPE_CHECKING:
    from touchstone.check.run import Checker
    from touchstone.store.history import History
    from touchstone.ui.register_desk import RegisterDesk


class Desk(QObject):
    """One for a window. `checker` and `history` load and start things: call them away from the main thread."""

    settings_changed = Signal()
    settings_refused = Signal(str)
    history_changed = Signal()
    trust_changed = Signal()

    def __init__(self, home: Home, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.home = home
        self.background = Background(self)
        self._settings, self._stored = settings, settings.stored
        self._lock, self._keeping = threading.Lock(), threading.Lock()
        self._checker: Checker | None = None
        self._history: History | None = None
        self._register: RegisterDesk | None = None
        self._closed = False

    @property
    def register(self) -> RegisterDesk:
        """What concerns the register, made when first asked for; for the main thread."""
        if self._register is None:
            from touchstone.ui.register_desk import RegisterDesk

            self._register = RegisterDesk(self)
        return self._register

    @property
    def settings(self) -> Settings:
        """The user's choices, as they stand."""
        return self._settings

    def change_settings(self, settings: Settings) -> None:
        """Take new choices at once, and keep them; what refuses to be kept is told by `settings_refused`."""
        before, self._settings = self._settings, settings
        if settings.network != before.network:
            self.refresh_register()
        if settings.detectors != before.detectors:
            self.background.run(self._use_detectors)
        self.settings_changed.emit()

        def otherwise(error: Exception) -> None:
            self.settings_refused.emit(str(getattr(error, "code", "failed")))

        def then(kept: Settings) -> None:
            if self._settings == kept:
                self._settings = kept

        self.background.run(self._keep_settings, then, otherwise)

    def _keep_settings(self) -> Settings:
        """Keep the choices as they stand now, held against what was kept last: a choice may be taken back meanwhile."""
        with self._keeping:
            kept = settings_file.save(self.home, replace(self._settings, stored=self._stored))
            self._stored = kept.stored
            return kept

    def checker(self) -> Checker:
        """The checker, made when first asked for."""
        with self._lock:
            if self._checker is None:
                if self._closed:
                    raise RuntimeError("the window is closing")
                from touchstone.check.run import Checker

                self._checker = Checker(self.home, self._settings)
            return self._checker

    def _ask_network(self) -> None:
        with self._lock:
            if self._checker is not None:
                self._checker.ask_network(self._settings.network)

    def _use_detectors(self) -> None:
        with self._lock:
            if self._checker is not None:
                self._checker.use_detectors(on=self._settings.detectors)

    def history(self) -> History:
        """The history, opened when first asked for."""
        with self._lock:
            if self._history is None:
                from touchstone.store.history import History

                self._history = History(self.home)
            return self._history

    def refresh_register(self) -> None:
        """Have checks to come ask the network in use, and know the keys and proofs of domains as they are now."""
        self.background.run(self._ask_network)

    def let_go(self) -> None:
        """Close the application's own files, so that others can be put in their place. For threads."""
        with self._lock:
            if self._history is not None:
                self._history.close()
                self._history = None
        if self._register is not None:
            self._register.close()

    def take_up(self) -> None:
        """Read settings, history and lists again: other files stand in their place now."""
        self._settings = settings_file.load(self.home)
        self._stored = self._settings.stored
        self.settings_changed.emit()
        self.history_changed.emit()
        self.refresh_trust()
        if self._register is not None:
            self._register.keys_changed.emit()
            self._register.changed.emit()

    def warm(self) -> None:
        """Start the workers now, so that the first file need not wait for them."""
        self.background.run(lambda: self.checker().warm())

    def refresh_trust(self) -> None:
        """Have the lists read again by checks to come."""

        def work() -> None:
            with self._lock:
                checker = self._checker
            if checker is not None:
                checker.refresh()

        self.background.run(work, lambda _none: self.trust_changed.emit())

    def close(self) -> None:
        """End threads and worker processes."""
        self._closed = True
        self.background.close()
        if self._register is not None:
            self._register.close()
        with self._lock:
            if self._checker is not None:
                self._checker.close()
                self._checker = None
            if self._history is not None:
                self._history.close()
                self._history = None
