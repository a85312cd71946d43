"""`touchstone key`: make, import, list and lock keys."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.cli import confirm
from touchstone.cli.output import complain
from touchstone.paths import Home
from touchstone.texts import _, keys
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.chain.keystore import Key

_LARGEST = 64 * 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar=_("ACTION"))
    new = actions.add_parser("new", help=_("make a key"))
    take = actions.add_parser("import", help=_("take in a key that was made elsewhere: hexadecimal, or a keystore"))
    take.add_argument("--file", type=Path, metavar="FILE", help=_("read the key from FILE instead of the terminal"))
    attach = actions.add_parser("attach", help=_("use a key that lives in a wallet or signer outside, over JSON-RPC"))
    attach.add_argument("--url", required=True, metavar="URL", help=_("where the signer answers"))
    attach.add_argument("--address", required=True, metavar="ADDRESS", help=_("the address it signs for"))
    for action in (new, take, attach):
        action.add_argument("name", metavar="NAME", help=_("what you call it"))
    listing = actions.add_parser("list", help=_("show the keys"))
    lock = actions.add_parser("lock", help=_("lock every key, in open windows too"))
    for action in (new, take):
        confirm.add_password(action)
    for action in (new, take, attach, listing, lock):
        action.add_argument("--json", action="store_true", help=_("print JSON"))


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    from touchstone.chain.errors import ChainError

    try:
        match arguments.action:
            case "list":
                return _list(home, as_json=arguments.json)
            case "lock":
                return _lock(home, as_json=arguments.json)
            case _:
                return _made(arguments, home)
    except ChainError as error:
        return confirm.failed(error)


def _made(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.chain import keystore

    match arguments.action:
        case "new":
            made = keystore.new(home, arguments.name, confirm.password(arguments, _("New password"), twice=True))
        case "import":
            material = _material(arguments.file)
            password = confirm.password(arguments, _("Its password, or a new one where it has none"))
            made = keystore.take(home, arguments.name, material, password)
        case _:
            made = keystore.attach(home, arguments.name, arguments.address, arguments.url)
    if arguments.json:
        print(json.dumps(as_data(made), indent=2))
    elif made.url:
        print(_("The key {name} is known: {address}").format(name=plain(made.name, 60), address=made.address))
    else:
        print(keys.kept(made))
        confirm.say(keys.advice())
    return 0


def _material(path: Path | None) -> str:
    """The text of a key: from a file, or typed where nobody sees it."""
    if path is not None:
        with path.open("rb") as file:
            return file.read(_LARGEST).decode(errors="replace")
    if sys.stdin.isatty():
        return getpass.getpass(_("The key, in hexadecimal: "), sys.stderr)
    return sys.stdin.readline(_LARGEST)


def as_data(key: Key) -> dict[str, Any]:
    """A key as `--json` shows it."""
    return {
        "untrusted_name": key.name,
        "address": key.address or None,
        "kind": "damaged" if key.damaged else "json-rpc" if key.url else "keystore",
        "url": key.url or None,
        "created": key.created or None,
        "exposed": key.exposed,
        "file": str(key.path),
    }


def _list(home: Home, *, as_json: bool) -> int:
    from touchstone.chain import keystore

    found = keystore.keys(home)
    if as_json:
        print(json.dumps({"keys": [as_data(key) for key in found]}, indent=2))
        return 0
    for key in found:
        print(_("{name}: {address}").format(name=plain(key.name, 60), address=key.address or "-"))
        print(f"  {keys.kind(key)}")
        if key.exposed:
            complain(_("Make it yours alone: {command}").format(command=f"chmod 600 '{plain(key.path)}'"))
    if not found:
        print(_("There are no keys yet. `touchstone key new NAME` makes one."))
    return 0


def _lock(home: Home, *, as_json: bool) -> int:
    from touchstone.chain.signer import lock_all

    lock_all(home)
    print(json.dumps({"locked": True}) if as_json else _("Every key is locked."))
    return 0
