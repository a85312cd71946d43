"""`touchstone publisher`: who you are on the register, the keys that act for you, and your domain."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.cli import acting, confirm
from touchstone.cli.acting import Acting, RefusedError
from touchstone.paths import Home
from touchstone.texts import _, domain, formats, intents
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.chain.send import Mined
    from touchstone.registry.own import OwnPublisher

_ROLES = ("register", "revoke", "batch", "model")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar=_("ACTION"))
    create = actions.add_parser("create", help=_("make a publisher"))
    create.add_argument("name", metavar="NAME", help=_("its name, as everybody will see it"))
    create.add_argument("--domain", default="", metavar="DOMAIN", help=_("the domain that it claims"))
    create.add_argument("--recovery", default="", metavar="ADDRESS", help=_("who may take control after seven days"))
    acting.add_arguments(create, publisher=False)
    show = actions.add_parser("show", help=_("show your publishers, or another"))
    show.add_argument("number", nargs="?", type=int, metavar="N", help=_("its number"))
    show.add_argument("--json", action="store_true", help=_("print JSON"))
    rename = actions.add_parser("rename", help=_("change its name"))
    rename.add_argument("name", metavar="NAME", help=_("the new name"))
    acting.add_arguments(rename)
    _signer(actions.add_parser("signer", help=_("let keys act for it, or stop them")))
    _domain(actions.add_parser("domain", help=_("claim and prove a domain")))
    _control(actions.add_parser("control", help=_("hand it on to another address")))
    _recovery(actions.add_parser("recovery", help=_("take control back after a lost key")))


def _signer(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("ACTION"))
    add = verbs.add_parser("add", help=_("let a key act for it"))
    add.add_argument("--roles", default="register,revoke,batch", metavar="LIST", help=_("of: ") + ", ".join(_ROLES))
    add.add_argument("--valid-from", default="", metavar="DATE", help=_("when it begins to count (now)"))
    add.add_argument("--valid-to", default="", metavar="DATE", help=_("when it no longer counts (never)"))
    revoke = verbs.add_parser("revoke", help=_("stop a key, from now on and for ever"))
    stolen = verbs.add_parser("compromised", help=_("say that a key was not yours alone since a date"))
    stolen.add_argument("--since", required=True, metavar="DATE", help=_("what it signed since then counts no more"))
    for verb in (add, revoke, stolen):
        verb.add_argument("address", metavar="ADDRESS", help=_("the address of the key"))
        acting.add_arguments(verb)


def _domain(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("ACTION"))
    claim = verbs.add_parser("claim", help=_("claim a domain on the register"))
    claim.add_argument("domain", metavar="DOMAIN", help=_('the domain, or "" for none'))
    acting.add_arguments(claim)
    prove = verbs.add_parser("prove", help=_("write what to publish at the domain"))
    prove.add_argument(
        "domain", nargs="?", default="", metavar="DOMAIN", help=_("the domain (the one that is claimed)")
    )
    prove.add_argument("--out", type=Path, metavar="DIR", help=_("write did.json and dns.txt there"))
    check = verbs.add_parser("check", help=_("ask the domain whether it vouches for the publisher"))
    for verb in (prove, check):
        verb.add_argument("--publisher", type=int, metavar="N", help=_("its number"))
        verb.add_argument("--json", action="store_true", help=_("print JSON"))


def _control(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("ACTION"))
    offer = verbs.add_parser("offer", help=_("offer control to an address"))
    offer.add_argument("address", metavar="ADDRESS", help=_('the address, or "" to take an offer back'))
    accept = verbs.add_parser("accept", help=_("take control that was offered"))
    for verb in (offer, accept):
        acting.add_arguments(verb)


def _recovery(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("ACTION"))
    place = verbs.add_parser("set", help=_("name who may take control after seven days"))
    start = verbs.add_parser("start", help=_("begin to take control, as the one who was named"))
    cancel = verbs.add_parser("cancel", help=_("stop that, as the controller"))
    finish = verbs.add_parser("finish", help=_("end it, after seven days"))
    for verb in (place, start):
        verb.add_argument("address", metavar="ADDRESS", help=_("the address"))
    for verb in (place, start, cancel, finish):
        acting.add_arguments(verb)


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    name = " ".join(filter(None, (arguments.action, getattr(arguments, "verb", ""))))
    return acting.guarded(lambda: _ACTIONS[name](arguments, home))


def _create(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.registry import confusable, publishers
    from touchstone.registry.domain import normalised

    claimed = normalised(arguments.domain) if arguments.domain else ""
    recovery = acting.address_of(arguments.recovery) if arguments.recovery else ""
    if not 0 < len(arguments.name.encode()) <= publishers.LONGEST_NAME:
        raise RefusedError(_("A name has 1 to {count} bytes.").format(count=publishers.LONGEST_NAME))
    with acting.acting(arguments, home, key_for_practice=True) as key:
        if key.network.practice:
            key.sync()
        for doubt in confusable.about(arguments.name, claimed, confusable.known(home, key.network)):
            confirm.say("! " + domain.doubt(doubt))
        mined = key.send(publishers.create(key.network, arguments.name, claimed, recovery))
        number = publishers.created(mined.logs)
        data = {"publisher": number, "untrusted_name": arguments.name, "domain": claimed or None}
        said = _("{name} is publisher {number} on {network}. The key {address} controls it.").format(
            name=plain(arguments.name, 80),
            number=number,
            network=plain(key.network.name),
            address=key.signer.address,
        )
        return _done(key, mined, {**data, "controller": key.signer.address}, said)


def _transacted(make: Callable[[Acting, int], Any], said: Callable[[], str]) -> Callable[..., int]:
    """A command that sends one transaction for one publisher."""

    def action(arguments: argparse.Namespace, home: Home) -> int:
        with acting.acting(arguments, home) as key:
            number = key.publisher()
            mined = key.send(make(key, number))
            return _done(key, mined, {"publisher": number}, said())

    return action


def _rename(key: Acting, number: int) -> Any:
    from touchstone.registry import publishers

    return publishers.set_name(key.network, number, key.arguments.name)


def _signer_add(key: Acting, number: int) -> Any:
    from touchstone.registry import publishers

    roles = publishers.Role(0)
    for name in filter(None, key.arguments.roles.split(",")):
        if name.strip() not in _ROLES:
            raise RefusedError(
                _("{name} is no role. The roles are: {roles}").format(name=name, roles=", ".join(_ROLES))
            )
        roles |= publishers.Role[name.strip().upper()]
    window = (_moment(key.arguments.valid_from), _moment(key.arguments.valid_to))
    address = acting.address_of(key.arguments.address)
    return publishers.set_signer(key.network, number, address, roles, window)


def _signer_revoke(key: Acting, number: int) -> Any:
    from touchstone.registry import publishers

    return publishers.revoke_signer(key.network, number, acting.address_of(key.arguments.address))


def _signer_compromised(key: Acting, number: int) -> Any:
    from touchstone.registry import publishers

    address = acting.address_of(key.arguments.address)
    return publishers.mark_compromised(key.network, number, address, _moment(key.arguments.since))


def _claim(key: Acting, number: int) -> Any:
    from touchstone.registry import publishers
    from touchstone.registry.domain import normalised

    wanted = normalised(key.arguments.domain) if key.arguments.domain else ""
    return publishers.claim_domain(key.network, number, wanted)


def _offer(key: Acting, number: int) -> Any:
    from touchstone.registry import publishers

    to = acting.address_of(key.arguments.address) if key.arguments.address else ""
    return publishers.offer_control(key.network, number, to)


def _accept(key: Acting, number: int) -> Any:
    from touchstone.registry import publishers

    return publishers.accept_control(key.network, number)


def _recover(key: Acting, number: int) -> Any:
    from touchstone.registry import publishers

    match key.arguments.verb:
        case "set":
            return publishers.set_recovery(key.network, number, acting.address_of(key.arguments.address))
        case "start":
            return publishers.start_recovery(key.network, number, acting.address_of(key.arguments.address))
        case "cancel":
            return publishers.cancel_recovery(key.network, number)
    return publishers.finish_recovery(key.network, number)


def _show(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.chain import keystore
    from touchstone.registry import mirror, own

    network = confirm.network(arguments, home)
    if network.practice:
        mirror.sync(home, network)  # a file on this computer; nobody is asked
    addresses = [key.address.lower() for key in keystore.keys(home) if key.address]
    mine = {one.number: one for one in own.publishers(home, network, addresses)}
    if arguments.number is None:
        entries = [_entry(home, network, one.number, mine) for one in mine.values()]
    else:
        entries = [_entry(home, network, arguments.number, mine)]
    if arguments.json:
        print(json.dumps({"network": network.name, "publishers": entries}, indent=2))
    else:
        for entry in entries:
            _print(entry)
        if not entries:
            print(_("You have no publisher on {network}.").format(network=plain(network.name)))
    return 0


def _entry(home: Home, network: Network, number: int, mine: dict[int, OwnPublisher]) -> dict[str, Any]:
    from touchstone.registry import confusable
    from touchstone.registry.domain import verified

    people = confusable.known(home, network)
    found = next((one for one in people if one.number == number), None)
    if found is None:
        raise RefusedError(_("There is no publisher {number} here.").format(number=number))
    state = verified(home, network, number, found.untrusted_domain, found.controller)
    doubts = confusable.about(found.untrusted_name, found.untrusted_domain, people, number)
    own = mine.get(number)
    return {
        "publisher": number,
        "untrusted_name": found.untrusted_name,
        "untrusted_domain": found.untrusted_domain or None,
        "domain_state": {"standing": str(state.standing), "checked": state.checked or None, "way": state.way or None},
        "domain_text": domain.state(state) if found.untrusted_domain else None,
        "controller": found.controller,
        "doubts": [{"code": d.code, "params": dict(d.params), "text": domain.doubt(d)} for d in doubts],
        "yours": own is not None,
        "controls": own.controls if own is not None else False,
        "signers": [] if own is None else _signers(own),
    }


def _signers(own: OwnPublisher) -> list[dict[str, Any]]:
    return [
        {"address": address, "roles": intents.roles(signer.roles), "mine": address in own.mine}
        for address, signer in own.signers.items()
    ]


def _print(entry: dict[str, Any]) -> None:
    print(_("Publisher {number}: {name}").format(number=entry["publisher"], name=plain(entry["untrusted_name"], 80)))
    print("  " + _("Controlled by {address}").format(address=entry["controller"]))
    print("  " + (entry["domain_text"] or _("It claims no domain.")))
    for signer in entry["signers"]:
        print("  " + _("{address} may: {roles}").format(address=signer["address"], roles=signer["roles"]))
    for doubt in entry["doubts"]:
        print("  ! " + doubt["text"])


def _prove(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.registry.domain import PATH, Statement, normalised

    network, number, found = _chosen(arguments, home)
    wanted = normalised(arguments.domain or found.untrusted_domain)
    from touchstone.chain.keystore import checksummed

    statement = Statement(network, number, checksummed(found.controller), wanted)
    document = json.dumps(statement.document(), indent=2)
    if arguments.out is not None:
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / "did.json").write_text(document + "\n", encoding="ascii")
        (arguments.out / "dns.txt").write_text(statement.zone_line + "\n", encoding="ascii")
    if arguments.json:
        data = {"domain": wanted, "dns": {"name": statement.host, "type": "TXT", "text": statement.record}}
        print(json.dumps({**data, "path": PATH, "did": statement.document()}, indent=2))
        return 0
    print(domain.to_publish(statement.zone_line, statement.address))
    print(f"\n{document}\n")
    if wanted != found.untrusted_domain:
        confirm.say(_("The publisher does not claim {domain} yet.").format(domain=wanted))
        confirm.say(_("Run: touchstone publisher domain claim {domain}").format(domain=wanted))
    confirm.say(domain.afterwards())
    return 0


def _check(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.chain.agree import open_nodes
    from touchstone.registry import domain as proofs

    network, number, found = _chosen(arguments, home)
    if not found.untrusted_domain:
        raise RefusedError(_("The publisher claims no domain."))
    confirm.say(domain.asks(found.untrusted_domain))
    nodes = open_nodes(home, network)
    try:
        state = proofs.check(home, network, nodes, number, found.untrusted_domain)
    finally:
        for node in nodes:
            node.close()
    if arguments.json:
        data = {"publisher": number, "untrusted_domain": state.domain, "standing": str(state.standing)}
        more = {"checked": state.checked, "way": state.way or None, "failure": state.failure or None}
        print(json.dumps({**data, **more, "text": domain.state(state)}, indent=2))
    else:
        print(domain.state(state))
    return 0 if state.is_verified else 1


def _chosen(arguments: argparse.Namespace, home: Home) -> tuple[Network, int, Any]:
    """The publisher that was named, or the only one of the user's keys, as the mirror has it."""
    from touchstone.chain import keystore
    from touchstone.registry import confusable, mirror

    network = confirm.network(arguments, home)
    if network.practice:
        mirror.sync(home, network)
    addresses = [key.address for key in keystore.keys(home) if key.address]
    number = arguments.publisher or acting.only_publisher(home, network, addresses)
    found = next((one for one in confusable.known(home, network) if one.number == number), None)
    if found is None:
        raise RefusedError(_("There is no publisher {number} here.").format(number=number))
    return network, number, found


