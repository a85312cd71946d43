"""The data of a run as a list beside its record: laid down, held to what the run began with, kept."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from touchstone.lineage import items, states
from touchstone.lineage.items_types import ItemsError

_DRAFT = ".data.items.draft"


class Listing:
    """What a run is trained on, and its splits. A list that is given as a file is taken over with its sets."""

    def __init__(self, data: Path | str | Iterable[str | bytes], splits: Mapping[str, Iterable[str | bytes]]) -> None:
        self._data, self._splits = data, splits
        self._draft: Path | None = None

    def lay(self, folder: Path) -> dict[str, Any]:
        """Write the list as a draft in the folder; {data, splits} with the root of each comes back.

        Raises:
            ItemsError: there is none; `splits` beside a list as a file.
        """
        self._draft = folder / _DRAFT
        if isinstance(self._data, (str, Path)):
            if self._splits:
                raise ItemsError("unknown-set")
            with items.read(Path(self._data)):
                pass  # whatever is none is not copied
            try:
                shutil.copyfile(self._data, self._draft)
            except OSError as error:
                raise ItemsError("unwritable") from error
        elif not self._splits:
            items.write(self._draft, (_item(one) for one in self._data))
        else:
            items.write(self._draft, *self._masks(self._data))
        with items.read(self._draft) as laid:
            found = {name: laid.root(name) for name in ("", *laid.names)}
        told = {name: {"root": root.root.hex(), "items": root.items} for name, root in found.items()}
        return {"data": told.pop(""), "splits": told}

    def keep(self, folder: Path) -> None:
        """Put the draft in its place.

        Raises:
            ItemsError: it cannot be.
        """
        if self._draft is not None:
            try:
                self._draft.replace(folder / items.FILE)
            except OSError as error:
                raise ItemsError("unwritable") from error
            self._draft = None

    def drop(self) -> None:
        """Take away a draft that was not kept."""
        if self._draft is not None:
            with contextlib.suppress(OSError):
                self._draft.unlink()
            self._draft = None

    def told(self, folder: Path) -> dict[str, Any]:
        """{sha256, bytes} of the list that was kept. Raises StateError."""
        sha256, size = states.hashed(folder / items.FILE)
        return {"sha256": sha256, "bytes": size}

    def _masks(self, data: Iterable[str | bytes]) -> tuple[dict[bytes, int], list[str]]:
        names = sorted(self._splits)
        masks = {_item(one): items.TRAINED for one in data}
        if not masks:
            raise ItemsError("empty")
        for bit, name in enumerate(names, 1):
            for one in self._splits[name]:
                item = _item(one)
                masks[item] = masks.get(item, 0) | 1 << bit
        return masks, names


def _item(value: str | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        item = bytes.fromhex(value)
    except ValueError as error:
        raise ItemsError("not-hex") from error
    if item.hex() != value:
        raise ItemsError("not-hex")
    return item
