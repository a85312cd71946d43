"""`touchstone reviewer run|practice`: vote by a registered model, and look after simulated reviewers."""

from __future__ import annotations

import argparse
import contextlib
import json
import textwrap
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from touchstone.cli import acting, case_advance, confirm
from touchstone.cli.acting import RefusedError
from touchstone.cli.case_shared import guarded, money
from touchstone.cli.output import complain
from touchstone.paths import Home
from touchstone.texts import _, automated, practice_reviewers, review

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.chain.signer import Signer
    from touchstone.court.automated import AutomatedReviewer, Event
    from touchstone.court.practice_accounts import Standing

_INTERVAL = 30  # seconds between two looks
_WIDTH = 100
_YEAR = 366 * 86_400.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar=_("ACTION"))
    run_ = actions.add_parser("run", help=_("vote by a model, in the seats of an account that joined with it"))
    run_.add_argument("--model", required=True, metavar="ID", help=_("the id of the model, as `model list` shows it"))
    run_.add_argument("--once", action="store_true", help=_("do what is due now, and end"))
    run_.add_argument(
        "--interval", type=int, default=_INTERVAL, metavar="S", help=_("seconds between two looks (30 unless said)")
    )
    run_.add_argument(
        "--no-record", action="store_true", help=_("do not record on the register what the model said of the files")
    )
    acting.add_arguments(run_, publisher=False)
    practice = actions.add_parser("practice", help=_("the simulated reviewers of the practice ledger"))
    what = practice.add_subparsers(dest="what", required=True, metavar=_("ACTION"))
    for name, said in (
        ("status", _("say who they are, how often they err, and from when they can be drawn")),
        ("act", _("let them do what is due now")),
        ("leave", _("let them leave the pool with their money; what is locked, or on its way out, later")),
    ):
        what.add_parser(name, help=said).add_argument("--json", action="store_true", help=_("print JSON"))


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    work = {"run": _run, "practice": _practice}[arguments.action]
    return guarded(lambda: work(arguments, home))


# -- run ------------------------------------------------------------------------------------------------------------


def _run(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.cli.stopping import stopped_by_signals

    if not 1 <= arguments.interval <= 3600:
        return complain(_("Say how many seconds, from 1 to 3600.")) + 1
    cancel = threading.Event()
    with stopped_by_signals(cancel), _reviewer(arguments, home) as reviewer:
        while True:
            events = reviewer.step(cancel.is_set)
            for one in events:
                _tell(arguments, one)
            if arguments.once:
                _tell_status(arguments, reviewer)
                return int(any(one.kind in {"trouble", "barred"} for one in events))
            if cancel.wait(reviewer.status().wait or arguments.interval):
                confirm.say(automated.stopped())
                return 0


@contextlib.contextmanager
def _reviewer(arguments: argparse.Namespace, home: Home) -> Iterator[AutomatedReviewer]:
    from touchstone.court.automated import AutomatedError, AutomatedReviewer

    network = confirm.network(arguments, home)
    signer = _signer(arguments, home)
    if network.practice:
        acting.fund(home, signer.address)
    try:
        reviewer = AutomatedReviewer(home, network, arguments.model, signer, record=not arguments.no_record)
    except AutomatedError as error:
        raise RefusedError(automated.trouble(error.code, error.params)) from error
    try:
        _agree(arguments, signer, network)
        yield reviewer
    finally:
        reviewer.close()


def _agree(arguments: argparse.Namespace, signer: Signer, network: Network) -> None:
    confirm.say(textwrap.fill(automated.agrees(arguments.model, signer.address, network.name), _WIDTH))
    if not arguments.yes and not confirm.ask(automated.question()):
        raise RefusedError(_("Nothing was changed."))


def _signer(arguments: argparse.Namespace, home: Home) -> Signer:
    """The key that was named, open until it is locked: nobody is there to type its password at night."""
    from touchstone.chain import keystore
    from touchstone.chain.signer import open_signer

    key = keystore.find(home, arguments.key)
    prompt = _("Password of the key {name}").format(name=key.name)
    return open_signer(key, ask=lambda: confirm.password(arguments, prompt), keep=_YEAR)


def _tell(arguments: argparse.Namespace, event: Event) -> None:
    if arguments.json:
        told = {"event": str(event.kind), "case": event.case or None, "round": event.round, "time": event.time}
        print(json.dumps({**told, **event.params}, default=str), flush=True)
    else:
        print(automated.event(str(event.kind), event.case, event.params), flush=True)


def _tell_status(arguments: argparse.Namespace, reviewer: AutomatedReviewer) -> None:
    now = reviewer.status()
    if arguments.json:
        told = {"model": now.model, "account": now.account, "network": now.network, "standing": now.standing}
        counts = {"seats": now.seats, "to_seal": now.to_seal, "to_open": now.to_open, "next": now.next or None}
        print(json.dumps({"event": "status", **told, **counts}), flush=True)
    else:
        print(automated.status(now.seats, now.to_seal, now.to_open, now.next), flush=True)


# -- practice -------------------------------------------------------------------------------------------------------


def _practice(arguments: argparse.Namespace, home: Home) -> int:
    practice = case_advance.opened(home)
    try:
        if arguments.what == "act":
            acted = practice.act(None, case_advance.say_deed)
            if arguments.json:
                print(json.dumps(case_advance.deeds(acted), indent=2))
            return 0
        standings = practice.leave() if arguments.what == "leave" else practice.standings()
        _show(arguments, standings, practice.now())
        return 0
    finally:
        practice.close()


def _show(arguments: argparse.Namespace, standings: tuple[Standing, ...], now: int) -> None:
    from touchstone.court.practice_judging import MACHINES, TEMPERS, temper

    ready = max((one.matures for one in standings if one.joined and one.matures > now), default=0)
    if arguments.json:
        print(json.dumps({"reviewers": [_data(one) for one in standings], "drawn_from": ready or None, "time": now}))
        return
    print(textwrap.fill(practice_reviewers.what_they_are(), _WIDTH))
    for kind in TEMPERS:
        name = practice_reviewers.temper(kind.name)
        rates = practice_reviewers.rates(kind.error, kind.follows, kind.misses)
        print(f"  {name:<10} {len(kind.people):>3}  {rates}")
    machines = practice_reviewers.temper(MACHINES.name)
    print(f"  {machines:<10} {len(MACHINES.people):>3}  {practice_reviewers.machine_rates()}")
    for one in standings:
        kind_of = practice_reviewers.temper(temper(one.number).name)
        name = practice_reviewers.name_of(one.number)
        print(f"  {name:<34} {one.address}  {kind_of:<10} {review.amount(one.staked):>8}")
    print(practice_reviewers.drawn_from(ready) if any(one.joined for one in standings) else practice_reviewers.not_in())


def _data(one: Standing) -> dict[str, Any]:
    from touchstone.court.practice_judging import temper

    return {
        "number": one.number,
        "name": practice_reviewers.name_of(one.number),
        "simulated": True,
        "address": one.address,
        "automated": one.automated,
        "temper": temper(one.number).name,
        "staked": money(one.staked),
        "locked": money(one.locked),
        "weight": money(one.weight),
        "joined": one.joined,
        "counts_from": _moment(one.matures),
    }


def _moment(seconds: int) -> str | None:
    """A moment as JSON has it; None for none."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).isoformat() if seconds else None
