"""Rows of the mirror about outputs, put together as they stand: lists, and what is in them.

A signer may record a list again after it was withdrawn; what stands is the last record. An event does not say who
withdrew a list, so that every withdrawal counts. A list in a signer's own name (publisher 0) always counts: there is
nobody who could say that the key was compromised.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from touchstone.registry import tags
from touchstone.registry.model_entries import People
from touchstone.registry.model_types import Decision, Output, OutputList, RecordedOutput

MOST_OF_A_LIST = 50  # outputs about one file that are given of one list
MOST_LISTS = 2000  # that are looked at for one file
MOST_RECORDS = 20  # records of one list that are given of it: anybody may record it again
_LISTS = """
    SELECT l.block, l.place, l.time, l.tx, l.root, l.publisher, l.signer, l.count, l.list_hash, l.uri, l.state, l.why
    FROM output_list AS l
    WHERE NOT EXISTS (
        SELECT 1 FROM output_list AS n
        WHERE n.signer = l.signer AND n.root = l.root AND (n.block, n.place) > (l.block, l.place)
    )
"""
_OUTPUTS = """
    SELECT o.id, m.manifest, o.media, w.witness, o.score, o.decision, o.time FROM output AS o
    JOIN output_manifest AS m ON m.id = o.manifest JOIN output_witness AS w ON w.id = o.witness
