"""A window in a home of its own, off the screen; `make test ARGS=tests/ui` with QT_QPA_PLATFORM set shows it."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from touchstone.check.samples import NAMES, make_samples
from touchstone.check.samples_register import register_samples
from touchstone.paths import Home
from touchstone.settings import Settings, save
from touchstone.ui.launch import close_window, open_window
from touchstone.ui.window import MainWindow

PATIENCE = 30_000  # milliseconds: checks run in real processes, on machines that do other things too


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    return ["touchstone", "-style", "fusion"]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


Opener = Callable[..., MainWindow]


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot, home: Home) -> Iterator[Opener]:
    """Opens windows on `home`: `opened(first_run_done=True, theme=Theme.DARK)`. They are closed afterwards."""
    windows: list[MainWindow] = []

    def opener(where: Home = home, **choices: object) -> MainWindow:
        save(where, Settings(**({"first_run_done": True} | choices)))  # type: ignore[arg-type]
        window = open_window(qapp, where)
        window.fill()
        qtbot.waitExposed(window)
        windows.append(window)
        return window

    yield opener
    for window in windows:
        close_window(qapp, window)


@pytest.fixture
def window(opened: Opener) -> MainWindow:
    """A window whose user has seen the first-run cards."""
    return opened()


@dataclass(frozen=True)
class Samples:
    """The sample files, by code, and the home that knows them."""

    home: Home
    files: dict[str, Path]


@pytest.fixture(scope="session")
def made_samples(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Samples:
    """Made, and registered for practice, once for all test processes: drawing and signing them takes seconds."""
    base = tmp_path_factory.getbasetemp()
    root = (base if worker_id == "master" else base.parent) / "samples"
    root.mkdir(exist_ok=True)
    home, files = Home(root / "home"), root / "files"
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.samples.exists():
            register_samples(home, make_samples(home, files, readme="").files)
    return Samples(home, {code: files / name for code, name in NAMES.items()})


@pytest.fixture
def samples(made_samples: Samples, home: Home) -> Samples:
    """The samples, known in `home`."""
    shutil.copytree(made_samples.home.root, home.root, dirs_exist_ok=True)
    return Samples(home, made_samples.files)


@pytest.fixture(scope="session")
def made_publisher(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Home:
    """A home with a publisher on its practice ledger; made once for all test processes."""
    from tests.ui.publishing import make_publisher

    base = tmp_path_factory.getbasetemp()
    root = (base if worker_id == "master" else base.parent) / "publisher"
    root.mkdir(exist_ok=True)
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "made").exists():
            make_publisher(Home(root / "home"))
            (root / "made").touch()
    return Home(root / "home")


@pytest.fixture
def published(made_publisher: Home, home: Home) -> Home:
    """`home`, with publisher 1 of one's own on the practice ledger; the password of its key is `correct horse`."""
    shutil.copytree(made_publisher.root, home.root, dirs_exist_ok=True)
    return home


def check_all(window: MainWindow, qtbot: QtBot, paths: list[Path]) -> None:
    """Check files as if they had been dropped, to the end."""
    window.check_paths(paths)
    runner = window.check.bench.runner
    qtbot.waitUntil(lambda: runner.counts()[1] >= len(paths) and not runner.running(), timeout=PATIENCE)
