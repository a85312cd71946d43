"""Parts of the Models screen around its table: the buttons below it, and a word where no detector is asked at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from touchstone.texts import _
from touchstone.texts import models as words
from touchstone.ui.desk import Desk
from touchstone.ui.labels import Text
from touchstone.ui.notes import Notice
from touchstone.ui.style import GRID, Tone


class Foot(QWidget):
    """How many detectors there are, and the buttons of the page that is open."""

    def __init__(self) -> None:
        super().__init__()
        self.count = Text("", muted=True)
        self._groups: dict[int, QWidget] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GRID)
        self._row.addWidget(self.count, 1)

    def add(self, page: int, buttons: Sequence[QPushButton]) -> None:
        """The buttons of a page; they are hidden until it is open."""
        # A box of its own, for a button may be hidden by itself too.
        box = self._groups[page] = QWidget()
        inside = QHBoxLayout(box)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(GRID)
        for button in buttons:
            inside.addWidget(button)
        self._row.addWidget(box)
        box.hide()

    def turn(self, page: int) -> None:
        """Show the buttons of another page."""
        for number, box in self._groups.items():
            box.setVisible(number == page)


class AllOff(Notice):
    """Where the settings say that no detector is asked, that is worth knowing beside a list of detectors."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(closable=False)
        self._desk = desk
        self.action.clicked.connect(lambda _checked: self._ask_detectors())
        desk.settings_changed.connect(self.tell)

    def tell(self) -> None:
        """Say it, or nothing."""
        if self._desk.settings.detectors:
            self.dismiss()
        else:
            self.say(words.all_off(), Tone.AMBER, _("Ask detectors"))

    def _ask_detectors(self) -> None:
        self._desk.change_settings(replace(self._desk.settings, detectors=True))
