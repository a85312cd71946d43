"""Publishing: the keys that sign for a publisher: added for a time, withdrawn, or reported stolen."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from touchstone.texts import _, chain, intents
from touchstone.texts.plain import plain
from touchstone.ui.fields import Choice, Switch
from touchstone.ui.forms import buttons, field, labelled
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, column, line, push_button
from touchstone.ui.notes import Hash, Notice
from touchstone.ui.style import GRID, Tone, Type

if TYPE_CHECKING:
    from touchstone.chain.keystore import Key
    from touchstone.registry.own import OwnPublisher
    from touchstone.registry.signers import Signer

REGISTER, REVOKE, BATCH = 1, 2, 4
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_DAY = 86_400


class SignersCard(QFrame):
    """`asked` carries a function of the register, its arguments after the number, and what to say once it is done."""

    asked = Signal(str, object, str)

    def __init__(self, publisher: OwnPublisher, keys: Sequence[Key]) -> None:
        super().__init__()
        self.setObjectName("card")
        self._publisher = publisher
        self._names = {key.address: key.name for key in keys}
        self.add_button = push_button(_("Add a signer…"), Glyph.USER_PLUS)
        self.add_button.setEnabled(publisher.controls)
        self.form = SignerForm()
        self.stolen = StolenForm()
        rows = column(2 * GRID, GRID)
        self.setLayout(rows)
        head = QHBoxLayout()
        head.addWidget(Text(_("Signers"), bold=True, wrap=False), 1)
        head.addWidget(self.add_button)
        rows.addLayout(head)
        rows.addWidget(Text(_("Keys that may register and withdraw in the name of this publisher."), muted=True))
        for address, signer in sorted(publisher.signers.items(), key=lambda entry: entry[1].valid_from):
            rows.addWidget(line())
            rows.addWidget(self._row(address, signer))
        for form in (self.form, self.stolen):
            rows.addWidget(form)
        self.add_button.clicked.connect(self.form.begin)
        self.form.agree.clicked.connect(self._add)
        self.stolen.agree.clicked.connect(self._report)

    def _row(self, address: str, signer: Signer) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID + 4)
        gone = bool(signer.revoked or signer.compromised)
        glyph = Glyph.PROHIBIT if gone else Glyph.KEY
        row.addWidget(Icon(glyph, 20, "muted"), 0, Qt.AlignmentFlag.AlignTop)
        said = column(0, 2)
        name = self._names.get(address, "")
        if name:
            said.addWidget(Text(plain(name, 60)))
        said.addWidget(Hash(address, _("address")))
        for words, tone in states(signer, int(time.time())):
            label = Text(words, Type.CAPTION, muted=tone is None)
            if tone is not None:
                label.set_tone(tone)
            said.addWidget(label)
        row.addLayout(said, 1)
        if self._publisher.controls and not signer.revoked:
            revoke = push_button(_("Withdraw…"), quiet=True)
            revoke.setAccessibleName(_("Withdraw the key {address}").format(address=address))
            revoke.clicked.connect(lambda: self.asked.emit("revokeSigner", (address,), _("The key was withdrawn.")))
            row.addWidget(revoke, 0, Qt.AlignmentFlag.AlignTop)
        if self._publisher.controls:
            stolen = push_button(_("Report stolen…"), quiet=True)
            stolen.setAccessibleName(_("Report the key {address} as stolen").format(address=address))
            stolen.clicked.connect(lambda: self.stolen.begin(address))
            row.addWidget(stolen, 0, Qt.AlignmentFlag.AlignTop)
        return made

    def _add(self) -> None:
        found = self.form.value()
        if found is not None:
            self.form.hide()
            self.asked.emit("setSigner", found, _("The signer was added."))

    def _report(self) -> None:
        found = self.stolen.value()
        if found is not None:
            self.stolen.hide()
            self.asked.emit(
                "markCompromised", found, _("Whatever that key signed from then on counts for nothing now.")
            )


class SignerForm(QFrame):
    """Asks for a signer. Hidden until it is needed."""

    def __init__(self) -> None:
        super().__init__()
        self.notice = Notice(closable=False)
        self.address = field(_("Address of the new signer"), hint="0x…")
        self.roles = {
            REGISTER: Switch(_("Register files one by one")),
            BATCH: Switch(_("Register batches")),
            REVOKE: Switch(_("Withdraw files")),
        }
        self.until = Choice()
        self.until.setAccessibleName(_("Valid until"))
        for days, name in ((0, _("It is withdrawn")), (30, _("30 days from now")), (365, _("A year from now"))):
            self.until.addItem(name, days)
        self.cancel = push_button(_("Cancel"))
        self.agree = push_button(_("Add the signer…"), primary=True)
        rows = column(0, GRID + 4)
        self.setLayout(rows)
        rows.addWidget(line())
        about = _("The key stays with whoever has it; only its address is told.")
        rows.addLayout(labelled(_("Address of the new signer"), self.address, about))
        for bit, switch in self.roles.items():
            switch.setAccessibleName(switch.text())
            switch.setChecked(bit != REVOKE)
            rows.addWidget(switch)
        rows.addLayout(labelled(_("Valid until"), self.until))
        rows.addWidget(self.notice)
        rows.addLayout(buttons(self.cancel, self.agree))
        self.cancel.clicked.connect(self.hide)
        self.hide()

    def begin(self) -> None:
        """Ask."""
        self.notice.hide()
        self.show()
        self.address.setFocus(Qt.FocusReason.OtherFocusReason)

    def value(self) -> tuple[str, int, int, int] | None:
        """Address, roles, and the window in which it is valid; None, and a word about it, where that makes no sense."""
        address = self.address.text().strip()
        roles = sum(bit for bit, switch in self.roles.items() if switch.isChecked())
        if not _ADDRESS.fullmatch(address):
            self.notice.say(_("An address is 0x and 40 hexadecimal digits."))
        elif not roles:
            self.notice.say(_("Choose what the key may do."))
        else:
            days = int(self.until.currentData())
            return address, roles, 0, int(time.time()) + days * _DAY if days else 0
        return None


class StolenForm(QFrame):
    """Asks since when a key was in other hands. Hidden until it is needed."""

    def __init__(self) -> None:
        super().__init__()
        self._address = ""
        self._which = Text("", muted=True)
        self.since = field(_("Stolen since"), hint=_("2026-03-12 14:05"))
        self.notice = Notice(closable=False)
        self.cancel = push_button(_("Cancel"))
        self.agree = push_button(_("Report it…"))
        rows = column(0, GRID + 4)
        self.setLayout(rows)
        rows.addWidget(line())
        rows.addWidget(Text(_("Report a stolen key"), bold=True))
        rows.addWidget(self._which)
        about = _(
            "What it registered before that still counts; what it did from then on does not, its withdrawals included."
            " It can be moved to an earlier moment later, never to a later one."
        )
        rows.addLayout(labelled(_("Stolen since (year-month-day hour:minute, your time)"), self.since, about))
        rows.addWidget(self.notice)
        rows.addLayout(buttons(self.cancel, self.agree))
        self.cancel.clicked.connect(self.hide)
        self.hide()

    def begin(self, address: str) -> None:
        """Ask about a key."""
        self._address = address
        self._which.setText(address)
        self.since.setText(datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"))
        self.notice.hide()
        self.show()
        self.since.setFocus(Qt.FocusReason.OtherFocusReason)

    def value(self) -> tuple[str, int] | None:
        """The address, and the moment in unix seconds; None, and a word about it, where that makes no sense."""
        try:
            moment = datetime.fromisoformat(self.since.text().strip()).astimezone()
            seconds = int(moment.timestamp())
        except (ValueError, OverflowError, OSError):
            seconds = 0
        if not 0 < seconds <= time.time():
            self.notice.say(_("Give a moment in the past, such as 2026-03-12 14:05."))
            return None
        return self._address, seconds


def states(signer: Signer, now: int) -> list[tuple[str, Tone | None]]:
    """What holds for a signer at a moment, in lines; those with a tone are to be noticed."""
    may = intents.roles(signer.roles)
    said: list[tuple[str, Tone | None]] = [(_("May {roles}").format(roles=may), None)]
    if signer.valid_to:
        until = chain.moment(signer.valid_to)
        over = signer.valid_to <= now
        words = _("Expired {moment}") if over else _("Valid until {moment}")
        said.append((words.format(moment=until), Tone.AMBER if over else None))
    if signer.revoked:
        said.append((_("Withdrawn {moment}").format(moment=chain.moment(signer.revoked)), Tone.AMBER))
    if signer.compromised:
        said.append((_("Stolen since {moment}").format(moment=chain.moment(signer.compromised)), Tone.BRICK))
    return said
