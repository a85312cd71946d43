"""Publishing: the files to be registered on the left, how it is to be done and what it costs on the right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from touchstone.texts import _, formats, ngettext
from touchstone.ui import publish_results as results
from touchstone.ui.actions import show_folder
from touchstone.ui.desk import Desk
from touchstone.ui.forms import card
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, announce, column, line, push_button
from touchstone.ui.notes import Notice
from touchstone.ui.pages import Scroll
from touchstone.ui.progress import Working
from touchstone.ui.publish_inspect import Inspector
from touchstone.ui.publish_model import CREDENTIALS, NAME, REGISTERED, SHA256, STATE, Entry, Known, PublishModel, Stage
from touchstone.ui.publish_options import Options, OptionsPanel
from touchstone.ui.publish_results import plan_words
from touchstone.ui.publish_work import Actor, PublishWork
from touchstone.ui.signing import Signing
from touchstone.ui.start import DropZone
from touchstone.ui.style import GRID, Tone, Type
from touchstone.ui.tables import Table

if TYPE_CHECKING:
    from touchstone.registry.job import Outcome, Planned
    from touchstone.registry.own import OwnPublisher
    from touchstone.store.publish_journal import JobLine
    from touchstone.ui.identity import Who

_WIDTHS = {NAME: 200, SHA256: 160, CREDENTIALS: 104, REGISTERED: 112, STATE: 128}
_SIDE = 336


class FilesPage(QWidget):
    """Takes files, and registers them in the name of the publisher that is chosen."""

    identity_asked = Signal()  # there is no publisher yet

    def __init__(self, desk: Desk, *, practice: bool) -> None:
        super().__init__()
        self._desk = desk
        self._result: Path | None = None
        self._waiting: JobLine | None = None
        self.signing = Signing(desk, self)
        self.work = PublishWork(desk, self.signing)
        self.notice = Notice()
        self.unfinished = Notice(closable=False)
        self.discard = push_button(_("Discard"), quiet=True)
        self.model = PublishModel(self)
        self.inspector = Inspector(desk, self.model, self)
        self.table = Table(desk, self.model, _("Files to publish"), "publish-files")
        self.table.lay_out(_WIDTHS, NAME)
        self.options = OptionsPanel(practice=practice)
        self.working = Working(_("Publishing"))
        self.add_button = push_button(_("Add files…"), Glyph.PLUS)
        self.remove_button = push_button(_("Remove"), Glyph.TRASH)
        self.choose = push_button(_("Choose files…"), Glyph.FOLDER_OPEN, primary=True)
        self.dry_run = push_button(_("Try without sending"))
        self.register = push_button(_("Register…"), primary=True)
        self._count = Text("", muted=True)
        self._cost = Text("", Type.CAPTION)
        self._busy = False
        self.who: Who | None = None
        self.publisher: OwnPublisher | None = None
        self._build()
        self._connect()
        self.refresh()

    def use(self, who: Who, publisher: OwnPublisher | None) -> None:
        """Register in the name of this publisher; None where there is none yet."""
        network_before = self.who.network.name if self.who is not None else ""
        self.who, self.publisher = who, publisher
        self.inspector.use(publisher.number if publisher is not None else 0)
        if network_before != who.network.name:
            self.options.use_network(practice=who.network.practice)
            self.inspector.again(self.model.entries())
        self.work.look(who.network)
        self.refresh()

    def take(self, paths: Sequence[Path]) -> None:
        """List files and folders, and look at them."""
        self.inspector.add(paths)

    def ready(self) -> list[Entry]:
        """The files that can be registered: read, and not registered by this publisher already."""
        return [
            entry
            for entry in self.model.entries()
            if entry.stage in {Stage.READY, Stage.SIGNED} and entry.known is not Known.YOURS
        ]

    def show_cost(self, words: str) -> None:
        """What it would cost and make public, below the choices."""
        self._cost.setText(words)
        self._cost.setVisible(bool(words))
        if words:
            announce(self, words)
            QTimer.singleShot(0, lambda: self._scroll.ensureWidgetVisible(self._cost))

    def cost(self) -> str:
        """What is shown of it."""
        return self._cost.text()

    def close_down(self) -> None:
        """Stop everything."""
        self.inspector.close()
        self.signing.stop()

    # Building

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GRID)
        left = column(0, GRID + 4)
        self._bodies = QStackedWidget()
        self._bodies.addWidget(self._empty())
        self._bodies.addWidget(self.table)
        left.addWidget(self.unfinished)
        left.addWidget(self.notice)
        left.addWidget(self._bodies, 1)
        left.addWidget(self.working)
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(self._count, 1)
        foot.addWidget(self.add_button)
        foot.addWidget(self.remove_button)
        left.addLayout(foot)
        row.addLayout(left, 1)
        row.addWidget(self._side())

    def _side(self) -> QWidget:
        frame, rows = card(0, 0)
        frame.setFixedWidth(_SIDE)
        choices = QWidget()
        inside = column(0, 2 * GRID)
        choices.setLayout(inside)
        inside.addWidget(self.options)
        inside.addWidget(self._cost)
        self._cost.hide()
        self._scroll = Scroll(widest=_SIDE, margin=2 * GRID)
        self._scroll.hold(choices)
        rows.addWidget(self._scroll, 1)
        rows.addWidget(line())
        below = QVBoxLayout()
        below.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        below.setSpacing(GRID)
        for button in (self.dry_run, self.register):
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            below.addWidget(button)
        rows.addLayout(below)
        return frame

    def _empty(self) -> QWidget:
        zone = DropZone()
        zone.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        rows = QVBoxLayout(zone)
        rows.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 3 * GRID)
        rows.setSpacing(GRID + 4)
        centre = Qt.AlignmentFlag.AlignHCenter
        rows.addStretch()
        rows.addWidget(Icon(Glyph.DOWNLOAD_SIMPLE, 40, "accent"), 0, centre)
        said = (
            (_("Drop the files you publish here"), Type.SECTION, False),
            (
                _("Only their fingerprints go into the register. The files themselves stay where they are."),
                Type.BODY,
                True,
            ),
        )
        for words, kind, muted in said:
            label = Text(words, kind, muted=muted)
            label.setAlignment(centre)
            rows.addWidget(label)
        rows.addSpacing(GRID)
        rows.addWidget(self.choose, 0, centre)
        rows.addStretch()
        return zone

    def _connect(self) -> None:
        self.add_button.clicked.connect(self.ask)
        self.choose.clicked.connect(self.ask)
        self.remove_button.clicked.connect(self._remove)
        self.table.remove_asked.connect(self._remove)
        self.table.selectionModel().selectionChanged.connect(lambda *_args: self.refresh())
        self.model.counted.connect(lambda _count: self.refresh())
        self.inspector.progressed.connect(self._progress)
        self.inspector.ended.connect(self._progress)
        self.working.stopped.connect(self._stop)
        self.dry_run.clicked.connect(self._plan)
        self.register.clicked.connect(self._register)
        self.options.changed.connect(lambda: self.show_cost(""))
        self.signing.stepped.connect(self.working.show_step)
        self.signing.busy.connect(self._set_busy)
        self.work.planned.connect(self._planned)
        self.work.done.connect(self._done)
        self.work.failed.connect(self._failed)
        self.work.interrupted.connect(self._interrupted)
        self.unfinished.add_button(self.discard)
        self.unfinished.action.clicked.connect(self._go_on)
        self.discard.clicked.connect(self._discard)
        self.notice.action.clicked.connect(self._show_result)

    # What happens

    def ask(self) -> None:
        """Ask which files."""
        dialog = QFileDialog(self.window(), _("Files to publish"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda names: self.take([Path(name) for name in names]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def refresh(self) -> None:
        """Show what is on the list and what can be done."""
        count, ready = self.model.rowCount(), len(self.ready())
        self._bodies.setCurrentIndex(1 if count else 0)
        said = ngettext("{count} file", "{count} files", count).format(count=formats.whole(count))
        if count and ready != count:
            said = _("{files}, {ready} to register").format(files=said, ready=formats.whole(ready))
        self._count.setText(said if count else "")
        self.add_button.setVisible(bool(count))
        self.remove_button.setVisible(bool(count))
        self.remove_button.setEnabled(not self._busy and bool(self.table.chosen()))
        self.add_button.setEnabled(not self._busy)
        free = ready > 0 and not self._busy and not self.inspector.running()
        self.dry_run.setEnabled(free and self.publisher is not None)
        self.register.setEnabled(free)
        self._label(ready)

    def _label(self, ready: int) -> None:
        """What the button does: where there is no publisher yet, one comes first."""
        if self.publisher is None and self.who is not None:
            self.register.setText(_("Become a publisher first…"))
            self.register.setAccessibleName(self.register.text())
            return
        label = ngettext("Register {count} file…", "Register {count} files…", ready).format(count=formats.whole(ready))
        self.register.setText(label if ready else _("Register…"))
        self.register.setAccessibleName(self.register.text())

    def _remove(self) -> None:
        if self._busy:
            return
        rows = self.table.chosen()
        entries = [self.model.entry(row) for row in rows]
        self.inspector.forget(entries)
        self.model.remove(entries)
        if rows and self.model.rowCount():
            row = min(rows[0], self.model.rowCount() - 1)
            self.table.setCurrentIndex(self.model.index(row, 0))
        self.show_cost("")
        self.refresh()

    def _progress(self) -> None:
        if self._busy:
            return
        done, total = self.inspector.counts()
        if self.inspector.running():
            words = _("Reading files: {done} of {total}").format(done=formats.whole(done), total=formats.whole(total))
            self.working.show_step(words, done, total)
        else:
            self.working.end()
        self.refresh()

    # Publishing

    def _actor(self) -> Actor | None:
        """Who registers; None, and a word or a page about it, where nobody can."""
        if self.who is None or self.publisher is None:
            self.identity_asked.emit()
            return None
        key = self.who.key_for(self.publisher)
        if key is None:
            self.notice.say(_("No key of this publisher is on this computer."))
            return None
        return Actor(self.who.network, self.publisher.number, self.publisher.name, key)

    def _asked(self) -> tuple[Actor, Options, list[Path]] | None:
        """What is to be done, if it can be."""
        actor, options = self._actor(), self.options.value()
        if actor is None:
            return None
        self.notice.hide()
        if options.sign_with and options.folder is None:
            self.notice.say(_("Choose a folder for the signed copies first. The files themselves stay as they are."))
            return None
        return actor, options, [entry.path for entry in self.ready()]

    def _plan(self) -> None:
        asked = self._asked()
        if asked is not None:
            self.work.plan(*asked)

    def _register(self) -> None:
        asked = self._asked()
        if asked is not None:
            self.work.begin(*asked)

    def _go_on(self) -> None:
        actor = self._actor()
        if actor is not None and self._waiting is not None:
            self.notice.hide()
            self.work.go_on(actor, self.options.value(), self._waiting)

    def _discard(self) -> None:
        if self.who is not None and self._waiting is not None:
            self.work.discard(self.who.network, self._waiting)

    def _stop(self) -> None:
        self.inspector.stop()
        self.signing.stop()

    def _set_busy(self, busy: bool) -> None:  # noqa: FBT001 - a signal's argument
        """While something is under way, the list and the choices stay as they are."""
        self._busy = busy
        self.options.setEnabled(not busy)
        self.unfinished.setEnabled(not busy)
        if busy:
            self.working.show_step(_("Getting ready"))
        else:
            self.working.end()
        self.refresh()

    def _planned(self, planned: Planned) -> None:
        self.show_cost(plan_words(planned, self.options.value().mode))

    def _done(self, outcome: Outcome) -> None:
        results.show(self.model, outcome.files)
        self._result = outcome.table
        said, tone = results.sentence(outcome, self._desk.home)
        self.notice.say(said, tone, _("Open the receipts") if outcome.table is not None else "")
        self.show_cost("")
        if any(line.final is not None for line in outcome.files):
            self._desk.refresh_trust()  # the application's own signer may have signed for the first time
        self._look_again()

    def _failed(self, error: Exception | None) -> None:
        if error is not None:
            self.notice.say(results.why_not(error))
        self._look_again()

    def _look_again(self) -> None:
        if self.who is not None:
            self.work.look(self.who.network)
        self.refresh()

    def _interrupted(self, line: JobLine | None) -> None:
        self._waiting = line
        if line is None or self.signing.running():
            self.unfinished.hide()
            return
        said = _("Publishing that was begun on {moment} is not finished. Nothing is signed or registered twice.")
        said = said.format(moment=formats.moment(line.created))
        if line.order.get("sign"):
            said = _("{said} Choose on the right who signs before you continue.").format(said=said)
        self.unfinished.say(said, Tone.AMBER, _("Continue"))

    def _show_result(self) -> None:
        if self._result is not None:
            show_folder(self._result)
