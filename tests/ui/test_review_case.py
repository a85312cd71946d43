"""A whole case in a window: flagged from its card, sealed, opened, appealed, settled, withdrawn; for real."""

from __future__ import annotations

import csv
import fcntl
import shutil
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from tests.ui import reviewing
from tests.ui.conftest import PATIENCE
from tests.ui.reviewing import press, run, skip

from touchstone.chain.networks import Networks
from touchstone.paths import Home
from touchstone.registry.case_lookup import Cases
from touchstone.registry.court_types import Ballot, CaseEntry, Phase
from touchstone.ui.review import STAKE
from touchstone.ui.window import MainWindow


@pytest.fixture(scope="session")
def made_reviewer(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Home:
    base = tmp_path_factory.getbasetemp()
    root = (base if worker_id == "master" else base.parent) / "reviewer"
    root.mkdir(exist_ok=True)
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "made").exists():
            reviewing.make_reviewer(Home(root / "home"))
            (root / "made").touch()
    return Home(root / "home")


@pytest.fixture
def window(opened, made_reviewer: Home, home: Home) -> MainWindow:
    shutil.copytree(made_reviewer.root, home.root, dirs_exist_ok=True)
    return opened()


def case_in(home: Home, number: int = 1) -> CaseEntry:
    cases = Cases(home, Networks.load(home).get("practice"))
    try:
        found = cases.get(number)
        assert found is not None
        return found
    finally:
        cases.close()


def own_seat(home: Home, number: int = 1):
    from tests.ui.publishing import SECRET

    from touchstone.chain.keystore import address_of

    address = address_of(bytes.fromhex(SECRET)).lower()
    entry = case_in(home, number)
    return next(seat for seat in entry.rounds[0].seats if seat.voter == address)


def test_a_case_is_lived_through_by_hand(window: MainWindow, home: Home, qtbot: QtBot, tmp_path: Path) -> None:
    reviewing.checked(window, qtbot, tmp_path)
    case = reviewing.flag(window, qtbot)
    assert case.title.text() == "Case 1: Was it altered or generated?"
    (item,) = case.view.evidence
    assert (item.state, item.reason) == ("here", "The sky is from another picture.")
    assert case.view.media_name == "picture-3.jpg"

    skip(case, qtbot, Phase.COMMIT)
    (_own,) = case.view.own
    assert case.vote.isVisible()
    assert not case.vote.seal_button.isEnabled()  # nothing is chosen yet
    press(case.skip_button, qtbot)  # which would cost the seat's lock
    qtbot.waitUntil(case.deeds.confirm.isVisible, timeout=PATIENCE)
    assert case.view.stage.phase is Phase.COMMIT

    press(case.check.check_button, qtbot)
    qtbot.waitUntil(lambda: case.check.card is not None, timeout=2 * PATIENCE)
    assert case.check.card.shown.report.media.sha256 == case.view.case.media

    case.vote.choices[Ballot.NOT_ALTERED].click()
    titles = run(case, window, case.vote.seal_button, qtbot)
    assert titles[-1] == "Seal your vote"
    qtbot.waitUntil(lambda: case.view.own[0].ballot is Ballot.NOT_ALTERED, timeout=PATIENCE)
    assert own_seat(home).sealed

    skip(case, qtbot, Phase.REVEAL)
    run(case, window, case.vote.open_button, qtbot)
    qtbot.waitUntil(lambda: own_seat(home).opened is Ballot.NOT_ALTERED, timeout=PATIENCE)

    skip(case, qtbot, Phase.APPEALABLE)
    assert case.appeal.isVisible()
    case.appeal.amount.setText("12.50")
    run(case, window, case.appeal.pay_button, qtbot)
    qtbot.waitUntil(lambda: case.view.round.funded_against == 12_500_000, timeout=PATIENCE)
    assert case.appeal.against.bar.value() > 0

    skip(case, qtbot, Phase.FINAL)
    assert case.votes.ruling.text().endswith("This is final.")
    assert any(voter.simulated for voter in case.votes.model._all)
    run(case, window, case.due_buttons["settle"], qtbot)
    qtbot.waitUntil(lambda: own_seat(home).settled, timeout=PATIENCE)
    run(case, window, case.due_buttons["withdraw"], qtbot)
    qtbot.waitUntil(lambda: not case.view.due, timeout=PATIENCE)

    window.review.go(STAKE)
    stake = window.review.stake
    qtbot.waitUntil(lambda: stake.model.count() > 0, timeout=PATIENCE)
    assert stake.stake.credit == 0
    assert stake.plot.isVisible()
    stake.save_to(tmp_path / "earnings.csv")
    qtbot.waitUntil((tmp_path / "earnings.csv").exists, timeout=PATIENCE)
    with (tmp_path / "earnings.csv").open() as file:
        assert len(list(csv.reader(file))) == stake.model.count() + 1


def test_a_vote_is_opened_by_itself_where_that_was_wanted(
    window: MainWindow, home: Home, qtbot: QtBot, tmp_path: Path
) -> None:
    window.warm()
    reviewing.checked(window, qtbot, tmp_path, 4)
    case = reviewing.flag(window, qtbot, choice="context", claim="Storm of last night")
    assert case.claim.text() == "“Storm of last night”"
    assert Ballot.SYNTHETIC not in case.vote.choices
    skip(case, qtbot, Phase.COMMIT)
    banner = window._banner
    qtbot.waitUntil(lambda: banner.isVisible() and "Seal your vote" in banner.notice.text(), timeout=PATIENCE)
    qtbot.waitUntil(lambda: window.navigation.buttons[1].text() == "Review (1)", timeout=PATIENCE)
    case.vote.choices[Ballot.EDITED].click()
    case.vote.automatic.click()
    run(case, window, case.vote.seal_button, qtbot)
    qtbot.waitUntil(lambda: not banner.isVisible(), timeout=PATIENCE)  # that was done
    skip(case, qtbot, Phase.REVEAL)
    qtbot.waitUntil(lambda: own_seat(home).opened is Ballot.EDITED, timeout=PATIENCE)
    qtbot.waitUntil(lambda: "was opened by itself" in banner.notice.text(), timeout=PATIENCE)
    qtbot.waitUntil(lambda: case.view.own[0].seat.opened is Ballot.EDITED, timeout=PATIENCE)


def test_evidence_is_added_and_hidden(window: MainWindow, home: Home, qtbot: QtBot, tmp_path: Path) -> None:
    reviewing.checked(window, qtbot, tmp_path, 5)
    case = reviewing.flag(window, qtbot)
    press(case.evidence.add_button, qtbot)
    form = case.deeds.form
    form.agree.click()
    assert form.notice.text() == "Write down what you have to say."
    form.reason.setPlainText("<b>I was there</b> and saw it.")
    note = tmp_path / "note.txt"
    note.write_text("a note")
    form.files.use((note,))
    run(case, window, form.agree, qtbot)
    qtbot.waitUntil(lambda: len(case.view.evidence) == 2, timeout=PATIENCE)
    case.deeds.export_to(case.view.evidence[0], tmp_path / "bundle.zip")
    qtbot.waitUntil((tmp_path / "bundle.zip").exists, timeout=PATIENCE)
    qtbot.waitUntil(lambda: "bundle.zip was written" in case.notice.text(), timeout=PATIENCE)
    added = next(card for card in case.evidence.cards if card.item.reason.startswith("<b>"))
    added.hide_button.click()
    qtbot.waitUntil(lambda: any(item.state == "hidden" for item in case.view.evidence), timeout=PATIENCE)
    entry = case_in(home)
    assert entry.evidence  # on the register nothing was taken back
