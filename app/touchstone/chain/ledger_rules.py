"""The rules of the practice chain: what a block is made of, what it costs, which transactions it takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from touchstone.chain import ledger_rlp as rlp
from touchstone.chain.engine import COINBASE, Log, Outcome
from touchstone.chain.keccak import keccak256
from touchstone.chain.ledger_accounts import Account
from touchstone.chain.ledger_envelope import Transaction
from touchstone.chain.ledger_rows import BlockRow
from touchstone.chain.ledger_trie import EMPTY_ROOT, hashed

GAS_LIMIT = 30_000_000
FIRST_BASE_FEE = 1_000_000_000  # wei
LARGEST_INIT_CODE = 49_152  # bytes, EIP-3860
_NO_UNCLES = bytes.fromhex("1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347")
_NO_REQUESTS = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")  # EIP-7685
_ZERO = bytes(32)


class RpcError(Exception):
    """An error as JSON-RPC carries it, in geth's words."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data

    def as_json(self) -> dict[str, Any]:
        """The `error` member of an answer."""
        said: dict[str, Any] = {"code": self.code, "message": self.message}
        return said if self.data is None else said | {"data": self.data}


def next_base_fee(parent: BlockRow) -> int:
    """EIP-1559, in wei per gas."""
    target = parent.gas_limit // 2
    if parent.gas_used == target:
        return parent.base_fee
    change = parent.base_fee * abs(parent.gas_used - target) // target // 8
    return parent.base_fee + max(change, 1) if parent.gas_used > target else parent.base_fee - change


def randomness(parent: bytes) -> bytes:
    """What `block.prevrandao` gives: nobody's secret, and another for each block."""
    return keccak256(parent + b"randomness")


def bloom(logs: Sequence[Log]) -> bytes:
    """The 256 bytes that say which addresses and topics may be in `logs` (yellow paper, 4.3.1)."""
    bits = 0
    for log in logs:
        for one in (log.address, *log.topics):
            digest = hashed(one)
            for at in (0, 2, 4):
                bits |= 1 << (int.from_bytes(digest[at : at + 2], "big") & 2047)
    return bits.to_bytes(256, "big")


def receipt(kind: int, outcome: Outcome, cumulative: int) -> bytes:
    """A receipt as the receipts' trie holds it."""
    body = rlp.encode(
        (
            rlp.number(int(not outcome.failure)),
            rlp.number(cumulative),
            bloom(outcome.logs),
            [(log.address, log.topics, log.data) for log in outcome.logs],
        )
    )
    return bytes((kind,)) + body if kind else body


def header(row: BlockRow) -> bytes:
    """The header of a block as it is hashed (Prague's 21 fields); `row.hash` and `row.size` are not looked at."""
    number = rlp.number
    return rlp.encode(
        (
            row.parent,
            _NO_UNCLES,
            COINBASE,
            row.state_root,
            row.transactions_root,
            row.receipts_root,
            row.bloom or bytes(256),
            b"",  # difficulty
            number(row.number),
            number(row.gas_limit),
            number(row.gas_used),
            number(row.timestamp),
            b"",  # extra data
            randomness(row.parent),
            bytes(8),
            number(row.base_fee),
            EMPTY_ROOT,  # withdrawals
            b"",  # blob gas
            b"",
            _ZERO,  # beacon root
            _NO_REQUESTS,
        )
    )


def check(transaction: Transaction, account: Account, code: bytes, base_fee: int, chain_id: int) -> None:
    """Refuse what no block may hold. `account` is the sender's, `code` what stands at its address.

    Raises:
        RpcError: why.
    """
    if transaction.chain_id != chain_id:
        raise _refusal(f"invalid chain id for signer: have {transaction.chain_id} want {chain_id}")
    sender = _hex(transaction.sender)
    if code and code[:3] != b"\xef\x01\x00":
        raise _refusal(f"sender not an eoa: address {sender}, codehash: 0x{account.code_hash.hex()}")
    if transaction.nonce != account.nonce:
        word = "low" if transaction.nonce < account.nonce else "high"
        text = f"nonce too {word}: address {sender}, tx: {transaction.nonce} state: {account.nonce}"
        raise _refusal(text)
    check_fees(transaction, base_fee)
    check_gas(transaction)
    check_funds(transaction, account)


def check_fees(transaction: Transaction, base_fee: int) -> None:
    """Refuse a fee that the block does not take. Raises RpcError."""
    sender, most, tip = _hex(transaction.sender), transaction.max_fee_per_gas, transaction.max_priority_fee_per_gas
    if tip > most:
        text = f"max priority fee per gas higher than max fee per gas: address {sender}, maxPriorityFeePerGas: {tip}"
        raise _refusal(f"{text}, maxFeePerGas: {most}")
    if most < base_fee:
        text = f"max fee per gas less than block base fee: address {sender}, maxFeePerGas: {most}"
        raise _refusal(f"{text}, baseFee: {base_fee}")


def check_gas(transaction: Transaction) -> None:
    """Refuse gas that is too much, or too little to begin with. Raises RpcError."""
    if transaction.gas > GAS_LIMIT:
        raise _refusal("exceeds block gas limit")
    if not transaction.to and len(transaction.data) > LARGEST_INIT_CODE:
        raise _refusal(f"max initcode size exceeded: code size {len(transaction.data)} limit {LARGEST_INIT_CODE}")
    least = transaction.intrinsic_gas
    if transaction.gas < least:
        raise _refusal(f"intrinsic gas too low: gas {transaction.gas}, minimum needed {least}")
    least = transaction.floor_gas
    if transaction.gas < least:
        raise _refusal(f"insufficient gas for floor data gas cost: gas {transaction.gas}, minimum needed {least}")


def check_funds(transaction: Transaction, account: Account) -> None:
    """Refuse what the sender could not pay for. Raises RpcError."""
    have, want = account.balance, transaction.gas * transaction.max_fee_per_gas + transaction.value
    if want > have:
        text = f"insufficient funds for gas * price + value: address {_hex(transaction.sender)}"
        raise _refusal(f"{text} have {have} want {want}")


def _refusal(text: str) -> RpcError:
    return RpcError(-32000, text)


def _hex(address: bytes) -> str:
    return f"0x{address.hex()}"
