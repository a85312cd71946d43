"""Publishers and their signers, as the events tell; whether a signature counts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a check reads this and decodes no events
    from touchstone.chain import event_types as e
    from touchstone.chain.logs import Log

_COLUMNS = ("address", "other", "roles", "since", "until", "text")
# Which field of an event, by its name, goes into which column.
_FIELDS: Mapping[str, Mapping[str, str]] = {
    "PublisherCreated": {"address": "controller", "other": "recovery", "text": "name"},
    "NameSet": {"text": "name"},
    "DomainClaimed": {"other": "domain_hash", "text": "domain"},
    "ControlOffered": {"address": "new", "other": "old"},
    "ControlTransferred": {"address": "new", "other": "old"},
    "RecoverySet": {"address": "recovery"},
    "RecoveryStarted": {"address": "new", "since": "ready"},
    "RecoveryCancelled": {},
    "SignerSet": {"address": "signer", "roles": "roles", "since": "valid_from", "until": "valid_to"},
    "SignerRevoked": {"address": "signer", "since": "revoked"},
    "SignerCompromised": {"address": "signer", "since": "since"},
}


@dataclass(frozen=True, slots=True)
class Signer:
    """What is known of one signer of one publisher; 0 for no end, never revoked, never compromised."""

    roles: int
    valid_from: int
    valid_to: int = 0
    revoked: int = 0
    compromised: int = 0

    def counts(self, moment: int) -> bool:
        """Whether what the register took from this signer at `moment` counts.

        That it took it shows that role, window and revocation allowed it then; only a compromise reaches back.
        """
        return not self.compromised or moment < self.compromised


def keep(connection: sqlite3.Connection, log: Log, event: e.PublisherEvent) -> None:
    """Add an event to what happened to its publisher."""
    fields = _FIELDS[type(event).__name__]
    columns = [getattr(event, fields[column]) if column in fields else None for column in _COLUMNS]
    connection.execute(
        "INSERT INTO publisher_event "
        "(publisher, event, address, other, roles, since, until, text, tx, block, time) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (event.publisher, type(event).__name__, *columns, log.tx, log.block, log.time),
    )


def derive(connection: sqlite3.Connection, publishers: Iterable[int]) -> None:
    """Work out again what stands about `publishers`, from everything that happened to them."""
    for publisher in publishers:
        connection.execute("DELETE FROM publisher WHERE id = ?", (publisher,))
        connection.execute("DELETE FROM signer WHERE publisher = ?", (publisher,))
        rows = connection.execute(
            "SELECT event, address, other, roles, since, until, text, time FROM publisher_event "
            "WHERE publisher = ? ORDER BY id",
            (publisher,),
        )
        state = _Replay()
        for event, *columns, time in rows.fetchall():
            state.add(event, columns, time)
        if state.known:
            connection.execute(
                "INSERT INTO publisher VALUES (?, ?, ?, ?, ?, ?)",
                (publisher, state.name, state.domain, state.controller, state.recovery, state.created),
            )
        connection.executemany(
            "INSERT INTO signer VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (publisher, address, s.roles, s.valid_from, s.valid_to, s.revoked, s.compromised)
                for address, s in state.signers.items()
            ],
        )


class _Replay:
    """What a publisher's events come to."""

    def __init__(self) -> None:
        self.known = False
        self.name = self.domain = ""
        self.controller = self.recovery = b""
        self.created = 0
        self.signers: dict[bytes, Signer] = {}

    def add(self, event: str, columns: list[Any], time: int) -> None:
        address, other, roles, since, until, text = columns
        before = self.signers.get(address) or Signer(0, 0)
        match event:
            case "PublisherCreated":
                self.known, self.created = True, time
                self.name, self.controller, self.recovery = text, address, other
            case "NameSet":
                self.name = text
            case "DomainClaimed":
                self.domain = text
            case "ControlTransferred":
                self.controller = address
            case "RecoverySet":
                self.recovery = address
            case "SignerSet":
                self.signers[address] = replace(before, roles=roles, valid_from=since, valid_to=until)
            case "SignerRevoked":
                self.signers[address] = replace(before, revoked=since)
            case "SignerCompromised":
                self.signers[address] = replace(before, compromised=since)


def signers_of(connection: sqlite3.Connection, publisher: int) -> Mapping[bytes, Signer]:
    """Every signer that a publisher has or had."""
    rows = connection.execute(
        "SELECT address, roles, valid_from, valid_to, revoked, compromised FROM signer WHERE publisher = ?",
        (publisher,),
    )
    return {address: Signer(*rest) for address, *rest in rows}


def signer_of(connection: sqlite3.Connection, publisher: int, address: bytes) -> Signer | None:
    """One signer of a publisher; None where it never was one."""
    sql = "SELECT roles, valid_from, valid_to, revoked, compromised FROM signer WHERE publisher = ? AND address = ?"
    row = connection.execute(sql, (publisher, address)).fetchone()
    return None if row is None else Signer(*row)
