"""The page about models: its example runs and is added as it says, and it names every code and every field."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.end_to_end.test_detect import BRIGHT, DARK, picture

from touchstone import modelfile
from touchstone.check.plugins import Plugins
from touchstone.check.plugins_types import Refusal
from touchstone.cli import main as command_line
from touchstone.detect.dryrun_graph import DEEPEST, MOST_NODES
from touchstone.lineage import record, seal
from touchstone.lineage.record import (
    Checkpoint,
    Code,
    DataRoot,
    Environment,
    FileHash,
    Parent,
    Record,
    Relation,
    Session,
)
from touchstone.lineage.seal import Sealed
from touchstone.modelfile import Calibration, Feed, Input, Manifest, Outputs, Rates
from touchstone.paths import Home

PAGE = (Path(__file__).parents[2] / "docs" / "models" / "README.md").read_text()
# Never met when a folder is added.
ELSEWHERE = {Refusal.SHIPPED, Refusal.UNKNOWN}


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the example makes."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    where = tmp_path_factory.mktemp("example")
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=where, check=True)
    return where / "brightness"


def test_the_example_is_a_detector(example: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    home = Home(tmp_path / "home")
    one = Plugins(home).add(example)
    assert (one.id, one.manifest.task, one.enabled) == ("brightness", "ai-image", False)
    Plugins(home).enable("brightness", on=True)
    pictures = [picture(tmp_path / f"{n}.png", n) for n in (DARK, BRIGHT)]
    arguments = ["--home", str(home.root), "detect", *map(str, pictures), "--json", "--only", "ai-image"]
    assert command_line.main(arguments, lambda _home: 9) == 0
    dark, bright = map(json.loads, capsys.readouterr().out.splitlines())
    assert dark["score"] < 0.2
    assert bright["score"] > 0.8
    assert {line["reason"] for line in (dark, bright)} == {"not-measured"}


def test_every_code_is_there():
    named = set(re.findall(r"`([a-z-]+)`", PAGE))
    assert {str(code) for code in Refusal} - named == {str(code) for code in ELSEWHERE}


@pytest.mark.parametrize("kind", [Manifest, Input, Outputs, Calibration, Rates])
def test_every_field_is_there(kind: type):
    named = set(re.findall(r"`([a-z0-9_]+)`", PAGE))
    assert set(kind.__slots__) - named == set()


@pytest.mark.parametrize(
    "kind",
    [Record, Session, Code, DataRoot, FileHash, Environment, Checkpoint, Parent, Sealed],
    ids=lambda k: k.__name__,
)
def test_every_field_of_records_and_seals_is_there(kind: type):
    told = PAGE[PAGE.index("## The training record") : PAGE.index("## An example")]
    assert set(kind.__slots__) - set(re.findall(r"`([a-z0-9_]+)`", told)) == set()
    assert {record.SCHEMA, seal.SCHEMA, seal.SCHEME} <= set(re.findall(r"`\"([a-z0-9./-]+)\"`", told))
    assert {str(one) for one in Relation} <= set(re.findall(r"`([a-z-]+)`", told))
    assert record.MOST == 4 * 1024 * 1024
    assert record.MOST_SPLITS == 7


def test_the_bounds_are_those_that_hold():
    assert {str(feed) for feed in Feed} <= set(re.findall(r"`([a-z-]+)`", PAGE))
    assert f'"{modelfile.SCHEMA}"' in PAGE
    said = " ".join(PAGE.replace(",", "").split())
    assert f"at most {MOST_NODES} nodes at most {DEEPEST} graphs" in said
    assert f"(1 to {modelfile.MAX_SIDE}) and a `count` (1 to {modelfile.MAX_BATCH})" in said
    assert modelfile.MAX_MODEL == 20 * 1024 * 1024
    assert modelfile.MAX_MANIFEST == 256 * 1024
