"""How the detectors on this computer stand with the register of models, as the mirror on this computer has it.

A model that its owner withdrew, or whose parts are registered otherwise than they are here, is not used. One that is
not registered is: whoever adds a model of their own need not tell anybody. Where the register cannot be read, nothing
is known, and that is said.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from touchstone.check.models import Hashes, Installed, ModelStore
from touchstone.check.register_claims import moment
from touchstone.check.register_home import addresses
from touchstone.modelfile import Task
from touchstone.paths import Home
from touchstone.registry.model_types import ModelEntry, Standing
from touchstone.report import Finding

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.registry.model_lookup import Models

_log = logging.getLogger(__name__)
_LONGEST = 200  # characters of what a publisher wrote
_BARRED: Mapping[Standing, str] = {Standing.WITHDRAWN: "model-withdrawn", Standing.DIFFERS: "model-differs"}


@dataclass(frozen=True, slots=True)
class Registered:
    """How a model stands. `entry` is what decides, None where nothing is registered.

    `manifest` is the SHA-256 of its manifest, "" where it was not looked at: what a finding is recorded under.
    """

    standing: Standing = Standing.UNKNOWN
    entry: ModelEntry | None = None
    network: str = ""
    domain_verified: bool = False
    manifest: str = ""

    @property
    def barred(self) -> str:
        """Why the model may not be used, as the code of a finding; empty where it may."""
        return _BARRED.get(self.standing, "")

    @property
    def owner(self) -> str:
        """What its owner is called: a domain where that vouches for it, else a name of anybody's making."""
        if self.entry is None:
            return ""
        named = self.entry.domain if self.domain_verified else self.entry.name or self.entry.domain
        return named[:_LONGEST]

    def why(self) -> dict[str, Any]:
        """What a sentence about a model that is not used needs."""
        named = {"untrusted_publisher": self.owner} if self.owner else {}
        return named | ({"reason": self.entry.reason} if self.entry is not None and self.entry.reason else {})

    def details(self) -> dict[str, Any]:
        """What a finding says of it."""
        found: dict[str, Any] = {
            "registered": self.standing in {Standing.REGISTERED, Standing.DEPRECATED},
            "standing": str(self.standing),
        }
        if self.manifest:
            found["manifest_sha256"] = self.manifest
        if self.entry is not None:
            found["registered_by"] = {
                "network": self.network,
                "model": self.entry.model,
                "publisher": self.entry.owner,
                "untrusted_name": self.owner,
                "domain_verified": self.domain_verified,
                "registered": moment(self.entry.registered),
                "block": self.entry.block,
            }
        return found


