import io
import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from tests.chain.ledger_making import BEGUN

from touchstone.chain.errors import ChainTrouble
from touchstone.chain.network import PRACTICE_CHAIN_ID
from touchstone.cli import main as command_line
from touchstone.texts import ledger as words

ROOT = Path(__file__).parents[2]
ADDRESS = "0x" + "11" * 20


@pytest.fixture
def ledger(tmp_path, capsys):
    """Runs `touchstone ledger …`; exit code, output, complaints."""

    def run(*arguments):
        try:
            code = command_line.main(["--home", str(tmp_path), "ledger", *arguments], lambda _home: 9)
        except SystemExit as stopped:
            code = stopped.code
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_status_begins_a_ledger_and_says_how_it_stands(ledger, tmp_path):
    code, said, complaints = ledger("status", "--json")
    status = json.loads(said)
    assert (code, complaints) == (0, "")
    assert (status["block"], status["chain_id"], status["kept"]) == (BEGUN, PRACTICE_CHAIN_ID, None)
    assert status["path"] == str(tmp_path / "practice-ledger.sqlite3")
    code, said, _ = ledger("status")
    assert code == 0
    assert f"{BEGUN} blocks, {BEGUN} transactions" in said
    assert "Ledger time: " in said


def test_skip_lasts(ledger):
    before = json.loads(ledger("status", "--json")[1])["time"]
    assert json.loads(ledger("skip", "86400", "--json")[1])["time"] >= before + 86_400
    assert "Ledger time: " in ledger("skip", "1")[1]
    said = ledger("status")[1]
    assert "That is 1 d 0 h 0 min" in said
    for nonsense in ("0", "-5", "x", "99999999999"):
        assert ledger("skip", nonsense)[0] == 2


def test_reset_asks_first_and_keeps_a_copy(ledger, tmp_path, monkeypatch):
    ledger("skip", "500")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    code, said, complaints = ledger("reset")
    assert (code, said) == (1, "")
    assert "A copy of it is kept" in complaints
    assert "--yes" in complaints
    assert json.loads(ledger("status", "--json")[1])["block"] == BEGUN + 1
    code, said, _ = ledger("reset", "--yes", "--json")
    assert code == 0
    assert Path(json.loads(said)["kept"]).exists()
    assert json.loads(ledger("status", "--json")[1])["block"] == BEGUN


@pytest.mark.parametrize(("answer", "left"), [("yes\n", 0), ("no\n", 1), ("\n", 1), ("", 1)])
def test_reset_does_what_a_person_says(ledger, monkeypatch, answer, left):
    class Terminal:
        def isatty(self):
            return True

        def readline(self):
            return answer

    ledger("skip", "500")
    monkeypatch.setattr("sys.stdin", Terminal())
    assert ledger("reset")[0] == left
    assert json.loads(ledger("status", "--json")[1])["block"] == BEGUN + left


def test_fund_gives(ledger):
    code, said, _ = ledger("fund", ADDRESS, "--ether", "2.5", "--dollars", "50.000001", "--json")
    assert code == 0
    assert len(json.loads(said)["transactions"]) == 2
    assert ledger("fund", ADDRESS)[:2] == (0, "Given.\n")
    assert ledger("fund", "0x12")[0] == 2
    assert ledger("fund", ADDRESS, "--ether", "lots")[0] == 2
    code, _, complaints = ledger("fund", ADDRESS, "--ether", "0", "--dollars", "10001")
    assert (code, complaints) == (1, words.trouble("reverted") + "\n")
    assert ledger("fund", ADDRESS, "--ether", "999999999")[2] == words.trouble("insufficient-funds") + "\n"


def test_a_damaged_ledger_is_said_to_be_kept(ledger, tmp_path):
    (tmp_path / "practice-ledger.sqlite3").write_bytes(b"x" * 5_000)
    code, _said, complaints = ledger("status")
    assert code == 0
    assert "practice-ledger.sqlite3.damaged-" in complaints


def test_a_home_that_is_none_is_one_sentence(ledger, tmp_path):
    (tmp_path / "practice-ledger.sqlite3").mkdir()
    code, said, complaints = ledger("status")
    assert (code, said) == (1, "")
    assert complaints.count("\n") == 1


def test_every_trouble_has_words():
    for trouble in ChainTrouble:
        assert words.trouble(trouble).endswith(".")
    assert words.ahead(0) == ""


def test_serve_answers_until_it_is_stopped(tmp_path):
    command = [sys.executable, "-m", "touchstone", "--home", str(tmp_path), "ledger", "serve", "--port", "0", "--json"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "app")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            said = json.loads(process.stdout.readline())
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}).encode()
            request = urllib.request.Request(said["urls"][0], body, {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=10) as answer:
                assert json.loads(answer.read())["result"] == hex(PRACTICE_CHAIN_ID)
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 0
            assert process.stderr.read() == ""
        finally:
            process.kill()


def test_serving_says_why_not(ledger):
    assert ledger("serve", "--port", "99999")[0] == 1
    code, said, complaints = ledger("serve", "--port", "1" if os.geteuid() else "-1")
    assert (code, said) == (1, "")
    assert complaints
