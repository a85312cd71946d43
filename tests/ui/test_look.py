"""Colours, icons and type: what can be computed about how the window looks."""

from __future__ import annotations

import itertools
import json

import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from touchstone.report import Answer, Kind
from touchstone.settings import Theme
from touchstone.ui import icons, style
from touchstone.ui.icons import Glyph
from touchstone.ui.style import THEMES, Tokens, Tone, contrast_ratio


@pytest.mark.parametrize("t", THEMES, ids=lambda t: t.name)
def test_text_can_be_read_on_whatever_it_stands_on(t: Tokens) -> None:
    pairs = list(itertools.product((t.text, t.muted), (t.background, t.surface, t.hover, t.accent_soft)))
    pairs += [(t.accent, t.surface), (t.accent, t.background), (t.accent, t.hover), (t.on_accent, t.accent)]
    for tone in Tone:
        grounds = (t.background, t.surface, t.hover, t.accent_soft, t.soft(tone))
        pairs += [(t.tone(tone), ground) for ground in grounds] + [(t.text, t.soft(tone))]
    low = {pair: round(contrast_ratio(*pair), 2) for pair in pairs if contrast_ratio(*pair) < 4.5}
    assert not low


@pytest.mark.parametrize("t", THEMES, ids=lambda t: t.name)
def test_controls_stand_out(t: Tokens) -> None:
    pairs = [(t.control, t.surface), (t.control, t.background), (t.accent, t.surface), (t.accent, t.background)]
    low = {pair: round(contrast_ratio(*pair), 2) for pair in pairs if contrast_ratio(*pair) < 3}
    assert not low


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast_ratio("#000000", "#ffffff") == pytest.approx(21)
    assert contrast_ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_every_answer_and_kind_has_an_icon() -> None:
    assert set(icons.ANSWERS) == {str(answer) for answer in Answer}
    assert set(icons.KINDS) == {str(kind) for kind in Kind}


def test_code_points_are_those_of_the_packaged_font(qapp: QApplication) -> None:
    font = icons.font_file()
    assert font is not None
    table = json.loads(next(font.parent.glob("phosphor-charmap-*.json")).read_text())
    for glyph in Glyph:
        assert int(table[glyph.name.lower().replace("_", "-")], 16) == glyph


@pytest.mark.parametrize("theme", [Theme.LIGHT, Theme.DARK, Theme.CONTRAST])
def test_icons_take_the_colour_of_the_theme(qapp: QApplication, theme: Theme) -> None:
    icon = icons.icon(Glyph.WARNING, "brick")  # made before the theme is chosen
    style.apply(qapp, theme)
    image = QImage(40, 40, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    icon.paint(painter, image.rect())
    painter.end()
    inked = [c for x in range(40) for y in range(40) if (c := image.pixelColor(x, y)).alpha() == 255]
    assert len(inked) > 30
    assert {c.name() for c in inked} == {QColor(style.tokens().brick).name()}


def test_system_theme_follows_the_desktop(qapp: QApplication) -> None:
    assert style.resolve(Theme.SYSTEM).name in {"light", "dark", "contrast"}
    style.apply(qapp, Theme.DARK)
    assert style.tokens().dark
    assert qapp.palette().window().color().name() == style.DARK.background
    style.apply(qapp, Theme.LIGHT)
    assert not style.tokens().dark
