"""Publishing: the domain of a publisher: claimed on the register, proved by what stands at the domain itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from touchstone.texts import _
from touchstone.texts import domain as words
from touchstone.texts.plain import plain
from touchstone.ui import style
from touchstone.ui.desk import Desk
from touchstone.ui.folds import Fold
from touchstone.ui.forms import ask_path, buttons, field, labelled
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, column, push_button
from touchstone.ui.notes import Notice
from touchstone.ui.register_desk import why
from touchstone.ui.style import GRID, Tone, Type
from touchstone.ui.trust_panel import Confirm

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.registry.domain import Statement
    from touchstone.registry.domain_proofs import DomainState
    from touchstone.registry.own import OwnPublisher


class DomainCard(QFrame):
    """`asked` carries a function of the register, its arguments after the number, and what to say once it is done."""

    asked = Signal(str, object, str)

    def __init__(self, desk: Desk, publisher: OwnPublisher, network: Network) -> None:
        super().__init__()
        self.setObjectName("card")
        self._desk, self._publisher, self._network = desk, publisher, network
        self.notice = Notice()
        self.confirm = Confirm()
        name = _("Claim another…") if publisher.domain else _("Claim a domain…")
        self.claim_button = push_button(name, Glyph.GLOBE)
        self.claim_button.setEnabled(publisher.controls)
        self.check_button = push_button(_("Check now…"), Glyph.ARROWS_CLOCKWISE)
        self._icon = Icon(Glyph.CIRCLE_DASHED, 20, "muted")
        self.state = Text("", muted=True)
        self.steps: Fold | None = None
        rows = column(2 * GRID, GRID)
        self.setLayout(rows)
        rows.addLayout(self._head())
        rows.addLayout(self._standing())
        rows.addWidget(self.notice)
        rows.addWidget(self.confirm)
        self._form()
        rows.addWidget(self.form)
        if publisher.domain:
            self.steps = Fold(_("How to prove it"), Glyph.LIST_BULLETS, self._steps)
            self.steps.header.say(_("One line in the name system, or one file on the server"))
            rows.addWidget(self.steps)
        self.claim_button.clicked.connect(self._begin)
        self.check_button.clicked.connect(self._ask_check)
        self.check_button.setVisible(bool(publisher.domain))
        self.reload()

    def reload(self) -> None:
        """Read again what is known of the domain; nobody is asked."""
        publisher, network, home = self._publisher, self._network, self._desk.home

        def work() -> DomainState:
            from touchstone.registry import domain_proofs

            return domain_proofs.verified(home, network, publisher.number, publisher.domain, publisher.controller)

        if publisher.domain:
            self._desk.background.run(work, self._show)
        else:
            self.state.setText(_("No domain is claimed. Your name alone is shown, and anybody can choose the same."))

    def check(self) -> None:
        """Ask the name system and the domain: the user has agreed."""
        publisher, network, home, register = self._publisher, self._network, self._desk.home, self._desk.register
        self.check_button.setEnabled(False)
        self.notice.say(_("Asking {domain}…").format(domain=plain(publisher.domain, 80)), Tone.INK)

        def work() -> DomainState:
            from touchstone.registry import domain

            return domain.check(home, network, register.nodes(), publisher.number, publisher.domain)

        def then(state: DomainState) -> None:
            self.check_button.setEnabled(True)
            self._show(state)
            self._desk.refresh_register()
            self.notice.say(words.state(state), Tone.INK if state.is_verified else Tone.AMBER)

        def otherwise(error: Exception) -> None:
            self.check_button.setEnabled(True)
            self.notice.say(why(error))

        self._desk.background.run(work, then, otherwise)

    # Building

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(Text(_("Domain"), bold=True, wrap=False), 1)
        head.addWidget(self.check_button)
        head.addWidget(self.claim_button)
        return head

    def _standing(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GRID + 4)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        said = column(0, 2)
        if self._publisher.domain:
            said.addWidget(Text(plain(self._publisher.domain, 253)))
        said.addWidget(self.state)
        row.addLayout(said, 1)
        return row

    def _form(self) -> None:
        self.form = QWidget()
        self.name = field(_("Domain to claim"), hint="agence-x.example")
        self.cancel = push_button(_("Cancel"))
        self.agree = push_button(_("Claim it…"), primary=True)
        rows = column(0, GRID)
        self.form.setLayout(rows)
        about = _("A claim alone is worth nothing: you prove it next. An empty one takes the claim back.")
        rows.addLayout(labelled(_("Domain to claim"), self.name, about))
        rows.addLayout(buttons(self.cancel, self.agree))
        self.form.hide()
        self.cancel.clicked.connect(self.form.hide)
        self.agree.clicked.connect(self._ask)
        self.name.returnPressed.connect(self._ask)

    def _steps(self, rows: QVBoxLayout) -> None:
        said = self.statement()
        rows.addWidget(Text(_("Do one of these two, then check. It holds for 30 days, and is checked again then.")))
        rows.addWidget(Text(_("1. Add this record to the name system of the domain"), bold=True))
        rows.addWidget(_code(_("Record"), said.zone_line))
        copy = push_button(_("Copy the record"), Glyph.COPY)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(said.zone_line))
        rows.addLayout(buttons(copy, trailing=False))
        rows.addWidget(Text(_("2. Or put this file on its server"), bold=True))
        rows.addWidget(_code(_("Address of the file"), said.address))
        save = push_button(_("Save did.json…"), Glyph.FLOPPY_DISK)
        save.clicked.connect(lambda: ask_path(self, _("Save did.json"), self.save, save_as="did.json"))
        copy_file = push_button(_("Copy its text"), Glyph.COPY)
        copy_file.clicked.connect(lambda: QGuiApplication.clipboard().setText(_text(said)))
        rows.addLayout(buttons(save, copy_file, trailing=False))
        note = _("Where the domain has such a file already, add the two entries to it instead of replacing it.")
        rows.addWidget(Text(note, Type.CAPTION, muted=True))

    # What happens

    def statement(self) -> Statement:
        """What the domain has to say."""
        from touchstone.registry.domain import Statement

        publisher = self._publisher
        return Statement(self._network, publisher.number, publisher.controller, publisher.domain)

    def save(self, path: Path) -> None:
        """Write did.json."""
        said = _text(self.statement())

        def then(_count: int) -> None:
            self.notice.say(_("Saved as {path}").format(path=plain(path, 300)), Tone.INK)

        def otherwise(_error: Exception) -> None:
            self.notice.say(_("The file could not be written."))

        self._desk.background.run(lambda: path.write_text(said, encoding="utf-8"), then, otherwise)

    def _show(self, state: DomainState) -> None:
        self.state.setText(words.state(state))
        glyph, shade = _LOOKS[str(state.standing)]
        self._icon.set_glyph(glyph, shade)

    def _begin(self) -> None:
        self.name.setText(self._publisher.domain)
        self.form.show()
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask(self) -> None:
        from touchstone.registry.domain import DomainError, normalised

        text = self.name.text().strip()
        try:
            domain = normalised(text) if text else ""
        except DomainError:
            self.notice.say(_("That is no domain. An example of one: agence-x.example"))
            return
        self.form.hide()
        self.notice.hide()
        said = _("The domain is claimed. Now prove it.") if domain else _("No domain is claimed any more.")
        self.asked.emit("claimDomain", (domain,), said)

    def _ask_check(self) -> None:
        said = _(
            "This asks the name system for {host} and, where that does not do, the server at {address}. They learn your"
            " network address and that somebody looks for this publisher."
        ).format(host=self.statement().host, address=plain(self.statement().address, 300))
        self.confirm.ask(said, _("Ask them"), self.check)


def _code(name: str, words: str) -> QLineEdit:
    """A line to copy, that can be selected and moved through."""
    made = field(name)
    made.setFont(style.font(Type.MONO))
    made.setReadOnly(True)
    made.setText(words)
    made.setCursorPosition(0)
    return made


def _text(said: Statement) -> str:
    return json.dumps(said.document(), indent=2) + "\n"


_LOOKS = {
    "verified": (Glyph.GLOBE, "ink"),
    "stale": (Glyph.WARNING, "amber"),
    "failed": (Glyph.WARNING, "amber"),
    "never": (Glyph.CIRCLE_DASHED, "muted"),
}