"""
_SET_OF = "SELECT first, count, root FROM output_set WHERE first <= ? ORDER BY first DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class _Set:
    first: int
    count: int
    root: bytes

    @property
    def end(self) -> int:
        return self.first + self.count


def lists(
    connection: sqlite3.Connection, signer: bytes | None, people: People, limit: int, offset: int
) -> tuple[OutputList, ...]:
    """The lists that were recorded, by this address or by anybody, the newest first."""
    where, values = ("AND l.signer = ?", (signer,)) if signer is not None else ("", ())
    sql = f"{_LISTS} {where} ORDER BY l.block DESC, l.place DESC LIMIT ? OFFSET ?"
    return tuple(_list(connection, row, people) for row in connection.execute(sql, (*values, limit, offset)).fetchall())


def lists_with(connection: sqlite3.Connection, root: bytes, people: People) -> tuple[OutputList, ...]:
    """The lists with this root: first what counts and stands, of that first what publishers recorded."""
    rows = connection.execute(f"{_LISTS} AND l.root = ? LIMIT ?", (root, MOST_LISTS)).fetchall()
    return tuple(sorted((_list(connection, row, people) for row in rows), key=_weight))


def under(connection: sqlite3.Connection, root: bytes) -> tuple[Output, ...]:
    """The outputs under a root, in order; none where they are not here."""
    whole = connection.execute("SELECT first, count, root FROM output_set WHERE root = ?", (root,)).fetchone()
    if whole is None:
        return ()
    known = _Set(*whole)
    rows = connection.execute(f"{_OUTPUTS} WHERE o.id >= ? AND o.id < ? ORDER BY o.id", (known.first, known.end))
    return tuple(_output(row) for row in rows)


def of_media(connection: sqlite3.Connection, media: bytes, people: People) -> tuple[RecordedOutput, ...]:
    """What models said of a file: first what counts and stands, of that first what publishers recorded."""
    found = [
        RecordedOutput(_output(row), row[0] - whole.first, record)
        for whole, rows in _about(connection, media)
        for record in _records(connection, whole, people)
        for row in rows
    ]
    return tuple(sorted(found, key=lambda one: (*_weight(one.list), one.list.recorded, one.list.root, one.index)))


def of_model(
    connection: sqlite3.Connection, manifest: bytes, people: People, limit: int, offset: int
) -> tuple[RecordedOutput, ...]:
    """What a model said, what was read last first, each with the weightiest record of its list."""
    number = connection.execute("SELECT id FROM output_manifest WHERE manifest = ?", (manifest,)).fetchone()
    if number is None:
        return ()
    page = "SELECT id FROM output WHERE manifest = ? ORDER BY id DESC LIMIT ? OFFSET ?"  # from an index alone
    sql = f"{_OUTPUTS} WHERE o.id IN ({page}) ORDER BY o.id DESC"
    records: dict[int, tuple[OutputList, ...]] = {}
    found = []
    for row in connection.execute(sql, (*number, limit, offset)).fetchall():
        whole = _set_of(connection, row[0])
        if whole.first not in records:
            records[whole.first] = tuple(sorted(_records(connection, whole, people), key=_weight))
        if records[whole.first]:
            found.append(RecordedOutput(_output(row), row[0] - whole.first, records[whole.first][0]))
    return tuple(found)


def count_of_model(connection: sqlite3.Connection, manifest: bytes) -> int:
    """How many outputs of a model are here."""
    sql = "SELECT count(*) FROM output WHERE manifest = (SELECT id FROM output_manifest WHERE manifest = ?)"
    return int(connection.execute(sql, (manifest,)).fetchone()[0])


def _about(connection: sqlite3.Connection, media: bytes) -> Iterator[tuple[_Set, list[tuple[Any, ...]]]]:
    """The outputs about a file, list by list: however many one of them holds, the others are not behind it."""
    tag, at = tags.tag(tags.key_of(connection), media), 0
    for _ in range(MOST_LISTS):
        sql = "SELECT id FROM output_tag WHERE tag = ? AND id >= ? ORDER BY id LIMIT 1"
        first = connection.execute(sql, (tag, at)).fetchone()
        if first is None:
            return
        whole = _set_of(connection, first[0])
        sql = (
            f"{_OUTPUTS} JOIN output_tag AS t ON t.id = o.id "
            "WHERE t.tag = ? AND t.id >= ? AND t.id < ? AND o.media = ? ORDER BY t.id LIMIT ?"
        )
        rows = connection.execute(sql, (tag, first[0], whole.end, media, MOST_OF_A_LIST)).fetchall()
        if rows:
            yield whole, rows
        at = whole.end


def _set_of(connection: sqlite3.Connection, output: int) -> _Set:
    return _Set(*connection.execute(_SET_OF, (output,)).fetchone())


def _records(connection: sqlite3.Connection, whole: _Set, people: People) -> Iterator[OutputList]:
    sql = f"{_LISTS} AND l.root = ? AND l.state = 1 ORDER BY l.publisher = 0, l.block, l.place LIMIT ?"
    for row in connection.execute(sql, (whole.root, MOST_RECORDS)).fetchall():
        yield _list(connection, row, people)


def _list(connection: sqlite3.Connection, row: tuple[Any, ...], people: People) -> OutputList:
    block, place, time, tx, root, publisher, signer, count, list_hash, uri, state, why = row
    gone = connection.execute(
        "SELECT time, reason FROM output_withdrawal WHERE signer = ? AND root = ? AND (block, place) > (?, ?) "
        "ORDER BY block, place LIMIT 1",
        (signer, root, block, place),
    ).fetchone()
    withdrawn, reason = gone or (0, 0)
    name, domain, controller = people.name(publisher)
    return OutputList(
        root=root.hex(),
        publisher=publisher,
        name=name,
        domain=domain,
        signer="0x" + signer.hex(),
        counts=publisher == 0 or people.counts(publisher, signer, time),
        count=count,
        list_hash=list_hash.hex(),
        uri=uri,
        recorded=time,
        withdrawn=withdrawn,
        reason=reason,
        state=state,
        why=why,
        block=block,
        tx=tx.hex(),
        controller=controller,
    )


def _output(row: tuple[Any, ...]) -> Output:
    _id, manifest, media, witness, score, decision, time = row
    return Output(manifest.hex(), media.hex(), witness, score, Decision(decision), time)


def _weight(record: OutputList) -> tuple[bool, bool, bool]:
    return not record.counts, bool(record.withdrawn), record.publisher == 0
