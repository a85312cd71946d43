"""Paying court and pool in one step: by a permit (ERC-2612) signed beforehand, or after an allowance without one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from touchstone.chain import typed_calls
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.court.clock import now_of
from touchstone.court.sending import afford
from touchstone.court.troubles import VoteError, VoteTrouble
from touchstone.registry import permits

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.network import Network
    from touchstone.chain.node import Node
    from touchstone.chain.signer import Signer
    from touchstone.registry.permits import Permit

_LASTS = 1800  # seconds that a permit can be used
_CANNOT = frozenset({ChainTrouble.UNSUPPORTED})

Agree = Callable[["Intent"], bool]


@dataclass(frozen=True, slots=True)
class Payment:
    """How a call takes its money: by `permit`, after `approve` was sent, or as it is allowed already (neither)."""

    permit: Permit | None = None
    approve: Intent | None = None


def prepare(
    nodes: Sequence[Node], network: Network, signer: Signer, spender: str, amount: int, agree: Agree
) -> Payment:
    """Make a payment of `amount` to `spender` (court or pool) possible. `agree` is asked before a permit is signed.

    Raises:
        VoteError: NO_DOLLARS {needed, has, address}; BAD_AMOUNT.
        ChainError: REJECTED: not agreed to; what a signer, or a node, can be.
    """
    if not 0 < amount < 1 << 96:
        raise VoteError(VoteTrouble.BAD_AMOUNT)
    afford(nodes, network, signer.address, amount)
    if permits.allowance(nodes, network, signer.address, spender) >= amount:
        return Payment()
    try:
        deadline = now_of(nodes, network).now + _LASTS
        typed = permits.typed_data(nodes, network, signer.address, spender, amount, deadline)
        return Payment(permit=permits.signed(typed, typed_calls.sign(network, signer, typed, agree)))
    except ChainError as error:
        if error.code not in _CANNOT:
            raise
    return Payment(approve=permits.approve(network, spender, amount))
