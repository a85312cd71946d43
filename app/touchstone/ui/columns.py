"""Table models with named columns: what every one of ours says about its shape, and how rows are sorted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
R = TypeVar("R")
_WORDS = {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole}


class ColumnsModel(QAbstractTableModel):
    """Rows that a subclass holds, under the `titles` it gives."""

    def titles(self) -> Sequence[str]:
        """The words above the columns, in the user's language."""
        raise NotImplementedError

    def count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self.count()

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.titles())

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading)
        return self.titles()[section] if role == Qt.ItemDataRole.DisplayRole else None


class RowsModel(ColumnsModel, Generic[R]):
    """Rows that are all at hand, sorted here. `keys` says by what each column sorts."""

    keys: Mapping[int, Callable[[R], Any]] = {}

    def __init__(
        self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._all: list[R] = []
        self._rows: list[R] = []
        self._order = (column, order)

    def text(self, row: R, column: int, *, whole: bool) -> str:
        """The words of a cell; `whole` where there is room for all of them."""
        raise NotImplementedError

    def look(self, row: R, column: int, role: int) -> Any:
        """What a cell has beside its words: an icon, a colour, a font."""
        return None

    def wanted(self, row: R) -> bool:
        """Whether a row is shown."""
        return True

    def show(self, rows: Iterable[R]) -> None:
        """Show these."""
        self._all = list(rows)
        self.fill()

    def row(self, number: int) -> R:
        """A row that is shown."""
        return self._rows[number]

    def count(self) -> int:
        return len(self._rows)

    def count_all(self) -> int:
        """How many there are, shown or not."""
        return len(self._all)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], index.column()
        if role in _WORDS:
            return self.text(row, column, whole=role != Qt.ItemDataRole.DisplayRole)
        return self.look(row, column, role)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if column in self.keys:
            self._order = (column, order)
            self.fill()

    def fill(self) -> None:
        """Choose and sort the rows anew."""
        column, order = self._order
        self.beginResetModel()
        found = [row for row in self._all if self.wanted(row)]
        found.sort(key=self.keys[column], reverse=order is Qt.SortOrder.DescendingOrder)
        self._rows = found
        self.endResetModel()
