"""What is done with a model's lineage: asked about items, exported, registered, advised against, withdrawn."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot
from tests.lineage import audited
from tests.ui import lineage_making as making
from tests.ui import looking
from tests.ui.conftest import PATIENCE
from tests.ui.publishing import NAME, agree, sheet_in
from tests.ui.screens import settle

from touchstone.chain.networks import Networks
from touchstone.lineage.audit import audit
from touchstone.paths import Home
from touchstone.registry.model_lookup import Models
from touchstone.registry.model_types import ModelEntry, Standing
from touchstone.ui.lineage_deeds import LineageDeeds
from touchstone.ui.lineage_forms import ACTIVE, DEPRECATED, REVOKED
from touchstone.ui.lineage_page import LineagePage
from touchstone.ui.lineage_places import Kind, Mark
from touchstone.ui.models_model import STATE
from touchstone.ui.models_pane import LINEAGE
from touchstone.ui.models_screen import ModelsScreen
from touchstone.ui.navigation import Place
from touchstone.ui.publish import PUBLISHER
from touchstone.ui.window import MainWindow

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def nothing_ships(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shipped").mkdir()
    monkeypatch.setenv("TOUCHSTONE_MODELS", str(tmp_path / "shipped"))


@pytest.fixture
def window(opened, nothing_ships: None, published: Home) -> MainWindow:
    """A window whose user has a publisher, and a model of his own."""
    making.added(published)
    return opened()


@pytest.fixture
def page(window: MainWindow, qtbot: QtBot) -> LineagePage:
    return lineage_in(window, qtbot)


def lineage_in(window: MainWindow, qtbot: QtBot) -> LineagePage:
    window.go(Place.MODELS)
    (screen,) = window.findChildren(ModelsScreen)
    qtbot.waitUntil(lambda: screen.model.rowCount() == 1, timeout=PATIENCE)
    qtbot.mouseClick(screen.pane.tabs[LINEAGE], LEFT)
    page = screen.pane.lineage
    qtbot.waitUntil(lambda: page.looked is not None and not page.work.running(), timeout=PATIENCE)
    return page


def click(button: QPushButton, qtbot: QtBot) -> None:
    """Press a button, once it can be pressed."""
    qtbot.waitUntil(lambda: button.isVisible() and button.isEnabled(), timeout=PATIENCE)
    settle(button.window())
    qtbot.mouseClick(button, LEFT)


def entry(home: Home) -> ModelEntry | None:
    models = Models(home, Networks.load(home).get("practice"))
    try:
        found = models.by_manifest(audited.sha((home.models / making.ADDED / "manifest.json").read_bytes()))
    finally:
        models.close()
    return found[0] if found else None


def registered(page: LineagePage, qtbot: QtBot) -> LineageDeeds:
    """Register the model that is shown."""
    deeds = page.deeds
    qtbot.waitUntil(lambda: bool(deeds._names), timeout=PATIENCE)
    click(deeds.register_button, qtbot)
    click(deeds.register_form.agree, qtbot)
    agree(page.window(), qtbot)
    qtbot.waitUntil(lambda: deeds.notice.text() == "The model is registered.", timeout=PATIENCE)
    qtbot.waitUntil(lambda: standing(page) is Standing.REGISTERED, timeout=PATIENCE)
    return deeds


def standing(page: LineagePage) -> Standing | None:
    return None if page.looked is None else page.looked.known.standing


def test_registered_after_the_sheet_was_agreed_to(page: LineagePage, published: Home, qtbot: QtBot) -> None:
    deeds = page.deeds
    assert page._standing.text() == "Nobody has registered it."
    qtbot.waitUntil(lambda: bool(deeds._names), timeout=PATIENCE)
    click(deeds.register_button, qtbot)
    assert NAME in deeds.register_form.names.currentText()
    settle(page.window())
    assert looking.faults(page.window()) == {}
    qtbot.keyClicks(deeds.register_form.uri, "https://models.example/mine")
    click(deeds.register_form.agree, qtbot)
    sheet = sheet_in(page.window(), qtbot)
    assert sheet.question.title == "Register a model"
    assert sheet.question.sentence.startswith(f"Publisher 1 ({NAME}) ")
    settle(page.window())
    assert looking.faults(sheet) == {}
    assert "12 items" in sheet.question.sentence + " ".join(value for _label, value in sheet.question.rows)
    agree(page.window(), qtbot)
    qtbot.waitUntil(lambda: deeds.notice.text() == "The model is registered.", timeout=PATIENCE)
    qtbot.waitUntil(lambda: standing(page) is Standing.REGISTERED, timeout=PATIENCE)
    found = entry(published)
    assert found is not None
    assert (found.name, found.items, found.uri) == (NAME, 12, "https://models.example/mine")
    qtbot.waitUntil(lambda: page.map.buttons[Kind.REGISTER].box.mark is Mark.VERIFIED, timeout=PATIENCE)
    assert page.map.buttons[Kind.REGISTER].box.lines[0] == NAME
    qtbot.waitUntil(deeds.withdraw_button.isVisible, timeout=PATIENCE)
    assert not deeds.register_button.isVisible()


def test_saying_no_registers_nothing(page: LineagePage, published: Home, qtbot: QtBot) -> None:
    deeds = page.deeds
    qtbot.waitUntil(lambda: bool(deeds._names), timeout=PATIENCE)
    click(deeds.register_button, qtbot)
    qtbot.keyClick(page.window(), Qt.Key.Key_Escape)
    assert deeds.register_form.isHidden()
    click(deeds.register_button, qtbot)
    click(deeds.register_form.agree, qtbot)
    sheet_in(page.window(), qtbot).cancel.click()
    qtbot.waitUntil(lambda: not deeds.signing.running(), timeout=PATIENCE)
    assert not deeds.notice.isVisible()
    assert entry(published) is None


def test_advised_against_taken_back_and_withdrawn_for_good(page: LineagePage, published: Home, qtbot: QtBot) -> None:
    deeds = registered(page, qtbot)
    for status, said in ((DEPRECATED, "advise against"), (ACTIVE, "can be used again"), (REVOKED, "was withdrawn")):
        click(deeds.withdraw_button, qtbot)
        form = deeds.status_form
        settle(page.window())
        assert looking.faults(page.window()) == {}
        if status is REVOKED:
            qtbot.mouseClick(form.ways[REVOKED], LEFT, pos=QPoint(12, form.ways[REVOKED].height() // 2))
            form.reason.setCurrentIndex(form.reason.findData(3))
        assert form.status() == status
        click(form.agree, qtbot)
        sheet = agree(page.window(), qtbot)
        assert sheet.question.title == "Change a model's status"
        qtbot.waitUntil(lambda said=said: said in deeds.notice.text(), timeout=PATIENCE)
        qtbot.waitUntil(lambda status=status: int(entry(published).status) == status, timeout=PATIENCE)
        qtbot.waitUntil(
            lambda status=status: int(page.looked.known.entry.status) == status and not page.work.running(),
            timeout=PATIENCE,
        )
    assert entry(published).reason == 3
    qtbot.waitUntil(lambda: not deeds.withdraw_button.isEnabled(), timeout=PATIENCE)
    assert "Withdrawn by Agence X: it was trained on what it should not have been" in page._standing.text()
    assert page.map.buttons[Kind.REGISTER].box.mark is Mark.FAILED
    (screen,) = page.window().findChildren(ModelsScreen)
    qtbot.waitUntil(lambda: screen.model.index(0, STATE).data() == "Withdrawn", timeout=PATIENCE)


def test_who_has_no_publisher_is_led_to_where_one_becomes_one(
    opened, nothing_ships: None, home: Home, published: Home, tmp_path: Path, qtbot: QtBot
) -> None:
    made = making.added(published)
    stranger = Home(tmp_path / "stranger")
    stranger.models.mkdir(parents=True)
    made.rename(stranger.models / making.ADDED)
    window = opened(stranger)
    page = lineage_in(window, qtbot)
    click(page.deeds.register_button, qtbot)
    assert "need a publisher of your own" in page.deeds.notice.text()
    click(page.deeds.notice.action, qtbot)
    assert window.navigation.buttons[Place.PUBLISH].isChecked()
    assert window.publish.tabs[PUBLISHER].isChecked()


def test_the_bundle_is_whole_and_holds(page: LineagePage, published: Home, tmp_path: Path, qtbot: QtBot) -> None:
    deeds = page.deeds
    click(deeds.bundle_button, qtbot)
    qtbot.waitUntil(lambda: any(d.isVisible() for d in page.window().findChildren(QFileDialog)), timeout=PATIENCE)
    (dialog,) = [d for d in page.window().findChildren(QFileDialog) if d.isVisible()]
    assert dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    target = tmp_path / "out" / "mine.zip"
    target.parent.mkdir()
    dialog.reject()
    deeds.export(target)
    qtbot.waitUntil(lambda: deeds.notice.text().startswith("Saved as"), timeout=PATIENCE)
    assert deeds.notice.action.text() == "Show in folder"
    found = audit(target, home=published, network=None)
    assert found.sound
    assert [path.name for path in target.parent.iterdir()] == ["mine.zip"]


def test_a_bundle_that_cannot_be_written_says_so(page: LineagePage, tmp_path: Path, qtbot: QtBot) -> None:
    page.deeds.export(tmp_path / "nowhere" / "mine.zip")
    qtbot.waitUntil(lambda: "could not be written" in page.deeds.notice.text(), timeout=PATIENCE)
    assert not (tmp_path / "nowhere").exists()


def ask(page: LineagePage, typed: str, qtbot: QtBot) -> str:
    """Ask about a SHA-256; the code of the answer."""
    form = page.deeds.item_form
    if form.isHidden():
        click(page.deeds.item_button, qtbot)
    form.field.clear()
    qtbot.keyClicks(form.field, typed)
    qtbot.keyClick(form.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not form.work.running(), timeout=PATIENCE)
    return "" if form.answer is None else form.answer.code


def test_what_opens_above_the_picture_is_scrolled_to(page: LineagePage, qtbot: QtBot) -> None:
    page.window().resize(1280, 800)
    page.open_details(Kind.DATA)
    bar = page.area.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.value() > 0, timeout=PATIENCE)
    click(page.deeds.item_button, qtbot)
    field, seen = page.deeds.item_form.field, page.area.viewport()
    qtbot.waitUntil(lambda: seen.rect().contains(field.mapTo(seen, QPoint(0, 0))), timeout=PATIENCE)


def test_items_are_present_absent_or_no_hash_at_all(page: LineagePage, qtbot: QtBot) -> None:
    form = page.deeds.item_form
    assert ask(page, audited.sha(audited.TRAINED[3]).upper(), qtbot) == "present"
    assert "Trained on it" in form._said.text()
    settle(page.window())
    page.window().resize(1280, 1400)
    settle(page.window())
    assert looking.faults(page.window()) == {}
    assert ask(page, audited.sha(b"never seen"), qtbot) == "absent"
    assert "Not trained on it" in form._said.text()
    assert "not found by this one" in form._about.text()
    assert ask(page, audited.sha(audited.JUDGED[0]), qtbot) == "absent"
    assert "it is in judged" in form._said.text()
    assert ask(page, "not a hash", qtbot) == ""
    assert "That is no SHA-256" in form.notice.text()
    assert not form.save_button.isVisible()


def test_a_file_that_is_dropped_is_looked_up_and_its_proof_checked_by_a_stranger(
    page: LineagePage, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    form = page.deeds.item_form
    click(page.deeds.item_button, qtbot)
    file = tmp_path / "holiday.jpg"
    file.write_bytes(b"never seen")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(400, 300), Qt.DropAction.CopyAction, data, LEFT, none)
    QApplication.sendEvent(window, enter)
    QApplication.sendEvent(window, QDropEvent(QPointF(400, 300), Qt.DropAction.CopyAction, data, LEFT, none))
    qtbot.waitUntil(lambda: form.answer is not None, timeout=PATIENCE)
    assert form.answer.code == "absent"
    assert form.field.text() == hashlib.sha256(b"never seen").hexdigest()
    form.save(tmp_path)
    qtbot.waitUntil(lambda: form.notice.text().startswith("Saved as"), timeout=PATIENCE)
    (folder,) = tmp_path.glob("mine-absent-*")
    (line,) = [one for one in (folder / "README.txt").read_text().splitlines() if one.startswith("python ")]
    done = subprocess.run(
        [sys.executable, "-I", *line.split()[1:]], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr + done.stdout


def test_without_the_list_nobody_can_say(page: LineagePage, published: Home, qtbot: QtBot) -> None:
    (published.models / making.ADDED / "data.items").unlink()
    assert ask(page, audited.sha(b"never seen"), qtbot) == "unknown"
    assert "No list of items came with this model" in page.deeds.item_form._said.text()
    assert not page.deeds.item_form.save_button.isVisible()
