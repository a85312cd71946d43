"""Settings: the copy of the register on this computer, which checks look things up in."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from touchstone.texts import _, formats, ngettext
from touchstone.texts.plain import plain
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
            said = _("Saved as {path}. Its hash, for whoever imports it: {digest}")
            self.notice.say(said.format(path=plain(path, 300), digest=made.sha256), Tone.INK)

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
            said = _(
                "The snapshot was taken: {files} up to block {block}, hash {digest}. Compare the hash with the one that"
                " its maker gives, then sync to follow on from it."
            )
            files = ngettext("{count} registered file", "{count} registered files", taken.files)
            self.notice.say(
                said.format(
                    files=files.format(count=formats.whole(taken.files)),
                    block=formats.whole(taken.block),
                    digest=taken.sha256,
                ),
                Tone.INK,
            )
            self._desk.register.changed.emit()

        self._begin(_("Reading the snapshot"))
        self._desk.background.run(work, then, self._failed)

    def _show(self, state: MirrorState) -> None:
        self.status.setText(said_of(state))
        self.export_button.setEnabled(state.synced_block != _NEVER and self.working.isHidden())

    def _told(self, progress: Progress) -> None:
        from touchstone.registry.mirror import Step

        names = {
            Step.BLOCKS: _("Reading blocks"),
            Step.REORGANISED: _("Following a change of the chain"),
            Step.RESTARTED: _("Beginning again: the chain is another"),
            Step.LISTS: _("Fetching lists of batches"),
            Step.INDEX: _("Sorting fingerprints"),
        }
        if not self.working.isHidden():
            said = _("{step}: {block} of {head}").format(
                step=names[progress.step], block=formats.whole(progress.block), head=formats.whole(progress.head)
            )
            self.working.show_step(said, progress.block, max(progress.head, 1))

    def _begin(self, words: str) -> None:
        self._enable(on=False)
        self.working.show_step(words)

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

        self.notice.say(_snapshot_trouble(str(error.trouble)) if isinstance(error, SnapshotError) else why(error))


def _snapshot_trouble(code: str) -> str:
    return {
        "nothing": _("There is nothing final in the copy yet, so there is nothing to export."),
        "unreadable": _("The file could not be read."),
        "not-a-snapshot": _("That is no snapshot of a register."),
        "newer": _("A newer version of Touchstone wrote this snapshot. Use that one to take it."),
        "damaged": _("The snapshot is damaged. Nothing was changed."),
        "unexpected": _("The snapshot has another hash than it should. Nothing was changed."),
        "other-network": _("The snapshot is of another network. Choose that one first."),
        "older": _("The snapshot is older than the copy that is here. Nothing was changed."),
        "busy": _("Another window or command is at it. Try again in a moment."),
        "disk": _("The disk refused it. Nothing was changed."),
    }.get(code, _("It failed. Nothing was changed."))


def said_of(state: MirrorState) -> str:
    """How far a copy goes, as a sentence."""
    if state.synced_block == _NEVER or not state.synced_at:
        return _("There is no copy yet. Without one, no check finds anything in the register.")
    files = ngettext("{count} registered file", "{count} registered files", state.count)
    said = _("{files}, up to block {block}, read {moment}.").format(
        files=files.format(count=formats.whole(state.count)),
        block=formats.whole(state.synced_block),
        moment=formats.moment(datetime.fromtimestamp(state.synced_at, UTC).isoformat()),
    )
    if state.missing:
        lost = ngettext(
            "The list of {count} batch is not here, so its files are not found.",
            "The lists of {count} batches are not here, so their files are not found.",
            state.missing,
        ).format(count=formats.whole(state.missing))
        said = _("{said} {more}").format(said=said, more=lost)
    return said
