"""Values out of the details of a finding, whatever is wrong with those: of the type that is asked for, and bounded."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

NAME_AT_MOST = 200  # characters


def text(details: Mapping[str, Any], *keys: str) -> str:
    """The first non-empty string under one of `keys`, cut to a bounded length."""
    for key in keys:
        value = details.get(key)
        if isinstance(value, str) and value.strip():
            return value[:NAME_AT_MOST]
    return ""


def number(details: Mapping[str, Any], key: str) -> float:
    """A finite, non-negative number, else 0."""
    value = details.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0.0
    try:
        found = float(value)
    except OverflowError:
        return 0.0
    return found if math.isfinite(found) and found > 0 else 0.0


def count(details: Mapping[str, Any], key: str) -> int:
    """A whole number, or the length of a list; never negative."""
    value = details.get(key)
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return len(value)
    return int(min(number(details, key), 1e9))


def words(details: Mapping[str, Any], key: str) -> frozenset[str]:
    """The strings in a list."""
    value = details.get(key)
    return frozenset(v for v in value if isinstance(v, str)) if isinstance(value, (list, tuple)) else frozenset()


def mapping(details: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A nested object, or an empty one."""
    value = details.get(key)
    return value if isinstance(value, Mapping) else {}


def objects(details: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The objects in a list."""
    value = details.get(key)
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, (list, tuple)) else []
