import dataclasses
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from touchstone.paths import Home
from touchstone.report import Message
from touchstone.settings import RANGES, Settings, SettingsError, Theme, load, save
from touchstone.store.files import Trouble


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def write(home, text):
    home.root.mkdir(parents=True, exist_ok=True)
    home.settings.write_bytes(text if isinstance(text, bytes) else text.encode())


def test_without_a_file_the_defaults_hold_and_nothing_is_written(home):
    assert load(home) == Settings()
    assert load(home).notices == ()
    assert not home.root.exists()


def test_nothing_is_collected_to_be_recorded_unless_it_was_chosen(home):
    assert load(home).record_outputs == 0
    for value in ("true", "-1", "2000000000000", '"2026-11-28"', "1.5"):
        write(home, f"record_outputs = {value}\n")
        assert load(home).record_outputs == 0  # no moment that this version understands


def test_what_is_saved_is_loaded(home):
    chosen = Settings(
        theme=Theme.CONTRAST,
        language="de",
        history=False,
        first_run_done=True,
        report_folder="/tmp/a b/ö\n",
        sample_folder="C:\\samples",
        wall_seconds=60,
        memory_mb=2048,
        parallel=3,
        record_outputs=1_790_000_000,
    )
    assert save(home, chosen) == chosen
    assert load(home) == chosen


def test_the_file_is_for_this_user_only(home):
    save(home, Settings(language="de"))
    assert stat.S_IMODE(home.settings.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.root.stat().st_mode) == 0o700


def test_only_what_was_chosen_is_written_so_that_later_defaults_can_change(home):
    save(home, Settings(theme=Theme.DARK))
    assert home.settings.read_text() == 'theme = "dark"\n'


def test_a_choice_can_be_taken_back_to_its_default(home):
    save(home, Settings(theme=Theme.DARK))
    save(home, dataclasses.replace(load(home), theme=Theme.SYSTEM))
    assert load(home).theme is Theme.SYSTEM


def test_two_windows_do_not_undo_each_other(home):
    one, other = load(home), load(home)
    save(home, dataclasses.replace(one, theme=Theme.DARK))
    now = save(home, dataclasses.replace(other, language="fr"))
    assert (now.theme, now.language) == (Theme.DARK, "fr")
    assert load(home) == now


def test_what_a_newer_version_wrote_stays_in_the_file(home):
    write(home, 'theme = "sepia"\nstake = "base"\n[seats]\ncount = 3\n')
    loaded = load(home)
    assert loaded == Settings()
    assert loaded.notices == (Message("settings-value", {"untrusted_key": "theme"}),)
    save(home, dataclasses.replace(loaded, history=False))
    text = home.settings.read_text()
    assert 'theme = "sepia"' in text
    assert 'stake = "base"' in text
    assert "[seats]\ncount = 3" in text
    assert load(home).history is False


@pytest.mark.parametrize(
    "line",
    [
        "theme = 3",
        'history = "yes"',
        "history = 1",
        "wall_seconds = 4",
        "wall_seconds = 3601",
        "wall_seconds = 30.0",
        "wall_seconds = true",
        "parallel = -1",
        'language = "a\\u0000b"',
        "report_folder = []",
        f'sample_folder = "{"x" * 5000}"',
    ],
)
def test_a_value_that_makes_no_sense_gives_way_to_the_default(home, line):
    write(home, f'{line}\n[other]\nkept = "yes"\n')
    loaded = load(home)
    assert loaded == Settings()
    assert [notice.params["untrusted_key"] for notice in loaded.notices] == [line.split()[0]]


@pytest.mark.parametrize("key", sorted(RANGES))
def test_the_ends_of_each_range_are_allowed(home, key):
    for value in RANGES[key]:
        write(home, f"{key} = {value}\n")
        assert getattr(load(home), key) == value
        assert load(home).notices == ()


