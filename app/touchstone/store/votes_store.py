"""The database of sealed votes. What a vote is stands in `sealed` alone, encrypted (`touchstone.court.vault`).

Every line is on the disk before its method returns: a vote whose seal is on a chain and that nobody has costs its owner
the whole lock.
"""

from __future__ import annotations

import dataclasses
import sqlite3
from dataclasses import dataclass, field
from typing import Any, TypeVar

from touchstone.paths import Home
from touchstone.store.database import StoreError
from touchstone.store.files import Trouble
from touchstone.store.own_database import OwnDatabase
from touchstone.store.schema import Migration

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class VoteLine:
    """One sealed vote. Addresses are lower-case hex with 0x, `commitment` hex without; `created` unix seconds.

    `sealed` is the vote under a key of its own, `by_wallet` and `by_file` are that key under another one each, empty
    where there is no such way to it. `only_here` is whether no key but those here brings it back.
    """

    chain_id: int
    court: str
    case_id: int
    round: int
    voter: str
    commitment: str
    only_here: bool
    created: int
    sealed: bytes = field(default=b"", repr=False)
    by_wallet: bytes = field(default=b"", repr=False)
    by_file: bytes = field(default=b"", repr=False)
    id: int = 0


@dataclass(frozen=True, slots=True)
class OpenerLine:
    """The account that opens votes on a chain without their owners' keys: its address, and its key, encrypted."""

    chain_id: int
    address: str
    sealed: bytes = field(repr=False)


_FIRST: Migration = (
    """
    CREATE TABLE vote (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        chain_id INTEGER NOT NULL,
        court TEXT NOT NULL,
        case_id INTEGER NOT NULL,
        round INTEGER NOT NULL,
        voter TEXT NOT NULL,
        commitment TEXT NOT NULL,
        only_here INTEGER NOT NULL,
        created INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        by_wallet BLOB NOT NULL,
        by_file BLOB NOT NULL,
        UNIQUE (chain_id, court, case_id, round, voter, commitment)
    )
    """,
    "CREATE TABLE opener (chain_id INTEGER PRIMARY KEY, address TEXT NOT NULL, sealed BLOB NOT NULL)",
)
MIGRATIONS = (_FIRST,)
_FIELDS = tuple(one.name for one in dataclasses.fields(VoteLine))
_NAMES = ", ".join(_FIELDS)


class VotesStore:
    """The database of one home.

    Every method raises `StoreError` where the disk refuses; DAMAGED once, when a damaged database was set aside, and
    NEWER where a newer version wrote it: no vote may be sealed, or thought lost, on the word of an empty one.
    """

    def __init__(self, home: Home) -> None:
        self._database = OwnDatabase(home.vault, MIGRATIONS)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def put(self, line: VoteLine) -> VoteLine:
        """Write a vote down, in place of the same one where it is there; it comes back with its id."""
        values = tuple(getattr(line, name) for name in _FIELDS[:-1])
        marks = ", ".join("?" * len(values))

        def work(connection: sqlite3.Connection) -> int:
            (number,) = connection.execute(
                f"INSERT INTO vote ({', '.join(_FIELDS[:-1])}) VALUES ({marks})"  # noqa: S608 - names are ours
                " ON CONFLICT (chain_id, court, case_id, round, voter, commitment) DO UPDATE SET"
                " only_here = excluded.only_here, sealed = excluded.sealed, by_wallet = excluded.by_wallet,"
                " by_file = excluded.by_file RETURNING id",
                values,
            ).fetchone()
            return int(number)

        return dataclasses.replace(line, id=self._database.write(work))

    def of(self, chain_id: int, court: str, case_id: int, round_: int, voter: str) -> tuple[VoteLine, ...]:
        """The votes of one seat, oldest first."""
        return self._select(
            "chain_id = ? AND court = ? AND case_id = ? AND round = ? AND voter = ? ORDER BY id",
            (chain_id, court, case_id, round_, voter),
        )

    def in_case(self, chain_id: int, court: str, case_id: int, voter: str) -> tuple[VoteLine, ...]:
        """The votes of one voter in one case, oldest first."""
        return self._select(
            "chain_id = ? AND court = ? AND case_id = ? AND voter = ? ORDER BY id", (chain_id, court, case_id, voter)
        )

    def all(self, chain_id: int | None = None) -> tuple[VoteLine, ...]:
        """All votes, of one chain or of all, oldest first."""
        return self._select("? IN (chain_id, -1) ORDER BY id", (-1 if chain_id is None else chain_id,))

    def forget(self, number: int) -> None:
        """Delete a vote; what it held is overwritten."""
        self._database.write(lambda c: c.execute("DELETE FROM vote WHERE id = ?", (number,)))

    def forget_chain(self, chain_id: int) -> None:
        """Delete the votes of a chain that is no more: a practice ledger that was begun anew."""
        self._database.write(lambda c: c.execute("DELETE FROM vote WHERE chain_id = ?", (chain_id,)))

    def opener(self, chain_id: int) -> OpenerLine | None:
        """The account that opens votes on a chain."""
        statement = "SELECT chain_id, address, sealed FROM opener WHERE chain_id = ?"
        found = self._database.read(lambda c: c.execute(statement, (chain_id,)).fetchone())
        return None if found is None else OpenerLine(int(found[0]), str(found[1]), bytes(found[2]))

    def keep_opener(self, line: OpenerLine) -> OpenerLine:
        """Write it down, unless there is one; which one there is."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR IGNORE INTO opener VALUES (?, ?, ?)", dataclasses.astuple(line))

        self._database.write(work)
        return self.opener(line.chain_id) or line

    def drop_opener(self, chain_id: int) -> None:
        """Forget the account: its key does not open any more."""
        self._database.write(lambda c: c.execute("DELETE FROM opener WHERE chain_id = ?", (chain_id,)))

    def _select(self, where: str, values: tuple[object, ...]) -> tuple[VoteLine, ...]:
        statement = f"SELECT {_NAMES} FROM vote WHERE {where}"  # noqa: S608 - `where` is written in this module
        rows = self._database.read(lambda c: c.execute(statement, values).fetchall())
        return tuple(_line(row) for row in rows)


def _line(row: tuple[Any, ...]) -> VoteLine:
    values = dict(zip(_FIELDS, row, strict=True))
    try:
        blobs = {name: bytes(values[name]) for name in ("sealed", "by_wallet", "by_file")}
    except TypeError:
        raise StoreError(Trouble.DAMAGED) from None
    return VoteLine(**{**values, **blobs, "only_here": bool(values["only_here"])})
