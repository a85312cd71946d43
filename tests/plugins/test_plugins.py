"""Detectors added, switched, verified and removed: through the command line, and by what a check then finds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.end_to_end.test_detect import LIMITS, labelled
from tests.plugins import onnx_making as making

from touchstone import modelfile
from touchstone.check.models import ModelStore, State
from touchstone.check.plugins import Plugins
from touchstone.check.plugins_types import PluginError, Refusal
from touchstone.check.sandbox import Limits
from touchstone.cli import main as command_line
from touchstone.paths import Home
from touchstone.texts import models as words

SHORT = Limits(wall_seconds=8, memory_bytes=512 << 20, cpu_seconds=2)
ID = "mean-of-all"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """A folder of models as they come with the application, with one in it."""
    model = making.sound(2.0)
    making.folder(tmp_path / "shipped" / "ai-image", model, id="ai-image", title="Shipped")
    return tmp_path / "shipped"


@pytest.fixture
def plugins(home: Home, shipped: Path) -> Plugins:
    return Plugins(home, SHORT, ModelStore(home, shipped))


def refusal(call, *arguments: object, **named: object) -> Refusal:
    with pytest.raises(PluginError) as caught:
        call(*arguments, **named)
    return caught.value.refusal


def test_added_then_switched_on_and_off(plugins: Plugins, tmp_path: Path):
    steps: list[str] = []
    one = plugins.add(making.folder(tmp_path / "m"), on_step=steps.append)
    assert steps == ["reading", "looking", "loading", "running", "installing"]
    assert (one.id, one.enabled, one.shipped, one.state, one.kept) == (ID, False, False, State.OK, None)
    plugins.enable(ID, on=True)
    assert [(listed.id, listed.enabled) for listed in plugins.listed()] == [("ai-image", True), (ID, True)]
    plugins.enable(ID, on=False)
    assert not plugins.find(ID).enabled


def test_of_those_that_were_added_one_for_a_task_is_on(plugins: Plugins, tmp_path: Path):
    for name in ("one", "two"):
        plugins.add(making.folder(tmp_path / name, id=name))
        plugins.enable(name, on=True)
    assert [(one.id, one.enabled) for one in plugins.listed()] == [("ai-image", True), ("one", False), ("two", True)]


def test_removed_it_comes_back_switched_off(plugins: Plugins, tmp_path: Path):
    folder = making.folder(tmp_path / "m")
    plugins.add(folder)
    plugins.enable(ID, on=True)
    plugins.remove(ID)
    assert [one.id for one in plugins.listed()] == ["ai-image"]
    assert not plugins.add(folder).enabled


def test_what_is_taken(plugins: Plugins, tmp_path: Path):
    folder = making.folder(tmp_path / "m")
    plugins.add(folder)
    assert refusal(plugins.add, folder) is Refusal.ALREADY_INSTALLED
    assert refusal(plugins.add, making.folder(tmp_path / "s", id="ai-image")) is Refusal.ID_TAKEN
    assert refusal(plugins.add, making.folder(tmp_path / "e", id="evaluations")) is Refusal.ID_TAKEN
    assert refusal(plugins.remove, "ai-image") is Refusal.SHIPPED
    for call in (plugins.remove, plugins.verify, plugins.find):
        assert refusal(call, "nobody") is Refusal.UNKNOWN
    assert refusal(plugins.enable, "nobody", on=True) is Refusal.UNKNOWN


def test_a_refused_model_leaves_nothing(plugins: Plugins, home: Home, tmp_path: Path):
    nodes = [making.mean(), making.constant("n", making.np.float32([making.np.nan]))]
    nodes += [making.helper.make_node("Add", ["mean", "n"], ["m"]), making.one("m")]
    folder = making.folder(tmp_path / "m", making.only_logit(nodes))
    assert refusal(plugins.add, folder) is Refusal.NOT_FINITE
    assert not home.models.exists()


def test_verified_again(plugins: Plugins, home: Home, tmp_path: Path):
    plugins.add(making.folder(tmp_path / "m"))
    plugins.enable(ID, on=True)
    assert plugins.verify(ID) < 2000
    assert plugins.verify("ai-image") < 2000
    file = home.models / ID / modelfile.MODEL
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + b"x")
    assert refusal(plugins.verify, ID) is Refusal.HASH_DIFFERS
    assert plugins.find(ID).state is State.CHANGED
    assert refusal(plugins.enable, ID, on=True) is Refusal.HASH_DIFFERS
    file.write_bytes(whole[:-1])
    assert refusal(plugins.verify, ID) is Refusal.HALF_DOWNLOADED
    file.unlink()
    assert refusal(plugins.verify, ID) is Refusal.NO_MODEL
    assert plugins.find(ID).state is State.MISSING
    plugins.enable(ID, on=False)
    (home.models / ID / modelfile.MANIFEST).write_text("{")
    (broken,) = [one for one in plugins.listed() if not one.shipped]
    assert (broken.id, broken.state, broken.manifest) == (ID, State.REFUSED, None)
    assert refusal(plugins.verify, ID) is Refusal.MANIFEST_BROKEN
    plugins.remove(ID)
    assert not (home.models / ID).exists()


def test_under_another_name_it_is_not_what_it_says(plugins: Plugins, home: Home, tmp_path: Path):
    plugins.add(making.folder(tmp_path / "m"))
    (home.models / ID).rename(home.models / "other")
    (found,) = [one for one in plugins.listed() if not one.shipped]
    assert (found.id, found.state) == ("other", State.REFUSED)
    assert refusal(plugins.verify, "other") is Refusal.MANIFEST_BROKEN


def test_one_put_there_by_hand_under_a_shipped_name_can_be_removed(plugins: Plugins, home: Home):
    making.folder(home.models / "ai-image", id="ai-image")
    assert [(one.id, one.shipped) for one in plugins.listed()] == [("ai-image", True), ("ai-image", False)]
    plugins.remove("ai-image")
    assert [(one.id, one.shipped, one.enabled) for one in plugins.listed()] == [("ai-image", True, True)]
    assert refusal(plugins.remove, "ai-image") is Refusal.SHIPPED


def test_the_training_record_is_kept(plugins: Plugins, tmp_path: Path):
    folder = making.folder(tmp_path / "m")
    (folder / modelfile.RECORD).write_text('{"seed": 7}')
    assert plugins.record(plugins.add(folder)) == {"seed": 7}
    assert plugins.record(plugins.find("ai-image")) == {}


# Words


@pytest.mark.parametrize("code", Refusal)
def test_every_refusal_says_what_to_do_next(code: Refusal):
    said = words.refusal(code)
    assert f"({code})" not in said
    assert said.count(". ") + said.count(".\n") >= 1 or code is Refusal.TASK_UNUSED
    assert said.endswith(".")


def test_what_came_from_a_folder_is_made_plain():
    said = words.refusal("manifest-broken", {"untrusted_field": "a\n\u202eb"})
    assert "\n" not in said
    assert "\u202e" not in said


# The command line


def run(home: Home, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "touchstone", "--home", str(home.root), "model", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "100"},
    )


def called(capsys: pytest.CaptureFixture[str], home: Home, *arguments: object) -> tuple[int, str, str]:
    code = command_line.main(["--home", str(home.root), "model", *map(str, arguments)], lambda _home: 9)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_all_of_it_by_command(capsys: pytest.CaptureFixture[str], home: Home, tmp_path: Path):
    folder = making.folder(tmp_path / "m")
    code, out, _err = called(capsys, home, "add", folder, "--json")
    added = json.loads(out)
    assert (code, added["id"], added["witness"], added["enabled"]) == (0, ID, "ai-image", False)
    assert (added["measured_here"], added["stated"]["false_alarms"]) == (None, 0.03)
    code, out, err = called(capsys, home, "add", folder, "--json")
    assert (code, json.loads(out)) == (1, {"refused": "already-installed"})
    assert "Remove it first" in err
    assert json.loads(called(capsys, home, "enable", ID, "--json")[1])["enabled"] is True
    code, out, _err = called(capsys, home, "list")
    assert code == 0
    for words_of in ("Mean of all pixels", "1.2", "In use", "Added by you", "Matches", "Not measured here", "3 in 100"):
        assert words_of in " ".join(out.split())
    assert json.loads(called(capsys, home, "verify", ID, "--json")[1])["models"][0]["verified"] is True
    assert json.loads(called(capsys, home, "disable", ID, "--json")[1])["enabled"] is False
    (home.models / ID / modelfile.MODEL).write_bytes(b"another")
    code, out, err = called(capsys, home, "verify", ID)
    assert (code, out.strip()) == (1, "Nobody has registered it.")
    assert "not there as a whole" in err
    assert "add it again" in called(capsys, home, "list")[1]
    assert called(capsys, home, "remove", ID)[:2] == (0, "Mean of all pixels was removed.\n")
    assert json.loads(called(capsys, home, "remove", ID, "--json")[1]) == {"refused": "unknown"}


def test_add_and_switch_on_at_once(home: Home, tmp_path: Path):
    """In a process of its own: what a person types."""
    done = run(home, "add", making.folder(tmp_path / "m"), "--enable")
    assert (done.returncode, done.stdout) == (
        0,
        "Mean of all pixels was added and switched on: checks ask it from now on.\n",
    )
    assert "model evaluate" in done.stderr


def test_what_was_measured_here_is_said(capsys: pytest.CaptureFixture[str], home: Home, tmp_path: Path):
    called(capsys, home, "add", making.folder(tmp_path / "m", making.sound(4.0), calibration=LIMITS))
    code, _out, err = called(capsys, home, "evaluate", labelled(tmp_path / "known"), "--model", ID)
    assert code == 0, err
    (listed,) = json.loads(called(capsys, home, "list", "--json")[1])["models"]
    assert listed["measured_here"]["pictures"] == 16
    assert 0 < listed["measured_here"]["false_alarms"] < 0.5  # none of eight: far from showing that there are none
    said = " ".join(called(capsys, home, "list")[1].split())
    assert "on 16 pictures from 4 sources" in said
    assert "Whoever made it says" not in said
