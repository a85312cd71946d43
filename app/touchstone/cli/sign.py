"""`touchstone sign`: signed copies of files."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.cli import acting, confirm
from touchstone.cli.acting import RefusedError
from touchstone.cli.output import complain
from touchstone.paths import Home
from touchstone.texts import _, publish
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.check.signing import FileSigner, Signed, Statement
    from touchstone.check.signing_keys import Identity

SOURCES = (
    "captured", "humanEdits", "composite", "compositeWithTrainedAlgorithmicMedia", "trainedAlgorithmicMedia",
    "unstated",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=_("the files to sign"))
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help=_("the folder for the signed copies"))
    parser.add_argument("--title", default="", metavar="TEXT", help=_("the title in the credentials (the file's name)"))
    parser.add_argument("--key", type=Path, metavar="PEM", dest="signing_key", help=_("the key of the certificate"))
    add_identity(parser)
    acting.add_publisher(parser)
    confirm.add_password(parser)
    parser.add_argument("--json", action="store_true", help=_("print JSON, a line for each file"))


def add_identity(parser: argparse.ArgumentParser) -> None:
    """`chain`, `signing_key`, `practice`, `tsa`, `source_type`."""
    parser.add_argument("--chain", type=Path, metavar="PEM", help=_("the certificate chain, the signer's first"))
    parser.add_argument("--signing-key", type=Path, metavar="PEM", help=_("the key of the certificate"))
    parser.add_argument(
        "--practice", action="store_true", help=_("sign with the application's own signer, for practice only")
    )
    parser.add_argument("--tsa", default="", metavar="URL", help=_("the time-stamp server to ask"))
    parser.add_argument(
        "--source-type", choices=SOURCES, default="unstated", metavar="TYPE",
        help=_("how the files came about: ") + ", ".join(SOURCES),
    )  # fmt: skip


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Sign what was named; 1 where a file could not be signed."""
    return acting.guarded(lambda: _run(arguments, home))


def _run(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.check.signing import FileSigner, Source, Statement

    identity = identity_of(arguments, home)
    registration = _registration(arguments, home)
    signer = FileSigner(home, identity, arguments.tsa)
    failed = 0
    try:
        with stopping() as cancel:
            for path in arguments.files:
                title = arguments.title or path.name
                statement = Statement(title, Source(arguments.source_type), registration)
                failed += not _one(signer, path, arguments, statement, cancel)
    finally:
        signer.close()
    return int(bool(failed))


def identity_of(arguments: argparse.Namespace, home: Home) -> Identity:
    """Who signs. What is odd about it is said.

    Raises:
        RefusedError, IdentityError: nobody.
    """
    from touchstone.check import signing_practice, signing_stamp

    if arguments.tsa and not signing_stamp.is_address(arguments.tsa):
        raise RefusedError(_("{text} is no address of a time-stamp server.").format(text=plain(arguments.tsa, 100)))
    if arguments.practice:
        if not confirm.network(arguments, home).practice:
            raise RefusedError(_("The application's own signer is for the practice network only."))
        confirm.say(_("The practice signer vouches for these files on this computer only."))
        try:
            return signing_practice.signer(home)
        except OSError as error:
            raise RefusedError(_("The practice signer could not be kept.")) from error
    if arguments.chain is None or arguments.signing_key is None:
        raise RefusedError(_("Name --chain and --key of a certificate, or --practice."))
    if not arguments.tsa:
        confirm.say("! " + publish.no_stamps())
    return _loaded(arguments)


def _loaded(arguments: argparse.Namespace) -> Identity:
    from touchstone.check import signing_keys

    chain, key = arguments.chain, arguments.signing_key
    try:
        return signing_keys.load(chain, key)
    except signing_keys.IdentityError as error:
        if error.failure is not signing_keys.KeyFailure.NEEDS_PASSWORD:
            raise
    password = confirm.password(arguments, _("Password of the signing key"))
    return signing_keys.load(chain, key, password.encode())


def _registration(arguments: argparse.Namespace, home: Home) -> dict[str, Any]:
    """Where the files will be registered: of the publisher that was named, or the only one there is; else nothing."""
    from touchstone.chain import keystore
    from touchstone.check.publishing import registration_of
    from touchstone.registry import mirror, own

    network = confirm.network(arguments, home)
    if arguments.publisher:
        return registration_of(network, arguments.publisher)
    if network.practice:
        mirror.sync(home, network)
    addresses = [key.address.lower() for key in keystore.keys(home) if key.address]
    found = own.publishers(home, network, addresses)
    return registration_of(network, found[0].number) if len(found) == 1 else {}


def _one(
    signer: FileSigner, path: Path, arguments: argparse.Namespace, statement: Statement, cancel: threading.Event
) -> bool:
    from touchstone.check.opening import OpenError
    from touchstone.check.signing import SignError

    try:
        signed = signer.sign(path, arguments.out / path.name, statement, _progress(path), cancel)
    except SignError as error:
        why = publish.not_signed(error.failure, error.worker)
    except OpenError as error:
        why = publish.not_signed(error.failure)
    else:
        print(json.dumps(as_data(path, signed)) if arguments.json else _said(signed), flush=True)
        return True
    complain(_("{name}: {why}").format(name=plain(path.name), why=why))
    return False


def as_data(path: Path, signed: Signed) -> dict[str, Any]:
    """A signed copy as `--json` shows it."""
    return {
        "source": str(path),
        "path": str(signed.path),
        "sha256": signed.sha256,
        "bytes": signed.bytes,
        "manifest": signed.manifest,
        "had_credentials": signed.opened,
        "time_stamped": signed.stamped,
    }


def _said(signed: Signed) -> str:
    lines = [_("{path}: signed").format(path=plain(signed.path, 400)), f"  SHA-256 {signed.sha256}"]
    if signed.opened:
        lines.append("  " + _("The credentials it had are kept as its source."))
    if signed.stamped:
        lines.append("  " + _("With a time stamp."))
    return "\n".join(lines)


def _progress(path: Path) -> Any:
    def tell(part: float) -> None:
        if sys.stderr.isatty() and part < 1:
            said = _("Signing {name}: {percent} %").format(name=plain(path.name, 60), percent=round(part * 100))
            print(f"\r\x1b[K{said}", end="", file=sys.stderr, flush=True)
        elif sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    return tell


@contextlib.contextmanager
def stopping() -> Iterator[threading.Event]:
    """An event that Ctrl-C, or being asked to end, sets; a second Ctrl-C ends the program at once."""
    from touchstone.cli.stopping import stopped_by_signals

    cancel = threading.Event()
    with stopped_by_signals(cancel):
        yield cancel
