"""The manifest store that may stand next to a file, as `photo.c2pa` or `photo.jpg.c2pa`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from touchstone.check.opening import OpenedFile, OpenError

SUFFIX = ".c2pa"
_LARGEST = 64 * 1024 * 1024


def find(path: Path) -> BinaryIO | None:
    """The open sidecar of a file, or None where there is none that can be read."""
    if path.suffix == SUFFIX:
        return None
    for candidate in (path.with_name(path.name + SUFFIX), path.with_suffix(SUFFIX)):
        try:
            with OpenedFile(candidate) as opened:
                if opened.size <= _LARGEST:
                    return os.fdopen(opened.again(), "rb")
        except (OpenError, ValueError):
            continue
    return None
