"""`touchstone check`: the main job, in a terminal."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from touchstone import settings
from touchstone.check import batch, remote
from touchstone.check.run import Checked, Checker
from touchstone.cli.output import Printer, Ticker, complain
from touchstone.cli.reports import Reports
from touchstone.export.write import ExportError
from touchstone.paths import Home
from touchstone.report import Message
from touchstone.store.history import History
from touchstone.texts import _, credentials, exports, notices
from touchstone.texts.plain import plain


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=_("files, and folders of files"))
    parser.add_argument("--json", action="store_true", help=_("print reports as JSON: one document, or one a line"))
    parser.add_argument(
        "--report", type=Path, metavar="OUT", help=_("write a report: .json, .html or .pdf; a folder for several files")
    )
    parser.add_argument(
        "--fetch-remote",
        action="store_true",
        help=_("fetch credentials that a file says are stored at an https address (tells that host what you check)"),
    )


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Check what was named; 1 where a file could not be read or a report not be written."""
    several = len(arguments.paths) > 1 or arguments.paths[0].is_dir()
    try:
        reports = Reports(arguments.report, several=several)
    except ExportError as error:
        return complain(exports.failure(error, arguments.report))
    files = list(batch.expand(arguments.paths))
    if not files:
        return complain(_("There are no files to check in that folder."))
    chosen = settings.load(home)
    checker, cancel = Checker(home, chosen), threading.Event()
    history = History(home) if chosen.history else None
    _say(chosen.notices)
    printer, failed = Printer(as_json=arguments.json, several=several), False
    try:
        with Ticker(len(files)) as ticker:
            for checked in _checked(checker, files, cancel, arguments):
                ticker.clear()
                printer.show(checked.report)
                failed |= not checked.report.media.sha256
                failed |= not reports.write(checked)
                _remember(history, checked)
                ticker.step()
    finally:
        cancel.set()
        checker.close()
        if history is not None:
            _say(history.notices)
            history.close()
    return int(failed)


def _checked(
    checker: Checker, files: list[Path], cancel: threading.Event, arguments: argparse.Namespace
) -> Iterator[Checked]:
    pictures = arguments.report is not None
    if len(files) == 1:
        yield _with_remote(checker, checker.check(files[0], cancel=cancel, pictures=pictures), arguments)
        return
    for checked in batch.run(checker, files, cancel, pictures=pictures):
        yield _with_remote(checker, checked, arguments)


def _with_remote(checker: Checker, checked: Checked, arguments: argparse.Namespace) -> Checked:
    """The check again with the fetched manifest, where one is elsewhere and fetching was asked for."""
    address = remote.address(checked.report)
    if not arguments.fetch_remote or not address:
        return checked
    complain(
        _("Fetching the credentials of {name} from {host}").format(
            name=plain(checked.report.media.name), host=plain(remote.host(address))
        )
    )
    try:
        manifest = remote.fetch(address)
    except remote.RemoteError as error:
        complain(credentials.fetch_failure(error.failure))
        return checked
    return checker.check(checked.path, manifest=manifest)


def _say(notes: Iterable[Message]) -> None:
    for note in notes:
        complain(notices.notice(note))


def _remember(history: History | None, checked: Checked) -> None:
    if history is not None and checked.report.media.sha256:
        history.add(checked.report, checked.path, checked.pictures.get("thumbnail-small"))
