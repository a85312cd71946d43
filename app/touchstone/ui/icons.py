"""Icons: glyphs of the Phosphor font that QtAwesome carries, drawn in the colour of the moment.

The font file is loaded by its place in the package: importing QtAwesome itself takes longer than showing the window.
Code points are those of Phosphor 1.3, regular weight; a test holds them to the package's own table.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPainterPath, QPixmap, QRawFont

from touchstone.ui import style


class Glyph(IntEnum):
    """Code points, by the name that the icon set gives them."""

    APERTURE = 0xF005
    ARCHIVE_BOX = 0xF009
    ARROWS_CLOCKWISE = 0xF045
    ARROW_CLOCKWISE = 0xF020
    ARROW_COUNTER_CLOCKWISE = 0xF021
    ARROW_SQUARE_OUT = 0xF058
    BELL = 0xF082
    BOOK_BOOKMARK = 0xF092
    CALENDAR = 0xF0AC
    CARET_DOWN = 0xF0C2
    CARET_LEFT = 0xF0C3
    CARET_RIGHT = 0xF0C4
    CARET_UP = 0xF0C5
    CHART_BAR = 0xF0D2
    CHATS = 0xF0E0
    CHECK = 0xF0E7
    CIRCLE_DASHED = 0xF0ED
    CIRCLE_WAVY_QUESTION = 0xF0F5
    CLIPBOARD_TEXT = 0xF0F8
    CLOCK = 0xF0F9
    CLOCK_COUNTER_CLOCKWISE = 0xF0FC
    CLOUD_SLASH = 0xF106
    COPY = 0xF114
    CROSSHAIR = 0xF11C
    CUBE = 0xF120
    CURRENCY_CIRCLE_DOLLAR = 0xF122
    DOWNLOAD_SIMPLE = 0xF14C
    ENVELOPE_OPEN = 0xF155
    ENVELOPE_SIMPLE = 0xF156
    EXPORT = 0xF15A
    EYE_SLASH = 0xF15E
    FAST_FORWARD = 0xF164
    FILE = 0xF167
    FILE_DOTTED = 0xF16A
    FILE_PLUS = 0xF16D
    FILE_SEARCH = 0xF16F
    FILE_TEXT = 0xF170
    FILM_STRIP = 0xF172
    FLAG = 0xF17C
    FLASK = 0xF180
    FLOPPY_DISK = 0xF181
    FOLDER_OPEN = 0xF18C
    FUNNEL_SIMPLE = 0xF197
    GAUGE = 0xF19A
    GEAR_SIX = 0xF19C
    GIT_BRANCH = 0xF1A6
    GLOBE = 0xF1AF
    HARD_DRIVES = 0xF1C4
    HOURGLASS = 0xF1D0
    IDENTIFICATION_BADGE = 0xF1DB
    IMAGE = 0xF1DD
    INFO = 0xF1E0
    INTERSECT = 0xF1E2
    KEY = 0xF1E4
    KEYBOARD = 0xF1E5
    LIST_BULLETS = 0xF1FB
    LOCK_OPEN = 0xF204
    LOCK_SIMPLE = 0xF205
    MAGNIFYING_GLASS = 0xF20A
    PAPER_PLANE_TILT = 0xF25C
    PATH = 0xF25D
    PEN_NIB = 0xF267
    PLAY = 0xF27C
    PLUS = 0xF27F
    PROHIBIT = 0xF289
    QUESTION = 0xF293
    RECEIPT = 0xF29A
    ROBOT = 0xF2A3
    SCALES = 0xF2AA
    SHIELD = 0xF2B7
    SPARKLE = 0xF2DF
    SPEAKER_HIGH = 0xF2E0
    STACK = 0xF2F1
    STOP_CIRCLE = 0xF2F8
    TRASH = 0xF334
    TREE_STRUCTURE = 0xF339
    USERS_THREE = 0xF354
    USER = 0xF346
    USER_PLUS = 0xF34F
    WARNING = 0xF35C
    WARNING_CIRCLE = 0xF35D
    X = 0xF36D


# By the values of `report.Answer`, `Kind` and `Witness`: the types themselves are not needed to show the window.
ANSWERS: Mapping[str, Glyph] = {
    "refuted": Glyph.USERS_THREE,
    "doubtful": Glyph.WARNING,
    "declared-ai": Glyph.SPARKLE,
    "upheld": Glyph.USERS_THREE,
    "traced": Glyph.PEN_NIB,
    "registered": Glyph.BOOK_BOOKMARK,
    "signed-unknown": Glyph.CIRCLE_WAVY_QUESTION,
    "similar": Glyph.INTERSECT,
    "unreadable": Glyph.FILE_DOTTED,
    "no-proof": Glyph.CIRCLE_DASHED,
}
KINDS: Mapping[str, Glyph] = {
    "image": Glyph.IMAGE,
    "video": Glyph.FILM_STRIP,
    "audio": Glyph.SPEAKER_HIGH,
    "document": Glyph.FILE_TEXT,
    "unknown": Glyph.FILE,
}
WITNESSES: Mapping[str, Glyph] = {
    "credentials": Glyph.PEN_NIB,
    "register": Glyph.BOOK_BOOKMARK,
    "reviewers": Glyph.USERS_THREE,
    "facts": Glyph.MAGNIFYING_GLASS,
    "detectors": Glyph.APERTURE,
}

_EM = 64.0  # pixels; outlines are scaled from here, so that an icon is sharp at any size
_outlines: dict[Glyph, QPainterPath] = {}
_font: QRawFont | None = None


def font_file() -> Path | None:
    """Where the icon font is; None where the package is missing."""
    spec = importlib.util.find_spec("qtawesome")
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    found = [f for place in places for f in Path(place, "fonts").glob("phosphor-*.ttf")]
    return found[0] if found else None


def _outline(glyph: Glyph) -> QPainterPath:
    """The outline of a glyph on a square from (0, -_EM) to (_EM, 0)."""
    global _font  # noqa: PLW0603 - the font is loaded once for the process
    if glyph not in _outlines:
        if _font is None:
            file = font_file()
            _font = QRawFont() if file is None else QRawFont(str(file), _EM)
        numbers = _font.glyphIndexesForString(chr(glyph)) if _font.isValid() else []
        _outlines[glyph] = _font.pathForGlyph(numbers[0]) if numbers else QPainterPath()
    return _outlines[glyph]


def paint(painter: QPainter, rect: QRect | QRectF, glyph: Glyph, colour: QColor | str) -> None:
    """Draw a glyph in the middle of `rect`, as large as fits."""
    area = QRectF(rect)
    side = min(area.width(), area.height())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(area.center().x() - side / 2, area.center().y() + side / 2)
    painter.scale(side / _EM, side / _EM)
    painter.fillPath(_outline(glyph), QColor(colour))
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
        if size.isEmpty():
            return QPixmap()
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
