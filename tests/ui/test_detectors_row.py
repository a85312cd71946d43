"""The detectors' row of a card: words with their error rates, layers over the picture, a slider, a clip's frames."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot
from tests.ui import detecting
from tests.ui.conftest import Opener
from tests.ui.screens import settle, show_screen
from tests.ui.test_card import words
from tests.unit import examples

from touchstone.export import heatmap
from touchstone.report import Finding, Picture, Status, Witness
from touchstone.settings import Theme, load
from touchstone.ui import marks, pictures, style
from touchstone.ui.batch import Shown
from touchstone.ui.card import Card
from touchstone.ui.marks import MarkedPicture, MarksView
from touchstone.ui.navigation import Place
from touchstone.ui.settings import SettingsScreen
from touchstone.ui.timeline import Timeline, nearest, stepped

LEFT = Qt.MouseButton.LeftButton
REPOSITORY = Path(__file__).parents[2]
Show = Callable[..., Card]


@pytest.fixture(autouse=True)
def _a_session_of_its_own() -> None:
    marks.forget()


@pytest.fixture
def card_of(qtbot: QtBot) -> Iterator[Show]:
    """Shows the card of the report that some findings come to, with its detectors' row open."""
    cards: list[Card] = []

    def show(*findings: Finding, maps: bool = True, picture: Picture | None = None, **frames: Picture) -> Card:
        kept = {"thumbnail": picture or examples.picture(), **(detecting.pictures() if maps else {}), **frames}
        images = {name: pictures.image(made) for name, made in kept.items()}
        report = examples.report(examples.unsigned(), examples.facts(), *findings)
        card = Card(Shown(report, Path("/pictures/harbour.jpg"), images, kept))
        card.resize(720, 1600)
        card.show()
        cards.append(card)
        qtbot.waitExposed(card)
        with qtbot.waitSignal(card.folds["detectors"].settled):
            card.folds["detectors"].open()
        QApplication.processEvents()
        return card

    yield show
    for card in cards:
        card.close()
        card.deleteLater()


