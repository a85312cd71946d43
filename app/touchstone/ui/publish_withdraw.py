"""Publishing: why a file is withdrawn, what takes its place, and the transactions that do it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from touchstone.texts import _, intents
from touchstone.texts.plain import middle
from touchstone.ui.desk import Desk
from touchstone.ui.fields import Choice, Switch
from touchstone.ui.forms import FileField, buttons, labelled
from touchstone.ui.labels import Text, column, push_button
from touchstone.ui.registered_model import Row
from touchstone.ui.signing import Deed
from touchstone.ui.style import GRID

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.network import Network
    from touchstone.registry.own import OwnPublisher, Registered

    Build = Callable[[Network], list[Intent]]

_REPLACED = 2  # the register's reason for a file that another takes the place of


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What is to be withdrawn, why, and the file that takes its place, if any. `whole` means its whole batch."""

    what: Registered
    reason: int
    replacement: Path | None
    whole: bool


class WithdrawForm(QFrame):
    """Asks why a file is withdrawn, and what takes its place. Hidden until it is needed."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.row: Row | None = None
        self._title = Text("", bold=True)
        self.reason = Choice()
        self.reason.setAccessibleName(_("Reason"))
        for number, name in intents.reasons().items():
            self.reason.addItem(name[:1].upper() + name[1:], number)
        self.replacement = FileField(_("Choose the file that takes its place"), [_("All files (*)")])
        self.whole = Switch(_("Withdraw the whole batch that it was registered in"))
        self.whole.setAccessibleName(self.whole.text())
        self.cancel = push_button(_("Cancel"))
        self.agree = push_button(_("Withdraw…"), primary=True)
        rows = column(2 * GRID, GRID + 4)
        self.setLayout(rows)
        rows.addWidget(self._title)
        about = _("The registration stays readable for ever, marked as withdrawn, with this reason.")
        rows.addWidget(Text(about, muted=True))
        fields = QHBoxLayout()
        fields.setSpacing(3 * GRID)
        fields.addLayout(labelled(_("Reason"), self.reason), 1)
        self._other = QWidget()
        other = labelled(_("File that takes its place (optional)"), self.replacement)
        other.setContentsMargins(0, 0, 0, 0)
        self._other.setLayout(other)
        fields.addWidget(self._other, 1)
        rows.addLayout(fields)
        rows.addWidget(self.whole)
        rows.addLayout(buttons(self.cancel, self.agree))
        self.cancel.clicked.connect(self.hide)
        self.whole.toggled.connect(lambda on: self._other.setEnabled(not on))
        self.replacement.changed.connect(self._replaced)
        self.hide()

    def begin(self, row: Row) -> None:
        """Ask about a registration."""
        self.row = row
        name = row.name or middle(row.what.sha256)
        self._title.setText(_("Withdraw {name}").format(name=name))
        self.reason.setCurrentIndex(0)
        self.replacement.use(None)
        self.whole.setChecked(False)
        self.whole.setVisible(bool(row.what.root))
        self.show()
        self.reason.setFocus(Qt.FocusReason.OtherFocusReason)

    def value(self) -> Withdrawal | None:
        """What was chosen."""
        if self.row is None:
            return None
        whole = self.whole.isChecked() and bool(self.row.what.root)
        other = None if whole else self.replacement.path()
        return Withdrawal(self.row.what, int(self.reason.currentData()), other, whole)

    def _replaced(self) -> None:
        if self.replacement.path() is not None:
            self.reason.setCurrentIndex(self.reason.findData(_REPLACED))


def withdrawal(desk: Desk, publisher: OwnPublisher, row: Row, wanted: Withdrawal, deed: Deed) -> Build:
    """What makes the transactions. For threads: the file that takes the place of another is read.

    Raises:
        OSError, OpenError: that file cannot be read.
    """
    from touchstone.registry import media, receipts, withdraw

    home, what, reason, replacement = desk.home, wanted.what, media.Reason(wanted.reason), ""
    if wanted.replacement is not None:
        from touchstone.check.opening import OpenedFile

        deed.tell(_("Reading the file that takes its place"))
        with OpenedFile(wanted.replacement) as opened:
            replacement = opened.sha256(deed.stopped)
    given = []
    with contextlib.suppress(OSError, receipts.ReceiptError):
        given += [receipts.read(receipts.path_for(row.path))] if row.path is not None else []

    def build(network: Network) -> list[Intent]:
        if wanted.whole:
            return [media.revoke_root(network, publisher.number, bytes.fromhex(what.root), reason)]
        claims = withdraw.standing(home, network, publisher.number, what.sha256)
        return withdraw.intents(home, network, claims, (what.sha256, reason, replacement), given)

    return build
