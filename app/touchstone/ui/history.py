"""The History screen: every report this computer made, searched, filtered, opened, checked again, deleted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QModelIndex, QSettings, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from touchstone.report import Answer, Message
from touchstone.store.database import StoreError
from touchstone.store.history import HistoryEntry, HistoryRow, Undo
from touchstone.texts import _, answers, formats, ngettext
from touchstone.texts import notices as words
from touchstone.texts.plain import plain
from touchstone.ui import icons, pictures
from touchstone.ui.batch import Shown
from touchstone.ui.desk import Desk
from touchstone.ui.fields import Choice
from touchstone.ui.history_model import ANSWER, HEADLINE, NAME, SIZE, WHEN, HistoryModel
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, column, line, margins, push_button
from touchstone.ui.notes import Notice
from touchstone.ui.pane import CardPane
from touchstone.ui.style import GRID, Tone, Type
from touchstone.ui.tables import Isolating

_TYPING_MS = 200
_WIDTHS = {WHEN: 216, NAME: 272, ANSWER: 196, HEADLINE: 240, SIZE: 88}


class HistoryTable(QTreeView):
    """The table. Enter opens a report, Del deletes those that are selected."""

    open_asked = Signal()
    delete_asked = Signal()

    def __init__(self, model: HistoryModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setAccessibleName(_("Reports"))
        self.setRootIsDecorated(False)
        self.setItemDelegate(Isolating(self))
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setSortingEnabled(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setIconSize(QSize(20, 20))
        self.setObjectName("table")
        header = self.header()
        header.setHighlightSections(False)
        header.setStretchLastSection(False)
        for number, width in _WIDTHS.items():
            header.resizeSection(number, width)
        header.setSectionResizeMode(HEADLINE, QHeaderView.ResizeMode.Stretch)
        header.setSortIndicator(WHEN, Qt.SortOrder.DescendingOrder)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.open_asked.emit()
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace:
                self.delete_asked.emit()
            case _:
                super().keyPressEvent(event)


class HistoryScreen(QWidget):
    """A table, and a card in its place when a report is opened."""

    check_asked = Signal(object)  # list[Path]

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("screen")
        self._desk = desk
        self._undo: Undo | None = None
        self._opened: HistoryRow | None = None
        self.model = HistoryModel(desk, self)
        self.notice = Notice()
        self._pages = QStackedWidget()
        self._pages.addWidget(self._table_page())
        self._pages.addWidget(self._card_page())
        layout = column(0, 0)
        self.setLayout(layout)
        layout.addWidget(self._pages)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._search)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(500)
        self._later.timeout.connect(self.model.reload)
        self._connect()
        self.model.reload()
        desk.background.run(lambda: desk.history().notices, self._told)

    def back(self) -> None:
        """Esc: from the card to the table, from a search to all reports."""
        if self._pages.currentIndex() == 1:
            self._pages.setCurrentIndex(0)
            self.table.setFocus()
        elif self.search.text():
            self.search.clear()

    def save(self) -> None:
        """Ctrl+S."""
        if self._pages.currentIndex() == 1:
            self.pane.buttons.ask_where()

    # Building

    def _table_page(self) -> QWidget:
        page = QWidget()
        rows = QVBoxLayout(page)
        rows.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        rows.setSpacing(2 * GRID)
        rows.addLayout(self._head())
        rows.addWidget(self.notice)
        self.table = HistoryTable(self.model)
        self._restore_widths()
        self._bodies = QStackedWidget()
        self._bodies.addWidget(self.table)
        self._bodies.addWidget(self._empty_page())
        rows.addWidget(self._bodies, 1)
        rows.addLayout(self._foot())
        return page

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(Text(_("History"), Type.SECTION, wrap=False))
        head.addStretch(1)
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Name, signer or SHA-256"))
        self.search.setAccessibleName(_("Search the history"))
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(120)
        self.search.setMaximumWidth(264)
        self.filter = Choice()
        self.filter.setAccessibleName(_("Show answers"))
        self.filter.addItem(_("All answers"), None)
        for answer in Answer:
            self.filter.addItem(icons.icon(icons.ANSWERS[answer], "text"), answers.answer_word(answer), answer)
        head.addWidget(self.search, 2)
        head.addWidget(self.filter)
        return head

    def _foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        self.count_label = Text("", muted=True, wrap=False)
        self.open_button = push_button(_("Open"), Glyph.FILE_TEXT)
        self.again_button = push_button(_("Check again"), Glyph.ARROW_CLOCKWISE)
        self.delete_button = push_button(_("Delete"), Glyph.TRASH)
        foot.addWidget(self.count_label, 1)
        for button in (self.open_button, self.again_button, self.delete_button):
            foot.addWidget(button)
        return foot

    def _empty_page(self) -> QWidget:
        page = QWidget()
        rows = column(0, GRID)
        page.setLayout(rows)
        rows.addStretch()
        centre = Qt.AlignmentFlag.AlignHCenter
        rows.addWidget(Icon(Glyph.CLOCK_COUNTER_CLOCKWISE, 40, "muted"), 0, centre)
        self._empty_title = Text("", Type.SECTION)
        self._empty_words = Text("", muted=True)
        for label in (self._empty_title, self._empty_words):
            label.setAlignment(centre)
            rows.addWidget(label)
        rows.addStretch()
        return page

    def _card_page(self) -> QWidget:
        page = QWidget()
        rows = column(0, 0)
        page.setLayout(rows)
        head = QHBoxLayout()
        margins(head, 2 * GRID, GRID, 3 * GRID, GRID)
        self.back_button = push_button(_("Back to the history"), Glyph.CARET_LEFT, quiet=True)
        self._when = Text("", Type.CAPTION, muted=True, wrap=False)
        head.addWidget(self.back_button)
        head.addStretch()
        head.addWidget(self._when)
        rows.addLayout(head)
        rows.addWidget(line())
        self.pane = CardPane(self._desk)
        self.pane.buttons.add(_("Check again"), Glyph.ARROW_CLOCKWISE, self._again_opened)
        rows.addWidget(self.pane, 1)
        return page

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _text: self._typing.start())
        self.filter.currentIndexChanged.connect(lambda _row: self._search())
        self.table.open_asked.connect(self._open_current)
        self.table.doubleClicked.connect(lambda _index: self._open_current())
        self.table.delete_asked.connect(self._delete)
        self.table.selectionModel().selectionChanged.connect(lambda *_args: self._refresh())
        self.table.header().sectionResized.connect(lambda *_args: self._keep_widths())
        self.open_button.clicked.connect(self._open_current)
        self.again_button.clicked.connect(self._again)
        self.delete_button.clicked.connect(self._delete)
        self.back_button.clicked.connect(self.back)
        self.notice.action.clicked.connect(self._restore)
        self.model.counted.connect(lambda _count: self._refresh())
        self.model.failed.connect(self._failed)
        self._desk.history_changed.connect(self._later.start)

    # What happens

    def _search(self) -> None:
        answer = self.filter.currentData()
        chosen = frozenset({Answer(answer)}) if answer else frozenset()
        self.model.show_query(replace(self.model.query, text=self.search.text(), answers=chosen))

    def _refresh(self) -> None:
        count = self.model.rowCount()
        self.count_label.setText(
            ngettext("{count} report", "{count} reports", count).format(count=formats.whole(count))
        )
        self._bodies.setCurrentIndex(0 if count else 1)
        searched = bool(self.model.query.text or self.model.query.answers)
        self._empty_title.setText(_("No report matches") if searched else _("No reports yet"))
        self._empty_words.setText(
            _("Try fewer words, or all answers.")
            if searched
            else _("What you check is kept here, on this computer alone.")
        )
        chosen = bool(self._chosen())
        for button in (self.open_button, self.again_button, self.delete_button):
            button.setEnabled(chosen)

    def _chosen(self) -> list[HistoryRow]:
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return [row for row in map(self.model.row, rows) if row is not None]

    def _open_current(self, _index: QModelIndex | None = None) -> None:
        row = self.model.row(self.table.currentIndex().row()) if self.table.currentIndex().isValid() else None
        if row is None:
            return
        self._opened = row

        def then(entry: HistoryEntry | None) -> None:
            if entry is not None and self._opened is row:
                self._show(entry)

        self._desk.background.run(lambda: self._desk.history().get(row.id), then, self._failed)

    def _show(self, entry: HistoryEntry) -> None:
        try:
            report = entry.report()
        except ValueError:
            self.notice.say(_("This report was written by another version and cannot be shown."))
            return
        kept = {"thumbnail-small": entry.row.thumbnail} if entry.row.thumbnail is not None else {}
        images = {name: pictures.image(picture) for name, picture in kept.items()}
        self._when.setText(_("Checked {moment}").format(moment=formats.moment(report.created)))
        self.pane.show_card(Shown(report, entry.row.path, images, kept)).announce()
        self._pages.setCurrentIndex(1)
        self.back_button.setFocus()

    def _again(self) -> None:
        self.check_asked.emit([row.path for row in self._chosen()])

    def _again_opened(self) -> None:
        if self._opened is not None:
            self.check_asked.emit([Path(self._opened.path)])

    def _delete(self) -> None:
        ids = [row.id for row in self._chosen()]
        if not ids:
            return

        def then(undo: Undo) -> None:
            self._undo = undo
            said = ngettext("{count} report deleted.", "{count} reports deleted.", undo.count)
            self.notice.say(said.format(count=formats.whole(undo.count)), Tone.INK, _("Undo"))
            self.model.reload()

        self._desk.background.run(lambda: self._desk.history().delete(ids), then, self._failed)

    def _restore(self) -> None:
        undo, self._undo = self._undo, None
        if undo is None:
            return

        def then(_count: int) -> None:
            self.notice.dismiss()
            self.model.reload()

        self._desk.background.run(lambda: self._desk.history().restore(undo), then, self._failed)

    def _told(self, notices: tuple[Message, ...]) -> None:
        if notices:
            self.notice.say(words.notice(notices[-1]))

    def _failed(self, error: object) -> None:
        if isinstance(error, StoreError):
            self.notice.say(_("The history could not be used ({why}).").format(why=words.trouble(error.code)))
        else:
            self.notice.say(_("The history could not be read ({kind}).").format(kind=plain(type(error).__name__)))

    def _restore_widths(self) -> None:
        state = self._kept().value("history/columns")
        if state:
            self.table.header().restoreState(state)

    def _keep_widths(self) -> None:
        self._kept().setValue("history/columns", self.table.header().saveState())

    def _kept(self) -> QSettings:
        return QSettings(str(self._desk.home.root / "window.ini"), QSettings.Format.IniFormat)
