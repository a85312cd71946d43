"""Where somebody has no key yet: what one is for, and making one in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from touchstone.texts import _
from touchstone.ui.desk import Desk
from touchstone.ui.forms import buttons
from touchstone.ui.icons import Glyph
from touchstone.ui.keys_panel import KeyForm
from touchstone.ui.labels import Text, column, push_button
from touchstone.ui.register_desk import why
from touchstone.ui.style import GRID, Type

if TYPE_CHECKING:
    from touchstone.chain.keystore import Key


class KeyNeeded(QFrame):
    """A card that teaches and makes a key. `made` tells that there is one."""

    made = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("card")
        self._desk = desk
        self.form = KeyForm()
        self.form.setObjectName("page")
        self.new_button = push_button(_("Make a key…"), Glyph.KEY, primary=True)
        rows = column(2 * GRID, GRID + 4)
        self.setLayout(rows)
        rows.addWidget(Text(_("A key acts for you"), Type.STRONG, bold=True))
        said = _(
            "Whoever flags, stakes or votes does so as an account, and a key signs for it. What it does is public for"
            " ever."
        )
        rows.addWidget(Text(said, muted=True))
        rows.addLayout(buttons(self.new_button, trailing=False))
        rows.addWidget(self.form)
        self.new_button.clicked.connect(lambda _checked: self._begin())
        self.form.cancel.clicked.connect(lambda _checked: self.new_button.show())
        self.form.agree.clicked.connect(lambda _checked: self._keep())

    def _begin(self) -> None:
        self.new_button.hide()
        self.form.begin(importing=False)

    def _keep(self) -> None:
        asked = self.form.value()
        if asked is None:
            return
        home, desk = self._desk.home, self._desk

        def work() -> Key:
            from touchstone.chain import keystore

            key = keystore.new(home, asked.name, asked.password)
            desk.register.unlock(key, asked.password)
            return key

        def then(_key: Key) -> None:
            self.form.end()
            self.new_button.show()
            desk.register.keys_changed.emit()
            self.made.emit()

        self.form.busy()
        desk.background.run(work, then, lambda error: self.form.refuse(why(error)))
