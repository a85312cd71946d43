"""The Settings screen, the trust lists, and the first run."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot
from tests import making
from tests.ui.conftest import PATIENCE, Samples, check_all

from touchstone.check.samples import NAMES
from touchstone.paths import Home
from touchstone.report import Answer
from touchstone.settings import Theme, load
from touchstone.trust.lists import Slot
from touchstone.ui import style
from touchstone.ui.navigation import Place
from touchstone.ui.settings import SettingsScreen
from touchstone.ui.window import MainWindow

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def screen(window: MainWindow) -> SettingsScreen:
    window.go(Place.SETTINGS)
    (found,) = window.findChildren(SettingsScreen)
    return found


def test_the_theme_changes_at_once_and_is_kept(screen: SettingsScreen, home: Home, qtbot: QtBot) -> None:
    screen.themes[Theme.DARK].click()
    assert style.tokens().dark
    qtbot.waitUntil(lambda: load(home).theme is Theme.DARK, timeout=PATIENCE)
    screen.themes[Theme.LIGHT].click()
    assert not style.tokens().dark
    qtbot.waitUntil(lambda: load(home).theme is Theme.LIGHT, timeout=PATIENCE)


def test_choices_are_kept(screen: SettingsScreen, home: Home, qtbot: QtBot) -> None:
    screen.keep.click()
    screen.seconds.setCurrentIndex(screen.seconds.findData(120))
    qtbot.waitUntil(lambda: (load(home).history, load(home).wall_seconds) == (False, 120), timeout=PATIENCE)


def test_what_cannot_be_kept_is_told(opened, tmp_path: Path, qtbot: QtBot) -> None:
    where = Home(tmp_path / "home")
    window = opened(where)
    window.go(Place.SETTINGS)
    (screen,) = window.findChildren(SettingsScreen)
    shutil.rmtree(where.root)
    where.root.write_text("in the way")
    screen.keep.click()
    qtbot.waitUntil(lambda: screen.notice.isVisible(), timeout=PATIENCE)  # noqa: PLW0108
    assert "could not be kept" in screen.notice.text()


def test_a_certificate_is_imported_believed_and_removed(
    window: MainWindow, screen: SettingsScreen, qtbot: QtBot, tmp_path: Path
) -> None:
    authority = making.Authority.create("Newsroom")
    signed, _store = making.sign(making.jpeg(1), "image/jpeg", authority.leaf("Agence X"))
    path = tmp_path / "signed.jpg"
    path.write_bytes(signed)
    check_all(window, qtbot, [path])
    assert window.check.bench.model.item(0).answer is Answer.SIGNED_UNKNOWN

    pem = tmp_path / "newsroom.pem"
    pem.write_text(authority.pem)
    screen.trust.take_file(pem, Slot.YOURS)
    qtbot.waitUntil(lambda: len(screen.trust.snapshot.lists) == 1, timeout=PATIENCE)
    assert "1 certificate taken from newsroom.pem" in screen.trust.notice.text()
    check_all(window, qtbot, [path])
    assert window.check.bench.model.item(1).answer is Answer.TRACED

    window.go(Place.SETTINGS)
    (remove,) = [b for b in screen.findChildren(QPushButton) if b.accessibleName() == "Remove newsroom.pem"]
    remove.click()
    assert screen.trust.confirm.isVisible()
    assert window.focusWidget() is screen.trust.confirm.cancel
    screen.trust.confirm.cancel.click()
    assert len(screen.trust.snapshot.lists) == 1
    remove.click()
    screen.trust.confirm.agree.click()
    qtbot.waitUntil(lambda: not screen.trust.snapshot.lists, timeout=PATIENCE)


def test_a_file_that_is_no_list_is_refused_in_words(screen: SettingsScreen, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(making.jpeg(1))
    screen.trust.take_file(path, Slot.YOURS)
    qtbot.waitUntil(lambda: screen.trust.notice.isVisible(), timeout=PATIENCE)  # noqa: PLW0108
    assert "not a trust list" in screen.trust.notice.text()


def test_nothing_is_fetched_before_the_host_was_named_and_agreed_to(
    screen: SettingsScreen, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []

    def refuse(*_args: object, **_options: object) -> None:
        opened.append(_args)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    qtbot.mouseClick(screen.trust.update_button, LEFT)
    assert screen.trust.confirm.isVisible()
    assert "raw.githubusercontent.com" in screen.trust.confirm.accessibleName()
    assert screen.window().focusWidget() is screen.trust.confirm.cancel
    assert not opened
    screen.trust.confirm.cancel.click()
    qtbot.wait(50)
    assert not opened
    qtbot.mouseClick(screen.trust.update_button, LEFT)
    screen.trust.confirm.agree.click()
    qtbot.waitUntil(lambda: "could not be reached" in screen.trust.notice.text(), timeout=PATIENCE)
    assert opened
    assert screen.trust.update_button.isEnabled()


def test_the_history_is_deleted_only_when_agreed(
    window: MainWindow, screen: SettingsScreen, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "one.jpg"
    path.write_bytes(making.jpeg(1))
    check_all(window, qtbot, [path])
    window.go(Place.SETTINGS)
    screen.clear.click()
    assert screen.confirm.isVisible()
    screen.confirm.agree.click()
    qtbot.waitUntil(lambda: screen.notice.isVisible(), timeout=PATIENCE)  # noqa: PLW0108
    assert screen.notice.text() == "1 report deleted."


def test_first_run_cards_are_shown_once(opened, home: Home, qtbot: QtBot) -> None:
    window = opened(first_run_done=False)
    welcome = window.check.start.welcome
    assert welcome.isVisible()
    qtbot.mouseClick(welcome.close_button, LEFT)
    assert not welcome.isVisible()
    qtbot.waitUntil(lambda: load(home).first_run_done, timeout=PATIENCE)


def test_samples_are_made_and_the_chosen_one_is_shown(opened, home: Home, qtbot: QtBot) -> None:
    window = opened(first_run_done=False)
    window.check.start.examples["laundered"].click()
    assert window.check.start.stop.isVisible()
    runner_done = lambda: window.check.bench.runner.counts() == (len(NAMES),) * 2  # noqa: E731
    qtbot.waitUntil(runner_done, timeout=2 * PATIENCE)
    current = window.check.bench.current()
    assert current is not None
    assert current.name == "03-changed-then-signed-again.jpg"
    assert window.check.bench.pane.card is not None
    assert window.check.bench.pane.card.headline.text() == "Sample: A source inside it was changed"
    assert load(home).first_run_done
    answers = {item.path.name: item.answer for item in window.check.bench.model.items()}
    assert answers[NAMES["plain"]] is Answer.REGISTERED
    assert answers[NAMES["smaller"]] is Answer.SIMILAR
    assert answers[NAMES["withdrawn"]] is Answer.DOUBTFUL
    assert answers[NAMES["everyday"]] is Answer.NO_PROOF


def test_samples_that_a_ledger_refuses_are_checked_all_the_same(opened, samples: Samples, qtbot: QtBot) -> None:
    for path in (samples.home.ledger, *samples.home.root.glob("practice-ledger*")):
        path.unlink(missing_ok=True)
    samples.home.ledger.mkdir()
    window = opened(samples.home, sample_folder=str(next(iter(samples.files.values())).parent))
    window.check.start.samples.click()
    qtbot.waitUntil(lambda: window.check.bench.runner.counts() == (len(NAMES),) * 2, timeout=2 * PATIENCE)
    assert "could not be registered on the practice ledger" in window.check.notice.text()


def test_samples_that_are_there_are_not_made_again(opened, samples: Samples, qtbot: QtBot) -> None:
    folder = next(iter(samples.files.values())).parent
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    window = opened(samples.home, sample_folder=str(folder))
    window.check.start.samples.click()
    qtbot.waitUntil(lambda: window.check.bench.runner.counts() == (len(NAMES),) * 2, timeout=2 * PATIENCE)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_making_samples_can_be_stopped(window: MainWindow, home: Home, qtbot: QtBot) -> None:
    start = window.check.start
    start.samples.click()
    start.stop.click()
    qtbot.waitUntil(lambda: start.samples.isVisible(), timeout=PATIENCE)  # noqa: PLW0108
    assert not (home.root / "sample-files").exists()
    assert window.check.bench.model.rowCount() == 0


def test_a_folder_in_the_way_is_told(opened, tmp_path: Path, qtbot: QtBot) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "01-signed.jpg").write_bytes(b"mine")
    window = opened(sample_folder=str(folder))
    window.check.start.samples.click()
    qtbot.waitUntil(lambda: window.check.start.notice.isVisible(), timeout=PATIENCE)  # noqa: PLW0108
    assert "01-signed.jpg" in window.check.start.notice.text()
    assert (folder / "01-signed.jpg").read_bytes() == b"mine"