DAMAGED = {
    "not toml": b"theme = = dark\n",
    "not text": b"\xff\xfe\x00",
    "binary": bytes(range(256)),
    "cut off": b'theme = "da',
    "huge": b"#" * 2_000_000,
    "deep": b"a = " + b"[" * 50_000,
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_kept_aside(home, data):
    write(home, data)
    assert load(home) == Settings()
    write(home, data)
    loaded = load(home)
    assert loaded.notices == (Message("settings-damaged", {"untrusted_kept": "settings.toml.damaged-2"}),)
    assert [path.read_bytes() for path in sorted(home.root.glob("settings.toml.damaged-*"))] == [data, data]
    save(home, dataclasses.replace(loaded, theme=Theme.DARK))
    assert load(home).theme is Theme.DARK


def test_a_file_damaged_while_the_window_is_open_is_kept_aside_on_saving(home):
    loaded = load(home)
    write(home, b"\xff")
    save(home, dataclasses.replace(loaded, theme=Theme.DARK))
    assert home.settings.with_name("settings.toml.damaged-1").read_bytes() == b"\xff"
    assert load(home).theme is Theme.DARK


@pytest.mark.skipif(sys.platform == "win32", reason="users here are POSIX")
def test_a_damaged_file_that_cannot_be_moved_stays_and_is_not_overwritten():
    folder = Path(tempfile.mkdtemp())
    home = Home(folder / "home")
    write(home, b"\xff")
    folder.chmod(0o755)
    home.root.chmod(0o555)
    script = textwrap.dedent("""
        import os, sys, tomllib, tomli_w, fcntl, dataclasses, touchstone.report
        from pathlib import Path
        from touchstone.paths import Home
        from touchstone.settings import SettingsError, load, save
        if os.getuid() == 0:
            os.setuid(65534)
        home = Home(Path(sys.argv[1]))
        loaded = load(home)
        print(*[(note.code, note.params["why"]) for note in loaded.notices])
        try:
            save(home, dataclasses.replace(loaded, language="de"))
        except SettingsError as error:
            print(error.code)
    """)
    ran = subprocess.run(
        [sys.executable, "-c", script, home.root], capture_output=True, text=True, timeout=60, check=True
    )
    assert ran.stdout.splitlines() == ["('settings-unreadable', 'damaged')", "read-only"]
    home.root.chmod(0o755)
    assert home.settings.read_bytes() == b"\xff"
    shutil.rmtree(folder)


def test_a_pipe_in_its_place_neither_blocks_nor_vanishes(home):
    home.root.mkdir()
    os.mkfifo(home.settings)
    assert [notice.code for notice in load(home).notices] == ["settings-damaged"]
    assert home.settings.with_name("settings.toml.damaged-1").is_fifo()


def test_a_link_stays_a_link(home, tmp_path):
    write(home, "")
    target = tmp_path / "dotfiles.toml"
    target.write_text('language = "de"\n')
    home.settings.unlink()
    home.settings.symlink_to(target)
    save(home, dataclasses.replace(load(home), theme=Theme.DARK))
    assert home.settings.is_symlink()
    assert target.read_text() == 'language = "de"\ntheme = "dark"\n'


def test_a_home_that_cannot_be_made_is_said_and_nothing_else_fails(tmp_path):
    (tmp_path / "file").write_text("")
    home = Home(tmp_path / "file" / "home")
    assert load(home) == Settings()
    with pytest.raises(SettingsError) as refused:
        save(home, Settings(theme=Theme.DARK))
    assert refused.value.code is Trouble.FAILED


def test_a_folder_whose_name_is_no_text_is_refused_not_mangled(home):
    save(home, Settings(theme=Theme.DARK))
    with pytest.raises(SettingsError):
        save(home, dataclasses.replace(load(home), report_folder="/tmp/\udcff"))
    assert load(home) == Settings(theme=Theme.DARK)


def test_saves_from_many_processes_at_once_all_stay(home):
    script = textwrap.dedent("""
        import dataclasses, sys
        from pathlib import Path
        from touchstone.paths import Home
        from touchstone.settings import load, save
        home = Home(Path(sys.argv[1]))
        for value in range(10, 20):
            save(home, dataclasses.replace(load(home), **{sys.argv[2]: value if sys.argv[2] != "language" else "de"}))
    """)
    keys = ["wall_seconds", "parallel", "language"]
    running = [subprocess.Popen([sys.executable, "-c", script, home.root, key]) for key in keys]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert load(home) == Settings(wall_seconds=19, parallel=19, language="de")
    assert sorted(path.name for path in home.root.iterdir()) == ["settings.lock", "settings.toml"]


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
def test_a_full_disk_leaves_the_old_file_and_no_litter(home):
    save(home, Settings(theme=Theme.DARK))
    script = textwrap.dedent("""
        import dataclasses, resource, signal, sys, tomli_w
        from pathlib import Path
        from touchstone.paths import Home
        from touchstone.settings import SettingsError, load, save
        home = Home(Path(sys.argv[1]))
        loaded = load(home)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8, 8))
        try:
            save(home, dataclasses.replace(loaded, language="de"))
        except SettingsError as error:
            raise SystemExit(0 if error.code == "full" else str(error.code))
        raise SystemExit("saved")
    """)
    ran = subprocess.run(
        [sys.executable, "-c", script, home.root], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert load(home) == Settings(theme=Theme.DARK)
    assert sorted(path.name for path in home.root.iterdir()) == ["settings.lock", "settings.toml"]


@given(st.binary(max_size=200))
@hypothesis_settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_give_settings_and_are_never_lost(home, data):
    for old in home.root.glob("*"):
        old.unlink()
    write(home, data)
    loaded = load(home)
    assert isinstance(loaded, Settings)
    kept = [path.read_bytes() for path in home.root.iterdir()]
    assert kept == [data]
