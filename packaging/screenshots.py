"""screenshots.py FOLDER: draws the pictures of the window for the documents, from real samples that are really checked.

With `--only models` or `--only review`, those of that screen alone.

Each theme and scale is a process of its own, because the scale is fixed when Qt starts. The fonts are those of this
computer.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from touchstone.ui.publish import PublishScreen

THEMES = ("light", "dark")
SCALES = (100, 200)
_SIZE = (1280, 800)
_PATIENCE = 180.0
_PASSWORD = "correct horse battery staple"
_PUBLISHED = ("signed", "smaller", "everyday", "declared-ai", "video-signed", "sound-signed", "withdrawn")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", choices=("models", "review"), help="draw these alone")
    parser.add_argument("--one", nargs=2, metavar=("THEME", "SCALE"), help="draw in this process")
    chosen = parser.parse_args()
    if chosen.one is not None:
        _draw(chosen.folder, chosen.one[0], int(chosen.one[1]), chosen.only)
        return
    for theme in THEMES:
        for scale in SCALES:
            _in_a_process(chosen.folder, theme, scale, chosen.only)


def _in_a_process(folder: Path, theme: str, scale: int, only: str | None) -> None:
    factor = {"QT_SCALE_FACTOR": str(scale / 100), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, __file__, str(folder.absolute()), "--one", theme, str(scale)]
    command += ["--only", only] if only is not None else []
    subprocess.run(command, env={**os.environ, **factor}, check=True)


def _draw(folder: Path, theme: str, scale: int, only: str | None) -> None:
    application = QApplication(["touchstone", "-style", "fusion"])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        camera = Camera(application, Path(home), theme, lambda name: folder / f"{name}-{theme}-{scale}.png")
        {None: camera.run, "models": camera.run_models, "review": camera.run_review}[only]()


class Camera:
    """Goes through the window and takes pictures."""

    def __init__(self, application: QApplication, home: Path, theme: str, place: Callable[[str], Path]) -> None:
        from touchstone.paths import Home
        from touchstone.settings import Settings, Theme, save
        from touchstone.ui.launch import open_window

        self._application, self._place = application, place
        self._home = home
        where = Home(home)
        save(where, Settings(theme=Theme(theme)))
        self._window = open_window(application, where)
        self._window.resize(*_SIZE)
        self._window.fill()
        self._window.warm()

    def run(self) -> None:
        """Take every picture, then close the window."""
        from touchstone.check.samples import NAMES
        from touchstone.ui.navigation import Place

        window, count = self._window, len(NAMES)
        self._take("first-run")
        window.check.start.welcome.close_button.click()
        self._take("check-empty")
        window.check.start.examples["signed"].click()
        runner = window.check.bench.runner
        self._until(lambda: runner.counts()[1] == count and not runner.running())
        self._answer("signed", "check-traced")
        self._answer("changed", "check-doubtful")
        self._answer("plain", "check-registered")
        self._answer("withdrawn", "check-withdrawn")
        window.resize(_SIZE[0], 1200)
        self._answer("laundered", "check-laundered", opened="credentials")
        self._answer("smaller", "check-similar", opened="register")
        window.resize(_SIZE[0], 1440)
        self._answer("everyday", "check-detectors", opened="detectors")
        window.resize(*_SIZE)
        self._models()
        window.go(Place.HISTORY)
        self._until(lambda: self._rows() == count)
        self._take("history")
        window.go(Place.SETTINGS)
        self._take("settings")
        self._publish()
        self._review()
        window.close()

    def run_models(self) -> None:
        """Take the pictures of the Models screen, then close the window."""
        self._models()
        self._window.close()

    def run_review(self) -> None:
        """Take the pictures of the Review screen, then close the window."""
        from touchstone.check.samples import NAMES

        window, count = self._window, len(NAMES)
        window.check.start.welcome.close_button.click()
        window.check.start.examples["signed"].click()
        runner = window.check.bench.runner
        self._until(lambda: runner.counts()[1] == count and not runner.running())
        self._review()
        window.close()

    def _review(self) -> None:
        """A whole case on the practice ledger, with a seat of one's own in it."""
        from reviewing import Reviewing

        Reviewing(self._window, self._take, self._until, _PASSWORD).run()

    def _models(self) -> None:
        """The detectors that ship, and the lineage of one of them."""
        from touchstone import paths
        from touchstone.ui.lineage_places import Kind
        from touchstone.ui.models_pane import ABOUT, LINEAGE
        from touchstone.ui.models_screen import ModelsScreen
        from touchstone.ui.navigation import Place

        self._window.go(Place.MODELS)
        screen = self._window.findChild(ModelsScreen)
        count = len(list(paths.shipped_models().glob("*/manifest.json")))
        self._until(lambda: screen.model.rowCount() == count)
        screen.table.setFocus()
        self._take("models")
        screen.pane.go(LINEAGE)
        page = screen.pane.lineage
        self._until(lambda: page.looked is not None and not page.work.running())
        page.map.buttons[Kind.WEIGHTS].setFocus()
        self._take("lineage")
        self._window.resize(_SIZE[0], 1040)
        page.open_details(Kind.DATA)
        self._take("lineage-data")
        self._window.resize(*_SIZE)
        screen.pane.go(ABOUT)

    def _publish(self) -> None:
        """The whole path of a publisher, on the practice ledger."""
        from touchstone.ui.navigation import Place
        from touchstone.ui.publish import PUBLISHER, REGISTERED, TRANSACTIONS

        window = self._window
        window.go(Place.PUBLISH)
        screen = window.publish
        screen.go(PUBLISHER)
        self._until(lambda: screen.identity.form is not None)
        form = screen.identity.form
        form.name.setFocus()
        self._take("publish-start")
        form.name.setText("Agence X")
        form.domain.setText("agence-x.example")
        for field in (form.password, form.again):
            field.setText(_PASSWORD)
        form.agree.click()
        self._agree("publish-confirm-publisher")
        self._until(lambda: screen.identity.publisher is not None and not screen.identity.signing.running())
        screen.identity.notice.hide()
        window.resize(_SIZE[0], 1040)
        screen.identity.domain.steps.open()
        self._take("publish-identity")
        window.resize(*_SIZE)
        self._files(screen)
        screen.go(REGISTERED)
        self._until(lambda: screen.registered.model.count_all() > 0)
        screen.registered.table.setCurrentIndex(screen.registered.model.index(0, 0))
        self._take("publish-registered")
        screen.go(TRANSACTIONS)
        self._until(lambda: screen.transactions.model.rowCount() > 0)
        self._take("publish-transactions")

    def _files(self, screen: PublishScreen) -> None:
        """Files dropped, tried, agreed to, registered."""
        from touchstone.check.samples import NAMES

        files, folder = screen.files, self._home / "sample-files"
        screen.take_files([folder / NAMES[code] for code in _PUBLISHED])
        self._until(lambda: files.model.rowCount() == len(_PUBLISHED) and not files.inspector.running())
        self._take("publish-files")
        files.dry_run.click()
        self._until(lambda: bool(files.cost()) and not files.signing.running())
        self._take("publish-trial")
        screen.lock_keys()  # so that the sheet asks for the password
        files.register.click()
        self._agree("publish-confirm")
        self._until(lambda: files.notice.isVisible() and not files.signing.running())
        self._take("publish-receipts")

    def _agree(self, name: str) -> None:
        """Take a picture of the sheet that asks, then agree."""
        from touchstone.ui.confirm import ConfirmSheet

        self._until(lambda: any(sheet.isVisible() for sheet in self._window.findChildren(ConfirmSheet)))
        sheet = next(sheet for sheet in self._window.findChildren(ConfirmSheet) if sheet.isVisible())
        self._take(name, sheet)
        sheet.password.setText(_PASSWORD)
        sheet.agree.click()

    def _answer(self, code: str, name: str, opened: str = "") -> None:
        from touchstone.check.samples import NAMES

        bench = self._window.check.bench
        bench.select(next(item for item in bench.model.items() if item.path.name == NAMES[code]))
        if opened:
            bench.pane.card.folds[opened].open()
        card = bench.pane.card
        if opened == "detectors" and card.where.isVisible():
            card.where.click()
        self._take(name)
        card.marks.show("")
        for fold in card.folds.values():
            fold.open(wanted=False)

    def _rows(self) -> int:
        from touchstone.ui.history import HistoryScreen

        return self._window.findChild(HistoryScreen).model.rowCount()

    def _take(self, name: str, widget: QWidget | None = None) -> None:
        began = time.monotonic()
        self._until(lambda: time.monotonic() - began > 0.6)
        place = self._place(name)
        (widget or self._window).grab().save(str(place))
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
