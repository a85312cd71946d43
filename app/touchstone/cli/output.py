"""What the command line prints: reports on standard output, progress and complaints on standard error."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import textwrap
import time
from types import TracebackType
from typing import Self

from touchstone.export import document
from touchstone.report import DETECTORS, Report, Status, Witness
from touchstone.texts import _, answers, detectors, facts, findings, ngettext
from touchstone.texts.plain import plain

_SOON = 2.0
_LABEL = 22


def complain(message: object) -> int:
    """Say on standard error what went wrong; returns the exit code for it."""
    with contextlib.suppress(OSError):  # where that is full or closed, the exit code still says it
        print(message, file=sys.stderr)
    return 1


class Printer:
    """Prints reports: text, or JSON as one document, or one document a line where several files were named."""

    def __init__(self, *, as_json: bool, several: bool) -> None:
        self._as_json, self._several = as_json, several

    def show(self, report: Report) -> None:
        """Print one report, at once."""
        if self._as_json:
            print(json.dumps(document.to_document(report), indent=None if self._several else 2), flush=True)
        else:
            print(as_text(report), end="\n\n" if self._several else "\n", flush=True)


def as_text(report: Report) -> str:
    """A report for a terminal, as wide as that is."""
    heard = [f for f in report.findings if f.status is not Status.NOT_CHECKED]
    rows = [(_name(f.witness), findings.in_full(f)) for f in heard]
    rows += [(_("Note"), note) for f in report.findings for note in facts.notes(f)]
    rows += [(_("Conflict"), answers.conflict(c)) for c in report.conflicts]
    rows += [(_("Not checked"), entry) for entry in _left_open(report)]
    if report.media.sha256:
        rows.append(("SHA-256", report.media.sha256))
    width = shutil.get_terminal_size((100, 24)).columns
    lines = [
        plain(report.media.name),
        _wrapped(answers.headline(report.headline), width, "  ", "  "),
        _wrapped(answers.meaning(report), width, "  ", "  "),
        "",
        *(row(label, text, width) for label, text in rows),
    ]
    return "\n".join(lines)


def _name(witness: Witness) -> str:
    """A name that fits into the column of labels."""
    return detectors.title(witness) if witness in DETECTORS else findings.witness_name(witness)


def row(label: str, text: str, width: int) -> str:
    """A label, and a text beside it that stays in its column."""
    return _wrapped(text, max(width, _LABEL + 40), f"  {label:<{_LABEL}}", " " * (_LABEL + 2))


def _wrapped(text: str, width: int, first: str, others: str) -> str:
    return textwrap.fill(
        text, width, initial_indent=first, subsequent_indent=others, break_long_words=False, break_on_hyphens=False
    )


def _left_open(report: Report) -> list[str]:
    """What was not checked and why, the witnesses that share a reason in one sentence."""
    by_reason: dict[str, list[Witness]] = {}
    for entry in report.not_checked:
        by_reason.setdefault(findings.reason(entry.why, entry.witness), []).append(entry.witness)
    return [
        _("{witnesses}: {why}").format(witnesses=findings.witness_names(named), why=why)
        for why, named in by_reason.items()
    ]


class Ticker:
    """How far a batch is, on one line of a terminal's standard error, after two seconds; silent elsewhere."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._began = total, 0, time.monotonic()
        self._shown = ""
        self._on = total > 1 and sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def stopped(self) -> str:
        """What to say where somebody stopped the batch."""
        if self._total == 1:
            return _("Stopped.")
        said = ngettext(
            "Stopped: {done} of {total} file checked.", "Stopped: {done} of {total} files checked.", self._total
        )
        return said.format(done=self._done, total=self._total)

    def step(self) -> None:
        """One more file is done."""
        self._done += 1
        passed = time.monotonic() - self._began
        if self._on and passed > _SOON and self._done < self._total:
            left = round(passed / self._done * (self._total - self._done))
            self._shown = _("{done} of {total} files, about {left} s left").format(
                done=self._done, total=self._total, left=left
            )
            print(self._shown, end="\r", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the line away, so that something else can be printed."""
        if self._shown:
            print(" " * len(self._shown), end="\r", file=sys.stderr, flush=True)
            self._shown = ""
