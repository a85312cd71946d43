"""`touchstone case flag`: doubt a file before the court.

For a network that others use, the evidence has to be where they can fetch it before it is flagged: `--export OUT`
writes the bundle and sends nothing; once it is on a web server, `--bundle OUT --uri URL` flags with exactly that one.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.cli import acting, case_shared, confirm, paying
from touchstone.cli.acting import Acting, RefusedError
from touchstone.cli.output import complain
from touchstone.paths import Home
from touchstone.texts import _, call_words, evidence

if TYPE_CHECKING:
    import threading

    from touchstone.chain.intent import Intent
    from touchstone.chain.send import Mined
    from touchstone.court.flagging import Prepared, Wanted
    from touchstone.registry.permits import Permit
    from touchstone.report import Report

_MOST_REPORT = 4 * 1024 * 1024  # bytes of a file that may be a report


def add_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare this action."""
    summary = _("flag a file: put down a bond and a bounty, and have reviewers look")
    flag = actions.add_parser("flag", help=summary, description=summary)
    flag.add_argument("file", type=Path, metavar="FILE", help=_("the file that is doubted"))
    flag.add_argument(
        "--choice", choices=("manipulated", "generated", "context"), metavar="C",
        help=_("what you say of it: manipulated, generated, or context (used out of context)"),
    )  # fmt: skip
    flag.add_argument("--claim", default="", metavar="TEXT", help=_("the text that it is used with, out of context"))
    flag.add_argument("--reason", default="", metavar="TEXT", help=_("why you doubt it"))
    flag.add_argument(
        "--evidence", type=Path, action="append", default=[], metavar="PATH",
        help=_("a file for reviewers, or the report of a check of FILE in JSON"),
    )  # fmt: skip
    flag.add_argument("--link", action="append", default=[], metavar="URL", help=_("an address for reviewers"))
    flag.add_argument("--uri", default="", metavar="URI", help=_("where others will find the evidence"))
    flag.add_argument("--bond", type=case_shared.amount, metavar="N", help=_("what you lose if you are wrong"))
    flag.add_argument("--bounty", type=case_shared.amount, metavar="N", help=_("what pays reviewers"))
    flag.add_argument("--no-report", action="store_true", help=_("leave the report of your check out"))
    flag.add_argument("--no-media", action="store_true", help=_("leave the file itself out"))
    flag.add_argument("--export", type=Path, metavar="OUT", help=_("only write the evidence to OUT, and send nothing"))
    flag.add_argument("--bundle", type=Path, metavar="FILE", help=_("flag with evidence that was written before"))
    acting.add_arguments(flag, publisher=False)


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    if arguments.bundle is None and not (arguments.choice and arguments.reason.strip()):
        complain(_("Say what you doubt (--choice) and why (--reason)."))
        return 2
    return case_shared.guarded(lambda: _export(arguments, home) if arguments.export else _flag(arguments, home))


