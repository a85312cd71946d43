"""Every screen, in every theme, at 100 % and 200 %, in both directions, large and small: all of it can be read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication, QPushButton
from tests.ui import looking
from tests.ui.screens import faults_of, show_screen

from touchstone.settings import Theme
from touchstone.ui import style
from touchstone.ui.window import MainWindow

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("theme", [Theme.LIGHT, Theme.DARK, Theme.CONTRAST])
def test_nothing_is_cut_off_or_faint(opened, theme: Theme) -> None:
    assert faults_of(opened(theme=theme, first_run_done=False)) == {}


@pytest.mark.parametrize("size", [QSize(1280, 720), QSize(960, 560), QSize(1920, 1080)], ids=str)
def test_windows_of_any_size(opened, size: QSize) -> None:
    window = opened(first_run_done=False)
    window.resize(size)
    assert faults_of(window, colours=False) == {}
    assert window.size() == size


def test_right_to_left(opened, qapp: QApplication) -> None:
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        window: MainWindow = opened(first_run_done=False)
        assert window.navigation.x() > window.width() // 2
        assert faults_of(window, colours=False) == {}
    finally:
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


@pytest.mark.parametrize("theme", [Theme.LIGHT, Theme.DARK])
def test_twice_the_size(tmp_path: Path, theme: Theme) -> None:
    """In a process of its own: the scale is fixed when Qt starts."""
    command = [sys.executable, str(Path(__file__).with_name("screens.py")), str(tmp_path), theme]
    paths = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "app")])
    environment = {**os.environ, "QT_SCALE_FACTOR": "2", "PYTHONPATH": paths}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found == {"scale": 2.0, "faults": {}}


def test_the_looker_sees_what_is_wrong(opened) -> None:
    """A test of the tests: each fault is made once and has to be seen."""
    window: MainWindow = opened()
    show_screen(window, "settings")
    button = next(b for b in window.findChildren(QPushButton) if b.text() and b.isVisible())
    button.setText("")
    button.setAccessibleName("")
    assert "nameless" in looking.faults(window)
    button.setText("far too many words for a button of this size")
    button.setAccessibleName("words")
    button.setFixedWidth(60)
    window.navigation.buttons[0].setFocusPolicy(Qt.FocusPolicy.NoFocus)
    other = next(b for b in window.findChildren(QPushButton) if b.text() and b.isVisible() and b is not button)
    other.setStyleSheet("color: #f0f0f0; background: #ffffff; border: none;")
    window.navigation.buttons[1].move(window.navigation.buttons[2].pos())
    seen = looking.faults(window)
    assert {"cut off", "unreachable", "faint", "overlapping"} <= set(seen)
    style.apply(QApplication.instance(), Theme.LIGHT)
