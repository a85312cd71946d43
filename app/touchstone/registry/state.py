"""How far a mirror goes."""

from __future__ import annotations

import sqlite3

from touchstone.chain.network import Network
from touchstone.paths import Home
from touchstone.registry.lookup_types import MirrorState, MissingList


def read(connection: sqlite3.Connection, network: Network, home: Home) -> MirrorState:
    """The state that the mirror behind `connection` is in."""
    cursor, synced, final, count, agreed = connection.execute(
        "SELECT cursor, synced, final, registrations, agreed FROM mirror"
    ).fetchone()
    missing, files = connection.execute(
        "SELECT count(*), coalesce(sum(count), 0) FROM root WHERE state <> 1"
    ).fetchone()
    return MirrorState(
        network=network.name,
        synced_block=cursor,
        synced_at=synced,
        final_block=final,
        count=count,
        missing=missing,
        missing_files=files,
        agreed=bool(agreed),
        head=practice_head(network, home),
    )


def missing(connection: sqlite3.Connection) -> tuple[MissingList, ...]:
    """The Merkle batches whose leaves are not here, oldest first."""
    rows = connection.execute(
        "SELECT root, publisher, count, uri, state = 2, why, tried FROM root WHERE state <> 1 ORDER BY id"
    )
    return tuple(
        MissingList(root.hex(), publisher, files, uri, bool(bad), why, tried)
        for root, publisher, files, uri, bad, why, tried in rows
    )


def absent(network: Network, home: Home) -> MirrorState:
    """The state of a mirror that is not there."""
    return MirrorState(network.name, head=practice_head(network, home))


def practice_head(network: Network, home: Home) -> int:
    """The newest block of the practice ledger; -1 for other networks and where there is no ledger that can be read."""
    if not network.practice:
        return -1
    from touchstone.chain.errors import ChainError
    from touchstone.chain.ledger_store import LedgerReader

    reader = LedgerReader(home.ledger)
    try:
        head = reader.head()
    except ChainError:
        return -1
    finally:
        reader.close()
    return -1 if head is None else head.number
