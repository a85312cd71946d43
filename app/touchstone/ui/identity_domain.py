"""Publishing: the domain of a publisher: claimed on the register, proved by what stands at the domain itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from touchstone.texts import _
from touchstone.texts.plain import plain
from touchstone.ui.desk import Desk
from touchstone.ui.forms import buttons, field, labelled
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Text, column, push_button
from touchstone.ui.notes import Notice
from touchstone.ui.style import GRID

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.registry.own import OwnPublisher


class DomainCard(QFrame):
    """`asked` carries a function of the register, its arguments after the number, and what to say once it is done."""

    asked = Signal(str, object, str)

    def __init__(self, desk: Desk, publisher: OwnPublisher, network: Network) -> None:
        super().__init__()
        self.setObjectName("card")
        self._desk, self._publisher, self._network = desk, publisher, network
        self.notice = Notice()
        self.claim_button = push_button(_("Claim a domain…"), Glyph.GLOBE)
        self.claim_button.setEnabled(publisher.controls)
        rows = column(2 * GRID, GRID)
        self.setLayout(rows)
        head = QHBoxLayout()
        head.addWidget(Text(_("Domain"), bold=True, wrap=False), 1)
        head.addWidget(self.claim_button)
        rows.addLayout(head)
        self.state = Text("")
        rows.addWidget(Text(plain(publisher.domain, 100) or _("No domain is claimed.")))
        rows.addWidget(self.state)
        rows.addWidget(self.notice)
        self._form()
        rows.addWidget(self.form)
        self.claim_button.clicked.connect(self._begin)

    def _form(self) -> None:
        self.form = QWidget()
        self.name = field(_("Domain"), hint="agence-x.example")
        self.cancel = push_button(_("Cancel"))
        self.agree = push_button(_("Claim it…"), primary=True)
        rows = column(0, GRID)
        self.form.setLayout(rows)
        about = _("A claim alone is worth nothing: you prove it next. An empty one takes the claim back.")
        rows.addLayout(labelled(_("Domain"), self.name, about))
        rows.addLayout(buttons(self.cancel, self.agree))
        self.form.hide()
        self.cancel.clicked.connect(self.form.hide)
        self.agree.clicked.connect(self._ask)
        self.name.returnPressed.connect(self._ask)

    def _begin(self) -> None:
        self.name.setText(self._publisher.domain)
        self.form.show()
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask(self) -> None:
        self.form.hide()
        domain = self.name.text().strip().lower()
        said = _("The domain is claimed. Now prove it.") if domain else _("No domain is claimed any more.")
        self.asked.emit("claimDomain", (domain,), said)
