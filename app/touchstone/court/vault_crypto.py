"""What the vault does with bytes: ChaCha20-Poly1305 (RFC 8439) under random nonces, and keys under keys.

    sealed   version (1)  nonce (12)  ciphertext and tag
    wrapped  version (1)  id of the key it is under (8)  nonce (12)  key and tag (48)

The id tells a wrong key from a changed file. It is a hash of a random or derived key of 256 bits, and gives nothing
away.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Any

KEY = 32
_VERSION = b"\x01"
_ID, _NONCE, _TAG = 8, 12, 16
WRAPPED = 1 + _ID + _NONCE + KEY + _TAG


class BrokenError(Exception):
    """It is not what was written."""


class OtherKeyError(Exception):
    """It was written under another key."""


def derived(secret: bytes, purpose: str) -> bytes:
    """32 bytes for a purpose, from a secret that holds at least as much (HMAC-SHA256)."""
    return hmac.digest(secret, b"touchstone sealed vote: " + purpose.encode(), "sha256")


def seal(key: bytes, data: bytes, about: bytes) -> bytes:
    """`data` encrypted; it opens only together with `about`, which is not in it."""
    nonce = os.urandom(_NONCE)
    return _VERSION + nonce + bytes(_cipher(key).encrypt(nonce, data, about))


def unseal(key: bytes, sealed: bytes, about: bytes) -> bytes:
    """What `seal` was given. Raises BrokenError."""
    from cryptography.exceptions import InvalidTag

    nonce, data = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    if sealed[:1] != _VERSION or len(data) < _TAG:
        raise BrokenError
    try:
        return bytes(_cipher(key).decrypt(nonce, data, about))
    except InvalidTag as error:
        raise BrokenError from error


def wrap(outer: bytes, key: bytes, about: bytes) -> bytes:
    """A key under another."""
    return _VERSION + _id(outer) + seal(outer, key, about)[1:]


def unwrap(outer: bytes, wrapped: bytes, about: bytes) -> bytes:
    """The key that `wrap` was given. Raises BrokenError, OtherKeyError."""
    if len(wrapped) != WRAPPED or wrapped[:1] != _VERSION:
        raise BrokenError
    if wrapped[1 : 1 + _ID] != _id(outer):
        raise OtherKeyError
    return unseal(outer, _VERSION + wrapped[1 + _ID :], about)


def _id(key: bytes) -> bytes:
    return hashlib.sha256(b"touchstone sealed vote: id of key" + key).digest()[:_ID]


def _cipher(key: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    return ChaCha20Poly1305(key)
