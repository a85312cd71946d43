"""What is going on now, how far it is, and a way to stop it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from touchstone.texts import _
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import announce, column, push_button
from touchstone.ui.notes import Elided
from touchstone.ui.style import GRID


class Working(QWidget):
    """A line of words over a bar, with Stop beside it. Hidden while nothing goes on."""

    stopped = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self._words = Elided("", muted=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(name)
        self.stop = push_button(_("Stop"), Glyph.STOP_CIRCLE)
        self.stop.clicked.connect(self._stop)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GRID)
        said = column(0, 4)
        said.addWidget(self._words)
        said.addWidget(self._bar)
        row.addLayout(said, 1)
        row.addWidget(self.stop)
        self.hide()

    def show_step(self, words: str, done: int = 0, of: int = 0) -> None:
        """Name the step; `of` is 0 where nobody knows how long it takes."""
        if self.isHidden():
            self.stop.setEnabled(True)
            self.show()
        if words != self._words.text():
            announce(self, words)
        self._words.set_text(words)
        self._bar.setMaximum(of)
        self._bar.setValue(done)

    def text(self) -> str:
        """The step that is shown."""
        return self._words.text()

    def end(self) -> None:
        """Nothing goes on any more."""
        self.hide()

    def _stop(self) -> None:
        self.stop.setEnabled(False)
        self._words.set_text(_("Stopping…"))
        self.stopped.emit()
