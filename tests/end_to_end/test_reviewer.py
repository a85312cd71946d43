"""`touchstone reviewer`: the automated reviewer as a process, and the simulated ones by command."""

import json
import signal
import time

import pytest
from tests.detect import nets

from touchstone.modelfile import Calibration

LENIENT = Calibration(limit=0.6, none_below=0.4, least_side=100, joint=True, set="made here", rates=nets.RATES)


@pytest.fixture
def ready(desk, tmp_path):
    """A sealed model as it ships, a key, and how commands are run with both."""
    folder, data = tmp_path / "models", tmp_path / "data"
    nets.install(folder, calibration=LENIENT)
    data.mkdir()
    for number in range(5):
        (data / f"{number}.bin").write_bytes(bytes([number]) * 100)
    assert desk.run("model", "record", folder / "ai-image", "--data", data, "--sign-once").code == 0
    password = tmp_path / "password"
    password.write_text("a long enough password\n")
    password.chmod(0o600)
    assert desk.run("key", "new", "robot", "--password-file", password).code == 0
    return ("--password-file", password, "--yes"), {"env": {"TOUCHSTONE_MODELS": str(folder)}}


def test_an_account_that_has_not_joined_votes_nowhere_and_it_ends_when_it_is_asked_to(desk, ready, interrupting):
    keyed, shipped = ready
    once = desk.run("reviewer", "run", "--model", "ai-image", "--once", "--json", *keyed, **shipped)
    barred, status = [json.loads(line) for line in once.text.splitlines()]
    assert (once.code, barred["event"], barred["why"]) == (1, "barred", "not-automated")
    assert (status["event"], status["standing"], status["seats"]) == ("status", "registered", 0)
    started = desk.start("reviewer", "run", "--model", "ai-image", "--interval", "1", *keyed, **shipped)
    until = time.monotonic() + 60
    while b"has not joined" not in started.output() and time.monotonic() < until:
        time.sleep(0.1)
    started.signal(signal.SIGINT)
    ran = started.result()
    assert ran.code == 0, ran.stderr
    assert "has to be opened in time" in ran.stderr
    assert "has not joined as an automated reviewer" in ran.text


def test_nothing_is_started_with_a_model_that_is_not_here_or_without_being_agreed_to(desk, ready):
    keyed, shipped = ready
    ran = desk.run("reviewer", "run", "--model", "no\x1bsuch", "--once", *keyed, **shipped)
    assert ran.code == 1
    assert "There is no model" in ran.stderr
    assert "\x1b" not in ran.stderr
    ran = desk.run("reviewer", "run", "--model", "ai-image", "--once", *keyed[:2], **shipped)
    assert ran.code == 1
    assert "Nobody can be asked here" in ran.stderr
    assert desk.run("reviewer", "run", "--model", "ai-image", "--interval", "0", *keyed, **shipped).code == 2


def test_simulated_reviewers_are_called_so_and_leave_with_their_money(desk):
    assert "no stakes now" in desk.run("reviewer", "practice", "status").text
    assert desk.run("reviewer", "practice", "act").code == 0
    told = json.loads(desk.run("reviewer", "practice", "status", "--json").stdout)
    assert len(told["reviewers"]) == 28
    assert all(one["simulated"] and "Simulated" in one["name"] for one in told["reviewers"])
    assert told["drawn_from"] > told["time"]
    said = desk.run("reviewer", "practice", "status").text
    assert "stand for nobody" in said
    assert "wrong in 15 of 100 files" in said
    left = json.loads(desk.run("reviewer", "practice", "leave", "--json").stdout)
    assert not any(one["joined"] for one in left["reviewers"])
    desk.run("ledger", "skip", str(15 * 86_400))
    gone = json.loads(desk.run("reviewer", "practice", "leave", "--json").stdout)
    assert {one["staked"]["units"] for one in gone["reviewers"]} == {0}
