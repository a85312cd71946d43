"""The verdict card: what it says, what it shows of hostile text, what can be done with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from tests.ui.conftest import PATIENCE, Samples, check_all
from tests.unit import examples

from touchstone.report import Finding, from_dict
from touchstone.ui import pictures
from touchstone.ui.actions import as_text
from touchstone.ui.batch import Shown
from touchstone.ui.card import Card
from touchstone.ui.history_tree import HistoryTree
from touchstone.ui.notes import Elided, Notice
from touchstone.ui.window import MainWindow

Show = Callable[..., Card]


@pytest.fixture
def card_of(qtbot: QtBot) -> Iterator[Show]:
    """Shows the card of the report that some findings come to."""
    cards: list[Card] = []  # held: a widget that nobody holds is collected, even while it is being painted

    def show(*findings: Finding) -> Card:
        made = {"thumbnail": examples.picture()}
        images = {name: pictures.image(picture) for name, picture in made.items()}
        card = Card(Shown(examples.report(*findings), Path("/pictures/harbour.jpg"), images, made))
        card.resize(720, 900)
        card.show()
        cards.append(card)
        return card

    yield show
    for card in cards:
        card.close()
        card.deleteLater()


def words(card: Card) -> str:
    labels = [label.text() for label in card.findChildren(QLabel)]
    labels += [label.text() for label in card.findChildren(Elided)]
    headers = [f"{name}: {fold.header.said()}" for name, fold in card.folds.items()]
    return "\n".join(labels + headers)


def open_all(card: Card) -> None:
    for fold in card.folds.values():
        fold.open()


def test_the_card_says_the_answer_and_what_it_means(card_of: Show, qtbot: QtBot) -> None:
    card = card_of(examples.credentials(), examples.facts())
    assert "Signed by Example Cameras" in card.headline.text()
    assert "not whether what it shows is so" in words(card)
    assert card.spoken().startswith("harbour.jpg. Signed by Example Cameras")


def test_every_witness_has_its_row_and_opens_in_place(card_of: Show, qtbot: QtBot) -> None:
    card = card_of(examples.credentials(), examples.facts())
    assert list(card.folds) == [
        "credentials", "register", "reviewers", "facts", "detectors", "not-checked", "technical",
    ]  # fmt: skip
    for fold in card.folds.values():
        assert fold.body is None
        assert fold.header.accessibleDescription() == "Details are folded"
        qtbot.mouseClick(fold.header, Qt.MouseButton.LeftButton)
        assert fold.body is not None
        assert fold.body.isVisible()
        assert fold.header.accessibleDescription() == "Details are shown"
    said = words(card)
    assert "Example Cameras (Camera Y)" in said
    assert "captured with a camera or microphone" in said
    assert "The signature covers the whole file." in said
    assert "not installed yet" in said.lower()
    assert "c2pa-rs 0.91.3" in said
    card.folds["facts"].open(wanted=False)
    assert not card.folds["facts"].body.isVisible()


def test_hostile_text_is_shown_as_it_is(card_of: Show, qtbot: QtBot) -> None:
    details = {
        "issuer": "unknown",
        "issuer_name": "",
        "untrusted_issuer_name": examples.HOSTILE,
        "untrusted_agent": examples.HOSTILE,
        "ingredients": [_node(-1), _node(0)],
    }
    facts = examples.facts(untrusted_make=examples.HOSTILE, untrusted_texts=[[examples.HOSTILE, examples.HOSTILE]])
    card = card_of(examples.credentials(**details), facts)
    open_all(card)
    for label in card.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText
    said = words(card)
    assert "<b>Evil</b>" in said
    assert "\\u202e" in said
    assert "\u202e" not in said
    assert "\x1b" not in said


def _node(parent: int, **changes: object) -> dict[str, object]:
    known: dict[str, object] = {
        "parent": parent,
        "relation": "this" if parent < 0 else "component",
        "integrity": "intact",
        "issuer": "unknown",
        "declares_ai": "unknown",
        "signals": [],
        "codes": [],
        "picture": "",
        "untrusted_title": examples.HOSTILE,
        "untrusted_format": "image/jpeg",
        "untrusted_generator": "",
        "untrusted_signer": examples.HOSTILE,
    }
    return known | changes


def test_contradictions_stand_above_the_rows(card_of: Show, qtbot: QtBot) -> None:
    facts = examples.facts(declares_ai="yes", generator="stable-diffusion")
    card = card_of(examples.credentials(), facts)
    assert card.shown.report.conflicts
    notices = [n.text() for n in card.findChildren(Notice) if n.isVisible()]
    assert any(n.startswith("Contradiction: ") and "Stable Diffusion" in n for n in notices)


def test_remote_credentials_are_offered_with_the_host_named(card_of: Show, qtbot: QtBot) -> None:
    address = "https://manifests.example/one.c2pa"
    elsewhere = examples.credentials(
        integrity="elsewhere", issuer="none", untrusted_remote=address, untrusted_host="manifests.example"
    )
    card = card_of(elsewhere, examples.facts())
    (notice,) = [n for n in card.findChildren(Notice) if n.isVisible()]
    assert "tells that host which file you are checking" in notice.text()
    assert notice.action.text() == "Fetch from manifests.example"
    with qtbot.waitSignal(card.fetch_asked) as asked:
        qtbot.mouseClick(notice.action, Qt.MouseButton.LeftButton)
    assert asked.args == [address]


def test_nothing_is_offered_where_nothing_is_elsewhere(card_of: Show, qtbot: QtBot) -> None:
    card = card_of(examples.credentials(), examples.facts())
    assert not [n for n in card.findChildren(Notice) if n.isVisible()]


def test_the_tree_marks_what_failed_and_shows_it_beside_the_file(opened, samples: Samples, qtbot: QtBot) -> None:
    window: MainWindow = opened(samples.home)
    check_all(window, qtbot, [samples.files["laundered"]])
    card = window.check.bench.pane.card
    assert card is not None
    card.folds["credentials"].open()
    (tree,) = card.findChildren(HistoryTree)
    assert tree.failed_place() == 1
    current = tree.tree.currentItem()
    assert current is not None
    assert "changed" in current.data(0, Qt.ItemDataRole.AccessibleTextRole)
    assert tree.pair.isVisible()
    assert "ingredient-1" in card.shown.images
    tree.choose(0)
    assert not tree.pair.isVisible()


def test_hashes_are_short_on_the_screen_and_whole_when_copied(card_of: Show, qtbot: QtBot) -> None:
    card = card_of(examples.credentials(), examples.facts())
    card.folds["technical"].open()
    assert examples.PHOTO.sha256 not in words(card)
    (button,) = [b for b in card.findChildren(type(_tool(card))) if b.accessibleName() == "Copy SHA-256"]
    button.click()
    assert QGuiApplication.clipboard().text() == examples.PHOTO.sha256


def _tool(card: Card):
    from PySide6.QtWidgets import QToolButton

    return card.findChildren(QToolButton)[0]


@pytest.fixture
def checked(opened, samples: Samples, qtbot: QtBot) -> MainWindow:
    window: MainWindow = opened(samples.home)
    check_all(window, qtbot, [samples.files["signed"]])
    return window


def test_copying(checked: MainWindow, qtbot: QtBot) -> None:
    pane = checked.check.bench.pane
    pane.buttons.copy_text.trigger()
    text = QGuiApplication.clipboard().text()
    assert pane.card is not None
    assert text == as_text(pane.card.shown)
    assert "Sample: Signed by Touchstone samples" in text
    assert "Not checked" in text
    pane.buttons.copy_json.trigger()
    copied = json.loads(QGuiApplication.clipboard().text())
    assert from_dict(copied) == pane.card.shown.report
    assert pane.notice.text() == "Copied as JSON"


@pytest.mark.parametrize("suffix", [".html", ".pdf", ".json"])
def test_saving(checked: MainWindow, qtbot: QtBot, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"report{suffix}"
    pane = checked.check.bench.pane
    pane.buttons.write(target)
    qtbot.waitUntil(lambda: pane.notice.isVisible(), timeout=PATIENCE)  # noqa: PLW0108 - the pane makes it anew
    assert pane.notice.text() == f"Saved as {target}"
    assert pane.notice.action.text() == "Show in folder"
    start = {".html": b"<!", ".pdf": b"%PDF", ".json": b"{"}[suffix]
    assert target.read_bytes().startswith(start)


def test_what_cannot_be_saved_is_said_in_place(checked: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    pane = checked.check.bench.pane
    pane.buttons.write(tmp_path / "nowhere" / "report.html")
    qtbot.waitUntil(lambda: pane.notice.isVisible(), timeout=PATIENCE)  # noqa: PLW0108
    assert "folder does not exist" in pane.notice.text()
    assert pane.buttons.save.isEnabled()
