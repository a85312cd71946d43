"""`touchstone key`, `network` and `backup`, and the question before anything is sent."""

from __future__ import annotations

import io
import json
import os
import pty
import select
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.chain.nodes import NOBODY, PASSWORD, WORK

from touchstone import settings
from touchstone.chain import keystore, known_calls
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.fees import Fees
from touchstone.chain.networks import Networks
from touchstone.chain.send import Prepared
from touchstone.chain.signer import KeystoreSigner
from touchstone.cli import confirm
from touchstone.cli import main as command_line
from touchstone.paths import Home

SECRET = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(keystore.take, "__defaults__", (WORK,))
    monkeypatch.setattr(keystore.new, "__defaults__", (WORK,))
    return Home(tmp_path / "home")


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\nnot this line\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def run(home: Home, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: object) -> tuple[int, str, str]:
        code = command_line.main([str(a) for a in ("--home", home.root, *arguments)], lambda _home: 99)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return call


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have somebody at the terminal type this."""

    def put(text: str) -> None:
        stdin = io.StringIO(text)
        monkeypatch.setattr(stdin, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(sys, "stdin", stdin)

    return put


# --- keys


def test_a_key_is_made_listed_and_locked(run: Any, home: Home, password_file: Path) -> None:
    code, out, err = run("key", "new", "agence", "--password-file", password_file)
    assert code == 0
    (key,) = keystore.keys(home)
    assert key.address in out
    assert "backup" in err
    code, out, err = run("key", "list")
    assert out == f"agence: {key.address}\n  here, encrypted\n"
    code, out, err = run("key", "list", "--json")
    (listed,) = json.loads(out)["keys"]
    assert (listed["untrusted_name"], listed["address"], listed["kind"]) == ("agence", key.address, "keystore")
    signer = KeystoreSigner(key)
    signer.unlock(PASSWORD)
    assert run("key", "lock")[0] == 0
    assert signer.locked


def test_no_keys_yet(run: Any) -> None:
    code, out, _err = run("key", "list")
    assert code == 0
    assert "touchstone key new" in out


def test_a_key_from_a_file(run: Any, home: Home, tmp_path: Path, password_file: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET)
    code, out, err = run("key", "import", "old", "--file", file, "--password-file", password_file, "--json")
    assert code == 0, err
    assert json.loads(out)["address"] == "0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b"
    assert SECRET not in out + err
    file.write_text("nonsense")
    code, _out, err = run("key", "import", "other", "--file", file, "--password-file", password_file)
    assert code == 1
    assert "no key file" in err
    assert run("key", "import", "x", "--file", tmp_path / "none", "--password-file", password_file)[0] == 1


def test_a_key_outside(run: Any, home: Home) -> None:
    arguments = ("--url", "http://127.0.0.1:1248", "--address", "0x" + "11" * 20)
    assert run("key", "attach", "device", *arguments)[0] == 0
    assert "in the signer at http://127.0.0.1:1248" in run("key", "list")[1]
    assert run("key", "attach", "two", "--url", "http://10.0.0.1", "--address", "0x" + "22" * 20)[0] == 1


@pytest.mark.parametrize("option", ["--password", "--passphrase", "--pass"])
def test_a_password_is_never_an_argument(run: Any, capsys: pytest.CaptureFixture[str], option: str) -> None:
    with pytest.raises(SystemExit) as caught:
        run("key", "new", "me", f"{option}=geheim")
    assert caught.value.code == 2
    assert "geheim" not in capsys.readouterr().err.replace(f"{option}=geheim", "")


def test_without_a_terminal_there_is_nobody_to_ask(run: Any, home: Home) -> None:
    code, _out, err = run("key", "new", "me")
    assert code == 1
    assert "--password-file" in err
    assert not home.keys.exists()


@pytest.mark.parametrize("mode", [0o644, 0o640])
def test_a_password_file_that_others_can_read(run: Any, password_file: Path, mode: int) -> None:
    password_file.chmod(mode)
    code, _out, err = run("key", "new", "me", "--password-file", password_file)
    assert code == 1
    assert "chmod 600" in err


def test_a_short_password(run: Any, password_file: Path) -> None:
    password_file.write_text("short\n")
    code, _out, err = run("key", "new", "me", "--password-file", password_file)
    assert (code, "at least 8" in err) == (1, True)


def test_exposed_and_damaged_keys_are_listed_as_such(run: Any, home: Home, password_file: Path) -> None:
    run("key", "new", "one", "--password-file", password_file)
    (key,) = keystore.keys(home)
    key.path.chmod(0o644)
    (home.keys / "junk.json").write_text("{")
    code, out, err = run("key", "list")
    assert code == 0
    assert "others can read" in out
    assert f"chmod 600 '{key.path}'" in err
    assert "damaged" in out


def in_a_terminal(arguments: list[str], answers: list[str], seconds: float = 30) -> tuple[int, str]:
    """Run the program at a terminal of its own and type an answer after each prompt."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-m", "touchstone", *arguments])
    shown, until, waiting = "", time.monotonic() + seconds, list(answers)
    while time.monotonic() < until:
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            part = os.read(terminal, 4096).decode(errors="replace")
        except OSError:
            break
        if not part:
            break
        shown += part
        if waiting and shown.rstrip(" ").endswith((":", "]")):
            os.write(terminal, waiting.pop(0).encode() + b"\n")
            shown += "\n"
    os.close(terminal)
    _pid, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), shown


