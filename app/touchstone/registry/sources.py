"""Where a mirror reads from: the practice ledger's file, or nodes that have to agree."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import Enum, auto
from typing import NamedTuple, Protocol

from touchstone.chain import logs as chain_logs
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.events import TOPICS
from touchstone.chain.ledger_store import LedgerReader
from touchstone.chain.logs import Log
from touchstone.chain.network import Network
from touchstone.chain.node import Node
from touchstone.chain.quantity import data, member, number

# A node that fails like this is no witness; what else it says of itself is said.
_SILENT = frozenset(
    {
        ChainTrouble.UNREACHABLE,
        ChainTrouble.TIMEOUT,
        ChainTrouble.RATE_LIMITED,
        ChainTrouble.REFUSED,
        ChainTrouble.NOT_JSON,
        ChainTrouble.PROTOCOL,
        ChainTrouble.TOO_LARGE,
    }
)
_NO_SUCH_WORD = frozenset({ChainTrouble.PROTOCOL, ChainTrouble.UNSUPPORTED, ChainTrouble.FAILED})


class Which(Enum):
    """Whose logs are asked for."""

    ALL = auto()
    MODELS = auto()  # those of the register of models alone
    COURT = auto()  # those of court and pool alone


class Header(NamedTuple):
    """A block, as far as a mirror needs it; `time` in unix seconds."""

    number: int
    hash: bytes
    parent: bytes
    time: int


class Source(Protocol):
    """A chain to read from. Every method raises ChainError where it cannot say."""

    @property
    def agreed(self) -> bool:
        """Whether more than one party said what it says."""
        ...

    def head(self) -> Header:
        """The newest block."""
        ...

    def final(self, head: Header) -> int:
        """The number of the last block that no reorganisation takes back; -1 for none."""
        ...

    def header(self, block: int) -> Header | None:
        """A block by its number; None where there is none."""
        ...

    def logs(self, first: int, last: int, which: Which = Which.ALL) -> list[Log]:
        """What the contracts logged in these blocks, in order, each with its block's time."""
        ...


class LedgerSource:
    """The practice ledger's file. Its blocks are final."""

    agreed = True

    def __init__(self, reader: LedgerReader, network: Network) -> None:
        self._reader, self._network = reader, network

    def head(self) -> Header:
        """The newest block; `NOT_DEPLOYED` where there is no ledger yet."""
        head = self._reader.head()
        if head is None:
            raise ChainError(ChainTrouble.NOT_DEPLOYED)
        return Header(head.number, head.hash, b"", head.timestamp)

    def final(self, head: Header) -> int:
        """All of them."""
        return head.number

    def header(self, block: int) -> Header | None:
        """A block by its number; None where there is none."""
        found = self._reader.block(block)
        return None if found is None else Header(found.number, found.hash, found.parent, found.timestamp)

    def logs(self, first: int, last: int, which: Which = Which.ALL) -> list[Log]:
        """What the contracts logged in these blocks, in order."""
        addresses = contracts_of(self._network, which)
        return [
            Log(row.block, row.block_hash, row.timestamp, row.tx_hash, row.index, row.address, row.topics, row.data)
            for row in self._reader.logs(first, last, addresses, [TOPICS])
        ]


