"""`touchstone transactions`: what was sent, another look at what is under way, and a higher fee for what waits."""

from __future__ import annotations

import argparse
import json
import shutil
import textwrap
from typing import TYPE_CHECKING, Any

from touchstone.cli import acting, confirm
from touchstone.cli.acting import RefusedError
from touchstone.paths import Home
from touchstone.texts import _, chain, formats, transactions
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.store.outbox import Sent

_SHOWN = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar=_("ACTION"))
    listing = actions.add_parser("list", help=_("show what was sent, the newest first"))
    listing.add_argument(
        "--limit", type=int, default=_SHOWN, metavar="N", help=_("show the N newest ({count})").format(count=_SHOWN)
    )
    resume = actions.add_parser("resume", help=_("look once after what is under way, and send again what was lost"))
    for action in (listing, resume):
        action.add_argument("--json", action="store_true", help=_("print JSON"))
    outbid = actions.add_parser("outbid", help=_("raise the fee of one that waits"))
    outbid.add_argument("id", type=int, metavar="ID", help=_("its number in the list"))
    acting.add_arguments(outbid, publisher=False)


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    act = {"list": _list, "resume": _resume, "outbid": _outbid}[arguments.action]
    return acting.guarded(lambda: act(arguments, home))


def as_data(sent: Sent) -> dict[str, Any]:
    """A transaction as `--json` shows it. Amounts are wei, as text: JSON has no room for them everywhere."""
    from touchstone.chain import waiting

    return {
        "id": sent.id,
        "network": sent.network,
        "chain_id": sent.chain_id,
        "state": str(sent.state),
        "what": sent.code,
        "sentence": transactions.what(waiting.intent_of(sent)),
        "created": sent.created,
        "changed": sent.changed,
        "hash": sent.hash or None,
        "from": sent.sender,
        "to": sent.target,
        "nonce": sent.nonce,
        "block": sent.block if sent.block_hash else None,
        "fee": str(sent.fee) if sent.block_hash else None,
        "most": str(sent.gas * sent.max_fee),
        "replaces": sent.replaces or None,
        "trouble": sent.trouble or None,
    }


def _list(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.chain import waiting
    from touchstone.chain.networks import Networks

    known = Networks.load(home)
    wanted = known.get(arguments.network) if arguments.network else None
    found = waiting.journal(home, max(arguments.limit, 0), wanted)
    if arguments.json:
        print(json.dumps({"transactions": [as_data(sent) for sent in found]}, indent=2))
        return 0
    if not found:
        print(_("Nothing was sent yet."))
    for sent in found:
        _show(sent, known.by_name.get(sent.network))
    return 0


def _resume(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.chain import waiting

    network = confirm.network(arguments, home)
    found = waiting.look_again(home, network, on_step=lambda step, params: confirm.progress(str(step), params))
    if arguments.json:
        print(json.dumps({"network": network.name, "transactions": [as_data(sent) for sent in found]}, indent=2))
        return 0
    if not found:
        print(transactions.nothing_under_way(network.name))
    for sent in found:
        said = transactions.outcome(str(sent.state), transactions.what(waiting.intent_of(sent)))
        print(_wrapped(f"{sent.id}  {said}", ""))
    return 0


def _outbid(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.chain import waiting

    sent = waiting.entry(home, arguments.id)
    if sent is None:
        raise RefusedError(_("There is no transaction of that number."))
    if arguments.network not in {None, sent.network}:
        raise RefusedError(_("That transaction is on the network {name}.").format(name=plain(sent.network, 40)))
    if sent.state not in waiting.OUTBID:
        raise RefusedError(f"{transactions.not_waiting()} {_state(sent)}")
    arguments.network, arguments.key = sent.network, arguments.key or sent.sender
    with acting.acting(arguments, home) as key:
        mined = key.sender.replace(
            sent.id,
            key.signer,
            confirm.confirming(arguments),
            on_step=lambda step, params: confirm.progress(str(step), params),
        )
    if arguments.json:
        print(json.dumps(as_data(mined.sent), indent=2))
    else:
        print(_("{hash} is in block {block}.").format(hash=mined.hash, block=formats.whole(mined.block)))
    return 0


def _show(sent: Sent, network: Network | None) -> None:
    from touchstone.chain import waiting

    head = (formats.moment(sent.created), plain(sent.network, 40), chain.state(str(sent.state)))
    print(f"{sent.id}  " + " · ".join(head))
    print(_wrapped(transactions.what(waiting.intent_of(sent)), "    "))
    if sent.hash:
        print(f"    {plain(sent.hash, 66)}")
    fee = transactions.fee(sent, network)
    if fee:
        print("    " + _("Fee: {fee}").format(fee=fee))


def _state(sent: Sent) -> str:
    return _("This one: {state}.").format(state=chain.state(str(sent.state)))


def _wrapped(text: str, indent: str) -> str:
    width = max(shutil.get_terminal_size((100, 24)).columns, 60)
    return textwrap.fill(text, width, initial_indent=indent, subsequent_indent=indent or "    ", break_long_words=False)
