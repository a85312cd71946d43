"""`touchstone publisher`, `sign`, `register`, `withdraw`, and signed reports, as they are typed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests import making
from tests.making import Authority

from touchstone.chain import keystore
from touchstone.cli import main as command_line
from touchstone.paths import Home
from touchstone.registry import domain
from touchstone.registry.domain import Wanted

WORK = 2**4
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a key and a publisher, made by the command that a new user would type."""
    folder = tmp_path_factory.mktemp("begun")
    (folder / "password").write_text("correct horse battery\n")
    (folder / "password").chmod(0o600)
    before = keystore.new.__defaults__
    keystore.new.__defaults__ = (WORK,)
    try:
        code = command_line.main(
            ["--home", str(folder / "home"), "publisher", "create", "Agence X", "--domain", "Agence-X.example",
             "--password-file", str(folder / "password"), "--yes"],
            lambda _home: 99,
        )  # fmt: skip
    finally:
        keystore.new.__defaults__ = before
    assert code == 0
    return folder


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> Path:
    shutil.copytree(begun, tmp_path / "desk")
    return tmp_path / "desk"


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object, sends: bool = False) -> tuple[int, str, str]:
        more = ["--password-file", folder / "password", "--yes"] if sends else []
        code = command_line.main([str(a) for a in ("--home", folder / "home", *arguments, *more)], lambda _home: 99)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return call


@pytest.fixture
def media(folder: Path) -> list[Path]:
    made = {"a.jpg": making.jpeg(1, (320, 240)), "b.png": making.png(2, (320, 240)), "c.txt": b"text"}
    (folder / "in").mkdir()
    for name, data in made.items():
        (folder / "in" / name).write_bytes(data)
    return [folder / "in" / name for name in made]


def test_the_whole_path(run: Run, folder: Path, media: list[Path]) -> None:
    code, out, _err = run("publisher", "show", "--json")
    (shown,) = json.loads(out)["publishers"]
    assert code == 0
    assert (shown["publisher"], shown["untrusted_name"], shown["untrusted_domain"]) == (
        1,
        "Agence X",
        "agence-x.example",
    )
    assert shown["controls"]
    assert shown["domain_state"]["standing"] == "never"
    # Dry run: cost, and nothing else.
    register = ("register", folder / "in", "--batch", "--sign", "--practice", "--out", folder / "out")
    code, out, _err = run(*register, "--dry-run", "--json")
    planned = json.loads(out)
    assert code == 0
    assert [t["intent"] for t in planned["transactions"]] == ["media-register-root"]
    assert int(planned["transactions"][0]["most_wei"]) > 0
    assert not (folder / "out").exists()
    # And then in earnest.
    code, out, err = run(*register, "--source-type", "captured", "--json", sends=True)
    done = json.loads(out)
    assert code == 0, err
    assert "cannot be taken back" in err
    assert [(f["state"], f["why"]) for f in done["files"]] == [("done", None), ("done", None), ("done", "format")]
    first = done["files"][0]
    code, out, _err = run("check", folder / "out" / "a.jpg", "--json")
    assert json.loads(out)["answer"] == "traced"
    assert json.loads(out)["media"]["sha256"] == first["sha256"]
    code, out, _err = run("check", media[2], "--json")
    assert json.loads(out)["answer"] == "registered"
    # What publishing wrote beside them is not published when the folder is named again.
    assert {path.name for path in (folder / "out").iterdir()} > {"a.jpg.touchstone.json"}
    code, out, _err = run("register", folder / "out", "--batch", "--dry-run", "--json")
    assert [Path(f["path"]).name for f in json.loads(out)["files"]] == ["a.jpg", "b.png"]
    # Withdrawn, by the file itself.
    code, out, _err = run("withdraw", media[2], "--reason", "error", "--json", sends=True)
    assert (code, json.loads(out)["reason"]) == (0, "error")
    code, out, _err = run("check", media[2], "--json")
    assert json.loads(out)["answer"] == "doubtful"
    code, _out, err = run("withdraw", media[2], "--reason", "error", sends=True)
    assert code == 1
    assert "withdrawn already" in err
    # Registered again, and replaced by another.
    code, out, _err = run("register", media[2], "--single", sends=True)
    assert code == 0
    code, out, _err = run("withdraw", media[2], "--replacement", first["sha256"], "--json", sends=True)
    assert json.loads(out)["replacement"] == first["sha256"]


