"""Settings: transactions that were sent and do not count yet: looked after, or outbid where they wait too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from touchstone.texts import _, chain, formats, intents
from touchstone.ui.desk import Desk
from touchstone.ui.forms import buttons, card, clear
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, column, line, push_button
from touchstone.ui.notes import Hash, Notice
from touchstone.ui.progress import Working
from touchstone.ui.register_desk import why
from touchstone.ui.signing import Agreement, Deed, Signing, was_refused
from touchstone.ui.style import GRID, Tone, Type

if TYPE_CHECKING:
    from touchstone.chain.keystore import Key
    from touchstone.chain.send import Mined
    from touchstone.store.outbox import Sent


class PendingPanel(QWidget):
    """What is under way on the network in use. Hidden while nothing is."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.signing = Signing(desk, self)
        self.notice = Notice()
        self.working = Working(_("Sending"))
        self.look_button = push_button(_("Look after them now"), Glyph.ARROWS_CLOCKWISE)
        rows = column(0, 2 * GRID)
        self.setLayout(rows)
        rows.addWidget(self.notice)
        self.frame, inside = card()
        rows.addWidget(self.frame)
        inside.addWidget(Text(_("On their way"), bold=True))
        self._list = column(0, GRID)
        inside.addLayout(self._list)
        inside.addWidget(self.working)
        inside.addLayout(buttons(self.look_button, trailing=False))
        self.frame.hide()
        self.look_button.clicked.connect(self.look)
        self.working.stopped.connect(self.signing.stop)
        self.signing.stepped.connect(self.working.show_step)
        self.signing.busy.connect(self._busy)
        desk.register.changed.connect(self.reload)
        desk.register.network_changed.connect(self.reload)
        self.reload()

    def reload(self) -> None:
        """Read the journal again; no node is asked."""
        home, register = self._desk.home, self._desk.register

        def work() -> list[Sent]:
            from touchstone.store.outbox import Outbox

            if not home.outbox.exists():
                return []
            outbox = Outbox(home)
            try:
                return outbox.live(register.network().chain_id)
            finally:
                outbox.close()

        self._desk.background.run(work, self._show, self._refused)

    def look(self) -> None:
        """Ask the nodes, and give them what they have lost. Nothing is signed."""
        register = self._desk.register

        def work() -> None:
            sender = register.open_sender()
            try:
                sender.resume()
            finally:
                sender.close()
                register.follow()

        def then(_none: None) -> None:
            self.look_button.setEnabled(True)
            self.notice.say(_("The nodes were asked; the list says how things stand."), Tone.INK)

        def otherwise(error: Exception) -> None:
            self.look_button.setEnabled(True)
            self._refused(error)

        self.look_button.setEnabled(False)
        self._desk.background.run(work, then, otherwise)

    def outbid(self, sent: Sent) -> None:
        """Offer more for one that waits, once the user has agreed."""
        desk = self._desk

        def find() -> Key:
            from touchstone.chain import keystore

            return keystore.find(desk.home, sent.sender)

        def go_on(key: Key) -> None:
            def work(deed: Deed) -> Mined:
                sender, agreement = desk.register.open_sender(), Agreement(deed, desk)
                try:
                    return sender.replace(
                        sent.id, deed.signer, agreement.confirm, on_step=agreement.on_step, cancel=deed.cancel
                    )
                finally:
                    sender.close()
                    desk.register.follow()

            self.signing.run(key, work, lambda _mined: self._done(), self._refused)

        desk.background.run(find, go_on, self._refused)

    def _show(self, found: list[Sent]) -> None:
        clear(self._list)
        self.frame.setVisible(bool(found) or self.signing.running())
        for sent in found:
            self._list.addWidget(line())
            self._list.addWidget(self._entry(sent))

    def _entry(self, sent: Sent) -> QWidget:
        from touchstone.chain.intent import Intent

        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID + 4)
        row.addWidget(Icon(Glyph.CLOCK, 20, "muted"), 0, Qt.AlignmentFlag.AlignTop)
        said = column(0, 2)
        title = intents.title(Intent(sent.code, sent.target, sent.data, sent.params))
        said.addWidget(Text(title or _("A transaction")))
        state = _("{state} · {moment}").format(state=chain.state(str(sent.state)), moment=formats.moment(sent.created))
        said.addWidget(Text(state, Type.CAPTION, muted=True))
        if sent.hash:
            said.addWidget(Hash(sent.hash, _("transaction")))
        row.addLayout(said, 1)
        more = push_button(_("Offer more…"), quiet=True)
        more.setAccessibleName(_("Offer more: {what}").format(what=title))
        more.clicked.connect(lambda: self.outbid(sent))
        row.addWidget(more, 0, Qt.AlignmentFlag.AlignTop)
        return made

    def _done(self) -> None:
        self.notice.say(_("It is in a block."), Tone.INK)

    def _busy(self, busy: bool) -> None:  # noqa: FBT001 - a signal's argument
        self.look_button.setEnabled(not busy)
        if busy:
            self.working.show_step(_("Trying it out"))
        else:
            self.working.end()
            self.reload()

    def _refused(self, error: Exception) -> None:
        if not was_refused(error):
            self.notice.say(why(error))