def drawn(widget: QWidget) -> NDArray[np.int64]:
    """What a widget shows, rows by columns by three, in logical pixels."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(np.int64)


def settled(widget: QWidget) -> None:
    """Let layouts come to rest."""
    size = None
    while size != widget.size():
        size = widget.size()
        for _round in range(4):
            QApplication.processEvents()


def centre_of_change(widget: QWidget, area: QRect, change: Callable[[], None]) -> tuple[float, float]:
    """Where, in parts of `area`, something looks most different after a change."""
    before = drawn(widget)
    change()
    settled(widget)
    differs = np.abs(drawn(widget) - before).sum(axis=2)
    rows, columns = np.nonzero(differs > 0.8 * differs.max())
    return (columns.mean() - area.x()) / area.width(), (rows.mean() - area.y()) / area.height()


# --- words


def test_every_detector_says_what_it_sees_how_often_it_is_wrong_and_which_model_said_so(card_of: Show) -> None:
    said = words(card_of(*detecting.pointing()))
    assert "Generated pictures" in said
    assert "Signs of generation found." in said
    assert "At this limit 3 in 100 photographs that nobody touched are flagged; in the worst source" in said
    assert "Inconclusive: it was compressed too heavily" in said
    assert "What stood out most, held against photographs: the grain of its noise (very far from usual)" in said
    assert said.count("Model ai-image 1, SHA-256 3f2a9c…2a9c1e") == 4
    assert "0.93" not in said
    assert "%" not in said


def test_the_row_says_on_one_line_what_they_came_to(card_of: Show) -> None:
    header = card_of(*detecting.pointing()).folds["detectors"].header
    assert header.said() == "Signs found: AI images (flags 3 in 100 untouched)"
    assert "Signs found" in header.accessibleName()


def test_those_that_gave_no_answer_say_why_and_what_to_do(card_of: Show) -> None:
    gone = [Finding(w, Status.NOT_CHECKED, "no-face") for w in (Witness.FACE, Witness.SPLICE)]
    card = card_of(examples.failed(Witness.AI_IMAGE, "timeout", seconds=30), *gone)
    said = words(card)
    assert "Could not be checked: the detector was stopped after 30 s." in said
    assert "Allow more time for one file in the settings" in said
    assert "Changed faces, Splices and copies" in said
    assert "Not checked: no face was found that is large enough. Nothing needs to be done." in said
    assert card.marks_view is None
    assert not card.where.isVisible()


def test_where_none_is_installed_the_question_still_stands(card_of: Show) -> None:
    card = card_of()
    assert card.folds["detectors"].header.said() == "Not checked: not installed yet"
    assert "What they answer: Does it look generated, swapped or spliced?" in words(card)


def test_raw_scores_stand_in_the_technical_details_alone(card_of: Show) -> None:
    card = card_of(*detecting.pointing())
    card.folds["technical"].open()
    said = words(card)
    assert "Score: 0.930 · Limit: 0.800 · Measured on: set 1 · In the register of models: no" in said
    assert "Model ai-image" in [label.text() for label in card.findChildren(QLabel)]


def test_hostile_words_are_shown_as_they_are(card_of: Show) -> None:
    hostile = {"model": examples.HOSTILE, "error_rate": {"false_alarms": 0.03, "set": examples.HOSTILE}}
    card = card_of(examples.detector(**hostile, features=[[examples.HOSTILE, 3]], boxes=[["x"] * 4], map=7))
    card.folds["technical"].open()
    said = words(card)
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in card.findChildren(QLabel))
    assert "<b>Evil</b>" in said
    assert "\u202e" not in said


# --- layers


def view_of(card: Card) -> MarksView:
    assert card.marks_view is not None
    return card.marks_view


def choose_faintly(view: MarksView, qtbot: QtBot, code: str) -> None:
    """Show a layer as faintly as may be: the picture below it is grey then, and the map hardly to be seen."""
    qtbot.mouseClick(view.buttons[code], LEFT)
    settled(view.picture)
    qtbot.keyClick(view.slider, Qt.Key.Key_Home)
    settled(view.picture)


def strengthen(view: MarksView, qtbot: QtBot) -> None:
    """Show it as strongly as may be."""
    qtbot.keyClick(view.slider, Qt.Key.Key_End)


def test_nothing_lies_over_the_picture_until_it_is_asked_for(card_of: Show, qtbot: QtBot) -> None:
    view = view_of(card_of(*detecting.pointing()))
    assert list(view.buttons) == ["", "ai-image", "face", "splice"]
    assert [b.text() for b in view.buttons.values()] == ["Nothing", "Generation", "Faces", "Splice"]
    assert view.buttons[""].isChecked()
    assert not view.slider.isVisible()
    assert not view.meaning.isVisible()


@pytest.mark.parametrize(("code", "place"), [("ai-image", (0.8, 0.2)), ("splice", (0.2, 0.8))])
def test_a_map_is_drawn_where_it_points(card_of: Show, qtbot: QtBot, code: str, place: tuple[float, float]) -> None:
    findings = [f for f in detecting.pointing() if str(f.witness) == code]
    findings = [Finding(f.witness, f.status, f.code, details={**f.details, "boxes": []}) for f in findings]
    view = view_of(card_of(*findings))
    choose_faintly(view, qtbot, code)
    spot = centre_of_change(view.picture, view.picture.picture_area(), lambda: strengthen(view, qtbot))
    assert spot == pytest.approx(place, abs=0.08)
    assert view.slider.isVisible()
    assert "A map is a hint where to look. It is not proof" in view.meaning.text()
    assert "strongest at the" in view.picture.accessibleDescription()


def test_the_small_picture_shows_the_same_layer(card_of: Show, qtbot: QtBot) -> None:
    card = card_of(*detecting.pointing())
    small = next(p for p in card.findChildren(MarkedPicture) if p is not view_of(card).picture)
    choose_faintly(view_of(card), qtbot, "splice")
    spot = centre_of_change(small, small.picture_area(), lambda: strengthen(view_of(card), qtbot))
    assert spot == pytest.approx((0.2, 0.8), abs=0.1)


@pytest.mark.parametrize("shape", [(400, 60), (60, 400), (300, 200)], ids=str)
def test_a_frame_lies_within_the_picture_whatever_its_shape(
    card_of: Show, qtbot: QtBot, shape: tuple[int, int]
) -> None:
    """Bars beside or above a picture are not part of it."""
    face = examples.detector(Witness.FACE, **detecting.KNOWN, boxes=[[0.25, 0.25, 0.5, 0.5]])
    card = card_of(face, picture=Picture(*shape, bytes([90]) * (shape[0] * shape[1] * 3)))
    qtbot.mouseClick(view_of(card).buttons["face"], LEFT)
    assert not view_of(card).slider.isVisible()  # a frame is as strong as it is
    for picture in card.findChildren(MarkedPicture):
        area, pixels = picture.picture_area(), drawn(picture)
        ink = np.all(np.abs(pixels - np.array(heatmap.OUTLINE)) < 12, axis=2)
        rows, columns = np.nonzero(ink)
        frame = (
            (columns.min() - area.x()) / area.width(),
            (rows.min() - area.y()) / area.height(),
            (columns.max() + 1 - area.x()) / area.width(),
            (rows.max() + 1 - area.y()) / area.height(),
        )
        assert frame == pytest.approx((0.25, 0.25, 0.75, 0.75), abs=2.5 / min(area.width(), area.height()))


def test_the_slider_works_with_keys_says_its_value_and_is_remembered(card_of: Show, qtbot: QtBot) -> None:
    view = view_of(card_of(*detecting.pointing()))
    qtbot.mouseClick(view.buttons["ai-image"], LEFT)
    assert view.slider.accessibleName() == "How strongly the map is drawn"
    before = drawn(view.picture)
    view.slider.setFocus()
    qtbot.keyClick(view.slider, Qt.Key.Key_Home)
    assert view.slider.value() == 10
    assert view.slider.accessibleDescription() == "10 of 100"
    assert np.abs(drawn(view.picture) - before).max() > 40
    qtbot.keyClick(view.slider, Qt.Key.Key_Right)
    assert view.slider.value() == 15
    other = view_of(card_of(*detecting.pointing()))
    assert other.slider.value() == 15
    assert other.buttons["ai-image"].isChecked()


def test_arrow_keys_go_from_layer_to_layer(card_of: Show, qtbot: QtBot) -> None:
    card = card_of(*detecting.pointing())
    view = view_of(card)
    view.buttons[""].setFocus()
    qtbot.keyClick(view.buttons[""], Qt.Key.Key_Right)
    assert view.buttons["ai-image"].isChecked()
    assert card.marks.shown is not None
    assert card.marks.shown.code == "ai-image"
    qtbot.keyClick(view.buttons["ai-image"], Qt.Key.Key_Left)
    assert card.marks.shown is None


def test_a_picture_below_a_map_loses_its_colours_and_gets_them_back(card_of: Show, qtbot: QtBot) -> None:
    card = card_of(*detecting.pointing(), picture=Picture(64, 48, bytes([200, 60, 20]) * (64 * 48)))
    view = view_of(card)
    corner = (slice(-20, -10), slice(-20, -10))  # where the map of generation has nothing
    assert np.abs(drawn(view.picture)[corner] - [200, 60, 20]).max() < 3
    qtbot.mouseClick(view.buttons["ai-image"], LEFT)
    settled(view.picture)
    assert np.ptp(drawn(view.picture)[corner], axis=2).max() < 60
    qtbot.mouseClick(view.buttons["face"], LEFT)  # frames alone change no colours
    settled(view.picture)
    assert np.abs(drawn(view.picture)[corner] - [200, 60, 20]).max() < 3


def test_two_cards_at_once_show_the_same(card_of: Show, qtbot: QtBot) -> None:
    one, other = (view_of(card_of(*detecting.pointing())) for _card in range(2))
    qtbot.mouseClick(one.buttons["splice"], LEFT)
    qtbot.keyClick(one.slider, Qt.Key.Key_End)
    assert other.buttons["splice"].isChecked()
    assert other.slider.value() == 100


def test_a_layer_that_another_file_lacks_leaves_its_picture_alone(card_of: Show, qtbot: QtBot) -> None:
    qtbot.mouseClick(view_of(card_of(*detecting.pointing())).buttons["splice"], LEFT)
    other = view_of(card_of(detecting.pointing()[0]))
    assert other.buttons[""].isChecked()
    assert list(other.buttons) == ["", "ai-image"]


def test_a_map_that_was_not_kept_is_said_to_be_missing(card_of: Show, qtbot: QtBot) -> None:
    view = view_of(card_of(*detecting.pointing(), maps=False))
    assert list(view.buttons) == ["", "ai-image", "face"]  # a crop and faces can still be drawn
    labels = [label.text() for label in view.findChildren(QLabel)]
    assert "The map is not kept with the report. Check the file again to see it." in labels


def test_one_button_leads_from_the_picture_to_the_map(opened: Opener, qtbot: QtBot) -> None:
    window = opened()
    show_screen(window, "detectors")
    marks.forget()
    card = window.check.bench.pane.card
    assert card is not None
    for fold in card.folds.values():
        fold.open(wanted=False)
    settle(window)
    qtbot.mouseClick(card.where, LEFT)
    settle(window)
    view = view_of(card)
    assert card.marks.shown is not None
    assert window.focusWidget() is view.buttons["ai-image"]
    pane = window.check.bench.pane._scroll
    top = view.mapTo(pane.viewport(), QPoint(0, 0)).y()
    assert 0 <= top < pane.viewport().height()


# --- frames


def timeline_of(card: Card) -> Timeline:
    (found,) = card.findChildren(Timeline)
    return found


def test_frames_are_reached_with_the_arrow_keys(card_of: Show, qtbot: QtBot) -> None:
    line = timeline_of(card_of(detecting.clip()))
    assert line.said.text() == "Frame 24 of 24, at 0:11.5: well above the limit."  # it begins at the highest
    line.plot.setFocus()
    qtbot.keyClick(line.plot, Qt.Key.Key_Left)
    assert line.said.text().startswith("Frame 23 of 24, at 0:11.0: ")
    qtbot.keyClick(line.plot, Qt.Key.Key_Home)
    assert line.said.text() == "Frame 1 of 24, at 0:00.0: well below the limit."
    qtbot.keyClick(line.plot, Qt.Key.Key_Left)
    assert line.place == 0
    qtbot.keyClick(line.plot, Qt.Key.Key_End)
    qtbot.keyClick(line.plot, Qt.Key.Key_Right)
    assert line.place == 23
    assert "5 of 24 frames lie above the limit." in line.plot.accessibleName()
    assert line.plot.accessibleDescription() == line.said.text()


def test_a_frame_that_is_pointed_at_is_told_until_the_pointer_leaves(card_of: Show, qtbot: QtBot) -> None:
    card = card_of(detecting.clip())
    line = timeline_of(card)
    QApplication.processEvents()
    for place in (0, 9, 23):
        qtbot.mouseMove(line.plot, line.plot.point_of(place).toPoint())
        assert line.said.text().startswith(f"Frame {place + 1} of 24")
    qtbot.mouseMove(line.plot, line.plot.point_of(9).toPoint())
    line.plot.leaveEvent(None)
    assert line.said.text().startswith("Frame 24 of 24")
    qtbot.mouseClick(line.plot, LEFT, pos=line.plot.point_of(9).toPoint())
    assert line.place == 9
    assert line.plot.hasFocus()


def test_the_line_and_its_limit_are_drawn_in_the_colours_of_the_theme(
    card_of: Show, qtbot: QtBot, qapp: QApplication
) -> None:
    line = timeline_of(card_of(detecting.clip()))
    try:
        for theme in (Theme.LIGHT, Theme.DARK):
            style.apply(qapp, theme)
            qtbot.wait(30)
            pixels = drawn(line.plot)
            t = style.tokens()
            for token in (t.surface, t.accent, t.amber):
                wanted = np.array([style.colour(token).red(), style.colour(token).green(), style.colour(token).blue()])
                assert (np.abs(pixels - wanted).max(axis=2) < 6).sum() > 20, (theme, token)
    finally:
        style.apply(qapp, Theme.LIGHT)


def test_the_picture_of_a_frame_is_shown_where_it_is_at_hand(card_of: Show, qtbot: QtBot) -> None:
    line = timeline_of(card_of(detecting.clip(), **{"frame-1500": examples.picture(64, 36)}))
    assert not line.thumbnail.isVisible()
    line.go(3)
    assert line.thumbnail.isVisible()
    line.go(4)
    assert not line.thumbnail.isVisible()


@pytest.mark.parametrize("count", [0, 1])
def test_a_clip_of_too_few_frames_has_no_line(card_of: Show, qtbot: QtBot, count: int) -> None:
    assert not card_of(detecting.clip(count)).findChildren(Timeline)


def test_frames_at_one_moment_and_without_a_limit(card_of: Show, qtbot: QtBot) -> None:
    frames = [{"time": 1.0, "score": 0.5}] * 3
    line = timeline_of(card_of(detecting.clip(timeline=frames, limit=None)))
    assert line.said.text() == "Frame 1 of 3, at 0:01.0: there is no limit to hold it against."
    qtbot.keyClick(line.plot, Qt.Key.Key_Right)
    assert line.place == 1


def test_a_page_scrolls_with_the_wheel_over_the_line(opened: Opener, qtbot: QtBot) -> None:
    from PySide6.QtGui import QWheelEvent

    window = opened()
    show_screen(window, "detectors")
    card = window.check.bench.pane.card
    assert card is not None
    line, scroll = timeline_of(card), window.check.bench.pane._scroll
    scroll.ensureWidgetVisible(line)
    bar = scroll.verticalScrollBar()
    before = bar.value()
    at = QPointF(line.plot.rect().center())
    wheel = QWheelEvent(
        at, line.plot.mapToGlobal(at), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(line.plot, wheel)
    assert not wheel.isAccepted() or bar.value() != before


def test_the_package_leaves_nothing_out_that_the_line_needs(tmp_path: Path) -> None:
    """In a process of its own, in which what the package leaves out cannot be imported."""
    spec = ast.parse((REPOSITORY / "packaging" / "touchstone.spec").read_text(encoding="utf-8"))
    (left_out,) = [
        ast.literal_eval(n.value) for n in ast.walk(spec) if isinstance(n, ast.keyword) and n.arg == "excludes"
    ]
    program = f"""
