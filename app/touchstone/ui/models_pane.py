"""Below the table of detectors: what is known of the one that is chosen, on pages beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from touchstone.texts import _
from touchstone.texts import models as words
from touchstone.ui import style
from touchstone.ui.desk import Desk
from touchstone.ui.models_details import ModelDetails
from touchstone.ui.models_model import Row
from touchstone.ui.style import GRID, Type

if TYPE_CHECKING:
    from touchstone.ui.lineage_outputs import OutputsPage
    from touchstone.ui.lineage_page import LineagePage

ABOUT, LINEAGE, OUTPUTS = range(3)
_AROUND = 3 * GRID  # pixels about the name on a tab, which is bold where its page is open


class ModelPane(QWidget):
    """Its card, its lineage, and what was recorded of it. The last two are made when they are first opened.

    `turned` tells that another page is open, `made` that a page was made, with its buttons.
    """

    turned = Signal()
    made = Signal(int, object)
    publisher_asked = Signal()
    model_asked = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._row: Row | None = None
        self.details = ModelDetails()
        self._lineage: LineagePage | None = None
        self._outputs: OutputsPage | None = None
        self._page = ABOUT
        self._stack = QStackedWidget()
        self._stack.addWidget(self.details)
        self.tabs: list[QToolButton] = []
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID)
        rows.addLayout(self._head())
        rows.addWidget(self._stack, 1)
        self.go(ABOUT)

    @property
    def page(self) -> int:
        """Which page is open."""
        return self._page

    @property
    def lineage(self) -> LineagePage:
        """The page with the picture; made when first asked for."""
        if self._lineage is None:
            from touchstone.ui.lineage_page import LineagePage

            self._lineage = page = LineagePage(self._desk)
            page.publisher_asked.connect(self.publisher_asked)
            page.model_asked.connect(self.model_asked)
            self._add(LINEAGE, page, page.deeds.buttons)
            page.show_row(self._row)
        return self._lineage

    @property
    def outputs(self) -> OutputsPage:
        """The page with recorded outputs; made when first asked for."""
        if self._outputs is None:
            from touchstone.ui.lineage_outputs import OutputsPage

            self._outputs = page = OutputsPage(self._desk)
            page.publisher_asked.connect(self.publisher_asked)
            self._add(OUTPUTS, page, page.buttons)
        return self._outputs

    def show_row(self, row: Row | None) -> None:
        """Show a detector, or none."""
        self._row = row
        self.details.show_row(row)
        if self._lineage is not None:
            self._lineage.show_row(row)

    def go(self, number: int) -> None:
        """Open a page."""
        page = self.lineage if number == LINEAGE else self.outputs if number == OUTPUTS else self.details
        self._stack.setCurrentWidget(page)
        self._page = number
        for place, tab in enumerate(self.tabs):
            tab.setChecked(place == number)
        self.turned.emit()

    def back(self) -> bool:
        """Esc: whether something was left by it."""
        opened = self._opened()
        return opened is not None and opened.back()

    @property
    def drop_words(self) -> str:
        """What letting go of a file does on this page; "" where that is nothing of its own."""
        return words.drop_an_item() if self._asks_about_an_item() else ""

    def take(self, paths: Sequence[Path]) -> bool:
        """Look a file up in the data of the model, where that is asked about; false for anything else."""
        if self._lineage is None or not self._asks_about_an_item() or len(paths) != 1 or paths[0].is_dir():
            return False
        self._lineage.deeds.item_form.take(paths[0])
        return True

    def _asks_about_an_item(self) -> bool:
        return self._lineage is not None and self._lineage.deeds.item_form.isVisible()

    def enter(self) -> None:
        """Go to the first thing on the page that can be pressed."""
        (self._opened() or self.details).enter()

    def close_down(self) -> None:
        """The window closes."""
        for page in (self._lineage, self._outputs):
            if page is not None:
                page.close_down()

    def _opened(self) -> LineagePage | OutputsPage | None:
        return {LINEAGE: self._lineage, OUTPUTS: self._outputs}.get(self._page)

    def _add(self, number: int, page: QWidget, buttons: Sequence[QPushButton]) -> None:
        self._stack.addWidget(page)
        self.made.emit(number, buttons)

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(GRID)
        for number, name in enumerate((_("About"), _("Lineage"), _("Recorded outputs"))):
            tab = QToolButton()
            tab.setObjectName("tab")
            tab.setText(name)
            tab.setAccessibleName(name)
            tab.setCheckable(True)
            tab.setMinimumWidth(QFontMetrics(style.font(Type.BODY, bold=True)).horizontalAdvance(name) + _AROUND)
            tab.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            tab.clicked.connect(lambda _checked=False, number=number: self.go(number))
            self.tabs.append(tab)
            head.addWidget(tab)
        head.addStretch(1)
        return head
