"""`touchstone model absent` and `retire`, as they are typed: from a folder of files to a proof in strange hands."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.lineage import audited

from touchstone.chain import keystore
from touchstone.cli import main as command_line
from touchstone.lineage import proof, verifier

WORK = 2**4
Run = Callable[..., tuple[int, str, str]]


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def type_in(folder: Path, *arguments: object) -> int:
    return command_line.main([str(one) for one in ("--home", folder / "home", *arguments)], lambda _home: 99)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A publisher, and a model that was made from a folder of pictures, sealed and registered: by commands alone."""
    folder = tmp_path_factory.mktemp("begun")
    (folder / "password").write_text("correct horse battery\n")
    (folder / "password").chmod(0o600)
    (folder / "data").mkdir()
    for number in range(40):
        (folder / "data" / f"{number}.jpg").write_bytes(f"picture {number}".encode())
    (folder / "data" / "twice.jpg").write_bytes(b"picture 1")
    whole = audited.make(folder / "whole")
    (folder / "model").mkdir()
    for name in ("model.onnx", "manifest.json"):
        shutil.copy(whole / name, folder / "model" / name)
    signs = ("--password-file", folder / "password", "--yes")
    before = keystore.new.__defaults__
    keystore.new.__defaults__ = (WORK,)
    try:
        assert type_in(folder, "publisher", "create", "Agence X", *signs) == 0
    finally:
        keystore.new.__defaults__ = before
    made = ("--data", folder / "data", "--password-file", folder / "password")
    assert type_in(folder, "model", "record", folder / "model", *made) == 0
    assert type_in(folder, "model", "register", folder / "model", *signs) == 0
    return folder


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(begun, tmp_path / "desk"))


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object, sends: bool = False) -> tuple[int, str, str]:
        more = ("--password-file", folder / "password", "--yes") if sends else ()
        code = type_in(folder, "model", *arguments, *more)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return call


def asked(run: Run, folder: Path, *items: object, **options: Any) -> tuple[int, list[dict[str, Any]]]:
    """What is said of items and the model, as JSON."""
    code, out, err = run("absent", *items, "--model", options.get("model", folder / "model"), "--json")
    assert not err
    return code, [{**one, **one["models"][0]} for one in json.loads(out)["items"]]


def test_a_picture_that_was_not_used(run: Run, folder: Path) -> None:
    (folder / "mine.jpg").write_bytes(b"a picture of mine")
    code, (found,) = asked(run, folder, folder / "mine.jpg")
    assert (code, found["state"], found["why"], found["sets"], found["retired"]) == (0, "absent", None, [], [])
    assert found["item"] == sha(b"a picture of mine")
    assert found["register"] == {
        "data_root": "same",
        "model": found["register"]["model"],
        "publisher": 1,
        "contract_agrees": True,
    }
    raw = proof.from_text(found["proof"])
    assert verifier.absent(bytes.fromhex(found["root"]), found["items"], bytes.fromhex(found["item"]), raw)
    assert found["items"] == 40
    code, out, _err = run("absent", sha(b"a picture of mine").upper(), "--model", folder / "model")
    assert code == 0
    words = " ".join(out.split())
    assert "Not trained on it: it is proved to be none of the 40 items of the record" in words
    assert "publisher 1 (it calls itself Agence X) registered it." in words
    assert "The contract was given the proof, and takes it." in words
    assert "This is about exact bytes." in words


def test_a_picture_that_was_used(run: Run, folder: Path) -> None:
    code, (found,) = asked(run, folder, folder / "data" / "7.jpg")
    assert (code, found["state"], found["register"]["contract_agrees"]) == (1, "present", True)
    raw = proof.from_text(found["proof"])
    assert verifier.present(bytes.fromhex(found["root"]), 40, bytes.fromhex(found["item"]), raw)
    code, out, _err = run("absent", folder / "data" / "7.jpg", "--model", folder / "model")
    assert code == 1
    assert "Trained on it: the record" in out


def test_many_at_once(run: Run, folder: Path) -> None:
    """A folder, a list, and what is named twice, once each; one of them that was used is enough for 1."""
    (folder / "in").mkdir()
    for number in range(3):
        (folder / "in" / f"{number}.png").write_bytes(f"mine {number}".encode())
    (folder / "list.txt").write_text(f"{sha(b'picture 3')}  some.jpg\n{sha(b'mine 1')}\n")
    code, found = asked(run, folder, folder / "in", sha(b"mine 2"))
    assert (code, [one["state"] for one in found]) == (0, ["absent"] * 3)
    code, found = asked(run, folder, folder / "in", "--list", folder / "list.txt")
    assert (code, [one["state"] for one in found]) == (1, ["absent"] * 3 + ["present"])


