"""What a transaction costs: the base fee, the tip, and on some networks the fee for its bytes (EIP-1559, OP Stack)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.keccak import keccak256
from touchstone.chain.quantity import data, member, number

Ask = Callable[[str, Sequence[Any]], Any]

BUMP = 9, 8  # a replacement pays an eighth more: nodes ask for a tenth, a few for 12.5 in 100
_HEADROOM = 2  # times the base fee; six full blocks in a row double it
_USUAL_TIP = 1_000_000  # wei per gas, where the node has no opinion
_FEE_BITS = 96
# https://docs.optimism.io/stack/transactions/fees: what the rollup pays for the bytes comes on top.
_ROLLUPS = frozenset({8453, 84532})
_ORACLE = "0x420000000000000000000000000000000000000F"
_AROUND = 200  # bytes of a transaction that are not the call


@dataclass(frozen=True, slots=True)
class Fees:
    """Wei per gas: the base fee of the newest block, the tip, and the most that may be taken."""

    base: int
    priority: int
    max_fee: int

    def covers(self, now: Fees) -> bool:
        """Whether a transaction that offers these would be taken where `now` holds."""
        return self.max_fee >= now.base + min(now.priority, self.priority)

    def outbid(self, now: Fees) -> Fees:
        """The least that replaces a transaction with these fees and is worth taking now."""
        times, over = BUMP
        priority = max(now.priority, -(-self.priority * times // over), 1)
        return Fees(now.base, priority, max(now.max_fee, -(-self.max_fee * times // over), now.base + priority))


def estimate(ask: Ask) -> Fees:
    """The fees that hold now.

    Raises:
        ChainError: PROTOCOL, UNSUPPORTED (no base fee), or what a node can be.
    """
    block = ask("eth_getBlockByNumber", ["latest", False])
    if isinstance(block, dict) and "baseFeePerGas" not in block:
        raise ChainError(ChainTrouble.UNSUPPORTED, what="baseFeePerGas")
    base = number(member(block, "baseFeePerGas"), _FEE_BITS)
    try:
        priority = number(ask("eth_maxPriorityFeePerGas", []), _FEE_BITS)
    except ChainError as error:
        if error.code not in {ChainTrouble.UNSUPPORTED, ChainTrouble.FAILED}:
            raise
        priority = _USUAL_TIP
    return Fees(base, priority, _HEADROOM * base + priority)


def bytes_fee(ask: Ask, chain_id: int, call: bytes) -> int:
    """Wei that a rollup takes for the bytes of a transaction with this call; 0 elsewhere.

    Raises:
        ChainError: PROTOCOL, or what a node can be.
    """
    if chain_id not in _ROLLUPS:
        return 0
    question = keccak256(b"getL1FeeUpperBound(uint256)")[:4] + (len(call) + _AROUND).to_bytes(32, "big")
    answer = data(ask("eth_call", [{"to": _ORACLE, "data": "0x" + question.hex()}, "latest"]), 32)
    return int.from_bytes(answer, "big")
