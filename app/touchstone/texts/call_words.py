"""Parameters of a call in words: who, what file, how many. They come from the call's own bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from touchstone.texts import _
from touchstone.texts.plain import middle, plain

Params = Mapping[str, Any]
_DOLLAR = 10**6


def number(p: Params, name: str = "publisher") -> str:
    """A publisher: its number, and its name where whoever built the intent knew it."""
    called = p.get(f"untrusted_{name}")
    found = plain(p.get(name, "?"), 20)
    return _("{number} ({name})").format(number=found, name=plain(called, 60)) if called else found


def quoted(p: Params, name: str) -> str:
    """A text in quotes."""
    return _("“{name}”").format(name=plain(p.get(name, ""), 80))


def address(p: Params, name: str) -> str:
    """An address."""
    return plain(p.get(name, "?"), 42)


def file(p: Params, name: str) -> str:
    """A hash, with the file's name where whoever built the intent knew it."""
    return _hash(p, name, "untrusted_file" if name in {"sha256", "file", "media"} else "")


def model(p: Params, name: str = "model") -> str:
    """A model by its id or its manifest, with its name where whoever built the intent knew it."""
    return _hash(p, name, "untrusted_model")


def count(p: Params, name: str) -> int:
    """A number, 0 where it is none."""
    value = p.get(name)
    return value if type(value) is int else 0


def dollars(units: int, *, play: bool = False) -> str:
    """An amount of the network's dollar, in its whole units (millionths), to the last of them: `1 234.50 dollars`."""
    whole, part = divmod(abs(units), _DOLLAR)
    cents = f"{'-' if units < 0 else ''}{whole:,}.{f'{part:06}'.rstrip('0').ljust(2, '0')}"
    said = _("{amount} practice dollars") if play else _("{amount} dollars")
    return said.format(amount=cents.replace(",", "\N{NARROW NO-BREAK SPACE}"))


def money(p: Params, name: str) -> str:
    """An amount of a call to pool or court."""
    return dollars(count(p, name), play=bool(p.get("play")))


def _hash(p: Params, name: str, known_as: str) -> str:
    digest = middle(str(p.get(name, "?")).removeprefix("0x"))
    known = p.get(known_as)
    return _("{name} ({digest})").format(name=plain(known, 80), digest=digest) if known else digest
