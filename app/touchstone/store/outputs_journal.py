"""The journal of what models said and was recorded: which outputs are in which list, and how far each list came.

An output is known by its `key`: what makes a second one the same. A key stands in one list of a chain at most, so that
nothing is recorded twice, whoever else is at it. The lines themselves are kept too, so that a list that is lost can be
written anew.
"""

from __future__ import annotations

import contextlib
import dataclasses
import secrets
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from touchstone.paths import Home
from touchstone.store.database import Database, StoreError
from touchstone.store.files import Trouble, locked
from touchstone.store.schema import Migration

_CHUNK = 500
_PATIENCE = 0.5  # seconds that another process is waited for


class BatchState(StrEnum):
    """How far a list has come."""

    WRITTEN = "written"  # whether it was sent is told by the journal of transactions
    RECORDED = "recorded"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Batch:
    """A list. `uid` names it to the journal of transactions; `kind` is whose word it is, in a code of the caller's.

    Hashes are lower-case hex without 0x; `hash` and `block_hash` are of the transaction and its block, 0x hex, "" until
    it counts; `signer` is who sent it (0x hex), "" until then. Moments are ISO 8601.
    """

    id: int
    uid: str
    chain_id: int
    network: str
    kind: str
    publisher: int
    signer: str
    root: str
    count: int
    list_hash: str
    uri: str
    state: BatchState
    hash: str
    block: int
    block_hash: str
    created: str
    changed: str


@dataclass(frozen=True, slots=True)
class Line:
    """An output as it stands in its list, and what it is known by."""

    key: bytes
    text: bytes


_FIRST: Migration = (
    """
    CREATE TABLE batch (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        uid TEXT NOT NULL UNIQUE,
        chain_id INTEGER NOT NULL,
        network TEXT NOT NULL,
        kind TEXT NOT NULL,
        publisher INTEGER NOT NULL,
        signer TEXT NOT NULL DEFAULT '',
        root TEXT NOT NULL,
        count INTEGER NOT NULL,
        list_hash TEXT NOT NULL,
        uri TEXT NOT NULL,
        state TEXT NOT NULL,
        hash TEXT NOT NULL DEFAULT '',
        block INTEGER NOT NULL DEFAULT 0,
        block_hash TEXT NOT NULL DEFAULT '',
        created TEXT NOT NULL,
        changed TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE output (
        id INTEGER PRIMARY KEY,
        batch INTEGER NOT NULL REFERENCES batch (id) ON DELETE CASCADE,
        chain_id INTEGER NOT NULL,
        key BLOB,
        line BLOB NOT NULL
    )
    """,
    "CREATE UNIQUE INDEX output_once ON output (chain_id, key) WHERE key IS NOT NULL",
    "CREATE INDEX output_by_batch ON output (batch, id)",
)
MIGRATIONS = (_FIRST,)
_FIELDS = ", ".join(field.name for field in dataclasses.fields(Batch))


def path_of(home: Home) -> Path:
    """Where the journal is kept."""
    return home.outputs / "journal.sqlite3"


