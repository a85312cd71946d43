"""The parameters of JSON-RPC calls, read strictly: whatever is not what it should be is said to be so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from touchstone.chain.ledger_rules import GAS_LIMIT, RpcError

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_MOST_CHOICES = 1_000
TAGS = ("latest", "safe", "finalized", "pending", "earliest")


@dataclass(frozen=True, slots=True)
class Call:
    """What `eth_call` and `eth_estimateGas` are asked to run; `gas` None where it was left open."""

    sender: bytes
    to: bytes
    gas: int | None
    max_fee: int
    tip: int
    value: int
    data: bytes
    access_list: tuple[tuple[bytes, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """What `eth_getLogs` is asked for; `block_hash` b"" where it is a range (tags or numbers)."""

    first: Any
    last: Any
    block_hash: bytes
    addresses: tuple[bytes, ...]
    topics: tuple[tuple[bytes, ...], ...]


def wrong(text: str) -> RpcError:
    """The error for parameters that make no sense."""
    return RpcError(-32602, f"invalid argument: {text}")


def quantity(value: Any) -> int:
    """A hex number.

    Raises:
        RpcError: it is none.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value):
        raise wrong("not a hex number")
    return int(value, 16)


def data(value: Any, size: int | None = None) -> bytes:
    """Hex bytes, `size` of them where that is given.

    Raises:
        RpcError: they are not.
    """
    if isinstance(value, bytes):
        value = "0x" + value.hex()
    if not isinstance(value, str) or not _DATA.fullmatch(value):
        raise wrong("not hex bytes")
    found = bytes.fromhex(value[2:])
    if size is not None and len(found) != size:
        raise wrong(f"not {size} bytes")
    return found


def call(value: Any) -> Call:
    """A transaction that is not signed.

    Raises:
        RpcError: it is none.
    """
    if not isinstance(value, dict):
        raise wrong("not a transaction")
    given = {key: one for key, one in value.items() if one is not None}
    max_fee = quantity(given.get("maxFeePerGas", given.get("gasPrice", 0)))
    return Call(
        sender=data(given.get("from", bytes(20)), 20),
        to=data(given["to"], 20) if given.get("to", "0x") != "0x" else b"",
        gas=min(quantity(given["gas"]), GAS_LIMIT) if "gas" in given else None,
        max_fee=max_fee,
        tip=min(quantity(given.get("maxPriorityFeePerGas", max_fee if "gasPrice" in given else 0)), max_fee),
        value=quantity(given.get("value", 0)),
        data=data(given.get("input", given.get("data", "0x"))),
        access_list=_accesses(given.get("accessList", ())),
    )


def log_filter(value: Any) -> Filter:
    """What to look for among the events.

    Raises:
        RpcError: it makes no sense.
    """
    if not isinstance(value, dict):
        raise wrong("not a filter")
    given = {key: one for key, one in value.items() if one is not None}
    if "blockHash" in given and ("fromBlock" in given or "toBlock" in given):
        raise wrong("cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other")
    topics = given.get("topics", ())
    if not isinstance(topics, Sequence) or isinstance(topics, str) or len(topics) > 4:
        raise wrong("exceed max topics")
    return Filter(
        first=given.get("fromBlock", "latest"),
        last=given.get("toBlock", "latest"),
        block_hash=data(given["blockHash"], 32) if "blockHash" in given else b"",
        addresses=_choices(given.get("address"), 20),
        topics=tuple(_choices(one, 32) for one in topics),
    )


def _choices(value: Any, size: int) -> tuple[bytes, ...]:
    """One or several; none for anything."""
    if value is None:
        return ()
    several = value if isinstance(value, list | tuple) else [value]
    if len(several) > _MOST_CHOICES:
        raise wrong("too many choices")
    if any(one is None for one in several):  # as geth has it: null among them matches anything
        return ()
    return tuple(data(one, size) for one in several)


def _accesses(value: Any) -> tuple[tuple[bytes, tuple[int, ...]], ...]:
    if not isinstance(value, list | tuple) or len(value) > _MOST_CHOICES:
        raise wrong("not an access list")
    found = []
    for one in value:
        if not isinstance(one, dict):
            raise wrong("not an access list")
        slots = one.get("storageKeys", ())
        if not isinstance(slots, list | tuple) or len(slots) > _MOST_CHOICES:
            raise wrong("not an access list")
        found.append((data(one.get("address"), 20), tuple(int.from_bytes(data(s, 32), "big") for s in slots)))
    return tuple(found)
