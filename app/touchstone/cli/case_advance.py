"""`touchstone case advance|skip`: move a case on; and on the practice ledger, skip ahead to where something happens."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from touchstone.cli import acting, confirm
from touchstone.cli.acting import Acting, RefusedError
from touchstone.cli.case_shared import guarded
from touchstone.paths import Home
from touchstone.texts import _, practice_reviewers

if TYPE_CHECKING:
    from touchstone.court.keeper import Move
    from touchstone.court.practice import Acted, Practice, Skipped
    from touchstone.registry.court_types import CaseEntry

_MOST_STEPS = 12  # draws in several calls among them


def add_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare these actions."""
    advance = actions.add_parser("advance", help=_("send what moves a case on now; whoever does is paid a little"))
    _number(advance)
    acting.add_arguments(advance, publisher=False)
    skip = actions.add_parser(
        "skip", help=_("practice: move ledger time to where something happens, and let simulated reviewers act")
    )
    _number(skip)
    skip.add_argument("--anyway", action="store_true", help=_("also where your own vote would then be late"))
    skip.add_argument("--json", action="store_true", help=_("print JSON"))


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    work = {"advance": _advance, "skip": _skip}[arguments.action]
    return guarded(lambda: work(arguments, home))


def _number(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", type=int, metavar="ID", help=_("the number of the case"))


# -- advance --------------------------------------------------------------------------------------------------------


def _advance(arguments: argparse.Namespace, home: Home) -> int:
    with acting.acting(arguments, home, key_for_practice=True) as key:
        sent: list[dict[str, str]] = []
        for _step in range(_MOST_STEPS):
            move = _look(key, arguments.case)
            if move.intent is None or move.wait:
                break
            mined = key.send(move.intent)
            confirm.say(practice_reviewers.moved(str(move.next)))
            sent.append({"did": str(move.next), "transaction": mined.hash})
        return _advanced(arguments, move, sent)


def _look(key: Acting, number: int) -> Move:
    """What is due; on a practice ledger of one's own a block is made where one is waited for: none comes by itself."""
    from touchstone.court import keeper
    from touchstone.court.keeper import Wait

    for _attempt in range(3):
        move = keeper.look(key.nodes, key.network, *_now(key, number))
        if move.wait is not Wait.SEED or not key.network.practice:
            break
        _next_block(key.home)
    return move


def _now(key: Acting, number: int) -> tuple[CaseEntry, int, Any]:
    """The case, the time of the chain, and the court's pauses. Raises RefusedError."""
    from touchstone.court.clock import now_of
    from touchstone.registry.case_lookup import Cases

    key.sync()
    cases = Cases(key.home, key.network)
    try:
        entry = cases.get(number)
        if entry is None:
            raise RefusedError(practice_reviewers.trouble("no-case", {"case": number}))
        return entry, now_of(key.nodes, key.network).now, cases.pauses()
    finally:
        cases.close()


def _next_block(home: Home) -> None:
    from touchstone.chain.local import PracticeLedger

    ledger = PracticeLedger(home.ledger)
    try:
        ledger.skip(1)
    finally:
        ledger.close()


def _advanced(arguments: argparse.Namespace, move: Move, sent: list[dict[str, str]]) -> int:
    said = practice_reviewers.not_due(str(move.wait), move.stage, move.stake, move.needed)
    if arguments.json:
        phase = move.stage.phase.name.lower().replace("_", "-")
        told = {"case": move.case, "sent": sent, "phase": phase, "ends": move.stage.ends or None}
        print(json.dumps({**told, "waits_for": str(move.wait) or None}, indent=2))
    elif sent:
        print(said)
    if sent:
        return 0
    if arguments.json:
        return 1
    raise RefusedError(said)


# -- skip -----------------------------------------------------------------------------------------------------------


def _skip(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.cli.sign import stopping
    from touchstone.court.practice import PracticeError

    if not confirm.network(arguments, home).practice:
        raise RefusedError(practice_reviewers.trouble("not-practice", {}))
    practice = opened(home)
    try:
        with stopping() as cancel:
            skipped = practice.skip_to_next(arguments.case, cancel, say_deed, anyway=arguments.anyway)
        return _show(arguments, skipped)
    except PracticeError as error:
        raise RefusedError(practice_reviewers.trouble(error.code, error.params)) from error
    finally:
        practice.close()


def opened(home: Home) -> Practice:
    """The simulated reviewers of a home. Raises RefusedError."""
    from touchstone.court.practice import Practice, PracticeError

    try:
        return Practice(home)
    except PracticeError as error:
        raise RefusedError(practice_reviewers.trouble(error.code, error.params)) from error


def say_deed(deed: Any, params: Any) -> None:
    """Tell on standard error what simulated reviewers do."""
    confirm.say(practice_reviewers.deed(str(deed), params))


def deeds(acted: Acted) -> dict[str, Any]:
    """What they did, as data."""
    done = {str(deed): count for deed, count in acted.deeds.items()}
    return {"simulated": done, "waiting": list(acted.waits), "drawn_from": acted.ready or None, "time": acted.now}


def _show(arguments: argparse.Namespace, skipped: Skipped) -> int:
    after = skipped.after
    if arguments.json:
        phase = after.phase.name.lower().replace("_", "-")
        told = {"case": skipped.case, "seconds": skipped.seconds, "phase": phase, "ends": after.ends or None}
        print(json.dumps({**told, **deeds(skipped.acted)}, indent=2))
        return 0
    print(practice_reviewers.skipped(skipped.seconds, skipped.before, after))
    for words in (practice_reviewers.until(after),):
        if words:
            print(words)
    if skipped.acted.waits:
        print(practice_reviewers.drawn_from(skipped.acted.ready))
    return 0
