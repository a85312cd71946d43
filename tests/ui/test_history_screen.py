"""The History screen, on a real database."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot
from tests import making
from tests.ui.conftest import PATIENCE, check_all
from tests.unit import examples

from touchstone.paths import Home
from touchstone.report import Answer
from touchstone.store.history import History
from touchstone.ui.history import HistoryScreen
from touchstone.ui.history_model import NAME, SIZE
from touchstone.ui.navigation import Place
from touchstone.ui.window import MainWindow


def fill(home: Home, count: int = 6) -> None:
    history = History(home)
    for number in range(count):
        findings = (examples.credentials() if number % 2 else examples.unsigned(), examples.facts())
        report = examples.report(*findings)
        media = replace(report.media, name=f"picture {number:03}.jpg", bytes=1000 * (count - number))
        report = replace(report, media=media, created=f"2026-03-{1 + number % 28:02}T10:00:00+00:00")
        history.add(report, Path(f"/pictures/picture {number:03}.jpg"), examples.picture(96, 72))
    history.close()


@pytest.fixture
def screen(opened, home: Home, qtbot: QtBot) -> HistoryScreen:
    fill(home)
    return _opened(opened(), qtbot, 6)


def _opened(window: MainWindow, qtbot: QtBot, count: int) -> HistoryScreen:
    window.go(Place.HISTORY)
    (screen,) = window.findChildren(HistoryScreen)
    qtbot.waitUntil(lambda: screen.model.rowCount() == count, timeout=PATIENCE)
    return screen


def names(screen: HistoryScreen) -> list[str]:
    return [screen.model.index(row, NAME).data() for row in range(screen.model.rowCount())]


def rows_become(screen: HistoryScreen, qtbot: QtBot, count: int) -> None:
    qtbot.waitUntil(lambda: screen.model.rowCount() == count, timeout=PATIENCE)


def test_latest_first(screen: HistoryScreen) -> None:
    assert names(screen) == [f"picture {n:03}.jpg" for n in (5, 4, 3, 2, 1, 0)]
    assert screen.count_label.text() == "6 reports"


def test_sorting_by_a_header(screen: HistoryScreen, qtbot: QtBot) -> None:
    header = screen.table.header()
    x = header.sectionPosition(SIZE) + 10
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, 10))
    smallest = [f"picture {n:03}.jpg" for n in (5, 4, 3, 2, 1, 0)]
    qtbot.waitUntil(lambda: names(screen) in (smallest, smallest[::-1]), timeout=PATIENCE)


def test_searching_and_filtering(screen: HistoryScreen, qtbot: QtBot) -> None:
    qtbot.keyClicks(screen.search, "003")
    rows_become(screen, qtbot, 1)
    assert names(screen) == ["picture 003.jpg"]
    screen.search.setText("no such thing")
    rows_become(screen, qtbot, 0)
    assert screen._empty_title.text() == "No report matches"
    screen.back()  # Esc
    rows_become(screen, qtbot, 6)
    screen.filter.setCurrentIndex(screen.filter.findData(Answer.TRACED))
    rows_become(screen, qtbot, 3)


def test_an_empty_history_says_what_it_is_for(window: MainWindow, qtbot: QtBot) -> None:
    window.go(Place.HISTORY)
    (screen,) = window.findChildren(HistoryScreen)
    qtbot.waitUntil(lambda: screen._empty_title.isVisible(), timeout=PATIENCE)  # noqa: PLW0108
    qtbot.waitUntil(lambda: screen._empty_title.text() == "No reports yet", timeout=PATIENCE)


def test_opening_a_report_and_going_back(screen: HistoryScreen, qtbot: QtBot) -> None:
    screen.table.setCurrentIndex(screen.model.index(0, 0))
    qtbot.keyClick(screen.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: screen.pane.card is not None, timeout=PATIENCE)
    assert screen.pane.card is not None
    assert screen.pane.card.shown.report.media.name == "picture 005.jpg"
    assert screen.pane.card.shown.images
    qtbot.keyClick(screen.window(), Qt.Key.Key_Escape)
    assert screen.table.isVisible()


def test_deleting_and_taking_it_back(screen: HistoryScreen, qtbot: QtBot) -> None:
    screen.table.setCurrentIndex(screen.model.index(1, 0))
    qtbot.keyClick(screen.table, Qt.Key.Key_Delete)
    rows_become(screen, qtbot, 5)
    assert screen.notice.text() == "1 report deleted."
    assert "picture 004.jpg" not in names(screen)
    qtbot.mouseClick(screen.notice.action, Qt.MouseButton.LeftButton)
    rows_become(screen, qtbot, 6)
    assert "picture 004.jpg" in names(screen)
    assert not screen.notice.isVisible()


def test_a_check_joins_the_history_and_can_be_repeated(opened, home: Home, qtbot: QtBot, tmp_path: Path) -> None:
    window = opened()
    path = tmp_path / "one.jpg"
    path.write_bytes(making.jpeg(1))
    check_all(window, qtbot, [path])
    screen = _opened(window, qtbot, 1)
    screen.table.setCurrentIndex(screen.model.index(0, 0))
    qtbot.mouseClick(screen.again_button, Qt.MouseButton.LeftButton)
    assert window.check.isVisible()
    qtbot.waitUntil(lambda: window.check.bench.runner.counts() == (1, 1), timeout=PATIENCE)
    rows_become(screen, qtbot, 2)


def test_nothing_is_kept_where_the_history_is_off(opened, home: Home, qtbot: QtBot, tmp_path: Path) -> None:
    window = opened(history=False)
    path = tmp_path / "one.jpg"
    path.write_bytes(making.jpeg(1))
    check_all(window, qtbot, [path])
    history = History(home)
    assert history.count() == 0
    history.close()


def test_column_widths_persist(opened, home: Home, qtbot: QtBot) -> None:
    fill(home, 1)
    first = _opened(opened(), qtbot, 1)
    first.table.header().resizeSection(NAME, 333)
    second = _opened(opened(), qtbot, 1)
    assert second.table.columnWidth(NAME) == 333


def test_a_long_history_is_read_a_page_at_a_time(opened, home: Home, qtbot: QtBot) -> None:
    fill(home, 220)
    screen = _opened(opened(), qtbot, 220)
    assert screen.model.row(200) is None
    screen.table.scrollToBottom()
    qtbot.waitUntil(lambda: screen.model.row(219) is not None, timeout=PATIENCE)


def test_a_damaged_history_is_told_and_the_window_works(opened, home: Home, qtbot: QtBot) -> None:
    home.root.mkdir(parents=True)
    home.history.write_bytes(b"this is no database" * 500)
    window = opened()
    window.go(Place.HISTORY)
    (screen,) = window.findChildren(HistoryScreen)
    qtbot.waitUntil(lambda: screen.notice.isVisible(), timeout=PATIENCE)  # noqa: PLW0108
    assert "damaged" in screen.notice.text()
