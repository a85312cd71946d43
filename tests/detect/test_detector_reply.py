"""A detector worker is not believed: its replies keep to the bounds, or count for nothing."""

import copy

import pytest

from touchstone.check import detector_reply
from touchstone.check.sandbox import WorkerError
from touchstone.modelfile import Task
from touchstone.wire import WorkerFailure

SAID = {
    "model": "ai-image", "logit": 1.5, "distance": 0.5, "parts": [1.0, 2.0], "took_ms": 12, "failure": "",
    "boxes": [[0.0, 0.0, 1.0, 1.0]], "features": [["fine.noise.luma.level", -3.2]],
}  # fmt: skip
PICTURE = {
    "witnesses": {"ai-image": SAID, "face": {**SAID, "logit": None, "failure": "no-face"}},
    "measures": {"recompression": 0.2, "flat": False},
    "faces": 2,
    "maps": {"map-ai-image": [2, 3]},
    "frames": [],
}
BLOBS = {"map-ai-image": b"\0\1\2\3\4\5"}
CLIP = {
    "witnesses": {"ai-image": {"model": "x", "took_ms": 1, "failure": ""}},
    "measures": {},
    "faces": 0,
    "maps": {},
    "frames": [{"time": 0.5, "ai-image": 1.0}, {"time": 1.0, "face": None, "ai-image": -1.0}],
    "kept": 0.5,
    "took_ms": 100,
}


def changed(body: dict, path: str, value: object) -> dict:
    body = copy.deepcopy(body)
    *parents, last = path.split("/")
    place = body
    for parent in parents:
        place = place[int(parent) if isinstance(place, list) else parent]
    if value is ...:
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = value
    return body


def test_a_picture_within_bounds():
    found = detector_reply.parse(PICTURE, BLOBS)
    said = found.said[Task.AI_IMAGE]
    assert (said.logit, said.distance, said.parts, said.failure) == (1.5, 0.5, (1.0, 2.0), "")
    assert found.said[Task.FACE].failure == "no-face"
    assert (found.maps["map-ai-image"].width, found.maps["map-ai-image"].height) == (3, 2)
    assert found.maps["map-ai-image"].rgb == bytes([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5])
    assert found.kept is None


def test_a_clip_within_bounds():
    found = detector_reply.parse(CLIP, {})
    assert [frame["ai-image"] for frame in found.frames] == [1.0, -1.0]
    assert found.kept == 0.5


AI = "witnesses/ai-image"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{AI}/logit", float("nan")), (f"{AI}/logit", float("inf")), (f"{AI}/logit", 1e7), (f"{AI}/logit", "1"),
        (f"{AI}/logit", True), (f"{AI}/logit", ...), (f"{AI}/model", "../x"), (f"{AI}/model", "x" * 65),
        (f"{AI}/failure", "fake"), (f"{AI}/failure", None), (f"{AI}/parts", [0.0] * 65), (f"{AI}/parts", [None]),
        (f"{AI}/took_ms", -1), (f"{AI}/took_ms", 10**9), (f"{AI}/boxes", [[0, 0, 1, 1.1]]),
        (f"{AI}/boxes", [[0, 0, 1]]), (f"{AI}/boxes", [[0, 0, 1, 1]] * 65), (f"{AI}/features", [["A b", 1]]),
        (f"{AI}/features", [["a", 1]] * 9), (f"{AI}/features", [["a"]]), (f"{AI}/other", 1),
        ("witnesses/spirit", SAID), ("measures", {"a": "b"}), ("measures", {"A": 1}), ("measures", {"a": 1e300}),
        ("measures", {f"m{n}": 1 for n in range(17)}), ("measures", []), ("faces", 65), ("faces", -1),
        ("maps", {"map-ai-image": [3, 3]}), ("maps", {"map-ai-image": [1, 257]}), ("maps", {"map-face": [2, 3]}),
        ("maps", {}), ("frames", [{"time": 0}]), ("frames", ...), ("kept", 0.5),
    ],
)  # fmt: skip
def test_a_picture_outside_of_bounds(path, value):
    with pytest.raises(WorkerError) as refused:
        detector_reply.parse(changed(PICTURE, path, value), BLOBS)
    assert refused.value.failure is WorkerFailure.PROTOCOL


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("frames", [{"time": 0.0}] * 17), ("frames", [{"time": -1}]), ("frames", [{"ai-image": 1}]),
        ("frames/0/ai-image", float("nan")), ("frames/0/splice", 1.0), ("kept", 2), ("took_ms", "1"),
        ("maps", {"map-splice": [1, 1]}), ("witnesses/ai-image/logit", 1.0),
    ],
)  # fmt: skip
def test_a_clip_outside_of_bounds(path, value):
    with pytest.raises(WorkerError):
        detector_reply.parse(changed(CLIP, path, value), {})


def test_a_map_that_was_not_announced():
    with pytest.raises(WorkerError):
        detector_reply.parse(CLIP, {"map-splice": b"x"})


def test_ready():
    assert detector_reply.parse_ready({"models": [{"failure": ""}, {"failure": "model-refused"}]}, 2) == [
        "",
        "model-refused",
    ]
    for body, count in (({"models": []}, 1), ({"models": [{"failure": "x"}]}, 1), ({}, 0), ({"models": 3}, 0)):
        with pytest.raises(WorkerError):
            detector_reply.parse_ready(body, count)
