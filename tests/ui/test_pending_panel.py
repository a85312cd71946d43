"""Transactions that were signed before the program ended: found again in the settings, and never signed twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from tests.ui.conftest import PATIENCE
from tests.ui.publishing import PASSWORD

from touchstone.chain import keystore
from touchstone.chain.local import PracticeLedger
from touchstone.chain.networks import Networks
from touchstone.chain.send import Sender, Step
from touchstone.chain.signer import KeystoreSigner
from touchstone.paths import Home
from touchstone.registry import mirror, own, publishers
from touchstone.ui.labels import Text
from touchstone.ui.navigation import Place
from touchstone.ui.pending_panel import PendingPanel
from touchstone.ui.settings import SettingsScreen
from touchstone.ui.window import MainWindow


class Killed(BaseException):
    """Stands for the end of the program."""


@pytest.fixture
def interrupted(published: Home) -> Home:
    """The name was changed: signed and kept, and never broadcast."""
    network, (key,) = Networks.load(published).get("practice"), keystore.keys(published)
    signer = KeystoreSigner(key)
    signer.unlock(PASSWORD)
    ledger = PracticeLedger(published.ledger)
    sender = Sender(published, network, [ledger.node()])

    def end(step: Step, _params: Mapping[str, Any]) -> None:
        if step is Step.KEPT:
            raise Killed

    prepared = sender.prepare(publishers.set_name(network, 1, "Agence Z"), key.address)
    with pytest.raises(Killed):
        sender.send(prepared, signer, lambda _prepared: True, on_step=end)
    sender.close()
    ledger.close()
    signer.lock()
    return published


def panel_of(window: MainWindow) -> PendingPanel:
    window.go(Place.SETTINGS)
    (screen,) = window.findChildren(SettingsScreen)
    return screen.register.pending


def words(panel: PendingPanel) -> str:
    return "\n".join(label.text() for label in panel.findChildren(Text) if label.isVisible())


def test_nothing_is_shown_where_nothing_is_under_way(window: MainWindow, qtbot: QtBot) -> None:
    panel = panel_of(window)
    qtbot.wait(100)
    assert not panel.frame.isVisible()


def test_one_that_was_never_broadcast_is_looked_after(interrupted: Home, opened, qtbot: QtBot) -> None:
    panel = panel_of(opened())
    qtbot.waitUntil(lambda: "Change the name" in words(panel), timeout=PATIENCE)
    assert "kept, not seen by a node yet" in words(panel)
    for _attempt in range(2):  # the first gives it to the ledger, the second finds it in a block
        panel.look_button.click()
        qtbot.waitUntil(lambda: panel.look_button.isEnabled(), timeout=PATIENCE)  # noqa: PLW0108
    qtbot.waitUntil(lambda: not panel.frame.isVisible(), timeout=PATIENCE)
    network = Networks.load(interrupted).get("practice")
    mirror.sync(interrupted, network)
    (publisher,) = own.publishers(interrupted, network, [key.address for key in keystore.keys(interrupted)])
    assert publisher.name == "Agence Z"
