"""Fetching bundles from where the register says they are: https, IPFS through a gateway, files.

Whoever flags chooses the address, so that nothing is fetched before somebody asked for it, hosts within private
networks are refused, and what comes is bounded and counts only once it has the item's hash.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

from touchstone.court.bundle import written
from touchstone.court.statement import EvidenceError
from touchstone.registry.fetching import NotFetched
from touchstone.store.files import make_folder

MOST = 256 * 1024**2  # bytes that are fetched unless more is asked for
_SLOWEST = 128 * 1024  # bytes a second below which it is given up
_SECONDS = 60.0  # beside that
_CHUNK = 1 << 20
_CID = re.compile(r"[A-Za-z0-9]{32,120}(/[A-Za-z0-9._~-]{1,200})*")
OnProgress = Callable[[int], None]
Take = Callable[[bytes], None]


def over_https(url: str, take: Take, most: int, seconds: float, **how: Any) -> None:
    """At most `most` bytes from an https address; `how` as `trust.https.download` takes it.

    Raises:
        EvidenceError: `too-large` {most}, `failed` {why, status, host}.
    """
    from touchstone.trust import https

    try:
        https.download(url, take, most, seconds, **how)
    except https.FetchError as error:
        if error.failure is https.FetchFailure.TOO_LARGE:
            raise EvidenceError("too-large", most=most) from error
        raise EvidenceError("failed", why=str(error.failure), status=error.status, untrusted_host=host(url)) from error


@dataclass(frozen=True, slots=True)
class Access:
    """Where evidence may come from.

    `web` is whether https addresses are fetched, `gateway` the https address that `ipfs://` ones are appended to, ""
    for none. File addresses count below `folders`, or anywhere with `any_file`. `fetch` fetches over https.
    """

    web: bool = True
    gateway: str = ""
    folders: tuple[Path, ...] = ()
    any_file: bool = False
    fetch: Callable[[str, Take, int, float], None] = over_https


def host(uri: str, gateway: str = "") -> str:
    """Which host fetching an address would ask, "" for none."""
    try:
        parts = urlsplit(uri)
        return (urlsplit(gateway).hostname or "") if parts.scheme == "ipfs" else (parts.hostname or "")
    except ValueError:
        return ""


@contextlib.contextmanager
def fetched(
    uri: str,
    folder: Path,
    most: int,
    access: Access,
    cancel: threading.Event | None = None,
    on_progress: OnProgress | None = None,
) -> Iterator[Path]:
    """What an address leads to, in a file of `folder` that is gone afterwards, or the very file that it names.

    Raises:
        EvidenceError: of what is fetched.
    """
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        raise EvidenceError("no-address") from error
    match parts.scheme:
        case "file" if parts.netloc in {"", "localhost"}:
            yield _local(unquote(parts.path), most, access)
            return
        case "https" | "ipfs" if not access.web:
            raise EvidenceError("not-allowed")
        case "https":
            url = uri
        case "ipfs":
            url = _by_gateway(uri, access.gateway)
        case _:
            raise EvidenceError("no-address")
    draft = folder / f".fetched-{os.urandom(6).hex()}"
    try:
        with _opened(draft) as file:
            access.fetch(url, _taking(file, cancel, on_progress), most, _SECONDS + most / _SLOWEST)
        yield draft
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()


def _by_gateway(uri: str, gateway: str) -> str:
    if not gateway:
        raise EvidenceError(str(NotFetched.NO_GATEWAY))
    name = uri.removeprefix("ipfs://").removeprefix("ipfs/")
    if not _CID.fullmatch(name) or {".", ".."} & set(name.split("/")):
        raise EvidenceError("no-address")
    return f"{gateway.rstrip('/')}/ipfs/{name}"


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        make_folder(path.parent)
        file = path.open("xb")
    except OSError as error:
        raise written(error) from error
    with file:
        yield file


def _taking(file: BinaryIO, cancel: threading.Event | None, on_progress: OnProgress | None) -> Take:
    had = 0

    def take(chunk: bytes) -> None:
        nonlocal had
        if cancel is not None and cancel.is_set():
            raise EvidenceError("stopped")
        try:
            file.write(chunk)
            file.flush()
        except OSError as error:
            raise written(error) from error
        had += len(chunk)
        if on_progress is not None:
            on_progress(had)

    return take


def _local(name: str, most: int, access: Access) -> Path:
    """A regular file of this computer that may be read. Its place is looked at before it is."""
    if os.name == "nt":
        name = name.lstrip("/")
    try:
        path = Path(name).resolve()
        if not access.any_file and not any(path.is_relative_to(folder.resolve()) for folder in access.folders):
            raise EvidenceError("not-allowed")
        told = path.stat()
    except (OSError, ValueError) as error:
        raise EvidenceError("missing") from error
    if not stat.S_ISREG(told.st_mode):
        raise EvidenceError("missing")
    if told.st_size > most:
        raise EvidenceError("too-large", most=most)
    return path
