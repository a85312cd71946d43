"""Finds the registered file for a comparison: where it may be on this computer, or where the user says it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from touchstone.report import Kind, Picture
from touchstone.texts import _, failures
from touchstone.texts.plain import plain
from touchstone.ui import pictures
from touchstone.ui.batch import Shown
from touchstone.ui.desk import Desk

if TYPE_CHECKING:
    from touchstone.ui.compare import CompareView
    from touchstone.ui.difference import Difference


@dataclass(frozen=True, slots=True)
class _Found:
    """The registered file's picture, and how it differs."""

    original: QImage
    compared: Difference | None


class Originals(QObject):
    """Serves the comparisons of one pane. The work is done in threads, the decoding in a worker."""

    def __init__(self, desk: Desk, window: QWidget) -> None:
        super().__init__(window)
        self._desk, self._window = desk, window
        self._dialog: QFileDialog | None = None

    def serve(self, view: CompareView) -> None:
        """Find the file that `view` wants, and go on doing so when it asks again."""
        view.choose_asked.connect(lambda: self.ask_where(view))
        view.original_asked.connect(lambda place: self._find(view, place))
        self._find(view, None)

    def ask_where(self, view: CompareView) -> None:
        """Ask the user for the registered file."""
        dialog = QFileDialog(self._window.window(), _("Find the registered file"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: view.look_for(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        self._dialog = dialog
        dialog.open()

    def _find(self, view: CompareView, place: Path | None) -> None:
        desk, shown, sha256, orientation = self._desk, view.shown, view.sha256, view.orientation

        def work() -> _Found | None:
            from touchstone.check import originals

            path = place or originals.find(desk.home, sha256, shown.path, desk.settings.sample_folder)
            return None if path is None else _compared(desk, shown, path, sha256, orientation)

        def then(found: _Found | None) -> None:
            if found is None:
                view.say(_("The registered file has not been found on this computer. You may have it elsewhere."))
            else:
                view.show_original(found.original, found.compared)

        def otherwise(error: Exception) -> None:
            view.say(_why_not(error, place))

        desk.background.run(work, _while_there(view, then), _while_there(view, otherwise))


def _while_there(view: CompareView, call: Callable[[Any], None]) -> Callable[[Any], None]:
    """`call`, unless the card has been sent away meanwhile."""
    from shiboken6 import isValid

    return lambda value: call(value) if isValid(view) else None


def _compared(desk: Desk, shown: Shown, path: Path, sha256: str, orientation: int) -> _Found:
    original = desk.checker().picture(path, sha256)
    image = pictures.image(original)
    if shown.report.media.kind is not Kind.IMAGE:
        return _Found(image, None)
    from touchstone.ui import difference

    return _Found(image, difference.compare(_of_file(desk, shown), original, orientation))


def _of_file(desk: Desk, shown: Shown) -> Picture:
    """The picture of the file itself, as large as it is to be had."""
    kept = shown.pictures.get("thumbnail")
    if kept is not None:
        return kept
    from touchstone.check.originals import OpenError, OtherFileError, WorkerError

    try:
        return desk.checker().picture(shown.path, shown.report.media.sha256)
    except (OpenError, OtherFileError, WorkerError):
        return shown.pictures["thumbnail-small"]


def _why_not(error: Exception, place: Path | None) -> str:
    from touchstone.check.originals import OpenError, OtherFileError, WorkerError

    name = plain(place.name) if place is not None else _("the registered file")
    if isinstance(error, OtherFileError):
        return _("{name} is another file: its SHA-256 is not that of the registered one.").format(name=name)
    if isinstance(error, (OpenError, WorkerError)):
        return _("{name} cannot be shown: {why}.").format(name=name, why=failures.reason(error.failure))
    return _("The two could not be compared.")
