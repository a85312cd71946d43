"""Fields whose marks a stylesheet takes away, drawn again."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QStyle, QStyleOptionButton, QWidget

from touchstone.ui import icons, style
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import mirrored


class Switch(QCheckBox):
    """A box to tick, with its tick: a stylesheet takes that of the system's style away."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.isChecked():
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        box = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self)
        painter = QPainter(self)
        icons.paint(painter, box.adjusted(1, 1, -1, -1), Glyph.CHECK, style.tokens().on_accent)


class Choice(QComboBox):
    """A drop-down list that shows that it is one: a stylesheet takes the arrow of the system's style away.

    The wheel scrolls the page that it is on: it must not choose another account on the way past.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        caret = QRect(self.width() - 24, (self.height() - 14) // 2, 14, 14)
        shade = "text" if self.isEnabled() else "control"
        colour = getattr(style.tokens(), shade)
        icons.paint(painter, mirrored(caret, self.rect(), self.layoutDirection()), Glyph.CARET_DOWN, colour)
