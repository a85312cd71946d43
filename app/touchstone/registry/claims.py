"""Rows of the mirror about one file, put together as claims: each publisher's word as it stands."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from touchstone.registry import tags
from touchstone.registry.lookup_types import Claim
from touchstone.registry.signers import Signer, signers_of

_SINGLE = """
    SELECT r.id, b.publisher, b.signer, b.kind, b.flags, r.block, r.time, r.tx, r.pdq, r.manifest, r.parent, r.uri
    FROM tag AS t JOIN registration AS r ON r.id = t.id JOIN registrant AS b ON b.id = r.registrant
    WHERE t.tag = ? AND r.sha256 = ? AND r.list IS NULL
"""
_LEAVES = """
    SELECT o.id, o.publisher, o.signer, o.block, o.time, o.tx, o.uri, r.pdq, r.manifest, o.root, r.id - l.first
    FROM tag AS t
    JOIN registration AS r ON r.id = t.id
    JOIN list AS l ON l.id = r.list
    JOIN root AS o ON o.root = l.root AND o.state = 1
    WHERE t.tag = ? AND r.sha256 = ?
"""
_WITHDRAWALS = "SELECT id, signer, time, reason, replacement FROM withdrawal WHERE publisher = ? AND"

Key = tuple[int, bytes, int]  # publisher, root (b"" for single ones), index (-1)
Place = int  # the id of a row: they grow with the chain


@dataclass(frozen=True, slots=True)
class _Withdrawal:
    place: Place
    signer: bytes
    time: int
    reason: int
    replacement: bytes | None


def about(connection: sqlite3.Connection, sha256: bytes) -> tuple[Claim, ...]:
    """Every claim about a file, earliest first."""
    found: dict[Key, dict[Place, Claim]] = {}
    people = _Publishers(connection)
    for key, place, claim in (*_singles(connection, sha256, people), *_leaves(connection, sha256, people)):
        found.setdefault(key, {})[place] = claim
    if not found:
        return ()
    final = connection.execute("SELECT final FROM mirror").fetchone()[0]
    claims = []
    for key, registrations in found.items():
        taken_back = list(_withdrawals(connection, sha256, key))
        place, claim = _as_it_stands(registrations, taken_back, people.signers(key[0]))
        claims.append((claim.registered, place, replace(claim, final=claim.block <= final)))
    return tuple(claim for *_, claim in sorted(claims, key=lambda entry: entry[:2]))


class _Publishers:
    """Names and signers, each looked up once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._names: dict[int, tuple[str, str, bytes]] = {}
        self._signers: dict[int, Mapping[bytes, Signer]] = {}

    def name(self, publisher: int) -> tuple[str, str, bytes]:
        """Name, domain and controller."""
        if publisher not in self._names:
            sql = "SELECT name, domain, controller FROM publisher WHERE id = ?"
            row = self._connection.execute(sql, (publisher,)).fetchone()
            self._names[publisher] = row or ("", "", b"")
        return self._names[publisher]

    def signers(self, publisher: int) -> Mapping[bytes, Signer]:
        if publisher not in self._signers:
            self._signers[publisher] = signers_of(self._connection, publisher)
        return self._signers[publisher]


def _singles(connection: sqlite3.Connection, sha256: bytes, people: _Publishers) -> Iterator[tuple[Key, Place, Claim]]:
    for row in connection.execute(_SINGLE, _named(connection, sha256)).fetchall():
        place, publisher, signer, kind, flags, block, time, tx, pdq, manifest, parent, uri = row
        if isinstance(tx, int):
            tx = connection.execute("SELECT tx FROM registration WHERE id = ?", (tx,)).fetchone()[0]
        claim = _claim(
            people,
            (publisher, signer, block, time, tx),
            kind=kind,
            flags=flags,
            pdq=_hex(pdq),
            manifest=_hex(manifest),
            parent=_hex(parent),
            uri=uri or "",
            root="",
            index=-1,
        )
        yield (publisher, b"", -1), place, claim


