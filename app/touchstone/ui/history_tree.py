"""The sources of a file, as a tree with their pictures; and one of them side by side with the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from touchstone.report import Kind
from touchstone.texts import _, credentials
from touchstone.texts.plain import plain
from touchstone.ui import details, icons, style
from touchstone.ui.batch import Shown
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Text, column, draw_line, mirrored
from touchstone.ui.notes import Elided
from touchstone.ui.pictures import FlexiblePicture
from touchstone.ui.style import GRID, Type

_TILE = 40
_ROW = 52
_MOST_ROWS = 7
_PLACE = Qt.ItemDataRole.UserRole
_NODE = Qt.ItemDataRole.UserRole + 1
_PAIR = (296, 208)


@dataclass(frozen=True, slots=True)
class _Line:
    """What a row of the tree shows."""

    title: str
    said: str
    tile: QPixmap
    failed: bool


class _NodeDelegate(QStyledItemDelegate):
    """Two lines beside a picture: what a source calls itself, and what is known of it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(160, _ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        t = style.tokens()
        node: _Line = index.data(_NODE)
        area, direction = option.rect, option.direction
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, QColor(t.accent_soft))
        tile = QRect(area.left() + 4, area.top() + (_ROW - _TILE) // 2, _TILE, _TILE)
        painter.drawPixmap(mirrored(tile, area, direction).topLeft(), node.tile)
        left = tile.right() + GRID + 4
        width = area.right() - left - GRID
        first = QRect(left, area.top() + 6, width, 20)
        second = first.translated(0, 20)
        self._write(painter, node.title, (t.text, Type.BODY), mirrored(first, area, direction), direction)
        if node.failed:
            mark = QRect(second.left(), second.top() + 2, 16, 16)
            icons.paint(painter, mirrored(mark, area, direction), Glyph.WARNING, t.brick)
            second.adjust(16 + 6, 0, 0, 0)
        shade = t.brick if node.failed else t.muted
        self._write(painter, node.said, (shade, Type.CAPTION), mirrored(second, area, direction), direction)

    def _write(
        self, painter: QPainter, words: str, look: tuple[str, Type], area: QRect, direction: Qt.LayoutDirection
    ) -> None:
        colour, kind = look
        painter.setFont(style.font(kind))
        painter.setPen(QColor(colour))
        draw_line(painter, area, words, direction, Qt.TextElideMode.ElideMiddle)


class HistoryTree(QWidget):
    """The tree, and below it the file beside whichever source is chosen."""

    def __init__(self, shown: Shown, found: Mapping[str, Any]) -> None:
        super().__init__()
        self._shown = shown
        self._nodes = details.nodes(found)
        self._failed = details.failed_nodes(found)
        self.tree = self._make_tree()
        self._pair = SideBySide(shown)
        self._pair.hide()
        layout = column()
        self.setLayout(layout)
        layout.addWidget(Text(_("History of this file"), Type.BODY, bold=True))
        layout.addWidget(self.tree)
        left_out = found.get("ingredients_left_out")
        if isinstance(left_out, int) and left_out > 0:
            layout.addWidget(Text(_("{count} more are not shown.").format(count=left_out), muted=True))
        layout.addWidget(self._pair)
        self.tree.currentItemChanged.connect(self._choose)

    @property
    def pair(self) -> SideBySide:
        """The two pictures side by side."""
        return self._pair

    def choose(self, place: int) -> None:
        """Choose the source at a place of the tree, 0 being the file itself."""
        for item in self._items():
            if item.data(0, _PLACE) == place:
                self.tree.setCurrentItem(item)

    def failed_place(self) -> int | None:
        """Where the first source stands that is not what it was."""
        return min((place for place in self._failed if place > 0), default=None)

    def _make_tree(self) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setAccessibleName(_("History of this file: its sources"))
        tree.setHeaderHidden(True)
        tree.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tree.setItemDelegate(_NodeDelegate(tree))
        made: list[QTreeWidgetItem] = []
        for place, node in enumerate(self._nodes):
            parent = node.get("parent", -1)
            item = self._item(place, node)
            if isinstance(parent, int) and 0 <= parent < len(made):
                made[parent].addChild(item)
            else:
                tree.addTopLevelItem(item)
            made.append(item)
        tree.expandAll()
        tree.setFixedHeight(min(len(made), _MOST_ROWS) * _ROW + 4)
        return tree

    def _item(self, place: int, node: Mapping[str, Any]) -> QTreeWidgetItem:
        failed = place in self._failed or node.get("integrity") in {"changed", "broken"}
        title = plain(self._shown.report.media.name, 80) if place == 0 else details.node_title(node)
        state = details.node_line(node, failed=place in self._failed)
        how = credentials.relation(node.get("relation"))
        said = _("{how}: {state}").format(how=how[:1].upper() + how[1:], state=state)
        item = QTreeWidgetItem([title])
        item.setData(0, _PLACE, place)
        item.setData(0, _NODE, _Line(title, said, _tile(self._picture(place, node), failed=failed), failed=failed))
        item.setToolTip(0, "\n".join((title, said)))
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, ", ".join((title, said)))
        return item

    def _picture(self, place: int, node: Mapping[str, Any]) -> QImage | None:
        if place == 0:
            return self._shown.images.get("thumbnail-small") or self._shown.images.get("thumbnail")
        return self._shown.images.get(str(node.get("picture") or ""))

    def _choose(self, current: QTreeWidgetItem | None) -> None:
        place = current.data(0, _PLACE) if current is not None else 0
        if not place:
            self._pair.hide()
            return
        node = self._nodes[place]
        self._pair.compare(self._picture(place, node), details.node_title(node), failed=place in self._failed)
        self._pair.show()

    def _items(self) -> list[QTreeWidgetItem]:
        found, waiting = [], [self.tree.topLevelItem(row) for row in range(self.tree.topLevelItemCount())]
        while waiting:
            item = waiting.pop()
            if item is not None:
                found.append(item)
                waiting += [item.child(number) for number in range(item.childCount())]
        return found


