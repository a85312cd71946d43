"""What the commands about cases share: the court of a network, a case by its number, amounts, words for errors."""

from __future__ import annotations

import argparse
import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from touchstone.cli import acting, confirm
from touchstone.cli.acting import RefusedError
from touchstone.paths import Home
from touchstone.texts import _, evidence, review
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.registry.case_lookup import Cases
    from touchstone.registry.court_types import CaseEntry

_UNIT = 10**6


def add_number(parser: argparse.ArgumentParser) -> None:
    """`case`."""
    parser.add_argument("case", type=int, metavar="ID", help=_("the number of the case"))


def amount(text: str) -> int:
    """An amount as somebody types it, in whole units."""
    found = review.units(text)
    if found is None:
        raise argparse.ArgumentTypeError(_("{text} is no amount, such as 35 or 35.50.").format(text=plain(text, 40)))
    return found


def money(units: int) -> dict[str, Any]:
    """An amount as `--json` shows it: decimal, as a string, and in whole units."""
    sign, whole = ("-" if units < 0 else ""), abs(units)
    rest = f"{whole % _UNIT:06}".rstrip("0").ljust(2, "0")
    return {"amount": f"{sign}{whole // _UNIT}.{rest}", "units": units}


def guarded(work: Callable[[], int]) -> int:
    """`acting.guarded`, for what evidence and votes refuse as well."""
    return acting.guarded(lambda: _guarded(work))


def _guarded(work: Callable[[], int]) -> int:
    from touchstone.court.statement import EvidenceError
    from touchstone.court.troubles import VoteError
    from touchstone.texts import votes

    try:
        return work()
    except EvidenceError as error:
        raise RefusedError(evidence.trouble(error)) from error
    except VoteError as error:
        raise RefusedError(votes.trouble(error)) from error


def network_with_court(arguments: argparse.Namespace, home: Home) -> Network:
    """The network that was named, or chosen.

    Raises:
        RefusedError: it has no court.
        ChainError: UNKNOWN_NETWORK.
    """
    network = confirm.network(arguments, home)
    if not network.court:
        raise RefusedError(review.no_court(network.name))
    return network


@contextlib.contextmanager
def cases_of(home: Home, network: Network) -> Iterator[Cases]:
    """The cases in the copy of the register on this computer; that of the practice ledger is brought up to date.

    Raises:
        RefusedError: there is no copy yet.
        ChainError, StoreError: it cannot be read.
    """
    from touchstone.registry.case_lookup import Cases

    if network.practice:
        from touchstone.registry.mirror import sync

        sync(home, network)
    cases = Cases(home, network)
    try:
        if not cases.is_known():
            raise RefusedError(_("There is no copy of that register yet. `touchstone index sync` makes one."))
        yield cases
    finally:
        cases.close()


def find(cases: Cases, number: int) -> CaseEntry:
    """The case of this number. Raises RefusedError, StoreError."""
    found = cases.get(number)
    if found is None:
        raise RefusedError(evidence.problem("no-case", {"case": number}))
    return found


def now(home: Home, network: Network) -> int:
    """The time, in unix seconds: that of the chain where it is a practice ledger. Raises ChainError."""
    if not network.play:
        return int(time.time())
    from touchstone.chain.agree import open_nodes
    from touchstone.court.clock import now_of

    nodes = open_nodes(home, network)
    try:
        return now_of(nodes, network).now
    finally:
        for node in nodes:
            node.close()


def own_addresses(home: Home) -> Sequence[str]:
    """The addresses of all keys here, lower-case."""
    from touchstone.chain import keystore

    return [key.address.lower() for key in keystore.keys(home)]
