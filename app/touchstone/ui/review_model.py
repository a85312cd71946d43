"""Cases as a table model: rows are read a page at a time, as they come into view, in threads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor

from touchstone.registry.court_types import CaseEntry, Phase, Ruling
from touchstone.texts import _, formats
from touchstone.texts import review as words
from touchstone.texts.plain import middle, plain
from touchstone.ui import icons, style
from touchstone.ui.columns import ColumnsModel, Index
from touchstone.ui.icons import Glyph

if TYPE_CHECKING:
    from touchstone.ui.desk import Desk

CASE, FILE, ABOUT, STEP, UNTIL, YOURS = range(6)
_PAGE = 100
_PAGES_KEPT = 40
_WORDS = {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole}
_STEP_GLYPHS = (Glyph.CHATS, Glyph.ENVELOPE_SIMPLE, Glyph.ENVELOPE_OPEN, Glyph.SCALES, Glyph.USERS_THREE)
URGENT = 24 * 3600  # seconds before its end from which on a task is urgent


class Which(StrEnum):
    """Which cases are listed."""

    ALL = "all"
    OPEN = "open"
    TURN = "turn"
    MINE = "mine"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Query:
    """Which cases, in which order: those that wait for the user first, then by number."""

    which: Which = Which.ALL
    text: str = ""
    descending: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """A case as the list has it. `phase` and `ends` are by the clock; `task` is the kind of what one is to do, or "".

    `part` says what one has to do with it in words, `name` is the file's, as far as this computer knows it.
    """

    case: CaseEntry
    phase: Phase
    ends: int
    now: int
    task: str = ""
    part: str = ""
    name: str = ""


Read = Callable[[Query, int, int], tuple[int, Sequence[Line]]]


class CasesModel(ColumnsModel):
    """`query` decides the rows, `read` gets them, in threads. `failed` carries what it raised."""

    counted = Signal(int)
    failed = Signal(object)

    def __init__(self, desk: Desk, read: Read, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk, self._read = desk, read
        self.query = Query()
        self._count = 0
        self._pages: OrderedDict[int, Sequence[Line]] = OrderedDict()
        self._asked: set[int] = set()
        self._generation = 0

    def show_query(self, query: Query) -> None:
        """Show other rows."""
        self.query = query
        self.reload()

    def reload(self) -> None:
        """Read them again. The rows of before stay until those of now are there."""
        self._generation += 1
        generation, query = self._generation, self.query

        def then(found: tuple[int, Sequence[Line]]) -> None:
            if generation == self._generation:
                self._take(*found)

        self._desk.background.run(lambda: self._read(query, 0, _PAGE), then, self.failed.emit)

    def line(self, number: int) -> Line | None:
        """A row, if it has been read."""
        page, place = self._pages.get(number // _PAGE), number % _PAGE
        return page[place] if page is not None and place < len(page) else None

    def row_of(self, case: int) -> int:
        """Where a case is shown, -1 where it is not among the rows that were read."""
        found = (
            number * _PAGE + place
            for number, page in self._pages.items()
            for place, line in enumerate(page)
            if line.case.id == case
        )
        return next(found, -1)

    def tick(self, seconds: int) -> None:
        """Time has passed: say anew how long there is."""
        for number, page in self._pages.items():
            self._pages[number] = [replace(line, now=line.now + seconds) for line in page]
        if self._count:
            self.dataChanged.emit(self.index(0, UNTIL), self.index(self._count - 1, UNTIL))

    def titles(self) -> tuple[str, ...]:
        return (_("Case"), _("File"), _("Question"), _("Step"), _("Until"), _("For you"))

    def count(self) -> int:
        return self._count

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line = self.line(index.row())
        if line is None:
            self._ask(index.row() // _PAGE)
            return "…" if role == Qt.ItemDataRole.DisplayRole and index.column() == FILE else None
        if role in _WORDS:
            return text(line, index.column(), whole=role != Qt.ItemDataRole.DisplayRole)
        return look(line, index.column(), role)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if column == CASE:
            self.show_query(replace(self.query, descending=order is Qt.SortOrder.DescendingOrder))

    def _take(self, count: int, first: Sequence[Line]) -> None:
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
        generation, query = self._generation, self.query

        def then(found: tuple[int, Sequence[Line]]) -> None:
            self._asked.discard(page)
            if generation != self._generation:
                return
            self._pages[page] = found[1]
            while len(self._pages) > _PAGES_KEPT:
                self._pages.popitem(last=False)
            first = page * _PAGE
            last = min(first + _PAGE, self._count) - 1
            if last >= first:
                self.dataChanged.emit(self.index(first, 0), self.index(last, self.columnCount() - 1))

        self._desk.background.run(lambda: self._read(query, page * _PAGE, _PAGE), then, self.failed.emit)


def text(line: Line, column: int, *, whole: bool) -> str:
    """The words of a cell."""
    case = line.case
    match column:
        case 0:
            return formats.whole(case.id)
        case 1:
            return f"{line.name} {case.media}".strip() if whole else line.name or middle(case.media)
        case 2:
            return _asked(case, 300 if whole else 80)
        case 3:
            return _step(line)
        case 4:
            return words.opens_until(line.ends, line.now)
        case _:
            return line.part


def _asked(case: CaseEntry, most: int) -> str:
    if not case.claim:
        return words.question(claim=False)
    return _("Context: “{claim}”").format(claim=plain(case.untrusted_claim, most))


def _step(line: Line) -> str:
    ruling = words.ruling_word(line.case.ruling, claim=bool(line.case.claim))
    if line.phase in {Phase.FINAL, Phase.APPEALABLE} and line.case.ruling is not Ruling.NONE:
        return _("{step}: {ruling}").format(step=words.phase_word(line.phase), ruling=ruling)
    return words.phase_word(line.phase)


def look(line: Line, column: int, role: int) -> Any:
    """What a cell has beside its words."""
    if column == STEP and role == Qt.ItemDataRole.DecorationRole:
        if line.phase is Phase.CANCELLED:
            return icons.icon(Glyph.PROHIBIT, "muted")
        return icons.icon(_STEP_GLYPHS[words.step_of(line.phase)], "muted")
    if column == YOURS and line.task:
        shade = "amber" if 0 < line.ends - line.now < URGENT and line.task in {"seal", "open"} else "accent"
        if role == Qt.ItemDataRole.DecorationRole:
            return icons.icon(Glyph.BELL, shade)
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(getattr(style.tokens(), shade))
    return None
