"""Who one is on the register, on a real practice ledger: created, named, given signers, and what is refused."""

from __future__ import annotations

import json
import socket
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot
from tests.ui.conftest import PATIENCE
from tests.ui.publishing import DOMAIN, NAME, PASSWORD, agree, screen_of, sheet_in

from touchstone.chain import keystore, networks
from touchstone.paths import Home
from touchstone.ui.identity import IdentityPage
from touchstone.ui.labels import Text
from touchstone.ui.publish import PUBLISHER
from touchstone.ui.window import MainWindow

OTHER = "0x2222222222222222222222222222222222222222"


def page_of(window: MainWindow, qtbot: QtBot) -> IdentityPage:
    screen = screen_of(window)
    screen.go(PUBLISHER)
    qtbot.waitUntil(lambda: screen.identity.who is not None, timeout=PATIENCE)
    return screen.identity


@pytest.fixture
def page(published: Home, opened, qtbot: QtBot) -> IdentityPage:
    return page_of(opened(), qtbot)


def words(page: IdentityPage) -> str:
    return "\n".join(label.text() for label in page.findChildren(Text) if label.isVisible())


def button(page: IdentityPage, name: str) -> QPushButton:
    return next(b for b in page.findChildren(QPushButton) if b.accessibleName() == name and b.isVisible())


def done(page: IdentityPage, qtbot: QtBot, said: str) -> None:
    qtbot.waitUntil(lambda: page.notice.text() == said and not page.signing.running(), timeout=PATIENCE)


def test_a_publisher_is_created_with_a_key_that_is_made_and_funded(opened, home: Home, qtbot: QtBot) -> None:
    window = opened()
    page = page_of(window, qtbot)
    form = page.form
    assert form is not None
    form.agree.click()
    assert form.notice.text() == "Give the publisher a name."
    form.name.setText(NAME)
    form.domain.setText(DOMAIN.upper())
    form.password.setText("short")
    form.agree.click()
    assert "8 characters" in form.notice.text()
    form.password.setText(PASSWORD)
    form.agree.click()
    assert form.notice.text() == "The two passwords differ."
    form.again.setText(PASSWORD)
    form.agree.click()
    sheet = sheet_in(window, qtbot)
    assert "“Agence X”" in sheet.question.sentence
    assert DOMAIN in sheet.question.sentence
    assert not sheet.question.key  # its password was typed a moment ago
    assert dict(sheet.question.rows)["Can be undone"] == "no"
    sheet.agree.click()
    done(page, qtbot, "You are on the register as Agence X.")
    qtbot.waitUntil(lambda: page.publisher is not None, timeout=PATIENCE)
    (key,) = keystore.keys(home)
    assert page.publisher.controller == key.address
    assert (page.publisher.name, page.publisher.domain) == (NAME, DOMAIN)
    qtbot.waitUntil(lambda: NAME in words(page), timeout=PATIENCE)


def test_a_name_that_passes_for_another_is_told(published: Home, opened, qtbot: QtBot) -> None:
    for file in published.keys.glob("*.json"):
        file.unlink()
    page = page_of(opened(), qtbot)
    qtbot.waitUntil(lambda: page.form is not None, timeout=PATIENCE)
    page.form.name.setText("Аgence X")  # its first letter is Cyrillic
    page.form.domain.setFocus()
    page.form.name.editingFinished.emit()
    qtbot.waitUntil(lambda: "It can be taken for “Agence X”, which is publisher 1" in words(page), timeout=PATIENCE)


def test_cancelling_creates_nothing_and_keeps_the_key_for_the_next_try(opened, home: Home, qtbot: QtBot) -> None:
    window = opened()
    page = page_of(window, qtbot)
    form = page.form
    assert form is not None
    form.name.setText(NAME)
    form.password.setText(PASSWORD)
    form.again.setText(PASSWORD)
    form.agree.click()
    sheet_in(window, qtbot).cancel.click()
    qtbot.waitUntil(lambda: not page.signing.running() and page.form is not None, timeout=PATIENCE)
    assert page.publisher is None
    assert not page.notice.isVisible()
    assert page.form.isEnabled()
    (key,) = keystore.keys(home)
    assert page.form.key.currentData() == key
    assert page.form.name.text() == NAME


