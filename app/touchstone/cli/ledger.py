"""`touchstone ledger`: look after the practice ledger."""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

from touchstone.chain.errors import ChainError
from touchstone.chain.local import LedgerStatus, PracticeLedger
from touchstone.chain.network import PRACTICE, PRACTICE_CHAIN_ID, SHARED_CHAIN_ID
from touchstone.cli.output import complain
from touchstone.paths import Home
from touchstone.store.publish_journal import end_jobs
from touchstone.texts import _, ledger

_ETHER = 10**18
_DOLLAR = 10**6
_AMOUNT = re.compile(r"\d{1,9}(?:\.\d{1,18})?")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar=_("ACTION"))
    status = actions.add_parser("status", help=_("say how the practice ledger stands"))
    skip = actions.add_parser("skip", help=_("move its time forward"))
    skip.add_argument("seconds", type=int, metavar="SECONDS", help=_("how far"))
    reset = actions.add_parser("reset", help=_("begin a new one; a copy of the old one is kept"))
    reset.add_argument("--yes", action="store_true", help=_("do not ask first"))
    fund = actions.add_parser("fund", help=_("give practice ether and practice dollars to an address"))
    fund.add_argument("address", metavar="ADDRESS", help=_("whom to give them to"))
    fund.add_argument("--ether", default="1", metavar="N", help=_("how many ether (1 unless said)"))
    fund.add_argument("--dollars", default="0", metavar="N", help=_("how many practice dollars, at most 10 000"))
    fund.add_argument("--network", metavar="NAME", default=argparse.SUPPRESS, help=_("on a shared practice ledger"))
    serve = actions.add_parser("serve", help=_("let other programs use it, over HTTP JSON-RPC"))
    serve.add_argument("--port", type=int, default=8545, metavar="PORT", help=_("the port (8545 unless said)"))
    serve.add_argument("--lan", action="store_true", help=_("serve the whole local network, not only this computer"))
    for action in (status, skip, reset, serve):
        action.add_argument("--shared", action="store_true", help=_("the ledger for other desks, not your own"))
    for action in (status, skip, reset, fund, serve):
        action.add_argument("--json", action="store_true", help=_("print JSON"))


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    if arguments.action == "fund" and getattr(arguments, "network", None) not in {None, PRACTICE}:
        return _fund_over(arguments, home)
    shared = getattr(arguments, "shared", False)
    practice = PracticeLedger(home.shared_ledger, chain_id=SHARED_CHAIN_ID) if shared else PracticeLedger(home.ledger)
    try:
        return _ACTIONS[arguments.action](practice, arguments)
    except ChainError as error:
        return complain(ledger.trouble(error.code))
    finally:
        if practice.kept:
            complain(ledger.kept(practice.kept))
        practice.close()


def _status(practice: PracticeLedger, arguments: argparse.Namespace) -> int:
    status = practice.status()
    if arguments.json:
        print(json.dumps(_as_data(practice, status), indent=2))
        return 0
    print(ledger.block_count(status.block) + ", " + ledger.transaction_count(status.transactions))
    print(ledger.ledger_time(status.time))
    if ahead := ledger.ahead(status.ahead):
        print(ahead)
    print(ledger.place(practice.path, status.bytes))
    return 0


def _as_data(practice: PracticeLedger, status: LedgerStatus) -> dict[str, object]:
    return {
        "path": str(practice.path),
        "chain_id": status.chain_id,
        "block": status.block,
        "hash": status.hash,
        "time": status.time,
        "ahead": status.ahead,
        "transactions": status.transactions,
        "bytes": status.bytes,
        "kept": status.kept or None,
    }


def _skip(practice: PracticeLedger, arguments: argparse.Namespace) -> int:
    if arguments.seconds <= 0 or arguments.seconds > 3_162_240_000:
        return complain(_("Say how many seconds, from 1 to 3162240000 (100 years).")) + 1
    moment = practice.skip(arguments.seconds)
    if practice.chain_id == PRACTICE_CHAIN_ID:
        _act(Home(practice.path.parent))
    print(json.dumps({"time": moment}) if arguments.json else ledger.ledger_time(moment))
    return 0


