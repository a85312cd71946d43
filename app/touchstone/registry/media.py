"""Files on the register: what may be asked of it, the typed data another key signs, and what it says about a file.

Hashes are lower-case hex without 0x, "" for none. Each function that sends comes as an `Intent` (`chain.send`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Any

from touchstone.chain import contracts
from touchstone.chain.agree import agreed_call
from touchstone.chain.intent import Intent
from touchstone.chain.known_calls import intent
from touchstone.chain.network import Network
from touchstone.chain.networks import MEDIA
from touchstone.chain.node import Node
from touchstone.registry.merkle import Leaf
from touchstone.report import Kind

MOST_AT_ONCE = 500  # files in one `registerMany`
LONGEST_URI = 512  # bytes
KINDS: Mapping[Kind, int] = {Kind.UNKNOWN: 0, Kind.IMAGE: 1, Kind.VIDEO: 2, Kind.AUDIO: 3, Kind.DOCUMENT: 4}


class Flag(IntFlag):
    """What a publisher says about a file."""

    SIGNED = 1  # it carries a manifest signed by this publisher
    GENERATED = 2  # declared as made with AI


class Reason(IntEnum):
    """Why a registration is withdrawn."""

    UNSTATED = 0
    ERROR = 1
    REPLACED = 2
    RIGHTS = 3
    PRIVACY = 4
    MANIPULATED = 5
    KEY_COMPROMISED = 6


@dataclass(frozen=True, slots=True)
class Registration:
    """What is registered of one file. `manifest` is the SHA-256 of its active C2PA manifest."""

    sha256: str
    pdq: str = ""
    manifest: str = ""
    parent: str = ""
    kind: int = 0
    flags: int = 0
    uri: str = ""

    @property
    def leaf(self) -> Leaf:
        """Its leaf in a batch."""
        return Leaf(_word(self.sha256), _word(self.pdq), _word(self.manifest))


@dataclass(frozen=True, slots=True)
class ClaimState:
    """A publisher's claim as the register has it now; times in unix seconds, 0 for none."""

    registered: int
    revoked: int
    kind: int
    flags: int

    @property
    def stands(self) -> bool:
        """Whether it was registered and is not withdrawn."""
        return bool(self.registered) and not self.revoked


@dataclass(frozen=True, slots=True)
class BySignature:
    """A registration that one key signs for and any other may send (EIP-712)."""

    publisher: int
    what: Registration
    signer: str
    nonce: int
    deadline: int  # unix seconds


def register(network: Network, publisher: int, what: Registration) -> Intent:
    """Register one file."""
    return _intent(network, "register", publisher, _struct(what))


def register_many(network: Network, publisher: int, items: Sequence[Registration]) -> Intent:
    """Register up to `MOST_AT_ONCE` files; parents and addresses are not kept."""
    return _intent(network, "registerMany", publisher, [_item(one) for one in items])


def register_root(network: Network, publisher: int, root: bytes, count: int, list_hash: bytes, uri: str) -> Intent:
    """Register a Merkle batch."""
    return _intent(network, "registerRoot", publisher, root, count, list_hash, uri)


def register_by_signature(network: Network, signed: BySignature, signature: bytes) -> Intent:
    """Register a file that another key signed for."""
    return _intent(
        network,
        "registerBySig",
        signed.publisher,
        _struct(signed.what),
        signed.signer,
        signed.nonce,
        signed.deadline,
        signature,
    )


def revoke(network: Network, publisher: int, sha256: str, reason: Reason, replacement: str = "") -> Intent:
    """Withdraw a file that was registered singly."""
    return _intent(network, "revoke", publisher, _word(sha256), int(reason), _word(replacement))


def revoke_leaf(
    network: Network, publisher: int, batch: tuple[bytes, int, Leaf, Sequence[bytes]], reason: Reason, replacement: str
) -> Intent:
    """Withdraw a file of a batch: its root, the leaf's index, the leaf, and its proof."""
    root, index, leaf, proof = batch
    return _intent(
        network, "revokeLeaf", publisher, root, _leaf(index, leaf), list(proof), int(reason), _word(replacement)
    )


