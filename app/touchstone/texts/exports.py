"""Why a report could not be written, in words."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from touchstone.texts import _
from touchstone.texts.plain import plain

_PATH = 300


class Coded(Protocol):
    """Anything that carries a code of `touchstone.export.write.ExportTrouble`."""

    @property
    def code(self) -> str:
        """Why writing failed."""


def failure(error: Coded, target: Path) -> str:
    """What went wrong in writing to `target`, and what to do."""
    said = {
        "no-format": _("{path}: a report is written as .json, .html or .pdf. Choose a name that ends in one of these."),
        "missing-folder": _("{path}: the folder does not exist. Make it first, or choose another."),
        "not-a-folder": _("{path}: several reports go into a folder, and this is not one."),
        "not-a-file": _("{path}: this is not a file that can be replaced. Choose another name."),
        "read-only": _("{path}: you have no permission to write there. Choose another folder."),
        "full": _("{path}: the disk is full. Make room, or choose another place; nothing was left half written."),
        "no-writer": _("{path}: the PDF could not be made on this computer. Save the report as .html and print that."),
    }.get(str(error.code), _("{path}: the report could not be written there. Choose another place."))
    return said.format(path=plain(target, _PATH))
