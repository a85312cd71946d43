"""The way of a case, from evidence to final: which step it is at, and when each ends, in local time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from touchstone.registry.court_types import CaseEntry, Phase
from touchstone.texts import _
from touchstone.texts import review as words
from touchstone.ui import style
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, leading, line
from touchstone.ui.style import GRID, Type

if TYPE_CHECKING:
    from touchstone.registry.case_stage import Stage

_GLYPHS = (Glyph.CHATS, Glyph.ENVELOPE_SIMPLE, Glyph.ENVELOPE_OPEN, Glyph.SCALES, Glyph.USERS_THREE)
_PAST, _NOW, _TO_COME = range(3)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name, how it stands, and its time in words."""

    name: str
    state: int
    when: str


def steps_of(case: CaseEntry, stage: Stage, now: int) -> tuple[Step, ...]:
    """The five steps of a case, as they stand."""
    at = len(words.steps()) - 1 if stage.phase in {Phase.FINAL, Phase.CANCELLED} else words.step_of(stage.phase)
    names = list(words.steps())
    if stage.phase is Phase.CANCELLED:
        names[4] = words.phase_word(stage.phase)
    ends = _ends(case)
    told = []
    for number, name in enumerate(names):
        state = _PAST if number < at else _NOW if number == at else _TO_COME
        told.append(Step(name, state, _when(state, ends[number], stage, now, _takes(case, number))))
    return tuple(told)


def _ends(case: CaseEntry) -> tuple[int, int, int, int, int]:
    now_round = next((one for one in case.rounds if one.number == case.round), None)
    if now_round is None:
        return case.evidence_ends, 0, 0, 0, case.ended
    return (
        case.evidence_ends,
        now_round.commit_ends,
        now_round.reveal_ends,
        now_round.appeal_ends,
        case.ended,
    )


def _takes(case: CaseEntry, number: int) -> int:
    p = case.parameters
    return (p.evidence_time, p.commit_time, p.reveal_time, p.appeal_time, 0)[number]


def _when(state: int, ends: int, stage: Stage, now: int, takes: int) -> str:
    if state == _TO_COME:
        return words.span(takes) if takes else ""
    if state == _PAST or stage.phase in {Phase.FINAL, Phase.CANCELLED}:
        return words.at(ends, now) if ends else ""
    return words.deadline(stage.ends, now) if stage.ends else _("waits to be moved on")


class Steps(QWidget):
    """Five names in a row, joined by a line."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GRID)
        self._grid.setVerticalSpacing(4)
        self._cells: list[tuple[Icon, Text, Text]] = []
        for number, glyph in enumerate(_GLYPHS):
            icon = Icon(glyph, 20, "muted")
            name, when = Text("", Type.BODY), Text("", Type.CAPTION, muted=True)
            head = QHBoxLayout()
            head.setSpacing(GRID)
            head.addWidget(icon)
            if number < len(_GLYPHS) - 1:
                head.addWidget(line(), 1, Qt.AlignmentFlag.AlignVCenter)
            else:
                head.addStretch(1)
            for label in (name, when):
                label.setAlignment(leading() | Qt.AlignmentFlag.AlignTop)
            self._grid.addLayout(head, 0, number)
            self._grid.addWidget(name, 1, number)
            self._grid.addWidget(when, 2, number)
            self._grid.setColumnStretch(number, 1)
            self._cells.append((icon, name, when))

    def show_steps(self, steps: tuple[Step, ...]) -> None:
        """Show these."""
        for (icon, name, when), step, glyph in zip(self._cells, steps, _GLYPHS, strict=True):
            here = step.state == _NOW
            icon.set_glyph(Glyph.CHECK if step.state == _PAST else glyph, "accent" if here else "muted")
            name.setText(step.name)
            name.setFont(style.font(Type.BODY, bold=here))
            when.setText(step.when)
            name.setAccessibleName(_said(step))
        self.setAccessibleName(_("Steps of the case"))
        self.setAccessibleDescription("; ".join(_said(step) for step in steps))


def _said(step: Step) -> str:
    state = {_PAST: _("done"), _NOW: _("now"), _TO_COME: _("to come")}[step.state]
    return ", ".join(part for part in (step.name, state, step.when) if part)
