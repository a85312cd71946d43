"""Small pictures for lists: plain RGB bytes, made smaller without any decoder."""

from __future__ import annotations

import zlib

from touchstone.report import Picture

LARGEST = 96  # pixels, the longer side of what is stored


def shrink(picture: Picture) -> Picture:
    """`picture` halved until neither side is longer than `LARGEST` (each pixel the mean of up to four)."""
    while max(picture.width, picture.height) > LARGEST:
        picture = _halve(picture)
    return picture


def unpacked(packed: bytes, width: int, height: int) -> Picture | None:
    """The thumbnail that was stored compressed; None where it is damaged."""
    try:
        return Picture(width, height, zlib.decompressobj().decompress(packed, LARGEST * LARGEST * 3 + 1))
    except (ValueError, zlib.error):
        return None


def _halve(picture: Picture) -> Picture:
    width, height, rgb = picture.width, picture.height, picture.rgb
    if height > 1:
        row = width * 3
        even = height - height % 2
        upper = b"".join(rgb[y * row : (y + 1) * row] for y in range(0, even, 2))
        lower = b"".join(rgb[y * row : (y + 1) * row] for y in range(1, even, 2))
        rgb, height = _mean(upper, lower), even // 2
    if width > 1:
        even = width - width % 2
        halved = bytearray(even // 2 * height * 3)
        for channel in range(3):
            plane = rgb[channel::3]
            if width != even:
                plane = b"".join(plane[y * width : y * width + even] for y in range(height))
            halved[channel::3] = _mean(plane[0::2], plane[1::2])
        rgb, width = bytes(halved), even // 2
    return Picture(width, height, rgb)


def _mean(first: bytes, second: bytes) -> bytes:
    """The mean of each pair of bytes, rounded down, all of them at once in two long integers."""
    a, b = int.from_bytes(first, "little"), int.from_bytes(second, "little")
    without_low_bit = int.from_bytes(b"\xfe" * len(first), "little")
    return ((a & b) + (((a ^ b) & without_low_bit) >> 1)).to_bytes(len(first), "little")
