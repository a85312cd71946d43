"""Whether an item is in what a model was trained on: asked by file or SHA-256, answered with a proof."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit

from touchstone.texts import _
from touchstone.texts import lineage_deeds as words
from touchstone.texts.plain import plain
from touchstone.ui import lineage_item_work
from touchstone.ui.desk import Desk
from touchstone.ui.forms import ask_path, buttons
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, announce, column, push_button
from touchstone.ui.lineage_details import facts_table
from touchstone.ui.lineage_item_work import Answer, Asked
from touchstone.ui.lineage_work import Subject
from touchstone.ui.models_work import ModelsWork, Task
from touchstone.ui.notes import Notice
from touchstone.ui.progress import Working
from touchstone.ui.style import GRID, Tone

_LOOKS = {
    "present": (Glyph.CHECK, "ink"),
    "absent": (Glyph.CHECK, "ink"),
    "unknown": (Glyph.CIRCLE_DASHED, "muted"),
}


class ItemForm(QFrame):
    """A card: a line for a SHA-256, a button for a file, and the answer. Nothing leaves the computer."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("card")
        self._desk = desk
        self._subject: Subject | None = None
        self.answer: Answer | None = None
        self.work = ModelsWork(desk, self)
        self.field = QLineEdit()
        self.field.setPlaceholderText(_("SHA-256, 64 letters and digits"))
        self.field.setAccessibleName(_("SHA-256 of the item"))
        self.field.setMaxLength(200)
        self.field.setClearButtonEnabled(True)
        self.choose_button = push_button(_("Choose a file…"), Glyph.FILE)
        self.ask_button = push_button(_("Ask"), primary=True)
        self.close_button = push_button(_("Close"))
        self.save_button = push_button(_("Save the proof…"), Glyph.FLOPPY_DISK)
        self.notice, self.working = Notice(), Working(_("Looking the item up"))
        self._mark, self._said = Icon(Glyph.CIRCLE_DASHED, 20, "muted"), Text("", bold=True)
        self._about = Text("")
        self._facts = column(0, 0)
        self._build()
        self._connect()
        self.hide()

    def use(self, subject: Subject | None) -> None:
        """Ask about another model."""
        if subject != self._subject:
            self._subject = subject
            self._show(None)

    def begin(self) -> None:
        """Open it."""
        self.show()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def take(self, path: Path) -> None:
        """Ask about a file."""
        self._run(lambda asked, task: lineage_item_work.of_file(asked, path, task))

    def ask(self) -> None:
        """Ask about the SHA-256 that was typed."""
        typed = self.field.text()
        self._run(lambda asked, task: lineage_item_work.of_hash(asked, typed, task))

    def _run(self, look: Callable[[Asked, Task], Answer]) -> None:
        subject, home, register = self._subject, self._desk.home, self._desk.register
        if subject is None or self.work.running():
            return
        self.notice.dismiss()
        self._show(None)
        self.working.show_step(words.looking_up())
        self.work.run(lambda task: look(Asked(home, register.network(), subject), task), self._answered, self._refused)

    def save(self, folder: Path) -> None:
        """Write the proof of the answer that is shown, with what checks it."""
        answer = self.answer
        if answer is None:
            return

        def then(target: Path) -> None:
            self.notice.say(_("Saved as {path}").format(path=plain(target, 300)), Tone.INK)

        self._desk.background.run(lambda: lineage_item_work.save(answer, folder), then, self._refused)

    def close_down(self) -> None:
        """The window closes."""
        self.work.stop()

    def _build(self) -> None:
        rows = column(2 * GRID, GRID + 4)
        self.setLayout(rows)
        rows.addWidget(Text(_("Is this item in its data?"), bold=True))
        rows.addWidget(Text(words.about_items(), muted=True))
        line = QHBoxLayout()
        line.setSpacing(GRID)
        line.addWidget(self.field, 1)
        line.addWidget(self.ask_button)
        line.addWidget(self.choose_button)
        rows.addLayout(line)
        for widget in (self.notice, self.working):
            rows.addWidget(widget)
        said = QHBoxLayout()
        said.setSpacing(GRID)
        said.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        said.addWidget(self._said, 1)
        rows.addLayout(said)
        rows.addWidget(self._about)
        rows.addLayout(self._facts)
        rows.addLayout(buttons(self.save_button, self.close_button))

    def _connect(self) -> None:
        self.ask_button.clicked.connect(lambda _checked: self.ask())
        self.field.returnPressed.connect(self.ask)
        self.choose_button.clicked.connect(lambda _checked: self._choose())
        self.close_button.clicked.connect(lambda _checked: self.hide())
        self.save_button.clicked.connect(lambda _checked: self._ask_where())
        self.work.stepped.connect(self.working.show_step)
        self.work.busy.connect(self._busy)
        self.working.stopped.connect(self.work.stop)
        self._show(None)

    def _choose(self) -> None:
        ask_path(self, _("Choose the file to look up"), self.take)

    def _ask_where(self) -> None:
        ask_path(self, _("Choose a folder for the proof"), self.save, folder=True)

    def _busy(self, busy: bool) -> None:  # noqa: FBT001 - a signal's argument
        for control in (self.field, self.ask_button, self.choose_button):
            control.setEnabled(not busy)
        if not busy:
            self.working.end()

    def _answered(self, answer: Answer) -> None:
        self.field.setText(answer.item)
        self._show(answer)
        announce(self, self._said.text())
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self, answer: Answer | None) -> None:
        self.answer = answer
        while (item := self._facts.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for widget in (self._mark, self._said, self._about):
            widget.setVisible(answer is not None)
        self.save_button.setVisible(answer is not None and bool(answer.found.proof))
        if answer is None:
            return
        self._mark.set_glyph(*_LOOKS[answer.code])
        self._said.setText(answer.said)
        self._about.setText("\n".join(answer.more))
        if answer.facts:
            self._facts.addWidget(facts_table(answer.facts))

    def _refused(self, error: Exception) -> None:
        said = lineage_item_work.why(error)
        if said:
            self.notice.say(said)
