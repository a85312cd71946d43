"""JSON in one spelling (RFC 8785), read strictly and within bounds, whoever wrote it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

MOST = 4 * 1024 * 1024  # bytes of a document, unless said
DEEPEST = 24  # objects and arrays within each other
_LARGEST_WHOLE = 2**53 - 1
_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class CanonicalError(ValueError):
    """The document is none, or has no canonical form.

    `code`: `too-large`, `not-json`, `not-an-object`, `duplicate-name`, `number`, `too-deep`, `not-canonical`, `value`
    (it holds what JSON has no form for), `no-file` (there is no regular file to read), `unreadable`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def dumps(document: Mapping[str, Any]) -> bytes:
    """The canonical bytes, without a newline at their end.

    Raises:
        CanonicalError: NUMBER for NaN, infinity and whole numbers beyond 2^53 - 1, TOO-DEEP, VALUE for anything else
            that has no form.
    """
    import rfc8785

    with _bounded_depth():
        whole = _plain(document, 0)
        try:
            return bytes(rfc8785.dumps(whole))
        except (rfc8785.IntegerDomainError, rfc8785.FloatDomainError) as error:
            raise CanonicalError("number") from error
        except (rfc8785.CanonicalizationError, UnicodeError) as error:
            raise CanonicalError("value") from error


def loads(raw: bytes, most: int = MOST, *, exact: bool = True) -> dict[str, Any]:
    """The object in the bytes of a document. `exact`: the bytes have to be its canonical form, to the last one.

    Numbers beyond 2^53 - 1 come back as floats, which is what they are in JSON's canonical form.

    Raises:
        CanonicalError: see there.
    """
    if len(raw) > most:
        raise CanonicalError("too-large")
    try:
        with _bounded_depth():
            document = json.loads(
                raw.decode("utf-8"),
                object_pairs_hook=_unique,
                parse_constant=_no_constant,
                parse_float=_finite,
                parse_int=_whole,
            )
    except CanonicalError:
        raise
    except ValueError as error:
        raise CanonicalError("not-json") from error
    if not isinstance(document, dict):
        raise CanonicalError("not-an-object")
    canonical = dumps(document)
    if exact and canonical != raw:
        raise CanonicalError("not-canonical")
    return document


def sha256(document: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical bytes, lower-case hex. Raises as `dumps`."""
    return hashlib.sha256(dumps(document)).hexdigest()


def read(path: Path, most: int = MOST) -> bytes:
    """The bytes of a regular file, whose size is looked at before any of it is read.

    Raises:
        CanonicalError: NO-FILE, TOO-LARGE (also where it grows while it is read), UNREADABLE.
    """
    try:
        fd = os.open(path, os.O_RDONLY | _FLAGS)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CanonicalError("no-file") from error
    except (OSError, ValueError) as error:
        raise CanonicalError("unreadable") from error
    try:
        told = os.fstat(fd)
        if not stat.S_ISREG(told.st_mode):
            raise CanonicalError("no-file")
        if told.st_size > most:
            raise CanonicalError("too-large")
        with open(fd, "rb", closefd=False) as file:
            raw = file.read(most + 1)
    except OSError as error:
        raise CanonicalError("unreadable") from error
    finally:
        os.close(fd)
    if len(raw) > most:
        raise CanonicalError("too-large")
    return raw


def _plain(value: Any, depth: int) -> Any:
    """The same with mappings as dicts and sequences as lists, which are all that the canonical form is made from."""
    if depth > DEEPEST:
        raise CanonicalError("too-deep")
    if isinstance(value, Mapping):
        return {name: _plain(part, depth + 1) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part, depth + 1) for part in value]
    return value


@contextlib.contextmanager
def _bounded_depth() -> Iterator[None]:
    try:
        yield
    except RecursionError as error:
        raise CanonicalError("too-deep") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise CanonicalError("duplicate-name")
    return found


def _no_constant(_name: str) -> Any:
    raise CanonicalError("number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise CanonicalError("number")
    return value


def _whole(text: str) -> int | float:
    if len(text) <= len(str(_LARGEST_WHOLE)) + 1:
        value = int(text)
        if abs(value) <= _LARGEST_WHOLE:
            return value
    return _finite(text)
