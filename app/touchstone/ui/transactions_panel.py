"""Publishing: what was sent, how far each transaction is, another look at one, and a higher fee for one that waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from touchstone.texts import _, formats, ngettext
from touchstone.texts import transactions as words
from touchstone.ui.desk import Desk
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, announce, column, push_button
from touchstone.ui.notes import Notice
from touchstone.ui.progress import Working
from touchstone.ui.register_desk import why
from touchstone.ui.signing import Agreement, Deed, Signing, was_refused
from touchstone.ui.style import GRID, Tone, Type
from touchstone.ui.tables import Table
from touchstone.ui.transactions_model import FEE, NETWORK, STATE, WHAT, WHEN, Row, TransactionsModel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from touchstone.chain.keystore import Key
    from touchstone.chain.send import Mined
    from touchstone.paths import Home
    from touchstone.store.outbox import Sent

_WIDTHS = {WHEN: 205, WHAT: 240, STATE: 124, NETWORK: 104, FEE: 184}
_NARROWEST = 96


@dataclass(frozen=True, slots=True)
class Read:
    """What the page shows, and the keys there are, by address in lower case."""

    rows: Sequence[Row]
    keys: Mapping[str, Key]


class TransactionsPage(QWidget):
    """Every transaction that this computer sent, of every network."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._keys: Mapping[str, Key] = {}
        self._generation = 0
        self._looking = False
        self.model = TransactionsModel(self)
        self.signing = Signing(desk, self)
        self.notice = Notice()
        self.working = Working(_("Raising the fee"))
        self.table = Table(desk, self.model, _("Transactions"), "publish-transactions")
        self.table.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.table.header().setMinimumSectionSize(_NARROWEST)
        self.table.lay_out(_WIDTHS, WHAT)
        self.table.header().setSortIndicator(WHEN, Qt.SortOrder.DescendingOrder)
        self.copy_button = push_button(_("Copy hash"), Glyph.COPY)
        self.look_button = push_button(_("Look again"), Glyph.ARROWS_CLOCKWISE)
        self.raise_button = push_button(_("Raise the fee…"), Glyph.FAST_FORWARD)
        self._count = Text("", muted=True)
        self._build()
        self._connect()
        self._refresh()

    def reload(self) -> None:
        """Read the journal again."""
        home = self._desk.home
        self._generation += 1
        generation = self._generation

        def then(found: Read) -> None:
            if generation == self._generation:
                self._keys = found.keys
                self._show(found.rows)

        self._desk.background.run(lambda: read(home), then, self._refused)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.reload()

    # Building

    def _build(self) -> None:
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID + 4)
        rows.addWidget(self.notice)
        rows.addWidget(self.working)
        self._bodies = QStackedWidget()
        self._bodies.addWidget(_empty())
        self._bodies.addWidget(self.table)
        rows.addWidget(self._bodies, 1)
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(self._count, 1)
        for button in (self.copy_button, self.look_button, self.raise_button):
            foot.addWidget(button)
        rows.addLayout(foot)

    def _connect(self) -> None:
        self.table.selectionModel().selectionChanged.connect(lambda *_args: self._refresh())
        self.table.open_asked.connect(self.look_button.click)
        self.copy_button.clicked.connect(self._copy)
        self.look_button.clicked.connect(self._look)
        self.raise_button.clicked.connect(self._raise)
        self.signing.stepped.connect(self.working.show_step)
        self.signing.busy.connect(self._busy)
        self.working.stopped.connect(self.signing.stop)
        self._desk.register.changed.connect(self.reload)
        self._desk.register.keys_changed.connect(self.reload)

    # What happens

    def _show(self, rows: Sequence[Row]) -> None:
        """Show these; what was chosen stays so."""
        chosen = [row.id for row in self._chosen()]
        self.model.show_rows(rows)
        for identity in chosen[:1]:
            place = self.model.row_of(identity)
            if place >= 0:
                self.table.setCurrentIndex(self.model.index(place, 0))
        self._refresh()

    def _refresh(self) -> None:
        count, live = self.model.rowCount(), self.model.count_live()
        self._bodies.setCurrentIndex(1 if count else 0)
        said = ngettext("{count} transaction", "{count} transactions", count).format(count=formats.whole(count))
        if live:
            waiting = ngettext("{count} under way", "{count} under way", live).format(count=formats.whole(live))
            said = _("{all}, {waiting}").format(all=said, waiting=waiting)
        self._count.setText(said if count else "")
        chosen = self._chosen()
        one = chosen[0] if len(chosen) == 1 else None
        free = not self.signing.running() and not self._looking
        self.copy_button.setEnabled(one is not None and bool(one.hash))
        self.look_button.setEnabled(one is not None and one.live and free)
        self.raise_button.setEnabled(one is not None and one.can_outbid and free)

    def _chosen(self) -> list[Row]:
        return [self.model.row(row) for row in self.table.chosen()]

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._chosen()[0].hash)
        announce(self, _("Copied"))

    def _look(self) -> None:
        """Look after everything under way on the network of the one that is chosen."""
        row, home = self._chosen()[0], self._desk.home

        def work() -> list[Sent]:
            from touchstone.chain import waiting
            from touchstone.chain.networks import Networks

            return waiting.look_again(home, Networks.load(home).get(row.network))

        def then(found: list[Sent]) -> None:
            self._looking = False
            state = next((str(sent.state) for sent in found if sent.id == row.id), "")
            self.notice.say(words.outcome(state, row.what), Tone.INK if state in _FINE else Tone.AMBER)
            self._ended(found)

        def otherwise(error: Exception) -> None:
            self._looking = False
            self._refused(error)

        self._looking = True
        self._refresh()
        self._desk.background.run(work, then, otherwise)

    def _raise(self) -> None:
        row, desk = self._chosen()[0], self._desk
        key = self._keys.get(row.sender.lower())
        if key is None:
            self.notice.say(_("The key that signed it is not on this computer."))
            return

        def work(deed: Deed) -> Mined:
            return outbid(desk, deed, row)

        def then(_mined: Mined) -> None:
            self.notice.say(words.outcome("final", row.what), Tone.INK)

        self.signing.run(key, work, then, self._refused)

    def _busy(self, busy: bool) -> None:  # noqa: FBT001 - a signal's argument
        if busy:
            self.working.show_step(_("Looking at what waits"))
        else:
            self.working.end()
            self.reload()
        self._refresh()

    def _ended(self, found: Sequence[Sent]) -> None:
        """Something may be on the register now: the copy of it follows, and every page reads it again."""
        if any(str(sent.state) == "final" for sent in found):
            self._desk.background.run(self._desk.register.follow)
        self.reload()

    def _refused(self, error: Exception) -> None:
        if not was_refused(error):
            self.notice.say(why(error))
        self._refresh()


