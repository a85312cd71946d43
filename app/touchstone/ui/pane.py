"""Where a card is shown: it scrolls, keeps to its widest measure, and has its actions at the lower right."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from touchstone.report import Answer
from touchstone.texts import _
from touchstone.ui.actions import Actions, show_folder
from touchstone.ui.batch import Shown
from touchstone.ui.card import Card
from touchstone.ui.desk import Desk
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import column, line
from touchstone.ui.notes import Notice
from touchstone.ui.originals import Originals
from touchstone.ui.pages import Scroll, centred
from touchstone.ui.style import CARD_WIDTH, GRID, Tone


class CardPane(QWidget):
    """A card with its actions. `fetch_asked` and `case_asked` pass on what the card asks for.

    `flag_asked` carries the `Shown` whose file somebody wants to flag.
    """

    fetch_asked = Signal(str)
    case_asked = Signal(int)
    flag_asked = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.card: Card | None = None
        self._shown: Shown | None = None
        self.buttons = Actions(desk)
        self.flag_button = self.buttons.add(_("Flag…"), Glyph.FLAG, self._flag)
        self.flag_button.setToolTip(_("Say that this file was altered, and have reviewers look at it"))
        self._originals = Originals(desk, self)
        self.notice = Notice()
        self._saved: Path | None = None
        self._scroll = Scroll()
        under = QWidget()
        below = QVBoxLayout(under)
        below.setContentsMargins(0, GRID, 0, GRID + 4)
        below.setSpacing(GRID)
        below.addWidget(self.notice)
        below.addWidget(self.buttons)
        footer = QWidget()
        footer.setLayout(centred(under, CARD_WIDTH, 3 * GRID))
        self._footer = footer
        self._rule = line()
        layout = column(0, 0)
        self.setLayout(layout)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self._rule)
        layout.addWidget(footer)
        self.buttons.told.connect(self._tell)
        self.notice.action.clicked.connect(self._show_saved)
        self.clear()

    def show_card(self, shown: Shown) -> Card:
        """Show a report, from its top."""
        opened = self._opened()
        card = Card(shown)
        card.fetch_asked.connect(self.fetch_asked)
        card.case_asked.connect(self.case_asked)
        card.compared.connect(self._originals.serve)
        card.reveal_asked.connect(self._reveal)
        self.card = card
        for name in opened & card.folds.keys():
            card.folds[name].open()
        self._scroll.hold(card)
        self._shown = shown
        self.buttons.use(shown)
        media = shown.report.media
        self.flag_button.setEnabled(bool(media.sha256) and shown.report.answer is not Answer.UNREADABLE)
        self.notice.hide()
        self._rule.show()
        self._footer.show()
        return card

    def _reveal(self, widget: QWidget) -> None:
        self._scroll.ensureWidgetVisible(widget, 0, 2 * GRID)

    def clear(self, message: QWidget | None = None) -> None:
        """Show no card, but `message` if there is one."""
        self.card = None
        self._scroll.hold(message or QWidget())
        self._rule.hide()
        self._footer.hide()

    def _opened(self) -> set[str]:
        """The rows that are open: whoever compares files keeps them open from one to the next."""
        if self.card is None:
            return set()
        return {name for name, fold in self.card.folds.items() if fold.header.isChecked()}

    def _tell(self, words: str, tone: Tone, path: object) -> None:
        self._saved = path if isinstance(path, Path) else None
        action = _("Show in folder") if self._saved is not None else ""
        self.notice.say(words, tone, action)

    def _flag(self) -> None:
        if self._shown is not None:
            self.flag_asked.emit(self._shown)

    def _show_saved(self) -> None:
        if self._saved is not None:
            show_folder(self._saved)
