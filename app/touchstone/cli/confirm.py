"""What commands share that sign or send: the key, its password, the question before, and progress."""

from __future__ import annotations

import argparse
import contextlib
import getpass
import os
import stat
import sys
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.cli.output import complain
from touchstone.paths import Home
from touchstone.texts import _, chain, intents
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.chain.errors import ChainError
    from touchstone.chain.network import Network
    from touchstone.chain.send import Prepared
    from touchstone.chain.signer import Signer

_WIDTH = 100
_LABEL = 22
_LARGEST_PASSWORD = 4096  # bytes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of a command that signs: `key`, `password_file`, `yes`."""
    parser.add_argument("--key", default="", metavar="NAME", help=_("the key to sign with, by its name or address"))
    add_password(parser)
    add_yes(parser)


def add_password(parser: argparse.ArgumentParser) -> None:
    """`password_file`. There is no argument for a password itself: others can read the arguments of a process."""
    parser.add_argument(
        "--password-file", type=Path, metavar="FILE", help=_("read the password from the first line of FILE")
    )
    parser.add_argument("--password", action=_Refused, help=argparse.SUPPRESS)  # else short for --password-file


def add_yes(parser: argparse.ArgumentParser) -> None:
    """`yes`."""
    parser.add_argument("--yes", action="store_true", help=_("do not ask; what is done is still shown"))


class _Refused(argparse.Action):
    """Says why a password is not taken as an argument."""

    def __call__(self, parser: argparse.ArgumentParser, *_rest: object, **_more: object) -> None:
        parser.error(_("Others can read the arguments of a program. Use --password-file, or type it when asked."))


def network(arguments: argparse.Namespace, home: Home) -> Network:
    """The network that was named, else the one that was chosen.

    Raises:
        ChainError: UNKNOWN_NETWORK.
    """
    from touchstone import settings
    from touchstone.chain.networks import Networks

    return Networks.load(home).get(getattr(arguments, "network", None) or settings.load(home).network)


def signer(arguments: argparse.Namespace, home: Home) -> Signer:
    """The signer for the key that was named, or for the only one. The password is asked for when it first signs.

    Raises:
        ChainError: NO_KEY.
    """
    from touchstone.chain import keystore
    from touchstone.chain.signer import open_signer

    key = keystore.find(home, arguments.key)
    return open_signer(
        key, ask=lambda: password(arguments, _("Password of the key {name}").format(name=plain(key.name)))
    )


def password(arguments: argparse.Namespace, prompt: str, *, twice: bool = False) -> str:
    """A password, from the file that was named or from the terminal; `twice` to make sure of a new one.

    Raises:
        ChainError: LOCKED: there is no terminal to ask at, or the two differ. EXPOSED_KEY: others can read the file.
    """
    from touchstone.chain.errors import ChainError, ChainTrouble

    if arguments.password_file is not None:
        return _from_file(arguments.password_file)
    if not sys.stdin.isatty():
        complain(_("There is no terminal to ask for the password at. Use --password-file."))
        raise ChainError(ChainTrouble.LOCKED)
    given = getpass.getpass(f"{prompt}: ", sys.stderr)
    if twice and getpass.getpass(_("Once more: "), sys.stderr) != given:
        complain(_("The two are not the same."))
        raise ChainError(ChainTrouble.LOCKED)
    return given


def confirm(prepared: Prepared, *, yes: bool) -> bool:
    """Show what would be sent and what follows from it; whether it was agreed to. No answer is no."""
    show(prepared)
    return yes or ask(_("Sign and send it?"))


def confirming(arguments: argparse.Namespace) -> Callable[[Prepared], bool]:
    """`confirm`, as `Sender.send` takes it."""
    return lambda prepared: confirm(prepared, yes=arguments.yes)


def show(prepared: Prepared) -> None:
    """Print the sentence, the table of consequences and the warnings, on standard error."""
    say("")
    say(textwrap.fill(intents.sentence(prepared.intent), _WIDTH, break_long_words=False))
    say("")
    for label, value in intents.rows(prepared):
        say(
            textwrap.fill(
                value,
                _WIDTH,
                initial_indent=f"  {label:<{_LABEL}}",
                subsequent_indent=" " * (_LABEL + 2),
                break_long_words=False,
            )
        )
    say("")
    for words in intents.warnings(prepared):
        say(textwrap.fill(words, _WIDTH, initial_indent="! ", subsequent_indent="  ", break_long_words=False))


def ask(question: str) -> bool:
    """Ask for yes or no at the terminal. Anything but yes is no; so is having no terminal."""
    if not sys.stdin.isatty():
        complain(_("Nobody can be asked here, so it is not done. --yes agrees beforehand."))
        return False
    print(f"{question} {_('[y/N]')} ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline().strip().casefold()
    return answer in {"y", "yes", _("yes").casefold()}


def progress(step: str, params: Mapping[str, Any]) -> None:
    """Say where a transaction is, as `Sender.send` tells it."""
    if step not in {"signed", "kept"}:
        say(chain.step(str(step), params))


def failed(error: ChainError) -> int:
    """Say what went wrong; the exit code for it."""
    return complain(chain.trouble(error))


def say(message: str) -> None:
    """Say something on standard error that is no answer."""
    with contextlib.suppress(OSError):
        print(message, file=sys.stderr)


def _from_file(path: Path) -> str:
    from touchstone.chain.errors import ChainError, ChainTrouble
    from touchstone.chain.keystore import exposed

    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if stat.S_ISREG(mode) and exposed(mode):
            raise ChainError(ChainTrouble.EXPOSED_KEY, untrusted_path=str(path))
        line = file.readline(_LARGEST_PASSWORD)
    try:
        return line.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise ChainError(ChainTrouble.WRONG_PASSWORD) from error
