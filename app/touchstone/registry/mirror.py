"""Brings the mirror of a register up to date, follows reorganisations, and starts again where the chain is another.

What is read of a window of blocks is kept in one transaction together with the cursor: whatever happens in between,
the mirror is what it was before or after a window.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.events import decode
from touchstone.chain.ledger_store import LedgerReader
from touchstone.chain.logs import Log, windows
from touchstone.chain.network import Network
from touchstone.chain.node import Node
from touchstone.paths import Home
from touchstone.registry import state
from touchstone.registry.ingest import Ingest, roll_back
from touchstone.registry.lookup import MirrorState, identity_of, mirror_path
from touchstone.registry.sources import Header, LedgerSource, NodeSource, Source
from touchstone.store.database import StoreError
from touchstone.store.files import Trouble
from touchstone.store.register_store import checkpoint, open_reader, transaction, writer

TAIL = 512  # blocks whose hashes are kept to walk back over
_TROUBLES = {
    Trouble.READ_ONLY: ChainTrouble.READ_ONLY,
    Trouble.FULL: ChainTrouble.FULL,
    Trouble.BUSY: ChainTrouble.BUSY,
    Trouble.DAMAGED: ChainTrouble.DAMAGED,
    Trouble.NEWER: ChainTrouble.DAMAGED,
    Trouble.FAILED: ChainTrouble.FAILED,
}


class Step(StrEnum):
    """What a sync is at."""

    BLOCKS = "blocks"
    REORGANISED = "reorganised"  # back to `block`
    RESTARTED = "restarted"  # the chain is another, or changed below its final block: from the beginning
    LISTS = "lists"  # leaf lists of Merkle batches
    INDEX = "index"  # of fingerprints


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sync is: block `block` of `head`, `count` files registered so far."""

    step: Step
    block: int
    head: int
    count: int = 0


OnProgress = Callable[[Progress], None]


def sync(
    home: Home,
    network: Network,
    nodes: Sequence[Node] = (),
    on_progress: OnProgress | None = None,
    cancel: threading.Event | None = None,
) -> MirrorState:
    """Read what is new, from the practice ledger's file or from `nodes`; how far the mirror goes then.

    Raises:
        ChainError: not all of it could be read, and why; what was read up to there is kept. `BUSY` where another
            process is at it, `PRUNED` where the nodes no longer have what is missing (a snapshot may).
    """
    if not network.practice:
        return _sync(home, network, lambda: NodeSource(network, nodes), on_progress, cancel)
    reader = LedgerReader(home.ledger)
    try:
        if is_current(home, network, reader):
            return _state(home, network)
        return _sync(home, network, lambda: LedgerSource(reader, network), on_progress, cancel)
    finally:
        reader.close()


def is_current(home: Home, network: Network, reader: LedgerReader) -> bool:
    """Whether there is nothing new in the practice ledger."""
    head = reader.head()
    with _reading(home, network) as connection:
        row = connection and connection.execute("SELECT chain_id, cursor, cursor_hash FROM mirror").fetchone()
    if head is None:
        return not row
    return bool(row) and tuple(row) == (network.chain_id, head.number, head.hash)


def _sync(
    home: Home,
    network: Network,
    open_source: Callable[[], Source],
    on_progress: OnProgress | None,
    cancel: threading.Event | None,
) -> MirrorState:
    try:
        with writer(mirror_path(home, network)) as connection:
            _Sync(connection, network, open_source(), on_progress or (lambda _: None), cancel).run()
            checkpoint(connection)
            return state.read(connection, network, home)
    except StoreError as error:
        raise ChainError(_TROUBLES[error.code]) from error


