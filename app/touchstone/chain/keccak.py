"""Keccak-256 as Ethereum uses it (the padding of before FIPS 202)."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def _backend() -> Any:
    from Crypto.Hash import keccak  # what `eth-hash[pycryptodome]` brings; without the layer above it, which only adds

    return keccak.new


def keccak256(data: bytes) -> bytes:
    """The 32 bytes of Keccak-256 of `data`."""
    digest: bytes = _backend()(digest_bits=256, data=data).digest()
    return digest
