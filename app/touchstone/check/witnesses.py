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

from touchstone.check import credentials, pixels
from touchstone.check.identify import Identity
from touchstone.check.opening import OpenedFile, Stopped, anonymous_file
from touchstone.check.sandbox import Limits, Pending, Pool, Reply, WorkerError
from touchstone.report import Finding, Kind, Picture, Protection, Status, Witness
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


class Question:
    """A request to a worker under way; or the reason why there is none."""

    def __init__(self, pool: Pool, request: Mapping[str, Any], subject: Subject, extra: Sequence[int] = ()) -> None:
        self._pending: Pending | None = None
        self._refused: WorkerFailure | None = None
        self._cancel = subject.cancel
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


class PixelsWitness:
    """Decodes: file facts, fingerprints, sizes, thumbnails."""

    def __init__(self) -> None:
        self.pool = Pool("pixels")

    def begin(self, subject: Subject, stack: ExitStack) -> Question:
        """Ask; the question is abandoned with `stack`."""
        question = Question(self.pool, pixels.request(subject.identity.kind, subject.identity.mime), subject)
        stack.callback(question.abandon)
        return question

    def finish(self, question: Question) -> Heard:
        """Wait for the answer. Raises `Stopped` alone."""
        try:
            reply = question.reply()
            seen = pixels.parse(reply.body, reply.blobs)
        except WorkerError as error:
            return Heard(_failed(Witness.FACTS, error.failure))
        finding = pixels.facts_finding(seen, took_ms=reply.took_ms)
        return Heard(finding, seen.pictures, (reply.protection,), pixels.media_fields(seen))

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
