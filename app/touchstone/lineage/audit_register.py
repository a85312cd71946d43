"""Audit steps that rest on the register: what it says of the model, who stands behind the seal, what others say."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from touchstone.chain.errors import ChainError
from touchstone.lineage.audit_case import Case
from touchstone.lineage.audit_find import Register, differing, elsewhere, values
from touchstone.lineage.audit_types import Place
from touchstone.registry.model_types import ModelEntry, Status

if TYPE_CHECKING:
    from touchstone.chain.network import Network

_MOST_SHOWN = 50
_PAGE = 1000
_MOST_OUTPUTS = 100_000  # that are looked at for the lists that they are in
# Fields of an entry that never change once it is there.
LASTING = (
    *("chain_id", "contract", "model", "publisher", "signer", "manifest", "weights", "data_root", "items", "record"),
    *("evaluation", "family", "parents", "untrusted_uri", "registered", "block", "tx"),
)


def register(case: Case, found: Register) -> None:
    """What the register says of this model."""
    case.at(Place.REGISTER)
    if found.quiet:
        case.not_checked(Place.REGISTER, found.quiet, **found.params)
        return
    entry = case.entry
    if entry is None:
        _not_registered(case)
        return
    _facts(case, entry, found)
    said = {"publisher": entry.publisher, "untrusted_name": entry.name, "time": entry.registered}
    if found.otherwise:
        case.failed(Place.REGISTER, "registered-otherwise", field="manifest", **said)
    elif fields := differing(values(case), entry):
        case.failed(Place.REGISTER, "register-differs", field=fields[0], fields=fields, **said)
    elif case.manifest_hash and _id(entry) != entry.model:
        case.failed(Place.REGISTER, "id-differs", field="model", **said)
    _standing(case, entry, said)
    _asked_nodes(case, entry)
    if case.told is not None and not _of_another_chain(case):
        _told(case, entry, case.told)
    if not case.failures(Place.REGISTER):
        code = "deprecated" if entry.status is Status.DEPRECATED else "registered"
        case.verified(Place.REGISTER, code, reason=entry.reason, **said)
    _notes(case, entry, found)


def _id(entry: ModelEntry) -> str:
    from touchstone.registry import models

    return models.id_of(entry.publisher, entry.manifest)


def _standing(case: Case, entry: ModelEntry, said: Mapping[str, Any]) -> None:
    if entry.status is Status.REVOKED:
        told = {**said, "time": entry.changed}
        case.failed(Place.REGISTER, "withdrawn", reason=entry.reason, field="status", **told)
    if not entry.counts:
        case.failed(Place.REGISTER, "signer-compromised", address=entry.signer, field="signer", **said)


def _asked_nodes(case: Case, entry: ModelEntry) -> None:
    """Hold the mirror's word to the contract's, where there are nodes to ask."""
    if not case.nodes or case.network is None:
        return
    from touchstone.registry import models

    try:
        now = models.model(case.nodes, case.network, entry.model)
    except ChainError as error:
        case.not_checked(Place.REGISTER, "contract-not-asked", why=str(error.code))
        return
    if now is None:
        case.failed(Place.REGISTER, "contract-differs", field="model")
        return
    names = ("owner", "status", "reason", "manifest", "weights", "data_root", "items", "record", "evaluation", "family")
    wrong = [name for name in names if getattr(now, name) != getattr(entry, name)]
    if wrong:
        case.failed(Place.REGISTER, "contract-differs", field=wrong[0], fields=wrong)
    else:
        case.fact(Place.REGISTER, contract_agrees=True)


def _told(case: Case, entry: ModelEntry, told: Mapping[str, Any]) -> None:
    """Hold what the bundle says of the register to the register."""
    network = case.network
    assert network is not None  # noqa: S101 - it was asked
    now = facts_of(network, entry)
    wrong = [name for name in LASTING if told.get(name) != now[name]]
    if wrong:
        case.failed(Place.REGISTER, "bundle-differs", field=f"register.json: {wrong[0]}")


def _of_another_chain(case: Case) -> bool:
    """Whether there is a bundle that speaks of the register of another chain than the one that was asked."""
    return case.told is not None and case.network is not None and case.told.get("chain_id") != case.network.chain_id


def _notes(case: Case, entry: ModelEntry, found: Register) -> None:
    """What is said besides, without being a fault of the model."""
    if case.told is not None and _of_another_chain(case):
        case.not_checked(Place.REGISTER, "bundle-of-another-chain", chain_id=case.told.get("chain_id"))
    if found.stale:
        case.not_checked(Place.REGISTER, "mirror-old", why=found.stale, time=found.synced)
    finished = case.record.finished if case.record is not None else ""
    if finished and datetime.datetime.fromisoformat(finished).timestamp() > entry.registered:
        case.not_checked(Place.REGISTER, "registered-before-finished", time=entry.registered)
    if found.models is not None:
        same = found.models.by_weights(entry.weights)
        records = {one.record for one in same if one.record != entry.record}
        if records:
            case.not_checked(Place.REGISTER, "other-records", count=len(records))


def facts_of(network: Network, entry: ModelEntry) -> dict[str, Any]:
    """An entry as JSON-ready data: what never changes (`LASTING`), and how it stands now."""
    data = dataclasses.asdict(entry)
    named = {f"untrusted_{key}" if key in {"name", "domain", "uri"} else key: value for key, value in data.items()}
    told = {"network": network.name, "chain_id": network.chain_id, "contract": network.models}
    return {**named, **told, "parents": list(entry.parents), "status": int(entry.status)}


def _facts(case: Case, entry: ModelEntry, found: Register) -> None:
    assert case.network is not None  # noqa: S101 - it was asked
    case.fact(Place.REGISTER, **facts_of(case.network, entry))
    case.fact(Place.REGISTER, practice=case.network.practice, synced=found.synced)
    case.fact(Place.REGISTER, domain_verified=_vouched(case, case.network, entry))
    case.fact(Place.REGISTER, others=[one.publisher for one in found.others][:_MOST_SHOWN])


def _vouched(case: Case, network: Network, entry: ModelEntry) -> bool:
    """Whether the domain of its owner was found to vouch for it, as far as that was kept."""
    if not entry.domain or not entry.controller:
        return False
    from touchstone.registry.domain_proofs import DomainProofs

    return DomainProofs.load(case.home).state(network, entry.owner, entry.domain, entry.controller).is_verified


def _not_registered(case: Case) -> None:
    """Nothing here; perhaps on another network whose mirror is on this computer."""
    first = next(iter(elsewhere(case)), None)
    if first is not None:
        case.not_checked(Place.REGISTER, "registered-elsewhere", network=first.name, chain_id=first.chain_id)
    elif case.told is not None and _of_another_chain(case):
        case.not_checked(Place.REGISTER, "bundle-of-another-chain", chain_id=case.told.get("chain_id"))
    else:
        case.not_checked(Place.REGISTER, "not-registered")


def sealer(case: Case, found: Register) -> None:
    """Whether the key of the seal acts for the publisher that registered the model, or for the one that has it now."""
    if case.seal is None:
        return
    address = case.seal.address
    entry = case.entry
    if entry is None or found.otherwise:
        if not case.failures(Place.SEAL):
            case.verified(Place.SEAL, "seal-fits", address=address)
        return
    one = found.sealers.get(entry.publisher) or found.sealers.get(entry.owner)
    if one is None:
        case.failed(Place.SEAL, "seal-of-stranger", address=address, field="signature.address")
        return
    key = one.signers[address.lower()]
    case.fact(Place.SEAL, publisher=one.number, untrusted_name=one.name)
    sealed = int(datetime.datetime.fromisoformat(case.seal.time).timestamp())
    if not key.counts(sealed):
        case.failed(Place.SEAL, "seal-compromised", address=address, time=key.compromised, field="signature.address")
    elif not case.failures(Place.SEAL):
        case.verified(Place.SEAL, "seal-of-publisher", address=address, publisher=one.number, untrusted_name=one.name)


def attestations(case: Case, found: Register) -> None:
    """Count what others say was measured of it."""
    if _unasked(case, found, Place.ATTESTATIONS):
        return
    assert found.models is not None and case.entry is not None  # noqa: S101, PT018 - or it was unasked
    said = found.models.attestations(case.entry.model)
    standing = [one for one in said if not one.withdrawn and one.counts]
    own = case.record.evaluation if case.record is not None else case.entry.evaluation
    counts = {"count": len(standing), "withdrawn": sum(1 for one in said if one.withdrawn)}
    counts["same"] = sum(1 for one in standing if one.evaluation == own)
    shown = [
        {
            "publisher": one.publisher,
            "untrusted_name": one.name,
            "evaluation": one.evaluation,
            "untrusted_uri": one.uri,
            "attested": one.attested,
            "withdrawn": one.withdrawn,
            "counts": one.counts,
        }
        for one in said[:_MOST_SHOWN]
    ]
    case.fact(Place.ATTESTATIONS, **counts, list=shown)
    case.verified(Place.ATTESTATIONS, "attestations", **counts)


def outputs(case: Case, found: Register) -> None:
    """Count what is recorded of what it said."""
    if _unasked(case, found, Place.OUTPUTS):
        return
    assert found.models is not None and case.entry is not None  # noqa: S101, PT018 - or it was unasked
    count, withdrawn, roots = found.models.count_outputs(case.entry.manifest), 0, set()
    for offset in range(0, min(count, _MOST_OUTPUTS), _PAGE):
        case.at(Place.OUTPUTS)
        page = found.models.outputs_by(case.entry.manifest, _PAGE, offset)
        withdrawn += sum(1 for one in page if one.list.withdrawn)
        roots |= {(one.list.signer, one.list.root) for one in page}
    counts = {"count": count, "withdrawn": withdrawn, "lists": len(roots)}
    case.fact(Place.OUTPUTS, **counts)
    case.verified(Place.OUTPUTS, "outputs", **counts)


def _unasked(case: Case, found: Register, place: Place) -> bool:
    """Say why the register was not asked about this; whether it was not."""
    case.at(place)
    if found.quiet:
        case.not_checked(place, found.quiet, **found.params)
    elif case.entry is None or found.otherwise:
        case.not_checked(place, "not-registered")
    return bool(found.quiet) or case.entry is None or found.otherwise
