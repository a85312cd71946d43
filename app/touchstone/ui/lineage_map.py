"""The picture of a lineage: boxes that can be walked with the arrow keys, and the lines that join them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from touchstone.texts import _
from touchstone.ui import icons, lineage_places, style
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import draw_line, mirrored
from touchstone.ui.lineage_places import DOWN, JOINTS, Box, Kind, Mark, Plan
from touchstone.ui.style import GRID, Type

_PAD = 12
_HEIGHT = 104
_BADGE = 18
_RADIUS = 8


GLYPHS: Mapping[Kind, Glyph] = {
    Kind.PARENTS: Glyph.GIT_BRANCH,
    Kind.REGISTER: Glyph.BOOK_BOOKMARK,
    Kind.DATA: Glyph.STACK,
    Kind.RUN: Glyph.PATH,
    Kind.WEIGHTS: Glyph.CUBE,
    Kind.EVALUATION: Glyph.CHART_BAR,
    Kind.OUTPUTS: Glyph.CLIPBOARD_TEXT,
}
MARKS: Mapping[Mark, tuple[Glyph, str]] = {
    Mark.VERIFIED: (Glyph.CHECK, "ink"),
    Mark.PARTLY: (Glyph.CHECK, "ink"),
    Mark.FAILED: (Glyph.WARNING, "brick"),
    Mark.NOT_CHECKED: (Glyph.CIRCLE_DASHED, "muted"),
    Mark.WAITING: (Glyph.CLOCK, "muted"),
}
_LINES = {
    Mark.VERIFIED: Qt.PenStyle.SolidLine,
    Mark.PARTLY: Qt.PenStyle.SolidLine,
    Mark.FAILED: Qt.PenStyle.DashLine,
    Mark.NOT_CHECKED: Qt.PenStyle.DotLine,
    Mark.WAITING: Qt.PenStyle.DotLine,
}
_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class BoxButton(QAbstractButton):
    """One box. Pressing it opens its details; arrow keys lead to its neighbours."""

    walked = Signal(int, int)  # columns and rows, in reading direction
    opened = Signal(bool)  # whether by the keyboard

    def __init__(self, box: Box, parent: QWidget) -> None:
        super().__init__(parent)
        self.box = box
        self._chosen = self._hovered = self._by_mouse = False
        self.clicked.connect(self._open)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.show_box(box)

    def show_box(self, box: Box) -> None:
        """Show other words."""
        self.box = box
        said = ". ".join((*box.lines, box.said))
        self.setAccessibleName(_("{title}: {said}").format(title=box.title, said=said))
        self.setToolTip("\n".join((box.title, *box.lines, box.said)))
        self._describe()
        self.update()

    @property
    def chosen(self) -> bool:
        """Whether its details are shown."""
        return self._chosen

    def choose(self, *, chosen: bool) -> None:
        """Show it as the one whose details are open, or not."""
        self._chosen = chosen
        self._describe()
        self.update()

    def _describe(self) -> None:
        self.setAccessibleDescription(_("Details are shown") if self._chosen else _("Press to show details"))

    def sizeHint(self) -> QSize:
        return QSize(lineage_places.LEAST_BOX, _HEIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = next((step for key, step in _STEPS.items() if key == event.key()), None)
        if step is not None:
            backwards = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
            self.walked.emit(-step[0] if backwards else step[0], step[1])
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._by_mouse = True
        super().mouseReleaseEvent(event)
        self._by_mouse = False

    def _open(self) -> None:
        self.opened.emit(not self._by_mouse)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._hovered = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        t, whole = style.tokens(), self.rect()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        failed = self.box.mark is Mark.FAILED
        edge = t.accent if self._chosen or self.hasFocus() else t.brick if failed else t.control
        width = 2 if self.hasFocus() or self._chosen or failed else 1
        painter.setPen(QPen(QColor(edge), width))
        painter.setBrush(QColor(t.accent_soft if self._chosen else t.hover if self._hovered else t.surface))
        inset = width / 2
        painter.drawRoundedRect(QRectF(whole).adjusted(inset, inset, -inset, -inset), _RADIUS, _RADIUS)
        if self.hasFocus() and self._chosen:  # the ring is told apart from the frame of what is chosen
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(whole).adjusted(4, 4, -4, -4), _RADIUS - 3, _RADIUS - 3)
        self._words(painter)

    def _words(self, painter: QPainter) -> None:
        t, whole, box = style.tokens(), self.rect(), self.box
        inside = whole.adjusted(_PAD, _PAD - 2, -_PAD, -_PAD + 2)
        icon = QRect(inside.left(), inside.top(), 20, 20)
        direction = self.layoutDirection()
        icons.paint(painter, mirrored(icon, whole, direction), GLYPHS[box.kind], t.text)
        title = QRect(icon.right() + GRID, inside.top(), inside.width() - 20 - GRID, 20)
        self._line(painter, title, box.title, t.text, Type.BODY, bold=True)
        top = title.bottom() + 7
        height = QFontMetrics(style.font(Type.CAPTION)).height()
        for number, said in enumerate(box.lines[:2]):
            place = QRect(inside.left(), top + number * (height + 1), inside.width(), height)
            self._line(painter, place, said, t.muted, Type.CAPTION)
        glyph, shade = MARKS[box.mark]
        badge = QRect(inside.left(), inside.bottom() - 15, 16, 16)
        icons.paint(painter, mirrored(badge, whole, direction), glyph, getattr(t, shade))
        state = QRect(badge.right() + 6, badge.top(), inside.width() - 22, 16)
        self._line(painter, state, box.said, getattr(t, shade), Type.CAPTION)

    def _line(self, painter: QPainter, area: QRect, said: str, ink: str, kind: Type, *, bold: bool = False) -> None:
        painter.setFont(style.font(kind, bold=bold))
        painter.setPen(QColor(ink))
        direction = self.layoutDirection()
        draw_line(painter, mirrored(area, self.rect(), direction), said, direction)


class LineageMap(QWidget):
    """The picture. `chosen` tells the kind of the box whose details are asked for, and whether by the keyboard.

    `reached` is the box that an arrow key has led to.
    """

    chosen = Signal(str, bool)
    reached = Signal(QWidget)

    def __init__(self) -> None:
        super().__init__()
        self.buttons: dict[Kind, BoxButton] = {}
        self._plan = Plan({}, 0, 0)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumWidth(lineage_places.LEAST_BOX)
        self.setAccessibleName(_("Lineage of the model"))

    def show_boxes(self, boxes: Sequence[Box]) -> None:
        """Show these. Boxes that stay keep the focus."""
        wanted = {box.kind: box for box in boxes}
        for kind in [kind for kind in self.buttons if kind not in wanted]:
            gone = self.buttons.pop(kind)
            gone.hide()
            gone.deleteLater()
        before: QWidget | None = None
        for kind in sorted(wanted, key=list(Kind).index):
            button = self.buttons.get(kind)
            if button is None:
                button = self.buttons[kind] = BoxButton(wanted[kind], self)
                button.opened.connect(lambda by_keys, kind=kind: self._choose(kind, by_keys=by_keys))
                button.walked.connect(lambda right, down, kind=kind: self._walk(kind, (right, down)))
                button.show()
            else:
                button.show_box(wanted[kind])
            if before is not None:
                QWidget.setTabOrder(before, button)
            before = button
        self._lay_out()

    def mark(self, kind: Kind | None) -> None:
        """Show which box's details are open; None for none."""
        for one, button in self.buttons.items():
            button.choose(chosen=one is kind)

    def chain_top(self) -> int:
        """Where the row begins that goes from data to weights, in pixels."""
        button = self.buttons.get(Kind.DATA)
        return 0 if button is None else button.y()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        rows = lineage_places.plan(self.buttons, width).rows if self.buttons else 0
        return rows * _HEIGHT + max(0, rows - 1) * DOWN

    def sizeHint(self) -> QSize:
        return QSize(5 * lineage_places.MOST_BOX, self.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:
        return QSize(lineage_places.LEAST_BOX, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._lay_out()

    def _lay_out(self) -> None:
        self._plan = lineage_places.plan(self.buttons, max(self.width(), lineage_places.LEAST_BOX))
        for kind, button in self.buttons.items():
            button.setGeometry(self._area(kind))
        self.updateGeometry()
        self.update()

    def _area(self, kind: Kind) -> QRect:
        column, row = self._plan.cells[kind]
        begin = max(0, (self.width() - self._plan.width) // 2)
        left = begin + column * (self._plan.box + self._plan.gap)
        area = QRect(left, row * (_HEIGHT + DOWN), self._plan.box, _HEIGHT)
        return mirrored(area, self.rect(), self.layoutDirection())

    def _walk(self, kind: Kind, step: tuple[int, int]) -> None:
        to = lineage_places.neighbour(self._plan.cells, kind, step)
        if to is not None:
            self.buttons[to].setFocus(Qt.FocusReason.OtherFocusReason)
            self.reached.emit(self.buttons[to])

    def _choose(self, kind: Kind, *, by_keys: bool) -> None:
        self.mark(kind)
        self.chosen.emit(str(kind), by_keys)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for joint in JOINTS:
            if joint.begin in self.buttons and joint.end in self.buttons:
                mark = self.buttons[joint.told_by].box.mark
                self._joint(painter, self.buttons[joint.begin].geometry(), self.buttons[joint.end].geometry(), mark)

    def _joint(self, painter: QPainter, begin: QRect, end: QRect, mark: Mark) -> None:
        t = style.tokens()
        glyph, shade = MARKS[mark]
        first, last = _ends(begin, end)
        painter.setPen(QPen(QColor(getattr(t, shade)), 2, _LINES[mark]))
        painter.drawLine(first, last)
        middle = (first + last) / 2
        badge = QRectF(middle.x() - _BADGE / 2, middle.y() - _BADGE / 2, _BADGE, _BADGE)
        painter.setPen(QPen(QColor(getattr(t, shade)), 1))
        painter.setBrush(QColor(t.surface))
        painter.drawEllipse(badge)
        icons.paint(painter, badge.adjusted(3, 3, -3, -3), glyph, getattr(t, shade))


def _ends(begin: QRect, end: QRect) -> tuple[QPointF, QPointF]:
    """Where a line leaves one box and arrives at the other: through the sides that face each other."""
    one, other = QRectF(begin), QRectF(end)
    if one.right() <= other.left():
        return QPointF(one.right(), one.center().y()), QPointF(other.left(), other.center().y())
    if other.right() <= one.left():
        return QPointF(one.left(), one.center().y()), QPointF(other.right(), other.center().y())
    if one.bottom() <= other.top():
        return QPointF(one.center().x(), one.bottom()), QPointF(other.center().x(), other.top())
    return QPointF(one.center().x(), one.top()), QPointF(other.center().x(), other.bottom())