def test_keys_come_and_go(run: Run) -> None:
    other = "0x" + "ab" * 20
    code, out, _err = run(
        "publisher", "signer", "add", other, "--roles", "register", "--valid-to", "2030-01-01", sends=True
    )
    assert code == 0
    code, out, _err = run("publisher", "show", "--json")
    signers = json.loads(out)["publishers"][0]["signers"]
    assert [s["address"] for s in signers if not s["mine"]] == [other]
    assert run("publisher", "signer", "compromised", other, "--since", "2026-01-01", sends=True)[0] == 0
    assert run("publisher", "signer", "revoke", other, sends=True)[0] == 0
    assert run("publisher", "rename", "Agence Y", sends=True)[0] == 0
    assert run("publisher", "control", "offer", other, sends=True)[0] == 0
    assert run("publisher", "recovery", "set", other, sends=True)[0] == 0
    assert run("publisher", "control", "accept", sends=True)[0] == 1
    code, out, _err = run("publisher", "show", "1")
    assert "Agence Y" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ("publisher", "signer", "add", "0x12"),
        ("publisher", "signer", "add", "0x" + "ab" * 20, "--roles", "everything"),
        ("publisher", "signer", "add", "0x" + "ab" * 20, "--valid-to", "tomorrow"),
        ("publisher", "domain", "claim", "not a domain"),
        ("publisher", "create", ""),
        ("publisher", "create", "x" * 65),
        ("publisher", "create", "Y", "--domain", "localhost"),
        ("publisher", "create", "Y", "--recovery", "nobody"),
        ("register", "none.jpg", "--publisher", "77"),
        ("withdraw", "ab" * 32),
        ("withdraw", "none.jpg"),
    ],
)
def test_what_is_refused_is_said_in_a_sentence(run: Run, folder: Path, arguments: tuple[str, ...]) -> None:
    code, out, err = run(*arguments, sends=True)
    assert (code, out) == (1, "") or "not done" in out
    assert code == 1
    assert err.strip() or "not done" in out


def test_names_that_look_like_others_are_doubted(run: Run) -> None:
    _code, _out, err = run("publisher", "create", "Аgence X", "--domain", "agеnce-x.example", sends=True)
    assert "mixes letters of different scripts" in err
    assert "It can be taken for “Agence X”, which is publisher 1" in err
    assert "It can be taken for “agence-x.example”" in err


def test_nobody_is_asked_without_a_terminal(run: Run, media: list[Path], folder: Path) -> None:
    code, _out, err = run("register", media[0], "--password-file", folder / "password")
    assert code == 1
    assert "--yes" in err
    code, out, _err = run("register", media[0], "--json", sends=True)  # the same again goes on where it was
    assert code == 0
    assert json.loads(out)["job"] == 1
    code, _out, err = run("register", "--resume", sends=True)
    assert code == 1
    assert "Nothing was interrupted" in err


def test_a_wrong_password(run: Run, media: list[Path], folder: Path) -> None:
    wrong = folder / "wrong"
    wrong.write_text("not the password")
    wrong.chmod(0o600)
    code, _out, err = run("register", media[0], "--password-file", wrong, "--yes")
    assert code == 1
    assert "password" in err