def test_a_password_typed_at_a_terminal_is_not_shown(home: Home) -> None:
    base = ["--home", str(home.root), "key", "new", "me"]
    code, shown = in_a_terminal(base, [PASSWORD, PASSWORD + "x"])
    assert code == 1
    assert "not the same" in shown
    code, shown = in_a_terminal(base, [PASSWORD, PASSWORD])
    assert code == 0, shown
    assert PASSWORD not in shown
    (key,) = keystore.keys(home)
    assert keystore.decrypt(keystore.load(key.path), PASSWORD)


# --- networks


def test_networks_are_listed(run: Any, home: Home) -> None:
    code, out, _err = run("network", "list")
    assert code == 0
    assert "practice (in use)" in out
    assert "unaudited" in out
    assert "not agreed to" in out
    data = json.loads(run("network", "list", "--json")[1])["networks"]
    assert [n["name"] for n in data] == ["practice", "base-sepolia", "base"]
    assert [n["audited"] for n in data] == [None, None, False]
    assert not home.root.exists()


def test_a_public_network_needs_consent_first(run: Any, home: Home) -> None:
    code, _out, err = run("network", "use", "base")
    assert code == 1
    assert "touchstone network consent base" in err
    code, _out, err = run("network", "consent", "base")
    assert code == 1, "nobody was there to agree"
    assert "unaudited" in err
    assert not Networks.load(home).get("base").consented
    assert run("network", "consent", "base", "--yes")[0] == 0
    assert run("network", "use", "base")[0] == 0
    assert settings.load(home).network == "base"
    assert run("network", "consent", "base", "--withdraw")[0] == 0
    assert not Networks.load(home).get("base").consented


