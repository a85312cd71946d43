"""`touchstone case evidence`: what was handed in for a case; add to it, fetch it, check it, hide it, give it away."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.cli import acting, case_shared, confirm
from touchstone.cli.acting import RefusedError
from touchstone.cli.output import Printer, complain, row
from touchstone.paths import Home
from touchstone.texts import _, evidence, formats, review
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.court.bundle import Bundle
    from touchstone.court.evidence import Access, EvidenceStore
    from touchstone.court.statement import EvidenceError, Stated
    from touchstone.registry.court_types import CaseEntry, EvidenceEntry

_MEGABYTE = 1_000_000


def add_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare this action."""
    summary = _("show a case's evidence, add to it, fetch, check, hide it")
    parser = actions.add_parser("evidence", help=summary, description=summary)
    case_shared.add_number(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--add", type=Path, action="append", metavar="PATH", help=_("add a file, with --reason"))
    what.add_argument("--fetch", action="store_true", help=_("fetch what is not on this computer"))
    what.add_argument(
        "--check",
        nargs="?",
        const="",
        metavar="ITEM",
        help=_("check the file that the case is about, or those of ITEM"),
    )
    what.add_argument("--hide", metavar="ITEM", help=_("remove an item from this computer, and never fetch it again"))
    what.add_argument("--unhide", metavar="ITEM", help=_("let a hidden item be fetched and shown again"))
    what.add_argument("--export", type=Path, metavar="OUT", help=_("write an item's bundle, for a web server"))
    parser.add_argument("--item", default="", metavar="ITEM", help=_("which item, for --fetch and --export"))
    add_stated(parser)
    parser.add_argument("--media", action="store_true", help=_("with --hide: the file that the case is about as well"))
    parser.add_argument("--gateway", default="", metavar="URL", help=_("an IPFS gateway to fetch evidence from"))
    parser.add_argument("--most", type=_megabytes, metavar="MB", help=_("fetch at most so much (268 MB unless said)"))
    acting.add_arguments(parser, publisher=False)


def add_stated(parser: argparse.ArgumentParser) -> None:
    """What an item of evidence says."""
    parser.add_argument("--reason", default="", metavar="TEXT", help=_("what it shows"))
    parser.add_argument("--link", action="append", default=[], metavar="URL", help=_("an address for reviewers"))
    parser.add_argument(
        "--choice", choices=("altered", "generated", "context", "not-altered"), default="", metavar="C",
        help=_("what it argues for: altered, generated, context or not-altered"),
    )  # fmt: skip
    parser.add_argument("--uri", default="", metavar="URI", help=_("where others will find it"))
    parser.add_argument("--bundle", type=Path, metavar="FILE", help=_("evidence that was written before"))


def _megabytes(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 2147:
        raise argparse.ArgumentTypeError(_("a number of megabytes, up to 2147"))
    return int(text) * _MEGABYTE


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    return case_shared.guarded(lambda: _run(arguments, home))


def _run(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.cli.sign import stopping
    from touchstone.court.evidence import EvidenceStore

    network = case_shared.network_with_court(arguments, home)
    with case_shared.cases_of(home, network) as cases:
        entry = case_shared.find(cases, arguments.case)
        items = (*cases.evidence(entry.id), *_reasons(entry))
        seen = _Seen(arguments, home, network, entry, items, EvidenceStore(home))
    if arguments.add is not None or arguments.bundle is not None or arguments.reason:
        return _add(seen)
    with stopping() as cancel:
        seen = replace(seen, cancel=cancel)
        for asked, work in _WORK:
            value = getattr(arguments, asked)
            if value is not None and value is not False:
                return work(seen)
        return _list(seen)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A case and its evidence, as the copy of the register has them."""

    arguments: argparse.Namespace
    home: Home
    network: Network
    case: CaseEntry
    items: Sequence[EvidenceEntry]
    store: EvidenceStore
    cancel: threading.Event | None = None

    def names(self, item: str) -> str:
        """The item that begins with this, which has to be of the case."""
        found = {one.item for one in self.items if item and one.item.startswith(item.lower())}
        if len(found) != 1:
            raise RefusedError(evidence.problem("other-case", {"case": self.case.id}))
        return found.pop()


def _reasons(entry: CaseEntry) -> list[EvidenceEntry]:
    """What voters handed in to say why they voted so, after their votes were opened."""
    from touchstone.registry.court_types import EvidenceEntry

    seats = [seat for one in entry.rounds for seat in one.seats if seat.why]
    return [EvidenceEntry(entry.id, seat.voter, seat.why, seat.why_uri, 0, 0, 0, 0, "") for seat in seats]


# --- showing


def _list(seen: _Seen) -> int:
    told = [_about(seen, one) for one in seen.items]
    if seen.arguments.json:
        print(json.dumps({"network": seen.network.name, "case": seen.case.id, "items": told}, indent=2))
        return 0
    width = shutil.get_terminal_size((100, 24)).columns
    for one in told:
        _print_item(one, width, claim=bool(seen.case.claim))
    return 0


def _about(seen: _Seen, one: EvidenceEntry) -> dict[str, Any]:
    from touchstone.cli import case_data
    from touchstone.court.statement import EvidenceError

    told = case_data.evidence([one])[0] | {"kind": _kind(one)}
    bundle: Bundle | None = None
    try:
        state = "hidden" if seen.store.hidden(one.item) else "elsewhere"
        if state == "elsewhere" and seen.store.has(one.item):
            bundle = seen.store.get(one.item, cancel=seen.cancel)
            state = "here" if bundle is not None else "hidden"
    except EvidenceError as error:
        if error.code in {"stopped", "hidden-damaged"}:
            raise
        state = "broken"
    told["state"] = state
    if bundle is not None:
        stated = bundle.statement
        told |= {
            "about_this_case": stated.media == seen.case.media and stated.claim == seen.case.untrusted_claim,
            "choice": str(stated.choice) or None,
            "untrusted_reason": stated.reason,
            "untrusted_links": list(stated.links),
            "report": str(bundle.report.answer) if bundle.report is not None else None,
            "files": [
                {
                    "untrusted_name": file.name,
                    "sha256": file.sha256,
                    "bytes": file.bytes,
                    "role": str(file.role),
                    "path": str(bundle.path(place)),
                }
                for place, file in enumerate(stated.files)
            ],
        }
    return told


def _kind(one: EvidenceEntry) -> str:
    if one.publisher:
        return "reply"
    return "evidence" if one.time else "why"


def _print_item(one: dict[str, Any], width: int, *, claim: bool) -> None:
    who = _("publisher {number}").format(number=one["publisher"]) if one["publisher"] else one["sender"]
    print(one["item"])
    print(row({"why": _("A voter's reason")}.get(one["kind"], _("From")), who, width))
    print(row(_("State"), evidence.state(one["state"]), width))
    if one["untrusted_uri"]:
        print(row(_("Address"), plain(one["untrusted_uri"], 512), width))
    if "untrusted_reason" in one:
        if not one["about_this_case"]:
            print(row(_("Note"), _("It was made for another file, or another text."), width))
        said = review.choice_word(one["choice"] or "", claim=claim)
        for number, line in enumerate([*([said] if said else []), *one["untrusted_reason"].split("\n")[:60]]):
            print(row(_("Says") if number == 0 else "", plain(line, 4000), width))
        for link in one["untrusted_links"]:
            print(row(_("Link"), plain(link, 500), width))
        for file in one["files"]:
            label = _("The file") if file["role"] == "media" else _("File")
            size = formats.size(file["bytes"])
            print(row(label, _("{name}, {size}").format(name=plain(file["untrusted_name"], 120), size=size), width))
    print()


def _check(seen: _Seen) -> int:
    """A check of the file that the case is about, or of every file of an item: by the workers, as of any file."""
    from touchstone import settings
    from touchstone.check.run import Checker

    files = _files(seen)
    chosen = settings.for_network(settings.load(seen.home), seen.arguments.network)
    checker = Checker(seen.home, chosen)
    printer = Printer(as_json=seen.arguments.json, several=len(files) > 1)
    try:
        for path, stated in files:
            report = checker.check(path, cancel=seen.cancel, pictures=False).report
            if report.media.sha256 != stated.sha256:
                raise RefusedError(evidence.problem("damaged", {}))
            printer.show(replace(report, media=replace(report.media, name=stated.name)))
    finally:
        checker.close()
    return 0


def _files(seen: _Seen) -> list[tuple[Path, Stated]]:
    wanted = seen.arguments.check
    items = [seen.names(wanted)] if wanted else list(dict.fromkeys(one.item for one in seen.items))
    failed: EvidenceError | None = None
    from touchstone.court import statement as statements

    for item in items:
        try:
            bundle = seen.store.get(item, cancel=seen.cancel)
        except statements.EvidenceError as error:
            failed = error
            continue
        files = _of(bundle, seen.case.media, everything=bool(wanted)) if bundle is not None else []
        if files:
            return files
    if failed is not None:
        raise failed
    raise RefusedError(_("The file is not on this computer. `--fetch` fetches the evidence of this case."))


def _of(bundle: Bundle, media: str, *, everything: bool) -> list[tuple[Path, Stated]]:
    named = [(bundle.path(place), one) for place, one in enumerate(bundle.statement.files)]
    chosen = [(path, one) for path, one in named if path is not None and (everything or one.sha256 == media)]
    return chosen if everything else chosen[:1]


# --- keeping


def access(network: Network, gateway: str) -> Access:
    """Where evidence of a network may come from: files of this computer on practice ledgers alone."""
    from touchstone.court.evidence import Access

    return Access(gateway=gateway, any_file=network.play)


def _fetch(seen: _Seen) -> int:
    from touchstone.court import evidence_fetch
    from touchstone.court.evidence import MOST
    from touchstone.court.statement import EvidenceError

    gateway = seen.arguments.gateway
    chosen = seen.names(seen.arguments.item) if seen.arguments.item else ""
    failed, told = 0, []
    for item in dict.fromkeys(one.item for one in seen.items if chosen in {"", one.item}):
        uris = [one.uri for one in seen.items if one.item == item]
        if not chosen and seen.store.hidden(item):
            continue
        if not seen.store.has(item):
            hosts = [evidence_fetch.host(uri, gateway) for uri in uris]
            confirm.say(evidence.fetching(next(filter(None, hosts), ""), 1))
        try:
            seen.store.fetch(
                item, uris, cancel=seen.cancel, most=seen.arguments.most or MOST, on_progress=_progress(),
                access=access(seen.network, gateway),
            )  # fmt: skip
            told.append({"item": item, "fetched": True, "refused": None})
        except EvidenceError as error:
            if error.code == "stopped":
                raise
            failed = 1
            told.append({"item": item, "fetched": False, "refused": error.code})
            complain(_("{item}: {why}").format(item=item, why=evidence.trouble(error)))
    if seen.arguments.json:
        print(json.dumps({"case": seen.case.id, "items": told}, indent=2))
    elif not failed:
        print(_("All evidence of this case is on this computer, verified."))
    return failed


def _progress() -> Callable[[int], None]:
    shown = 0

    def tell(had: int) -> None:
        nonlocal shown
        if sys.stderr.isatty() and had - shown > _MEGABYTE:
            shown = had
            print(formats.size(had).ljust(12), end="\r", file=sys.stderr, flush=True)

    return tell


def _hide(seen: _Seen) -> int:
    item = seen.names(seen.arguments.hide)
    seen.store.hide(item, media=seen.arguments.media)
    return _kept(seen, {"hidden": item}, evidence.hidden(item))


def _unhide(seen: _Seen) -> int:
    item = seen.names(seen.arguments.unhide)
    seen.store.unhide(item)
    return _kept(seen, {"unhidden": item}, evidence.unhidden(item))


def _export(seen: _Seen) -> int:
    item = seen.names(seen.arguments.item or seen.case.evidence)
    made = seen.store.export(item, seen.arguments.export, cancel=seen.cancel)
    told = {"item": item, "bytes": made.bytes, "path": str(made.path)}
    return _kept(seen, told, evidence.exported(made.path.name, made.bytes))


def _kept(seen: _Seen, told: dict[str, Any], said: str) -> int:
    print(json.dumps(told, indent=2) if seen.arguments.json else said)
    return 0


def _add(seen: _Seen) -> int:
    from touchstone.cli import case_reply

    return case_reply.hand_in(seen.arguments, seen.home, seen.network, seen.case, seen.arguments.add or [])


_WORK: Sequence[tuple[str, Callable[[_Seen], int]]] = (
    ("fetch", _fetch),
    ("check", _check),
    ("hide", _hide),
    ("unhide", _unhide),
    ("export", _export),
)
