"""`touchstone case appeal ID --against|--with --amount N`: pay for a larger panel to look again, or against it."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from touchstone.cli import acting, case_shared, confirm, paying, votes_shared
from touchstone.cli.acting import Acting
from touchstone.paths import Home
from touchstone.texts import _, call_words, chain

if TYPE_CHECKING:
    from touchstone.court.appeals import Appeal, Side


def add_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare these actions."""
    parser = actions.add_parser("appeal", help=_("pay for a larger panel to look again; or show what that takes"))
    case_shared.add_number(parser)
    sides = parser.add_mutually_exclusive_group()
    sides.add_argument("--against", action="store_true", help=_("because you think the ruling wrong"))
    sides.add_argument("--with", dest="holding", action="store_true", help=_("because you think it right"))
    parser.add_argument(
        "--amount",
        type=case_shared.amount,
        metavar="N",
        help=_("how many dollars at most (all that is missing unless said)"),
    )
    votes_shared.add_signing(parser)


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Pay, or show; 1 where that failed."""
    work = _pay if arguments.against or arguments.holding else _look
    return votes_shared.guarded(lambda: work(arguments, home))


def _pay(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.court import appeals

    with acting.acting(arguments, home, key_for_practice=True) as key:
        votes_shared.tell_clock(key)
        address = key.signer.address
        side = appeals.standing(key.nodes, key.network, arguments.case, address).side(against=arguments.against)
        amount = min(arguments.amount or side.missing, side.missing) or arguments.amount or 1
        paying.fund_practice(key, amount)
        funding = appeals.fund(key.nodes, key.network, address, arguments.case, amount, against=bool(arguments.against))
        mined = paying.pay(
            key,
            key.network.court,
            funding.amount,
            lambda permit: funding.call(key.network, permit),
            lambda intent: votes_shared.send(key, intent, funding.window),
        )
        after = appeals.standing(key.nodes, key.network, arguments.case, address)
        return _show(
            key, after, {"paid": case_shared.money(funding.amount), "transaction": votes_shared.transaction(mined)}
        )


def _look(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.court import appeals

    with acting.acting(arguments, home, key_for_practice=True) as key:
        found = appeals.standing(key.nodes, key.network, arguments.case, key.signer.address)
        return _show(key, found, {})


def _show(key: Acting, found: Appeal, told: dict[str, Any]) -> int:
    if key.arguments.json:
        sides = {"with": _as_data(found.holding), "against": _as_data(found.against)}
        print(json.dumps({"case": found.case, "round": found.round + 1, **sides, **told}, indent=2))
        return 0
    play = key.network.play
    for name, side in ((_("With the ruling"), found.holding), (_("Against it"), found.against)):
        said = _("{side}: {funded} of {target}, until {moment}")
        print(
            said.format(
                side=name,
                funded=call_words.dollars(side.funded, play=play),
                target=call_words.dollars(side.target, play=play),
                moment=chain.moment(side.ends),
            )
        )
    if found.opens:
        confirm.say(_("A larger panel looks again, once the time for appeals is over and somebody moves the case on."))
    return 0


def _as_data(side: Side) -> dict[str, Any]:
    return {
        "funded": case_shared.money(side.funded),
        "target": case_shared.money(side.target),
        "mine": case_shared.money(side.mine),
        "ends": side.ends,
    }
