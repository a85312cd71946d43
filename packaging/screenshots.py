"""screenshots.py FOLDER: draws the pictures of the window for the documents, from real samples that are really checked.

Each theme and scale is a process of its own, because the scale is fixed when Qt starts. The fonts are those of this
computer.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from PySide6.QtWidgets import QApplication

THEMES = ("light", "dark")
SCALES = (100, 200)
_SIZE = (1280, 800)
_PATIENCE = 180.0


def main() -> None:
    if len(sys.argv) == 2:
        for theme in THEMES:
            for scale in SCALES:
                _in_a_process(Path(sys.argv[1]), theme, scale)
    else:
        _draw(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))


def _in_a_process(folder: Path, theme: str, scale: int) -> None:
    factor = {"QT_SCALE_FACTOR": str(scale / 100), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, __file__, str(folder.absolute()), theme, str(scale)]
    subprocess.run(command, env={**os.environ, **factor}, check=True)


def _draw(folder: Path, theme: str, scale: int) -> None:
    application = QApplication(["touchstone", "-style", "fusion"])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        Camera(application, Path(home), theme, lambda name: folder / f"{name}-{theme}-{scale}.png").run()


class Camera:
    """Goes through the window and takes pictures."""

    def __init__(self, application: QApplication, home: Path, theme: str, place: Callable[[str], Path]) -> None:
        from touchstone.paths import Home
        from touchstone.settings import Settings, Theme, save
        from touchstone.ui.launch import open_window

        self._application, self._place = application, place
        where = Home(home)
        save(where, Settings(theme=Theme(theme)))
        self._window = open_window(application, where)
        self._window.resize(*_SIZE)
        self._window.fill()
        self._window.warm()

    def run(self) -> None:
        """Take every picture, then close the window."""
        from touchstone.ui.navigation import Place

        window = self._window
        self._take("first-run")
        window.check.start.welcome.close_button.click()
        self._take("check-empty")
        window.check.start.examples["signed"].click()
        runner = window.check.bench.runner
        self._until(lambda: runner.counts()[1] == 14 and not runner.running())
        self._answer("signed", "check-traced")
        self._answer("changed", "check-doubtful")
        window.resize(_SIZE[0], 1200)
        self._answer("laundered", "check-laundered", opened="credentials")
        window.resize(*_SIZE)
        window.go(Place.HISTORY)
        self._until(lambda: self._rows() == 14)
        self._take("history")
        window.go(Place.SETTINGS)
        self._take("settings")
        window.close()

    def _answer(self, code: str, name: str, opened: str = "") -> None:
        from touchstone.check.samples import NAMES

        bench = self._window.check.bench
        bench.select(next(item for item in bench.model.items() if item.path.name == NAMES[code]))
        if opened:
            bench.pane.card.folds[opened].open()
        self._take(name)
        for fold in bench.pane.card.folds.values():
            fold.open(wanted=False)

    def _rows(self) -> int:
        from touchstone.ui.history import HistoryScreen

        return self._window.findChild(HistoryScreen).model.rowCount()

    def _take(self, name: str) -> None:
        began = time.monotonic()
        self._until(lambda: time.monotonic() - began > 0.6)
        place = self._place(name)
        self._window.grab().save(str(place))
        with Image.open(place) as drawn:
            smaller = drawn.convert("RGB").quantize(256)
        smaller.save(place, optimize=True)  # a quarter of the bytes, for a repository that keeps every version

    def _until(self, condition: Callable[[], bool]) -> None:
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > _PATIENCE:
                raise SystemExit("the window did not get there")
            self._application.processEvents()
            time.sleep(0.005)


if __name__ == "__main__":
    main()
