"""A time stamp put into a COSE signature that was made without one, in the room its padding leaves.

The SDK would ask the time-stamp server itself, and for that this process would need a socket. So the signature is made
first; then the desk fetches a stamp over it; then the stamp takes the place of so much padding that no offset moves:
unprotected headers are not signed, and the signature box is not hashed (C2PA 2.x, "Time-stamps", `sigTst2`).
"""

from __future__ import annotations

from dataclasses import dataclass

_UINT, _BYTES, _TEXT, _ARRAY, _MAP, _TAG = 0, 2, 3, 4, 5, 6
_NULL = 0xF6
_SIGN1 = 18  # RFC 9052, section 2
_GRANTED = {0, 1}  # granted, granted with modifications (RFC 3161, section 2.4.2)


class StampError(ValueError):
    """The signature has no room for the stamp, or one of them is not what it should be."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A COSE_Sign1: its protected headers and signature, and where its unprotected headers stand."""

    protected: bytes
    value: bytes
    start: int
    end: int
    padding_only: bool


def read(cose: bytes) -> Signature:
    """The parts of a COSE_Sign1 with detached payload.

    Raises:
        StampError: it is something else.
    """
    try:
        return _read(cose)
    except IndexError as error:
        raise StampError("cut off") from error


def _read(cose: bytes) -> Signature:
    major, value, at = _head(cose, 0)
    if (major, value) == (_TAG, _SIGN1):
        major, value, at = _head(cose, at)
    if (major, value) != (_ARRAY, 4):
        raise StampError("not a signature")
    protected, start = _string(cose, at, _BYTES)
    padding_only, end = _only_padding(cose, start)
    if cose[end] != _NULL:
        raise StampError("the payload is not detached")
    signed, after = _string(cose, end + 1, _BYTES)
    if after != len(cose):
        raise StampError("something follows")
    return Signature(protected, signed, start, end, padding_only)


def to_be_stamped(signature: Signature) -> bytes:
    """What the imprint is taken of: a countersignature over the signature (C2PA 2.x, `sigTst2`; RFC 8152, 4.4)."""
    context = b"CounterSignature"
    parts = (_encoded(_TEXT, context), _encoded(_BYTES, signature.protected), _encoded(_BYTES, b""))
    payload = _encoded(_BYTES, _encoded(_BYTES, signature.value))
    return bytes([_ARRAY << 5 | 4]) + b"".join(parts) + payload


def with_stamp(cose: bytes, response: bytes) -> bytes:
    """The same signature, of the same length, with the token of a TimeStampResp (RFC 3161, section 2.4.2).

    Raises:
        StampError: it does not fit, or the response has no token.
    """
    signature = read(cose)
    if not signature.padding_only:
        raise StampError("headers that are not padding")
    stamp = _key(b"sigTst2") + bytes([_MAP << 5 | 1]) + _key(b"tstTokens") + bytes([_ARRAY << 5 | 1])
    stamp += bytes([_MAP << 5 | 1]) + _key(b"val") + _encoded(_BYTES, token(response))
    headers = bytes([_MAP << 5 | 2]) + stamp + _key(b"pad")
    padding = _padding(signature.end - signature.start - len(headers))
    return b"".join((cose[: signature.start], headers, padding, cose[signature.end :]))


def _padding(room: int) -> bytes:
    """A byte string of zeros that takes `room` bytes with its head."""
    for head in (1, 2, 3, 5):
        if room >= head and len(padding := _encoded(_BYTES, bytes(room - head))) == room:
            return padding
    raise StampError("no room")


def token(response: bytes) -> bytes:
    """The time-stamp token of a response, DER.

    Raises:
        StampError: there is none.
    """
    try:
        body, _end = _der(response, 0, 0x30)
        status, after = _der(body, 0, 0x30)
        code, _after = _der(status, 0, 0x02)
        if int.from_bytes(code, "big") not in _GRANTED or body[after] != 0x30:
            raise StampError("not granted")
        _token, end = _der(body, after, 0x30)
        return body[after:end]
    except IndexError as error:
        raise StampError("cut off") from error


def _der(data: bytes, at: int, tag: int) -> tuple[bytes, int]:
    """The contents of the element at `at`, and where it ends."""
    if data[at] != tag:
        raise StampError("another element")
    size, at = data[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        size, at = int.from_bytes(data[at : at + count], "big"), at + count
    if at + size > len(data):
        raise StampError("cut off")
    return data[at : at + size], at + size


def _only_padding(cose: bytes, at: int) -> tuple[bool, int]:
    """Whether the map at `at` holds padding alone, and where it ends."""
    major, count, at = _head(cose, at)
    if major != _MAP:
        raise StampError("no headers")
    only = True
    for _ in range(count):
        key, at = _string(cose, at, _TEXT)
        value, at = _string(cose, at, _BYTES)
        only = only and key in {b"pad", b"pad2"} and not value.strip(b"\0")
    return only, at


def _string(data: bytes, at: int, wanted: int) -> tuple[bytes, int]:
    major, size, at = _head(data, at)
    if major != wanted or at + size > len(data):
        raise StampError("another item")
    return data[at : at + size], at + size


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """Major type, argument and the place behind them (RFC 8949, section 3); definite lengths only."""
    major, short = data[at] >> 5, data[at] & 31
    if short < 24:
        return major, short, at + 1
    width = {24: 1, 25: 2, 26: 4, 27: 8}.get(short, 0)
    if not width or at + 1 + width > len(data):
        raise StampError("another length")
    return major, int.from_bytes(data[at + 1 : at + 1 + width], "big"), at + 1 + width


def _encoded(major: int, data: bytes) -> bytes:
    size = len(data)
    if size < 24:
        return bytes([major << 5 | size]) + data
    short, width = next((s, w) for s, w in ((24, 1), (25, 2), (26, 4)) if size < 1 << 8 * w)
    return bytes([major << 5 | short]) + size.to_bytes(width, "big") + data


def _key(name: bytes) -> bytes:
    return _encoded(_TEXT, name)
