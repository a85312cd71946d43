"""F1: the keys, and where to read more."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLayout, QWidget

from touchstone.texts import _
from touchstone.ui.labels import Text, column, push_button
from touchstone.ui.style import GRID, Type
from touchstone.ui.tabulated import table


class HelpDialog(QDialog):
    """A quiet sheet; Esc closes it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Help"))
        self.setAccessibleName(_("Help"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        rows = column(3 * GRID, 2 * GRID)
        self.setLayout(rows)
        rows.addWidget(Text(_("What an answer says"), Type.SECTION))
        words = _(
            "It says what is known about a file: who signed it, whether it changed since, what it admits about itself."
            " It never says that what a picture shows is so. “No proof either way” is the most common answer."
        )
        rows.addWidget(Text(words))
        rows.addWidget(Text(_("Keys"), Type.SECTION))
        rows.addWidget(table(_keys()))
        rows.addStretch()
        close = push_button(_("Close"), primary=True)
        close.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(close)
        rows.addLayout(buttons)
        rows.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # which would be for words at their narrowest
        self.resize(560, rows.heightForWidth(560))
        close.setFocus()


def _keys() -> list[tuple[str, str]]:
    return [
        (_("Ctrl+O"), _("Choose files to check or to publish, or a model to add")),
        (_("Ctrl+V"), _("Check files or a picture from the clipboard")),
        (_("Ctrl+1, 2, 3, 4, 5, 6"), _("Check, Review, Publish, History, Models, Settings")),
        (_("Up, Down"), _("Choose a file")),
        (_("Arrows"), _("Walk from box to box where a model comes from; Enter says what was checked")),
        (_("Enter"), _("Go to its card; open or fold a row there")),
        (_("Del"), _("Take files off the list, or delete reports")),
        (_("Ctrl+S"), _("Save the report")),
        (_("Esc"), _("Go back")),
    ]
