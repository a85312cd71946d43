"""The Models screen in a window: detectors added by dropping and choosing, switched, verified, removed, stopped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot
from tests.end_to_end.test_detect import picture
from tests.plugins import onnx_making as making
from tests.plugins.test_trial import loop, only_logit
from tests.ui import looking
from tests.ui.conftest import PATIENCE
from tests.ui.screens import settle

from touchstone import modelfile
from touchstone.modelfile import Task
from touchstone.paths import Home
from touchstone.report import Status, Witness
from touchstone.settings import load
from touchstone.ui.models_model import FILE, LOOKS_AT, RATES, STATE, TITLE
from touchstone.ui.models_screen import ModelsScreen
from touchstone.ui.navigation import Place
from touchstone.ui.window import MainWindow

ID = "mean-of-all"
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One model that came with the application."""
    making.folder(tmp_path / "shipped" / "ai-image", making.sound(2), id="ai-image", title="AI images, shipped")
    monkeypatch.setenv("TOUCHSTONE_MODELS", str(tmp_path / "shipped"))


@pytest.fixture
def window(opened, shipped: None) -> MainWindow:
    return opened()


@pytest.fixture
def screen(window: MainWindow, qtbot: QtBot) -> ModelsScreen:
    qtbot.mouseClick(window.navigation.buttons[Place.MODELS], Qt.MouseButton.LeftButton)
    (found,) = window.findChildren(ModelsScreen)
    qtbot.waitUntil(lambda: found.model.rowCount() == 1, timeout=PATIENCE)
    return found


def click(qtbot: QtBot, button: QPushButton) -> None:
    assert button.isEnabled()
    assert button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def idle(screen: ModelsScreen, qtbot: QtBot, rows: int) -> None:
    qtbot.waitUntil(lambda: not screen.work.running() and screen.model.rowCount() == rows, timeout=PATIENCE)


