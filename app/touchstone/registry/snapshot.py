"""A mirror in one file, for a quick start elsewhere: everything up to its last final block.

The content is what the chain says, in its order, and the leaves of Merkle batches, in the order of their roots, then
the same of models, and the logs of court and pool: two complete mirrors of the same blocks give the same bytes, whoever
made them. The file is that content, compressed by zlib, after a line that names the format, and its SHA-256, which both
sides should compare: a snapshot can be believed as far as whoever says what its hash should be.

In the first format there was nothing of models, in the second nothing of the court. A snapshot that says nothing of
these, or speaks of others than are followed here, is taken all the same; the next sync reads what it lacks.
"""

from __future__ import annotations

import contextlib
import hashlib
import heapq
import os
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

from touchstone.chain.network import Network
from touchstone.paths import Home
from touchstone.registry import court_rows, model_rows, snapshot_court, snapshot_models
from touchstone.registry.follow import empty
from touchstone.registry.lookup_types import court_of, identity_of, mirror_path, models_of
from touchstone.registry.records import RecordError, Value, pack, unpack
from touchstone.registry.restore import Restore, Unsound
from touchstone.registry.state import follows_court, follows_models
from touchstone.store.database import StoreError
from touchstone.store.files import Trouble, make_folder
from touchstone.store.register_store import checkpoint, open_reader, transaction, writer

FORMAT = b"touchstone-mirror/3\n"
_WITHOUT_COURT = b"touchstone-mirror/2\n"
_WITHOUT_MODELS = b"touchstone-mirror/1\n"
_FOLLOWED = {FORMAT: 2, _WITHOUT_COURT: 1, _WITHOUT_MODELS: 0}  # how many of models and court a header names
_FAMILY = b"touchstone-mirror/"
PATIENCE = 5.0  # seconds that a sync is waited for
_HASH = 32
_CHUNK = 1 << 18
_LARGEST = 64 << 30  # bytes of content
_QUERIES = {
    "r": (
        "SELECT r.id, r.block, r.time, r.sha256, r.pdq, r.manifest, r.parent, "
        "CASE typeof(r.tx) WHEN 'integer' THEN NULL ELSE r.tx END, b.publisher, b.signer, b.kind, b.flags, r.uri "
        "FROM registration AS r JOIN registrant AS b ON b.id = r.registrant WHERE r.block <= ? ORDER BY r.id"
    ),
    "o": (
        "SELECT id, block, time, root, publisher, signer, count, list_hash, uri, tx FROM root "
        "WHERE block <= ? ORDER BY id"
    ),
    "w": (
        "SELECT id, block, time, sha256, root, leaf, publisher, signer, reason, replacement, tx FROM withdrawal "
        "WHERE block <= ? ORDER BY id"
    ),
}
_PUBLISHERS = (
    "SELECT block, time, publisher, event, address, other, roles, since, until, text, tx FROM publisher_event "
    "WHERE block <= ? ORDER BY id"
)
_LISTS = (
    "SELECT l.root, l.first, l.count FROM list AS l "
    "WHERE EXISTS (SELECT 1 FROM root AS o WHERE o.root = l.root AND o.block <= ?) ORDER BY l.root"
)


class SnapshotTrouble(StrEnum):
    """Why there was no snapshot to write or to take."""

    NOTHING = "nothing"  # no mirror, or nothing final in it
    UNREADABLE = "unreadable"  # the file cannot be opened
    NOT_ONE = "not-a-snapshot"
    NEWER = "newer"  # of a format that this version does not know
    DAMAGED = "damaged"
    UNEXPECTED = "unexpected"  # another hash than was asked for
    OTHER_NETWORK = "other-network"
    OLDER = "older"  # than the mirror that is here
    BUSY = "busy"
    DISK = "disk"


