"""Below the table of detectors: what is known of the one that is chosen, on pages beside each other."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from touchstone.texts import _
from touchstone.ui import style
from touchstone.ui.desk import Desk
from touchstone.ui.lineage_outputs import OutputsPage
from touchstone.ui.lineage_page import LineagePage
from touchstone.ui.models_details import ModelDetails
from touchstone.ui.models_model import Row
from touchstone.ui.style import GRID, Type

ABOUT, LINEAGE, OUTPUTS = range(3)
_AROUND = 3 * GRID  # pixels about the name on a tab, which is bold where its page is open


class ModelPane(QWidget):
    """Its card, its lineage, and what was recorded of it. `turned` tells that another page is open."""

    turned = Signal()
    publisher_asked = Signal()
    model_asked = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.details = ModelDetails()
        self.lineage = LineagePage(desk)
        self.outputs = OutputsPage(desk)
        self._stack = QStackedWidget()
        self.tabs: list[QToolButton] = []
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID)
        rows.addLayout(self._head())
        rows.addWidget(self._stack, 1)
        for page in (self.details, self.lineage, self.outputs):
            self._stack.addWidget(page)
        for asks in (self.lineage, self.outputs):
            asks.publisher_asked.connect(self.publisher_asked)
        self.lineage.model_asked.connect(self.model_asked)
        self.go(ABOUT)

    @property
    def page(self) -> int:
        """Which page is open."""
        return self._stack.currentIndex()

    @property
    def buttons(self) -> dict[int, tuple[QPushButton, ...]]:
        """The buttons of each page that has some."""
        return {LINEAGE: self.lineage.deeds.buttons, OUTPUTS: self.outputs.buttons}

    def show_row(self, row: Row | None) -> None:
        """Show a detector, or none."""
        self.details.show_row(row)
        self.lineage.show_row(row)

    def go(self, number: int) -> None:
        """Open a page."""
        self._stack.setCurrentIndex(number)
        for place, tab in enumerate(self.tabs):
            tab.setChecked(place == number)
        self.turned.emit()

    def back(self) -> bool:
        """Esc: whether something was left by it."""
        page = self._stack.currentWidget()
        return page.back() if isinstance(page, (LineagePage, OutputsPage)) else False

    def enter(self) -> None:
        """Go to the first thing on the page that can be pressed."""
        page = self._stack.currentWidget()
        if isinstance(page, (ModelDetails, LineagePage, OutputsPage)):
            page.enter()

    def close_down(self) -> None:
        """The window closes."""
        self.lineage.close_down()
        self.outputs.close_down()

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
