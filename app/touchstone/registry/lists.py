"""Leaf lists of Merkle batches: where they may be fetched from, fetching, and what becomes of each.

A list is used only if it hashes to what the register holds, so that it matters little where it came from.
"""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit

from touchstone.paths import Home
from touchstone.registry import leaves
from touchstone.registry.follow import OnProgress, Progress, Step
from touchstone.registry.ingest import add_leaves
from touchstone.registry.leaves import HEADER, MOST_LEAVES, LeavesError, ListTrouble
from touchstone.store.register_store import transaction

PENDING, HERE, BAD = 0, 1, 2
_SECONDS = 60.0
_AGAIN = 3600  # seconds until a list that could not be had is asked for again
_LINE = 195  # bytes of the longest line
_CID = re.compile(r"[A-Za-z0-9]{32,120}(/[A-Za-z0-9._~-]{1,200})*")


class NotFetched(StrEnum):
    """Why there is no list to look at; beside these, the failures of `trust.https`."""

    NO_ADDRESS = "no-address"
    NOT_ALLOWED = "not-allowed"  # from there, in this place
    NO_GATEWAY = "no-gateway"
    MISSING = "missing"
    NOT_A_FILE = "not-a-file"


class _Unobtainable(Exception):  # noqa: N818 - it becomes a state
    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def _over_https(url: str, most: int, seconds: float) -> bytes:
    from touchstone.trust import https

    try:
        return https.fetch(url, most, seconds)
    except https.FetchError as error:
        if error.failure is https.FetchFailure.TOO_LARGE:
            raise LeavesError(ListTrouble.TOO_LARGE) from error
        raise _Unobtainable(str(error.failure)) from error


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
    fetch: Callable[[str, int, float], bytes] = _over_https


@dataclass(frozen=True, slots=True)
class _Root:
    row: int
    root: bytes
    count: int
    list_hash: bytes
    uri: str


def own_folder(home: Home) -> Path:
    """Where lists that were made on this computer are kept."""
    return home.registers / "lists"


def fetch(
    connection: sqlite3.Connection,
    access: Access,
    tell: OnProgress,
    cancel: threading.Event | None,
    *,
    again: bool = False,
) -> None:
    """Try to get what is missing, and keep what came of it; with `again` also what failed within the last hour.

    Raises:
        sqlite3.Error: the mirror cannot be written.
    """
    now = int(time.time())
    rows = connection.execute(
        "SELECT id, root, count, list_hash, uri FROM root WHERE state <> ? AND (? OR tried < ?) ORDER BY id",
        (HERE, again, now - _AGAIN),
    ).fetchall()
    for number, row in enumerate(rows):
        if cancel is not None and cancel.is_set():
            return
        if connection.execute("SELECT state FROM root WHERE id = ?", row[:1]).fetchone() == (HERE,):
            continue  # came with another registration of the same root
        tell(Progress(Step.LISTS, number, len(rows)))
        _take(connection, _Root(*row), access, now)


def _take(connection: sqlite3.Connection, root: _Root, access: Access, now: int) -> None:
    try:
        data = _obtain(root, access)
        found = leaves.check(data, root=root.root, count=root.count, hashed=root.list_hash)
    except _Unobtainable as error:
        _note(connection, root, PENDING, error.why, now)
    except LeavesError as error:
        _note(connection, root, BAD, str(error.trouble), now)
    else:
        with transaction(connection):
            if connection.execute("SELECT 1 FROM list WHERE root = ?", (root.root,)).fetchone() is None:
                rows = [(leaf.sha256, _or_null(leaf.pdq), _or_null(leaf.manifest)) for leaf in found]
                add_leaves(connection, root.root, rows)
            connection.execute(
                "UPDATE root SET state = ?, why = '', tried = ? WHERE root = ? AND count = ?",
                (HERE, now, root.root, root.count),
            )


def _note(connection: sqlite3.Connection, root: _Root, state: int, why: str, now: int) -> None:
    connection.execute("UPDATE root SET state = ?, why = ?, tried = ? WHERE id = ?", (state, why, now, root.row))


def _obtain(root: _Root, access: Access) -> bytes:
    if root.count > MOST_LEAVES:
        raise LeavesError(ListTrouble.TOO_LARGE)
    most = len(HEADER) + root.count * _LINE
    for folder in access.folders:
        path = folder / leaves.file_name(root.root)
        if path.is_file():
            return _read(path, most)
    return _at(root.uri, most, access)


def _at(uri: str, most: int, access: Access) -> bytes:
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        raise _Unobtainable(NotFetched.NO_ADDRESS) from error
    match parts.scheme:
        case "https" if access.web:
            return access.fetch(uri, most, _SECONDS)
        case "ipfs" if access.web:
            if not access.gateway:
                raise _Unobtainable(NotFetched.NO_GATEWAY)
            name = uri.removeprefix("ipfs://").removeprefix("ipfs/")
            if not _CID.fullmatch(name):
                raise _Unobtainable(NotFetched.NO_ADDRESS)
            return access.fetch(f"{access.gateway.rstrip('/')}/ipfs/{name}", most, _SECONDS)
        case "file" if parts.netloc in {"", "localhost"}:
            return _file(unquote(parts.path), most, access)
        case "https" | "ipfs":
            raise _Unobtainable(NotFetched.NOT_ALLOWED)
        case _:
            raise _Unobtainable(NotFetched.NO_ADDRESS)


def _file(name: str, most: int, access: Access) -> bytes:
    if os.name == "nt":
        name = name.lstrip("/")
    try:
        path = Path(name).resolve()
    except (OSError, ValueError) as error:
        raise _Unobtainable(NotFetched.MISSING) from error
    if not access.any_file and not any(path.is_relative_to(folder.resolve()) for folder in access.folders):
        raise _Unobtainable(NotFetched.NOT_ALLOWED)
    return _read(path, most)


def _read(path: Path, most: int) -> bytes:
    """At most `most` bytes of a regular file."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise _Unobtainable(NotFetched.NOT_A_FILE)
        with path.open("rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as error:
        raise _Unobtainable(NotFetched.MISSING) from error
    if len(data) > most:
        raise LeavesError(ListTrouble.TOO_LARGE)
    return data


def _or_null(value: bytes) -> bytes | None:
    return value if any(value) else None
