"""A window with a real detector in its locked-down process: what it draws lies where it belongs, turned or not.

The detector is a network of a few nodes made here: bright pictures have signs, and its map is how red a place is.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from tests import media_files
from tests.detect import nets
from tests.ui.conftest import Opener, check_all
from tests.ui.screens import settle
from tests.ui.test_card import words

from touchstone.export import heatmap
from touchstone.modelfile import Feed
from touchstone.ui import marks
from touchstone.ui.card import Card
from touchstone.ui.navigation import Place
from touchstone.ui.settings import SettingsScreen
from touchstone.ui.timeline import Timeline
from touchstone.ui.window import MainWindow

_TURNED_RIGHT = 6  # EXIF: stored so that it has to be turned by 90 degrees to the right
_ORIENTATION = 0x0112


@pytest.fixture(autouse=True)
def _with_a_detector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marks.forget()
    shipped = tmp_path / "models"
    nets.install(shipped, feed=Feed.DETAIL)
    monkeypatch.setenv("TOUCHSTONE_MODELS", str(shipped))


def picture(path: Path, *, turned: bool = False, width: int = 480, height: int = 320) -> Path:
    """Bright noise, cyan but for a red square at its upper right, as it is displayed."""
    noise = np.random.default_rng(1).normal(215, 12, (height, width, 3))
    noise[..., 0] -= 190
    spot = noise[: height // 3, -width // 4 :]
    spot[..., 0] += 190
    shown = Image.fromarray(np.clip(noise, 0, 255).astype(np.uint8))
    exif = Image.Exif()
    if turned:
        exif[_ORIENTATION] = _TURNED_RIGHT
        shown = shown.transpose(Image.Transpose.ROTATE_90)
    shown.save(path, quality=95, exif=exif)
    return path


def checked(window: MainWindow, qtbot: QtBot, path: Path) -> Card:
    check_all(window, qtbot, [path])
    card = window.check.bench.pane.card
    assert card is not None
    return card


@pytest.mark.parametrize("turned", [False, True], ids=["upright", "turned"])
def test_its_map_lies_over_the_picture_as_it_is_displayed(
    opened: Opener, qtbot: QtBot, tmp_path: Path, turned: bool
) -> None:
    window = opened()
    window.resize(1280, 1000)
    card = checked(window, qtbot, picture(tmp_path / "harbour.jpg", turned=turned))
    card.folds["detectors"].open()
    settle(window)
    said = words(card)
    assert "At this limit 2 in 100 photographs that nobody touched are flagged; in the worst source" in said
    assert "Model ai-image 1, SHA-256 " in said
    view = card.marks_view
    assert view is not None
    qtbot.mouseClick(view.buttons["ai-image"], Qt.MouseButton.LeftButton)
    layer = card.marks.shown
    assert layer is not None
    assert layer.map is not None
    assert heatmap.strongest(layer.map) is not None
    levels = heatmap.values(layer.map)
    rows, columns = np.nonzero(levels > (levels.max() + levels.min()) / 2)
    middle = (columns.mean() / levels.shape[1], rows.mean() / levels.shape[0])
    assert middle == pytest.approx((0.875, 1 / 6), abs=0.08)
    area = view.picture.picture_area()
    assert area.width() / area.height() == pytest.approx(480 / 320, abs=0.02)


def test_every_frame_of_a_clip_can_be_looked_at(opened: Opener, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(media_files.clip(frames=50, size=(320, 240)))
    window = opened()
    card = checked(window, qtbot, path)
    card.folds["detectors"].open()
    settle(window)
    assert "Inconclusive: how often a clip is flagged by mistake has not been measured." in words(card)
    assert "The frames were looked at by the detector for: Generated pictures." in words(card)
    (line,) = card.findChildren(Timeline)
    line.plot.setFocus()
    for _press in range(len(line._frames.times)):
        qtbot.keyClick(line.plot, Qt.Key.Key_Left)
    assert line.said.text().startswith("Frame 1 of ")
    assert line.thumbnail.isVisible()
    first = line.thumbnail.grab().toImage()
    qtbot.keyClick(line.plot, Qt.Key.Key_End)
    assert line.thumbnail.isVisible()
    assert line.thumbnail.grab().toImage() != first


def test_switching_detectors_off_holds_from_the_next_file_on(opened: Opener, qtbot: QtBot, tmp_path: Path) -> None:
    window = opened()
    first = checked(window, qtbot, picture(tmp_path / "one.jpg"))
    assert "Model ai-image" in words_of(first)
    window.go(Place.SETTINGS)
    (screen,) = window.findChildren(SettingsScreen)
    screen.detectors.setFocus()
    qtbot.keyClick(screen.detectors, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not screen._desk.checker()._detectors._on)
    window.go(Place.CHECK)
    second = checked(window, qtbot, picture(tmp_path / "two.jpg", width=500))
    assert "detectors are switched off" in words_of(second)
    assert "Switch it on in the settings" in words_of(second)


def words_of(card: Card) -> str:
    card.folds["detectors"].open()
    QApplication.processEvents()
    return words(card)
