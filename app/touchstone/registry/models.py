"""Models on the register: what may be asked of it, and what it says about one, about a list of outputs, about an item.

Hashes, ids of models among them, are lower-case hex without 0x, "" for none. Each function that sends comes as an
`Intent` (`chain.send`); each that reads wants two nodes to say the same where there are two (`chain.agree`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from touchstone.chain import contracts
from touchstone.chain.agree import agreed_call
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.intent import Intent
from touchstone.chain.keccak import keccak256
from touchstone.chain.known_calls import intent
from touchstone.chain.network import Network
from touchstone.chain.networks import MODELS
from touchstone.chain.node import Node
from touchstone.registry.model_types import ModelReason, Output, RetirementReason, Status
from touchstone.registry.output_lists import NO_SCORE, Proof

MOST_PARENTS = 16
MOST_RETIRED = 500  # items in one `retire`
LONGEST_URI = 512  # bytes


@dataclass(frozen=True, slots=True)
class Registration:
    """What is registered of a model. `parents` are ids of registered models, `items` is 0 exactly without a root."""

    manifest: str
    weights: str
    record: str
    data_root: str = ""
    items: int = 0
    evaluation: str = ""
    parents: tuple[str, ...] = ()
    uri: str = ""


@dataclass(frozen=True, slots=True)
class ModelState:
    """A model as the register has it now. Times are unix seconds, 0 for never; `parents` is how many it has."""

    model: str
    owner: int
    pending_owner: int
    registered: int
    changed: int
    status: Status
    reason: int
    manifest: str
    weights: str
    record: str
    data_root: str
    items: int
    evaluation: str
    family: str
    parents: int


@dataclass(frozen=True, slots=True)
class AttestationState:
    """What a publisher attests of a model; `stands` is whether it has not taken that back."""

    evaluation: str
    attested: int
    withdrawn: int

    @property
    def stands(self) -> bool:
        """Whether it was not withdrawn."""
        return not self.withdrawn


@dataclass(frozen=True, slots=True)
class OutputsState:
    """A list of outputs under a root, in the name of `publisher` (0: of its signer alone)."""

    publisher: int
    count: int
    recorded: int
    withdrawn: int

    @property
    def stands(self) -> bool:
        """Whether it was not withdrawn."""
        return not self.withdrawn


def id_of(publisher: int, manifest: str) -> str:
    """The id that a publisher's model has, registered or not: Keccak-256 of both as words."""
    return keccak256(publisher.to_bytes(4).rjust(32, b"\0") + _word(manifest)).hex()


def register(network: Network, publisher: int, what: Registration) -> Intent:
    """Register a model."""
    return _intent(
        network,
        "register",
        publisher,
        {
            "manifest": _word(what.manifest),
            "weights": _word(what.weights),
            "dataRoot": _word(what.data_root),
            "items": what.items,
            "record": _word(what.record),
            "evaluation": _word(what.evaluation),
            "parents": [_word(parent) for parent in what.parents],
            "uri": what.uri,
        },
    )


def set_status(network: Network, model: str, status: Status, reason: ModelReason = ModelReason.UNSTATED) -> Intent:
    """Say how a model stands from now on; REVOKED is for ever."""
    return _intent(network, "setStatus", _word(model), int(status), int(reason))


def offer(network: Network, model: str, to: int) -> Intent:
    """Offer a model to another publisher, by the controller of its owner; to 0, to take an offer back."""
    return _intent(network, "offerModel", _word(model), to)


def accept(network: Network, model: str) -> Intent:
    """Take a model that was offered, by the controller of the publisher it was offered to."""
    return _intent(network, "acceptModel", _word(model))


def attest(network: Network, publisher: int, model: str, evaluation: str, uri: str = "") -> Intent:
    """Attest what was measured of a model, by the hash of the report."""
    return _intent(network, "attest", publisher, _word(model), _word(evaluation), uri)


def withdraw_attestation(
    network: Network, publisher: int, model: str, reason: ModelReason = ModelReason.UNSTATED
) -> Intent:
    """Take back what one's publisher attested."""
    return _intent(network, "withdrawAttestation", publisher, _word(model), int(reason))


def record_outputs(
    network: Network, publisher: int, root: bytes | str, count: int, list_hash: bytes | str, uri: str = ""
) -> Intent:
    """Record a list of outputs (`output_lists`); for publisher 0 in the signer's own name alone."""
    return _intent(network, "recordOutputs", publisher, _word(root), count, _word(list_hash), uri)


def withdraw_outputs(
    network: Network, signer: str, root: bytes | str, reason: ModelReason = ModelReason.UNSTATED
) -> Intent:
    """Withdraw a list of outputs that `signer` (an address) recorded."""
    return _intent(network, "withdrawOutputs", signer, _word(root), int(reason))


def retire(
    network: Network, publisher: int, items: Sequence[str], reason: RetirementReason = RetirementReason.UNSTATED
) -> Intent:
    """Say of up to `MOST_RETIRED` items, by SHA-256, that they are trained on no more. It cannot be undone."""
    return _intent(network, "retire", publisher, [_word(item) for item in items], int(reason))


