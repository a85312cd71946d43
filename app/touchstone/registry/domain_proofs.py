"""What was found out about domains earlier: kept in one file, dated, and worth nothing once it is old. No socket."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from touchstone.chain.network import Network
from touchstone.paths import Home
from touchstone.store.files import free_name, locked, write_atomically

KEEPS = timedelta(days=30)
_VERSION = 1
_LARGEST = 16 * 1024 * 1024
_MOST = 20_000
_TRANSIENT = "unreachable"


class Way(StrEnum):
    """Where a domain was found to vouch for a publisher."""

    DNS = "dns"
    DID = "did"


class DomainFailure(StrEnum):
    """Why a domain does not vouch for a publisher."""

    NOT_CLAIMED = "not-claimed"  # the publisher does not claim it on the register (any more)
    NO_RECORD = "no-record"  # neither a DNS record nor a document is there
    OTHER_PUBLISHER = "other-publisher"  # what is there names another publisher, network or controller
    MALFORMED = "malformed"  # the document is none
    UNREACHABLE = "unreachable"


class Standing(StrEnum):
    """What is known of a domain now."""

    NEVER = "never"  # nobody has looked
    VERIFIED = "verified"
    STALE = "stale"  # it was verified, too long ago or for another controller
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Proof:
    """One look: when (ISO 8601), for which controller (lower case), and where it was found or why it was not."""

    checked: str
    controller: str
    way: Way | None
    failure: DomainFailure | None


@dataclass(frozen=True, slots=True)
class DomainState:
    """What is known of a publisher's domain. `checked` is ISO 8601, "" for never; `way` is "" unless verified."""

    domain: str
    standing: Standing
    checked: str = ""
    way: str = ""
    failure: str = ""

    @property
    def is_verified(self) -> bool:
        """Whether the domain may be shown as the publisher's own."""
        return self.standing is Standing.VERIFIED


@dataclass(frozen=True, slots=True)
class DomainProofs:
    """Everything that was kept, as it was read once."""

    entries: Mapping[str, Proof]

    @classmethod
    def load(cls, home: Home) -> DomainProofs:
        """What is kept; nothing where it cannot be read."""
        try:
            return cls(_parse(_read(_path(home))))
        except (OSError, ValueError):
            return cls({})

    def state(
        self, network: Network, publisher: int, domain: str, controller: str = "", now: datetime | None = None
    ) -> DomainState:
        """What is known of a domain; a proof for another controller than this one is out of date."""
        proof = self.entries.get(_key(network, publisher, domain))
        if proof is None or not domain:
            return DomainState(domain, Standing.NEVER)
        if proof.way is None:
            return DomainState(domain, Standing.FAILED, proof.checked, failure=str(proof.failure))
        age = (now or datetime.now(UTC)) - datetime.fromisoformat(proof.checked)
        other = bool(controller) and controller.lower() != proof.controller
        standing = Standing.STALE if age > KEEPS or age < -timedelta(days=1) or other else Standing.VERIFIED
        return DomainState(domain, standing, proof.checked, str(proof.way))


def verified(home: Home, network: Network, publisher: int, domain: str, controller: str = "") -> DomainState:
    """What is known of a publisher's domain, without asking anybody."""
    return DomainProofs.load(home).state(network, publisher, domain, controller)


def keep(home: Home, network: Network, publisher: int, domain: str, found: Proof) -> DomainState:
    """Keep what a look found. One that reached nobody does not take the place of a proof.

    Returns what the look itself came to.

    Raises:
        OSError: it cannot be kept.
    """
    key, path = _key(network, publisher, domain), _path(home)
    with locked(path.with_name("domains.lock")):
        try:
            entries = dict(_parse(_read(path)))
        except FileNotFoundError:
            entries = {}
        except ValueError:
            path.rename(free_name(path, "damaged"))
            entries = {}
        before = entries.pop(key, None)
        outlives = before is not None and before.way is not None and found.failure == _TRANSIENT
        entries[key] = before if outlives and before is not None else found
        newest = dict(list(entries.items())[-_MOST:])
        document = {"version": _VERSION, "proofs": {k: _plain(p) for k, p in newest.items()}}
        write_atomically(path, json.dumps(document, indent=0).encode())
    return DomainProofs({key: found}).state(network, publisher, domain)


def _plain(proof: Proof) -> list[str]:
    return [proof.checked, proof.controller, str(proof.way or ""), str(proof.failure or "")]


def _parse(data: bytes) -> Mapping[str, Proof]:
    """The proofs in `data`. Raises ValueError where it holds anything else."""
    try:
        found = json.loads(data)
        if found["version"] != _VERSION:
            raise ValueError("another version")
        return {str(key): _proof(*entry) for key, entry in found["proofs"].items()}
    except (AttributeError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("not proofs of domains") from error


def _proof(checked: str, controller: str, way: str, failure: str) -> Proof:
    if datetime.fromisoformat(checked).tzinfo is None or bool(way) == bool(failure):
        raise ValueError("not a proof")
    return Proof(checked, str(controller), Way(way) if way else None, DomainFailure(failure) if failure else None)


def _key(network: Network, publisher: int, domain: str) -> str:
    return f"{network.chain_id}:{network.publishers.lower()}:{publisher}:{domain}"


def _path(home: Home) -> Path:
    return home.registers / "domains.json"


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data: Any = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise ValueError("too large")
    return bytes(data)
