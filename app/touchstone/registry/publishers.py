"""Publishers: what may be asked of their registry, and what it says about one.

Each function that sends comes as an `Intent`, which `chain.send` tries, explains and sends. Reads go to nodes, and two
of them have to agree where there are two (`chain.agree`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntFlag
from typing import Any

from touchstone.chain import contracts
from touchstone.chain.agree import agreed_call
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.intent import Intent
from touchstone.chain.known_calls import intent
from touchstone.chain.network import Network
from touchstone.chain.networks import PUBLISHERS
from touchstone.chain.node import Node

NOBODY = "0x" + 40 * "0"
LONGEST_NAME = 64  # bytes, UTF-8
_MOST_ID = 2**32 - 1


class Role(IntFlag):
    """What a key may do for a publisher."""

    REGISTER = 1
    REVOKE = 2
    BATCH = 4
    MODEL = 8


EVERYTHING = Role.REGISTER | Role.REVOKE | Role.BATCH | Role.MODEL


@dataclass(frozen=True, slots=True)
class PublisherState:
    """A publisher as the registry has it now. Addresses are checksummed or "", times unix seconds.

    The name and the domain are in events only: the mirror has them. `domain_hash` is Keccak-256 of the domain, hex.
    """

    number: int
    controller: str
    created: int
    pending_controller: str
    recovery: str
    recovery_to: str
    recovery_ready: int
    domain_hash: str


@dataclass(frozen=True, slots=True)
class SignerState:
    """A key of a publisher: its roles and the window in which it counts. Times are unix seconds, 0 for none."""

    roles: Role
    valid_from: int
    valid_to: int
    revoked: int
    compromised_since: int


def create(network: Network, name: str, domain: str = "", recovery: str = "") -> Intent:
    """Make a publisher; whoever sends it controls it and may do everything for it."""
    return _intent(network, "create", name, domain, recovery or NOBODY)


def set_name(network: Network, publisher: int, name: str) -> Intent:
    """Give it another name."""
    return _intent(network, "setName", publisher, name)


def claim_domain(network: Network, publisher: int, domain: str) -> Intent:
    """Claim a domain, or none."""
    return _intent(network, "claimDomain", publisher, domain)


def offer_control(network: Network, publisher: int, to: str) -> Intent:
    """Offer control to another address; to none, to take an offer back."""
    return _intent(network, "offerControl", publisher, to or NOBODY)


def accept_control(network: Network, publisher: int) -> Intent:
    """Take what was offered."""
    return _intent(network, "acceptControl", publisher)


def set_recovery(network: Network, publisher: int, recovery: str) -> Intent:
    """Name the address that may take control after a delay, or none."""
    return _intent(network, "setRecovery", publisher, recovery or NOBODY)


def start_recovery(network: Network, publisher: int, to: str) -> Intent:
    """Begin to hand control to an address; sent by the recovery address."""
    return _intent(network, "startRecovery", publisher, to)


def cancel_recovery(network: Network, publisher: int) -> Intent:
    """Stop it; sent by the controller."""
    return _intent(network, "cancelRecovery", publisher)


def finish_recovery(network: Network, publisher: int) -> Intent:
    """End it after the delay; anybody may."""
    return _intent(network, "finishRecovery", publisher)


def set_signer(network: Network, publisher: int, signer: str, roles: Role, window: tuple[int, int] = (0, 0)) -> Intent:
    """Let a key act for it. `window` is from and to in unix seconds: from 0 is now, to 0 is without end."""
    return _intent(network, "setSigner", publisher, signer, int(roles), *window)


def revoke_signer(network: Network, publisher: int, signer: str) -> Intent:
    """Withdraw a key, from now on and for ever."""
    return _intent(network, "revokeSigner", publisher, signer)


def mark_compromised(network: Network, publisher: int, signer: str, since: int) -> Intent:
    """Say that what a key signed since a moment counts for nothing."""
    return _intent(network, "markCompromised", publisher, signer, since)


def created(logs: Iterable[Mapping[str, Any]]) -> int:
    """The number of the publisher that a transaction made, from its logs.

    Raises:
        ChainError: PROTOCOL: it made none.
    """
    topic = "0x" + contracts.topic(PUBLISHERS, "PublisherCreated").hex()
    for log in logs:
        topics = log.get("topics") or []
        if len(topics) > 1 and str(topics[0]).lower() == topic:
            number = int(str(topics[1]), 16)
            if 0 < number <= _MOST_ID:
                return number
    raise ChainError(ChainTrouble.PROTOCOL)


def state(nodes: Sequence[Node], network: Network, publisher: int) -> PublisherState | None:
    """A publisher as it stands; None where there is none of that number.

    Raises:
        ChainError: NODES_DISAGREE, or what a node can be.
    """
    found = _read(nodes, network, "publisherOf", publisher)
    if _address(found["controller"]) == "":
        return None
    return PublisherState(
        publisher,
        _address(found["controller"]),
        found["createdAt"],
        _address(found["pendingController"]),
        _address(found["recovery"]),
        _address(found["recoveryTo"]),
        found["recoveryReadyAt"],
        found["domainHash"].hex() if any(found["domainHash"]) else "",
    )


def signer(nodes: Sequence[Node], network: Network, publisher: int, address: str) -> SignerState | None:
    """What the registry has about a key of a publisher; None where it never was one. Raises as `state`."""
    found = _read(nodes, network, "signerOf", publisher, address)
    if not found["validFrom"]:
        return None
    return SignerState(
        Role(found["roles"] & EVERYTHING),
        found["validFrom"],
        found["validTo"],
        found["revokedAt"],
        found["compromisedSince"],
    )


def may(nodes: Sequence[Node], network: Network, publisher: int, address: str, role: Role) -> bool:
    """Whether a key may do something for a publisher now. Raises as `state`."""
    return bool(_read(nodes, network, "isSigner", publisher, address, int(role)))


def _intent(network: Network, function: str, *arguments: Any) -> Intent:
    return intent(network, PUBLISHERS, function, *arguments)


def _read(nodes: Sequence[Node], network: Network, function: str, *arguments: Any) -> Any:
    found = agreed_call(nodes, network.publishers, contracts.encode(PUBLISHERS, function, *arguments))
    return contracts.decode(PUBLISHERS, function, found.value)


def _address(value: str) -> str:
    from touchstone.chain.keystore import checksummed

    return "" if int(value, 16) == 0 else checksummed(value.lower())
