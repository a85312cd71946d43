"""Files and links that go with a flag or with an item of evidence."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPlainTextEdit, QWidget

from touchstone.texts import _
from touchstone.texts.plain import plain
from touchstone.ui.forms import clear
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, column, push_button, tool_button
from touchstone.ui.notes import Elided
from touchstone.ui.style import GRID


class FilesField(QWidget):
    """A list of files. `changed` tells that it is another one."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._paths: list[Path] = []
        self.add_button = push_button(_("Add files…"), Glyph.PLUS)
        self.add_button.setAccessibleName(_("Add files as evidence"))
        rows = column(0, 4)
        self.setLayout(rows)
        self._list = column(0, 4)
        rows.addLayout(self._list)
        rows.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeading)
        self.add_button.clicked.connect(lambda _checked: self.ask())

    def paths(self) -> tuple[Path, ...]:
        """The files."""
        return tuple(self._paths)

    def use(self, paths: tuple[Path, ...]) -> None:
        """List these."""
        self._paths = list(dict.fromkeys(paths))
        clear(self._list)
        for path in self._paths:
            self._list.addWidget(self._row(path))
        self.changed.emit()

    def ask(self) -> None:
        """Ask for more."""
        dialog = QFileDialog(self.window(), _("Add files as evidence"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda names: self.use((*self._paths, *map(Path, names))))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _row(self, path: Path) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        name = plain(path.name, 120)
        row.addWidget(Icon(Glyph.FILE, 16, "muted"))
        row.addWidget(Elided(name, mode=Qt.TextElideMode.ElideMiddle), 1)
        away = tool_button(Glyph.X, _("Leave out {name}").format(name=name), side=16)
        away.clicked.connect(lambda: self.use(tuple(one for one in self._paths if one != path)))
        row.addWidget(away)
        return made


class WordsField(QPlainTextEdit):
    """Words of several lines, in plain text. Tab goes on to the next field."""

    def __init__(self, name: str, hint: str, lines: int) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setTabChangesFocus(True)
        self.setFixedHeight(self.fontMetrics().lineSpacing() * lines + 3 * GRID)

    def words(self) -> str:
        """What was typed."""
        return self.toPlainText().strip()

    def lines(self) -> tuple[str, ...]:
        """What was typed, line by line, without empty ones."""
        return tuple(line.strip() for line in self.toPlainText().splitlines() if line.strip())
