"""The history as a table model: rows are read a page at a time, as they come into view, in threads."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QImage

from touchstone.store.history import HistoryOrder, HistoryQuery, HistoryRow
from touchstone.texts import _, answers, formats
from touchstone.texts.plain import plain
from touchstone.ui import icons, pictures, style
from touchstone.ui.columns import ColumnsModel, Index
from touchstone.ui.desk import Desk
from touchstone.ui.style import Tone

_TILE = 32
_PAGE = 100
_PAGES_KEPT = 40

WHEN, NAME, ANSWER, HEADLINE, SIZE = range(5)
_WORDS = {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole}
_ORDERS = {
    WHEN: HistoryOrder.CREATED,
    NAME: HistoryOrder.NAME,
    ANSWER: HistoryOrder.ANSWER,
    SIZE: HistoryOrder.BYTES,
}

Entry = tuple[HistoryRow, QImage | None]


class HistoryModel(ColumnsModel):
    """`query` decides the rows. `failed` carries the exception when the history cannot be read."""

    counted = Signal(int)
    failed = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._query = HistoryQuery()
        self._count = 0
        self._pages: OrderedDict[int, list[Entry]] = OrderedDict()
        self._asked: set[int] = set()
        self._generation = 0

    @property
    def query(self) -> HistoryQuery:
        """Which rows, in which order."""
        return self._query

    def show_query(self, query: HistoryQuery) -> None:
        """Show other rows."""
        self._query = query
        self.reload()

    def reload(self) -> None:
        """Read the history again. The rows of before stay until those of now are there."""
        self._generation += 1
        generation, query, desk = self._generation, self._query, self._desk

        def work() -> tuple[int, list[Entry]]:
            history = desk.history()
            return history.count(query), _entries(history.page(query, 0, _PAGE))

        def then(found: tuple[int, list[Entry]]) -> None:
            if generation == self._generation:
                self._take(*found)

        desk.background.run(work, then, self.failed.emit)

    def row(self, number: int) -> HistoryRow | None:
        """A row, if it has been read."""
        entry = self._entry(number)
        return None if entry is None else entry[0]

    def _entry(self, number: int) -> Entry | None:
        page = self._pages.get(number // _PAGE)
        place = number % _PAGE
        return page[place] if page is not None and place < len(page) else None

    def titles(self) -> tuple[str, ...]:
        return (_("Checked"), _("File"), _("Answer"), _("Headline"), _("Size"))

    def count(self) -> int:
        return self._count

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        entry = self._entry(index.row())
        if entry is None:
            self._ask(index.row() // _PAGE)
            return "…" if role == Qt.ItemDataRole.DisplayRole and index.column() == NAME else None
        return _shown(entry, index.column(), role)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        wanted = _ORDERS.get(column)
        if wanted is not None:
            self.show_query(replace(self._query, order=wanted, descending=order is Qt.SortOrder.DescendingOrder))

    def _take(self, count: int, first: list[Entry]) -> None:
        self.beginResetModel()
        self._count = count
        self._pages = OrderedDict({0: first})
        self._asked.clear()
        self.endResetModel()
        self.counted.emit(count)

    def _ask(self, page: int) -> None:
        if page in self._asked:
            return
        self._asked.add(page)
        generation, query, desk = self._generation, self._query, self._desk

        def then(rows: list[Entry]) -> None:
            self._asked.discard(page)
            if generation != self._generation:
                return
            self._pages[page] = rows
            while len(self._pages) > _PAGES_KEPT:
                self._pages.popitem(last=False)
            first = page * _PAGE
            last = min(first + _PAGE, self._count) - 1
            self.dataChanged.emit(self.index(first, 0), self.index(last, self.columnCount() - 1))

        desk.background.run(lambda: _entries(desk.history().page(query, page * _PAGE, _PAGE)), then, self.failed.emit)


def _entries(rows: list[HistoryRow]) -> list[Entry]:
    """Rows with their small pictures. For threads."""
    return [(row, _picture(row)) for row in rows]


def _picture(row: HistoryRow) -> QImage | None:
    if row.thumbnail is None:
        return None
    made = pictures.small(pictures.image(row.thumbnail), 2 * _TILE)
    made.setDevicePixelRatio(2)
    return made


def _text(row: HistoryRow, column: int) -> str:
    match column:
        case 0:
            return formats.moment(row.created)
        case 1:
            return plain(row.name)
        case 2:
            return answers.answer_word(row.answer)
        case 3:
            return answers.headline(row.headline)
        case _:
            return formats.size(row.bytes)


def _shown(entry: Entry, column: int, role: int) -> Any:
    row, tile = entry
    if role in _WORDS:
        return _text(row, column)
    if role == Qt.ItemDataRole.DecorationRole and column == NAME:
        return tile if tile is not None else pictures.kind_tile(row.kind, _TILE)
    return _look(row, role) if column == ANSWER else None


def _look(row: HistoryRow, role: int) -> Any:
    tone = Tone(answers.tone(row.answer, row.headline))
    if role == Qt.ItemDataRole.DecorationRole:
        return icons.icon(icons.ANSWERS[row.answer], tone.value)
    if role == Qt.ItemDataRole.ForegroundRole:
        return QColor(style.tokens().tone(tone))
    return None
