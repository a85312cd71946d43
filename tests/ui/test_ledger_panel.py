"""The practice ledger in the settings: how it stands, time moved forward, begun again with a copy kept."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot
from tests.ui.conftest import PATIENCE

from touchstone.paths import Home
from touchstone.ui.ledger_panel import DAY, LedgerPanel, standing
from touchstone.ui.navigation import Place
from touchstone.ui.settings import SettingsScreen
from touchstone.ui.window import MainWindow


def panel_of(window: MainWindow) -> LedgerPanel:
    window.go(Place.SETTINGS)
    (screen,) = window.findChildren(SettingsScreen)
    return screen.register.ledger


@pytest.fixture
def panel(published: Home, opened) -> LedgerPanel:
    return panel_of(opened())


def test_looking_begins_no_ledger(window: MainWindow, home: Home, qtbot: QtBot) -> None:
    panel = panel_of(window)
    qtbot.waitUntil(lambda: "Not begun yet" in panel.status.text(), timeout=PATIENCE)
    assert not panel.reset_button.isEnabled()
    assert not home.ledger.exists()


def test_how_it_stands(panel: LedgerPanel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: panel.status.text().startswith("Block "), timeout=PATIENCE)
    assert "transactions" in panel.status.text()
    assert "ahead" not in panel.status.text()


def test_skipping_ahead(panel: LedgerPanel, home: Home, qtbot: QtBot) -> None:
    panel.skips[DAY].click()
    qtbot.waitUntil(lambda: panel.notice.text() == "Ledger time was moved forward by 1 day.", timeout=PATIENCE)
    qtbot.waitUntil(lambda: "its time runs ahead by" in panel.status.text(), timeout=PATIENCE)
    found = standing(home.ledger)
    assert found is not None
    assert DAY - 60 <= found.ahead <= DAY + 60


def test_beginning_again_asks_and_says_where_the_copy_is(panel: LedgerPanel, home: Home, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: panel.reset_button.isEnabled(), timeout=PATIENCE)  # noqa: PLW0108
    before = standing(home.ledger)
    panel.reset_button.click()
    assert panel.window().focusWidget() is panel.confirm.cancel
    panel.confirm.cancel.click()
    assert standing(home.ledger) == before
    panel.reset_button.click()
    panel.confirm.agree.click()
    qtbot.waitUntil(lambda: "was begun again" in panel.notice.text(), timeout=PATIENCE)
    copies = [
        path for path in home.root.iterdir() if path.name in panel.notice.text() and path.name != home.ledger.name
    ]
    assert copies
    after = standing(home.ledger)
    assert before is not None
    assert after is not None
    assert after.transactions < before.transactions
