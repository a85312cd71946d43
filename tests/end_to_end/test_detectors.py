"""A check with detectors as a user runs it: reports of the schema, maps in exports, nothing left behind."""

import json
import signal

import numpy as np
import pytest
from PIL import Image
from tests.detect import nets

from touchstone.modelfile import Calibration, Feed, Task

LENIENT = Calibration(limit=0.6, none_below=0.4, least_side=100, joint=True, set="made here", rates=nets.RATES)


@pytest.fixture
def models(tmp_path):
    folder = tmp_path / "models"
    nets.install(folder, calibration=LENIENT)
    nets.install(folder, Task.SPLICE, calibration=LENIENT, feed=Feed.DETAIL)
    return {"env": {"TOUCHSTONE_MODELS": str(folder)}}


def picture(path, level):
    grain = np.random.default_rng(level).integers(-6, 7, (300, 400, 3))
    Image.fromarray(np.clip(level + grain, 0, 255).astype(np.uint8)).save(path)
    return path


def test_reports_say_what_detectors_said(desk, models, tmp_path, schema):
    paths = [picture(tmp_path / f"{level}.png", level) for level in (220, 30, 221, 31)]
    reports = desk.run("check", "--json", *paths, **models).reports()
    for report in reports:
        schema.validate(report)
    told = [{f["witness"]: f["code"] for f in report["findings"]} for report in reports]
    assert [codes["ai-image"] for codes in told] == ["signs", "none"] * 2
    assert all(codes["voice"] == codes["face"] == "not-installed" for codes in told)
    assert all("in 100" in f["text"] for r in reports for f in r["findings"] if f["witness"] == "ai-image")


def test_an_export_shows_the_maps(desk, models, tmp_path):
    out = tmp_path / "report.html"
    assert desk.run("check", picture(tmp_path / "a.png", 220), "--report", out, **models).code == 0
    with_maps = out.read_text().count("data:image")
    assert desk.run("check", tmp_path / "a.png", "--report", out).code == 0
    assert with_maps == out.read_text().count("data:image") + 2


def test_detectors_switched_off_start_nothing(desk, models, tmp_path):
    desk.settings(detectors=False)
    report = json.loads(desk.run("check", "--json", picture(tmp_path / "a.png", 220), **models).stdout)
    assert {f["code"] for f in report["findings"] if f["witness"] in {"ai-image", "splice"}} == {"switched-off"}
    assert len(report["protection"]) == 2


def test_stopping_while_models_load_leaves_nothing_behind(desk, models, tmp_path, interrupting):
    started = desk.start("check", *[picture(tmp_path / f"{n}.png", n) for n in range(40, 60)], **models)
    while len(started.processes()) < 4:
        assert started.process.poll() is None
    started.signal(signal.SIGINT)
    started.result()
