"""`touchstone case open ID|--all`: open what was sealed. `--all` asks nothing, so that a schedule can run it."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from touchstone.cli import acting, confirm, votes_shared
from touchstone.cli.acting import RefusedError
from touchstone.cli.output import complain
from touchstone.paths import Home
from touchstone.texts import _, ngettext, review, votes

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.chain.node import Node
    from touchstone.chain.signer import Signer
    from touchstone.court.opening import Result


def add_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare these actions."""
    parser = actions.add_parser("open", help=_("open what you sealed, before the time for it is over"))
    parser.add_argument("case", type=int, nargs="?", metavar="ID", help=_("the number of the case"))
    parser.add_argument(
        "--all",
        action="store_true",
        help=_("whatever may be opened by itself, and with --password-file what your key opens; nothing is asked"),
    )
    votes_shared.add_signing(parser)


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Open; 1 where a vote that could be opened was not."""
    if arguments.all == (arguments.case is not None):
        return complain(_("Name a case, or give --all.")) + 1
    work = _all if arguments.all else _one
    return votes_shared.guarded(lambda: work(arguments, home))


def _one(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.court.opening import Opening
    from touchstone.court.vault import Vault

    vault = Vault(home)
    with acting.acting(arguments, home) as key, contextlib.closing(vault):
        votes_shared.tell_clock(key)
        opening = Opening(home, key.network, key.nodes, vault)
        with contextlib.closing(opening):
            kept, mined = opening.open_one(
                arguments.case,
                key.signer.address,
                key.signer,
                confirm.confirming(arguments),
                on_step=lambda step, params: confirm.progress(str(step), params),
            )
    if arguments.json:
        told = {"case": kept.case, "round": kept.round + 1, "account": kept.voter}
        print(json.dumps({**told, "transaction": votes_shared.transaction(mined)}, indent=2))
    else:
        print(_("Your vote in case {case} is open.").format(case=kept.case))
    return 0


def _all(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.court.opening import Opening
    from touchstone.court.vault import Vault

    vault = Vault(home)
    with contextlib.closing(vault), _reached(arguments, home) as (network, nodes):
        signer = confirm.signer(arguments, home) if arguments.password_file is not None else None
        opening = Opening(home, network, nodes, vault, signers=lambda address: _if_its(signer, address))
        with contextlib.closing(opening):
            results = opening.open_due()
    if arguments.json:
        print(json.dumps([_as_data(one) for one in results], indent=2))
    else:
        for one in results:
            print(votes.result(one))
        if not results:
            print(_("No vote in the vault can be opened now."))
    failed = sum(1 for one in results if str(one.done) == "failed")
    if failed:
        said = ngettext("{count} vote was not opened.", "{count} votes were not opened.", failed)
        complain(said.format(count=failed))
    return 1 if failed else 0


@contextlib.contextmanager
def _reached(arguments: argparse.Namespace, home: Home) -> Iterator[tuple[Network, Sequence[Node]]]:
    """The network and its nodes; no key is needed. Raises RefusedError, ChainError."""
    from touchstone.chain.agree import open_nodes

    network = confirm.network(arguments, home)
    if not network.court:
        raise RefusedError(review.no_court(network.name))
    nodes = open_nodes(home, network)
    try:
        yield network, nodes
    finally:
        for node in nodes:
            node.close()


def _if_its(signer: Signer | None, address: str) -> Signer | None:
    return signer if signer is not None and signer.address.lower() == address else None


def _as_data(one: Result) -> dict[str, Any]:
    trouble = getattr(one.trouble, "code", None)
    return {
        "case": one.kept.case,
        "round": one.kept.round + 1,
        "account": one.kept.voter,
        "done": str(one.done),
        "trouble": None if trouble is None else str(trouble),
        "transaction": one.hash or None,
    }
