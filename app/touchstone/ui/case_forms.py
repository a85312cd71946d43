"""The form for an item of evidence, and for a publisher's reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame

from touchstone.texts import _
from touchstone.texts import review as words
from touchstone.texts.plain import plain
from touchstone.ui.fields import Choice, Switch
from touchstone.ui.flag_files import FilesField, WordsField
from touchstone.ui.forms import buttons, field, labelled
from touchstone.ui.labels import Text, column, push_button
from touchstone.ui.notes import Notice
from touchstone.ui.style import GRID, Type

if TYPE_CHECKING:
    from touchstone.registry.own import OwnPublisher
    from touchstone.ui.case_work import CaseView


@dataclass(frozen=True, slots=True)
class WantedEvidence:
    """What was filled in. `publisher` is None where it is no reply; `counter` whether the counter-bond is put down."""

    reason: str
    choice: str
    files: Sequence[Path]
    links: Sequence[str]
    uri: str
    publisher: OwnPublisher | None
    counter: bool


class EvidenceForm(QFrame):
    """Hidden until it is needed."""

    agreed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._publisher: OwnPublisher | None = None
        self.title = Text("", Type.STRONG, bold=True)
        self.notice = Notice(closable=False)
        self.choice = Choice()
        self.choice.setAccessibleName(_("What it argues for"))
        self.reason = WordsField(_("What you have to say"), _("What do you know, and how?"), 4)
        self.files = FilesField()
        self.links = WordsField(_("Links"), "https://", 2)
        self.uri = field(_("Address of the evidence"), hint="https://")
        self.counter = Switch("")
        self.cancel = push_button(_("Cancel"))
        self.agree = push_button(_("Hand in…"), primary=True)
        rows = column(2 * GRID, GRID + 4)
        self.setLayout(rows)
        rows.addWidget(self.title)
        rows.addLayout(labelled(_("What you have to say"), self.reason))
        rows.addLayout(labelled(_("What it argues for"), self.choice))
        rows.addLayout(labelled(_("Files (optional)"), self.files))
        rows.addLayout(labelled(_("Links, one a line (optional)"), self.links))
        rows.addLayout(labelled(_("Where others can fetch all of it (optional)"), self.uri))
        rows.addWidget(self.counter)
        public = _("Public for ever: your account, the hash of this, its address. Whoever fetches it sees the rest.")
        rows.addWidget(Text(public, Type.CAPTION, muted=True))
        rows.addWidget(self.notice)
        rows.addLayout(buttons(self.cancel, self.agree))
        self.cancel.clicked.connect(lambda _checked: self.hide())
        self.agree.clicked.connect(lambda _checked: self.agreed.emit(None))
        self.hide()

    def begin(self, view: CaseView, *, reply: bool) -> None:
        """Ask."""
        claim = bool(view.case.claim)
        self._publisher = view.publishers[0] if reply and view.publishers else None
        named = self._publisher
        if named is not None:
            said = _("Reply as {publisher}")
            self.title.setText(said.format(publisher=plain(named.name or named.number, 60)))
        else:
            self.title.setText(_("Add evidence"))
        self.choice.clear()
        for code, name in _argues(claim=claim):
            self.choice.addItem(name, code)
        mine = named is not None and named.number == view.case.publisher
        bond = words.dollars(view.case.bond, view.network)
        said = _("Put down a counter-bond of {bond}: it comes back unless the file is found altered")
        self.counter.setText(said.format(bond=bond))
        self.counter.setAccessibleName(self.counter.text())
        self.counter.setVisible(mine)
        self.counter.setChecked(False)
        for words_field in (self.reason, self.links):
            words_field.clear()
        self.uri.clear()
        self.files.use(())
        self.notice.hide()
        self.show()
        self.reason.setFocus(Qt.FocusReason.OtherFocusReason)

    def wanted(self) -> WantedEvidence | None:
        """What was filled in; None, and a word about it, where something is missing."""
        if not self.reason.words():
            self.notice.say(_("Write down what you have to say."))
            return None
        self.notice.hide()
        return WantedEvidence(
            self.reason.words(),
            str(self.choice.currentData() or ""),
            self.files.paths(),
            self.links.lines(),
            self.uri.text().strip(),
            self._publisher,
            self.counter.isChecked() and not self.counter.isHidden(),
        )


def _argues(*, claim: bool) -> tuple[tuple[str, str], ...]:
    if claim:
        return (("", _("Neither")), ("context", _("Out of context")), ("not-altered", _("In context")))
    return (
        ("", _("Neither")),
        ("edited", _("Altered")),
        ("generated", _("Generated")),
        ("not-altered", _("Not altered")),
    )
