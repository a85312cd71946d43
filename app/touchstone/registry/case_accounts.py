"""What court and pool told of one account: its seats, what it earned, its stake, what it paid for appeals."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from touchstone.registry import court_rows
from touchstone.registry.case_types import AppealEntry, Earned, Earning, StakeEvent, StakeKind

Row = tuple[int, int, bytes, Any]  # block, time, tx, event
Moved = tuple[StakeKind, int, int, int]  # what happened, how much, and by how much stake and locks change


def seats(connection: sqlite3.Connection, account: bytes, *, unsettled: bool) -> Iterator[tuple[Any, ...]]:
    """Rows of `court_seat` without their places, by case and round."""
    which = " AND settled = 0" if unsettled else ""
    rows = connection.execute(f"SELECT * FROM court_seat WHERE voter = ?{which} ORDER BY id, round", (account,))  # noqa: S608
    for number, round_, _place, *rest in rows:
        yield number, round_, *rest


def earnings(connection: sqlite3.Connection, account: bytes) -> tuple[Earned, ...]:
    """What it was credited and for what, what its seats lost, and what it fetched."""
    from touchstone.chain import court_event_types as t

    found: list[Earned] = []
    waiting: list[
        tuple[bytes, Earning, int, int]
    ] = []  # transaction, what for, round, how much: told before the credit
    for block, time, tx, event in _events(connection, account, pool=False):
        at = (time, block, tx.hex())
        match event:
            case t.SeatsSettled():
                if event.slashed:
                    found.append(Earned(Earning.LOST, event.case, event.round, -event.slashed, *at))
                waiting.append((tx, Earning.SEAT, event.round, event.paid))
            case t.Leaked():
                found.append(Earned(Earning.LOST, event.case, event.round, -event.lost, *at))
            case t.AppealClaimed():
                waiting.append((tx, Earning.APPEAL, event.round, event.paid))
            case t.KeeperPaid():
                waiting.append((tx, Earning.KEEPER, -1, event.amount))
            case t.Credited():
                told = next((w for w in waiting if (w[0], w[3]) == (tx, event.amount)), None)
                if told is not None:
                    waiting.remove(told)
                kind, round_ = (told[1], told[2]) if told is not None else (_other(connection, block, tx), -1)
                found.append(Earned(kind, event.case, round_, event.amount, *at))
            case t.CreditWithdrawn():
                found.append(Earned(Earning.WITHDRAWN, 0, -1, event.amount, *at))
        waiting = [w for w in waiting if w[0] == tx]
    return tuple(found)


def stake_history(connection: sqlite3.Connection, account: bytes) -> tuple[StakeEvent, ...]:
    """What the pool told of it, with what it has after each event."""
    found: list[StakeEvent] = []
    staked = locked = 0
    for block, time, tx, event in _events(connection, account, pool=True):
        kind, amount, more_staked, more_locked = _OF_STAKE[type(event).__name__](event)
        staked, locked = max(0, staked + more_staked), max(0, locked + more_locked)
        found.append(StakeEvent(kind, amount, staked, locked, time, block, tx.hex()))
    return tuple(found)


def _settled(event: Any) -> Moved:
    kind, amount = (StakeKind.SLASHED, event.slashed) if event.slashed else (StakeKind.FREED, event.amount)
    return kind, amount, -event.slashed, -event.amount


def appeals(connection: sqlite3.Connection, account: bytes) -> tuple[AppealEntry, ...]:
    """What it paid into each side, and whether that was claimed."""
    from touchstone.chain import court_event_types as t

    paid: dict[tuple[int, int, bool], int] = {}
    back: dict[tuple[int, int, bool], int] = {}
    for _, _, _, event in _events(connection, account, pool=False):
        if isinstance(event, t.AppealFunded):
            side = (event.case, event.round, event.against)
            paid[side] = paid.get(side, 0) + event.amount
        elif isinstance(event, t.AppealClaimed):
            back[event.case, event.round, event.against] = event.paid
    return tuple(AppealEntry(*side, paid[side], side in back, back.get(side, 0)) for side in sorted(paid))


def admission(connection: sqlite3.Connection) -> str:
    """The rule that the pool's people are let in by, as it was adopted last; "" where that was not told."""
    kind = court_rows.KINDS.index("PoolParametersAdopted")
    sql = (
        "SELECT topics, data FROM court_event WHERE kind = ? AND number IS NULL AND account IS NULL AND pool = 1 "
        "ORDER BY block DESC, place DESC LIMIT 1"
    )
    row = connection.execute(sql, (kind,)).fetchone()
    event: Any = court_rows.decoded(kind, *row) if row else None
    return "0x" + event.people.hex() if row else ""


def _other(connection: sqlite3.Connection, block: int, tx: bytes) -> Earning:
    """What a credit is for that no other event of its account tells of: a leak that was shown, else the case's end."""
    kind = court_rows.KINDS.index("Leaked")
    sql = "SELECT 1 FROM court_event WHERE block = ? AND tx = ? AND kind = ?"
    return Earning.LEAK if connection.execute(sql, (block, tx, kind)).fetchone() else Earning.CASE


def _events(connection: sqlite3.Connection, account: bytes, *, pool: bool) -> Iterator[Row]:
    sql = (
        "SELECT block, time, tx, kind, topics, data FROM court_event WHERE account = ? AND pool = ? "
        "ORDER BY block, place"
    )
    for block, time, tx, kind, topics, data in connection.execute(sql, (account, int(pool))).fetchall():
        yield block, time, tx, court_rows.decoded(kind, topics, data)


_OF_STAKE: Mapping[str, Callable[[Any], Moved]] = {
    "Staked": lambda event: (StakeKind.STAKED, event.amount, event.amount, 0),
    "StakeWithdrawn": lambda event: (StakeKind.WITHDRAWN, event.amount, -event.amount, 0),
    "Unbonding": lambda event: (StakeKind.UNBONDING, event.amount, 0, 0),
    "Locked": lambda event: (StakeKind.LOCKED, event.amount, 0, event.amount),
    "LockSettled": _settled,
    "WeightSet": lambda event: (StakeKind.WEIGHT, event.weight, 0, 0),
    "Joined": lambda _: (StakeKind.JOINED, 0, 0, 0),
    "Left": lambda _: (StakeKind.LEFT, 0, 0, 0),
    "Deactivated": lambda _: (StakeKind.DEACTIVATED, 0, 0, 0),
}
