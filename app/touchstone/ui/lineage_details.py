"""One link of a lineage in full: what was checked, what that rests on, what it proves and what it does not."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QWidget

from touchstone.texts import _
from touchstone.texts import lineage_view as words
from touchstone.ui.forms import buttons, clear
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, announce, breakable, column, line, push_button, tool_button
from touchstone.ui.lineage_chain import Fact, Link
from touchstone.ui.lineage_map import GLYPHS, MARKS
from touchstone.ui.lineage_places import Mark
from touchstone.ui.notes import Hash
from touchstone.ui.style import GRID, Tone, Type
from touchstone.ui.tabulated import add_row, table

_TONES = {Mark.FAILED: Tone.BRICK}


class LinkDetails(QFrame):
    """The card of a link; a word to choose one while none is chosen.

    `model_asked` leads to another model, by its id.
    """

    model_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setAccessibleName(_("About this link"))
        self.link: Link | None = None
        self.close_button = tool_button(Glyph.X, _("Close the details"), side=16)
        self._rows = column(2 * GRID, GRID + 4)
        self.setLayout(self._rows)
        self._page: QWidget | None = None
        self._hold(_hint())

    def show_link(self, link: Link | None) -> None:
        """Show a link, or none."""
        if link is not None and self.link == link:
            return
        self.link = link
        self.close_button.setParent(None)
        self._hold(_hint() if link is None else self._card(link))
        if link is not None:
            announce(self, _("{title}: {said}").format(title=link.box.title, said=link.box.said))

    def enter(self) -> None:
        """Go to the first thing on the card that can be pressed."""
        for kind in (QToolButton, QPushButton):
            for button in self.findChildren(kind):
                if button is not self.close_button and button.isVisibleTo(self):
                    button.setFocus(Qt.FocusReason.TabFocusReason)
                    return
        self.close_button.setFocus(Qt.FocusReason.TabFocusReason)

    def _hold(self, page: QWidget) -> None:
        clear(self._rows)
        self._rows.addWidget(page)
        page.show()

    def _card(self, link: Link) -> QWidget:
        made = QWidget()
        rows = column(0, GRID + 4)
        made.setLayout(rows)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(Icon(GLYPHS[link.box.kind], 20))
        head.addWidget(Text(link.box.title, Type.STRONG, bold=True, wrap=False))
        head.addStretch(1)
        glyph, shade = MARKS[link.box.mark]
        head.addWidget(Icon(glyph, 20, shade))
        said = Text(link.box.said, wrap=False)
        if link.box.mark in _TONES:
            said.set_tone(_TONES[link.box.mark])
        head.addWidget(said)
        head.addWidget(self.close_button)
        self.close_button.show()
        rows.addLayout(head)
        for mark, sentence in link.steps:
            rows.addLayout(_step(mark, sentence))
        rows.addWidget(line())
        rows.addWidget(table([(_("What it proves"), link.proves), (_("What it does not"), link.proves_not)]))
        if link.facts:
            rows.addWidget(line())
            rows.addWidget(facts_table(link.facts))
        for model in link.others:
            button = push_button(words.show_model(model), GLYPHS[link.box.kind])
            button.clicked.connect(lambda _checked=False, model=model: self.model_asked.emit(model))
            rows.addLayout(buttons(button, trailing=False))
        return made


def facts_table(facts: tuple[Fact, ...]) -> QWidget:
    """Labels and values; hashes can be copied as a whole."""
    made = table([])
    for fact in facts:
        if fact.whole:
            value: QWidget = Hash(fact.value, fact.label)
        else:
            value = Text(breakable(fact.value))
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        add_row(made, fact.label, value)
    return made


def _step(mark: Mark, sentence: str) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(GRID)
    glyph, shade = MARKS[mark]
    row.addWidget(Icon(glyph, 20, shade), 0, Qt.AlignmentFlag.AlignTop)
    said = Text(breakable(sentence))
    said.setAccessibleName(_("{mark}: {sentence}").format(mark=words.mark(mark), sentence=sentence))
    if mark in _TONES:
        said.set_tone(_TONES[mark])
    row.addWidget(said, 1)
    return row


def _hint() -> QWidget:
    return Text(words.choose_a_link(), muted=True)
