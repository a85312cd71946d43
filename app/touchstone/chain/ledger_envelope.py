"""Signed transactions as they travel (EIP-155, 2718, 2930, 1559, 7702), read without any engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from touchstone.chain import ledger_rlp as rlp
from touchstone.chain.keccak import keccak256

LARGEST = 128 * 1024  # bytes, as geth's pool takes
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_FIELDS = {1: 11, 2: 12, 4: 13}


class EnvelopeError(ValueError):
    """No transaction, or one that this ledger does not take; the text is the one geth gives."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction. Fees are wei per gas; `to` is b"" where it creates a contract.

    `access_list` holds (address, slots), `authorization_list` six numbers each (EIP-7702: chain id, address, nonce,
    parity, r, s). Attribute names are py-evm's, which is handed this as it is.
    """

    type_id: int
    chain_id: int
    nonce: int
    max_priority_fee_per_gas: int
    max_fee_per_gas: int
    gas: int
    to: bytes
    value: int
    data: bytes
    access_list: tuple[tuple[bytes, tuple[int, ...]], ...] = ()
    authorization_list: tuple[Any, ...] = ()
    sender: bytes = b""
    hash: bytes = b""
    y_parity: int = 0
    v: int = 0
    r: int = 0
    s: int = 0

    @property
    def blob_versioned_hashes(self) -> tuple[bytes, ...]:
        """None: there are no blobs here."""
        return ()

    @property
    def intrinsic_gas(self) -> int:
        """What it costs before the first instruction (EIP-2028, 2930, 3860, 7702)."""
        zeros = self.data.count(0)
        cost = 21_000 + 4 * zeros + 16 * (len(self.data) - zeros)
        if not self.to:
            cost += 32_000 + 2 * ((len(self.data) + 31) // 32)
        cost += sum(2_400 + 1_900 * len(slots) for _address, slots in self.access_list)
        return cost + 25_000 * len(self.authorization_list)

    @property
    def floor_gas(self) -> int:
        """The least it costs for its data (EIP-7623)."""
        zeros = self.data.count(0)
        return 21_000 + 10 * (zeros + 4 * (len(self.data) - zeros))


def decode(raw: bytes) -> Transaction:
    """The transaction in `raw`, with its sender recovered.

    Raises:
        EnvelopeError: it is none, or is not signed as it must be.
    """
    if len(raw) > LARGEST:
        raise EnvelopeError("oversized data")
    if not raw:
        raise EnvelopeError("typed transaction too short")
    kind = raw[0]
    if kind < 0xC0 and kind not in _FIELDS:
        raise EnvelopeError("transaction type not supported")
    try:
        fields = _list(rlp.decode(raw if kind >= 0xC0 else raw[1:]), 9 if kind >= 0xC0 else _FIELDS[kind])
        return _legacy(raw, fields) if kind >= 0xC0 else _typed(kind, raw, fields)
    except EnvelopeError:
        raise
    except (ValueError, TypeError, RecursionError) as error:
        raise EnvelopeError(f"rlp: {error}") from error


def _legacy(raw: bytes, fields: Sequence[rlp.Item]) -> Transaction:
    v = _number(fields[6])
    if v in (27, 28):
        raise EnvelopeError("only replay-protected (EIP-155) transactions allowed over RPC")
    if v < 37:
        raise EnvelopeError("invalid transaction v, r, s values")
    chain_id, parity = divmod(v - 35, 2)
    signed = rlp.encode([*fields[:6], rlp.number(chain_id), b"", b""])
    r, s = _number(fields[7]), _number(fields[8])
    price = _number(fields[1])
    return Transaction(
        0,
        chain_id,
        _number(fields[0], 8),
        price,
        price,
        _number(fields[2], 8),
        _to(fields[3]),
        _number(fields[4]),
        _bytes(fields[5]),
        sender=_sender(signed, parity, r, s),
        hash=keccak256(raw),
        y_parity=parity,
        v=v,
        r=r,
        s=s,
    )


def _typed(kind: int, raw: bytes, fields: Sequence[rlp.Item]) -> Transaction:
    before = 3 if kind == 1 else 4  # where the gas limit stands
    parity, r, s = (_number(one) for one in fields[-3:])
    signed = bytes((kind,)) + rlp.encode(fields[:-3])
    to = _to(fields[before + 1])
    granted = _grants(fields[before + 5]) if kind == 4 else ()
    if kind == 4 and (not to or not granted):
        raise EnvelopeError("EIP-7702 transaction cannot be used to create contract or with empty auth list")
    return Transaction(
        kind,
        _number(fields[0]),
        _number(fields[1], 8),
        _number(fields[2]),
        _number(fields[before - 1]),
        _number(fields[before], 8),
        to,
        _number(fields[before + 2]),
        _bytes(fields[before + 3]),
        _accesses(fields[before + 4]),
        granted,
        sender=_sender(signed, parity, r, s),
        hash=keccak256(raw),
        y_parity=parity,
        v=parity,
        r=r,
        s=s,
    )


def _sender(signed: bytes, parity: int, r: int, s: int) -> bytes:
    from eth_keys.datatypes import Signature
    from eth_keys.exceptions import BadSignature
    from eth_utils.exceptions import ValidationError

    if parity > 1 or not 0 < s <= _HALF_ORDER:
        raise EnvelopeError("invalid transaction v, r, s values")
    try:
        return bytes(Signature(vrs=(parity, r, s)).recover_public_key_from_msg(signed).to_canonical_address())
    except (BadSignature, ValidationError, ValueError) as error:
        raise EnvelopeError("invalid sender") from error


def _bytes(item: rlp.Item) -> bytes:
    if isinstance(item, bytes):
        return item
    raise ValueError("a list where bytes belong")


def _number(item: rlp.Item, size: int = 32) -> int:
    data = _bytes(item)
    if len(data) > size or data[:1] == b"\0":
        raise ValueError("not a number")
    return int.from_bytes(data, "big")


def _sized(item: rlp.Item, size: int) -> bytes:
    data = _bytes(item)
    if len(data) != size:
        raise ValueError("wrong size")
    return data


def _to(item: rlp.Item) -> bytes:
    return b"" if item == b"" else _sized(item, 20)


def _accesses(item: rlp.Item) -> tuple[tuple[bytes, tuple[int, ...]], ...]:
    found = []
    for one in _list(item):
        address, slots = _list(one, 2)
        found.append((_sized(address, 20), tuple(int.from_bytes(_sized(slot, 32), "big") for slot in _list(slots))))
    return tuple(found)


def _grants(item: rlp.Item) -> tuple[tuple[Any, ...], ...]:
    found = []
    for one in _list(item):
        chain_id, address, nonce, parity, r, s = _list(one, 6)
        numbers = _number(parity, 1), _number(r), _number(s)
        found.append((_number(chain_id), _sized(address, 20), _number(nonce, 8), *numbers))
    return tuple(found)


def _list(item: rlp.Item, size: int | None = None) -> Sequence[rlp.Item]:
    if isinstance(item, bytes) or (size is not None and len(item) != size):
        raise ValueError("wrong number of fields")
    return item
