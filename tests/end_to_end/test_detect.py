"""The detectors alone, as a command: lines and words, order, going on after a stop, and measuring them.

The detector here is a network of the test: it takes the mean of all pixels for the logit, so bright ones have signs.
"""

from __future__ import annotations

import json
import os
import signal
import time
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.plugins import onnx_making as making

from touchstone.check.models import ModelStore
from touchstone.modelfile import Calibration
from touchstone.paths import Home

KEYS = ["path", "sha256", "witness", "score", "limit", "decision", "reason", "model"]
LIMITS = Calibration(limit=0.8, none_below=0.3, least_side=64)
DARK, GREY, BRIGHT = 40, 128, 220
TWO = ("--only", "ai-image")


def picture(path: Path, brightness: float, seed: int = 0, size: tuple[int, int] = (200, 260)) -> Path:
    """A picture of noise around a brightness, so that it is neither even nor a drawing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).normal(brightness, 12, (*size, 3))
    Image.fromarray(np.clip(noise, 0, 255).astype(np.uint8)).save(path, quality=95)
    return path


def install(home: Path, model: bytes | None = None, model_id: str = "mean-of-all", **changes: object) -> None:
    """Put a detector of AI images into a home, and switch it on."""
    changes = {"calibration": LIMITS} | changes
    making.folder(home / "models" / model_id, making.sound(4.0) if model is None else model, id=model_id, **changes)
    ModelStore(Home(home)).enable(model_id, on=True)


def labelled(top: Path, dark: str = "untouched", bright: str = "generated", count: int = 4) -> Path:
    """Two sources of each kind: dark pictures of one, bright ones of the other."""
    for kind, brightness in ((dark, DARK), (bright, BRIGHT)):
        for source in ("one", "two"):
            for k in range(count):
                picture(top / kind / source / f"{k}.jpg", brightness, k + 10 * (source == "two"))
    return top


def lines(raw: bytes) -> list[dict]:
    return [json.loads(line) for line in raw.splitlines()]


@pytest.fixture(scope="module")
def measured(shared_desk, tmp_path_factory):
    """A desk whose detector was measured here."""
    install(shared_desk.home)
    known = labelled(tmp_path_factory.mktemp("known"))
    ran = shared_desk.run("model", "evaluate", known, "--model", "mean-of-all")
    assert ran.code == 0, ran.stderr
    return shared_desk


def test_one_line_a_file_in_the_order_they_were_named(measured, tmp_path):
    dark, bright = picture(tmp_path / "in" / "b.png", DARK), picture(tmp_path / "in" / "a.jpg", BRIGHT)
    (tmp_path / "in" / "c.txt").write_text("no picture")
    ran = measured.run("detect", dark, tmp_path / "in", tmp_path / "missing", bright, "--json", *TWO)
    found = lines(ran.stdout)
    assert (ran.code, ran.stderr) == (0, "")
    assert all(list(line) == KEYS for line in found)
    assert [Path(line["path"]).name for line in found] == ["b.png", "a.jpg", "b.png", "c.txt", "missing", "a.jpg"]
    assert [line["decision"] for line in found] == [
        "none", "signs", "none", "inconclusive", "inconclusive", "signs"
    ]  # fmt: skip
    assert [line["reason"] for line in found] == ["", "", "", "not-a-picture", "missing", ""]
    assert [line["score"] is None for line in found] == [False, False, False, True, True, False]
    assert {(line["witness"], line["limit"], line["model"]) for line in found} == {("ai-image", 0.8, "mean-of-all")}
    assert (len(found[0]["sha256"]), found[4]["sha256"]) == (64, "")
    assert not (measured.home / "history.sqlite3").exists()
    assert not (measured.home / "registers").exists()


def test_in_words_it_says_what_each_detector_found_and_how_often_it_is_wrong(measured, tmp_path):
    ran = measured.run("detect", picture(tmp_path / "a.jpg", BRIGHT), tmp_path / "missing", *TWO)
    said = " ".join(ran.text.split())
    assert ran.code == 0
    assert "Signs of generation found. At this limit" in said
    assert "Inconclusive: there is no such file." in said


def test_a_detector_that_was_not_measured_gives_a_score_and_decides_nothing(desk, tmp_path):
    install(desk.home)
    (line,) = lines(desk.run("detect", picture(tmp_path / "a.jpg", BRIGHT), "--json", *TWO).stdout)
    assert (line["decision"], line["reason"]) == ("inconclusive", "not-measured")
    assert line["score"] > 0.9


def test_detectors_that_are_switched_off_in_the_settings_are_asked_where_they_alone_are_wanted(desk, tmp_path):
    install(desk.home)
    desk.settings(detectors=False)
    (line,) = lines(desk.run("detect", picture(tmp_path / "a.jpg", BRIGHT), "--json", *TWO).stdout)
    assert line["score"] > 0.9


@pytest.mark.parametrize(("damage", "reason"), [("gone", "model-missing"), ("changed", "model-changed")])
def test_a_model_that_is_not_the_one_of_its_manifest_is_not_run(desk, tmp_path, damage, reason):
    install(desk.home)
    model = desk.home / "models" / "mean-of-all" / "model.onnx"
    if damage == "gone":
        model.unlink()
    else:
        model.write_bytes(model.read_bytes()[:-1] + b"x")
    (line,) = lines(desk.run("detect", picture(tmp_path / "a.jpg", BRIGHT), "--json", *TWO).stdout)
    assert (line["decision"], line["reason"], line["score"]) == ("inconclusive", reason, None)


def test_where_there_is_no_such_detector_it_says_so(desk, tmp_path):
    ran = desk.run("detect", picture(tmp_path / "a.jpg", DARK), "--only", "voice", "--json")
    assert (ran.code, ran.stdout) == (1, b"")
    assert "no detector here for voices" in ran.stderr


class TestOutput:
    def test_a_second_run_goes_on_after_the_last_whole_file(self, measured, tmp_path):
        for k in range(5):
            picture(tmp_path / "in" / f"{k}.jpg", DARK, k)
        out = tmp_path / "out.jsonl"
        whole = measured.run("detect", tmp_path / "in", "--json", *TWO).stdout
        assert measured.run("detect", tmp_path / "in", "--output", out, *TWO).stdout == b""
        assert out.read_bytes() == whole
        half = whole.splitlines(keepends=True)
        for kept, again in ((half[:2], half[2][:40]), ([], half[0][:-1]), (half, b"")):
            out.write_bytes(b"".join(kept) + again)
            ran = measured.run("detect", tmp_path / "in", "--output", out, *TWO)
            assert (ran.code, out.read_bytes()) == (0, whole)
            assert (f"{len(kept)} file" in ran.stderr) == bool(kept)

    def test_what_other_detectors_wrote_and_what_is_no_file_of_lines_stays_as_it_is(self, measured, tmp_path):
        file, out = picture(tmp_path / "a.jpg", DARK), tmp_path / "out.jsonl"
        other = {"path": "x", "sha256": "", "witness": "voice", "score": None, "limit": None, "decision": "none"}
        for content, said in ((json.dumps(other) + "\n", "other detectors"), ("my notes\n", "something else")):
            out.write_text(content)
            ran = measured.run("detect", file, "--output", out, *TWO)
            assert (ran.code, out.read_text()) == (1, content)
            assert said in ran.stderr
        assert measured.run("detect", file, "--output", tmp_path / "missing" / "out", *TWO).code == 1

    def test_killed_midway_it_goes_on_where_it_stopped(self, measured, tmp_path):
        files = [picture(tmp_path / "in" / f"{k:02}.jpg", DARK, k, (400, 600)) for k in range(12)]
        out = tmp_path / "out.jsonl"
        started = measured.start("detect", tmp_path / "in", "--output", out, *TWO)
        until = time.monotonic() + 60
        while not (out.exists() and out.read_bytes().count(b"\n") >= 2) and time.monotonic() < until:
            time.sleep(0.01)
        started.signal(signal.SIGKILL)
        started.result()
        first = out.read_bytes()
        ran = measured.run("detect", tmp_path / "in", "--output", out, *TWO)
        assert ran.code == 0
        assert out.read_bytes().startswith(first[: first.rfind(b"\n") + 1])
        assert [line["path"] for line in lines(out.read_bytes())] == [str(file) for file in files]

    def test_interrupted_it_stops_in_order(self, measured, tmp_path, interrupting):
        for k in range(40):
            picture(tmp_path / "in" / f"{k:02}.jpg", DARK, k, (400, 600))
        started = measured.start("detect", tmp_path / "in", "--json", *TWO)
        until = time.monotonic() + 60
        while not started.output() and time.monotonic() < until:
            time.sleep(0.01)
        started.signal(signal.SIGINT)
        ran = started.result()
        assert ran.code == 1
        assert ran.stderr.startswith("Stopped: ")
        assert 0 < len(lines(ran.stdout)) < 40


class _Text(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.said, self.tags = "", list[str]()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.said += data


class TestEvaluate:
    def evaluate(self, desk, *arguments) -> dict:
        ran = desk.run("model", "evaluate", *arguments, "--model", "mean-of-all", "--json")
        assert ran.code == 0, ran.stderr
        return json.loads(ran.stdout)["detectors"][0]

    def test_a_detector_of_brightness_tells_bright_from_dark(self, desk, tmp_path):
        install(desk.home)
        report = tmp_path / "out.html"
        one = self.evaluate(desk, labelled(tmp_path / "set"), "--report", report)
        assert (one["auc"]["value"], one["auc_pooled"], one["accuracy"]["value"]) == (1, 1, 1)
        assert (one["false_alarms"]["value"], one["recall"]["value"], one["coverage"]["value"]) == (0, 1, 1)
        assert [(s["name"], s["pictures"]) for s in one["untouched_sources"]] == [("one", 4), ("two", 4)]
        page = _Text(report.read_text(encoding="utf-8"))
        assert "1 detector measured on 16 pictures from 4 sources" in page.said
        assert page.tags.count("svg") == 2
        kept = json.loads(desk.run("model", "list", "--json").stdout)["models"]
        here = next(model["measured_here"] for model in kept if model["id"] == "mean-of-all")
        assert (here["pictures"], here["sources"], here["auc"]) == (16, 4, 1)
        assert list((desk.home / "models" / "evaluations" / "under-way").iterdir()) == []

    def test_one_that_takes_dark_for_bright_is_always_wrong(self, desk, tmp_path):
        install(desk.home, making.sound(-4.0))
        one = self.evaluate(desk, labelled(tmp_path / "set"))
        assert (one["auc"]["value"], one["false_alarms"]["value"], one["recall"]["value"]) == (0, 1, 0)
        assert one["accuracy"]["value"] == 0

    def test_one_that_always_says_the_same_is_as_good_as_chance(self, desk, tmp_path):
        install(desk.home, making.sound(0.0))
        one = self.evaluate(desk, labelled(tmp_path / "set"))
        assert (one["auc"]["value"], one["coverage"]["value"], one["accuracy"]) == (0.5, 0, None)
        assert one["reasons"] == {"between": 16}

    def test_a_table_and_an_index_name_pictures_as_well(self, desk, tmp_path):
        install(desk.home)
        top = labelled(tmp_path / "set", "x", "y")
        rows = [
            (str(p.relative_to(top)), "real" if p.parts[-3] == "x" else "ai", p.parts[-2])
            for p in sorted(top.rglob("*.jpg"))
        ]
        table = tmp_path / "labels.csv"
        table.write_text("path,label,source\n" + "".join(f"{','.join(row)}\n" for row in rows))
        assert self.evaluate(desk, top, "--labels", table)["auc"]["value"] == 1
        index = top / "index.csv"
        index.write_text(
            "stem,split,label,generator,source,view_file,content\n"
            + "".join(
                f"{k},{'dev' if k % 4 else 'train'},{row[1]},g,{row[2]},{row[0]},photo\n" for k, row in enumerate(rows)
            )
        )
        one = self.evaluate(desk, "--index", index, "--split", "dev", "--use", "view")
        assert (one["untouched"], one["positive"], one["auc_by_content"]) == (6, 6, {"photo": 1.0})

    def test_stopped_midway_the_same_command_goes_on(self, desk, tmp_path, interrupting):
        install(desk.home)
        top = labelled(tmp_path / "set", count=12)
        started = desk.start("model", "evaluate", top, "--model", "mean-of-all", "--json")
        place = desk.home / "models" / "evaluations" / "under-way"
        until = time.monotonic() + 60
        while not any(f.stat().st_size for f in place.glob("*")) and time.monotonic() < until:
            time.sleep(0.005)
        started.signal(signal.SIGINT)
        ran = started.result()
        assert (ran.code, ran.stdout) == (1, b"")
        assert "The same command goes on from there." in ran.stderr
        again = desk.run("model", "evaluate", top, "--model", "mean-of-all", "--json")
        assert "done already" in again.stderr
        assert json.loads(again.stdout)["pictures"] == 48

    def test_what_cannot_be_measured_is_refused_in_words(self, desk, tmp_path):
        install(desk.home)
        for arguments, code, said in (
            ([], 2, "Name a folder"),
            (
                [labelled(tmp_path / "one", "untouched", "untouched"), "--report", tmp_path / "x.html"],
                1,
                "untouched, so",
            ),
            ([labelled(tmp_path / "set"), "--report", tmp_path / "out.pdf"], 1, ".html or .json"),
            ([tmp_path / "set", "--model", "nobody"], 1, "no detector nobody"),
        ):
            ran = desk.run("model", "evaluate", *arguments)
            assert (ran.code, ran.stdout) == (code, b""), ran.stderr
            assert said in ran.stderr

    def test_where_no_picture_gets_a_score_nothing_is_kept(self, desk, tmp_path):
        install(desk.home)
        (desk.home / "models" / "mean-of-all" / "model.onnx").write_bytes(b"x")
        ran = desk.run("model", "evaluate", labelled(tmp_path / "set"), "--model", "mean-of-all")
        assert (ran.code, ran.stdout) == (1, b"")
        assert "nothing was measured: its model file is not the one" in ran.stderr
        assert [p.name for p in (desk.home / "models" / "evaluations").iterdir()] == ["under-way"]

    def test_hostile_names_stay_names(self, desk, tmp_path):
        install(desk.home)
        top = labelled(tmp_path / "<img src=x>")
        odd = os.fsencode(top / "untouched") + b"/\xff<script>"
        Path(os.fsdecode(odd)).mkdir()
        (top / "untouched" / "one" / "0.jpg").rename(os.fsdecode(odd + b"/x.jpg"))
        report = tmp_path / "out.html"
        assert self.evaluate(desk, top, "--report", report)["untouched"] == 8
        page = _Text(report.read_text(encoding="utf-8"))
        assert not {"img", "script"} & set(page.tags)
        assert "<script>" in page.said
