"""Asks a time-stamp server (RFC 3161) for a stamp, for the worker that may not.

The worker names the bytes to be stamped; what goes out is their SHA-256 and a number, to the server that the user
chose and nobody else.
"""

from __future__ import annotations

import hashlib
import http.client
import secrets
import ssl
import time
from urllib.parse import urlsplit

LARGEST = 64 * 1024
_SECONDS = 20.0
_CHUNK = 16 * 1024
_SHA256 = bytes.fromhex("0609608648016503040201")  # object identifier 2.16.840.1.101.3.4.2.1, DER


class NoStampError(Exception):
    """The server gave no stamp."""


def is_address(url: str) -> bool:
    """Whether a time-stamp server can stand at an address."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and url.isascii()
    except ValueError:
        return False


def request(message: bytes, nonce: int | None = None) -> bytes:
    """TimeStampReq for SHA-256 of a message, DER (RFC 3161, section 2.4.1); it asks for the certificate as well."""
    number = secrets.randbits(63) if nonce is None else nonce
    imprint = _tlv(0x30, _tlv(0x30, _SHA256 + b"\x05\x00") + _tlv(0x04, hashlib.sha256(message).digest()))
    return _tlv(0x30, _integer(1) + imprint + _integer(number) + b"\x01\x01\xff")


def fetch(url: str, message: bytes, seconds: float = _SECONDS) -> bytes:
    """The server's TimeStampResp over a message, uninterpreted.

    Raises:
        NoStampError: there is none within the time, or what came cannot be one.
    """
    if not is_address(url):
        raise NoStampError
    parts, deadline = urlsplit(url), time.monotonic() + seconds
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)
    if parts.scheme == "https":
        tls = ssl.create_default_context()
        connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=seconds, context=tls)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        headers = {"Content-Type": "application/timestamp-query", "User-Agent": "touchstone"}
        connection.request("POST", target, request(message), headers)
        with connection.getresponse() as response:
            if response.status != http.client.OK:
                raise NoStampError
            return _read(connection, response, deadline)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoStampError from error
    finally:
        connection.close()


def _read(connection: http.client.HTTPConnection, response: http.client.HTTPResponse, deadline: float) -> bytes:
    body = bytearray()
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or len(body) > LARGEST:
            raise NoStampError
        if connection.sock is not None:
            connection.sock.settimeout(left)
        chunk = response.read1(_CHUNK)
        if not chunk:
            return bytes(body)
        body += chunk


def _tlv(tag: int, body: bytes) -> bytes:
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def _integer(value: int) -> bytes:
    return _tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))
