"""Lists of cases as numbers: which ones, in which order, from which place on.

Every list is read from an index, in its order and no further than it is asked for, so that it takes as long with a
hundred thousand cases as with a hundred. What is looked through for words is a narrow table of its own.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from touchstone.registry import court_rows
from touchstone.registry.case_stage import CLOSED, OPEN
from touchstone.registry.case_types import Order
from touchstone.registry.court_types import Phase

MOST = 200  # cases about one file itself, and as many about texts that it is used with
_NAMES = 200  # publishers whose names are like a text


@dataclass(frozen=True, slots=True)
class Asked:
    """What a case has to be; all of it, and nothing of what is empty. `text` is case-folded."""

    states: frozenset[Phase]
    mine: tuple[bytes, ...]
    text: str
    media: bytes
    order: Order

    @property
    def closed(self) -> int | None:
        """0 where only open cases are asked for, 1 for closed ones, None for another choice."""
        return {frozenset(OPEN): 0, frozenset(CLOSED): 1}.get(self.states)


def about(connection: sqlite3.Connection, media: bytes) -> list[int]:
    """The cases about this very file, the newest first: no number of cases about texts hides those about the file."""
    sql = (
        "SELECT * FROM (SELECT id FROM court_case WHERE media = ?1 AND claim IS NULL ORDER BY id DESC LIMIT ?2) "
        "UNION ALL "
        "SELECT * FROM (SELECT id FROM court_case WHERE media = ?1 AND claim IS NOT NULL ORDER BY id DESC LIMIT ?2) "
        "ORDER BY 1 DESC"
    )
    return [number for (number,) in connection.execute(sql, (media, MOST))]


def page(
    connection: sqlite3.Connection, asked: Asked, waiting: Sequence[bytes], now: int, place: tuple[int, int]
) -> list[int]:
    """`place` is how many, and from where on; `waiting` whose turn comes first."""
    limit, offset = place
    ahead: list[int] = []
    if waiting:
        ahead = [number for number in turns(connection, waiting, now) if _fits(connection, asked, number)]
    shown = ahead[offset : offset + limit]
    if len(shown) == limit:
        return shown
    skipped = frozenset(ahead)
    others = (number for number in _matching(connection, asked) if number not in skipped)
    start = max(0, offset - len(ahead))
    return [*shown, *islice(others, start, start + limit - len(shown))]


def count(connection: sqlite3.Connection, asked: Asked) -> int:
    """How many there are."""
    source, values = _where(connection, asked)
    return int(connection.execute(f"SELECT count(*) {source}", values).fetchone()[0])


def turns(connection: sqlite3.Connection, accounts: Sequence[bytes], now: int) -> list[int]:
    """The cases in which these have something to do at `now` (unix seconds), what ends soonest first.

    To seal a vote while votes are sealed, to open it while they are opened; then, with no end, to have seats of closed
    cases settled.
    """
    clock = court_rows.pauses(connection).clock(now)
    sql = (  # noqa: S608 - question marks
        "SELECT s.id, min(CASE "
        "WHEN c.closed = 1 THEN 1 << 62 "
        "WHEN s.sealed IS NULL AND ? < r.commit_ends THEN r.commit_ends "
        "WHEN s.sealed IS NOT NULL AND s.opened IS NULL AND ? >= r.commit_ends AND ? < r.reveal_ends "
        "THEN r.reveal_ends END) AS ends "
        "FROM court_seat AS s JOIN court_case AS c ON c.id = s.id "
        "JOIN court_round AS r ON r.id = s.id AND r.round = s.round "
        "WHERE s.settled = 0 AND s.voter IN ({}) GROUP BY s.id HAVING ends IS NOT NULL ORDER BY ends, s.id"
    ).format(", ".join("?" * len(accounts)))
    return [number for number, _ in connection.execute(sql, (clock, clock, clock, *accounts))]


def _matching(connection: sqlite3.Connection, asked: Asked) -> Iterator[int]:
    """The numbers in order, read as far as they are taken."""
    turn = "DESC" if asked.order is Order.NEWEST else "ASC"
    if asked.states and asked.closed is None and not (asked.mine or asked.text or asked.media):
        # One index for each phase, merged: a list of several would be sorted as a whole first.
        streams = [
            connection.execute(f"SELECT id FROM court_case WHERE phase = ? ORDER BY id {turn}", (int(phase),))  # noqa: S608
            for phase in asked.states
        ]
        for (number,) in heapq.merge(*streams, reverse=asked.order is Order.NEWEST):
            yield number
        return
    source, values = _where(connection, asked)
    for (number,) in connection.execute(f"SELECT c.id {source} ORDER BY c.id {turn}", values):
        yield number


def _fits(connection: sqlite3.Connection, asked: Asked, number: int) -> bool:
    source, values = _where(connection, asked)
    sql = f"SELECT 1 {source} AND c.id = ?"
    return connection.execute(sql, (*values, number)).fetchone() is not None


def _where(connection: sqlite3.Connection, asked: Asked) -> tuple[str, tuple[Any, ...]]:
    """FROM and WHERE."""
    tables, terms = "FROM court_case AS c", ["1 = 1"]
    values: list[Any] = []
    if asked.closed is not None:
        terms.append("c.closed = ?")
        values.append(asked.closed)
    elif asked.states:
        terms.append(f"c.phase IN ({', '.join('?' * len(asked.states))})")
        values += sorted(int(phase) for phase in asked.states)
    if asked.media:
        terms.append("c.media = ?")
        values.append(asked.media)
    if asked.mine:
        marks = ", ".join("?" * len(asked.mine))
        terms.append(
            f"c.id IN (SELECT id FROM court_part WHERE account IN ({marks}) "  # noqa: S608 - our own names
            f"UNION SELECT id FROM court_seat WHERE voter IN ({marks}))"
        )
        values += [*asked.mine, *asked.mine]
    if asked.text:
        named = _named(connection, asked.text)
        like = f" OR c.publisher IN ({', '.join('?' * len(named))})" if named else ""
        tables += " CROSS JOIN court_words AS w ON w.id = c.id" if asked.mine or asked.media else ""
        if asked.mine or asked.media:
            terms.append(f"(instr(w.words, ?) > 0{like})")
        else:
            tables = "FROM court_words AS w CROSS JOIN court_case AS c ON c.id = w.id"
            terms.append(f"(instr(w.words, ?) > 0{like})")
        values += [asked.text, *named]
    return f"{tables} WHERE {' AND '.join(terms)}", tuple(values)


def _named(connection: sqlite3.Connection, text: str) -> list[int]:
    """Publishers with that in their names."""
    sql = "SELECT id, name FROM publisher WHERE id IN (SELECT DISTINCT publisher FROM court_case WHERE publisher <> 0)"
    found = (number for number, name in connection.execute(sql) if text in name.casefold())
    return list(islice(found, _NAMES))
