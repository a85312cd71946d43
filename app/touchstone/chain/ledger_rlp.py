"""RLP as Ethereum's yellow paper (appendix B) has it, for nested lists of bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

Item: TypeAlias = "bytes | Sequence[Item]"


def encode(item: Item) -> bytes:
    """`item` as bytes."""
    if isinstance(item, bytes):
        size = len(item)
        if size == 1 and item[0] < 0x80:
            return item
        return bytes((0x80 + size,)) + item if size < 56 else _long(0xB7, size) + item
    body = b"".join([encode(one) for one in item])
    size = len(body)
    return bytes((0xC0 + size,)) + body if size < 56 else _long(0xF7, size) + body


def number(value: int) -> bytes:
    """A whole number as RLP wants it: big-endian, without zeros in front."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def decode(data: bytes) -> Item:
    """The one item that `data` is, lists as lists.

    Raises:
        ValueError: it is no RLP, is not in its shortest form, or something follows it.
    """
    item, end = _item(data, 0, len(data), 0)
    if end != len(data):
        raise ValueError("bytes follow the item")
    return item


def _long(base: int, size: int) -> bytes:
    length = number(size)
    return bytes((base + len(length),)) + length


def _item(data: bytes, at: int, end: int, depth: int) -> tuple[Item, int]:
    if at >= end or depth > 64:
        raise ValueError("cut short" if at >= end else "too deep")
    first = data[at]
    if first < 0x80:
        return data[at : at + 1], at + 1
    start, stop = _span(data, at, end, first)
    if first < 0xC0:
        if stop - start == 1 and data[start] < 0x80:
            raise ValueError("not the shortest form")
        return data[start:stop], stop
    items: list[Item] = []
    while start < stop:
        item, start = _item(data, start, stop, depth + 1)
        items.append(item)
    return items, stop


def _span(data: bytes, at: int, end: int, first: int) -> tuple[int, int]:
    short = first - (0x80 if first < 0xC0 else 0xC0)
    if short < 56:
        start, size = at + 1, short
    else:
        start = at + 1 + short - 55
        if start > end or data[at + 1] == 0:
            raise ValueError("a length that is cut short or has zeros in front")
        size = int.from_bytes(data[at + 1 : start], "big")
        if size < 56:
            raise ValueError("not the shortest form")
    if start + size > end:
        raise ValueError("cut short")
    return start, start + size
