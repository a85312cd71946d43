"""Nodes that may be asked for a network, held to its chain and its contracts; and reads that two of them agree on."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from touchstone.chain import contracts
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.http_node import SECONDS, HttpNode
from touchstone.chain.keccak import keccak256
from touchstone.chain.network import Network
from touchstone.chain.networks import COURT, MODELS, OF_COURT
from touchstone.chain.node import Node
from touchstone.chain.quantity import data, member, number
from touchstone.paths import Home

ONE_NODE = "one-node"
_BESIDE_THE_POINT = frozenset(
    {
        ChainTrouble.UNREACHABLE,
        ChainTrouble.TIMEOUT,
        ChainTrouble.RATE_LIMITED,
        ChainTrouble.REFUSED,
        ChainTrouble.NOT_JSON,
        ChainTrouble.PROTOCOL,
        ChainTrouble.TOO_LARGE,
        ChainTrouble.WRONG_CHAIN,
        ChainTrouble.PRUNED,
        ChainTrouble.UNSUPPORTED,
    }
)


class PinnedNode:
    """A node that answers nothing before it has named the right chain and shown the pinned code.

    `code` is whether the contracts are looked at too; a deployment must do without. The register of models is looked at
    with the first question about it, and may be missing until then; so is the court, with everything it consists of.
    """

    def __init__(self, node: Node, network: Network, *, code: bool = True) -> None:
        self._node, self._network, self._code = node, network, code
        self._lock = threading.Lock()
        self._held = self._models_held = self._court_held = False

    @property
    def label(self) -> str:
        """As in `Node`."""
        return self._node.label

    def request(self, method: str, params: Sequence[Any]) -> Any:
        """As in `Node`; WRONG_CHAIN, WRONG_CODE, NOT_DEPLOYED where it is not the network it is taken for."""
        with self._lock:
            if not self._held:
                check_chain(self._node, self._network)
                if self._code:
                    check_code(self._node, self._network)
                self._held = True
            if self._code and not self._models_held and _is_about(params, self._network.models):
                check_models(self._node, self._network)
                self._models_held = True
            if self._code and not self._court_held and _is_about(params, self._network.pool, self._network.court):
                check_court(self._node, self._network)
                self._court_held = True
        return self._node.request(method, params)

    def close(self) -> None:
        """As in `Node`."""
        self._node.close()


@dataclass(frozen=True, slots=True)
class Agreed:
    """An answer, the names of the nodes that gave it, and the block it is about (-1: none)."""

    value: Any
    nodes: tuple[str, ...]
    block: int = -1

    @property
    def note(self) -> str:
        """`one-node` where nobody else was asked."""
        return ONE_NODE if len(self.nodes) < 2 else ""


def open_nodes(home: Home, network: Network, *, code: bool = True, seconds: float = SECONDS) -> list[Node]:
    """The nodes of a network, pinned. Nothing is asked of them here. `seconds` bounds one question to one over a line.

    Raises:
        ChainError: NO_CONSENT {network}: public, and the user has not opted in; or what opening the practice ledger
            can raise.
    """
    if network.practice:
        from touchstone.chain.local import PracticeLedger

        return [PracticeLedger(home.ledger).node()]
    if network.public and not network.consented:
        raise ChainError(ChainTrouble.NO_CONSENT, network=network.name)
    return [
        PinnedNode(HttpNode(url, seconds=seconds, shared=network.shared), network, code=code) for url in network.urls
    ]


def check_chain(node: Node, network: Network) -> None:
    """WRONG_CHAIN {expected, found} where the node serves another chain."""
    found = number(node.request("eth_chainId", []))
    if found != network.chain_id:
        raise ChainError(ChainTrouble.WRONG_CHAIN, expected=network.chain_id, found=found)


def check_code(node: Node, network: Network) -> None:
    """NOT_DEPLOYED {address} where a pinned contract is missing, WRONG_CODE {address} where another stands there.

    The register of models and the court are left out: where they are missing, files can be registered and looked up
    all the same.
    """
    later = {network.models, *_of_court()}
    for address, pinned in network.code.items():
        if address not in later:
            _check_code(node, address, pinned)


def check_models(node: Node, network: Network) -> None:
    """The same for the register of models alone. To an address without code any call would seem to succeed."""
    if network.models in network.code:
        _check_code(node, network.models, network.code[network.models], contract=MODELS)


def check_court(node: Node, network: Network) -> None:
    """The same for the court, its other half, the pool, the lot and who is let in. One of them alone says nothing."""
    for address in _of_court():
        if address in network.code:
            _check_code(node, address, network.code[address], contract=COURT)


def _of_court() -> tuple[str, ...]:
    return tuple(contracts.address(name) for name in OF_COURT)


def _check_code(node: Node, address: str, pinned: str, **more: str) -> None:
    found = data(node.request("eth_getCode", [address, "latest"]))
    if not found:
        raise ChainError(ChainTrouble.NOT_DEPLOYED, address=address, **more)
    if "0x" + keccak256(found).hex() != pinned:
        raise ChainError(ChainTrouble.WRONG_CODE, address=address, **more)


def _is_about(params: Sequence[Any], *addresses: str) -> bool:
    """Whether a call, or an estimate of one, goes to one of these addresses."""
    call = params[0] if params else None
    to = str(call.get("to", "")).lower() if isinstance(call, Mapping) else ""
    return bool(to) and to in {address.lower() for address in addresses}


def first_answer(nodes: Sequence[Node], method: str, params: Sequence[Any]) -> Any:
    """What the first node says that says anything; for what no answer of ours rests on.

    Raises:
        ChainError: of the last one, where none does.
    """
    last = ChainError(ChainTrouble.UNREACHABLE)
    for node in nodes:
        try:
            return node.request(method, params)
        except ChainError as error:
            if error.code not in _BESIDE_THE_POINT:
                raise
            last = error
    raise last


def agreed(nodes: Sequence[Node], method: str, params: Sequence[Any]) -> Agreed:
    """What two nodes say alike. With one node in all, what that says, and `note` tells.

    The question must be about a fixed block: two heads are never at the same place for long (`agreed_call`).

    Raises:
        ChainError: NODES_DISAGREE {nodes}, or why fewer than two could be heard where there are two.
    """
    heard: list[tuple[str, Any]] = []
    last: ChainError | None = None
    for node in nodes:
        try:
            heard.append((node.label, node.request(method, params)))
        except ChainError as error:
            if error.code not in _BESIDE_THE_POINT:
                raise
            last = error
        if len(heard) == 2:
            break
    if not heard or (len(heard) < 2 and last is not None):
        raise last or ChainError(ChainTrouble.UNREACHABLE)
    labels = tuple(label for label, _answer in heard)
    if any(_same_case(answer) != _same_case(heard[0][1]) for _label, answer in heard):
        raise ChainError(ChainTrouble.NODES_DISAGREE, nodes=labels)
    return Agreed(heard[0][1], labels)


def agreed_call(nodes: Sequence[Node], to: str, call: bytes) -> Agreed:
    """The bytes that a contract answers at a block which two nodes have alike. Raises as `agreed`."""
    block = common_block(nodes)
    found = agreed(nodes, "eth_call", [{"to": to, "data": "0x" + call.hex()}, hex(block)])
    return Agreed(data(found.value), found.nodes, block)


def common_block(nodes: Sequence[Node]) -> int:
    """The newest block that the first two nodes that answer both have, with the same hash. Raises as `agreed`."""
    heads: list[int] = []
    for node in nodes:
        try:
            heads.append(number(node.request("eth_blockNumber", []), 64))
        except ChainError as error:
            if error.code not in _BESIDE_THE_POINT:
                raise
    if not heads or (len(heads) < 2 <= len(nodes)):
        raise ChainError(ChainTrouble.UNREACHABLE)
    lowest = min(heads[:2])
    agreed_block = agreed(nodes, "eth_getBlockByNumber", [hex(lowest), False])
    data(member(agreed_block.value, "hash"), 32)
    return lowest


def _same_case(value: Any) -> Any:
    """A JSON value, hex strings in lower case, members that nodes add of their own left out."""
    if isinstance(value, str):
        return value.lower()
    if isinstance(value, list):
        return [_same_case(one) for one in value]
    if isinstance(value, dict):
        # A whole block is compared by its hash, which holds all of it; nodes differ in what they list beside it.
        if "hash" in value and "parentHash" in value:
            return _same_case(value["hash"])
        return {key: _same_case(one) for key, one in value.items() if key in _COMPARED or len(value) < 4}
    return value


_COMPARED = frozenset(
    {
        "address",
        "topics",
        "data",
        "blockHash",
        "blockNumber",
        "transactionHash",
        "transactionIndex",
        "logIndex",
        "removed",
        "status",
        "logs",
        "from",
        "to",
        "gasUsed",
    }
)
