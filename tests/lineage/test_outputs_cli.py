"""`touchstone model outputs`, as it is typed: a picture checked, what was found recorded, verified by a stranger."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.detect import nets
from tests.detect.test_detectors import LENIENT

from touchstone.chain import keystore
from touchstone.cli import main as command_line
from touchstone.paths import Home

WORK = 2**4
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a key and a publisher, two pictures that were checked there, and the detector that was asked."""
    folder = tmp_path_factory.mktemp("outputs")
    (folder / "password").write_text("correct horse battery\n")
    (folder / "password").chmod(0o600)
    nets.install(folder / "models", calibration=LENIENT)
    for level in (30, 220):
        grain = np.random.default_rng(level).integers(-6, 7, (300, 400, 3))
        Image.fromarray(np.clip(level + grain, 0, 255).astype(np.uint8)).save(folder / f"{level}.png")
    before = keystore.new.__defaults__
    keystore.new.__defaults__ = (WORK,)
    sends = ["--password-file", str(folder / "password"), "--yes"]
    patched = pytest.MonkeyPatch()
    patched.setenv("TOUCHSTONE_MODELS", str(folder / "models"))
    try:
        for arguments in (
            ["publisher", "create", "Agence X", *sends],
            ["check", str(folder / "30.png"), str(folder / "220.png"), "--json"],
        ):
            code = command_line.main(["--home", str(folder / "home"), *arguments], lambda _home: 99)
            assert code == 0
    finally:
        keystore.new.__defaults__ = before
        patched.undo()
    return folder


@pytest.fixture
def folder(begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(begun, tmp_path / "desk")
    monkeypatch.setenv("TOUCHSTONE_MODELS", str(tmp_path / "desk" / "models"))
    return tmp_path / "desk"


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object, sends: bool = False, home: str = "home") -> tuple[int, str, str]:
        more = ["--password-file", folder / "password", "--yes"] if sends else []
        code = command_line.main(
            [str(a) for a in ("--home", folder / home, "model", "outputs", *arguments, *more)], lambda _home: 99
        )
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return call


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_whole_path(run: Run, folder: Path) -> None:
    bright = folder / "220.png"
    # What would be recorded, without writing anything.
    code, out, err = run("record", "--dry-run", "--json")
    planned = json.loads(out)
    assert code == 0, err
    assert len(planned["outputs"]) == 2
    assert not (folder / "home" / "outputs").exists() or not list((folder / "home" / "outputs").glob("*.outputs"))
    # In earnest.
    code, out, err = run("record", "--json", sends=True)
    assert code == 0, err
    assert "SHA-256 of your files" in err
    assert "not erased" in err
    (listed,) = json.loads(out)["recorded"]
    assert (listed["count"], listed["state"], listed["root"]) == (2, "recorded", planned["root"])
    assert Path(listed["list"]).exists()
    # Once is enough.
    code, out, err = run("record", sends=True)
    assert (code, out) == (0, "Nothing waits to be recorded.\n")
    # What is there of a file.
    proof = folder / "proof.json"
    code, out, err = run("verify", bright, "--proof", proof, "--json")
    assert code == 0, err
    (found,) = json.loads(out)["outputs"]
    assert (found["witness"], found["decision"], found["result"]) == ("ai-image", "signs", "verified")
    assert (found["proof_verified"], found["contract_verified"], found["holds"]) == (True, True, True)
    assert found["manifest"] == sha256(folder / "models" / "ai-image" / "manifest.json")
    assert found["media"] == sha256(bright)
    # A stranger who has the proof and the ledger, and neither the list nor the mirror.
    stranger = folder / "stranger"
    stranger.mkdir()
    shutil.copyfile(folder / "home" / "practice-ledger.sqlite3", stranger / "practice-ledger.sqlite3")
    code, out, err = run("verify", "--proof", proof, home="stranger")
    assert code == 0, err
    assert "Proved" in out
    assert sha256(bright) in out
    assert "by the address 0x" in out
    edited = proof.read_text().replace('"decision": 1', '"decision": 0')
    proof.write_text(edited)
    code, out, _err = run("verify", "--proof", proof, "--json", home="stranger")
    assert (code, json.loads(out)["outputs"][0]["result"]) == (1, "not-in-list")
    # With the list instead.
    code, out, err = run("verify", sha256(bright), "--list", listed["list"], "--json", home="stranger")
    assert (code, json.loads(out)["outputs"][0]["result"]) == (0, "verified")
    # Withdrawn: it stays known, and no longer stands.
    code, out, err = run("withdraw", listed["root"], "--reason", "error", "--json", sends=True)
    assert (code, json.loads(out)["reason"]) == (0, "error")
    code, out, _err = run("verify", bright)
    assert code == 1
    assert "withdrawn" in out
    code, _out, err = run("withdraw", listed["root"], sends=True)
    assert code == 1
    assert "already" in err
    code, out, _err = run("list", "--json")
    (shown,) = json.loads(out)["lists"]
    assert (shown["root"], bool(shown["withdrawn"]), shown["yours"]) == (listed["root"], True, True)
    assert run("list")[0] == 0


