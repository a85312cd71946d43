"""What detectors said, collected only where that is wanted, recorded and withdrawn in a window, for real."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from tests.lineage import audited
from tests.ui import lineage_making as making
from tests.ui import looking
from tests.ui.conftest import PATIENCE
from tests.ui.publishing import agree, sheet_in
from tests.ui.screens import settle
from tests.ui.test_lineage_deeds import click
from tests.unit import examples

from touchstone.chain.networks import Networks
from touchstone.paths import Home
from touchstone.registry.model_lookup import Models
from touchstone.report import Finding, Report, Status, Witness
from touchstone.settings import load
from touchstone.store.history import History
from touchstone.ui.lineage_outputs import OutputsPage
from touchstone.ui.lineage_outputs_model import COUNT, STATE
from touchstone.ui.lineage_places import Kind
from touchstone.ui.models_pane import LINEAGE, OUTPUTS
from touchstone.ui.models_screen import ModelsScreen
from touchstone.ui.navigation import Place
from touchstone.ui.window import MainWindow

LEFT = Qt.MouseButton.LeftButton


def said(number: int) -> Report:
    """A report in which the model of these tests speaks."""
    details = {
        "score": 0.25,
        "limit": 0.5,
        "model": making.SHIPPED,
        "model_sha256": audited.sha(audited.WEIGHTS),
        "decision": "none",
    }
    finding = Finding(Witness.FORENSIC, Status.DONE, "none", source=making.SHIPPED, version="1", details=details)
    report = examples.report(finding)
    media = replace(report.media, sha256=audited.sha(f"file {number}".encode()))
    return replace(report, media=media, created=datetime.now(UTC).isoformat(timespec="seconds"))


def check(window: MainWindow, home: Home, *numbers: int) -> None:
    """Files were checked: their reports are in the history."""
    history = History(home)
    for number in numbers:
        history.add(said(number), Path(f"/pictures/{number}.jpg"), None)
    history.close()
    window._desk.history_changed.emit()


@pytest.fixture
def window(opened, published: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    making.shipped(tmp_path / "shipped")
    monkeypatch.setenv("TOUCHSTONE_MODELS", str(tmp_path / "shipped"))
    return opened()


@pytest.fixture
def page(window: MainWindow, qtbot: QtBot) -> OutputsPage:
    window.go(Place.MODELS)
    (screen,) = window.findChildren(ModelsScreen)
    qtbot.waitUntil(lambda: screen.model.rowCount() == 1, timeout=PATIENCE)
    qtbot.mouseClick(screen.pane.tabs[OUTPUTS], LEFT)
    found = screen.pane.outputs
    qtbot.waitUntil(lambda: bool(found.names.count()), timeout=PATIENCE)
    return found


def switch_on(page: OutputsPage, qtbot: QtBot) -> None:
    settle(page.window())
    page.switch.setFocus()
    qtbot.keyClick(page.switch, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(load(page._desk.home).record_outputs), timeout=PATIENCE)


def recorded(page: OutputsPage, window: MainWindow, qtbot: QtBot) -> None:
    """Two findings, recorded."""
    switch_on(page, qtbot)
    check(window, window._desk.home, 1, 2)
    qtbot.waitUntil(lambda: page._waits.text().startswith("2 findings"), timeout=PATIENCE)
    click(page.record_button, qtbot)
    agree(window, qtbot)
    qtbot.waitUntil(lambda: page.model.count() == 1, timeout=PATIENCE)


def lists(home: Home) -> int:
    models = Models(home, Networks.load(home).get("practice"))
    try:
        return len(models.output_lists())
    finally:
        models.close()


def test_nothing_is_collected_before_the_switch_is_on(
    page: OutputsPage, window: MainWindow, published: Home, qtbot: QtBot
) -> None:
    check(window, published, 1)
    qtbot.wait(200)
    qtbot.waitUntil(lambda: not page.work.running(), timeout=PATIENCE)
    assert not page.switch.isChecked()
    assert page._waits.text() == "Nothing waits to be recorded."
    assert not page.record_button.isEnabled()
    assert looking.faults(window) == {}


def test_recorded_after_the_sheet_was_agreed_to(
    page: OutputsPage, window: MainWindow, published: Home, qtbot: QtBot
) -> None:
    switch_on(page, qtbot)
    check(window, published, 1, 2)
    qtbot.waitUntil(lambda: page._waits.text().startswith("2 findings"), timeout=PATIENCE)
    click(page.record_button, qtbot)
    sheet = sheet_in(window, qtbot)
    assert sheet.question.title == "Record outputs of models"
    assert lists(published) == 0
    agree(window, qtbot)
    qtbot.waitUntil(lambda: page.model.count() == 1, timeout=PATIENCE)
    assert "2 outputs are recorded" in page.notice.text()
    assert page.model.index(0, COUNT).data() == "2"
    assert page.model.index(0, STATE).data() == "Stands"
    assert lists(published) == 1
    qtbot.waitUntil(lambda: page._waits.text() == "Nothing waits to be recorded.", timeout=PATIENCE)
    settle(window)
    assert looking.faults(window) == {}
    check(window, published, 3)
    qtbot.waitUntil(lambda: page._waits.text().startswith("1 finding "), timeout=PATIENCE)


def test_what_was_recorded_stands_in_the_picture(
    page: OutputsPage, window: MainWindow, published: Home, qtbot: QtBot
) -> None:
    recorded(page, window, qtbot)
    (screen,) = window.findChildren(ModelsScreen)
    qtbot.mouseClick(screen.pane.tabs[LINEAGE], LEFT)
    picture = screen.pane.lineage
    qtbot.waitUntil(lambda: picture.looked is not None and picture.looked.known.outputs == 2, timeout=PATIENCE)
    box = picture.map.buttons[Kind.OUTPUTS]
    assert box.box.lines == ("2 recorded",)
    settle(window)
    qtbot.mouseClick(box, LEFT)
    facts = {fact.label: fact.value for fact in picture.details.link.facts}
    media = audited.sha(b"file 1")
    assert "no signs, score 0.250" in facts[f"Of {media[:4]}…{media[-4:]}"]


def test_saying_no_leaves_them_waiting(page: OutputsPage, window: MainWindow, published: Home, qtbot: QtBot) -> None:
    switch_on(page, qtbot)
    check(window, published, 1)
    qtbot.waitUntil(lambda: page._waits.text().startswith("1 finding "), timeout=PATIENCE)
    click(page.record_button, qtbot)
    sheet_in(window, qtbot).cancel.click()
    qtbot.waitUntil(lambda: not page.signing.running() and not page.work.running(), timeout=PATIENCE)
    assert not page.notice.isVisible()
    assert lists(published) == 0
    qtbot.waitUntil(lambda: page._waits.text().startswith("1 finding "), timeout=PATIENCE)


def test_recorded_in_the_name_of_a_key_alone(
    page: OutputsPage, window: MainWindow, published: Home, qtbot: QtBot
) -> None:
    page.names.setCurrentIndex(1)
    assert "alone" in page.names.currentText()
    recorded(page, window, qtbot)
    assert page.model.row(0).publisher == 0


def test_a_list_is_withdrawn_with_its_reason(
    page: OutputsPage, window: MainWindow, published: Home, qtbot: QtBot
) -> None:
    recorded(page, window, qtbot)
    page.table.setCurrentIndex(page.model.index(0, 0))
    click(page.withdraw_button, qtbot)
    assert page.form.isVisible()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=PATIENCE)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert page.form.isHidden()
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    page.form.reason.setCurrentIndex(page.form.reason.findData(1))
    settle(window)
    assert looking.faults(window) == {}
    click(page.form.agree, qtbot)
    sheet = agree(window, qtbot)
    assert sheet.question.title == "Withdraw a list of outputs"
    qtbot.waitUntil(
        lambda: page.model.count() == 1 and page.model.index(0, STATE).data() == "Withdrawn: an error", timeout=PATIENCE
    )
    page.table.setCurrentIndex(page.model.index(0, 0))
    assert not page.withdraw_button.isEnabled()


def test_switched_off_again_nothing_waits(page: OutputsPage, window: MainWindow, published: Home, qtbot: QtBot) -> None:
    switch_on(page, qtbot)
    check(window, published, 1)
    qtbot.waitUntil(lambda: page._waits.text().startswith("1 finding "), timeout=PATIENCE)
    qtbot.keyClick(page.switch, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not load(published).record_outputs, timeout=PATIENCE)
    qtbot.waitUntil(lambda: page._waits.text() == "Nothing waits to be recorded.", timeout=PATIENCE)
