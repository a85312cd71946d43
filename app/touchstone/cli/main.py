"""The command line: the same calls as the window, text or JSON.

Exit codes: 0 done, 1 the thing asked for failed, 2 wrong usage. Answers go to standard output, everything else to
standard error.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Protocol, cast

from touchstone import __version__, paths, texts
from touchstone.texts import _
from touchstone.texts.plain import plain

# Each command's module has `add_arguments(parser)` and `run(arguments, home) -> exit code`, and loads when named.
COMMANDS = {
    "check": "touchstone.cli.check",
    "recheck": "touchstone.cli.recheck",
    "detect": "touchstone.cli.detect",
    "samples": "touchstone.cli.samples",
    "model": "touchstone.cli.model",
    "trust": "touchstone.cli.trust",
    "publisher": "touchstone.cli.publisher",
    "sign": "touchstone.cli.sign",
    "register": "touchstone.cli.register",
    "withdraw": "touchstone.cli.withdraw",
    "transactions": "touchstone.cli.transactions",
    "lookup": "touchstone.cli.lookup",
    "case": "touchstone.cli.case",
    "stake": "touchstone.cli.stake",
    "reviewer": "touchstone.cli.reviewer",
    "ledger": "touchstone.cli.ledger",
    "index": "touchstone.cli.index",
    "network": "touchstone.cli.network",
    "key": "touchstone.cli.key",
    "backup": "touchstone.cli.backup",
}


def main(arguments: Sequence[str], open_window: Callable[[paths.Home], int]) -> int:
    """Run one command, or open the window where none is named. Returns the exit code."""
    texts.use_language()
    _keep_standard_streams()
    _take_any_output()
    try:
        code = _run(arguments, open_window) if arguments else _window(paths.home(), open_window)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print(_("Stopped."), file=sys.stderr)
        return 1
    except BrokenPipeError:
        _abandon_output()  # whoever read it has left; nothing is to be said to them any more
        return 1
    except OSError as error:
        return _refused(error)
    return code


def _run(arguments: Sequence[str], open_window: Callable[[paths.Home], int]) -> int:
    chosen = _parser(arguments).parse_args(arguments)
    home = paths.home(chosen.home)
    if chosen.selftest:
        return _module("touchstone.cli.selftest").run(chosen, home)
    if chosen.command is None:
        return _window(home, open_window)
    if not _is_whole(home):
        return 1
    return _module(COMMANDS[chosen.command]).run(chosen, home)


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="touchstone",
        description=_("Says what is known about a photo, video or recording before you believe it."),
        epilog=_("Without a command, the window opens."),
    )
    parser.add_argument("--version", action="version", version=f"touchstone {__version__}")
    parser.add_argument("--home", metavar="DIR", help=_("keep every file of the application under DIR"))
    parser.add_argument("--network", metavar="NAME", help=_("use this network instead of the chosen one"))
    parser.add_argument(
        "--selftest", action="store_true", help=_("make the samples, check them, and say whether all is well")
    )
    commands = parser.add_subparsers(dest="command", metavar=_("COMMAND"))
    summaries = _summaries()
    named = next((a for a in arguments if a in COMMANDS), None)
    for name, module in COMMANDS.items():
        sub = commands.add_parser(name, help=summaries[name], description=summaries[name])
        sub.add_argument("--home", metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        sub.add_argument("--network", metavar="NAME", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        if name == named:
            _module(module).add_arguments(sub)
    return parser


def _summaries() -> dict[str, str]:
    return {
        "check": _("say what is known about files"),
        "recheck": _("say what has changed since a report"),
        "detect": _("ask the detectors alone, about many files"),
        "samples": _("write sample files to try"),
        "model": _("look after detectors: add, measure, audit, register, and say what they were trained on"),
        "trust": _("list, update or import the lists of trusted signers"),
        "publisher": _("make and show a publisher, its signers and its domain"),
        "sign": _("sign files with content credentials"),
        "register": _("register files on the register"),
        "withdraw": _("withdraw a registration, or replace it"),
        "transactions": _("list what was sent, look after it again, or outbid what waits"),
        "lookup": _("say what the register holds about a file"),
        "case": _("flag a file, and follow cases: evidence, votes, appeals"),
        "stake": _("put money at stake as a reviewer, and take it out"),
        "reviewer": _("vote by a registered model, and look after simulated reviewers"),
        "ledger": _("look after the practice ledger"),
        "index": _("look after the local copy of the register"),
        "network": _("list and choose networks"),
        "key": _("make, import and list keys"),
        "backup": _("keep keys, history and settings in an encrypted file, or bring them back"),
    }


class _Command(Protocol):
    """What a command's module offers."""

    def add_arguments(self, parser: argparse.ArgumentParser, /) -> None:
        """Declare its arguments."""

    def run(self, arguments: argparse.Namespace, home: paths.Home, /) -> int:
        """Do it; returns the exit code."""


def _module(name: str) -> _Command:
    return cast("_Command", importlib.import_module(name))


def _window(home: paths.Home, open_window: Callable[[paths.Home], int]) -> int:
    from touchstone import syslibs

    if not syslibs.has_display():
        print(_("There is no display here, so no window can open. These commands work without one:"), file=sys.stderr)
        print(file=sys.stderr)
        _parser([]).print_help(sys.stderr)
        return 1
    lacking = syslibs.missing(display=True)
    if lacking:
        print(_("The window needs system libraries that are missing here. Install them with:"), file=sys.stderr)
        print("  " + syslibs.install_command(lacking), file=sys.stderr)
        return 1
    _is_whole(home)  # where it is not, the window tells
    return open_window(home)


def _is_whole(home: paths.Home) -> bool:
    """Bring a restoration to its end that was killed midway, before any of its files is opened; whether that went."""
    with contextlib.suppress(PermissionError):  # whoever opens the first file says what is wrong
        if home.restoring.exists():
            return _restored(home)
    return True


def _restored(home: paths.Home) -> bool:
    from touchstone.store import backup as store
    from touchstone.texts import backup

    try:
        store.finish(home)
    except store.BackupError as error:
        print(backup.not_finished(error.code), file=sys.stderr)
        return False
    return True


def _refused(error: OSError) -> int:
    """What nobody nearer had an answer to: most often a disk that is full where standard output goes."""
    _abandon_output()
    said = _("This computer refused something that was needed: {why}").format(why=plain(error.strerror or error))
    with contextlib.suppress(OSError):
        print(said, file=sys.stderr)
    return 1


def _abandon_output() -> None:
    """Let what is still to be written go nowhere, so that Python does not try once more at its end."""
    with contextlib.suppress(OSError, AttributeError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _keep_standard_streams() -> None:
    """Take the places of streams that were closed, so that no file opened later is taken for one of them."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - it ends with the program


def _take_any_output() -> None:
    """A name that the terminal cannot show must not end a check; and a closed pipe ends the program, not in a trace."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    with contextlib.suppress(AttributeError, ValueError):
        signal.signal(signal.SIGTERM, _terminate)


def _terminate(*_args: object) -> None:
    raise KeyboardInterrupt
