"""Detectors alone, over many files, in order: no credentials, no register, no history.

Several files are decoded at once, each in a process of its own, and feed the one process that has the networks. At most
a few are ahead of whoever takes the results, so memory stays bounded for any number of files.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from touchstone.check import batch
from touchstone.check.deciding import Choice
from touchstone.check.detecting import Detected, Detecting
from touchstone.check.detecting_lines import Line, path_text
from touchstone.check.detector_findings import ON_FRAMES, ON_PICTURES
from touchstone.check.models import Installed, ModelStore, speaking
from touchstone.check.sandbox import Pool
from touchstone.modelfile import Task
from touchstone.paths import Home
from touchstone.report import Finding, Status
from touchstone.settings import Settings

_LEFT_OUT = frozenset({"not-installed", "switched-off", "no-video"})
_EXTRA = 1  # while the networks look at one file, every core decodes another


class Measuring(ModelStore):
    """The detectors of a home as if they had been measured, so that their limits decide; `only` one of them."""

    def __init__(self, home: Home, only: str = "") -> None:
        super().__init__(home)
        self._id = only

    def listed(self) -> list[Installed]:
        """As in the home; the only one is switched on, whatever was chosen."""
        found = [one for one in super().listed() if self._id in {"", one.manifest.id}]
        return [replace(one, enabled=one.enabled or bool(self._id), evaluation=one.evaluation or {}) for one in found]


class DetectingFiles:
    """Asks the detectors of `store` about files; `only` one of them where it is given.

    `pixels` is a pool of that profile that was started before this module was imported, where time counts.
    """

    def __init__(
        self,
        home: Home,
        settings: Settings,
        *,
        store: ModelStore | None = None,
        only: Task | None = None,
        pixels: Pool | None = None,
    ) -> None:
        settings = replace(settings, detectors=True)  # whoever asks for detectors alone wants them asked
        store = store or ModelStore(home)
        self.asked = {task: one for task, one in speaking(store.listed()).items() if _wanted(task, only)}
        self._only = only
        self._at_once = (settings.parallel or batch.parallel()) + _EXTRA
        self._detecting = Detecting(home, settings, pixels, store)

    @property
    def witnesses(self) -> frozenset[str]:
        """The detectors that have a line for every file; of clips there is one more."""
        if self._only is Task.VIDEO:
            return frozenset({str(Task.VIDEO)} if self.asked else ())
        return frozenset(str(task) for task in self.asked)

    def warm(self) -> None:
        """Start every process now, so that the first file need not wait for them."""
        self._detecting.warm()

    def close(self) -> None:
        """End every process."""
        self._detecting.close()

    def run(self, paths: Iterable[Path], cancel: threading.Event) -> Iterator[Detected]:
        """What is found in each file, in the order of `paths`. Setting `cancel` stops the files under way."""

        def one(path: Path) -> Detected:
            return self._detecting.look(path, cancel, self._only)

        return batch.in_order(one, paths, cancel, self._at_once)

    def lines(self, detected: Detected) -> list[Line]:
        """A line for each detector that was to look at the file."""
        return [self._line(detected, f) for f in detected.looked.findings if self._has_line(f)]

    def _line(self, detected: Detected, finding: Finding) -> Line:
        details = finding.details if finding.status is Status.DONE else {}
        one = self.asked.get(Task(str(finding.witness)))
        return Line(
            path=path_text(detected.path),
            sha256=detected.sha256,
            witness=str(finding.witness),
            score=details.get("score"),
            limit=details.get("limit", None if one is None else one.manifest.calibration.limit),
            decision=Choice(details.get("decision", Choice.INCONCLUSIVE)),
            reason=str(details.get("reason", "")) if details else finding.code,
            model=str(details.get("model", "" if one is None else one.manifest.id)),
        )

    def _has_line(self, finding: Finding) -> bool:
        if self._only is not None:
            return str(finding.witness) == self._only
        return str(finding.witness) in self.witnesses or finding.code not in _LEFT_OUT


def lines_of(found: Sequence[Line]) -> dict[str, list[Line]]:
    """Lines by the path of their file."""
    sorted_out: dict[str, list[Line]] = {}
    for line in found:
        sorted_out.setdefault(line.path, []).append(line)
    return sorted_out


def _wanted(task: Task, only: Task | None) -> bool:
    """Whether a detector has lines: those of pictures, or the one asked for; what looks at clips uses others."""
    if only is Task.VIDEO:
        return task in ON_FRAMES
    return task in ON_PICTURES and only in {None, task}
