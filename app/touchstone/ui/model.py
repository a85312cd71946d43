"""The batch as a list model: one row a file, text for the eye and for screen readers."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from touchstone.texts import _, answers, formats, reports
from touchstone.ui.batch import Item, Memory, State

if TYPE_CHECKING:
    from touchstone.check.run import Progress

Index = QModelIndex | QPersistentModelIndex
_SLOW = 2.0  # seconds after which a row says how long it has been
ITEM_ROLE = Qt.ItemDataRole.UserRole


class BatchModel(QAbstractListModel):
    """The files in the order in which they were added. A row's `Item` is under `ITEM_ROLE`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: list[Item] = []
        self._present: set[Item] = set()
        self._running: set[Item] = set()
        self._told = 0.0
        self.memory = Memory()
        self._data: dict[int, Callable[[Item], Any]] = {
            Qt.ItemDataRole.DisplayRole: lambda item: item.name,
            Qt.ItemDataRole.ToolTipRole: _tip,
            Qt.ItemDataRole.AccessibleTextRole: spoken,
            ITEM_ROLE: lambda item: item,
        }

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        answer = self._data.get(role)
        return answer(self._items[index.row()]) if answer is not None and index.isValid() else None

    def items(self) -> Sequence[Item]:
        """All of them, in order."""
        return tuple(self._items)

    def has(self, item: Item) -> bool:
        """Whether an item is listed."""
        return item in self._present

    def item(self, row: int) -> Item:
        """The item of a row."""
        return self._items[row]

    def add(self, items: Sequence[Item]) -> None:
        """Add rows at the end."""
        if not items:
            return
        first = len(self._items)
        self.beginInsertRows(QModelIndex(), first, first + len(items) - 1)
        for row, item in enumerate(items, first):
            item.row = row
        self._items.extend(items)
        self._present.update(items)
        self.endInsertRows()

    def remove(self, items: Collection[Item]) -> None:
        """Take rows away."""
        gone = {item for item in items if item in self._present}
        if len(gone) > 1:
            self.beginResetModel()
            self._drop(gone)
            self.endResetModel()
        for item in gone if len(gone) == 1 else ():
            self.beginRemoveRows(QModelIndex(), item.row, item.row)
            self._drop(gone)
            self.endRemoveRows()

    def touched(self, items: Iterable[Item]) -> None:
        """Say that rows look different now: one signal for all of them."""
        rows = []
        for item in items:
            if item in self._present:
                rows.append(item.row)
                if item.state is State.RUNNING:
                    self._running.add(item)
        if rows:
            self.dataChanged.emit(self.index(min(rows)), self.index(max(rows)))

    def no_longer_running(self, item: Item) -> None:
        """An item is finished, one way or another."""
        self._running.discard(item)

    def slow(self) -> list[Item]:
        """The running items whose clock is shown, about once a second."""
        now = time.monotonic()
        if now - self._told < 1:
            return []
        self._told = now
        return [item for item in self._running if now - item.began >= _SLOW]

    def _drop(self, gone: set[Item]) -> None:
        self._items = [item for item in self._items if item not in gone]
        self._present -= gone
        self._running -= gone
        for row, item in enumerate(self._items):
            item.row = row


def state_line(item: Item) -> str:
    """What a file is doing or came to, in a few words."""
    if item.state is State.RUNNING:
        return _with_clock(step_name(item.progress), item.began)
    if item.state is State.DONE and item.answer is not None:
        return answers.answer_word(item.answer)
    return {
        State.WAITING: _("Waiting"),
        State.STOPPED: _("Stopped"),
    }.get(item.state, _("Could not be checked"))


def detail_line(item: Item) -> str:
    """The second line about a file: its headline, where there is one."""
    if item.headline is not None and item.state is State.DONE:
        return answers.headline(item.headline)
    if item.state is State.STOPPED:
        return _("You stopped this check. Nothing is known about the file.")
    return item.problem


def spoken(item: Item) -> str:
    """A row for a screen reader."""
    parts = [item.name, state_line(item), detail_line(item)]
    return ", ".join(part for part in parts if part)


def step_name(progress: Progress | None) -> str:
    """What a check is doing, in words."""
    words = _("starting") if progress is None else reports.step(str(progress.step))
    return words[:1].upper() + words[1:]


def _with_clock(words: str, began: float) -> str:
    passed = time.monotonic() - began
    if passed < _SLOW:
        return words
    return _("{step}, {time}").format(step=words, time=formats.took(int(passed) * 1000))


def _tip(item: Item) -> str:
    return "\n".join(part for part in (item.name, detail_line(item)) if part)
