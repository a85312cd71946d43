"""The pictures of the Review screen: a file flagged, sealed, opened, appealed, final; and the stake behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton, QWidget

if TYPE_CHECKING:
    from touchstone.ui.window import MainWindow

_SIZE, _TALL = (1280, 800), (1280, 1240)
_STAKE = 20_000  # practice dollars: enough to be drawn, whatever the lot says
_GIFT = 10_000_000_000


class Reviewing:
    """Goes through a case by hand. `take` draws a picture, `until` waits."""

    def __init__(
        self,
        window: MainWindow,
        take: Callable[..., None],
        until: Callable[[Callable[[], bool]], None],
        password: str,
    ) -> None:
        self._window, self._take, self._until, self._password = window, take, until, password

    def run(self) -> None:
        """Take every picture."""
        from touchstone.registry.court_types import Ballot, Phase
        from touchstone.ui.navigation import Place

        window = self._window
        window.go(Place.REVIEW)
        self._until(lambda: window.review.cases._title.text() != "")
        self._take("review-empty")
        self._key()
        self._stake()
        case = self._flag()
        self._take("review-case")
        self._skip(Phase.COMMIT)
        window.resize(*_TALL)
        case.check.check_button.click()
        self._until(lambda: case.check.card is not None)
        case.vote.choices[Ballot.EDITED].setChecked(True)
        case.vote.automatic.setChecked(True)
        case.vote._refresh()
        self._take("review-seal")
        window.resize(*_SIZE)
        self._send(case.vote.seal_button, "review-confirm-seal")
        window.review.back()
        self._until(lambda: window.review.cases.model.rowCount() > 0)
        window.review.cases.table.setCurrentIndex(window.review.cases.model.index(0, 0))
        self._take("review-cases")
        window.review.open_case(1)
        self._skip(Phase.REVEAL)
        if case.vote.open_button.isVisible():  # unless it was opened by itself already
            self._send(case.vote.open_button)
        self._skip(Phase.APPEALABLE)
        window.resize(*_TALL)
        self._take("review-appeal")
        self._skip(Phase.FINAL)
        case.notice.hide()
        self._take("review-final")
        window.resize(*_SIZE)
        case.notice.hide()
        self._send(case.due_buttons["settle"])
        self._until(case.due_buttons["withdraw"].isVisible)
        self._send(case.due_buttons["withdraw"])
        window.review.go(1)
        stake = window.review.stake
        self._until(lambda: stake.model.count() > 0)
        window.resize(*_TALL)
        stake.notice.hide()
        self._take("review-stake")
        window.resize(*_SIZE)

    def _key(self) -> None:
        """A key of one's own, unless there is one."""
        self._window.review.go(1)
        stake = self._window.review.stake
        self._until(lambda: stake.stake is not None)
        if stake.need.isVisible():
            stake.need.new_button.click()
            form = stake.need.form
            form.name.setText("reviewer")
            for field in (form.password, form.again):
                field.setText(self._password)
            form.agree.click()
        self._until(lambda: stake.stake.reviewer is not None)

    def _stake(self) -> None:
        stake = self._window.review.stake
        ledger, address = self._window._desk.register.ledger(), stake.stake.key.address
        for _time in range(3):
            ledger.give_dollars(address, _GIFT)
        stake.reload()
        self._until(lambda: stake.stake.wallet >= 3 * _GIFT)
        stake.amount.setText(str(_STAKE))
        self._send(stake.stake_button)
        self._until(lambda: stake.stake.reviewer.staked > 0)
        self._send(stake.join_button)
        self._until(stake.skip_button.isVisible)
        stake.skip_button.click()
        self._until(stake.count_button.isVisible)
        self._send(stake.count_button)
        self._until(lambda: not stake.count_button.isVisible())

    def _flag(self) -> QWidget:
        from touchstone.check.samples import NAMES
        from touchstone.ui.navigation import Place

        window = self._window
        bench = window.check.bench
        window.go(Place.CHECK)
        bench.select(next(item for item in bench.model.items() if item.path.name == NAMES["changed"]))
        self._until(lambda: bench.pane.card is not None)
        bench.pane.flag_button.click()
        page = window.review.flag
        self._until(lambda: page.form.price is not None)
        page.form.choices["manipulated"].setChecked(True)
        page.form._chose()
        page.form.reason.setPlainText("Its credentials say that it was changed after it was signed: look at the sky.")
        window.resize(_SIZE[0], 1500)
        self._take("review-flag")
        window.resize(*_SIZE)
        self._send(page.form.agree, "review-confirm-flag")
        case = window.review.case
        self._until(lambda: case.view is not None and case.isVisible())
        case.notice.hide()
        return case

    def _skip(self, until: int) -> None:
        from touchstone.registry.court_types import Phase

        case = self._window.review.case
        self._until(lambda: case.skip_button.isVisible() and case.skip_button.isEnabled())
        case.skip_button.click()
        self._until(lambda: not case.deeds.running and case.view.stage.phase == until)
        banner = self._window._banner
        if until not in {Phase.COMMIT, Phase.REVEAL}:  # nothing waits for a vote: what was asked before is taken back
            self._until(lambda: banner is None or not banner.notice.text().startswith("Seal") or banner.isHidden())

    def _send(self, button: QPushButton, name: str = "") -> None:
        """Press a button and agree to every sheet; a picture of the last."""
        from touchstone.ui.confirm import ConfirmSheet

        def open_() -> list[ConfirmSheet]:
            return [sheet for sheet in self._window.findChildren(ConfirmSheet) if sheet.isVisible()]

        page = next(
            one
            for one in (self._window.review._case, self._window.review._flag, self._window.review._stake)
            if one is not None and one.isAncestorOf(button)
        )
        signing = page.deeds.signing if hasattr(page, "deeds") else page.signing
        button.click()
        while True:
            self._until(lambda: bool(open_()) or not signing.running())
            if not open_():
                return
            sheet = open_()[0]
            if name and sheet.question.title in {"Seal your vote", "Flag a file"}:
                self._take(name, sheet)
            sheet.password.setText(self._password)
            sheet.agree.click()
            self._until(lambda sheet=sheet: sheet not in open_())
