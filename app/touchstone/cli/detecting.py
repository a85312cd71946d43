"""What `touchstone detect` does once the decoders are loading."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from touchstone import settings
from touchstone.check import batch
from touchstone.check.detecting import Detected
from touchstone.check.detecting_files import DetectingFiles
from touchstone.check.detecting_lines import Line, LinesFile, NotLinesError, OtherDetectorsError, path_text
from touchstone.check.sandbox import Pool
from touchstone.cli.output import Ticker, complain, row
from touchstone.cli.stopping import stopped_by_signals
from touchstone.modelfile import Task
from touchstone.paths import Home
from touchstone.report import Status, Witness
from touchstone.texts import _, detectors, evaluation, ngettext, notices
from touchstone.texts.plain import plain

Show = Callable[[Detected, list[Line]], None]


def run(arguments: argparse.Namespace, home: Home, pixels: Pool) -> int:
    """Ask the detectors about what was named; 1 where nothing could be asked or written."""
    files = list(batch.expand(arguments.paths))
    if not files:
        return complain(_("There are no files to check in that folder."))
    chosen = settings.load(home)
    for note in chosen.notices:
        complain(notices.notice(note))
    only = Task(arguments.only) if arguments.only else None
    detecting = DetectingFiles(home, chosen, only=only, pixels=pixels)
    try:
        if not detecting.witnesses:
            return complain(evaluation.no_detectors(arguments.only))
        with _shown(arguments, detecting) as (show, left):
            return _detect(detecting, left(files), show)
    except (OSError, NotLinesError, OtherDetectorsError) as error:
        if arguments.output is None:
            raise
        return complain(_not_written(error, arguments.output))
    finally:
        detecting.close()


def _detect(detecting: DetectingFiles, files: list[Path], show: Show) -> int:
    cancel = threading.Event()
    if files:
        detecting.warm()
    with Ticker(len(files)) as ticker, stopped_by_signals(cancel):
        for detected in detecting.run(files, cancel):
            ticker.clear()
            show(detected, detecting.lines(detected))
            ticker.step()
    if cancel.is_set():
        return complain(ticker.stopped())
    return 0


def _not_written(error: Exception, path: Path) -> str:
    """Why nothing goes into a file of lines."""
    match error:
        case NotLinesError():
            return evaluation.not_lines(path)
        case OtherDetectorsError():
            return evaluation.other_detectors(path)
        case BlockingIOError():
            return evaluation.in_use(path)
        case OSError():
            return _("{file}: {why}").format(file=plain(path), why=plain(error.strerror or error))
    raise error


@contextlib.contextmanager
def _shown(
    arguments: argparse.Namespace, detecting: DetectingFiles
) -> Iterator[tuple[Show, Callable[[list[Path]], list[Path]]]]:
    """Where results go, and which of the files are still to be done."""
    if arguments.output is None:
        yield (_print_lines if arguments.json else _print_words), list
        return
    with LinesFile(arguments.output, detecting.witnesses) as kept:

        def left(files: list[Path]) -> list[Path]:
            still = list(kept.left(files))
            if done := len(files) - len(still):
                said = ngettext("{count} file is done already.", "{count} files are done already.", done)
                complain(said.format(count=done))
            return still

        yield lambda _detected, lines: kept.add(lines), left


def _print_lines(_detected: Detected, lines: list[Line]) -> None:
    if lines:
        print("\n".join(line.as_json() for line in lines), flush=True)


def _print_words(detected: Detected, lines: list[Line]) -> None:
    """The file, and what each detector says of it."""
    findings = {str(finding.witness): finding for finding in detected.looked.findings}
    width = shutil.get_terminal_size((100, 24)).columns
    said = [plain(path_text(detected.path))]
    for line in lines:
        finding = findings[line.witness]
        done = finding.status is Status.DONE
        text = detectors.sentence(finding) if done else evaluation.line(line.witness, line.decision, line.reason)
        said.append(row(detectors.subject(Witness(line.witness)), text, width))
    if detected.sha256:
        said.append(row("SHA-256", detected.sha256, width))
    print("\n".join(said), end="\n\n", flush=True)
