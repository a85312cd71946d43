"""A detector measured in the window, on labelled pictures: to the end, stopped and taken up, saved as a page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from tests.end_to_end.test_detect import LIMITS, labelled
from tests.plugins import onnx_making as making
from tests.ui.conftest import PATIENCE

from touchstone.check.plugins import Plugins
from touchstone.paths import Home
from touchstone.ui.models_model import RATES
from touchstone.ui.models_screen import ModelsScreen
from touchstone.ui.navigation import Place
from touchstone.ui.window import MainWindow

ID = "mean-of-all"


@pytest.fixture
def window(opened, home: Home, tmp_path: Path) -> MainWindow:
    Plugins(home).add(making.folder(tmp_path / "m", making.sound(4.0), calibration=LIMITS))
    return opened()


@pytest.fixture
def screen(window: MainWindow, qtbot: QtBot) -> ModelsScreen:
    qtbot.mouseClick(window.navigation.buttons[Place.MODELS], Qt.MouseButton.LeftButton)
    (found,) = window.findChildren(ModelsScreen)
    qtbot.waitUntil(lambda: found.model.rowCount() == 1 and found._chosen() is not None, timeout=PATIENCE)
    return found


def dialog_of(window: MainWindow, qtbot: QtBot) -> QFileDialog:
    qtbot.waitUntil(lambda: any(d.isVisible() for d in window.findChildren(QFileDialog)), timeout=PATIENCE)
    return next(d for d in window.findChildren(QFileDialog) if d.isVisible())


def begin(screen: ModelsScreen, window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    """Press the button and choose a folder, as a person does."""
    qtbot.mouseClick(screen.evaluate_button, Qt.MouseButton.LeftButton)
    dialog = dialog_of(window, qtbot)
    dialog.fileSelected.emit(str(folder))
    dialog.reject()


def test_measured_and_saved(screen: ModelsScreen, window: MainWindow, qtbot: QtBot, tmp_path: Path, home: Home) -> None:
    steps: list[tuple[str, int, int]] = []
    screen.work.stepped.connect(lambda *step: steps.append(step))
    assert screen.model.index(0, RATES).data() == "Not measured here"
    begin(screen, window, qtbot, labelled(tmp_path / "known"))
    qtbot.waitUntil(lambda: "on 16 pictures" in screen.notice.text(), timeout=PATIENCE)
    assert [step for step in steps if step[2]][-1] == ("Asking it about pictures: 16 of 16", 16, 16)
    assert screen.notice.text().startswith("Mean of all pixels: ")
    qtbot.waitUntil(lambda: "wrongly flagged" in screen.model.index(0, RATES).data(), timeout=PATIENCE)
    assert Plugins(home).find(ID).kept is not None

    qtbot.mouseClick(screen.notice.action, Qt.MouseButton.LeftButton)
    dialog = dialog_of(window, qtbot)
    assert dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    dialog.fileSelected.emit(str(tmp_path / "figures"))
    dialog.reject()
    qtbot.waitUntil(lambda: screen.notice.text().startswith("Saved as"), timeout=PATIENCE)
    page = (tmp_path / "figures.html").read_text()
    assert "mean-of-all" in page
    assert screen.notice.action.text() == "Open it"


def test_stopped_it_goes_on_from_there(screen: ModelsScreen, window: MainWindow, qtbot: QtBot, tmp_path: Path):
    folder = labelled(tmp_path / "known", count=30)
    begun: list[int] = []
    screen.work.stepped.connect(lambda _words, done, of: begun.append(done) if of else None)
    begin(screen, window, qtbot, folder)
    qtbot.waitUntil(lambda: len(begun) > 5, timeout=PATIENCE)
    qtbot.mouseClick(screen.working.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: screen.notice.text().startswith("Stopped:"), timeout=PATIENCE)
    assert "of 120 pictures are done" in screen.notice.text()
    assert screen.working.isHidden()
    done = max(begun)
    begun.clear()
    begin(screen, window, qtbot, folder)
    qtbot.waitUntil(lambda: bool(begun), timeout=PATIENCE)
    assert begun[0] >= done
    screen.work.stop()
    qtbot.waitUntil(lambda: not screen.work.running(), timeout=PATIENCE)


def test_closing_the_window_stops_it(screen: ModelsScreen, window: MainWindow, qtbot: QtBot, tmp_path: Path):
    begun: list[int] = []
    screen.work.stepped.connect(lambda _words, done, of: begun.append(done) if of else None)
    begin(screen, window, qtbot, labelled(tmp_path / "known", count=30))
    qtbot.waitUntil(lambda: len(begun) > 2, timeout=PATIENCE)
    window.close()
    assert max(begun) < 120


def test_what_cannot_be_measured_on(screen: ModelsScreen, window: MainWindow, qtbot: QtBot, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    begin(screen, window, qtbot, tmp_path / "empty")
    qtbot.waitUntil(lambda: "none of its folders says what is in it" in screen.notice.text(), timeout=PATIENCE)
    begin(screen, window, qtbot, labelled(tmp_path / "few", count=2))
    qtbot.waitUntil(lambda: "fewer than 5 pictures of a kind" in screen.notice.text(), timeout=PATIENCE)


def test_a_page_that_cannot_be_written(screen: ModelsScreen, window: MainWindow, qtbot: QtBot, tmp_path: Path):
    begin(screen, window, qtbot, labelled(tmp_path / "known", count=3))
    qtbot.waitUntil(lambda: "on 12 pictures" in screen.notice.text(), timeout=PATIENCE)
    call = screen._action
    assert call is not None
    call()
    dialog = dialog_of(window, qtbot)
    dialog.fileSelected.emit(str(tmp_path / "absent" / "figures.json"))
    dialog.reject()
    qtbot.waitUntil(lambda: "the folder does not exist" in screen.notice.text(), timeout=PATIENCE)


def test_as_json(screen: ModelsScreen, window: MainWindow, qtbot: QtBot, tmp_path: Path):
    begin(screen, window, qtbot, labelled(tmp_path / "known", count=3))
    qtbot.waitUntil(lambda: "on 12 pictures" in screen.notice.text(), timeout=PATIENCE)
    qtbot.mouseClick(screen.notice.action, Qt.MouseButton.LeftButton)
    dialog = dialog_of(window, qtbot)
    dialog.fileSelected.emit(str(tmp_path / "figures.json"))
    dialog.reject()
    qtbot.waitUntil(lambda: screen.notice.text().startswith("Saved as"), timeout=PATIENCE)
    assert json.loads((tmp_path / "figures.json").read_text())["pictures"] == 12
