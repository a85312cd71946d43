"""A table that the keyboard works, whose column widths are kept from one day to the next."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTreeView

from touchstone.ui.desk import Desk

_ISOLATE, _END = "\u2068", "\u2069"  # https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates


class Isolating(QStyledItemDelegate):
    """Draws what stands in a cell in its own direction: `12 March`, and not `March 12`, where the language runs left.

    Only what is drawn: what is copied, and what a screen reader says, has no marks in it.
    """

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        if option.text and option.direction is Qt.LayoutDirection.RightToLeft:
            option.text = f"{_ISOLATE}{option.text}{_END}"


class Table(QTreeView):
    """Rows of a model, sorted by their headers. Enter opens one, Del takes away those that are selected.

    `widths` are in pixels, `stretched` is the column that takes what is left; `key` names what is kept in the
    window's file.
    """

    open_asked = Signal()
    remove_asked = Signal()

    def __init__(self, desk: Desk, model: QAbstractItemModel, name: str, key: str) -> None:
        super().__init__()
        self._desk, self._key = desk, f"{key}/columns"
        self.setModel(model)
        self.setObjectName("table")
        self.setAccessibleName(name)
        self.setRootIsDecorated(False)
        self.setItemDelegate(Isolating(self))
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setIconSize(QSize(20, 20))
        self.header().setHighlightSections(False)
        self.header().setStretchLastSection(False)

    def lay_out(self, widths: Mapping[int, int], stretched: int) -> None:
        """Give the columns their widths: those that were kept, else these."""
        header = self.header()
        for number, width in widths.items():
            header.resizeSection(number, width)
        header.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        state = self._kept().value(self._key)
        if state:
            header.restoreState(state)
            header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        header.sectionResized.connect(self._keep)

    def chosen(self) -> list[int]:
        """The rows that are selected, from the top."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.open_asked.emit()
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace:
                self.remove_asked.emit()
            case _:
                super().keyPressEvent(event)

    def _keep(self, *_args: object) -> None:
        # Asked for anew: what Python holds of a header does not outlive every change of the window.
        self._kept().setValue(self._key, self.header().saveState())

    def _kept(self) -> QSettings:
        return QSettings(str(self._desk.home.root / "window.ini"), QSettings.Format.IniFormat)
