"""`touchstone trust`, as a person types it."""

from __future__ import annotations

import argparse
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from tests.making import Authority
from tests.unit.test_trust_lists import as_json

from touchstone.cli import trust
from touchstone.paths import Home
from touchstone.trust import https
from touchstone.trust.lists import Slot, TrustStore

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture(scope="module")
def root() -> Authority:
    return Authority.create("Root")


def run(home: Home, *typed: object) -> int:
    parser = argparse.ArgumentParser()
    trust.add_arguments(parser)
    return trust.run(parser.parse_args([str(word) for word in typed]), home)


def run_json(home: Home, capsys: Capture, *typed: object) -> Any:
    capsys.readouterr()
    assert run(home, *typed, "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_without_lists_it_says_what_to_do(home: Home, capsys: Capture) -> None:
    assert run(home, "list") == 0
    assert "touchstone trust update" in capsys.readouterr().out
    assert not home.trust.exists()  # looking makes nothing


def test_import_and_list(home: Home, tmp_path: Path, root: Authority, capsys: Capture) -> None:
    mine, theirs = tmp_path / "mine.pem", tmp_path / "theirs.json"
    mine.write_text(root.pem)
    theirs.write_bytes(as_json(root))
    assert run(home, "import", mine) == 0
    assert run(home, "import", "--as", "official", theirs) == 0
    listed = {one["list"]: one for one in run_json(home, capsys, "list")["lists"]}
    assert listed["yours"]["name"] == "mine.pem"
    assert listed["official"]["issued"] == "2026-01-02T03:04:05Z"
    assert listed["official"]["recognised"] is False
    assert run(home, "list") == 0
    said = capsys.readouterr().out
    assert "Not a release that this version knows" in said
    assert listed["yours"]["sha256"] in said


def test_a_file_that_is_refused_does_not_stop_the_others(
    home: Home, tmp_path: Path, root: Authority, capsys: Capture
) -> None:
    bad, good = tmp_path / "bad.pem", tmp_path / "good.pem"
    bad.write_text("nothing")
    good.write_text(root.pem)
    assert run(home, "import", bad, tmp_path / "missing.pem", tmp_path, good) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 4
    assert "Traceback" not in said
    assert [one.name for one in TrustStore(home.trust).snapshot().lists] == ["good.pem"]


def test_a_key_is_refused_by_name(home: Home, tmp_path: Path, root: Authority, capsys: Capture) -> None:
    path = tmp_path / "all.pem"
    leaf = root.leaf()
    path.write_text(leaf.chain + leaf.key)
    assert run(home, "import", path) == 1
    assert "private key" in capsys.readouterr().err


def test_remove(home: Home, tmp_path: Path, root: Authority, capsys: Capture) -> None:
    path = tmp_path / "mine.pem"
    path.write_text(root.pem)
    run(home, "import", path)
    (one,) = run_json(home, capsys, "list")["lists"]
    assert run(home, "remove", one["sha256"].upper()) == 0
    assert run(home, "remove", one["sha256"]) == 1
    assert not TrustStore(home.trust).snapshot().lists


def test_an_update_without_a_network_says_what_to_do_next(
    home: Home, root: Authority, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_network(*_: object, **__: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(https.socket, "getaddrinfo", no_network)
    TrustStore(home.trust).add(as_json(root), "before.json", Slot.OFFICIAL)
    assert run(home, "update") == 1
    said = capsys.readouterr()
    assert "trust import --as official" in said.err
    assert "https://raw.githubusercontent.com/" in said.err
    assert not said.out
    assert [one.name for one in TrustStore(home.trust).snapshot().lists] == ["before.json"]


def test_a_damaged_list_is_named(home: Home, root: Authority, capsys: Capture) -> None:
    TrustStore(home.trust).add(root.pem.encode(), "mine.pem")
    next(home.trust.glob("*.pem")).write_text("gone")
    assert run(home, "list") == 0
    assert "mine.pem is damaged" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written(home: Home, tmp_path: Path, root: Authority, capsys: Capture) -> None:
    home.root.mkdir()
    home.trust.write_text("a file in its place")
    path = tmp_path / "mine.pem"
    path.write_text(root.pem)
    assert run(home, "import", path) == 1
    assert "could not be written" in capsys.readouterr().err
