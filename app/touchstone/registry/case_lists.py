"""Lists of cases as numbers: which ones, in which order, from which place on.

Every list is read in the order of its numbers, and no further than it is asked for. What has to be looked through, for
words or to be counted, is a narrow table (`court_words`): all of it takes some milliseconds with 100,000 cases.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from touchstone.registry import court_rows
from touchstone.registry.case_types import Order
from touchstone.registry.court_types import Phase

MOST = 200  # cases about one file itself, and as many about texts that it is used with
_NAMES = 200  # publishers whose names are like a text
_AT_ONCE = 500  # numbers in one question
_ADDRESS = 40  # hex digits
_NUMBER = re.compile(r"#?([0-9]{1,18})")
_HEX = re.compile(r"(?:0x)?([0-9a-f]{4,64})")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a case has to be; all of it, and nothing of what is empty. `text` is case-folded."""

    states: frozenset[Phase]
    mine: tuple[bytes, ...]
    text: str
    media: bytes
    order: Order


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
    ahead = _fitting(connection, asked, turns(connection, waiting, now)) if waiting else []
    shown = ahead[offset : offset + limit]
    if len(shown) == limit:
        return shown
    source, values = _where(connection, asked)
    turn = "DESC" if asked.order is Order.NEWEST else "ASC"
    sql = f"SELECT w.id {source} ORDER BY w.id {turn}"
    start, wanted = max(0, offset - len(ahead)), limit - len(shown)
    if not ahead:
        rows = connection.execute(f"{sql} LIMIT ? OFFSET ?", (*values, wanted, start))
        return [*shown, *(number for (number,) in rows)]
    skipped = frozenset(ahead)
    others = (number for (number,) in connection.execute(sql, values) if number not in skipped)
    return [*shown, *islice(others, start, start + wanted)]


def count(connection: sqlite3.Connection, asked: Asked) -> int:
    """How many there are."""
    source, values = _where(connection, asked, indexed=True)
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


def _fitting(connection: sqlite3.Connection, asked: Asked, numbers: Sequence[int]) -> list[int]:
    """Those of these numbers that are asked for, in this order."""
    if not (asked.states or asked.mine or asked.text or asked.media):
        return list(numbers)
    source, values = _where(connection, asked)
    fitting: set[int] = set()
    for at in range(0, len(numbers), _AT_ONCE):
        part = numbers[at : at + _AT_ONCE]
        sql = f"SELECT w.id {source} AND w.id IN ({_marks(part)})"
        fitting.update(number for (number,) in connection.execute(sql, (*values, *part)))
    return [number for number in numbers if number in fitting]


def _where(connection: sqlite3.Connection, asked: Asked, *, indexed: bool = False) -> tuple[str, tuple[Any, ...]]:
    """FROM and WHERE.

    A list is read in the order of its numbers, which an index of several phases would have to be sorted into; `indexed`
    is for a count.
    """
    terms: list[str] = []
    values: list[Any] = []

    def add(term: str, *more: Any) -> None:
        terms.append(term)
        values.extend(more)

    if asked.states:
        phases = sorted(int(phase) for phase in asked.states)
        add(f"{'' if indexed or len(phases) == 1 else '+'}w.phase IN ({_marks(phases)})", *phases)
    if asked.media:
        add("w.id IN (SELECT id FROM court_case WHERE media = ?)", asked.media)
    if asked.mine:
        marks = _marks(asked.mine)
        add(
            f"w.id IN (SELECT id FROM court_part WHERE account IN ({marks}) "  # noqa: S608 - our own names
            f"UNION SELECT id FROM court_seat WHERE voter IN ({marks}))",
            *asked.mine,
            *asked.mine,
        )
    if asked.text:
        ways = list(_ways(connection, asked.text))
        add(f"({' OR '.join(term for term, _ in ways)})", *(value for _, more in ways for value in more))
    return f"FROM court_words AS w WHERE {' AND '.join(terms or ['1 = 1'])}", tuple(values)


def _ways(connection: sqlite3.Connection, text: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The ways in which a case can be like a text: by its claim, number, publisher, or the beginning of a hash."""
    yield "instr(w.words, ?) > 0", (text,)
    if number := _NUMBER.fullmatch(text):
        yield "w.id = ?", (int(number[1]),)
    if named := _named(connection, text):
        yield f"w.publisher IN ({_marks(named)})", tuple(named)
    if start := _HEX.fullmatch(text):
        first, last = (bytes.fromhex(start[1].ljust(64, digit)) for digit in "0f")
        yield "w.id IN (SELECT id FROM court_case WHERE media BETWEEN ? AND ?)", (first, last)
        if len(start[1]) <= _ADDRESS:
            within = (first[:20], last[:20])
            yield "w.id IN (SELECT id FROM court_part WHERE account BETWEEN ? AND ?)", within


def _named(connection: sqlite3.Connection, text: str) -> list[int]:
    """Publishers with that in their names."""
    sql = "SELECT id, name FROM publisher WHERE id IN (SELECT DISTINCT publisher FROM court_words WHERE publisher <> 0)"
    found = (number for number, name in connection.execute(sql) if text in name.casefold())
    return list(islice(found, _NAMES))


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))
