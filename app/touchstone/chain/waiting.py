"""What was sent, on whatever network; and another look at what is under way. Nothing is signed here."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.http_node import SECONDS
from touchstone.chain.intent import Intent
from touchstone.chain.network import Network
from touchstone.chain.watch import Cancel, OnStep, never, nothing
from touchstone.paths import Home
from touchstone.store.database import StoreError
from touchstone.store.outbox import LIVE, Outbox, Sent, SentState

if TYPE_CHECKING:
    from touchstone.chain.node import Node

T = TypeVar("T")

MOST = 1_000
_IN_PASSING = 4.0  # seconds for one answer, where nobody asked and the window may be closed meanwhile
_TAKEN = frozenset({SentState.FINAL, SentState.REVERTED})
OUTBID = frozenset({SentState.SIGNED, SentState.SENT})  # what can be


def journal(home: Home, limit: int = MOST, network: Network | None = None) -> list[Sent]:
    """What was sent, on one network or on any, newest first. Nothing is made where there is no journal.

    Raises:
        ChainError: what the disk refuses; DAMAGED, once.
    """
    return _asked(home, lambda outbox: outbox.recent(limit, None if network is None else network.chain_id))


def entry(home: Home, number: int) -> Sent | None:
    """One of the journal, by its id; None where there is none. Raises as `journal`."""
    if not home.outbox.exists():
        return None
    with contextlib.suppress(KeyError):
        return _ask(home, lambda outbox: outbox.get(number))
    return None


def under_way(home: Home, network: Network | None = None) -> list[Sent]:
    """What is under way, on one network or on any, oldest first. Raises as `journal`."""
    found = _asked(home, lambda outbox: outbox.live_anywhere())
    return [sent for sent in found if network is None or sent.chain_id == network.chain_id]


def intent_of(sent: Sent) -> Intent:
    """What a transaction was for, as far as it takes words."""
    return Intent(sent.code, sent.target, sent.data, sent.params)


def look_again(
    home: Home,
    network: Network,
    on_step: OnStep = nothing,
    cancel: Cancel = never,
    seconds: float = SECONDS,
) -> list[Sent]:
    """Look once after what is under way on a network, and give nodes what they have lost; how each stands now.

    Where nothing is under way, no node is asked and none is opened. `cancel` is asked before each question to a node;
    `seconds` bounds one.

    Raises:
        ChainError: NO_CONSENT, why no node answers, STOPPED, or what the disk refuses.
    """
    if not under_way(home, network) or (network.practice and not home.ledger.exists()):
        return []
    from touchstone.chain.agree import first_answer, open_nodes
    from touchstone.chain.send import Sender

    with contextlib.ExitStack() as stack:
        nodes = [_Stopping(node, cancel) for node in open_nodes(home, network, seconds=seconds)]
        for node in nodes:
            stack.callback(node.close)
        first_answer(nodes, "eth_blockNumber", [])
        sender = Sender(home, network, nodes)
        stack.callback(sender.close)
        found = {sent.id: sent for sent in sender.resume(on_step)}
        if network.practice and any(sent.state in LIVE for sent in found.values()):
            found |= {sent.id: sent for sent in sender.resume(on_step)}  # what was lost is in a block at once
        return list(found.values())


def look_everywhere(home: Home, cancel: Cancel = never) -> list[Sent]:
    """`look_again` on every network that something is under way on, in passing: who is slow to answer waits as well.

    Raises:
        ChainError: what the disk refuses.
    """
    waiting = under_way(home)
    if not waiting:
        return []
    from touchstone.chain.networks import Networks

    known, found = Networks.load(home).by_name, []
    for name, chain_id in dict.fromkeys((sent.network, sent.chain_id) for sent in waiting):
        network = known.get(name)
        if network is not None and network.chain_id == chain_id:
            with contextlib.suppress(ChainError):
                found += look_again(home, network, cancel=cancel, seconds=_IN_PASSING)
    return found


def ended(found: Iterable[Sent]) -> list[Sent]:
    """Of what was looked at again, what has come to an end: of several that outbid each other, the one that counts."""
    rivals: dict[tuple[int, str, int], list[Sent]] = {}
    for sent in found:
        rivals.setdefault((sent.chain_id, sent.sender, sent.nonce), []).append(sent)
    over = [group for group in rivals.values() if all(sent.state not in LIVE for sent in group)]
    return [next((sent for sent in group if sent.state in _TAKEN), group[0]) for group in over]


class _Stopping:
    """A node that is asked nothing more once that is cancelled."""

    def __init__(self, node: Node, cancel: Cancel) -> None:
        self._node, self._cancel = node, cancel

    @property
    def label(self) -> str:
        """As in `Node`."""
        return self._node.label

    def request(self, method: str, params: Sequence[Any]) -> Any:
        """As in `Node`; STOPPED."""
        if self._cancel():
            raise ChainError(ChainTrouble.STOPPED)
        return self._node.request(method, params)

    def close(self) -> None:
        """As in `Node`."""
        self._node.close()


def _asked(home: Home, work: Callable[[Outbox], list[T]]) -> list[T]:
    return _ask(home, work) if home.outbox.exists() else []


def _ask(home: Home, work: Callable[[Outbox], T]) -> T:
    outbox = Outbox(home)
    try:
        return work(outbox)
    except StoreError as error:
        raise ChainError(ChainTrouble(str(error.code))) from error
    finally:
        outbox.close()
