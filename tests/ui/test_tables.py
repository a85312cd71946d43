"""The table that several screens share, as it is drawn."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from touchstone.paths import Home
from touchstone.settings import Settings
from touchstone.ui.desk import Desk
from touchstone.ui.tables import Table


def drawn(words: str, direction: Qt.LayoutDirection, home: Home, qtbot: QtBot) -> NDArray[np.float64]:
    """How much ink there is along a cell with these words, its margins cut away; mixed with what is beside it."""
    model = QStandardItemModel(1, 1)
    model.setItem(0, 0, QStandardItem(words))
    table = Table(Desk(home, Settings()), model, "Table", "table")
    table.setLayoutDirection(direction)
    qtbot.addWidget(table)
    table.resize(400, 120)
    table.header().resizeSection(0, 360)
    table.show()
    area = table.visualRect(model.index(0, 0))
    image = table.viewport().grab(area).toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = rows[:, : image.width()].astype(int)
    ink = abs(pixels - pixels[0, 0]).sum(axis=0)
    (inked,) = np.nonzero(ink > 60)
    return np.convolve(ink[inked[0] : inked[-1] + 1], np.ones(5), "same")


@pytest.mark.parametrize("words", ["12 March 2026, 14:05 CET", "≤ 0.000177 test ETH", "3-picture.jpg"])
def test_what_stands_in_a_cell_keeps_its_order_where_the_language_runs_left(
    words: str, qapp: QApplication, home: Home, qtbot: QtBot
) -> None:
    forward = drawn(words, Qt.LayoutDirection.LeftToRight, home, qtbot)
    backward = drawn(words, Qt.LayoutDirection.RightToLeft, home, qtbot)
    width = min(len(forward), len(backward))
    assert len(forward) + len(backward) - 2 * width <= 2
    assert np.corrcoef(forward[:width], backward[:width])[0, 1] > 0.6


def test_what_is_copied_and_read_aloud_has_no_marks(qapp: QApplication, home: Home, qtbot: QtBot) -> None:
    model = QStandardItemModel(1, 1)
    model.setItem(0, 0, QStandardItem("12 March"))
    table = Table(Desk(home, Settings()), model, "Table", "table")
    qtbot.addWidget(table)
    table.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert table.model().index(0, 0).data() == "12 March"
