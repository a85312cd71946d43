"""The Publish screen: who you are on the register, the files you put on it, and what you have registered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from touchstone.texts import _
from touchstone.ui.desk import Desk
from touchstone.ui.identity import IdentityPage
from touchstone.ui.labels import Text
from touchstone.ui.notes import Notice
from touchstone.ui.publish_files import FilesPage
from touchstone.ui.style import GRID, Tone, Type


class PublishScreen(QWidget):
    """Pages beside each other; each is built when it is first opened."""

    settings_asked = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("screen")
        self._desk = desk
        self.notice = Notice()
        self.files = FilesPage(desk, practice=desk.settings.network == "practice")
        self._stack = QStackedWidget()
        self.identity = IdentityPage(desk)
        self._makers: list[tuple[str, Callable[[], QWidget]]] = [
            (_("Files"), lambda: self.files),
            (_("Publisher"), lambda: self.identity),
        ]
        self._built: dict[int, QWidget] = {}
        self.tabs: list[QToolButton] = []
        rows = QVBoxLayout(self)
        rows.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        rows.setSpacing(2 * GRID)
        rows.addLayout(self._head())
        rows.addWidget(self.notice)
        rows.addWidget(self._stack, 1)
        self.go(0)

    @property
    def drop_words(self) -> tuple[str, str]:
        """What letting go of files does here."""
        return _("Drop to publish"), _("Nothing is sent before you agree.")

    def take_files(self, paths: list[Path]) -> None:
        """Files were dropped on the window or pasted while this screen is open."""
        self.go(0)
        self.files.take(paths)

    def go(self, number: int) -> None:
        """Open a page."""
        if number not in self._built:
            self._built[number] = self._makers[number][1]()
            self._stack.addWidget(self._built[number])
        self._stack.setCurrentWidget(self._built[number])
        for place, tab in enumerate(self.tabs):
            tab.setChecked(place == number)

    def show_identity(self) -> None:
        """Open the page of the publisher."""
        self.go(len(self._makers) - 1)

    def tell(self, words: str, tone: Tone = Tone.AMBER, action: str = "") -> None:
        """Say something above the pages."""
        self.notice.say(words, tone, action)

    def close_down(self) -> None:
        """Stop everything."""
        self.files.close_down()
        self.identity.signing.stop()

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(Text(_("Publish"), Type.SECTION, wrap=False))
        head.addSpacing(2 * GRID)
        for number, (name, _make) in enumerate(self._makers):
            tab = QToolButton()
            tab.setObjectName("tab")
            tab.setText(name)
            tab.setAccessibleName(name)
            tab.setCheckable(True)
            tab.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            tab.clicked.connect(lambda _checked=False, number=number: self.go(number))
            self.tabs.append(tab)
            head.addWidget(tab)
        head.addStretch(1)
        return head
