"""Transactions of type 2 (EIP-1559): their fields, and whether what a signer gave back is what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.eth_libraries import account
from touchstone.chain.keccak import keccak256
from touchstone.chain.signer import Signed

Fields = Mapping[str, Any]
_COMPARED = ("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas", "value")


def fields(*, chain_id: int, nonce: int, to: str, data: bytes, gas: int, max_fee: int, priority: int) -> Fields:
    """The fields under the names of JSON-RPC, numbers as numbers; fees are wei per gas. No money is moved."""
    return {
        "type": 2,
        "chainId": chain_id,
        "nonce": nonce,
        "to": to,
        "value": 0,
        "data": "0x" + data.hex(),
        "gas": gas,
        "maxFeePerGas": max_fee,
        "maxPriorityFeePerGas": priority,
        "accessList": [],
    }


def on_the_wire(wanted: Fields, sender: str) -> dict[str, Any]:
    """The same fields as JSON-RPC writes them: numbers as hex, with `from`."""
    written = {name: hex(value) if isinstance(value, int) else value for name, value in wanted.items()}
    return {**written, "from": sender}


def verify(signed: Signed, wanted: Fields, address: str) -> Signed:
    """What was signed, if it is exactly `wanted` and signed by `address`.

    Raises:
        ChainError: PROTOCOL {what: signed}: another transaction, another key, or no transaction.
    """
    recover = account().recover_transaction
    from eth_account.typed_transactions.typed_transaction import TypedTransaction
    from hexbytes import HexBytes

    try:
        found = TypedTransaction.from_bytes(HexBytes(signed.raw)).as_dict()
        same = all(int(found[name]) == wanted[name] for name in _COMPARED)
        same = same and bytes(found["data"]).hex() == str(wanted["data"]).removeprefix("0x")
        same = same and bytes(found["to"]).hex() == str(wanted["to"]).lower().removeprefix("0x")
        same = same and not found.get("accessList") and int(found["type"]) == 2
        same = same and recover(signed.raw).lower() == address.lower()
    except Exception as error:  # bytes from outside; the libraries raise what they like
        raise ChainError(ChainTrouble.PROTOCOL, what="signed") from error
    if not same:
        raise ChainError(ChainTrouble.PROTOCOL, what="signed")
    return Signed(signed.raw, "0x" + keccak256(signed.raw).hex())
