"""The practice chain: its first block, and how a transaction or a leap in time makes the next."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

from touchstone.chain import contracts, ledger_faucet
from touchstone.chain import ledger_rlp as rlp
from touchstone.chain import ledger_rules as rules
from touchstone.chain import ledger_trie as trie
from touchstone.chain.engine import Engine, EngineError, Outcome, Surroundings
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.keccak import keccak256
from touchstone.chain.ledger_accounts import Account, Accounts, Change, Known, carry
from touchstone.chain.ledger_envelope import EnvelopeError, Transaction, decode
from touchstone.chain.ledger_file import LedgerFile, empty_tables, insert_block, insert_nodes, make_tables, place
from touchstone.chain.ledger_rows import BlockRow, Head
from touchstone.chain.ledger_rules import RpcError
from touchstone.chain.ledger_store import version_of

_LARGEST_SKIP = 100 * 366 * 86_400  # seconds
_MOST_KNOWN = 200_000


class Chain:
    """Makes blocks, one at a time, each in one SQLite transaction.

    A block's time is ledger time: this computer's clock plus what was skipped, and always later than the block before,
    so that a burst of transactions runs ahead of the clock by a second each.
    """

    def __init__(self, file: LedgerFile, engine: Engine, chain_id: int, clock: Callable[[], float] = time.time) -> None:
        self._file, self._engine, self._chain_id, self._clock = file, engine, chain_id, clock
        self._known: Known | None = None

    def begin(self) -> bool:
        """Make the first block where there is none; returns whether there was none.

        Raises:
            ChainError: the file cannot be written.
        """
        with self._file.writing() as connection:
            if version_of(connection):
                return False
            make_tables(connection)
            self._write_first(connection)
        return True

    def restart(self) -> None:
        """Throw everything away and begin again, in one step for every reader.

        Raises:
            ChainError: the file cannot be written; all is as it was.
        """
        with self._file.writing() as connection:
            empty_tables(connection)
            self._write_first(connection)

    def send(self, raw: bytes) -> bytes:
        """Take a signed transaction into a block of its own; returns its hash once that is on the disk.

        Raises:
            RpcError: it is refused.
            ChainError: the file cannot be written. Nothing was changed either way.
        """
        try:
            transaction = decode(raw)
        except EnvelopeError as error:
            raise RpcError(-32000, str(error)) from error
        with self._file.writing() as connection:
            if connection.execute("SELECT 1 FROM tx WHERE hash = ?", (transaction.hash,)).fetchone():
                raise RpcError(-32000, "already known")
            parent = _newest(connection)
            known = self._known_at(connection, parent.state_root)
            around = self._next(connection, parent)
            account = known.account(transaction.sender) or Account()
            code = known.read(account.code_hash) if account.code_hash != Account().code_hash else b""
            rules.check(transaction, account, code, around.base_fee, self._chain_id)
            try:
                outcome, change = self._engine.run(known, around, transaction)
            except EngineError as error:
                raise RpcError(-32000, "execution failed") from error
            _write(connection, parent, around, change, (transaction, raw, outcome))
        carry(known, change)
        return transaction.hash

    def skip(self, seconds: int) -> Head:
        """Move ledger time forward, with an empty block that shows it.

        Raises:
            RpcError: not a number of seconds that makes sense.
            ChainError: the file cannot be written.
        """
        if not 0 < seconds <= _LARGEST_SKIP:
            raise RpcError(-32602, f"seconds must be from 1 to {_LARGEST_SKIP}")
        with self._file.writing() as connection:
            parent = _newest(connection)
            now = int(self._clock())
            ahead = max(parent.timestamp, now + _skipped(connection)) + seconds - now
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('skipped', ?)", (ahead,))
            around = self._next(connection, parent)
            _write(connection, parent, around, Change(parent.state_root, {}, {}, {}, frozenset()), None)
            made = _newest(connection)
        return Head(made.number, made.hash, made.timestamp)

    def next_time(self, parent: int, skipped: int) -> int:
        """When a block after one of time `parent` would be."""
        return max(parent + 1, int(self._clock()) + skipped)

    def _next(self, connection: sqlite3.Connection, parent: BlockRow) -> Surroundings:
        return Surroundings(
            number=parent.number + 1,
            timestamp=self.next_time(parent.timestamp, _skipped(connection)),
            gas_limit=rules.GAS_LIMIT,
            base_fee=rules.next_base_fee(parent),
            randomness=rules.randomness(parent.hash),
            ancestor=lambda number: _hash_of(connection, number),
        )

    def _known_at(self, connection: sqlite3.Connection, root: bytes) -> Known:
        """What was known of the state, or a fresh start where another process has written or this one failed."""
        known = self._known
        if known is None or known.root != root or len(known.accounts) + len(known.slots) > _MOST_KNOWN:
            known = self._known = Known(lambda name: _node(connection, name), root)
        return known

    def _write_first(self, connection: sqlite3.Connection) -> None:
        known = Known(lambda name: _node(connection, name), trie.EMPTY_ROOT)
        accounts = Accounts(known, trie.EMPTY_ROOT)
        accounts.set_balance(ledger_faucet.address(), ledger_faucet.WEI)
        for address, code in contracts.genesis().items():
            accounts.set_code(bytes.fromhex(address[2:]), code)
            accounts.set_nonce(bytes.fromhex(address[2:]), 1)
        change = accounts.change()
        insert_nodes(connection, change.nodes)
        empty = trie.EMPTY_ROOT
        row = BlockRow(
            0, b"", bytes(32), int(self._clock()), change.root, empty, empty, None, 0, rules.GAS_LIMIT,
            rules.FIRST_BASE_FEE, 0,
        )  # fmt: skip
        insert_block(connection, _finished(row, b""))
        connection.execute("INSERT INTO meta VALUES ('chain', ?)", (self._chain_id,))


def _write(
    connection: sqlite3.Connection,
    parent: BlockRow,
    around: Surroundings,
    change: Change,
    done: tuple[Transaction, bytes, Outcome] | None,
) -> None:
    """Put a block with one transaction, or none, into the tables."""
    transactions, receipts, logs = trie.EMPTY_ROOT, trie.EMPTY_ROOT, None
    gas_used, raw = 0, b""
    if done is not None:
        transaction, raw, outcome = done
        gas_used = outcome.gas_used
        transactions = trie.root_of([raw])
        receipts = trie.root_of([rules.receipt(transaction.type_id, outcome, gas_used)])
        logs = rules.bloom(outcome.logs) if outcome.logs else None
        _write_transaction(connection, around.number, transaction, raw, outcome)
    row = BlockRow(
        around.number, b"", parent.hash, around.timestamp, change.root, transactions, receipts, logs, gas_used,
        around.gas_limit, around.base_fee, 0,
    )  # fmt: skip
    insert_nodes(connection, change.nodes)
    insert_block(connection, _finished(row, raw))


def _write_transaction(
    connection: sqlite3.Connection, block: int, transaction: Transaction, raw: bytes, outcome: Outcome
) -> None:
    price = outcome.price.to_bytes(32, "big").lstrip(b"\0")
    values = (
        place(block, 0), transaction.hash, raw, transaction.sender, int(bool(outcome.failure)), outcome.gas_used,
        outcome.gas_used, price, outcome.contract,
    )  # fmt: skip
    connection.execute("INSERT INTO tx VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    connection.executemany(
        "INSERT INTO log VALUES (?, 0, ?, ?, ?, ?, ?, ?)",
        [
            (place(block, index), log.address, *log.topics, *[None] * (4 - len(log.topics)), log.data)
            for index, log in enumerate(outcome.logs)
        ],
    )


def _finished(row: BlockRow, raw: bytes) -> BlockRow:
    """The row with its hash, and its size in bytes as RLP."""
    header = rules.header(row)
    carried = [rlp.decode(raw) if raw[0] >= 0xC0 else raw] if raw else []
    return row._replace(hash=keccak256(header), size=len(rlp.encode([rlp.decode(header), carried, [], []])))


def _newest(connection: sqlite3.Connection) -> BlockRow:
    found = connection.execute("SELECT * FROM block ORDER BY number DESC LIMIT 1").fetchone()
    if found is None:
        raise ChainError(ChainTrouble.DAMAGED)
    return BlockRow(*found)


def _skipped(connection: sqlite3.Connection) -> int:
    found = connection.execute("SELECT value FROM meta WHERE name = 'skipped'").fetchone()
    return int(found[0]) if found else 0


def _hash_of(connection: sqlite3.Connection, number: int) -> bytes:
    found = connection.execute("SELECT hash FROM block WHERE number = ?", (number,)).fetchone()
    return bytes(found[0]) if found else b""


def _node(connection: sqlite3.Connection, name: bytes) -> bytes:
    found = connection.execute("SELECT data FROM node WHERE hash = ?", (name,)).fetchone()
    if found is None:
        raise ChainError(ChainTrouble.DAMAGED)
    return bytes(found[0])
