"""What lies over the window while something is dragged across it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from touchstone.texts import _
from touchstone.ui import icons, style
from touchstone.ui.icons import Glyph
from touchstone.ui.style import Type


class DropOverlay(QWidget):
    """Lies over the whole window while something is dragged across it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._words = _check_words()
        self.hide()

    def say(self, words: tuple[str, str] | None) -> None:
        """What letting go does here, and what is promised about it; None where it is a check."""
        self._words = words or _check_words()
        self.setAccessibleName(self._words[0])

    def paintEvent(self, event: QPaintEvent) -> None:
        t = style.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(t.background)
        veil.setAlpha(215)
        painter.fillRect(self.rect(), veil)
        painter.setPen(QPen(QColor(t.accent), 3, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(16, 16, -16, -16), 12, 12)
        panel = QRectF(0, 0, 400, 216)
        panel.moveCenter(QRectF(self.rect()).center())
        painter.setPen(QPen(QColor(t.border), 1))
        painter.setBrush(QColor(t.surface))
        painter.drawRoundedRect(panel, 12, 12)
        icons.paint(painter, QRectF(panel.center().x() - 28, panel.top() + 32, 56, 56), Glyph.DOWNLOAD_SIMPLE, t.accent)
        flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        painter.setPen(QColor(t.text))
        painter.setFont(style.font(Type.HEADLINE))
        painter.drawText(panel.adjusted(0, 104, 0, 0), flags, self._words[0])
        painter.setPen(QColor(t.muted))
        painter.setFont(style.font(Type.BODY))
        painter.drawText(panel.adjusted(0, 152, 0, 0), flags, self._words[1])


def _check_words() -> tuple[str, str]:
    return _("Drop to check"), _("Nothing is uploaded.")
