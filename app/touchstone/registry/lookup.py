"""What the register holds about a file, from the mirror on this computer: no socket, no node.

Everything that a publisher or a node wrote (`name`, `domain`, `uri`) is as it was written: untrusted.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from touchstone.chain.network import Network
from touchstone.paths import Home
from touchstone.registry import claims, similar, state
from touchstone.registry.lookup_types import RADIUS, Claim, MirrorState, MissingList, Similar, identity_of, mirror_path
from touchstone.store.database import StoreError, trouble_in
from touchstone.store.register_store import open_reader

__all__ = ["RADIUS", "Claim", "MirrorState", "MissingList", "Register", "Similar", "mirror_path"]

T = TypeVar("T")


class Register:
    """The mirror of one network, for look-ups from any thread. One that is not there is empty.

    Raises:
        StoreError: the mirror is damaged, of a newer version, or cannot be read.
    """

    def __init__(self, home: Home, network: Network) -> None:
        self._path = mirror_path(home, network)
        self._index = similar.Index(self._path)
        self._network, self._home = network, home
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._closed = False
        self._read(lambda _: None, None)

    def exact(self, sha256: str) -> tuple[Claim, ...]:
        """What publishers say about the very file of this SHA-256 (hex), earliest first.

        Raises:
            StoreError: the mirror cannot be read.
            ValueError: not a SHA-256.
        """
        wanted = bytes.fromhex(sha256)
        if len(wanted) != 32:
            raise ValueError("not a SHA-256")
        return self._read(lambda connection: claims.about(connection, wanted), ())

    def similar(self, pdqs: Sequence[str], limit: int = 20) -> tuple[Similar, ...]:
        """Registered files whose PDQ differs in at most `RADIUS` bits from one of `pdqs`, nearest first, all found.

        `pdqs` are hex, one for each way the picture can be turned; of files as near, the first registered come first.

        Raises:
            StoreError: the mirror cannot be read.
            ValueError: not such hashes.
        """
        return self._read(lambda connection: similar.pictures(connection, self._index, pdqs, limit), ())

    def similar_video(self, frames: Sequence[Sequence[str]], limit: int = 20) -> tuple[Similar, ...]:
        """Registered files that frames of a clip look like, those with the most frames first.

        `frames` are the fingerprints (hex) of sampled frames that show something (quality 50 or more), all turned in
        the same ways. The votes for a file are for one of these ways, and it needs half of those that it can get: of
        the frames asked about, or of those it was registered with where these are fewer.

        Raises:
            StoreError: the mirror cannot be read.
            ValueError: not such hashes.
        """
        return self._read(lambda connection: similar.clips(connection, self._index, frames, limit), ())

    def warm(self, *, clip: bool) -> None:
        """Load what the first look-up of a likeness needs."""
        self._index.warm(short=not clip)

    def state(self) -> MirrorState:
        """How far the mirror goes.

        Raises:
            StoreError: the mirror cannot be read.
        """
        found = self._read(lambda connection: state.read(connection, self._network, self._home), None)
        return found or state.absent(self._network, self._home)

    def missing_lists(self) -> tuple[MissingList, ...]:
        """The Merkle batches whose files cannot be found, because their lists are not here.

        Raises:
            StoreError: the mirror cannot be read.
        """
        return self._read(state.missing, ())

    def close(self) -> None:
        """Let go of the file; what is asked afterwards finds nothing."""
        with self._lock:
            self._disconnect()
            self._closed = True

    def _read(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        with self._lock:
            if self._closed:
                return otherwise
            try:
                if self._connection is None or _file_at(self._path) != self._file:
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

    def _connect(self) -> None:
        self._disconnect()
        self._file = _file_at(self._path)
        if self._file is None:
            return
        connection = open_reader(self._path)
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