def test_the_card_says_who_one_is(page: IdentityPage) -> None:
    said = words(page)
    for part in (NAME, DOMAIN, "Publisher 1", "Practice: on this computer", "newsroom", "May register files"):
        assert part in said


def test_a_wrong_password_is_told_on_the_sheet(page: IdentityPage, qtbot: QtBot) -> None:
    page.card.rename.click()
    page.card.form.field.setText("Agence Y")
    page.card.form.agree.click()
    sheet = agree(page.window(), qtbot, "wrong horse")
    qtbot.waitUntil(lambda: sheet.notice.text() == "The password is wrong.", timeout=PATIENCE)
    assert sheet.isVisible()
    agree(page.window(), qtbot)
    done(page, qtbot, "The publisher is called Agence Y now.")
    qtbot.waitUntil(lambda: "Agence Y" in words(page), timeout=PATIENCE)


def test_a_key_for_one_signature_is_asked_for_each_time(published: Home, opened, qtbot: QtBot) -> None:
    page = page_of(opened(lock_seconds=0), qtbot)
    for number in range(2):
        page.card.rename.click()
        page.card.form.field.setText(f"Agence {number}")
        page.card.form.agree.click()
        assert agree(page.window(), qtbot).question.key == "newsroom"
        done(page, qtbot, f"The publisher is called Agence {number} now.")
        qtbot.waitUntil(lambda number=number: f"Agence {number}" in words(page), timeout=PATIENCE)


def test_a_recovery_address_is_set(page: IdentityPage, qtbot: QtBot) -> None:
    page.card.recover.click()
    page.card.recovery.field.setText("0x12")
    page.card.recovery.agree.click()
    assert "40 hexadecimal digits" in page.card.recovery.notice.text()
    page.card.recovery.field.setText(OTHER)
    page.card.recovery.agree.click()
    sheet = agree(page.window(), qtbot)
    assert "seven days" in sheet.question.sentence
    done(page, qtbot, "The recovery address is set.")
    qtbot.waitUntil(lambda: page.publisher.recovery == OTHER, timeout=PATIENCE)


def test_signers_are_added_withdrawn_and_reported(page: IdentityPage, qtbot: QtBot) -> None:
    page.signers.add_button.click()
    page.signers.form.address.setText("0x12")
    page.signers.form.agree.click()
    assert "40 hexadecimal digits" in page.signers.form.notice.text()
    page.signers.form.address.setText(OTHER)
    page.signers.form.until.setCurrentIndex(1)
    page.signers.form.agree.click()
    sheet = agree(page.window(), qtbot)
    assert OTHER in sheet.question.sentence
    assert "Agence X" in sheet.question.sentence
    done(page, qtbot, "The signer was added.")
    qtbot.waitUntil(lambda: "Valid until" in words(page), timeout=PATIENCE)
    page.notice.hide()
    button(page, f"Report the key {OTHER} as stolen").click()
    page.signers.stolen.since.setText("2999-01-01 10:00")
    page.signers.stolen.agree.click()
    assert "moment in the past" in page.signers.stolen.notice.text()
    page.signers.stolen.since.setText(f"{datetime.now() - timedelta(hours=1):%Y-%m-%d %H:%M}")  # noqa: DTZ005 - local
    page.signers.stolen.agree.click()
    agree(page.window(), qtbot)
    done(page, qtbot, "Whatever that key signed from then on counts for nothing now.")
    qtbot.waitUntil(lambda: "Stolen since" in words(page), timeout=PATIENCE)
    button(page, f"Withdraw the key {OTHER}").click()
    agree(page.window(), qtbot)
    done(page, qtbot, "The key was withdrawn.")
    qtbot.waitUntil(lambda: any(text.startswith("Withdrawn ") for text in words(page).split("\n")), timeout=PATIENCE)


