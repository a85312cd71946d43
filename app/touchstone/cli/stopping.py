"""Ctrl-C, and being asked to end, while many files are under way."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def stopped_by_signals(cancel: threading.Event) -> Iterator[None]:
    """Let Ctrl-C, and being asked to end, stop the batch in order; a second Ctrl-C ends it at once."""

    def stop(number: int, _frame: object) -> None:
        signal.signal(number, before[signal.Signals(number)])
        cancel.set()

    # What whoever started this wants ignored (as `nohup` and shells do for jobs in the background) stays ignored.
    both = (signal.SIGINT, signal.SIGTERM)
    before = {number: held for number in both if (held := signal.getsignal(number)) is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, held in before.items():
            signal.signal(number, held)
