"""What the commands of a publisher share: the network, the key, whom it acts for, sending, and money on practice."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from touchstone.cli import confirm
from touchstone.cli.output import complain
from touchstone.paths import Home
from touchstone.texts import _, chain, domain, failures, notices, publish
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.network import Network
    from touchstone.chain.node import Node
    from touchstone.chain.send import Mined, Sender
    from touchstone.chain.signer import Signer

_PLENTY = 10**18  # wei of practice money
_LITTLE = 10**17
_KEY_NAME = "practice"


class RefusedError(Exception):
    """The command cannot go on; its text is a sentence."""


@dataclass(slots=True)
class Acting:
    """A key at work on a network."""

    arguments: argparse.Namespace
    home: Home
    network: Network
    nodes: Sequence[Node]
    sender: Sender
    signer: Signer

    def send(self, intent: Intent) -> Mined:
        """Try, show, ask, send, and wait until it counts. Raises ChainError."""
        prepared = self.sender.prepare(intent, self.signer.address)
        return self.sender.send(
            prepared, self.signer, confirm.confirming(self.arguments), on_step=lambda s, p: confirm.progress(str(s), p)
        )

    def sync(self) -> None:
        """Bring the mirror up to date. Raises ChainError."""
        from touchstone.registry import mirror

        mirror.sync(self.home, self.network, () if self.network.practice else self.nodes)

    def publisher(self) -> int:
        """The publisher that was named, or the only one that the key acts for.

        Raises:
            RefusedError: there is none, or more than one.
            ChainError: the mirror could not be brought up to date.
        """
        if getattr(self.arguments, "publisher", None):
            return int(self.arguments.publisher)
        self.sync()
        return only_publisher(self.home, self.network, [self.signer.address])


def add_arguments(parser: argparse.ArgumentParser, *, publisher: bool = True) -> None:
    """`key`, `password_file`, `yes`, `json`, and `publisher`."""
    confirm.add_arguments(parser)
    parser.add_argument("--from", dest="key", metavar="ADDRESS", help=_("the same as --key"), default=argparse.SUPPRESS)
    if publisher:
        add_publisher(parser)
    parser.add_argument("--json", action="store_true", help=_("print JSON"))


def add_publisher(parser: argparse.ArgumentParser) -> None:
    """`publisher`."""
    parser.add_argument(
        "--publisher", type=int, metavar="N", help=_("the number of the publisher, where the key acts for several")
    )


@contextlib.contextmanager
def acting(arguments: argparse.Namespace, home: Home, *, key_for_practice: bool = False) -> Iterator[Acting]:
    """The key that was named on the network that was named; with money for practice, and on practice made if need be.

    Raises:
        ChainError: UNKNOWN_NETWORK, NO_CONSENT, NO_KEY, or what the practice ledger can be.
    """
    from touchstone.chain import ledger_faucet
    from touchstone.chain.agree import open_nodes
    from touchstone.chain.send import Sender

    network = confirm.network(arguments, home)
    if network.practice and key_for_practice:
        _make_key(arguments, home)
    signer = confirm.signer(arguments, home)
    with contextlib.ExitStack() as stack:
        nodes = open_nodes(home, network)
        for node in nodes:
            stack.callback(node.close)
        if network.practice:
            fund(home, signer.address)
        elif network.shared:
            ledger_faucet.top_up(nodes[0].request, network.chain_id, signer.address, _PLENTY)
        sender = Sender(home, network, nodes)
        stack.callback(sender.close)
        yield Acting(arguments, home, network, nodes, sender, signer)


def fund(home: Home, address: str) -> None:
    """Give an address practice money, where it has next to none. Raises ChainError."""
    from touchstone.chain.local import PracticeLedger

    ledger = PracticeLedger(home.ledger)
    try:
        if int(str(ledger.node().request("eth_getBalance", [address, "latest"])), 16) < _LITTLE:
            ledger.fund(address, _PLENTY)
    finally:
        ledger.close()


def only_publisher(home: Home, network: Network, addresses: Sequence[str]) -> int:
    """The only publisher that these keys act for, from the mirror.

    Raises:
        RefusedError: there is none, or more than one.
    """
    from touchstone.registry import own

    found = [one.number for one in own.publishers(home, network, [a.lower() for a in addresses])]
    if not found:
        raise RefusedError(publish.no_publisher())
    if len(found) > 1:
        raise RefusedError(publish.several_publishers(found))
    return found[0]


def guarded(work: Callable[[], int]) -> int:
    """Do something; what it refuses becomes a sentence on standard error, and 1."""
    sentences = _sentences()
    try:
        return work()
    except tuple(sentences) as error:
        said = next(words for kind, words in sentences.items() if isinstance(error, kind))
        return complain(said(error))


def _sentences() -> dict[type[Exception], Callable[[Any], str]]:
    from touchstone.chain.errors import ChainError
    from touchstone.check.opening import OpenError, Stopped
    from touchstone.check.signing_keys import IdentityError
    from touchstone.registry.domain import DomainError
    from touchstone.registry.job_types import StoppedError
    from touchstone.registry.withdraw import WithdrawError
    from touchstone.store.database import StoreError

    stopped = _("Stopped. The same command goes on where it was.")
    kept = _("What this computer keeps could not be used: {why}")
    return {
        RefusedError: str,
        ChainError: chain.trouble,
        WithdrawError: lambda e: publish.not_withdrawn(e.failure),
        IdentityError: lambda e: publish.no_identity(e.failure),
        DomainError: lambda e: domain.bad_domain(str(e)),
        OpenError: lambda e: failures.reason(e.failure),
        StoreError: lambda e: kept.format(why=notices.trouble(str(e.code))),
        StoppedError: lambda _e: stopped,
        Stopped: lambda _e: stopped,
    }


def address_of(text: str) -> str:
    """An address with its checksum. Raises RefusedError."""
    from touchstone.chain.errors import ChainError
    from touchstone.chain.keystore import checksummed

    try:
        return checksummed(text)
    except ChainError as error:
        raise RefusedError(_("{text} is not an address.").format(text=plain(text, 60))) from error


def _make_key(arguments: argparse.Namespace, home: Home) -> None:
    """A first key, for somebody who has none."""
    from touchstone.chain import keystore

    if keystore.keys(home) or arguments.key:
        return
    confirm.say(_("There is no key yet, so one is made. Its password is asked for each time it signs."))
    keystore.new(home, _KEY_NAME, confirm.password(arguments, _("New password"), twice=True))
