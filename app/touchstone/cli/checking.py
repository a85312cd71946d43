"""What `touchstone check` does once the decoders are loading."""

from __future__ import annotations

import argparse
import contextlib
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from touchstone import settings
from touchstone.chain.errors import ChainError
from touchstone.check import batch
from touchstone.check.run import Checked, Checker, Stopped
from touchstone.check.sandbox import Pool
from touchstone.cli import signed_reports
from touchstone.cli.output import Printer, Ticker, complain
from touchstone.cli.reports import Reports
from touchstone.cli.stopping import stopped_by_signals
from touchstone.export.write import ExportError
from touchstone.paths import Home
from touchstone.report import Message
from touchstone.store.history import History
from touchstone.texts import _, chain, credentials, exports, ngettext, notices
from touchstone.texts.plain import plain


def run(arguments: argparse.Namespace, home: Home, pixels: Pool) -> int:
    """Check what was named; 1 where a file could not be read or a report not be written."""
    several = len(arguments.paths) > 1 or batch.is_folder(arguments.paths[0])
    if refused := signed_reports.problem(arguments):
        return complain(refused)
    try:
        reports = Reports(arguments.report, several=several, sign=signed_reports.signing(arguments, home))
    except ExportError as error:
        return complain(exports.failure(error, arguments.report))
    except ChainError as error:
        return complain(chain.trouble(error))
    files = list(batch.expand(arguments.paths))
    if not files:
        return complain(_("There are no files to check in that folder."))
    chosen = settings.for_network(settings.load(home), arguments.network)
    checker, cancel = Checker(home, chosen, pixels), threading.Event()
    history = History(home) if chosen.history else None
    _say(chosen.notices)
    checker.warm_readers()
    printer, unread, unsaved = Printer(as_json=arguments.json, several=several), 0, 0
    try:
        with Ticker(len(files)) as ticker, stopped_by_signals(cancel):
            for checked in _checked(checker, files, cancel, arguments, chosen.parallel):
                ticker.clear()
                _remember(history, checked)
                printer.show(checked.report)
                unread += not checked.report.media.sha256
                unsaved += not reports.write(checked)
                ticker.step()
        if cancel.is_set():
            return complain(ticker.stopped())
    finally:
        cancel.set()
        checker.close()
        if history is not None:
            _say(history.notices)
            history.close()
    if unread:
        complain(_unread(unread, len(files)))
    return int(bool(unread or unsaved))


def _unread(count: int, total: int) -> str:
    if total == 1:
        return _("The file could not be read.")
    said = ngettext("{count} of {total} file could not be read.", "{count} of {total} files could not be read.", total)
    return said.format(count=count, total=total)


def _checked(
    checker: Checker, files: list[Path], cancel: threading.Event, arguments: argparse.Namespace, at_once: int
) -> Iterator[Checked]:
    pictures = arguments.report is not None
    if len(files) == 1:
        with contextlib.suppress(Stopped):
            yield _with_remote(checker, checker.check(files[0], cancel=cancel, pictures=pictures), arguments)
        return
    for checked in batch.run(checker, files, cancel, at_once=at_once, pictures=pictures):
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
