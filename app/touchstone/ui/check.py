"""The Check screen: what to drop while there are no files, then the files and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from touchstone.texts import _
from touchstone.ui.desk import Desk
from touchstone.ui.labels import column
from touchstone.ui.notes import Notice
from touchstone.ui.start import StartPage
from touchstone.ui.style import GRID, Tone

if TYPE_CHECKING:
    from touchstone.ui.bench import Bench


class CheckScreen(QWidget):
    """Takes files. The bench, where they are listed, is built after the window is on the screen.

    `flag_asked` and `case_asked` pass on what is asked for below a card.
    """

    flag_asked = Signal(object)
    case_asked = Signal(int)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("screen")
        self._desk = desk
        self._bench: Bench | None = None
        self.notice = Notice()
        self._pages = QStackedWidget(self)
        self.start = StartPage(desk, self._pages)
        self._pages.addWidget(self.start)
        layout = column(0, 0)
        self.setLayout(layout)
        above = QVBoxLayout()
        above.setContentsMargins(2 * GRID, 0, 2 * GRID, 0)
        above.addWidget(self.notice)
        layout.addLayout(above)
        layout.addWidget(self._pages, 1)
        self.start.files_asked.connect(self.choose_files)
        self.start.samples_made.connect(self.check)
        self.start.not_registered.connect(self.tell)

    @property
    def bench(self) -> Bench:
        """Where files are listed; built when first asked for."""
        if self._bench is None:
            from touchstone.ui.bench import Bench

            self._bench = Bench(self._desk)
            self._bench.said.connect(self.tell)
            self._bench.settled.connect(self.notice.dismiss)
            self._bench.pane.flag_asked.connect(self.flag_asked)
            self._bench.pane.case_asked.connect(self.case_asked)
            self._bench.files_asked.connect(self.choose_files)
            self._bench.emptied.connect(lambda: self._pages.setCurrentIndex(0))
            self._pages.addWidget(self._bench)
        return self._bench

    def check(self, paths: Sequence[Path], show: Path | None = None) -> None:
        """Check files and folders, and show the card of the first of them, or of `show`."""
        if paths:
            self.notice.dismiss()
            self._pages.setCurrentWidget(self.bench)
            self.bench.check(paths, show)

    def choose_files(self) -> None:
        """Ask which files to check."""
        from PySide6.QtWidgets import QFileDialog

        dialog = QFileDialog(self.window(), _("Check files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda names: self.check([Path(name) for name in names]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def tell(self, words: str, tone: Tone = Tone.AMBER) -> None:
        """Say something above the list."""
        self.notice.say(words, tone)

    def save(self) -> None:
        """Save the report that is shown."""
        if self._bench is not None:
            self._bench.save()

    def close_down(self) -> None:
        """Stop everything."""
        if self._bench is not None:
            self._bench.runner.close()
