"""What a panel came to: the ruling in words, the votes of people and programs apart, and each seat in a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from touchstone.registry.court_types import Ballot, Phase, RoundEntry, SeatEntry
from touchstone.texts import _, formats, ngettext, practice_reviewers
from touchstone.texts import review as words
from touchstone.texts.plain import middle
from touchstone.ui import icons, style
from touchstone.ui.columns import RowsModel
from touchstone.ui.fields import Choice
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Text, column, leading
from touchstone.ui.style import GRID, Tone, Type
from touchstone.ui.tables import Table

if TYPE_CHECKING:
    from touchstone.ui.case_work import CaseView
    from touchstone.ui.desk import Desk

WHO, KIND, SEATS, VOTE, MONEY = range(5)
_WIDTHS = {WHO: 256, KIND: 192, SEATS: 72, VOTE: 200, MONEY: 136}
_HEAD, _ROW, _MOST_ROWS = 38, 44, 8


@dataclass(frozen=True, slots=True)
class Voter:
    """A voter's seats in a round; `own` and `simulated` as this computer knows them."""

    seat: SeatEntry
    claim: bool
    phase: Phase
    own: bool = False
    number: int = 0  # of a simulated reviewer, from 1

    @property
    def simulated(self) -> bool:
        """Whether nobody stands behind it."""
        return self.number > 0

    @property
    def name(self) -> str:
        """What it is called; "" for an account that has no name here."""
        if not self.number:
            return ""
        return practice_reviewers.name_of(self.number)


def _kind(row: Voter) -> str:
    kind = _("Program") if row.seat.automated else _("Person")
    if row.simulated:
        return _("{kind}, simulated").format(kind=kind)
    return _("{kind}, you").format(kind=kind) if row.own else kind


def _vote(row: Voter) -> str:
    seat = row.seat
    if seat.opened is not None:
        return words.ballot_word(seat.opened, claim=row.claim)
    if seat.leaked:
        return _("Let out before time")
    if seat.unobtainable:
        return _("Could not obtain the file")
    if row.phase in {Phase.COMMIT, Phase.DRAWN}:
        return _("Sealed") if seat.sealed else _("Not sealed yet")
    if row.phase is Phase.REVEAL and seat.sealed:
        return _("Sealed, not open yet")
    return _("Not opened") if seat.sealed else _("Nothing sealed")


def _money(row: Voter) -> str:
    seat = row.seat
    if not seat.settled:
        return _("{amount} locked").format(amount=words.amount(seat.locked))
    if seat.slashed:
        return _("lost {amount}").format(amount=words.amount(seat.slashed))
    return _("got {amount}").format(amount=words.amount(seat.paid))


_KEYS: dict[int, Callable[[Voter], Any]] = {
    WHO: lambda row: (not row.own, row.simulated, row.number, row.seat.voter),
    KIND: lambda row: (row.seat.automated, not row.own, row.simulated, row.number, row.seat.voter),
    SEATS: lambda row: (row.seat.seats, row.seat.voter),
    VOTE: lambda row: (row.seat.opened is None, row.seat.opened or 0, row.seat.voter),
    MONEY: lambda row: (row.seat.paid - row.seat.slashed, row.seat.voter),
}


class VotersModel(RowsModel[Voter]):
    """The voters of one round."""

    keys = _KEYS

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(KIND, Qt.SortOrder.AscendingOrder, parent)

    def titles(self) -> tuple[str, ...]:
        return (_("Account"), _("Who"), _("Seats"), _("Vote"), _("Money"))

    def text(self, row: Voter, column: int, *, whole: bool) -> str:
        match column:
            case 0:
                return f"{row.name} {row.seat.voter}".strip() if whole else row.name or middle(row.seat.voter)
            case 1:
                return _kind(row)
            case 2:
                return formats.whole(row.seat.seats)
            case 3:
                return _vote(row)
            case _:
                return _money(row)

    def look(self, row: Voter, column: int, role: int) -> Any:
        if column == WHO and role == Qt.ItemDataRole.FontRole and not row.number:
            return style.font(Type.MONO)
        if column == KIND and role == Qt.ItemDataRole.DecorationRole:
            return icons.icon(Glyph.ROBOT if row.seat.automated else Glyph.USER, "muted")
        return None


