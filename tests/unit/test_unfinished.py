"""A restoration that was killed midway is finished by whatever is started next, before it opens anything."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from touchstone import settings as app_settings
from touchstone.chain import networks
from touchstone.chain.networks import Networks
from touchstone.cli import main as command_line
from touchstone.paths import Home
from touchstone.store import backup
from touchstone.store.backup import BackupError, BackupTrouble
from touchstone.store.files import locked

PASSWORD = "correct horse"
WORK = 10
KILLED = """
import os, signal, sys
from pathlib import Path
from touchstone.paths import Home
from touchstone.store import backup
left, real = [int(sys.argv[3])], Path.rename
def rename(self, target):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(self, target)
with backup.opened(Home(Path(sys.argv[1])), Path(sys.argv[2]), "correct horse") as staged:
    Path.rename = rename
    staged.put()
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a home with settings and a network of its own."""
    folder = tmp_path_factory.mktemp("made")
    home = Home(folder / "home")
    app_settings.save(home, app_settings.Settings(language="de"))
    networks.add(home, networks.own("mine", 1234, ("https://a.example",)))
    backup.create(home, folder / "backup", PASSWORD, work=WORK)
    return folder / "backup"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Another home, with other settings and another network."""
    home = Home(tmp_path / "home")
    app_settings.save(home, app_settings.Settings(language="fr"))
    networks.add(home, networks.own("other", 99, ("https://b.example",)))
    return home


def kill(home: Home, made: Path, at: int) -> None:
    """Restore in a process that is killed before its rename of that number."""
    command = [sys.executable, "-c", KILLED, str(home.root), str(made), str(at)]
    done = subprocess.run(command, check=False, capture_output=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert home.restoring.exists()


def program(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "touchstone", "--home", str(home.root), *arguments]
    environment = {**os.environ, "TOUCHSTONE_HOME": str(home.root)}
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, env=environment)


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_any_command_finishes_it_first(home: Home, made: Path, at: int) -> None:
    kill(home, made, at)
    done = program(home, "network", "list", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "mine" in {one["name"] for one in json.loads(done.stdout)["networks"]}
    assert not home.restoring.exists()
    assert app_settings.load(home).language == "de"
    assert "other" not in Networks.load(home).by_name
    (aside,) = home.root.glob("before-restore*")
    assert 'language = "fr"' in (aside / "settings.toml").read_text()
    assert not list(home.root.glob(".restore-*"))


def test_so_does_the_window_before_it_opens(home: Home, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from touchstone import syslibs

    monkeypatch.setattr(syslibs, "has_display", lambda: True)
    monkeypatch.setattr(syslibs, "missing", lambda **_more: [])
    kill(home, made, 2)
    found: list[str] = []

    def open_window(where: Home) -> int:
        found.append(app_settings.load(where).language)
        return 7

    assert command_line.main(["--home", str(home.root)], open_window) == 7
    assert found == ["de"]


def test_help_and_a_home_that_is_not_there_touch_nothing(tmp_path: Path) -> None:
    assert program(Home(tmp_path / "none"), "network", "list").returncode == 0
    assert not (tmp_path / "none").exists()


def test_a_disk_that_refuses_is_told_and_no_command_goes_on(
    home: Home, made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kill(home, made, 1)

    def refuses(_self: Path, _target: Path) -> Path:
        raise OSError(28, "no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuses)
        assert command_line.main(["--home", str(home.root), "network", "list"], lambda _home: 99) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "could not be finished now (the disk is full)" in said.err
    assert home.restoring.exists()
    assert command_line.main(["--home", str(home.root), "network", "list"], lambda _home: 99) == 0


@pytest.mark.parametrize(
    "plan",
    [
        b"",
        b"{",
        b"[1]",
        b"7",
        b'{"folder": ".restore-x", "aside": "a"}',
        b'{"folder": "../x", "aside": "a", "names": []}',
        b'{"folder": "x", "aside": "a", "names": ["/etc/passwd"]}',
        b'{"folder": "x", "aside": "a", "names": [3]}',
        b'{"folder": "x", "aside": "a", "names": 3}',
        b"[" * 100_000,
    ],
)
def test_a_plan_that_makes_no_sense_is_set_aside_and_told_once(home: Home, plan: bytes) -> None:
    home.restoring.write_bytes(plan)
    with pytest.raises(BackupError) as caught:
        backup.finish(home)
    assert caught.value.code is BackupTrouble.DAMAGED
    assert not backup.finish(home)
    assert home.restoring.with_name("restore-under-way.json.damaged").read_bytes() == plan
    assert app_settings.load(home).language == "fr"


def test_another_process_is_waited_for(home: Home, made: Path) -> None:
    kill(home, made, 1)
    with locked(home.root / "backup.lock"):
        script = (
            "from pathlib import Path\nfrom touchstone.paths import Home\nfrom touchstone.store import backup\n"
            "backup._PATIENCE = 0.2\n"
            f"try:\n    backup.finish(Home(Path({str(home.root)!r})))\n"
            "except backup.BackupError as error:\n    print(error.code)\n"
        )
        done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=30)
    assert done.stdout == "busy\n"
    assert backup.finish(home)


def test_it_costs_nothing_where_there_is_nothing_to_finish(home: Home) -> None:
    script = (
        "import sys, json\nfrom touchstone.cli import main\n"
        f"main.main(['--home', {str(home.root)!r}, 'network', 'list'], lambda _home: 99)\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=30)
    assert "touchstone.store.backup" not in json.loads(done.stdout.splitlines()[-1])
    times = []
    for _round in range(50):
        began = time.perf_counter()
        assert command_line._is_whole(home)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.001


def test_the_folder_it_was_staged_in_is_gone(home: Home, made: Path) -> None:
    kill(home, made, 3)
    (staged,) = home.root.glob(".restore-*")
    assert backup.finish(home)
    assert not staged.exists()
