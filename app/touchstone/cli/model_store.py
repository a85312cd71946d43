"""`touchstone model list|add|remove|enable|disable|verify`: the detectors on this computer."""

from __future__ import annotations

import argparse
import json
import shutil
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.cli.output import complain
from touchstone.paths import Home
from touchstone.texts import _, models
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.check.model_standing import Registered
    from touchstone.check.plugins import Listed, Plugins

_LABEL = 14


def add_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare these actions."""
    listing = actions.add_parser("list", help=_("show the detectors, and how often each is wrong"))
    add = actions.add_parser("add", help=_("try the model in a folder, and install it"))
    add.add_argument("folder", type=Path, metavar="FOLDER", help=_("a folder with model.onnx and manifest.json"))
    add.add_argument("--enable", action="store_true", help=_("switch it on as well"))
    remove = actions.add_parser("remove", help=_("delete a detector that was added"))
    enable = actions.add_parser("enable", help=_("have a detector asked, in place of the others of its kind"))
    disable = actions.add_parser("disable", help=_("have a detector asked no longer"))
    verify = actions.add_parser(
        "verify", help=_("hold a detector's file to its manifest and the register, and try it once more")
    )
    for action in (remove, enable, disable):
        action.add_argument("id", metavar="ID", help=_("its name, as the list shows it"))
    verify.add_argument(
        "ids", nargs="*", metavar="ID", help=_("its name, as the list shows it; all where none is named")
    )
    for action in (listing, add, remove, enable, disable, verify):
        action.add_argument("--json", action="store_true", help=_("print JSON"))


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    from touchstone.check.plugins import Plugins
    from touchstone.check.plugins_types import PluginError

    plugins = Plugins(home)
    try:
        match arguments.action:
            case "list":
                return _list(plugins, arguments, home)
            case "add":
                return _add(plugins, arguments)
            case "remove":
                return _remove(plugins, arguments.id, as_json=arguments.json)
            case "verify":
                return _verify(plugins, arguments, home)
            case _:
                on = arguments.action == "enable"
                plugins.enable(arguments.id, on=on)
                return _told(plugins.find(arguments.id), as_json=arguments.json)
    except PluginError as error:
        if arguments.json:
            print(json.dumps({"refused": str(error.refusal), **error.params}, indent=2))
        return complain(models.refusal(error.refusal, error.params))


def as_data(one: Listed) -> dict[str, Any]:
    """A detector as `--json` shows it."""
    manifest, kept = one.manifest, one.kept
    data: dict[str, Any] = {
        "id": one.id,
        "state": str(one.state),
        "enabled": one.enabled,
        "shipped": one.shipped,
        "folder": str(one.folder),
    }
    if manifest is None:
        return data
    rates = manifest.calibration.rates
    return data | {
        "witness": str(manifest.task),
        "version": manifest.version,
        "untrusted_title": manifest.title,
        "untrusted_licence": manifest.licence,
        "sha256": manifest.sha256,
        "bytes": manifest.bytes,
        "limit": manifest.calibration.limit,
        "stated": {
            "false_alarms": rates.false_alarms,
            "worst_source": rates.worst_source,
            "recall": rates.recall,
            "auc": rates.auc,
            "untrusted_set": manifest.calibration.set,
        },
        "measured_here": None
        if kept is None
        else {
            "date": kept.date,
            "pictures": kept.pictures,
            "sources": kept.sources,
            "false_alarms": kept.false_alarms,
            "worst_source": kept.worst_source,
            "recall": kept.recall,
            "auc": kept.auc,
        },
    }


def _list(plugins: Plugins, arguments: argparse.Namespace, home: Home) -> int:
    found = plugins.listed()
    standings, _practice = _standings(found, arguments, home, first_start=False)
    if arguments.json:
        told = [as_data(one) | ({"standing": str(standings[one.id].standing)} if one.id in standings else {})
                for one in found]  # fmt: skip
        print(json.dumps({"models": told}, indent=2))
        return 0
    if found:
        barred = {name: known.barred for name, known in standings.items()}
        print("\n\n".join(_described(one, barred.get(one.id, "")) for one in found))
    else:
        print(_("There are no detectors here. `touchstone model add FOLDER` adds one."))
    return 0


def _described(one: Listed, barred: str = "") -> str:
    """A detector in a few lines."""
    width = max(60, shutil.get_terminal_size((100, 24)).columns)
    manifest = one.manifest
    rows = [(_("State"), models.state(one.state, enabled=one.enabled, barred=barred))]
    if manifest is None:
        head = plain(one.id, 64)
    else:
        head = _("{id}: {title}").format(id=one.id, title=plain(manifest.title, 120))
        rows = [
            (_("Looks at"), models.looks_at(manifest.task)),
            (_("Version"), plain(manifest.version, 40)),
            *rows,
            (_("From"), models.origin(shipped=one.shipped)),
        ]
    rows.append((_("File"), models.file_state(one.state)))
    if manifest is not None:
        rows += [(_("SHA-256"), manifest.sha256), (_("Error rate"), " ".join(models.rates(one)))]
    advice = models.file_advice(one.state, shipped=one.shipped)
    rows += [(_("What to do"), advice)] if advice else []
    return "\n".join([head, *(_row(label, text, width) for label, text in rows)])


def _row(label: str, text: str, width: int) -> str:
    first, others = f"  {label:<{_LABEL}}", " " * (_LABEL + 2)
    return textwrap.fill(text, width, initial_indent=first, subsequent_indent=others, break_long_words=False)


def _add(plugins: Plugins, arguments: argparse.Namespace) -> int:
    one = plugins.add(arguments.folder)
    if arguments.enable:
        plugins.enable(one.id, on=True)
        one = plugins.find(one.id)
    if not arguments.json:
        print(models.added(one.manifest.title if one.manifest else one.id, enabled=one.enabled))
        complain(models.how_to_evaluate())
        return 0
    return _told(one, as_json=True)


def _remove(plugins: Plugins, model_id: str, *, as_json: bool) -> int:
    one = plugins.find(model_id)
    plugins.remove(model_id)
    if as_json:
        print(json.dumps({"removed": model_id}))
    else:
        print(models.removed(one.manifest.title if one.manifest else one.id))
    return 0


def _verify(plugins: Plugins, arguments: argparse.Namespace, home: Home) -> int:
    """All that are named, or all there are: file, manifest and register; 1 where one is not as it should be."""
    from touchstone.check.plugins_types import PluginError
    from touchstone.texts import lineage_view

    chosen = [plugins.find(model_id) for model_id in arguments.ids] or plugins.listed()
    standings, practice = _standings(chosen, arguments, home, first_start=True)
    failed, said = 0, []
    for one in chosen:
        title = one.manifest.title if one.manifest is not None else one.id
        known = standings.get(one.id)
        told: dict[str, Any] = {"id": one.id}
        try:
            told |= {"verified": True, "took_ms": plugins.verify(one.id)}
        except PluginError as error:
            failed = 1
            told |= {"verified": False, "refused": str(error.refusal)}
            complain(models.not_verified(title, error.refusal, error.params))
        else:
            if not arguments.json:
                print(models.verified(title))
        if known is not None:
            failed |= int(bool(known.barred))
            told |= known.details()
            words = lineage_view.standing(known.standing, known.entry, practice=practice)
            if known.barred:
                complain(f"  {words}")
            elif not arguments.json:
                print(f"  {words}")
        said.append(told)
    if arguments.json:
        print(json.dumps({"models": said}, indent=2))
    return failed


def _standings(
    chosen: Sequence[Listed], arguments: argparse.Namespace, home: Home, *, first_start: bool
) -> tuple[Mapping[str, Registered], bool]:
    """How these stand with the register, by their ids, and whether that is the practice ledger."""
    from touchstone.check.model_standing import ModelRegister
    from touchstone.check.models import Installed, ModelStore
    from touchstone.cli import confirm

    network = confirm.network(arguments, home)
    listed = [Installed(one.manifest, one.folder, one.shipped, one.enabled) for one in chosen if one.manifest]
    found = ModelRegister(home, network.name, ModelStore(home), first_start=first_start).standings(listed)
    return found, network.practice


def _told(one: Listed, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps(as_data(one), indent=2))
    else:
        print(_described(one))
    return 0
