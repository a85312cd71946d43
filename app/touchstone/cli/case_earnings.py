"""`touchstone case earnings [--csv OUT]`: what an account earned and lost, line by line."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.cli import case_shared, votes_shared
from touchstone.cli.acting import RefusedError
from touchstone.paths import Home
from touchstone.texts import _, call_words, chain, ngettext
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.court.rewards import Row


def add_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare these actions."""
    parser = actions.add_parser("earnings", help=_("list what you earned and lost; or save it for a spreadsheet"))
    parser.add_argument("--csv", type=Path, metavar="OUT", help=_("where to save it, as CSV"))
    parser.add_argument("--replace", action="store_true", help=_("also where there is a file already"))
    votes_shared.add_reading(parser)


def run(arguments: argparse.Namespace, home: Home) -> int:
    """List or save them; 1 where that failed."""
    return votes_shared.guarded(lambda: _run(arguments, home))


def _run(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.court import rewards

    network = case_shared.network_with_court(arguments, home)
    account = votes_shared.account_of(arguments, home)
    with case_shared.cases_of(home, network) as cases:
        table = rewards.rows(cases, account, _fees(home, network))
    if arguments.csv is not None:
        _save(arguments.csv, rewards.as_csv(table), replace=arguments.replace)
    if arguments.json:
        print(json.dumps([_as_data(row) for row in table], indent=2))
        return 0
    for row in table if arguments.csv is None else ():
        print(_line(row, play=network.play))
    total = call_words.dollars(rewards.total(table), play=network.play)
    said = ngettext("{count} line; in all {total}.", "{count} lines; in all {total}.", len(table))
    print(said.format(count=len(table), total=total))
    if arguments.csv is not None:
        print(_("Saved as {path}.").format(path=plain(arguments.csv, 500)))
    return 0


def _fees(home: Home, network: Network) -> dict[str, int]:
    """What was paid for transactions from here, in wei by hash. Raises StoreError."""
    from touchstone.store.outbox import Outbox

    outbox = Outbox(home)
    try:
        return {sent.hash: sent.fee for sent in outbox.recent(100_000, network.chain_id) if sent.hash}
    finally:
        outbox.close()


def _save(path: Path, data: bytes, *, replace: bool) -> None:
    from touchstone.store.files import write_atomically

    if path.exists() and not replace:
        raise RefusedError(_("There is a file {path} already. --replace replaces it.").format(path=plain(path, 300)))
    try:
        write_atomically(path, data)
    except OSError as error:
        said = _("{path} could not be written: {why}")
        raise RefusedError(said.format(path=plain(path, 300), why=plain(error.strerror or error))) from error


def _line(row: Row, *, play: bool) -> str:
    sums = [
        (_("paid {amount}"), row.paid),
        (_("lost {amount}"), row.lost),
        (_("fetched {amount}"), row.withdrawn),
    ]
    told = [words.format(amount=call_words.dollars(units, play=play)) for words, units in sums if units]
    place = _("case {case}").format(case=row.case) if row.case else _("court")
    return f"{chain.moment(row.time)}  {place}  {_word(str(row.what))}  {', '.join(told)}"


def _word(what: str) -> str:
    return {
        "seat": _("seat"),
        "lost": _("stake lost"),
        "appeal": _("appeal"),
        "keeper": _("moving a case on"),
        "leak": _("showing a leaked vote"),
        "case": _("bond and bounty"),
        "withdrawn": _("withdrawal"),
    }.get(what, what)


def _as_data(row: Row) -> dict[str, Any]:
    from touchstone.court.rewards import code

    return {
        "time": row.time,
        "case": row.case or None,
        "round": row.round + 1 if row.case and row.round >= 0 else None,
        "what": str(row.what),
        "vote": None if row.vote is None else code(row.vote, claim=row.claim),
        "ruling": code(row.ruling, claim=row.claim) if row.ruling else None,
        "paid": case_shared.money(row.paid),
        "lost": case_shared.money(row.lost),
        "withdrawn": case_shared.money(row.withdrawn),
        "network_fee_wei": row.fee,
        "transaction": row.transaction,
    }
