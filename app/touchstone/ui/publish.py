"""The Publish screen: files for the register, what you have registered, who you are there, and what you sent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from touchstone.texts import _
from touchstone.texts.plain import plain
from touchstone.ui.desk import Desk
from touchstone.ui.icons import Glyph
from touchstone.ui.identity import IdentityPage, Who
from touchstone.ui.labels import Icon, Text
from touchstone.ui.navigation import caution
from touchstone.ui.notes import Elided, Notice
from touchstone.ui.publish_files import FilesPage
from touchstone.ui.publish_registered import RegisteredPage
from touchstone.ui.style import GRID, Tone, Type
from touchstone.ui.transactions_panel import TransactionsPage

if TYPE_CHECKING:
    from touchstone.chain.network import Network

FILES, REGISTERED, PUBLISHER, TRANSACTIONS = range(4)


class PublishScreen(QWidget):
    """Four pages beside each other. Where there is no publisher yet, the one that teaches is opened."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("screen")
        self._desk = desk
        self._chosen = False  # whether a page was asked for
        self.notice = Notice()
        self.files = FilesPage(desk, practice=desk.settings.network == "practice")
        self.registered = RegisteredPage(desk)
        self.identity = IdentityPage(desk)
        self.transactions = TransactionsPage(desk)
        self._who = Elided("", muted=True)
        self._stack = QStackedWidget()
        self.tabs: list[QToolButton] = []
        rows = QVBoxLayout(self)
        rows.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        rows.setSpacing(2 * GRID)
        rows.addLayout(self._head())
        rows.addWidget(self._make_caution())
        rows.addWidget(self.notice)
        rows.addWidget(self._stack, 1)
        for page in (self.files, self.registered, self.identity, self.transactions):
            self._stack.addWidget(page)
        self.notice.action.clicked.connect(self.show_transactions)
        self.identity.found.connect(self._found)
        self.identity.files_asked.connect(lambda: self.go(FILES))
        self.files.identity_asked.connect(lambda: self.go(PUBLISHER))
        desk.register.changed.connect(self.registered.reload)
        self._open(FILES)

    @property
    def drop_words(self) -> tuple[str, str]:
        """What letting go of files does here."""
        return _("Drop to publish"), _("Nothing is sent before you agree.")

    def take_files(self, paths: list[Path]) -> None:
        """Files were dropped on the window or pasted while this screen is open."""
        self.go(FILES)
        self.files.take(paths)

    def choose_files(self) -> None:
        """Ctrl+O."""
        self.go(FILES)
        self.files.ask()

    def go(self, number: int) -> None:
        """Open a page, for somebody who asked for it."""
        self._chosen = True
        self._open(number)

    def show_network(self, network: Network | None) -> None:
        """Say what never to forget about the network in use; None for the practice ledger."""
        self.caution.setVisible(network is not None)
        if network is not None:
            caution(network, self._caution_icon, self._caution)

    def show_transactions(self) -> None:
        """Open the list of what was sent."""
        self.notice.dismiss()
        self.go(TRANSACTIONS)

    def back(self) -> None:
        """Esc."""
        page = self._stack.currentWidget()
        if page is self.registered:
            self.registered.back()

    def tell(self, words: str, tone: Tone = Tone.AMBER, action: str = "") -> None:
        """Say something above the pages."""
        self.notice.say(words, tone, action)

    def tell_of_transactions(self, words: str, tone: Tone) -> None:
        """Say above the pages what became of something that was sent."""
        self.notice.say(words, tone, _("Show transactions"))

    def lock_keys(self) -> None:
        """Lock every key now."""
        self._desk.register.lock()
        self._desk.register.locks_changed.emit()

    def close_down(self) -> None:
        """Stop everything."""
        self.files.close_down()
        for page in (self.registered, self.identity, self.transactions):
            page.signing.stop()

    def _open(self, number: int) -> None:
        self._stack.setCurrentIndex(number)
        for place, tab in enumerate(self.tabs):
            tab.setChecked(place == number)

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(Text(_("Publish"), Type.SECTION, wrap=False))
        head.addSpacing(2 * GRID)
        for number, name in enumerate((_("Files"), _("Registered"), _("Publisher"), _("Transactions"))):
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
        self._mark = Icon(Glyph.IDENTIFICATION_BADGE, 16, "muted")
        head.addWidget(self._mark)
        head.addWidget(self._who)
        return head

    def _make_caution(self) -> QWidget:
        self.caution = QWidget()
        row = QHBoxLayout(self.caution)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        self._caution_icon, self._caution = Icon(Glyph.GLOBE, 16, "muted"), Text("", Type.CAPTION, muted=True)
        row.addWidget(self._caution_icon)
        row.addWidget(self._caution, 1)
        self.caution.hide()
        return self.caution

    def _found(self, who: Who) -> None:
        publisher = self.identity.publisher
        self._mark.setVisible(publisher is not None)
        self._who.set_text("" if publisher is None else plain(publisher.name, 60))
        self.files.use(who, publisher)
        self.registered.use(who, publisher)
        if publisher is None and not self._chosen:
            self._open(PUBLISHER)
            if self.identity.form is not None and self.isVisible():
                self.identity.form.name.setFocus()