class _Sync:
    """One run."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        network: Network,
        source: Source,
        on_progress: OnProgress,
        cancel: threading.Event | None,
    ) -> None:
        self._connection, self._network, self._source = connection, network, source
        self._tell, self._cancel = on_progress, cancel

    def run(self) -> None:
        head = self._source.head()
        self._begin(head)
        final = min(self._source.final(head), head.number)
        cursor = self._cursor()
        before = Header(cursor, self._cursor_hash(), b"", 0)
        for last, logs in windows(self._logs, cursor + 1, head.number, self._cancel):
            end = self._end_of(before, last)
            self._keep(end, logs, final, head)
            before = end
        with transaction(self._connection):
            self._connection.execute(
                "UPDATE mirror SET final = max(final, ?), synced = ?, agreed = ?",
                (min(final, self._cursor()), int(time.time()), int(self._source.agreed)),
            )
            self._trim()

    # --- where to begin

    def _begin(self, head: Header) -> None:
        """Make sure that the mirror is of this chain, and goes no further than chain and mirror are the same."""
        row = self._connection.execute("SELECT chain_id, publishers, media FROM mirror").fetchone()
        if row is None:
            self._start_again()
        elif row != identity_of(self._network):
            self._start_again()
            self._tell(Progress(Step.RESTARTED, self._cursor(), head.number))
        else:
            self._walk_back(head)

    def _walk_back(self, head: Header) -> None:
        cursor = self._cursor()
        if cursor < self._network.start_block or self._is_there(cursor, self._cursor_hash(), head):
            return
        tail = self._connection.execute("SELECT block, hash FROM tail ORDER BY block DESC").fetchall()
        for block, known in tail:
            if self._is_there(block, known, head):
                with transaction(self._connection):
                    roll_back(self._connection, block)
                    self._set_cursor(block, known)
                self._tell(Progress(Step.REORGANISED, block, head.number))
                return
        self._start_again()
        self._tell(Progress(Step.RESTARTED, self._cursor(), head.number))

    def _is_there(self, block: int, known: bytes, head: Header) -> bool:
        if block > head.number:
            return False
        found = self._source.header(block)
        return found is not None and found.hash == known

    def _start_again(self) -> None:
        with transaction(self._connection):
            tables = ("mirror", "registration", "list", "root", "withdrawal", "publisher_event", "publisher", "signer")
            for table in (*tables, "address", "tail"):
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
            chain_id, publishers, media = identity_of(self._network)
            self._connection.execute(
                "INSERT INTO mirror VALUES (1, ?, ?, ?, ?, x'', ?, x'', -1, 0, 0, 0, 1)",
                (secrets.token_bytes(16), chain_id, publishers, media, self._network.start_block - 1),
            )

    # --- a window

    def _logs(self, first: int, last: int) -> list[Log]:
        return self._source.logs(first, last)

    def _end_of(self, before: Header, last: int) -> Header:
        """The header of a window's last block, once it is seen to follow from the block `before` it."""
        first = self._source.header(before.number + 1)
        end = first if before.number + 1 == last else self._source.header(last)
        if first is None or end is None or (before.hash and first.parent != before.hash):
            raise ChainError(ChainTrouble.PROTOCOL, why="moved")
        return end

    def _keep(self, end: Header, logs: list[Log], final: int, head: Header) -> None:
        with transaction(self._connection):
            ingest = Ingest(self._connection)
            for log in logs:
                event = decode(log)
                if event is not None:
                    ingest.add(log, event)
            ingest.finish()
            self._connection.execute(
                "INSERT OR REPLACE INTO tail VALUES (?, ?, ?)", (end.number, end.hash, ingest.next_id)
            )
            self._set_cursor(end.number, end.hash)
            self._connection.execute("UPDATE mirror SET final = max(final, ?)", (min(final, end.number),))
        (count,) = self._connection.execute("SELECT registrations FROM mirror").fetchone()
        self._tell(Progress(Step.BLOCKS, end.number, head.number, count))

    def _trim(self) -> None:
        """Keep the hashes of the last final block that is known and of those after it."""
        (lowest,) = self._connection.execute(
            "SELECT coalesce(max(block), -1) FROM tail WHERE block <= (SELECT final FROM mirror)"
        ).fetchone()
        self._connection.execute("DELETE FROM tail WHERE block < ?", (lowest,))

    def _cursor(self) -> int:
        return int(self._connection.execute("SELECT cursor FROM mirror").fetchone()[0])

    def _cursor_hash(self) -> bytes:
        return bytes(self._connection.execute("SELECT cursor_hash FROM mirror").fetchone()[0])

    def _set_cursor(self, block: int, block_hash: bytes) -> None:
        self._connection.execute("UPDATE mirror SET cursor = ?, cursor_hash = ?", (block, block_hash))


def _state(home: Home, network: Network) -> MirrorState:
    with _reading(home, network) as connection:
        if connection is None:
            return state.absent(network, home)
        return state.read(connection, network, home)


@contextmanager
def _reading(home: Home, network: Network) -> Iterator[sqlite3.Connection | None]:
    try:
        connection = open_reader(mirror_path(home, network))
    except StoreError as error:
        if error.code is not Trouble.DAMAGED:
            raise ChainError(_TROUBLES[error.code]) from error
        connection = None  # the next sync moves it aside
    try:
        yield connection
    finally:
        if connection is not None:
            connection.close()