class SnapshotError(Exception):
    """Nothing was written, or nothing taken: the mirror is as it was."""

    def __init__(self, trouble: SnapshotTrouble) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is in a snapshot: everything up to `block`, and the SHA-256 (hex) of its content."""

    sha256: str
    block: int
    block_hash: str
    files: int


def export(home: Home, network: Network, path: Path) -> Snapshot:
    """Write what is final in the mirror of `network` to `path`, whole or not at all.

    Raises:
        SnapshotError: NOTHING, or what the disk says.
    """
    connection = _reader(home, network)
    if connection is None:
        raise SnapshotError(SnapshotTrouble.NOTHING)
    draft = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
    try:
        connection.execute("BEGIN")
        head = connection.execute(
            "SELECT block, hash FROM tail WHERE block <= (SELECT final FROM mirror) ORDER BY block DESC LIMIT 1"
        ).fetchone()
        if head is None:
            raise SnapshotError(SnapshotTrouble.NOTHING)
        files = _files(connection, head[0])
        make_folder(path.parent)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            sha256 = _write(file, _content(connection, network, *head))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise SnapshotError(SnapshotTrouble.DISK) from error
    except sqlite3.Error as error:
        raise SnapshotError(SnapshotTrouble.DAMAGED) from error
    finally:
        connection.close()
        with contextlib.suppress(OSError):
            draft.unlink()
    return Snapshot(sha256, head[0], head[1].hex(), files)


def take(home: Home, network: Network, path: Path, expected: str = "") -> Snapshot:
    """Put what is in a snapshot in the place of the mirror, all of it or nothing.

    The next sync goes on from there, and begins again if the chain has another block in that place. `expected` is the
    SHA-256 (hex) that it has to have, "" for any.

    Raises:
        SnapshotError: it is not taken, and why.
    """
    try:
        with path.open("rb") as file, writer(mirror_path(home, network), PATIENCE) as connection:
            with transaction(connection):
                found = _take(connection, network, file, expected.lower())
            _index(connection, mirror_path(home, network))
            checkpoint(connection)
            return found
    except (RecordError, Unsound, zlib.error) as error:
        raise SnapshotError(SnapshotTrouble.DAMAGED) from error
    except StoreError as error:
        busy = error.code is Trouble.BUSY
        raise SnapshotError(SnapshotTrouble.BUSY if busy else SnapshotTrouble.DISK) from error
    except OSError as error:
        raise SnapshotError(SnapshotTrouble.UNREADABLE) from error


def _take(connection: sqlite3.Connection, network: Network, file: BinaryIO, expected: str) -> Snapshot:
    first = file.readline(len(FORMAT) + 16)
    if first not in _FOLLOWED:
        newer = first.startswith(_FAMILY) and first.endswith(b"\n")
        raise SnapshotError(SnapshotTrouble.NEWER if newer else SnapshotTrouble.NOT_ONE)
    content = _Content(file)
    models, court, block, block_hash = _header(unpack(content), network, _FOLLOWED[first])
    here = connection.execute("SELECT cursor FROM mirror").fetchone()
    if here is not None and here[0] > block:
        raise SnapshotError(SnapshotTrouble.OLDER)
    empty(connection, network)
    kept = {
        "models": bool(models) and models == models_of(network),
        "court": bool(court) and court == court_of(network),
    }
    restore = Restore(connection, block, **kept)
    while record := unpack(content):
        restore.add(record)
    restore.finish(block_hash, int(time.time()))
    if models != models_of(network):
        connection.execute("UPDATE mirror SET models = x''")
        model_rows.adopt(connection, models_of(network), network.start_block)
    if court != court_of(network):
        connection.execute("UPDATE mirror SET court = x''")
        court_rows.adopt(connection, court_of(network), network.start_block)
    sha256 = content.finish()
    if expected and sha256 != expected:
        raise SnapshotError(SnapshotTrouble.UNEXPECTED)
    return Snapshot(sha256, block, block_hash.hex(), restore.files)


def _header(header: Sequence[Value], network: Network, followed: int) -> tuple[bytes, bytes, int, bytes]:
    """The register of models, and the court and pool, that it speaks of, b"" for none; its last block and its hash."""
    whole = len(header) == 5 + followed
    if not whole or header[:3] != identity_of(network):
        other = whole and isinstance(header[0], int)
        raise SnapshotError(SnapshotTrouble.OTHER_NETWORK if other else SnapshotTrouble.DAMAGED)
    models, court = (*header[3 : 3 + followed], b"", b"")[:2]
    block, block_hash = header[-2:]
    if not isinstance(models, bytes) or not isinstance(court, bytes) or len(models) not in {0, 20}:
        raise SnapshotError(SnapshotTrouble.DAMAGED)
    if not isinstance(block, int) or not isinstance(block_hash, bytes):
        raise SnapshotError(SnapshotTrouble.DAMAGED)
    if len(court) not in {0, 40} or len(block_hash) != _HASH:
        raise SnapshotError(SnapshotTrouble.DAMAGED)
    return models, court, block, block_hash


def _index(connection: sqlite3.Connection, path: Path) -> None:
    """Index its fingerprints; the next sync does, where this fails."""
    from touchstone.registry import fingerprints

    with contextlib.suppress(OSError):
        connection.execute("UPDATE mirror SET indexed = ?", (fingerprints.refresh(connection, path),))


def _reader(home: Home, network: Network) -> sqlite3.Connection | None:
    try:
        connection = open_reader(mirror_path(home, network))
    except StoreError as error:
        raise SnapshotError(SnapshotTrouble.DISK) from error
    if connection is None:
        return None
    row = connection.execute("SELECT chain_id, publishers, media FROM mirror").fetchone()
    if row != identity_of(network):
        connection.close()
        return None
    return connection


def _content(connection: sqlite3.Connection, network: Network, block: int, block_hash: bytes) -> Iterator[bytes]:
    """Records: the header, publishers, files in the order of the chain, leaves, models, court, and an empty one."""
    models = models_of(network) if follows_models(connection, network) else b""
    court = court_of(network) if follows_court(connection, network) else b""
    yield pack((*identity_of(network), models, court, block, block_hash))
    for row in connection.execute(_PUBLISHERS, (block,)):
        yield pack(("p", *row))
    streams = (_labelled(kind, connection.execute(sql, (block,))) for kind, sql in _QUERIES.items())
    for row in heapq.merge(*streams, key=lambda record: record[1]):
        yield pack((row[0], *row[2:]))
    for root, first, count in connection.execute(_LISTS, (block,)).fetchall():
        yield pack(("l", root, count))
        sql = "SELECT sha256, pdq, manifest FROM registration WHERE id >= ? AND id < ? ORDER BY id"
        for row in connection.execute(sql, (first, first + count)):
            yield pack(row)
    if models:
        for record in snapshot_models.content(connection, block):
            yield pack(record)
    if court:
        for record in snapshot_court.content(connection, block):
            yield pack(record)
    yield pack(())


def _files(connection: sqlite3.Connection, block: int) -> int:
    (singles,) = connection.execute("SELECT count(*) FROM registration WHERE block <= ?", (block,)).fetchone()
    return int(singles + sum(count for *_, count in connection.execute(_LISTS, (block,))))


def _labelled(kind: str, rows: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        yield (kind, *row)


def _write(file: BinaryIO, records: Iterator[bytes]) -> str:
    """Write a snapshot of these records; the SHA-256 (hex) of its content."""
    digest, squeeze = hashlib.sha256(), zlib.compressobj(1)
    file.write(FORMAT)
    waiting = bytearray()
    for record in records:
        waiting += record
        if len(waiting) >= _CHUNK:
            digest.update(waiting)
            file.write(squeeze.compress(waiting))
            waiting.clear()
    digest.update(waiting)
    file.write(squeeze.compress(waiting) + squeeze.flush())
    file.write(digest.digest())
    return digest.hexdigest()


class _Content:
    """The content of a snapshot, as it is read; a file in so far as `read` goes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._stretch, self._digest = file, zlib.decompressobj(), hashlib.sha256()
        self._data, self._at, self._size = b"", 0, 0

    def read(self, size: int) -> bytes:
        while len(self._data) - self._at < size and not self._stretch.eof:
            more = self._more()
            if not more:
                break
            self._data, self._at = self._data[self._at :] + more, 0
        part = self._data[self._at : self._at + size]
        self._at += len(part)
        return part

    def finish(self) -> str:
        """The hash of the content, once it is seen to end here and to have the hash that the file says."""
        if self.read(1) or not self._stretch.eof:
            raise RecordError
        said = self._stretch.unused_data + self._file.read(_HASH + 1)
        if said != self._digest.digest():
            raise RecordError
        return self._digest.hexdigest()

    def _more(self) -> bytes:
        while not self._stretch.eof:
            raw = self._stretch.unconsumed_tail or self._file.read(_CHUNK)
            if not raw:
                return b""
            data = self._stretch.decompress(raw, _CHUNK)
            if data:
                self._digest.update(data)
                self._size += len(data)
                if self._size > _LARGEST:
                    raise RecordError
                return data
        return b""
