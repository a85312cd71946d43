"""`touchstone stake`: what a reviewer has at stake: put it up, take it out, show it."""

from __future__ import annotations

import argparse
import json
import re
from typing import TYPE_CHECKING, Any

from touchstone.cli import acting, case_shared, confirm, paying, votes_shared
from touchstone.cli.acting import Acting, RefusedError
from touchstone.cli.output import complain
from touchstone.paths import Home
from touchstone.texts import _, call_words, chain, review

if TYPE_CHECKING:
    from touchstone.registry.court_types import PoolParameters, ReviewerEntry

_PEOPLE = "people"
_MODEL = re.compile(r"(?:0x)?[0-9a-fA-F]{64}")
_DETECTOR = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")  # shorter than any model's id on the register


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar=_("ACTION"))
    add = actions.add_parser("add", help=_("put dollars at stake, and become a reviewer with --join"))
    add.add_argument("amount", type=case_shared.amount, metavar="N", help=_("how many dollars"))
    about = _("as a person, or with the id of a registered model")
    add.add_argument("--join", default="", type=_join, metavar="people|MODEL", help=about)
    remove = actions.add_parser("remove", help=_("begin to take dollars out"))
    remove.add_argument("amount", type=case_shared.amount, metavar="N", help=_("how many dollars"))
    withdraw = actions.add_parser("withdraw", help=_("fetch what is out"))
    join = actions.add_parser("join", help=_("become a reviewer with the stake that is there"))
    join.add_argument("join", type=_join, metavar="people|MODEL", help=about)
    leave = actions.add_parser("leave", help=_("stop being drawn; the stake stays"))
    refresh = actions.add_parser("refresh", help=_("let stake count in draws that has waited long enough"))
    for action in (add, remove, withdraw, join, leave, refresh):
        votes_shared.add_signing(action)
    show = actions.add_parser("show", help=_("show a stake, and what is locked of it"))
    votes_shared.add_reading(show)


def _join(text: str) -> str:
    if not text or text == _PEOPLE or _DETECTOR.fullmatch(text):
        return text
    if not _MODEL.fullmatch(text):
        raise argparse.ArgumentTypeError(_("Say people, or the id of a model, as `touchstone model list` shows it."))
    return text.lower().removeprefix("0x")


def _known(text: str, home: Home) -> bool:
    from touchstone.check.models import ModelStore

    if not text or text == _PEOPLE or _MODEL.fullmatch(text):
        return True
    return any(one.manifest.id == text for one in ModelStore(home).installed())


