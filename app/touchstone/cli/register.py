"""`touchstone register`: put files on the register, signed first if wanted, with receipts."""

from __future__ import annotations

import argparse
import json
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.cli import acting, confirm, sign
from touchstone.cli.acting import Acting, RefusedError
from touchstone.cli.output import complain
from touchstone.paths import Home
from touchstone.texts import _, chain, intents, ngettext, publish
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.registry.job import Order, Outcome, Planned, Publisher
    from touchstone.store.publish_journal import FileLine, JobLine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help=_("files, and folders of files"))
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--batch", action="store_true", help=_("all in one Merkle batch: one small transaction"))
    ways.add_argument("--single", action="store_true", help=_("a transaction for each file"))
    parser.add_argument("--dry-run", action="store_true", help=_("say what it would cost and make public, and stop"))
    parser.add_argument("--sign", action="store_true", help=_("register signed copies (needs --out)"))
    parser.add_argument("--out", type=Path, metavar="DIR", help=_("the folder for signed copies and receipts"))
    parser.add_argument(
        "--uri", default="", metavar="URL", help=_("where the list of the batch, or more about each file, will stand")
    )
    parser.add_argument("--resume", action="store_true", help=_("go on with what was interrupted"))
    sign.add_identity(parser)
    acting.add_arguments(parser)


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Register what was named; 1 where a file was not registered."""
    if not arguments.paths and not arguments.resume:
        return complain(_("Name the files to register, or --resume.")) + 1
    if arguments.sign and arguments.out is None:
        return complain(_("Name a folder for the signed copies: --out DIR")) + 1
    return acting.guarded(lambda: _run(arguments, home))


def _run(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.check.publishing import PublishHands
    from touchstone.registry.job import Publisher

    if len(arguments.uri.encode()) > 512:
        raise RefusedError(_("An address has at most 512 bytes."))
    with acting.acting(arguments, home) as key, sign.stopping() as cancel:
        number = key.publisher()
        key.sync()
        waiting = Publisher(home, key.network, _no_hands())
        try:
            job = _waiting(arguments, waiting, key, number)
        finally:
            waiting.close()
        signs = job.order["sign"] if job is not None else arguments.sign
        identity = sign.identity_of(arguments, home) if signs and not arguments.dry_run else None
        hands = PublishHands(home, key.network, number, identity=identity, stamps=arguments.tsa)
        publisher = Publisher(home, key.network, hands)
        try:
            return _work(publisher, key, number, job, cancel)
        finally:
            publisher.close()
            hands.close()


def _work(publisher: Publisher, key: Acting, number: int, job: JobLine | None, cancel: threading.Event) -> int:
    arguments = key.arguments
    if arguments.dry_run:
        planned = publisher.plan(number, _order(key), _files(arguments), key.sender, _tell, cancel)
        _clear()
        return _show_plan(planned, key)
    if job is None:
        order = _order(key)
        confirm.say("! " + publish.guessable())
        started = publisher.begin(number, order, _files(arguments))
    else:
        confirm.say(_("Going on with what was begun on {date}.").format(date=plain(job.created[:10])))
        started = job.id
    outcome = publisher.run(
        started,
        key.sender,
        key.signer,
        confirm.confirming(arguments),
        _tell,
        cancel,
        lambda step, params: confirm.progress(str(step), params),
    )
    _clear()
    return _show(outcome, key)


def _order(key: Acting) -> Order:
    from touchstone.registry.job import Mode, Order

    arguments = key.arguments
    files = _files(arguments)
    single = arguments.single or (len(files) == 1 and not arguments.batch)
    source = "" if arguments.source_type == "unstated" else arguments.source_type
    return Order(
        sender=key.signer.address,
        mode=Mode.BATCH if arguments.batch else Mode.SINGLE if single else Mode.MANY,
        sign=arguments.sign,
        source=source,
        folder=None if arguments.out is None else arguments.out.absolute(),
        uri=arguments.uri,
    )


def _files(arguments: argparse.Namespace) -> list[Path]:
    from touchstone.check import batch
    from touchstone.registry.receipts import is_ours

    found = [path.absolute() for path in batch.expand(arguments.paths)]
    files = [path for path in found if not is_ours(path)]
    if not files:
        raise RefusedError(_("There are no files to register in that folder."))
    return files


def _waiting(arguments: argparse.Namespace, publisher: Publisher, key: Acting, number: int) -> JobLine | None:
    """A job that was interrupted: any with --resume, else one that was just this."""
    from touchstone.registry.job_types import packed

    if arguments.dry_run:
        return None
    jobs = [job for job in publisher.unfinished() if job.publisher == number]
    if arguments.resume:
        if not jobs:
            raise RefusedError(_("Nothing was interrupted."))
        return jobs[0]
    wanted, files = packed(_order(key)), _files(arguments)
    same = [job for job in jobs if job.order == wanted and [f.source for f in publisher.files(job.id)] == files]
    return same[0] if same else None


def _show_plan(planned: Planned, key: Acting) -> int:
    if key.arguments.json:
        print(json.dumps(_plan_data(planned), indent=2))
    else:
        for file in planned.files:
            print(f"{plain(file.source.name, 80)}: {publish.state(file.state, file.why)}")
            print(f"  SHA-256 {file.source_sha256 or '-'}")
            if others := publish.already(int(file.facts.get("others", 0))):
                print(f"  {others}")
        for prepared in planned.prepared:
            confirm.show(prepared)
        going = sum(1 for file in planned.files if str(file.state) == "read")
        print()
        print(publish.for_ever(going))
        print(publish.guessable())
        total = sum(prepared.expected for prepared in planned.prepared)
        if planned.prepared:
            cost = intents.coins(total, key.network)
            print(_("All in all about {cost}. Nothing was sent.").format(cost=cost))
    return confirm.failed(planned.trouble) if planned.trouble is not None else 0


def _plan_data(planned: Planned) -> dict[str, Any]:
    return {
        "files": [_file_data(file) for file in planned.files],
        "transactions": [
            {
                "intent": prepared.intent.code,
                "gas": prepared.gas_used,
                "expected_wei": str(prepared.expected),
                "most_wei": str(prepared.cost),
                "public": list(prepared.intent.public),
                "reversible": prepared.intent.reversible,
            }
            for prepared in planned.prepared
        ],
        "trouble": None if planned.trouble is None else chain.trouble(planned.trouble),
    }


def _show(outcome: Outcome, key: Acting) -> int:
    done = [file for file in outcome.files if str(file.state) == "done"]
    failed = [file for file in outcome.files if str(file.state) == "failed"]
    if key.arguments.json:
        data = {
            "network": key.network.name,
            "job": outcome.job,
            "files": [_file_data(file) for file in outcome.files],
            "transactions": [{"hash": d.hash, "block": d.block, "root": d.root or None} for d in outcome.deals],
            "receipts": [str(path) for path in outcome.receipts],
            "table": str(outcome.table) if outcome.table else None,
        }
        print(json.dumps(data, indent=2))
    else:
        for file in outcome.files:
            print(f"{plain((file.final or file.source).name, 80)}: {publish.state(file.state, file.why)}")
        said = ngettext("{count} file is registered.", "{count} files are registered.", len(done))
        print(said.format(count=len(done)))
        if outcome.table is not None:
            print(_("Receipts: {path}").format(path=plain(outcome.table, 400)))
    for deal in outcome.deals:
        if deal.root and not deal.uri:
            confirm.say("! " + publish.unreachable_list(deal.root))
    return 1 if failed else 0


def _file_data(file: FileLine) -> dict[str, Any]:
    return {
        "path": str(file.source),
        "registered_as": str(file.final) if file.final else None,
        "sha256": file.sha256 or None,
        "source_sha256": file.source_sha256 or None,
        "manifest": file.manifest or None,
        "pdq": list(file.facts.get("pdqs", ())),
        "credentials": file.facts.get("credentials") or None,
        "others": file.facts.get("others", 0),
        "state": str(file.state),
        "why": file.why or None,
    }


def _tell(step: Any, done: int, of: int, name: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{publish.step(step, done, of, name)}", end="", file=sys.stderr, flush=True)


def _clear() -> None:
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _no_hands() -> Any:
    return None  # for looking at the journal alone