def test_a_file_is_declared_as_made_by_a_model(run: Run, folder: Path) -> None:
    made = folder / "made"
    made.mkdir()
    for name in ("a.png", "b.png", "twin.png"):
        (made / name).write_bytes(b"picture a" if name != "b.png" else b"picture b")
    declare = ("declare", made, "--model", folder / "models" / "ai-image", "--publisher", "1")
    code, out, _err = run(*declare, "--dry-run", "--json")
    assert [one["decision"] for one in json.loads(out)["outputs"]] == ["made", "made"]
    code, out, err = run(*declare, "--json", sends=True)
    assert code == 0, err
    assert "No model with that manifest is registered" in err
    (listed,) = json.loads(out)["recorded"]
    assert (listed["count"], listed["kind"], listed["publisher"]) == (2, "declared", 1)
    code, out, err = run("verify", made / "b.png", "--model", "ai-image")
    assert code == 0, err
    assert "made by this model" in out
    assert "Agence X" in out
    code, out, err = run(*declare, sends=True)
    assert (code, out) == (0, "Nothing waits to be recorded.\n")
    assert "declared them" in err
    assert run("verify", made / "b.png", "--model", "ab" * 32)[0] == 1
    assert run("verify", made / "b.png", "--signer", "0x" + "ab" * 20)[0] == 1
    assert run("verify", made / "b.png", "--offline")[0] == 0


def test_a_report_in_a_file_is_as_good_as_the_history(run: Run, folder: Path, capsys: Any) -> None:
    code = command_line.main(
        ["--home", str(folder / "home"), "check", str(folder / "220.png"), "--json"], lambda _home: 99
    )
    report = folder / "report.json"
    report.write_text(capsys.readouterr().out)
    assert code == 0
    code, out, err = run("record", "--report", report, "--dry-run", "--json", home="elsewhere")
    assert code == 0, err
    (one,) = json.loads(out)["outputs"]
    assert (one["media"], one["decision"]) == (sha256(folder / "220.png"), "signs")
    code, out, err = run("record", "--report", report, "--json", sends=True)
    assert json.loads(out)["recorded"][0]["count"] == 1
    code, out, err = run("record", "--since", "2100-01-01", sends=True)
    assert out == "Nothing waits to be recorded.\n"


def test_what_a_detector_said_can_be_recorded_when_it_is_gone(run: Run, folder: Path) -> None:
    manifest = sha256(folder / "models" / "ai-image" / "manifest.json")
    shutil.rmtree(folder / "models")
    code, out, err = run("record", "--dry-run", "--json")
    assert code == 0, err
    assert [one["manifest"] for one in json.loads(out)["outputs"]] == [manifest] * 2


def test_without_a_key_one_is_made_for_practice(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keystore.new, "__defaults__", (WORK,))
    (folder / "x.png").write_bytes(b"x")
    code, out, err = run("declare", folder / "x.png", "--model", "ab" * 32, sends=True, home="fresh")
    assert code == 0, err
    assert "There is no key yet" in err
    assert "recorded under" in out
    assert len(keystore.keys(Home(folder / "fresh"))) == 1


