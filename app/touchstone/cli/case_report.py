"""`touchstone case unobtainable|leak`: say that a case's file cannot be had, and show a vote that somebody let out."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from touchstone.cli import acting, case_shared, votes_shared
from touchstone.cli.acting import Acting, RefusedError
from touchstone.paths import Home
from touchstone.texts import _

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.court.sending import InTime

_HEX = frozenset("0123456789abcdef")


def add_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare these actions."""
    missing = actions.add_parser("unobtainable", help=_("say, early and with a seat, that the file cannot be had"))
    case_shared.add_number(missing)
    votes_shared.add_signing(missing)
    leak = actions.add_parser("leak", help=_("show a vote that somebody let out before its time"))
    case_shared.add_number(leak)
    leak.add_argument("--voter", required=True, metavar="ADDRESS", help=_("whose vote it is"))
    leak.add_argument(
        "--vote", required=True, choices=votes_shared.BALLOTS, metavar="V", help=", ".join(votes_shared.BALLOTS)
    )
    leak.add_argument("--salt", required=True, metavar="HEX", help=_("what it was sealed with, 64 digits"))
    votes_shared.add_signing(leak)


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    return votes_shared.guarded(lambda: _report(arguments, home))


def _report(arguments: argparse.Namespace, home: Home) -> int:
    with acting.acting(arguments, home) as key:
        votes_shared.tell_clock(key)
        intent, window = _missing(key) if arguments.action == "unobtainable" else _leak(key)
        mined = votes_shared.send(key, intent, window)
    if arguments.json:
        told = {"case": arguments.case, "said": arguments.action}
        print(json.dumps(told | {"transaction": votes_shared.transaction(mined)}, indent=2))
    elif arguments.action == "unobtainable":
        print(_("You said that the file of case {case} cannot be had.").format(case=arguments.case))
    else:
        print(_("The vote is void. What you are due is credited: touchstone case withdraw"))
    return 0


def _missing(key: Acting) -> tuple[Intent, InTime]:
    from touchstone.court import voting

    return voting.unobtainable(key.nodes, key.network, key.arguments.case, key.signer.address)


def _leak(key: Acting) -> tuple[Intent, InTime]:
    from touchstone.court import voting

    asked = key.arguments
    voter, salt = asked.voter.lower(), asked.salt.lower().removeprefix("0x")
    if len(salt) != 64 or not set(salt) <= _HEX:
        raise RefusedError(_("That is no salt: it has 64 digits of 0 to 9 and a to f."))
    if len(voter) != 42 or not voter.startswith("0x") or not set(voter[2:]) <= _HEX:
        raise RefusedError(_("That is no address: it begins with 0x and has 40 digits."))
    return voting.leak(key.nodes, key.network, asked.case, voter, votes_shared.ballot(asked.vote), salt)
