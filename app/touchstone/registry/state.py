"""How far a mirror goes."""

from __future__ import annotations

import sqlite3

from touchstone.chain.network import Network
from touchstone.paths import Home
from touchstone.registry.lookup_types import MirrorState, MissingList, court_of, models_of
from touchstone.store.register_schema import WITH_COURT, WITH_MODELS
from touchstone.store.schema import version_of


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
        models=follows_models(connection, network),
        missing_outputs=_missing_outputs(connection),
        court=follows_court(connection, network) if court_of(network) else None,
    )


def follows_models(connection: sqlite3.Connection, network: Network) -> bool:
    """Whether all that the register of models said is there, as far as the mirror goes."""
    if version_of(connection) < WITH_MODELS:
        return False
    row = connection.execute("SELECT models, lack_first, lack_last FROM mirror").fetchone()
    if row is None:
        return False
    here, first, last = row
    return bool(here) and bool(here == models_of(network)) and bool(first > last)


def follows_court(connection: sqlite3.Connection, network: Network) -> bool:
    """Whether all that court and pool said is there, as far as the mirror goes."""
    if version_of(connection) < WITH_COURT:
        return False
    row = connection.execute("SELECT court, court_first, court_last FROM mirror").fetchone()
    if row is None:
        return False
    here, first, last = row
    return bool(here) and bool(here == court_of(network)) and bool(first > last)


def _missing_outputs(connection: sqlite3.Connection) -> int:
    if version_of(connection) < WITH_MODELS:
        return 0
    return int(connection.execute("SELECT count(*) FROM output_list WHERE state <> 1").fetchone()[0])


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
