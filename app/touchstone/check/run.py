"""From a file to a report: open, hash, ask each witness, weigh.

One `Checker` serves any number of checks from any number of threads; it holds the workers and a snapshot of what the
user trusts.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from touchstone import __version__
from touchstone.check import stills
from touchstone.check.detector_findings import of_sample
from touchstone.check.detector_panel import Looked
from touchstone.check.detectors import DetectorsWitness
from touchstone.check.identify import Identity, identify, tag_length
from touchstone.check.models import ModelStore
from touchstone.check.opening import OpenedFile, OpenError, Stopped
from touchstone.check.register import RegisterWitness
from touchstone.check.reviewers import ReviewersWitness
from touchstone.check.sandbox import Pool
from touchstone.check.weigh import weigh
from touchstone.check.witnesses import CredentialsWitness, Heard, PixelsWitness, Subject
from touchstone.filefacts import Note
from touchstone.paths import Home
from touchstone.report import Finding, Kind, Media, Picture, Report, Status, Witness
from touchstone.settings import Settings
from touchstone.wire import Limits

__all__ = ["Checked", "Checker", "OnProgress", "Progress", "Step", "Stopped"]

APPLICATION = f"touchstone {__version__}"
_SECONDS_PER_BYTE = 1 / 40e6  # a reader that hashes a large file gets the time which that takes on a slow disk


class Step(StrEnum):
    """What a check is doing now."""

    OPENING = "opening"
    HASHING = "hashing"
    PIXELS = "pixels"
    CREDENTIALS = "credentials"
    REGISTER = "register"
    DETECTORS = "detectors"
    THUMBNAILS = "thumbnails"


@dataclass(frozen=True, slots=True)
class Progress:
    """A step, and how far it is where that is known (0 to 1)."""

    step: Step
    fraction: float | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """A finished check: its report, and pictures by name.

    `thumbnail`, `thumbnail-small`, those of the manifest, maps of detectors (`map-ai-image`, `map-splice`), and frames
    of a clip by their milliseconds (`frame-1500`).
    """

    path: Path
    report: Report
    pictures: Mapping[str, Picture] = field(default_factory=dict)


OnProgress = Callable[[Progress], None]


class Checker:
    """Checks files. Thread-safe. `close` ends its worker processes.

    `pixels` is a pool of that profile that was started before this module was imported, where time counts.
    `models` are the detectors, those of `home` and of the application unless said.
    """

    def __init__(
        self,
        home: Home,
        settings: Settings | None = None,
        pixels: Pool | None = None,
        models: ModelStore | None = None,
    ) -> None:
        self._settings = settings or Settings()
        self._pixels = PixelsWitness(pixels)
        self._credentials = CredentialsWitness(home)
        self._register = RegisterWitness(home, self._settings)
        self._reviewers = ReviewersWitness(self._register)
        self._detectors = DetectorsWitness(home, self._settings, models, first_start=True)

    def warm(self) -> None:
        """Start the worker processes now, and open the register, so that the first file need not wait for them."""
        self.warm_readers()
        self._register.warm()

    def warm_readers(self) -> None:
        """Start the worker processes now; what else a file needs is loaded while they read it."""
        self._pixels.warm()
        self._credentials.warm()
        self._detectors.warm()

    def refresh(self) -> None:
        """Read trust lists, samples, keys and detectors again; checks under way keep what they began with."""
        self._credentials.refresh()
        self._register.refresh()
        self._detectors.refresh()

    def ask_network(self, name: str) -> None:
        """Ask the register of this network from now on."""
        self._register.refresh(name)
        self._detectors.ask_network(name)

    def use_detectors(self, *, on: bool) -> None:
        """Ask detectors from the next file on, or no longer."""
        self._detectors.switch(on=on)

    def close(self) -> None:
        """End every worker process."""
        self._pixels.close()
        self._credentials.close()
        self._register.close()
        self._detectors.close()

    def pids(self) -> list[int]:
        """The processes that wait for files, for measuring."""
        return [*self._pixels.pids(), *self._credentials.pids(), *self._detectors.pids()]

    def picture(self, path: Path, sha256: str, cancel: threading.Event | None = None) -> Picture:
        """The picture of the file at `path`, if it is the one with that SHA-256. Raises as `originals.picture` does."""
        from touchstone.check import originals

        return originals.picture(self._pixels, path, sha256, cancel)

    def check(
        self,
        path: Path,
        on_progress: OnProgress | None = None,
        cancel: threading.Event | None = None,
        *,
        pictures: bool = True,
        manifest: bytes | None = None,
    ) -> Checked:
        """Check one file.

        `pictures` asks for those of the manifest as well. `manifest` is a manifest store that was fetched from where
        the file says it is; it is read beside what the file carries, like a sidecar.

        Raises:
            Stopped: `cancel` was set. Whatever else happens is said in the report.
        """
        tell = on_progress or (lambda _progress: None)
        tell(Progress(Step.OPENING))
        try:
            with OpenedFile(path) as opened:
                subject = Subject(opened, _identity(opened), self._limits(opened.size), cancel)
                return self._check(subject, tell, manifest, pictures=pictures)
        except OpenError as error:
            return Checked(path, _unopened(path, error, self._detectors.unread(Kind.UNKNOWN, str(error.failure))))

    def _check(self, subject: Subject, tell: OnProgress, manifest: bytes | None, *, pictures: bool) -> Checked:
        opened = subject.opened
        with ExitStack() as stack:
            # Both workers read while the desk hashes. The register gets ready meanwhile, and keeps neither waiting.
            kind = subject.identity.kind
            looking = self._pixels.begin(subject, stack, detectors=self._detectors.wanted(kind))
            tracing = self._credentials.begin(subject, stack, manifest)
            asking = self._register.begin(kind)
            sha256 = opened.sha256(subject.cancel, _hashing(tell, opened.size))
            tell(Progress(Step.PIXELS))
            seen = _compared_with_name(self._pixels.finish(looking), subject.identity)
            doubting = self._detectors.begin(
                kind, seen.finding, seen.arrays, subject.limits, subject.cancel, stack, asking.ready
            )
            tell(Progress(Step.CREDENTIALS))
            traced = self._credentials.finish(tracing, sha256)
            tell(Progress(Step.REGISTER))
            known = self._register.finish(asking, sha256, kind, seen.media, subject.cancel)
            disputed = self._reviewers.finish(asking, (sha256, kind, seen.media), known, subject.cancel)
            shown = dict(seen.pictures)
            if pictures and traced.encoded:
                tell(Progress(Step.THUMBNAILS))
                shown |= self._pixels.thumbnails(traced.encoded, subject.cancel)
            if pictures and kind is Kind.VIDEO:
                shown |= stills.of(seen.arrays)
            tell(Progress(Step.DETECTORS))
            estimated = self._detectors.finish(doubting)
            if self._credentials.made_here(sha256):
                estimated = replace(estimated, findings=tuple(of_sample(f) for f in estimated.findings))
            opened.refuse_changed()
        media = Media(
            name=_name(opened.path),
            bytes=opened.size,
            sha256=sha256,
            kind=kind,
            mime=subject.identity.mime,
            **seen.media,
        )
        report = _report(media, [traced, seen, Heard(known), Heard(disputed)], estimated)
        return Checked(opened.path, report, shown | dict(estimated.pictures))

    def _limits(self, size: int) -> Limits:
        seconds = self._settings.wall_seconds + size * _SECONDS_PER_BYTE
        return Limits(
            wall_seconds=seconds, memory_bytes=self._settings.memory_mb * 1024**2, cpu_seconds=int(2 * seconds)
        )


def _identity(opened: OpenedFile) -> Identity:
    head = opened.head()
    tag = tag_length(head)
    return identify(head, opened.path.name, opened.head(at=tag) if tag else b"")


def _compared_with_name(seen: Heard, identity: Identity) -> Heard:
    if identity.extension_matches:
        return seen
    details = seen.finding.details
    notes = [*details.get("notes", []), str(Note.NAME_DIFFERS)]
    return replace(seen, finding=replace(seen.finding, details={**details, "notes": notes}))


def _hashing(tell: OnProgress, size: int) -> Callable[[int], None]:
    return lambda done: tell(Progress(Step.HASHING, done / size if size else None))


def _report(media: Media, heard: list[Heard], estimated: Looked) -> Report:
    findings = [h.finding for h in heard]
    findings += estimated.findings
    verdict = weigh(findings, media)
    return Report(
        created=_now(),
        application=APPLICATION,
        media=media,
        answer=verdict.answer,
        headline=verdict.headline,
        findings=tuple(findings),
        conflicts=verdict.conflicts,
        not_checked=verdict.not_checked,
        protection=(*(p for h in heard for p in h.protection), *estimated.protection),
    )


def _unopened(path: Path, error: OpenError, estimated: Looked) -> Report:
    """The report on a file that could not be read: both of its readers failed for the same reason."""
    media = Media(name=_name(path), bytes=0, sha256="")
    findings = [Finding(w, Status.FAILED, str(error.failure)) for w in (Witness.CREDENTIALS, Witness.FACTS)]
    asked_of_the_ledger = (Witness.REGISTER, Witness.REVIEWERS)
    findings += [Finding(w, Status.NOT_CHECKED, str(error.failure)) for w in asked_of_the_ledger]
    return _report(media, [Heard(f) for f in findings], estimated)


def _name(path: Path) -> str:
    """The last part of a path as text; bytes that are no UTF-8 are written out."""
    return os.fsencode(path.name or str(path)).decode("utf-8", "backslashreplace")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
