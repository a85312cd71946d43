"""Roots over data and proofs against them as RFC 9162 (2.1) writes them, in a few lines, to hold others to."""

from __future__ import annotations

import bisect
import hashlib
from collections.abc import Sequence
from typing import Any


def root(items: Sequence[bytes]) -> bytes:
    """The Merkle Tree Hash of items in ascending order."""
    if len(items) == 1:
        return hashlib.sha256(b"\0" + items[0]).digest()
    half = _half(len(items))
    return hashlib.sha256(b"\1" + root(items[:half]) + root(items[half:])).digest()


def path(items: Sequence[bytes], index: int) -> list[bytes]:
    """What stands beside the way from a leaf to the root, from below."""
    if len(items) == 1:
        return []
    half = _half(len(items))
    if index < half:
        return [*path(items[:half], index), root(items[half:])]
    return [*path(items[half:], index - half), root(items[:half])]


def absence(items: Sequence[bytes], item: bytes) -> dict[str, Any]:
    """The contract's proof that an item is not there."""
    index = bisect.bisect(items, item)
    first, last = index == 0, index == len(items)
    return {
        "index": index,
        "left": bytes(32) if first else items[index - 1],
        "right": bytes(32) if last else items[index],
        "leftPath": [] if first else path(items, index - 1),
        "rightPath": [] if last else path(items, index),
    }


def _half(count: int) -> int:
    return 1 << (count - 1).bit_length() - 1
