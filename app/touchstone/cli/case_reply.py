"""`touchstone case reply`: answer as a publisher of the file; and handing evidence in, which both do alike."""

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
    from touchstone.registry.court_types import CaseEntry

Send = Callable[[Acting, str], "Mined"]


def add_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare this action."""
    from touchstone.cli import case_evidence

    summary = _("reply to a case as a publisher of the file")
    reply = actions.add_parser("reply", help=summary, description=summary)
    case_shared.add_number(reply)
    case_evidence.add_stated(reply)
    reply.add_argument(
        "--evidence", type=Path, action="append", default=[], metavar="PATH", help=_("a file for reviewers")
    )
    reply.add_argument("--counter-bond", action="store_true", help=_("put down as much as the flagger did"))
    acting.add_arguments(reply)


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    if arguments.bundle is None and not arguments.reason.strip():
        complain(_("Say what it shows (--reason)."))
        return 2
    return case_shared.guarded(lambda: _reply(arguments, home))


def _reply(arguments: argparse.Namespace, home: Home) -> int:
    network = case_shared.network_with_court(arguments, home)
    with case_shared.cases_of(home, network) as cases:
        entry = case_shared.find(cases, arguments.case)

    def send(key: Acting, item: str) -> Mined:
        from touchstone.registry import court

        number = key.publisher()
        bond = entry.bond if arguments.counter_bond else 0

        def build(_permit: object) -> Intent:
            return court.reply(network, entry.id, number, item, arguments.uri, arguments.counter_bond, bond=bond)

        if not bond:
            return key.send(build(None))
        _allow(key, bond)
        return key.send(build(None))

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

    def send(key: Acting, item: str) -> Mined:
        from touchstone.registry import court

        return key.send(court.add_evidence(network, entry.id, item, arguments.uri))

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
    """Make or take the bundle, say what becomes public, send; where nothing was sent, nothing stays."""
    from touchstone.cli.sign import stopping
    from touchstone.court import flagging
    from touchstone.court.evidence import EvidenceStore

    flagging.refuse_address(network, arguments.uri)
    store = EvidenceStore(home)
    with stopping() as cancel, acting.acting(arguments, home, key_for_practice=True) as key:
        if arguments.bundle is not None:
            item = store.add(arguments.bundle, cancel=cancel)
            had = True
        else:
            contents = flagging.evidence_for(entry, _contents(arguments, files))
            before = set(store.items())
            item = store.make(contents, cancel=cancel)
            had = item in before
        bundle = store.get(item, cancel=cancel)
        try:
            _tell(arguments, network, bundle)
            mined = send(key, item)
        except BaseException as error:
            if not had and not getattr(error, "params", {}).get("pending"):
                store.remove(item)
            raise
        if network.practice:
            key.sync()
        return _done(key, entry.id, item, mined, say(item, entry.id))


def _tell(arguments: argparse.Namespace, network: Network, bundle: Bundle | None) -> None:
    stated = bundle.statement if bundle is not None else None
    names = tuple(one.name for one in stated.files) if stated is not None else ()
    media = stated is not None and stated.media_file is not None
    for words in evidence.becomes_public(arguments.uri, names=names, report=False, media=media, play=network.play):
        confirm.say("! " + words)


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
