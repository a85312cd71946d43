"""Logs of a range of blocks, asked for in windows that follow what the node can give."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.node import Node

START = 2_000  # blocks in the first window
MOST = 200_000
_SMALLER = frozenset({ChainTrouble.TOO_MANY, ChainTrouble.TOO_LARGE, ChainTrouble.TIMEOUT})
_QUANTITY = 18  # characters: 0x and 64 bits
_WORD = 32


class Log(NamedTuple):
    """One log of a block, the `position`th there. `time` is the block's in unix seconds, 0 where nobody said it."""

    block: int
    block_hash: bytes
    time: int
    tx: bytes
    position: int
    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


def parse_log(raw: Any) -> Log:
    """A log as a node gives it in JSON (https://ethereum.github.io/execution-apis/, "Log").

    Raises:
        ChainError: it is none (`PROTOCOL`), or one that the node has taken back.
    """
    try:
        topics = tuple([_bytes(topic) for topic in raw["topics"]])
        log = Log(
            number(raw["blockNumber"]),
            _bytes(raw["blockHash"]),
            number(raw.get("blockTimestamp") or "0x0"),
            _bytes(raw["transactionHash"]),
            number(raw["logIndex"]),
            _bytes(raw["address"]),
            topics,
            _bytes(raw["data"]),
        )
        sound = not raw.get("removed") and len(topics) <= 4 and all(len(topic) == _WORD for topic in topics)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ChainError(ChainTrouble.PROTOCOL) from error
    if not sound or (len(log.block_hash), len(log.tx), len(log.address)) != (32, 32, 20):
        raise ChainError(ChainTrouble.PROTOCOL)
    return log


def number(text: str) -> int:
    """A JSON-RPC quantity of at most 64 bits.

    Raises:
        ValueError: it is none.
        TypeError: it is no string.
    """
    if len(text) > _QUANTITY or text[:2] != "0x":
        raise ValueError("not a quantity")
    return int(text, 16)


def fetch(node: Node, addresses: Sequence[bytes], first: int, last: int) -> list[Log]:
    """What the contracts at `addresses` logged in blocks `first` to `last`, in order.

    Raises:
        ChainError: the node does not say, or says what was not asked (`PROTOCOL`).
    """
    asked = {
        "fromBlock": hex(first),
        "toBlock": hex(last),
        "address": ["0x" + address.hex() for address in addresses],
    }
    answer = node.request("eth_getLogs", [asked])
    if not isinstance(answer, list):
        raise ChainError(ChainTrouble.PROTOCOL)
    logs = sorted([parse_log(raw) for raw in answer], key=_place)
    for before, log in zip([None, *logs], logs, strict=False):
        if not first <= log.block <= last or log.address not in addresses:
            raise ChainError(ChainTrouble.PROTOCOL)
        if before is not None and _place(before) == _place(log):
            raise ChainError(ChainTrouble.PROTOCOL)
    return logs


def windows(
    ask: Callable[[int, int], list[Log]], first: int, last: int, cancel: threading.Event | None = None
) -> Iterator[tuple[int, list[Log]]]:
    """The last block of each window from `first` to `last`, and its logs.

    A window that is too much for the node, or takes it too long, is halved; one that was not lets the next be half as
    long again.

    Raises:
        ChainError: what `ask` raised, and for a window of one block whatever it was; `STOPPED` where `cancel` is set.
    """
    size = START
    while first <= last:
        if cancel is not None and cancel.is_set():
            raise ChainError(ChainTrouble.STOPPED)
        end = min(first + size - 1, last)
        try:
            logs = ask(first, end)
        except ChainError as error:
            if error.code not in _SMALLER or end == first:
                raise
            size = (end - first + 1) // 2
            continue
        yield end, logs
        first = end + 1
        size = min(size + (size + 1) // 2, MOST)


def _place(log: Log) -> tuple[int, int]:
    return log.block, log.position


def _bytes(text: str) -> bytes:
    if text[:2] != "0x":
        raise ValueError("not data")
    return bytes.fromhex(text[2:])
