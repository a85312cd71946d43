"""What a handler gets and gives. A handler runs in a locked-down process that reads one file and then ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from touchstone.wire import WorkerFailure


class JobError(Exception):
    """The handler gives up, for a reason that the desk knows. No text crosses the border."""

    def __init__(self, failure: WorkerFailure) -> None:
        super().__init__(str(failure))
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Job:
    """One request: its parameters (from the desk, trusted) and its open files (untrusted bytes, in request order)."""

    request: Mapping[str, Any]
    files: Sequence[BinaryIO]
    step: Callable[[str], None] = lambda _name: None
    ask: Callable[[str, bytes], None] = lambda _what, _data: None  # the answer comes through one of the files
    answer: Callable[[Result], None] = lambda _result: None  # one of several results, before the last


@dataclass(frozen=True, slots=True)
class Result:
    """Codes, numbers and bounded strings under `untrusted_` keys; raw arrays and bytes as blobs."""

    body: Mapping[str, Any]
    blobs: Mapping[str, bytes] = field(default_factory=dict)
