"""Pictures and clips through the real workers and the real runtime, with detectors of a few nodes."""

import contextlib
import json
import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image
from tests import media_files
from tests.detect import nets

from touchstone import modelfile
from touchstone.check.detecting import Detecting
from touchstone.check.models import ModelStore
from touchstone.check.opening import Stopped
from touchstone.check.run import Checker, Progress, Step
from touchstone.export import document
from touchstone.modelfile import Calibration, Feed, Outputs, Task
from touchstone.paths import Home
from touchstone.report import DETECTORS, Finding, Kind, Status, Witness
from touchstone.settings import Settings

SCHEMA = Path(__file__).parents[2] / "resources" / "schema" / "report-1.json"
LENIENT = Calibration(limit=0.6, none_below=0.4, least_side=100, joint=True, set="made here", rates=nets.RATES)


@pytest.fixture
def models(tmp_path):
    return tmp_path / "models"


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@contextlib.contextmanager
def checking(home, models, **settings):
    checker = Checker(home, Settings(**settings), models=ModelStore(home, models))
    try:
        yield checker
    finally:
        checker.close()


@contextlib.contextmanager
def detecting(home, models, **settings):
    asked = Detecting(home, Settings(**settings), store=ModelStore(home, models))
    try:
        yield asked
    finally:
        asked.close()


def even(tmp_path: Path, level: int, name: str = "", size=(400, 300)) -> Path:
    """A picture of one brightness, but for grain: the detector of brightness tells by that."""
    grain = np.random.default_rng(level).integers(-6, 7, (size[1], size[0], 3))
    path = tmp_path / (name or f"level-{level}.png")
    Image.fromarray(np.clip(level + grain, 0, 255).astype(np.uint8)).save(path)
    return path


def by_task(findings) -> dict[str, Finding]:
    return {str(f.witness): f for f in findings if f.witness in DETECTORS}


def validated(report):
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(document.to_document(report))
    return report


def test_a_bright_picture_shows_signs_and_a_dark_one_none(home, models, tmp_path):
    nets.install(models, calibration=LENIENT)
    with checking(home, models) as checker:
        bright, dark = (checker.check(even(tmp_path, level)) for level in (220, 30))
    for checked, decision in ((bright, "signs"), (dark, "none")):
        found = validated(checked.report).finding(DETECTORS[0])
        assert (found.status, found.code, found.details["decision"]) == (Status.DONE, decision, decision)
        assert found.details["error_rate"] == {
            "false_alarms": 0.02, "worst_source": 0.08, "recall": 0.4, "set": "made here",
        }  # fmt: skip
        assert found.details["joint_limit"] is True
        assert found.details["registered"] is False
        assert found.details["model_sha256"] == json.loads((models / "ai-image/manifest.json").read_text())["sha256"]
    assert bright.report.finding(DETECTORS[0]).details["score"] > 0.9
    assert any(p.profile == "detector" and p.filesystem and p.syscalls for p in bright.report.protection)


def test_a_map_is_a_picture_of_where(home, models, tmp_path):
    nets.install(models, calibration=LENIENT)
    path = tmp_path / "halves.png"
    grain = np.random.default_rng(1).integers(0, 30, (600, 900, 3)).astype(np.uint8)
    grain[:, 450:] += 220
    Image.fromarray(grain).save(path)
    with checking(home, models) as checker:
        checked = checker.check(path)
    found = checked.report.finding(DETECTORS[0])
    drawn = checked.pictures[found.details["map"]]
    shown = np.frombuffer(drawn.rgb, np.uint8).reshape(drawn.height, drawn.width, 3)
    assert max(drawn.width, drawn.height) == 256
    assert drawn.width / drawn.height == pytest.approx(1.5, abs=0.02)
    (box,) = found.details["boxes"]
    assert box[0] > 0.2  # the brighter of two squares along the picture
    assert (shown[:, : int(box[0] * 256) - 2] == 0).all()  # the map is that square's
    assert shown[:, -20:].mean() > 100


