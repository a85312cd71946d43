"""Words that need more than a label: cut to a line, told as a message, copied whole."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from touchstone.texts import _
from touchstone.texts.plain import middle
from touchstone.ui import style
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, announce, draw_line, margins, push_button, repolish, tool_button
from touchstone.ui.style import GRID, Tone, Type


class Elided(QWidget):
    """One line that gives way where there is no room; all of it is in the tool tip and for screen readers."""

    def __init__(
        self,
        text: str = "",
        kind: Type = Type.BODY,
        *,
        muted: bool = False,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__()
        self._text, self._muted, self._mode = text, muted, mode
        self.setFont(style.font(kind))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_text(text)

    def set_text(self, text: str) -> None:
        """Show other words."""
        self._text = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        """All of the words."""
        return self._text

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        return QSize(metrics.horizontalAdvance(self._text) + 2, metrics.height())

    def minimumSizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        return QSize(min(64, metrics.horizontalAdvance(self._text) + 2), metrics.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        t = style.tokens()
        painter = QPainter(self)
        painter.setPen(style.colour(t.muted if self._muted else t.text))
        shown = draw_line(painter, self.rect(), self._text, self.layoutDirection(), self._mode)
        self.setToolTip(self._text if shown != self._text else "")


class Hash(QWidget):
    """A hash or an address: fixed width, its middle left out, whole when copied."""

    def __init__(self, value: str, name: str) -> None:
        super().__init__()
        self._value = value
        shown = Text(middle(value, 10), Type.MONO, wrap=False)
        shown.setToolTip(value)
        shown.setAccessibleName(_("{name}: {value}").format(name=name, value=value))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(shown)
        copy = tool_button(Glyph.COPY, _("Copy {name}").format(name=name), side=16)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._value))
        row.addWidget(copy)
        row.addStretch()


class Notice(QFrame):
    """Something that happened, told in place: what, what it means, what to do next. It can be sent away."""

    closed = Signal()

    def __init__(self, tone: Tone = Tone.AMBER, *, closable: bool = True) -> None:
        super().__init__()
        self.setObjectName("notice")
        self._icon = Icon(Glyph.WARNING_CIRCLE if tone is not Tone.INK else Glyph.INFO, 20, tone.value)
        self._text = Text()
        self._action = push_button("", quiet=True)
        self._action.hide()
        self._row = row = QHBoxLayout(self)
        margins(row, GRID + 4, GRID, GRID, GRID)
        row.setSpacing(GRID)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        row.addWidget(self._action, 0, Qt.AlignmentFlag.AlignVCenter)
        if closable:
            close = tool_button(Glyph.X, _("Close this message"), side=16)
            close.clicked.connect(self.dismiss)
            row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.setProperty("tone", tone.value)
        self.hide()

    def add_button(self, button: QPushButton) -> None:
        """A second thing to do about it, after the first."""
        self._row.insertWidget(self._row.indexOf(self._action) + 1, button, 0, Qt.AlignmentFlag.AlignVCenter)

    @property
    def action(self) -> QPushButton:
        """The one thing to do about it."""
        return self._action

    def say(self, text: str, tone: Tone = Tone.AMBER, action: str = "") -> None:
        """Show a message; where `action` is given, with a button of that name."""
        self._set_tone(tone)
        self._text.setText(text)
        self.setAccessibleName(text)
        self._action.setText(action)
        self._action.setAccessibleName(action)
        self._action.setVisible(bool(action))
        self.show()
        announce(self, text)

    def dismiss(self) -> None:
        """Send the message away."""
        if self.isVisible() or not self.isHidden():
            self.hide()
            self.closed.emit()

    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def _set_tone(self, tone: Tone) -> None:
        repolish(self, tone)
        glyph = Glyph.INFO if tone in {Tone.INK, Tone.STONE} else Glyph.WARNING_CIRCLE
        self._icon.set_glyph(glyph, tone.value)
