"""One case: its steps, one's own vote, the ruling, an appeal, the evidence, and one's own check of the file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QPushButton, QWidget

from touchstone.registry.court_types import Phase
from touchstone.texts import _
from touchstone.texts import review as words
from touchstone.texts.plain import middle, plain
from touchstone.ui.case_appeal import AppealPanel
from touchstone.ui.case_check import OwnCheck
from touchstone.ui.case_deeds import CaseDeeds
from touchstone.ui.case_evidence import EvidencePanel
from touchstone.ui.case_steps import Steps, steps_of
from touchstone.ui.case_vote import VotePanel
from touchstone.ui.case_votes import VotesPanel
from touchstone.ui.desk import Desk
from touchstone.ui.fields import Choice
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Text, breakable, column, push_button
from touchstone.ui.notes import Hash, Notice
from touchstone.ui.pages import Scroll
from touchstone.ui.progress import Working
from touchstone.ui.style import GRID, Tone, Type
from touchstone.ui.tabulated import add_row, table

if TYPE_CHECKING:
    from touchstone.chain.keystore import Key
    from touchstone.registry.own import OwnPublisher
    from touchstone.ui.case_work import CaseView

_WIDEST = 1240
_NARROW = 860  # pixels below which evidence stands above one's own check
_TICK_MS = 20_000


class CasePage(QWidget):
    """Shows one case. `back_asked` leads to the list."""

    back_asked = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._number = 0
        self._generation = 0
        self.view: CaseView | None = None
        self.notice = Notice()
        self.working = Working(_("Working on the case"))
        self.back_button = push_button(_("Back to the cases"), Glyph.CARET_LEFT, quiet=True)
        self.whose = Choice()
        self.whose.setAccessibleName(_("Account that acts"))
        self.whose.hide()
        self.title = Text("", Type.SECTION)
        self.claim = Text("")
        self.about = Text("", Type.CAPTION, muted=True)
        self.steps = Steps()
        self.now = Text("")
        self.advance_button = push_button(_("Move it on…"), Glyph.CARET_RIGHT)
        self.skip_button = push_button(_("Skip ahead to the next step"), Glyph.FAST_FORWARD)
        self.skip_button.setToolTip(
            _("Practice: moves ledger time forward. Simulated reviewers do what is theirs meanwhile.")
        )
        self.vote = VotePanel()
        self.votes = VotesPanel(desk)
        self.appeal = AppealPanel()
        self.evidence = EvidencePanel()
        self.check = OwnCheck(desk)
        self.due_buttons: dict[str, QPushButton] = {}
        self.deeds = CaseDeeds(desk, self)
        self._scroll = Scroll(widest=_WIDEST, margin=0)
        self._build()
        self._connect()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.reload)

    def open_case(self, number: int) -> None:
        """Show another case."""
        if number != self._number:
            self._number, self.view = number, None
            self._body.hide()
            self._scroll.verticalScrollBar().setValue(0)
        self.notice.dismiss()  # it was about what was done when the case was open before
        self.back_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self.reload()

    def reload(self) -> None:
        """Read the case again."""
        from touchstone.ui import case_work

        number, desk = self._number, self._desk
        if not number:
            return
        self._generation += 1
        generation = self._generation

        def then(view: CaseView | None) -> None:
            if generation == self._generation:
                self.show_view(view)

        desk.background.run(lambda: case_work.read(desk, number), then, self.refused)

    def show_view(self, view: CaseView | None) -> None:
        """Show a case as it was read; None where it is not in the copy of the register."""
        self.view = view
        self._body.setVisible(view is not None)
        if view is None:
            self.notice.say(_("The copy of the register on this computer does not have this case."))
            return
        case, claim = view.case, bool(view.case.claim)
        self.title.setText(_("Case {number}: {question}").format(number=case.id, question=words.question(claim=claim)))
        self.claim.setText(_("“{claim}”").format(claim=breakable(plain(case.untrusted_claim, 600))))
        self.claim.setVisible(claim)
        self.about.setText(_about(view))
        self.steps.show_steps(steps_of(case, view.stage, view.now))
        waits = view.stage.ends <= view.now
        said = words.cancelled(case.reason) if view.stage.phase is Phase.CANCELLED else ""
        self.now.setText(" ".join(part for part in (said, words.what_now(view.stage.phase, waits=waits)) if part))
        self.advance_button.setVisible(view.waits and bool(view.keys))
        self.skip_button.setVisible(view.network.practice and view.open)
        for kind, button in self.due_buttons.items():
            button.setVisible(kind in view.due and not (kind == "withdraw" and "settle" in view.due))
        self._order(view)
        self.vote.show_view(view)
        self.votes.show_view(view)
        self.appeal.show_view(view)
        self.evidence.show_view(view)
        self.check.show_media(case.media, view.media, view.media_name)
        self._facts.show_view(view)
        self._show_keys(view)

    def key(self) -> Key | None:
        """The key that acts where no seat decides that."""
        view = self.view
        if view is None or not view.keys:
            return None
        row = self.whose.currentIndex()
        return view.keys[row] if 0 <= row < len(view.keys) else view.keys[0]

    def key_for(self, publisher: OwnPublisher) -> Key | None:
        """The key that acts for a publisher."""
        if self.view is None:
            return None
        acting = {publisher.controller.lower(), *(address.lower() for address in publisher.mine)}
        return next((key for key in self.view.keys if key.address.lower() in acting), None)

    def reveal(self, widget: QWidget) -> None:
        """Scroll to a part of the page once it has its place."""
        QTimer.singleShot(0, widget, lambda: self._scroll.ensureWidgetVisible(widget, 0, 2 * GRID))

    def enable(self, *, on: bool) -> None:
        """Let everything be pressed, or nothing."""
        self._body.setEnabled(on)

    def back(self) -> bool:
        """Esc: away from a form; false where there was none."""
        return self.deeds.back()

    def tell(self, said: str, tone: Tone = Tone.INK) -> None:
        """Say above the case what came of something."""
        self.notice.say(said, tone)

    def refused(self, error: Exception) -> None:
        """Say why something came to nothing."""
        from touchstone.ui import case_work

        said = case_work.why(error)
        if said:
            self.tell(said, Tone.AMBER)

    def close_down(self) -> None:
        """The window closes."""
        self._timer.stop()
        self.check.stop()
        self.deeds.stop()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < _NARROW
        self._sides.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)

    def _look_again(self) -> None:
        if self.isVisible():
            self.reload()

    def _order(self, view: CaseView) -> None:
        """Where there is a ruling it comes first; while votes are sealed, what they are about does."""
        before = self._facts if view.stage.phase is Phase.COMMIT else self.vote
        if self._rows.indexOf(self.votes) != self._rows.indexOf(before) - 1:
            self._rows.removeWidget(self.votes)
            self._rows.insertWidget(self._rows.indexOf(before), self.votes)

    def _show_keys(self, view: CaseView) -> None:
        names = [
            _("{name} ({address})").format(name=plain(k.name, 40), address=middle(k.address, 6)) for k in view.keys
        ]
        if names != [self.whose.itemText(row) for row in range(self.whose.count())]:
            self.whose.clear()
            self.whose.addItems(names)
        self.whose.setVisible(len(names) > 1)

    # Building

    def _build(self) -> None:
        rows = column(0, GRID + 4)
        self.setLayout(rows)
        head = QHBoxLayout()
        head.addWidget(self.back_button)
        head.addStretch(1)
        head.addWidget(self.whose)
        rows.addLayout(head)
        rows.addWidget(self.notice)
        rows.addWidget(self.working)
        rows.addWidget(self._scroll, 1)
        page = QWidget()
        inside = self._rows = column(0, 2 * GRID)
        page.setLayout(inside)
        self._body = page
        said = column(0, 4)
        for label in (self.title, self.claim, self.about):
            said.addWidget(label)
        inside.addLayout(said)
        inside.addWidget(self._steps_card())
        for panel in (*self.deeds.widgets(), self.vote, self.votes, self.appeal):
            inside.addWidget(panel)
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._sides.setSpacing(2 * GRID)
        self._sides.addWidget(self.evidence, 2)
        self._sides.addWidget(self.check, 3)
        inside.addLayout(self._sides)
        self._facts = _Facts()
        inside.addWidget(self._facts)
        self._scroll.hold(page)

    def _steps_card(self) -> QFrame:
        frame = QFrame()
        frame.setObjectName("card")
        rows = column(2 * GRID, 2 * GRID)
        frame.setLayout(rows)
        rows.addWidget(self.steps)
        rows.addWidget(self.now)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addStretch(1)
        for kind, (name, glyph) in _dues().items():
            button = push_button(name, glyph, primary=True)
            button.hide()
            self.due_buttons[kind] = button
            row.addWidget(button)
        row.addWidget(self.advance_button)
        row.addWidget(self.skip_button)
        rows.addLayout(row)
        return frame

    def _connect(self) -> None:
        deeds = self.deeds
        self.back_button.clicked.connect(lambda _checked: self.back_asked.emit())
        self.advance_button.clicked.connect(lambda _checked: deeds.advance())
        self.skip_button.clicked.connect(lambda _checked: deeds.skip())
        self.vote.seal_asked.connect(deeds.seal)
        self.vote.open_asked.connect(deeds.open_vote)
        self.vote.recover_asked.connect(deeds.recover)
        self.vote.unobtainable_asked.connect(deeds.unobtainable)
        self.appeal.asked.connect(deeds.fund)
        self.evidence.fetch_asked.connect(deeds.fetch)
        self.evidence.hide_asked.connect(deeds.hide_item)
        self.evidence.export_asked.connect(deeds.export)
        self.evidence.add_asked.connect(lambda: deeds.begin_evidence(reply=False))
        self.evidence.reply_asked.connect(lambda: deeds.begin_evidence(reply=True))
        self.evidence.check_asked.connect(lambda path: self.check.check(path, other=True))
        self.check.reveal_asked.connect(lambda widget: self._scroll.ensureWidgetVisible(widget, 0, 2 * GRID))
        calls: dict[str, Callable[[], None]] = {
            "settle": deeds.settle,
            "withdraw": deeds.withdraw,
        }
        for kind, call in calls.items():
            self.due_buttons[kind].clicked.connect(lambda _checked=False, call=call: call())
        self._desk.register.changed.connect(self._look_again)


class _Facts(QFrame):
    """Hashes, accounts and rules of a case."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setAccessibleName(_("Facts of the case"))
        self._rows = column(2 * GRID, GRID)
        self.setLayout(self._rows)
        self._shown: object = None

    def show_view(self, view: CaseView) -> None:
        """Show them."""
        from touchstone.ui.forms import clear

        if self._shown == view.case:
            return
        self._shown = view.case
        clear(self._rows)
        case, p = view.case, view.case.parameters
        self._rows.addWidget(Text(_("Facts of the case"), Type.STRONG, bold=True))
        slash = _("{share} % of what a seat locks, for a vote against the ruling").format(share=p.slash_bps // 100)
        made = table(
            [
                (_("Bounty"), words.dollars(case.bounty, view.network)),
                (_("Bond"), words.dollars(case.bond, view.network)),
                (_("A seat locks"), words.dollars(p.seat_lock, view.network)),
                (_("What is at stake"), slash),
                (
                    _("Panels"),
                    _("{seats} seats, one after the other").format(
                        seats=", ".join(str(count) for count in p.seats if count)
                    ),
                ),
            ]
        )
        for label, value in (
            (_("The file's SHA-256"), case.media),
            (_("Flagged by"), case.flagger),
            (_("Evidence"), case.evidence),
            (_("Lot drawn by"), p.randomness),
        ):
            if value:
                add_row(made, label, Hash(value, label))
        self._rows.addWidget(made)


def _about(view: CaseView) -> str:
    case = view.case
    mine = case.flagger.lower() in {key.address.lower() for key in view.keys}
    who = _("you") if mine else middle(case.flagger, 6)
    said = [
        _("Flagged {moment} by {who}").format(moment=words.at(case.flagged, view.now), who=who),
        _("bounty {bounty}, bond {bond}").format(
            bounty=words.amount(case.bounty), bond=words.dollars(case.bond, view.network)
        ),
    ]
    if case.publisher:
        said.append(_("registered by {publisher}").format(publisher=plain(case.publisher_name or case.publisher, 60)))
    if case.round:
        said.append(_("round {number}").format(number=case.round + 1))
    return " · ".join(said)


def _dues() -> dict[str, tuple[str, Glyph]]:
    return {
        "settle": (_("Settle what is yours…"), Glyph.CHECK),
        "withdraw": (_("Withdraw…"), Glyph.CURRENCY_CIRCLE_DOLLAR),
    }
