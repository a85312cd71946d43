"""Sign a file with content credentials: a copy appears, signed and read back, or nothing does.

A worker of its own reads the file and writes the copy; it may open nothing and reach nobody. What it needs the key for
it asks, and the desk signs exactly once for a file, and only what is a C2PA claim. A time stamp is fetched by the desk
(`touchstone.check.signing_stamp`). Then another process, the reader of credentials, has to find the copy intact.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from touchstone import __version__
from touchstone.check import credentials, signing_practice, signing_stamp
from touchstone.check.credentials_reply import Reading
from touchstone.check.identify import identify
from touchstone.check.opening import OpenedFile, OpenError, Stopped
from touchstone.check.sandbox import Pool, WorkerError
from touchstone.check.signing_keys import Identity
from touchstone.paths import Home
from touchstone.store.files import Trouble, trouble_of
from touchstone.trust.lists import TrustSnapshot
from touchstone.wire import Limits, WorkerFailure

GENERATOR = {"name": "Touchstone", "version": __version__}
_SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
# A COSE Sig_structure for one signer (RFC 9052, section 4.4): the key signs nothing that is not one.
_CLAIM = b"\x84\x6aSignature1"
_LARGEST_CLAIM = 1 << 20
_LENGTH = struct.Struct("!I")
_DRAFT = ".touchstone-sign-"
_STALE_SECONDS = 24 * 3600
_FILE = 0o666  # less what the user's umask takes away: signed files are made to be passed on
_SECONDS_PER_BYTE = 1 / 10e6
_ROOM = 64 * 1024 * 1024  # bytes that credentials may add to a file


class Source(StrEnum):
    """How the publisher says that a file came about."""

    CAPTURED = "captured"
    EDITED = "humanEdits"
    COMPOSITE = "composite"
    PART_GENERATED = "compositeWithTrainedAlgorithmicMedia"
    GENERATED = "trainedAlgorithmicMedia"
    UNSTATED = "unstated"


_SOURCE_TYPES: Mapping[Source, str] = {
    Source.CAPTURED: _SOURCES + "digitalCapture",
    Source.EDITED: _SOURCES + "humanEdits",
    Source.COMPOSITE: _SOURCES + "composite",
    Source.PART_GENERATED: _SOURCES + "compositeWithTrainedAlgorithmicMedia",
    Source.GENERATED: _SOURCES + "trainedAlgorithmicMedia",
    Source.UNSTATED: "",  # nothing but "opened" can be said without one
}


class SignFailure(StrEnum):
    """Why a file was not signed."""

    FORMAT = "format"  # credentials cannot be written into this kind of file
    UNREADABLE = "unreadable"
    CERTIFICATE = "certificate"  # not one that credentials may be signed with
    SIGNATURE = "signature"  # the desk would not, or could not, sign what the worker asked for
    TIME_STAMP = "time-stamp"  # the server gave none
    TIME_STAMP_USELESS = "time-stamp-useless"  # what it gave does not fit
    REMOTE = "remote"  # the file's own credentials are kept elsewhere
    SOURCE_FAILED = "source-failed"  # its credentials do not fit it, and the signature would carry that on
    NOT_VERIFIED = "not-verified"  # the copy does not read as signed and unchanged
    NO_ROOM = "no-room"
    READ_ONLY = "read-only"
    EXISTS = "exists"
    CHANGED = "changed"  # somebody wrote to the file meanwhile
    FAILED = "failed"
    WORKER = "worker"  # the worker gave up; `worker` says why


class SignError(Exception):
    """A file was not signed, and nothing of it was left behind."""

    def __init__(self, failure: SignFailure, worker: WorkerFailure | None = None) -> None:
        super().__init__(str(failure))
        self.failure, self.worker = failure, worker


@dataclass(frozen=True, slots=True)
class Statement:
    """What the credentials are to say: a title, how the file came about, and where its registration is to be found.

    `registration` has `chain` (CAIP-2), `registry` (its address) and `publisher`; the transaction comes afterwards.
    """

    title: str
    source: Source = Source.UNSTATED
    registration: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed copy. `manifest` is the SHA-256 of its active manifest, hex; `opened`: it had credentials before."""

    path: Path
    sha256: str
    bytes: int
    manifest: str
    opened: bool
    stamped: bool


