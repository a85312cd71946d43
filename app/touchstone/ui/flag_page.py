"""Review: the page on which a file is flagged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from touchstone.texts import _
from touchstone.ui import flag_work, review_work, stake_work
from touchstone.ui.batch import Shown
from touchstone.ui.desk import Desk
from touchstone.ui.flag_form import FlagForm, Wanted
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import column, push_button
from touchstone.ui.notes import Notice
from touchstone.ui.pages import Scroll
from touchstone.ui.progress import Working
from touchstone.ui.review_keys import KeyNeeded
from touchstone.ui.signing import Deed, Signing
from touchstone.ui.style import GRID, Tone

if TYPE_CHECKING:
    from touchstone.chain.keystore import Key
    from touchstone.ui.flag_work import Price

_WIDEST = 840
_SOON_MS = 50


class FlagPage(QWidget):
    """`flagged` carries the number of the case; `left` that nothing came of it."""

    flagged = Signal(int)
    left = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._generation = 0
        self.signing = Signing(desk, self)
        self.notice = Notice()
        self.working = Working(_("Flagging"))
        self.need = KeyNeeded(desk)
        self.form = FlagForm()
        self.back_button = push_button(_("Back to the cases"), Glyph.CARET_LEFT, quiet=True)
        rows = column(0, GRID + 4)
        self.setLayout(rows)
        head = QHBoxLayout()
        head.addWidget(self.back_button)
        head.addStretch(1)
        rows.addLayout(head)
        rows.addWidget(self.notice)
        rows.addWidget(self.working)
        self._scroll = Scroll(widest=_WIDEST, margin=0)
        rows.addWidget(self._scroll, 1)
        page = QWidget()
        inside = column(0, 2 * GRID)
        page.setLayout(inside)
        inside.addWidget(self.need)
        inside.addWidget(self.form)
        self._scroll.hold(page)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(self._look)
        self.need.hide()
        self._connect()

    def begin(self, shown: Shown) -> None:
        """Ask about a file that was checked."""
        self.notice.dismiss()
        self.form.begin(shown)
        self._scroll.verticalScrollBar().setValue(0)
        self._read_keys()

    def back(self) -> bool:
        """Esc: stays where something is being sent."""
        if not self.signing.running():
            self.left.emit()
        return True

    def close_down(self) -> None:
        """The window closes."""
        self.signing.stop()

    def _connect(self) -> None:
        self.back_button.clicked.connect(lambda _checked: self.back())
        self.form.cancelled.connect(self.left)
        self.form.agreed.connect(self._flag)
        self.form.price_asked.connect(self._soon.start)
        self.form.dollars_asked.connect(self._gift)
        self.need.made.connect(self._read_keys)
        self.signing.stepped.connect(self.working.show_step)
        self.signing.busy.connect(self._busy)
        self.working.stopped.connect(self.signing.stop)
        self._desk.register.keys_changed.connect(self._keys_changed)

    def _keys_changed(self) -> None:
        if self.isVisible():
            self._read_keys()

    def _read_keys(self) -> None:
        desk = self._desk

        def then(keys: tuple[Key, ...]) -> None:
            self.need.setVisible(not keys)
            self.form.setVisible(bool(keys))
            self.form.show_keys(keys)
            self._soon.start()

        desk.background.run(lambda: review_work.keys_of(desk), then, self.refused)

    def _look(self) -> None:
        """Ask what it takes."""
        shown, key, desk = self.form.shown, self.form.whose.currentData(), self._desk
        if shown is None or key is None:
            return
        claim = self.form.claim.words() if self.form.choice() == "context" else ""
        sha256, address = shown.report.media.sha256, key.address
        self._generation += 1
        generation = self._generation

        def then(found: Price) -> None:
            if generation == self._generation:
                self.form.show_price(found)

        desk.background.run(lambda: flag_work.price(desk, sha256, claim, address), then, self.refused)

    def _gift(self) -> None:
        key, desk = self.form.whose.currentData(), self._desk
        if key is not None:
            self.form.gift_button.setEnabled(False)
            desk.background.run(lambda: stake_work.give(desk, key.address), lambda _none: self._given(), self.refused)

    def _given(self) -> None:
        self.form.gift_button.setEnabled(True)
        self._look()

    def _flag(self, wanted: Wanted) -> None:
        shown, desk = self.form.shown, self._desk
        if shown is None:
            return

        def work(deed: Deed) -> int:
            return flag_work.flag(desk, deed, shown, wanted)

        self.signing.run(wanted.key, work, self.flagged.emit, self.refused)

    def _busy(self, busy: bool) -> None:  # noqa: FBT001 - a signal's argument
        if busy:
            self.notice.dismiss()
            self.working.show_step(_("Putting the evidence together"))
        else:
            self.working.end()
        self.form.setEnabled(not busy)

    def refused(self, error: Exception) -> None:
        """Say why something came to nothing."""
        self.form.gift_button.setEnabled(True)
        said = review_work.why(error)
        if said:
            self.notice.say(said, Tone.AMBER)
