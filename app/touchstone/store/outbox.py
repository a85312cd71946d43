"""The journal of transactions: written before one is broadcast, so that none is lost and none is signed twice.

Chains, addresses and hashes are only values here; what they mean is known to `touchstone.chain.send`.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from touchstone.paths import Home
from touchstone.store.database import StoreError
from touchstone.store.files import Trouble, locked
from touchstone.store.own_database import OwnDatabase
from touchstone.store.schema import Migration

T = TypeVar("T")

LOCK_SECONDS = 30.0


class SentState(StrEnum):
    """How far a transaction has come."""

    ASKED = "asked"  # a signer outside was asked to sign and send it; whether it did is not known yet
    SIGNED = "signed"  # kept; whether a node has it is not known yet
    SENT = "sent"  # a node took it
    MINED = "mined"  # in a block that may still be replaced
    FINAL = "final"
    REVERTED = "reverted"  # final, and without effect
    DROPPED = "dropped"  # another transaction took its place
    CANCELLED = "cancelled"  # before anything was broadcast
    FAILED = "failed"  # no node took it, for certain


LIVE = frozenset({SentState.ASKED, SentState.SIGNED, SentState.SENT, SentState.MINED})


@dataclass(frozen=True, slots=True)
class Sent:
    """One transaction. Amounts are wei, moments ISO 8601, `hash`, `sender` and `target` 0x hex.

    `key` is what whoever sent it calls it, `code` and `params` are those of its intent. `replaces` is the id of the
    transaction with the same nonce that this one outbids (0: none), `block` the block it stands in or, for one that
    a signer outside was asked to send, the head at that moment.
    """

    chain_id: int
    network: str
    sender: str
    nonce: int
    target: str
    data: bytes = field(repr=False)
    code: str
    gas: int
    max_fee: int
    priority: int
    params: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    raw: bytes = field(default=b"", repr=False)
    hash: str = ""
    state: SentState = SentState.SIGNED
    trouble: str = ""
    replaces: int = 0
    block: int = 0
    block_hash: str = ""
    gas_used: int = 0
    fee: int = 0
    created: str = ""
    changed: str = ""
    id: int = 0


_COLUMNS = (
    "chain_id, network, sender, nonce, target, data, code, gas, max_fee, priority, params, key, raw, hash, state,"
    " trouble, replaces, block, block_hash, gas_used, fee, created, changed, id"
)
_CHANGEABLE = frozenset({"raw", "hash", "state", "trouble", "block", "block_hash", "gas_used", "fee"})
_FIRST: Migration = (
    """
    CREATE TABLE sent (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        chain_id INTEGER NOT NULL,
        network TEXT NOT NULL,
        sender TEXT NOT NULL,
        nonce INTEGER NOT NULL,
        target TEXT NOT NULL,
        data BLOB NOT NULL,
        code TEXT NOT NULL,
        gas INTEGER NOT NULL,
        max_fee INTEGER NOT NULL,
        priority INTEGER NOT NULL,
        params TEXT NOT NULL,
        key TEXT NOT NULL,
        raw BLOB NOT NULL,
        hash TEXT NOT NULL,
        state TEXT NOT NULL,
        trouble TEXT NOT NULL,
        replaces INTEGER NOT NULL,
        block INTEGER NOT NULL,
        block_hash TEXT NOT NULL,
        gas_used INTEGER NOT NULL,
        fee INTEGER NOT NULL,
        created TEXT NOT NULL,
        changed TEXT NOT NULL
    )
    """,
    # The last guard against signing one nonce twice: only a replacement may share it.
    """
    CREATE UNIQUE INDEX sent_once ON sent (chain_id, sender, nonce)
        WHERE replaces = 0 AND state IN ('asked', 'signed', 'sent', 'mined')
    """,
    "CREATE INDEX sent_by_key ON sent (chain_id, key) WHERE key <> ''",
    "CREATE INDEX sent_by_state ON sent (chain_id, state)",
)
MIGRATIONS = (_FIRST,)


class Outbox:
    """The journal of one home. Every write is on the disk before its method returns.

    Every method raises `StoreError` where the disk refuses; DAMAGED once, when a damaged journal was set aside, and
    NEWER where a newer version wrote it: nothing may be sent on the word of an empty journal.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._database = OwnDatabase(home.outbox, MIGRATIONS)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    @contextlib.contextmanager
    def one_sender(self, chain_id: int, sender: str, seconds: float = LOCK_SECONDS) -> Iterator[None]:
        """Keep every other process from sending for this address.

        Raises:
            StoreError: BUSY: one did all that time.
        """
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locked(self._home.outbox.with_name(f"sending-{chain_id}-{sender}.lock"), seconds))
            except BlockingIOError as error:
                raise StoreError(Trouble.BUSY) from error
            yield

    def add(self, entry: Sent) -> Sent:
        """Write a transaction down; it comes back with its id."""
        now = _now()
        values = (*_values(entry), now, now)
        names = ", ".join(_COLUMNS.split(", ")[:-1])
        marks = ", ".join("?" * len(values))

        def work(connection: sqlite3.Connection) -> int:
            # Names of columns are ours; values travel as parameters.
            return connection.execute(f"INSERT INTO sent ({names}) VALUES ({marks})", values).lastrowid or 0  # noqa: S608

        return self.get(self._write(work))

    def change(self, number: int, **fields: Any) -> Sent:
        """Change some of `raw`, `hash`, `state`, `trouble`, `block`, `block_hash`, `gas_used`, `fee` of one entry."""
        if not fields.keys() <= _CHANGEABLE:
            raise ValueError(fields)
        assignments = ", ".join(f"{name} = ?" for name in fields)
        values = [str(v) if isinstance(v, StrEnum) else v for v in fields.values()]

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                f"UPDATE sent SET {assignments}, changed = ? WHERE id = ?",  # noqa: S608 - names are checked above
                (*values, _now(), number),
            )

        self._write(work)
        return self.get(number)

    def get(self, number: int) -> Sent:
        """The entry with that id; KeyError where there is none."""
        found = self._select("id = ?", number)
        if not found:
            raise KeyError(number)
        return found[0]

    def live(self, chain_id: int, sender: str = "") -> list[Sent]:
        """What is under way, by nonce; of one address where that is given."""
        states = ", ".join(f"'{state}'" for state in sorted(LIVE))
        found = self._select(f"chain_id = ? AND state IN ({states}) ORDER BY nonce, id", chain_id)
        return [entry for entry in found if not sender or entry.sender == sender]

    def live_anywhere(self) -> list[Sent]:
        """What is under way on any network, oldest first."""
        states = ", ".join(f"'{state}'" for state in sorted(LIVE))
        return self._select(f"state IN ({states}) ORDER BY id")

    def keyed(self, chain_id: int, key: str) -> list[Sent]:
        """What was sent under a key, replacements among it, oldest first."""
        return self._select("chain_id = ? AND key = ? ORDER BY id", chain_id, key)

    def rivals(self, entry: Sent) -> list[Sent]:
        """Everything of the same address and nonce that was broadcast or may have been, itself included."""
        found = self._select(
            "chain_id = ? AND sender = ? AND nonce = ? ORDER BY id", entry.chain_id, entry.sender, entry.nonce
        )
        return [one for one in found if one.state not in {SentState.CANCELLED, SentState.FAILED}]

    def newest_in_block(self, chain_id: int) -> Sent | None:
        """The newest entry that stands in a block."""
        found = self._select("chain_id = ? AND block_hash <> '' ORDER BY block DESC LIMIT 1", chain_id)
        return found[0] if found else None

    def recent(self, limit: int = 100, chain_id: int | None = None) -> list[Sent]:
        """The newest entries, of one chain or of all, newest first."""
        return self._select("? IN (chain_id, -1) ORDER BY id DESC LIMIT ?", -1 if chain_id is None else chain_id, limit)

    def forget(self, chain_id: int) -> None:
        """Delete every entry of a chain that is no more: a practice ledger that was reset."""
        self._write(lambda connection: connection.execute("DELETE FROM sent WHERE chain_id = ?", (chain_id,)))

    def _select(self, where: str, *values: Any) -> list[Sent]:
        statement = f"SELECT {_COLUMNS} FROM sent WHERE {where}"  # noqa: S608 - `where` is written in this module

        rows = self._database.read(lambda c: c.execute(statement, values).fetchall())
        return [_entry(row) for row in rows]

    def _write(self, work: Any) -> Any:
        return self._database.write(work)


def _values(entry: Sent) -> tuple[Any, ...]:
    return (
        entry.chain_id,
        entry.network,
        entry.sender,
        entry.nonce,
        entry.target,
        entry.data,
        entry.code,
        entry.gas,
        entry.max_fee,
        entry.priority,
        json.dumps(entry.params, default=str),
        entry.key,
        entry.raw,
        entry.hash,
        str(entry.state),
        entry.trouble,
        entry.replaces,
        entry.block,
        entry.block_hash,
        entry.gas_used,
        entry.fee,
    )


def _entry(row: tuple[Any, ...]) -> Sent:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    values["params"] = json.loads(values["params"])
    values["state"] = SentState(values["state"])
    return Sent(**values)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
