"""Rows of the mirror about models, put together as they stand: entries, attestations, retired items.

Whether a signature counts is decided as for files (`signers.Signer`): that the register took it shows that its signer
had the role then, and only a compromise, as it is known now, reaches back. A change of status, an attestation or a
withdrawal that does not count leaves what was said before as it was.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from touchstone.registry.model_types import AttestationEntry, ModelEntry, Retirement, Status
from touchstone.registry.signers import Signer, signer_of

MOST = 1000  # entries that are given of one thing: anybody may add to them
_COLUMNS = (
    "m.block, m.place, m.time, m.tx, m.model, m.publisher, m.manifest, m.signer, m.weights, m.data_root, m.items, "
    "m.record, m.evaluation, m.family, m.uri"
)
_NOBODY = ("", "", "")


class People:
    """Names and signers, each looked up once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._names: dict[int, tuple[str, str, str]] = {}
        self._signers: dict[tuple[int, bytes], Signer | None] = {}

    def name(self, publisher: int) -> tuple[str, str, str]:
        """Name and domain of a publisher, as they were written, and its controller (0x hex); "" where there is none."""
        if publisher not in self._names:
            sql = "SELECT name, domain, controller FROM publisher WHERE id = ?"
            row = self._connection.execute(sql, (publisher,)).fetchone()
            self._names[publisher] = _NOBODY if row is None else (row[0], row[1], "0x" + row[2].hex())
        return self._names[publisher]

    def counts(self, publisher: int, signer: bytes, moment: int) -> bool:
        """Whether what the register took from this signer for this publisher at `moment` counts."""
        key = (publisher, signer)
        if key not in self._signers:
            self._signers[key] = signer_of(self._connection, publisher, signer)
        known = self._signers[key]
        return known is not None and known.counts(moment)


def entries(
    connection: sqlite3.Connection, where: str, values: tuple[Any, ...], people: People, most: int = MOST
) -> tuple[ModelEntry, ...]:
    """The models `m` for which a condition holds, the first registered first, at most `most`."""
    sql = f"SELECT {_COLUMNS} FROM model AS m WHERE {where} ORDER BY m.block, m.place LIMIT ?"  # noqa: S608 - ours
    return tuple(_entry(connection, row, people) for row in connection.execute(sql, (*values, most)).fetchall())


def children(connection: sqlite3.Connection, model: bytes, people: People) -> tuple[ModelEntry, ...]:
    """The models that name this one as a parent."""
    return entries(connection, "m.model IN (SELECT model FROM model_parent WHERE parent = ?)", (model,), people)


def _entry(connection: sqlite3.Connection, row: tuple[Any, ...], people: People) -> ModelEntry:
    block, _place, time, tx, model, publisher, manifest, signer, weights, data_root, items, *rest = row
    record, evaluation, family, uri = rest
    owner, pending = _owner(connection, model, publisher)
    status, reason, changed = _status(connection, model, people)
    name, domain, controller = people.name(owner)
    parents = connection.execute("SELECT parent FROM model_parent WHERE model = ? ORDER BY block, place", (model,))
    return ModelEntry(
        model=model.hex(),
        publisher=publisher,
        owner=owner,
        pending_owner=pending,
        name=name,
        domain=domain,
        signer="0x" + signer.hex(),
        counts=people.counts(publisher, signer, time),
        manifest=manifest.hex(),
        weights=weights.hex(),
        data_root=_hex(data_root),
        items=int.from_bytes(items),
        record=record.hex(),
        evaluation=_hex(evaluation),
        family=(family or model).hex(),
        parents=tuple(parent.hex() for (parent,) in parents),
        uri=uri,
        status=status,
        reason=reason,
        registered=time,
        changed=changed,
        block=block,
        tx=tx.hex(),
        controller=controller,
    )


def _owner(connection: sqlite3.Connection, model: bytes, publisher: int) -> tuple[int, int]:
    """Whom a model belongs to, and to whom it is offered, 0 for nobody."""
    owner, pending = publisher, 0
    moves = connection.execute("SELECT new, done FROM model_move WHERE model = ? ORDER BY block, place", (model,))
    for new, done in moves:
        owner, pending = (new, 0) if done else (owner, new)
    return owner, pending


def _status(connection: sqlite3.Connection, model: bytes, people: People) -> tuple[Status, int, int]:
    """What its owner says of a model, why, and since when."""
    found = (Status.ACTIVE, 0, 0)
    changes = connection.execute(
        "SELECT owner, signer, time, status, reason FROM model_status "
        "WHERE model = ? AND status BETWEEN 1 AND 3 ORDER BY block, place",
        (model,),
    )
    for owner, signer, time, status, reason in changes.fetchall():
        if people.counts(owner, signer, time):
            found = (Status(status), reason, time)
    return found


def attestations(connection: sqlite3.Connection, model: bytes, people: People) -> tuple[AttestationEntry, ...]:
    """What publishers say was measured of a model, the first to say something first."""
    rows = connection.execute(
        "SELECT block, time, tx, publisher, signer, evaluation, uri FROM attestation "
        "WHERE model = ? ORDER BY block, place LIMIT ?",
        (model, MOST),
    )
    found: dict[int, AttestationEntry] = {}
    for block, time, tx, publisher, signer, evaluation, uri in rows.fetchall():
        counts, before = people.counts(publisher, signer, time), found.get(publisher)
        if evaluation is None:
            if before is not None and counts:
                found[publisher] = replace(before, withdrawn=time)
            continue
        if before is not None and before.counts and not counts:
            continue
        name, domain, _controller = people.name(publisher)
        found[publisher] = AttestationEntry(
            model=model.hex(),
            publisher=publisher,
            name=name,
            domain=domain,
            signer="0x" + signer.hex(),
            counts=counts,
            evaluation=evaluation.hex(),
            uri=uri,
            attested=time,
            withdrawn=0,
            block=block,
            tx=tx.hex(),
        )
    return tuple(found.values())


def retirements(connection: sqlite3.Connection, item: bytes, people: People) -> Iterator[Retirement]:
    """Who will train on an item no more, the first to say so first."""
    rows = connection.execute(
        "SELECT block, time, tx, publisher, signer, reason FROM retirement "
        "WHERE item = ? ORDER BY block, place LIMIT ?",
        (item, MOST),
    )
    for block, time, tx, publisher, signer, reason in rows.fetchall():
        name, domain, _controller = people.name(publisher)
        yield Retirement(
            item=item.hex(),
            publisher=publisher,
            name=name,
            domain=domain,
            signer="0x" + signer.hex(),
            counts=people.counts(publisher, signer, time),
            reason=reason,
            time=time,
            block=block,
            tx=tx.hex(),
        )


def _hex(value: bytes | None) -> str:
    return "" if value is None else value.hex()
