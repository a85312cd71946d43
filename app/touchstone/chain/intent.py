"""What a transaction is for, before anybody signs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Intent:
    """One call of a contract, with the code and parameters of the sentence that says what it does.

    `code` and `params` go to `touchstone.texts.intents`; an intent whose code has no words there is never signed.
    `public` lists what becomes public for ever, as codes (`sha256`, `fingerprint`, `domain`, `name`, `uri`, `address`,
    `reason`); `reversible` is whether a later transaction can undo it. `to` is an address, `data` the call in bytes.
    """

    code: str
    to: str
    data: bytes
    params: Mapping[str, Any] = field(default_factory=dict)
    public: tuple[str, ...] = ()
    reversible: bool = False
    value: int = 0  # wei
