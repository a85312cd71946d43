"""What is asked before something about a model goes to the register: in whose name, why, and for how long."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QFrame, QRadioButton

from touchstone.texts import _, model_calls
from touchstone.texts import lineage_deeds as words
from touchstone.ui.fields import Choice
from touchstone.ui.forms import buttons, field, labelled
from touchstone.ui.labels import Text, breakable, column, push_button
from touchstone.ui.lineage_who import Name, NameChoice
from touchstone.ui.style import GRID

ACTIVE, DEPRECATED, REVOKED = 1, 2, 3  # the register's numbers


class _Form(QFrame):
    """A card with a title, a word about it, and two buttons. Hidden until it is needed."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.setObjectName("card")
        self._title, self._about = Text("", bold=True), Text("", muted=True)
        self.cancel = push_button(_("Cancel"))
        self.agree = push_button(action, primary=True)
        self._rows = column(2 * GRID, GRID + 4)
        self.setLayout(self._rows)
        self._rows.addWidget(self._title)
        self._rows.addWidget(self._about)
        self.cancel.clicked.connect(lambda _checked: self.hide())
        self.hide()

    def _ask(self, title: str, about: str) -> None:
        self._title.setText(breakable(title))
        self._about.setText(about)
        self.setAccessibleName(title)
        self.show()


class ReasonForm(_Form):
    """Asks why something is withdrawn."""

    def __init__(self, action: str = "") -> None:
        super().__init__(action or _("Withdraw…"))
        self.reason = Choice()
        self.reason.setAccessibleName(_("Reason"))
        for number, name in model_calls.reasons().items():
            self.reason.addItem(name[:1].upper() + name[1:], number)
        self._rows.addLayout(labelled(_("Reason"), self.reason))
        self._rows.addLayout(buttons(self.cancel, self.agree))

    def begin(self, title: str, about: str) -> None:
        """Ask."""
        self.reason.setCurrentIndex(0)
        self._ask(title, about)
        self.reason.setFocus(Qt.FocusReason.OtherFocusReason)

    def chosen(self) -> int:
        """The register's number of the reason."""
        return int(self.reason.currentData())


class StatusForm(ReasonForm):
    """Asks whether a model is only advised against, or withdrawn for good, and why."""

    def __init__(self) -> None:
        super().__init__(_("Go on…"))
        self.ways = {number: QRadioButton(said) for number, said in words.statuses().items()}
        group = QButtonGroup(self)
        for place, way in enumerate(self.ways.values()):
            group.addButton(way)
            self._rows.insertWidget(2 + place, way)

    def ask(self, title: str, about: str, now: int) -> None:
        """Ask, of a model whose status is `now`."""
        for number, way in self.ways.items():
            way.setVisible(number != now)
        self.ways[ACTIVE if now == DEPRECATED else DEPRECATED].setChecked(True)
        self.begin(title, about)

    def status(self) -> int:
        """The register's number of what is asked for."""
        return next(number for number, way in self.ways.items() if way.isChecked())


class RegisterForm(_Form):
    """Asks in whose name a model is registered, and where others find it."""

    def __init__(self) -> None:
        super().__init__(_("Register…"))
        self.names = NameChoice()
        self.uri = field(_("Address"), hint=_("https://… or ipfs://…"))
        self._rows.addLayout(labelled(_("In the name of"), self.names))
        self._rows.addLayout(labelled(_("Where others find it (optional)"), self.uri, words.public_address()))
        self._rows.addLayout(buttons(self.cancel, self.agree))

    def begin(self, title: str, found: tuple[Name, ...]) -> None:
        """Ask."""
        self.names.offer(found)
        self._ask(title, words.registering_means())
        self.names.setFocus(Qt.FocusReason.OtherFocusReason)