def _tree(key: Acting, text: str) -> str:
    """What to join with: people, or a model by its id on the register, which that of a detector here stands for."""
    from touchstone.check.models import ModelError
    from touchstone.court import joining
    from touchstone.store.database import StoreError

    if not text or text == _PEOPLE or _MODEL.fullmatch(text):
        return text
    try:
        found = joining.registered(key.home, key.network, text)
    except (ModelError, StoreError, OSError):
        found = ""
    if not found:
        said = _("The detector {model} is not registered, or no longer in use: touchstone model verify {model}")
        raise RefusedError(said.format(model=text))
    return found


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed, 2 where no detector here has the name to join with."""
    if not _known(getattr(arguments, "join", ""), home):
        complain(_("Say people, or the id of a model, as `touchstone model list` shows it."))
        return 2
    work = {
        "add": _add,
        "remove": _remove,
        "withdraw": _withdraw,
        "join": _join_now,
        "leave": _leave,
        "refresh": _refresh,
        "show": _show,
    }[arguments.action]
    return votes_shared.guarded(lambda: work(arguments, home))


def _add(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.court import staking

    with acting.acting(arguments, home, key_for_practice=True) as key:
        _refuse_without(key)
        join = _tree(key, arguments.join)
        paying.fund_practice(key, arguments.amount)
        made = staking.add(key.nodes, key.network, key.signer.address, arguments.amount, join=join)
        sent = [paying.pay(key, key.network.pool, made.amount, lambda permit: made.call(key.network, permit))]
        if made.join is not None:
            sent.append(votes_shared.send(key, made.join))
        refresh = staking.refresh(key.nodes, key.network, key.signer.address)
        if refresh is not None:
            sent.append(votes_shared.send(key, refresh))
        return _said(key, [mined.hash for mined in sent])


def _remove(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.court import staking

    with acting.acting(arguments, home) as key:
        _refuse_without(key)
        intent = staking.remove(key.nodes, key.network, key.signer.address, arguments.amount)
        return _said(key, [votes_shared.send(key, intent).hash])


def _withdraw(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.court import staking

    with acting.acting(arguments, home) as key:
        _refuse_without(key)
        intent, amount = staking.withdraw(key.nodes, key.network, key.signer.address)
        mined = votes_shared.send(key, intent)
        if not arguments.json:
            said = call_words.dollars(amount, play=key.network.play)
            confirm.say(_("{amount} went to {address}.").format(amount=said, address=key.signer.address))
        return _said(key, [mined.hash])


def _join_now(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.registry import pool

    with acting.acting(arguments, home) as key:
        _refuse_without(key)
        join = _tree(key, arguments.join)
        intent = pool.join(key.network, join != _PEOPLE, "" if join == _PEOPLE else join)
        return _said(key, [votes_shared.send(key, intent).hash])


def _leave(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.registry import pool

    with acting.acting(arguments, home) as key:
        _refuse_without(key)
        return _said(key, [votes_shared.send(key, pool.depart(key.network)).hash])


def _refresh(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.court import staking

    with acting.acting(arguments, home) as key:
        _refuse_without(key)
        intent = staking.refresh(key.nodes, key.network, key.signer.address)
        if intent is None:
            confirm.say(_("Nothing would change."))
        return _said(key, [] if intent is None else [votes_shared.send(key, intent).hash])


def _show(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.chain.agree import open_nodes
    from touchstone.registry import court, pool

    network = case_shared.network_with_court(arguments, home)
    account = votes_shared.account_of(arguments, home)
    nodes = open_nodes(home, network)
    try:
        found, rules = pool.reviewer(nodes, network, account), pool.parameters(nodes, network)
        credit = court.credit(nodes, network, account)
    finally:
        for node in nodes:
            node.close()
    if arguments.json:
        print(json.dumps({**_as_data(found), "credited": case_shared.money(credit)}, indent=2))
    else:
        print("\n".join(_lines(found, rules, credit, play=network.play)))
    return 0


def _refuse_without(key: Acting) -> None:
    if not key.network.pool:
        raise RefusedError(review.no_court(key.network.name))


def _said(key: Acting, hashes: list[str]) -> int:
    from touchstone.registry import pool

    if key.network.practice:
        key.sync()
    found = pool.reviewer(key.nodes, key.network, key.signer.address)
    if key.arguments.json:
        print(json.dumps({**_as_data(found), "transactions": hashes}, indent=2))
    else:
        print("\n".join(_lines(found, pool.parameters(key.nodes, key.network), 0, play=key.network.play)))
    return 0


def _lines(found: ReviewerEntry, rules: PoolParameters, credit: int, *, play: bool) -> list[str]:
    """A stake in words."""

    def amount(units: int) -> str:
        return call_words.dollars(units, play=play)

    said = [_("At stake: {amount}").format(amount=amount(found.staked))]
    if found.locked:
        said.append(_("Locked by seats: {amount}").format(amount=amount(found.locked)))
    # The contract keeps the amount until the weight is next written; what is in the weight already counts.
    if found.maturing and found.weight < found.staked - found.unbonding:
        words = _("Can count in draws from {moment} on, once it is taken up (touchstone stake refresh): {amount}")
        said.append(words.format(moment=chain.moment(found.matures), amount=amount(found.maturing)))
    if found.unbonding:
        said.append(
            _("On its way out, to be fetched from {moment} on: {amount}").format(
                moment=chain.moment(found.unbonds), amount=amount(found.unbonding)
            )
        )
    said.append(_standing(found, rules, amount))
    if credit:
        said.append(_("The court holds for you: {amount}").format(amount=amount(credit)))
    return said


def _standing(found: ReviewerEntry, rules: PoolParameters, amount: Any) -> str:
    if found.deactivated:
        return _("Put off the list of reviewers, for missed votes or by the rules. Join again: touchstone stake join")
    if not found.joined:
        return _("Not a reviewer. Join with --join people, or with a registered model.")
    least = rules.min_automated if found.automated else rules.min_stake
    if found.weight < least:
        return _("A reviewer whose stake does not count in draws yet; the least is {least}.").format(
            least=amount(least)
        )
    return _("A reviewer: drawn in proportion to {weight}.").format(weight=amount(found.weight))


def _as_data(found: ReviewerEntry) -> dict[str, Any]:
    money = case_shared.money
    return {
        "account": found.account,
        "joined": found.joined,
        "deactivated": found.deactivated,
        "automated": found.automated,
        "family": found.family or None,
        "staked": money(found.staked),
        "locked": money(found.locked),
        "maturing": money(found.maturing),
        "matures": found.matures or None,
        "unbonding": money(found.unbonding),
        "unbonds": found.unbonds or None,
        "withdrawable": money(found.withdrawable),
        "weight": money(found.weight),
    }
