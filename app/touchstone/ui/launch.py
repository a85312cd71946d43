"""Opens the window. It is on the screen before anything is imported that reads or checks files."""

from __future__ import annotations

import gc
import sys

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QApplication

from touchstone import settings as settings_file
from touchstone.paths import Home
from touchstone.settings import Theme
from touchstone.ui import style
from touchstone.ui.desk import Desk
from touchstone.ui.window import MainWindow

_SETTLED_MS = 100  # by then the window has been drawn, and nobody has dropped a file yet


def launch(home: Home) -> int:
    """Show the window and wait until it is closed; returns the exit code."""
    application = QApplication([*sys.argv[:1], "-style", "fusion"])
    window = open_window(application, home)
    QTimer.singleShot(_SETTLED_MS, lambda: _shown(application, window))
    code = application.exec()
    close_window(application, window)
    return code


def _shown(application: QApplication, window: MainWindow) -> None:
    from touchstone.ui.signals import close_on_signals

    gc.freeze()
    gc.enable()
    close_on_signals(application)
    window.warm()


def close_window(application: QApplication, window: MainWindow) -> None:
    """End a window for good, before the application ends: Qt crashes where it is the other way round."""
    window.close()
    window.deleteLater()
    application.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def open_window(application: QApplication, home: Home) -> MainWindow:
    """Make the window and show it."""
    application.setApplicationName("Touchstone")
    application.setDesktopFileName("touchstone")
    chosen = settings_file.load(home)
    desk = Desk(home, chosen)

    def theme() -> Theme:
        return desk.settings.theme

    style.apply(application, chosen.theme)
    style.follow_system(application, theme)
    window = MainWindow(desk)
    window.show()
    return window
