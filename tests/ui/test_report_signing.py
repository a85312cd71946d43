"""A report that is saved with one's signature, from the card."""

from __future__ import annotations

import json
from pathlib import Path

from pytestqt.qtbot import QtBot
from tests.ui.conftest import PATIENCE, check_all
from tests.ui.publishing import agree, sheet_in, write_files

from touchstone.chain import keystore
from touchstone.export.signature import Fit, verify
from touchstone.paths import Home
from touchstone.ui.actions import Actions
from touchstone.ui.window import MainWindow


def actions_for(window: MainWindow, qtbot: QtBot, folder: Path) -> Actions:
    (path,) = write_files(folder, 1)
    check_all(window, qtbot, [path])
    pane = window.check.bench.pane
    qtbot.waitUntil(lambda: pane.card is not None, timeout=PATIENCE)
    return pane.buttons


def test_a_signed_report_fits(published: Home, opened, qtbot: QtBot, tmp_path: Path) -> None:
    window = opened()
    actions = actions_for(window, qtbot, tmp_path / "pictures")
    target = tmp_path / "report.json"
    actions.write_signed(target)
    sheet = sheet_in(window, qtbot)
    assert "nothing is sent anywhere" in dict(sheet.question.rows)["Cost"]
    agree(window, qtbot)
    qtbot.waitUntil(target.exists, timeout=PATIENCE)
    found = verify(json.loads(target.read_text()))
    assert (found.fit, found.publisher) == (Fit.FITS, 1)
    assert found.address == keystore.keys(published)[0].address
    qtbot.waitUntil(lambda: actions.save.isEnabled(), timeout=PATIENCE)  # noqa: PLW0108
    assert "Signed, and saved as" in window.check.bench.pane.notice.text()


def test_saying_no_saves_nothing(published: Home, opened, qtbot: QtBot, tmp_path: Path) -> None:
    window = opened()
    actions = actions_for(window, qtbot, tmp_path / "pictures")
    target = tmp_path / "report.json"
    actions.write_signed(target)
    sheet_in(window, qtbot).cancel.click()
    qtbot.waitUntil(lambda: actions.save.isEnabled(), timeout=PATIENCE)  # noqa: PLW0108
    assert not target.exists()
