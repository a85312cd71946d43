"""Faces: the finder that ships, what it finds in pictures of people, what is cut out, and the net that judges it."""

import csv
import hashlib
import json
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from touchstone import modelfile
from touchstone.detect import faces
from touchstone.detect.faces import Face, Finder
from touchstone.detect.scene import Scene
from touchstone.detect.session import Model, Trouble
from touchstone.lineage import record

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "resources" / "models" / "face-finder"
IMAGES = ROOT.parent / "shared" / "data" / "images"
with_pictures = pytest.mark.skipif(not IMAGES.is_dir(), reason="pictures of people are read from a folder beside")

SIDES = st.floats(1, 500)
ROWS = st.lists(
    st.tuples(st.floats(0.6, 1), st.floats(-100, 900), st.floats(-100, 900), SIDES, SIDES), max_size=30
).map(lambda rows: np.array([[s, x, y, x + w, y + h] for s, x, y, w, h in rows], np.float64).reshape(-1, 5))


@pytest.fixture(scope="module")
def finder() -> Finder:
    return Finder((FOLDER / "model.onnx").read_bytes())


def pictures(source: str, number: int) -> list[np.ndarray]:
    """Views of a source, the first in order."""
    with (IMAGES / "index.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["source"] == source and row["view_file"]]
    return [cv2.imread(str(IMAGES / row["view_file"]))[..., ::-1] for row in rows[:number]]


# What is blended


@given(ROWS)
def test_blending_leaves_one_box_a_group_and_never_more(rows):
    made = faces.blend(rows, 0.3)
    assert len(made) <= len(rows)
    assert (len(made) == 0) == (len(rows) == 0)
    assert made[:, 0].tolist() == sorted(made[:, 0], reverse=True)
    for row in rows:  # a box that stands alone stays what it is
        others = [r for r in rows if r is not row]
        if all(faces.intersection_over_union(row[1:5], o[None, 1:5])[0] < 0.3 for o in others):
            assert np.isclose(made, row).all(axis=1).any()


@given(ROWS.filter(len))
def test_a_blended_box_lies_within_those_it_was_made_of(rows):
    made = faces.blend(rows, 0.3)
    assert made[0, 0] == rows[:, 0].max()
    assert (made[:, 1:] >= rows[:, 1:].min(axis=0) - 1e-6).all()
    assert (made[:, 1:] <= rows[:, 1:].max(axis=0) + 1e-6).all()


def test_the_surer_box_weighs_more():
    made = faces.blend(np.array([[0.9, 0, 0, 100, 100], [0.6, 10, 10, 110, 110]], np.float64), 0.3)
    assert made[0].tolist() == pytest.approx([0.9, 4, 4, 104, 104])


@given(ROWS.filter(lambda rows: len(rows) > 1))
def test_overlap_is_a_share_and_the_same_both_ways(rows):
    one, two = rows[0, 1:5], rows[1, 1:5]
    there, back = faces.intersection_over_union(one, two[None])[0], faces.intersection_over_union(two, one[None])[0]
    assert there == pytest.approx(back)
    assert 0 <= there <= 1
    assert faces.intersection_over_union(one, one[None])[0] == pytest.approx(1)


def test_what_is_no_box_on_the_picture_is_left_out():
    good = [0.9, 10, 10, 110, 110]
    bad = [[0.9, np.nan, 10, 110, 110], [0.9, 10, 10, np.inf, 110], [0.9, 110, 110, 10, 10], [0.9, 10, 10, 10, 110]]
    beyond = [[0.9, -300, 10, -100, 110], [0.9, 10, 700, 110, 900], [0.9, -1e9, -1e9, 1e9, 1e9], [0.9, 10, 10, 40, 40]]
    assert faces.sensible(np.array([good, *bad, *beyond]), 640, 480).tolist() == [good]


def test_small_faces_are_left_out_and_the_largest_come_first():
    rows = np.array([[0.9, 0, 0, 79, 79]] + [[0.7, 30 * i, 0, 30 * i + 80 + i, 80] for i in range(30)], np.float64)
    found = faces.largest(rows, 2000, 2000)
    assert len(found) == faces.MOST
    assert [f.width for f in found] == [109.0 - i for i in range(faces.MOST)]


# What is cut


@given(
    st.tuples(st.integers(1, 60), st.integers(1, 60)),
    st.builds(Face, *[st.floats(-1e6, 1e6)] * 2, *[st.floats(0.1, 1e6)] * 2, score=st.just(1.0)),
    st.sampled_from([1, 16, 96]),
)
def test_any_face_of_any_picture_can_be_cut(sides, face, size):
    picture = np.random.default_rng(0).integers(40, 60, (*sides, 3), dtype=np.uint8)
    made = faces.cut(picture, face, size)
    assert made.shape == (size, size, 3)
    assert made.dtype == np.uint8
    assert made.min() >= 40
    assert made.max() < 60


def test_a_cut_is_the_face_and_a_margin():
    picture = np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    assert (faces.cut(picture, Face(100, 110, 100, 80, 1.0), 130) == picture[85:215, 85:215]).all()


def test_beyond_the_border_a_cut_is_mirrored():
    picture = np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    made = faces.cut(picture, Face(-50, 100, 100, 100, 1.0), 130)  # its middle on the left edge
    assert (made[:, 65:] == picture[85:215, :65]).all()
    assert (made[:, :65] == picture[85:215, :65][:, ::-1]).all()


# The finder


def test_the_model_that_ships_is_the_one_described():
    told = json.loads((FOLDER / "finder.json").read_text(encoding="utf-8"))
    model = (FOLDER / "model.onnx").read_bytes()
    assert told["sha256"] == hashlib.sha256(model).hexdigest()
    assert told["bytes"] == len(model)
    assert told["licence"] == "Apache-2.0"
    assert "BlazeFace" in (ROOT / "NOTICE").read_text(encoding="utf-8")


def test_the_model_says_what_the_published_one_says():
    """Values of the file that it was converted from, run by its own runtime on this drawing."""
    import onnxruntime

    rows, columns = np.mgrid[:192, :192]
    planes = (
        (rows * 3 + columns) % 256,
        (rows * columns // 7) % 256,
        255 - ((rows - 96) ** 2 + (columns - 96) ** 2) // 73,
    )
    session = onnxruntime.InferenceSession(FOLDER / "model.onnx", providers=["CPUExecutionProvider"])
    drawn = np.stack(planes).astype(np.uint8).astype(np.float32)[None] / 255
    boxes, scores = session.run(["boxes", "scores"], {"pixels": drawn})
    at = [0, 700, 1176, 1500, 2303]
    assert scores[0, at, 0].tolist() == pytest.approx([-5.803, -2.636, -2.757, -3.572, -8.721], abs=2e-3)
    assert boxes[0, at, 2].tolist() == pytest.approx([17.353, 14.684, 20.563, 18.485, 40.049], abs=2e-3)
    assert boxes[0, at, 5].tolist() == pytest.approx([-7.475, -6.307, -5.215, -5.624, -8.18], abs=2e-3)


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 1280), (1280, 1), (79, 79), (80, 80), (81, 500), (820, 1280), (4000, 6000)]
)
@pytest.mark.parametrize("value", [0, 128, 255])
def test_flat_pictures_of_any_size_have_no_face(finder, shape, value):
    assert finder.find(np.full((*shape, 3), value, np.uint8)) == []


