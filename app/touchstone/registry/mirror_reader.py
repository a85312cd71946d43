"""A mirror that is read from any thread, over and over, while others write to it or put another in its place."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from touchstone.chain.network import Network
from touchstone.paths import Home
from touchstone.registry.lookup_types import identity_of, mirror_path
from touchstone.store.database import StoreError, trouble_in
from touchstone.store.register_schema import WITH_FILES
from touchstone.store.register_store import open_reader

T = TypeVar("T")


class MirrorReader:
    """The mirror of one network, of at least this `version`. One that is not there is opened once it is."""

    def __init__(self, home: Home, network: Network, version: int = WITH_FILES) -> None:
        self.path = mirror_path(home, network)
        self._network, self._version = network, version
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._closed = False

    def read(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """What `work` finds in one state of the mirror; `otherwise` where there is none, or after `close`.

        Raises:
            StoreError: the mirror is damaged, of a newer version, or cannot be read.
        """
        with self._lock:
            if self._closed:
                return otherwise
            try:
                if self._connection is None or _file_at(self.path) != self._file:
                    self._connect()
                connection = self._connection
                if connection is None:
                    return otherwise
                connection.execute("BEGIN")  # one state of the mirror for all that is asked
                try:
                    return work(connection)
                finally:
                    connection.execute("ROLLBACK")
            except sqlite3.Error as error:
                raise StoreError(trouble_in(error)) from error

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._disconnect()
            self._closed = True

    def _connect(self) -> None:
        self._disconnect()
        self._file = _file_at(self.path)
        if self._file is None:
            return
        connection = open_reader(self.path, self._version)
        if connection is not None and not _is_of(connection, self._network):
            connection.close()
            connection = None
        self._connection = connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = self._file = None


def _file_at(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_of(connection: sqlite3.Connection, network: Network) -> bool:
    """Whether the mirror was made from this chain and these contracts: a name may be given to another network."""
    row = connection.execute("SELECT chain_id, publishers, media FROM mirror").fetchone()
    return row is not None and row == identity_of(network)