def _act(home: Home) -> None:
    """Let simulated reviewers do what has become due, where there is a case; what hinders them is said, and no more."""
    from touchstone.court import practice as simulated
    from touchstone.store.database import StoreError

    try:
        if simulated.has_cases(home):
            from touchstone.cli.case_advance import say_deed

            reviewers = simulated.Practice(home)
            try:
                reviewers.act(None, say_deed)
            finally:
                reviewers.close()
    except (ChainError, StoreError, simulated.PracticeError) as error:
        complain(_("The simulated reviewers could not act: {why}").format(why=ledger.trouble(str(error.code))))


def _reset(practice: PracticeLedger, arguments: argparse.Namespace) -> int:
    if not arguments.yes and not _agreed():
        return complain(_("Nothing was changed."))
    copy = practice.reset()
    end_jobs(Home(practice.path.parent), practice.chain_id)
    from touchstone.court import practice as simulated

    if not simulated.forget_votes(Home(practice.path.parent), practice.chain_id):
        complain(_("The sealed votes of the old ledger could not be removed. They open nothing on the new one."))
    print(json.dumps({"kept": str(copy)}) if arguments.json else ledger.reset_done(copy))
    return 0


def _agreed() -> bool:
    """Whether the person says yes; without a terminal nobody can."""
    print(ledger.reset_question(), file=sys.stderr)
    if not sys.stdin.isatty():
        print(_("Give --yes to do it without being asked."), file=sys.stderr)
        return False
    print(_("Begin anew? Type yes: "), end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().casefold() in {"yes", _("yes").casefold()}


def _fund(practice: PracticeLedger, arguments: argparse.Namespace) -> int:
    return _give(practice.ask, practice.chain_id, arguments)


def _fund_over(arguments: argparse.Namespace, home: Home) -> int:
    """Give money of a shared practice ledger, through its node."""
    from touchstone.chain.agree import open_nodes
    from touchstone.cli import confirm

    try:
        network = confirm.network(arguments, home)
        if not network.shared:
            return complain(_("Practice money is there on practice ledgers only."))
        with contextlib.ExitStack() as stack:
            nodes = open_nodes(home, network)
            for node in nodes:
                stack.callback(node.close)
            return _give(nodes[0].request, network.chain_id, arguments)
    except ChainError as error:
        return confirm.failed(error)


def _give(ask: Callable[[str, Sequence[Any]], Any], chain_id: int, arguments: argparse.Namespace) -> int:
    from touchstone.chain import ledger_faucet

    wei, units = _amount(arguments.ether, _ETHER), _amount(arguments.dollars, _DOLLAR)
    if not re.fullmatch(r"0x[0-9a-fA-F]{40}", arguments.address):
        return complain(_("An address is 0x and 40 hexadecimal digits.")) + 1
    if wei is None or units is None:
        return complain(_("An amount is a number such as 2.5.")) + 1
    to, sent = bytes.fromhex(arguments.address[2:]), []
    if wei:
        sent.append(ledger_faucet.spend(ask, chain_id, to, b"", wei))
    if units:
        sent.append(ledger_faucet.give_dollars(ask, chain_id, to, units))
    print(json.dumps({"transactions": [f"0x{one.hex()}" for one in sent]}) if arguments.json else _("Given."))
    return 0


def _amount(text: str, unit: int) -> int | None:
    """`text` in the smallest unit; None where it is no amount."""
    if not _AMOUNT.fullmatch(text):
        return None
    from decimal import Decimal

    return int(Decimal(text) * unit)


def _serve(practice: PracticeLedger, arguments: argparse.Namespace) -> int:
    from touchstone.chain.serve import LedgerServer

    practice.status()  # what is wrong with the file is said now, not to the first who asks
    try:
        server = LedgerServer(practice, arguments.port, lan=arguments.lan)
    except (OSError, OverflowError) as error:
        return complain(ledger.not_served(getattr(error, "strerror", None) or error))
    if arguments.lan:
        complain(ledger.lan_warning())
    said = {"urls": list(server.urls), "chain_id": practice.status().chain_id}
    print(json.dumps(said) if arguments.json else "\n".join(server.urls), flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 0
    finally:
        server.server_close()
    return 0


_ACTIONS = {"status": _status, "skip": _skip, "reset": _reset, "fund": _fund, "serve": _serve}
