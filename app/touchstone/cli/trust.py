"""`touchstone trust`: list, update and import the lists of trusted signers."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from touchstone.paths import Home
from touchstone.store.files import Trouble
from touchstone.texts import _, credentials, ngettext
from touchstone.texts.plain import plain
from touchstone.trust.certificates import LARGEST, ListRefusedError, Refusal
from touchstone.trust.lists import Slot, TrustError, TrustList, TrustSnapshot, TrustStore
from touchstone.trust.releases import KNOWN, OFFICIAL_URLS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar=_("ACTION"))
    listing = actions.add_parser("list", help=_("show the lists"))
    update = actions.add_parser("update", help=_("fetch the official C2PA lists from where they are published"))
    take = actions.add_parser("import", help=_("take certificates from files onto a list"))
    take.add_argument("files", nargs="+", type=Path, metavar="FILE", help=_("PEM files, or lists in the C2PA's JSON"))
    take.add_argument(
        "--as", dest="slot", choices=[str(s) for s in Slot], default="yours", help=_("which list (yours unless said)")
    )
    remove = actions.add_parser("remove", help=_("take an imported file off the lists again"))
    remove.add_argument("sha256", metavar="SHA256", help=_("the hash of the file, as the list shows it"))
    for action in (listing, update, take, remove):
        action.add_argument("--json", action="store_true", help=_("print JSON"))


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    store = TrustStore(home.trust)
    try:
        match arguments.action:
            case "update":
                return _update(store, as_json=arguments.json)
            case "import":
                return _import(store, arguments.files, Slot(arguments.slot), as_json=arguments.json)
            case "remove":
                return _remove(store, arguments.sha256.lower(), as_json=arguments.json)
            case _:
                return _list(store.snapshot(), as_json=arguments.json)
    except TrustError as error:
        return _complain(_trouble(error.trouble))


def as_data(one: TrustList) -> dict[str, Any]:
    """A list as `--json` shows it."""
    return {
        "name": one.name,
        "list": "time-stamps" if one.time_stamps else str(one.slot),
        "sha256": one.sha256,
        "issued": one.issued or None,
        "next_update": one.next_update or None,
        "overdue": one.overdue(),
        "imported": one.imported,
        "certificates": one.count,
        "expired": one.expired,
        "unreadable": one.unreadable,
        "recognised": one.recognised,
        "source": one.source,
    }


def describe(one: TrustList) -> list[str]:
    """What there is to say about one list, a line each."""
    lines = [
        ngettext("{count} certificate", "{count} certificates", one.count).format(count=one.count)
        + (", " + _("{count} of them expired").format(count=one.expired) if one.expired else "")
        + (", " + _("{count} more could not be read").format(count=one.unreadable) if one.unreadable else ""),
        _("issued {date}").format(date=one.issued[:10]) if one.issued else _("no date of issue"),
    ]
    if one.next_update:
        lines[1] += ", " + _("next update due {date}").format(date=one.next_update[:10])
    if one.overdue():
        lines.append(_("Out of date: a newer list should have been published. Update it."))
    if one.slot is not Slot.YOURS and not one.recognised:
        lines.append(_("Not a release that this version knows by its hash. Make sure where it came from."))
    return lines


def _list(snapshot: TrustSnapshot, *, as_json: bool) -> int:
    if as_json:
        _print_json({"lists": [as_data(one) for one in snapshot.lists], "damaged": list(snapshot.damaged)})
    else:
        for one in snapshot.lists:
            _show(one)
        if not snapshot.lists:
            print(_("There are no trust lists yet, so every signer is unknown."))
            print(_("`touchstone trust update` fetches the official one; `touchstone trust import` takes a file."))
    for name in snapshot.damaged:
        _complain(_("{name} is damaged and is not used. Import it again.").format(name=plain(name)))
    return 0


def _update(store: TrustStore, *, as_json: bool) -> int:
    from touchstone.trust import https, update

    try:
        taken = update.update(store)
    except https.FetchError as error:
        _complain(credentials.fetch_failure(error.failure, error.status))
    except ListRefusedError as error:
        _complain(credentials.list_refusal(error.refusal))
    else:
        return _taken(taken, as_json=as_json)
    _complain(_("The lists are as they were. You can also fetch these files with a browser:"))
    for url in OFFICIAL_URLS:
        _complain("  " + url)
    return _complain(_("and take them with: touchstone trust import --as official FILE FILE"))


def _import(store: TrustStore, files: list[Path], slot: Slot, *, as_json: bool) -> int:
    taken: list[TrustList] = []
    failed = False
    for path in files:
        try:
            with path.open("rb") as file:
                data = file.read(LARGEST + 1)
            taken.append(store.add(data, str(path), slot))
        except OSError as error:
            failed = True
            _complain(_("{file}: {why}").format(file=plain(path), why=plain(error.strerror)))
        except ListRefusedError as error:
            failed = True
            _complain(_("{file}: {why}").format(file=plain(path), why=credentials.list_refusal(error.refusal)))
            _hint(error.refusal)
    _taken(taken, as_json=as_json)
    for one in taken:
        release = KNOWN.get(one.sha256)
        if release is not None and release.slot != slot:
            _complain(
                _("{file} is {list}. To keep it apart from your own: touchstone trust import --as {slot} FILE").format(
                    file=plain(one.name), list=credentials.list_name(release.slot), slot=release.slot
                )
            )
    return int(failed)


def _hint(refusal: Refusal) -> None:
    if refusal is Refusal.NOT_A_LIST:
        _complain(_("Certificates in PEM begin with the line -----BEGIN CERTIFICATE-----."))


def _remove(store: TrustStore, sha256: str, *, as_json: bool) -> int:
    removed = store.remove(sha256)
    if as_json:
        _print_json({"removed": removed})
    if not removed:
        return _complain(_("There is no such file on the lists. `touchstone trust list` shows them."))
    if not as_json:
        print(_("Taken off the lists."))
    return 0


def _taken(taken: list[TrustList], *, as_json: bool) -> int:
    if as_json:
        _print_json({"lists": [as_data(one) for one in taken]})
    else:
        for one in taken:
            _show(one)
    return 0


def _show(one: TrustList) -> None:
    slot = "time-stamps" if one.time_stamps else one.slot
    print(_("{list}: {name}").format(list=credentials.list_name(slot), name=plain(one.name)))
    for line in [*describe(one), f"SHA-256 {one.sha256}"]:
        print(f"  {line}")


def _trouble(trouble: Trouble) -> str:
    names = {
        Trouble.READ_ONLY: _("The lists could not be written: the folder is read-only."),
        Trouble.FULL: _("The lists could not be written: the disk is full."),
    }
    return names.get(trouble, _("The lists could not be written."))


def _print_json(data: object) -> None:
    print(json.dumps(data, indent=2))


def _complain(message: str) -> int:
    print(message, file=sys.stderr)
    return 1
