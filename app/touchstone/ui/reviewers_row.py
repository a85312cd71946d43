"""What the reviewers' row of a card opens to: the ruling, its panels and votes, and what rulings are not."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from touchstone.report import Finding, Status
from touchstone.texts import _, findings, reviewers
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Text, push_button
from touchstone.ui.notes import Hash
from touchstone.ui.style import Type
from touchstone.ui.tabulated import add_row, table


def fill(into: QVBoxLayout, finding: Finding) -> QPushButton | None:
    """Add everything to `into`; returns the button that asks for the case, where there is one."""
    into.addWidget(Text(findings.sentence(finding)))
    if finding.status is not Status.DONE or finding.details.get("match") == "none":
        question = findings.witness_question(finding.witness)
        into.addWidget(Text(_("What it answers: {question}").format(question=question), muted=True))
        return None
    into.addWidget(_rows(finding))
    for note in reviewers.notes(finding):
        into.addWidget(Text(note, Type.CAPTION, muted=True))
    if case_of(finding) == 0:
        return None
    button = push_button(_("Open the case"), Glyph.USERS_THREE)
    into.addWidget(button)
    return button


def case_of(finding: Finding) -> int:
    """The number of the case that a finding tells of, 0 for none."""
    number = finding.details.get("case")
    return number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else 0


def _rows(finding: Finding) -> QWidget:
    made = table(reviewers.rows(finding))
    similar = finding.details.get("similar_sha256")
    if isinstance(similar, str) and similar:
        add_row(made, _("Registered file"), Hash(similar[:64], _("SHA-256 of the registered file")))
    return made
