"""The register as an audit asks it: brought up to date as far as that goes, and which entry is about this model."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.lineage.audit_case import AuditStoppedError, Case
from touchstone.lineage.audit_types import Place
from touchstone.registry.model_types import ModelEntry
from touchstone.store.database import StoreError

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.registry.lookup_types import MirrorState
    from touchstone.registry.model_lookup import Models
    from touchstone.registry.own import OwnPublisher


@dataclasses.dataclass(frozen=True, slots=True)
class Register:
    """The register as it could be asked. `quiet` is why it could not, "" where it could; `stale` why it may be old."""

    quiet: str = ""
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    models: Models | None = None
    stale: str = ""
    synced: int = 0  # unix seconds
    others: tuple[ModelEntry, ...] = ()  # of the same manifest, by others
    sealers: Mapping[int, OwnPublisher] = dataclasses.field(default_factory=dict)
    otherwise: bool = False  # the entry is about other bytes than these

    def close(self) -> None:
        """Let go of the mirror."""
        if self.models is not None:
            self.models.close()


def find(case: Case) -> Register:
    """Bring the mirror up to date as far as that goes, and find the entry about this model."""
    case.at(Place.REGISTER)
    found = _asked(case)
    if found.models is None:
        return found
    try:
        return _chosen(case, found, found.models)
    except StoreError as error:
        found.close()
        case.entry = None
        return Register("mirror-unreadable", {"why": str(error.code)})
    except BaseException:
        found.close()
        raise


def _asked(case: Case) -> Register:
    network = case.network
    if network is None:
        return Register("offline")
    if not network.models:
        return Register("no-register-of-models", {"network": network.name})
    if network.public and not network.consented:
        return Register("no-consent", {"network": network.name})
    if network.practice and not case.home.ledger.exists():
        return Register("no-ledger")
    state, stale = None, ""
    try:
        state = _state(case, network)
    except ChainError as error:
        if error.code is ChainTrouble.STOPPED and case.cancel is not None and case.cancel.is_set():
            raise AuditStoppedError from error
        stale = str(error.code)
    try:
        return _opened(case, network, state, stale)
    except StoreError as error:
        return Register("mirror-unreadable", {"why": str(error.code)})


def _state(case: Case, network: Network) -> MirrorState | None:
    """How far the mirror goes once what is new was read; None where nobody can be asked for it. Raises ChainError."""
    if not network.practice and not case.nodes:
        return None
    from touchstone.registry import mirror

    return mirror.sync(case.home, network, () if network.practice else case.nodes, cancel=case.cancel)


def _opened(case: Case, network: Network, state: MirrorState | None, stale: str) -> Register:
    from touchstone.registry.lookup import Register as Mirror
    from touchstone.registry.model_lookup import Models

    if state is None:
        mirror = Mirror(case.home, network)
        try:
            state = mirror.state()
        finally:
            mirror.close()
        stale = stale or "not-asked"
    if state.synced_block < 0:
        return Register("node-down" if stale != "not-asked" else "no-mirror", {"why": stale})
    models = Models(case.home, network)
    try:
        if models.is_known():
            return Register(models=models, stale=stale, synced=state.synced_at)
    except BaseException:
        models.close()
        raise
    models.close()
    return Register("models-not-read", {"network": network.name})


def _chosen(case: Case, found: Register, models: Models) -> Register:
    """The entry about this very manifest, by the publisher of the sealing key before others; else about its parts."""
    network = case.network
    assert network is not None  # noqa: S101 - it was asked
    sealers: dict[int, OwnPublisher] = {}
    if case.seal is not None:
        from touchstone.registry import own

        people = own.publishers(case.home, network, [case.seal.address.lower()])
        sealers = {one.number: one for one in people if _signs(one, case.seal.address)}
    entries = _distinct(models.by_manifest(case.manifest_hash) if case.manifest_hash else ())
    otherwise = not entries
    if otherwise:
        entries = _about_parts(case, models)
    # Any publisher can call any address its signer; to register with the sealing key itself takes the key.
    sealed = case.seal.address.lower() if case.seal is not None else ""
    entries.sort(
        key=lambda one: (
            one.signer != sealed,
            one.publisher not in sealers,
            not one.counts,
            -_fits(case, one),
            one.block,
        )
    )
    case.entry = entries[0] if entries else None
    others = () if otherwise else tuple(entries[1:])
    return dataclasses.replace(found, others=others, sealers=sealers, otherwise=otherwise and bool(entries))


def _signs(one: OwnPublisher, address: str) -> bool:
    from touchstone.registry.publishers import Role

    signer = one.signers.get(address.lower())
    return signer is not None and bool(signer.roles & Role.MODEL)


def _about_parts(case: Case, models: Models) -> list[ModelEntry]:
    """Entries that name another manifest with these weights or this record, or the manifest that the seal names."""
    hashes = [one.sha256 for one in (case.manifest,) if one is not None]
    hashes += [one.weights.sha256 for one in (case.record,) if one is not None]
    found = [entry for weights in dict.fromkeys(hashes) for entry in models.by_weights(weights)]
    found += models.by_record(case.record_hash) if case.record_hash else ()
    if case.seal is not None:
        found += [*models.by_manifest(case.seal.manifest), *models.by_record(case.seal.record)]
    return _distinct(found)


def _distinct(entries: Iterable[ModelEntry]) -> list[ModelEntry]:
    return list({entry.model: entry for entry in entries}.values())


def values(case: Case) -> dict[str, Any]:
    """What the files here say, by the fields of a register's entry; what is not known is left out."""
    said: dict[str, Any] = {"manifest": case.manifest_hash, "record": case.record_hash}
    if case.record is not None:
        said |= {"data_root": case.record.data.root, "items": case.record.data.items}
        said |= {"weights": case.record.weights.sha256, "evaluation": case.record.evaluation}
    if case.manifest is not None:
        said["weights"] = case.manifest.sha256
    if case.weights_hash:
        said["weights"] = case.weights_hash
    return {name: value for name, value in said.items() if value}


def differing(said: Mapping[str, Any], entry: ModelEntry) -> list[str]:
    """The fields in which an entry says other than `said`. One that tells no data or evaluation says nothing of it."""
    untold = {name for name in ("data_root", "evaluation") if not getattr(entry, name)}
    untold |= {"items"} if "data_root" in untold else set()
    return [name for name, value in said.items() if name not in untold and getattr(entry, name) != value]


def _fits(case: Case, entry: ModelEntry) -> int:
    said = values(case)
    return len(said) - len(differing(said, entry))


def elsewhere(case: Case) -> Iterator[Network]:
    """Other networks with this manifest on their register, as far as their mirrors are on this computer."""
    from touchstone.chain.networks import Networks
    from touchstone.registry.lookup_types import mirror_path
    from touchstone.registry.model_lookup import Models

    for network in Networks.load(case.home).by_name.values():
        same = case.network is not None and network.name == case.network.name
        if same or not mirror_path(case.home, network).exists() or not case.manifest_hash:
            continue
        try:
            models = Models(case.home, network)
            try:
                if models.by_manifest(case.manifest_hash):
                    yield network
            finally:
                models.close()
        except StoreError:
            continue


def known(found: Register, weights: str, record: str | None) -> Sequence[ModelEntry]:
    """Registered models with these weights, and with this record where that is told."""
    if found.models is None:
        return ()
    entries = found.models.by_weights(weights)
    return [one for one in entries if record is None or one.record == record]
