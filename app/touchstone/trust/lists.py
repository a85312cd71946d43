"""Whom the user trusts: three lists kept apart (official, interim, yours), dated, and never merged.

Each imported file is stored as the certificates it held, under a name of its own; `index.json` says which of them
count. The index is written last and whole, so that a reader sees the lists of before or those of after.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from touchstone.store.files import Trouble, locked, trouble_of, write_atomically
from touchstone.trust.certificates import ListRefusedError, Parsed, Refusal, parse
from touchstone.trust.releases import KNOWN

_SCHEMA = "touchstone.trust/1"
_MOST_OF_YOURS = 64
_NAME = 120


class Slot(StrEnum):
    """Which list something is on, in the order in which they are asked."""

    OFFICIAL = "official"
    INTERIM = "interim"
    YOURS = "yours"


class TrustError(Exception):
    """The lists could not be written; `trouble` says why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class TrustList:
    """One imported file. Dates are ISO 8601 in UTC, empty where nothing states them.

    `sha256` is that of the file as it came, `stored` that of the certificates kept. `recognised` is true for a
    release known by its hash. `source` is the address or the file name it came from.
    """

    name: str
    slot: Slot
    sha256: str
    stored: str
    issued: str
    next_update: str
    imported: str
    count: int
    expired: int
    unreadable: int
    time_stamps: bool
    recognised: bool
    source: str

    def overdue(self, now: datetime | None = None) -> bool:
        """Whether its publisher was to have replaced it by now."""
        moment = now or datetime.now(UTC)
        return bool(self.next_update) and datetime.fromisoformat(self.next_update) < moment

    @property
    def key(self) -> tuple[str, bool, str]:
        """What an import with the same key replaces."""
        return self.slot, self.time_stamps, self.stored if self.slot is Slot.YOURS else ""


@dataclass(frozen=True, slots=True)
class TrustSnapshot:
    """The lists as they are now. `anchors` holds PEM by slot, `time_stamps` that of the time-stamp authorities."""

    lists: tuple[TrustList, ...] = ()
    anchors: Mapping[Slot, str] = field(default_factory=dict)
    time_stamps: str = ""
    damaged: tuple[str, ...] = ()  # names of lists whose stored certificates are missing or altered

    def dates(self) -> dict[str, str]:
        """The day each list was issued, or imported where it does not say, by slot (`time-stamps` apart)."""
        found: dict[str, str] = {}
        for one in self.lists:
            key = "time-stamps" if one.time_stamps else str(one.slot)
            found[key] = max(found.get(key, ""), (one.issued or one.imported)[:10])
        return found


