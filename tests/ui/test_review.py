"""The Review screen: the list of cases, one's stake, the automated reviewer, in a real window on a practice ledger."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from tests.ui.conftest import PATIENCE, Opener
from tests.ui.publishing import PASSWORD, SECRET, agree, sheet_in
from tests.ui.review_screens import NOW, case
from tests.ui.reviewing import agree_all, press, screen_of
from tests.ui.screens import settle

from touchstone.chain import keystore
from touchstone.chain.networks import Networks
from touchstone.paths import Home
from touchstone.registry.case_stage import stage
from touchstone.registry.court_types import Phase
from touchstone.ui.desk import Desk
from touchstone.ui.fields import Choice
from touchstone.ui.review import ROBOT, STAKE
from touchstone.ui.review_model import FILE, STEP, UNTIL, YOURS, CasesModel, Line, Query, Which
from touchstone.ui.window import MainWindow


def test_an_empty_list_teaches_what_a_case_is(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, "2", Qt.KeyboardModifier.ControlModifier)
    screen = window.review
    qtbot.waitUntil(lambda: screen.cases._title.text() == "No cases yet", timeout=PATIENCE)
    assert "press Flag" in screen.cases._words.text()
    assert screen.cases._words.isVisible()
    assert not screen.notice.isVisible()


def test_a_network_without_a_court_says_so(window: MainWindow, home: Home, qtbot: QtBot) -> None:
    screen = screen_of(window)
    practice = Networks.load(home).get("practice")
    screen.show_network(replace(practice, name="elsewhere", practice=False, court="", pool=""))
    assert "Nobody has put a court on the network elsewhere" in screen.notice.text()
    screen.show_network(None)
    assert not screen.notice.isVisible()


def test_a_hundred_thousand_cases_are_read_as_they_come_into_view(window: MainWindow, qtbot: QtBot) -> None:
    asked: list[tuple[int, int]] = []

    def read(query: Query, offset: int, limit: int) -> tuple[int, list[Line]]:
        asked.append((offset, limit))
        entry = case(Phase.COMMIT)
        at = stage(entry, NOW)
        lines = [Line(replace(entry, id=100_000 - offset - n), at.phase, at.ends, NOW, "seal") for n in range(limit)]
        return 100_000, lines

    model = CasesModel(window._desk, read)
    model.show_query(Query(Which.OPEN))
    qtbot.waitUntil(lambda: model.rowCount() == 100_000, timeout=PATIENCE)
    assert asked == [(0, 100)]
    row = 77_777
    assert model.data(model.index(row, FILE)) == "…"
    qtbot.waitUntil(lambda: model.line(row) is not None, timeout=PATIENCE)
    assert asked[1:] == [(77_700, 100)]
    assert model.line(row).case.id == 100_000 - row
    assert model.data(model.index(row, STEP)) == "Seal votes"
    assert ", in " in model.data(model.index(row, UNTIL))
    assert model.data(model.index(row, YOURS), Qt.ItemDataRole.DecorationRole) is not None


def test_a_stake_is_put_down_and_a_detector_votes_for_it(
    opened: Opener, home: Home, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TOUCHSTONE_MODELS")  # those that ship
    window = opened()
    screen = screen_of(window)
    screen.go(STAKE)
    page = screen.stake
    qtbot.waitUntil(page.need.isVisible, timeout=PATIENCE)  # there is no key yet
    keystore.take(home, "newsroom", SECRET, PASSWORD, work=2)
    window._desk.register.keys_changed.emit()
    press(page.gift_button, qtbot)
    qtbot.waitUntil(lambda: page.stake.wallet == 1_000_000_000, timeout=PATIENCE)
    page.amount.setText("a lot")
    press(page.stake_button, qtbot)
    assert page.notice.text() == "Type an amount, as 50.00."
    page.amount.setText("100")
    press(page.stake_button, qtbot)
    assert agree_all(window, qtbot, lambda: not page.signing.running()) == ["Sign an allowance", "Put money at stake"]
    qtbot.waitUntil(lambda: page.stake.reviewer.staked == 100_000_000, timeout=PATIENCE)
    assert page.join_button.isEnabled()

    screen.go(ROBOT)
    robot = screen.robot
    qtbot.waitUntil(lambda: robot.models.count() > 0 and robot.start_button.isEnabled(), timeout=PATIENCE)
    press(robot.start_button, qtbot)
    agree(window, qtbot)
    qtbot.waitUntil(lambda: "not joined" in robot.lines.toPlainText(), timeout=2 * PATIENCE)
    assert robot.state.text().startswith("It runs")
    settle(window)
    press(robot.stop_button, qtbot)
    qtbot.waitUntil(lambda: not robot.robot.running(), timeout=PATIENCE)
    assert robot.start_button.isVisible()


def test_a_key_that_locks_itself_while_a_sheet_is_read_is_asked_for_again(
    window: MainWindow, home: Home, qtbot: QtBot
) -> None:
    screen = screen_of(window)
    screen.go(STAKE)
    page = screen.stake
    qtbot.waitUntil(page.need.isVisible, timeout=PATIENCE)
    key = keystore.take(home, "newsroom", SECRET, PASSWORD, work=2)
    window._desk.register.keys_changed.emit()
    press(page.gift_button, qtbot)
    qtbot.waitUntil(lambda: page.stake.wallet == 1_000_000_000, timeout=PATIENCE)
    page.amount.setText("100")
    press(page.stake_button, qtbot)
    agree(window, qtbot)
    qtbot.waitUntil(lambda: sheet_in(window, qtbot).question.title == "Put money at stake", timeout=PATIENCE)
    read = sheet_in(window, qtbot)
    assert read.question.key == ""
    window._desk.register.signer(key).lock()
    read.agree.click()
    qtbot.waitUntil(lambda: sheet_in(window, qtbot).question.key == "newsroom", timeout=PATIENCE)
    asked = sheet_in(window, qtbot)
    assert (asked.question.title, asked.question.rows) == (read.question.title, read.question.rows)
    assert asked.notice.text() == "The key has locked itself meanwhile. Type its password."
    agree(window, qtbot)
    qtbot.waitUntil(lambda: page.stake.reviewer is not None and page.stake.reviewer.staked > 0, timeout=PATIENCE)


def test_the_wheel_scrolls_the_page_and_chooses_no_other_account(qtbot: QtBot) -> None:
    choice = Choice()
    qtbot.addWidget(choice)
    choice.addItems(["newsroom", "night desk"])
    wheel = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(choice, wheel)
    assert not wheel.isAccepted()
    assert choice.currentIndex() == 0
    qtbot.keyClick(choice, Qt.Key.Key_Down)
    assert choice.currentIndex() == 1


def test_amounts_are_read_and_written_alike() -> None:
    from touchstone.texts import review

    for units in (0, 1, 999_999, 1_000_000, 12_500_000, 20_000_000_000):
        assert review.units(review.amount(units).replace("\N{NARROW NO-BREAK SPACE}", "")) == units
    for typed in ("", "-1", "1e3", "1.2.3", "0x10", "1.0000001", "١"):
        assert review.units(typed) is None


def test_desks_share_one_vault(window: MainWindow) -> None:
    desk: Desk = window._desk
    assert desk.register.vault() is desk.register.vault()
