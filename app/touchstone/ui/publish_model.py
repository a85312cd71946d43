"""The files that are to be published, as a table model: sorted here, so that thousands of rows cost no widgets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QColor

from touchstone.texts import _
from touchstone.texts.plain import middle, plain
from touchstone.ui import icons, style
from touchstone.ui.columns import ColumnsModel, Index
from touchstone.ui.icons import Glyph
from touchstone.ui.style import Type

NAME, SHA256, CREDENTIALS, REGISTERED, STATE = range(5)
_WORDS = {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole}


class Stage(StrEnum):
    """How far a file is."""

    WAITING = "waiting"
    READING = "reading"
    READY = "ready"
    SIGNED = "signed"
    REGISTERED = "registered"
    FAILED = "failed"


class Credentials(StrEnum):
    """Whether a file carries credentials."""

    UNKNOWN = "unknown"
    NONE = "none"
    PRESENT = "present"


class Known(StrEnum):
    """What the register holds about a file."""

    UNKNOWN = "unknown"
    NONE = "none"
    YOURS = "yours"
    OTHERS = "others"
    WITHDRAWN = "withdrawn"  # by yourself: it may be registered again


Claims = tuple[tuple[int, bool], ...]  # who registered a file (a publisher's number), and whether that was withdrawn


def known_by(claims: Claims | None, publisher: int) -> Known:
    """What claims about a file mean to a publisher; None where the register was not asked."""
    if claims is None:
        return Known.UNKNOWN
    own = [withdrawn for number, withdrawn in claims if number == publisher]
    if own:
        return Known.WITHDRAWN if all(own) else Known.YOURS
    return Known.OTHERS if claims else Known.NONE


@dataclass(slots=True, eq=False)
class Entry:
    """One file. `problem` is a sentence, empty where there is none; `row` is its place in the table."""

    path: Path
    name: str = ""
    sha256: str = ""
    credentials: Credentials = Credentials.UNKNOWN
    claims: Claims | None = None
    known: Known = Known.UNKNOWN
    stage: Stage = Stage.WAITING
    problem: str = ""
    row: int = field(default=-1)

    def __post_init__(self) -> None:
        self.name = self.name or plain(self.path.name)


class PublishModel(ColumnsModel):
    """Files in the order in which they were added, until a column is sorted by. The same path is listed once."""

    counted = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: list[Entry] = []
        self._paths: set[Path] = set()
        self._order: tuple[int, Qt.SortOrder] | None = None

    def entries(self) -> Sequence[Entry]:
        """All of them, in the order of the rows."""
        return tuple(self._entries)

    def entry(self, row: int) -> Entry:
        """The file of a row."""
        return self._entries[row]

    def has(self, entry: Entry) -> bool:
        """Whether a file is still listed."""
        return 0 <= entry.row < len(self._entries) and self._entries[entry.row] is entry

    def add(self, paths: Iterable[Path]) -> list[Entry]:
        """List files that are not listed yet, at the end; returns those."""
        new: list[Entry] = []
        for path in paths:
            if path not in self._paths:
                self._paths.add(path)
                new.append(Entry(path))
        if new:
            first = len(self._entries)
            self.beginInsertRows(QModelIndex(), first, first + len(new) - 1)
            self._entries += new
            self._number(first)
            self.endInsertRows()
            self.counted.emit(len(self._entries))
        return new

    def remove(self, entries: Iterable[Entry]) -> None:
        """Take files off the list: rows that lie together in one go."""
        rows = sorted((entry.row for entry in entries if self.has(entry)), reverse=True)
        while rows:
            last = first = rows.pop(0)
            while rows and rows[0] == first - 1:
                first = rows.pop(0)
            self.beginRemoveRows(QModelIndex(), first, last)
            self._paths -= {entry.path for entry in self._entries[first : last + 1]}
            del self._entries[first : last + 1]
            self._number(first)
            self.endRemoveRows()
        self.counted.emit(len(self._entries))

    def clear(self) -> None:
        """Take every file off the list."""
        self.beginResetModel()
        self._entries, self._paths = [], set()
        self.endResetModel()
        self.counted.emit(0)

    def touched(self, entries: Iterable[Entry]) -> None:
        """Say that rows have changed."""
        rows = [entry.row for entry in entries if self.has(entry)]
        if rows:
            self.dataChanged.emit(self.index(min(rows), 0), self.index(max(rows), STATE))

    def titles(self) -> tuple[str, ...]:
        return (_("File"), _("SHA-256"), _("Credentials"), _("Registered"), _("State"))

    def count(self) -> int:
        return len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        entry, column = self._entries[index.row()], index.column()
        if role in _WORDS:
            return _text(entry, column, whole=role != Qt.ItemDataRole.DisplayRole)
        if column == SHA256 and role == Qt.ItemDataRole.FontRole:
            return style.font(Type.MONO)
        return _look(entry, role) if column == STATE else None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        key = _KEYS.get(column)
        if key is None:
            return
        self._order = (column, order)
        self.layoutAboutToBeChanged.emit()
        before = [(index, self._entries[index.row()]) for index in self.persistentIndexList()]
        self._entries.sort(key=key, reverse=order is Qt.SortOrder.DescendingOrder)
        self._number(0)
        for index, entry in before:
            self.changePersistentIndex(index, self.index(entry.row, index.column()))
        self.layoutChanged.emit()

    def _number(self, first: int) -> None:
        for row in range(first, len(self._entries)):
            self._entries[row].row = row


_KEYS: dict[int, Callable[[Entry], Any]] = {
    NAME: lambda entry: entry.name.casefold(),
    SHA256: lambda entry: entry.sha256,
    CREDENTIALS: lambda entry: tuple(Credentials).index(entry.credentials),
    REGISTERED: lambda entry: tuple(Known).index(entry.known),
    STATE: lambda entry: tuple(Stage).index(entry.stage),
}


def _text(entry: Entry, column: int, *, whole: bool) -> str:
    match column:
        case 0:
            return plain(entry.path, 400) if whole else entry.name
        case 1:
            return entry.sha256 if whole else middle(entry.sha256)
        case 2:
            return _credentials(entry.credentials)
        case 3:
            return _known(entry.known)
        case _:
            return entry.problem or _stage(entry.stage)


def _credentials(value: Credentials) -> str:
    return {
        Credentials.UNKNOWN: "",
        Credentials.NONE: _("None"),
        Credentials.PRESENT: _("Present"),
    }[value]


def _known(value: Known) -> str:
    return {
        Known.UNKNOWN: "",
        Known.NONE: _("No"),
        Known.YOURS: _("By you"),
        Known.OTHERS: _("By others"),
        Known.WITHDRAWN: _("Withdrawn"),
    }[value]


def _stage(value: Stage) -> str:
    return {
        Stage.WAITING: _("Waiting"),
        Stage.READING: _("Reading"),
        Stage.READY: _("Ready"),
        Stage.SIGNED: _("Signed"),
        Stage.REGISTERED: _("Registered"),
        Stage.FAILED: _("Could not be read"),
    }[value]


def _look(entry: Entry, role: int) -> Any:
    glyph, shade = _LOOKS[entry.stage]
    if role == Qt.ItemDataRole.DecorationRole:
        return icons.icon(glyph, shade)
    if role == Qt.ItemDataRole.ForegroundRole:
        return QColor(getattr(style.tokens(), shade))
    return None


_LOOKS = {
    Stage.WAITING: (Glyph.CIRCLE_DASHED, "muted"),
    Stage.READING: (Glyph.MAGNIFYING_GLASS, "muted"),
    Stage.READY: (Glyph.FILE, "text"),
    Stage.SIGNED: (Glyph.PEN_NIB, "ink"),
    Stage.REGISTERED: (Glyph.BOOK_BOOKMARK, "ink"),
    Stage.FAILED: (Glyph.WARNING, "amber"),
}