class TrustStore:
    """The folder of trust lists. Several processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def snapshot(self) -> TrustSnapshot:
        """The lists that can be used now. Never raises: what is damaged is named and left out."""
        listed, unusable = self._index()
        kept: list[TrustList] = []
        anchors: dict[Slot, str] = {}
        time_stamps = ""
        for one in listed:
            pem = self._stored(one)
            if pem is None:
                unusable.append(one.name)
                continue
            kept.append(one)
            if one.time_stamps:
                time_stamps += pem
            else:
                anchors[one.slot] = anchors.get(one.slot, "") + pem
        return TrustSnapshot(tuple(kept), anchors, time_stamps, tuple(unusable))

    def add(self, data: bytes, source: str, slot: Slot = Slot.YOURS) -> TrustList:
        """Take a file's certificates onto a list; for `official` and `interim` they replace what was there.

        Raises:
            ListRefusedError: the file is not a list that can be taken.
            TrustError: it could not be written.
        """
        parsed = parse(data)
        entry = _entry(parsed, source, slot)
        try:
            with locked(self._folder / ".lock"):
                self._put(entry, parsed.pem)
        except OSError as error:
            raise TrustError(trouble_of(error)) from error
        return entry

    def remove(self, sha256: str) -> bool:
        """Take a file's certificates off the lists again, by the hash of the file; false where none is there.

        Raises:
            TrustError: it could not be written.
        """
        try:
            with locked(self._folder / ".lock"):
                listed, _damaged = self._index()
                left = [one for one in listed if one.sha256 != sha256]
                if len(left) == len(listed):
                    return False
                self._write(left, listed)
        except OSError as error:
            raise TrustError(trouble_of(error)) from error
        return True

    def _put(self, entry: TrustList, pem: str) -> None:
        listed, _damaged = self._index()
        replaced = [one for one in listed if one.key == entry.key]
        if any(one.issued and entry.issued and one.issued > entry.issued for one in replaced):
            raise ListRefusedError(Refusal.OLDER)
        left = [one for one in listed if one.key != entry.key]
        if sum(one.slot is Slot.YOURS for one in left) >= _MOST_OF_YOURS:
            raise ListRefusedError(Refusal.TOO_MANY)
        write_atomically(self._path(entry), pem.encode("ascii"))
        self._write([*left, entry], listed)

    def _write(self, entries: list[TrustList], before: list[TrustList]) -> None:
        order = list(Slot)
        entries.sort(key=lambda one: (order.index(one.slot), one.time_stamps, one.imported))
        document = {"schema": _SCHEMA, "lists": [asdict(one) for one in entries]}
        write_atomically(self._folder / "index.json", json.dumps(document, indent=1).encode())
        used = {self._path(one) for one in entries}
        for one in before:
            if self._path(one) not in used:
                with contextlib.suppress(OSError):
                    self._path(one).unlink()

    def _index(self) -> tuple[list[TrustList], list[str]]:
        try:
            document = json.loads((self._folder / "index.json").read_bytes())
            if document["schema"] != _SCHEMA:
                return [], ["index.json"]
            return [_from_index(entry) for entry in document["lists"]], []
        except FileNotFoundError:
            return [], []
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return [], ["index.json"]

    def _stored(self, one: TrustList) -> str | None:
        try:
            data = self._path(one).read_bytes()
            if hashlib.sha256(data).hexdigest() == one.stored:
                return data.decode("ascii")
        except (OSError, UnicodeDecodeError):
            pass
        return None

    def _path(self, one: TrustList) -> Path:
        return self._folder / f"{one.slot}-{one.stored[:24]}.pem"


def _entry(parsed: Parsed, source: str, slot: Slot) -> TrustList:
    release = KNOWN.get(parsed.sha256)
    known = release is not None and release.slot == slot
    entry = TrustList(
        name=Path(source).name[:_NAME] or str(slot),
        slot=slot,
        sha256=parsed.sha256,
        stored=hashlib.sha256(parsed.pem.encode("ascii")).hexdigest(),
        issued=parsed.issued,
        next_update=parsed.next_update,
        imported=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        count=parsed.count,
        expired=parsed.expired,
        unreadable=parsed.unreadable,
        time_stamps=parsed.time_stamps,
        recognised=known,
        source=source[:500],
    )
    if release is not None and known:
        entry = replace(entry, issued=release.issued, next_update=release.next_update, time_stamps=release.time_stamps)
    if entry.time_stamps and slot is not Slot.OFFICIAL:
        raise ListRefusedError(Refusal.TIME_STAMPS_ELSEWHERE)
    return entry


def _from_index(entry: Mapping[str, Any]) -> TrustList:
    values = {f.name: entry[f.name] for f in fields(TrustList)}
    kinds = {"count": int, "expired": int, "unreadable": int, "time_stamps": bool, "recognised": bool}
    for name, value in values.items():
        if not isinstance(value, kinds.get(name, str)):
            raise TypeError(name)
    found = TrustList(**{**values, "slot": Slot(values["slot"])})
    if len(found.stored) != 64 or not set(found.stored) <= set("0123456789abcdef"):
        raise ValueError("stored")
    found.overdue()
    return found
