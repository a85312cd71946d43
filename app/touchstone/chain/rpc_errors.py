"""Errors of JSON-RPC, which every node words in its own way, as codes.

Numbers: EIP-1474 and EIP-1193; words: go-ethereum, Erigon, Nethermind, Reth, Besu, anvil, and the large providers, as
of 2026. Words decide before numbers, because -32000 and -32005 stand for many things.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from touchstone.chain.errors import ChainError, ChainTrouble

_LONGEST = 500  # characters of a node's own words
_LARGEST_DATA = 64 * 1024  # characters of revert data

# The first that matches wins.
_WORDS: tuple[tuple[ChainTrouble, re.Pattern[str]], ...] = tuple(
    (code, re.compile(words, re.IGNORECASE))
    for code, words in (
        (ChainTrouble.REVERTED, r"^(execution reverted|revert|vm execution error)|vm exception.{0,40}revert"),
        (ChainTrouble.ALREADY_KNOWN, r"already known|known transaction|already imported|already in (the )?(mem)?pool"),
        (
            ChainTrouble.PRUNED,
            (
                r"missing trie node|pruned|state (is |at .{0,80} is )?not available|state .{0,80}unavailable|"
                r"historical (state|backend)|archive|proof window|old data not available"
            ),
        ),
        (
            ChainTrouble.TOO_MANY,
            (
                r"more than [\d,]+ (results|logs)|too many (results|logs)|(block )?range (is )?(too|exceed)|"
                r"exceed\w* .{0,40}(block )?range|limited to .{0,40}(range|blocks|results|logs)|response size|"
                r"logs matched by query|query timeout|up to a [\d,]+ block range|from, to|blocks distance|"
                r"(block|max\w*) range|query exceeds|returned too|limit the query|narrow"
            ),
        ),
        (
            ChainTrouble.RATE_LIMITED,
            r"rate.?limit|too many requests|request (count|limit)|capacity|throughput|throttl|quota|compute units",
        ),
        (ChainTrouble.REJECTED, r"user (rejected|denied|cancel)|rejected by (the )?user|denied by (the )?user"),
        (ChainTrouble.NO_FUNDS, r"insufficient (funds|balance)|doesn't have enough funds|lack of funds"),
        (ChainTrouble.NONCE, r"nonce (is )?too (low|high)|invalid nonce|nonce gap|oldnonce|nonce.{0,40}too low"),
        (
            ChainTrouble.UNDERPRICED,
            r"underpriced|fee (is )?too low|less than block base fee|fee cap|feetoolow|gas price below|below base fee",
        ),
    )
)
_NUMBERS: Mapping[int, ChainTrouble] = {
    3: ChainTrouble.REVERTED,
    429: ChainTrouble.RATE_LIMITED,
    4001: ChainTrouble.REJECTED,
    4100: ChainTrouble.REFUSED,
    4200: ChainTrouble.UNSUPPORTED,
    4444: ChainTrouble.PRUNED,
    -32601: ChainTrouble.UNSUPPORTED,
    -32004: ChainTrouble.UNSUPPORTED,
    -32005: ChainTrouble.RATE_LIMITED,
    -32016: ChainTrouble.RATE_LIMITED,
    -32700: ChainTrouble.PROTOCOL,
    -32600: ChainTrouble.PROTOCOL,
}


def error_of(error: Mapping[str, Any]) -> ChainError:
    """The error for the `error` member of an answer. REVERTED carries `data`, 0x hex, where the node gave it."""
    number, message = error.get("code"), str(error.get("message", ""))[:_LONGEST]
    code = _code(number if isinstance(number, int) else 0, message)
    more = {"data": data} if code is ChainTrouble.REVERTED and (data := _data(error.get("data"))) else {}
    return ChainError(code, untrusted_message=message, **more)


def _code(number: int, message: str) -> ChainTrouble:
    if number in {3, 4001, 4444}:
        return _NUMBERS[number]
    for code, words in _WORDS:
        if words.search(message):
            return code
    return _NUMBERS.get(number, ChainTrouble.FAILED)


def _data(raw: Any) -> str:
    """The revert data, which nodes put at different depths."""
    if isinstance(raw, dict):
        raw = raw.get("data", raw.get("result"))
    if not isinstance(raw, str) or len(raw) > _LARGEST_DATA:
        return ""
    found = re.search(r"0x([0-9a-fA-F]{2})*$", raw)
    return found.group(0) if found else ""