_FINE = frozenset({"final", "mined", "sent", "signed", "asked"})


def _empty() -> QWidget:
    page = QWidget()
    rows = column(0, GRID)
    page.setLayout(rows)
    centre = Qt.AlignmentFlag.AlignHCenter
    rows.addStretch()
    rows.addWidget(Icon(Glyph.PAPER_PLANE_TILT, 40, "muted"), 0, centre)
    title = Text(_("Nothing sent yet"), Type.SECTION)
    about = Text(_("What you sign and send is listed here, with how far it is."), muted=True)
    for label in (title, about):
        label.setAlignment(centre)
        rows.addWidget(label)
    rows.addStretch()
    return page


def read(home: Home) -> Read:
    """The journal in words, newest first. For threads. Raises ChainError."""
    from touchstone.chain import keystore, waiting
    from touchstone.chain.networks import Networks

    known = Networks.load(home).by_name
    rows = [
        Row(
            sent.id,
            words.what(waiting.intent_of(sent)),
            words.briefly(waiting.intent_of(sent)),
            str(sent.state),
            sent.network,
            sent.created,
            sent.hash,
            sent.sender,
            words.fee(sent, known.get(sent.network)),
            words.fee(sent, known.get(sent.network), brief=True),
            sent.fee or sent.gas * sent.max_fee,
            sent.state in waiting.OUTBID,
        )
        for sent in waiting.journal(home)
    ]
    return Read(rows, {key.address.lower(): key for key in keystore.keys(home) if key.address})


def outbid(desk: Desk, deed: Deed, row: Row) -> Mined:
    """Ask, sign with a higher fee, send, and wait until one of the two counts. For threads.

    Raises:
        ChainError: it was not sent, or does not count.
    """
    from touchstone.chain.networks import Networks
    from touchstone.chain.send import Sender

    sender, agreement = Sender(desk.home, Networks.load(desk.home).get(row.network)), Agreement(deed, desk)
    try:
        return sender.replace(row.id, deed.signer, agreement.confirm, on_step=agreement.on_step, cancel=deed.cancel)
    finally:
        sender.close()
        desk.register.follow()
