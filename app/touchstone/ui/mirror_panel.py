"""Settings: the copy of the register on this computer, which checks look things up in."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from touchstone.texts import _, formats
from touchstone.texts import mirror as words
from touchstone.ui.desk import Desk
from touchstone.ui.forms import ask_path, buttons, card
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Text, column, push_button
from touchstone.ui.notes import Notice
from touchstone.ui.progress import Working
from touchstone.ui.register_desk import why
from touchstone.ui.style import GRID, Tone

if TYPE_CHECKING:
    from touchstone.registry.lookup import MirrorState
    from touchstone.registry.mirror import Progress
    from touchstone.registry.snapshot import Snapshot

_NEVER = -1


class MirrorPanel(QWidget):
    """How far the copy goes, and bringing it up to date. Nothing is fetched unasked."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._cancel: threading.Event | None = None
        self.notice = Notice()
        self.status = Text("", muted=True)
        self.working = Working(_("Bringing the copy up to date"))
        self.sync_button = push_button(_("Sync now"), Glyph.ARROWS_CLOCKWISE)
        self.export_button = push_button(_("Export a snapshot…"), Glyph.EXPORT)
        self.import_button = push_button(_("Import a snapshot…"), Glyph.FILE_PLUS)
        rows = column(0, 2 * GRID)
        self.setLayout(rows)
        rows.addWidget(self.notice)
        frame, inside = card()
        rows.addWidget(frame)
        inside.addWidget(self.status)
        inside.addWidget(self.working)
        inside.addLayout(buttons(self.sync_button, self.export_button, self.import_button, trailing=False))
        self.sync_button.clicked.connect(self.sync)
        self.export_button.clicked.connect(self._ask_export)
        self.import_button.clicked.connect(self._ask_import)
        self.working.stopped.connect(self._stop)
        desk.register.changed.connect(self.reload)
        desk.register.network_changed.connect(self.reload)
        self.reload()

    def reload(self) -> None:
        """Look at the copy again."""
        home, register = self._desk.home, self._desk.register

        def work() -> MirrorState:
            from touchstone.registry.lookup import Register

            copy = Register(home, register.network())
            try:
                return copy.state()
            finally:
                copy.close()

        self._desk.background.run(work, self._show, self._refused)

    def sync(self) -> None:
        """Read what is new."""
        self._cancel = cancel = threading.Event()
        home, register, later = self._desk.home, self._desk.register, self._desk.background.later

        def told(progress: Progress) -> None:
            later(lambda: self._told(progress))

        def work() -> MirrorState:
            from touchstone.registry import mirror

            network = register.network()
            nodes = [] if network.practice else register.nodes()
            return mirror.sync(home, network, nodes, told, cancel)

        def then(state: MirrorState) -> None:
            self._end()
            self._show(state)
            self.notice.say(_("The copy is up to date."), Tone.INK)

        def otherwise(error: Exception) -> None:
            self._end()
            self._refused(error)
            self.reload()

        self._enable(on=False)
        self.working.show_step(_("Asking for the newest block"))
        self._desk.background.run(work, then, otherwise)

    def export_to(self, path: Path) -> None:
        """Write a snapshot."""
        home, register = self._desk.home, self._desk.register

        def work() -> Snapshot:
            from touchstone.registry import snapshot

            return snapshot.export(home, register.network(), path)

        def then(made: Snapshot) -> None:
            self._end()
            self.notice.say(words.exported(made, path), Tone.INK)

        self._begin(_("Writing the snapshot"))
        self._desk.background.run(work, then, self._failed)

    def import_from(self, path: Path) -> None:
        """Take a snapshot."""
        home, register = self._desk.home, self._desk.register

        def work() -> Snapshot:
            from touchstone.registry import snapshot

            return snapshot.take(home, register.network(), path)

        def then(taken: Snapshot) -> None:
            self._end()
            self.notice.say(words.taken(taken), Tone.INK)
            self._desk.register.changed.emit()

        self._begin(_("Reading the snapshot"))
        self._desk.background.run(work, then, self._failed)

    def _show(self, state: MirrorState) -> None:
        lines = words.status(state)
        if state.missing_files:
            lines.append(words.not_found(state.missing_files).rstrip(":"))
        self.status.setText("\n".join(line[:1].upper() + line[1:] for line in lines))
        self.export_button.setEnabled(state.synced_block != _NEVER and self.working.isHidden())

    def _told(self, progress: Progress) -> None:
        if not self.working.isHidden():
            said = _("{step}: {block} of {head}").format(
                step=words.step(str(progress.step)),
                block=formats.whole(progress.block),
                head=formats.whole(progress.head),
            )
            self.working.show_step(said, progress.block, max(progress.head, 1))

    def _begin(self, step: str) -> None:
        self._enable(on=False)
        self.working.show_step(step)

    def _end(self) -> None:
        self._cancel = None
        self.working.end()
        self._enable(on=True)

    def _enable(self, *, on: bool) -> None:
        for button in (self.sync_button, self.export_button, self.import_button):
            button.setEnabled(on)

    def _stop(self) -> None:
        if self._cancel is not None:
            self._cancel.set()

    def _ask_export(self) -> None:
        proposed = f"touchstone-register-{self._desk.settings.network}.snapshot"
        ask_path(self, _("Export a snapshot"), self.export_to, save_as=proposed)

    def _ask_import(self) -> None:
        ask_path(self, _("Import a snapshot"), self.import_from)

    def _failed(self, error: Exception) -> None:
        self._end()
        self._refused(error)

    def _refused(self, error: Exception) -> None:
        from touchstone.registry.snapshot import SnapshotError
        from touchstone.store.database import StoreError

        match error:
            case SnapshotError():
                self.notice.say(words.snapshot_failure(str(error.trouble)))
            case StoreError():
                self.notice.say(words.unreadable(str(error.code)))
            case _:
                self.notice.say(why(error))
