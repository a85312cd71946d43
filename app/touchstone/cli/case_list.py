"""`touchstone case list`: cases, those in which it is one's own turn first."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from touchstone.cli import case_shared
from touchstone.paths import Home
from touchstone.texts import _, formats, ngettext, review
from touchstone.texts.plain import middle, plain

if TYPE_CHECKING:
    from touchstone.registry.case_stage import Pauses
    from touchstone.registry.court_types import CaseEntry

_MOST = 10_000


def add_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare this action."""
    summary = _("list cases, those that wait for you first")
    listing = actions.add_parser("list", help=summary, description=summary)
    listing.add_argument("--open", action="store_true", help=_("only those that are neither final nor cancelled"))
    listing.add_argument("--mine", action="store_true", help=_("only those that a key of yours has to do with"))
    listing.add_argument("--text", default="", metavar="TEXT", help=_("only those with this in claim, hash or name"))
    listing.add_argument("--limit", type=_limit, default=50, metavar="N", help=_("at most so many (50 unless said)"))
    listing.add_argument("--offset", type=_limit, default=0, metavar="N", help=_("leave the first N out"))
    listing.add_argument("--json", action="store_true", help=_("print JSON"))


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > _MOST:
        raise argparse.ArgumentTypeError(_("a number from 0 to {most}").format(most=_MOST))
    return int(text)


def run(arguments: argparse.Namespace, home: Home) -> int:
    """List them; 1 where that failed."""
    return case_shared.guarded(lambda: _list(arguments, home))


def _list(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.registry import case_stage

    network = case_shared.network_with_court(arguments, home)
    own = case_shared.own_addresses(home)
    with case_shared.cases_of(home, network) as cases:
        now = case_shared.now(home, network)
        states = case_stage.OPEN if arguments.open else ()
        mine = own if arguments.mine else ()
        nothing_of_mine = arguments.mine and not own
        found: Sequence[CaseEntry] = ()
        total = 0
        if not nothing_of_mine:
            total = cases.count(states, mine=mine, text=arguments.text)
            found = cases.listing(
                states, mine=mine, text=arguments.text, first=own, now=now, limit=arguments.limit,
                offset=arguments.offset,
            )  # fmt: skip
        turns = {one.id for one in cases.turns(own, now)} if own else set()
        pauses = cases.pauses()
    if arguments.json:
        from touchstone.cli import case_data

        told = [
            {**case_data.case(one, case_stage.stage(one, now, pauses)), "your_turn": one.id in turns} for one in found
        ]
        print(json.dumps({"network": network.name, "now": now, "total": total, "cases": told}, indent=2))
        return 0
    for one in found:
        print(_row(one, now, pauses, turn=one.id in turns))
    _say_count(len(found), total)
    return 0


def _say_count(shown: int, total: int) -> None:
    if not total:
        print(_("There are no such cases. `touchstone case flag FILE` begins one."))
    elif shown < total:
        said = ngettext("{shown} of {count} case.", "{shown} of {count} cases.", total)
        print(said.format(shown=formats.whole(shown), count=formats.whole(total)))


def _row(entry: CaseEntry, now: int, pauses: Pauses, *, turn: bool) -> str:
    from touchstone.registry.case_stage import stage

    where = stage(entry, now, pauses)
    claim = bool(entry.claim)
    ruling = review.ruling_word(entry.ruling, claim=claim)
    parts = [
        f"#{entry.id}",
        review.phase_word(where.phase),
        review.opens_until(where.ends, now),
        ruling,
        middle(entry.media, 6),
        _("“{text}”").format(text=plain(entry.untrusted_claim, 60)) if claim else "",
    ]
    row = "  ".join(part for part in parts if part)
    return _("{row}  (your turn)").format(row=row) if turn else row