def test_nobody_to_ask_is_no(run: Run, folder: Path) -> None:
    code, _out, err = run("record", "--password-file", folder / "password")
    assert code == 1
    assert "--yes" in err
    assert list((folder / "home" / "outputs").glob("*.outputs")) == []
    code, out, _err = run("list")
    assert "2 findings" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("record", "--since", "yesterday"), "not a date"),
        (("record", "--report", "{folder}/password"), "no report"),
        (("record", "--report", "{folder}/none"), "no report"),
        (("record", "--report", "{folder}"), "no report"),
        (("record", "--uri", "x" * 513), "512"),
        (("declare", "{folder}/none.png", "--model", "ab" * 32), "none.png"),
        (("declare", "{folder}/220.png", "--model", "nobody"), "no model"),
        (("declare", "{folder}/220.png", "--model", "a\0b"), "no model"),
        (("declare", "{folder}/empty", "--model", "ab" * 32), "no files"),
        (("verify",), "Name a file"),
        (("verify", "{folder}/none.png"), "none.png: there is no such file"),
        (("verify", "{folder}/220.png", "--list", "{folder}/password"), "no list of outputs"),
        (("verify", "{folder}/220.png", "--list", "{folder}/none"), "cannot be read"),
        (("verify", "{folder}/220.png", "--list", "{folder}/unrecorded"), "Nobody recorded"),
        (("verify", "{folder}/220.png", "--signer", "0x12"), "not an address"),
        (("verify", "{folder}/220.png", "--proof", "{folder}/out.json"), "nothing here"),
        (("verify", "--proof", "{folder}/password"), "no proof"),
        (("verify", "--proof", "{folder}/none"), "no proof"),
        (("withdraw", "nonsense"), "no root"),
        (("withdraw", "ab" * 32), "None of your keys"),
    ],
)
def test_bad_input_ends_in_a_sentence(run: Run, folder: Path, arguments: tuple[str, ...], said: str) -> None:
    (folder / "empty").mkdir()
    (folder / "unrecorded").write_bytes(b"touchstone-outputs/1\n" + f"{'ab' * 32} {'cd' * 32} x - 3 1\n".encode())
    sends = arguments[0] in {"record", "declare", "withdraw"}
    code, out, err = run(*(a.format(folder=folder) for a in arguments), sends=sends)
    assert code == 1
    assert said in err
    assert out == ""
    assert not (folder / "out.json").exists()


def test_a_list_for_which_another_was_recorded_is_refused(run: Run, folder: Path) -> None:
    code, out, _err = run("record", "--json", sends=True)
    (listed,) = json.loads(out)["recorded"]
    path = Path(listed["list"])
    lines = path.read_bytes().splitlines(keepends=True)
    (folder / "swapped").write_bytes(b"".join([lines[0], *reversed(lines[1:])]))
    code, out, err = run("verify", folder / "220.png", "--list", folder / "swapped")
    assert code == 1
    assert "Nobody recorded" in err


def test_a_time_that_cannot_be_is_said(run: Run, folder: Path, capsys: Any) -> None:
    command_line.main(["--home", str(folder / "home"), "check", str(folder / "220.png"), "--json"], lambda _home: 99)
    document = json.loads(capsys.readouterr().out)
    report = folder / "report.json"
    report.write_text(json.dumps({**document, "created": "2100-01-01T00:00:00+00:00"}))
    assert run("record", "--report", report, sends=True)[0] == 0
    code, out, _err = run("verify", folder / "220.png", "--json")
    (found,) = json.loads(out)["outputs"]
    assert (code, found["result"], found["clock_ahead"]) == (0, "verified", True)
    assert "a clock was wrong" in run("verify", folder / "220.png")[1]


def test_killed_whenever_it_goes_on_and_records_once(run: Run, folder: Path) -> None:
    """A process of its own, killed without warning, until one comes to its end."""
    command = [
        sys.executable, "-m", "touchstone", "--home", folder / "home", "model", "outputs", "record", "--yes",
        "--password-file", folder / "password",
    ]  # fmt: skip
    for delay in (0.4, 0.6, 0.8, 1.0, 1.3):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(delay)
            process.kill()
    assert run("record", sends=True)[0] == 0
    code, out, _err = run("list", "--json")
    shown = json.loads(out)
    assert (code, [one["count"] for one in shown["lists"]]) == (0, [2])
    assert (shown["unfinished"], shown["waiting"]) == ([], 0)
    code, out, _err = run("verify", folder / "220.png", "--json")
    assert [one["result"] for one in json.loads(out)["outputs"]] == ["verified"]