class SideBySide(QWidget):
    """Two pictures of the same height, each with whose it is."""

    def __init__(self, shown: Shown) -> None:
        super().__init__()
        self._file = FlexiblePicture(*_PAIR)
        self._source = FlexiblePicture(*_PAIR)
        self._file.show_picture(shown.images.get("thumbnail"), shown.report.media.kind)
        self._caption = Elided("", Type.CAPTION, muted=True, mode=Qt.TextElideMode.ElideMiddle)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, GRID, 0, 0)
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(4)
        grid.addWidget(Text(_("This file"), Type.CAPTION, muted=True, wrap=False), 0, 0)
        grid.addWidget(self._caption, 0, 1)
        grid.addWidget(self._file, 1, 0)
        grid.addWidget(self._source, 1, 1)
        note = Text(
            _("The picture of a source is the one that its signer put into the record."), Type.CAPTION, muted=True
        )
        grid.addWidget(note, 2, 0, 1, 2)
        for number, stretch in enumerate((100, 100, 1)):
            grid.setColumnStretch(number, stretch)

    def compare(self, picture: QImage | None, title: str, *, failed: bool) -> None:
        """Show a source beside the file."""
        said = _("{title}, not what was signed").format(title=title) if failed else title
        if picture is None:
            said = _("{title}: the record holds no picture of it").format(title=said)
        self._caption.set_text(said)
        self._source.show_picture(picture, Kind.IMAGE)
        self._file.setAccessibleName(_("This file"))
        self._source.setAccessibleName(said)


def _tile(picture: QImage | None, *, failed: bool) -> QPixmap:
    """A small rounded picture, marked where it is of a source that fails; twice as fine for dense screens."""
    t = style.tokens()
    pixmap = QPixmap(_TILE * 2, _TILE * 2)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    area = QRectF(0, 0, _TILE, _TILE)
    shape = QPainterPath()
    shape.addRoundedRect(area.adjusted(1, 1, -1, -1), 4, 4)
    painter.fillPath(shape, QColor(t.stone_soft))
    painter.save()
    painter.setClipPath(shape)
    if picture is None or picture.isNull():
        icons.paint(painter, area.adjusted(10, 10, -10, -10), Glyph.FILE, t.muted)
    else:
        size = picture.size().scaled(QSize(_TILE, _TILE), Qt.AspectRatioMode.KeepAspectRatioByExpanding)
        target = QRectF(0, 0, size.width(), size.height())
        target.moveCenter(area.center())
        painter.drawImage(target, picture)
    painter.restore()
    if failed:
        pen = painter.pen()
        pen.setColor(QColor(t.brick))
        pen.setWidth(2)
        painter.setPen(pen)
        painter.drawPath(shape)
    painter.end()
    return pixmap
