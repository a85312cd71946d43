"""One's own seat in a case: seal a vote, open it, or say that the file cannot be obtained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QRadioButton, QWidget

from touchstone.registry.court_types import Ballot, Phase, SeatEntry
from touchstone.texts import _, ngettext
from touchstone.texts import review as words
from touchstone.ui.fields import Choice, Switch
from touchstone.ui.forms import buttons
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, column, margins, push_button
from touchstone.ui.style import GRID, Tone, Type

if TYPE_CHECKING:
    from touchstone.chain.keystore import Key
    from touchstone.court.vault import Kept
    from touchstone.ui.case_work import CaseView


@dataclass(frozen=True, slots=True)
class OwnSeat:
    """A seat of one's own in the round that a case is in.

    `kept` is what the vault has of the vote that stands on the register, None where it has nothing of it. `ballot` is
    what was sealed, as far as that can be told without the account's key.
    """

    key: Key
    round: int
    seat: SeatEntry
    kept: Kept | None = None
    ballot: Ballot | None = None


class VotePanel(QFrame):
    """Hidden where one has no seat that can do anything now."""

    seal_asked = Signal(object, object, bool)  # OwnSeat, Ballot, whether it is to be opened by itself
    open_asked = Signal(object)
    recover_asked = Signal(object)
    unobtainable_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setAccessibleName(_("Your vote"))
        self._view: CaseView | None = None
        self._own: Sequence[OwnSeat] = ()
        self.title = Text("", Type.STRONG, bold=True)
        self.said = Text()
        self.whose = Choice()
        self.whose.setAccessibleName(_("Your account"))
        self.choices: dict[Ballot, QRadioButton] = {}
        self._group = QButtonGroup(self)
        self._ballots = QWidget()
        self._ballot_rows = column(0, GRID)
        self._ballots.setLayout(self._ballot_rows)
        self.when = Text("", muted=True)
        self.automatic = Switch(_("Open it by itself when it is time, while Touchstone runs"))
        self.automatic.setAccessibleName(self.automatic.text())
        self.seal_button = push_button(_("Seal vote…"), Glyph.ENVELOPE_SIMPLE, primary=True)
        self.open_button = push_button(_("Open vote…"), Glyph.ENVELOPE_OPEN, primary=True)
        self.recover_button = push_button(_("Find out from the key…"), Glyph.KEY)
        self.recover_button.setToolTip(_("The key of this account can find out again what it sealed."))
        self.missing_button = push_button(_("The file cannot be obtained…"), Glyph.FILE_DOTTED)
        rows = column(2 * GRID, GRID + 4)
        self.setLayout(rows)
        rows.addWidget(self.title)
        rows.addWidget(self.said)
        rows.addWidget(self.whose)
        rows.addWidget(self._ballots)
        rows.addWidget(self.automatic)
        rows.addWidget(self.when)
        rows.addLayout(
            buttons(self.missing_button, self.recover_button, self.open_button, self.seal_button, trailing=True)
        )
        self.whose.currentIndexChanged.connect(lambda _row: self._show())
        self.seal_button.clicked.connect(lambda _checked: self._seal())
        self.open_button.clicked.connect(lambda _checked: self._ask(self.open_asked))
        self.recover_button.clicked.connect(lambda _checked: self._ask(self.recover_asked))
        self.missing_button.clicked.connect(lambda _checked: self._ask(self.unobtainable_asked))
        self._group.buttonClicked.connect(lambda _button: self._refresh())
        self.hide()

    def show_view(self, view: CaseView) -> None:
        """Show what one can do in this case now."""
        before = self._view
        changed = before is None or (before.case.id, before.case.round) != (view.case.id, view.case.round)
        self._view, self._own = view, view.own
        if changed:
            self._make_choices(claim=bool(view.case.claim))
        self.setVisible(bool(view.own) and view.stage.phase in {Phase.COMMIT, Phase.REVEAL})
        row = max(0, self.whose.currentIndex())
        self.whose.blockSignals(True)  # noqa: FBT003 - Qt's
        self.whose.clear()
        for own in self._own:
            self.whose.addItem(own.key.name, own)
        self.whose.setCurrentIndex(min(row, len(self._own) - 1))
        self.whose.blockSignals(False)  # noqa: FBT003 - Qt's
        self.whose.setVisible(len(self._own) > 1)
        self._show()

    def chosen(self) -> Ballot | None:
        """The vote that is chosen."""
        return next((ballot for ballot, button in self.choices.items() if button.isChecked()), None)

    def _make_choices(self, *, claim: bool) -> None:
        from touchstone.ui.forms import clear

        for button in self._group.buttons():
            self._group.removeButton(button)
        clear(self._ballot_rows)
        self.choices = {}
        for ballot, word, about in words.ballots(claim=claim):
            button = QRadioButton(word)
            button.setAccessibleName(word)
            button.setAccessibleDescription(about)
            said = Text(about, Type.CAPTION, muted=True)
            margins(said, 3 * GRID + 4, 0, 0, 0)
            made = QWidget()
            inside = column(0, 0)
            made.setLayout(inside)
            inside.addWidget(button)
            inside.addWidget(said)
            self._group.addButton(button)
            self._ballot_rows.addWidget(made)
            self.choices[ballot] = button

    def _current(self) -> OwnSeat | None:
        row = self.whose.currentIndex()
        return self._own[row] if 0 <= row < len(self._own) else None

    def _show(self) -> None:
        view, own = self._view, self._current()
        if view is None or own is None:
            return
        sealing = view.stage.phase is Phase.COMMIT
        claim, seat = bool(view.case.claim), own.seat
        seats = ngettext("{count} seat", "{count} seats", seat.seats).format(count=seat.seats)
        self.title.setText(_("Your vote: {seats}").format(seats=seats))
        self.said.setText(_standing(own, view, claim=claim))
        self._ballots.setVisible(sealing)
        self.automatic.setVisible(sealing)
        if own.kept is not None:
            self.automatic.setChecked(own.kept.by_itself)
        self.when.setText(_when(view, own))
        self.when.setVisible(bool(self.when.text()))
        self.seal_button.setVisible(sealing)
        self.seal_button.setText(_("Seal again…") if seat.sealed else _("Seal vote…"))
        closed = bool(seat.sealed) and seat.opened is None
        self.open_button.setVisible(not sealing and closed)
        self.recover_button.setVisible(sealing and closed and own.kept is None)
        obtain = sealing and view.stage.obtain_ends > view.now and not seat.unobtainable
        self.missing_button.setVisible(obtain)
        self._refresh()

    def _refresh(self) -> None:
        self.seal_button.setEnabled(self.chosen() is not None)

    def _seal(self) -> None:
        own, ballot = self._current(), self.chosen()
        if own is not None and ballot is not None:
            self.seal_asked.emit(own, ballot, self.automatic.isChecked())

    def _ask(self, signal: object) -> None:
        own = self._current()
        if own is not None:
            signal.emit(own)  # type: ignore[attr-defined]


def _standing(own: OwnSeat, view: CaseView, *, claim: bool) -> str:
    seat = own.seat
    if seat.opened is not None:
        return _("Your vote is open: {vote}.").format(vote=words.ballot_word(seat.opened, claim=claim))
    if not seat.sealed:
        if view.stage.phase is Phase.COMMIT:
            return _("Look at the evidence and at your own check, then decide. Nobody sees a sealed vote.")
        return _("Nothing was sealed in time for this seat, so there is nothing to open.")
    return " ".join((_sealed(own, claim=claim), _next(own, view.stage.phase)))


def _sealed(own: OwnSeat, *, claim: bool) -> str:
    if own.ballot is not None:
        return _("Your sealed vote: {vote}.").format(vote=words.ballot_word(own.ballot, claim=claim))
    if own.kept is not None:
        return _("Your vote is sealed. Your key opens it.")
    return _("A vote is sealed for this seat, and this computer does not know which. The key can find out.")


def _next(own: OwnSeat, phase: Phase) -> str:
    if phase is Phase.COMMIT:
        said = _("You can seal another one in its place until the time is over.")
        by_itself = _("Touchstone opens it by itself if it runs when it is time.")
        return f"{said} {by_itself}" if own.kept is not None and own.kept.by_itself else said
    return _("Open it now: what is not opened in time loses all that it locks.")


def _when(view: CaseView, own: OwnSeat) -> str:
    at_stake = words.dollars(own.seat.locked, view.network)
    if view.stage.phase is Phase.COMMIT:
        entry = view.round
        opens, ends = words.at(entry.commit_ends, view.now), words.at(entry.reveal_ends, view.now)
        said = _("Remember to open it between {begin} and {end}, or you lose {amount}.")
        return said.format(begin=opens, end=ends, amount=at_stake)
    if own.seat.opened is None and own.seat.sealed:
        return _("{amount} are at stake, {when}.").format(
            amount=at_stake, when=words.deadline(view.stage.ends, view.now)
        )
    return ""


def warning(said: str) -> QWidget:
    """A line that must not be overlooked."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GRID)
    row.addWidget(Icon(Glyph.WARNING, 20, "amber"))
    label = Text(said)
    label.set_tone(Tone.AMBER)
    row.addWidget(label, 1)
    return made