def test_nothing_installed(home, models, tmp_path):
    with checking(home, models) as checker:
        report = validated(checker.check(even(tmp_path, 100)).report)
        assert checker.pids()
        assert len(report.protection) == 2
    assert {(f.status, f.code) for f in by_task(report.findings).values()} == {(Status.NOT_CHECKED, "not-installed")}


def test_switched_off(home, models, tmp_path):
    nets.install(models)
    with checking(home, models, detectors=False) as checker:
        report = validated(checker.check(even(tmp_path, 100)).report)
    codes = {name: f.code for name, f in by_task(report.findings).items()}
    assert codes == {**dict.fromkeys(codes, "not-installed"), "ai-image": "switched-off", "video": "switched-off"}


def test_one_switched_off_and_on_again(home, models, tmp_path):
    nets.install(models, calibration=LENIENT)
    store = ModelStore(home, models)
    with checking(home, models) as checker:
        store.enable("ai-image", on=False)
        checker.refresh()
        off = checker.check(even(tmp_path, 100)).report
        store.enable("ai-image", on=True)
        checker.refresh()
        on = checker.check(even(tmp_path, 100)).report
    assert off.finding(DETECTORS[0]).code == "switched-off"
    assert on.finding(DETECTORS[0]).status is Status.DONE


def test_an_added_model_speaks_instead_and_is_not_measured_here(home, models, tmp_path):
    nets.install(models, calibration=LENIENT)
    nets.install(home.models, name="mine", calibration=LENIENT)
    ModelStore(home, models).enable("mine", on=True)
    with detecting(home, models) as asked:
        found = by_task(asked.look(even(tmp_path, 220)).looked.findings)["ai-image"]
    assert (found.details["model"], found.details["reason"]) == ("mine", "not-measured")
    assert found.details["error_rate"]["false_alarms"] is None
    assert found.details["joint_limit"] is False
    assert found.details["score"] > 0.9


@pytest.mark.parametrize(
    ("size", "reason"), [((90, 300), "too-small"), ((400, 300), "unfamiliar")], ids=["small", "unfamiliar"]
)
def test_it_abstains_and_gives_the_score(home, models, tmp_path, size, reason):
    far = Calibration(limit=0.6, none_below=0.4, least_side=100, distance_limit=0.1, set="made here", rates=nets.RATES)
    nets.install(models, calibration=far)
    with detecting(home, models) as asked:
        found = by_task(asked.look(even(tmp_path, 220, size=size)).looked.findings)["ai-image"]
    assert (found.code, found.details["reason"]) == ("inconclusive", reason)
    assert found.details["score"] > 0.9


def test_a_broken_output_spoils_no_other(home, models, tmp_path):
    nets.install(models, data=nets.not_a_number())
    nets.install(models, Task.SPLICE, calibration=LENIENT, feed=Feed.DETAIL)
    with checking(home, models) as checker:
        report = validated(checker.check(even(tmp_path, 220)).report)
    found = by_task(report.findings)
    assert (found["ai-image"].status, found["ai-image"].code) == (Status.FAILED, "broken-output")
    assert found["splice"].status is Status.DONE


def test_what_wants_too_much_memory_fails_alone(home, models, tmp_path):
    nets.install(models, data=nets.huge())
    nets.install(models, Task.SPLICE, calibration=LENIENT, feed=Feed.DETAIL)
    with detecting(home, models) as asked:
        found = by_task(asked.look(even(tmp_path, 220)).looked.findings)
    assert (found["ai-image"].status, found["ai-image"].code) == (Status.FAILED, "memory")
    assert found["splice"].status is Status.DONE


