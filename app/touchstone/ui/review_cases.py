"""Review: the list of cases: what one is to do first, filters, and where one case is opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from touchstone.texts import _, formats, ngettext
from touchstone.texts import review as words
from touchstone.ui.desk import Desk
from touchstone.ui.fields import Choice
from touchstone.ui.folds import FoldHeader
from touchstone.ui.forms import clear
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, column, line, push_button
from touchstone.ui.pages import centred
from touchstone.ui.review_model import ABOUT, CASE, FILE, STEP, UNTIL, YOURS, CasesModel, Which
from touchstone.ui.review_work import CasesReader
from touchstone.ui.style import GRID, Type
from touchstone.ui.tables import Table

if TYPE_CHECKING:
    from touchstone.ui.review_work import Turn

_WIDTHS = {CASE: 72, FILE: 200, ABOUT: 216, STEP: 184, UNTIL: 168, YOURS: 176}
_TYPING_MS = 200
_TICK_S = 30
_WORDS = 560  # pixels, the widest line of what an empty list teaches
_TURNS = 3  # of what one is to do, that stand above the list


class CasesPage(QWidget):
    """The list. `case_asked` carries the number of the case that is to be opened."""

    case_asked = Signal(int)
    refresh_asked = Signal()
    failed = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.reader = CasesReader(desk)
        self.model = CasesModel(desk, self.reader.read, self)
        self.turns = Turns()
        self.table = Table(desk, self.model, _("Cases"), "review-cases")
        self.table.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.table.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.table.lay_out(_WIDTHS, ABOUT)
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Number, SHA-256, account or text"))
        self.search.setAccessibleName(_("Search the cases"))
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(120)
        self.search.setMaximumWidth(264)
        self.filter = Choice()
        self.filter.setAccessibleName(_("Which cases"))
        for which, name in _names():
            self.filter.addItem(name, which)
        self.refresh_button = push_button(_("Look again"), Glyph.ARROWS_CLOCKWISE)
        self.refresh_button.setAccessibleName(_("Look on the network for what is new"))
        self.open_button = push_button(_("Open case"), Glyph.FILE_TEXT)
        self._count = Text("", muted=True)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._ticking = QTimer(self)
        self._ticking.setInterval(_TICK_S * 1000)
        self._build()
        self._connect()
        self._refresh()

    def reload(self) -> None:
        """Read the list again."""
        self.model.reload()

    def back(self) -> bool:
        """Esc: from a search to everything; false where there was none."""
        found = bool(self.search.text() or self.filter.currentIndex())
        self.search.clear()
        self.filter.setCurrentIndex(0)
        return found

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ticking.start()
        self.reload()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._ticking.stop()

    # Building

    def _build(self) -> None:
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID + 4)
        rows.addWidget(self.turns)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(self.search, 2)
        head.addWidget(self.filter)
        head.addStretch(1)
        head.addWidget(self.refresh_button)
        rows.addLayout(head)
        self._bodies = QStackedWidget()
        self._bodies.addWidget(self._empty())
        self._bodies.addWidget(self.table)
        rows.addWidget(self._bodies, 1)
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(self._count, 1)
        foot.addWidget(self.open_button)
        rows.addLayout(foot)

    def _empty(self) -> QWidget:
        page = QWidget()
        rows = column(0, GRID)
        page.setLayout(rows)
        centre = Qt.AlignmentFlag.AlignHCenter
        rows.addStretch()
        rows.addWidget(Icon(Glyph.USERS_THREE, 40, "muted"), 0, centre)
        self._title, self._words = Text("", Type.SECTION), Text("", muted=True)
        for label in (self._title, self._words):
            label.setAlignment(centre)
        rows.addWidget(self._title)
        rows.addLayout(centred(self._words, _WORDS, 0))
        rows.addStretch()
        return page

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _text: self._typing.start())
        self._typing.timeout.connect(self._search)
        self.filter.currentIndexChanged.connect(lambda _row: self._search())
        self.table.selectionModel().selectionChanged.connect(lambda *_args: self._refresh())
        self.table.open_asked.connect(self._open)
        self.table.doubleClicked.connect(lambda _index: self._open())
        self.open_button.clicked.connect(lambda _checked: self._open())
        self.refresh_button.clicked.connect(self.refresh_asked)
        self.model.counted.connect(lambda _count: self._counted())
        self.model.failed.connect(self.failed)
        self.turns.chosen.connect(self.case_asked)
        self.turns.more_asked.connect(lambda: self.filter.setCurrentIndex(self.filter.findData(Which.TURN)))
        self._ticking.timeout.connect(lambda: self.model.tick(_TICK_S))

    # What happens

    def _search(self) -> None:
        which = Which(self.filter.currentData())
        self.model.show_query(replace(self.model.query, which=which, text=self.search.text().strip()))

    def _counted(self) -> None:
        self.turns.show_turns(self.reader.turns())
        self._refresh()

    def _refresh(self) -> None:
        count = self.model.rowCount()
        self._bodies.setCurrentIndex(1 if count else 0)
        searched = bool(self.model.query.text) or self.model.query.which is not Which.ALL
        title, said = words.empty()
        self._title.setText(_("No case matches") if searched else title)
        self._words.setText(_("Try fewer words, or all cases.") if searched else said)
        self._count.setText(ngettext("{count} case", "{count} cases", count).format(count=formats.whole(count)))
        self._count.setVisible(bool(count))
        self.open_button.setVisible(bool(count))
        self.open_button.setEnabled(bool(self.table.chosen()))

    def _open(self) -> None:
        chosen = self.table.chosen()
        row = self.model.line(chosen[0]) if chosen else None
        if row is not None:
            self.case_asked.emit(row.case.id)


class Turns(QFrame):
    """What one is to do, what is most urgent first, each a line that opens its case. Hidden where there is nothing."""

    chosen = Signal(int)
    more_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setAccessibleName(_("Your turn"))
        self.rows: list[FoldHeader] = []
        self._column = column(1, 0)
        self.setLayout(self._column)
        self.hide()

    def show_turns(self, turns: Sequence[Turn]) -> None:
        """Show these."""
        clear(self._column)
        self.rows = []
        for number, turn in enumerate(turns[:_TURNS]):
            if number:
                self._column.addWidget(line())
            shade = "amber" if turn.urgent else "accent"
            self._add(turn.title, turn.said, shade, partial(self.chosen.emit, turn.case))
        left = len(turns) - _TURNS
        if left > 0:
            self._column.addWidget(line())
            more = ngettext("{count} more", "{count} more", left).format(count=formats.whole(left))
            self._add(more, _("Show all that waits for you"), "accent", self.more_asked.emit)
        self.setVisible(bool(turns))

    def _add(self, title: str, said: str, shade: str, call: Callable[[], object]) -> None:
        row = FoldHeader(title, Glyph.BELL, opens=False)
        row.say(said, shade)
        row.clicked.connect(lambda _checked=False: call())
        self.rows.append(row)
        self._column.addWidget(row)


def _names() -> tuple[tuple[Which, str], ...]:
    return (
        (Which.ALL, _("All cases")),
        (Which.OPEN, _("Open")),
        (Which.TURN, _("My turn")),
        (Which.MINE, _("Mine")),
        (Which.FINAL, _("Final")),
    )
