"""How simulated reviewers look at a case: at what is in its bundles, through the workers, as a check does."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from touchstone.court import likeness, seeing
from touchstone.court.practice_judging import Seen
from touchstone.paths import Home
from touchstone.registry.court_types import CaseEntry, EvidenceEntry
from touchstone.report import Answer, Report

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.check.run import Checked, Checker
    from touchstone.court.bundle import Bundle
    from touchstone.court.evidence import EvidenceStore

_MOST_ITEMS = 8  # bundles that are looked at
_MOST_FILES = 8  # files beside the media


@dataclass(frozen=True, slots=True)
class Sight:
    """What there is to be seen; `estimated` by detectors alone, `flagged` what the flag says it is."""

    seen: Seen
    estimated: Seen
    flagged: str = ""


class Looker:
    """Looks at cases; holds the workers once there was something to look at."""

    def __init__(self, home: Home, network: Network, checker: Checker | None = None) -> None:
        self._home, self._network = home, network
        self._own: Checker | None = None
        self._checker = checker

    def close(self) -> None:
        """End the workers that were started here."""
        if self._own is not None:
            self._own.close()
            self._own = None

    def see(self, case: CaseEntry, evidence: Sequence[EvidenceEntry], cancel: threading.Event | None = None) -> Sight:
        """Look at a case. What is missing, hidden, damaged or no picture is not there. Raises Stopped."""
        from touchstone.court.evidence import EvidenceStore

        store = EvidenceStore(self._home)
        media, beside, flagged = _files(store, case, evidence, cancel)
        if media is None:
            return Sight(Seen.ABSENT, Seen.ABSENT, flagged)
        checked = self._check(media, cancel)
        if checked.report.media.sha256 != case.media:
            return Sight(Seen.ABSENT, Seen.ABSENT, flagged)
        estimated = Seen.ABSENT if checked.report.answer is Answer.UNREADABLE else _estimated(checked.report)
        return Sight(self._seen(checked, beside, cancel), estimated, flagged)

    def _seen(self, checked: Checked, beside: Sequence[Path], cancel: threading.Event | None) -> Seen:
        """An original that somebody vouches for tells more than detectors estimate, or the file shows by itself."""
        plain = seeing.plainly(checked.report)
        if plain is not None:
            return plain
        for path in beside:
            other = self._check(path, cancel)
            if not _is_original(checked, other):
                continue
            if not likeness.apart(checked, other):
                return Seen.UNALTERED
            # Where both are vouched for, one of two who sign says something untrue, and nobody can tell which.
            return Seen.ABSENT if seeing.is_vouched(checked.report) else Seen.EDITED
        return seeing.of_file(checked.report)

    def _check(self, path: Path, cancel: threading.Event | None) -> Checked:
        return self._ready().check(path, cancel=cancel, pictures=False)

    def _ready(self) -> Checker:
        from dataclasses import replace

        from touchstone import settings
        from touchstone.check.run import Checker

        if self._checker is not None:
            return self._checker
        if self._own is None:
            chosen = replace(settings.load(self._home), network=self._network.name)
            self._own = Checker(self._home, chosen)
        return self._own


def _is_original(checked: Checked, other: Checked) -> bool:
    return (
        checked.report.media.sha256 != other.report.media.sha256
        and seeing.is_vouched(other.report)
        and likeness.same_picture(checked, other)
    )


def _estimated(report: Report) -> Seen:
    return seeing.of_detectors(report.findings)


def _files(
    store: EvidenceStore, case: CaseEntry, evidence: Sequence[EvidenceEntry], cancel: threading.Event | None
) -> tuple[Path | None, list[Path], str]:
    """The media, what lies beside it, and what the flag says it is."""
    media: Path | None = None
    beside: list[Path] = []
    flagged = ""
    for bundle in _bundles(store, case, evidence, cancel):
        if bundle.item == case.evidence:
            flagged = bundle.choice
        media = media or bundle.media
        beside += bundle.evidence
    return media, beside[:_MOST_FILES], flagged


def _bundles(
    store: EvidenceStore, case: CaseEntry, evidence: Sequence[EvidenceEntry], cancel: threading.Event | None
) -> Iterator[Bundle]:
    """The bundles about this file that are on this computer. Nothing is fetched over a network for nobody."""
    from touchstone.check.opening import Stopped
    from touchstone.court.statement import EvidenceError

    for item, uri in list({one.item: one.uri for one in evidence}.items())[:_MOST_ITEMS]:
        try:
            bundle = store.get(item)
            if bundle is None and uri.startswith("file:"):
                bundle = store.fetch(item, [uri], cancel=cancel)
        except EvidenceError as error:
            if error.code == "stopped":
                raise Stopped from error
            continue
        if bundle is not None and bundle.statement.media == case.media:
            yield bundle
