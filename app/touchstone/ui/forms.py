"""Rows of a form: a label, a field, and a word about it below."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QLayout, QLineEdit, QVBoxLayout, QWidget

from touchstone.texts import _
from touchstone.texts.plain import plain
from touchstone.ui.labels import Text, column, push_button
from touchstone.ui.notes import Elided
from touchstone.ui.style import GRID, Type


def heading(text: str) -> Text:
    """The name of a section."""
    made = Text(text, Type.STRONG, bold=True)
    made.setContentsMargins(0, 2 * GRID, 0, 0)
    return made


def card(margin: int = 2 * GRID, spacing: int = GRID + 4) -> tuple[QFrame, QVBoxLayout]:
    """An empty card and its column."""
    made = QFrame()
    made.setObjectName("card")
    rows = column(margin, spacing)
    made.setLayout(rows)
    return made, rows


def field(label: str, *, hint: str = "", secret: bool = False) -> QLineEdit:
    """A line to type in; `hint` stands in it while it is empty."""
    made = QLineEdit()
    made.setAccessibleName(label)
    made.setPlaceholderText(hint)
    if secret:
        made.setEchoMode(QLineEdit.EchoMode.Password)
    return made


def labelled(label: str, control: QWidget, about: str = "") -> QVBoxLayout:
    """A control below its label, and below both a word about it."""
    rows = column(0, 4)
    name = Text(label, Type.BODY)
    name.setBuddy(control)
    rows.addWidget(name)
    rows.addWidget(control)
    if about:
        rows.addWidget(Text(about, Type.CAPTION, muted=True))
    return rows


def buttons(*controls: QWidget, trailing: bool = True) -> QHBoxLayout:
    """Buttons in a row, at the end of the line or at its beginning."""
    row = QHBoxLayout()
    row.setSpacing(GRID)
    if trailing:
        row.addStretch()
    for control in controls:
        row.addWidget(control)
    if not trailing:
        row.addStretch()
    return row


def clear(rows: QLayout) -> None:
    """Take every widget out of a layout, for good."""
    while (item := rows.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


class FileField(QWidget):
    """A file that is chosen from the disk. `changed` tells that another one was."""

    changed = Signal()

    def __init__(self, title: str, filters: list[str], *, folder: bool = False) -> None:
        super().__init__()
        self._title, self._filters, self._folder = title, filters, folder
        self._path: Path | None = None
        self._shown = Elided("", muted=True, mode=Qt.TextElideMode.ElideMiddle)
        self.choose = push_button(_("Choose…"))
        self.choose.setAccessibleName(title)
        self.choose.clicked.connect(self.ask)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(self._shown, 1)
        row.addWidget(self.choose)
        self.use(None)

    def path(self) -> Path | None:
        """The file that was chosen."""
        return self._path

    def use(self, path: Path | None) -> None:
        """Choose a file."""
        self._path = path
        nothing = _("No folder chosen") if self._folder else _("No file chosen")
        self._shown.set_text(nothing if path is None else plain(path, 1000))
        self.changed.emit()

    def ask(self) -> None:
        """Ask which one."""
        ask_path(self, self._title, self.use, filters=self._filters, folder=self._folder)


def ask_path(
    parent: QWidget,
    title: str,
    call: Callable[[Path], None],
    *,
    filters: list[str] | None = None,
    folder: bool = False,
    save_as: str = "",
) -> None:
    """Ask for a file, for a folder, or, where `save_as` proposes a name, for a place to save one."""
    dialog = QFileDialog(parent.window(), title, save_as)
    if folder:
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    else:
        dialog.setFileMode(QFileDialog.FileMode.AnyFile if save_as else QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(filters or [_("All files (*)")])
    if save_as:
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.fileSelected.connect(lambda name: call(Path(name)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
