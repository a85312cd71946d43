"""The Review screen: cases, one's stake, and the automated reviewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from touchstone.texts import _
from touchstone.texts import review as words
from touchstone.texts.plain import plain
from touchstone.ui import style
from touchstone.ui.desk import Desk
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text
from touchstone.ui.models_work import ModelsWork
from touchstone.ui.navigation import caution
from touchstone.ui.notes import Notice
from touchstone.ui.progress import Working
from touchstone.ui.register_desk import why
from touchstone.ui.review_cases import CasesPage
from touchstone.ui.style import GRID, Tone, Type

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.ui.batch import Shown
    from touchstone.ui.case_page import CasePage
    from touchstone.ui.flag_page import FlagPage
    from touchstone.ui.review_robot import RobotPage
    from touchstone.ui.stake_page import StakePage

CASES, STAKE, ROBOT = range(3)
_AROUND = 32  # pixels of a tab beside its words


class ReviewScreen(QWidget):
    """Three pages beside each other; a case that is opened takes the place of the list."""

    publisher_asked = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("screen")
        self._desk = desk
        self._network: Network | None = None
        self._case: CasePage | None = None
        self._flag: FlagPage | None = None
        self._stake: StakePage | None = None
        self._robot: RobotPage | None = None
        self.work = ModelsWork(desk, self)
        self.notice = Notice()
        self.working = Working(_("Looking for what is new"))
        self.cases = CasesPage(desk)
        self.tabs: list[QToolButton] = []
        self._stack = QStackedWidget()
        rows = QVBoxLayout(self)
        rows.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        rows.setSpacing(2 * GRID)
        rows.addLayout(self._head())
        for widget in (self.notice, self.working):
            rows.addWidget(widget)
        rows.addWidget(self._stack, 1)
        self._stack.addWidget(self.cases)
        self.cases.case_asked.connect(self.open_case)
        self.cases.refresh_asked.connect(self.refresh)
        self.cases.failed.connect(self._refused)
        self.work.stepped.connect(self.working.show_step)
        self.work.busy.connect(lambda busy: None if busy else self.working.end())
        self.working.stopped.connect(self.work.stop)
        desk.register.changed.connect(self._look_again)
        desk.register.keys_changed.connect(self._look_again)
        desk.register.network_changed.connect(self._another_network)
        self.go(CASES)

    @property
    def case(self) -> CasePage:
        """The page of one case; built when first asked for."""
        if self._case is None:
            from touchstone.ui.case_page import CasePage

            self._case = CasePage(self._desk)
            self._case.back_asked.connect(self.back)
            self._stack.addWidget(self._case)
        return self._case

    @property
    def flag(self) -> FlagPage:
        """The page on which a file is flagged; built when first asked for."""
        if self._flag is None:
            from touchstone.ui.flag_page import FlagPage

            self._flag = FlagPage(self._desk)
            self._flag.left.connect(self._to_list)
            self._flag.flagged.connect(self._flagged)
            self._stack.addWidget(self._flag)
        return self._flag

    @property
    def stake(self) -> StakePage:
        """The page of one's stake; built when first asked for."""
        if self._stake is None:
            from touchstone.ui.stake_page import StakePage

            self._stake = StakePage(self._desk)
            self._stack.addWidget(self._stake)
        return self._stake

    @property
    def robot(self) -> RobotPage:
        """The page of the automated reviewer; built when first asked for."""
        if self._robot is None:
            from touchstone.ui.review_robot import RobotPage

            self._robot = RobotPage(self._desk)
            self._stack.addWidget(self._robot)
        return self._robot

    def go(self, number: int) -> None:
        """Open a page; of the cases, the list."""
        page: QWidget = self.cases
        if number != CASES:
            page = self.stake if number == STAKE else self.robot
        self._stack.setCurrentWidget(page)
        for place, tab in enumerate(self.tabs):
            tab.setChecked(place == number)

    def open_case(self, number: int) -> None:
        """Open a case."""
        self.go(CASES)
        self.case.open_case(number)
        self._stack.setCurrentWidget(self.case)

    def begin_flag(self, shown: Shown) -> None:
        """Ask about a file that was checked."""
        self.go(CASES)
        if self._network is not None and not self._network.court:
            return  # which is said above
        self._stack.setCurrentWidget(self.flag)
        self.flag.begin(shown)

    def show_network(self, network: Network | None) -> None:
        """Say what never to forget about the network in use; None for the practice ledger."""
        self._network = network
        if network is None:
            self._mark.set_glyph(Glyph.FLASK, "muted")
            self._caution.setText(_("Practice: play money, simulated reviewers"))
        else:
            caution(network, self._mark, self._caution)
        if network is not None and not network.court:
            self.notice.say(words.no_court(plain(network.name, 40)), Tone.INK)
        else:
            self.notice.dismiss()

    def back(self) -> None:
        """Esc: from a case to the list, from a search to everything."""
        page = self._stack.currentWidget()
        if page is self._case and self._case is not None:
            if not self._case.back():
                self._to_list()
        elif page is self._flag and self._flag is not None:
            self._flag.back()
        elif page is not self.cases or not self.cases.back():
            self.notice.dismiss()

    def save(self) -> None:
        """Ctrl+S: the earnings, where one's stake is shown."""
        if self._stake is not None and self._stack.currentWidget() is self._stake:
            self._stake.ask_where()

    def refresh(self) -> None:
        """Read what is new on the network."""
        from touchstone.ui import review_work

        desk = self._desk

        def then(_none: None) -> None:
            self._desk.register.changed.emit()

        if self.work.run(lambda task: review_work.sync(desk, task), then, self._refused):
            self.working.show_step(_("Asking for the newest block"))

    def tell(self, said: str, tone: Tone = Tone.INK, action: str = "") -> None:
        """Say something above the pages."""
        self.notice.say(said, tone, action)

    def close_down(self) -> None:
        """The window closes."""
        self.work.stop()
        for page in (self._case, self._flag, self._stake, self._robot):
            if page is not None:
                page.close_down()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.cases.table.setFocus()

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(Text(_("Review"), Type.SECTION, wrap=False))
        head.addSpacing(2 * GRID)
        for number, name in enumerate((_("Cases"), _("Stake"), _("Automated reviewer"))):
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
        self._mark, self._caution = Icon(Glyph.FLASK, 16, "muted"), Text("", Type.CAPTION, muted=True)
        self._caution.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self._caution, 1)
        head.addWidget(self._mark)
        return head

    def _to_list(self) -> None:
        self._stack.setCurrentWidget(self.cases)
        self.cases.table.setFocus()

    def _flagged(self, number: int) -> None:
        self.open_case(number)
        here = _("The file is flagged. Simulated reviewers find the evidence on this computer.")
        away = _("The file is flagged. Save the bundle of evidence and put it where its address says.")
        self.case.tell(here if self._network is None else away)

    def _look_again(self) -> None:
        if self.isVisible():
            self.cases.reload()

    def _another_network(self) -> None:
        self.go(CASES)
        self.cases.reload()

    def _refused(self, error: object) -> None:
        from touchstone.store.database import StoreError
        from touchstone.texts import mirror

        if isinstance(error, StoreError):
            self.notice.say(mirror.unreadable(str(error.code)))
        elif isinstance(error, Exception):
            self.notice.say(why(error))