class VotesPanel(QFrame):
    """Shown once a panel is drawn."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setAccessibleName(_("The panel"))
        self._view: CaseView | None = None
        self.model = VotersModel(self)
        self.table = Table(desk, self.model, _("Seats"), "review-seats")
        self.table.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.table.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.table.lay_out(_WIDTHS, VOTE)
        self.ruling = Text("", Type.SECTION)
        self.about = Text("", muted=True)
        self.counted = Text()
        self.rounds = Choice()
        self.rounds.setAccessibleName(_("Round"))
        self._counts = _Counts()
        rows = column(2 * GRID, GRID + 4)
        self.setLayout(rows)
        rows.addWidget(self.ruling)
        rows.addWidget(self.about)
        rows.addWidget(self.rounds)
        rows.addWidget(self.counted)
        rows.addWidget(self._counts)
        rows.addWidget(self.table)
        self.rounds.currentIndexChanged.connect(lambda _row: self._show_round())
        self.hide()

    def show_view(self, view: CaseView) -> None:
        """Show what came of it so far."""
        before = self._view
        self._view = view
        case, claim = view.case, bool(view.case.claim)
        drawn = [one for one in case.rounds if one.panel]
        self.setVisible(bool(drawn))
        if not drawn:
            return
        final = view.stage.phase is Phase.FINAL
        said = words.ruling_sentence(case.ruling, claim=claim, final=final)
        self.ruling.setText(said)
        self.ruling.set_tone(Tone.BRICK if final and case.ruling.altered and not claim else Tone.INK)
        self.ruling.setVisible(bool(said))
        self.about.setText(words.ruling_about(case.ruling, claim=claim) if said else "")
        self.about.setVisible(bool(said))
        self.rounds.blockSignals(True)  # noqa: FBT003 - Qt's
        kept = self.rounds.currentData() if before is not None and before.case.id == case.id else None
        self.rounds.clear()
        for one in drawn:
            self.rounds.addItem(_round_name(one), one.number)
        same = before is not None and before.case.round == case.round
        found = self.rounds.findData(kept) if kept is not None and same else -1
        self.rounds.setCurrentIndex(found if found >= 0 else len(drawn) - 1)
        self.rounds.blockSignals(False)  # noqa: FBT003 - Qt's
        self.rounds.setVisible(len(drawn) > 1)
        self._show_round()

    def _show_round(self) -> None:
        view = self._view
        if view is None:
            return
        number = self.rounds.currentData()
        entry = next((one for one in view.case.rounds if one.number == number), None)
        if entry is None:
            return
        claim = bool(view.case.claim)
        here = view.stage.phase if entry.number == view.case.round else Phase.APPEALABLE
        opened = sum(entry.people) + sum(entry.automated)
        self.counted.setText(_opened(entry, opened, here))
        self._counts.show_counts(entry, claim=claim)
        self._counts.setVisible(opened > 0)
        mine = {key.address.lower() for key in view.keys}
        self.model.show(
            Voter(seat, claim, here, seat.voter.lower() in mine, view.simulated.get(seat.voter.lower(), 0))
            for seat in entry.seats
        )
        height = _HEAD + min(self.model.count(), _MOST_ROWS) * _ROW + 4
        self.table.setFixedHeight(height)


class _Counts(QWidget):
    """Open votes by choice, those of people and of programs apart."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(3 * GRID)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(3, 1)

    def show_counts(self, entry: RoundEntry, *, claim: bool) -> None:
        """Show those of a round."""
        from touchstone.ui.forms import clear

        clear(self._grid)
        for at, head in enumerate((_("Open votes, by seats"), _("People"), _("Programs"))):
            self._cell(head, 0, at, muted=True)
        for row, (ballot, word, _about) in enumerate(words.ballots(claim=claim), 1):
            counts = (entry.people[ballot], entry.automated[ballot])
            self._cell(word if ballot is not Ballot.CANNOT_TELL else _("Cannot tell"), row, 0)
            for at, count in enumerate(counts, 1):
                self._cell(formats.whole(count), row, at)

    def _cell(self, said: str, row: int, at: int, *, muted: bool = False) -> None:
        label = Text(said, Type.CAPTION if muted else Type.BODY, muted=muted, wrap=False)
        label.setAlignment(leading() | Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(label, row, at)


def _round_name(entry: RoundEntry) -> str:
    seats = ngettext("{count} seat", "{count} seats", entry.panel).format(count=entry.panel)
    return _("Round {number}, {seats}").format(number=entry.number + 1, seats=seats)


def _opened(entry: RoundEntry, opened: int, phase: Phase) -> str:
    programs = ngettext("{count} of a program", "{count} of programs", entry.panel_automated).format(
        count=entry.panel_automated
    )
    panel = ngettext("{count} seat was drawn, {programs}", "{count} seats were drawn, {programs}", entry.panel).format(
        count=entry.panel, programs=programs
    )
    if phase in {Phase.COMMIT, Phase.DRAWN, Phase.SEED_REQUESTED}:
        sealed = sum(seat.seats for seat in entry.seats if seat.sealed)
        return _("{panel}; {count} have sealed a vote.").format(panel=panel, count=sealed)
    return _("{panel}; {count} were opened.").format(panel=panel, count=opened)
