"""A database that must not be mistaken for an empty one: what it kept is money sent, or votes sealed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from touchstone.store.database import Database, StoreError
from touchstone.store.files import Trouble
from touchstone.store.schema import Migration

T = TypeVar("T")


class OwnDatabase(Database):
    """A durable `Database` that refuses to answer from another one that was begun in its place.

    `read` and `write` raise `StoreError`: DAMAGED once, when a damaged file was set aside, and NEWER every time
    where a newer version wrote it.
    """

    def __init__(self, path: Path, migrations: Sequence[Migration]) -> None:
        super().__init__(path, migrations, durable=True)
        self._told = 0

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """As in `Database`, of its own file alone."""
        self._refuse_other()
        result = super().read(work)
        self._refuse_other()
        return result

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """As in `Database`, of its own file alone."""
        self._refuse_other()
        result = super().write(work)
        self._refuse_other()
        return result

    def _refuse_other(self) -> None:
        notices = self.notices[self._told :]
        self._told += len(notices)
        codes = {notice.code for notice in notices}
        if "history-newer" in codes:
            self._told = 0  # said every time
            raise StoreError(Trouble.NEWER)
        if "history-damaged" in codes:
            raise StoreError(Trouble.DAMAGED)
