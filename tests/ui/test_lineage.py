"""The lineage of a model in a window: the picture, walked with keys and mouse; audits that hold, fail and stop."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton
from pytestqt.qtbot import QtBot
from tests.lineage import audited
from tests.ui import lineage_making as making
from tests.ui import looking
from tests.ui.conftest import PATIENCE
from tests.ui.screens import settle

from touchstone import modelfile, paths
from touchstone.lineage import record
from touchstone.paths import Home
from touchstone.ui.labels import Text
from touchstone.ui.lineage_page import LineagePage
from touchstone.ui.lineage_places import Kind, Mark
from touchstone.ui.models_pane import LINEAGE
from touchstone.ui.models_screen import ModelsScreen
from touchstone.ui.navigation import Place
from touchstone.ui.window import MainWindow

LEFT = Qt.MouseButton.LeftButton
CHAIN = (Kind.DATA, Kind.RUN, Kind.WEIGHTS, Kind.EVALUATION, Kind.OUTPUTS)


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOUCHSTONE_MODELS", str(tmp_path / "shipped"))
    return making.shipped(tmp_path / "shipped")


@pytest.fixture
def window(opened, shipped: Path, home: Home) -> MainWindow:
    making.bare(home)
    return opened()


@pytest.fixture
def screen(window: MainWindow, qtbot: QtBot) -> ModelsScreen:
    qtbot.mouseClick(window.navigation.buttons[Place.MODELS], LEFT)
    (found,) = window.findChildren(ModelsScreen)
    qtbot.waitUntil(lambda: found.model.rowCount() == 2, timeout=PATIENCE)
    return found


@pytest.fixture
def page(screen: ModelsScreen, qtbot: QtBot) -> LineagePage:
    """The lineage of the model that shipped, once its chain was followed."""
    qtbot.mouseClick(screen.pane.tabs[LINEAGE], LEFT)
    audited_by_now(screen.pane.lineage, qtbot)
    return screen.pane.lineage


def lineage_in(window: MainWindow, qtbot: QtBot) -> LineagePage:
    """The lineage of the only model there is, once its chain was followed."""
    window.go(Place.MODELS)
    (screen,) = window.findChildren(ModelsScreen)
    qtbot.waitUntil(lambda: screen.model.rowCount() == 1, timeout=PATIENCE)
    qtbot.mouseClick(screen.pane.tabs[LINEAGE], LEFT)
    audited_by_now(screen.pane.lineage, qtbot)
    return screen.pane.lineage


def audited_by_now(page: LineagePage, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: page.looked is not None and not page.work.running(), timeout=PATIENCE)


def marks(page: LineagePage) -> dict[Kind, Mark]:
    return {kind: button.box.mark for kind, button in page.map.buttons.items()}


def words_on(page: LineagePage) -> str:
    return "\n".join(label.text() for label in page.details.findChildren(Text) if label.isVisibleTo(page.details))


def choose(screen: ModelsScreen, model: str) -> None:
    screen.table.setCurrentIndex(screen.model.index(screen.model.row_of(model), 0))


def test_the_chain_of_what_shipped_holds(page: LineagePage, shipped: Path) -> None:
    assert marks(page) == {
        Kind.REGISTER: Mark.VERIFIED,
        Kind.DATA: Mark.PARTLY,
        Kind.RUN: Mark.PARTLY,
        Kind.WEIGHTS: Mark.VERIFIED,
        Kind.EVALUATION: Mark.VERIFIED,
        Kind.OUTPUTS: Mark.VERIFIED,
    }
    told = record.read(shipped / modelfile.RECORD)
    boxes = {kind: button.box for kind, button in page.map.buttons.items()}
    assert boxes[Kind.DATA].lines == ("12 items", f"root {told.data.root[:4]}…{told.data.root[-4:]}")
    assert boxes[Kind.RUN].lines == ("200 steps", "31 January 2026")
    assert boxes[Kind.WEIGHTS].lines[0] == f"{len(audited.WEIGHTS)} bytes"
    assert boxes[Kind.OUTPUTS].lines == ("None recorded",)
    assert page._standing.text().startswith("Practice: Registered by Practice model publisher")
    assert "Everything that could be checked holds." in page._said.text()


def test_walked_with_the_arrow_keys_and_opened_with_enter(page: LineagePage, window: MainWindow, qtbot: QtBot) -> None:
    page.enter()
    for kind in CHAIN:
        assert page.map.buttons[kind].hasFocus()
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    assert page.map.buttons[Kind.OUTPUTS].hasFocus()
    for key, kind in (
        (Qt.Key.Key_Left, Kind.EVALUATION),
        (Qt.Key.Key_Left, Kind.WEIGHTS),
        (Qt.Key.Key_Up, Kind.REGISTER),
    ):
        qtbot.keyClick(QApplication.focusWidget(), key)
        assert page.map.buttons[kind].hasFocus()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert page.details.link.box.kind is Kind.REGISTER
    assert page.details.isAncestorOf(QApplication.focusWidget())
    assert "Publisher" in words_on(page)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert page.details.link is None
    assert page.map.buttons[Kind.REGISTER].hasFocus()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert page.details.link.box.kind is Kind.REGISTER


def test_arrows_follow_the_direction_of_reading(opened, shipped: Path, qapp: QApplication, qtbot: QtBot) -> None:
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        page = lineage_in(opened(), qtbot)
        settle(page.window())
        assert page.map.buttons[Kind.DATA].x() > page.map.buttons[Kind.OUTPUTS].x()
        page.enter()
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Left)
        assert page.map.buttons[Kind.RUN].hasFocus()
        assert looking.faults(page.window()) == {}
    finally:
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def test_details_say_what_was_checked_and_what_it_proves(page: LineagePage, shipped: Path, qtbot: QtBot) -> None:
    qtbot.mouseClick(page.map.buttons[Kind.DATA], LEFT)
    said = words_on(page)
    assert "The list of 12 items makes the root named by the record" in said
    assert "The files of the data are not here" in said
    assert "would change its root" in said
    assert "It does not prove that nothing else was used" in said
    assert page.map.buttons[Kind.DATA].hasFocus()  # whoever uses a mouse goes on with it
    settle(page.window())
    told = record.read(shipped / modelfile.RECORD)
    copy = next(b for b in page.details.findChildren(QToolButton) if b.accessibleName() == "Copy Root")
    qtbot.mouseClick(copy, LEFT)
    assert QGuiApplication.clipboard().text() == told.data.root
    qtbot.mouseClick(page.details.close_button, LEFT)
    assert page.details.link is None


@pytest.mark.parametrize("kind", list(CHAIN))
def test_every_link_has_details_that_fit(page: LineagePage, kind: Kind, qtbot: QtBot) -> None:
    page.window().resize(1280, 1400)
    qtbot.mouseClick(page.map.buttons[kind], LEFT)
    settle(page.window())
    assert page.details.link.steps
    assert page.details.link.proves
    assert page.details.link.proves_not
    assert looking.faults(page.window()) == {}


def test_what_a_screen_reader_is_told(page: LineagePage) -> None:
    for kind, button in page.map.buttons.items():
        told = QAccessible.queryAccessibleInterface(button)
        assert told.role() == QAccessible.Role.Button
        name = told.text(QAccessible.Text.Name)
        assert name.startswith(button.box.title), kind
        assert button.box.said in name
        assert told.text(QAccessible.Text.Description) == "Press to show details"
    assert QAccessible.queryAccessibleInterface(page.map).text(QAccessible.Text.Name) == "Lineage of the model"


def test_a_changed_byte_is_told_in_red_with_its_place(
    page: LineagePage, screen: ModelsScreen, shipped: Path, qtbot: QtBot
) -> None:
    path = shipped / modelfile.RECORD
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b'"seeds":{"torch":3}', b'"seeds":{"torch":4}'))
    before = page.looked
    screen.reload()
    qtbot.waitUntil(lambda: page.looked is not before and not page.work.running(), timeout=PATIENCE)
    assert marks(page)[Kind.RUN] is Mark.FAILED
    assert page._said.text().startswith("Something is not as it should be:")
    assert "Record" in page._said.text()
    assert page._said.property("tone") == "brick"
    assert page.details.link is not None  # what failed is opened by itself
    assert page.details.link.box.mark is Mark.FAILED
    settle(page.window())
    assert looking.faults(page.window()) == {}
    path.write_bytes(raw)
    screen.reload()
    qtbot.waitUntil(lambda: marks(page)[Kind.RUN] is Mark.PARTLY, timeout=PATIENCE)


def test_nothing_is_read_again_while_no_file_changes(page: LineagePage, screen: ModelsScreen, qtbot: QtBot) -> None:
    before = page.looked
    screen.reload()
    qtbot.wait(100)
    qtbot.waitUntil(lambda: not page.work.running(), timeout=PATIENCE)
    assert page.looked is before
    qtbot.mouseClick(page.again_button, LEFT)
    qtbot.waitUntil(lambda: page.looked is not before, timeout=PATIENCE)
    audited_by_now(page, qtbot)
    assert page.looked is not before
    assert page.looked.audit == before.audit


def test_a_model_without_a_record_says_what_to_do(page: LineagePage, screen: ModelsScreen, qtbot: QtBot) -> None:
    choose(screen, making.BARE)
    settle(page.window())
    said = "\n".join(label.text() for label in page._bodies.currentWidget().findChildren(Text))
    assert "came without a training record" in said
    assert "touchstone model record" in said
    assert not any(button.isVisible() for button in page.deeds.buttons)
    assert looking.faults(page.window()) == {}
    choose(screen, making.SHIPPED)
    qtbot.waitUntil(page.deeds.bundle_button.isVisible, timeout=PATIENCE)


def test_stopped_and_followed_again(screen: ModelsScreen, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    from touchstone.ui import lineage_work
    from touchstone.ui.models_work import Task

    follow = lineage_work.look

    def slow(*arguments: object) -> object:
        task = next(one for one in arguments if isinstance(one, Task))
        task.step("Checking: Weights", 1, 2)
        assert task.stopped.wait(30)
        return follow(*arguments)  # what is asked to stop before it begins stops at its first step

    monkeypatch.setattr(lineage_work, "look", slow)
    page = screen.pane.lineage
    qtbot.mouseClick(screen.pane.tabs[LINEAGE], LEFT)
    qtbot.waitUntil(page.working.isVisible, timeout=PATIENCE)
    assert set(marks(page).values()) == {Mark.WAITING}
    assert looking.faults(page.window()) == {}
    qtbot.mouseClick(page.working.stop, LEFT)
    qtbot.waitUntil(lambda: not page.work.running(), timeout=PATIENCE)
    assert page._said.text() == "Stopped. The chain was not followed to its end."
    assert page.working.isHidden()
    assert set(marks(page).values()) == {Mark.NOT_CHECKED}
    monkeypatch.setattr(lineage_work, "look", follow)
    qtbot.mouseClick(page.again_button, LEFT)
    audited_by_now(page, qtbot)


def test_closing_the_window_stops_an_audit(
    screen: ModelsScreen, window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from touchstone.ui import lineage_work
    from touchstone.ui.models_work import Task

    def endless(*arguments: object) -> object:
        task = next(one for one in arguments if isinstance(one, Task))
        assert task.stopped.wait(30)
        return None

    monkeypatch.setattr(lineage_work, "look", endless)
    qtbot.mouseClick(screen.pane.tabs[LINEAGE], LEFT)
    qtbot.waitUntil(screen.pane.lineage.work.running, timeout=PATIENCE)
    window.close()  # waits for what runs
    assert not window.isVisible()


def test_a_folder_that_is_gone_says_so(page: LineagePage, shipped: Path, qtbot: QtBot) -> None:
    for path in shipped.iterdir():
        path.unlink()
    qtbot.mouseClick(page.again_button, LEFT)
    qtbot.waitUntil(lambda: page._bodies.currentIndex() == 1, timeout=PATIENCE)
    assert not page.work.running()
    assert not page.deeds.bundle_button.isVisible()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_says_so(page: LineagePage, shipped: Path, qtbot: QtBot) -> None:
    shipped.chmod(0)
    try:
        qtbot.mouseClick(page.again_button, LEFT)
        qtbot.waitUntil(lambda: page._said.property("tone") == "brick", timeout=PATIENCE)
    finally:
        shipped.chmod(0o755)


@pytest.mark.parametrize("name", [modelfile.RECORD, "seal.json", "data.items"])
@pytest.mark.parametrize("content", [b"", b"{", b"\x00" * 4096, b'{"schema":"touchstone.training/2"}'])
def test_what_is_no_such_file_ends_in_a_sentence(
    page: LineagePage, screen: ModelsScreen, shipped: Path, qtbot: QtBot, name: str, content: bytes
) -> None:
    before = page.looked
    (shipped / name).write_bytes(content)
    qtbot.mouseClick(page.again_button, LEFT)
    qtbot.waitUntil(lambda: page.looked is not before, timeout=PATIENCE)
    audited_by_now(page, qtbot)
    assert not page.looked.audit.sound
    assert page._said.text().startswith("Something is not as it should be:")
    page.deeds.item_form.begin()
    page.deeds.item_form.field.setText("ab" * 32)
    page.deeds.item_form.ask()
    qtbot.waitUntil(lambda: not page.deeds.item_form.work.running(), timeout=PATIENCE)
    answer = page.deeds.item_form.answer
    assert answer is not None
    assert answer.code == ("absent" if name == "seal.json" else "unknown")


def test_a_network_that_is_not_there_says_so(page: LineagePage, window: MainWindow, qtbot: QtBot) -> None:
    desk = window._desk
    desk.change_settings(replace(desk.settings, network="nowhere"))
    qtbot.waitUntil(lambda: page._said.property("tone") == "brick", timeout=PATIENCE)
    assert "nowhere" in page._said.text()
    assert set(marks(page).values()) == {Mark.NOT_CHECKED}
    desk.change_settings(replace(desk.settings, network="practice"))
    audited_by_now(page, qtbot)
    assert page._said.property("tone") is None


def test_another_model_chosen_meanwhile_is_followed_next(screen: ModelsScreen, qtbot: QtBot, home: Home) -> None:
    qtbot.mouseClick(screen.pane.tabs[LINEAGE], LEFT)
    choose(screen, making.BARE)
    choose(screen, making.SHIPPED)
    audited_by_now(screen.pane.lineage, qtbot)
    assert screen.pane.lineage.looked.subject.id == making.SHIPPED


def test_the_smallest_window_folds_or_scrolls(page: LineagePage, window: MainWindow, qtbot: QtBot) -> None:
    window.resize(window.minimumSize())
    settle(window)
    assert looking.faults(window) == {}
    page.map.setFixedWidth(460)
    settle(window)
    assert page.map.buttons[Kind.EVALUATION].y() > page.map.buttons[Kind.WEIGHTS].y()
    for button in page.map.buttons.values():
        assert page.map.rect().contains(button.geometry())


def test_the_picture_is_drawn_with_its_lines(page: LineagePage) -> None:
    drawn = page.map.grab().toImage()
    data, run = page.map.buttons[Kind.DATA].geometry(), page.map.buttons[Kind.RUN].geometry()
    scale = drawn.devicePixelRatio()
    at = QPoint(int((data.right() + 6) * scale), int(data.center().y() * scale))
    assert run.left() - data.right() > 12
    beside = QPoint(at.x(), int((data.top() + 4) * scale))
    assert drawn.pixelColor(at) != drawn.pixelColor(beside)


def test_from_a_model_to_the_one_that_it_was_made_from(
    screen: ModelsScreen, home: Home, tmp_path: Path, qtbot: QtBot
) -> None:
    parent = {
        "record": None,
        "weights": audited.sha(audited.WEIGHTS),
        "relation": "retrained",
        "name": "Brightness",
        "removed": [audited.sha(b"somebody's picture")],
    }
    making.child(home, parents=[parent])
    screen.reload(making.CHILD)
    qtbot.mouseClick(screen.pane.tabs[LINEAGE], LEFT)
    page = screen.pane.lineage
    qtbot.waitUntil(lambda: Kind.PARENTS in page.map.buttons, timeout=PATIENCE)
    settle(page.window())
    qtbot.mouseClick(page.map.buttons[Kind.PARENTS], LEFT)
    assert "Brightness, trained anew" in words_on(page)
    assert "1 item" in words_on(page)
    settle(page.window())
    button = next(b for b in page.details.findChildren(QPushButton) if b.text() == "Show brightness")
    qtbot.mouseClick(button, LEFT)
    qtbot.waitUntil(lambda: screen._chosen().id == making.SHIPPED, timeout=PATIENCE)
    audited_by_now(page, qtbot)
    assert page.looked.subject.id == making.SHIPPED


def test_what_ships_with_the_application_holds(opened, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    monkeypatch.setenv("TOUCHSTONE_MODELS", str(paths.resources() / "models"))
    window = opened()
    window.go(Place.MODELS)
    (screen,) = window.findChildren(ModelsScreen)
    qtbot.waitUntil(lambda: screen.model.rowCount() >= 4, timeout=PATIENCE)
    qtbot.mouseClick(screen.pane.tabs[LINEAGE], LEFT)
    page = screen.pane.lineage
    for place in range(screen.model.rowCount()):
        screen.table.setCurrentIndex(screen.model.index(place, 0))
        audited_by_now(page, qtbot)
        assert page.looked.audit.sound, page.looked.audit.steps
        assert page.map.buttons[Kind.REGISTER].box.mark is Mark.VERIFIED
        settle(window)
        assert looking.faults(window) == {}


def test_parents_are_above_the_run(opened, home: Home, tmp_path: Path, monkeypatch, qtbot: QtBot) -> None:
    parent = {"record": None, "weights": "ab" * 32, "relation": "fine-tuned", "name": "An older one", "removed": []}
    making.shipped(tmp_path / "models", parents=[parent])
    monkeypatch.setenv("TOUCHSTONE_MODELS", str(tmp_path / "models"))
    page = lineage_in(opened(), qtbot)
    box = page.map.buttons[Kind.PARENTS]
    assert box.box.lines == ("An older one",)
    assert box.geometry().bottom() < page.map.buttons[Kind.RUN].y()
    qtbot.mouseClick(box, LEFT)
    assert "trained further" in words_on(page)
