"""Review: the automated reviewer: a registered model that votes by itself for one account."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QWidget

from touchstone.texts import _, automated
from touchstone.texts.plain import middle, plain
from touchstone.ui import review_work, robot_work
from touchstone.ui.confirm import ConfirmSheet, Question
from touchstone.ui.desk import Desk
from touchstone.ui.fields import Choice
from touchstone.ui.forms import buttons, card, labelled
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Text, column, push_button
from touchstone.ui.notes import Notice
from touchstone.ui.pages import Scroll
from touchstone.ui.progress import Working
from touchstone.ui.register_desk import why
from touchstone.ui.robot_work import Choices, Robot
from touchstone.ui.signing import Signing
from touchstone.ui.style import GRID, Tone, Type

if TYPE_CHECKING:
    from touchstone.chain.keystore import Key
    from touchstone.chain.signer import Signer
    from touchstone.court.automated import Event, Status

_MOST_LINES = 500
_LINES = 240  # pixels


class RobotPage(QWidget):
    """Chooses, starts and stops; and says what happens."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.robot = Robot(desk, self)
        self.signing = Signing(desk, self)
        self.notice = Notice()
        self.working = Working(_("Joining"))
        self.models = Choice()
        self.models.setAccessibleName(_("Detector"))
        self.whose = Choice()
        self.whose.setAccessibleName(_("Account"))
        self.start_button = push_button(_("Start…"), Glyph.PLAY, primary=True)
        self.start_button.setAccessibleName(_("Start the automated reviewer"))
        self.stop_button = push_button(_("Stop"), Glyph.STOP_CIRCLE)
        self.stop_button.setAccessibleName(_("Stop the automated reviewer"))
        self.join_button = push_button(_("Join the pool with this detector…"), Glyph.USER_PLUS)
        self.state = Text(_("It does not run."), bold=True)
        self.lines = QPlainTextEdit()
        self.lines.setReadOnly(True)
        self.lines.setMaximumBlockCount(_MOST_LINES)
        self.lines.setAccessibleName(_("What it did"))
        self.lines.setPlaceholderText(_("What it does is listed here."))
        self.lines.setMinimumHeight(_LINES)
        self._build()
        self._connect()
        self._refresh()

    def reload(self) -> None:
        """Look again at what there is to choose from."""
        desk = self._desk
        desk.background.run(lambda: robot_work.choices(desk), self._show, self._refused)

    def close_down(self) -> None:
        """The window closes."""
        self.robot.stop()
        self.signing.stop()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.reload()

    def _build(self) -> None:
        rows = column(0, GRID + 4)
        self.setLayout(rows)
        rows.addWidget(self.notice)
        rows.addWidget(self.working)
        scroll = Scroll(margin=0)
        rows.addWidget(scroll, 1)
        page = QWidget()
        cards = column(0, 2 * GRID)
        page.setLayout(cards)
        frame, inside = card()
        inside.addWidget(Text(_("A detector that reviews by itself"), Type.STRONG, bold=True))
        inside.addWidget(Text(_about(), muted=True))
        fields = QHBoxLayout()
        fields.setSpacing(3 * GRID)
        fields.addLayout(labelled(_("Detector"), self.models), 1)
        fields.addLayout(labelled(_("Account"), self.whose), 1)
        inside.addLayout(fields)
        inside.addLayout(buttons(self.join_button, self.stop_button, self.start_button))
        cards.addWidget(frame)
        frame, inside = card()
        inside.addWidget(self.state)
        inside.addWidget(self.lines)
        cards.addWidget(frame)
        scroll.hold(page)

    def _connect(self) -> None:
        self.start_button.clicked.connect(lambda _checked: self._ask())
        self.stop_button.clicked.connect(lambda _checked: self._stop())
        self.join_button.clicked.connect(lambda _checked: self._join())
        self.robot.happened.connect(self._happened)
        self.robot.stood.connect(self._stood)
        self.robot.ended.connect(self._ended)
        self.signing.stepped.connect(self.working.show_step)
        self.signing.busy.connect(self._busy)
        self.working.stopped.connect(self.signing.stop)
        self._desk.register.keys_changed.connect(self.reload)
        self._desk.register.network_changed.connect(self.robot.stop)

    def _show(self, found: Choices) -> None:
        model, address = self.models.currentData(), self.whose.currentData()
        self.models.clear()
        for code, title in found.models:
            self.models.addItem(title, code)
        self.models.setCurrentIndex(max(0, self.models.findData(model)) if found.models else -1)
        self.whose.clear()
        said = _("{name} ({address})")
        for key in found.keys:
            self.whose.addItem(said.format(name=plain(key.name, 40), address=middle(key.address, 6)), key)
        places = [number for number, key in enumerate(found.keys) if key == address]
        self.whose.setCurrentIndex(places[0] if places else 0 if found.keys else -1)
        if not found.models:
            self.notice.say(_("No detector is switched on. Models has them."), Tone.INK)
        elif not found.keys:
            self.notice.say(_("There is no key yet. Stake makes one."), Tone.INK)
        self._refresh()

    def _refresh(self) -> None:
        ready = self.models.currentIndex() >= 0 and self.whose.currentIndex() >= 0
        running, busy = self.robot.running(), self.signing.running()
        self.start_button.setEnabled(ready and not running and not busy)
        self.start_button.setVisible(not running)
        self.stop_button.setVisible(running)
        self.join_button.setEnabled(ready and not busy)
        for choice in (self.models, self.whose):
            choice.setEnabled(not running and not busy)

    def _ask(self) -> None:
        """Say what is agreed to, and open the key for as long as it runs."""
        key, model = self.whose.currentData(), str(self.models.currentData())
        network = self._desk.settings.network
        asked = Question(
            title=_("Let a detector vote for you"),
            sentence=automated.agrees(self.models.currentText(), middle(key.address, 6), network),
            rows=(
                (_("Signed by"), _("{name}, {address}").format(name=plain(key.name, 40), address=key.address)),
                (_("How long"), _("until you stop it, close the window or lock all keys")),
            ),
            action=_("Let it vote"),
            key="" if key.url else plain(key.name, 60),
        )
        sheet = ConfirmSheet(asked, self.window())

        def agreed(password: str) -> None:
            sheet.busy(_("Opening the key…"))
            self._desk.background.run(
                lambda: robot_work.open_for_good(key, password),
                lambda signer: self._begin(sheet, model, signer),
                lambda error: sheet.refuse(why(error)),
            )

        sheet.agreed.connect(agreed)
        sheet.refused.connect(lambda: sheet.done(0))
        sheet.open()

    def _begin(self, sheet: ConfirmSheet, model: str, signer: Signer) -> None:
        sheet.done(1)
        self.notice.hide()
        self.state.setText(_("It runs, and looks at its seats."))
        self.robot.start(model, signer)
        self._refresh()

    def _stop(self) -> None:
        self.stop_button.setEnabled(False)
        self.state.setText(_("Stopping…"))
        self.robot.stop()

    def _join(self) -> None:
        key: Key | None = self.whose.currentData()
        model, desk = str(self.models.currentData()), self._desk
        if key is None:
            return

        def then(_none: None) -> None:
            said = _("The account has joined with this detector. It can be drawn once its stake has matured.")
            self.notice.say(said, Tone.INK)

        self.signing.run(key, lambda deed: robot_work.join(desk, deed, model), then, self._refused)

    def _happened(self, event: Event) -> None:
        said = automated.event(str(event.kind), event.case, event.params)
        if event.params.get("why") == "not-automated":  # whose words name a command
            said = _("The account has not joined as an automated reviewer. Put money at stake, then join.")
        line = _("{time}  {said}").format(time=time.strftime("%H:%M:%S"), said=plain(said, 600))
        self.lines.appendPlainText(line)

    def _stood(self, status: Status) -> None:
        if self.robot.running():
            said = automated.status(status.seats, status.to_seal, status.to_open, status.next)
            self.state.setText(_("It runs: {status}.").format(status=said))

    def _ended(self, error: Exception | None) -> None:
        self.stop_button.setEnabled(True)
        self.state.setText(_("It does not run."))
        if error is None:
            self.notice.say(_("It has stopped. What it sealed has to be opened in time: start it again."), Tone.INK)
        else:
            self._refused(error)
        self._refresh()

    def _busy(self, busy: bool) -> None:  # noqa: FBT001 - a signal's argument
        if busy:
            self.notice.hide()
            self.working.show_step(_("Trying it out"))
        else:
            self.working.end()
        self._refresh()

    def _refused(self, error: Exception) -> None:
        from touchstone.court.automated_types import AutomatedError

        if isinstance(error, AutomatedError) and error.code == "no-model":
            self.notice.say(_("This detector is not on the register of this network, or is not whole."))
            return
        said = review_work.why(error)
        if said:
            self.notice.say(said)


def _about() -> str:
    return _(
        "It votes in the seats of one account that joined the pool with it: it fetches the file, asks the detector,"
        " seals and opens in time, and says “cannot tell” where the detector finds nothing. Programs hold a third of a"
        " panel at most, one of a family, and decide nothing alone."
    )
