"""The Review screen: the list of cases, what is to be done, filters, in a real window on a real practice ledger."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from tests.ui.conftest import PATIENCE

from touchstone.ui.navigation import Place
from touchstone.ui.review import ReviewScreen
from touchstone.ui.window import MainWindow


def screen_of(window: MainWindow) -> ReviewScreen:
    window.go(Place.REVIEW)
    return window.review


def test_an_empty_list_teaches_what_a_case_is(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, "2", Qt.KeyboardModifier.ControlModifier)
    screen = window.review
    qtbot.waitUntil(lambda: screen.cases._title.text() == "No cases yet", timeout=PATIENCE)
    assert "press Flag" in screen.cases._words.text()
    assert screen.cases._words.isVisible()
    assert not screen.notice.isVisible()
