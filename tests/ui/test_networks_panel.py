"""Choosing a network: a public one is asked nothing before the user has agreed; the window always says which it is."""

from __future__ import annotations

import socket

import pytest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot
from tests.ui.conftest import PATIENCE

from touchstone.chain.networks import Networks
from touchstone.paths import Home
from touchstone.settings import load
from touchstone.ui.navigation import Place
from touchstone.ui.networks_panel import NetworksPanel
from touchstone.ui.settings import SettingsScreen
from touchstone.ui.window import MainWindow


@pytest.fixture
def panel(window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> NetworksPanel:
    def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError("a socket")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    window.go(Place.SETTINGS)
    (screen,) = window.findChildren(SettingsScreen)
    found = screen.register.networks
    qtbot.waitUntil(lambda: bool(found.choices), timeout=PATIENCE)
    return found


def press(panel: NetworksPanel, name: str, qtbot: QtBot) -> None:
    def found() -> list[QPushButton]:
        return [b for b in panel.findChildren(QPushButton) if b.accessibleName() == name and b.isVisible()]

    qtbot.waitUntil(lambda: bool(found()), timeout=PATIENCE)
    found()[0].click()


def test_the_practice_ledger_is_in_use_and_said_to_be_local(window: MainWindow, panel: NetworksPanel) -> None:
    assert panel.choices["practice"].isChecked()
    assert window.navigation.badge.text() == "Practice ledger"
    assert list(panel.choices) == ["practice", "base-sepolia", "base"]


def test_a_public_network_asks_first(window: MainWindow, panel: NetworksPanel, home: Home) -> None:
    panel.choices["base"].click()
    assert "public network" in panel.confirm.accessibleName()
    assert "unaudited" in panel.confirm.accessibleName()
    assert window.focusWidget() is panel.confirm.cancel
    panel.confirm.cancel.click()
    assert panel.choices["practice"].isChecked()
    assert not panel.choices["base"].isChecked()
    assert load(home).network == "practice"


def test_agreeing_and_taking_it_back(window: MainWindow, panel: NetworksPanel, home: Home, qtbot: QtBot) -> None:
    panel.choices["base-sepolia"].click()
    panel.confirm.agree.click()
    qtbot.waitUntil(lambda: load(home).network == "base-sepolia", timeout=PATIENCE)
    assert Networks.load(home).get("base-sepolia").consented
    assert window.navigation.badge.text() == "base-sepolia"
    name = "Withdraw consent: Base Sepolia (test network)"
    press(panel, name, qtbot)
    qtbot.waitUntil(lambda: load(home).network == "practice", timeout=PATIENCE)
    assert not Networks.load(home).get("base-sepolia").consented
    assert window.navigation.badge.text() == "Practice ledger"


def test_a_network_of_ones_own(panel: NetworksPanel, home: Home, qtbot: QtBot) -> None:
    panel.add_button.click()
    form = panel.form
    form.name.setText("anvil")
    form.chain_id.setText("many")
    form.agree.click()
    assert "number" in form.notice.text()
    form.chain_id.setText("31337")
    form.urls.setPlainText("http://example.org")
    form.agree.click()
    qtbot.waitUntil(lambda: form.notice.text() != "The chain id is a number, for example 8453.", timeout=PATIENCE)
    assert form.isVisible()
    form.urls.setPlainText("http://127.0.0.1:8545\nhttp://127.0.0.1:8546")
    form.agree.click()
    qtbot.waitUntil(lambda: "anvil" in panel.choices, timeout=PATIENCE)
    assert not form.isVisible()
    assert Networks.load(home).get("anvil").urls == ("http://127.0.0.1:8545", "http://127.0.0.1:8546")
    press(panel, "Remove anvil", qtbot)
    panel.confirm.agree.click()
    qtbot.waitUntil(lambda: "anvil" not in panel.choices, timeout=PATIENCE)


def test_a_damaged_list_is_told(opened, home: Home, qtbot: QtBot) -> None:
    home.root.mkdir(parents=True, exist_ok=True)
    home.networks.write_bytes(b"\0 not toml")
    window = opened()
    window.go(Place.SETTINGS)
    (screen,) = window.findChildren(SettingsScreen)
    panel = screen.register.networks
    qtbot.waitUntil(lambda: panel.notice.isVisible(), timeout=PATIENCE)  # noqa: PLW0108
    assert "damaged" in panel.notice.text()
    assert list(panel.choices) == ["practice", "base-sepolia", "base"]


@pytest.mark.parametrize(
    ("name", "said"), [("base", "Unaudited contracts, money at stake"), ("base-sepolia", "Public, play money")]
)
def test_the_window_never_lets_forget_what_is_at_stake(
    window: MainWindow, panel: NetworksPanel, qtbot: QtBot, name: str, said: str
) -> None:
    badge = window.navigation.badge
    assert badge.about() == "Only on this computer"
    panel.choices[name].click()
    panel.confirm.agree.click()
    qtbot.waitUntil(lambda: badge.about() == said, timeout=PATIENCE)
    assert badge.accessibleName() == f"Network: {name}, {said}"
    assert badge._about.property("tone") == ("amber" if name == "base" else None)
    window.go(Place.PUBLISH)
    assert [label.text() for label in window.publish.caution.findChildren(QLabel)] == [said]
    assert window.publish.caution.isVisible()
    panel.choices["practice"].click()
    assert badge.about() == "Only on this computer"
    assert badge._about.property("tone") is None
    assert window.publish.caution.isHidden()


def test_what_was_sent_is_one_button_away(window: MainWindow, panel: NetworksPanel) -> None:
    panel.transactions_button.click()
    assert window.publish.transactions.isVisible()
    assert window.navigation.buttons[Place.PUBLISH].isChecked()
