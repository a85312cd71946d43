"""Numbers and bytes as JSON-RPC writes them: hex strings, within bounds."""

from __future__ import annotations

import re
from typing import Any

from touchstone.chain.errors import ChainError, ChainTrouble

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*")


def number(value: Any, bits: int = 256) -> int:
    """A quantity.

    Raises:
        ChainError: PROTOCOL: none, or more than `bits` bits.
    """
    if isinstance(value, str) and _QUANTITY.fullmatch(value):
        found = int(value, 16)
        if found < 1 << bits:
            return found
    raise ChainError(ChainTrouble.PROTOCOL, what="quantity")


def data(value: Any, size: int | None = None) -> bytes:
    """Bytes, `size` of them where that is given.

    Raises:
        ChainError: PROTOCOL: none, or another number of them.
    """
    if isinstance(value, str) and _DATA.fullmatch(value):
        found = bytes.fromhex(value[2:])
        if size is None or len(found) == size:
            return found
    raise ChainError(ChainTrouble.PROTOCOL, what="data")


def member(value: Any, name: str) -> Any:
    """A member of an object.

    Raises:
        ChainError: PROTOCOL: no object, or without it.
    """
    if isinstance(value, dict) and name in value:
        return value[name]
    raise ChainError(ChainTrouble.PROTOCOL, what=name)