def test_what_never_ends_is_stopped_and_the_rest_and_the_next_file_are_served(home, models, tmp_path):
    nets.install(models, data=nets.endless())
    nets.install(models, Task.SPLICE, calibration=LENIENT, feed=Feed.DETAIL)
    path = even(tmp_path, 220)
    with detecting(home, models, wall_seconds=5) as asked:
        started = time.monotonic()
        twice = [by_task(asked.look(path).looked.findings) for _ in range(2)]
        waited = time.monotonic() - started
        started = time.monotonic()
        third = by_task(asked.look(path).looked.findings)
        assert time.monotonic() - started < 5  # it has been struck off
    for found in (*twice, third):
        assert (found["ai-image"].status, found["ai-image"].code) == (Status.FAILED, "timeout")
        assert found["ai-image"].params == {"seconds": 5}
        assert found["splice"].status is Status.DONE
    assert 10 <= waited < 30


def test_stopping_a_check_ends_the_process(home, models, tmp_path):
    nets.install(models, data=nets.endless())
    cancel = threading.Event()
    path = even(tmp_path, 100)
    with checking(home, models) as checker:

        def when(progress: Progress) -> None:
            if progress.step is Step.DETECTORS:
                threading.Timer(0.3, cancel.set).start()

        started = time.monotonic()
        with pytest.raises(Stopped):
            checker.check(path, when, cancel)
        assert time.monotonic() - started < 20


def missing(folder: Path) -> None:
    (folder / modelfile.MODEL).unlink()


