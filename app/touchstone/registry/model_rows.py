"""What the register of models says becomes rows of the mirror, and is taken out again by block.

Events are kept as they came; what stands is worked out by whoever asks (`model_standing`). So blocks may be read in any
order: a mirror that was made before its register of models was followed reads what it lacks afterwards, and nothing
else again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from touchstone.registry import tags

if TYPE_CHECKING:  # a check reads this and decodes no events
    from touchstone.chain import event_types as e
    from touchstone.chain.logs import Log
    from touchstone.registry.model_types import Output

Row = tuple[Any, ...]

_NONE = bytes(32)
TAGS = "output_tag"
# The tables that events go into, with how many columns come after `block`, `place`, `time` and `tx`.
TABLES: Mapping[str, int] = {
    "model": 11,
    "model_parent": 2,
    "model_status": 5,
    "model_move": 4,
    "attestation": 6,
    "output_list": 9,
    "output_withdrawal": 4,
    "retirement": 4,
}
_DERIVED = ("output", "output_set", TAGS, "output_manifest", "output_witness")


def keep(connection: sqlite3.Connection, log: Log, event: e.ModelEvent) -> None:
    """Add an event, inside a transaction of the caller's.

    Raises:
        sqlite3.IntegrityError: it is there already.
    """
    table, row = _ROWS[type(event).__name__](event)
    add(connection, table, (log.block, log.position, log.time, log.tx, *row))


def add(connection: sqlite3.Connection, table: str, row: Sequence[Any]) -> None:
    """Add a row to one of `TABLES`; a list of outputs is here where those under its root are."""
    if table == "output_list":
        root, count = row[4], row[7]
        known = connection.execute("SELECT count FROM output_set WHERE root = ?", (root,)).fetchone()
        row = (*row[:10], int(known is not None and known[0] == count), "", 0)
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} VALUES ({marks})", row)  # noqa: S608 - our own names


def add_outputs(connection: sqlite3.Connection, root: bytes, outputs: Sequence[Output]) -> None:
    """Keep the outputs under a root, in order, and note that they are here; inside a transaction of the caller's."""
    (first,) = connection.execute("SELECT coalesce(max(first + count), 1) FROM output_set").fetchone()
    sql = "INSERT INTO output_set (root, first, count) VALUES (?, ?, ?)"
    connection.execute(sql, (root, first, len(outputs)))
    manifests = _numbers(connection, "output_manifest", "manifest", ({bytes.fromhex(o.manifest) for o in outputs}))
    witnesses = _numbers(connection, "output_witness", "witness", ({o.witness for o in outputs}))
    connection.executemany(
        "INSERT INTO output (id, media, manifest, witness, score, decision, time) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (
                number,
                bytes.fromhex(o.media),
                manifests[bytes.fromhex(o.manifest)],
                witnesses[o.witness],
                o.score,
                int(o.decision),
                o.time,
            )
            for number, o in enumerate(outputs, first)
        ),
    )
    files = ((bytes.fromhex(o.media), number) for number, o in enumerate(outputs, first))
    tags.add(connection, tags.key_of(connection), files, TAGS)
    connection.execute(
        "UPDATE output_list SET state = 1, why = '' WHERE root = ? AND count = ?",
        (root, len(outputs)),
    )


def roll_back(connection: sqlite3.Connection, block: int) -> None:
    """Take out everything that is in blocks after `block`, inside a transaction of the caller's."""
    for table in TABLES:
        connection.execute(f"DELETE FROM {table} WHERE block > ?", (block,))  # noqa: S608 - our own names
    connection.execute("UPDATE mirror SET lack_last = min(lack_last, ?)", (block,))
    _drop_outputs(connection)


def clear(connection: sqlite3.Connection) -> None:
    """Take out everything, inside a transaction of the caller's."""
    for table in (*TABLES, *_DERIVED):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names


def adopt(connection: sqlite3.Connection, models: bytes, start: int) -> None:
    """Follow the register of models at this address, b"" for none, inside a transaction of the caller's.

    What is known of another is forgotten. What this one logged from block `start` up to where the mirror stands is
    still to be read; nothing about files is read again.
    """
    known, cursor = connection.execute("SELECT models, cursor FROM mirror").fetchone()
    if known == models:
        return
    clear(connection)
    first, last = (start, cursor) if models and cursor >= start else (0, -1)
    connection.execute("UPDATE mirror SET models = ?, lack_first = ?, lack_last = ?", (models, first, last))


def lack(connection: sqlite3.Connection) -> tuple[int, int]:
    """The first and last block that are still to be read of the register of models; none where first > last."""
    first, last = connection.execute("SELECT lack_first, lack_last FROM mirror").fetchone()
    return first, last


def _drop_outputs(connection: sqlite3.Connection) -> None:
    """Drop the outputs under roots that nobody has recorded any more."""
    orphans = (
        "SELECT id, first, count FROM output_set AS s "
        "WHERE NOT EXISTS (SELECT 1 FROM output_list AS l WHERE l.root = s.root)"
    )
    for number, first, count in connection.execute(orphans).fetchall():
        which = "WHERE id >= ? AND id < ?"
        values = (first, first + count)
        files = connection.execute(f"SELECT media, id FROM output {which}", values).fetchall()  # noqa: S608
        tags.remove(connection, tags.key_of(connection), files, TAGS)
        connection.execute(f"DELETE FROM output {which}", values)  # noqa: S608
        connection.execute("DELETE FROM output_set WHERE id = ?", (number,))


def _numbers(connection: sqlite3.Connection, table: str, column: str, values: Iterable[Any]) -> dict[Any, int]:
    """The numbers of values, each given one where it has none."""
    found = {}
    for value in sorted(values):
        connection.execute(f"INSERT OR IGNORE INTO {table} ({column}) VALUES (?)", (value,))  # noqa: S608
        row = connection.execute(f"SELECT id FROM {table} WHERE {column} = ?", (value,)).fetchone()  # noqa: S608
        found[value] = row[0]
    return found


def _model(event: e.ModelRegistered) -> tuple[str, Row]:
    return "model", (
        event.model,
        event.publisher,
        event.manifest,
        event.signer,
        event.weights,
        _or_null(event.data_root),
        event.items.to_bytes(8).lstrip(b"\0"),
        event.record,
        _or_null(event.evaluation),
        None if event.family == event.model else event.family,
        event.uri,
    )


def _attested(event: e.Attested) -> tuple[str, Row]:
    return "attestation", (event.model, event.publisher, event.signer, event.evaluation, 0, event.uri)


def _attestation_withdrawn(event: e.AttestationWithdrawn) -> tuple[str, Row]:
    return "attestation", (event.model, event.publisher, event.signer, None, event.reason, "")


_ROWS: Mapping[str, Callable[[Any], tuple[str, Row]]] = {
    "ModelRegistered": _model,
    "ParentNamed": lambda event: ("model_parent", tuple(event)),
    "StatusSet": lambda event: ("model_status", tuple(event)),
    "ModelOffered": lambda event: ("model_move", (*event, 0)),
    "ModelTransferred": lambda event: ("model_move", (*event, 1)),
    "Attested": _attested,
    "AttestationWithdrawn": _attestation_withdrawn,
    "OutputsRecorded": lambda event: ("output_list", (*event, 0, "", 0)),
    "OutputsWithdrawn": lambda event: ("output_withdrawal", tuple(event)),
    "ItemRetired": lambda event: ("retirement", tuple(event)),
}


def _or_null(value: bytes) -> bytes | None:
    return None if value == _NONE else value
