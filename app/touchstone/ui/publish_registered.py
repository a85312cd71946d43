"""Publishing: what this publisher has registered: searched, withdrawn, replaced; and its receipts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from touchstone.texts import _, formats, ngettext
from touchstone.texts import publish as words
from touchstone.ui.actions import show_folder
from touchstone.ui.desk import Desk
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, column, push_button
from touchstone.ui.notes import Notice
from touchstone.ui.progress import Working
from touchstone.ui.publish_withdraw import WithdrawForm, withdrawal
from touchstone.ui.register_desk import why
from touchstone.ui.registered_model import HOW, NAME, SHA256, STATE, WHEN, RegisteredModel, Row
from touchstone.ui.signing import Deed, Signing, transact, was_refused
from touchstone.ui.style import GRID, Tone, Type
from touchstone.ui.tables import Table

if TYPE_CHECKING:
    from touchstone.chain.send import Mined
    from touchstone.paths import Home
    from touchstone.registry.own import OwnPublisher, Registered
    from touchstone.ui.identity import Who
_WIDTHS = {WHEN: 240, NAME: 208, SHA256: 168, HOW: 104, STATE: 208}
_TYPING_MS = 200


class RegisteredPage(QWidget):
    """The registrations of the publisher that is chosen."""

    files_asked = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._who: Who | None = None
        self._publisher: OwnPublisher | None = None
        self._generation = 0
        self.model = RegisteredModel(self)
        self.signing = Signing(desk, self)
        self.notice = Notice()
        self.working = Working(_("Withdrawing"))
        self.form = WithdrawForm()
        self.table = Table(desk, self.model, _("Registered files"), "publish-registered")
        self.table.lay_out(_WIDTHS, NAME)
        self.table.header().setSortIndicator(WHEN, Qt.SortOrder.DescendingOrder)
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Name or SHA-256"))
        self.search.setAccessibleName(_("Search what was registered"))
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(320)
        self.withdraw_button = push_button(_("Withdraw or replace…"), Glyph.PROHIBIT)
        self.receipts_button = push_button(_("Show file and receipt"), Glyph.RECEIPT)
        self._count = Text("", muted=True)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._build()
        self._connect()
        self._refresh()

    def use(self, who: Who, publisher: OwnPublisher | None) -> None:
        """Show what this publisher has registered."""
        self._who, self._publisher = who, publisher
        self.form.hide()
        self.reload()

    def reload(self) -> None:
        """Read it again."""
        who, publisher, home = self._who, self._publisher, self._desk.home
        self._generation += 1
        generation = self._generation
        if who is None or publisher is None:
            self.model.show_rows((), {})
            self._refresh()
            return
        network = who.network

        def work() -> tuple[Sequence[Registered], Mapping[str, Path]]:
            from touchstone.registry import own

            found = own.registered(home, network, publisher.number)
            return found, names_of(home, found)

        def then(found: tuple[Sequence[Registered], Mapping[str, Path]]) -> None:
            if generation == self._generation:
                self.model.show_rows(*found)
                self._refresh()

        self._desk.background.run(work, then, self._refused)

    def back(self) -> None:
        """Esc: from the form to the table, from a search to everything."""
        if not self.form.isHidden():
            self.form.hide()
            self.table.setFocus()
        else:
            self.search.clear()

    # Building

    def _build(self) -> None:
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID + 4)
        rows.addWidget(self.notice)
        rows.addWidget(self.working)
        head = QHBoxLayout()
        head.addWidget(self.search, 1)
        head.addStretch(1)
        rows.addLayout(head)
        self._bodies = QStackedWidget()
        self._bodies.addWidget(self._empty())
        self._bodies.addWidget(self.table)
        rows.addWidget(self._bodies, 1)
        rows.addWidget(self.form)
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(self._count, 1)
        foot.addWidget(self.receipts_button)
        foot.addWidget(self.withdraw_button)
        rows.addLayout(foot)

    def _empty(self) -> QWidget:
        page = QWidget()
        rows = column(0, GRID)
        page.setLayout(rows)
        centre = Qt.AlignmentFlag.AlignHCenter
        rows.addStretch()
        rows.addWidget(Icon(Glyph.BOOK_BOOKMARK, 40, "muted"), 0, centre)
        self._title, self._words = Text("", Type.SECTION), Text("", muted=True)
        for label in (self._title, self._words):
            label.setAlignment(centre)
            rows.addWidget(label)
        rows.addStretch()
        return page

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _text: self._typing.start())
        self._typing.timeout.connect(self._search)
        self.table.selectionModel().selectionChanged.connect(lambda *_args: self._refresh())
        self.table.open_asked.connect(self._begin)
        self.table.remove_asked.connect(self._begin)
        self.model.modelReset.connect(self._refresh)
        self.withdraw_button.clicked.connect(self._begin)
        self.receipts_button.clicked.connect(self._show_receipt)
        self.form.agree.clicked.connect(self._withdraw)
        self.signing.stepped.connect(self.working.show_step)
        self.signing.busy.connect(self._busy)
        self.working.stopped.connect(self.signing.stop)

    # What happens

    def _search(self) -> None:
        self.model.search(self.search.text())

    def _refresh(self) -> None:
        count, shown = self.model.count_all(), self.model.rowCount()
        self._bodies.setCurrentIndex(1 if shown else 0)
        self._title.setText(_("Nothing matches") if count else _("Nothing registered yet"))
        self._words.setText(_("Try fewer letters.") if count else _("What you register is listed here."))
        said = ngettext("{count} registration", "{count} registrations", count).format(count=formats.whole(count))
        self._count.setText(said)
        chosen = self._chosen()
        free = len(chosen) == 1 and not chosen[0].what.revoked and not self.signing.running()
        self.withdraw_button.setEnabled(free)
        self.receipts_button.setEnabled(len(chosen) == 1 and chosen[0].path is not None)

    def _chosen(self) -> list[Row]:
        return [self.model.row(row) for row in self.table.chosen()]

    def _show_receipt(self) -> None:
        chosen = self._chosen()
        if chosen and chosen[0].path is not None:
            show_folder(chosen[0].path)

    def _begin(self) -> None:
        if self.withdraw_button.isEnabled():
            self.form.begin(self._chosen()[0])

    def _withdraw(self) -> None:
        wanted, who, publisher, desk = self.form.value(), self._who, self._publisher, self._desk
        row = self.form.row
        key = who.key_for(publisher) if who is not None and publisher is not None else None
        if wanted is None or row is None or publisher is None:
            return
        if key is None:
            self.notice.say(_("No key of this publisher is on this computer."))
            return
        self.form.hide()

        def work(deed: Deed) -> list[Mined]:
            return transact(desk, deed, withdrawal(desk, publisher, row, wanted, deed))

        def then(_mined: list[Mined]) -> None:
            self.notice.say(_("It was withdrawn. Checks say so from now on."), Tone.INK)
            self.reload()

        self.signing.run(key, work, then, self._refused)

    def _busy(self, busy: bool) -> None:  # noqa: FBT001 - a signal's argument
        if busy:
            self.working.show_step(_("Trying it out"))
        else:
            self.working.end()
        self._refresh()

    def _refused(self, error: Exception) -> None:
        from touchstone.check.opening import OpenError, Stopped
        from touchstone.registry.withdraw import WithdrawError

        if was_refused(error) or isinstance(error, Stopped):
            return
        if isinstance(error, WithdrawError):
            self.notice.say(words.not_withdrawn(error.failure))
        elif isinstance(error, (OSError, OpenError)):
            self.notice.say(_("The file that takes its place could not be read."))
        else:
            self.notice.say(why(error))


def names_of(home: Home, found: Sequence[Registered]) -> Mapping[str, Path]:
    """Where the files are that have these hashes, as far as this computer published them. For threads."""
    from touchstone.store.publish_journal import PublishJournal, path_of

    if not path_of(home).exists():
        return {}
    journal = PublishJournal(home)
    try:
        paths = {sha256: journal.registered(sha256) for sha256 in {one.sha256 for one in found}}
    finally:
        journal.close()
    return {sha256: places[0] for sha256, places in paths.items() if places}
