"""Leaves and nodes of the tree of RFC 9162, 2.1.1, a level at a time: hashes stand one after the other in bytes.

A node that has no sibling goes up as it is, which comes to the same as the tree that is split at the largest power of
two below the number of its leaves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

SIZE = 32


def leaf(item: bytes) -> bytes:
    """SHA-256(00 || item)."""
    return hashlib.sha256(b"\0" + item).digest()


def node(left: bytes, right: bytes) -> bytes:
    """SHA-256(01 || left || right)."""
    return hashlib.sha256(b"\1" + left + right).digest()


def leaves(items: bytes) -> bytes:
    """The hashes of items of 32 bytes each."""
    sha256 = hashlib.sha256
    return b"".join([sha256(b"\0" + items[at : at + 32]).digest() for at in range(0, len(items), 32)])


def parents(level: bytes) -> bytes:
    """The level above one."""
    sha256, pairs = hashlib.sha256, len(level) // 64 * 64
    return b"".join([sha256(b"\1" + level[at : at + 64]).digest() for at in range(0, pairs, 64)]) + level[pairs:]


def levels(level: bytes) -> Sequence[bytes]:
    """This level and all above it; the last one is the root alone."""
    found = [level]
    while len(found[-1]) > SIZE:
        found.append(parents(found[-1]))
    return found


def half(count: int) -> int:
    """How many of so many leaves (two or more) stand on the left: the largest power of two below their number."""
    return 1 << (count - 1).bit_length() - 1
