"""One's own check of the file that a case is about, beside the evidence: the same card as on the Check screen."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from touchstone.texts import _
from touchstone.texts.plain import plain
from touchstone.ui.batch import Shown, shown_of
from touchstone.ui.card import Card
from touchstone.ui.forms import ask_path, buttons, clear
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Text, column, push_button
from touchstone.ui.model import step_name
from touchstone.ui.notes import Notice
from touchstone.ui.originals import Originals
from touchstone.ui.progress import Working
from touchstone.ui.style import GRID, Type

if TYPE_CHECKING:
    from touchstone.check.run import Progress
    from touchstone.ui.desk import Desk


class OwnCheck(QFrame):
    """Checks a file with everything that a check has. `reveal_asked` carries a widget of the card."""

    reveal_asked = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setAccessibleName(_("Your own check"))
        self._desk = desk
        self._sha256 = self._name = ""
        self._media: Path | None = None
        self._cancel: threading.Event | None = None
        self._originals = Originals(desk, self)
        self.card: Card | None = None
        self.notice = Notice()
        self.working = Working(_("Checking the file"))
        self.said = Text("", muted=True)
        self.check_button = push_button(_("Check the file"), Glyph.FILE_SEARCH, primary=True)
        self.choose_button = push_button(_("I have this file…"), Glyph.FOLDER_OPEN)
        rows = column(2 * GRID, GRID + 4)
        self.setLayout(rows)
        self.title = Text(_("Your own check"), Type.STRONG, bold=True)
        rows.addWidget(self.title)
        rows.addWidget(self.said)
        rows.addWidget(self.notice)
        rows.addWidget(self.working)
        self._foot = QWidget()
        foot = buttons(self.check_button, self.choose_button, trailing=False)
        foot.setContentsMargins(0, 0, 0, 0)
        self._foot.setLayout(foot)
        rows.addWidget(self._foot)
        self._holder = column(0, 0)
        rows.addLayout(self._holder)
        rows.addStretch()
        self.check_button.clicked.connect(lambda _checked: self._check_media())
        self.choose_button.clicked.connect(lambda _checked: self.choose())
        self.working.stopped.connect(self.stop)

    def show_media(self, sha256: str, media: Path | None, name: str = "") -> None:
        """The file of a case: its hash, where it is on this computer, and what it was called, "" where not known."""
        if sha256 != self._sha256:
            self.stop()
            self.card = None
            clear(self._holder)
            self.notice.hide()
            self._sha256 = sha256
        self._media, self._name = media, name
        self._tell()

    def choose(self) -> None:
        """Ask for the file."""
        ask_path(self, _("Choose the file that this case is about"), self.check)

    def _check_media(self) -> None:
        if self._media is not None:
            self.check(self._media)

    def check(self, path: Path, *, other: bool = False) -> None:
        """Check a file: that of the case, or, where `other`, one that was handed in as evidence."""
        if self._cancel is not None:
            return
        cancel = self._cancel = threading.Event()
        desk, wanted = self._desk, "" if other else self._sha256
        name = self._name if path == self._media else ""
        self.notice.hide()
        self._foot.hide()
        self.working.show_step(_("Reading the file"))

        def told(progress: Progress) -> None:
            desk.background.later(lambda: self._told(cancel, progress))

        def work() -> Shown | None:
            shown, _tile = shown_of(desk.checker().check(path, on_progress=told, cancel=cancel))
            if wanted and shown.report.media.sha256 != wanted:
                return None
            return _named(shown, name) if name else shown

        desk.background.run(work, self._checked, self._failed)

    def stop(self) -> None:
        """Stop what is under way."""
        if self._cancel is not None:
            self._cancel.set()

    def _told(self, cancel: threading.Event, progress: Progress) -> None:
        if self._cancel is cancel and not cancel.is_set():
            self.working.show_step(step_name(progress))

    def _checked(self, shown: Shown | None) -> None:
        stopped = self._end()
        if shown is None:
            self._tell()
            if not stopped:
                self.notice.say(_("That is another file. A case is about one file, byte for byte."))
            return
        clear(self._holder)
        card = self.card = Card(shown)
        card.compared.connect(self._originals.serve)
        card.reveal_asked.connect(self.reveal_asked)
        self._holder.addWidget(card)
        self._tell()
        card.announce()

    def _failed(self, error: Exception) -> None:
        from touchstone.check.opening import Stopped

        self._end()
        self._tell()
        if not isinstance(error, Stopped):
            self.notice.say(_("The file could not be read: {why}").format(why=plain(error, 200)))

    def _end(self) -> bool:
        cancel, self._cancel = self._cancel, None
        self.working.end()
        return cancel is not None and cancel.is_set()

    def _tell(self) -> None:
        here = self._media is not None
        self.said.setVisible(self.card is None)
        self.said.setText(
            _("The file is here. Check it before you decide: what witnesses say is said to you alone.")
            if here
            else _("The file is not on this computer. Fetch the evidence that has it, or choose it if you have it.")
        )
        self.check_button.setVisible(here)
        self._foot.setVisible(self._cancel is None and self.card is None)


def _named(shown: Shown, name: str) -> Shown:
    """Evidence lies on the disk under numbers; the card has the name that it was handed in with."""
    report = replace(shown.report, media=replace(shown.report.media, name=name))
    return replace(shown, report=report)
