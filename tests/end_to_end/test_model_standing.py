"""What the register of models does to a check: registered, not registered, withdrawn, otherwise than here, declared."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image
from tests.detect import nets

from touchstone.modelfile import Calibration, Feed, Task

LENIENT = Calibration(limit=0.6, none_below=0.4, least_side=100, joint=True, set="made here", rates=nets.RATES)
PASSWORD = "a password that is long enough"


@pytest.fixture
def shipped(desk, tmp_path):
    """Two models as they ship: one sealed, one without a record."""
    folder = tmp_path / "models"
    nets.install(folder, calibration=LENIENT)
    nets.install(folder, Task.SPLICE, nets.brightness(7.0), calibration=LENIENT, feed=Feed.DETAIL)
    data = tmp_path / "data"
    data.mkdir()
    for number in range(5):
        (data / f"{number}.bin").write_bytes(bytes([number]) * 100)
    assert desk.run("model", "record", folder / "ai-image", "--data", data, "--sign-once").code == 0
    return {"env": {"TOUCHSTONE_MODELS": str(folder)}}


@pytest.fixture
def own(desk, shipped, tmp_path):
    """A model of one's own, sealed with one's own key, added, and registered by one's own publisher."""
    desk.settings(first_run_done=True)
    secret = tmp_path / "password"
    secret.write_text(PASSWORD + "\n")
    secret.chmod(0o600)
    keyed = ("--yes", "--password-file", secret)
    source = tmp_path / "mine"
    nets.install(tmp_path, name="mine", data=nets.brightness(6.0), calibration=LENIENT)
    assert desk.run("publisher", "create", "My desk", *keyed).code == 0
    key = json.loads(desk.run("key", "list", "--json").stdout)
    (address,) = [one["address"] for one in (key["keys"] if isinstance(key, dict) else key)]
    run = desk.run("model", "record", source, "--data", tmp_path / "data", "--key", address, "--password-file", secret)
    assert run.code == 0, run.stderr
    assert desk.run("model", "add", source, "--enable", **shipped).code == 0
    registered = desk.run("model", "register", "mine", *keyed, **shipped)
    assert registered.code == 0, registered.stderr
    return {"keyed": keyed, **shipped}


def picture(path, level=220):
    grain = np.random.default_rng(level).integers(-6, 7, (300, 400, 3))
    Image.fromarray(np.clip(level + grain, 0, 255).astype(np.uint8)).save(path)
    return path


def checked(desk, path, **kwargs):
    env = {"env": kwargs["env"]}
    return json.loads(desk.run("check", "--json", path, **env).stdout)


def finding(report, witness="ai-image"):
    (found,) = [f for f in report["findings"] if f["witness"] == witness]
    return found


def test_the_first_start_registers_what_came_sealed_and_nothing_else(desk, shipped, tmp_path, schema):
    report = checked(desk, picture(tmp_path / "a.png"), **shipped)
    schema.validate(report)
    sealed, without = finding(report)["details"], finding(report, "splice")["details"]
    assert (sealed["registered"], sealed["standing"]) == (True, "registered")
    assert sealed["registered_by"]["untrusted_name"] == "Practice model publisher"
    assert (without["registered"], without["standing"]) == (False, "not-registered")
    blocks = json.loads(desk.run("ledger", "status", "--json").stdout)["block"]
    again = finding(checked(desk, tmp_path / "a.png", **shipped))["details"]
    assert again["registered_by"] == sealed["registered_by"]
    assert json.loads(desk.run("ledger", "status", "--json").stdout)["block"] == blocks


def test_a_ledger_that_begins_anew_gets_them_again(desk, shipped, tmp_path):
    before = finding(checked(desk, picture(tmp_path / "a.png"), **shipped))["details"]
    assert desk.run("ledger", "reset", "--yes").code == 0
    after = finding(checked(desk, tmp_path / "a.png", **shipped))["details"]
    assert before["registered"] is after["registered"] is True


def test_a_seal_that_does_not_fit_registers_nothing(desk, shipped, tmp_path):
    manifest = tmp_path / "models" / "ai-image" / "manifest.json"
    manifest.write_text(manifest.read_text().replace("made here", "made elsewhere"))
    details = finding(checked(desk, picture(tmp_path / "a.png"), **shipped))["details"]
    assert (details["registered"], details["standing"]) == (False, "not-registered")


def test_a_manifest_that_was_changed_after_it_was_registered_is_not_used(desk, shipped, tmp_path):
    assert finding(checked(desk, picture(tmp_path / "a.png"), **shipped))["code"] == "signs"
    manifest = tmp_path / "models" / "ai-image" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"limit": 0.6', '"limit": 0.7'))
    found = finding(checked(desk, tmp_path / "a.png", **shipped))
    assert (found["status"], found["code"], found["details"]["standing"]) == (
        "not-checked", "model-differs", "differs"
    )  # fmt: skip
    assert "not as the register has it" in found["text"]
    lines = desk.run("detect", "--json", tmp_path / "a.png", **shipped).reports()
    assert {line["reason"] for line in lines if line["witness"] == "ai-image"} == {"model-differs"}


def test_a_model_that_its_owner_withdrew_is_not_used(desk, own, tmp_path):
    env = {"env": own["env"]}
    found = finding(checked(desk, picture(tmp_path / "a.png"), **own))
    assert (found["details"]["model"], found["details"]["standing"]) == ("mine", "registered")
    assert found["details"]["registered_by"]["untrusted_name"] == "My desk"
    run = desk.run("model", "withdraw", "mine", "--deprecate", "--reason", "replaced", *own["keyed"], **env)
    assert run.code == 0, run.stderr
    found = finding(checked(desk, tmp_path / "a.png", **own))
    assert (found["status"], found["details"]["standing"]) == ("done", "deprecated")
    run = desk.run("model", "withdraw", "mine", "--reason", "security", *own["keyed"], **env)
    assert run.code == 0, run.stderr
    found = finding(checked(desk, tmp_path / "a.png", **own))
    assert (found["status"], found["code"]) == ("not-checked", "model-withdrawn")
    assert found["details"]["model"] == "mine"
    shown = desk.run("check", tmp_path / "a.png", **env)
    listed = json.loads(desk.run("model", "list", "--json", **env).stdout)["models"]
    assert [one["standing"] for one in listed if one["id"] == "mine"] == ["withdrawn"]
    assert "Withdrawn" in desk.run("model", "list", **env).text
    assert "withdrawn its model on the register" in " ".join(shown.text.split())


def test_what_one_declares_as_made_by_a_model_is_declared_in_checks(desk, own, tmp_path, schema):
    path, env = picture(tmp_path / "made.png", 90), {"env": own["env"]}
    assert checked(desk, path, **own)["answer"] != "declared-ai"
    run = desk.run("model", "outputs", "declare", path, "--model", "mine", *own["keyed"], **env)
    assert run.code == 0, run.stderr
    report = checked(desk, path, **own)
    schema.validate(report)
    assert (report["answer"], report["headline"]["code"]) == ("declared-ai", "recorded-ai")
    assert finding(report, "register")["details"]["made"][0]["own_key"] is True
    copy = tmp_path / "copy.png"
    shutil.copy(path, copy)
    with copy.open("ab") as file:
        file.write(b"\0")
    assert checked(desk, copy, **own)["answer"] != "declared-ai"