def revoke_root(network: Network, publisher: int, root: bytes, reason: Reason) -> Intent:
    """Withdraw a whole batch."""
    return _intent(network, "revokeRoot", publisher, root, int(reason))


def typed_data(network: Network, signed: BySignature) -> dict[str, Any]:
    """What the key signs, as EIP-712 data: good for this network and contract, this nonce, until the deadline."""
    fields = {name: kind for kind, name in (part.split(" ") for part in _TYPE.split(","))}
    what = _struct(signed.what)
    message = {
        **{name: "0x" + value.hex() if isinstance(value, bytes) else value for name, value in what.items()},
        "publisher": signed.publisher,
        "signer": signed.signer,
        "nonce": signed.nonce,
        "deadline": signed.deadline,
    }
    return {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "Registration": [{"name": name, "type": kind} for name, kind in fields.items()],
        },
        "primaryType": "Registration",
        "domain": {
            "name": "Touchstone MediaRegistry",
            "version": "1",
            "chainId": network.chain_id,
            "verifyingContract": network.media,
        },
        "message": message,
    }


def nonce(nodes: Sequence[Node], network: Network, signer: str) -> int:
    """The number that the next registration signed by a key must carry.

    Raises:
        ChainError: NODES_DISAGREE, or what a node can be.
    """
    return int(_read(nodes, network, "nonceOf", signer))


def claim(nodes: Sequence[Node], network: Network, sha256: str, publisher: int) -> ClaimState:
    """A publisher's claim to a file that was registered singly or by `registerMany`. Raises as `nonce`."""
    found = _read(nodes, network, "claimOf", _word(sha256), publisher)
    return ClaimState(found["registeredAt"], found["revokedAt"], found["kind"], found["flags"])


def root_stands(nodes: Sequence[Node], network: Network, publisher: int, root: bytes) -> bool:
    """Whether a batch was registered and is not withdrawn. Raises as `nonce`."""
    found = _read(nodes, network, "rootOf", publisher, root)
    return bool(found["registeredAt"]) and not found["revokedAt"]


def leaf_stands(nodes: Sequence[Node], network: Network, publisher: int, root: bytes, place: tuple[int, Leaf]) -> bool:
    """Whether a leaf of a batch stands, given the tree's proof of it by `place`. Raises as `nonce`."""
    index, leaf = place
    hashed = contracts.decode(
        MEDIA,
        "leafHash",
        agreed_call(nodes, network.media, contracts.encode(MEDIA, "leafHash", _leaf(index, leaf))).value,
    )
    return not _read(nodes, network, "leafRevokedAt", publisher, root, hashed)


_TYPE = (
    "uint32 publisher,address signer,bytes32 sha256,bytes32 pdq,bytes32 manifest,bytes32 parent,uint8 kind,uint8 flags,"
    "string uri,uint256 nonce,uint256 deadline"
)


def _intent(network: Network, function: str, *arguments: Any) -> Intent:
    return intent(network, MEDIA, function, *arguments)


def _read(nodes: Sequence[Node], network: Network, function: str, *arguments: Any) -> Any:
    found = agreed_call(nodes, network.media, contracts.encode(MEDIA, function, *arguments))
    return contracts.decode(MEDIA, function, found.value)


def _struct(what: Registration) -> dict[str, Any]:
    return {
        "sha256": _word(what.sha256),
        "pdq": _word(what.pdq),
        "manifest": _word(what.manifest),
        "parent": _word(what.parent),
        "kind": what.kind,
        "flags": what.flags,
        "uri": what.uri,
    }


def _item(what: Registration) -> dict[str, Any]:
    return {name: value for name, value in _struct(what).items() if name not in {"parent", "uri"}}


def _leaf(index: int, leaf: Leaf) -> dict[str, Any]:
    return {"index": index, "sha256": leaf.sha256, "pdq": leaf.pdq, "manifest": leaf.manifest}


def _word(value: str) -> bytes:
    """32 bytes of a hash in hex; zeros for none. ValueError where it is no hash."""
    word = bytes.fromhex(value) if value else bytes(32)
    if len(word) != 32:
        raise ValueError("not a hash")
    return word
