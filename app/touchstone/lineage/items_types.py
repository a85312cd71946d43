"""What is said of sets of items: roots, and why a list is of no use. An item is a SHA-256, 32 bytes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ITEM = 32  # bytes

Cancel = threading.Event | None
OnItems = Callable[[int], None] | None  # told how many items are done, now and then


class ItemsError(Exception):
    """A set of items, or a list of one, cannot be used.

    `code`: empty; of a list: unreadable, not-a-list, truncated, trailing, unsorted, bad-mask; of a text list: not-hex,
    too-long, with `line`; of a folder: unreadable, changed; bad-item; no such set: unknown-set; no-room, unwritable;
    stopped. `untrusted_path` says where.
    """

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True, slots=True)
class Root:
    """The Merkle Tree Hash of RFC 9162, 2.1.1, over the distinct items, ascending, and how many these are.

    `duplicates` is how many more there were before each was counted once.
    """

    root: bytes
    items: int
    duplicates: int = 0


def check(cancel: Cancel) -> None:
    """Raises ItemsError("stopped") where somebody asked for that."""
    if cancel is not None and cancel.is_set():
        raise ItemsError("stopped")
