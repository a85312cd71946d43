"""Sets of items, their trees by the words of RFC 9162 and nothing else, and lists of them on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path


def item(number: int, about: str = "item") -> bytes:
    return hashlib.sha256(f"{about} {number}".encode()).digest()


def after(one: bytes) -> bytes:
    return (int.from_bytes(one) + 1).to_bytes(32)


def before(one: bytes) -> bytes:
    return (int.from_bytes(one) - 1).to_bytes(32)


def tree_hash(items: Collection[bytes]) -> bytes:
    """MTH of RFC 9162, 2.1.1, over distinct items, ascending."""
    return _hash(sorted(set(items)))


def _hash(items: list[bytes]) -> bytes:
    if len(items) == 1:
        return hashlib.sha256(b"\0" + items[0]).digest()
    half = 1
    while half * 2 < len(items):
        half *= 2
    return hashlib.sha256(b"\1" + _hash(items[:half]) + _hash(items[half:])).digest()


def every_hash(items: Collection[bytes]) -> list[bytes]:
    """All that whoever has the items can put beside a way: hashes of the tree's nodes, and the items themselves."""
    found: list[bytes] = []

    def walk(some: list[bytes]) -> None:
        found.append(_hash(some))
        if len(some) > 1:
            half = 1
            while half * 2 < len(some):
                half *= 2
            walk(some[:half])
            walk(some[half:])

    walk(sorted(items))
    return found


def put(path: Path, items: Iterable[bytes] | Mapping[bytes, int], names: str = "") -> Path:
    """A list, without the code that writes lists."""
    masks = dict(items) if isinstance(items, Mapping) else dict.fromkeys(items, 1)
    rows = b"".join(one + bytes([masks[one]]) for one in sorted(masks))
    path.write_bytes(f"touchstone-items/1 {len(masks)} {names}\n".encode() + rows)
    return path
