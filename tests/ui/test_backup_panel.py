"""Backups in the settings: made with a password of their own, restored elsewhere, and what would be replaced."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from tests.ui.conftest import PATIENCE
from tests.ui.publishing import SECRET

from touchstone.chain import keystore
from touchstone.paths import Home
from touchstone.ui.backup_panel import BackupPanel
from touchstone.ui.navigation import Place
from touchstone.ui.settings import SettingsScreen
from touchstone.ui.window import MainWindow

PASSWORD = "a longer password"


def panel_of(window: MainWindow) -> BackupPanel:
    window.go(Place.SETTINGS)
    (screen,) = window.findChildren(SettingsScreen)
    return screen.register.backup


@pytest.fixture
def file(window: MainWindow, home: Home, qtbot: QtBot, tmp_path: Path) -> Path:
    """A backup with one key in it, made through the window."""
    keystore.take(home, "newsroom", SECRET, "correct horse", work=2)
    panel, path = panel_of(window), tmp_path / "kept.backup"
    panel.create_at(path)
    panel.form.password.setText("short")
    panel.form.agree.click()
    assert "8 characters" in panel.form.notice.text()
    panel.form.password.setText(PASSWORD)
    panel.form.agree.click()
    assert panel.form.notice.text() == "The two passwords differ."
    panel.form.again.setText(PASSWORD)
    panel.form.agree.click()
    qtbot.waitUntil(lambda: "Kept as" in panel.notice.text(), timeout=PATIENCE)
    assert "1 key file" in panel.notice.text()
    assert not panel.form.isVisible()
    return path


def test_restoring_on_another_computer(file: Path, opened, qtbot: QtBot, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    window = opened(other)
    panel = panel_of(window)
    panel.restore_from(file)
    qtbot.waitUntil(lambda: panel.form.isVisible(), timeout=PATIENCE)  # noqa: PLW0108
    panel.form.password.setText("a wrong password")
    panel.form.agree.click()
    qtbot.waitUntil(lambda: "The password is wrong" in panel.form.notice.text(), timeout=PATIENCE)
    assert keystore.keys(other) == ()
    panel.form.password.setText(PASSWORD)
    panel.form.agree.click()
    qtbot.waitUntil(lambda: panel.confirm.isVisible(), timeout=PATIENCE)  # noqa: PLW0108
    assert window.focusWidget() is panel.confirm.cancel
    assert (
        "settings.toml" in panel.confirm.accessibleName()
        or "Nothing here is replaced" in panel.confirm.accessibleName()
    )
    assert keystore.keys(other) == ()
    panel.confirm.agree.click()
    qtbot.waitUntil(lambda: "The backup was restored" in panel.notice.text(), timeout=PATIENCE)
    assert [key.name for key in keystore.keys(other)] == ["newsroom"]


def test_what_is_no_backup_is_refused_before_a_password_is_asked_for(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(b"not a backup" * 100)
    panel = panel_of(window)
    panel.restore_from(path)
    qtbot.waitUntil(lambda: panel.notice.isVisible(), timeout=PATIENCE)  # noqa: PLW0108
    assert panel.notice.text() == "That is no backup of Touchstone."
    assert not panel.form.isVisible()
