"""`touchstone network`: list, choose, add and remove networks, and agree to use public ones."""

from __future__ import annotations

import argparse
import dataclasses
import json
import textwrap
from typing import TYPE_CHECKING, Any

from touchstone.cli import confirm
from touchstone.cli.output import complain
from touchstone.paths import Home
from touchstone.texts import _, networks, notices
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.chain.network import Network


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar=_("ACTION"))
    listing = actions.add_parser("list", help=_("show the networks"))
    use = actions.add_parser("use", help=_("choose the network to use from now on"))
    add = actions.add_parser("add", help=_("add a network, or set other nodes for one that is built in"))
    add.add_argument("--chain-id", type=int, metavar="N", help=_("the number of its chain"))
    add.add_argument("--url", action="append", required=True, metavar="URL", help=_("a node; name two or more"))
    add.add_argument("--test", action="store_true", help=_("its money is play money"))
    add.add_argument("--confirmations", type=int, metavar="N", help=_("how many blocks make a transaction final"))
    add.add_argument("--start-block", type=int, default=0, metavar="N", help=_("the first block to read"))
    add.add_argument("--explorer", default="", metavar="URL", help=_("a web page about its transactions"))
    add.add_argument("--stablecoin", metavar="ADDRESS", help=_("the contract of its dollar"))
    remove = actions.add_parser("remove", help=_("forget a network of your own, or the nodes you set"))
    consent = actions.add_parser("consent", help=_("agree to use a public network, or no longer"))
    consent.add_argument("--withdraw", action="store_true", help=_("no longer"))
    confirm.add_yes(consent)
    for action in (use, add, remove, consent):
        action.add_argument("name", metavar="NAME", help=_("the network"))
    for action in (listing, use, add, remove, consent):
        action.add_argument("--json", action="store_true", help=_("print JSON"))


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    from touchstone.chain.errors import ChainError

    act = {"list": _list, "use": _use, "add": _add, "remove": _remove, "consent": _consent}[arguments.action]
    try:
        return act(arguments, home)
    except ChainError as error:
        return confirm.failed(error)


def as_data(network: Network, consented: str, *, chosen: bool) -> dict[str, Any]:
    """A network as `--json` shows it."""
    return {
        "name": network.name,
        "chain_id": network.chain_id,
        "chosen": chosen,
        "practice": network.practice,
        "shared": network.shared,
        "public": network.public,
        "mainnet": network.mainnet,
        "audited": False if network.mainnet else None,
        "consented": consented or None,
        "urls": list(network.urls),
        "publishers": network.publishers,
        "media": network.media,
        "models": network.models or None,
        "stablecoin": network.stablecoin or None,
        "pool": network.pool or None,
        "court": network.court or None,
        "confirmations": network.confirmations,
        "start_block": network.start_block,
        "explorer": network.explorer or None,
        "notes": ["one-node"] if networks.one_node(network) else [],
    }


def _list(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone import settings
    from touchstone.chain.networks import Networks

    known, chosen = Networks.load(home), settings.load(home).network
    if arguments.json:
        data = [as_data(n, known.consents.get(n.name, ""), chosen=n.name == chosen) for n in known.by_name.values()]
        print(json.dumps({"networks": data, "damaged": known.damaged}, indent=2))
        return 0
    for network in known.by_name.values():
        _show(network, known.consents.get(network.name, ""), chosen=network.name == chosen)
    if known.damaged:
        complain(_("The file of networks is damaged and is not used."))
    return 0


def _show(network: Network, consented: str, *, chosen: bool) -> None:
    print(_("{name} (in use)").format(name=plain(network.name)) if chosen else plain(network.name))
    print(f"  {networks.kind(network)}")
    print(f"  {networks.court(network)}")
    for url in network.urls:
        print(f"  {plain(url, 100)}")
    if networks.one_node(network):
        print(f"  {networks.one_node(network)}")
    if network.public:
        agreed = _("agreed to on {date}").format(date=plain(consented[:10])) if consented else _("not agreed to")
        print(f"  {agreed}")


def _use(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone import settings
    from touchstone.chain.errors import ChainError, ChainTrouble
    from touchstone.chain.networks import Networks

    network = Networks.load(home).get(arguments.name)
    if network.public and not network.consented:
        confirm.failed(ChainError(ChainTrouble.NO_CONSENT, network=network.name))
        return complain(_("`touchstone network consent {name}` shows what that means.").format(name=network.name))
    try:
        settings.save(home, dataclasses.replace(settings.load(home), network=network.name))
    except settings.SettingsError as error:
        return complain(_("It could not be kept ({why}).").format(why=notices.trouble(error.code)))
    return _done(arguments, home, _("{name} is used from now on.").format(name=network.name))


def _add(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.chain import networks as chain_networks

    built_in = chain_networks.Networks.load(home).by_name.get(arguments.name)
    urls = tuple(arguments.url)
    if built_in is not None and arguments.chain_id in {None, built_in.chain_id}:
        network = dataclasses.replace(built_in, urls=urls)
    else:
        more = {
            key: value
            for key in ("confirmations", "start_block", "explorer", "stablecoin")
            if (value := getattr(arguments, key)) is not None
        }
        network = chain_networks.own(arguments.name, arguments.chain_id or 0, urls, mainnet=not arguments.test, **more)
    chain_networks.add(home, network)
    return _done(arguments, home, _("{name} is kept.").format(name=plain(arguments.name, 40)))


def _remove(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.chain import networks as chain_networks

    if not chain_networks.remove(home, arguments.name):
        return complain(_("There is nothing of your own under that name."))
    if arguments.json:
        print(json.dumps({"removed": arguments.name}, indent=2))
    else:
        print(_("Forgotten."))
    return 0


def _consent(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.chain import networks as chain_networks

    network = chain_networks.Networks.load(home).get(arguments.name)
    if not network.public:
        return complain(_("{name} is on this computer: it needs no consent.").format(name=plain(network.name, 40)))
    if not arguments.withdraw:
        confirm.say(textwrap.fill(networks.consent(network), 100, break_long_words=False))
        if not arguments.yes and not confirm.ask(_("Use it?")):
            return complain(_("It was refused. Nothing was changed."))
    chain_networks.consent(home, network.name, given=not arguments.withdraw)
    said = _("No longer agreed to.") if arguments.withdraw else _("Agreed to.")
    return _done(arguments, home, said)


def _done(arguments: argparse.Namespace, home: Home, said: str) -> int:
    from touchstone import settings
    from touchstone.chain.networks import Networks

    if arguments.json:
        known = Networks.load(home)
        network = known.get(arguments.name)
        chosen = settings.load(home).network == network.name
        print(json.dumps(as_data(network, known.consents.get(network.name, ""), chosen=chosen), indent=2))
    else:
        print(said)
    return 0
