"""Lists of outputs: fetching those that are missing, and what becomes of each.

Anybody may record a list, so all of it is bounded. A list counts at most `output_lists.MOST_OUTPUTS` outputs; of a file
or an answer no more bytes are read than the count that was recorded can fill, which is known to be right only once
hash, count and root are; before that nothing is kept. A sync reads at most `MOST_BYTES` of lists, and goes on with the
next; a mirror keeps at most `MOST_ROWS` outputs, about 2 GB, and says so of lists that have no room. Lists recorded in
a publisher's name come before those in an address's own, which cost nothing but the fee: they cannot crowd out others
in one sync. Where all room is taken, it is taken; one's own mirror can be begun again without a list.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from dataclasses import dataclass, replace

from touchstone.paths import Home
from touchstone.registry import model_rows, output_lists
from touchstone.registry.fetching import AGAIN, BAD, HERE, PENDING, Access, TooLarge, Unobtainable, obtain
from touchstone.registry.follow import OnProgress, Progress, Step
from touchstone.registry.output_lists import HEADER, LARGEST_LINE, MOST_OUTPUTS, ListTrouble, OutputsError
from touchstone.store.register_store import transaction

MOST_BYTES = 512 << 20
MOST_ROWS = 20_000_000
NO_ROOM = "no-room"  # why a list is pending: the mirror has as many outputs as it may


@dataclass(frozen=True, slots=True)
class _List:
    block: int
    place: int
    root: bytes
    count: int
    list_hash: bytes
    uri: str


def access_of(home: Home, access: Access) -> Access:
    """The same, and the folder of lists that were made on this computer."""
    return replace(access, folders=(home.outputs, *access.folders))


def fetch(
    connection: sqlite3.Connection,
    access: Access,
    tell: OnProgress,
    cancel: threading.Event | None,
    *,
    again: bool = False,
) -> None:
    """Try to get what is missing, and keep what came of it; with `again` also what failed within the last hour.

    Raises:
        sqlite3.Error: the mirror cannot be written.
    """
    now = int(time.time())
    rows = connection.execute(
        "SELECT block, place, root, count, list_hash, uri FROM output_list WHERE state <> ? AND (? OR tried < ?) "
        "ORDER BY publisher = 0, block, place",
        (HERE, again, now - AGAIN),
    ).fetchall()
    left = MOST_BYTES
    for number, row in enumerate(rows):
        if left <= 0 or (cancel is not None and cancel.is_set()):
            return
        which = _List(*row)
        if _state(connection, which) == HERE:
            continue  # came with another record of the same root
        tell(Progress(Step.LISTS, number, len(rows)))
        left -= _take(connection, which, access, now)


def _take(connection: sqlite3.Connection, which: _List, access: Access, now: int) -> int:
    """How many bytes were read."""
    data = b""
    try:
        if not _has_room(connection, which.count):
            raise Unobtainable(NO_ROOM)  # noqa: TRY301 - noted as the others are
        data = _obtain(which, access)
        found = output_lists.check(data, root=which.root, count=which.count, hashed=which.list_hash)
    except Unobtainable as error:
        _note(connection, which, PENDING, error.why, now)
    except TooLarge:
        _note(connection, which, BAD, ListTrouble.TOO_LARGE, now)
    except OutputsError as error:
        _note(connection, which, BAD, error.trouble, now)
    else:
        with transaction(connection):
            if connection.execute("SELECT 1 FROM output_set WHERE root = ?", (which.root,)).fetchone() is None:
                model_rows.add_outputs(connection, which.root, found)
            _note(connection, which, HERE, "", now)
    return len(data)


def _obtain(which: _List, access: Access) -> bytes:
    if which.count > MOST_OUTPUTS:
        raise TooLarge
    name = output_lists.file_name(which.root)
    return obtain(name, which.uri, len(HEADER) + which.count * LARGEST_LINE, access)


def _has_room(connection: sqlite3.Connection, count: int) -> bool:
    (rows,) = connection.execute("SELECT coalesce(sum(count), 0) FROM output_set").fetchone()
    return count > MOST_OUTPUTS or int(rows) + count <= MOST_ROWS


def _state(connection: sqlite3.Connection, which: _List) -> int:
    sql = "SELECT state FROM output_list WHERE block = ? AND place = ?"
    return int(connection.execute(sql, (which.block, which.place)).fetchone()[0])


def _note(connection: sqlite3.Connection, which: _List, state: int, why: str, now: int) -> None:
    connection.execute(
        "UPDATE output_list SET state = ?, why = ?, tried = ? WHERE block = ? AND place = ?",
        (state, str(why), now, which.block, which.place),
    )
