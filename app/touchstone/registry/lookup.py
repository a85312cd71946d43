"""What the register holds about a file, from the mirror on this computer: no socket, no node.

Everything that a publisher or a node wrote (`name`, `domain`, `uri`) is as it was written: untrusted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from touchstone.chain.network import Network
from touchstone.paths import Home
from touchstone.store.database import StoreError

if TYPE_CHECKING:
    import sqlite3

T = TypeVar("T")

RADIUS = 31  # bits in which two PDQ hashes of pictures that look alike may differ


@dataclass(frozen=True, slots=True)
class Claim:
    """One publisher's word about one file, as it stands; hashes are lower-case hex, "" for none.

    `registered` and `revoked` are unix seconds. `root` and `index` name the leaf of a Merkle batch, "" and -1 for a
    file that was registered singly: what a publisher did both ways is two claims. `counts` is false where the
    registration was signed at or after its key's `compromised` (unix seconds, 0 for never). `revoked`, `reason` and
    `replacement` are of the withdrawal, 0 and "" for none; `revoked_counts` is false where it was signed by a key that
    was compromised by then. `final` is whether a reorganisation can no longer take the registration away.
    """

    publisher: int
    name: str
    domain: str
    signer: str
    registered: int
    block: int
    tx: str
    kind: int
    flags: int
    pdq: str
    manifest: str
    parent: str
    uri: str
    root: str
    index: int
    counts: bool
    revoked: int
    reason: int
    replacement: str
    revoked_counts: bool
    final: bool
    compromised: int = 0


@dataclass(frozen=True, slots=True)
class Similar:
    """A registered file that looks like what was asked about.

    `distance` is the least number of bits in which fingerprints differ, `orientation` which of those asked for (0: as
    it is). `votes` is how many of a clip's frames look like it, 1 for a picture.
    """

    sha256: str
    distance: int
    orientation: int
    claims: tuple[Claim, ...]
    votes: int = 1


@dataclass(frozen=True, slots=True)
class MirrorState:
    """How far a mirror goes. `synced_block` is -1, and `synced_at` (unix seconds) 0, where there is none yet.

    `final_block` is the last that no reorganisation takes back. `count` is of registered files. `missing` is how many
    Merkle batches have no list here, so that their files are not found; `missing_files` how many files that is.
    `agreed` is whether two nodes said the same. `head` is the practice ledger's block, -1 where that is not known.
    """

    network: str
    synced_block: int = -1
    synced_at: int = 0
    final_block: int = -1
    count: int = 0
    missing: int = 0
    missing_files: int = 0
    agreed: bool = False
    head: int = -1


class Register:
    """The mirror of one network, for look-ups from any thread. One that is not there is empty.

    Raises:
        StoreError: the mirror is damaged, of a newer version, or cannot be read.
    """

    def __init__(self, home: Home, network: Network) -> None:
        self._path = mirror_path(home, network)
        self._network, self._home = network, home
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._closed = False
        with self._lock:
            self._connect()

    def exact(self, sha256: str) -> tuple[Claim, ...]:
        """What publishers say about the very file of this SHA-256 (hex), earliest first.

        Raises:
            StoreError: the mirror cannot be read.
            ValueError: not a SHA-256.
        """
        from touchstone.registry import claims

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
        from touchstone.registry import similar

        return self._read(lambda connection: similar.pictures(connection, self._path, pdqs, limit), ())

    def similar_video(self, frames: Sequence[Sequence[str]], limit: int = 20) -> tuple[Similar, ...]:
        """Registered files that frames of a clip look like, those with the most frames first.

        `frames` are the fingerprints (hex) of sampled frames, each in one or more orientations. A file needs half the
        votes that it can get: of the frames asked about, or of those it was registered with where these are fewer.

        Raises:
            StoreError: the mirror cannot be read.
            ValueError: not such hashes.
        """
        from touchstone.registry import similar

        return self._read(lambda connection: similar.clips(connection, self._path, frames, limit), ())

    def state(self) -> MirrorState:
        """How far the mirror goes.

        Raises:
            StoreError: the mirror cannot be read.
        """
        from touchstone.registry import state

        return self._read(
            lambda connection: state.read(connection, self._network, self._home),
            state.absent(self._network, self._home),
        )

    def close(self) -> None:
        """Let go of the file; what is asked afterwards finds nothing."""
        with self._lock:
            self._disconnect()
            self._closed = True

    def _read(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        import sqlite3

        from touchstone.store.database import trouble_in

        with self._lock:
            if self._closed:
                return otherwise
            if self._connection is None or _file_at(self._path) != self._file:
                self._connect()
            connection = self._connection
            if connection is None:
                return otherwise
            try:
                connection.execute("BEGIN")  # one state of the mirror for all that is asked
                try:
                    return work(connection)
                finally:
                    connection.execute("ROLLBACK")
            except sqlite3.Error as error:
                raise StoreError(trouble_in(error)) from error

    def _connect(self) -> None:
        from touchstone.store.register_store import open_reader

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


def mirror_path(home: Home, network: Network) -> Path:
    """Where the mirror of a network is kept."""
    return home.registers / f"{network.name}.sqlite3"


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


def identity_of(network: Network) -> tuple[int, bytes, bytes]:
    """What a mirror of this network was made from: chain id, addresses of both registries."""
    return network.chain_id, bytes.fromhex(network.publishers[2:]), bytes.fromhex(network.media[2:])
