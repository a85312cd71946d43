"""The practice ledger's file as it is read: blocks, transactions, logs, and nodes of the state.

One SQLite file in WAL mode; whoever reads sees whole blocks, and never waits for who writes. Needs nothing but the
standard library, so that a check can read the register without loading a virtual machine.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.ledger_rows import IN_BLOCK, VERSION, BlockRow, Head, LogRow, TransactionRow
from touchstone.store.database import trouble_in
from touchstone.store.files import Trouble

_LARGEST = 1 << 42  # a block's number whose ids SQLite can still hold
_BUSY_SECONDS = 10.0
_CACHE_KIB = 16 * 1024
_MOST_IDLE = 4
_NARROW = 10_000  # blocks
_TROUBLES = {
    Trouble.READ_ONLY: ChainTrouble.READ_ONLY,
    Trouble.FULL: ChainTrouble.FULL,
    Trouble.BUSY: ChainTrouble.BUSY,
    Trouble.DAMAGED: ChainTrouble.DAMAGED,
    Trouble.NEWER: ChainTrouble.NEWER,
    Trouble.FAILED: ChainTrouble.FAILED,
}


def chain_error(error: sqlite3.Error | OSError) -> ChainError:
    """What SQLite or the system said, as our code."""
    from touchstone.store.files import trouble_of

    trouble = trouble_in(error) if isinstance(error, sqlite3.Error) else trouble_of(error)
    return ChainError(_TROUBLES[trouble])


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """A connection in autocommit mode; `mode` as in SQLite's URIs.

    Raises:
        sqlite3.Error: it cannot be opened, or is no database.
    """
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode={mode}", uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


class LedgerReader:
    """The ledger at `path`, for reading, from any thread. A file that is not there is an empty ledger."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._file = (0, 0)  # device and inode
        self._closed = False

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    # --- questions

    def head(self) -> Head | None:
        """The newest block; None where there is none."""
        sql = "SELECT number, hash, timestamp FROM block ORDER BY number DESC LIMIT 1"
        found = self._ask(lambda c: c.execute(sql).fetchone())
        return None if found is None else Head(*found)

    def block(self, which: int | bytes) -> BlockRow | None:
        """A block by number or hash; None where there is none."""
        if isinstance(which, int) and which > _LARGEST:
            return None
        column = "number" if isinstance(which, int) else "hash"
        found = self._ask(lambda c: c.execute(f"SELECT * FROM block WHERE {column} = ?", (which,)).fetchone())  # noqa: S608
        return None if found is None else BlockRow(*found)

    def blocks(self, first: int, last: int) -> list[BlockRow]:
        """Blocks by number, both ends included."""
        sql = "SELECT * FROM block WHERE number BETWEEN ? AND ? ORDER BY number"
        return [BlockRow(*row) for row in self._ask(lambda c: c.execute(sql, (first, last)).fetchall(), absent=[])]

    def transaction(self, tx_hash: bytes) -> TransactionRow | None:
        """A transaction by its hash; None where there is none."""
        found = self._ask(lambda c: c.execute("SELECT * FROM tx WHERE hash = ?", (tx_hash,)).fetchone())
        return None if found is None else TransactionRow(*found)

    def transactions(self, block: int) -> list[TransactionRow]:
        """The transactions of a block, in order."""
        sql, span = "SELECT * FROM tx WHERE id BETWEEN ? AND ? ORDER BY id", _span(block, block)
        return [TransactionRow(*row) for row in self._ask(lambda c: c.execute(sql, span).fetchall(), absent=[])]

    def transaction_count(self) -> int:
        """How many there are in all."""
        return int(self._ask(lambda c: c.execute("SELECT count(*) FROM tx").fetchone(), absent=(0,))[0])

    def logs(
        self,
        first: int,
        last: int,
        addresses: Sequence[bytes] = (),
        topics: Sequence[Sequence[bytes] | None] = (),
        limit: int = -1,
    ) -> list[LogRow]:
        """Events of the blocks `first` to `last`, oldest first, at most `limit` (-1: all).

        No addresses mean any; each entry of `topics` is what may stand in that place, None or empty for anything.
        """
        sql, values = logs_query(first, last, addresses, topics)
        rows = self._ask(lambda c: c.execute(sql, (*values, limit)).fetchall(), absent=[])
        return [_log(row) for row in rows]

    def node(self, node_hash: bytes) -> bytes:
        """A node of the state, or a contract's code.

        Raises:
            ChainError: DAMAGED, it is not there.
        """
        found = self._ask(lambda c: c.execute("SELECT data FROM node WHERE hash = ?", (node_hash,)).fetchone())
        if found is None:
            raise ChainError(ChainTrouble.DAMAGED)
        return bytes(found[0])

    def meta(self, name: str, default: int = 0) -> int:
        """A number that is kept beside the blocks."""
        found = self._ask(lambda c: c.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone())
        return default if found is None else int(found[0])

    def size(self) -> int:
        """Bytes on the disk."""
        total = 0
        for suffix in ("", "-wal"):
            with contextlib.suppress(OSError):  # the log goes when the last one closes
                total += self.path.with_name(self.path.name + suffix).stat().st_size
        return total

    # --- connections

    def _ask(self, work: Callable[[sqlite3.Connection], Any], absent: Any = None) -> Any:
        """What `work` says, given a connection that is nobody else's meanwhile.

        Raises:
            ChainError: the file cannot be read.
        """
        if not self._follow():
            return absent
        connection: sqlite3.Connection | None = None
        try:
            connection = self._take()
            if connection is None:
                return absent
            answer = work(connection)
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            raise chain_error(error) from error
        self._give_back(connection)
        return answer

    def _follow(self) -> bool:
        """Whether the file is there. Where another now stands in its place, connections to the old one are closed."""
        try:
            found = self.path.stat()
        except OSError:
            return False
        if (found.st_dev, found.st_ino) != self._file:
            with self._lock:
                idle, self._idle, self._file = self._idle, [], (found.st_dev, found.st_ino)
            for connection in idle:
                connection.close()
        return True

    def _take(self) -> sqlite3.Connection | None:
        """A connection; None where there are no tables yet."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
        connection = connect(self.path, "rw")  # "ro" could not make the files beside it, which WAL needs
        connection.execute("PRAGMA query_only = ON")
        version = version_of(connection)
        if version == 0:
            connection.close()
        return connection if version else None

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed and len(self._idle) < _MOST_IDLE:
                self._idle.append(connection)
                return
        connection.close()


def version_of(connection: sqlite3.Connection) -> int:
    """The version of the tables, 0 where there are none.

    Raises:
        ChainError: a newer version of the application made them.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        connection.close()
        raise ChainError(ChainTrouble.NEWER)
    return int(version)


