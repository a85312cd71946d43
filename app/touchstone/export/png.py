"""A PNG from rows of RGB bytes, with the standard library alone (W3C PNG, third edition)."""

from __future__ import annotations

import base64
import struct
import zlib

from touchstone.report import Picture

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TRUE_COLOUR = 2
_UP = b"\x02"  # each byte as its difference from the one above


def encode(picture: Picture) -> bytes:
    """The bytes of a PNG file: eight bits a channel, three channels, no metadata."""
    row = picture.width * 3
    lines = _differences(picture.rgb, bytes(row) + picture.rgb[:-row])
    filtered = b"".join(_UP + lines[start : start + row] for start in range(0, len(lines), row))
    header = struct.pack("!IIBBBBB", picture.width, picture.height, 8, _TRUE_COLOUR, 0, 0, 0)
    return b"".join(
        (_SIGNATURE, _chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(filtered, 6)), _chunk(b"IEND", b""))
    )


def data_url(picture: Picture) -> str:
    """The picture as a `data:` address, so that a page needs nothing beside it."""
    return "data:image/png;base64," + base64.b64encode(encode(picture)).decode("ascii")


def _differences(first: bytes, second: bytes) -> bytes:
    """Each byte of `first` less that of `second`, modulo 256, all at once in two long integers."""
    count = len(first)
    a, b = int.from_bytes(first, "big"), int.from_bytes(second, "big")
    top, rest = (int.from_bytes(mask * count, "big") for mask in (b"\x80", b"\x7f"))
    # The top bits are set aside so that no byte borrows from its neighbour.
    return (((a | top) - (b & rest)) ^ ((a ^ b ^ top) & top)).to_bytes(count, "big")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack("!I", len(body)) + name + body + struct.pack("!I", zlib.crc32(name + body))
