"""The files of a batch on the left, the answer about the chosen one on the right. Built when files first come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListView,
    QProgressBar,
    QSplitter,
    QWidget,
)

from touchstone.report import Message
from touchstone.texts import _, formats, ngettext, notices
from touchstone.ui.actions import show_folder
from touchstone.ui.batch import Item, Shown, State
from touchstone.ui.desk import Desk
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Text, column, line, margins, tool_button
from touchstone.ui.model import BatchModel, detail_line, state_line
from touchstone.ui.pane import CardPane
from touchstone.ui.rows import RowDelegate
from touchstone.ui.runner import Runner
from touchstone.ui.style import GRID, Tone, Type

_LIST_WIDTH = 368


class BatchList(QListView):
    """The list of files. Del takes files off it or stops them; Enter moves on to the card."""

    remove_asked = Signal()
    card_asked = Signal()

    def __init__(self, model: BatchModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setAccessibleName(_("Files"))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace:
                self.remove_asked.emit()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.card_asked.emit()
            case _:
                super().keyPressEvent(event)


class Bench(QWidget):
    """The list of files and the card of the chosen one."""

    said = Signal(str, object)  # something to tell above the list, and its Tone
    settled = Signal()  # what was told is settled
    files_asked = Signal()
    emptied = Signal()  # no file is left

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._wanted: Path | None = None
        self.model = BatchModel(self)
        self.runner = Runner(desk, self.model, self)
        layout = column(0, 0)
        self.setLayout(layout)
        layout.addWidget(self._work_page())
        self._connect()
        self._refresh()

    def check(self, paths: Sequence[Path], show: Path | None = None) -> None:
        """Check files and folders, and show the card of the first of them, or of `show`."""
        self._wanted = show
        self.runner.add(paths)

    def save(self) -> None:
        """Save the report that is shown."""
        if self.pane.card is not None:
            self.pane.buttons.ask_where()

    # Building

    def _work_page(self) -> QWidget:
        self.list = BatchList(self.model)
        self._delegate = RowDelegate(self.model, self)
        self.list.setItemDelegate(self._delegate)
        self.pane = CardPane(self._desk)
        self.pane.buttons.add(_("Check again"), Glyph.ARROW_CLOCKWISE, self._again)
        left = QFrame()
        left.setObjectName("card")
        left.setStyleSheet("QFrame#card { border: none; border-radius: 0; }")
        side = column(0, 0)
        left.setLayout(side)
        side.addWidget(self._list_head())
        side.addWidget(line())
        side.addWidget(self.list, 1)
        left.setMinimumWidth(272)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        split.addWidget(left)
        split.addWidget(self.pane)
        split.setStretchFactor(0, 0)
        split.setStretchFactor(1, 1)
        split.setSizes([_LIST_WIDTH, 720])
        return split

    def _list_head(self) -> QWidget:
        head = QWidget()
        rows = column(0, 4)
        margins(rows, 2 * GRID, GRID, GRID, GRID)
        head.setLayout(rows)
        self._summary = Text("", Type.BODY, bold=True, wrap=False)
        self.add_button = tool_button(Glyph.PLUS, _("Check more files (Ctrl+O)"))
        self.stop_button = tool_button(Glyph.STOP_CIRCLE, _("Stop all checks"))
        self.again_button = tool_button(Glyph.ARROW_CLOCKWISE, _("Check the chosen files again"))
        self.remove_button = tool_button(Glyph.TRASH, _("Take the chosen files off the list (Del)"))
        line_up = QHBoxLayout()
        line_up.setSpacing(0)
        line_up.addWidget(self._summary, 1)
        for button in (self.add_button, self.stop_button, self.again_button, self.remove_button):
            line_up.addWidget(button)
        for name, call in self._row_actions():
            action = QAction(name, self.list)
            action.triggered.connect(call)
            self.list.addAction(action)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(_("Progress of all checks"))
        rows.addLayout(line_up)
        rows.addWidget(self._bar)
        return head

    def _row_actions(self) -> list[tuple[str, Callable[[], None]]]:
        return [
            (_("Check again"), self._again),
            (_("Stop"), lambda: self.runner.stop(self.chosen())),
            (_("Show in folder"), self._show_folder),
            (_("Take off the list"), self._remove),
        ]

    def _connect(self) -> None:
        self.add_button.clicked.connect(self.files_asked)
        self.stop_button.clicked.connect(self.runner.stop_all)
        self.again_button.clicked.connect(self._again)
        self.remove_button.clicked.connect(self._remove)
        self.list.remove_asked.connect(self._remove)
        self.list.card_asked.connect(self._enter_card)
        self._delegate.stop_asked.connect(lambda item: self.runner.stop([item]))
        self.list.selectionModel().currentChanged.connect(self._show_current)
        self.list.selectionModel().selectionChanged.connect(lambda *_args: self._refresh())
        self.runner.progressed.connect(self._refresh)
        self.runner.finished.connect(self._finished)
        self.runner.ended.connect(self._tell_unsaved)
        self.runner.added.connect(self._joined)
        self.runner.nothing.connect(lambda: self.said.emit(_("There are no files in that folder."), Tone.AMBER))
        self.pane.fetch_asked.connect(self._fetch)

    # What happens

    def current(self) -> Item | None:
        """The file whose card is shown."""
        index = self.list.currentIndex()
        return self.model.item(index.row()) if index.isValid() else None

    def chosen(self) -> list[Item]:
        """The files that are selected."""
        rows = sorted(index.row() for index in self.list.selectionModel().selectedRows())
        return [self.model.item(row) for row in rows]

    def _joined(self, first: Item) -> None:
        wanted, self._wanted = self._wanted, None
        self.select(next((i for i in self.model.items() if i.path == wanted and i.row >= first.row), first))

    def select(self, item: Item) -> None:
        """Show the card of a file."""
        if not self.model.has(item):
            return
        index = self.model.index(item.row)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.list.selectionModel().setCurrentIndex(index, flags)
        self.list.setFocus()

    def _show_current(self, *_args: QModelIndex) -> None:
        item = self.current()
        if item is None:
            self.pane.clear()
            return
        shown = self.runner.shown(item) if item.state is State.DONE else None
        if shown is None:
            self.pane.clear(_waiting_page(item))
            return
        self.pane.show_card(shown).announce()
        if not shown.images and shown.report.media.sha256:
            self._read_pictures(item, shown)

    def _read_pictures(self, item: Item, shown: Shown) -> None:
        """Pictures that were let go are read again, for the file that they belong to and no other."""

        def work() -> Shown | None:
            from touchstone.ui.batch import shown_of

            again, _tile = shown_of(self._desk.checker().check(item.path))
            same = again.report.media.sha256 == shown.report.media.sha256
            return Shown(shown.report, item.path, again.images, again.pictures) if same else None

        def then(found: Shown | None) -> None:
            if found is not None and found.images:
                self.model.memory.keep(item, found, None)
                if self.current() is item:
                    self.pane.show_card(found)

        self._desk.background.run(work, then, lambda _error: None)

    def _finished(self, item: Item) -> None:
        if item is self.current():
            self._show_current()

    def _refresh(self) -> None:
        count = self.model.rowCount()
        if count == 0 and not self.runner.running():
            self.emptied.emit()
        done, total = self.runner.counts()
        running = self.runner.running()
        self._summary.setText(self._summary_text(count, done, total, running=running))
        self._bar.setMaximum(max(total, 1))
        self._bar.setValue(done)
        shown = running and total > 0
        self._bar.setVisible(shown)
        chosen = self.list.selectionModel().hasSelection()
        self.stop_button.setEnabled(running)
        self.again_button.setEnabled(chosen)
        self.remove_button.setEnabled(chosen)
        item = self.current()
        if item is not None and item.state in {State.WAITING, State.RUNNING} and self.pane.card is None:
            self._update_waiting(item)

    def _summary_text(self, count: int, done: int, total: int, *, running: bool) -> str:
        if not running or total == 0:
            return ngettext("{count} file", "{count} files", count).format(count=formats.whole(count))
        left = self.runner.seconds_left()
        said = _("{done} of {total} checked").format(done=formats.whole(done), total=formats.whole(total))
        if left is None:
            return said
        return _("{progress}, about {time} left").format(progress=said, time=formats.took(left * 1000))

    def _update_waiting(self, item: Item) -> None:
        label = self.pane.findChild(Text, "state")
        if isinstance(label, Text):
            label.setText(state_line(item))

    def _again(self) -> None:
        items = self.chosen() or [item for item in [self.current()] if item is not None]
        for item in items:
            item.manifest = None
        self.runner.again(items)
        self._show_current()

    def _remove(self) -> None:
        items = self.chosen()
        if not items:
            return
        row = items[0].row
        self.runner.remove(items)
        count = self.model.rowCount()
        if count:
            self.select(self.model.item(min(row, count - 1)))
        self._refresh()

    def _show_folder(self) -> None:
        item = self.current()
        if item is not None:
            show_folder(item.path)

    def _tell_unsaved(self) -> None:
        """Say so, once a run has ended, if its reports could not be kept."""
        if self.runner.running() or not self._desk.settings.history or not self.runner.counts()[1]:
            return

        def then(found: tuple[Message, ...]) -> None:
            if found:
                self.said.emit(notices.notice(found[-1]), Tone.AMBER)

        self._desk.background.run(lambda: self._desk.history().notices, then)

    def _enter_card(self) -> None:
        if self.pane.card is not None:
            next(iter(self.pane.card.folds.values())).header.setFocus(Qt.FocusReason.TabFocusReason)

    def _fetch(self, address: str) -> None:
        item = self.current()
        if item is None or self.pane.card is None:
            return
        self.said.emit(_("Fetching the credentials…"), Tone.INK)

        def work() -> bytes:
            from touchstone.check import remote

            return remote.fetch(address)

        def then(manifest: bytes) -> None:
            self.settled.emit()
            item.manifest = manifest
            self.runner.again([item])
            QTimer.singleShot(0, self._show_current)

        self._desk.background.run(work, then, self._not_fetched)

    def _not_fetched(self, error: Exception) -> None:
        from touchstone.check.remote import RemoteError
        from touchstone.texts import credentials

        if isinstance(error, RemoteError):
            self.said.emit(credentials.fetch_failure(str(error.failure), error.status), Tone.AMBER)
        else:
            self.said.emit(_("The credentials could not be fetched."), Tone.AMBER)


def _waiting_page(item: Item) -> QWidget:
    """What stands in place of a card while there is none."""
    page = QWidget()
    layout = column(0, GRID)
    page.setLayout(layout)
    layout.addWidget(Text(item.name, Type.SECTION))
    state = Text(state_line(item), muted=True)
    state.setObjectName("state")
    layout.addWidget(state)
    if item.state in {State.STOPPED, State.FAILED}:
        layout.addWidget(Text(detail_line(item)))
    return page
