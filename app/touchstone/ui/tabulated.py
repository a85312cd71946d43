"""Labels and values in two columns."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from touchstone.ui.labels import Text, leading
from touchstone.ui.style import GRID

_LABEL = 132


def table(rows: Iterable[tuple[str, str]]) -> QWidget:
    """Labels and values in two columns; values can be selected with the mouse."""
    made = QWidget()
    grid = QGridLayout(made)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(2 * GRID)
    grid.setVerticalSpacing(GRID)
    grid.setColumnStretch(1, 1)
    for label, value in rows:
        shown = Text(value)
        shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        add_row(made, label, shown)
    return made


def add_row(made: QWidget, label: str, value: QWidget) -> None:
    """One more row for a `table`."""
    grid = made.layout()
    assert isinstance(grid, QGridLayout)  # noqa: S101 - it is a `table`
    row = grid.rowCount()
    name = Text(label, muted=True)
    name.setFixedWidth(_LABEL)
    # Words begin beside words; what stands on a line with a button is in its middle.
    across = Qt.AlignmentFlag.AlignTop if isinstance(value, Text) else Qt.AlignmentFlag.AlignVCenter
    name.setAlignment(across | leading())
    grid.addWidget(name, row, 0, across)
    grid.addWidget(value, row, 1, across)
