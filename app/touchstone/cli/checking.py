"""What `touchstone check` does once the decoders are loading."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from touchstone import settings
from touchstone.check import batch
from touchstone.check.run import Checked, Checker
from touchstone.check.sandbox import Pool
from touchstone.cli.output import Printer, Ticker, complain
from touchstone.cli.reports import Reports
from touchstone.export.write import ExportError
from touchstone.paths import Home
from touchstone.report import Message
from touchstone.store.history import History
from touchstone.texts import _, credentials, exports, notices
from touchstone.texts.plain import plain


def run(arguments: argparse.Namespace, home: Home, pixels: Pool) -> int:
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
    checker, cancel = Checker(home, chosen, pixels), threading.Event()
    history = History(home) if chosen.history else None
    _say(chosen.notices)
    checker.warm()
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
    if not arguments.fetch_remote:
        return checked
    from touchstone.check import remote

    address = remote.address(checked.report)
    if not address:
        return checked
    said = _("Fetching the credentials of {name} from {host}")
    complain(said.format(name=plain(checked.report.media.name), host=plain(remote.host(address))))
    try:
        manifest = remote.fetch(address)
    except remote.RemoteError as error:
        complain(credentials.fetch_failure(error.failure, error.status))
        return checked
    return checker.check(checked.path, manifest=manifest)


def _say(notes: Iterable[Message]) -> None:
    for note in notes:
        complain(notices.notice(note))


def _remember(history: History | None, checked: Checked) -> None:
    if history is not None and checked.report.media.sha256:
        history.add(checked.report, checked.path, checked.pictures.get("thumbnail-small"))
