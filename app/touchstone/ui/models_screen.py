"""The Models screen: which detectors there are, how often each is wrong, and adding, switching, verifying, removing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from touchstone.texts import _, formats, ngettext
from touchstone.texts import models as words
from touchstone.texts.plain import plain
from touchstone.ui import models_evaluation, models_rows
from touchstone.ui.actions import open_file
from touchstone.ui.desk import Desk
from touchstone.ui.forms import ask_path
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Text, push_button
from touchstone.ui.models_details import empty_page
from touchstone.ui.models_model import FILE, LOOKS_AT, RATES, STATE, TITLE, ModelsModel, Row
from touchstone.ui.models_pane import ABOUT, ModelPane
from touchstone.ui.models_parts import AllOff, Foot
from touchstone.ui.models_work import ModelsWork, Task
from touchstone.ui.notes import Notice
from touchstone.ui.progress import Working
from touchstone.ui.style import GRID, Tone, Type
from touchstone.ui.tables import Table
from touchstone.ui.trust_panel import Confirm

if TYPE_CHECKING:
    from touchstone.check.evaluate_kept import Evaluation

_WIDTHS = {TITLE: 176, LOOKS_AT: 122, STATE: 144, FILE: 104, RATES: 200}
_HEAD, _ROW, _MOST_ROWS = 38, 44, 6  # pixels, and how many rows the table asks for
_LEAST_TABLE, _LEAST_CARD = 128, 96


class ModelsScreen(QWidget):
    """A table of the detectors, and below it what is known of the one that is chosen.

    `publisher_asked` leads to where one becomes a publisher.
    """

    publisher_asked = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("screen")
        self._desk = desk
        self._generation = 0
        self._sized = False
        self._waiting: list[Path] = []  # folders to add after the one that is being added
        self._current = self._to_choose = ""
        self.model = ModelsModel(self)
        self.work = ModelsWork(desk, self)
        self.notice = Notice()
        self.off = AllOff(desk)
        self.confirm = Confirm()
        self.working = Working(_("Working on a detector"))
        self.table = Table(desk, self.model, _("Detectors"), "models")
        self.table.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.table.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.table.lay_out(_WIDTHS, RATES)
        self.pane = ModelPane(desk)
        self.details = self.pane.details
        self.add_button = push_button(_("Add…"), Glyph.PLUS, primary=True)
        self.add_button.setAccessibleName(_("Add a detector from a folder"))
        self.switch_button = push_button(_("Switch off"), Glyph.PROHIBIT)
        self.evaluate_button = push_button(_("Evaluate…"), Glyph.GAUGE)
        self.evaluate_button.setAccessibleName(_("Evaluate on a folder of pictures"))
        self.evaluate_button.setToolTip(words.how_a_folder_is_made())
        self.verify_button = push_button(_("Verify again"), Glyph.ARROWS_CLOCKWISE)
        self.remove_button = push_button(_("Remove…"), Glyph.TRASH)
        own = (self.evaluate_button, self.verify_button, self.switch_button, self.remove_button)
        self.foot = Foot()
        self.foot.add(ABOUT, own)
        self._action: Callable[[], None] | None = None
        self._build()
        self._connect()
        self._refresh()

    @property
    def drop_words(self) -> str:
        """What is said while something is dragged over this screen."""
        return self.pane.drop_words or _("Drop a folder with model.onnx and manifest.json to add that detector")

    def take_files(self, paths: Sequence[Path]) -> None:
        """Add what was dropped: folders of models, or files of one."""
        if self.pane.take(paths):
            return
        folders = dict.fromkeys(path.parent if path.name in models_rows.FILES else path for path in paths)
        self._waiting += folders
        if not self.work.running():
            self._add_next()

    def choose_files(self) -> None:
        """Ctrl+O: ask for a folder."""
        ask_path(self, _("Choose the folder of a model"), lambda path: self.take_files([path]), folder=True)

    def back(self) -> None:
        """Esc: away from a question or a message."""
        if self.pane.back():
            return
        if not self.confirm.isHidden():
            self.confirm.hide()
        else:
            self.notice.dismiss()
        self.table.setFocus()

    def close_down(self) -> None:
        """The window closes: nothing is begun any more, and what runs ends soon."""
        self._waiting.clear()
        self.work.stop()
        self.pane.close_down()

    def reload(self, choose: str = "") -> None:
        """Look again at which detectors there are; then choose one of them, by its id."""
        home, network = self._desk.home, self._desk.register.network_name
        self._to_choose = choose or self._to_choose
        self._generation += 1
        generation = self._generation

        def then(rows: Sequence[Row]) -> None:
            if generation == self._generation:
                self._show(rows)

        self._desk.background.run(lambda: models_rows.read(home, network), then, self._refused)

    def _look_again(self) -> None:
        """The register may say something else of them now; what is not shown looks when it is."""
        if self.isVisible():
            self.reload()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.off.tell()
        self.reload()

    # Building

    def _build(self) -> None:
        rows = QVBoxLayout(self)
        rows.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        rows.setSpacing(2 * GRID)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(Text(_("Models"), Type.SECTION, wrap=False))
        head.addStretch(1)
        head.addWidget(self.add_button)
        rows.addLayout(head)
        for widget in (self.off, self.notice, self.confirm, self.working):
            rows.addWidget(widget)
        self._both = both = QSplitter(Qt.Orientation.Vertical)
        both.setChildrenCollapsible(False)
        both.setHandleWidth(2 * GRID)
        both.setStyleSheet("QSplitter::handle { background: transparent; }")
        self.table.setMinimumHeight(_LEAST_TABLE)
        self.pane.setMinimumHeight(_LEAST_CARD)
        both.addWidget(self.table)
        both.addWidget(self.pane)
        both.setStretchFactor(1, 1)
        both.splitterMoved.connect(lambda *_args: self._keep_sizes())
        self._bodies = QStackedWidget()
        self._bodies.addWidget(empty_page())
        self._bodies.addWidget(both)
        rows.addWidget(self._bodies, 1)
        rows.addWidget(self.foot)
        self.foot.turn(self.pane.page)

    def _connect(self) -> None:
        self.table.selectionModel().selectionChanged.connect(lambda *_args: self._chose())
        self.model.modelReset.connect(self._choose_again)
        self.table.open_asked.connect(self.pane.enter)
        self.table.remove_asked.connect(self._ask_remove)
        self.add_button.clicked.connect(lambda _checked: self.choose_files())
        self.switch_button.clicked.connect(lambda _checked: self._switch())
        self.evaluate_button.clicked.connect(lambda _checked: self._ask_pictures())
        self.verify_button.clicked.connect(lambda _checked: self._verify())
        self.remove_button.clicked.connect(lambda _checked: self._ask_remove())
        self.pane.made.connect(self.foot.add)
        self.pane.turned.connect(lambda: self.foot.turn(self.pane.page))
        self.pane.publisher_asked.connect(self.publisher_asked)
        self.pane.model_asked.connect(lambda model: self._choose(self.model.row_of(model)))
        self.notice.action.clicked.connect(lambda _checked: self._act())
        self.work.stepped.connect(self.working.show_step)
        self.work.busy.connect(self._busy)
        for signal in (self._desk.register.changed, self._desk.register.network_changed):
            signal.connect(self._look_again)
        self.working.stopped.connect(self._stop)

    # What is shown

    def _show(self, rows: Sequence[Row]) -> None:
        """Show these."""
        self._current, self._to_choose = self._to_choose or self._current, ""
        self.model.show_rows(rows)
        self._fit()

    def _choose_again(self) -> None:
        """What was chosen stays so, in whatever order; the first where it is gone."""
        if self.model.count():
            self._choose(self.model.row_of(self._current))
        self._chose()

    def _choose(self, place: int) -> None:
        self.table.setCurrentIndex(self.model.index(max(0, place), 0))

    def _fit(self) -> None:
        """As many rows as there are, up to half of the height, where nobody has decided otherwise."""
        if not self._sized:
            height = self._both.height()
            table = min(_HEAD + min(self.model.count(), _MOST_ROWS) * _ROW, height // 2)
            self._both.setSizes([table, height - table])

    def _keep_sizes(self) -> None:
        self._sized = True

    def _chose(self) -> None:
        row = self._chosen()
        self._current = row.id if row is not None else ""
        self.pane.show_row(row)
        self._refresh()

    def _chosen(self) -> Row | None:
        rows = self.table.chosen()
        return self.model.row(rows[0]) if rows and rows[0] < self.model.count() else None

    def _refresh(self) -> None:
        count, row, free = self.model.count(), self._chosen(), not self.work.running()
        self._bodies.setCurrentIndex(1 if count else 0)
        said = ngettext("{count} detector", "{count} detectors", count).format(count=formats.whole(count))
        self.foot.count.setText(said)
        on = row is not None and row.enabled
        name = _("Switch off") if on else _("Switch on")
        self.switch_button.setText(name)
        self.switch_button.setAccessibleName(name)
        self.add_button.setEnabled(free)
        self.evaluate_button.setEnabled(free and row is not None and row.state == "ok")
        self.verify_button.setEnabled(free and row is not None)
        self.switch_button.setEnabled(free and row is not None and (on or row.state == "ok"))
        self.remove_button.setEnabled(free and row is not None and not row.shipped)

    def _busy(self, busy: bool) -> None:  # noqa: FBT001 - a signal's argument
        if busy:
            self.confirm.hide()
            self.notice.dismiss()
        else:
            self.working.end()
        self._refresh()

    # What happens

    def _add_next(self) -> None:
        if not self._waiting:
            return
        folder, home = self._waiting.pop(0), self._desk.home
        self.working.show_step(words.step("reading"))

        def then(row: Row) -> None:
            self._say(words.added(row.title), Tone.INK, _("Switch it on"), lambda: self._enable(row, on=True))
            self.reload(row.id)
            self._add_next()

        self.work.run(lambda task: models_rows.add(home, folder, task), then, self._not_added(folder))

    def _not_added(self, folder: Path) -> Callable[[Exception], None]:
        def otherwise(error: Exception) -> None:
            from touchstone.check.opening import Stopped

            if isinstance(error, Stopped):
                self._waiting.clear()
                self._say(_("Stopped. Nothing was added."), Tone.INK)
            else:
                name = plain(folder.name, 60)
                self._say(_("{name} was not added. {why}").format(name=name, why=models_rows.why(error)))
            self.reload()
            self._add_next()

        return otherwise

    def _switch(self) -> None:
        row = self._chosen()
        if row is not None:
            self._enable(row, on=not row.enabled)

    def _enable(self, row: Row, *, on: bool) -> None:
        home = self._desk.home

        def then(_none: None) -> None:
            self._say(words.switched(row.title, on=on), Tone.INK)
            self._changed(row.id)

        self.work.run(lambda _task: models_rows.enable(home, row.id, on=on), then, self._refused)

    def _verify(self) -> None:
        row, home = self._chosen(), self._desk.home
        if row is None:
            return
        self.working.show_step(words.step("reading"))

        def then(_took: int) -> None:
            self._say(words.verified(row.title), Tone.INK)
            self.reload()

        def otherwise(error: Exception) -> None:
            from touchstone.check.opening import Stopped

            if isinstance(error, Stopped):
                self._say(_("Stopped. It was not verified."), Tone.INK)
            else:
                self._say(_("{name}: {why}").format(name=row.title, why=models_rows.why(error)))
            self.reload()

        self.work.run(lambda task: models_rows.verify(home, row.id, task), then, otherwise)

    def _ask_pictures(self) -> None:
        row = self._chosen()
        if row is not None:
            title = _("Choose a folder with untouched and generated pictures")
            ask_path(self, title, lambda folder: self.evaluate(row, folder), folder=True)

    def evaluate(self, row: Row, folder: Path) -> None:
        """Measure a detector on the pictures in a folder."""
        home, settings = self._desk.home, self._desk.settings

        def then(done: tuple[Evaluation, str]) -> None:
            found, said = done
            self._say(said, Tone.INK, _("Save the report…"), lambda: self._ask_where(found, row))
            self._changed(row.id)

        def otherwise(error: Exception) -> None:
            stopped = isinstance(error, models_evaluation.StoppedEarlyError)
            self._say(models_evaluation.why(error), Tone.INK if stopped else Tone.AMBER)

        def work(task: Task) -> tuple[Evaluation, str]:
            found = models_evaluation.evaluate(home, settings, row.id, folder, task)
            return found, models_evaluation.came_to(home, found, row.title)

        if self.work.run(work, then, otherwise):
            self.working.show_step(_("Looking for pictures"))

    def _ask_where(self, found: Evaluation, row: Row) -> None:
        name = models_evaluation.proposed_name(found, row.title, self._desk.settings.report_folder)
        filters = [_("HTML page (*.html)"), _("JSON (*.json)")]
        title = _("Save the report")
        ask_path(self, title, lambda path: self.save_report(found, path), filters=filters, save_as=name)

    def save_report(self, found: Evaluation, path: Path) -> None:
        """Write the figures of an evaluation."""

        def then(target: Path) -> None:
            said = _("Saved as {path}").format(path=plain(target, 300))
            self._say(said, Tone.INK, _("Open it"), lambda: open_file(target))

        self._desk.background.run(
            lambda: models_evaluation.save(found, path), then, lambda error: self._say(models_evaluation.why(error))
        )

    def _ask_remove(self) -> None:
        row = self._chosen()
        if row is not None and self.remove_button.isEnabled():
            question = _("{ask} {what}").format(ask=words.ask_remove(row.title), what=words.remove_consequence())
            self.notice.dismiss()
            self.confirm.ask(question, _("Remove"), lambda: self._remove(row))

    def _remove(self, row: Row) -> None:
        home = self._desk.home

        def then(_none: None) -> None:
            self._say(words.removed(row.title), Tone.INK)
            self._changed()
            self.table.setFocus()

        self.work.run(lambda _task: models_rows.remove(home, row.id), then, self._refused)

    def _changed(self, choose: str = "") -> None:
        """Other detectors are asked from now on."""
        self._desk.refresh_trust()
        self.reload(choose)

    def _stop(self) -> None:
        self._waiting.clear()
        self.work.stop()

    def _refused(self, error: Exception) -> None:
        self._say(models_rows.why(error))
        self.reload()

    def _say(
        self, said: str, tone: Tone = Tone.AMBER, action: str = "", call: Callable[[], None] | None = None
    ) -> None:
        self._action = call
        self.notice.say(said, tone, action)

    def _act(self) -> None:
        call, self._action = self._action, None
        self.notice.dismiss()
        if call is not None:
            call()
