"""Keys that work anywhere in a window."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget


def give(window: QWidget, keys: Mapping[str, Callable[[], None]]) -> None:
    """Have keys, by the names that Qt has for them, call something."""
    for name, call in keys.items():
        QShortcut(QKeySequence(name), window).activated.connect(lambda call=call: call())
