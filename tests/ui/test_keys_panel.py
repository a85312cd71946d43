"""Keys: made and imported with a password, locked, and told when they cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from tests.ui.conftest import PATIENCE

from touchstone.chain import keystore
from touchstone.paths import Home
from touchstone.settings import load
from touchstone.ui.keys_panel import KeysPanel
from touchstone.ui.labels import Text
from touchstone.ui.navigation import Place
from touchstone.ui.settings import SettingsScreen
from touchstone.ui.window import MainWindow

SECRET = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
ADDRESS = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23"


@pytest.fixture
def panel(window: MainWindow) -> KeysPanel:
    window.go(Place.SETTINGS)
    (screen,) = window.findChildren(SettingsScreen)
    return screen.register.keys


def words(panel: KeysPanel) -> str:
    return "\n".join(label.text() for label in panel.findChildren(Text))


def says(panel: KeysPanel, qtbot: QtBot, said: str) -> None:
    qtbot.waitUntil(lambda: said in words(panel), timeout=PATIENCE)


def test_a_new_key_is_made_and_can_be_locked(panel: KeysPanel, home: Home, qtbot: QtBot) -> None:
    says(panel, qtbot, "No key yet")
    panel.new_button.click()
    form = panel.form
    form.agree.click()
    assert form.notice.text() == "Give the key a name."
    form.name.setText("newsroom")
    form.password.setText("correct horse")
    form.again.setText("correct house")
    form.agree.click()
    assert form.notice.text() == "The two passwords differ."
    form.again.setText("correct horse")
    form.agree.click()
    says(panel, qtbot, "The key newsroom was kept.")
    (key,) = keystore.keys(home)
    assert key.name == "newsroom"
    assert not form.isVisible()
    assert form.password.text() == ""
    says(panel, qtbot, "Locked")
    assert not panel.lock_button.isEnabled()
    register = panel._desk.register
    register.unlock(key, "correct horse")
    panel.reload()
    says(panel, qtbot, "Open")
    panel.lock_button.click()
    says(panel, qtbot, "All keys are locked.")
    assert register.is_locked(key)


def test_importing_a_key(panel: KeysPanel, home: Home, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "key.txt"
    file.write_text("no key at all")
    panel.import_button.click()
    form = panel.form
    form.name.setText("old")
    form.password.setText("correct horse")
    form.agree.click()
    assert form.notice.text() == "Choose the key file."
    form.file.use(file)
    form.agree.click()
    qtbot.waitUntil(lambda: form.agree.isEnabled(), timeout=PATIENCE)  # noqa: PLW0108
    assert keystore.keys(home) == ()
    file.write_text(SECRET)
    form.agree.click()
    says(panel, qtbot, "The key old was kept.")
    assert [key.address for key in keystore.keys(home)] == [ADDRESS]
    assert SECRET not in words(panel)


def test_what_cannot_be_used_says_so(opened, home: Home, qtbot: QtBot) -> None:
    home.keys.mkdir(parents=True)
    (home.keys / "broken.json").write_text("{}")
    kept = keystore.take(home, "<b>exposed</b>", SECRET, "correct horse", work=2)
    kept.path.chmod(0o644)
    window = opened()
    window.go(Place.SETTINGS)
    (screen,) = window.findChildren(SettingsScreen)
    says(screen.register.keys, qtbot, "Others on this computer can read the file.")
    says(screen.register.keys, qtbot, "This file is no key, or is damaged.")
    says(screen.register.keys, qtbot, "<b>exposed</b>")


def test_the_lock_timer_is_kept(panel: KeysPanel, home: Home, qtbot: QtBot) -> None:
    panel.timer.setCurrentIndex(panel.timer.findData(900))
    qtbot.waitUntil(lambda: load(home).lock_seconds == 900, timeout=PATIENCE)
