"""A web server of this computer, as the tests of fetching have it; and a desk with a publisher and two keys."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.desk_court.bundles import picture
from tests.desk_court.commands import PASSWORD, WORK, Run, typed
from tests.unit.test_trust_https import authority, site

from touchstone.chain import keystore
from touchstone.cli import main as command_line
from touchstone.paths import Home

__all__ = ["authority", "begun", "folder", "run", "site"]


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk with a publisher, a registered picture, and that picture flagged by another key: case 1."""
    folder = tmp_path_factory.mktemp("begun")
    (folder / "password").write_text(PASSWORD + "\n")
    (folder / "password").chmod(0o600)
    home = Home(folder / "home")
    for name in ("practice", "other"):
        keystore.new(home, name, PASSWORD, WORK)
    ours = picture(folder / "in", 1, "ours.jpg")
    signing = ["--key", "practice", "--password-file", str(folder / "password"), "--yes"]
    for arguments in (["publisher", "create", "Agence X"], ["register", str(ours)]):
        assert command_line.main(["--home", str(home.root), *arguments, *signing], lambda _home: 99) == 0
    return folder


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> Path:
    shutil.copytree(begun, tmp_path / "desk")
    return tmp_path / "desk"


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object, key: str = "") -> tuple[int, str, str]:
        more = ["--key", key, "--password-file", folder / "password", "--yes"] if key else []
        return typed(folder / "home", capsys, *arguments, *more)

    return call
