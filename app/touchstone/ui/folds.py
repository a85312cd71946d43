"""A line that opens in place: what a witness says, and below it what that rests on."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEasingCurve, QEvent, QPropertyAnimation, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from touchstone.texts import _
from touchstone.ui import icons, style
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import draw_line, margins, mirrored
from touchstone.ui.style import GRID, Type

_HEIGHT = 48
_TITLE = 176
_ANIMATION_MS = 140
_WIDEST = 16777215  # Qt's QWIDGETSIZE_MAX


class FoldHeader(QAbstractButton):
    """The line itself: icon, title, the beginning of what is said, and whether it is open."""

    def __init__(self, title: str, glyph: Glyph, *, quiet: bool = False, opens: bool = True) -> None:
        super().__init__()
        self._title, self._glyph, self._said, self._quiet = title, glyph, "", quiet
        self._shade = "muted"
        self._strong = style.font(Type.BODY, bold=not quiet)
        self._body = style.font(Type.BODY)
        self._hovered = False
        self.setCheckable(opens)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.toggled.connect(self._tell)
        self._tell()

    def say(self, said: str, shade: str = "muted") -> None:
        """What stands beside the title; `shade` is the token that colours the icon."""
        self._said, self._shade = said, shade
        self._tell()
        self.update()

    def said(self) -> str:
        """What stands beside the title."""
        return self._said

    def sizeHint(self) -> QSize:
        return QSize(320, _HEIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.click()
            case Qt.Key.Key_Right | Qt.Key.Key_Left if self.isCheckable():
                opens = (event.key() == Qt.Key.Key_Right) == (self.layoutDirection() == Qt.LayoutDirection.LeftToRight)
                self.setChecked(opens)
            case _:
                super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._hovered = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        t = style.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole, direction = self.rect(), self.layoutDirection()
        if self._hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(t.hover))
            painter.drawRoundedRect(whole.adjusted(2, 2, -2, -2), 6, 6)
        if self.hasFocus():
            painter.setPen(QPen(QColor(t.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(whole.adjusted(2, 2, -2, -2), 6, 6)
        middle = whole.center().y() - 10
        icon = QRect(2 * GRID, middle, 20, 20)
        icons.paint(painter, mirrored(icon, whole, direction), self._glyph, getattr(t, self._shade))
        caret = QRect(whole.right() - 2 * GRID - 16, middle + 2, 16, 16)
        icons.paint(painter, mirrored(caret, whole, direction), self._caret(direction), t.muted)
        self._words(painter, QRect(icon.right() + GRID + 4, 0, caret.left() - icon.right() - 3 * GRID, whole.height()))

    def _words(self, painter: QPainter, area: QRect) -> None:
        t, whole, direction = style.tokens(), self.rect(), self.layoutDirection()
        width = min(area.width(), max(_TITLE, QFontMetrics(self._strong).horizontalAdvance(self._title) + 2))
        title = QRect(area.left(), area.top(), width, area.height())
        painter.setFont(self._strong)
        painter.setPen(QColor(t.text))
        draw_line(painter, mirrored(title, whole, direction), self._title, direction)
        rest = area.adjusted(width + GRID, 0, 0, 0)
        if rest.width() > 40 and self._said and not self.isChecked():
            painter.setFont(self._body)
            painter.setPen(QColor(t.muted))
            draw_line(painter, mirrored(rest, whole, direction), self._said, direction)

    def _caret(self, direction: Qt.LayoutDirection) -> Glyph:
        if self.isChecked():
            return Glyph.CARET_DOWN
        return Glyph.CARET_RIGHT if direction == Qt.LayoutDirection.LeftToRight else Glyph.CARET_LEFT

    def _tell(self) -> None:
        said = _("{title}: {said}").format(title=self._title, said=self._said) if self._said else self._title
        self.setAccessibleName(said)
        if self.isCheckable():
            self.setAccessibleDescription(_("Details are shown") if self.isChecked() else _("Details are folded"))


class Fold(QWidget):
    """A header and what it opens. `build` makes the details when they are first asked for."""

    settled = Signal()  # the details are open, and have all of their height

    def __init__(self, title: str, glyph: Glyph, build: Callable[[QVBoxLayout], None], *, quiet: bool = False) -> None:
        super().__init__()
        self.header = FoldHeader(title, glyph, quiet=quiet)
        self._build = build
        self._body: QWidget | None = None
        self._animation: QPropertyAnimation | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.header)
        self.header.toggled.connect(self._toggle)

    @property
    def body(self) -> QWidget | None:
        """The details, once they were opened."""
        return self._body

    @property
    def moving(self) -> bool:
        """Whether the details are on their way to their full height; `settled` tells when they are there."""
        return self._animation is not None and self._animation.state() is QPropertyAnimation.State.Running

    def open(self, *, wanted: bool = True) -> None:
        """Open or fold."""
        self.header.setChecked(wanted)

    def _toggle(self, opened: bool) -> None:  # noqa: FBT001 - a signal's argument
        if opened and self._body is None:
            self._body = QWidget()
            column = QVBoxLayout(self._body)
            margins(column, 6 * GRID, 0, GRID, 2 * GRID)
            column.setSpacing(GRID + 4)
            self._build(column)
            self._column.addWidget(self._body)
        if self._body is None:
            return
        if self._animation is not None:
            self._animation.stop()
            self._animation = None
        self._body.setMaximumHeight(_WIDEST)
        self._body.setVisible(opened)
        if opened and self.isVisible() and not style.reduced_motion():
            self._animate(self._body)
        elif opened:
            self.settled.emit()

    def _animate(self, body: QWidget) -> None:
        width = body.width() or self.width()
        wanted = body.heightForWidth(width) if body.hasHeightForWidth() else body.sizeHint().height()
        animation = QPropertyAnimation(body, b"maximumHeight", self)
        animation.setDuration(_ANIMATION_MS)
        animation.setStartValue(0)
        animation.setEndValue(max(wanted, body.sizeHint().height()))
        animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        animation.finished.connect(lambda: body.setMaximumHeight(_WIDEST))
        animation.finished.connect(self.settled)
        animation.start()
        self._animation = animation
