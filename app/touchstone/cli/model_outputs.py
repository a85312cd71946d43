"""`touchstone model outputs record|declare|verify|list|withdraw`: what models said of files, on the register."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from touchstone.cli import acting, confirm, outputs_shared
from touchstone.cli.acting import RefusedError
from touchstone.paths import Home
from touchstone.texts import _, outputs
from touchstone.texts.plain import plain


def add_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare this action and its verbs."""
    summary = _("record what models said of files, so that anybody can verify it")
    parser = actions.add_parser("outputs", help=summary, description=summary)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("ACTION"))
    _record(verbs.add_parser("record", help=_("record what detectors found here and is not recorded yet")))
    _declare(verbs.add_parser("declare", help=_("say that files were made by a model")))
    _verify(verbs.add_parser("verify", help=_("say which recorded outputs there are of a file, or check a proof")))
    listing = verbs.add_parser("list", help=_("show the lists that your keys recorded, and what waits"))
    listing.add_argument("--all", action="store_true", help=_("those of others too"))
    listing.add_argument("--json", action="store_true", help=_("print JSON"))
    withdraw = verbs.add_parser("withdraw", help=_("withdraw a list of outputs"))
    withdraw.add_argument("root", metavar="ROOT", help=_("the root of the list"))
    withdraw.add_argument(
        "--reason",
        choices=outputs_shared.REASONS,
        default="unstated",
        metavar="R",
        help=_("why: ") + ", ".join(outputs_shared.REASONS),
    )
    acting.add_arguments(withdraw, publisher=False)


def _record(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", default="", metavar="DATE", help=_("only what was checked from that day on"))
    parser.add_argument(
        "--report", type=Path, action="append", default=[], metavar="FILE",
        help=_("a report in JSON to take the findings from, in place of the history"),
    )  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help=_("say what would be recorded, and stop"))
    _sending(parser)


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE", help=_("files, and folders of files"))
    parser.add_argument(
        "--model", required=True, metavar="ID|FOLDER|SHA256", help=_("what made them: by the SHA-256 of its manifest")
    )
    parser.add_argument("--dry-run", action="store_true", help=_("say what would be recorded, and stop"))
    _sending(parser)


def _sending(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--uri", default="", metavar="URL", help=_("where the list will stand for others to read"))
    acting.add_arguments(parser)


def _verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", default="", metavar="FILE|SHA256", help=_("the file, or its SHA-256"))
    parser.add_argument("--model", default="", metavar="ID|FOLDER|SHA256", help=_("only what this model said"))
    parser.add_argument("--list", type=Path, metavar="FILE", help=_("a list of outputs that somebody gave you"))
    parser.add_argument("--signer", default="", metavar="ADDRESS", help=_("only what this address recorded"))
    parser.add_argument(
        "--proof", type=Path, metavar="FILE", help=_("write the proof there; without a file named: check the one there")
    )
    parser.add_argument("--offline", action="store_true", help=_("ask nobody: go by the copy of the register here"))
    parser.add_argument("--json", action="store_true", help=_("print JSON"))


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    from touchstone.cli import outputs_record, outputs_verify

    work: Callable[[argparse.Namespace, Home], int] = {
        "record": outputs_record.record,
        "declare": outputs_record.declare,
        "verify": outputs_verify.verify,
        "list": _list,
        "withdraw": _withdraw,
    }[arguments.verb]
    return acting.guarded(lambda: outputs_shared.guarded(lambda: work(arguments, home)))


def _list(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.chain import keystore
    from touchstone.lineage import outputs as lineage
    from touchstone.registry import mirror
    from touchstone.registry.model_lookup import Models

    network = confirm.network(arguments, home)
    if network.practice:
        mirror.sync(home, network)
    mine = {key.address.lower() for key in keystore.keys(home) if key.address}
    models = Models(home, network)
    try:
        asked = [None] if arguments.all else sorted(mine)
        lists = [one for signer in asked for one in models.output_lists(signer)]
    finally:
        models.close()
    open_ = lineage.unfinished(home, network)
    waiting = lineage.waiting(home, network)
    if arguments.json:
        data = {"network": network.name, "lists": [outputs_shared.list_data(one, mine) for one in lists]}
        more = {"unfinished": [outputs_shared.batch_data(one) for one in open_], "waiting": len(waiting.said)}
        print(json.dumps({**data, **more}, indent=2))
        return 0
    for one in lists:
        print(_("{root}: {state}").format(root=one.root, state=outputs.list_state(one)))
        print("  " + outputs.counted(one.count) + ", " + outputs.by(one))
        for words in outputs.standing(one):
            print("  ! " + words)
    if not lists:
        print(outputs.no_outputs(media=False))
    for batch in open_:
        print(outputs.begun(batch))
    print(outputs.waits(len(waiting.said)))
    return 0


def _withdraw(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.lineage import outputs as lineage
    from touchstone.registry import models, own
    from touchstone.registry.model_lookup import Models
    from touchstone.registry.model_types import ModelReason

    root = arguments.root.lower().removeprefix("0x")
    if not outputs_shared.SHA256.fullmatch(root):
        raise RefusedError(_("{text} is no root.").format(text=plain(arguments.root, 80)))
    reason = ModelReason(outputs_shared.REASONS.index(arguments.reason))
    with acting.acting(arguments, home) as key:
        key.sync()
        address = key.signer.address.lower()
        numbers = {one.number for one in own.publishers(home, key.network, [address])}
        known = Models(home, key.network)
        try:
            lists = known.lists_with(root)
        finally:
            known.close()
        yours = [one for one in lists if one.signer.lower() == address or one.publisher in numbers]
        if not yours:
            raise RefusedError(outputs.not_yours(root))
        standing = [one for one in yours if not one.withdrawn]
        if not standing:
            raise RefusedError(outputs.withdrawn_already())
        sent = [
            key.send(models.withdraw_outputs(key.network, acting.address_of(one.signer), root, reason))
            for one in standing
        ]
        lineage.withdrawn(home, key.network, root)
        if key.network.practice:
            key.sync()
        if arguments.json:
            hashes = [{"hash": mined.hash, "block": mined.block} for mined in sent]
            data = {"network": key.network.name, "root": root, "reason": arguments.reason, "transactions": hashes}
            print(json.dumps(data, indent=2))
        else:
            print(outputs.withdrawn(root))
    return 0
