"""One run of a sync: from where the mirror stands to the head of the chain, window after window."""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.events import decode
from touchstone.chain.logs import Log, windows
from touchstone.chain.network import Network
from touchstone.registry import court_rows, model_rows
from touchstone.registry.court_rows import CourtIngest
from touchstone.registry.ingest import Ingest, roll_back
from touchstone.registry.lookup_types import court_of, identity_of, models_of
from touchstone.registry.sources import Header, Source, Which
from touchstone.store.register_store import transaction

_ATTEMPTS = 4
_TABLES = ("mirror", "registrant", "registration", "list", "root", "withdrawal", "publisher_event", "publisher")


class Step(StrEnum):
    """What a sync is at."""

    BLOCKS = "blocks"
    REORGANISED = "reorganised"  # the chain changed: back to `block`
    RESTARTED = "restarted"  # it is another, or changed below its final block: from the beginning
    LISTS = "lists"  # leaf lists of Merkle batches
    INDEX = "index"  # of fingerprints


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sync is: block `block` of `head`, `count` files registered so far; of `LISTS`, how many of how many."""

    step: Step
    block: int
    head: int
    count: int = 0


OnProgress = Callable[[Progress], None]


class _Moved(Exception):  # noqa: N818 - not an error: chains do that
    """The chain changed while it was read."""


class Follow:
    """Follows `source` into the mirror behind `connection`, whose only writer this is.

    `on_window` is called after each window that was kept.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        network: Network,
        source: Source,
        on_progress: OnProgress,
        cancel: threading.Event | None,
        on_window: Callable[[], None] = lambda: None,
    ) -> None:
        self._connection, self._network, self._source = connection, network, source
        self._tell, self._cancel, self._on_window = on_progress, cancel, on_window

    def run(self) -> None:
        """Read what is new.

        Raises:
            ChainError: not all of it could be read; what was read before is kept.
            sqlite3.Error: the mirror cannot be written.
        """
        for _ in range(_ATTEMPTS):
            try:
                self._run()
            except _Moved:
                continue
            return
        raise ChainError(ChainTrouble.PROTOCOL, why="moving")

    def catch_up(self) -> None:
        """Read what the register of models, court and pool logged in blocks that were read before they were followed.

        Apart from `run`, and after it, so that a node that no longer has these blocks holds up nothing about files.
        Raises as `run` does.
        """
        for _ in range(_ATTEMPTS):
            try:
                self._catch_up()
            except _Moved:
                self.run()
                continue
            return
        raise ChainError(ChainTrouble.PROTOCOL, why="moving")

    def _run(self) -> None:
        head = self._source.head()
        self._begin(head)
        final = min(self._source.final(head), head.number)
        # Apart, so that nodes that do not agree yet about the newest blocks hold up nothing that is settled.
        for until in sorted({min(final, head.number), head.number}):
            for last, logs in windows(lambda a, b: self._logs(a, b, final), self._cursor() + 1, until, self._cancel):
                self._keep(self._end_of(last), logs, final, head)
                self._on_window()
        with transaction(self._connection):
            self._connection.execute(
                "UPDATE mirror SET final = max(final, min(?, cursor)), synced = ?, agreed = ?",
                (final, int(time.time()), int(self._source.agreed)),
            )
            self._trim()

    # --- where to begin

    def _begin(self, head: Header) -> None:
        """Make sure that the mirror is of this network, and goes no further than chain and mirror are the same."""
        row = self._connection.execute("SELECT chain_id, publishers, media FROM mirror").fetchone()
        if row is None:
            start_again(self._connection, self._network)
        elif row != identity_of(self._network):
            self._restart(head)
        else:
            self._walk_back(head)
        with transaction(self._connection):
            model_rows.adopt(self._connection, models_of(self._network), self._network.start_block)
            court_rows.adopt(self._connection, court_of(self._network), self._network.start_block)

    def _walk_back(self, head: Header) -> None:
        cursor, known = self._connection.execute("SELECT cursor, cursor_hash FROM mirror").fetchone()
        if not known or self._is_there(cursor, known, head):
            return
        tail: Sequence[tuple[int, bytes]] = self._connection.execute(
            "SELECT block, hash FROM tail ORDER BY block DESC"
        ).fetchall()
        for block, block_hash in tail:
            if self._is_there(block, block_hash, head):
                with transaction(self._connection):
                    roll_back(self._connection, block)
                    self._set_cursor(block, block_hash)
                self._tell(Progress(Step.REORGANISED, block, head.number))
                return
        self._restart(head)

    def _is_there(self, block: int, known: bytes, head: Header) -> bool:
        if block > head.number:
            return False
        found = self._source.header(block)
        return found is not None and found.hash == known

    def _restart(self, head: Header) -> None:
        start_again(self._connection, self._network)
        self._tell(Progress(Step.RESTARTED, self._network.start_block, head.number))

    # --- what was missed of models, and of the court

    def _catch_up(self) -> None:
        for which, (first, last), done in (
            (Which.MODELS, model_rows.lack(self._connection), "UPDATE mirror SET lack_first = ?"),
            (Which.COURT, court_rows.lack(self._connection), "UPDATE mirror SET court_first = ?"),
        ):
            if first <= last:
                self._catch_up_with(which, first, last, done)

    def _catch_up_with(self, which: Which, first: int, last: int, done: str) -> None:
        head = self._source.head()
        final = min(self._source.final(head), head.number)
        for end, logs in windows(lambda a, b: self._missed((a, b), final, head, which), first, last, self._cancel):
            with transaction(self._connection):
                _add(self._connection, logs)
                self._connection.execute(done, (end + 1,))
            self._tell(Progress(Step.BLOCKS, end, last))

    def _missed(self, window: tuple[int, int], final: int, head: Header, which: Which) -> list[Log]:
        """What they logged; of a window that is not final while the chain is the mirror's."""
        first, last = window
        if last <= final:
            return self._source.logs(first, last, which)
        cursor, known = self._connection.execute("SELECT cursor, cursor_hash FROM mirror").fetchone()
        before = self._is_there(cursor, known, head)
        logs = self._source.logs(first, last, which)
        if not before or not self._is_there(cursor, known, head):
            raise _Moved
        return logs

    # --- a window

    def _logs(self, first: int, last: int, final: int) -> list[Log]:
        """The logs of a window; of one that is not final all from one and the same chain."""
        if last <= final:
            return self._source.logs(first, last)
        before = self._source.header(last)
        logs = self._source.logs(first, last)
        after = self._source.header(last)
        if before is None or after is None or before.hash != after.hash:
            raise _Moved
        if any(log.block_hash != after.hash for log in logs if log.block == last):
            raise _Moved
        return logs

    def _end_of(self, last: int) -> Header:
        """The last block of a window, once the window is seen to follow from the cursor."""
        cursor, known = self._connection.execute("SELECT cursor, cursor_hash FROM mirror").fetchone()
        first = self._source.header(cursor + 1)
        end = first if cursor + 1 == last else self._source.header(last)
        if first is None or end is None or (known and first.parent != known):
            raise _Moved
        return end

    def _keep(self, end: Header, logs: Sequence[Log], final: int, head: Header) -> None:
        with transaction(self._connection):
            next_id = _add(self._connection, logs)
            self._set_cursor(end.number, end.hash)
            self._connection.execute("INSERT OR REPLACE INTO tail VALUES (?, ?, ?)", (end.number, end.hash, next_id))
            self._connection.execute("UPDATE mirror SET final = max(final, min(?, cursor))", (final,))
            self._trim()
        (count,) = self._connection.execute("SELECT registrations FROM mirror").fetchone()
        self._tell(Progress(Step.BLOCKS, end.number, head.number, count))

    def _trim(self) -> None:
        """Keep the hashes of the last final block that is known and of those after it."""
        self._connection.execute(
            "DELETE FROM tail WHERE block < (SELECT max(block) FROM tail WHERE block <= (SELECT final FROM mirror))"
        )

    def _cursor(self) -> int:
        return int(self._connection.execute("SELECT cursor FROM mirror").fetchone()[0])

    def _set_cursor(self, block: int, block_hash: bytes) -> None:
        self._connection.execute("UPDATE mirror SET cursor = ?, cursor_hash = ?", (block, block_hash))


def _add(connection: sqlite3.Connection, logs: Sequence[Log]) -> int:
    """Keep what logs say, inside a transaction of the caller's; the next id of the mirror."""
    ingest, court = Ingest(connection), CourtIngest(connection)
    for log in logs:
        if court.add(log):
            continue
        event = decode(log)
        if event is not None:
            ingest.add(log, event)
    ingest.finish()
    court.finish()
    return int(ingest.next_id)


def start_again(connection: sqlite3.Connection, network: Network) -> None:
    """Make the mirror an empty one of `network`."""
    with transaction(connection):
        empty(connection, network)


def empty(connection: sqlite3.Connection, network: Network) -> None:
    """As `start_again`, inside a transaction of the caller's."""
    for table in (*_TABLES, "signer", "tag", "tail"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
    model_rows.clear(connection)
    court_rows.clear(connection)
    followed = (models_of(network), court_of(network))
    connection.execute(
        "INSERT INTO mirror VALUES (1, ?, ?, ?, ?, ?, x'', -1, 0, 0, 0, 1, 1, ?, 0, -1, ?, 0, -1)",
        (secrets.token_bytes(16), *identity_of(network), network.start_block - 1, *followed),
    )
