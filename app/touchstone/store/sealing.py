"""A stream of bytes under a password: encrypted and authenticated in chunks, so that its size does not matter.

    magic (8)  version (1)  scrypt: log2 n, r, p (3)  salt (16)  nonce prefix (7)  tag (32)  chunks …  end (8)

The key comes from the password by scrypt (RFC 7914). Chunks are ChaCha20-Poly1305 (RFC 8439) in the STREAM
construction (Hoang, Reyhanitabar, Rogaway, Vizár, 2015): the nonce is the prefix, the number of the chunk, and whether
it is the last, so that chunks cannot be left out, repeated, put in another order or cut off. `tag` is HMAC-SHA256 over
what stands before it under a second key: it tells a wrong password from a file that was changed. `end` proves nothing;
where it is missing, a copy was cut short, which is said before a password is asked for.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Any

MAGIC, END = b"TSBACKUP", b"TSEND\r\n\0"
VERSION = 1
WORK = 17  # log2 n: 128 MiB
_MOST_WORK = 20
_CHUNK = 64 * 1024
_TAG = 16
_HEADER = struct.Struct(">8sBBBB16s7s")
_MAC = 32
_LARGEST_COUNT = 2**32 - 1


class SealTrouble(StrEnum):
    """Why a sealed file does not open."""

    NOT_SEALED = "not-a-backup"
    NEWER = "newer"
    WRONG_PASSWORD = "wrong-password"  # noqa: S105 - a code
    TRUNCATED = "truncated"
    CHANGED = "changed"


class SealError(Exception):
    """It does not open."""

    def __init__(self, code: SealTrouble) -> None:
        super().__init__(str(code))
        self.code = code


@dataclass(frozen=True, slots=True)
class _Keys:
    cipher: Any
    prefix: bytes
    header: bytes

    def nonce(self, number: int, *, last: bool) -> bytes:
        return self.prefix + struct.pack(">I?", number, last)


class Sealer:
    """Writes a sealed stream to `file`. Nothing can be read before `finish`."""

    def __init__(self, file: IO[bytes], password: str, work: int = WORK) -> None:
        header = _HEADER.pack(MAGIC, VERSION, work, 8, 1, os.urandom(16), os.urandom(7))
        self._file, self._pending, self._number = file, bytearray(), 0
        self._keys, tag = _keys(header, password)
        file.write(header + tag)

    def write(self, data: bytes) -> int:
        """Take bytes; as a file would."""
        self._pending += data
        while len(self._pending) > _CHUNK:  # the last chunk is known only at the end
            self._put(bytes(self._pending[:_CHUNK]), last=False)
            del self._pending[:_CHUNK]
        return len(data)

    def finish(self) -> None:
        """Write the last chunk."""
        self._put(bytes(self._pending), last=True)
        self._file.write(END)
        self._pending.clear()

    def _put(self, chunk: bytes, *, last: bool) -> None:
        if self._number > _LARGEST_COUNT:
            raise OverflowError
        nonce = self._keys.nonce(self._number, last=last)
        self._file.write(self._keys.cipher.encrypt(nonce, chunk, self._keys.header))
        self._number += 1


class Opener:
    """Reads a sealed stream from `file`, which can be sought in.

    Every byte it gives is authentic; only `finish` says that none is missing.

    Raises:
        SealError: NOT_SEALED, NEWER, TRUNCATED, CHANGED, WRONG_PASSWORD.
    """

    def __init__(self, file: IO[bytes], password: str) -> None:
        header = refuse_unsealed(file)
        _magic, _version, work, r, p, _salt, _prefix = _HEADER.unpack(header)
        if not 1 <= work <= _MOST_WORK or (r, p) != (8, 1):
            raise SealError(SealTrouble.CHANGED)
        self._keys, expected = _keys(header, password)
        if not hmac.compare_digest(file.read(_MAC), expected):
            raise SealError(SealTrouble.WRONG_PASSWORD)
        at = file.tell()
        self._left = file.seek(-len(END), os.SEEK_END) - at
        file.seek(at)
        self._file, self._number = file, 0
        self._ready, self._ended = bytearray(), False

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, fewer only at the end.

        Raises:
            SealError: CHANGED.
        """
        while not self._ended and (size < 0 or len(self._ready) < size):
            self._ready += self._next()
        taken = bytes(self._ready if size < 0 else self._ready[:size])
        del self._ready[: len(taken)]
        return taken

    def finish(self) -> None:
        """Make sure that nothing is missing and nothing follows. Raises SealError as `read`."""
        while not self._ended:
            self._next()

    def _next(self) -> bytes:
        from cryptography.exceptions import InvalidTag

        size = min(self._left, _CHUNK + _TAG)
        self._left -= size
        last = self._left == 0
        nonce = self._keys.nonce(self._number, last=last)
        try:
            plain: bytes = self._keys.cipher.decrypt(nonce, self._file.read(size), self._keys.header)
        except InvalidTag as error:
            raise SealError(SealTrouble.CHANGED) from error
        self._ended, self._number = last, self._number + 1
        return plain


def refuse_unsealed(file: IO[bytes]) -> bytes:
    """The header of a sealed file, which is left at its tag.

    Raises:
        SealError: NOT_SEALED, NEWER, TRUNCATED.
    """
    header = file.read(_HEADER.size)
    if header[: len(MAGIC)] != MAGIC:
        raise SealError(SealTrouble.NOT_SEALED)
    if len(header) > len(MAGIC) and header[len(MAGIC)] > VERSION:
        raise SealError(SealTrouble.NEWER)
    size = file.seek(0, os.SEEK_END)
    if size < _HEADER.size + _MAC + _TAG + len(END):
        raise SealError(SealTrouble.TRUNCATED)
    file.seek(-len(END), os.SEEK_END)
    if file.read() != END:
        raise SealError(SealTrouble.TRUNCATED)
    file.seek(_HEADER.size)
    return header


def _keys(header: bytes, password: str) -> tuple[_Keys, bytes]:
    """The keys for a header, and its tag."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    _magic, _version, work, r, p, salt, prefix = _HEADER.unpack(header)
    n = 1 << work
    made = hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=132 * n * r + (1 << 20), dklen=64)
    return _Keys(ChaCha20Poly1305(made[:32]), prefix, header), hmac.digest(made[32:], header, "sha256")
