"""Publishing: becoming a publisher, in three fields, and what that means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from touchstone.texts import _
from touchstone.texts import networks as words
from touchstone.texts.plain import middle, plain
from touchstone.ui.fields import Choice
from touchstone.ui.forms import buttons, field, labelled
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, column, line, push_button
from touchstone.ui.notes import Notice
from touchstone.ui.style import GRID, Tone, Type

if TYPE_CHECKING:
    from touchstone.chain.keystore import Key
    from touchstone.chain.network import Network

_SHORTEST = 8


@dataclass(frozen=True, slots=True)
class Wanted:
    """A publisher to be made: with a key that is there, or with a new one of that name and password."""

    name: str
    domain: str
    key: Key | None
    key_name: str = ""
    password: str = dataclass_field(default="", repr=False)


class CreateForm(QFrame):
    """What a publisher is, and a form for one. `asked` carries what is `Wanted`."""

    asked = Signal(object)
    named = Signal(str)  # a name was typed: somebody may know one that looks like it

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.setObjectName("card")
        self._keys: tuple[Key, ...] = ()
        self.notice = Notice(closable=False)
        self.name = field(_("Name"), hint=_("For example: Agence X"))
        self.domain = field(_("Domain"), hint="agence-x.example")
        self.key = Choice()
        self.key.setAccessibleName(_("Key"))
        self.password = field(_("Password of the new key"), secret=True)
        self.again = field(_("Password again"), secret=True)
        self.agree = push_button(_("Create the publisher…"), primary=True)
        self._new = QWidget()
        self._about = Text("", Type.CAPTION, muted=True)
        rows = column(3 * GRID, 2 * GRID)
        self.setLayout(rows)
        rows.addWidget(Text(_("Become a publisher"), Type.SECTION))
        about = _(
            "Then whoever checks a file of yours reads that you registered it, and when; or that you withdrew it."
        )
        rows.addWidget(Text(about))
        for glyph, said in _teaches():
            rows.addWidget(_point(glyph, said))
        rows.addWidget(line())
        self._fill(rows)
        self.agree.clicked.connect(self._ask)
        self.again.returnPressed.connect(self._ask)
        self.name.editingFinished.connect(lambda: self.named.emit(self.name.text().strip()))
        self.key.currentIndexChanged.connect(self._show)
        self.use((), network)

    def use(self, keys: Sequence[Key], network: Network) -> None:
        """Offer the keys that there are; a new one where there is none."""
        self._keys = tuple(keys)
        before = self.key.currentData()
        self.key.blockSignals(True)  # noqa: FBT003 - Qt's
        self.key.clear()
        for key in self._keys:
            self.key.addItem(_("{name} ({address})").format(name=plain(key.name, 40), address=middle(key.address)), key)
        self.key.addItem(_("A new key"), None)
        self.key.setCurrentIndex(self._keys.index(before) if before in self._keys else 0)
        self.key.blockSignals(False)  # noqa: FBT003 - Qt's
        said = _("On the practice ledger play money is put on the key by itself.")
        self._about.setText(said if network.practice else words.kind(network))
        self._show()

    def doubt(self, said: str) -> None:
        """Say what is odd about the name that was typed, if anything."""
        self._doubts.setText(said)
        self._doubts.setVisible(bool(said))

    def _fill(self, rows: QVBoxLayout) -> None:
        public = _("Shown with everything you register. It is public, and not checked by anybody.")
        rows.addLayout(labelled(_("Name"), self.name, public))
        self._doubts = Text("", Type.CAPTION)
        self._doubts.set_tone(Tone.AMBER)
        self._doubts.hide()
        rows.addWidget(self._doubts)
        proof = _("Optional. Once you have proved that it is yours, it is shown in place of the name.")
        rows.addLayout(labelled(_("Domain"), self.domain, proof))
        self._which = QWidget()
        self._which.setLayout(labelled(_("Key that controls the publisher"), self.key))
        rows.addWidget(self._which)
        new = column(0, 2 * GRID)
        self._new.setLayout(new)
        lost = _("At least 8 characters. It cannot be recovered: without it, nobody can act for the publisher.")
        new.addLayout(labelled(_("Password of the new key"), self.password, lost))
        new.addLayout(labelled(_("Password again"), self.again))
        rows.addWidget(self._new)
        rows.addWidget(self.notice)
        rows.addWidget(self._about)
        rows.addLayout(buttons(self.agree))

    def _show(self) -> None:
        self._which.setVisible(bool(self._keys))
        self._new.setVisible(self.key.currentData() is None)

    def _ask(self) -> None:
        name, domain, key = self.name.text().strip(), self.domain.text().strip().lower(), self.key.currentData()
        password = self.password.text()
        if not name:
            self._refuse(_("Give the publisher a name."), self.name)
        elif key is None and len(password) < _SHORTEST:
            self._refuse(_("The password needs at least 8 characters."), self.password)
        elif key is None and password != self.again.text():
            self._refuse(_("The two passwords differ."), self.again)
        else:
            self.notice.hide()
            self.asked.emit(Wanted(name, domain, key, self._key_name(name), password))

    def _key_name(self, name: str) -> str:
        """A name for the new key that no other has."""
        short = "".join(c for c in name if c.isprintable())[:30].strip() or "key"
        taken = {key.name.casefold() for key in self._keys}
        number, free = 1, short
        while free.casefold() in taken:
            number += 1
            free = f"{short} {number}"
        return free

    def _refuse(self, said: str, where: QWidget) -> None:
        self.notice.say(said)
        where.setFocus(Qt.FocusReason.OtherFocusReason)


def _teaches() -> list[tuple[Glyph, str]]:
    return [
        (Glyph.BOOK_BOOKMARK, _("Only fingerprints of files are registered, never the files.")),
        (Glyph.GLOBE, _("What is registered stays public for ever. It can be withdrawn, not erased.")),
        (Glyph.PEN_NIB, _("It is not proof of authorship: anybody can register any file under their own name.")),
    ]


def _point(glyph: Glyph, said: str) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GRID)
    row.addWidget(Icon(glyph, 20, "accent"), 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(Text(said, muted=True), 1)
    return made
