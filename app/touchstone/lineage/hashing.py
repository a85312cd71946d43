"""Leaves and nodes of the tree of RFC 9162, 2.1.1, a level at a time: hashes stand one after the other in bytes.

A node that has no sibling goes up as it is, which comes to the same as the tree that is split at the largest power of
two below the number of its leaves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

SIZE = 32
_AT_ONCE = 2048  # pieces: what is made on the way stays in the processor's cache


def leaf(item: bytes) -> bytes:
    """SHA-256(00 || item)."""
    return hashlib.sha256(b"\0" + item).digest()


def node(left: bytes, right: bytes) -> bytes:
    """SHA-256(01 || left || right)."""
    return hashlib.sha256(b"\1" + left + right).digest()


def leaves(items: bytes) -> bytes:
    """The hashes of items of 32 bytes each."""
    return _hashed(0, items, SIZE)


def parents(level: bytes) -> bytes:
    """The level above one."""
    pairs = len(level) // (2 * SIZE) * (2 * SIZE)
    return _hashed(1, level[:pairs], 2 * SIZE) + level[pairs:]


def _hashed(prefix: int, data: bytes, size: int) -> bytes:
    """The hashes of pieces of so many bytes, each behind a byte. Half of the time is what Python takes for a call."""
    sha256, found = hashlib.sha256, []
    for at in range(0, len(data), _AT_ONCE * size):
        pieces = np.frombuffer(data[at : at + _AT_ONCE * size], np.uint8).reshape(-1, size)
        whole = np.empty((len(pieces), size + 1), np.uint8)
        whole[:, 0], whole[:, 1:] = prefix, pieces
        found.append(b"".join([sha256(piece).digest() for piece in whole.view(f"V{size + 1}").ravel().tolist()]))
    return b"".join(found)


def levels(level: bytes) -> Sequence[bytes]:
    """This level and all above it; the last one is the root alone."""
    found = [level]
    while len(found[-1]) > SIZE:
        found.append(parents(found[-1]))
    return found


def half(count: int) -> int:
    """How many of so many leaves (two or more) stand on the left: the largest power of two below their number."""
    return 1 << (count - 1).bit_length() - 1
