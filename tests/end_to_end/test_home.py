"""The application's own folder in every bad state: the check goes on, what was there is kept, and it is said."""

import contextlib
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.making import jpeg

from touchstone.paths import Home
from touchstone.store.history import History

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="users and limits here are POSIX")


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg())
    return path


def checked(desk, photo, **options):
    """Check the photo; the answer must come whatever state the home is in. Returns what was said beside it."""
    ran = desk.run("check", "--json", photo, **options)
    assert ran.code == 0, ran.stderr
    assert json.loads(ran.stdout)["answer"] == "no-proof"
    return ran.stderr


def piped(photo, home, **options):
    """The same through pipes, which no limit on files and no permission touches. Returns answer and what was said."""
    ran = subprocess.run(
        [sys.executable, "-m", "touchstone", "--home", home, "check", "--json", photo],
        capture_output=True,
        timeout=120,
        text=True,
        check=False,
        **options,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)["answer"], ran.stderr


def kept(desk):
    with contextlib.closing(History(Home(desk.home))) as history:
        assert history.notices == ()
        return history.count()


def test_a_healthy_home_is_not_worth_a_word(desk, photo):
    assert checked(desk, photo) == ""
    assert checked(desk, photo) == ""
    assert kept(desk) == 2


def test_no_history_where_none_is_wanted(desk, photo):
    desk.settings(history=False)
    assert checked(desk, photo) == ""
    assert not (desk.home / "history.sqlite3").exists()


def test_damaged_files_are_kept_aside_and_named(desk, photo):
    desk.home.mkdir()
    (desk.home / "settings.toml").write_bytes(b"\xff = ")
    (desk.home / "history.sqlite3").write_bytes(b"no database" * 500)
    said = checked(desk, photo)
    asides = {path.name: path.read_bytes() for path in desk.home.glob("*.damaged-*")}
    assert sorted(asides.values()) == sorted([b"\xff = ", b"no database" * 500])
    assert all(name in said for name in asides)
    assert kept(desk) == 1
    assert checked(desk, photo) == ""


def test_a_newer_history_is_left_alone(desk, photo):
    desk.home.mkdir()
    with contextlib.closing(sqlite3.connect(desk.home / "history.sqlite3")) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = (desk.home / "history.sqlite3").read_bytes()
    assert "history-v1.sqlite3" in checked(desk, photo)
    assert (desk.home / "history.sqlite3").read_bytes() == before


def test_a_home_that_cannot_be_made(desk, photo):
    desk.home.write_text("a file")
    assert "history" in checked(desk, photo).lower()
    assert desk.home.read_text() == "a file"


def test_a_disk_that_is_full(desk, photo):
    checked(desk, photo)

    def small_files_only():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    answer, said = piped(photo, desk.home, preexec_fn=small_files_only)
    assert answer == "no-proof"
    assert "history" in said.lower()
    assert kept(desk) == 1


def others_reach(path):
    """Whether a user who is nobody in particular can get to a file."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
@pytest.mark.skipif(
    not others_reach(Path(sys.executable)) or not others_reach(Path(__file__)),
    reason="another user cannot reach the interpreter or the program here",
)
def test_a_home_that_cannot_be_written():
    with tempfile.TemporaryDirectory() as folder:
        photo, home = Path(folder, "photo.jpg"), Path(folder, "home")
        photo.write_bytes(jpeg())
        assert piped(photo, home) == ("no-proof", "")
        for path in (photo.parent, home, *home.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        answer, said = piped(photo, home, user=65534, group=65534)
        assert answer == "no-proof"
        assert "history" in said.lower()
        with contextlib.closing(History(Home(home))) as history:
            assert history.count() == 1


def test_many_at_once_keep_every_report(desk, photo):
    """Each starts workers of its own and writes to the same, new, history."""
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda _number: piped(photo, desk.home), range(4)))
    assert said == [("no-proof", "")] * 4
    assert kept(desk) == 4
