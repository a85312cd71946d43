"""What is dropped on a window or pasted into it. A picture gets a file, for as long as the window is open."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from touchstone.texts import _
from touchstone.ui.navigation import Place

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData
    from PySide6.QtGui import QImage

    from touchstone.ui.desk import Desk
    from touchstone.ui.window import MainWindow


def take(window: MainWindow, data: QMimeData) -> bool:
    """Check what was dropped or pasted; false, and a word about it, where there is nothing to check."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile() and url.toLocalFile()]
    if paths:
        window.takes_files()(paths)
        return True
    if data.hasImage():
        from PySide6.QtGui import QImage

        image = data.imageData()
        if isinstance(image, QImage) and not image.isNull():
            window.check_image(image)
            return True
    window.go(Place.CHECK)
    if data.hasUrls():
        window.check.tell(_("That is a link, not a file. Save what it leads to, then drop the file here."))
    else:
        window.check.tell(_("There is no file and no picture in that. Drop a photo, a video or a recording."))
    return False


class Pasted:
    """Writes pictures to a temporary folder."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._count = 0

    def check(self, image: QImage, call: Callable[[list[Path]], None], tell: Callable[[str], None]) -> None:
        """Write a picture and hand its path to `call`; `tell` gets why that cannot be."""
        not_written = _("The picture could not be written to a temporary file.")
        try:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="touchstone-")
        except OSError:
            tell(not_written)
            return
        self._count += 1
        name = _("pasted picture {number}").format(number=self._count)
        path = Path(self._folder.name, f"{name}.png")
        pixels = image.copy()

        def then(saved: object) -> None:
            if saved:
                call([path])
            else:
                tell(not_written)

        self._desk.background.run(lambda: pixels.save(str(path)), then)

    def clean_up(self) -> None:
        """Delete them."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