def _leaves(connection: sqlite3.Connection, sha256: bytes, people: _Publishers) -> Iterator[tuple[Key, Place, Claim]]:
    for row in connection.execute(_LEAVES, _named(connection, sha256)).fetchall():
        place, publisher, signer, block, time, tx, uri, pdq, manifest, root, index = row
        claim = _claim(
            people,
            (publisher, signer, block, time, tx),
            kind=0,
            flags=int(manifest is not None),
            pdq=_hex(pdq),
            manifest=_hex(manifest),
            parent="",
            uri=uri,
            root=root.hex(),
            index=index,
        )
        yield (publisher, root, index), place, claim


def _named(connection: sqlite3.Connection, sha256: bytes) -> tuple[int, bytes]:
    return tags.tag(tags.key_of(connection), sha256), sha256


def _claim(people: _Publishers, by: tuple[int, bytes, int, int, bytes], **fields: Any) -> Claim:
    publisher, signer, block, time, tx = by
    name, domain, controller = people.name(publisher)
    known = people.signers(publisher).get(signer)
    return Claim(
        publisher=publisher,
        name=name,
        domain=domain,
        controller="0x" + controller.hex() if controller else "",
        signer="0x" + signer.hex(),
        registered=time,
        block=block,
        tx=tx.hex(),
        counts=known is not None and known.counts(time),
        compromised=known.compromised if known is not None else 0,
        revoked=0,
        reason=0,
        replacement="",
        revoked_counts=False,
        final=False,
        **fields,
    )


def _withdrawals(connection: sqlite3.Connection, sha256: bytes, key: Key) -> Iterator[_Withdrawal]:
    publisher, root, index = key
    values: tuple[object, ...]
    if root:
        where, values = "root = ? AND (leaf IS NULL OR leaf = ?)", (publisher, root, index)
    else:
        where, values = "sha256 = ? AND root IS NULL", (publisher, sha256)
    for row in connection.execute(f"{_WITHDRAWALS} {where} ORDER BY id", values).fetchall():
        yield _Withdrawal(*row)


def _as_it_stands(
    registrations: Mapping[Place, Claim], withdrawals: list[_Withdrawal], signers: Mapping[bytes, Signer]
) -> tuple[Place, Claim]:
    """The claim that a publisher's registrations and withdrawals of one file come to, and where it was made.

    A withdrawal that does not count leaves the claim as it was, so that registering again changes nothing; and a
    registration that does not count takes the place of none that does.
    """
    events: list[tuple[Place, Claim | _Withdrawal]] = [*registrations.items(), *((w.place, w) for w in withdrawals)]
    standing: tuple[Place, Claim] | None = None
    for place, event in sorted(events, key=lambda entry: entry[0]):
        if isinstance(event, Claim):
            standing = _registered_again(standing, (place, event))
        elif standing is not None:
            signer = signers.get(event.signer)
            counts = signer is not None and signer.counts(event.time)
            standing = standing[0], _withdrawn(standing[1], event, counts=counts)
    if standing is None:
        raise AssertionError  # there is at least one registration
    return standing


def _registered_again(before: tuple[Place, Claim] | None, now: tuple[Place, Claim]) -> tuple[Place, Claim]:
    if before is None:
        return now
    place, claim = before
    gone = bool(claim.revoked) and claim.revoked_counts
    if claim.counts and not gone:
        return place, replace(claim, revoked=0, reason=0, replacement="")
    return now if now[1].counts or not claim.counts else before


def _withdrawn(claim: Claim, withdrawal: _Withdrawal, *, counts: bool) -> Claim:
    if claim.revoked and (claim.revoked_counts or not counts):
        return claim
    return replace(
        claim,
        revoked=withdrawal.time,
        reason=withdrawal.reason,
        replacement=_hex(withdrawal.replacement),
        revoked_counts=counts,
    )


def _hex(value: bytes | None) -> str:
    return "" if value is None else value.hex()