def test_proofs_for_somebody_else(run: Run, folder: Path, tmp_path: Path) -> None:
    """What is in the folder is enough: the line in the README, run elsewhere."""
    out = tmp_path / "proofs"
    (folder / "mine.jpg").write_bytes(b"a picture of mine")
    code, _out, _err = run(
        "absent", folder / "mine.jpg", folder / "data" / "2.jpg", "--model", folder / "model", "--proof", out
    )
    assert code == 1
    names = {path.name for path in out.iterdir()}
    assert len(names) == 4
    assert names > {"verifier.py", "README.txt"}
    lines = [line for line in (out / "README.txt").read_text().splitlines() if line.startswith("python verifier.py")]
    said = []
    for line in lines:
        command = [sys.executable, "-I", "-S", *line.split()[1:]]
        ran = subprocess.run(command, check=True, capture_output=True, text=True, cwd=out, timeout=30)
        said.append(ran.stdout)
    assert said == ["The proof holds: the item is absent here.\n", "The proof holds: the item is present here.\n"]
    (tmp_path / "file").write_bytes(b"")
    code, _out, err = run("absent", "ab" * 32, "--model", folder / "model", "--proof", tmp_path / "file" / "proofs")
    assert code == 1
    assert "cannot be written" in err


def test_retiring(run: Run, folder: Path) -> None:
    used, mine = folder / "data" / "4.jpg", sha(b"a picture of mine")
    code, out, err = run("retire", used, mine, used, "--reason", "request", "--json", sends=True)
    done = json.loads(out)
    assert code == 0, err
    assert (done["publisher"], done["reason"], done["already"]) == (1, "request", [])
    assert done["retired"] == [sha(b"picture 4"), mine]
    assert len(done["transactions"]) == 1
    words = " ".join(err.split())
    assert "Publisher 1 says that it will train on 2 items no more" in words
    assert "This tells everybody the hash of each item." in words
    assert "can neither be undone nor erased" in words
    # Whoever asks about them is told, whether or not the model had them.
    code, found = asked(run, folder, used, mine)
    assert [(one["state"], one["retired"][0]["publisher"], one["retired"][0]["reason"]) for one in found] == [
        ("present", 1, 1),
        ("absent", 1, 1),
    ]
    code, out, _err = run("absent", mine, "--model", folder / "model")
    assert re.search(
        r"Retired on \d{1,2} \w+ 20\d\d by publisher 1 \(it calls itself Agence X\): somebody whose it is",
        " ".join(out.split()),
    )
    # Once more is no harm; what is new is added.
    code, out, err = run("retire", mine, "--reason", "error", "--json", sends=True)
    assert (code, json.loads(out)["already"], json.loads(out)["transactions"]) == (0, [mine], [])
    code, out, err = run("retire", mine, "cd" * 32, "--reason", "rights", sends=True)
    assert (code, out) == (0, "1 item is retired. 1 was retired before.\n")


def test_more_than_one_transaction_holds(run: Run, folder: Path) -> None:
    (folder / "list.txt").write_text("".join(f"{sha(str(n).encode())}\n" for n in range(501)))
    code, out, err = run("retire", "--list", folder / "list.txt", "--reason", "illegal", "--json", sends=True)
    assert code == 0, err
    assert (len(json.loads(out)["retired"]), len(json.loads(out)["transactions"])) == (501, 2)


def test_nobody_is_asked_so_nothing_is_sent(run: Run, folder: Path) -> None:
    code, out, err = run("retire", "ab" * 32, "--reason", "request", "--password-file", folder / "password")
    assert (code, out) == (1, "")
    assert "Nobody can be asked here" in err
    code, (found,) = asked(run, folder, "ab" * 32)
    assert found["retired"] == []


def test_a_model_without_a_list_or_none_at_all(run: Run, folder: Path) -> None:
    (folder / "model" / "data.items").unlink()
    code, (found,) = asked(run, folder, "ab" * 32)
    assert (code, found["state"], found["why"], found["proof"]) == (1, "unknown", "no-list", None)
    code, (found,) = asked(run, folder, "ab" * 32, model=folder / "nothing")
    assert (code, found["state"], found["why"]) == (1, "unknown", "not-found")
    code, out, _err = run("absent", "ab" * 32, "--model", folder / "model")
    assert code == 1
    assert "Not known. No list of items came with this model" in " ".join(out.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("absent",), "Name a file"),
        (("absent", "not there.jpg"), "cannot be read"),
        (("absent", "ab" * 31), "cannot be read"),
        (("absent", "--list", "not there.txt"), "cannot be read"),
        (("absent", "ab" * 32), "There are no models here"),
        (("retire", "--reason", "error"), "Name a file"),
        (("retire", "not there.jpg", "--reason", "error"), "cannot be read"),
    ],
)
def test_what_cannot_be_done(run: Run, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (1, "")
    assert said in err
    assert len(err.splitlines()) == 1


def test_a_list_with_a_line_that_is_no_hash(run: Run, folder: Path) -> None:
    (folder / "list.txt").write_text(f"{'ab' * 32}\n{'AB' * 32}\n")
    code, _out, err = run("absent", "--list", folder / "list.txt", "--model", folder / "model")
    assert code == 1
    assert "Line 2 of" in err
    assert "no SHA-256 in lower-case" in err


def test_without_a_register(run: Run, folder: Path) -> None:
    """On a computer without a ledger, the files answer alone, and it is said."""
    shutil.rmtree(folder / "home")
    code, (found,) = asked(run, folder, "ab" * 32)
    assert (code, found["state"], found["register"]["data_root"]) == (0, "absent", found["register"]["data_root"])
    assert found["register"]["data_root"] in {"not-registered", "unknown"}
    assert found["register"]["contract_agrees"] is None
    code, out, _err = run("absent", "ab" * 32, "--model", folder / "model")
    assert code == 0
    assert "so this goes by its files alone" in " ".join(out.split())
