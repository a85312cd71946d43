"""Review: one's stake: what is put down, what of it seats lock, what was earned, and fetching it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from touchstone.texts import _
from touchstone.texts import review as words
from touchstone.texts.plain import plain
from touchstone.ui import review_work, stake_said, stake_work
from touchstone.ui.desk import Desk
from touchstone.ui.fields import Choice
from touchstone.ui.forms import ask_path, buttons, card, clear, field, labelled
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Text, column, push_button
from touchstone.ui.notes import Notice
from touchstone.ui.pages import Scroll
from touchstone.ui.progress import Working
from touchstone.ui.review_keys import KeyNeeded
from touchstone.ui.signing import Deed, Signing
from touchstone.ui.stake_model import AMOUNT, CASE, WHAT, WHEN, EarningsModel
from touchstone.ui.stake_plot import StakePlot
from touchstone.ui.style import GRID, Tone, Type
from touchstone.ui.tables import Table
from touchstone.ui.tabulated import table

if TYPE_CHECKING:
    from touchstone.ui.stake_work import Stake

_WIDTHS = {WHEN: 200, WHAT: 240, CASE: 88, AMOUNT: 128}
_HEAD, _ROW, _MOST_ROWS = 38, 44, 6


class StakePage(QWidget):
    """Everything about one account of the user's in the pool of reviewers."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._generation = 0
        self.stake: Stake | None = None
        self.signing = Signing(desk, self)
        self.notice = Notice()
        self.working = Working(_("Changing your stake"))
        self.need = KeyNeeded(desk)
        self.whose = Choice()
        self.whose.setAccessibleName(_("Account"))
        self.model = EarningsModel(self)
        self.table = Table(desk, self.model, _("Earnings"), "review-earnings")
        self.table.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.table.lay_out(_WIDTHS, WHAT)
        self.table.header().setSortIndicator(WHEN, Qt.SortOrder.DescendingOrder)
        self.plot = StakePlot()
        self.amount = field(_("Amount"))
        self.stake_button = push_button(_("Put at stake…"), Glyph.PLUS, primary=True)
        self.unbond_button = push_button(_("Begin to take out…"), Glyph.ARROW_SQUARE_OUT)
        self.fetch_button = push_button(_("Take out what is free…"), Glyph.CURRENCY_CIRCLE_DOLLAR)
        self.gift_button = push_button(_("Get practice dollars"), Glyph.CURRENCY_CIRCLE_DOLLAR)
        self.join_button = push_button(_("Become a reviewer…"), Glyph.USER_PLUS)
        self.count_button = push_button(_("Let it count…"), Glyph.CHECK, primary=True)
        self.count_button.setAccessibleName(_("Let what has matured count"))
        self.skip_button = push_button(_("Skip ahead until it counts"), Glyph.FAST_FORWARD)
        self.skip_button.setToolTip(_("Practice: moves ledger time forward."))
        self.depart_button = push_button(_("Stop being a reviewer…"), Glyph.PROHIBIT)
        self.withdraw_button = push_button(_("Withdraw…"), Glyph.CURRENCY_CIRCLE_DOLLAR)
        self.withdraw_button.setAccessibleName(_("Withdraw what the court holds for you"))
        self.save_button = push_button(_("Save as CSV…"), Glyph.EXPORT)
        self.save_button.setAccessibleName(_("Save the earnings as CSV"))
        self._facts = column(0, 0)
        self._state = Text()
        self._credit = Text()
        self._none = Text(_("Nothing earned yet."), muted=True)
        self._build()
        self._connect()

    def reload(self) -> None:
        """Read again how the account stands."""
        desk = self._desk
        address = self.stake.key.address if self.stake is not None and self.stake.key is not None else ""
        address = str(self.whose.currentData() or address)
        self._generation += 1
        generation = self._generation

        def then(found: Stake) -> None:
            if generation == self._generation:
                self.show_stake(found)

        desk.background.run(lambda: stake_work.read(desk, address), then, self.refused)

    def show_stake(self, found: Stake) -> None:
        """Show how an account stands."""
        self.stake = found
        self.need.setVisible(found.key is None)
        self._page.setVisible(found.reviewer is not None)
        self.whose.blockSignals(True)  # noqa: FBT003 - Qt's
        self.whose.clear()
        for key in found.keys:
            self.whose.addItem(stake_said.named(key.name, key.address), key.address)
        if found.key is not None:
            self.whose.setCurrentIndex(self.whose.findData(found.key.address))
        self.whose.blockSignals(False)  # noqa: FBT003 - Qt's
        if found.reviewer is None:
            return
        clear(self._facts)
        self._facts.addWidget(table(stake_said.rows(found)))
        self._state.setText(stake_said.standing(found))
        reviewer, play = found.reviewer, found.network.play
        self.join_button.setVisible(not reviewer.joined or reviewer.deactivated)
        self.join_button.setEnabled(bool(found.rules) and reviewer.staked >= stake_said.least(found))
        self.depart_button.setVisible(reviewer.joined)
        ripe = reviewer.matures <= found.now
        self.count_button.setVisible(reviewer.joined and ripe and reviewer.weight != stake_said.counts(found))
        self.skip_button.setVisible(found.network.practice and reviewer.joined and not ripe)
        self.fetch_button.setVisible(reviewer.withdrawable > 0)
        self.unbond_button.setEnabled(reviewer.staked > reviewer.unbonding)
        self.gift_button.setVisible(play)
        held = words.dollars(found.credit, found.network)
        self._credit.setText(_("The court holds {amount} for this account.").format(amount=held))
        self.withdraw_button.setEnabled(found.credit > 0)
        self.plot.setVisible(bool(found.points))
        self.plot.show_points(found.points, found.now, words.dollars(0, found.network).partition(" ")[2])
        self.model.show(found.earnings)
        count = self.model.count()
        self.table.setVisible(count > 0)
        self.table.setFixedHeight(_HEAD + min(count, _MOST_ROWS) * _ROW + 4)
        self._none.setVisible(not count)
        self.save_button.setEnabled(count > 0)
        if not self.amount.text():
            self.amount.setText(stake_said.plain_amount(max(found.rules.min_stake if found.rules else 0, 0)))

    def ask_where(self) -> None:
        """Ask where the earnings are to be saved."""
        if self.save_button.isEnabled():
            ask_path(self, _("Save the earnings"), self.save_to, filters=[_("CSV (*.csv)")], save_as="earnings.csv")

    def save_to(self, path: Path) -> None:
        """Write the earnings of the account."""
        found = self.stake
        if found is None or found.key is None:
            return
        network, address, desk = found.network, found.key.address, self._desk

        def then(_none: None) -> None:
            self.notice.say(_("Saved as {path}").format(path=plain(path, 300)), Tone.INK)

        desk.background.run(lambda: stake_work.save(desk, network, address, path), then, self.refused)

    def refused(self, error: Exception) -> None:
        """Say why something came to nothing."""
        said = review_work.why(error)
        if said:
            self.notice.say(said)

    def close_down(self) -> None:
        """The window closes."""
        self.signing.stop()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.reload()

    # Building

    def _build(self) -> None:
        rows = column(0, GRID + 4)
        self.setLayout(rows)
        rows.addWidget(self.notice)
        rows.addWidget(self.working)
        scroll = Scroll(margin=0)
        rows.addWidget(scroll, 1)
        whole = QWidget()
        inside = column(0, 2 * GRID)
        whole.setLayout(inside)
        inside.addWidget(self.need)
        self._page = QWidget()
        cards = column(0, 2 * GRID)
        self._page.setLayout(cards)
        for made in (self._stake_card(), self._reviewer_card(), self._earnings_card()):
            cards.addWidget(made)
        inside.addWidget(self._page)
        self._page.hide()
        self.need.hide()
        scroll.hold(whole)

    def _stake_card(self) -> QFrame:
        frame, rows = card()
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(Text(_("Your stake"), Type.STRONG, bold=True), 1)
        head.addWidget(self.whose)
        rows.addLayout(head)
        rows.addLayout(self._facts)
        line = QHBoxLayout()
        line.setSpacing(GRID)
        self.amount.setMaximumWidth(144)
        line.addLayout(labelled(_("Amount"), self.amount))
        for button in (self.stake_button, self.unbond_button):
            line.addWidget(button, 0, Qt.AlignmentFlag.AlignBottom)
        line.addStretch(1)
        rows.addLayout(line)
        rows.addLayout(buttons(self.fetch_button, self.gift_button, trailing=False))
        rows.addWidget(self.plot)
        return frame

    def _reviewer_card(self) -> QFrame:
        frame, rows = card()
        rows.addWidget(Text(_("Reviewing"), Type.STRONG, bold=True))
        rows.addWidget(self._state)
        rows.addLayout(
            buttons(self.join_button, self.count_button, self.skip_button, self.depart_button, trailing=False)
        )
        return frame

    def _earnings_card(self) -> QFrame:
        frame, rows = card()
        rows.addWidget(Text(_("Earnings"), Type.STRONG, bold=True))
        line = QHBoxLayout()
        line.setSpacing(GRID)
        line.addWidget(self._credit, 1)
        line.addWidget(self.withdraw_button)
        rows.addLayout(line)
        rows.addWidget(self._none)
        rows.addWidget(self.table)
        rows.addLayout(buttons(self.save_button))
        return frame

    def _connect(self) -> None:
        self.whose.currentIndexChanged.connect(lambda _row: self.reload())
        self.stake_button.clicked.connect(lambda _checked: self._put())
        self.unbond_button.clicked.connect(lambda _checked: self._unbond())
        self.fetch_button.clicked.connect(lambda _checked: self._fetch())
        self.gift_button.clicked.connect(lambda _checked: self._gift())
        self.join_button.clicked.connect(lambda _checked: self._join())
        self.depart_button.clicked.connect(lambda _checked: self._depart())
        self.count_button.clicked.connect(lambda _checked: self._count())
        self.skip_button.clicked.connect(lambda _checked: self._skip())
        self.withdraw_button.clicked.connect(lambda _checked: self._withdraw())
        self.save_button.clicked.connect(lambda _checked: self.ask_where())
        self.need.made.connect(self.reload)
        self.signing.stepped.connect(self.working.show_step)
        self.signing.busy.connect(self._busy)
        self.working.stopped.connect(self.signing.stop)
        self._desk.register.changed.connect(self._look_again)
        self._desk.register.keys_changed.connect(self._look_again)
        self._desk.register.network_changed.connect(self._look_again)

    # What happens

    def _look_again(self) -> None:
        if self.isVisible():
            self.reload()

    def _busy(self, busy: bool) -> None:  # noqa: FBT001 - a signal's argument
        if busy:
            self.notice.hide()
            self.working.show_step(_("Trying it out"))
        else:
            self.working.end()
        self._page.setEnabled(not busy)

    def _typed(self) -> int:
        amount = words.units(self.amount.text())
        if not amount:
            self.notice.say(_("Type an amount, as 50.00."))
            self.amount.setFocus()
        return amount or 0

    def _put(self) -> None:
        amount = self._typed()
        if amount:
            self._run(
                lambda deed: stake_work.put(self._desk, deed, amount),
                _("It is at stake. What is new counts once it has matured."),
            )

    def _unbond(self) -> None:
        amount = self._typed()
        if amount:
            self._run(
                lambda deed: stake_work.unbond(self._desk, deed, amount),
                _("It is on its way out. It can be taken out when its time is over."),
            )

    def _fetch(self) -> None:
        self._run(lambda deed: stake_work.fetch(self._desk, deed), _("It is in your account."))

    def _join(self) -> None:
        self._run(
            lambda deed: stake_work.join(self._desk, deed),
            _("You are a reviewer. You can be drawn once your stake has matured."),
        )

    def _depart(self) -> None:
        self._run(
            lambda deed: stake_work.depart(self._desk, deed),
            _("You are no reviewer any more. Seats that you have stay yours."),
        )

    def _count(self) -> None:
        self._run(lambda deed: stake_work.count(self._desk, deed), _("Your stake counts. You can be drawn now."))

    def _skip(self) -> None:
        found, desk = self.stake, self._desk
        if found is None or found.reviewer is None:
            return
        until = found.reviewer.matures

        def then(said: str) -> None:
            self.notice.say(said or _("Practice time is where your stake counts."), Tone.AMBER if said else Tone.INK)
            desk.register.changed.emit()
            self.reload()

        desk.background.run(lambda: stake_work.skip_to(desk, until), then, self.refused)

    def _withdraw(self) -> None:
        self._run(
            lambda deed: stake_work.withdraw(self._desk, deed),
            _("What the court held for you is in your account."),
        )

    def _gift(self) -> None:
        found, desk = self.stake, self._desk
        if found is None or found.key is None:
            return
        address = found.key.address
        self.gift_button.setEnabled(False)

        def then(_none: None) -> None:
            self.gift_button.setEnabled(True)
            gift = words.dollars(stake_work.GIFT, found.network)
            self.notice.say(_("You have {amount} more.").format(amount=gift), Tone.INK)
            self.reload()

        def otherwise(error: Exception) -> None:
            self.gift_button.setEnabled(True)
            self.refused(error)

        desk.background.run(lambda: stake_work.give(desk, address), then, otherwise)

    def _run(self, work: Callable[[Deed], object], said: str) -> None:
        found = self.stake
        if found is None or found.key is None:
            return

        def then(_mined: object) -> None:
            self.notice.say(said, Tone.INK)
            self.reload()

        self.signing.run(found.key, work, then, self.refused)
