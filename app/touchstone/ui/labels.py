"""Text on the screen. All of it is plain text: nothing that came from a file is ever read as markup."""

from __future__ import annotations

from unicodedata import bidirectional

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from touchstone.texts import _
from touchstone.texts.plain import middle
from touchstone.ui import icons, style
from touchstone.ui.icons import Glyph
from touchstone.ui.style import GRID, Tone, Type


class Text(QLabel):
    """Words that wrap. `muted` steps back."""

    def __init__(
        self, text: str = "", kind: Type = Type.BODY, *, muted: bool = False, wrap: bool = True, bold: bool = False
    ) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(style.font(kind, bold=bold))
        self.setWordWrap(wrap)
        if muted:
            self.setProperty("muted", "true")
        if wrap:
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        self.setAlignment(leading() | Qt.AlignmentFlag.AlignVCenter)
        self.setText(text)

    def set_tone(self, tone: Tone) -> None:
        """Colour the words in a tone."""
        _set_tone(self, tone)


def leading() -> Qt.AlignmentFlag:
    """Where lines begin. Qt would put words of the other direction to the other side, each label for itself."""
    if QGuiApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft:
        return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute
    return Qt.AlignmentFlag.AlignLeading


def margins(around: QLayout | QWidget, begin: int, top: int, end: int, bottom: int) -> None:
    """Set margins by where lines begin and end: Qt mirrors what is laid out, and not the margins around it."""
    if QGuiApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft:
        begin, end = end, begin
    around.setContentsMargins(begin, top, end, bottom)


def draw_line(
    painter: QPainter,
    area: QRect,
    words: str,
    direction: Qt.LayoutDirection,
    mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> str:
    """Draw words on one line from where lines begin, cut where there is no room; returns what was drawn."""
    backwards = direction is Qt.LayoutDirection.RightToLeft
    strong = next((kind for c in words if (kind := bidirectional(c)) in {"L", "R", "AL"}), "L")
    painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight if strong == "L" else Qt.LayoutDirection.RightToLeft)
    shown = painter.fontMetrics().elidedText(words, mode, area.width())
    side = Qt.AlignmentFlag.AlignRight if backwards else Qt.AlignmentFlag.AlignLeft
    painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute | side), shown)
    return shown


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


class Icon(QWidget):
    """One glyph, for the eye alone: whatever it says stands beside it in words."""

    def __init__(self, glyph: Glyph, side: int = 20, shade: str = "text") -> None:
        super().__init__()
        self._glyph, self._token = glyph, shade
        self.setFixedSize(side, side)

    def set_glyph(self, glyph: Glyph, shade: str) -> None:
        """Show another glyph, in the colour of a shade."""
        self._glyph, self._token = glyph, shade
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        icons.paint(painter, self.rect(), self._glyph, getattr(style.tokens(), self._token))


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
        row = QHBoxLayout(self)
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
        _set_tone(self, tone)
        glyph = Glyph.INFO if tone in {Tone.INK, Tone.STONE} else Glyph.WARNING_CIRCLE
        self._icon.set_glyph(glyph, tone.value)


def push_button(text: str, glyph: Glyph | None = None, *, primary: bool = False, quiet: bool = False) -> QPushButton:
    """A button with words on it."""
    button = QPushButton(text)
    button.setAccessibleName(text)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    if primary:
        button.setProperty("primary", "true")
    if quiet:
        button.setProperty("quiet", "true")
    if glyph is not None:
        button.setIcon(icons.icon(glyph, "on_accent" if primary else "accent" if quiet else "text"))
        button.setIconSize(QSize(28, 20))  # the glyph stands in its middle: room on either side
    return button


def tool_button(glyph: Glyph, name: str, *, side: int = 20) -> QToolButton:
    """A button with an icon on it; `name` is its tool tip and what a screen reader says."""
    button = QToolButton()
    button.setIcon(icons.icon(glyph))
    button.setIconSize(QSize(side, side))
    button.setToolTip(name)
    button.setAccessibleName(name)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button


def line(*, upright: bool = False) -> QFrame:
    """A thin rule."""
    rule = QFrame()
    rule.setObjectName("line")
    if upright:
        rule.setFixedWidth(1)
    else:
        rule.setFixedHeight(1)
    return rule


def column(margin: int = 0, spacing: int = GRID) -> QVBoxLayout:
    """A column on the grid."""
    made = QVBoxLayout()
    made.setContentsMargins(margin, margin, margin, margin)
    made.setSpacing(spacing)
    return made


def _set_tone(widget: QWidget, tone: Tone) -> None:
    widget.setProperty("tone", tone.value)
    if widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def announce(source: QWidget, text: str) -> None:
    """Have a screen reader say something, if one is there."""
    from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(source, text))


def mirrored(area: QRect, outer: QRect, direction: Qt.LayoutDirection) -> QRect:
    """`area` as it lies in `outer` when the language runs that way."""
    from PySide6.QtWidgets import QStyle

    return QStyle.visualRect(direction, outer, area)
