"""Where the index of a mirror's fingerprints is, for those who only want to know whether there is one."""

from __future__ import annotations

from pathlib import Path

LIST = "segments.json"
LOOSE = 2_048  # rows that a look-up reads from the mirror because they are not indexed yet


def folder_of(mirror: Path) -> Path:
    """The folder of the index that belongs to the mirror at this path."""
    return mirror.with_name(mirror.stem + ".fingerprints")


def stamp(mirror: Path) -> tuple[int, int] | None:
    """What changes whenever the index does; None where there is none."""
    try:
        found = (folder_of(mirror) / LIST).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino
