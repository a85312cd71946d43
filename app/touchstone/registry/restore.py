"""Records of a snapshot become rows of an empty mirror, each seen to be one that a mirror can have."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence

from touchstone.chain import event_types as e
from touchstone.chain.events import MOST_TEXT
from touchstone.registry import signers, tags
from touchstone.registry.ingest import Registrants, add_leaves
from touchstone.registry.leaves import MOST_LEAVES
from touchstone.registry.merkle import Leaf, Tree
from touchstone.registry.records import Value
from touchstone.registry.snapshot_court import LOG, RestoreCourt, UnsoundCourt
from touchstone.registry.snapshot_models import KINDS, RestoreModels, UnsoundModels

_NONE = bytes(32)
_EVENTS = frozenset(kind.__name__ for kind in e.PublisherEvent.__args__)

Check = Callable[[Value], bool]


class Unsound(Exception):  # noqa: N818 - said as damaged
    """A record that no mirror has."""


def _number(bits: int) -> Check:
    return lambda value: isinstance(value, int) and value >> bits == 0


def _bytes(size: int) -> Check:
    return lambda value: isinstance(value, bytes) and len(value) == size


def _text(value: Value) -> bool:
    return isinstance(value, str) and len(value.encode()) <= MOST_TEXT


def _maybe(check: Check) -> Check:
    return lambda value: value is None or check(value)


_byte, _id, _moment, _block = _number(8), _number(32), _number(62), _number(62)
_hash, _address = _bytes(32), _bytes(20)
_maybe_hash = _maybe(_hash)
_FORMS: Mapping[Value, Sequence[Check]] = {
    "p": (
        *(_block, _moment, _id, lambda name: name in _EVENTS, _maybe(_address)),
        *(_maybe(lambda value: _address(value) or _hash(value)), _maybe(_byte), _maybe(_moment), _maybe(_moment)),
        *(_maybe(_text), _hash),
    ),
    "r": (
        *(_block, _moment, _hash, _maybe_hash, _maybe_hash, _maybe_hash, _maybe_hash),
        *(_id, _address, _byte, _byte, _maybe(_text)),
    ),
    "o": (_block, _moment, _hash, _id, _address, _id, _hash, _text, _hash),
    "w": (
        *(_block, _moment, _maybe_hash, _maybe_hash, _maybe(_id), _id, _address, _byte),
        *(_maybe_hash, _hash),
    ),
    "l": (_hash, _id),
}
_LEAF: Sequence[Check] = (_hash, _maybe_hash, _maybe_hash)


class Restore:
    """Fills the empty mirror behind `connection`, inside a transaction of the caller's, with what is up to `block`.

    `models` and `court` are whether what it says of these is kept.
    """

    def __init__(self, connection: sqlite3.Connection, block: int, *, models: bool, court: bool) -> None:
        self._connection, self._block = connection, block
        self._models = RestoreModels(connection, block, keep=models)
        self._court = RestoreCourt(connection, block, keep=court)
        self._registrants = Registrants(connection)
        self._next_id, self.files = 1, 0
        self._publishers: set[int] = set()
        self._singles: list[tuple[bytes, int]] = []
        self._first: int | None = None  # the row with the hash of the transaction that goes on
        self._list: tuple[bytes, int] = (b"", 0)  # a root, and how many leaves are still to come
        self._leaves: list[Leaf] = []

    def add(self, record: Sequence[Value]) -> None:
        """The next record.

        Raises:
            Unsound: it is none that may come here.
        """
        if self._list[1]:
            self._leaf(record)
            return
        kind, values = record[0], record[1:]
        if kind in KINDS or not self._models.is_whole:
            self._model(record)
            return
        if kind == LOG:
            self._log(record)
            return
        checks = _FORMS.get(kind) if isinstance(kind, str) else None
        if checks is None or not _fits(values, checks):
            raise Unsound
        if kind == "l":
            self._begin_list(*values)  # type: ignore[arg-type]
            return
        if not isinstance(values[0], int) or values[0] > self._block:
            raise Unsound
        {"p": self._event, "r": self._registration, "o": self._root, "w": self._withdrawal}[str(kind)](values)

    def finish(self, block_hash: bytes, now: int) -> None:
        """Work out what follows from the records, and where the mirror goes on.

        Raises:
            Unsound: a list breaks off.
        """
        if self._list[1] or not self._models.is_whole:
            raise Unsound
        self._note()
        self._court.finish()
        tags.add(self._connection, tags.key_of(self._connection), self._singles)
        signers.derive(self._connection, self._publishers)
        self._connection.execute(
            "UPDATE root SET state = 1 WHERE EXISTS "
            "(SELECT 1 FROM list WHERE list.root = root.root AND list.count = root.count)"
        )
        self._connection.execute(
            "UPDATE mirror SET cursor = ?1, cursor_hash = ?2, final = ?1, synced = ?3", (self._block, block_hash, now)
        )
        self._connection.execute("INSERT INTO tail SELECT cursor, cursor_hash, next_id FROM mirror")

    def _model(self, record: Sequence[Value]) -> None:
        try:
            self._models.add(record)
        except UnsoundModels as error:
            raise Unsound from error

    def _log(self, record: Sequence[Value]) -> None:
        try:
            self._court.add(record)
        except UnsoundCourt as error:
            raise Unsound from error

    def _event(self, values: Sequence[Value]) -> None:
        block, time, publisher, *rest = values
        sql = (
            "INSERT INTO publisher_event "
            "(block, time, publisher, event, address, other, roles, since, until, text, tx) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        self._connection.execute(sql, (block, time, publisher, *rest))
        self._publishers.add(publisher)  # type: ignore[arg-type]

    def _registration(self, values: Sequence[Value]) -> None:
        block, time, sha256, pdq, manifest, parent, tx, publisher, signer, kind, flags, uri = values
        if tx is None:
            if self._first is None:
                raise Unsound
            tx = self._first
        else:
            self._first = self._next_id
        by = self._registrants.number((publisher, signer, kind, flags))  # type: ignore[arg-type]
        self._singles.append((sha256, self._next_id))  # type: ignore[arg-type]
        self._insert("registration", (sha256, pdq, manifest, parent, tx, block, time, by, uri, None))
        self.files += 1

    def _root(self, values: Sequence[Value]) -> None:
        block, time, root, publisher, signer, count, list_hash, uri, tx = values
        self._insert("root", (root, publisher, signer, count, list_hash, uri, tx, block, time, 0, "", 0))

    def _withdrawal(self, values: Sequence[Value]) -> None:
        block, time, sha256, root, leaf, publisher, signer, reason, replacement, tx = values
        self._insert("withdrawal", (sha256, root, leaf, publisher, signer, reason, replacement, tx, block, time))

    def _insert(self, table: str, row: Sequence[Value]) -> None:
        marks = "?, " * len(row) + "?"
        self._connection.execute(f"INSERT INTO {table} VALUES ({marks})", (self._next_id, *row))  # noqa: S608 - ours
        self._next_id += 1

    # --- leaves

    def _begin_list(self, root: bytes, count: int) -> None:
        if not 0 < count <= MOST_LEAVES:
            raise Unsound
        self._note()
        self._list, self._leaves = (root, count), []

    def _leaf(self, record: Sequence[Value]) -> None:
        if not _fits(record, _LEAF):
            raise Unsound
        sha256, pdq, manifest = record
        self._leaves.append(Leaf(sha256, pdq or _NONE, manifest or _NONE))  # type: ignore[arg-type]
        root, left = self._list
        self._list = (root, left - 1)
        if left == 1:
            if Tree.of(self._leaves).root != root:
                raise Unsound
            add_leaves(
                self._connection, root, [(o.sha256, _or_null(o.pdq), _or_null(o.manifest)) for o in self._leaves]
            )
            self._next_id += len(self._leaves)
            self.files += len(self._leaves)

    def _note(self) -> None:
        """Let the mirror know how many rows there are."""
        self._connection.execute("UPDATE mirror SET next_id = ?, registrations = ?", (self._next_id, self.files))


def _fits(values: Sequence[Value], checks: Sequence[Check]) -> bool:
    return len(values) == len(checks) and all(check(value) for check, value in zip(checks, values, strict=True))


def _or_null(value: bytes) -> bytes | None:
    return value if any(value) else None