@pytest.mark.parametrize(
    ("answer", "agreed"), [("y\n", True), ("yes\n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_consent_is_a_plain_yes(run: Any, home: Home, typed: Any, answer: str, *, agreed: bool) -> None:
    typed(answer)
    assert run("network", "consent", "base-sepolia")[0] == (0 if agreed else 1)
    assert Networks.load(home).get("base-sepolia").consented is agreed


def test_a_network_of_your_own(run: Any, home: Home) -> None:
    add = ("network", "add", "mine", "--chain-id", 1234, "--url", "https://a.example", "--url", "https://b.example")
    code, out, _err = run(*add, "--test", "--confirmations", 3, "--json")
    assert code == 0
    data = json.loads(out)
    assert (data["mainnet"], data["confirmations"], data["notes"]) == (False, 3, [])
    assert run("network", "add", "bad", "--chain-id", 7, "--url", "http://a.example")[0] == 1
    assert run("network", "add", "bad", "--url", "https://a.example")[0] == 1
    assert run("network", "add", "base", "--url", "https://mine.example")[0] == 0
    assert Networks.load(home).get("base").urls == ("https://mine.example",)
    assert "Only one node" in run("network", "list")[1]
    assert run("network", "remove", "mine")[0] == 0
    assert run("network", "remove", "mine")[0] == 1
    assert run("network", "use", "mine")[0] == 1


# --- backups


def test_a_backup_there_and_back(run: Any, home: Home, tmp_path: Path, password_file: Path) -> None:
    run("key", "new", "agence", "--password-file", password_file)
    run("network", "consent", "base", "--yes")
    file = tmp_path / "b"
    code, out, _err = run("backup", "create", file, "--password-file", password_file)
    assert code == 0
    assert "1 key file" in out
    code, _out, err = run("backup", "create", file, "--password-file", password_file)
    assert code == 1
    assert "already" in err
    assert run("backup", "create", file, "--password-file", password_file, "--yes", "--json")[0] == 0
    other = tmp_path / "other"
    there = ("--home", other, "backup", "restore", file, "--password-file", password_file)
    code, out, err = run(*there)
    assert code == 1, "nobody agreed"
    assert keystore.keys(Home(other)) == ()
    code, out, err = run(*there, "--yes", "--json")
    assert code == 0, err
    data = json.loads(out)
    assert data["replaced"] == []
    assert data["aside"] is None
    assert keystore.find(Home(other), "agence")
    assert Networks.load(Home(other)).get("base").consented


@pytest.mark.parametrize("what", ["wrong", "cut", "none", "other"])
def test_a_backup_that_does_not_open(run: Any, tmp_path: Path, password_file: Path, what: str) -> None:
    run("key", "new", "agence", "--password-file", password_file)
    file = tmp_path / "b"
    run("backup", "create", file, "--password-file", password_file)
    match what:
        case "wrong":
            password_file.write_text("another password\n")
        case "cut":
            file.write_bytes(file.read_bytes()[:-20])
        case "none":
            file.unlink()
        case _:
            file.write_bytes(b"PK\x03\x04" * 100)
    code, _out, err = run("backup", "restore", file, "--password-file", password_file, "--yes")
    assert code == 1
    said = {"wrong": "password is wrong", "cut": "cut short", "none": "no such file", "other": "no backup"}
    assert said[what] in err


# --- the question before anything is sent


def prepared(**more: Any) -> Prepared:
    network = Networks.load(Home(Path("/nonexistent"))).get("practice")
    intent = known_calls.intent(network, "PublisherRegistry", "create", "Agence X\u202e", "x.example", NOBODY)
    return Prepared(
        network, intent, "0x" + "5a" * 20, 120_000, 100_000, Fees(10**9, 10**6, 2 * 10**9), 10**18, 5, **more
    )


def test_the_question_shows_what_and_its_consequences(capsys: pytest.CaptureFixture[str]) -> None:
    assert confirm.confirm(prepared(), yes=True)
    said = capsys.readouterr()
    assert said.out == "", "standard output is for answers"
    for words in (
        "A new publisher called “Agence X\\u202e”",
        "Public for ever",
        "Can be undone",
        "at most",
        "practice",
    ):
        assert words in said.err
    assert "\u202e" not in said.err


@pytest.mark.parametrize(
    ("answer", "agreed"),
    [("y\n", True), ("YES\n", True), ("\n", False), ("n\n", False), ("yeah\n", False), ("", False), (" y \n", True)],
)
def test_only_a_yes_is_a_yes(typed: Any, answer: str, *, agreed: bool) -> None:
    typed(answer)
    assert confirm.confirm(prepared(), yes=False) is agreed


def test_without_a_terminal_the_answer_is_no(capsys: pytest.CaptureFixture[str]) -> None:
    assert not confirm.confirm(prepared(), yes=False)
    assert "--yes" in capsys.readouterr().err


def test_what_went_wrong_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert confirm.failed(ChainError(ChainTrouble.LOCKED)) == 1
    assert capsys.readouterr().err == "The key is locked.\n"
