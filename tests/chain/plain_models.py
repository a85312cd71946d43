"""The register of models in plain Python: what the contract must do, without hashes of storage or bytes of calls.

Every action gives the name of the contract's error, or "" and has happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

ACTIVE, DEPRECATED, REVOKED = 1, 2, 3


@dataclass
class Entry:
    owner: int
    parents: tuple[str, ...]
    family: str
    registered: int
    items: int
    offered: int = 0
    status: int = ACTIVE
    reason: int = 0
    changed: int = 0


@dataclass
class Said:
    evaluation: str
    at: int
    withdrawn: int = 0


@dataclass
class List:
    publisher: int
    count: int
    at: int
    withdrawn: int = 0


@dataclass
class PlainModels:
    """`controllers` and `signers` are addresses by publisher; the rest is what was done."""

    controllers: dict[int, str]
    signers: dict[int, set[str]]
    models: dict[str, Entry] = field(default_factory=dict)
    said: dict[tuple[str, int], Said] = field(default_factory=dict)
    lists: dict[tuple[str, str], List] = field(default_factory=dict)
    retired: dict[tuple[int, str], int] = field(default_factory=dict)

    def register(self, who: str, now: int, publisher: int, model: str, parents: Sequence[str], items: int) -> str:
        if not self._may(who, publisher):
            return "NotSigner"
        if len(parents) > 16:
            return "TooManyParents"
        if model in self.models:
            return "AlreadyRegistered"
        for place, parent in enumerate(parents):
            if parent not in self.models:
                return "UnknownParent"
            if parent in parents[:place]:
                return "DuplicateParent"
        family = self.models[parents[0]].family if parents else model
        self.models[model] = Entry(publisher, tuple(parents), family, now, items)
        return ""

    def set_status(self, who: str, now: int, model: str, status: int, reason: int) -> str:
        entry = self.models.get(model)
        if entry is None:
            return "NotRegistered"
        if not self._may(who, entry.owner):
            return "NotSigner"
        if entry.status == REVOKED:
            return "AlreadyRevoked"
        if status not in {ACTIVE, DEPRECATED, REVOKED} or status == entry.status:
            return "BadStatus"
        entry.status, entry.reason, entry.changed = status, reason, now
        return ""

    def offer(self, who: str, _now: int, model: str, to: int) -> str:
        entry = self.models.get(model)
        if entry is None:
            return "NotRegistered"
        if self.controllers[entry.owner] != who:
            return "NotController"
        if not to and not entry.offered:
            return "NotOffered"
        if to and to not in self.controllers:
            return "NotRegistered"
        entry.offered = to
        return ""

    def accept(self, who: str, _now: int, model: str) -> str:
        entry = self.models.get(model)
        if entry is None or not entry.offered or self.controllers[entry.offered] != who:
            return "NotOffered"
        entry.owner, entry.offered = entry.offered, 0
        return ""

    def attest(self, who: str, now: int, publisher: int, model: str, evaluation: str) -> str:
        if not self._may(who, publisher):
            return "NotSigner"
        if model not in self.models:
            return "NotRegistered"
        self.said[model, publisher] = Said(evaluation, now)
        return ""

    def withdraw_attestation(self, who: str, now: int, publisher: int, model: str) -> str:
        if not self._may(who, publisher):
            return "NotSigner"
        if (model, publisher) not in self.said:
            return "NotRegistered"
        if self.said[model, publisher].withdrawn:
            return "AlreadyRevoked"
        self.said[model, publisher].withdrawn = now
        return ""

    def record(self, who: str, now: int, publisher: int, root: str, count: int) -> str:
        if publisher and not self._may(who, publisher):
            return "NotSigner"
        if not count:
            return "BatchSize"
        known = self.lists.get((who, root))
        if known is not None and not known.withdrawn:
            return "AlreadyRecorded"
        self.lists[who, root] = List(publisher, count, now)
        return ""

    def withdraw_outputs(self, who: str, now: int, signer: str, root: str) -> str:
        known = self.lists.get((signer, root))
        if known is None:
            return "NotRegistered"
        if who != signer and not (known.publisher and self._may(who, known.publisher)):
            return "NotSigner"
        if known.withdrawn:
            return "AlreadyRevoked"
        known.withdrawn = now
        return ""

    def retire(self, who: str, now: int, publisher: int, items: Sequence[str]) -> str:
        if not self._may(who, publisher):
            return "NotSigner"
        if not items:
            return "BatchSize"
        if len(set(items)) < len(items) or any((publisher, item) in self.retired for item in items):
            return "AlreadyRetired"
        self.retired |= {(publisher, item): now for item in items}
        return ""

    def _may(self, who: str, publisher: int) -> bool:
        return who in self.signers.get(publisher, set())