def model(nodes: Sequence[Node], network: Network, model: str) -> ModelState | None:
    """A model by its id as it stands; None where none has it.

    Raises:
        ChainError: NOT_DEPLOYED {contract}: the network has no register of models. NODES_DISAGREE, or what a node can
            be.
    """
    found = _read(nodes, network, "modelOf", _word(model))
    if not found["registeredAt"]:
        return None
    try:
        status = Status(found["status"])
    except ValueError as error:
        raise ChainError(ChainTrouble.PROTOCOL) from error
    return ModelState(
        model=model,
        owner=found["owner"],
        pending_owner=found["pendingOwner"],
        registered=found["registeredAt"],
        changed=found["changedAt"],
        status=status,
        reason=found["reason"],
        manifest=_hex(found["manifest"]),
        weights=_hex(found["weights"]),
        record=_hex(found["record"]),
        data_root=_hex(found["dataRoot"]),
        items=found["items"],
        evaluation=_hex(found["evaluation"]),
        family=_hex(found["family"]),
        parents=found["parents"],
    )


def parents(nodes: Sequence[Node], network: Network, model: str, count: int) -> tuple[str, ...]:
    """The ids of the `count` models that a model names as what it was made from, in order. Raises as `model`."""
    return tuple(_hex(_read(nodes, network, "parentOf", _word(model), place)) for place in range(count))


def attestation(nodes: Sequence[Node], network: Network, model: str, publisher: int) -> AttestationState | None:
    """What a publisher attests of a model; None where it never did. Raises as `model`."""
    found = _read(nodes, network, "attestationOf", _word(model), publisher)
    if not found["attestedAt"]:
        return None
    return AttestationState(_hex(found["evaluation"]), found["attestedAt"], found["withdrawnAt"])


def outputs(nodes: Sequence[Node], network: Network, signer: str, root: bytes | str) -> OutputsState | None:
    """A list of outputs by who recorded it and its root; None where there is none. Raises as `model`."""
    found = _read(nodes, network, "outputsOf", signer, _word(root))
    if not found["recordedAt"]:
        return None
    return OutputsState(found["publisher"], found["count"], found["recordedAt"], found["withdrawnAt"])


def verify_output(nodes: Sequence[Node], network: Network, signer: str, proof: Proof) -> bool:
    """Whether the register takes an output to stand in a list that `signer` recorded and that is not withdrawn.

    Raises as `model`.
    """
    struct = output_struct(proof.index, proof.output)
    return bool(_read(nodes, network, "verifyOutput", signer, proof.root, struct, list(proof.path)))


def output_struct(index: int, output: Output) -> dict[str, Any]:
    """An output as the contract takes it."""
    return {
        "index": index,
        "manifest": _word(output.manifest),
        "media": _word(output.media),
        "witness": output.witness.encode("ascii").ljust(32, b"\0"),
        "score": NO_SCORE if output.score is None else output.score,
        "decision": int(output.decision),
        "time": output.time,
    }


def retired_at(nodes: Sequence[Node], network: Network, publisher: int, item: str) -> int:
    """When a publisher retired an item, in unix seconds; 0 where it did not. Raises as `model`."""
    return int(_read(nodes, network, "retiredAt", publisher, _word(item)))


def absent_from(nodes: Sequence[Node], network: Network, model: str, item: str, proof: Mapping[str, Any]) -> bool:
    """Whether the register takes an item to be proved absent from what a model was trained on.

    `proof` is the contract's `Absence`: {index, left, right, leftPath, rightPath}. False for a model that tells no
    data, or that there is not. Raises as `model`.
    """
    return bool(_read(nodes, network, "absentFrom", _word(model), _word(item), proof))


def present_in(
    nodes: Sequence[Node], network: Network, model: str, item: str, placed: tuple[int, Sequence[bytes]]
) -> bool:
    """Whether it takes an item to be proved present there; `placed` is its place and the hashes from it to the root.

    Raises as `model`.
    """
    index, path = placed
    return bool(_read(nodes, network, "presentIn", _word(model), _word(item), index, list(path)))


def proves_absence(
    nodes: Sequence[Node], network: Network, root: tuple[bytes | str, int], item: str, proof: Mapping[str, Any]
) -> bool:
    """Whether an item is proved absent under any root with its number of items. Raises as `model`."""
    digest, count = root
    return bool(_read(nodes, network, "provesAbsence", _word(digest), count, _word(item), proof))


def _intent(network: Network, function: str, *arguments: Any) -> Intent:
    return intent(network, MODELS, function, *arguments)


def _read(nodes: Sequence[Node], network: Network, function: str, *arguments: Any) -> Any:
    if not network.models:
        raise ChainError(ChainTrouble.NOT_DEPLOYED, contract=MODELS)
    found = agreed_call(nodes, network.models, contracts.encode(MODELS, function, *arguments))
    return contracts.decode(MODELS, function, found.value)


def _word(value: str | bytes) -> bytes:
    """32 bytes of a hash in hex, or as they are; zeros for none. ValueError where it is no hash."""
    word = (bytes.fromhex(value) if isinstance(value, str) else value) or bytes(32)
    if len(word) != 32:
        raise ValueError("not a hash")
    return word


def _hex(word: bytes) -> str:
    return word.hex() if any(word) else ""
