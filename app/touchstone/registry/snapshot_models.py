"""What a snapshot holds of the register of models: its records, and how they become rows again.

Events come table by table, each in the order of the chain, then the outputs under each root, in the order of their
roots. What is kept of an output list beside its event is how it was fetched, which is no one else's matter.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence

from touchstone.chain.event_words import MOST_TEXT
from touchstone.registry import model_rows, output_lists
from touchstone.registry.model_types import Decision, Output
from touchstone.registry.output_lists import MOST_OUTPUTS, OutputsError
from touchstone.registry.records import Value

Check = Callable[[Value], bool]

SET = "L"  # outputs under a root follow
_SETS = (
    "SELECT s.root, s.first, s.count FROM output_set AS s "
    "WHERE EXISTS (SELECT 1 FROM output_list AS l WHERE l.root = s.root AND l.block <= ?) ORDER BY s.root"
)
_OUTPUTS = (
    "SELECT m.manifest, o.media, w.witness, o.score, o.decision, o.time FROM output AS o "
    "JOIN output_manifest AS m ON m.id = o.manifest JOIN output_witness AS w ON w.id = o.witness "
    "WHERE o.id >= ? AND o.id < ? ORDER BY o.id"
)


class UnsoundModels(Exception):  # noqa: N818 - said as damaged
    """A record that no mirror has."""


def _number(bits: int) -> Check:
    return lambda value: isinstance(value, int) and value >> bits == 0


def _bytes(size: int) -> Check:
    return lambda value: isinstance(value, bytes) and len(value) == size


def _maybe(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _text(value: Value) -> bool:
    return isinstance(value, str) and len(value.encode()) <= MOST_TEXT


def _items(value: Value) -> bool:
    return isinstance(value, bytes) and len(value) <= 8 and value[:1] != b"\0"


def _status(value: Value) -> bool:
    return isinstance(value, int) and 1 <= value <= 3


_byte, _id, _moment, _block = _number(8), _number(32), _number(62), _number(62)
_hash, _address = _bytes(32), _bytes(20)
_event = (_block, _number(40), _moment, _hash)
# kind: (table, its columns)
_KINDS: Mapping[str, tuple[str, Sequence[Check]]] = {
    "M": (
        "model",
        (_hash, _id, _hash, _address, _hash, _maybe(_hash), _items, _hash, _maybe(_hash), _maybe(_hash), _text),
    ),
    "P": ("model_parent", (_hash, _hash)),
    "S": ("model_status", (_hash, _id, _address, _status, _byte)),
    "V": ("model_move", (_hash, _id, _id, _number(1))),
    "A": ("attestation", (_hash, _id, _address, _maybe(_hash), _byte, _text)),
    "O": ("output_list", (_hash, _id, _address, _id, _hash, _text)),
    "W": ("output_withdrawal", (_hash, _id, _address, _byte)),
    "R": ("retirement", (_hash, _id, _address, _byte)),
}
_SET: Sequence[Check] = (_hash, _id)
_OUTPUT: Sequence[Check] = (
    *(_hash, _hash, lambda value: isinstance(value, str) and len(value) <= 32),
    *(_maybe(_number(32)), lambda value: isinstance(value, int) and value <= Decision.MADE, _number(40)),
)
KINDS = frozenset((*_KINDS, SET))


def content(connection: sqlite3.Connection, block: int) -> Iterator[tuple[Value, ...]]:
    """The records of everything up to `block`."""
    for kind, (table, checks) in _KINDS.items():
        sql = f"SELECT * FROM {table} WHERE block <= ? ORDER BY block, place"  # noqa: S608 - our own names
        for row in connection.execute(sql, (block,)):
            yield (kind, *row[: len(_event) + len(checks)])
    for root, first, count in connection.execute(_SETS, (block,)).fetchall():
        yield (SET, root, count)
        yield from connection.execute(_OUTPUTS, (first, first + count))


class RestoreModels:
    """Fills the tables of models of an empty mirror, inside a transaction of the caller's, with what is up to `block`.

    Without `keep` records are looked at and dropped: they are of another register of models than the mirror's.
    """

    def __init__(self, connection: sqlite3.Connection, block: int, *, keep: bool) -> None:
        self._connection, self._block, self._keep = connection, block, keep
        self._root, self._left = b"", 0
        self._outputs: list[Output] = []

    @property
    def is_whole(self) -> bool:
        """Whether no list breaks off."""
        return self._left == 0

    def add(self, record: Sequence[Value]) -> None:
        """The next record: one of `KINDS`, or of a list that is not at its end.

        Raises:
            UnsoundModels: it is none that may come here.
        """
        if self._left:
            self._output(record)
        elif record[0] == SET:
            _refuse_unless(_fits(record[1:], _SET))
            self._begin(*record[1:])  # type: ignore[arg-type]
        else:
            self._row(str(record[0]), record[1:])

    def _row(self, kind: str, values: Sequence[Value]) -> None:
        table, checks = _KINDS[kind]
        _refuse_unless(_fits(values, (*_event, *checks)))
        _refuse_unless(isinstance(values[0], int) and values[0] <= self._block)
        if not self._keep:
            return
        try:
            model_rows.add(self._connection, table, (*values, 0, "", 0) if kind == "O" else values)
        except sqlite3.IntegrityError as error:
            raise UnsoundModels from error  # twice in one place

    def _begin(self, root: bytes, count: int) -> None:
        _refuse_unless(0 < count <= MOST_OUTPUTS)
        self._root, self._left, self._outputs = root, count, []

    def _output(self, record: Sequence[Value]) -> None:
        _refuse_unless(_fits(record, _OUTPUT))
        manifest, media, witness, score, decision, time = record
        self._outputs.append(
            Output(manifest.hex(), media.hex(), witness, score, Decision(decision), time)  # type: ignore[union-attr,arg-type]
        )
        self._left -= 1
        if not self._left:
            self._finish()

    def _finish(self) -> None:
        """Keep a list that is whole, if it is one that could have been recorded under its root."""
        try:
            output_lists.dump(self._outputs)
            _refuse_unless(output_lists.tree(self._outputs).root == self._root)
        except OutputsError as error:
            raise UnsoundModels from error
        if self._keep:
            sql = "SELECT 1 FROM output_set WHERE root = ?"
            _refuse_unless(self._connection.execute(sql, (self._root,)).fetchone() is None)
            model_rows.add_outputs(self._connection, self._root, self._outputs)
        self._outputs = []


def _fits(values: Sequence[Value], checks: Sequence[Check]) -> bool:
    return len(values) == len(checks) and all(check(value) for check, value in zip(checks, values, strict=True))


def _refuse_unless(sound: bool) -> None:  # noqa: FBT001 - a condition
    if not sound:
        raise UnsoundModels