class ModelRegister:
    """Looks models up in the mirror of one network. Thread-safe; nothing is kept open.

    `first_start` registers what came with the application on the practice ledger, where it is not there yet.
    """

    def __init__(self, home: Home, network: str, store: ModelStore, *, first_start: bool = False) -> None:
        self._home, self.network, self._store = home, network, store
        self._first_start = first_start
        self._known: tuple[Any, dict[str, Registered]] | None = None
        self._lock = threading.Lock()

    def standings(self, listed: Iterable[Installed]) -> Mapping[str, Registered]:
        """How each of these models stands, by its id. Never raises."""
        listed = list(listed)
        with self._lock:
            try:
                return self._standings(listed)
            except Exception as error:  # noqa: BLE001 - whatever is wrong with a register must not cost the check
                _log.info("the register of models could not be asked: %r", error)
                return {one.manifest.id: Registered(network=self.network) for one in listed}

    def _standings(self, listed: list[Installed]) -> dict[str, Registered]:
        from touchstone.chain.networks import Networks
        from touchstone.registry.lookup_types import mirror_path

        network = Networks.load(self._home).get(self.network)
        if self._first_start and network.practice:
            self._first_start = False
            self._register_shipped(network)
        hashes = {one.manifest.id: self._store.hashes(one) for one in listed}
        key = (_stamp(self._home, mirror_path(self._home, network)), hashes)
        if self._known is None or self._known[0] != key:
            self._known = key, self._looked_up(network, listed, hashes)
        return self._known[1]

    def _register_shipped(self, network: Network) -> None:
        from touchstone.chain.errors import ChainError
        from touchstone.check.models_first_start import register_shipped
        from touchstone.store.database import StoreError

        try:
            register_shipped(self._home, network, self._store)
        except (ChainError, StoreError, sqlite3.Error, OSError) as error:
            _log.info("the models were not registered: %r", error)

    def _looked_up(
        self, network: Network, listed: Iterable[Installed], hashes: Mapping[str, Hashes]
    ) -> dict[str, Registered]:
        from touchstone.registry.model_lookup import Models

        models = Models(self._home, network)
        try:
            found = {}
            for one in listed:
                asked = hashes[one.manifest.id]
                standing, entry = self._standing(models, network, one, asked)
                if standing is Standing.UNKNOWN and network.practice and not self._home.ledger.exists():
                    standing = Standing.NOT_REGISTERED  # there is nothing yet that could hold it
                vouched = _vouched(self._home, network, entry)
                found[one.manifest.id] = Registered(standing, entry, network.name, vouched, asked.manifest)
            return found
        finally:
            models.close()

    def _standing(
        self, models: Models, network: Network, one: Installed, hashes: Hashes
    ) -> tuple[Standing, ModelEntry | None]:
        asked = (hashes.manifest, hashes.weights, hashes.record)
        said = models.standing(*asked, everybody=True)
        if network.practice or said[0] in {Standing.UNKNOWN, Standing.NOT_REGISTERED}:
            return said  # who is heard makes no difference, and to know who made it takes a signature to be checked
        trusted = models.controlled_by(addresses(self._home))
        return models.standing(*asked, trusted=trusted, makers=_makers(one))


def told(finding: Finding, asked: Mapping[Task, Installed], standings: Mapping[str, Registered]) -> Finding:
    """A detector's finding with what the register says of the model that made it, or was not let to."""
    if finding.code in _BARRED.values():
        one = asked[Task(str(finding.witness))]
        known = standings[one.manifest.id]
        details = {"model": one.manifest.id, "model_sha256": one.manifest.sha256, **known.details()}
        return replace(finding, params=known.why(), details=details)
    known_of = standings.get(finding.details.get("model", ""))
    return finding if known_of is None else replace(finding, details={**finding.details, **known_of.details()})


def barred(asked: Mapping[Task, Installed], standings: Mapping[str, Registered]) -> dict[Task, str]:
    """The detectors that may not be asked, by the code of why."""
    codes = {task: standings[one.manifest.id].barred for task, one in asked.items() if one.manifest.id in standings}
    return {task: code for task, code in codes.items() if code}


def _makers(one: Installed) -> tuple[str, ...]:
    """Who sealed a model, if that seal holds: what its maker says is heard, whatever became of the model here."""
    from touchstone.lineage import seal

    try:
        return (seal.read(one.folder / seal.SEAL).address,)
    except (seal.SealError, OSError):
        return ()


def _vouched(home: Home, network: Network, entry: ModelEntry | None) -> bool:
    if entry is None or not entry.domain:
        return False
    from touchstone.registry.domain_proofs import DomainProofs

    return DomainProofs.load(home).state(network, entry.owner, entry.domain, entry.controller).is_verified


def _stamp(home: Home, mirror: Any) -> tuple[Any, ...]:
    """Changes when the mirror or what is known of domains does."""
    places = (mirror, mirror.with_name(mirror.name + "-wal"), home.registers / "domains.json")
    return tuple(_changed(path) for path in places)


def _changed(path: Any) -> tuple[int, int]:
    try:
        told = path.stat()
    except OSError:
        return (0, 0)
    return (told.st_mtime_ns, told.st_size)
