"""`touchstone case reply|justify`: answer as a publisher, say why one voted so; and handing evidence in, as all do."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.cli import acting, case_shared, confirm, paying
from touchstone.cli.acting import Acting
from touchstone.cli.output import complain
from touchstone.paths import Home
from touchstone.texts import _, evidence

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.network import Network
    from touchstone.chain.send import Mined
    from touchstone.court.bundle import Bundle, Contents
    from touchstone.court.handing import Handed
    from touchstone.registry.court_types import CaseEntry

Send = Callable[[Acting, "Handed"], "Mined"]


def add_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare these actions."""
    reply = _action(actions, "reply", _("reply to a case as a publisher of the file"))
    reply.add_argument("--counter-bond", action="store_true", help=_("put down as much as the flagger did"))
    acting.add_arguments(reply)
    justify = _action(actions, "justify", _("say why you voted so, after your vote was opened"))
    justify.add_argument("--round", type=int, default=0, metavar="N", help=_("which panel; your last one unless said"))
    acting.add_arguments(justify, publisher=False)


def _action(actions: Any, name: str, summary: str) -> argparse.ArgumentParser:
    from touchstone.cli import case_evidence

    parser: argparse.ArgumentParser = actions.add_parser(name, help=summary, description=summary)
    case_shared.add_number(parser)
    case_evidence.add_stated(parser)
    parser.add_argument(
        "--evidence", type=Path, action="append", default=[], metavar="PATH", help=_("a file for reviewers")
    )
    return parser


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    if arguments.bundle is None and not arguments.reason.strip():
        complain(_("Say what it shows (--reason)."))
        return 2
    work = {"reply": _reply, "justify": _justify}[arguments.action]
    return case_shared.guarded(lambda: work(arguments, home))


def _found(arguments: argparse.Namespace, home: Home) -> tuple[Network, CaseEntry]:
    network = case_shared.network_with_court(arguments, home)
    with case_shared.cases_of(home, network) as cases:
        return network, case_shared.find(cases, arguments.case)


def _justify(arguments: argparse.Namespace, home: Home) -> int:
    network, entry = _found(arguments, home)

    def send(key: Acting, handed: Handed) -> Mined:
        from touchstone.court import voting

        voter = key.signer.address
        seated = [r.number for r in entry.rounds if any(s.voter == voter.lower() for s in r.seats)]
        round_ = arguments.round - 1 if arguments.round else max(seated, default=entry.round)
        intent = voting.justify(key.nodes, network, entry.id, round_, voter, handed.item, arguments.uri)
        return _send(key, intent, f"{handed.deed} why {round_}")

    return _handed_in(arguments, home, network, entry, arguments.evidence, send, evidence.justified)


def _reply(arguments: argparse.Namespace, home: Home) -> int:
    network, entry = _found(arguments, home)

    def send(key: Acting, handed: Handed) -> Mined:
        from touchstone.registry import court

        number, counter = key.publisher(), arguments.counter_bond
        bond = entry.bond if counter else 0
        if bond:
            _allow(key, bond)
        intent = court.reply(network, entry.id, number, handed.item, arguments.uri, counter, bond=bond)
        return _send(key, intent, f"{handed.deed} reply {number} {counter}")

    return _handed_in(arguments, home, network, entry, arguments.evidence, send, evidence.replied)


def _allow(key: Acting, amount: int) -> None:
    """An allowance for a counter-bond, as a transaction: the court takes no permit for it."""
    from touchstone.registry import permits

    paying.fund_practice(key, amount)
    owner, spender = key.signer.address, key.network.court
    if permits.allowance(key.nodes, key.network, owner, spender) < amount:
        key.send(permits.approve(key.network, spender, amount))


def hand_in(
    arguments: argparse.Namespace, home: Home, network: Network, entry: CaseEntry, files: Sequence[Path]
) -> int:
    """Add evidence to a case, as anybody may. Raises EvidenceError, ChainError, RefusedError."""

    def send(key: Acting, handed: Handed) -> Mined:
        from touchstone.registry import court

        return _send(key, court.add_evidence(network, entry.id, handed.item, arguments.uri), handed.deed)

    return _handed_in(arguments, home, network, entry, files, send, evidence.added)


def _handed_in(
    arguments: argparse.Namespace,
    home: Home,
    network: Network,
    entry: CaseEntry,
    files: Sequence[Path],
    send: Send,
    say: Callable[[str, int], str],
) -> int:
    """Make or take the bundle, say what becomes public, send."""
    from touchstone.cli.sign import stopping
    from touchstone.court import handing

    what = arguments.bundle if arguments.bundle is not None else _contents(arguments, files)
    with stopping() as cancel, acting.acting(arguments, home, key_for_practice=True) as key:
        with handing.handing_in(home, network, entry, what, arguments.uri, cancel=cancel) as handed:
            _tell(arguments, network, handed.bundle)
            mined = send(key, handed)
        if network.practice:
            key.sync()
        return _done(key, entry.id, handed.item, mined, say(handed.item, entry.id))


def _tell(arguments: argparse.Namespace, network: Network, bundle: Bundle) -> None:
    stated = bundle.statement
    said = evidence.becomes_public(
        arguments.uri,
        names=tuple(one.name for one in stated.files),
        report=stated.report is not None,
        media=stated.media_file is not None,
        play=network.play,
        bond=False,
    )
    for words in said:
        confirm.say("! " + words)


def _send(key: Acting, intent: Intent, deed: str) -> Mined:
    """Send under a name in the journal of transactions: what was sent already is followed, not sent again."""
    prepared = key.sender.prepare(intent, key.signer.address)
    asked = confirm.confirming(key.arguments)
    return key.sender.send(
        prepared, key.signer, asked, on_step=lambda step, params: confirm.progress(str(step), params), key=deed
    )


def _contents(arguments: argparse.Namespace, files: Sequence[Path]) -> Contents:
    from touchstone.court.bundle import Contents
    from touchstone.court.statement import Choice

    reason = arguments.reason.encode("utf-8", "replace").decode()
    return Contents(reason, choice=Choice(arguments.choice), links=tuple(arguments.link), files=tuple(files))


def _done(key: Acting, case: int, item: str, mined: Mined, said: str) -> int:
    if not key.arguments.json:
        print(said)
        return 0
    data: dict[str, Any] = {"network": key.network.name, "case": case, "item": item, "sender": key.signer.address}
    sent = {"transaction": mined.hash, "block": mined.block, "fee": str(mined.fee)}
    print(json.dumps({**data, **sent}, indent=2))
    return 0
