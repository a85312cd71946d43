"""Where lists that the register names by their hash may be fetched from, and fetching them.

A list is used only if it hashes to what the register holds, so that it matters little where it came from.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit

PENDING, HERE, BAD = 0, 1, 2  # what became of a list
AGAIN = 3600  # seconds until a list that could not be had is asked for again
_SECONDS = 60.0
_CID = re.compile(r"[A-Za-z0-9]{32,120}(/[A-Za-z0-9._~-]{1,200})*")


class NotFetched(StrEnum):
    """Why there is no list to look at; beside these, the failures of `trust.https`."""

    NO_ADDRESS = "no-address"
    NOT_ALLOWED = "not-allowed"  # from there, in this place
    NO_GATEWAY = "no-gateway"
    MISSING = "missing"
    NOT_A_FILE = "not-a-file"


class Unobtainable(Exception):  # noqa: N818 - it becomes a state
    """There is no list to look at, and why (a code)."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class TooLarge(Exception):  # noqa: N818 - it becomes a state
    """What is there is larger than the list can be."""


def over_https(url: str, most: int, seconds: float) -> bytes:
    """At most `most` bytes from an https address.

    Raises:
        Unobtainable: it could not be fetched.
        TooLarge: there are more.
    """
    from touchstone.trust import https

    try:
        return https.fetch(url, most, seconds)
    except https.FetchError as error:
        if error.failure is https.FetchFailure.TOO_LARGE:
            raise TooLarge from error
        raise Unobtainable(str(error.failure)) from error


@dataclass(frozen=True, slots=True)
class Access:
    """Where lists may come from.

    `folders` are looked through for files named after their root, whatever the address says; file addresses count
    below them, or anywhere with `any_file`. `web` is whether https addresses are fetched, `gateway` the https address
    to which `ipfs://` ones are appended, "" for none. `fetch` fetches: address, most bytes, seconds.
    """

    folders: tuple[Path, ...] = ()
    any_file: bool = False
    web: bool = False
    gateway: str = ""
    fetch: Callable[[str, int, float], bytes] = over_https


def obtain(name: str, uri: str, most: int, access: Access) -> bytes:
    """The bytes of a list, at most `most`: the file of that name in one of the folders, else what its address leads to.

    Raises:
        Unobtainable: there is none.
        TooLarge: there is more.
    """
    for folder in access.folders:
        path = folder / name
        if path.is_file():
            return _read(path, most)
    return _at(uri, most, access)


def _at(uri: str, most: int, access: Access) -> bytes:
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        raise Unobtainable(NotFetched.NO_ADDRESS) from error
    match parts.scheme:
        case "https" if access.web:
            return access.fetch(uri, most, _SECONDS)
        case "ipfs" if access.web:
            if not access.gateway:
                raise Unobtainable(NotFetched.NO_GATEWAY)
            name = uri.removeprefix("ipfs://").removeprefix("ipfs/")
            if not _CID.fullmatch(name):
                raise Unobtainable(NotFetched.NO_ADDRESS)
            return access.fetch(f"{access.gateway.rstrip('/')}/ipfs/{name}", most, _SECONDS)
        case "file" if parts.netloc in {"", "localhost"}:
            return _file(unquote(parts.path), most, access)
        case "https" | "ipfs":
            raise Unobtainable(NotFetched.NOT_ALLOWED)
        case _:
            raise Unobtainable(NotFetched.NO_ADDRESS)


def _file(name: str, most: int, access: Access) -> bytes:
    if os.name == "nt":
        name = name.lstrip("/")
    try:
        path = Path(name).resolve()
    except (OSError, ValueError) as error:
        raise Unobtainable(NotFetched.MISSING) from error
    if not access.any_file and not any(path.is_relative_to(folder.resolve()) for folder in access.folders):
        raise Unobtainable(NotFetched.NOT_ALLOWED)
    return _read(path, most)


def _read(path: Path, most: int) -> bytes:
    """At most `most` bytes of a regular file."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise Unobtainable(NotFetched.NOT_A_FILE)
        with path.open("rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as error:
        raise Unobtainable(NotFetched.MISSING) from error
    if len(data) > most:
        raise TooLarge
    return data
