"""Whether there is anything to look up about a file at the court: every check asks, and most files are not there."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from touchstone.chain.network import Network
from touchstone.registry import state


class Disputes(NamedTuple):
    """Whether there is a case about this very file, and whether there is any case."""

    here: bool
    anywhere: bool


def disputes(connection: sqlite3.Connection, network: Network, sha256: bytes) -> Disputes | None:
    """What there is about a file; None where the mirror does not have all that the court said."""
    if not state.follows_court(connection, network):
        return None
    sql = "SELECT EXISTS (SELECT 1 FROM court_case WHERE media = ?), EXISTS (SELECT 1 FROM court_case)"
    here, anywhere = connection.execute(sql, (sha256,)).fetchone()
    return Disputes(bool(here), bool(anywhere))
