"""Rows as bytes, each in one spelling: what a snapshot is made of.

A record is its number of values in a byte, then each value: a byte for its kind (0 none, 1 a whole number, 2 bytes, 3
text in UTF-8), and unless it is none its length in two bytes, big-endian, and as many bytes; a number as few as hold
it, big-endian.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

MOST_VALUES = 32
Value = int | bytes | str | None
_NONE, _NUMBER, _BYTES, _TEXT = range(4)


class Readable(Protocol):
    """Something that bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; fewer only at its end."""
        ...


class RecordError(Exception):
    """Not a record."""


def pack(values: Sequence[Value]) -> bytes:
    """A record.

    Raises:
        OverflowError: a value is negative or longer than 65,535 bytes.
    """
    parts = [bytes([len(values)])]
    for value in values:
        if value is None:
            parts.append(b"\0")
            continue
        if isinstance(value, int):
            kind, raw = _NUMBER, value.to_bytes((value.bit_length() + 7) // 8)
        elif isinstance(value, str):
            kind, raw = _TEXT, value.encode()
        else:
            kind, raw = _BYTES, value
        parts += (bytes([kind]), len(raw).to_bytes(2), raw)
    return b"".join(parts)


def unpack(file: Readable) -> tuple[Value, ...]:
    """The next record.

    Raises:
        RecordError: there is none, or it is not spelled as `pack` would.
    """
    count = _exactly(file, 1)[0]
    if count > MOST_VALUES:
        raise RecordError
    return tuple(_value(file) for _ in range(count))


def _value(file: Readable) -> Value:
    kind = _exactly(file, 1)[0]
    if kind == _NONE:
        return None
    raw = _exactly(file, int.from_bytes(_exactly(file, 2)))
    if kind == _BYTES:
        return raw
    if kind == _NUMBER and raw[:1] != b"\0" and len(raw) <= 8:
        return int.from_bytes(raw)
    if kind == _TEXT:
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise RecordError from error
    raise RecordError


def _exactly(file: Readable, size: int) -> bytes:
    data = file.read(size)
    if len(data) != size:
        raise RecordError
    return data
