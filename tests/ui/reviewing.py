"""A home whose user reviews on its practice ledger, and what tests do on the Review screen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot
from tests import making
from tests.ui.conftest import PATIENCE, check_all
from tests.ui.publishing import PASSWORD, SECRET, agree, sheet_in
from tests.ui.screens import settle

from touchstone.chain import keystore
from touchstone.chain.local import PracticeLedger
from touchstone.chain.networks import Networks
from touchstone.chain.send import Sender
from touchstone.chain.signer import KeystoreSigner
from touchstone.court.practice import Practice
from touchstone.paths import Home
from touchstone.registry import mirror, permits, pool
from touchstone.registry.court_types import Phase
from touchstone.ui.case_page import CasePage
from touchstone.ui.navigation import Place
from touchstone.ui.review import ReviewScreen
from touchstone.ui.window import MainWindow

LEFT = Qt.MouseButton.LeftButton
STAKE = 20_000_000_000  # so much that the user is drawn, whatever the lot says
_GIFT = 10_000_000_000
_DAYS = 15 * 86_400


def make_reviewer(home: Home) -> None:
    """Begin a practice ledger with simulated reviewers, and with a key whose stake counts as theirs do."""
    key = keystore.take(home, "newsroom", SECRET, PASSWORD, work=2)
    network = Networks.load(home).get("practice")
    ledger = PracticeLedger(home.ledger)
    signer = KeystoreSigner(key)
    signer.unlock(PASSWORD)
    practice = Practice(home)
    sender = Sender(home, network, [ledger.node()])
    try:
        ledger.fund(key.address, 10**18)
        for _time in range(3):
            ledger.give_dollars(key.address, _GIFT)
        practice.ensure()
        for intent in (
            permits.approve(network, network.pool, STAKE),
            pool.stake(network, STAKE),
            pool.join(network, False),
        ):
            sender.send(sender.prepare(intent, key.address), signer, lambda _prepared: True)
        ledger.skip(_DAYS)
        practice.ensure()
        intent = pool.refresh(network, key.address)
        sender.send(sender.prepare(intent, key.address), signer, lambda _prepared: True)
    finally:
        sender.close()
        practice.close()
        ledger.close()
        signer.lock()
    mirror.sync(home, network)


def screen_of(window: MainWindow) -> ReviewScreen:
    """The Review screen, opened."""
    window.go(Place.REVIEW)
    return window.review


def press(button: QPushButton, qtbot: QtBot) -> None:
    """Click a button once it is there and can be pressed."""
    qtbot.waitUntil(lambda: button.isVisible() and button.isEnabled(), timeout=PATIENCE)
    settle(button.window())
    qtbot.mouseClick(button, LEFT)


def checked(window: MainWindow, qtbot: QtBot, folder: Path, number: int = 3) -> Path:
    """A picture, checked on the Check screen."""
    path = folder / f"picture-{number}.jpg"
    path.write_bytes(making.jpeg(number))
    check_all(window, qtbot, [path])
    qtbot.waitUntil(lambda: window.check.bench.pane.card is not None, timeout=PATIENCE)
    return path


def flag(window: MainWindow, qtbot: QtBot, *, choice: str = "manipulated", claim: str = "") -> CasePage:
    """Flag the file whose card is shown, by hand; the page of its case."""
    press(window.check.bench.pane.flag_button, qtbot)
    page = window.review.flag
    form = page.form
    qtbot.waitUntil(lambda: form.price is not None, timeout=PATIENCE)
    form.choices[choice].click()
    if claim:
        form.claim.setPlainText(claim)
    form.reason.setPlainText("The sky is from another picture.")
    press(form.agree, qtbot)
    agree_all(window, qtbot, lambda: not page.signing.running())
    case = window.review.case
    qtbot.waitUntil(lambda: case.view is not None and case.isVisible(), timeout=PATIENCE)
    return case


def agree_all(window: MainWindow, qtbot: QtBot, done: object) -> list[str]:
    """Agree to every sheet until it is done; their titles."""
    titles: list[str] = []
    while True:
        sheet = sheet_in(window, qtbot)
        titles.append(sheet.question.title)
        agree(window, qtbot)
        qtbot.waitUntil(lambda sheet=sheet: _gone(sheet), timeout=PATIENCE)
        qtbot.waitUntil(lambda: done() or _asks(window), timeout=PATIENCE)  # type: ignore[operator]
        if not _asks(window):
            return titles


def run(case: CasePage, window: MainWindow, button: QPushButton, qtbot: QtBot) -> list[str]:
    """Press a button of a case that sends something, and agree."""
    press(button, qtbot)
    titles = agree_all(window, qtbot, lambda: not case.deeds.running)
    qtbot.waitUntil(lambda: not case.deeds.running, timeout=PATIENCE)
    return titles


def skip(case: CasePage, qtbot: QtBot, until: Phase) -> None:
    """Skip ahead to the next step, by hand, which is `until`."""
    press(case.skip_button, qtbot)
    qtbot.waitUntil(lambda: not case.deeds.running, timeout=2 * PATIENCE)
    qtbot.waitUntil(lambda: case.view.stage.phase is until, timeout=PATIENCE)


def _asks(window: MainWindow) -> bool:
    from touchstone.ui.confirm import ConfirmSheet

    return any(sheet.isVisible() for sheet in window.findChildren(ConfirmSheet))


def _gone(sheet: object) -> bool:
    try:
        return not sheet.isVisible()  # type: ignore[attr-defined]
    except RuntimeError:  # Qt has deleted it
        return True