def _flag(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.cli.sign import stopping
    from touchstone.court import flagging

    network = case_shared.network_with_court(arguments, home)
    with stopping() as cancel:
        wanted = _wanted(arguments, home, cancel)
        flagging.refuse(network, wanted)
        with acting.acting(arguments, home, key_for_practice=True) as key:
            before = _sent_before(key, wanted)
            if before is not None:
                return _done(key, wanted, before, *_case(key, wanted), already=True)
            terms = flagging.terms(key.nodes, key.network, wanted.report.media.sha256, wanted.claim)
            paying.fund_practice(key, (wanted.bounty or terms.least) + terms.bond)
            prepared = flagging.prepare(home, network, key.nodes, wanted, account=key.signer.address, cancel=cancel)
            with flagging.sending(home, network, prepared):
                _tell(key, prepared)
                mined = _send(key, prepared)
            return _done(key, wanted, mined, *_case(key, wanted), already=False)


def _sent_before(key: Acting, wanted: Wanted) -> Mined | None:
    """Follow the same flag where it was sent before and broken off while it was waited for."""
    from touchstone.court import flagging
    from touchstone.registry import court

    media = wanted.report.media.sha256
    last = court.last_case(key.nodes, key.network, media, wanted.claim)
    sent = flagging.under_way(key.home, key.network, flagging.deed_of(key.network, media, wanted.claim, last))
    if sent is None:
        return None
    return key.sender.follow(sent.id, lambda step, params: confirm.progress(str(step), params))


def _send(key: Acting, prepared: Prepared) -> Mined:
    from touchstone.registry import court

    def build(permit: Permit | None) -> Intent:
        return court.flag(key.network, prepared.what, permit)

    def send(intent: Intent) -> Mined:
        ready = key.sender.prepare(intent, key.signer.address)
        asked = confirm.confirming(key.arguments)
        return key.sender.send(
            ready, key.signer, asked, on_step=lambda s, p: confirm.progress(str(s), p), key=prepared.deed
        )

    return paying.pay(key, key.network.court, prepared.what.total, build, send)


def _tell(key: Acting, prepared: Prepared) -> None:
    """What becomes public, and what it takes."""
    what, play = prepared.what, key.network.play
    said = evidence.becomes_public(
        what.uri, names=prepared.names, report=prepared.tells_report, media=prepared.tells_media, play=play
    )
    for words in said:
        confirm.say("! " + words)
    confirm.say(
        _("Bond {bond}, bounty {bounty}, {seats} seats in the first panel.").format(
            bond=call_words.dollars(what.bond, play=play),
            bounty=call_words.dollars(what.bounty, play=play),
            seats=prepared.terms.parameters.seats[0],
        )
    )


def _case(key: Acting, wanted: Wanted) -> tuple[int, str]:
    """The number of the case, and its evidence."""
    from touchstone.registry import court
    from touchstone.registry.case_lookup import Cases

    number = court.last_case(key.nodes, key.network, wanted.report.media.sha256, wanted.claim)
    key.sync()
    cases = Cases(key.home, key.network)
    try:
        found = cases.get(number)
    finally:
        cases.close()
    return number, found.evidence if found is not None else ""


def _done(key: Acting, wanted: Wanted, mined: Mined, number: int, item: str, *, already: bool) -> int:
    if not key.arguments.json:
        print(evidence.flagged(number))
        print(_("Follow it with: touchstone case show {case}").format(case=number))
        return 0
    data: dict[str, Any] = {
        "network": key.network.name,
        "case": number,
        "media": wanted.report.media.sha256,
        "untrusted_claim": wanted.claim,
        "evidence": item,
        "flagger": key.signer.address,
        "already": already,
        "transaction": mined.hash,
        "block": mined.block,
        "fee": str(mined.fee),
    }
    print(json.dumps(data, indent=2))
    return 0


# --- what is flagged


def _export(arguments: argparse.Namespace, home: Home) -> int:
    """Write the evidence and send nothing."""
    from touchstone.cli.sign import stopping
    from touchstone.court import bundle, flagging

    with stopping() as cancel:
        wanted = _wanted(arguments, home, cancel)
        made = bundle.make(arguments.export, flagging.contents(wanted), cancel=cancel)
    if arguments.json:
        print(json.dumps({"item": made.item, "bytes": made.bytes, "path": str(made.path)}, indent=2))
    else:
        print(evidence.exported(made.path.name, made.bytes))
        print(_("Its item is {item}. Flag with: --bundle {file} --uri URL").format(
            item=made.item, file=made.path.name
        ))  # fmt: skip
    return 0


def _wanted(arguments: argparse.Namespace, home: Home, cancel: threading.Event) -> Wanted:
    """What was asked for; the file is checked as any other, unless the report of a check was given."""
    from touchstone.court import bundle
    from touchstone.court.flagging import Charge, Wanted
    from touchstone.court.statement import EvidenceError

    given: Report | None = None
    charge, reason, claim = arguments.choice, arguments.reason, arguments.claim
    if arguments.bundle is not None:
        found = bundle.read(arguments.bundle, cancel=cancel)
        charges = {"generated": Charge.GENERATED, "context": Charge.CONTEXT}
        charge, reason = charges.get(found.choice, Charge.MANIPULATED), found.statement.reason
        claim, given = found.statement.claim, found.report
    report, files = _parted(arguments.evidence, given)
    path: Path = arguments.file
    if report is None:
        report = checked(arguments, home, path, cancel)
    elif _sha256(path, cancel) != report.media.sha256:
        raise EvidenceError("other-report")
    wanted = Wanted(path, report, Charge(charge), _clean(reason), _clean(claim))
    return replace(
        wanted, links=tuple(arguments.link), files=tuple(files), uri=arguments.uri, bond=arguments.bond,
        bounty=arguments.bounty, media=not arguments.no_media, tell_report=not arguments.no_report,
        bundle=arguments.bundle,
    )  # fmt: skip


def _parted(paths: list[Path], report: Report | None) -> tuple[Report | None, list[Path]]:
    """The report among what was named, and the other files."""
    files = []
    for path in paths:
        told = _report_in(path) if report is None else None
        if told is not None:
            report = told
        else:
            files.append(path)
    return report, files


def _report_in(path: Path) -> Report | None:
    from touchstone import report as reports

    try:
        if path.suffix.lower() != ".json" or not path.is_file() or path.stat().st_size > _MOST_REPORT:
            return None
        return reports.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def checked(arguments: argparse.Namespace, home: Home, path: Path, cancel: threading.Event) -> Report:
    """The report of a check of a file. Raises Stopped; RefusedError: it cannot be read."""
    from touchstone import settings
    from touchstone.check.run import Checker

    checker = Checker(home, settings.for_network(settings.load(home), arguments.network))
    try:
        confirm.say(_("Checking the file."))
        report = checker.check(path, cancel=cancel, pictures=False).report
    finally:
        checker.close()
    if not report.media.sha256:
        raise RefusedError(evidence.problem("no-file", {"untrusted_file": path.name}))
    return report


def _sha256(path: Path, cancel: threading.Event) -> str:
    from touchstone.check.opening import OpenedFile

    with OpenedFile(path) as opened:
        return opened.sha256(cancel)


def _clean(text: str) -> str:
    """What came from the command line, with what is no text replaced."""
    return text.encode("utf-8", "replace").decode()
