"""A home with a publisher on its practice ledger, and what tests do with the sheet that asks before a signature."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from tests.ui.conftest import PATIENCE

from touchstone.chain import keystore
from touchstone.chain.local import PracticeLedger
from touchstone.chain.networks import Networks
from touchstone.chain.send import Sender
from touchstone.chain.signer import KeystoreSigner
from touchstone.paths import Home
from touchstone.registry import mirror, publishers
from touchstone.ui.confirm import ConfirmSheet
from touchstone.ui.navigation import Place
from touchstone.ui.publish import PublishScreen
from touchstone.ui.window import MainWindow

PASSWORD = "correct horse"
SECRET = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
NAME, DOMAIN = "Agence X", "agence-x.example"


@dataclass(frozen=True)
class Publisher:
    """A publisher of one's own, number 1, with an easily opened key."""

    home: Home
    key: keystore.Key


def make_publisher(home: Home) -> Publisher:
    """Begin a practice ledger in `home`, with a publisher on it."""
    key = keystore.take(home, "newsroom", SECRET, PASSWORD, work=2)
    network = Networks.load(home).get("practice")
    ledger = PracticeLedger(home.ledger)
    ledger.fund(key.address, 10**18)
    signer = KeystoreSigner(key)
    signer.unlock(PASSWORD)
    sender = Sender(home, network, [ledger.node()])
    prepared = sender.prepare(publishers.create(network, NAME, DOMAIN), key.address)
    sender.send(prepared, signer, lambda _prepared: True)
    sender.close()
    ledger.close()
    signer.lock()
    mirror.sync(home, network)
    return Publisher(home, key)


def screen_of(window: MainWindow) -> PublishScreen:
    """The Publish screen, opened."""
    window.go(Place.PUBLISH)
    (found,) = window.findChildren(PublishScreen)
    return found


def sheet_in(window: QWidget, qtbot: QtBot) -> ConfirmSheet:
    """The sheet, once it asks."""

    def asks() -> bool:
        return any(sheet.isVisible() for sheet in window.findChildren(ConfirmSheet))

    qtbot.waitUntil(asks, timeout=PATIENCE)
    return next(sheet for sheet in window.findChildren(ConfirmSheet) if sheet.isVisible())


def agree(window: QWidget, qtbot: QtBot, password: str = PASSWORD) -> ConfirmSheet:
    """Agree to what is asked, with the password where one is wanted."""
    sheet = sheet_in(window, qtbot)
    if sheet.question.key:
        sheet.password.setText(password)
    sheet.agree.click()
    return sheet


def write_files(folder: Path, count: int) -> list[Path]:
    """Pictures that differ from each other."""
    from tests import making

    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number:03}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(making.jpeg(number))
    return paths