def half_downloaded(folder: Path) -> None:
    data = (folder / modelfile.MODEL).read_bytes()
    (folder / modelfile.MODEL).write_bytes(data[: len(data) // 2])


def of_another_hash(folder: Path) -> None:
    (folder / modelfile.MODEL).write_bytes(nets.brightness(gain=9.0))


@pytest.mark.parametrize(
    ("harm", "code"),
    [(missing, "model-missing"), (half_downloaded, "model-changed"), (of_another_hash, "model-changed")],
)
def test_a_harmed_model_file_is_not_run(home, models, tmp_path, harm, code):
    nets.install(models)
    nets.install(models, Task.SPLICE, calibration=LENIENT, feed=Feed.DETAIL)
    harm(models / "ai-image")
    with checking(home, models) as checker:
        report = validated(checker.check(even(tmp_path, 100)).report)
    found = by_task(report.findings)
    assert (found["ai-image"].status, found["ai-image"].code) == (Status.NOT_CHECKED, code)
    assert found["splice"].status is Status.DONE


@pytest.mark.parametrize("data", [b"not a network", b"\x08\x08" + bytes(100)])
def test_what_is_no_network_is_refused(home, models, tmp_path, data):
    nets.install(models, data=data)
    with checking(home, models) as checker:
        found = checker.check(even(tmp_path, 100)).report.finding(DETECTORS[0])
    assert (found.status, found.code) == (Status.NOT_CHECKED, "model-refused")


def test_one_that_was_trained_on_other_preparations_is_refused(home, models, tmp_path):
    nets.install(models, preprocessing="0")
    with detecting(home, models) as asked:
        found = by_task(asked.look(even(tmp_path, 100)).looked.findings)["ai-image"]
    assert (found.status, found.code) == (Status.NOT_CHECKED, "model-refused")


def test_a_network_that_takes_something_else_fails_alone(home, models, tmp_path):
    nets.install(models, feed=Feed.DETAIL, outputs=Outputs("nothing"))
    nets.install(models, Task.SPLICE, calibration=LENIENT, feed=Feed.DETAIL)
    with checking(home, models) as checker:
        found = by_task(checker.check(even(tmp_path, 100)).report.findings)
    assert (found["ai-image"].status, found["ai-image"].code) == (Status.FAILED, "internal")
    assert found["splice"].status is Status.DONE


def test_without_what_finds_faces_no_face_is_looked_at(home, models, tmp_path):
    nets.install(models, Task.FACE, feed=Feed.FACES)
    with checking(home, models) as checker:
        found = by_task(checker.check(even(tmp_path, 100)).report.findings)["face"]
    assert (found.status, found.code) == (Status.NOT_CHECKED, "model-missing")


def spots(tmp_path: Path, places, size=(800, 600)) -> Path:
    """A grey picture with white squares: what the finder of these tests takes for faces."""
    shown = np.full((size[1], size[0], 3), 90, np.uint8)
    shown += np.random.default_rng(1).integers(0, 9, shown.shape).astype(np.uint8)
    for x, y in places:
        shown[y : y + 24, x : x + 24] = 255
    path = tmp_path / f"spots-{len(places)}.png"
    Image.fromarray(shown).save(path)
    return path


def test_faces_are_found_cut_and_asked_about(home, models, tmp_path):
    nets.install(models, Task.FACE, calibration=LENIENT, feed=Feed.FACES, count=16)
    nets.install_finder(models)
    crowd = [(x, y) for x in range(4, 800, 60) for y in range(4, 600, 60)]
    with checking(home, models) as checker:
        none, one, border, many = (
            validated(checker.check(spots(tmp_path, places)).report)
            for places in ([], [(400, 300)], [(776, 0), (0, 576)], crowd)
        )
    assert none.finding(Witness.FACE).code == "no-face"
    (x, y, width, height) = one.finding(Witness.FACE).details["boxes"][0]
    assert x < 412 / 800 < x + width
    assert y < 312 / 600 < y + height
    boxes = border.finding(Witness.FACE).details["boxes"]
    assert len(boxes) >= 2
    assert all(0 <= x <= x + w <= 1.001 and 0 <= y <= y + h <= 1.001 for x, y, w, h in boxes)
    assert many.finding(Witness.FACE).status is Status.DONE
    assert 1 <= len(many.finding(Witness.FACE).details["boxes"]) <= 16


def test_faces_in_a_clip_are_followed(home, models, tmp_path):
    nets.install(models, Task.FACE, calibration=LENIENT, feed=Feed.FACES, count=16)
    nets.install_finder(models)
    frames = [np.asarray(Image.open(spots(tmp_path, [(300 + 2 * n, 200)], (640, 480)))) for n in range(16)]
    path = tmp_path / "clip.mp4"
    path.write_bytes(media_files.written(frames))
    with detecting(home, models) as asked:
        said = by_task(asked.look(path).looked.findings)["video"].details
    assert (said["led_by"], said["kept"]) == ("face", 1.0)
    assert said["faces"] >= 1
    assert len(said["timeline"]) == 16


def test_a_killed_process_is_replaced(home, models, tmp_path):
    nets.install(models, calibration=LENIENT)
    path = even(tmp_path, 220)
    with checking(home, models) as checker:
        assert checker.check(path).report.finding(DETECTORS[0]).status is Status.DONE
        for pid in checker._detectors.pids():
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.2)
        found = [checker.check(path).report.finding(DETECTORS[0]) for _ in range(2)]
    assert found[-1].status is Status.DONE


def test_a_clip_is_looked_at_frame_by_frame(home, models, tmp_path):
    nets.install(models, calibration=LENIENT)
    path = tmp_path / "clip.mp4"
    path.write_bytes(media_files.clip(frames=50, size=(320, 240)))
    with checking(home, models) as checker:
        report = validated(checker.check(path).report)
    found = by_task(report.findings)
    said = found["video"].details
    assert (found["video"].status, said["decision"], said["reason"]) == (Status.DONE, "inconclusive", "not-measured")
    assert len(said["timeline"]) == 16
    scores = [entry["score"] for entry in said["timeline"]]
    assert scores == sorted(scores)  # it grows brighter
    assert said["median"] == said["score"] == pytest.approx(float(np.median(scores)))
    assert scores[8] <= said["p90"] <= scores[-1]
    assert said["led_by"] == "ai-image"
    assert found["ai-image"].code == "not-a-picture"


@pytest.mark.parametrize(
    ("limit", "none_below", "decision", "reason"),
    [(0.0, 0.0, "signs", ""), (1.0, 1.0, "none", ""), (1.0, 0.0, "inconclusive", "between")],
)
def test_a_clip_is_decided_where_clips_were_measured(home, models, tmp_path, limit, none_below, decision, reason):
    manifest = nets.install(models, calibration=replace(LENIENT, none_below=none_below, limit=1.0))
    rates = {"false_alarms": 0.01, "worst_source": 0.02, "recall": 0.3}
    told = {"schema": modelfile.CLIPS_SCHEMA, "statistic": "median", "limit": limit, "rates": rates, "set": "clips"}
    (models / modelfile.CLIPS).write_text(json.dumps(told | {"model_sha256": manifest.sha256, "date": "2026-11-27"}))
    path = tmp_path / "clip.mp4"
    path.write_bytes(media_files.clip(frames=50, size=(320, 240)))
    with detecting(home, models) as asked:
        said = by_task(asked.look(path).looked.findings)["video"].details
    assert (said["decision"], said["reason"], said["limit"]) == (decision, reason, limit)
    assert said["error_rate"] == {**rates, "set": "clips"}


def test_black_frames_say_nothing(home, models, tmp_path):
    nets.install(models)
    path = tmp_path / "black.mp4"
    path.write_bytes(media_files.written([np.zeros((120, 160, 3), np.uint8)] * 20))
    with detecting(home, models) as asked:
        found = by_task(asked.look(path).looked.findings)["video"]
    assert (found.status, found.code) == (Status.FAILED, "unreadable")


@pytest.mark.parametrize(
    ("name", "data", "kind", "codes"),
    [
        ("sound.wav", media_files.wav(), Kind.AUDIO, {"ai-image": "not-a-picture", "video": "no-video"}),
        ("text.txt", b"words", Kind.UNKNOWN, {"ai-image": "not-a-picture", "video": "no-video"}),
        ("empty.jpg", b"", Kind.UNKNOWN, {"ai-image": "not-a-picture", "video": "no-video"}),
        ("cut.jpg", media_files.jpeg()[:2000], Kind.IMAGE, {"ai-image": "unreadable", "video": "no-video"}),
        ("cut.mp4", media_files.clip()[:2000], Kind.VIDEO, {"ai-image": "not-a-picture", "video": "unreadable"}),
        ("huge.png", media_files.png_header(60_000, 60_000), Kind.IMAGE, {"ai-image": "too-large"}),
    ],
)
def test_other_files(home, models, tmp_path, name, data, kind, codes):
    nets.install(models)
    (tmp_path / name).write_bytes(data)
    with checking(home, models) as checker, detecting(home, models) as asked:
        whole = by_task(validated(checker.check(tmp_path / name).report).findings)
        alone = asked.look(tmp_path / name)
    assert alone.kind is kind
    found = by_task(alone.looked.findings)
    assert {task: (f.status, f.code) for task, f in whole.items()} == {t: (f.status, f.code) for t, f in found.items()}
    assert codes.items() <= {task: f.code for task, f in found.items()}.items()
    assert found["voice"].code == "not-installed"


def test_a_file_that_is_not_there(home, models, tmp_path):
    nets.install(models)
    with checking(home, models) as checker, detecting(home, models) as asked:
        whole = by_task(validated(checker.check(tmp_path / "none.jpg").report).findings)
        alone = asked.look(tmp_path / "none.jpg")
    assert whole["ai-image"].code == by_task(alone.looked.findings)["ai-image"].code == "missing"
    assert alone.sha256 == ""


def test_many_at_once(home, models, tmp_path):
    nets.install(models, calibration=LENIENT)
    nets.install(models, Task.SPLICE, calibration=LENIENT, feed=Feed.DETAIL)
    paths = [even(tmp_path, level) for level in (30, 220, 60, 200, 40, 210)]
    found: dict[Path, str] = {}
    with detecting(home, models) as asked:

        def work(path: Path) -> None:
            found[path] = by_task(asked.look(path).looked.findings)["ai-image"].code

        threads = [threading.Thread(target=work, args=(path,)) for path in paths]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [found[path] for path in paths] == ["none", "signs"] * 3
