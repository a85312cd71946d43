"""The tables of the practice ledger's file, and their rows."""

from __future__ import annotations

from typing import NamedTuple

VERSION = 1
IN_BLOCK = 20  # bits of an id that number the things of one block: id = block << IN_BLOCK | index
SCHEMA = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE node (hash BLOB PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID",
    """
    CREATE TABLE block (
        number INTEGER PRIMARY KEY,
        hash BLOB NOT NULL UNIQUE,
        parent BLOB NOT NULL,
        timestamp INTEGER NOT NULL,
        state_root BLOB NOT NULL,
        transactions_root BLOB NOT NULL,
        receipts_root BLOB NOT NULL,
        bloom BLOB,
        gas_used INTEGER NOT NULL,
        gas_limit INTEGER NOT NULL,
        base_fee INTEGER NOT NULL,
        size INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE tx (
        id INTEGER PRIMARY KEY,
        hash BLOB NOT NULL UNIQUE,
        raw BLOB NOT NULL,
        sender BLOB NOT NULL,
        failed INTEGER NOT NULL,
        gas_used INTEGER NOT NULL,
        cumulative INTEGER NOT NULL,
        price BLOB NOT NULL,
        contract BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE log (
        id INTEGER PRIMARY KEY,
        tx INTEGER NOT NULL,
        address BLOB NOT NULL,
        topic0 BLOB, topic1 BLOB, topic2 BLOB, topic3 BLOB,
        data BLOB NOT NULL
    )
    """,
    "CREATE INDEX log_by_topic1 ON log (topic1) WHERE topic1 IS NOT NULL",
    "CREATE INDEX log_by_topic2 ON log (topic2) WHERE topic2 IS NOT NULL",
    "CREATE INDEX log_by_topic3 ON log (topic3) WHERE topic3 IS NOT NULL",
    "CREATE INDEX log_by_address ON log (address, topic0)",
)


class Head(NamedTuple):
    """The newest block; `timestamp` in unix seconds of ledger time."""

    number: int
    hash: bytes
    timestamp: int


class BlockRow(NamedTuple):
    """One block. `bloom` is None where it has no logs; fees in wei."""

    number: int
    hash: bytes
    parent: bytes
    timestamp: int
    state_root: bytes
    transactions_root: bytes
    receipts_root: bytes
    bloom: bytes | None
    gas_used: int
    gas_limit: int
    base_fee: int
    size: int


class TransactionRow(NamedTuple):
    """One transaction with what came of it; `raw` is the signed envelope, `price` wei per gas, big-endian."""

    id: int
    hash: bytes
    raw: bytes
    sender: bytes
    failed: int
    gas_used: int
    cumulative: int
    price: bytes
    contract: bytes

    @property
    def block(self) -> int:
        """The number of its block."""
        return self.id >> IN_BLOCK

    @property
    def place(self) -> int:
        """Its index in the block."""
        return self.id & ((1 << IN_BLOCK) - 1)


class LogRow(NamedTuple):
    """One event, with where it stands."""

    block: int
    block_hash: bytes
    timestamp: int
    tx_hash: bytes
    tx_index: int
    index: int  # type: ignore[assignment]  # in the block; nobody misses a tuple's own `index`
    address: bytes
    topics: tuple[bytes, ...]
    data: bytes
