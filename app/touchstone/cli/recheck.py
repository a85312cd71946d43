"""`touchstone recheck`: what has changed since a report."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from touchstone import settings
from touchstone.check import recheck
from touchstone.check.opening import OpenedFile, OpenError
from touchstone.check.recheck import Change
from touchstone.check.run import Checker
from touchstone.cli import signed_reports
from touchstone.cli.output import complain
from touchstone.paths import Home
from touchstone.report import MAX_DOCUMENT, Report, loads
from touchstone.texts import _, answers, failures, reports
from touchstone.texts.plain import plain


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    parser.add_argument("report", type=Path, metavar="REPORT.json", help=_("a report saved as JSON"))
    parser.add_argument("file", type=Path, metavar="FILE", help=_("the file that it is about"))
    parser.add_argument("--json", action="store_true", help=_("print JSON"))


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Check the file again and compare; 1 where it is another file, or either cannot be read."""
    try:
        old = _read(arguments.report)
    except OpenError as error:
        why = failures.reason(error.failure)
        return complain(_("{name}: {why}").format(name=plain(arguments.report.name), why=why))
    except ValueError:
        return complain(
            _(
                "{name} is not a report of Touchstone in JSON. Save one with: touchstone check FILE --report OUT.json"
            ).format(name=plain(arguments.report.name))
        )
    checker = Checker(home, settings.for_network(settings.load(home), arguments.network))
    try:
        new = checker.check(arguments.file, pictures=False).report
    finally:
        checker.close()
    changes = recheck.compare(old, new)
    signed = signed_reports.checked(home, arguments.report, MAX_DOCUMENT)
    if arguments.json:
        print(json.dumps({**_document(old, new, changes), "signature": signed}, indent=2))
    else:
        print(_text(new, changes))
        print(f"  {signed['text']}")
    if signed["fit"] == "does-not-fit":
        return complain(_("The report is not as it was signed."))
    if recheck.same_file(changes):
        return 0
    if changes[0].code == "file-unknown":
        return complain(_("One of the two files could not be read, so they could not be compared."))
    return complain(_("This is not the file that the report is about."))


def _read(path: Path) -> Report:
    with OpenedFile(path) as opened:
        return loads(opened.head(MAX_DOCUMENT + 1))


def _document(old: Report, new: Report, changes: list[Change]) -> dict[str, Any]:
    return {
        "same_file": recheck.same_file(changes),
        "before": {"created": old.created, "answer": str(old.answer), "sha256": old.media.sha256},
        "now": {"created": new.created, "answer": str(new.answer), "sha256": new.media.sha256},
        "changes": [{"code": c.code, "params": dict(c.params), "text": reports.change(c)} for c in changes],
    }


def _text(new: Report, changes: list[Change]) -> str:
    lines = [plain(new.media.name), f"  {answers.headline(new.headline)}", ""]
    return "\n".join([*lines, *(f"  {reports.change(change)}" for change in changes)])