def drop(window: MainWindow, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    enter = QDragEnterEvent(QPoint(400, 300), Qt.DropAction.CopyAction, data, LEFT, NONE)
    QApplication.sendEvent(window, enter)
    QApplication.sendEvent(window, QDropEvent(QPointF(400, 300), Qt.DropAction.CopyAction, data, LEFT, NONE))


def cells(screen: ModelsScreen, model_id: str) -> dict[int, str]:
    row = screen.model.row_of(model_id)
    return {column: screen.model.index(row, column).data() for column in (TITLE, LOOKS_AT, STATE, FILE, RATES)}


def added(screen: ModelsScreen, window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    drop(window, folder)
    idle(screen, qtbot, 2)
    qtbot.waitUntil(lambda: screen._chosen() is not None and screen._chosen().id == ID, timeout=PATIENCE)


def said(screen: ModelsScreen) -> str:
    """All the words on the card."""
    from touchstone.ui.labels import Text

    return "\n".join(label.text() for label in screen.details.widget().findChildren(Text))


def test_what_ships_is_listed_with_its_rates(screen: ModelsScreen):
    assert cells(screen, "ai-image") == {
        TITLE: "AI images, shipped",
        LOOKS_AT: "AI images",
        STATE: "In use",
        FILE: "Matches",
        RATES: "3 in 100 wrongly flagged, 36 in 100 found",
    }
    card = said(screen)
    for words in ("At this limit 3 in 100", "worst source it was measured on, 8 in 100", "finds 36 in 100", "CC0-1.0"):
        assert words in card
    assert "Not for drawings." in card
    assert "seven sources of ours (20 November 2026)" in card
    assert not screen.remove_button.isEnabled()


def test_a_folder_that_is_dropped_is_tried_and_added(
    screen: ModelsScreen, window: MainWindow, qtbot: QtBot, tmp_path: Path, home: Home
):
    added(screen, window, qtbot, making.folder(tmp_path / "m"))
    assert "was added" in screen.notice.text()
    assert (home.models / ID / modelfile.MODEL).exists()
    assert cells(screen, ID)[STATE] == "Switched off"
    assert cells(screen, ID)[RATES] == "Not measured here"
    assert "Whoever made it says: At this limit 3 in 100" in said(screen)
    click(qtbot, screen.notice.action)
    qtbot.waitUntil(lambda: cells(screen, ID)[STATE] == "In use", timeout=PATIENCE)
    assert "is asked by checks from now on" in screen.notice.text()
    idle(screen, qtbot, 2)
    click(qtbot, screen.switch_button)
    qtbot.waitUntil(lambda: cells(screen, ID)[STATE] == "Switched off", timeout=PATIENCE)


def test_once_switched_on_it_is_asked_by_the_next_check(
    screen: ModelsScreen, window: MainWindow, qtbot: QtBot, tmp_path: Path
):
    def asked(number: int) -> str:
        bench = window.check.bench
        window.check_paths([picture(tmp_path / f"{number}.png", 128, number)])
        qtbot.waitUntil(lambda: bench.model.rowCount() == number and not bench.runner.running(), timeout=PATIENCE)
        bench.select(list(bench.model.items())[-1])
        finding = bench.pane.card.shown.report.finding(Witness.AI_IMAGE)
        assert finding.status is Status.DONE
        return finding.source

    assert asked(1) == "ai-image"
    window.go(Place.MODELS)
    added(screen, window, qtbot, making.folder(tmp_path / "m"))
    click(qtbot, screen.notice.action)
    qtbot.waitUntil(lambda: cells(screen, ID)[STATE] == "In use", timeout=PATIENCE)
    assert asked(2) == ID


def test_what_the_card_says_of_a_training_record(
    screen: ModelsScreen, window: MainWindow, qtbot: QtBot, tmp_path: Path
):
    folder = making.folder(tmp_path / "m")
    record = {"date": "2026-11-20", "commit": "c0ffee" * 6 + "c0de", "data": {"root": "ab" * 32}, "seed": [1]}
    (folder / modelfile.RECORD).write_text(json.dumps(record))
    added(screen, window, qtbot, folder)
    card = said(screen)
    assert "20 November 2026" in card
    assert "c0ffeec0ff…ffeec0ffeec0de"[:10] in card
    assert "ababababab" in card


def test_several_at_once_and_a_file_of_one(screen: ModelsScreen, window: MainWindow, qtbot: QtBot, tmp_path: Path):
    first, second = (making.folder(tmp_path / name, id=name, title=name) for name in ("first", "second"))
    drop(window, first, second / modelfile.MODEL, second / modelfile.MANIFEST)
    idle(screen, qtbot, 3)
    assert {screen.model.row(row).id for row in range(3)} == {"ai-image", "first", "second"}


def test_what_is_refused_says_why_and_what_next(
    screen: ModelsScreen, window: MainWindow, qtbot: QtBot, tmp_path: Path, home: Home
):
    folder = making.folder(tmp_path / "half")
    (folder / modelfile.MODEL).write_bytes((folder / modelfile.MODEL).read_bytes()[:-9])
    drop(window, folder)
    qtbot.waitUntil(lambda: "not there as a whole" in screen.notice.text(), timeout=PATIENCE)
    assert screen.notice.text().startswith("half was not added.")
    assert not home.models.exists()
    picture = tmp_path / "holiday.jpg"
    picture.write_bytes(b"\xff\xd8")
    drop(window, picture)
    qtbot.waitUntil(lambda: "holiday.jpg was not added. That is no folder" in screen.notice.text(), timeout=PATIENCE)
    drop(window, making.folder(tmp_path / "taken", id="ai-image"))
    qtbot.waitUntil(lambda: "has this name" in screen.notice.text(), timeout=PATIENCE)
    assert window.navigation.buttons[Place.MODELS].isChecked()


def test_a_trial_without_end_can_be_stopped(screen: ModelsScreen, window: MainWindow, qtbot: QtBot, tmp_path: Path):
    endless = only_logit([*loop(), making.one("looped")])
    drop(window, making.folder(tmp_path / "m", endless), making.folder(tmp_path / "after", id="after"))
    qtbot.waitUntil(lambda: screen.working.text() == "Trying it on made-up pictures", timeout=PATIENCE)
    assert not screen.add_button.isEnabled()
    click(qtbot, screen.working.stop)
    qtbot.waitUntil(lambda: screen.notice.text() == "Stopped. Nothing was added.", timeout=PATIENCE)
    assert screen.working.isHidden()
    idle(screen, qtbot, 1)
    assert screen.add_button.isEnabled()


def test_closing_the_window_stops_a_trial(screen: ModelsScreen, window: MainWindow, qtbot: QtBot, tmp_path: Path):
    endless = only_logit([*loop(), making.one("looped")])
    drop(window, making.folder(tmp_path / "m", endless))
    qtbot.waitUntil(lambda: screen.working.text() == "Trying it on made-up pictures", timeout=PATIENCE)
    window.close()  # waits for what runs: without a stop, for as long as a trial may take
    assert not window.isVisible()


def test_removed_only_where_it_is_agreed_to(
    screen: ModelsScreen, window: MainWindow, qtbot: QtBot, tmp_path: Path, home: Home
):
    added(screen, window, qtbot, making.folder(tmp_path / "m"))
    click(qtbot, screen.remove_button)
    assert screen.confirm.isVisible()
    assert screen.confirm.cancel.hasFocus()
    click(qtbot, screen.confirm.cancel)
    assert (home.models / ID).exists()
    qtbot.keyClick(screen.table, Qt.Key.Key_Delete)
    click(qtbot, screen.confirm.agree)
    idle(screen, qtbot, 1)
    assert screen.notice.text() == "Mean of all pixels was removed."
    assert not (home.models / ID).exists()
    qtbot.keyClick(screen.table, Qt.Key.Key_Delete)  # what ships stays
    assert screen.confirm.isHidden()


def test_verified_again(screen: ModelsScreen, window: MainWindow, qtbot: QtBot, tmp_path: Path, home: Home):
    added(screen, window, qtbot, making.folder(tmp_path / "m"))
    click(qtbot, screen.verify_button)
    qtbot.waitUntil(lambda: "the trial went well" in screen.notice.text(), timeout=PATIENCE)
    idle(screen, qtbot, 2)
    file = home.models / ID / modelfile.MODEL
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    click(qtbot, screen.verify_button)
    qtbot.waitUntil(lambda: "SHA-256 differ" in screen.notice.text(), timeout=PATIENCE)
    qtbot.waitUntil(lambda: cells(screen, ID)[FILE] == "Changed", timeout=PATIENCE)
    assert cells(screen, ID)[STATE] == "Not run"
    assert "Remove it, then add it again" in said(screen)
    assert not screen.switch_button.isEnabled()


def test_a_manifest_that_was_broken_is_still_listed(
    screen: ModelsScreen, window: MainWindow, qtbot: QtBot, tmp_path: Path, home: Home
):
    added(screen, window, qtbot, making.folder(tmp_path / "m"))
    (home.models / ID / modelfile.MANIFEST).write_bytes(b"{")
    screen.reload()
    qtbot.waitUntil(lambda: cells(screen, ID)[FILE] == "Refused", timeout=PATIENCE)
    click(qtbot, screen.remove_button)
    click(qtbot, screen.confirm.agree)
    idle(screen, qtbot, 1)


def test_add_asks_for_a_folder(screen: ModelsScreen, window: MainWindow, qtbot: QtBot, tmp_path: Path):
    folder = making.folder(tmp_path / "m")
    for ask in (
        lambda: click(qtbot, screen.add_button),
        lambda: qtbot.keyClick(window, "O", Qt.KeyboardModifier.ControlModifier),
    ):
        ask()
        qtbot.waitUntil(lambda: any(d.isVisible() for d in window.findChildren(QFileDialog)), timeout=PATIENCE)
        (dialog,) = [d for d in window.findChildren(QFileDialog) if d.isVisible()]
        assert dialog.fileMode() is QFileDialog.FileMode.Directory
        dialog.reject()
    screen.take_files([folder])
    idle(screen, qtbot, 2)


def test_sorting_by_a_header_keeps_what_is_chosen(
    screen: ModelsScreen, window: MainWindow, qtbot: QtBot, tmp_path: Path
):
    added(screen, window, qtbot, making.folder(tmp_path / "m", title="Aardvark", task=Task.SPLICE))
    header = screen.table.header()
    place = QPoint(header.sectionPosition(TITLE) + 10, 10)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert [screen.model.row(row).title for row in range(2)] == ["Aardvark", "AI images, shipped"]
    assert screen._chosen().id == ID
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert [screen.model.row(row).title for row in range(2)] == ["AI images, shipped", "Aardvark"]
    assert screen._chosen().id == ID
    assert "Aardvark" in said(screen)


def test_where_the_settings_ask_no_detector_it_says_so(opened, shipped: None, qtbot: QtBot, home: Home):
    window = opened(detectors=False)
    qtbot.mouseClick(window.navigation.buttons[Place.MODELS], Qt.MouseButton.LeftButton)
    (screen,) = window.findChildren(ModelsScreen)
    assert "checks ask none of these" in screen.off.text()
    settle(window)
    assert looking.faults(window) == {}
    click(qtbot, screen.off.action)
    assert screen.off.isHidden()
    qtbot.waitUntil(lambda: load(home).detectors, timeout=PATIENCE)


def test_the_keyboard_gets_everywhere(screen: ModelsScreen, window: MainWindow, qtbot: QtBot):
    screen.table.setFocus()
    qtbot.keyClick(screen.table, Qt.Key.Key_Return)
    focus = window.focusWidget()
    assert isinstance(focus, QPushButton)
    assert focus.text() == "Show its folder"
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(screen.table.hasFocus)


def test_how_it_looks(screen: ModelsScreen, window: MainWindow, qtbot: QtBot, tmp_path: Path):
    settle(window)
    assert looking.faults(window) == {}
    long = "A detector whose maker was fond of long names and gave it one that no column of a table will ever hold"
    added(
        screen,
        window,
        qtbot,
        making.folder(
            tmp_path / "m",
            title=long,
            licence="CC-BY-NC-SA-4.0 and what else is agreed in writing",
            limits_of_use=(long,) * 9,
        ),
    )
    window.resize(window.minimumSize())
    settle(window)
    assert looking.faults(window) == {}
    click(qtbot, screen.remove_button)
    settle(window)
    assert looking.faults(window) == {}


def test_none_at_all(opened, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOUCHSTONE_MODELS", str(tmp_path))
    window = opened()
    qtbot.mouseClick(window.navigation.buttons[Place.MODELS], Qt.MouseButton.LeftButton)
    (screen,) = window.findChildren(ModelsScreen)
    settle(window)
    assert screen._bodies.currentIndex() == 0
    assert looking.faults(window) == {}
