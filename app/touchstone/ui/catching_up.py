"""Looks after transactions that were under way when the window was last closed, once it is open again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from touchstone.texts import transactions as words
from touchstone.ui.style import Tone

if TYPE_CHECKING:
    from touchstone.store.outbox import Sent
    from touchstone.ui.desk import Desk
    from touchstone.ui.publish import PublishScreen


class CatchingUp(QObject):
    """What has come to an end is told on the Publish screen, as soon as there is one."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._said, self._tone = "", Tone.INK
        self._stopped = threading.Event()
        self._screen: Callable[[], PublishScreen | None] = lambda: None

    def begin(self, screen: Callable[[], PublishScreen | None]) -> None:
        """Look once, in the background; `screen` is the Publish screen, where it was opened already."""
        self._screen = screen
        self._desk.background.run(self._look, self._found, self._failed)

    def stop(self) -> None:
        """The window is being closed."""
        self._stopped.set()

    def tell(self) -> None:
        """Tell what was found and not told yet, if the screen is there."""
        screen = self._screen()
        if screen is not None and self._said:
            screen.tell_of_transactions(self._said, self._tone)
            self._said = ""

    def _look(self) -> list[Sent]:
        from touchstone.chain import waiting

        return waiting.ended(waiting.look_everywhere(self._desk.home, self._stopped.is_set))

    def _failed(self, error: Exception) -> None:
        """The journal cannot be used: nobody may send on the word of an empty one without knowing."""
        from touchstone.ui.register_desk import why

        self._said, self._tone = why(error), Tone.AMBER
        self.tell()

    def _found(self, ended: list[Sent]) -> None:
        if not ended:
            return
        from touchstone.chain import waiting

        outcomes = [words.outcome(str(sent.state), words.what(waiting.intent_of(sent))) for sent in ended]
        fine = all(str(sent.state) == "final" for sent in ended)
        self._said, self._tone = words.came_back(outcomes), Tone.INK if fine else Tone.AMBER
        self.tell()
        self._desk.background.run(self._desk.register.follow)
