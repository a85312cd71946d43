"""An appeal: what each side has and needs, until when, and paying in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QWidget

from touchstone.registry import case_stage
from touchstone.registry.court_types import Phase, RoundEntry
from touchstone.texts import _, ngettext
from touchstone.texts import review as words
from touchstone.ui.fields import Choice
from touchstone.ui.forms import buttons, field, labelled
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Text, column, push_button
from touchstone.ui.notes import Notice
from touchstone.ui.style import GRID, Type

if TYPE_CHECKING:
    from touchstone.ui.case_work import CaseView

_SCALE = 1000  # steps of a bar


class AppealPanel(QFrame):
    """Hidden where there is nothing to appeal. `asked` carries: against the ruling, and the amount in whole units."""

    asked = Signal(bool, object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setAccessibleName(_("Appeal"))
        self._view: CaseView | None = None
        self.said = Text()
        self.against = _Side(_("Against the ruling"))
        self.with_ = _Side(_("With the ruling"))
        self.side = Choice()
        self.side.setAccessibleName(_("Which side"))
        self.side.addItem(_("Against the ruling"), True)  # noqa: FBT003 - Qt's
        self.side.addItem(_("With the ruling"), False)  # noqa: FBT003 - Qt's
        self.amount = field(_("Amount"))
        self.amount.setMaximumWidth(160)
        self.notice = Notice()
        self.pay_button = push_button(_("Pay in…"), Glyph.CURRENCY_CIRCLE_DOLLAR)
        rows = column(2 * GRID, GRID + 4)
        self.setLayout(rows)
        rows.addWidget(Text(_("Appeal"), Type.STRONG, bold=True))
        rows.addWidget(self.said)
        for side in (self.against, self.with_):
            rows.addWidget(side)
        self._form = QWidget()
        line = QHBoxLayout(self._form)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(2 * GRID)
        line.addLayout(labelled(_("Which side"), self.side))
        line.addLayout(labelled(_("Amount"), self.amount))
        line.addStretch(1)
        rows.addWidget(self._form)
        rows.addWidget(self.notice)
        self._foot = QWidget()
        foot = buttons(self.pay_button)
        foot.setContentsMargins(0, 0, 0, 0)
        self._foot.setLayout(foot)
        rows.addWidget(self._foot)
        self.side.currentIndexChanged.connect(lambda _row: self._propose())
        self.pay_button.clicked.connect(lambda _checked: self._pay())
        self.amount.returnPressed.connect(self._pay)
        self.hide()

    def show_view(self, view: CaseView) -> None:
        """Show how an appeal stands."""
        before = self._view
        self._view = view
        case, entry = view.case, view.round
        needs = {against: case_stage.target(case.parameters, case.round, against=against) for against in (True, False)}
        self.setVisible(view.stage.phase is Phase.APPEALABLE and needs[True] > 0)
        open_ = view.stage.ends > view.now
        self.said.setText(_about(view))
        self.against.show_side(view, _has(entry, against=True), needs[True], view.stage.against_ends)
        self.with_.show_side(view, _has(entry, against=False), needs[False], view.stage.ends)
        self._form.setVisible(open_)
        self._foot.setVisible(open_)
        self.pay_button.setEnabled(bool(view.keys))
        if before is None or _state(before) != _state(view):
            self.notice.hide()
            self.side.setCurrentIndex(0 if view.stage.against_ends > view.now else 1)
            self._propose()

    def missing(self, *, against: bool) -> int:
        """What a side lacks, in whole units."""
        if self._view is None:
            return 0
        case = self._view.case
        return max(
            0, case_stage.target(case.parameters, case.round, against=against) - _has(self._view.round, against=against)
        )

    def _propose(self) -> None:
        against = bool(self.side.currentData())
        self.amount.setText(words.amount(self.missing(against=against)).replace("\N{NARROW NO-BREAK SPACE}", ""))

    def _pay(self) -> None:
        view, against = self._view, bool(self.side.currentData())
        amount = words.units(self.amount.text())
        if view is None or not self.pay_button.isEnabled():
            return
        if not amount:
            self.notice.say(_("Type an amount, as 12.50."))
        elif against and view.stage.against_ends <= view.now:
            self.notice.say(_("The side against the ruling can pay in the first half of the time alone. That is over."))
        elif not self.missing(against=against):
            self.notice.say(_("This side has all that it needs."))
        else:
            self.notice.hide()
            self.asked.emit(against, min(amount, self.missing(against=against)))


class _Side(QWidget):
    """A side's bar, with what it has and what it needs."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setMaximum(_SCALE)
        self.bar.setAccessibleName(name)
        self.said = Text("", Type.CAPTION, muted=True)
        rows = column(0, 4)
        self.setLayout(rows)
        rows.addWidget(Text(name))
        rows.addWidget(self.bar)
        rows.addWidget(self.said)

    def show_side(self, view: CaseView, has: int, needs: int, ends: int) -> None:
        """Show how far it is."""
        said = _("{has} of {needs}").format(has=words.amount(has), needs=words.dollars(needs, view.network))
        when = words.deadline(ends, view.now)
        full = _("complete") if needs and has >= needs else when
        said = _("{amount} · {state}").format(amount=said, state=full)
        self.said.setText(said)
        self.bar.setValue(min(_SCALE, has * _SCALE // needs) if needs else 0)
        self.bar.setAccessibleDescription(said)


def _state(view: CaseView) -> tuple[int, ...]:
    return view.case.id, view.stage.phase, view.case.round, view.round.funded_with, view.round.funded_against


def _has(entry: RoundEntry, *, against: bool) -> int:
    return entry.funded_against if against else entry.funded_with


def _about(view: CaseView) -> str:
    seats = view.case.parameters.seats[view.case.round + 1] if view.case.round < 2 else 0
    panel = ngettext("{count} seat", "{count} seats", seats).format(count=seats)
    return _(
        "Where one side has all that it needs, a new panel of {panel} looks again. A side that is complete and wrong in"
        " the end loses what it paid; everybody else gets it back."
    ).format(panel=panel)
