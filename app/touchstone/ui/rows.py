"""Draws a row of the batch: picture, name, what it came to; or how far it is, and a way to stop it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from touchstone.texts import answers
from touchstone.ui import icons, pictures, style
from touchstone.ui.batch import Item, State
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import draw_line, mirrored
from touchstone.ui.model import ITEM_ROLE, BatchModel, detail_line, state_line
from touchstone.ui.style import GRID, Tone, Type

Index = QModelIndex | QPersistentModelIndex
HEIGHT = 80
_TILE = 48
_LINE = 20


class RowDelegate(QStyledItemDelegate):
    """Paints rows; `stop_asked` tells that the stop mark of a row was clicked."""

    stop_asked = Signal(object)

    def __init__(self, model: BatchModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._memory = model.memory
        self._direction = Qt.LayoutDirection.LeftToRight
        self._strong = style.font(Type.BODY, bold=True)
        self._caption = style.font(Type.CAPTION)
        self._body = style.font(Type.BODY)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item: Item = index.data(ITEM_ROLE)
        area: QRect = option.rect
        direction = self._direction = option.direction
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._background(painter, option, area)
        inner = area.adjusted(2 * GRID, GRID + 2, -2 * GRID, -GRID - 2)
        tile = QRect(inner.left(), inner.top() + (inner.height() - _TILE) // 2, _TILE, _TILE)
        pictures.paint_tile(painter, mirrored(tile, area, direction), self._memory.tile(item), item.kind)
        text = inner.adjusted(_TILE + GRID + 4, 0, -self._room_for_stop(item), 0)
        self._lines(painter, item, text, area, direction)
        if item.state in {State.WAITING, State.RUNNING}:
            icons.paint(painter, self._stop_mark(area, direction), Glyph.STOP_CIRCLE, style.tokens().muted)
        painter.restore()

    def editorEvent(self, event: QEvent, model: object, option: QStyleOptionViewItem, index: Index) -> bool:
        item: Item = index.data(ITEM_ROLE)
        if item.state in {State.WAITING, State.RUNNING} and isinstance(event, QMouseEvent):
            mark = self._stop_mark(option.rect, option.direction)
            if mark.adjusted(-6, -6, 6, 6).contains(event.position().toPoint()):
                if event.type() is QEvent.Type.MouseButtonRelease:
                    self.stop_asked.emit(item)
                return True
        return False

    def _background(self, painter: QPainter, option: QStyleOptionViewItem, area: QRect) -> None:
        t = style.tokens()
        state: QStyle.StateFlag = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, QColor(t.accent_soft))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, QColor(t.hover))
        painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), QColor(t.border))
        widget: QWidget | None = option.widget
        focused = isinstance(widget, QAbstractItemView) and widget.hasFocus()
        if focused and state & QStyle.StateFlag.State_HasFocus:
            pen = painter.pen()
            pen.setColor(QColor(t.accent))
            pen.setWidth(2)
            painter.setPen(pen)
            painter.drawRoundedRect(QRectF(area).adjusted(2, 2, -2, -3), 4, 4)

    def _lines(self, painter: QPainter, item: Item, text: QRect, area: QRect, direction: Qt.LayoutDirection) -> None:
        t = style.tokens()
        first = QRect(text.left(), text.top(), text.width(), _LINE)
        second = first.translated(0, _LINE)
        third = second.translated(0, _LINE)
        self._write(painter, item.name, self._strong, t.text, mirrored(first, area, direction), middle=True)
        glyph, tone = _look(item)
        mark = QRect(second.left(), second.top() + 2, 16, 16)
        icons.paint(painter, mirrored(mark, area, direction), glyph, tone)
        word = second.adjusted(16 + 6, 0, 0, 0)
        self._write(painter, state_line(item), self._body, tone, mirrored(word, area, direction))
        if item.state is State.RUNNING:
            self._bar(painter, item, mirrored(third, area, direction), direction)
        else:
            self._write(painter, detail_line(item), self._caption, t.muted, mirrored(third, area, direction))

    def _write(
        self, painter: QPainter, words: str, font: QFont, colour: str, area: QRect, *, middle: bool = False
    ) -> None:
        mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        painter.setFont(font)
        painter.setPen(QColor(colour))
        draw_line(painter, area, words, self._direction, mode)

    def _bar(self, painter: QPainter, item: Item, area: QRect, direction: Qt.LayoutDirection) -> None:
        fraction = item.progress.fraction if item.progress is not None else None
        if fraction is None:
            return
        t = style.tokens()
        track = QRect(area.left(), area.top() + 8, area.width(), 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(t.border))
        painter.drawRoundedRect(track, 2, 2)
        done = QRect(track.left(), track.top(), int(track.width() * min(1.0, fraction)), 4)
        painter.setBrush(QColor(t.accent))
        painter.drawRoundedRect(mirrored(done, track, direction), 2, 2)

    def _room_for_stop(self, item: Item) -> int:
        return 32 if item.state in {State.WAITING, State.RUNNING} else 0

    def _stop_mark(self, area: QRect, direction: Qt.LayoutDirection) -> QRect:
        mark = QRect(area.right() - 2 * GRID - 24, area.center().y() - 12, 24, 24)
        return mirrored(mark, area, direction)


def _look(item: Item) -> tuple[Glyph, str]:
    """The icon and the colour of an item's state."""
    t = style.tokens()
    if item.state is State.DONE and item.answer is not None and item.headline is not None:
        return icons.ANSWERS[item.answer], t.tone(Tone(answers.tone(item.answer, item.headline)))
    glyph = {State.STOPPED: Glyph.STOP_CIRCLE, State.FAILED: Glyph.WARNING_CIRCLE}.get(item.state, Glyph.CIRCLE_DASHED)
    return glyph, t.accent if item.state is State.RUNNING else t.muted
