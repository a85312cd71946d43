"""`touchstone case settle|withdraw`: settle what a closed case owes you, and fetch it."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from touchstone.cli import acting, case_shared, votes_shared
from touchstone.cli.acting import Acting
from touchstone.paths import Home
from touchstone.texts import _, call_words, ngettext

if TYPE_CHECKING:
    from touchstone.court.rewards import Collect


def add_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare these actions."""
    settle = actions.add_parser("settle", help=_("settle your seats and appeals of a case that is over"))
    settle.add_argument(
        "case", type=int, nargs="?", default=0, metavar="ID", help=_("the number of the case; else all")
    )
    votes_shared.add_signing(settle)
    withdraw = actions.add_parser("withdraw", help=_("fetch what the court holds for you, and settle before"))
    votes_shared.add_signing(withdraw)


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    work = {"settle": _settle, "withdraw": _withdraw}[arguments.action]
    return votes_shared.guarded(lambda: work(arguments, home))


def _settle(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.court.troubles import VoteError, VoteTrouble

    with acting.acting(arguments, home) as key:
        sent = _settled(key, arguments.case)
        if not sent:
            raise VoteError(VoteTrouble.NOTHING)
        held = _credit(key)
        return _show(key, sent, {"credited": case_shared.money(held)}, held)


def _withdraw(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.court import rewards
    from touchstone.court.troubles import VoteError, VoteTrouble

    with acting.acting(arguments, home) as key:
        sent = _settled(key, 0)
        fetch = rewards.withdrawing(key.nodes, key.network, key.signer.address)
        if fetch is None:
            raise VoteError(VoteTrouble.NOTHING)
        mined = votes_shared.send(key, fetch.intent)
        sent.append(_as_data(fetch, mined.hash))
        if key.network.practice:
            key.sync()
        if key.arguments.json:
            print(json.dumps({"sent": sent, "withdrawn": case_shared.money(fetch.amount)}, indent=2))
        else:
            amount = call_words.dollars(fetch.amount, play=key.network.play)
            print(_("{amount} went to {address}.").format(amount=amount, address=key.signer.address))
        return 0


def _settled(key: Acting, case: int) -> list[dict[str, Any]]:
    """Send every settlement and claim that is due. Raises ChainError, StoreError."""
    from touchstone.court import rewards

    key.sync()
    with case_shared.cases_of(key.home, key.network) as cases:
        due = rewards.settling(key.nodes, key.network, cases, key.signer.address, case=case)
    sent = []
    for one in due:
        mined = votes_shared.send(key, one.intent)
        sent.append(_as_data(one, mined.hash))
    if key.network.practice and sent:
        key.sync()
    return sent


def _credit(key: Acting) -> int:
    from touchstone.registry import court

    return court.credit(key.nodes, key.network, key.signer.address)


def _as_data(one: Collect, hash_: str) -> dict[str, Any]:
    place = {"case": one.case or None, "round": one.round + 1 if one.case else None}
    return {"did": str(one.step), **place, "transaction": hash_}


def _show(key: Acting, sent: list[dict[str, Any]], told: dict[str, Any], held: int) -> int:
    if key.arguments.json:
        print(json.dumps({"sent": sent, **told}, indent=2))
        return 0
    print(ngettext("{count} thing is settled.", "{count} things are settled.", len(sent)).format(count=len(sent)))
    if held:
        amount = call_words.dollars(held, play=key.network.play)
        print(_("The court holds {amount} for you. Fetch it: touchstone case withdraw").format(amount=amount))
    return 0
