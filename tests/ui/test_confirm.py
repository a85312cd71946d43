"""The sheet before a signature: Cancel is at hand, what would fail cannot be agreed to, passwords stay hidden."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit
from pytestqt.qtbot import QtBot
from tests.ui import looking

from touchstone.ui.confirm import ConfirmSheet, Question
from touchstone.ui.window import MainWindow

ROWS = (("Network", "Practice: only on this computer"), ("Cost", "0.0001 practice ether"), ("Can be undone", "No"))


def shown(window: MainWindow, qtbot: QtBot, **changes: object) -> ConfirmSheet:
    known: dict[str, object] = {
        "title": "Register 3 files",
        "sentence": "Register 3 files for Agence X.",
        "rows": ROWS,
        "action": "Register",
    }
    sheet = ConfirmSheet(Question(**(known | changes)), window)  # type: ignore[arg-type]
    sheet.open()
    qtbot.waitExposed(sheet)
    return sheet


def test_cancel_is_the_answer_at_hand(window: MainWindow, qtbot: QtBot) -> None:
    sheet = shown(window, qtbot)
    assert sheet.focusWidget() is sheet.cancel
    agreed: list[str] = []
    sheet.agreed.connect(agreed.append)
    with qtbot.waitSignal(sheet.refused):
        qtbot.keyClick(sheet, Qt.Key.Key_Return)
    assert not agreed
    assert not sheet.isVisible()


def test_escape_refuses(window: MainWindow, qtbot: QtBot) -> None:
    sheet = shown(window, qtbot)
    with qtbot.waitSignal(sheet.refused):
        qtbot.keyClick(sheet, Qt.Key.Key_Escape)


def test_agreeing_takes_a_press_of_its_own(window: MainWindow, qtbot: QtBot) -> None:
    sheet = shown(window, qtbot)
    with qtbot.waitSignal(sheet.agreed) as told:
        qtbot.mouseClick(sheet.agree, Qt.MouseButton.LeftButton)
    assert told.args == [""]
    assert sheet.isVisible()  # until whoever opened it is done
    sheet.busy("Opening the key…")
    assert not sheet.agree.isEnabled()
    sheet.close()


def test_what_would_fail_cannot_be_agreed_to(window: MainWindow, qtbot: QtBot) -> None:
    sheet = shown(window, qtbot, obstacle="It is registered already.", key="newsroom")
    assert not sheet.agree.isEnabled()
    assert sheet.notice.text() == "It is registered already."
    assert not sheet.password.isVisible()


def test_the_password_is_asked_for_and_hidden(window: MainWindow, qtbot: QtBot) -> None:
    sheet = shown(window, qtbot, key="newsroom")
    assert sheet.focusWidget() is sheet.cancel
    assert sheet.password.echoMode() is QLineEdit.EchoMode.Password
    sheet.agree.click()
    assert "password" in sheet.notice.text()
    assert sheet.focusWidget() is sheet.password
    qtbot.keyClicks(sheet.password, "correct horse")
    with qtbot.waitSignal(sheet.agreed) as told:
        qtbot.keyClick(sheet.password, Qt.Key.Key_Return)
    assert told.args == ["correct horse"]
    assert sheet.isVisible()
    sheet.refuse("The password is wrong.")
    assert sheet.notice.text() == "The password is wrong."
    assert sheet.password.selectedText() == "correct horse"


@pytest.mark.parametrize("changes", [{}, {"key": "newsroom"}, {"warnings": ("It is public for ever.",) * 2}])
def test_it_can_be_read_and_reached(window: MainWindow, qtbot: QtBot, changes: dict[str, object]) -> None:
    sheet = shown(window, qtbot, **changes)
    qtbot.wait(50)
    assert looking.faults(sheet) == {}


def test_markup_shows_literally(window: MainWindow, qtbot: QtBot) -> None:
    sheet = shown(window, qtbot, sentence="<b>bold</b>", rows=(("To", "<a href='x'>y</a>"),))
    labels = sheet.findChildren(QLabel)
    assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}
    assert any(label.text() == "<b>bold</b>" for label in labels)
