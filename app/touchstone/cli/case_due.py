"""`touchstone case due`: what your accounts have to do in the court, by when, and what missing it costs."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from touchstone.cli import case_shared, confirm, votes_shared
from touchstone.paths import Home
from touchstone.texts import _, chain, review, votes

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.chain.node import Node
    from touchstone.court.clock import Moment
    from touchstone.court.due import Task
    from touchstone.registry.case_lookup import Cases


def add_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare these actions."""
    parser = actions.add_parser("due", help=_("say what you have to do, by when, and what missing it costs"))
    votes_shared.add_reading(parser)


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Say it; 1 where it could not be found out."""
    return votes_shared.guarded(lambda: _run(arguments, home))


def _run(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.chain.agree import open_nodes
    from touchstone.court.clock import now_of

    network = case_shared.network_with_court(arguments, home)
    accounts = _accounts(arguments, home)
    with contextlib.ExitStack() as stack:
        nodes = open_nodes(home, network)
        for node in nodes:
            stack.callback(node.close)
        found = now_of(nodes, network)
        cases = stack.enter_context(case_shared.cases_of(home, network))
        tasks = _tasks(home, network, nodes, cases, accounts, found.now)
    if arguments.json:
        print(json.dumps([_as_data(task) for task in tasks], indent=2))
    else:
        _show(tasks, found)
    return 0


def _accounts(arguments: argparse.Namespace, home: Home) -> Sequence[str]:
    if arguments.key:
        return [votes_shared.account_of(arguments, home).lower()]
    return case_shared.own_addresses(home)


def _tasks(
    home: Home, network: Network, nodes: Sequence[Node], cases: Cases, accounts: Sequence[str], now: int
) -> Sequence[Task]:
    from touchstone.court import due
    from touchstone.court.vault import Vault
    from touchstone.registry import court
    from touchstone.registry.case_stage import OPEN

    paid = {account: cases.appeals_of(account) for account in accounts}
    numbers = {held.case for account in accounts for held in cases.seats_of(account, unsettled=True)}
    numbers |= {one.case for entries in paid.values() for one in entries if not one.claimed}
    if accounts:
        numbers |= {case.id for case in cases.listing(OPEN, mine=accounts, limit=1000)}
    vault = Vault(home)
    with contextlib.closing(vault):
        kept = [one for one in vault.all(network.chain_id) if one.court == network.court.lower()]
    return due.due(
        [case for number in sorted(numbers) if (case := cases.get(number)) is not None],
        accounts,
        kept,
        now,
        pauses=cases.pauses(),
        appeals=paid,
        credited={account: court.credit(nodes, network, account) for account in accounts},
    )


def _show(tasks: Sequence[Task], found: Moment) -> None:
    if said := votes.clock_off(found.off):
        confirm.say("! " + said)
    for task in tasks:
        place = _("case {case}").format(case=task.case) if task.case else _("court")
        until = _("until {moment}").format(moment=chain.moment(task.ends)) if task.ends else ""
        print("  ".join(part for part in (place, review.task_word(str(task.kind)), until) if part))
        if warned := votes.warning(task, found.now):
            confirm.say("! " + warned)
    if not tasks:
        print(_("Nothing is due."))


def _as_data(task: Task) -> dict[str, Any]:
    return {
        "do": str(task.kind),
        "case": task.case or None,
        "round": task.round + 1 if task.case else None,
        "account": task.account,
        "ends": task.ends or None,
        "by_itself": task.sure,
        "to_recover": task.lost,
        "at_stake": case_shared.money(task.at_stake),
        "missed_soon": task.missed_soon,
    }
