"""Colours, type and spacing: every number of the look stands here, once.

Contrast is a property of this file: a test holds text to 4.5:1 and controls to 3:1 in every theme.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from touchstone.settings import Theme

GRID = 8
GAP = 4
RADIUS = 8
CONTROL = 36  # height of a button or field
NAVIGATION = 184
CARD_WIDTH = 960


class Tone(StrEnum):
    """The colour of an answer. It never stands alone: a word and an icon say the same."""

    STONE = "stone"
    INK = "ink"
    AMBER = "amber"
    BRICK = "brick"


class Type(StrEnum):
    """The type scale."""

    CAPTION = "caption"
    BODY = "body"
    STRONG = "strong"
    SECTION = "section"
    HEADLINE = "headline"
    MONO = "mono"


_SIZES = {Type.CAPTION: 12, Type.BODY: 14, Type.STRONG: 16, Type.SECTION: 20, Type.HEADLINE: 28, Type.MONO: 13}


@dataclass(frozen=True, slots=True)
class Tokens:
    """One theme. Colours are `#rrggbb`; `*_soft` are backgrounds that text of that tone stands on."""

    name: str
    background: str
    surface: str
    hover: str
    border: str
    control: str
    text: str
    muted: str
    accent: str
    on_accent: str
    accent_soft: str
    stone: str
    stone_soft: str
    ink: str
    ink_soft: str
    amber: str
    amber_soft: str
    brick: str
    brick_soft: str

    def tone(self, tone: Tone) -> str:
        """The colour of text and icons in a tone."""
        return str(getattr(self, tone.value))

    def soft(self, tone: Tone) -> str:
        """The background that goes with a tone."""
        return str(getattr(self, f"{tone.value}_soft"))

    @property
    def dark(self) -> bool:
        """Whether this theme is light on dark."""
        return QColor(self.background).lightness() < 128


LIGHT = Tokens(
    name="light",
    background="#f5f4f0",
    surface="#ffffff",
    hover="#efede8",
    border="#dad6cd",
    control="#85817a",
    text="#1c1b19",
    muted="#5a5750",
    accent="#0b6670",
    on_accent="#ffffff",
    accent_soft="#dfeeee",
    stone="#56585c",
    stone_soft="#eeedea",
    ink="#1f3a5f",
    ink_soft="#e6ecf4",
    amber="#7d4b00",
    amber_soft="#fbefd9",
    brick="#96291a",
    brick_soft="#fae8e4",
)
DARK = Tokens(
    name="dark",
    background="#141618",
    surface="#1d2022",
    hover="#282c2f",
    border="#363b3f",
    control="#7f868b",
    text="#eceae5",
    muted="#a8acae",
    accent="#62c3c8",
    on_accent="#0a1c1d",
    accent_soft="#17383b",
    stone="#b6babd",
    stone_soft="#2a2e31",
    ink="#a3c2ee",
    ink_soft="#1f2c3e",
    amber="#e9b65f",
    amber_soft="#382c15",
    brick="#f29d8a",
    brick_soft="#3d221d",
)
CONTRAST = Tokens(
    name="contrast",
    background="#000000",
    surface="#000000",
    hover="#262626",
    border="#ffffff",
    control="#ffffff",
    text="#ffffff",
    muted="#ffffff",
    accent="#5fe3ff",
    on_accent="#000000",
    accent_soft="#003c4a",
    stone="#ffffff",
    stone_soft="#1c1c1c",
    ink="#8fc7ff",
    ink_soft="#001a33",
    amber="#ffd54f",
    amber_soft="#2b2000",
    brick="#ffab9c",
    brick_soft="#330b05",
)
THEMES = (LIGHT, DARK, CONTRAST)


_current: Tokens = LIGHT


def tokens() -> Tokens:
    """The theme in use."""
    return _current


def colour(value: str) -> QColor:
    """A token as a Qt colour."""
    return QColor(value)


def font(kind: Type, *, bold: bool = False) -> QFont:
    """A font of the scale: the system's, or its fixed-width one for hashes and addresses. Sizes are in pixels."""
    if kind is Type.MONO:
        from PySide6.QtGui import QFontDatabase

        found = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        found.setStyleHint(QFont.StyleHint.Monospace)
    else:
        found = QFont(QApplication.font())
    found.setPixelSize(_SIZES[kind])
    heavy = bold or kind in {Type.SECTION, Type.HEADLINE}
    found.setWeight(QFont.Weight.DemiBold if heavy else QFont.Weight.Normal)
    return found


def contrast_ratio(first: str, second: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(QColor(first)), _luminance(QColor(second))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(value: QColor) -> float:
    channels = (value.redF(), value.greenF(), value.blueF())
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def reduced_motion() -> bool:
    """Whether the system asks for no animations."""
    from PySide6.QtWidgets import QStyle

    return QApplication.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) == 0


def resolve(theme: Theme) -> Tokens:
    """The tokens for a choice; `SYSTEM` asks the desktop."""
    if theme is Theme.SYSTEM:
        hints = QGuiApplication.styleHints()
        if hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast:
            return CONTRAST
        return DARK if hints.colorScheme() == Qt.ColorScheme.Dark else LIGHT
    return {Theme.LIGHT: LIGHT, Theme.DARK: DARK, Theme.CONTRAST: CONTRAST}[theme]


def apply(application: QApplication, theme: Theme) -> None:
    """Put a theme on every window there is and will be."""
    global _current  # noqa: PLW0603 - one process has one theme
    from touchstone.ui.sheet import sheet

    _current = resolve(theme)
    body = QFont(application.font())
    body.setPixelSize(_SIZES[Type.BODY])
    application.setFont(body)
    application.setPalette(_palette(_current))
    application.setStyleSheet(sheet(_current))


def follow_system(application: QApplication, chosen: Callable[[], Theme]) -> None:
    """Apply the theme again whenever the desktop changes its own, as long as `chosen` says to follow it."""

    def again() -> None:
        if chosen() is Theme.SYSTEM:
            apply(application, Theme.SYSTEM)

    hints = QGuiApplication.styleHints()
    hints.colorSchemeChanged.connect(again)
    hints.accessibility().contrastPreferenceChanged.connect(again)


def _palette(t: Tokens) -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: t.background,
        QPalette.ColorRole.WindowText: t.text,
        QPalette.ColorRole.Base: t.surface,
        QPalette.ColorRole.AlternateBase: t.background,
        QPalette.ColorRole.Text: t.text,
        QPalette.ColorRole.Button: t.surface,
        QPalette.ColorRole.ButtonText: t.text,
        QPalette.ColorRole.BrightText: t.on_accent,
        QPalette.ColorRole.Highlight: t.accent_soft,
        QPalette.ColorRole.HighlightedText: t.text,
        QPalette.ColorRole.ToolTipBase: t.surface,
        QPalette.ColorRole.ToolTipText: t.text,
        QPalette.ColorRole.PlaceholderText: t.muted,
        QPalette.ColorRole.Link: t.accent,
        QPalette.ColorRole.Mid: t.border,
        QPalette.ColorRole.Midlight: t.border,
        QPalette.ColorRole.Dark: t.control,
        QPalette.ColorRole.Accent: t.accent,
    }
    for role, value in roles.items():
        palette.setColor(role, QColor(value))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(t.control))
    return palette
