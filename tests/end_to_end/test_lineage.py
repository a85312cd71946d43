"""The shipped models, audited as a stranger would on a computer that has never seen them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from touchstone import paths
from touchstone.chain.networks import Networks
from touchstone.check.models import ModelStore
from touchstone.check.models_first_start import register_shipped
from touchstone.cli import main as command_line
from touchstone.lineage.audit import audit
from touchstone.lineage.audit_types import Outcome
from touchstone.paths import Home

MODELS = ("ai-image", "face", "forensic", "splice")
PLACES = {
    "manifest.json": "manifest",
    "model.onnx": "weights",
    "features.json": "files",
    "record.json": "record",
    "seal.json": "seal",
    "data.items": "data",
}
# What is not shipped, and a parent that nobody has registered.
NOT_HERE = {"checkpoint-files-not-here", "contents-not-here", "parent-unknown"}


@pytest.fixture(scope="module", autouse=True)
def shipped() -> Iterator[None]:
    """The models that ship, which other tests do without."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("TOUCHSTONE_MODELS", raising=False)
        yield


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home after its first start."""
    made = Home(tmp_path_factory.mktemp("first") / "home")
    assert register_shipped(made, Networks.load(made).get("practice"), ModelStore(made)) == len(MODELS)
    return made


@pytest.mark.parametrize("model", MODELS)
def test_a_shipped_model_is_verified_on_a_clean_computer(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Everything but what is in the items, and the checkpoints, which are not shipped; and it says so."""
    code = command_line.main(["--home", str(tmp_path), "model", "audit", model, "--json"], lambda _home: 99)
    told = json.loads(capsys.readouterr().out)
    assert (code, told["sound"], told["model"]) == (0, True, model)
    left = {step["code"] for step in told["steps"] if step["outcome"] != "verified"}
    assert left <= NOT_HERE, left
    assert "contents-not-here" in left
    found = {step["code"] for step in told["steps"]}
    assert {"data-root-matches", "record-matches", "weights-match", "seal-of-publisher", "registered"} <= found
    assert told["facts"]["register"]["contract_agrees"]
    assert told["facts"]["data"]["items"] > 500


@pytest.mark.parametrize("model", MODELS)
def test_bytes_all_over_each_file_of_a_shipped_model_are_found(home: Home, tmp_path: Path, model: str) -> None:
    folder = Path(shutil.copytree(paths.shipped_models() / model, tmp_path / model))
    shutil.copytree(paths.shipped_models() / "face-finder", tmp_path / "face-finder")
    network = Networks.load(home).get("practice")
    finder = {"../face-finder/model.onnx": "files"} if model == "face" else {}
    for name, place in {**PLACES, **finder}.items():
        if not (folder / name).exists():
            continue
        with (folder / name).open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            for at in sorted({0, size // 4, size // 2, 3 * size // 4, size - 1}):
                file.seek(at)
                byte = file.read(1)
                for written in (bytes([byte[0] ^ 1]), byte):
                    file.seek(at)
                    file.write(written)
                    file.flush()
                    found = audit(folder, home=home, network=network)
                    assert found.sound is (written == byte), (name, at)
                    assert (place in {s.place for s in found.steps if s.outcome is Outcome.FAILED}) is not found.sound


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_byte_of_a_shipped_model_is_found(
    home: Home, tmp_path_factory: pytest.TempPathFactory, model: str, data: st.DataObject
) -> None:
    shipped = paths.shipped_models() / model
    names = [name for name in PLACES if (shipped / name).exists()]
    name = data.draw(st.sampled_from(names))
    folder = tmp_path_factory.mktemp("changed") / model
    folder.mkdir()
    for other in names:  # links between folders of one disk: only what is changed is copied
        (folder / other).hardlink_to(_near(shipped / other, tmp_path_factory))
    (folder / name).unlink()
    whole = bytearray((shipped / name).read_bytes())
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    (folder / name).write_bytes(whole)
    found = audit(folder, home=home, network=Networks.load(home).get("practice"))
    shutil.rmtree(folder)
    assert PLACES[name] in {step.place for step in found.steps if step.outcome is Outcome.FAILED}, (name, at)


def _near(path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of a shipped file where links to it can be made."""
    copy = tmp_path_factory.getbasetemp() / f"{path.parent.name}-{path.name}"
    if not copy.exists():
        shutil.copyfile(path, copy)
    return copy


@pytest.mark.parametrize("model", MODELS)
def test_a_bundle_of_a_shipped_model_is_checked_with_python_alone(home: Home, tmp_path: Path, model: str) -> None:
    arguments = ["--home", str(home.root), "model", "audit", model, "--bundle", str(tmp_path / "b.zip"), "--no-weights"]
    assert command_line.main(arguments, lambda _home: 99) == 0
    with zipfile.ZipFile(tmp_path / "b.zip") as opened:
        opened.extractall(tmp_path / "unpacked")
    command = [sys.executable, "-I", "-S", "-B", str(tmp_path / "unpacked" / "check.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "items make the data root" in done.stdout
