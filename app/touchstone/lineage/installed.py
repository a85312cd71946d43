"""The models on this computer as the register knows them: by the SHA-256 of their manifest's bytes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from touchstone import modelfile, paths
from touchstone.modelfile import Manifest, ManifestError
from touchstone.paths import Home

# Whoever made the folder may be anybody: a link, a pipe or a device in it is not opened.
_FLAGS = (
    os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A model in its folder; `sha256` is of its manifest's bytes. Nothing is said of its other files."""

    folder: Path
    manifest: Manifest
    sha256: str


def models(home: Home) -> list[Found]:
    """Every model of a home: those that came with the application first, by their names."""
    folders = [*_folders(paths.shipped_models()), *_folders(home.models)]
    found = (in_folder(folder) for folder in folders)
    return [one for one in found if one is not None and one.manifest.id == one.folder.name]


def find(home: Home, named: str) -> Found | None:
    """A model by its id, or in the folder of that name; None where there is none."""
    for one in models(home):
        if one.manifest.id == named:
            return one
    try:
        return in_folder(Path(named))
    except ValueError:  # no path at all
        return None


def in_folder(folder: Path) -> Found | None:
    """The model in a folder; None where there is no manifest that this version understands."""
    raw = read_small(folder / modelfile.MANIFEST, modelfile.MAX_MANIFEST)
    if raw is None:
        return None
    try:
        return Found(folder, modelfile.parse(raw), hashlib.sha256(raw).hexdigest())
    except ManifestError:
        return None


def by_weights(found: Iterable[Found]) -> Mapping[tuple[str, str], str]:
    """Hashes of manifests by the SHA-256 of the weights and the version."""
    return {(one.manifest.sha256, one.manifest.version): one.sha256 for one in found}


def read_small(path: Path, most: int) -> bytes | None:
    """The bytes of a regular file; None where it cannot be read or has more than `most`."""
    try:
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError):
        return None
    try:
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            raw = file.read(most + 1)
    except OSError:
        return None
    return raw if len(raw) <= most else None


def _folders(parent: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        return sorted(path for path in parent.iterdir() if path.is_dir() and not path.name.startswith("."))
    return []
