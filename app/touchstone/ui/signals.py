"""Ctrl-C in the terminal, and being asked to end, close the window as its own button does."""

from __future__ import annotations

import signal
import socket

from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication

_ends: list[socket.socket] = []  # open as long as the process lives


def close_on_signals(application: QApplication) -> None:
    """Quit when SIGINT or SIGTERM arrives. Python runs no handler while Qt waits, so the wake-up descriptor tells Qt.

    What whoever started this wants ignored stays ignored.
    """
    ours, theirs = socket.socketpair()
    _ends.extend((ours, theirs))
    for end in _ends:
        end.settimeout(0)
    signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
    notifier = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read, application)
    notifier.activated.connect(application.closeAllWindows)
