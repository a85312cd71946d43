"""The whole path of a publisher through the window, on a real ledger with real files read in real processes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from tests.ui.conftest import PATIENCE, check_all
from tests.ui.publishing import PASSWORD, agree, screen_of, sheet_in, write_files

from touchstone.chain import keystore
from touchstone.chain.networks import Networks
from touchstone.check.publishing import PublishHands
from touchstone.paths import Home
from touchstone.registry import own, receipts
from touchstone.registry.job import Mode, Order, Publisher
from touchstone.ui.confirm import ConfirmSheet
from touchstone.ui.ledger_panel import standing
from touchstone.ui.navigation import Place
from touchstone.ui.publish import FILES, PUBLISHER, PublishScreen
from touchstone.ui.publish_model import Credentials, Known, Stage
from touchstone.ui.publish_options import BATCH, SINGLE
from touchstone.ui.window import MainWindow


def registered(home: Home) -> Sequence[own.Registered]:
    return own.registered(home, Networks.load(home).get("practice"), 1)


@pytest.fixture
def screen(published: Home, opened, qtbot: QtBot) -> PublishScreen:
    return opened_screen(opened(), qtbot)


def opened_screen(window: MainWindow, qtbot: QtBot) -> PublishScreen:
    screen = screen_of(window)
    screen.go(FILES)
    qtbot.waitUntil(lambda: screen.files.publisher is not None, timeout=PATIENCE)
    return screen


def take(screen: PublishScreen, paths: Sequence[Path], qtbot: QtBot) -> None:
    screen.take_files(list(paths))
    files = screen.files
    qtbot.waitUntil(
        lambda: files.model.rowCount() == len(paths) and not files.inspector.running() and files.register.isEnabled(),
        timeout=PATIENCE,
    )


def ended(screen: PublishScreen, qtbot: QtBot, said: str) -> None:
    files = screen.files
    qtbot.waitUntil(lambda: said in files.notice.text() and not files.signing.running(), timeout=PATIENCE)


def sheets(window: QWidget) -> list[ConfirmSheet]:
    return [sheet for sheet in window.findChildren(ConfirmSheet) if sheet.isVisible()]


def test_files_are_registered_with_one_sheet_and_checks_say_so(
    screen: PublishScreen, home: Home, qtbot: QtBot, tmp_path: Path
) -> None:
    paths = write_files(tmp_path / "pictures", 3)
    take(screen, paths, qtbot)
    screen.files.register.click()
    sheet = agree(screen.window(), qtbot)
    assert sheet.question.sentence == "Publisher 1 (Agence X) registers 3 files."
    ended(screen, qtbot, "3 files were registered.")
    assert not sheets(screen.window())
    assert {entry.stage for entry in screen.files.model.entries()} == {Stage.REGISTERED}
    assert not screen.files.register.isEnabled()
    assert len(registered(home)) == 3
    for path in paths:
        assert receipts.read(receipts.path_for(path))["publisher"] == 1
    qtbot.waitUntil(lambda: screen.registered.model.count_all() == 3, timeout=PATIENCE)
    assert {screen.registered.model.row(n).name for n in range(3)} == {"000.jpg", "001.jpg", "002.jpg"}
    window = screen.window()
    check_all(window, qtbot, [paths[0]])
    pane = window.check.bench.pane
    qtbot.waitUntil(lambda: pane.card is not None, timeout=PATIENCE)
    assert pane.card.headline.text().startswith("Practice: Registered by you (Agence X) on ")


def test_a_key_made_after_the_first_check_is_known_as_ones_own(
    opened, home: Home, qtbot: QtBot, tmp_path: Path
) -> None:
    window = opened()
    (path,) = write_files(tmp_path / "pictures", 1)
    check_all(window, qtbot, [path])  # before there is a key or a ledger
    screen = screen_of(window)
    qtbot.waitUntil(lambda: screen.identity.form is not None, timeout=PATIENCE)
    form = screen.identity.form
    form.name.setText("Agence X")
    form.password.setText(PASSWORD)
    form.again.setText(PASSWORD)
    form.agree.click()
    agree(window, qtbot)
    qtbot.waitUntil(lambda: screen.files.publisher is not None, timeout=PATIENCE)
    take(screen, [path], qtbot)
    screen.files.register.click()
    agree(window, qtbot)
    ended(screen, qtbot, "1 file was registered.")
    runner = window.check.bench.runner
    runner.again(window.check.bench.model.items())
    qtbot.waitUntil(lambda: not runner.running(), timeout=PATIENCE)
    report = runner.shown(window.check.bench.model.item(0)).report
    assert str(report.answer) == "registered"


def test_what_is_registered_already_is_seen_and_left_out(
    screen: PublishScreen, home: Home, qtbot: QtBot, tmp_path: Path
) -> None:
    paths = write_files(tmp_path / "pictures", 2)
    take(screen, paths[:1], qtbot)
    screen.files.register.click()
    agree(screen.window(), qtbot)
    ended(screen, qtbot, "1 file was registered.")
    screen.files.model.clear()
    take(screen, paths, qtbot)
    first, second = sorted(screen.files.model.entries(), key=lambda entry: entry.name)
    assert (first.known, second.known) == (Known.YOURS, Known.NONE)
    assert screen.files.register.text() == "Register 1 file…"


def test_one_batch(screen: PublishScreen, home: Home, qtbot: QtBot, tmp_path: Path) -> None:
    take(screen, write_files(tmp_path / "pictures", 4), qtbot)
    screen.files.options.ways[BATCH].setChecked(True)
    screen.files.register.click()
    sheet = agree(screen.window(), qtbot)
    assert "batch of 4 files" in sheet.question.sentence
    ended(screen, qtbot, "4 files were registered.")
    place = Path(screen.files.notice.text().rsplit(": ", 1)[1])
    assert place.suffix == ".leaves"
    assert place.is_file()
    assert {one.index for one in registered(home)} == {0, 1, 2, 3}


def test_one_by_one_is_one_sheet_that_names_the_others(
    screen: PublishScreen, home: Home, qtbot: QtBot, tmp_path: Path
) -> None:
    take(screen, write_files(tmp_path / "pictures", 3), qtbot)
    screen.files.options.ways[SINGLE].setChecked(True)
    screen.files.register.click()
    sheet = agree(screen.window(), qtbot)
    assert "2 more transactions of this kind" in dict(sheet.question.rows)["And then"]
    ended(screen, qtbot, "3 files were registered.")
    assert len({one.block for one in registered(home)}) == 3


def test_signing_first_with_the_sample_authority(
    screen: PublishScreen, home: Home, qtbot: QtBot, tmp_path: Path
) -> None:
    (path,) = write_files(tmp_path / "pictures", 1)
    take(screen, [path], qtbot)
    screen.files.options.sign.setChecked(True)
    screen.files.register.click()
    assert "Choose a folder" in screen.files.notice.text()
    screen.files.options.folder.use(tmp_path / "signed")
    (tmp_path / "signed").mkdir()
    before = path.read_bytes()
    screen.files.register.click()
    agree(screen.window(), qtbot)
    ended(screen, qtbot, "1 file was registered.")
    assert path.read_bytes() == before
    copy = tmp_path / "signed" / path.name
    (one,) = registered(home)
    assert one.manifest
    receipt = json.loads((tmp_path / "signed" / receipts.path_for(path).name).read_text())
    assert receipt["sha256"] == one.sha256
    screen.files.model.clear()
    screen.take_files([copy])
    qtbot.waitUntil(lambda: not screen.files.inspector.running(), timeout=PATIENCE)
    (entry,) = screen.files.model.entries()
    assert (entry.credentials, entry.known) == (Credentials.PRESENT, Known.YOURS)


def test_a_certificate_that_is_none_is_told(screen: PublishScreen, qtbot: QtBot, tmp_path: Path) -> None:
    (path,) = write_files(tmp_path / "pictures", 1)
    take(screen, [path], qtbot)
    options = screen.files.options
    options.sign.setChecked(True)
    options.signer.setCurrentIndex(options.signer.findData("own"))
    options.folder.use(tmp_path)
    screen.files.register.click()
    ended(screen, qtbot, "could not be read")
    path.chmod(0o600)
    options.chain.use(path)
    options.key.use(path)
    screen.files.register.click()
    ended(screen, qtbot, "There are no certificates in the file of the chain.")
    assert not sheets(screen.window())


def test_trying_sends_nothing_and_says_what_becomes_public(
    screen: PublishScreen, home: Home, qtbot: QtBot, tmp_path: Path
) -> None:
    take(screen, write_files(tmp_path / "pictures", 2), qtbot)
    before = standing(home.ledger)
    screen.files.dry_run.click()
    files = screen.files
    qtbot.waitUntil(lambda: "practice ETH" in files._cost.text() and not files.signing.running(), timeout=PATIENCE)
    assert "Public for ever: the SHA-256 and the fingerprints of 2 files" in files._cost.text()
    assert standing(home.ledger) == before
    assert not sheets(screen.window())
    files.options.ways[BATCH].setChecked(True)
    assert not files._cost.isVisible()  # it was for another choice


def test_saying_no_leaves_nothing_behind(screen: PublishScreen, home: Home, qtbot: QtBot, tmp_path: Path) -> None:
    take(screen, write_files(tmp_path / "pictures", 2), qtbot)
    screen.files.register.click()
    sheet_in(screen.window(), qtbot).cancel.click()
    qtbot.waitUntil(lambda: not screen.files.signing.running(), timeout=PATIENCE)
    qtbot.wait(100)
    assert registered(home) == ()
    assert not screen.files.notice.isVisible()
    assert not screen.files.unfinished.isVisible()
    assert screen.files.register.isEnabled()


def _interrupt(home: Home, paths: Sequence[Path]) -> None:
    """A job that was begun, and whose program ended before it did anything."""
    network, (key,) = Networks.load(home).get("practice"), keystore.keys(home)
    hands = PublishHands(home, network, 1)
    publisher = Publisher(home, network, hands)
    publisher.begin(1, Order(key.address, Mode.MANY), paths)
    publisher.close()
    hands.close()


def test_an_interrupted_job_is_offered_and_done(published: Home, opened, qtbot: QtBot, tmp_path: Path) -> None:
    _interrupt(published, write_files(tmp_path / "pictures", 2))
    screen = opened_screen(opened(), qtbot)
    files = screen.files
    qtbot.waitUntil(lambda: files.unfinished.isVisible(), timeout=PATIENCE)  # noqa: PLW0108
    files.unfinished.action.click()
    agree(screen.window(), qtbot)
    ended(screen, qtbot, "2 files were registered.")
    qtbot.waitUntil(lambda: not files.unfinished.isVisible(), timeout=PATIENCE)
    assert len(registered(published)) == 2


def test_an_interrupted_job_can_be_given_up(published: Home, opened, qtbot: QtBot, tmp_path: Path) -> None:
    _interrupt(published, write_files(tmp_path / "pictures", 2))
    screen = opened_screen(opened(), qtbot)
    files = screen.files
    qtbot.waitUntil(lambda: files.unfinished.isVisible(), timeout=PATIENCE)  # noqa: PLW0108
    files.discard.click()
    qtbot.waitUntil(lambda: not files.unfinished.isVisible(), timeout=PATIENCE)
    assert registered(published) == ()


def test_stopping_before_it_asks(screen: PublishScreen, home: Home, qtbot: QtBot, tmp_path: Path) -> None:
    take(screen, write_files(tmp_path / "pictures", 12), qtbot)
    screen.files.register.click()
    assert screen.files.working.isVisible()
    screen.files.working.stop.click()
    qtbot.waitUntil(lambda: not screen.files.signing.running(), timeout=PATIENCE)
    assert registered(home) == ()
    qtbot.waitUntil(lambda: screen.files.unfinished.isVisible(), timeout=PATIENCE)  # noqa: PLW0108


def test_without_a_publisher_one_comes_first(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    screen = screen_of(window)
    qtbot.waitUntil(lambda: screen._stack.currentIndex() == PUBLISHER, timeout=PATIENCE)
    take(screen, write_files(tmp_path / "pictures", 1), qtbot)
    assert screen.files.register.text() == "Become a publisher first…"
    screen.files.register.click()
    assert screen._stack.currentIndex() == PUBLISHER
    window.go(Place.CHECK)
