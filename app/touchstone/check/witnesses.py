"""The witnesses that read the file itself. Each is asked (`begin`) and heard (`finish`); later ones join here.

A witness never raises for what a file holds: whatever goes wrong ends in its finding.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from touchstone.check import credentials, pixels, sidecars
from touchstone.check.arrays import Arrays
from touchstone.check.identify import Identity, identify
from touchstone.check.opening import OpenedFile, Stopped, anonymous_file
from touchstone.check.samples import SampleRecord
from touchstone.check.sandbox import Limits, Pending, Pool, Reply, WorkerError
from touchstone.paths import Home
from touchstone.report import Finding, Picture, Protection, Status, Witness
from touchstone.trust.lists import TrustSnapshot, TrustStore
from touchstone.wire import WorkerFailure

_THUMBNAIL_LIMITS = Limits(wall_seconds=5, cpu_seconds=5)


@dataclass(frozen=True, slots=True)
class Subject:
    """The file that a check is about, and what may be spent on it."""

    opened: OpenedFile
    identity: Identity
    limits: Limits
    cancel: threading.Event | None


@dataclass(frozen=True, slots=True)
class Heard:
    """What a witness said: its finding, pictures by name, what held its process, and facts about the media."""

    finding: Finding
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    protection: tuple[Protection, ...] = ()
    media: Mapping[str, Any] = field(default_factory=dict)  # fields of `report.Media`
    encoded: Mapping[str, bytes] = field(default_factory=dict)  # pictures nobody has decoded yet, by name
    arrays: Arrays = field(default_factory=Arrays)  # what detectors look at


class Question:
    """A request to a worker under way; or the reason why there is none."""

    def __init__(self, pool: Pool, request: Mapping[str, Any], subject: Subject, extra: Sequence[int] = ()) -> None:
        self._pending: Pending | None = None
        self._refused: WorkerFailure | None = None
        self._cancel = subject.cancel
        self.limits = subject.limits
        fd = subject.opened.again()
        try:
            self._pending = pool.start(request, [fd, *extra], subject.limits)
        except WorkerError as error:
            self._refused = error.failure
        finally:
            os.close(fd)

    def reply(self, on_step: Callable[[str], None] | None = None) -> Reply:
        """Wait for the reply.

        Raises:
            WorkerError: there is none.
            Stopped: the user stopped the check.
        """
        pending, self._pending = self._pending, None
        if pending is None:
            raise WorkerError(self._refused or WorkerFailure.UNAVAILABLE)
        try:
            return pending.result(self._cancel, on_step)
        except WorkerError as error:
            if error.failure is WorkerFailure.STOPPED:
                raise Stopped from error
            raise

    def abandon(self) -> None:
        """End the worker, if nobody has waited for it."""
        if self._pending is not None:
            self._pending.abandon()
            self._pending = None


def _failed(witness: Witness, failure: WorkerFailure, limits: Limits) -> Finding:
    if failure is WorkerFailure.UNSUPPORTED:  # nobody tried, so nothing failed
        return Finding(witness, Status.NOT_CHECKED, str(failure))
    params = {"seconds": round(limits.wall_seconds)} if failure is WorkerFailure.TIMEOUT else {}
    return Finding(witness, Status.FAILED, str(failure), params)


class ArraysQuestion(Question):
    """A file of which only the arrays for detectors are wanted."""

    def __init__(self, pool: Pool, subject: Subject) -> None:
        self.kind = subject.identity.kind
        super().__init__(pool, pixels.request_arrays(self.kind, subject.identity.mime), subject)

    def arrays(self) -> Arrays:
        """Wait for them. Raises `WorkerError`, `Stopped`."""
        reply = self.reply()
        return pixels.parse_arrays(reply.body, reply.blobs)


class PixelsWitness:
    """Decodes: file facts, fingerprints, sizes, thumbnails."""

    def __init__(self, pool: Pool | None = None) -> None:
        self.pool = pool or Pool("pixels")

    def begin(self, subject: Subject, stack: ExitStack, *, detectors: bool = False) -> Question:
        """Ask, with `detectors` for what those look at as well; the question is abandoned with `stack`."""
        request = pixels.request(subject.identity.kind, subject.identity.mime, detectors=detectors)
        question = Question(self.pool, request, subject)
        stack.callback(question.abandon)
        return question

    def finish(self, question: Question) -> Heard:
        """Wait for the answer. Raises `Stopped` alone."""
        try:
            reply = question.reply()
            seen = pixels.parse(reply.body, reply.blobs)
        except WorkerError as error:
            return Heard(_failed(Witness.FACTS, error.failure, question.limits))
        finding = pixels.facts_finding(seen, took_ms=reply.took_ms)
        return Heard(finding, seen.pictures, (reply.protection,), pixels.media_fields(seen), arrays=seen.arrays)

    def ask_arrays(self, opened: OpenedFile, limits: Limits, cancel: threading.Event | None) -> ArraysQuestion:
        """Ask for what detectors look at, and for nothing else. Raises `OpenError`."""
        identity = identify(opened.head(), opened.path.name)
        return ArraysQuestion(self.pool, Subject(opened, identity, limits, cancel))

    def picture(self, opened: OpenedFile, limits: Limits, cancel: threading.Event | None) -> Picture:
        """A file's picture as a check shows it. Raises `WorkerError` where there is none, `Stopped`, `OpenError`."""
        shown = self._read(opened, limits, cancel).pictures
        if "thumbnail" not in shown:
            raise WorkerError(WorkerFailure.UNREADABLE)
        return shown["thumbnail"]

    def fingerprints(self, opened: OpenedFile, limits: Limits, cancel: threading.Event | None) -> Mapping[str, Any]:
        """A file's fingerprints, as in `report.Media`. Raises `WorkerError`, `Stopped`, `OpenError`."""
        found: Mapping[str, Any] = self._read(opened, limits, cancel).media["fingerprints"]
        return found

    def _read(self, opened: OpenedFile, limits: Limits, cancel: threading.Event | None) -> pixels.PixelsReply:
        identity = identify(opened.head(), opened.path.name)
        subject = Subject(opened, identity, limits, cancel)
        question = Question(self.pool, pixels.request(identity.kind, identity.mime), subject)
        try:
            reply = question.reply()
            return pixels.parse(reply.body, reply.blobs)
        finally:
            question.abandon()

    def thumbnails(self, encoded: Mapping[str, bytes], cancel: threading.Event | None) -> dict[str, Picture]:
        """Pictures that a manifest carries, decoded; those that cannot be are left out. Raises `Stopped` alone."""
        shown: dict[str, Picture] = {}
        for name, data in encoded.items():
            try:
                with anonymous_file(data) as file:
                    reply = self.pool.run({"op": "thumbnail"}, [file.fileno()], _THUMBNAIL_LIMITS, cancel)
                shown[name] = pixels.parse_thumbnail(reply.body, reply.blobs)
            except WorkerError as error:
                if error.failure is WorkerFailure.STOPPED:
                    raise Stopped from error
        return shown

    def warm(self) -> None:
        """Start its processes now."""
        self.pool.warm()

    def close(self) -> None:
        """End its processes."""
        self.pool.close()

    def pids(self) -> list[int]:
        """The processes that wait for files."""
        return self.pool.pids()


