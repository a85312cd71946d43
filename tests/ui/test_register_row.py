"""The register's row: every claim in it, both pictures of a likeness, and where they differ."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot
from tests.ui import looking
from tests.ui.conftest import PATIENCE, Opener, Samples, check_all
from tests.ui.test_card import Show, card_of, words
from tests.unit import examples

from touchstone.media import pdq
from touchstone.report import Answer, Finding, Picture, Status, Witness
from touchstone.settings import Theme
from touchstone.ui import difference
from touchstone.ui.compare import CompareView
from touchstone.ui.window import MainWindow

__all__ = ["card_of"]

STRANGER = examples.claim(
    publisher=8, untrusted_publisher="Somebody", untrusted_name="Somebody", untrusted_domain="", domain_verified=False,
    domain_checked="", relied=False,
)  # fmt: skip


def opened_row(card_of: Show, **details: object) -> str:
    card = card_of(examples.unsigned(), examples.facts(), examples.register(**details))
    card.folds["register"].open()
    return words(card)


def test_a_claim_is_told_with_its_domain_its_day_and_its_block(card_of: Show, qtbot: QtBot) -> None:
    said = opened_row(card_of)
    assert "agence-x.example registered exactly this file on 12 March 2026." in said
    assert "Agence X · publisher 7 · domain verified on 1 March 2026" in said
    assert "Registered 12 March 2026, 10:00 UTC, in block 1\N{NARROW NO-BREAK SPACE}234." in said
    assert "less than an hour old" in said
    assert "practice" not in said.lower()


def test_every_claimant_has_a_line(card_of: Show, qtbot: QtBot) -> None:
    gone = {"revoked": "2026-04-01T00:00:00Z", "revoked_counts": True, "revoked_reason": "manipulated"}
    said = opened_row(card_of, claims=[examples.claim(), STRANGER | gone], claimants=2)
    assert "Publisher 8 · not verified: it names no domain" in said
    assert "Withdrawn 1 April 2026, 00:00 UTC: it was found to be altered." in said
    assert "1 other publisher has withdrawn its own registration." in said


def test_a_replacement_can_be_copied(card_of: Show, qtbot: QtBot) -> None:
    replaced = examples.claim(
        revoked="2026-04-01T00:00:00Z", revoked_counts=True, revoked_reason="replaced", replacement="ef" * 32
    )
    said = opened_row(card_of, claims=[replaced], revoked="2026-04-01T00:00:00Z")
    assert "another file takes its place" in said
    assert "Replaced by" in said


def test_a_claim_that_does_not_count_says_why(card_of: Show, qtbot: QtBot) -> None:
    stolen = examples.claim(counts=False, compromised_since="2026-02-01T00:00:00Z", relied=False)
    said = opened_row(card_of, match="none", claims=[], claimants=0, discounted=[stolen])
    assert "Exactly this file was registered, but with a key that does not count." in said
    assert "counts as being in other hands since 1 February 2026" in said


def test_the_practice_ledger_is_called_that(card_of: Show, qtbot: QtBot) -> None:
    said = opened_row(card_of, practice=True, own=True)
    assert "practice ledger on your own computer: nobody else can see it" in said
    assert "practice ledger, on this computer, block 1\N{NARROW NO-BREAK SPACE}234" in said


@pytest.mark.parametrize(
    ("details", "words_of_it"),
    [
        ({"mirror_age_s": 5 * 3600}, "which is 5 hours old"),
        ({"missing_files": 3}, "3 registered files could not be looked through"),
        ({"agreed": False}, "One node alone said"),
        ({"behind": 1, "practice": True}, "The newest 1 block of the ledger had not been read yet."),
        ({"claims_left_out": 7}, "7 more are not shown."),
    ],
)
def test_what_the_copy_lacks_is_said(card_of: Show, qtbot: QtBot, details: dict[str, object], words_of_it: str) -> None:
    assert words_of_it in opened_row(card_of, **details)


def test_a_register_that_was_not_asked_says_what_it_would_answer(card_of: Show, qtbot: QtBot) -> None:
    card = card_of(examples.unsigned(), examples.facts(), Finding(Witness.REGISTER, Status.NOT_CHECKED, "no-register"))
    card.folds["register"].open()
    assert "nothing has been registered on the practice ledger yet" in words(card)
    assert "What it answers: Has a publisher registered exactly this file" in words(card)


def test_hostile_names_are_shown_as_they_are(card_of: Show, qtbot: QtBot) -> None:
    hostile = {"untrusted_publisher": examples.HOSTILE, "untrusted_name": examples.HOSTILE}
    claims = [examples.claim(untrusted_domain=examples.HOSTILE, domain_verified=False, **hostile)]
    card = card_of(examples.register(claims=claims, domain_verified=False, untrusted_publisher=examples.HOSTILE))
    card.folds["register"].open()
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in card.findChildren(QLabel))
    assert "<b>Evil</b>" in words(card)
    assert "\u202e" not in words(card)


# --- side by side, in a window, with files that were checked


@pytest.fixture
def likeness(opened: Opener, samples: Samples, qtbot: QtBot):
    """Opens a window on the half-sized copy; returns the comparison in its card."""

    def show(copy: Path | None = None, **choices: object) -> tuple[MainWindow, CompareView]:
        window = opened(samples.home, **choices)
        check_all(window, qtbot, [copy or samples.files["smaller"]])
        card = window.check.bench.pane.card
        assert card is not None
        card.folds["register"].open()
        (view,) = card.findChildren(CompareView)
        return window, view

    return show


def test_the_original_is_found_beside_the_copy_and_laid_over_it(likeness, qtbot: QtBot) -> None:
    _window, view = likeness()
    qtbot.waitUntil(view.over.isEnabled, timeout=PATIENCE)
    assert view.pair.isVisible()
    assert not view.find_button.isVisible()
    qtbot.mouseClick(view.over, Qt.MouseButton.LeftButton)
    assert (view.pair.isVisible(), view.laid.isVisible()) == (False, True)
    assert view.laid.said.text() == "Nowhere do they differ by more than saving a file again explains."
    before = view.laid.picture.grab().toImage()
    view.laid.slider.setFocus()
    for _press in range(20):
        qtbot.keyClick(view.laid.slider, Qt.Key.Key_Right)
    assert "20 of 20 towards the registered file" in view.laid.slider.accessibleDescription()
    assert view.laid.picture.grab().toImage() != before
    marked = view.laid.picture.grab().toImage()
    qtbot.mouseClick(view.laid.marks, Qt.MouseButton.LeftButton)
    assert view.laid.picture.grab().toImage() != marked
    qtbot.mouseClick(view.beside, Qt.MouseButton.LeftButton)
    assert view.pair.isVisible()


def test_where_the_original_is_nowhere_it_can_be_named(
    likeness, samples: Samples, tmp_path: Path, qtbot: QtBot
) -> None:
    copy = tmp_path / "elsewhere" / "copy.jpg"
    copy.parent.mkdir()
    shutil.copy(samples.files["smaller"], copy)
    window, view = likeness(copy)
    qtbot.waitUntil(view.find_button.isVisible, timeout=PATIENCE)
    assert "has not been found on this computer" in view.status.text()
    qtbot.mouseClick(view.find_button, Qt.MouseButton.LeftButton)
    (dialog,) = window.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(samples.files["plain"]))
    dialog.close()
    qtbot.waitUntil(view.find_button.isVisible, timeout=PATIENCE)
    assert view.status.text() == "09-plain.jpg is another file: its SHA-256 is not that of the registered one."
    view.look_for(tmp_path / "nowhere.jpg")
    qtbot.waitUntil(view.find_button.isVisible, timeout=PATIENCE)
    assert view.status.text() == "nowhere.jpg cannot be shown: there is no such file."
    view.look_for(samples.files["signed"])
    qtbot.waitUntil(view.over.isEnabled, timeout=PATIENCE)


def test_a_card_that_is_sent_away_meanwhile_misses_nothing(likeness, samples: Samples, qtbot: QtBot) -> None:
    window, _view = likeness()
    window.check.bench.pane.clear()
    check_all(window, qtbot, [samples.files["plain"]])


def test_what_was_painted_over_is_marked(likeness, samples: Samples, tmp_path: Path, qtbot: QtBot) -> None:
    edited = tmp_path / "edited.jpg"
    with Image.open(samples.files["smaller"]) as picture:
        picture.paste((200, 40, 30), (600, 60, 660, 110))
        picture.save(edited, quality=90)
    _window, view = likeness(edited)
    qtbot.waitUntil(view.find_button.isVisible, timeout=PATIENCE)
    view.look_for(samples.files["signed"])
    qtbot.waitUntil(view.over.isEnabled, timeout=PATIENCE)
    assert "differ visibly in about 1 of 100 parts" in view.laid.said.text()


@pytest.mark.parametrize("over", [False, True])
@pytest.mark.parametrize("theme", [Theme.LIGHT, Theme.DARK, Theme.CONTRAST])
def test_nothing_is_cut_off_faint_or_nameless(likeness, qtbot: QtBot, theme: Theme, over: bool) -> None:
    window, view = likeness(theme=theme)
    qtbot.waitUntil(view.over.isEnabled, timeout=PATIENCE)
    (view.over if over else view.beside).click()
    window.resize(1280, 1400)
    qtbot.wait(300)
    assert looking.faults(window) == {}


# --- the difference itself


def picture(array: np.ndarray) -> Picture:
    return Picture(array.shape[1], array.shape[0], array.astype(np.uint8).tobytes())


@pytest.fixture(scope="module")
def scene() -> np.ndarray:
    rng = np.random.default_rng(7)
    rough = Image.fromarray(rng.integers(0, 255, (12, 16, 3), dtype=np.uint8))
    return np.asarray(rough.resize((480, 320), Image.Resampling.BICUBIC))


@pytest.mark.parametrize("way", range(8))
def test_the_ways_of_turning_are_those_of_the_fingerprint(scene: np.ndarray, way: int) -> None:
    turned = np.ascontiguousarray(difference.turn(scene, way))
    mine = pdq.fingerprint(turned).hash
    apart = [pdq.distance(mine, other) for other in pdq.fingerprint(scene).hashes]
    assert apart.index(min(apart)) == way
    assert apart[way] < 40
    original = picture(turned)
    assert difference.compare(picture(scene), original, way).share == 0


def test_a_part_that_was_changed_is_marked_where_it_is(scene: np.ndarray) -> None:
    changed = scene.copy()
    changed[100:140, 200:280] = 255 - changed[100:140, 200:280]
    found = difference.compare(picture(changed), picture(scene), 0)
    assert 0.005 < found.share < 0.03
    heat = found.heat.convertToFormat(QImage.Format.Format_RGBA8888)
    alpha = np.frombuffer(heat.constBits(), np.uint8).reshape(heat.height(), heat.bytesPerLine())[:, 3::4]
    assert alpha[105:135, 205:275].mean() > 100
    assert alpha[:90].max() == alpha[150:].max() == 0


def test_other_sizes_and_shapes_are_brought_together(scene: np.ndarray) -> None:
    half = np.asarray(Image.fromarray(scene).resize((240, 160), Image.Resampling.LANCZOS))
    found = difference.compare(picture(half), picture(scene), 0)
    assert (found.share, found.stretched) == (0, False)
    assert (found.file.width(), found.original.height()) == (240, 160)
    wide = np.asarray(Image.fromarray(scene).resize((480, 200), Image.Resampling.LANCZOS))
    assert difference.compare(picture(wide), picture(scene), 0).stretched


def test_pictures_of_one_pixel_are_compared_too() -> None:
    one = picture(np.zeros((1, 1, 3)))
    assert difference.compare(one, picture(np.full((1, 1, 3), 255)), 3).share == 1
    assert difference.compare(one, one, 0).share == 0


def test_a_network_that_is_chosen_is_asked_from_then_on(opened: Opener, samples: Samples, qtbot: QtBot) -> None:
    window = opened(samples.home)
    check_all(window, qtbot, [samples.files["plain"]])
    assert window.check.bench.current().answer is Answer.REGISTERED
    window._desk.change_settings(dataclasses.replace(window._desk.settings, network="base-sepolia"))
    qtbot.wait(200)
    window.check.bench.runner.again([window.check.bench.current()])
    runner = window.check.bench.runner
    qtbot.waitUntil(lambda: runner.counts()[1] >= 1 and not runner.running(), timeout=PATIENCE)
    assert window.check.bench.current().answer is Answer.NO_PROOF
