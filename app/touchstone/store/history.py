"""Every report this computer made: added, searched, paged, deleted and brought back.

Strings from files are stored as they are and reach SQL as parameters only; whoever shows them makes them plain.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sqlite3
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from touchstone.paths import Home
from touchstone.report import Answer, Kind, Message, Picture, Report, Witness, from_dict, to_dict
from touchstone.store import thumbnail
from touchstone.store.database import Database, StoreError
from touchstone.store.files import Trouble

T = TypeVar("T")

_UNDO_SECONDS = 600  # how long a deletion can be taken back by another window that is still open
_LARGEST_REPORT = 64 * 1024 * 1024  # bytes, unpacked
_MOST_WORDS = 16
_CHUNK = 500  # ids in one statement


class HistoryOrder(StrEnum):
    """What the rows are sorted by; rows that are equal in it by when they were added."""

    CREATED = "created"
    NAME = "name"
    ANSWER = "answer"
    BYTES = "bytes"


_COLUMN = {
    HistoryOrder.CREATED: "created",
    HistoryOrder.NAME: "sort_name",
    HistoryOrder.ANSWER: "answer",
    HistoryOrder.BYTES: "bytes",
}


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """Which rows, in which order.

    Every word of `text` must occur in the path, the SHA-256 or the names in the headline and the credentials, letter
    case aside. Empty `answers` means all of them.
    """

    text: str = ""
    answers: frozenset[Answer] = frozenset()
    order: HistoryOrder = HistoryOrder.CREATED
    descending: bool = True


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One line of the list. `path` and `name` are untrusted; `created` is ISO 8601 in UTC."""

    id: int
    created: str
    path: Path
    name: str
    sha256: str
    bytes: int
    kind: Kind
    answer: Answer
    headline: Message
    thumbnail: Picture | None = None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A row and the whole report document as it was added."""

    row: HistoryRow
    document: Mapping[str, Any]

    def report(self) -> Report:
        """The report.

        Raises:
            ValueError: the document is of another schema.
        """
        return from_dict(self.document)


@dataclass(frozen=True, slots=True)
class Undo:
    """What `History.restore` takes to bring back what one `delete` took away."""

    batch: int
    count: int


class History:
    """The history of `home`. One instance serves all threads of a process; several processes may have one each.

    It never raises on opening: `notices` says what was found (see `Database`) and `writable` whether reports are kept.
    """

    def __init__(self, home: Home) -> None:
        self._database = Database(home.history)
        self._unsaved: StoreError | None = None
        if self._database.writable:
            self._purge_old()

    @property
    def notices(self) -> tuple[Message, ...]:
        """What was found on opening and since; last, `history-not-saved` {why} if the latest report was not kept."""
        if self._unsaved is None or not self._database.readable:
            return self._database.notices
        return (*self._database.notices, Message("history-not-saved", {"why": str(self._unsaved.code)}))

    @property
    def readable(self) -> bool:
        """Whether there is a history to show."""
        return self._database.readable

    @property
    def writable(self) -> bool:
        """Whether reports are kept, as far as is known."""
        return self._database.writable

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def add(self, report: Report | Mapping[str, Any], path: Path, picture: Picture | None = None) -> int | None:
        """Keep a report; returns its id, or None where it could not be kept (`notices` says why). Never raises for it.

        `report` may be a `Report` or a document of `touchstone.report/1`; `path` is the file that was checked;
        `picture` is made smaller where it is larger than a list needs.
        """
        document = to_dict(report) if isinstance(report, Report) else report
        entry = _entry_values(document, path)
        content = _content_values(document, picture)
        try:
            added = self._database.write(lambda connection: _insert(connection, entry, content))
        except StoreError as error:
            self._unsaved = error
            return None
        self._unsaved = None
        return added

    def page(self, query: HistoryQuery, offset: int = 0, limit: int = 100) -> list[HistoryRow]:
        """At most `limit` rows from the `offset`-th on.

        Raises:
            StoreError: there is no history.
        """
        where, values = _where(query)
        direction = "DESC" if query.descending else "ASC"
        column = _COLUMN[query.order]
        sql = (
            "SELECT entry.id, created, path, name, sha256, bytes, kind, answer, headline, thumbnail, width, height "  # noqa: S608
            f"FROM (SELECT id AS found FROM entry INDEXED BY entry_by_{query.order} WHERE {where} "
            f"ORDER BY {column} {direction}, id {direction} LIMIT ? OFFSET ?) "
            "JOIN entry ON entry.id = found JOIN content ON content.id = found "
            f"ORDER BY {column} {direction}, entry.id {direction}"
        )
        rows = self._database.read(lambda c: c.execute(sql, (*values, max(0, limit), max(0, offset))).fetchall())
        return _readable(lambda: [_row(row) for row in rows])

    def count(self, query: HistoryQuery | None = None) -> int:
        """How many rows `query` has in all.

        Raises:
            StoreError: there is no history.
        """
        where, values = _where(query or HistoryQuery())
        sql = f"SELECT count(*) FROM entry INDEXED BY entry_by_created WHERE {where}"  # noqa: S608
        return int(self._database.read(lambda c: c.execute(sql, values).fetchone())[0])

    def ids(self, query: HistoryQuery) -> list[int]:
        """The ids of every row of `query`, oldest first: what "select all" selects.

        Raises:
            StoreError: there is no history.
        """
        where, values = _where(query)
        sql = f"SELECT id FROM entry INDEXED BY entry_by_created WHERE {where} ORDER BY created, id"  # noqa: S608
        return [int(found) for (found,) in self._database.read(lambda c: c.execute(sql, values).fetchall())]

    def get(self, entry_id: int) -> HistoryEntry | None:
        """One row with its document; None where it is not there (any more).

        Raises:
            StoreError: there is no history.
        """
        sql = (
            "SELECT entry.id, created, path, name, sha256, bytes, kind, answer, headline, thumbnail, width, height, "
            "report FROM entry JOIN content USING (id) WHERE entry.id = ? AND deleted = 0"
        )
        found = self._database.read(lambda c: c.execute(sql, (entry_id,)).fetchone())
        return None if found is None else _readable(lambda: HistoryEntry(_row(found[:-1]), _unpack(found[-1])))

    def latest(self, sha256: str) -> HistoryRow | None:
        """The latest row for exactly these bytes.

        Raises:
            StoreError: there is no history.
        """
        sql = (
            "SELECT entry.id, created, path, name, sha256, bytes, kind, answer, headline, thumbnail, width, height "
            "FROM entry JOIN content USING (id) WHERE sha256 = ? AND deleted = 0 ORDER BY created DESC, id DESC LIMIT 1"
        )
        found = self._database.read(lambda c: c.execute(sql, (sha256,)).fetchone())
        return None if found is None else _readable(lambda: _row(found))

    def delete(self, ids: Iterable[int]) -> Undo:
        """Take rows away. `restore` brings them back until this history is opened again some minutes later.

        Raises:
            StoreError: nothing was deleted.
        """
        wanted = list(dict.fromkeys(ids))
        batch = -_now_in_seconds() * 2**20 - secrets.randbelow(2**20)
        count = self._database.write(lambda connection: _mark_deleted(connection, wanted, batch))
        return Undo(batch, count)

    def restore(self, undo: Undo) -> int:
        """Bring back what `undo` stands for; returns how many rows came back (0 where it is too late).

        Raises:
            StoreError: nothing was brought back.
        """
        sql = "UPDATE entry SET deleted = 0 WHERE deleted = ? AND deleted <> 0"
        return self._database.write(lambda c: c.execute(sql, (undo.batch,)).rowcount)

    def forget(self, undo: Undo) -> None:
        """Make a deletion final now.

        Raises:
            StoreError: it stays undoable.
        """
        sql = "DELETE FROM entry WHERE deleted = ? AND deleted <> 0"
        self._database.write(lambda c: c.execute(sql, (undo.batch,)))

    def clear(self) -> int:
        """Delete everything for good, from the disk too; returns how many rows there were.

        Raises:
            StoreError: nothing was deleted.
        """
        count = self._database.write(_delete_all)
        with contextlib.suppress(StoreError):  # only space is at stake: what was deleted has been overwritten
            self._database.shrink()
        return count

    def _purge_old(self) -> None:
        """Make final what was deleted and not brought back. Kept for some minutes: another window may still undo."""
        latest = -(_now_in_seconds() - _UNDO_SECONDS) * 2**20
        sql = "DELETE FROM entry WHERE deleted > ? AND deleted < 0"
        try:
            self._database.write(lambda c: c.execute(sql, (latest,)))
        except StoreError:
            return  # it is tried again next time


def _now_in_seconds() -> int:
    import time

    return int(time.time())


def _entry_values(document: Mapping[str, Any], path: Path) -> tuple[object, ...]:
    media = document["media"]
    headline = document["headline"]
    name = _storable(media["name"])
    return (
        _storable(document["created"]),
        os.fsencode(path),
        name,
        _fold(name),
        media["sha256"],
        min(int(media["bytes"]), 2**63 - 1),
        str(media["kind"]),
        str(document["answer"]),
        json.dumps({"code": headline["code"], "params": headline["params"]}, ensure_ascii=True),
        _haystack(document, path, name),
    )


def _content_values(document: Mapping[str, Any], picture: Picture | None) -> tuple[object, ...]:
    packed = zlib.compress(json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode("ascii"))
    if picture is None:
        return (packed, None, 0, 0)
    small = thumbnail.shrink(picture)
    return (packed, zlib.compress(small.rgb, 1), small.width, small.height)


def _haystack(document: Mapping[str, Any], path: Path, name: str) -> str:
    place = _storable(os.fspath(path))
    texts = [*_strings(document["headline"]["params"]), place, document["media"]["sha256"]]
    if not place.endswith(name):
        texts.append(name)
    for finding in document["findings"]:
        if finding["witness"] == Witness.CREDENTIALS:
            texts.extend(_strings(finding["params"]))
    return _fold("\n".join(dict.fromkeys(texts)))


def _strings(params: Mapping[str, Any]) -> list[str]:
    return [_storable(value) for value in params.values() if isinstance(value, str)]


def _storable(text: str) -> str:
    """SQLite stores UTF-8: what is no character (half of an undecodable name) is written out."""
    return text.encode("utf-8", "backslashreplace").decode()


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _where(query: HistoryQuery) -> tuple[str, list[object]]:
    terms = ["deleted = 0"]
    values: list[object] = []
    if query.answers:
        terms.append(f"answer IN ({', '.join('?' * len(query.answers))})")
        values.extend(sorted(str(answer) for answer in query.answers))
    for word in _fold(_storable(query.text)).split()[:_MOST_WORDS]:
        terms.append("instr(haystack, ?) > 0")
        values.append(word)
    return " AND ".join(terms), values


def _insert(connection: sqlite3.Connection, entry: Sequence[object], content: Sequence[object]) -> int:
    cursor = connection.execute(
        "INSERT INTO entry (created, path, name, sort_name, sha256, bytes, kind, answer, headline, haystack) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        entry,
    )
    added = int(cursor.lastrowid or 0)
    connection.execute(
        "INSERT INTO content (id, report, thumbnail, width, height) VALUES (?, ?, ?, ?, ?)", (added, *content)
    )
    return added


def _mark_deleted(connection: sqlite3.Connection, ids: Sequence[int], batch: int) -> int:
    count = 0
    for start in range(0, len(ids), _CHUNK):
        some = ids[start : start + _CHUNK]
        marks = ", ".join("?" * len(some))
        sql = f"UPDATE entry SET deleted = ? WHERE deleted = 0 AND id IN ({marks})"  # noqa: S608
        count += connection.execute(sql, (batch, *some)).rowcount
    return count


def _delete_all(connection: sqlite3.Connection) -> int:
    (count,) = connection.execute("SELECT count(*) FROM entry WHERE deleted = 0").fetchone()
    connection.execute("DELETE FROM content")
    connection.execute("DELETE FROM entry")
    return int(count)


def _readable(parse: Callable[[], T]) -> T:
    try:
        return parse()
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        raise StoreError(Trouble.DAMAGED) from error


def _row(values: Sequence[Any]) -> HistoryRow:
    entry_id, created, path, name, sha256, size, kind, answer, headline, packed, width, height = values
    said = json.loads(headline)
    return HistoryRow(
        id=entry_id,
        created=created,
        path=Path(os.fsdecode(path)),
        name=name,
        sha256=sha256,
        bytes=size,
        kind=Kind(kind),
        answer=Answer(answer),
        headline=Message(said["code"], said["params"]),
        thumbnail=None if packed is None else thumbnail.unpacked(packed, width, height),
    )


def _unpack(packed: bytes) -> dict[str, Any]:
    unpacking = zlib.decompressobj()
    raw = unpacking.decompress(packed, _LARGEST_REPORT)
    document: dict[str, Any] = json.loads(raw)
    return document