OnSigning = Callable[[float], None]  # how far it is, 0 to 1


class FileSigner:
    """Signs files as one identity. `stamps` is the address of a time-stamp server, empty for none."""

    def __init__(self, home: Home, identity: Identity, stamps: str = "") -> None:
        self._home, self._identity, self._stamps = home, identity, stamps
        self._writer = Pool("sign")
        self._reader = Pool("provenance", credentials.setup(TrustSnapshot(), None))

    def close(self) -> None:
        """End its worker processes."""
        self._writer.close()
        self._reader.close()

    def sign(
        self,
        source: Path,
        target: Path,
        statement: Statement,
        on_progress: OnSigning | None = None,
        cancel: threading.Event | None = None,
        *,
        replace: bool = False,
        before: Callable[[Signed], None] = lambda _signed: None,
    ) -> Signed:
        """Write a signed copy of `source` to `target`, whole or not at all.

        `before` hears of the copy once it is good and before it has its name.

        Raises:
            SignError: it could not be done.
            OpenError: the source cannot be opened.
            Stopped: `cancel` was set.
        """
        if not replace and os.path.lexists(target):
            raise SignError(SignFailure.EXISTS)
        with OpenedFile(source) as opened, _draft(target) as (draft, descriptor):
            said = self._write(opened, descriptor, statement, on_progress or (lambda _part: None), cancel)
            with _reported():
                os.fsync(descriptor)
            sha256, size = self._read_back(draft, _mime(opened), cancel)
            signed = Signed(target, sha256, size, said["manifest"], said["opened"], said["stamped"])
            with _reported():
                if self._identity.practice:
                    signing_practice.remember(self._home, sha256, self._identity.chain)
            before(signed)
            with _reported():
                draft.replace(target)
        return signed

    def _write(
        self,
        opened: OpenedFile,
        descriptor: int,
        statement: Statement,
        tell: OnSigning,
        cancel: threading.Event | None,
    ) -> dict[str, Any]:
        """Have the worker write the copy; what it says about it, within bounds."""
        with ExitStack() as stack:
            media = stack.enter_context(_closing(opened.again()))
            hears, says = os.pipe()
            stack.enter_context(_closing(says))
            with _closing(hears):
                answers = _Answers(self._identity, self._stamps, says)
                pending = self._writer.start(
                    self._request(opened, statement), [media, descriptor, hears], _limits(opened.size)
                )
            try:
                reply = pending.result(cancel, _progress(tell), answers.answer)
            except WorkerError as error:
                if error.failure is WorkerFailure.STOPPED:
                    raise Stopped from error
                raise SignError(SignFailure.WORKER, error.failure) from error
        try:
            opened.refuse_changed()
        except OpenError as error:
            raise SignError(SignFailure.CHANGED) from error
        return _said(reply.body)

    def _request(self, opened: OpenedFile, statement: Statement) -> dict[str, Any]:
        return {
            "op": "sign",
            "mime": _mime(opened),
            "title": statement.title,
            "chain": self._identity.chain,
            "algorithm": self._identity.algorithm,
            "source_type": _SOURCE_TYPES[statement.source],
            "registration": dict(statement.registration),
            "stamp": bool(self._stamps),
            "generator": GENERATOR,
        }

    def _read_back(self, draft: Path, mime: str, cancel: threading.Event | None) -> tuple[str, int]:
        """SHA-256 and size of the copy, once another process has found it signed and unchanged."""
        with OpenedFile(draft) as opened:
            sha256 = opened.sha256(cancel)
            with _closing(opened.again()) as media:
                try:
                    reply = self._reader.run(
                        credentials.request(mime, sidecar=False, sample=False), [media], _limits(opened.size), cancel
                    )
                    reading = credentials.parse(reply.body, reply.blobs).main
                except WorkerError as error:
                    if error.failure is WorkerFailure.STOPPED:
                        raise Stopped from error
                    raise SignError(SignFailure.NOT_VERIFIED, error.failure) from error
            self._refuse(reading)
            return sha256, opened.size

    def _refuse(self, reading: Reading) -> None:
        if reading.integrity == "intact" and reading.history == "ingredient-failed":
            raise SignError(SignFailure.SOURCE_FAILED)
        stamped = reading.stamp not in {"none", "invalid"}
        if reading.integrity != "intact" or not reading.signature or stamped != bool(self._stamps):
            raise SignError(SignFailure.NOT_VERIFIED)