import sys
left_out = {left_out!r}
class Missing:
    def find_spec(self, name, path=None, target=None):
        if any(name == one or name.startswith(one + ".") for one in left_out):
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Missing())
from PySide6.QtWidgets import QApplication
from touchstone.export.layers import Frames
from touchstone.ui.timeline import Timeline
application = QApplication(["touchstone"])
print(Timeline(Frames((0.0, 1.0), (0.1, 0.9), 0.5)).said.text())
"""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "app")}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "Frame 2 of 2, at 0:01.0: well above the limit.\n", done.stderr


@pytest.mark.parametrize(
    ("moment", "place"), [(-5, 0), (0, 0), (0.4, 0), (0.6, 1), (1.5, 1), (1.6, 2), (99, 2), (1, 1)]
)
def test_the_nearest_frame(moment: float, place: int) -> None:
    assert nearest((0.0, 1.0, 2.0), moment) == place


def test_keys_of_the_line() -> None:
    assert stepped(1, 3, Qt.Key.Key_Right) == 2
    assert stepped(2, 3, Qt.Key.Key_Right) == 2
    assert stepped(0, 3, Qt.Key.Key_Left) == 0
    assert stepped(1, 3, Qt.Key.Key_A) is None


# --- settings


def test_detectors_are_switched_off_and_on_in_the_settings(opened: Opener, qtbot: QtBot, home) -> None:
    window = opened()
    window.go(Place.SETTINGS)
    (screen,) = window.findChildren(SettingsScreen)
    switch = screen.detectors
    assert switch.isChecked()
    switch.setFocus()
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: load(home).detectors is False)
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: load(home).detectors is True)
