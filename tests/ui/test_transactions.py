"""What was sent, in the window: listed, sorted, looked after, outbid on a node that waits for us, told at the start."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot
from tests.chain.nodes import NOBODY, Bench, anvil, anvil_bench
from tests.ui.conftest import PATIENCE
from tests.ui.publishing import PASSWORD, agree, screen_of, sheet_in

from touchstone.chain import keystore, known_calls, networks, waiting
from touchstone.chain.errors import ChainError
from touchstone.chain.local import PracticeLedger
from touchstone.chain.networks import Networks
from touchstone.chain.send import Sender, Step
from touchstone.chain.signer import KeystoreSigner
from touchstone.paths import Home
from touchstone.registry import mirror, own, publishers
from touchstone.store.outbox import Sent, SentState
from touchstone.ui.publish import PUBLISHER, TRANSACTIONS
from touchstone.ui.transactions_model import FEE, NETWORK, STATE, WHAT, WHEN
from touchstone.ui.transactions_panel import TransactionsPage


class KilledError(Exception):
    """Stands for the end of the program."""


@pytest.fixture
def interrupted(published: Home) -> Home:
    """Two names were signed for: the first counts, the second was kept and never broadcast."""
    network, (key,) = Networks.load(published).get("practice"), keystore.keys(published)
    signer = KeystoreSigner(key)
    signer.unlock(PASSWORD)
    ledger = PracticeLedger(published.ledger)
    sender = Sender(published, network, [ledger.node()])

    def end(step: Step, _params: Mapping[str, Any]) -> None:
        if step is Step.KEPT:
            raise KilledError

    first = sender.prepare(publishers.set_name(network, 1, "Agence B"), key.address)
    sender.send(first, signer, lambda _prepared: True)
    second = sender.prepare(publishers.set_name(network, 1, "Agence Z"), key.address)
    with pytest.raises(KilledError):
        sender.send(second, signer, lambda _prepared: True, on_step=end)
    sender.close()
    ledger.close()
    signer.lock()
    mirror.sync(published, network)
    return published


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Bench]:
    """A home whose network is an anvil that mines when it is told to."""
    with anvil() as url:
        made = anvil_bench(tmp_path / "home", url)
        made.tell("evm_setAutomine", False)
        yield made
        made.node.close()


def page_of(window, qtbot: QtBot, rows: int) -> TransactionsPage:
    screen = screen_of(window)
    screen.go(TRANSACTIONS)
    page = screen.transactions
    qtbot.waitUntil(lambda: page.model.rowCount() == rows, timeout=PATIENCE)
    return page


def column(page: TransactionsPage, number: int) -> list[str]:
    return [page.model.index(row, number).data() for row in range(page.model.rowCount())]


def choose(page: TransactionsPage, identity: int) -> None:
    page.table.setCurrentIndex(page.model.index(page.model.row_of(identity), 0))


def launch(bench: Bench) -> Sent:
    """Send without waiting for a block."""
    sender, reached = bench.sender(), []
    intent = known_calls.intent(bench.network, "PublisherRegistry", "create", "Agence X", "", NOBODY)
    with pytest.raises(ChainError):
        sender.send(
            sender.prepare(intent, bench.address),
            bench.signer,
            lambda _prepared: True,
            on_step=lambda step, _params: reached.append(str(step)),
            cancel=lambda: "broadcast" in reached,
        )
    (newest,) = sender.journal(1)
    sender.close()
    return newest


def test_nothing_sent_yet(opened, qtbot: QtBot, home: Home) -> None:
    page = page_of(opened(), qtbot, 0)
    assert not page.table.isVisible()
    assert not any(button.isEnabled() for button in (page.copy_button, page.look_button, page.raise_button))
    assert not home.outbox.exists()


def test_listed_sorted_and_copied(interrupted: Home, opened, qtbot: QtBot) -> None:
    page = page_of(opened(), qtbot, 3)
    newest = waiting.journal(interrupted)
    assert [page.model.row(n).id for n in range(3)] == [sent.id for sent in newest]
    assert column(page, STATE) == ["Not seen yet", "Done", "Done"]
    assert column(page, WHAT)[0] == "Change the name: Publisher 1 is called “Agence Z” from now on."
    assert page.model.index(0, STATE).data(Qt.ItemDataRole.ToolTipRole) == "kept, not seen by a node yet"
    assert column(page, FEE)[0].startswith("≤ 0.000")
    assert column(page, NETWORK) == ["practice"] * 3
    when = page.model.index(0, WHEN)
    assert when.data(Qt.ItemDataRole.ToolTipRole).startswith(when.data() + " ")
    assert page._count.text() == "3 transactions, 1 under way"
    header = page.table.header()
    for number in (WHEN, WHAT, STATE, NETWORK, FEE):
        header.setSortIndicator(number, Qt.SortOrder.AscendingOrder)
        up = [page.model.row(n).id for n in range(3)]
        header.setSortIndicator(number, Qt.SortOrder.DescendingOrder)
        assert [page.model.row(n).id for n in range(3)] == up[::-1]
    header.setSortIndicator(WHAT, Qt.SortOrder.AscendingOrder)
    assert column(page, WHAT) == sorted(column(page, WHAT), key=str.casefold)
    choose(page, newest[1].id)
    assert page.copy_button.isEnabled()
    assert not page.look_button.isEnabled()
    assert not page.raise_button.isEnabled()
    page.copy_button.click()
    assert QGuiApplication.clipboard().text() == newest[1].hash


def test_one_that_was_never_broadcast_is_looked_after(interrupted: Home, opened, qtbot: QtBot) -> None:
    page = page_of(opened(), qtbot, 3)
    choose(page, page.model.row(0).id)
    assert page.look_button.isEnabled()
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.notice.text().startswith("Done: Publisher 1 is called"), timeout=PATIENCE)
    qtbot.waitUntil(lambda: set(column(page, STATE)) == {"Done"}, timeout=PATIENCE)
    screen = screen_of(page.window())
    qtbot.waitUntil(lambda: screen.identity.publisher is not None, timeout=PATIENCE)
    network = Networks.load(interrupted).get("practice")

    def followed() -> bool:
        (publisher,) = own.publishers(interrupted, network, [key.address for key in keystore.keys(interrupted)])
        return publisher.name == "Agence Z"

    qtbot.waitUntil(followed, timeout=PATIENCE)


def test_the_fee_of_one_that_waits_is_raised(pool: Bench, opened, qtbot: QtBot) -> None:
    before, first = pool.publishers(), launch(pool)
    page = page_of(opened(), qtbot, len(waiting.journal(pool.home)))
    choose(page, first.id)
    page.raise_button.click()
    sheet = agree(page.window(), qtbot)
    rows = dict(sheet.question.rows)
    assert rows["Cost until now"].startswith("at most 0.000")
    assert rows["Cost"] != rows["Cost until now"]
    assert any("Only one of the two will count" in words for words in sheet.question.warnings)
    qtbot.waitUntil(lambda: waiting.journal(pool.home, 1)[0].state is SentState.SENT, timeout=PATIENCE)
    qtbot.waitUntil(lambda: page.working.text().startswith("On its way"), timeout=PATIENCE)
    assert not page.raise_button.isEnabled()
    pool.tell("evm_mine")
    qtbot.waitUntil(lambda: page.notice.text().startswith("Done: "), timeout=PATIENCE)
    second, old = waiting.journal(pool.home, 2)
    assert (second.state, second.replaces, old.state) == (SentState.FINAL, first.id, SentState.DROPPED)
    assert pool.publishers() == before + 1
    qtbot.waitUntil(lambda: column(page, STATE)[0] == "Done", timeout=PATIENCE)


def test_stopping_leaves_both_on_their_way(pool: Bench, opened, qtbot: QtBot) -> None:
    first = launch(pool)
    page = page_of(opened(), qtbot, len(waiting.journal(pool.home)))
    choose(page, first.id)
    page.raise_button.click()
    sheet_in(page.window(), qtbot).cancel.click()
    qtbot.waitUntil(lambda: not page.signing.running(), timeout=PATIENCE)
    assert page.notice.isHidden()
    assert [one.id for one in waiting.under_way(pool.home)] == [first.id]
    page.raise_button.click()
    agree(page.window(), qtbot)
    qtbot.waitUntil(lambda: page.working.text().startswith("On its way"), timeout=PATIENCE)
    page.working.stop.click()
    qtbot.waitUntil(lambda: "may be on its way all the same" in page.notice.text(), timeout=PATIENCE)
    assert len(waiting.under_way(pool.home)) == 2


def test_a_key_that_is_elsewhere(pool: Bench, opened, qtbot: QtBot) -> None:
    first = launch(pool)
    (key,) = keystore.keys(pool.home)
    key.path.unlink()
    page = page_of(opened(), qtbot, len(waiting.journal(pool.home)))
    choose(page, first.id)
    page.raise_button.click()
    assert "not on this computer" in page.notice.text()


def test_what_came_through_is_told_at_the_start(interrupted: Home, opened, qtbot: QtBot) -> None:
    window = opened()
    assert len(waiting.under_way(interrupted)) == 1
    window.warm()
    qtbot.waitUntil(lambda: not waiting.under_way(interrupted), timeout=PATIENCE)
    assert window._publish is None, "nobody is taken there"
    qtbot.waitUntil(lambda: bool(window._catching_up._said), timeout=PATIENCE)
    screen = screen_of(window)
    assert screen.notice.text() == (
        "A transaction that was under way has come to an end. Done: Publisher 1 is called “Agence Z” from now on."
    )
    screen.notice.action.click()
    assert screen.notice.isHidden()
    assert screen.transactions.isVisible()
    screen.go(PUBLISHER)
    assert screen.notice.isHidden()


def test_it_is_told_where_the_screen_is_open_already(interrupted: Home, opened, qtbot: QtBot) -> None:
    window = opened()
    screen = screen_of(window)
    window.warm()
    qtbot.waitUntil(lambda: "has come to an end" in screen.notice.text(), timeout=PATIENCE)
    qtbot.waitUntil(lambda: screen.transactions.model.count_live() == 0, timeout=PATIENCE)


def test_nothing_is_told_where_nothing_ended(pool: Bench, opened, qtbot: QtBot) -> None:
    launch(pool)
    window = opened()
    screen = screen_of(window)
    window.warm()
    qtbot.wait(500)
    assert screen.notice.isHidden()
    assert len(waiting.under_way(pool.home)) == 1


def test_a_journal_that_cannot_be_used_is_told(home: Home, opened, qtbot: QtBot) -> None:
    home.root.mkdir()
    home.outbox.write_bytes(b"no database" * 100)
    window = opened()
    window.warm()
    qtbot.waitUntil(lambda: bool(window._catching_up._said), timeout=PATIENCE)
    assert "look through what you sent lately" in screen_of(window).notice.text()


def test_a_node_that_never_answers_does_not_keep_the_window_from_closing(pool: Bench, opened, qtbot: QtBot) -> None:
    launch(pool)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        networks.add(pool.home, networks.own("anvil", pool.network.chain_id, (url, url + "/too")))
        window = opened()
        window.warm()
        qtbot.wait(300)
        began = time.monotonic()
        window.close()
        assert time.monotonic() - began < 8  # one answer is waited for, none of the others
    assert len(waiting.under_way(pool.home)) == 1


def test_a_restoration_that_stays_unfinished_is_told(home: Home, opened, qtbot: QtBot) -> None:
    home.root.mkdir()
    home.restoring.write_bytes(b"{}")
    window = opened()
    assert "Bringing back a backup was interrupted" in window.check.notice.text()