def test_noise_and_stripes_have_no_face(finder):
    noise = np.random.default_rng(0).integers(0, 256, (600, 800, 3), dtype=np.uint8)
    stripes = np.tile(np.uint8([[[0, 0, 0], [255, 255, 255]]]), (600, 400, 1))
    assert finder.find(noise) == finder.find(stripes) == []


def hostile(score: float, box: float) -> bytes:
    """A network of the finder's shapes that says the same everywhere."""
    node = helper.make_node
    nodes = [
        node("AveragePool", ["pixels"], ["cells"], kernel_shape=[4, 4], strides=[4, 4]),
        node("ReduceMin", ["cells"], ["one"], axes=[1], keepdims=0),
        node("Reshape", ["one", "rows"], ["column"]),
        node("Mul", ["column", "nothing"], ["zeros"]),
        node("Add", ["zeros", "score"], ["scores"]),
        node("Tile", ["zeros", "sixteen"], ["many"]),
        node("Add", ["many", "box"], ["boxes"]),
    ]
    constants = {"rows": np.int64([1, -1, 1]), "nothing": np.float32(0), "sixteen": np.int64([1, 1, 16])}
    constants |= {"score": np.float32(score), "box": np.float32(box)}
    graph = helper.make_graph(
        nodes,
        "hostile",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in ("boxes", "scores")],
        [numpy_helper.from_array(np.asarray(v), n) for n, v in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


@pytest.mark.parametrize("score", [np.nan, np.inf, -np.inf, 1e30, -1e30, 3.0])
@pytest.mark.parametrize("box", [np.nan, np.inf, -np.inf, 3e38, -50.0, 0.0, 60.0])
def test_whatever_a_network_says_faces_are_few_and_finite(score, box):
    found = Finder(hostile(score, box)).find(np.full((480, 640, 3), 90, np.uint8))
    assert len(found) <= faces.MOST
    for face in found:
        assert np.isfinite([face.x, face.y, face.width, face.height, face.score, *face.points]).all()
        assert faces.cut(np.zeros((480, 640, 3), np.uint8), face, 32).shape == (32, 32, 3)


@with_pictures
def test_faces_of_people_are_found(finder):
    found = [finder.find(p) for p in pictures("src09", 25)]
    assert sum(bool(f) for f in found) >= 24
    assert all(max(f.width, f.height) >= faces.LEAST for fs in found for f in fs)
    assert all(f.score >= faces.SCORE and len(f.points) == 12 for fs in found for f in fs)


@with_pictures
def test_screens_have_no_faces(finder):
    found = [finder.find(p) for source in ("src08", "src17") for p in pictures(source, 12)]
    assert sum(bool(f) for f in found) <= 1


@with_pictures
def test_a_face_is_found_small_in_a_large_picture_and_large_in_a_small_one(finder):
    face = pictures("src09", 1)[0]
    (whole,) = finder.find(face)
    scale = 100 / whole.width
    small = cv2.resize(face, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    picture = np.full((820, 1280, 3), 127, np.uint8)
    picture[500 : 500 + len(small), 900 : 900 + small.shape[1]] = small
    (there,) = finder.find(picture)
    assert (there.x, there.y) == pytest.approx((900 + whole.x * scale, 500 + whole.y * scale), abs=15)
    assert there.width == pytest.approx(100, abs=12)
    large = cv2.resize(face, (1200, 1200), interpolation=cv2.INTER_CUBIC)
    assert finder.find(large)[0].width == pytest.approx(whole.width * 1200 / len(face), rel=0.15)


@with_pictures
def test_faces_cut_by_the_border_are_found(finder):
    seen = 0
    for picture in pictures("src09", 12):
        (face, *_) = finder.find(picture)
        half = picture[:, round(face.x + face.width * 0.3) :]
        found = finder.find(half)
        seen += bool(found)
        assert all(faces.cut(half, f, 64).shape == (64, 64, 3) for f in found)
    assert seen >= 8


@with_pictures
def test_of_many_faces_the_largest_are_taken_and_soon(finder):
    people = pictures("src09", 20)
    began = time.monotonic()
    assert len(finder.find(tiled(people, 64, 20, 10))) <= faces.MOST  # two hundred, of about 40 pixels
    found = finder.find(tiled(people, 160, 8, 6))
    assert time.monotonic() - began < 3
    assert len(found) == faces.MOST
    areas = [f.width * f.height for f in found]
    assert areas == sorted(areas, reverse=True)


def tiled(people: list[np.ndarray], side: int, across: int, down: int) -> np.ndarray:
    cells = [cv2.resize(np.ascontiguousarray(p), (side, side), interpolation=cv2.INTER_AREA) for p in people]
    return np.vstack([np.hstack([cells[(5 * row + c) % len(cells)] for c in range(across)]) for row in range(down)])


# The net that is asked about them


@pytest.fixture(scope="module")
def net() -> Model:
    folder = ROOT / "resources" / "models" / "face"
    manifest = modelfile.parse((folder / modelfile.MANIFEST).read_bytes())
    model = (folder / modelfile.MODEL).read_bytes()
    assert hashlib.sha256(model).hexdigest() == manifest.sha256
    return Model(manifest, model, 1)


def logits(net: Model, finder: Finder, picture: np.ndarray) -> np.ndarray:
    given = net.manifest.inputs[0]
    return net.run({given.name: Scene({"detail": picture}, find=finder.find).fed(given)}).logits


def test_the_net_gives_a_number_for_each_of_sixteen_faces(net):
    given = net.manifest.inputs[0]
    batch = np.random.default_rng(0).normal(0, 1, (given.count, 3, given.size, given.size)).astype(np.float32)
    together = net.run({given.name: batch}).logits
    assert together.shape == (faces.MOST,)
    assert np.isfinite(together).all()
    alone = [net.run({given.name: batch[i : i + 1]}).logits[0] for i in range(3)]
    assert together[:3] == pytest.approx(alone, abs=1e-3)


def test_its_record_names_the_file_and_what_it_was_judged_on(net):
    told = record.read(ROOT / "resources" / "models" / "face" / modelfile.RECORD)
    swaps = json.loads((ROOT / "training" / "face_swaps.json").read_text(encoding="utf-8"))
    found = ROOT / "resources" / "models" / "face-finder" / "model.onnx"
    assert told.weights.sha256 == net.manifest.sha256
    assert told.parameters["swaps"]["sha256"] == swaps["sha256"]
    assert set(told.splits) == {"fold-0", "fold-1"}
    assert told.files["face-finder/model.onnx"].sha256 == hashlib.sha256(found.read_bytes()).hexdigest()
    assert net.manifest.calibration.rates.auc == pytest.approx(told.metrics["laundered"]["auc"], abs=1e-3)


def test_no_face_is_nothing_to_say(net, finder):
    with pytest.raises(Trouble, match="no-face"):
        logits(net, finder, np.full((300, 300, 3), 90, np.uint8))


@with_pictures
def test_most_people_show_no_signs(net, finder):
    scores = [net.manifest.calibration.score(float(logits(net, finder, p).max())) for p in pictures("src09", 15)]
    assert sum(s >= net.manifest.calibration.limit for s in scores) <= 2