class OutputsJournal:
    """The journal of one home. Every write is on the disk before its method returns; all raise `StoreError`."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._database = Database(path_of(home), MIGRATIONS, durable=True)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    @contextlib.contextmanager
    def only_one(self, batch: int) -> Iterator[None]:
        """Keep every other process from working on this list.

        Raises:
            StoreError: BUSY: one does.
        """
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locked(self._home.outputs / f"recording-{batch}.lock", _PATIENCE))
            except BlockingIOError as error:
                raise StoreError(Trouble.BUSY) from error
            yield

    def known(self, chain_id: int, keys: Collection[bytes]) -> set[bytes]:
        """Which of these stand in a list already."""
        wanted, found = list(keys), set[bytes]()

        def work(connection: sqlite3.Connection) -> None:
            for start in range(0, len(wanted), _CHUNK):
                some = wanted[start : start + _CHUNK]
                marks = ", ".join("?" * len(some))
                sql = f"SELECT key FROM output WHERE chain_id = ? AND key IN ({marks})"  # noqa: S608
                found.update(key for (key,) in connection.execute(sql, (chain_id, *some)))

        self._database.read(work)
        return found

    def begin(self, batch: Batch, lines: Sequence[Line]) -> Batch:
        """Write down a list and what is in it; it comes back with its id and its uid. All of it or nothing.

        Raises:
            StoreError: BUSY: another process wrote one of these down in the meantime.
        """
        now, uid = _now(), secrets.token_hex(8)

        values = {
            "uid": uid,
            "chain_id": batch.chain_id,
            "network": batch.network,
            "kind": batch.kind,
            "publisher": batch.publisher,
            "signer": batch.signer,
            "root": batch.root,
            "count": batch.count,
            "list_hash": batch.list_hash,
            "uri": batch.uri,
            "state": BatchState.WRITTEN.value,
            "created": now,
            "changed": now,
        }
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        insert = f"INSERT INTO batch ({names}) VALUES ({marks})"  # noqa: S608 - names are ours

        def work(connection: sqlite3.Connection) -> int:
            number = connection.execute(insert, tuple(values.values())).lastrowid
            rows = ((number, batch.chain_id, line.key, line.text) for line in lines)
            try:
                connection.executemany("INSERT INTO output (batch, chain_id, key, line) VALUES (?, ?, ?, ?)", rows)
            except sqlite3.IntegrityError as error:
                raise StoreError(Trouble.BUSY) from error
            return number or 0

        return self.batch(self._database.write(work))

    def batch(self, number: int) -> Batch:
        """The list of that id; KeyError where there is none."""
        found = self._batches("id = ?", number)
        if not found:
            raise KeyError(number)
        return found[0]

    def batches(self, chain_id: int, *states: BatchState) -> list[Batch]:
        """The lists of a chain that have come so far, of every state where none is named; oldest first."""
        wanted = states or tuple(BatchState)
        marks = ", ".join("?" * len(wanted))
        return self._batches(f"chain_id = ? AND state IN ({marks}) ORDER BY id", chain_id, *map(str, wanted))

    def with_root(self, chain_id: int, root: str) -> list[Batch]:
        """The lists with a root, oldest first."""
        return self._batches("chain_id = ? AND root = ? ORDER BY id", chain_id, root)

    def lines(self, batch: int) -> list[bytes]:
        """The lines of a list, in their order."""
        sql = "SELECT line FROM output WHERE batch = ? ORDER BY id"
        return [line for (line,) in self._database.read(lambda c: c.execute(sql, (batch,)).fetchall())]

    def recorded(self, batch: int, transaction: tuple[str, str, int, str]) -> Batch:
        """Its transaction counts: who sent it, its hash, block and the block's hash."""
        sql = "UPDATE batch SET state = ?, signer = ?, hash = ?, block = ?, block_hash = ?, changed = ? WHERE id = ?"
        values = (BatchState.RECORDED.value, *transaction, _now(), batch)
        self._database.write(lambda c: c.execute(sql, values))
        return self.batch(batch)

    def withdrawn(self, batch: int, *, again: bool) -> None:
        """It was withdrawn; with `again` what is in it may be recorded once more."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE batch SET state = ?, changed = ? WHERE id = ?", (BatchState.WITHDRAWN.value, _now(), batch)
            )
            if again:
                connection.execute("UPDATE output SET key = NULL WHERE batch = ?", (batch,))

        self._database.write(work)

    def forget(self, batch: int) -> None:
        """A list that never came to be, or whose ledger is no more: what is in it may be recorded again."""
        self._database.write(lambda c: c.execute("DELETE FROM batch WHERE id = ?", (batch,)))

    def _batches(self, where: str, *values: object) -> list[Batch]:
        statement = f"SELECT {_FIELDS} FROM batch WHERE {where}"  # noqa: S608 - `where` is written in this module
        rows = self._database.read(lambda c: c.execute(statement, values).fetchall())
        found = (dict(zip(_FIELDS.split(", "), row, strict=True)) for row in rows)
        return [Batch(**{**one, "state": BatchState(one["state"])}) for one in found]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