class NodeSource:
    """One node, or several of which another has to say the same as the first.

    Raises:
        ChainError: one of them is on another chain; or of several fewer than two answer, with the reason of one that
            does not.
    """

    def __init__(self, network: Network, nodes: Sequence[Node]) -> None:
        self._network = network
        self._nodes: list[Node] = []
        self._times: dict[tuple[int, int], int] = {}
        trouble = ChainError(ChainTrouble.UNREACHABLE)
        for node in nodes:
            try:
                _refuse_another_chain(node, network)
            except ChainError as error:
                if error.code not in _SILENT:
                    raise
                trouble = error
            else:
                self._nodes.append(node)
        if len(self._nodes) < min(2, max(1, len(nodes))):
            raise trouble

    @property
    def agreed(self) -> bool:
        """Whether another node is asked as well."""
        return len(self._nodes) > 1

    def head(self) -> Header:
        """The newest block that all of them have reached: nodes are not equally quick."""
        lowest = min(_named(node, "latest").number for node in self._nodes)
        return _named(self._nodes[0], hex(lowest))

    def final(self, head: Header) -> int:
        """What every node calls final, or safe; where one has no such word, the configured number of blocks ago."""
        return min(head.number, *(self._final(node, head) for node in self._nodes))

    def _final(self, node: Node, head: Header) -> int:
        for tag in ("finalized", "safe"):
            try:
                found = _header(node, tag)
            except ChainError as error:
                if error.code not in _NO_SUCH_WORD:
                    raise
                continue
            if found is not None:
                return found.number
        return max(-1, head.number - self._network.confirmations)

    def header(self, block: int) -> Header | None:
        """A block by its number, from the first node; None where it has none."""
        return _header(self._nodes[0], hex(block))

    def logs(self, first: int, last: int, which: Which = Which.ALL) -> list[Log]:
        """What the contracts logged in these blocks, in order; `NODES_DISAGREE` where no other node says the same."""
        addresses = contracts_of(self._network, which)
        found = self._logs(0, addresses, first, last)
        if len(self._nodes) == 1:
            return found
        said, silent = digest(found), None
        for place in range(1, len(self._nodes)):
            try:
                if digest(self._logs(place, addresses, first, last)) == said:
                    return found
            except ChainError as error:
                silent = error
        if silent is not None and len(self._nodes) == 2:
            raise silent
        raise ChainError(ChainTrouble.NODES_DISAGREE, nodes=tuple(node.label for node in self._nodes))

    def _logs(self, place: int, addresses: Sequence[bytes], first: int, last: int) -> list[Log]:
        logs = chain_logs.fetch(self._nodes[place], addresses, first, last)
        return [log if log.time else log._replace(time=self._time(place, log)) for log in logs]

    def _time(self, place: int, log: Log) -> int:
        key = (place, log.block)
        if key not in self._times:
            header = _header(self._nodes[place], hex(log.block))
            if header is None or header.hash != log.block_hash:
                raise ChainError(ChainTrouble.PROTOCOL)  # it changed its mind meanwhile
            self._times[key] = header.time
        return self._times[key]


def contracts_of(network: Network, which: Which = Which.ALL) -> tuple[bytes, ...]:
    """The addresses of the contracts that are followed."""
    court = (network.court, network.pool) if network.court and network.pool else ()
    named = {
        Which.ALL: (network.publishers, network.media, network.models, *court),
        Which.MODELS: (network.models,),
        Which.COURT: court,
    }[which]
    return tuple(bytes.fromhex(address[2:]) for address in named if address)


def digest(logs: Sequence[Log]) -> bytes:
    """A hash of everything that logs say."""
    running = hashlib.sha256()
    for log in logs:
        running.update(repr(tuple(log)).encode())
    return running.digest()


def _refuse_another_chain(node: Node, network: Network) -> None:
    found = number(node.request("eth_chainId", []))
    if found != network.chain_id:
        raise ChainError(ChainTrouble.WRONG_CHAIN, expected=network.chain_id, found=found)


def _named(node: Node, which: str) -> Header:
    found = _header(node, which)
    if found is None:
        raise ChainError(ChainTrouble.PROTOCOL, what=which)
    return found


def _header(node: Node, which: str) -> Header | None:
    raw = node.request("eth_getBlockByNumber", [which, False])
    if raw is None:
        return None
    header = Header(
        number(member(raw, "number"), 63),
        data(member(raw, "hash"), 32),
        data(member(raw, "parentHash"), 32),
        number(member(raw, "timestamp"), 40),
    )
    if which.startswith("0x") and header.number != int(which, 16):
        raise ChainError(ChainTrouble.PROTOCOL, what="number")
    return header
