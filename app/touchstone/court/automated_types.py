"""What an automated reviewer tells of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Happened(StrEnum):
    """What happened in a step."""

    LOOKED = "looked"  # at a case: {ballot, decision}
    ABSTAINS = "abstains"  # {why: inconclusive | claim | missing | other-kind}: the vote will be "cannot tell"
    WAITS = "waits"  # for the file: {why}
    SEALED = "sealed"  # {hash}
    SEALED_AGAIN = "sealed-again"  # a reorganisation took the seal away
    OPENED = "opened"  # {hash}
    SENT = "sent"  # on its way, and not in a block yet
    MISSED = "missed"  # {what: seal | open}: the time is over
    RECORDED = "recorded"  # what the model said is on the register: {count, root}
    BARRED = "barred"  # {why}: the model may not vote
    TROUBLE = "trouble"  # {code, params, seconds}: it is tried again after so many seconds


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, in a case or (0) in none; `time` is the chain's, in unix seconds."""

    kind: Happened
    case: int = 0
    round: int = 0
    time: int = 0
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Status:
    """How an automated reviewer stands.

    `standing` is a `model_types.Standing`, `seats` how many open cases it has seats in, `to_seal` and `to_open` how
    many of them wait for that; `next` is the next deadline, in unix seconds, 0 for none. `passed` is when the last
    step ended (unix seconds of this computer), `wait` how many seconds to wait before the next.
    """

    model: str
    account: str
    network: str
    standing: str = ""
    seats: int = 0
    to_seal: int = 0
    to_open: int = 0
    next: int = 0
    passed: float = 0.0
    wait: float = 0.0
    trouble: str = ""


class AutomatedError(Exception):
    """There can be no such reviewer. `code`: `no-court`, `no-model` {untrusted_model}."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params: Mapping[str, Any] = params
