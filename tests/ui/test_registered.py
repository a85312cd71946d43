"""What one has registered: searched, sorted, withdrawn and replaced on a real practice ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from tests.ui.conftest import PATIENCE
from tests.ui.publishing import PASSWORD, agree, screen_of, sheet_in

from touchstone.chain import keystore
from touchstone.chain.intent import Intent
from touchstone.chain.local import PracticeLedger
from touchstone.chain.network import Network
from touchstone.chain.networks import Networks
from touchstone.chain.send import Sender
from touchstone.chain.signer import KeystoreSigner
from touchstone.paths import Home
from touchstone.registry import leaves, lists, media, merkle, mirror, own
from touchstone.store.files import write_atomically
from touchstone.ui.publish import REGISTERED
from touchstone.ui.publish_registered import RegisteredPage
from touchstone.ui.registered_model import SHA256, STATE

HASHES = [hashlib.sha256(bytes([n])).hexdigest() for n in range(5)]


def send(home: Home, *builders: Callable[[Network], Intent]) -> None:
    """Send what is built, from the key of `home`; the mirror follows."""
    network = Networks.load(home).get("practice")
    (key,) = keystore.keys(home)
    signer = KeystoreSigner(key)
    signer.unlock(PASSWORD)
    ledger = PracticeLedger(home.ledger)
    sender = Sender(home, network, [ledger.node()])
    for build in builders:
        sender.send(sender.prepare(build(network), key.address), signer, lambda _prepared: True)
    sender.close()
    ledger.close()
    signer.lock()
    mirror.sync(home, network)


@pytest.fixture
def registered(published: Home) -> Home:
    """Three files registered singly, two in a batch."""
    items = [media.Registration(sha256, kind=1) for sha256 in HASHES[:3]]
    batch = [media.Registration(sha256).leaf for sha256 in HASHES[3:]]
    root, listed = merkle.Tree.of(batch).root, leaves.dump(batch)
    write_atomically(lists.own_folder(published) / leaves.file_name(root), listed)
    send(
        published,
        lambda network: media.register_many(network, 1, items),
        lambda network: media.register_root(network, 1, root, len(batch), leaves.list_hash(listed), ""),
    )
    return published


@pytest.fixture
def page(registered: Home, opened, qtbot: QtBot) -> RegisteredPage:
    screen = screen_of(opened())
    screen.go(REGISTERED)
    qtbot.waitUntil(lambda: screen.registered.model.count_all() == 5, timeout=PATIENCE)
    return screen.registered


def hashes(page: RegisteredPage) -> list[str]:
    return [page.model.row(row).what.sha256 for row in range(page.model.rowCount())]


def choose(page: RegisteredPage, sha256: str) -> None:
    page.table.setCurrentIndex(page.model.index(hashes(page).index(sha256), 0))


def stands(page: RegisteredPage, sha256: str) -> str:
    return page.model.index(hashes(page).index(sha256), STATE).data()


def test_the_newest_first_searched_and_sorted(page: RegisteredPage, qtbot: QtBot) -> None:
    assert hashes(page) == [*HASHES[3:], *HASHES[2::-1]]
    qtbot.keyClicks(page.search, HASHES[1][:8])
    qtbot.waitUntil(lambda: hashes(page) == [HASHES[1]], timeout=PATIENCE)
    qtbot.keyClick(page.window(), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: len(hashes(page)) == 5, timeout=PATIENCE)
    page.table.header().setSortIndicator(SHA256, Qt.SortOrder.AscendingOrder)
    assert hashes(page) == sorted(HASHES)


def test_withdrawing_one_and_naming_what_takes_its_place(page: RegisteredPage, qtbot: QtBot, tmp_path: Path) -> None:
    better = tmp_path / "better.jpg"
    better.write_bytes(b"better")
    choose(page, HASHES[0])
    page.withdraw_button.click()
    assert not page.form.whole.isVisible()
    page.form.replacement.use(better)
    assert page.form.reason.currentText() == "Replaced by another file"
    page.form.agree.click()
    sheet = agree(page.window(), qtbot)
    assert "takes its place" in sheet.question.sentence
    qtbot.waitUntil(lambda: "It was withdrawn" in page.notice.text(), timeout=PATIENCE)
    qtbot.waitUntil(lambda: stands(page, HASHES[0]) == "Withdrawn: replaced by another file", timeout=PATIENCE)
    one = next(page.model.row(n).what for n in range(5) if page.model.row(n).what.sha256 == HASHES[0])
    assert one.replacement == hashlib.sha256(b"better").hexdigest()
    choose(page, HASHES[0])
    assert not page.withdraw_button.isEnabled()


def test_withdrawing_one_of_a_batch_leaves_the_others(page: RegisteredPage, qtbot: QtBot) -> None:
    choose(page, HASHES[4])
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    page.form.reason.setCurrentIndex(page.form.reason.findData(1))
    page.form.agree.click()
    agree(page.window(), qtbot)
    qtbot.waitUntil(lambda: stands(page, HASHES[4]) == "Withdrawn: an error", timeout=PATIENCE)
    assert stands(page, HASHES[3]) == "Stands"


def test_withdrawing_a_whole_batch(page: RegisteredPage, qtbot: QtBot) -> None:
    choose(page, HASHES[4])
    page.withdraw_button.click()
    page.form.whole.setChecked(True)
    page.form.agree.click()
    sheet = agree(page.window(), qtbot)
    assert "whole batch" in sheet.question.sentence
    qtbot.waitUntil(lambda: stands(page, HASHES[3]).startswith("Withdrawn"), timeout=PATIENCE)
    assert stands(page, HASHES[4]).startswith("Withdrawn")
    assert stands(page, HASHES[0]) == "Stands"


def test_cancelling_withdraws_nothing(page: RegisteredPage, qtbot: QtBot) -> None:
    choose(page, HASHES[0])
    page.withdraw_button.click()
    page.form.agree.click()
    sheet_in(page.window(), qtbot).cancel.click()
    qtbot.waitUntil(lambda: not page.signing.running(), timeout=PATIENCE)
    assert not page.notice.isVisible()
    assert stands(page, HASHES[0]) == "Stands"


def test_registered_again_after_it_was_withdrawn(registered: Home) -> None:
    network = Networks.load(registered).get("practice")

    def state() -> dict[str, int]:
        return {one.sha256: one.revoked for one in own.registered(registered, network, 1)}

    send(registered, lambda n: media.revoke(n, 1, HASHES[0], media.Reason.ERROR))
    assert state()[HASHES[0]]
    send(registered, lambda n: media.register(n, 1, media.Registration(HASHES[0], kind=1)))
    assert not state()[HASHES[0]]
    assert len(state()) == 5


def test_nobody_else_is_listed(registered: Home) -> None:
    network = Networks.load(registered).get("practice")
    assert own.registered(registered, network, 2) == ()
    assert own.publishers(registered, network, ["0x" + "11" * 20]) == ()
    (mine,) = own.publishers(registered, network, [key.address for key in keystore.keys(registered)])
    assert (mine.number, mine.controls) == (1, True)
