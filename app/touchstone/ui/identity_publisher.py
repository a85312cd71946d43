"""Publishing: the card of a publisher: what it is called, who controls it, on which register."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QWidget

from touchstone.texts import _, chain
from touchstone.texts import networks as words
from touchstone.texts.plain import plain
from touchstone.ui.forms import buttons, field, labelled
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, column, line, push_button
from touchstone.ui.notes import Hash, Notice
from touchstone.ui.style import GRID, Type

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.registry.own import OwnPublisher


_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_NOBODY = "0x" + 40 * "0"


class PublisherCard(QFrame):
    """`asked` carries a function of the register, its arguments after the number, and what to say once it is done."""

    asked = Signal(str, object, str)
    files_asked = Signal()

    def __init__(self, publisher: OwnPublisher, network: Network) -> None:
        super().__init__()
        self.setObjectName("card")
        self._publisher = publisher
        self.rename = push_button(_("Change the name…"))
        self.recover = push_button(_("Recovery address…"))
        self.publish = push_button(_("Publish files"), primary=True)
        rows = column(2 * GRID, GRID + 4)
        self.setLayout(rows)
        head = QHBoxLayout()
        head.setSpacing(GRID + 4)
        head.addWidget(Icon(Glyph.IDENTIFICATION_BADGE, 24, "accent"), 0, Qt.AlignmentFlag.AlignTop)
        names = column(0, 2)
        names.addWidget(Text(plain(publisher.name, 100) or _("Without a name"), Type.SECTION))
        said = _("Publisher {number} · since {moment}")
        names.addWidget(
            Text(said.format(number=publisher.number, moment=chain.moment(publisher.created)), Type.CAPTION, muted=True)
        )
        head.addLayout(names, 1)
        head.addWidget(self.publish, 0, Qt.AlignmentFlag.AlignTop)
        rows.addLayout(head)
        rows.addWidget(line())
        rows.addWidget(_facts(publisher, network))
        self.form = AskForm(_("New name"), _("Earlier names stay in the register's history."), _("Change it…"))
        self.recovery = AskForm(
            _("Recovery address"),
            _(
                "It can take over the publisher, seven days after saying so; the present key can object until then."
                " Use an address whose key is kept elsewhere. Empty means none."
            ),
            _("Set it…"),
        )
        rows.addLayout(buttons(self.rename, self.recover, trailing=False))
        rows.addWidget(self.form)
        rows.addWidget(self.recovery)
        self.recover.setEnabled(publisher.controls)
        self.rename.setEnabled(publisher.controls)
        self.rename.clicked.connect(lambda: self.form.begin(publisher.name))
        self.recover.clicked.connect(lambda: self.recovery.begin(publisher.recovery))
        self.form.agreed.connect(self._ask_name)
        self.recovery.agreed.connect(self._ask_recovery)
        self.publish.clicked.connect(self.files_asked)

    def _ask_name(self, name: str) -> None:
        if not name or name == self._publisher.name:
            self.form.refuse(_("Give another name."))
            return
        self.form.hide()
        said = _("The publisher is called {name} now.").format(name=plain(name, 60))
        self.asked.emit("setName", (name,), said)

    def _ask_recovery(self, address: str) -> None:
        if address and not _ADDRESS.fullmatch(address):
            self.recovery.refuse(_("An address is 0x and 40 hexadecimal digits."))
            return
        self.recovery.hide()
        self.asked.emit("setRecovery", (address or _NOBODY,), _("The recovery address is set."))


class AskForm(QWidget):
    """One field and a button. Hidden until it is needed; `agreed` carries what was typed."""

    agreed = Signal(str)

    def __init__(self, label: str, about: str, action: str) -> None:
        super().__init__()
        self.field = field(label)
        self.notice = Notice(closable=False)
        self.cancel = push_button(_("Cancel"))
        self.agree = push_button(action, primary=True)
        rows = column(0, GRID)
        self.setLayout(rows)
        rows.addLayout(labelled(label, self.field, about))
        rows.addWidget(self.notice)
        rows.addLayout(buttons(self.cancel, self.agree))
        self.cancel.clicked.connect(self.hide)
        self.agree.clicked.connect(lambda: self.agreed.emit(self.field.text().strip()))
        self.field.returnPressed.connect(self.agree.click)
        self.hide()

    def begin(self, text: str) -> None:
        """Ask, with this to begin from."""
        self.notice.hide()
        self.field.setText(text)
        self.show()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.field.selectAll()

    def refuse(self, said: str) -> None:
        """Say what is wrong."""
        self.notice.say(said)


def _facts(publisher: OwnPublisher, network: Network) -> QWidget:
    made = QWidget()
    grid = QGridLayout(made)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(2 * GRID)
    grid.setVerticalSpacing(GRID)
    grid.setColumnMinimumWidth(0, 132)
    grid.setColumnStretch(1, 1)
    kind = words.kind(network)
    network_said = kind[:1].upper() + kind[1:]
    if not network.practice:
        network_said = _("{name}: {kind}").format(name=plain(network.name, 40), kind=kind)
    rows: list[tuple[str, QWidget]] = [
        (_("Network"), Text(network_said)),
        (_("Controlled by"), Hash(publisher.controller, _("address"))),
    ]
    if not publisher.controls:
        rows.append((_("You"), Text(_("One of your keys signs for it, but does not control it."))))
    recovery = Hash(publisher.recovery, _("recovery address")) if publisher.recovery else None
    none = Text(_("None. If the controlling key is lost, nobody can change anything about this publisher."))
    rows.append((_("Recovery"), recovery or none))
    for number, (label, value) in enumerate(rows):
        name = Text(label, muted=True, wrap=False)
        grid.addWidget(name, number, 0)
        grid.addWidget(value, number, 1)
    return made