def logs_query(
    first: int, last: int, addresses: Sequence[bytes], topics: Sequence[Sequence[bytes] | None]
) -> tuple[str, list[object]]:
    """SQL, up to its LIMIT, and values. The index is named: the planner has no statistics, and could choose badly.

    Second topics (hashes of files) are the most selective of all, then signers, publishers, and addresses.
    """
    terms, values = ["log.id BETWEEN ? AND ?"], list[object](_span(first, last))
    columns = {f"topic{place}": wanted for place, wanted in enumerate(topics) if wanted}
    if addresses:
        columns["address"] = addresses
    for column, wanted in columns.items():
        terms.append(f"log.{column} IN ({', '.join('?' * len(wanted))})")
        values.extend(wanted)
    if last - first < _NARROW and "topic0" not in columns:
        columns.pop("address", None)  # fewer rows in the range than logs of an address that is busy
    best = next((c for c in ("topic1", "topic3", "topic2", "address") if c in columns), None)
    how = f"INDEXED BY log_by_{best}" if best else "NOT INDEXED"
    sql = (
        "SELECT log.id, block.hash, block.timestamp, tx.hash, log.tx, address, topic0, topic1, topic2, topic3, data "  # noqa: S608
        f"FROM log {how} JOIN block ON block.number = log.id >> {IN_BLOCK} "
        f"JOIN tx ON tx.id = (log.id >> {IN_BLOCK} << {IN_BLOCK}) + log.tx "
        f"WHERE {' AND '.join(terms)} ORDER BY log.id LIMIT ?"
    )
    return sql, values


def _span(first: int, last: int) -> tuple[int, int]:
    return max(0, min(first, _LARGEST)) << IN_BLOCK, ((max(-1, min(last, _LARGEST)) + 1) << IN_BLOCK) - 1


def _log(row: Sequence[Any]) -> LogRow:
    log_id, block_hash, timestamp, tx_hash, tx_index, address, *topics, data = row
    block, index = divmod(log_id, 1 << IN_BLOCK)
    present = tuple(topic for topic in topics if topic is not None)
    return LogRow(block, block_hash, timestamp, tx_hash, tx_index, index, address, present, data)
