"""Strings from files, nodes and contracts, made harmless to look at."""

from __future__ import annotations

import unicodedata

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ELLIPSIS = "…"


def plain(value: object, limit: int = 200) -> str:
    """`value` on one line, control and direction-changing characters written out, at most `limit` characters.

    The result is plain text; whoever shows it must still not interpret it as markup.
    """
    text = value if isinstance(value, str) else str(value)
    shown = "".join(_visible(c) for c in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + _ELLIPSIS


def _visible(character: str) -> str:
    if character in _BIDI or unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
        return f"\\u{ord(character):04x}"
    return character


def middle(value: str, keep: int = 8) -> str:
    """A hash or address with its middle left out: `keep` characters stay at either end."""
    return value if len(value) <= 2 * keep + 1 else f"{value[:keep]}{_ELLIPSIS}{value[-keep:]}"
