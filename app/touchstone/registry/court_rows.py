"""What court and pool say becomes rows of the mirror, and is taken out again by block.

Logs are kept as they came. What a case is is worked out anew from its logs whenever there is something new about it,
so that blocks may be read in any order, as with models, and a reorganisation leaves nothing behind.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from touchstone.chain.court_topics import COURT_EVENTS, COURT_TOPICS
from touchstone.chain.errors import ChainError, ChainTrouble

if TYPE_CHECKING:  # a check reads this and, where there is no court, decodes none of its events
    from touchstone.chain.court_event_types import CourtEvent
    from touchstone.chain.logs import Log
    from touchstone.registry.case_replay import Told
    from touchstone.registry.case_stage import Pauses
    from touchstone.registry.court_types import CaseEntry, CourtParameters

KINDS = tuple(COURT_EVENTS)  # their places are in mirrors: add at the end
TABLES = (
    *("court_event", "court_parameters", "court_pause", "court_case", "court_words", "court_round", "court_seat"),
    "court_part",
)
_NUMBER_OF = {name: number for number, name in enumerate(KINDS)}
_FIRST_TOPICS = {_NUMBER_OF[name]: topic for topic, name in COURT_TOPICS.items()}
MOST_DATA = 8192  # bytes of a log's data; what the court writes has three thousand at most
_WORD = 32
_WORDS_AT_MOST = 200  # characters of a claim that are looked through
_ACCOUNTS = ("voter", "account", "flagger", "sender", "by", "keeper")


class CourtIngest:
    """Adds logs of court and pool to a mirror, inside a transaction of its caller's. Make one for each transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        (self._followed,) = connection.execute("SELECT court FROM mirror").fetchone()
        self._cases: set[int] = set()

    def add(self, log: Log) -> bool:
        """One log; whether it is one of court or pool.

        Raises:
            ChainError: one that they cannot have written.
            sqlite3.IntegrityError: it is there already.
        """
        if not log.topics or log.topics[0] not in COURT_TOPICS or log.address not in halves(self._followed):
            return False
        pool = int(log.address == self._followed[20:])
        kind = _NUMBER_OF[COURT_TOPICS[log.topics[0]]]
        where = (log.block, log.position, log.time, log.tx)
        self.insert((*where, pool, kind, b"".join(log.topics[1:]), log.data))
        return True

    def insert(self, row: Sequence[Any]) -> None:
        """A row of `court_event` up to its `data`. Raises as `add` does."""
        block, _, _, _, pool, kind, topics, data = row
        if len(data) > MOST_DATA:
            raise ChainError(ChainTrouble.PROTOCOL)
        event = decoded(kind, topics, data)
        number = getattr(event, "case", None)
        account = next((getattr(event, name) for name in _ACCOUNTS if hasattr(event, name)), None)
        sql = "INSERT INTO court_event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        self._connection.execute(sql, (*row, number, account))
        if number is not None:
            self._cases.add(number)
        elif KINDS[kind] == "CourtParametersAdopted":
            self._parameters(event, block, data)
        elif not pool and KINDS[kind] in {"PausedUntil", "Unpaused"}:
            self._pause(block)

    def finish(self) -> None:
        """Bring what is derived up to date."""
        if self._cases:
            derive(self._connection, self._cases)

    def _parameters(self, event: Any, block: int, data: bytes) -> None:
        sql = "INSERT OR REPLACE INTO court_parameters VALUES (?, ?, ?)"
        self._connection.execute(sql, (event.number, data, block))
        touched = self._connection.execute("SELECT id FROM court_case WHERE parameters = ?", (event.number,))
        self._cases.update(number for (number,) in touched)

    def _pause(self, block: int) -> None:
        derive_pauses(self._connection)
        # Cases that were read before what came before them: only while a mirror catches up.
        touched = self._connection.execute("SELECT id FROM court_case WHERE block >= ?", (block,))
        self._cases.update(number for (number,) in touched)


def halves(followed: bytes) -> tuple[bytes, bytes]:
    """The addresses of court and pool."""
    return followed[:20], followed[20:]


def decoded(kind: int, topics: bytes, data: bytes) -> CourtEvent:
    """The event of a row.

    Raises:
        ChainError: none of that kind.
    """
    from touchstone.chain.court_events import decode

    first = _FIRST_TOPICS[kind]
    rest = [topics[at : at + _WORD] for at in range(0, len(topics), _WORD)]
    event = decode((first, *rest), data)
    assert event is not None  # noqa: S101 - the first topic is known
    return event


def told(connection: sqlite3.Connection, number: int) -> list[Told]:
    """The events of a case, and what the pool froze for it, in the order of the chain."""
    from touchstone.registry.case_replay import Told

    sql = (
        "SELECT block, time, tx, kind, topics, data, place FROM court_event WHERE number = ?1 "
        "UNION ALL SELECT block, time, tx, kind, topics, data, place FROM court_event WHERE kind = ?2 AND block IN "
        "(SELECT block FROM court_event WHERE number = ?1 AND kind = ?3) ORDER BY block, place"
    )
    rows = connection.execute(sql, (number, _NUMBER_OF["Frozen"], _NUMBER_OF["SeedRequested"]))
    return [Told(decoded(kind, topics, data), block, time, tx) for block, time, tx, kind, topics, data, _ in rows]


