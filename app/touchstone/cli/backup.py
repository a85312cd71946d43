"""`touchstone backup`: keys, history and settings in one encrypted file, and back."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.cli import confirm
from touchstone.cli.output import complain
from touchstone.paths import Home
from touchstone.texts import _, backup, ngettext
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.store.backup import Contents

_SHOWN = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar=_("ACTION"))
    create = actions.add_parser("create", help=_("write a backup"))
    restore = actions.add_parser("restore", help=_("bring a backup back, on this computer or another"))
    for action in (create, restore):
        action.add_argument("file", type=Path, metavar="FILE", help=_("the backup"))
        confirm.add_password(action)
        confirm.add_yes(action)
        action.add_argument("--json", action="store_true", help=_("print JSON"))


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    from touchstone.chain.errors import ChainError
    from touchstone.store.backup import BackupError

    try:
        return _create(arguments, home) if arguments.action == "create" else _restore(arguments, home)
    except BackupError as error:
        return complain(backup.trouble(error.code))
    except ChainError as error:
        return confirm.failed(error)


def as_data(contents: Contents) -> dict[str, Any]:
    """What is in a backup, as `--json` shows it."""
    return {
        "created": contents.created,
        "application": contents.application,
        "files": [{"name": m.name, "bytes": m.bytes, "sha256": m.sha256} for m in contents.members],
    }


def _create(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.store import backup as store

    path: Path = arguments.file
    if (
        path.exists()
        and not arguments.yes
        and not confirm.ask(_("{file} is there already. Replace it?").format(file=plain(path)))
    ):
        raise store.BackupError(store.BackupTrouble.EXISTS)
    password = confirm.password(arguments, _("Password for the backup"), twice=True)
    contents = store.create(home, path, password, replace=True)
    if arguments.json:
        print(json.dumps(as_data(contents), indent=2))
    else:
        print(_("Kept in {file}:").format(file=plain(path)))
        _show(contents)
        confirm.say(_("Without its password nobody can open it, you neither. Keys in it have their own as well."))
    return 0


def _restore(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.store import backup as store

    store.look(arguments.file)
    password = confirm.password(arguments, _("Password of the backup"))
    with store.opened(home, arguments.file, password) as staged:
        replaced = staged.replaced()
        if not arguments.json:
            _show(staged.contents)
        _warn(replaced)
        if not arguments.yes and not confirm.ask(_("Bring it back?")):
            return complain(_("It was refused. Nothing was changed."))
        restored = staged.put()
    if arguments.json:
        data = {**as_data(restored.contents), "replaced": list(replaced), "aside": restored.aside or None}
        print(json.dumps(data, indent=2))
    else:
        print(_("Everything is back."))
        if restored.aside:
            print(_("What stood in its place is in {folder}.").format(folder=plain(home.root / restored.aside)))
    return 0


def _show(contents: Contents) -> None:
    for label, value in backup.contents(contents):
        print(f"  {label:<22}{value}")


def _warn(replaced: tuple[str, ...]) -> None:
    """Say what would be replaced; it is kept aside."""
    if not replaced:
        return
    confirm.say(
        ngettext(
            "{count} file of yours is replaced, and kept aside:",
            "{count} files of yours are replaced, and kept aside:",
            len(replaced),
        ).format(count=len(replaced))
    )
    for name in replaced[:_SHOWN]:
        confirm.say(f"  {plain(name)}")
    if len(replaced) > _SHOWN:
        confirm.say(_("  and {count} more").format(count=len(replaced) - _SHOWN))
