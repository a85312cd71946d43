"""The one sheet before a signature: what it does, what it costs, what cannot be undone. Cancel is at hand."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLayout, QLineEdit, QVBoxLayout, QWidget

from touchstone.texts import _
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, announce, breakable, column, leading, line, push_button
from touchstone.ui.notes import Notice
from touchstone.ui.pages import Scroll
from touchstone.ui.style import GRID, Tone, Type

_WIDTH = 680
_LABEL = 152
_ADDRESS = 42  # characters of one, which stay together
_LEAST = 160  # of what is asked, is always in view
_TALLEST = 664  # with its frame, it fits the smallest screen


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be agreed to, in words.

    `rows` are label and value of the table of consequences, `warnings` what a person would regret not having read.
    `obstacle` says why it would fail, or is empty: what would fail cannot be agreed to. `key` names the key whose
    password is needed, empty where it is open.
    """

    title: str
    sentence: str
    rows: tuple[tuple[str, str], ...]
    action: str
    warnings: tuple[str, ...] = ()
    obstacle: str = ""
    key: str = ""


class ConfirmSheet(QDialog):
    """Asks one `Question`. `agreed` carries the password, empty where none was asked for; Esc and Cancel refuse.

    The sheet stays until whoever opened it closes it, so that a wrong password is told where it was typed.
    """

    agreed = Signal(str)
    refused = Signal()

    def __init__(self, question: Question, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.question = question
        self.setWindowTitle(question.title)
        self.setAccessibleName(question.title)
        self.setAccessibleDescription(question.sentence)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.notice = Notice(closable=False)
        self.password = QLineEdit()
        self.cancel = push_button(_("Cancel"))
        self.agree = push_button(question.action)
        self._rows = rows = column(3 * GRID, 2 * GRID)
        self.setLayout(rows)
        self._fill(rows)
        rows.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # which would be for words at their narrowest
        self._fit()
        self.cancel.setDefault(True)
        self.cancel.setFocus()
        self.agree.setAutoDefault(False)
        self.agree.setEnabled(not question.obstacle)
        self.cancel.clicked.connect(self.reject)
        self.agree.clicked.connect(self._agree)
        self.password.returnPressed.connect(self._agree)
        self.rejected.connect(self.refused)

    def busy(self, words: str) -> None:
        """What was agreed to is under way: nothing can be pressed twice."""
        self.agree.setEnabled(False)
        self.password.setEnabled(False)
        self._say(words, Tone.INK)

    def refuse(self, words: str) -> None:
        """Say why it came to nothing; it can be tried again."""
        self.agree.setEnabled(True)
        self.password.setEnabled(True)
        self.password.selectAll()
        if self.question.key:
            self.password.setFocus()
        self._say(words, Tone.AMBER)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Enter in a dialog presses its default, wherever the focus is; in the password field that would cancel.
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.focusWidget() is self.password:
            return
        super().keyPressEvent(event)

    def _fill(self, rows: QVBoxLayout) -> None:
        question = self.question
        rows.addWidget(Text(question.title, Type.SECTION))
        self._page = QWidget()
        inside = column(0, 2 * GRID)
        self._page.setLayout(inside)
        inside.addWidget(Text(breakable(question.sentence, _ADDRESS)))
        inside.addWidget(self._table())
        for words in question.warnings:
            inside.addWidget(_warning(words))
        self._scroll = Scroll(widest=2 * _WIDTH, margin=0)
        self._scroll.hold(self._page)
        rows.addWidget(self._scroll, 1)
        rows.addWidget(self.notice)
        if question.obstacle:
            self.notice.say(question.obstacle)
        if question.key and not question.obstacle:
            rows.addWidget(self._password_row())
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addStretch()
        buttons.addWidget(self.agree)
        buttons.addWidget(self.cancel)
        rows.addLayout(buttons)

    def _table(self) -> QWidget:
        made = QWidget()
        grid = QGridLayout(made)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(GRID)
        grid.setColumnMinimumWidth(0, _LABEL)
        grid.setColumnStretch(1, 1)
        for number, (label, value) in enumerate(self.question.rows):
            grid.addWidget(line(), 2 * number, 0, 1, 2)
            name = Text(label, muted=True)
            name.setFixedWidth(_LABEL)
            name.setAlignment(leading() | Qt.AlignmentFlag.AlignTop)
            said = Text(breakable(value, _ADDRESS))
            said.setAccessibleName(_("{label}: {value}").format(label=label, value=value))
            grid.addWidget(name, 2 * number + 1, 0)
            grid.addWidget(said, 2 * number + 1, 1)
        grid.addWidget(line(), 2 * len(self.question.rows), 0, 1, 2)
        return made

    def _password_row(self) -> QWidget:
        made = QWidget()
        rows = column(0, 4)
        made.setLayout(rows)
        label = _("Password of the key {key}").format(key=self.question.key)
        rows.addWidget(Text(label, muted=True))
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setAccessibleName(label)
        self.password.setMinimumWidth(240)
        rows.addWidget(self.password)
        return made

    def _agree(self) -> None:
        if not self.agree.isEnabled():
            return
        if self.question.key and not self.password.text():
            self.refuse(_("Type the password of the key first."))
            return
        self.agreed.emit(self.password.text())

    def _say(self, words: str, tone: Tone) -> None:
        self.notice.say(words, tone)
        announce(self, words)
        QTimer.singleShot(0, self._fit)

    def _fit(self) -> None:
        width = max(_WIDTH, self.width() if self.isVisible() else 0)
        inner = width - 6 * GRID
        page = self._page.layout()
        needed = page.heightForWidth(inner) if page is not None else 0
        self._scroll.setMinimumHeight(min(needed, _LEAST))
        others = self._rows.minimumHeightForWidth(width) - self._scroll.minimumHeight()
        self.resize(width, min(others + needed + 2, _TALLEST))


def _warning(words: str) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GRID)
    row.addWidget(Icon(Glyph.WARNING_CIRCLE, 20, "amber"), 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(Text(words), 1)
    return made
