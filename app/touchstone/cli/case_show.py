"""`touchstone case show`: one case: where it is, until when, who said what, the money, and what can be done next."""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

from touchstone.cli import case_shared
from touchstone.cli.output import row
from touchstone.paths import Home
from touchstone.texts import _, evidence, ngettext, review
from touchstone.texts.plain import middle, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from touchstone.chain.network import Network
    from touchstone.court.evidence import EvidenceStore
    from touchstone.registry.case_stage import Stage
    from touchstone.registry.court_types import CaseEntry, EvidenceEntry, RoundEntry, SeatEntry


def add_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare this action."""
    summary = _("show a case: deadlines, votes, money, evidence, and what can be done next")
    show = actions.add_parser("show", help=summary, description=summary)
    case_shared.add_number(show)
    show.add_argument("--json", action="store_true", help=_("print JSON"))


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Show it; 1 where that failed."""
    return case_shared.guarded(lambda: _show(arguments, home))


def _show(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.court.evidence import EvidenceStore
    from touchstone.registry.case_stage import stage

    network = case_shared.network_with_court(arguments, home)
    with case_shared.cases_of(home, network) as cases:
        now = case_shared.now(home, network)
        entry = case_shared.find(cases, arguments.case)
        items, where = cases.evidence(entry.id), stage(entry, now, cases.pauses())
    store = EvidenceStore(home)
    own = frozenset(case_shared.own_addresses(home))
    todo = list(_todo(network, entry, where, own, now))
    if arguments.json:
        from touchstone.cli import case_data

        told = case_data.case(entry, where) | case_data.details(entry)
        told["items"] = [{**one, "here": state(store, one["item"])} for one in case_data.evidence(items)]
        told["can_do"] = [{"who": who, "command": command} for who, _words, command in todo]
        print(json.dumps({"network": network.name, "now": now, **told}, indent=2))
        return 0
    width = shutil.get_terminal_size((100, 24)).columns
    for label, text in _rows(network, entry, where, now):
        print(row(label, text, width))
    for one in entry.rounds:
        _print_round(network, entry, one, own, width)
    _print_evidence(store, items, now, width)
    _print_todo(todo, width)
    return 0


def state(store: EvidenceStore, item: str) -> str:
    """Where an item is: `here`, `elsewhere`, `hidden` or `broken`."""
    from touchstone.court.statement import EvidenceError

    if store.hidden(item):
        return "hidden"
    if not store.has(item):
        return "elsewhere"
    try:
        return "here" if store.get(item) is not None else "hidden"
    except EvidenceError:
        return "broken"


def _rows(network: Network, entry: CaseEntry, where: Stage, now: int) -> Iterator[tuple[str, str]]:
    from touchstone.registry.case_stage import Next
    from touchstone.registry.court_types import Phase

    claim = bool(entry.claim)
    waits = where.next not in {Next.WAIT, Next.SETTLE}
    yield _("Case"), f"#{entry.id}"
    yield _("File (SHA-256)"), entry.media
    yield _("Asks"), review.question(claim=claim)
    if claim:
        yield _("Text"), _("“{text}”").format(text=plain(entry.untrusted_claim, 400))
    yield _("Flagged"), _("{when} by {who}").format(when=review.at(entry.flagged, now), who=entry.flagger)
    if entry.publisher:
        called = plain(entry.publisher_name, 60)
        yield _("Publisher"), _("{number} ({name})").format(number=entry.publisher, name=called)
    word = review.phase_word(where.phase)
    until = review.deadline(where.ends, now)
    yield _("Now"), _("{phase}, {until}").format(phase=word, until=until) if until else word
    yield "", review.what_now(where.phase, waits=waits)
    if where.phase is Phase.CANCELLED:
        yield _("Why"), review.cancelled(entry.reason)
    said = review.ruling_sentence(entry.ruling, claim=claim, final=where.phase is Phase.FINAL)
    if said:
        yield _("Ruling"), said
        yield "", review.ruling_about(entry.ruling, claim=claim)
    yield _("Bounty"), review.dollars(entry.bounty, network)
    yield _("Bond"), review.dollars(entry.bond, network)
    for label, ends in ((_("Publisher alone from"), where.reply_from), (_("Paying against until"), where.against_ends)):
        if ends:
            yield label, review.at(ends, now)


def _print_round(network: Network, entry: CaseEntry, one: RoundEntry, own: frozenset[str], width: int) -> None:
    from touchstone.registry.case_stage import target

    claim = bool(entry.claim)
    if not one.requested and not one.panel and not one.tallied:
        return
    print()
    print(_("Panel {number}").format(number=one.number + 1))
    if one.panel:
        seats = ngettext("{count} seat, {automated} automated", "{count} seats, {automated} automated", one.panel)
        print(row(_("Drawn"), seats.format(count=one.panel, automated=one.panel_automated), width))
    if one.randomness:
        print(row(_("Lot"), one.randomness, width))
    counted = _counted(one, claim=claim)
    if counted:
        print(row(_("Opened"), counted, width))
    if one.tallied:
        print(row(_("Said"), review.ruling_word(one.ruling, claim=claim), width))
    for against, funded in ((False, one.funded_with), (True, one.funded_against)):
        needed = target(entry.parameters, one.number, against=against)
        if funded and needed:
            label = _("Paid against it") if against else _("Paid for it")
            said = _("{paid} of {needed}").format(
                paid=review.dollars(funded, network), needed=review.dollars(needed, network)
            )
            print(row(label, said, width))
    for seat in one.seats:
        print(row(middle(seat.voter, 6), _seat(network, seat, own, claim=claim), width))


def _counted(one: RoundEntry, *, claim: bool) -> str:
    """How many seats were opened for what, people's and automated ones together."""
    from touchstone.registry.court_types import Ballot

    parts = []
    for ballot in Ballot:
        people, automated = one.people[ballot], one.automated[ballot]
        if people + automated:
            word = review.ballot_word(ballot, claim=claim)
            parts.append(
                _("{word}: {people} of people, {automated} automated").format(
                    word=word, people=people, automated=automated
                )
            )
    return "; ".join(parts)


def _seat(network: Network, seat: SeatEntry, own: frozenset[str], *, claim: bool) -> str:
    parts = [ngettext("{count} seat", "{count} seats", seat.seats).format(count=seat.seats)]
    parts += [_("yours")] if seat.voter.lower() in own else []
    parts += [_("simulated")] if network.play and _is_simulated(seat.voter) else []
    parts += [_("automated")] if seat.automated else []
    if seat.opened is not None:
        parts.append(review.ballot_word(seat.opened, claim=claim))
    elif seat.leaked:
        parts.append(_("void: the vote was shown before its time"))
    else:
        parts.append(_("sealed") if seat.sealed else _("nothing sealed"))
    if seat.settled:
        parts.append(_("paid {amount}").format(amount=review.dollars(seat.paid, network)))
        parts += [_("lost {amount}").format(amount=review.dollars(seat.slashed, network))] if seat.slashed else []
    return ", ".join(parts)


def _is_simulated(address: str) -> bool:
    from touchstone.chain.ledger_simulated import is_simulated

    return is_simulated(address)


def _print_evidence(store: EvidenceStore, items: Sequence[EvidenceEntry], now: int, width: int) -> None:
    print()
    print(_("Evidence"))
    for one in items:
        who = _("publisher {number}").format(number=one.publisher) if one.publisher else one.sender
        said = _("{when} by {who}: {state}").format(
            when=review.at(one.time, now), who=who, state=evidence.state(state(store, one.item))
        )
        print(row(middle(one.item, 6), said, width))


def _print_todo(todo: list[tuple[str, str, str]], width: int) -> None:
    print()
    print(_("What can be done"))
    if not todo:
        print(row("", _("Nothing now: the clock moves it on."), width))
    for _who, words, command in todo:
        print(row(words, command, width))


def _todo(
    network: Network, entry: CaseEntry, where: Stage, own: frozenset[str], now: int
) -> Iterator[tuple[str, str, str]]:
    """Who can do something, in words as well, and with which command."""
    from touchstone.registry.case_stage import CLOSED, Next
    from touchstone.registry.court_types import Phase

    anyone, number = _("Anyone"), entry.id
    if where.phase in CLOSED:
        if any(not seat.settled for one in entry.rounds for seat in one.seats):
            yield "anyone", anyone, f"touchstone case settle {number}"
        yield "anyone", _("Who is owed money"), "touchstone case withdraw"
        return
    if not (where.reply_from and now >= where.reply_from):
        yield "anyone", anyone, f"touchstone case evidence {number} --add FILE --reason TEXT"
    if where.phase is Phase.FLAGGED and where.next is Next.WAIT:
        yield "publisher", _("Publishers of it"), f"touchstone case reply {number} --reason TEXT"
    if where.next is not Next.WAIT:
        yield "anyone", anyone, f"touchstone case advance {number}"
    yield from _voting(entry, where, own, now)
    if network.practice:
        yield "anyone", _("You, on practice"), f"touchstone case skip {number}"


def _voting(entry: CaseEntry, where: Stage, own: frozenset[str], now: int) -> Iterator[tuple[str, str, str]]:
    from touchstone.registry.court_types import Phase

    anyone, number, mine = _("Anyone"), entry.id, _own_seats(entry, own)
    if where.phase is Phase.COMMIT:
        who = ("you", _("You")) if mine else ("reviewers", _("Reviewers"))
        yield *who, f"touchstone case seal {number} --vote VOTE"
    if where.phase is Phase.REVEAL:
        closed = any(seat.opened is None and seat.sealed for seat in mine)
        who = ("you", _("You")) if closed else ("reviewers", _("Reviewers"))
        yield *who, f"touchstone case open {number}"
    if where.phase is Phase.APPEALABLE and where.ends > now:
        yield "anyone", anyone, f"touchstone case appeal {number} --with --amount N"
        if where.against_ends > now:
            yield "anyone", anyone, f"touchstone case appeal {number} --against --amount N"


def _own_seats(entry: CaseEntry, own: frozenset[str]) -> list[SeatEntry]:
    """Those in the round that the case is in."""
    rounds = [one for one in entry.rounds if one.number == entry.round]
    return [seat for one in rounds for seat in one.seats if seat.voter.lower() in own]