class CredentialsWitness:
    """Reads C2PA manifests, against a snapshot of the trust lists."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._trusted: _Trusted | None = None

    def begin(self, subject: Subject, stack: ExitStack, manifest: bytes | None) -> CredentialsQuestion:
        """Ask; the question is abandoned with `stack`. A fetched `manifest` takes the place of a sidecar."""
        store = sidecars.find(subject.opened.path) if manifest is None else anonymous_file(manifest)
        if store is not None:
            stack.enter_context(store)
        question = CredentialsQuestion(self._now_trusted(), subject, store)
        stack.callback(question.abandon)
        return question

    def finish(self, question: CredentialsQuestion, sha256: str) -> Heard:
        """Wait for the answer. Raises `Stopped` alone."""
        return question.heard(sha256)

    def warm(self) -> None:
        """Start its processes now."""
        self._now_trusted().pool.warm()

    def made_here(self, sha256: str) -> bool:
        """Whether a file is one of the samples that were made on this computer."""
        return self._now_trusted().samples.knows(sha256)

    def refresh(self) -> None:
        """Read the lists and the record of samples again with the next file; checks under way end first."""
        with self._lock:
            before, self._trusted = self._trusted, None
        if before is not None:
            before.retire()

    close = refresh

    def pids(self) -> list[int]:
        """The processes that wait for files."""
        return [] if self._trusted is None else self._trusted.pool.pids()

    def _now_trusted(self) -> _Trusted:
        with self._lock:
            if self._trusted is None:
                self._trusted = _Trusted.read(self._home)
            return self._trusted


class _Trusted:
    """The lists as they were read, and the worker that was set up with them; it ends after its last user."""

    def __init__(self, lists: TrustSnapshot, samples: SampleRecord) -> None:
        self.lists, self.samples = lists, samples
        self.pool = Pool("provenance", credentials.setup(lists, samples.roots or None))
        self._lock = threading.Lock()
        self._users, self._retired = 0, False

    @classmethod
    def read(cls, home: Home) -> _Trusted:
        return cls(TrustStore(home.trust).snapshot(), SampleRecord.load(home))

    def enter(self) -> None:
        with self._lock:
            self._users += 1

    def leave(self) -> None:
        with self._lock:
            self._users -= 1
            last = self._retired and self._users == 0
        if last:
            self.pool.close()

    def retire(self) -> None:
        with self._lock:
            self._retired = True
            unused = self._users == 0
        if unused:
            self.pool.close()


class CredentialsQuestion:
    """A file under way in the provenance worker."""

    def __init__(self, trusted: _Trusted, subject: Subject, store: BinaryIO | None) -> None:
        self._trusted, self._subject, self._store = trusted, subject, store
        trusted.enter()
        try:
            self._question = self._ask(sample=False)
        except BaseException:
            trusted.leave()
            raise

    def heard(self, sha256: str) -> Heard:
        """What the worker says. Raises `Stopped` alone."""
        try:
            reply = self._question.reply()
            said = credentials.parse(reply.body, reply.blobs)
            if said.main.issuer == "unknown" and sha256 in self._trusted.samples:
                # Only now is it known to be a sample, and only for a sample does the samples' own list count.
                self._question = self._ask(sample=True)
                reply = self._question.reply()
                said = credentials.parse(reply.body, reply.blobs)
        except WorkerError as error:
            return Heard(_failed(Witness.CREDENTIALS, error.failure, self._subject.limits))
        finding = credentials.finding(said, lists=self._trusted.lists, took_ms=reply.took_ms)
        return Heard(finding, protection=(reply.protection,), encoded=said.thumbnails)

    def abandon(self) -> None:
        """End the worker, if nobody has waited for it, and let go of the lists."""
        self._question.abandon()
        self._trusted.leave()

    def _ask(self, *, sample: bool) -> Question:
        request = credentials.request(self._subject.identity.mime, sidecar=self._store is not None, sample=sample)
        if self._store is None:
            return Question(self._trusted.pool, request, self._subject)
        self._store.seek(0)
        return Question(self._trusted.pool, request, self._subject, [self._store.fileno()])