def parameters(connection: sqlite3.Connection) -> dict[int, CourtParameters]:
    """The court's parameters by number, as far as they are here."""
    from touchstone.registry.case_replay import parameters_of

    kind = _NUMBER_OF["CourtParametersAdopted"]
    rows = connection.execute("SELECT number, said FROM court_parameters").fetchall()
    events = (decoded(kind, number.to_bytes(_WORD), said) for number, said in rows)
    return {event.number: parameters_of(event) for event in events}  # type: ignore[union-attr,arg-type]


def pauses(connection: sqlite3.Connection) -> Pauses:
    """The court's pauses, as far as they are here."""
    from touchstone.registry.case_stage import Pauses

    rows: list[tuple[int, int]] = connection.execute("SELECT start, until FROM court_pause ORDER BY start").fetchall()
    return Pauses(tuple(rows))


def derive_pauses(connection: sqlite3.Connection) -> None:
    """Work out the pauses anew."""
    begin, end = _NUMBER_OF["PausedUntil"], _NUMBER_OF["Unpaused"]
    rows = connection.execute(
        "SELECT kind, time, block, topics, data FROM court_event WHERE kind IN (?, ?) AND pool = 0 "
        "AND number IS NULL AND account IS NULL "
        "ORDER BY block, place",
        (begin, end),
    ).fetchall()
    found: list[tuple[int, int, int]] = []
    for kind, time, block, topics, data in rows:
        if kind == begin:
            found.append((time, decoded(kind, topics, data).until, block))  # type: ignore[union-attr]
        elif found and time < found[-1][1]:
            found[-1] = (found[-1][0], time, found[-1][2])
    connection.execute("DELETE FROM court_pause")
    connection.executemany("INSERT OR REPLACE INTO court_pause VALUES (?, ?, ?)", found)


def derive(connection: sqlite3.Connection, numbers: Iterable[int]) -> None:
    """Work out cases anew."""
    from touchstone.registry import case_rows
    from touchstone.registry.case_replay import replay

    known, stood = parameters(connection), pauses(connection)
    for number in sorted(numbers):
        events = told(connection, number)
        entry = replay(events, known, stood)
        _drop(connection, number)
        if entry is not None:
            accounts = {account for one in events for account in _taking_part(one.event)}
            case_rows.put(connection, entry, accounts, words(entry))


def words(case: CaseEntry) -> str:
    """What is looked through for words."""
    return case.untrusted_claim[:_WORDS_AT_MOST].casefold()


def roll_back(connection: sqlite3.Connection, block: int) -> None:
    """Take out everything that is in blocks after `block`, inside a transaction of the caller's."""
    sql = "SELECT DISTINCT number FROM court_event WHERE block > ? AND number IS NOT NULL"
    touched = [number for (number,) in connection.execute(sql, (block,))]
    connection.execute("DELETE FROM court_event WHERE block > ?", (block,))
    connection.execute("DELETE FROM court_parameters WHERE block > ?", (block,))
    connection.execute("UPDATE mirror SET court_last = min(court_last, ?)", (block,))
    derive_pauses(connection)
    if touched:
        derive(connection, touched)


def clear(connection: sqlite3.Connection) -> None:
    """Take out everything, inside a transaction of the caller's."""
    for table in TABLES:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names


def adopt(connection: sqlite3.Connection, court: bytes, start: int) -> None:
    """Follow the court and the pool at these addresses, b"" for none, as `model_rows.adopt` does."""
    known, cursor = connection.execute("SELECT court, cursor FROM mirror").fetchone()
    if known == court:
        return
    clear(connection)
    first, last = (start, cursor) if court and cursor >= start else (0, -1)
    connection.execute("UPDATE mirror SET court = ?, court_first = ?, court_last = ?", (court, first, last))


def lack(connection: sqlite3.Connection) -> tuple[int, int]:
    """The first and last block that are still to be read of court and pool; none where first > last."""
    first, last = connection.execute("SELECT court_first, court_last FROM mirror").fetchone()
    return first, last


def _drop(connection: sqlite3.Connection, number: int) -> None:
    for table in ("court_case", "court_words", "court_round", "court_seat", "court_part"):
        connection.execute(f"DELETE FROM {table} WHERE id = ?", (number,))  # noqa: S608 - our own names


def _taking_part(event: CourtEvent) -> Iterable[bytes]:
    """Who takes part by an event, other than by a seat."""
    from touchstone.chain import court_event_types as t

    if isinstance(event, t.Flagged):
        return (event.flagger,)
    if isinstance(event, t.Replied):
        return (event.by,)
    return (event.sender,) if isinstance(event, (t.EvidenceAdded, t.AppealFunded)) else ()
