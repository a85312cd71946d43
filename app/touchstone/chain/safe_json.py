"""JSON from strangers: refused where it is nested deeply or holds numbers of absurd length, in every process.

Python's own parser bounds nesting by the interpreter's bound on recursion, which libraries raise (`eth_libraries`).
"""

from __future__ import annotations

import json
import re
from typing import Any

DEEPEST = 64
_LONGEST_NUMBER = 80  # digits; 2**256 has 78
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_STRING = re.compile(rb'"[^"]*"')
_OTHERS = bytes(set(range(256)) - set(b'"[]{}'))


def parse(raw: bytes) -> Any:
    """The document in `raw`.

    Raises:
        ValueError: it is none, is nested more than 64 deep, or has a number of more than 80 digits.
    """
    if raw.count(b"[") + raw.count(b"{") > DEEPEST and _depth(raw) > DEEPEST:
        raise ValueError("nested too deeply")
    return json.loads(raw, parse_int=_whole, parse_float=_fraction, parse_constant=_refuse)


def _depth(raw: bytes) -> int:
    """How deep it is nested. Text that is no JSON has some depth too; the parser says the rest."""
    if b"\\" in raw:
        raw = _ESCAPED.sub(b"", raw)
    brackets = _STRING.sub(b"", raw.translate(None, _OTHERS))
    depth = deepest = 0
    for one in brackets:
        depth += 1 if one in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _whole(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError("too many digits")
    return int(digits)


def _fraction(digits: str) -> float:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError("too many digits")
    return float(digits)


def _refuse(name: str) -> float:
    raise ValueError(name)
