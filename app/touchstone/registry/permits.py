"""Allowances by signature (ERC-2612) of the network's dollar, for pool and court alone.

A permit is tried by the contract that is called; where it fails, what was allowed before decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from touchstone.chain import typed_calls
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.intent import Intent
from touchstone.chain.known_calls import intent
from touchstone.chain.network import Network
from touchstone.chain.networks import STABLECOIN
from touchstone.chain.node import Node
from touchstone.registry.court_state import view

_LONGEST = 100  # characters of a token's name and version


@dataclass(frozen=True, slots=True)
class Permit:
    """A permit as pool and court take it. `r` and `s` are 0x hex."""

    value: int
    deadline: int
    v: int
    r: str
    s: str

    def as_struct(self) -> dict[str, Any]:
        """By the contract's names."""
        return asdict(self)


def typed_data(
    nodes: Sequence[Node], network: Network, owner: str, spender: str, amount: int, deadline: int
) -> dict[str, Any]:
    """What `owner` signs, as EIP-712 data, so that `spender` (pool or court) may take `amount` until `deadline`.

    Raises:
        ChainError: NOT_DEPLOYED: the network has no dollar. UNSUPPORTED: its dollar does not know permits.
            UNKNOWN_CALL: neither pool nor court. NODES_DISAGREE, or what a node can be.
    """
    try:
        nonce = int(view(nodes, network.stablecoin, STABLECOIN, "nonces", owner))
        domain = view(nodes, network.stablecoin, STABLECOIN, "eip712Domain")
    except ChainError as error:
        if error.code in {ChainTrouble.REVERTED, ChainTrouble.PROTOCOL}:
            raise ChainError(ChainTrouble.UNSUPPORTED) from error
        raise
    named = (str(domain[1])[:_LONGEST], str(domain[2])[:_LONGEST])
    message = {"owner": owner, "spender": spender, "value": amount, "nonce": nonce, "deadline": deadline}
    data = typed_calls.permit_data(network, named, message)
    typed_calls.check(network, data)
    return data


def signed(typed: Mapping[str, Any], signature: bytes) -> Permit:
    """The permit that a signature over it makes. ValueError where it is no signature of 65 bytes."""
    if len(signature) != 65:
        raise ValueError("not a signature")
    v = signature[64] if signature[64] >= 27 else signature[64] + 27
    message = typed["message"]
    return Permit(message["value"], message["deadline"], v, "0x" + signature[:32].hex(), "0x" + signature[32:64].hex())


def approve(network: Network, spender: str, amount: int) -> Intent:
    """The allowance as a transaction of its own, for signers that do not sign typed data."""
    return intent(network, STABLECOIN, "approve", spender, amount)


def balance(nodes: Sequence[Node], network: Network, account: str) -> int:
    """What an account has of the network's dollar, in millionths. Raises as `typed_data`."""
    return int(view(nodes, network.stablecoin, STABLECOIN, "balanceOf", account))


def allowance(nodes: Sequence[Node], network: Network, owner: str, spender: str) -> int:
    """What `spender` may take from `owner` now. Raises as `typed_data`."""
    return int(view(nodes, network.stablecoin, STABLECOIN, "allowance", owner, spender))
