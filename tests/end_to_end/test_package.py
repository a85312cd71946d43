"""The one-folder application: built, moved elsewhere, and used without anything of the repository."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.making import jpeg

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(shutil.which("objdump") is None, reason="building needs binutils"),
]


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The executable of a fresh build, in a folder with a name that needs quoting."""
    subprocess.run([ROOT / "packaging" / "build.sh"], check=True, capture_output=True, timeout=900)
    moved = tmp_path_factory.mktemp("moved") / "a b ü"
    shutil.copytree(ROOT / "dist" / "touchstone", moved, symlinks=True)
    return moved / "touchstone"


def run(program, *arguments, home, timeout=300):
    """Run the application as a desktop would: no virtual environment, no repository, nothing on the path."""
    keep = {name: value for name, value in os.environ.items() if name in {"LANG", "LC_ALL"}}
    environment = {**keep, "PATH": "/usr/bin:/bin", "HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        [program, "--home", home, *arguments],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def test_it_finds_all_well_with_itself(program, tmp_path):
    ran = run(program, "--selftest", home=tmp_path)
    assert (ran.returncode, ran.stdout.count("ok ")) == (0, 16), ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_file_is_checked_in_locked_down_workers(program, tmp_path):
    (tmp_path / "a.jpg").write_bytes(jpeg())
    ran = run(program, "check", "--json", "a.jpg", home=tmp_path)
    assert ran.returncode == 0, ran.stderr
    report = json.loads(ran.stdout)
    assert report["answer"] == "no-proof"
    assert report["media"]["fingerprints"]["pdq"]
    held = {(p["process"], p["limits"], p["filesystem"], p["syscalls"]) for p in report["protection"]}
    assert held == {(True, True, True, True)}


@pytest.mark.parametrize("kind", ["html", "pdf", "json"])
def test_reports_are_written(program, tmp_path, kind):
    (tmp_path / "a.jpg").write_bytes(jpeg())
    ran = run(program, "check", "a.jpg", "--report", f"out.{kind}", home=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / f"out.{kind}").stat().st_size > 500


def test_no_part_of_the_repository_is_needed(program):
    """Nothing in the folder points back to where it was built."""
    for path in program.parent.rglob("*"):
        assert not (path.is_symlink() and str(ROOT) in str(path.readlink())), path
