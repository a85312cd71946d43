"""Flagging a file: what is doubted and why, what goes with it, what it takes, and what becomes public for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QRadioButton, QWidget

from touchstone.texts import _, answers
from touchstone.texts import review as words
from touchstone.texts.plain import middle, plain
from touchstone.ui import icons
from touchstone.ui.batch import Shown
from touchstone.ui.fields import Choice, Switch
from touchstone.ui.flag_files import FilesField, WordsField
from touchstone.ui.forms import buttons, card, field, labelled
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, breakable, column, line, margins, push_button
from touchstone.ui.notes import Elided, Notice
from touchstone.ui.pictures import PictureView
from touchstone.ui.style import GRID, Tone, Type

if TYPE_CHECKING:
    from touchstone.chain.keystore import Key
    from touchstone.ui.flag_work import Price

CONTEXT = "context"
_AMOUNT = 160  # pixels


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was filled in. `bounty` in whole units of the stablecoin."""

    key: Key
    choice: str
    claim: str
    reason: str
    files: Sequence[Path]
    links: Sequence[str]
    uri: str
    bounty: int
    report: bool
    media: bool


class FlagForm(QWidget):
    """`agreed` carries what was filled in, `cancelled` that it came to nothing; `asked` wants the price anew."""

    agreed = Signal(object)
    cancelled = Signal()
    price_asked = Signal()
    dollars_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.shown: Shown | None = None
        self.price: Price | None = None
        self.notice = Notice(closable=False)
        self.choices: dict[str, QRadioButton] = {}
        self._group = QButtonGroup(self)
        self.claim = WordsField(_("What is said about it"), _("The text, as it was used with the file"), 3)
        self.reason = WordsField(
            _("Why"), _("What do you see, where does it come from, what does not fit? Reviewers begin here."), 5
        )
        self.files = FilesField()
        self.links = WordsField(_("Links"), "https://", 2)
        self.uri = field(_("Address of the evidence"), hint="https://")
        self.media = Switch(_("Hand in the file itself, so that reviewers can look at it"))
        self.report = Switch(_("Hand in the report of this check"))
        for switch in (self.media, self.report):
            switch.setAccessibleName(switch.text())
            switch.setChecked(True)
        self.whose = Choice()
        self.whose.setAccessibleName(_("Account"))
        self.bounty = field(_("Bounty"))
        self.bounty.setMaximumWidth(_AMOUNT)
        self.gift_button = push_button(_("Get practice dollars"), Glyph.CURRENCY_CIRCLE_DOLLAR)
        self.cancel = push_button(_("Cancel"))
        self.agree = push_button(_("Flag…"), Glyph.FLAG, primary=True)
        rows = column(0, 2 * GRID)
        self.setLayout(rows)
        for made in (self._head(), self._question_card(), self._evidence_card(), self._money_card()):
            rows.addWidget(made)
        rows.addWidget(self.notice)
        rows.addLayout(buttons(self.cancel, self.agree))
        self.cancel.clicked.connect(lambda _checked: self.cancelled.emit())
        self.agree.clicked.connect(lambda _checked: self._agree())
        self.whose.currentIndexChanged.connect(lambda _row: self.price_asked.emit())
        self.gift_button.clicked.connect(lambda _checked: self.dollars_asked.emit())
        self.bounty.textChanged.connect(lambda _text: self._tell_total())
        self._group.buttonClicked.connect(lambda _button: self._chose())

    def begin(self, shown: Shown) -> None:
        """Ask about a file that was checked."""
        self.shown, self.price = shown, None
        report = shown.report
        thumbnail = shown.images.get("thumbnail-small") or shown.images.get("thumbnail")
        self._picture.show_picture(thumbnail, report.media.kind)
        self._name.set_text(plain(report.media.name))
        self._answer.setText(answers.headline(report.headline))
        self._glyph.set_glyph(icons.ANSWERS[report.answer], answers.tone(report.answer, report.headline))
        self._group.setExclusive(False)
        for button in self.choices.values():
            button.setChecked(False)
        self._group.setExclusive(True)
        for words_field in (self.claim, self.reason, self.links):
            words_field.clear()
        for edit in (self.uri, self.bounty):
            edit.clear()
        self.files.use(())
        self.notice.hide()
        self.agree.setEnabled(False)
        self._chose()
        next(iter(self.choices.values())).setFocus(Qt.FocusReason.OtherFocusReason)

    def choice(self) -> str:
        """What was chosen; "" for nothing yet."""
        return next((code for code, button in self.choices.items() if button.isChecked()), "")

    def show_keys(self, keys: Sequence[Key]) -> None:
        """The accounts that can flag."""
        kept = self.whose.currentData()
        self.whose.blockSignals(True)  # noqa: FBT003 - Qt's
        self.whose.clear()
        for key in keys:
            said = _("{name} ({address})")
            self.whose.addItem(said.format(name=plain(key.name, 40), address=middle(key.address, 6)), key)
        found = next((n for n, key in enumerate(keys) if key == kept), 0)
        self.whose.setCurrentIndex(found if keys else -1)
        self.whose.blockSignals(False)  # noqa: FBT003 - Qt's

    def show_price(self, price: Price) -> None:
        """What it takes at least, and what the account has."""
        self.price = price
        if not self.bounty.text():
            self.bounty.setText(words.amount(price.least).replace("\N{NARROW NO-BREAK SPACE}", ""))
        said = _(
            "At least {least}: it pays a panel of {count} seats. It goes to those who vote with the ruling; where there"
            " is none, what is left comes back."
        )
        self._bounty_about.setText(said.format(least=words.dollars(price.least, price.network), count=price.seats))
        self._bond.setText(words.dollars(price.bond, price.network))
        self.gift_button.setVisible(price.network.play)
        self.agree.setEnabled(True)
        self._tell_total()
        if price.open_case:
            said = _("Case {number} about this is open already. A second one at the same time is not possible.")
            self.notice.say(said.format(number=price.open_case))
            self.agree.setEnabled(False)

    def refuse(self, said: str, tone: Tone = Tone.AMBER) -> None:
        """Say what is missing, or went wrong."""
        self.notice.say(said, tone)

    # Building

    def _head(self) -> QWidget:
        frame, rows = card(2 * GRID, 4)
        line_up = QHBoxLayout()
        line_up.setSpacing(2 * GRID)
        self._picture = PictureView(96, 72)
        self._picture.setAccessibleName(_("Picture of the file"))
        line_up.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        said = column(0, 4)
        said.addWidget(Text(_("Flag this file"), Type.SECTION))
        self._name = Elided("", mode=Qt.TextElideMode.ElideMiddle)
        said.addWidget(self._name)
        answer = QHBoxLayout()
        answer.setSpacing(GRID)
        self._glyph, self._answer = Icon(Glyph.CIRCLE_DASHED, 16, "stone"), Text("", Type.CAPTION, muted=True)
        answer.addWidget(self._glyph)
        answer.addWidget(self._answer, 1)
        said.addLayout(answer)
        line_up.addLayout(said, 1)
        rows.addLayout(line_up)
        return frame

    def _question_card(self) -> QFrame:
        frame, rows = card()
        rows.addWidget(Text(_("What do you say about it?"), Type.STRONG, bold=True))
        for code, word, about in words.choices():
            button = QRadioButton(word)
            button.setAccessibleName(word)
            button.setAccessibleDescription(about)
            said = Text(about, Type.CAPTION, muted=True)
            margins(said, 3 * GRID + 4, 0, 0, 0)
            inside = column(0, 0)
            inside.addWidget(button)
            inside.addWidget(said)
            rows.addLayout(inside)
            self._group.addButton(button)
            self.choices[code] = button
        self._claim = QWidget()
        about = _("The ruling is about this text. It says nothing about the file, and never changes a check's answer.")
        claim = labelled(_("What is said about it"), self.claim, about)
        claim.setContentsMargins(0, 0, 0, 0)
        self._claim.setLayout(claim)
        rows.addWidget(self._claim)
        rows.addLayout(labelled(_("Why"), self.reason))
        return frame

    def _evidence_card(self) -> QFrame:
        frame, rows = card()
        rows.addWidget(Text(_("What reviewers get to see"), Type.STRONG, bold=True))
        rows.addWidget(self.media)
        rows.addWidget(self.report)
        rows.addLayout(labelled(_("Further files (optional)"), self.files))
        rows.addLayout(labelled(_("Links, one a line (optional)"), self.links))
        self._uri_about = Text("", Type.CAPTION, muted=True)
        address = labelled(_("Where others can fetch all of it"), self.uri)
        address.addWidget(self._uri_about)
        self._uri_about.setText(
            _(
                "An address of a web server, or ipfs://, where you will put the bundle. On your own practice ledger"
                " leave it empty: simulated reviewers look on this computer. Elsewhere it is needed, for nobody"
                " reviews what they cannot fetch."
            )
        )
        rows.addLayout(address)
        return frame

    def _money_card(self) -> QFrame:
        frame, rows = card()
        rows.addWidget(Text(_("What it takes"), Type.STRONG, bold=True))
        fields = QHBoxLayout()
        fields.setSpacing(3 * GRID)
        fields.addLayout(labelled(_("Account"), self.whose), 2)
        fields.addLayout(labelled(_("Bounty"), self.bounty), 1)
        bond = column(0, 4)
        bond.addWidget(Text(_("Bond")))
        self._bond = Text("…", bold=True)
        self._bond.setMinimumHeight(36)
        bond.addWidget(self._bond)
        fields.addLayout(bond, 1)
        rows.addLayout(fields)
        self._bounty_about = Text("", Type.CAPTION, muted=True)
        rows.addWidget(self._bounty_about)
        about = _("You get the bond back, unless reviewers find that there is nothing in it. Then you lose it.")
        rows.addWidget(Text(about, Type.CAPTION, muted=True))
        total = QHBoxLayout()
        total.setSpacing(GRID)
        self._total = Text("")
        total.addWidget(self._total, 1)
        total.addWidget(self.gift_button)
        rows.addLayout(total)
        rows.addWidget(line())
        rows.addWidget(Text(_("Public for ever"), Type.STRONG, bold=True))
        self._public = Text("")
        rows.addWidget(self._public)
        return frame

    # What happens

    def _chose(self) -> None:
        self._claim.setVisible(self.choice() == CONTEXT)
        public = _(
            "That this account doubts this file, the file's SHA-256, the hash and the address of what you hand in, and"
            " every payment. Nobody can take that back. Never flag with an account that must not be linked to you."
        )
        if self.choice() == CONTEXT:
            public = _("{public} The text that the file is used with becomes public as well.").format(public=public)
        self._public.setText(breakable(public))
        if self.choice():
            self.price_asked.emit()

    def _tell_total(self) -> None:
        price = self.price
        bounty = words.units(self.bounty.text())
        if price is None or bounty is None:
            self._total.setText("")
            return
        total, has = bounty + price.bond, price.wallet
        said = _("Together {total}; the account has {has}.").format(
            total=words.dollars(total, price.network), has=words.dollars(has, price.network)
        )
        self._total.setText(said)
        self._total.set_tone(Tone.AMBER if total > has else Tone.INK)

    def _agree(self) -> None:
        price, key = self.price, self.whose.currentData()
        bounty = words.units(self.bounty.text())
        missing = self._missing(bounty)
        if missing or price is None or key is None or bounty is None:
            self.refuse(missing or _("Choose an account first."))
            return
        self.notice.hide()
        self.agreed.emit(
            Wanted(
                key,
                self.choice(),
                self.claim.words() if self.choice() == CONTEXT else "",
                self.reason.words(),
                self.files.paths(),
                self.links.lines(),
                self.uri.text().strip(),
                bounty,
                self.report.isChecked(),
                self.media.isChecked(),
            )
        )

    def _missing(self, bounty: int | None) -> str:
        if not self.choice():
            return _("Choose what you say about the file.")
        if self.choice() == CONTEXT and not self.claim.words():
            return _("Write down the text that the file is used with.")
        if not self.reason.words():
            return _("Write down why. Reviewers begin there.")
        if bounty is None:
            return _("Type the bounty as an amount, as 36.00.")
        return _too_little(self.price, bounty)


def _too_little(price: Price | None, bounty: int) -> str:
    if price is not None and bounty < price.least:
        least = words.dollars(price.least, price.network)
        return _("The bounty has to pay the panel: at least {least}.").format(least=least)
    if price is not None and bounty + price.bond > price.wallet:
        return _("The account has too little money for that.")
    return ""
