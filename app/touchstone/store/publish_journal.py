"""The journal of publishing: what was to be done with each file, and how far it came, written before each step.

Hashes are lower-case hex, paths as the file system has them, moments ISO 8601. What the states mean to a job is known
to `touchstone.registry.job`; here they are only kept.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from touchstone.paths import Home
from touchstone.store.database import Database, StoreError
from touchstone.store.files import Trouble, locked
from touchstone.store.schema import Migration


class FileState(StrEnum):
    """How far a file has come."""

    WAITING = "waiting"
    READ = "read"
    SIGNING = "signing"  # a signed copy may be in place already: its hash was written down before it got its name
    SIGNED = "signed"
    READY = "ready"  # its final bytes are known, hashed and measured
    PLACED = "placed"  # its transaction and its place in it are settled
    REGISTERED = "registered"
    DONE = "done"  # and its receipt is written
    SKIPPED = "skipped"
    FAILED = "failed"


class JobState(StrEnum):
    """How far a job has come."""

    OPEN = "open"
    SETTLED = "settled"  # which transactions there are, and what is in them, changes no more
    DONE = "done"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job: `uid` names it to the journal of transactions, `order` is what was asked for."""

    id: int
    uid: str
    chain_id: int
    network: str
    publisher: int
    order: Mapping[str, Any]
    state: JobState
    created: str
    changed: str


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file of a job. `source` is the file as it was named, `final` the one that is registered.

    `sha256` is of the final bytes, `source_sha256` of those that were named; `facts` what was measured. `deal` and
    `index` are its transaction and its place in that, -1 while there is none; `why` is a code for what was skipped or
    failed, or left unsigned.
    """

    id: int
    job: int
    place: int
    source: Path
    state: FileState
    source_sha256: str = ""
    final: Path | None = None
    sha256: str = ""
    manifest: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    deal: int = -1
    index: int = -1
    why: str = ""


@dataclass(frozen=True, slots=True)
class DealLine:
    """A transaction of a job. `root` is "" unless it registers a Merkle batch; `hash` "" until it counts."""

    id: int
    job: int
    number: int
    mode: str
    root: str = ""
    list_hash: str = ""
    uri: str = ""
    hash: str = ""
    block: int = 0
    block_hash: str = ""


_FIRST: Migration = (
    """
    CREATE TABLE job (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        uid TEXT NOT NULL UNIQUE,
        chain_id INTEGER NOT NULL,
        network TEXT NOT NULL,
        publisher INTEGER NOT NULL,
        wanted TEXT NOT NULL,
        state TEXT NOT NULL,
        created TEXT NOT NULL,
        changed TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE file (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        job INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        source BLOB NOT NULL,
        state TEXT NOT NULL,
        source_sha256 TEXT NOT NULL DEFAULT '',
        final BLOB,
        sha256 TEXT NOT NULL DEFAULT '',
        manifest TEXT NOT NULL DEFAULT '',
        facts TEXT NOT NULL DEFAULT '{}',
        deal INTEGER NOT NULL DEFAULT -1,
        "index" INTEGER NOT NULL DEFAULT -1,
        why TEXT NOT NULL DEFAULT ''
    )
    """,
    "CREATE INDEX file_by_job ON file (job, place)",
    "CREATE INDEX file_by_sha256 ON file (sha256) WHERE sha256 <> ''",
    """
    CREATE TABLE deal (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        job INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        mode TEXT NOT NULL,
        root TEXT NOT NULL DEFAULT '',
        list_hash TEXT NOT NULL DEFAULT '',
        uri TEXT NOT NULL DEFAULT '',
        hash TEXT NOT NULL DEFAULT '',
        block INTEGER NOT NULL DEFAULT 0,
        block_hash TEXT NOT NULL DEFAULT '',
        UNIQUE (job, number)
    )
    """,
)
MIGRATIONS = (_FIRST,)
_FILE_FIELDS = 'id, job, place, source, state, source_sha256, final, sha256, manifest, facts, deal, "index", why'
_DEAL_FIELDS = "id, job, number, mode, root, list_hash, uri, hash, block, block_hash"
_JOB_FIELDS = "id, uid, chain_id, network, publisher, wanted, state, created, changed"
_CHANGEABLE = frozenset({"state", "source_sha256", "final", "sha256", "manifest", "facts", "deal", "index", "why"})
_HERE = ("registered", "done")


def end_jobs(home: Home, chain_id: int) -> None:
    """End what was interrupted on a chain that is no more, where there is a journal; what cannot be written stays."""
    if path_of(home).exists():
        journal = PublishJournal(home)
        with contextlib.suppress(StoreError):
            journal.forget(chain_id)
        journal.close()


def path_of(home: Home) -> Path:
    """Where the journal is kept."""
    return home.outbox.with_name("publishing.sqlite3")


class PublishJournal:
    """The journal of one home. Every write is on the disk before its method returns; all raise `StoreError`."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._database = Database(path_of(home), MIGRATIONS, durable=True)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    @contextlib.contextmanager
    def only_one(self, job: int) -> Iterator[None]:
        """Keep every other process from working on this job.

        Raises:
            StoreError: BUSY: one does.
        """
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locked(path_of(self._home).with_name(f"publishing-{job}.lock"), 0.5))
            except BlockingIOError as error:
                raise StoreError(Trouble.BUSY) from error
            yield

    def begin(self, network: tuple[int, str], publisher: int, order: Mapping[str, Any], sources: Sequence[Path]) -> int:
        """Write down a job (`network` is chain id and name) with its files; its id."""
        now, uid = _now(), secrets.token_hex(8)

        def work(connection: sqlite3.Connection) -> int:
            job = connection.execute(
                "INSERT INTO job (uid, chain_id, network, publisher, wanted, state, created, changed)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (uid, *network, publisher, json.dumps(order), JobState.OPEN.value, now, now),
            ).lastrowid
            rows = [(job, n, os.fsencode(path), FileState.WAITING.value) for n, path in enumerate(sources)]
            connection.executemany("INSERT INTO file (job, place, source, state) VALUES (?, ?, ?, ?)", rows)
            return job or 0

        return self._database.write(work)

    def job(self, number: int) -> JobLine:
        """The job of that id; KeyError where there is none."""
        found = self._jobs("id = ?", number)
        if not found:
            raise KeyError(number)
        return found[0]

    def unfinished(self, chain_id: int) -> list[JobLine]:
        """Jobs that were begun on a chain and not ended, oldest first."""
        return self._jobs("chain_id = ? AND state IN ('open', 'settled') ORDER BY id", chain_id)

    def set_job(self, number: int, state: JobState) -> None:
        """Write down how far a job is."""
        self._database.write(
            lambda c: c.execute("UPDATE job SET state = ?, changed = ? WHERE id = ?", (state.value, _now(), number))
        )

    def files(self, job: int) -> list[FileLine]:
        """The files of a job, in their order."""
        statement = f"SELECT {_FILE_FIELDS} FROM file WHERE job = ? ORDER BY place"  # noqa: S608 - names are ours
        rows = self._database.read(lambda c: c.execute(statement, (job,)).fetchall())
        return [_file(row) for row in rows]

    def deals(self, job: int) -> list[DealLine]:
        """The transactions of a job, in their order."""
        statement = f"SELECT {_DEAL_FIELDS} FROM deal WHERE job = ? ORDER BY number"  # noqa: S608 - names are ours
        rows = self._database.read(lambda c: c.execute(statement, (job,)).fetchall())
        return [DealLine(*row) for row in rows]

    def change(self, file: int, **fields: Any) -> None:
        """Change some of the fields of a file, all at once."""
        if not fields.keys() <= _CHANGEABLE:
            raise ValueError(fields)
        names = ", ".join(f'"{name}" = ?' for name in fields)
        values = [_plain(value) for value in fields.values()]
        statement = f"UPDATE file SET {names} WHERE id = ?"  # noqa: S608 - names are checked above
        self._database.write(lambda c: c.execute(statement, (*values, file)))

    def settle(self, job: int, deals: Sequence[DealLine], places: Mapping[int, tuple[int, int]]) -> None:
        """Fix which transactions a job has, and by file id the number of its transaction and its place in it."""
        now = _now()

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "INSERT INTO deal (job, number, mode, root, list_hash, uri) VALUES (?, ?, ?, ?, ?, ?)",
                [(job, d.number, d.mode, d.root, d.list_hash, d.uri) for d in deals],
            )
            connection.executemany(
                'UPDATE file SET state = ?, deal = ?, "index" = ? WHERE id = ?',
                [(FileState.PLACED.value, deal, index, file) for file, (deal, index) in places.items()],
            )
            connection.execute("UPDATE job SET state = ?, changed = ? WHERE id = ?", (JobState.SETTLED.value, now, job))

        self._database.write(work)

    def unsettle(self, job: int) -> None:
        """Take back which transactions there are, as far as they do not count yet."""
        now = _now()

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM deal WHERE job = ? AND hash = ''", (job,))
            connection.execute(
                'UPDATE file SET state = ?, deal = -1, "index" = -1 WHERE job = ? AND state = ?',
                (FileState.READY.value, job, FileState.PLACED.value),
            )
            connection.execute("UPDATE job SET state = ?, changed = ? WHERE id = ?", (JobState.OPEN.value, now, job))

        self._database.write(work)

    def counted(self, deal: DealLine, hash_: str, block: int, block_hash: str) -> None:
        """A transaction counts, and with it every file in it."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE deal SET hash = ?, block = ?, block_hash = ? WHERE id = ?", (hash_, block, block_hash, deal.id)
            )
            connection.execute(
                "UPDATE file SET state = ? WHERE job = ? AND deal = ? AND state = ?",
                (FileState.REGISTERED.value, deal.job, deal.number, FileState.PLACED.value),
            )

        self._database.write(work)

    def uncount(self, job: int) -> None:
        """The ledger that a job's transactions counted on is no more; which they are stays settled."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE deal SET hash = '', block = 0, block_hash = '' WHERE job = ?", (job,))
            connection.execute(
                "UPDATE file SET state = ? WHERE job = ? AND deal >= 0 AND state IN (?, ?)",
                (FileState.PLACED.value, job, *_HERE),
            )
            connection.execute("UPDATE job SET state = ? WHERE id = ?", (JobState.SETTLED.value, job))

        self._database.write(work)

    def registered(self, sha256: str) -> list[Path]:
        """The files on this computer that were registered with this hash, newest first; they may be gone by now."""
        rows = self._database.read(
            lambda c: c.execute(
                "SELECT coalesce(final, source) FROM file WHERE sha256 = ? AND state IN (?, ?) ORDER BY id DESC",
                (sha256, *_HERE),
            ).fetchall()
        )
        return [Path(os.fsdecode(path)) for (path,) in rows]

    def forget(self, chain_id: int) -> None:
        """End every job of a chain that is no more: a practice ledger that was reset."""
        state = JobState.ABANDONED.value
        self._database.write(
            lambda c: c.execute(
                "UPDATE job SET state = ? WHERE chain_id = ? AND state IN ('open', 'settled')", (state, chain_id)
            )
        )

    def _jobs(self, where: str, *values: Any) -> list[JobLine]:
        statement = f"SELECT {_JOB_FIELDS} FROM job WHERE {where}"  # noqa: S608 - `where` is written in this module
        rows = self._database.read(lambda c: c.execute(statement, values).fetchall())
        return [
            JobLine(number, uid, chain_id, network, publisher, json.loads(wanted), JobState(state), created, changed)
            for number, uid, chain_id, network, publisher, wanted, state, created, changed in rows
        ]


def _file(row: tuple[Any, ...]) -> FileLine:
    number, job, place, source, state, source_sha256, final, sha256, manifest, facts, deal, index, why = row
    return FileLine(
        number,
        job,
        place,
        Path(os.fsdecode(source)),
        FileState(state),
        source_sha256,
        None if final is None else Path(os.fsdecode(final)),
        sha256,
        manifest,
        json.loads(facts),
        deal,
        index,
        why,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return os.fsencode(value)
    if isinstance(value, StrEnum):
        return value.value
    return json.dumps(value) if isinstance(value, Mapping) else value


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
