"""What was handed in for a case: who says what, since when; fetched, verified, hidden, replied to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from touchstone.registry.court_types import EvidenceEntry, Phase
from touchstone.texts import _, formats, ngettext
from touchstone.texts import review as words
from touchstone.texts.plain import middle, plain
from touchstone.ui.forms import clear
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, breakable, column, line, push_button, tool_button
from touchstone.ui.notes import Elided
from touchstone.ui.style import GRID, Type

if TYPE_CHECKING:
    from touchstone.ui.case_work import CaseView

_FIRST = 12  # items shown before "show more"
_REASON = 4000


@dataclass(frozen=True, slots=True)
class File:
    """A file of an item, verified and on this computer."""

    name: str
    bytes: int
    path: Path
    media: bool


@dataclass(frozen=True, slots=True)
class Item:
    """An item as it is shown. `state` is "here", "elsewhere", "hidden", or "broken"; words are untrusted."""

    entry: EvidenceEntry
    state: str
    who: str
    choice: str = ""
    reason: str = ""
    links: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    host: str = ""  # that fetching it would ask, "" for none
    problem: str = ""


class EvidencePanel(QFrame):
    """The items, those of flagger and publisher first."""

    fetch_asked = Signal(object)  # Item
    hide_asked = Signal(object, bool)
    export_asked = Signal(object)
    check_asked = Signal(object)  # Path
    add_asked = Signal()
    reply_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setAccessibleName(_("Evidence"))
        self._all = False
        self._shown: tuple[Sequence[Item], bool] | None = None
        self._view: CaseView | None = None
        self.cards: list[ItemCard] = []
        self.add_button = push_button(_("Add evidence…"), Glyph.PLUS)
        self.reply_button = push_button(_("Reply as a publisher…"), Glyph.CHATS)
        self.more_button = push_button("", quiet=True)
        rows = column(2 * GRID, GRID + 4)
        self.setLayout(rows)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(Text(_("Evidence"), Type.STRONG, bold=True), 1)
        rows.addLayout(head)
        self.none = Text(_("Nothing was handed in yet."), muted=True)
        rows.addWidget(self.none)
        self._items = column(0, GRID + 4)
        rows.addLayout(self._items)
        rows.addWidget(self.more_button, 0, Qt.AlignmentFlag.AlignLeading)
        foot = QVBoxLayout()
        foot.setSpacing(GRID)
        for button in (self.add_button, self.reply_button):
            foot.addWidget(button, 0, Qt.AlignmentFlag.AlignLeading)
        rows.addLayout(foot)
        rows.addStretch()
        self.add_button.clicked.connect(lambda _checked: self.add_asked.emit())
        self.reply_button.clicked.connect(lambda _checked: self.reply_asked.emit())
        self.more_button.clicked.connect(lambda _checked: self._more())

    def show_view(self, view: CaseView) -> None:
        """Show what there is."""
        if self._view is not None and self._view.case.id != view.case.id:
            self._all = False
        self._view = view
        early = view.case.round == 0 and view.stage.phase is Phase.FLAGGED and view.stage.ends > view.now
        self.add_button.setVisible(view.adds_evidence and bool(view.keys))
        self.reply_button.setVisible(early and bool(view.publishers))
        wanted = (view.evidence, self._all)
        if wanted != self._shown:
            self._shown = wanted
            self._fill(view)

    def _more(self) -> None:
        self._all = True
        if self._view is not None:
            self.show_view(self._view)

    def _fill(self, view: CaseView) -> None:
        clear(self._items)
        self.cards = []
        shown = view.evidence if self._all else view.evidence[:_FIRST]
        for number, item in enumerate(shown):
            if number:
                self._items.addWidget(line())
            card = ItemCard(item, view)
            card.fetch.clicked.connect(lambda _checked=False, item=item: self.fetch_asked.emit(item))
            hidden = item.state == "hidden"
            card.hide_button.clicked.connect(
                lambda _checked=False, item=item, hidden=hidden: self.hide_asked.emit(item, not hidden)
            )
            card.export.clicked.connect(lambda _checked=False, item=item: self.export_asked.emit(item))
            card.check_asked.connect(self.check_asked)
            self.cards.append(card)
            self._items.addWidget(card)
        left = len(view.evidence) - len(shown)
        said = ngettext("Show {count} more", "Show {count} more", left).format(count=formats.whole(left))
        self.more_button.setText(said)
        self.more_button.setAccessibleName(said)
        self.more_button.setVisible(left > 0)
        self.none.setVisible(not view.evidence)


class ItemCard(QWidget):
    """One item."""

    check_asked = Signal(object)

    def __init__(self, item: Item, view: CaseView) -> None:
        super().__init__()
        self.item = item
        self.fetch = push_button(_("Fetch it"), Glyph.DOWNLOAD_SIMPLE)
        self.hide_button = tool_button(Glyph.EYE_SLASH, _("Hide: remove it from this computer"), side=16)
        self.export = tool_button(Glyph.EXPORT, _("Save the bundle, to put it where its address says"), side=16)
        self.export.setVisible(item.state == "here")
        self.checks: list[QPushButton] = []
        rows = column(0, 6)
        self.setLayout(rows)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(Icon(Glyph.PEN_NIB if item.entry.publisher else Glyph.USER, 16, "muted"))
        who = " ".join(part for part in (item.who, words.choice_word(item.choice, claim=bool(view.case.claim))) if part)
        head.addWidget(Text(breakable(who), bold=True), 1)
        head.addWidget(self.export)
        head.addWidget(self.hide_button)
        rows.addLayout(head)
        when = _("{moment}, item {item}").format(
            moment=words.at(item.entry.time, view.now), item=middle(item.entry.item, 6)
        )
        rows.addWidget(Text(when, Type.CAPTION, muted=True))
        {"here": self._here, "hidden": self._hidden}.get(item.state, self._elsewhere)(rows)
        self.fetch.setVisible(item.state in {"elsewhere", "broken"} and bool(item.entry.uri))

    def _here(self, rows: QVBoxLayout) -> None:
        item = self.item
        if item.reason:
            rows.addWidget(Text(breakable(plain_lines(item.reason))))
        for link in item.links:
            rows.addWidget(_link(link))
        for file in item.files:
            row = QHBoxLayout()
            row.setSpacing(GRID)
            row.addWidget(Icon(Glyph.IMAGE if file.media else Glyph.FILE, 16, "muted"))
            said = _("{name}, {size}").format(name=plain(file.name, 120), size=formats.size(file.bytes))
            row.addWidget(Elided(said, mode=Qt.TextElideMode.ElideMiddle), 1)
            check = push_button(_("Check"), quiet=True)
            check.setAccessibleName(_("Check {name}").format(name=plain(file.name, 120)))
            check.clicked.connect(lambda _checked=False, path=file.path: self.check_asked.emit(path))
            self.checks.append(check)
            row.addWidget(check)
            rows.addLayout(row)

    def _elsewhere(self, rows: QVBoxLayout) -> None:
        item = self.item
        if item.problem:
            rows.addWidget(Text(item.problem))
        elif item.host:
            said = _("Not on this computer. Fetching it tells {host} that you look at this case.")
            rows.addWidget(Text(said.format(host=plain(item.host, 80)), muted=True))
        elif item.entry.uri:
            rows.addWidget(Text(_("Not on this computer."), muted=True))
        else:
            rows.addWidget(Text(_("Not on this computer, and it does not say where it is."), muted=True))
        rows.addWidget(self.fetch, 0, Qt.AlignmentFlag.AlignLeading)

    def _hidden(self, rows: QVBoxLayout) -> None:
        self.hide_button.setToolTip(_("Show it again"))
        self.hide_button.setAccessibleName(_("Show it again"))
        said = _("Hidden: it was removed from this computer. On the register its hash and address stay for ever.")
        rows.addWidget(Text(said, muted=True))


def _link(address: str) -> QWidget:
    """An address that can be copied; it is never opened from here."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GRID)
    shown = plain(address, 500)
    row.addWidget(Icon(Glyph.GLOBE, 16, "muted"))
    row.addWidget(Elided(shown, mode=Qt.TextElideMode.ElideMiddle), 1)
    copy = tool_button(Glyph.COPY, _("Copy this address"), side=16)
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(shown))
    row.addWidget(copy)
    return made


def plain_lines(said: str) -> str:
    """Words of several lines, each made plain."""
    return "\n".join(plain(part, _REASON) for part in said[:_REASON].split("\n")[:60])
