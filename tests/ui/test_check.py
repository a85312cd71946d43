"""The Check screen: real drops of real files, checked by real workers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAccessible, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot
from tests import making
from tests.ui.conftest import PATIENCE, Samples, check_all

from touchstone.paths import Home
from touchstone.report import Answer
from touchstone.ui.batch import Item, State
from touchstone.ui.launch import open_window
from touchstone.ui.model import ITEM_ROLE
from touchstone.ui.navigation import Place
from touchstone.ui.rows import HEIGHT
from touchstone.ui.window import MainWindow

COPY, LEFT, NONE = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def data_of(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def enter(window: MainWindow, data: QMimeData) -> QDragEnterEvent:
    event = QDragEnterEvent(QPoint(600, 400), COPY, data, LEFT, NONE)
    QApplication.sendEvent(window, event)
    return event


def drop(window: MainWindow, data: QMimeData) -> None:
    enter(window, data)
    QApplication.sendEvent(window, QDropEvent(QPointF(600, 400), COPY, data, LEFT, NONE))


def finished(window: MainWindow, qtbot: QtBot, count: int) -> list[Item]:
    runner, model = window.check.bench.runner, window.check.bench.model
    qtbot.waitUntil(lambda: model.rowCount() == count and not runner.running(), timeout=PATIENCE)
    return list(model.items())


def pictures(folder: Path, count: int) -> list[Path]:
    folder.mkdir(exist_ok=True)
    for number in range(count):
        (folder / f"{number:03}.jpg").write_bytes(making.jpeg(number))
    return sorted(folder.iterdir())


def test_a_dropped_file_is_checked_and_its_card_shown(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    (path,) = pictures(tmp_path / "a", 1)
    drop(window, data_of(path))
    (item,) = finished(window, qtbot, 1)
    assert (item.state, item.answer) == (State.DONE, Answer.NO_PROOF)
    card = window.check.bench.pane.card
    assert card is not None
    assert card.headline.text() == "No proof either way"
    assert card.shown.images["thumbnail"].width() > 0
    assert window.check.bench.model.memory.tile(item) is not None


def test_the_whole_window_takes_drops_and_says_so(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    paths = pictures(tmp_path / "a", 1)
    assert enter(window, data_of(*paths)).isAccepted()
    assert window.overlay.isVisible()
    assert window.overlay.size() == window.size()
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not window.overlay.isVisible()
    window.go(Place.SETTINGS)  # settings
    drop(window, data_of(*paths))
    finished(window, qtbot, 1)
    assert not window.overlay.isVisible()
    assert window.check.isVisible()


def test_samples_get_the_answers_they_were_made_for(opened, samples: Samples, qtbot: QtBot) -> None:
    window = opened(samples.home)
    check_all(window, qtbot, list(samples.files.values()))
    answers = {item.path: item.answer for item in window.check.bench.model.items()}
    assert {code: answers[path] for code, path in samples.files.items()} == {
        "signed": Answer.TRACED,
        "changed": Answer.DOUBTFUL,
        "laundered": Answer.DOUBTFUL,
        "expired": Answer.SIGNED_UNKNOWN,
        "declared-ai": Answer.DECLARED_AI,
        "generator-text": Answer.DECLARED_AI,
        "stripped": Answer.SIMILAR,
        "smaller": Answer.SIMILAR,
        "plain": Answer.REGISTERED,
        "composite": Answer.TRACED,
        "video-signed": Answer.TRACED,
        "video-changed": Answer.DOUBTFUL,
        "sound-signed": Answer.TRACED,
        "sound-changed": Answer.DOUBTFUL,
        "withdrawn": Answer.DOUBTFUL,
        "everyday": Answer.NO_PROOF,
    }


def test_a_folder_is_walked(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    pictures(tmp_path / "a", 3)
    pictures(tmp_path / "a" / "inside", 2)
    drop(window, data_of(tmp_path / "a"))
    items = finished(window, qtbot, 5)
    assert all(item.state is State.DONE for item in items)


def test_an_empty_folder_is_said_to_be_empty(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    drop(window, data_of(tmp_path / "empty"))
    qtbot.waitUntil(window.check.notice.isVisible, timeout=PATIENCE)
    assert "no files" in window.check.notice.text()
    assert window.check.start.isVisible()


def test_one_bad_file_does_not_stop_the_others(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    good = pictures(tmp_path / "good", 2)
    missing = tmp_path / "gone.jpg"
    empty = tmp_path / "empty.jpg"
    empty.write_bytes(b"")
    noise = tmp_path / "noise.jpg"
    noise.write_bytes(os.urandom(5000))
    pipe = tmp_path / "pipe.jpg"
    os.mkfifo(pipe)
    odd = tmp_path / os.fsdecode(b"bad\xff\n\xe2\x80\xaename.jpg")
    odd.write_bytes(making.jpeg(7))
    drop(window, data_of(good[0], missing, empty, noise, pipe))
    finished(window, qtbot, 5)
    window.check_paths([odd, good[1]])
    items = finished(window, qtbot, 7)
    assert all(item.state is State.DONE for item in items)
    by_name = {item.path: item for item in items}
    assert by_name[missing].answer is Answer.UNREADABLE
    assert by_name[pipe].answer is Answer.UNREADABLE
    assert by_name[good[1]].answer is Answer.NO_PROOF
    assert by_name[odd].answer is Answer.NO_PROOF
    assert "\n" not in by_name[odd].name
    assert "\u202e" not in by_name[odd].name


def test_a_link_is_not_fetched_but_explained(window: MainWindow, qtbot: QtBot) -> None:
    data = QMimeData()
    data.setUrls([QUrl("https://example.com/photo.jpg")])
    drop(window, data)
    assert "link, not a file" in window.check.notice.text()
    assert window.check.notice.isVisible()
    assert window.check.bench.model.rowCount() == 0


def test_text_is_explained_too(window: MainWindow, qtbot: QtBot) -> None:
    data = QMimeData()
    data.setText("not a file")
    drop(window, data)
    assert "no file" in window.check.notice.text()


def test_a_picture_is_pasted(window: MainWindow, qtbot: QtBot) -> None:
    image = QImage(320, 200, QImage.Format.Format_RGB32)
    image.fill(0x336699)
    QGuiApplication.clipboard().setImage(image)
    qtbot.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    (item,) = finished(window, qtbot, 1)
    assert item.answer is Answer.NO_PROOF
    assert item.name == "pasted picture 1.png"
    card = window.check.bench.pane.card
    assert card is not None
    assert (card.shown.report.media.width, card.shown.report.media.height) == (320, 200)
    folder = item.path.parent
    assert folder.is_dir()
    window.close()
    assert not folder.exists()


def test_files_are_pasted(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    paths = pictures(tmp_path / "a", 2)
    QGuiApplication.clipboard().setMimeData(data_of(*paths))
    qtbot.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert [item.path for item in finished(window, qtbot, 2)] == paths


def test_everything_can_be_stopped(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window.check_paths(pictures(tmp_path / "a", 60))
    bench = window.check.bench
    qtbot.waitUntil(lambda: bench.model.rowCount() == 60, timeout=PATIENCE)
    assert bench.stop_button.isEnabled()
    qtbot.mouseClick(bench.stop_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not bench.runner.running(), timeout=PATIENCE)
    states = [item.state for item in bench.model.items()]
    assert State.STOPPED in states
    assert set(states) <= {State.STOPPED, State.DONE}
    assert bench.runner.counts() == (60, 60)
    assert not bench.stop_button.isEnabled()


def test_one_row_is_stopped_by_its_mark(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window.check_paths(pictures(tmp_path / "a", 40))
    bench = window.check.bench
    qtbot.waitUntil(lambda: bench.model.rowCount() == 40, timeout=PATIENCE)
    bench.list.scrollToBottom()
    area = bench.list.visualRect(bench.model.index(39))
    qtbot.mouseClick(
        bench.list.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(area.right() - 28, area.top() + HEIGHT // 2)
    )
    assert bench.model.item(39).state is State.STOPPED
    qtbot.waitUntil(lambda: not bench.runner.running(), timeout=PATIENCE)
    assert [item.state for item in bench.model.items()].count(State.STOPPED) == 1


def test_stopped_files_can_be_checked_again(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window.check_paths(pictures(tmp_path / "a", 12))
    bench = window.check.bench
    qtbot.waitUntil(lambda: bench.model.rowCount() == 12, timeout=PATIENCE)
    bench.runner.stop_all()
    qtbot.waitUntil(lambda: not bench.runner.running(), timeout=PATIENCE)
    bench.list.selectAll()
    qtbot.mouseClick(bench.again_button, Qt.MouseButton.LeftButton)
    items = finished(window, qtbot, 12)
    assert all(item.state is State.DONE for item in items)
    assert bench.pane.card is not None


def test_files_are_taken_off_the_list(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    check_all(window, qtbot, pictures(tmp_path / "a", 3))
    bench = window.check.bench
    qtbot.keyClick(bench.list, Qt.Key.Key_Delete)
    assert [item.path.name for item in bench.model.items()] == ["001.jpg", "002.jpg"]
    assert bench.current() is bench.model.item(0)
    bench.list.selectAll()
    qtbot.keyClick(bench.list, Qt.Key.Key_Delete)
    assert bench.model.rowCount() == 0
    assert window.check.start.isVisible()


def test_the_keyboard_goes_from_the_list_to_the_card(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    check_all(window, qtbot, pictures(tmp_path / "a", 2))
    bench = window.check.bench
    window.activateWindow()
    qtbot.keyClick(bench.list, Qt.Key.Key_Down)
    assert bench.current() is bench.model.item(1)
    qtbot.keyClick(bench.list, Qt.Key.Key_Return)
    card = bench.pane.card
    assert card is not None
    header = card.folds["credentials"].header
    assert window.focusWidget() is header
    qtbot.keyClick(header, Qt.Key.Key_Space)
    assert header.isChecked()
    qtbot.keyClick(header, Qt.Key.Key_Left)
    assert not header.isChecked()


def test_an_open_row_stays_open_from_file_to_file(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    check_all(window, qtbot, pictures(tmp_path / "a", 2))
    bench = window.check.bench
    assert bench.pane.card is not None
    bench.pane.card.folds["facts"].open()
    bench.select(bench.model.item(1))
    assert bench.pane.card.folds["facts"].header.isChecked()
    assert not bench.pane.card.folds["credentials"].header.isChecked()


def test_pictures_that_were_let_go_are_read_again(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("touchstone.ui.batch._PICTURES_KEPT", 1)
    check_all(window, qtbot, pictures(tmp_path / "a", 3))
    bench = window.check.bench
    first = bench.model.item(0)
    bench.select(bench.model.item(2))
    bench.select(first)
    qtbot.waitUntil(lambda: bool(bench.pane.card and bench.pane.card.shown.images), timeout=PATIENCE)
    assert bench.pane.card.shown.path == first.path


def test_rows_are_spoken(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    check_all(window, qtbot, pictures(tmp_path / "a", 1))
    index = window.check.bench.model.index(0)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "000.jpg, No proof, No proof either way"
    assert index.data(ITEM_ROLE).path.name == "000.jpg"


def test_a_hundred_thousand_rows_are_no_burden(window: MainWindow, qtbot: QtBot) -> None:
    model = window.check.bench.model
    window.check._pages.setCurrentWidget(window.check.bench)
    for start in range(0, 100_000, 10_000):
        model.add([Item(Path(f"/nowhere/{n}.jpg"), f"{n}.jpg") for n in range(start, start + 10_000)])
    view = window.check.bench.list
    view.scrollToBottom()
    QApplication.processEvents()
    painted = view.grab()
    assert not painted.isNull()
    assert view.indexAt(QPoint(50, view.viewport().height() - 10)).row() >= 99_990
    model.touched([model.item(99_999)])
    model.remove([model.item(50_000)])
    assert model.rowCount() == 99_999
    assert model.item(60_000).row == 60_000
    model.remove(model.items())


def test_closing_in_the_middle_of_a_batch_ends_everything(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window.check_paths(pictures(tmp_path / "a", 40))
    qtbot.waitUntil(lambda: window.check.bench.runner.counts()[0] > 0, timeout=PATIENCE)
    workers = window._desk.checker().pids()
    assert workers
    window.close()
    for pid in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_help_opens_and_closes(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F1)
    (dialog,) = [w for w in QApplication.topLevelWidgets() if w.isVisible() and w.accessibleName() == "Help"]
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_damaged_settings_are_told(opened, home: Home, qapp: QApplication, qtbot: QtBot) -> None:
    home.root.mkdir(parents=True)
    home.settings.write_text("this is = = no toml")
    window = open_window(qapp, home)
    window.fill()
    try:
        assert "settings file was damaged" in window.check.notice.text()
        assert window.check.notice.isVisible()
    finally:
        window.close()


def test_a_history_that_cannot_be_kept_is_told(window: MainWindow, home: Home, qtbot: QtBot, tmp_path: Path) -> None:
    home.history.mkdir(parents=True)
    (home.history / "in the way").touch()
    check_all(window, qtbot, pictures(tmp_path / "a", 1))
    qtbot.waitUntil(window.check.notice.isVisible, timeout=PATIENCE)
    assert "history" in window.check.notice.text()
    assert window.check.bench.pane.card is not None


def test_the_menu_of_a_row_stops_and_repeats(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window.check_paths(pictures(tmp_path / "a", 30))
    bench = window.check.bench
    qtbot.waitUntil(lambda: bench.model.rowCount() == 30, timeout=PATIENCE)
    bench.select(bench.model.item(29))
    actions = {action.text(): action for action in bench.list.actions()}
    actions["Stop"].trigger()
    assert bench.model.item(29).state is State.STOPPED
    assert bench.pane.card is None
    actions["Check again"].trigger()
    qtbot.waitUntil(lambda: not bench.runner.running(), timeout=PATIENCE)
    assert bench.model.item(29).state is State.DONE
    assert bench.pane.card is not None


def remote_file(folder: Path) -> tuple[Path, bytes]:
    """A picture that says its credentials are at an address nobody has, and those credentials."""
    authority = making.Authority.create()
    data, store = making.sign(
        making.jpeg(1), "image/jpeg", authority.leaf("Agence X"), remote="https://manifests.invalid/a.c2pa", embed=False
    )
    path = folder / "remote.jpg"
    path.write_bytes(data)
    return path, store


def fetch_button(window: MainWindow) -> QPushButton:
    card = window.check.bench.pane.card
    assert card is not None
    (button,) = [b for b in card.findChildren(QPushButton) if b.text().startswith("Fetch from")]
    return button


def test_remote_credentials_that_cannot_be_fetched(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path, _store = remote_file(tmp_path)
    check_all(window, qtbot, [path])
    button = fetch_button(window)
    assert button.text() == "Fetch from manifests.invalid"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "could not be reached" in window.check.notice.text(), timeout=PATIENCE)
    assert window.check.bench.model.item(0).answer is Answer.NO_PROOF


def test_remote_credentials_are_read_once_fetched(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, store = remote_file(tmp_path)
    asked: list[str] = []

    def fetch(address: str) -> bytes:  # in place of a host on the internet; what it sends is read for real
        asked.append(address)
        return store

    monkeypatch.setattr("touchstone.check.remote.fetch", fetch)
    check_all(window, qtbot, [path])
    assert not asked
    fetch_button(window).click()
    item = window.check.bench.model.item(0)
    qtbot.waitUntil(lambda: item.answer is Answer.SIGNED_UNKNOWN, timeout=PATIENCE)
    assert asked == ["https://manifests.invalid/a.c2pa"]
    qtbot.waitUntil(lambda: not window.check.notice.isVisible(), timeout=PATIENCE)


def test_answers_are_announced_to_a_screen_reader(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    QAccessible.setActive(True)
    try:
        check_all(window, qtbot, pictures(tmp_path / "a", 1))
        card = window.check.bench.pane.card
        assert card is not None
        card.announce()
        assert card.spoken().startswith("000.jpg. No proof either way. That is common")
        interface = QAccessible.queryAccessibleInterface(card.headline)
        assert interface.text(QAccessible.Text.Name) == "No proof either way"
    finally:
        QAccessible.setActive(False)
