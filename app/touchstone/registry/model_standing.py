"""How an installed model stands with the register, and whose word decides that.

Anybody may register anything: another's model under another manifest, one's own manifest with other weights, or the
very same model, to withdraw it a minute later. None of that may switch a model off on somebody's computer. So two kinds
of entries are told apart:

- Entries that are *heard*: of publishers that are trusted (they registered the model, or it went over to them, which
  takes their own transaction), and those that the model's maker sent himself, as the address that signed the seal
  beside the model. An address cannot be borrowed: the register has it from the transaction. Being named by a publisher
  as its signer proves nothing, and is not looked at.
- Entries of strangers. They say at most that a model is registered, which is true and costs its user nothing. What
  strangers withdraw, or register differently, is passed over in silence, and where one who is heard has spoken, so is
  all they say: otherwise a stranger's registration would hide a withdrawal.

Among those that are heard, one publisher's withdrawal does not touch another's registration, and an entry that is the
same in manifest, weights and record outranks any that differs. Entries that do not count (`model_entries`) are nothing.
Who is heard comes from whoever asks; where the question is about the register, not about what may run here, everybody.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from touchstone.registry.model_entries import People, entries
from touchstone.registry.model_types import ModelEntry, Standing, Status

_STRANGERS = 256  # of their entries of one model so many are looked at
_AT_ONCE = 200  # values in one question to the database
_RANK = {Status.ACTIVE: 0, Status.DEPRECATED: 1, Status.REVOKED: 2}
_STANDING = {
    Status.ACTIVE: Standing.REGISTERED,
    Status.DEPRECATED: Standing.DEPRECATED,
    Status.REVOKED: Standing.WITHDRAWN,
}

Answer = tuple[Standing, ModelEntry | None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A model as it is here, in hashes; `record` is b"" where there is none to compare.

    `trusted` are numbers of publishers, None for everybody; `makers` addresses of 20 bytes.
    """

    manifest: bytes
    weights: bytes
    record: bytes
    trusted: Collection[int] | None
    makers: Collection[bytes] = ()

    def is_same(self, entry: ModelEntry) -> bool:
        """Whether an entry is of this very model."""
        record = entry.record if not self.record else self.record.hex()
        return (entry.manifest, entry.weights, entry.record) == (self.manifest.hex(), self.weights.hex(), record)


def standing(connection: sqlite3.Connection, asked: Asked) -> Answer:
    """How it stands, and the entry that says so, the first registered of those that do."""
    people = People(connection)
    heard = [entry for entry in _heard(connection, asked, people) if entry.counts]
    same = [entry for entry in heard if asked.is_same(entry)]
    if same:
        best = min(same, key=lambda entry: _RANK[entry.status])
        return _STANDING[best.status], best
    if heard:
        return Standing.DIFFERS, heard[0]
    for entry in entries(connection, "m.manifest = ?", (asked.manifest,), people, _STRANGERS):
        if entry.counts and entry.status is Status.ACTIVE and asked.is_same(entry):
            return Standing.REGISTERED, entry
    return Standing.NOT_REGISTERED, None


def _heard(connection: sqlite3.Connection, asked: Asked, people: People) -> Sequence[ModelEntry]:
    """Entries that share a hash with the model, by those who are heard, the first registered first."""
    found: dict[str, ModelEntry] = {}
    hashes = {"manifest": asked.manifest, "weights": asked.weights, "record": asked.record}
    for column, value in hashes.items():
        if not value:
            continue
        if asked.trusted is None:
            found |= {one.model: one for one in entries(connection, f"m.{column} = ?", (value,), people)}
            continue
        for where, some in _whose(asked):
            condition = where.format(column=f"m.{column}")
            found |= {one.model: one for one in entries(connection, condition, (value, *some), people)}
    return sorted(found.values(), key=lambda entry: entry.block)


def _whose(asked: Asked) -> Sequence[tuple[str, tuple[int | bytes, ...]]]:
    """Conditions for those who are heard, with their values; each finds its rows in an index, past those of others."""
    conditions: list[tuple[str, tuple[int | bytes, ...]]] = []
    trusted, makers = sorted(asked.trusted or ()), sorted(asked.makers)
    for start in range(0, len(trusted), _AT_ONCE):
        some = tuple(trusted[start : start + _AT_ONCE])
        marks = ", ".join("?" * len(some))
        conditions.append((f"{{column}} = ? AND m.publisher IN ({marks})", some))
        taken = f"SELECT model FROM model_move WHERE done = 1 AND new IN ({marks})"  # noqa: S608 - question marks
        conditions.append((f"+{{column}} = ? AND m.model IN ({taken})", some))
    for start in range(0, len(makers), _AT_ONCE):
        addresses = tuple(makers[start : start + _AT_ONCE])
        conditions.append((f"{{column}} = ? AND m.signer IN ({', '.join('?' * len(addresses))})", addresses))
    return conditions