class TestSign:
    def test_with_a_certificate(self, run: Run, folder: Path, media: list[Path]) -> None:
        leaf = Authority.create().leaf("Agence X")
        (folder / "chain.pem").write_text(leaf.chain)
        (folder / "key.pem").write_text(leaf.key)
        command = (
            "sign",
            *media,
            "--out",
            folder / "out",
            "--chain",
            folder / "chain.pem",
            "--key",
            folder / "key.pem",
        )
        (folder / "key.pem").chmod(0o644)
        code, _out, err = run(*command)
        assert code == 1
        assert "chmod 600" in err
        (folder / "key.pem").chmod(0o600)
        code, out, err = run(*command, "--json")
        assert code == 1  # one of the three cannot carry credentials
        assert "c.txt: credentials cannot be written" in err
        assert "no time stamp" in err
        signed = [json.loads(line) for line in out.splitlines()]
        assert [Path(one["path"]).name for one in signed] == ["a.jpg", "b.png"]
        code, _out, err = run(*command)
        assert "a file of that name is there already" in err

    @pytest.mark.parametrize(
        "arguments",
        [(), ("--chain", "x.pem"), ("--chain", "x.pem", "--key", "y.pem"), ("--practice", "--tsa", "nowhere")],
    )
    def test_nobody_to_sign(self, run: Run, folder: Path, media: list[Path], arguments: tuple[str, ...]) -> None:
        code, out, err = run("sign", media[0], "--out", folder / "out", *arguments)
        assert (code, out) == (1, "")
        assert err
        assert not (folder / "out").exists()

    def test_practice_is_for_practice(self, run: Run, folder: Path, media: list[Path]) -> None:
        code, _out, err = run("--network", "base", "sign", media[0], "--out", folder / "out", "--practice")
        assert code == 1
        assert "practice network only" in err


class TestDomain:
    def test_proved(self, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        code, out, _err = run("publisher", "domain", "prove", "--json", "--out", folder / "web")
        wanted = json.loads(out)
        assert code == 0
        assert json.loads((folder / "web" / "did.json").read_bytes()) == wanted["did"]
        assert wanted["dns"]["text"] in (folder / "web" / "dns.txt").read_text()
        monkeypatch.setattr(
            domain, "in_dns", lambda s, _r=None: Wanted.FOUND if s.record == wanted["dns"]["text"] else Wanted.ABSENT
        )
        code, out, err = run("publisher", "domain", "check", "--json")
        assert (code, json.loads(out)["standing"], json.loads(out)["way"]) == (0, "verified", "dns")
        assert "learn that somebody" in err
        code, out, _err = run("publisher", "show")
        assert "agence-x.example vouches for this publisher" in out

    def test_not_proved(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(domain, "in_dns", lambda _s, _r=None: Wanted.ABSENT)
        monkeypatch.setattr(domain, "in_document", lambda _s, _f=None: Wanted.ABSENT)
        code, out, _err = run("publisher", "domain", "check")
        assert code == 1
        assert "does not vouch" in out


class TestReports:
    def test_signed_and_checked_again(self, run: Run, folder: Path, media: list[Path]) -> None:
        target = folder / "r.json"
        password = ("--password-file", folder / "password")
        assert run("check", media[0], "--report", target, "--sign-as", "practice", *password)[0] == 0
        code, out, _err = run("recheck", target, media[0], "--json")
        signed = json.loads(out)["signature"]
        assert (code, signed["fit"], signed["publisher"]) == (0, "fits", 1)
        target.write_text(target.read_text().replace("no-proof", "upheld"))
        code, out, err = run("recheck", target, media[0])
        assert code == 1
        assert "does not fit" in out
        assert "not as it was signed" in err

    @pytest.mark.parametrize(("name", "key"), [("r.html", "practice"), ("r.json", "nobody")])
    def test_what_cannot_be_signed(self, run: Run, folder: Path, media: list[Path], name: str, key: str) -> None:
        code, out, err = run("check", media[0], "--report", folder / name, "--sign-as", key)
        assert (code, out) == (1, "")
        assert err
        assert not (folder / name).exists()

    def test_a_wrong_password_writes_nothing(self, run: Run, folder: Path, media: list[Path]) -> None:
        (folder / "wrong").write_text("something else")
        (folder / "wrong").chmod(0o600)
        command: tuple[Any, ...] = ("check", media[0], "--report", folder / "r.json", "--sign-as", "practice")
        code, _out, err = run(*command, "--password-file", folder / "wrong")
        assert code == 1
        assert "password" in err
        assert not (folder / "r.json").exists()


def test_homes_are_told_apart(folder: Path) -> None:
    assert keystore.keys(Home(folder / "home"))[0].name == "practice"
