"""What a worker's reply may hold, put together from small checks. Whatever is outside refuses the reply as a whole."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

Check = Callable[[object], Any]


class Refused(ValueError):  # noqa: N818 - it is the reply that is refused
    """The reply does not keep to the bounds."""


def whole(low: int, high: int) -> Check:
    """A whole number from `low` to `high`."""

    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Refused("not a whole number within bounds")
        return value

    return check


def real(low: float, high: float) -> Check:
    """A finite number from `low` to `high`."""

    def check(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise Refused("not a number")
        if not low <= value <= high:
            raise Refused("number out of bounds")
        return float(value)

    return check


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Refused("not a flag")
    return value


def text(limit: int) -> Check:
    """A string of at most `limit` characters."""

    def check(value: object) -> str:
        if not isinstance(value, str) or len(value) > limit:
            raise Refused("not a string within bounds")
        return value

    return check


def matching(pattern: re.Pattern[str]) -> Check:
    """A string of this form."""

    def check(value: object) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise Refused("not a string of this form")
        return value

    return check


def word(kind: type[StrEnum]) -> Check:
    """A word of a vocabulary."""

    def check(value: object) -> StrEnum:
        try:
            return kind(str(value)) if isinstance(value, str) else kind("")
        except ValueError as error:
            raise Refused("not a word of the vocabulary") from error

    return check


def maybe(inner: Check) -> Check:
    """Null, or what `inner` takes."""
    return lambda value: None if value is None else inner(value)


def items(inner: Check, least: int, most: int) -> Check:
    """A list of `least` to `most` entries."""

    def check(value: object) -> list[Any]:
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise Refused("not a list within bounds")
        return [inner(item) for item in value]

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with exactly these fields."""
    known = {**required, **(optional or {})}

    def check(value: object) -> dict[str, Any]:
        if not isinstance(value, dict) or not required.keys() <= value.keys() <= known.keys():
            raise Refused("not an object with these fields")
        return {str(name): known[name](item) for name, item in value.items()}

    return check
