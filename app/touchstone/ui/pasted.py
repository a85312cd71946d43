"""Pictures that were pasted: each gets a file, for as long as the window is open."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from touchstone.texts import _

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from touchstone.ui.desk import Desk


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
