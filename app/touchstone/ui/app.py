"""Opens the window. It is on the screen before anything is imported that reads or checks files."""

from __future__ import annotations

import sys

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from touchstone import settings as settings_file
from touchstone.paths import Home
from touchstone.settings import Theme
from touchstone.ui import style
from touchstone.ui.desk import Desk
from touchstone.ui.window import MainWindow


def run(home: Home) -> int:
    """Show the window and wait until it is closed; returns the exit code."""
    QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    application = QApplication(sys.argv[:1])
    window = open_window(application, home)
    QTimer.singleShot(0, window.warm)
    code = application.exec()
    window.close()
    return code


def open_window(application: QApplication, home: Home) -> MainWindow:
    """Make the window and show it."""
    application.setApplicationName("Touchstone")
    application.setDesktopFileName("touchstone")
    application.setStyle("Fusion")
    chosen = settings_file.load(home)
    desk = Desk(home, chosen)

    def theme() -> Theme:
        return desk.settings.theme

    style.apply(application, chosen.theme)
    style.follow_system(application, theme)
    window = MainWindow(desk)
    window.show()
    return window