def test_a_name_that_the_contract_refuses_is_told_in_words(page: IdentityPage, qtbot: QtBot) -> None:
    page.card.rename.click()
    page.card.form.field.setText("x" * 100)
    page.card.form.agree.click()
    qtbot.waitUntil(lambda: "The contract would refuse it" in page.notice.text(), timeout=PATIENCE)
    assert not page.signing.running()


def test_without_the_controlling_key_nothing_can_be_changed(published: Home, opened, qtbot: QtBot) -> None:
    page = page_of(opened(), qtbot)
    for file in published.keys.glob("*.json"):
        file.unlink()
    page.reload()
    qtbot.waitUntil(lambda: page.publisher is None and page.form is not None, timeout=PATIENCE)


def test_closing_the_window_while_it_asks(published: Home, opened, qtbot: QtBot) -> None:
    window = opened()
    page = page_of(window, qtbot)
    page.card.rename.click()
    page.card.form.field.setText("Agence Y")
    page.card.form.agree.click()
    sheet_in(window, qtbot)
    began = time.monotonic()
    window.close()
    assert time.monotonic() - began < 10


def test_the_domain_is_asked_only_when_agreed(
    page: IdentityPage, home: Home, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import dns.resolver

    asked: list[str] = []

    def nobody(_self: object, name: str, *_args: object, **_options: object) -> None:
        asked.append(name)
        raise dns.resolver.NXDOMAIN

    def refuse(*_args: object, **_options: object) -> None:
        raise OSError("no network in this test")

    monkeypatch.setattr(dns.resolver.Resolver, "resolve", nobody)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    card = page.domain
    card.check_button.click()
    assert f"_touchstone.{DOMAIN}" in card.confirm.accessibleName()
    assert page.window().focusWidget() is card.confirm.cancel
    card.confirm.cancel.click()
    qtbot.wait(50)
    assert asked == []
    card.check_button.click()
    card.confirm.agree.click()
    qtbot.waitUntil(lambda: "does not vouch for this publisher" in card.notice.text(), timeout=PATIENCE)
    assert asked == [f"_touchstone.{DOMAIN}"]
    card.save(tmp_path / "did.json")
    qtbot.waitUntil(lambda: card.notice.text().startswith("Saved as"), timeout=PATIENCE)
    assert json.loads((tmp_path / "did.json").read_text())["id"] == f"did:web:{DOMAIN}"


def test_a_domain_that_is_none_is_not_claimed(page: IdentityPage, qtbot: QtBot) -> None:
    page.domain.claim_button.click()
    page.domain.name.setText("http://agence-x.example/")
    page.domain.agree.click()
    assert "That is no domain" in page.domain.notice.text()
    page.domain.name.setText("Agence-Y.example")
    page.domain.agree.click()
    agree(page.window(), qtbot)
    done(page, qtbot, "The domain is claimed. Now prove it.")
    qtbot.waitUntil(lambda: page.publisher.domain == "agence-y.example", timeout=PATIENCE)


def test_a_node_that_is_down_is_told_in_place(opened, home: Home, qtbot: QtBot) -> None:
    networks.add(home, networks.own("nobody", 31337, ("http://127.0.0.1:9",)))
    window = opened(network="nobody")
    page = page_of(window, qtbot)
    qtbot.waitUntil(lambda: "was not read yet" in page.notice.text(), timeout=PATIENCE)
    assert "127.0.0.1:9" in page.notice.text()
    page.notice.action.click()
    qtbot.waitUntil(lambda: "No node answers" in page.notice.text(), timeout=PATIENCE)
    assert page.form is not None
    assert "practice" not in page.form._about.text().lower()
