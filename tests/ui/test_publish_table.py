"""The files to be published: dropped, looked at, sorted, taken off again; thousands of them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPersistentModelIndex, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from tests import making
from tests.ui.conftest import PATIENCE, Samples

from touchstone.ui.navigation import Place
from touchstone.ui.publish import PublishScreen
from touchstone.ui.publish_model import CREDENTIALS, NAME, SHA256, STATE, Credentials, PublishModel, Stage
from touchstone.ui.window import MainWindow

COPY, LEFT, NONE = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
UP, DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


@pytest.fixture
def screen(window: MainWindow) -> PublishScreen:
    return opened_screen(window)


def opened_screen(window: MainWindow) -> PublishScreen:
    window.go(Place.PUBLISH)
    (found,) = window.findChildren(PublishScreen)
    return found


def listed(screen: PublishScreen, qtbot: QtBot, count: int) -> None:
    files = screen.files
    qtbot.waitUntil(lambda: files.model.rowCount() == count and not files.inspector.running(), timeout=PATIENCE)


def drop(window: MainWindow, paths: list[Path]) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(400, 300), COPY, data, LEFT, NONE))
    QApplication.sendEvent(window, QDropEvent(QPointF(400, 300), COPY, data, LEFT, NONE))


def model_of(names: list[str]) -> PublishModel:
    model = PublishModel()
    for number, entry in enumerate(model.add([Path("/pictures", name) for name in names])):
        entry.sha256 = f"{number:064x}"
    return model


def names(model: PublishModel) -> list[str]:
    return [entry.name for entry in model.entries()]


def test_the_same_file_is_listed_once() -> None:
    model = model_of(["a", "b"])
    assert model.add([Path("/pictures/a"), Path("/pictures/c"), Path("/pictures/c")])[0].name == "c"
    assert names(model) == ["a", "b", "c"]


def test_sorting_keeps_what_is_selected() -> None:
    model = model_of(["b", "C", "a"])
    held = QPersistentModelIndex(model.index(0, NAME))
    model.sort(NAME, UP)
    assert names(model) == ["a", "b", "C"]
    assert held.data() == "b"
    model.sort(NAME, DOWN)
    assert (names(model), held.row()) == (["C", "b", "a"], 1)
    model.sort(SHA256, UP)
    assert names(model) == ["b", "C", "a"]
    model.entry(0).stage = Stage.FAILED
    model.sort(STATE, UP)
    assert names(model) == ["C", "a", "b"]


def test_removing_rows_here_and_there(qtbot: QtBot) -> None:
    model = model_of([str(n) for n in range(10)])
    entries = model.entries()
    model.remove([entries[n] for n in (0, 3, 4, 9)])
    assert names(model) == ["1", "2", "5", "6", "7", "8"]
    assert [entry.row for entry in model.entries()] == list(range(6))
    assert not model.has(entries[3])
    assert [e.name for e in model.add([Path("/pictures/3")])] == ["3"]


def test_a_drop_here_joins_the_table_and_checks_nothing(
    window: MainWindow, screen: PublishScreen, qtbot: QtBot, samples: Samples
) -> None:
    drop(window, [samples.files["signed"], samples.files["plain"]])
    assert window.overlay._words[0] == "Drop to publish"
    listed(screen, qtbot, 2)
    assert window._pages.currentWidget() is screen
    assert window.check.bench.model.rowCount() == 0
    signed, plain = screen.files.model.entries()
    assert (signed.credentials, plain.credentials) == (Credentials.PRESENT, Credentials.NONE)
    assert {len(signed.sha256), len(plain.sha256)} == {64}
    assert signed.stage is Stage.READY
    assert screen.files.model.index(0, CREDENTIALS).data() == "Present"
    assert screen.files.register.isEnabled()


def test_a_file_that_cannot_be_read_says_why_and_is_not_registered(
    screen: PublishScreen, qtbot: QtBot, tmp_path: Path
) -> None:
    good, gone = tmp_path / "good.jpg", tmp_path / "gone.jpg"
    good.write_bytes(making.jpeg(1))
    screen.take_files([good, gone])
    listed(screen, qtbot, 2)
    lost = next(entry for entry in screen.files.model.entries() if entry.path == gone)
    assert lost.stage is Stage.FAILED
    assert screen.files.model.index(lost.row, STATE).data() == lost.problem != ""
    assert [entry.path for entry in screen.files.ready()] == [good]


def test_taking_files_off_with_the_keyboard(screen: PublishScreen, qtbot: QtBot, tmp_path: Path) -> None:
    paths = [tmp_path / f"{n}.jpg" for n in range(3)]
    for path in paths:
        path.write_bytes(making.jpeg(1))
    screen.take_files(paths)
    listed(screen, qtbot, 3)
    table = screen.files.table
    table.setCurrentIndex(screen.files.model.index(1, 0))
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    assert [entry.path for entry in screen.files.model.entries()] == [paths[0], paths[2]]
    assert table.currentIndex().row() == 1
    table.selectAll()
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    assert screen.files.choose.isVisible()
    assert not screen.files.register.isEnabled()


def test_reading_can_be_stopped(screen: PublishScreen, qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number:02}.jpg").write_bytes(making.jpeg(1))
    screen.take_files([folder])
    qtbot.waitUntil(lambda: screen.files.working.isVisible(), timeout=PATIENCE)  # noqa: PLW0108
    qtbot.waitUntil(lambda: screen.files.model.rowCount() == 60, timeout=PATIENCE)
    screen.files.working.stop.click()
    qtbot.waitUntil(lambda: not screen.files.inspector.running(), timeout=PATIENCE)
    assert not screen.files.working.isVisible()
    assert any(not entry.sha256 for entry in screen.files.model.entries())


def test_column_widths_persist(opened, qtbot: QtBot) -> None:
    first = opened_screen(opened())
    first.files.table.header().resizeSection(SHA256, 222)
    second = opened_screen(opened())
    assert second.files.table.columnWidth(SHA256) == 222


def test_ten_thousand_rows_scroll(screen: PublishScreen, qtbot: QtBot) -> None:
    files = screen.files
    entries = files.model.add([Path("/pictures", f"{n:05}.jpg") for n in range(10_000)])
    for number, entry in enumerate(entries):
        entry.sha256, entry.stage = f"{number * 7919 % 10_000:064x}", Stage.READY
    files.refresh()
    bar = files.table.verticalScrollBar()
    bar.setValue(0)
    files.table.grab()
    took = []
    for step in range(40):
        bar.setValue(bar.maximum() * step // 39)
        began = time.perf_counter()
        files.table.viewport().repaint()
        took.append(time.perf_counter() - began)
    assert sorted(took)[len(took) // 2] < 0.05  # a frame, with room for a machine that does other things
    began = time.perf_counter()
    files.model.sort(SHA256, UP)
    assert time.perf_counter() - began < 1.0
    assert files.model.entry(1).sha256.endswith("1")
