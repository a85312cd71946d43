"""Where the aligned pseudo-fakes of `training.pseudo` are, apart from what makes them: reading needs no PyTorch."""

from __future__ import annotations

from pathlib import Path

from training import data
from training.data import Item


def folder(kind: str) -> Path:
    """Where the pseudo-fakes of this kind (`view` or `crop`) are."""
    return data.work() / "pseudo" / kind


def path(kind: str, item: Item) -> Path:
    """The pseudo-fake made of a real picture."""
    return folder(kind) / f"{item.stem}.png"