def _moment(text: str) -> int:
    """Unix seconds of a date or a moment; 0 for none."""
    if not text:
        return 0
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise RefusedError(_("{text} is not a date, such as 2026-03-12.").format(text=plain(text, 40))) from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _done(key: Acting, mined: Mined, data: dict[str, Any], said: str) -> int:
    if key.arguments.json:
        sent = {"network": key.network.name, "transaction": mined.hash, "block": mined.block, "fee": str(mined.fee)}
        print(json.dumps({**data, **sent}, indent=2))
    else:
        print(said)
        confirm.say(_("In block {block}.").format(block=formats.whole(mined.block)))
    return 0


_ACTIONS: dict[str, Callable[[argparse.Namespace, Home], int]] = {
    "create": _create,
    "show": _show,
    "rename": _transacted(_rename, lambda: _("It has its new name.")),
    "signer add": _transacted(_signer_add, lambda: _("The key may act for it from now on.")),
    "signer revoke": _transacted(_signer_revoke, lambda: _("The key no longer acts for it.")),
    "signer compromised": _transacted(_signer_compromised, lambda: _("What the key signed since then counts no more.")),
    "domain claim": _transacted(_claim, lambda: _("The claim stands on the register.")),
    "domain prove": _prove,
    "domain check": _check,
    "control offer": _transacted(_offer, lambda: _("The offer stands until it is taken, or taken back.")),
    "control accept": _transacted(_accept, lambda: _("The key controls it from now on.")),
    "recovery set": _transacted(_recover, lambda: _("The recovery address is set.")),
    "recovery start": _transacted(_recover, lambda: _("Recovery has begun. It can be finished after seven days.")),
    "recovery cancel": _transacted(_recover, lambda: _("Recovery is cancelled.")),
    "recovery finish": _transacted(_recover, lambda: _("Control has passed to the new address.")),
}
