"""Above every screen: that it is one's turn to vote, and what was done by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from touchstone.texts import _
from touchstone.ui.labels import margins
from touchstone.ui.notes import Notice
from touchstone.ui.review_watch import Reminder, ReviewWatch
from touchstone.ui.style import GRID, Tone

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon

    from touchstone.ui.desk import Desk


class ReviewBanner(QWidget):
    """One message at a time; what is urgent is not put aside for what is not. `case_asked` leads to its case."""

    case_asked = Signal(int)

    def __init__(self, desk: Desk, icon: QIcon) -> None:
        super().__init__()
        self._case, self._kind = 0, ""
        self._urgent = False
        self.notice = Notice()
        self.watch = ReviewWatch(desk, icon, self)
        rows = QVBoxLayout(self)
        margins(rows, 3 * GRID, GRID, 3 * GRID, 0)
        rows.addWidget(self.notice)
        self.hide()
        self.notice.action.clicked.connect(lambda _checked: self._open())
        self.notice.closed.connect(self._closed)
        self.watch.reminded.connect(self.remind)
        self.watch.did.connect(self.tell)
        self.watch.due.connect(self._done)
        self.watch.case_asked.connect(self._asked)

    def remind(self, reminder: Reminder) -> None:
        """Say that it is one's turn."""
        self.watch.notify(reminder)
        said = _("{title}: {said}").format(title=reminder.title, said=reminder.said)
        self._say(said, reminder, Tone.AMBER if reminder.urgent else Tone.INK)

    def tell(self, said: str, case: int) -> None:
        """Say what was done by itself."""
        told = Reminder(case, _("Touchstone"), said, urgent=False)
        self.watch.notify(told)
        self._say(said, told, Tone.INK)

    def _say(self, said: str, about: Reminder, tone: Tone) -> None:
        if self._urgent and not about.urgent and not self.isHidden() and about.case != self._case:
            return
        self._case, self._kind, self._urgent = about.case, about.kind, about.urgent
        self.show()
        self.notice.say(said, tone, _("Open case {number}").format(number=about.case))

    def _done(self, due: set[tuple[str, int]]) -> None:
        """What was done, or is too late, is not asked for any more."""
        if self._kind and (self._kind, self._case) not in due:
            self._kind = ""
            self.notice.dismiss()

    def _open(self) -> None:
        case = self._case
        self.notice.dismiss()
        self.case_asked.emit(case)

    def _closed(self) -> None:
        self._urgent = False
        self.hide()

    def _asked(self, case: int) -> None:
        window = self.window()
        window.showNormal()
        window.activateWindow()
        if case:
            self.case_asked.emit(case)
