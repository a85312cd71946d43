"""The process that the window benchmarks start.

window_child.py empty STARTED|touchstone STARTED|batch FOLDER: the first two print the seconds from STARTED (the
parent's monotonic clock) to a window on the screen; the last drops a folder on the window and prints the gaps between
the ticks of a timer until every file is checked, in milliseconds, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

_KIND, _ARGUMENT = sys.argv[1:]
_TICK_MS = 5
_WARM_UP = 1.0  # seconds that the window gets for itself before files are dropped


def _on_exec(then: Callable[[], None]) -> None:
    """Have `then` run once, as the first thing in the event loop of whatever application starts."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    original = QApplication.exec

    def start(*_args: object) -> int:
        QTimer.singleShot(0, then)
        return original()

    QApplication.exec = start


def _main_window():
    from PySide6.QtWidgets import QApplication, QMainWindow

    shown = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMainWindow) and w.isVisible()]
    return next((w for w in shown if w.windowHandle() is not None and w.windowHandle().isExposed()), None)


def _report_shown() -> None:
    from PySide6.QtCore import QTimer

    if _main_window() is None:
        QTimer.singleShot(1, _report_shown)
        return
    print(time.monotonic() - float(_ARGUMENT), flush=True)
    os._exit(0)


def _empty() -> None:
    from PySide6.QtWidgets import QApplication, QMainWindow

    _on_exec(_report_shown)
    application = QApplication([])
    window = QMainWindow()
    window.resize(1100, 760)
    window.show()
    application.exec()


def _touchstone(then: Callable[[], None]) -> None:
    _on_exec(then)
    from touchstone.__main__ import main

    sys.argv[1:] = []
    sys.exit(main())


class _Batch:
    """Drops a folder on the window and listens to a timer until the batch is done."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._gaps, self._last = folder, [], 0.0

    def begin(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        if _main_window() is None:
            QTimer.singleShot(5, self.begin)
            return
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        QTimer.singleShot(int(_WARM_UP * 1000), self._drop)

    def _drop(self) -> None:
        from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
        from PySide6.QtGui import QDragEnterEvent, QDropEvent
        from PySide6.QtWidgets import QApplication

        from touchstone.ui.runner import Runner

        window = _main_window()
        (self._runner,) = window.findChildren(Runner)
        self._data = QMimeData()
        self._data.setUrls([QUrl.fromLocalFile(str(path)) for path in sorted(self._folder.glob("*.jpg"))])
        copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        middle = window.rect().center()
        self._last = time.monotonic()
        self._timer.start(_TICK_MS)
        QApplication.sendEvent(window, QDragEnterEvent(middle, copy, self._data, left, none))
        QApplication.sendEvent(window, QDropEvent(QPointF(middle), copy, self._data, left, none))

    def _tick(self) -> None:
        now = time.monotonic()
        self._gaps.append((now - self._last) * 1000)
        self._last = now
        done, total = self._runner.counts()
        if total and done == total and not self._runner.running():
            print(json.dumps({"files": total, "gaps": self._gaps}), flush=True)
            self._timer.stop()
            _main_window().close()
            from PySide6.QtWidgets import QApplication

            QApplication.quit()


def main() -> None:
    match _KIND:
        case "empty":
            _empty()
        case "touchstone":
            _touchstone(_report_shown)
        case "batch":
            _touchstone(_Batch(Path(_ARGUMENT)).begin)


if __name__ == "__main__":
    main()
