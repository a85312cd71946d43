"""Text on the screen. All of it is plain text: nothing that came from a file is ever read as markup."""

from __future__ import annotations

from unicodedata import bidirectional

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from touchstone.ui import icons, style
from touchstone.ui.icons import Glyph
from touchstone.ui.style import GRID, Tone, Type

_LONG = 24  # characters of a word, from which on it may be broken


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
        repolish(self, tone)


def breakable(words: str, whole: int = _LONG) -> str:
    """Words that can be broken where one of them is longer than a line may be; those of up to `whole` letters stay."""
    return "\n".join(" ".join(_broken(word, whole) for word in line.split(" ")) for line in words.split("\n"))


def _broken(word: str, whole: int) -> str:
    if len(word) <= whole:
        return word
    return "\u200b".join(word[at : at + _LONG] for at in range(0, len(word), _LONG))


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


def repolish(widget: QWidget, tone: Tone | None) -> None:
    """Give a widget a tone, or none, and the colours that go with it if it has been given any yet."""
    value = tone.value if tone is not None else None
    if value is None and widget.property("tone") is None:
        return
    widget.setProperty("tone", value)
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