class _Answers:
    """What the desk says to a worker that asks: one signature, and one time stamp, for one file."""

    def __init__(self, identity: Identity, stamps: str, pipe: int) -> None:
        self._identity, self._stamps, self._pipe = identity, stamps, pipe
        self._given: set[str] = set()

    def answer(self, what: str, data: bytes) -> None:
        """Answer on the pipe; an empty answer is a no."""
        answer = b""
        if what not in self._given and len(data) <= _LARGEST_CLAIM:
            self._given.add(what)
            if what == "signature" and data.startswith(_CLAIM):
                answer = self._identity.sign(data)
            elif what == "time-stamp" and self._stamps:
                with contextlib.suppress(signing_stamp.NoStampError):
                    answer = signing_stamp.fetch(self._stamps, data)
        with contextlib.suppress(OSError):  # it has ended meanwhile
            os.write(self._pipe, _LENGTH.pack(len(answer)) + answer)


def _said(body: Mapping[str, Any]) -> dict[str, Any]:
    """A worker's answer, once it is seen to be one."""
    match dict(body):
        case {"done": True, "manifest": str(manifest), "opened": bool(), "stamped": bool(), **rest} if not rest:
            if len(manifest) == 64 and not manifest.strip("0123456789abcdef"):
                return dict(body)
        case {"failed": str(code), **rest} if not rest and code in set(SignFailure):
            raise SignError(SignFailure(code))
    raise SignError(SignFailure.WORKER, WorkerFailure.PROTOCOL)


def _progress(tell: OnSigning) -> Callable[[str], None]:
    def step(name: str) -> None:
        percent = name.removeprefix("written-")
        if percent.isdecimal():
            tell(min(100, int(percent)) / 100)

    return step


def _mime(opened: OpenedFile) -> str:
    return identify(opened.head(), opened.path.name).mime


def _limits(size: int) -> Limits:
    seconds = 60 + size * _SECONDS_PER_BYTE
    return Limits(wall_seconds=seconds, cpu_seconds=int(2 * seconds), file_bytes=2 * size + _ROOM)


@contextlib.contextmanager
def _draft(target: Path) -> Iterator[tuple[Path, int]]:
    """A new file beside `target`, open for reading and writing; it is gone afterwards unless it was renamed."""
    draft = target.with_name(f"{_DRAFT}{secrets.token_hex(8)}{target.suffix}")
    with _reported():
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target.parent)
        descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), _FILE)
    try:
        yield draft, descriptor
    finally:
        os.close(descriptor)
        with contextlib.suppress(OSError):
            draft.unlink()


def _sweep(folder: Path) -> None:
    """Remove what a run that was killed long ago left behind."""
    for left in folder.glob(_DRAFT + "*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _STALE_SECONDS:
                left.unlink()


@contextlib.contextmanager
def _closing(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _reported() -> Iterator[None]:
    """What the system refuses becomes a `SignError`."""
    try:
        yield
    except OSError as error:
        known = {Trouble.READ_ONLY: SignFailure.READ_ONLY, Trouble.FULL: SignFailure.NO_ROOM}
        raise SignError(known.get(trouble_of(error), SignFailure.FAILED)) from error
