"""The reviewers' row of the card: rulings, rounds, and the way to the case."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPushButton
from tests.ui.test_card import Show, card_of, words
from tests.unit import examples

from touchstone.report import Finding, Status, Witness

__all__ = ["card_of"]

PANEL = {
    "round": 1,
    "seats": 15,
    "human_seats": 10,
    "automated_seats": 5,
    "ruling": "altered",
    "votes": {"altered": 12, "generated": 0, "not-altered": 1, "cannot-tell": 1},
}


def test_a_ruling_is_shown_with_its_rounds_and_leads_to_its_case(card_of: Show) -> None:
    card = card_of(examples.unsigned(), examples.facts(), examples.reviewers(panels=[PANEL]))
    fold = card.folds["reviewers"]
    fold.open()
    said = words(card)
    assert "altered · of 15 seats: altered 12, no manipulation 1, could not tell 1, not opened 1" in said
    assert "case 7 on Base, final" in said
    assert "10 of the seats were people's, 5 those of automated reviewers." in said
    asked: list[int] = []
    card.case_asked.connect(asked.append)
    (button,) = (b for b in fold.findChildren(QPushButton) if b.text() == "Open the case")
    button.click()
    assert asked == [7]


@pytest.mark.parametrize(
    "finding", [examples.reviewers(match="none"), Finding(Witness.REVIEWERS, Status.NOT_CHECKED, "no-cases")]
)
def test_without_a_case_there_is_none_to_open(card_of: Show, finding: Finding) -> None:
    card = card_of(examples.unsigned(), examples.facts(), finding)
    fold = card.folds["reviewers"]
    fold.open()
    assert not fold.findChildren(QPushButton)
    assert "What it answers: Has anyone disputed it, and what did reviewers decide?" in words(card)
