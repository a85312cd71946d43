"""The copy of the register in the settings: how far it goes, followed, exported and taken elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from tests.ui.conftest import PATIENCE

from touchstone.chain.networks import Networks
from touchstone.paths import Home
from touchstone.registry.lookup import mirror_path
from touchstone.ui.mirror_panel import MirrorPanel
from touchstone.ui.navigation import Place
from touchstone.ui.settings import SettingsScreen
from touchstone.ui.window import MainWindow


def panel_of(window: MainWindow) -> MirrorPanel:
    window.go(Place.SETTINGS)
    (screen,) = window.findChildren(SettingsScreen)
    return screen.register.mirror


@pytest.fixture
def panel(published: Home, opened) -> MirrorPanel:
    return panel_of(opened())


def test_nothing_yet(window: MainWindow, qtbot: QtBot) -> None:
    panel = panel_of(window)
    qtbot.waitUntil(lambda: "There is no copy yet" in panel.status.text(), timeout=PATIENCE)
    assert not panel.export_button.isEnabled()


def test_following_the_practice_ledger(panel: MirrorPanel, home: Home, qtbot: QtBot) -> None:
    mirror_path(home, Networks.load(home).get("practice")).unlink()
    panel.reload()
    qtbot.waitUntil(lambda: "There is no copy yet" in panel.status.text(), timeout=PATIENCE)
    panel.sync_button.click()
    qtbot.waitUntil(lambda: panel.notice.text() == "The copy is up to date.", timeout=PATIENCE)
    assert "0 registered files" in panel.status.text()
    assert panel.sync_button.isEnabled()
    assert not panel.working.isVisible()


def test_a_snapshot_goes_elsewhere(panel: MirrorPanel, opened, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "register.snapshot"
    panel.export_to(file)
    qtbot.waitUntil(lambda: "Its hash, for whoever imports it" in panel.notice.text(), timeout=PATIENCE)
    other = panel_of(opened(Home(tmp_path / "other")))
    other.import_from(file)
    qtbot.waitUntil(lambda: "The snapshot was taken" in other.notice.text(), timeout=PATIENCE)
    qtbot.waitUntil(lambda: "up to block" in other.status.text().lower(), timeout=PATIENCE)
    digest = panel.notice.text().rsplit(" ", 1)[1]
    assert digest in other.notice.text()


def test_what_is_no_snapshot_is_refused(panel: MirrorPanel, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "holiday.jpg"
    file.write_bytes(b"holiday" * 100)
    panel.import_from(file)
    qtbot.waitUntil(lambda: "no snapshot of a register" in panel.notice.text(), timeout=PATIENCE)
    assert panel.import_button.isEnabled()


def test_a_damaged_copy_is_told_as_such(panel: MirrorPanel, home: Home, qtbot: QtBot) -> None:
    mirror_path(home, Networks.load(home).get("practice")).write_bytes(b"no database" * 500)
    panel.reload()
    qtbot.waitUntil(lambda: "copy of the register is damaged" in panel.notice.text(), timeout=PATIENCE)
