"""What detectors said, recorded: whether that is collected, what waits, and the lists that stand on the register."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from touchstone.texts import _
from touchstone.texts import lineage_deeds as words
from touchstone.texts import outputs as output_words
from touchstone.ui import lineage_outputs_work
from touchstone.ui.desk import Desk
from touchstone.ui.fields import Switch
from touchstone.ui.forms import card
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Text, column, push_button
from touchstone.ui.labels import line as rule
from touchstone.ui.lineage_forms import ReasonForm
from touchstone.ui.lineage_outputs_model import COUNT, NAME, ROOT, STATE, WHEN, OutputsModel
from touchstone.ui.lineage_outputs_work import Outputs
from touchstone.ui.lineage_who import NameChoice
from touchstone.ui.models_work import ModelsWork
from touchstone.ui.notes import Notice
from touchstone.ui.pages import Scroll
from touchstone.ui.progress import Working
from touchstone.ui.signing import Deed, Signing
from touchstone.ui.style import GRID, Tone, Type
from touchstone.ui.tables import Table

if TYPE_CHECKING:
    from touchstone.registry.model_types import OutputList
    from touchstone.store.outputs_journal import Batch

_WIDTHS = {WHEN: 200, COUNT: 88, NAME: 168, ROOT: 176, STATE: 160}
_TABLE = 168  # pixels, at least
_WIDEST = 1320
_NAMES = 320


class OutputsPage(QWidget):
    """Nothing is collected before the switch is on, and nothing is recorded before the sheet was agreed to."""

    publisher_asked = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._found: Outputs | None = None
        self._again = False
        self.model = OutputsModel(self)
        self.work = ModelsWork(desk, self)
        self.signing = Signing(desk, self)
        self.notice = Notice()
        self.working = Working(_("Recording outputs"))
        self.switch = Switch(words.collect())
        self.switch.setAccessibleName(self.switch.text())
        self.names = NameChoice()
        self.form = ReasonForm()
        self.table = Table(desk, self.model, _("Recorded lists"), "models-outputs")
        self.table.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.table.lay_out(_WIDTHS, STATE)
        self.table.header().setSortIndicator(WHEN, Qt.SortOrder.DescendingOrder)
        self.table.setMinimumHeight(_TABLE)
        self.record_button = push_button(_("Record…"), Glyph.CLIPBOARD_TEXT)
        self.withdraw_button = push_button(_("Withdraw…"), Glyph.PROHIBIT)
        self.withdraw_button.setAccessibleName(_("Withdraw a list of outputs"))
        self.names.setMaximumWidth(_NAMES)
        self._waits = Text("", bold=True)
        self._about = Text("", Type.CAPTION, muted=True)
        self._public = Text(" ".join(output_words.becomes_public("")), muted=True)
        self._none = Text(words.nothing_recorded(), muted=True)
        self._build()
        self._connect()
        self._refresh()

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """The buttons that belong to this page."""
        return self.record_button, self.withdraw_button

    def look(self) -> None:
        """Read again what waits and what is recorded, where the page is shown."""
        if not self.isVisible() or self.signing.running():
            return
        if self.work.running():
            self._again = True
            self.work.stop()
            return
        self._again, desk = False, self._desk
        self.work.run(lambda task: lineage_outputs_work.read(desk, task), self._show, self._unread)

    def back(self) -> bool:
        """Esc: away from the form; false where there was nothing to leave."""
        if self.form.isHidden():
            return False
        self.form.hide()
        self.table.setFocus()
        return True

    def enter(self) -> None:
        """Go to the first thing that can be pressed."""
        self.switch.setFocus(Qt.FocusReason.TabFocusReason)

    def close_down(self) -> None:
        """The window closes."""
        self._again = False
        self.work.stop()
        self.signing.stop()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_choice()
        self.look()

    # Building

    def _build(self) -> None:
        page = QWidget()
        rows = column(0, GRID + 4)
        page.setLayout(rows)
        rows.addWidget(self.notice)
        rows.addWidget(self.working)
        rows.addWidget(self.form)
        box, inside = card(2 * GRID, GRID)
        inside.addWidget(self.switch)
        inside.addWidget(Text(words.about_collecting(), muted=True))
        inside.addWidget(rule())
        line = QHBoxLayout()
        line.setSpacing(2 * GRID)
        said = column(0, 2)
        said.addWidget(self._waits)
        said.addWidget(self._about)
        line.addLayout(said, 1)
        self._name_label = Text(_("In the name of"), muted=True, wrap=False)
        self._name_label.setBuddy(self.names)
        line.addWidget(self._name_label)
        line.addWidget(self.names)
        inside.addLayout(line)
        inside.addWidget(self._public)
        rows.addWidget(box)
        rows.addWidget(self._none)
        rows.addWidget(self.table)
        scroll = Scroll(widest=_WIDEST, margin=0)
        scroll.hold(page)
        whole = column(0, 0)
        self.setLayout(whole)
        whole.addWidget(scroll)

    def _connect(self) -> None:
        self.switch.toggled.connect(self._switched)
        self.record_button.clicked.connect(lambda _checked: self._record())
        self.withdraw_button.clicked.connect(lambda _checked: self._ask_withdraw())
        self.table.remove_asked.connect(self._ask_withdraw)
        self.table.selectionModel().selectionChanged.connect(lambda *_args: self._refresh())
        self.model.modelReset.connect(self._refresh)
        self.form.agree.clicked.connect(lambda _checked: self._withdraw())
        self.notice.action.clicked.connect(lambda _checked: self.publisher_asked.emit())
        self.work.stepped.connect(self.working.show_step)
        self.work.busy.connect(self._busy)
        self.signing.stepped.connect(self.working.show_step)
        self.signing.busy.connect(self._busy)
        self.working.stopped.connect(self._stop)
        for signal in (self._desk.register.changed, self._desk.register.network_changed, self._desk.history_changed):
            signal.connect(self.look)
        self._desk.register.keys_changed.connect(self.look)
        self._desk.settings_changed.connect(self._show_choice)

    # What is shown

    def _show_choice(self) -> None:
        self.switch.blockSignals(True)  # noqa: FBT003 - Qt's
        self.switch.setChecked(lineage_outputs_work.collects(self._desk.settings))
        self.switch.blockSignals(False)  # noqa: FBT003 - Qt's
        self._refresh()

    def _show(self, found: Outputs) -> None:
        self._found = found
        self.names.offer(found.names)
        self.model.show(found.lists)
        self._refresh()
        self._go_on()

    def _refresh(self) -> None:
        found, free = self._found, not self.signing.running()
        count = 0 if found is None else len(found.waiting.said)
        begun = found is not None and bool(found.unfinished)
        self._waits.setText(words.begun() if begun else output_words.waits(count))
        left = () if found is None else output_words.left_out(found.waiting.unknown, found.waiting.unreadable)
        self._about.setText(" ".join(left))
        self._about.setVisible(bool(left))
        self._public.setVisible(count > 0 or begun)
        several = found is not None and bool(found.names)
        self._name_label.setVisible(several)
        self.names.setVisible(several)
        self._none.setVisible(not self.model.count())
        self.table.setVisible(bool(self.model.count()))
        self.record_button.setEnabled(free and (count > 0 or begun))
        chosen = self._chosen()
        self.withdraw_button.setEnabled(free and chosen is not None and not chosen.withdrawn)

    def _chosen(self) -> OutputList | None:
        rows = self.table.chosen()
        return self.model.row(rows[0]) if rows and rows[0] < self.model.count() else None

    def _busy(self, busy: bool) -> None:  # noqa: FBT001 - a signal's argument
        if not busy and not self.signing.running() and not self.work.running():
            self.working.end()
        self._refresh()

    # What happens

    def _switched(self, on: bool) -> None:  # noqa: FBT001 - a signal's argument
        self._desk.change_settings(lineage_outputs_work.collecting(self._desk.settings, on=on))
        self.look()

    def _record(self) -> None:
        found, name, desk = self._found, self.names.chosen(), self._desk
        if found is None:
            return
        if name is None:
            self.notice.say(words.no_key(), Tone.AMBER, _("Become a publisher"))
            return
        self.notice.dismiss()

        def work(deed: Deed) -> Batch:
            return lineage_outputs_work.record(desk, deed, name, found.unfinished, found.waiting)

        def then(batch: Batch) -> None:
            self.notice.say(output_words.recorded(batch), Tone.INK)
            self.look()

        self.signing.run(name.key, work, then, self._refused)

    def _ask_withdraw(self) -> None:
        chosen = self._chosen()
        if chosen is not None and self.withdraw_button.isEnabled():
            self.notice.dismiss()
            self.form.begin(words.withdraw_list(chosen.count), words.withdraw_list_means())

    def _withdraw(self) -> None:
        chosen, desk, reason = self._chosen(), self._desk, self.form.chosen()
        key = None if self._found is None or chosen is None else self._found.key_of(chosen.signer)
        self.form.hide()
        if chosen is None:
            return
        if key is None:
            self.notice.say(_("The key that recorded this list is not on this computer."))
            return

        def then(_none: None) -> None:
            self.notice.say(words.list_withdrawn(), Tone.INK)
            self.look()

        def work(deed: Deed) -> None:
            lineage_outputs_work.withdraw(desk, deed, chosen, reason)

        self.signing.run(key, work, then, self._refused)

    def _refused(self, error: Exception) -> None:
        said = lineage_outputs_work.why(error)
        if said:
            self.notice.say(said)
        self.look()

    def _unread(self, error: Exception) -> None:
        said = lineage_outputs_work.why(error)
        if said and not self._again:
            self.notice.say(said)
        self._go_on()

    def _go_on(self) -> None:
        if self._again:
            self.look()

    def _stop(self) -> None:
        self._again = False
        self.work.stop()
        self.signing.stop()
