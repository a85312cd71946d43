"""Icons: glyphs of the Phosphor font that QtAwesome carries, drawn in the colour of the moment.

The font file is loaded by its place in the package: importing QtAwesome itself takes longer than showing the window.
Code points are those of Phosphor 1.3, regular weight; a test holds them to the package's own table.
"""

from __future__ import annotations

import importlib.util
from enum import IntEnum
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from touchstone.report import Answer, Kind, Witness
from touchstone.ui import style


class Glyph(IntEnum):
    """Code points, by the name that the icon set gives them."""

    ARCHIVE_BOX = 0xF009
    ARROW_CLOCKWISE = 0xF020
    ARROW_COUNTER_CLOCKWISE = 0xF021
    ARROW_SQUARE_OUT = 0xF058
    BOOK_BOOKMARK = 0xF092
    CALENDAR = 0xF0AC
    CARET_DOWN = 0xF0C2
    CARET_LEFT = 0xF0C3
    CARET_RIGHT = 0xF0C4
    CARET_UP = 0xF0C5
    CIRCLE_DASHED = 0xF0ED
    CIRCLE_WAVY_QUESTION = 0xF0F5
    CLIPBOARD_TEXT = 0xF0F8
    CLOCK_COUNTER_CLOCKWISE = 0xF0FC
    CLOUD_SLASH = 0xF106
    COPY = 0xF114
    DOWNLOAD_SIMPLE = 0xF14C
    FAST_FORWARD = 0xF164
    FILE = 0xF167
    FILE_DOTTED = 0xF16A
    FILE_PLUS = 0xF16D
    FILE_SEARCH = 0xF16F
    FILE_TEXT = 0xF170
    FILM_STRIP = 0xF172
    FLOPPY_DISK = 0xF181
    FOLDER_OPEN = 0xF18C
    FUNNEL_SIMPLE = 0xF197
    GEAR_SIX = 0xF19C
    GLOBE = 0xF1AF
    IMAGE = 0xF1DD
    INFO = 0xF1E0
    INTERSECT = 0xF1E2
    KEYBOARD = 0xF1E5
    LIST_BULLETS = 0xF1FB
    MAGNIFYING_GLASS = 0xF20A
    PEN_NIB = 0xF267
    PLAY = 0xF27C
    PLUS = 0xF27F
    QUESTION = 0xF293
    SCALES = 0xF2AA
    SHIELD = 0xF2B7
    SPEAKER_HIGH = 0xF2E0
    SPARKLE = 0xF2DF
    STOP_CIRCLE = 0xF2F8
    TRASH = 0xF334
    TREE_STRUCTURE = 0xF339
    USERS_THREE = 0xF354
    WARNING = 0xF35C
    WARNING_CIRCLE = 0xF35D
    X = 0xF36D


ANSWERS = {
    Answer.REFUTED: Glyph.USERS_THREE,
    Answer.DOUBTFUL: Glyph.WARNING,
    Answer.DECLARED_AI: Glyph.SPARKLE,
    Answer.UPHELD: Glyph.USERS_THREE,
    Answer.TRACED: Glyph.PEN_NIB,
    Answer.REGISTERED: Glyph.BOOK_BOOKMARK,
    Answer.SIGNED_UNKNOWN: Glyph.CIRCLE_WAVY_QUESTION,
    Answer.SIMILAR: Glyph.INTERSECT,
    Answer.UNREADABLE: Glyph.FILE_DOTTED,
    Answer.NO_PROOF: Glyph.CIRCLE_DASHED,
}
KINDS = {
    Kind.IMAGE: Glyph.IMAGE,
    Kind.VIDEO: Glyph.FILM_STRIP,
    Kind.AUDIO: Glyph.SPEAKER_HIGH,
    Kind.DOCUMENT: Glyph.FILE_TEXT,
    Kind.UNKNOWN: Glyph.FILE,
}
WITNESSES = {
    Witness.CREDENTIALS: Glyph.PEN_NIB,
    Witness.REGISTER: Glyph.BOOK_BOOKMARK,
    Witness.REVIEWERS: Glyph.USERS_THREE,
    Witness.FACTS: Glyph.MAGNIFYING_GLASS,
}

_family: str | None = None


def font_file() -> Path | None:
    """Where the icon font is; None where the package is missing."""
    spec = importlib.util.find_spec("qtawesome")
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    found = [f for place in places for f in Path(place, "fonts").glob("phosphor-*.ttf")]
    return found[0] if found else None


def _font(size: int) -> QFont:
    global _family  # noqa: PLW0603 - fonts are loaded once for the process
    if _family is None:
        file = font_file()
        number = QFontDatabase.addApplicationFont(str(file)) if file is not None else -1
        families = QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
        _family = families[0] if families else ""
    font = QFont(_family)
    font.setPixelSize(size)
    font.setStyleStrategy(QFont.StyleStrategy.NoFontMerging)
    return font


def paint(painter: QPainter, rect: QRect | QRectF, glyph: Glyph, colour: QColor | str) -> None:
    """Draw a glyph in the middle of `rect`, as high as that is."""
    area = QRectF(rect)
    painter.save()
    painter.setFont(_font(max(1, int(min(area.width(), area.height())))))
    painter.setPen(QColor(colour))
    painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip), chr(glyph))
    painter.restore()


class _Engine(QIconEngine):
    """Draws one glyph; the colour is looked up at paint time, so that a change of theme needs no new icons."""

    def __init__(self, glyph: Glyph, shade: str) -> None:
        super().__init__()
        self._glyph, self._token = glyph, shade

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        shade = "control" if mode is QIcon.Mode.Disabled else self._token
        paint(painter, rect, self._glyph, getattr(style.tokens(), shade))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        return _Engine(self._glyph, self._token)


def icon(glyph: Glyph, shade: str = "text") -> QIcon:
    """An icon in the colour of a shade (a field of `style.Tokens`), whatever theme comes."""
    return QIcon(_Engine(glyph, shade))
