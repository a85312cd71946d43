"""Real models, sound and hostile, tried in the real process: each refusal for its own reason, and none gets out."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import AttributeProto, TensorProto, helper, numpy_helper
from tests.plugins import onnx_making as making
from tests.plugins.onnx_making import BOOL, FLOAT, INT64, constant, mean, one, only_logit, proto, squares, value

from touchstone.check.opening import Stopped
from touchstone.check.plugins_trial import Trial
from touchstone.check.plugins_types import TRIAL, PluginError, Refusal
from touchstone.check.sandbox import Limits
from touchstone.detect import dryrun_graph, features, prepare
from touchstone.modelfile import Feed, Input, Outputs

SHORT = Limits(wall_seconds=8, memory_bytes=512 << 20, cpu_seconds=2)


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    made = Trial(SHORT)
    yield made
    made.close()


def refusal(trial: Trial, model: bytes, **changes: object) -> Refusal:
    with pytest.raises(PluginError) as caught:
        trial.run(making.manifest(model, **changes), model)
    return caught.value.refusal


ALL = Outputs("logit", "distance", "map", "parts")


def test_a_sound_model_passes_and_its_steps_are_told(trial: Trial):
    steps: list[str] = []
    model = making.sound()
    assert trial.run(making.manifest(model, outputs=ALL), model, on_step=steps.append) < 2000
    assert steps == ["looking", "loading", "running"]


@pytest.mark.parametrize(
    ("feed", "shape", "axes"),
    [
        (Feed.CROPS, ["n", 3, 64, 64], [0, 1, 2, 3]),
        (Feed.DETAIL, [1, 3, "h", "w"], [0, 1, 2, 3]),
        (Feed.FACES, ["n", 3, 64, 64], [1, 2, 3]),
        (Feed.FEATURES, [1, len(features.NAMES)], [1]),
    ],
)
def test_every_feed_is_tried_with_its_own_shape(trial: Trial, feed: Feed, shape: list[object], axes: list[int]):
    nodes = [helper.make_node("ReduceMean", ["x"], ["logit"], axes=axes, keepdims=0)]
    model = only_logit(nodes, inputs=[squares(shape, "x")])
    count = 3 if feed in {Feed.CROPS, Feed.FACES} else 1
    size, version = (len(features.NAMES), features.VERSION) if feed is Feed.FEATURES else (64, prepare.VERSION)
    trial.run(making.manifest(model, inputs=(Input("x", feed, size, count),), preprocessing=version), model)


def test_made_for_another_version(trial: Trial):
    assert refusal(trial, making.sound(), preprocessing="0") is Refusal.OTHER_PREPROCESSING
    fewer = (Input("x", Feed.FEATURES, len(features.NAMES) - 1),)
    assert refusal(trial, making.sound(), inputs=fewer, preprocessing=features.VERSION) is Refusal.WRONG_INPUTS


def test_half_precision_weights_pass(trial: Trial):
    weight = numpy_helper.from_array(np.float16([2]), "w")
    nodes = [
        mean(),
        helper.make_node("Cast", ["w"], ["w32"], to=FLOAT),
        helper.make_node("Mul", ["mean", "w32"], ["m"]),
    ]
    model = only_logit([*nodes, one("m")], initializer=[weight])
    trial.run(making.manifest(model), model)


def test_a_finite_loop_and_a_branch_pass(trial: Trial):
    model = only_logit([*loop(times=5), one("looped")])
    trial.run(making.manifest(model), model)
    model = only_logit([mean(), one("mean", "m"), *branches("m")])
    trial.run(making.manifest(model), model)


# Not a model, or not one that is tried


NOT_ONNX = {
    "empty": b"",
    "text": b"hello, this is not a model at all",
    "zeros": bytes(4096),
    "cut off": making.sound()[:-7],
    "half": making.sound()[: len(making.sound()) // 2],
    "longer inside than outside": bytes([0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]) + b"x" * 100,
    "number without end": bytes([0x08]) + b"\xff" * 40,
    "group": bytes([0x3B, 0x3C]),
    "no graph": helper.make_model(helper.make_graph([], "g", [], [])).SerializeToString()[:2],
    "the runtime's own format": b"\x20\x00\x00\x00ORTM" + making.sound(),
    "a format announced in a model": b"\x12\x06xxORTM" + making.sound(),
    "fewer weights than announced": only_logit(
        [mean(), helper.make_node("Add", ["mean", "w"], ["m"]), one("m")],
        initializer=[TensorProto(name="w", data_type=FLOAT, dims=[10**6, 10**6], raw_data=b"four")],
    ),
    "type error": only_logit([helper.make_node("And", ["squares", "squares"], ["logit"])]),
}


@pytest.mark.parametrize("name", NOT_ONNX)
def test_what_is_no_model(trial: Trial, name: str):
    model = NOT_ONNX[name]
    assert refusal(trial, model, bytes=max(1, len(model))) is Refusal.NOT_ONNX


def outside(location: str = "../../etc/passwd") -> TensorProto:
    tensor = helper.make_tensor("w", FLOAT, [1], [1.0])
    tensor.ClearField("float_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, said in {"location": location, "offset": "0", "length": "4"}.items():
        entry = tensor.external_data.add()
        entry.key, entry.value = key, said
    return tensor


def in_an_attribute() -> bytes:
    return only_logit([helper.make_node("Constant", [], ["c"], value=outside()), mean(), one()])


def in_a_branch() -> bytes:
    then = helper.make_graph([helper.make_node("Constant", [], ["t"], value=outside())], "t", [], [value("t")])
    no = helper.make_graph([constant("e", np.float32([0]))], "e", [], [value("e")])
    node = helper.make_node("If", ["yes"], ["logit"], then_branch=then, else_branch=no)
    return only_logit([constant("yes", np.array(True)), mean(), node])


def in_a_sparse_tensor() -> bytes:
    indices = helper.make_tensor("i", INT64, [1], [0])
    sparse = helper.make_sparse_tensor(outside(), indices, [4])
    return only_logit([mean(), one()], sparse_initializer=[sparse])


EXTERNAL = {
    "weights": only_logit([mean(), one()], initializer=[outside()]),
    "absolute": only_logit([mean(), one()], initializer=[outside("/etc/passwd")]),
    "attribute": in_an_attribute(),
    "branch": in_a_branch(),
    "sparse": in_a_sparse_tensor(),
}


@pytest.mark.parametrize("name", EXTERNAL)
def test_data_in_other_files(trial: Trial, name: str):
    assert refusal(trial, EXTERNAL[name]) is Refusal.EXTERNAL_DATA


def other_domain(domain: str) -> bytes:
    made = proto([mean(), helper.make_node("Special", ["mean"], ["m"], domain=domain), one("m")])
    made.opset_import.append(helper.make_opsetid(domain, 1))
    return made.SerializeToString()


def with_a_function() -> bytes:
    """Functions that call each other grow without bound when they are written out."""
    made = proto([mean(), one()])
    node = helper.make_node("Relu", ["a"], ["b"])
    made.functions.append(helper.make_function("here", "Twice", ["a"], ["b"], [node], [helper.make_opsetid("", 17)]))
    return made.SerializeToString()


CUSTOM = {
    "someone's": other_domain("com.example"),
    "the runtime's": other_domain("com.microsoft"),
    "unknown": only_logit([mean(), helper.make_node("NoSuchThing", ["mean"], ["m"]), one("m")]),
    "functions": with_a_function(),
}


@pytest.mark.parametrize("name", CUSTOM)
def test_operations_that_onnx_does_not_define(trial: Trial, name: str):
    assert refusal(trial, CUSTOM[name]) is Refusal.CUSTOM_OPS


def nested(depth: int) -> bytes:
    """Branches within branches."""
    inner = helper.make_graph([constant("r0", np.float32([0]))], "g0", [], [value("r0")])
    for level in range(1, depth):
        yes = constant(f"y{level}", np.array(True))
        node = helper.make_node("If", [f"y{level}"], [f"r{level}"], then_branch=inner, else_branch=inner)
        node.attribute[1].g.CopyFrom(
            helper.make_graph([constant(f"e{level}", np.float32([0]))], "e", [], [value(f"e{level}")])
        )
        inner = helper.make_graph([yes, node], f"g{level}", [], [value(f"r{level}")])
    yes = constant("yes", np.array(True))
    other = helper.make_graph([constant("o", np.float32([0]))], "o", [], [value("o")])
    return only_logit([mean(), yes, helper.make_node("If", ["yes"], ["logit"], then_branch=inner, else_branch=other)])


def chain(length: int) -> bytes:
    links = [helper.make_node("Relu", [f"n{i}"], [f"n{i + 1}"]) for i in range(length)]
    return only_logit([mean(into="n0"), *links, one(f"n{length}")])


COMPLEX = {
    "deep": lambda: nested(20),
    "many nodes": lambda: chain(100_000),
    "many fields": lambda: b"\x08\x01" * 1_100_000,
}


@pytest.mark.parametrize("name", COMPLEX)
def test_too_many_parts(trial: Trial, name: str):
    assert refusal(trial, COMPLEX[name]()) is Refusal.TOO_COMPLEX


def test_a_long_chain_within_the_bounds_passes(trial: Trial):
    model = chain(3000)
    trial.run(making.manifest(model), model)


# Inputs and outputs


def test_other_inputs_than_the_manifest_says(trial: Trial):
    two = only_logit([mean(), one()], inputs=[squares(), squares(name="more")])
    assert refusal(trial, two) is Refusal.WRONG_INPUTS
    sound = making.sound()
    assert refusal(trial, sound, inputs=(Input("pixels", Feed.SQUARES, 32),)) is Refusal.WRONG_INPUTS
    twice = (Input("squares", Feed.SQUARES, 32), Input("squares", Feed.SQUARES, 32))
    assert refusal(trial, sound, inputs=twice) is Refusal.WRONG_INPUTS
    assert refusal(trial, sound, inputs=(Input("squares", Feed.SQUARES, 48),)) is Refusal.WRONG_INPUTS
    other = (Input("squares", Feed.FEATURES, len(features.NAMES)),)
    assert refusal(trial, sound, inputs=other, preprocessing=features.VERSION) is Refusal.WRONG_INPUTS
    fixed = only_logit([mean(), one()], inputs=[squares((1, 3, 32, 32))])
    assert refusal(trial, fixed) is Refusal.WRONG_INPUTS  # the manifest allows four at a time
    bytes_in = only_logit(
        [helper.make_node("Cast", ["squares"], ["f"], to=FLOAT), mean("f"), one()],
        inputs=[value("squares", TensorProto.UINT8, ["n", 3, 32, 32])],
    )
    assert refusal(trial, bytes_in) is Refusal.WRONG_INPUTS


def strings() -> bytes:
    nodes = [mean(), one("mean", "m"), helper.make_node("Cast", ["m"], ["logit"], to=TensorProto.STRING)]
    return only_logit(nodes, outputs=[value("logit", TensorProto.STRING)])


def sequence() -> bytes:
    out = helper.make_tensor_sequence_value_info("logit", FLOAT, None)
    return only_logit([mean(), helper.make_node("SequenceConstruct", ["mean"], ["logit"])], outputs=[out])


def nothing() -> bytes:
    return only_logit([constant("z", np.zeros((0,), np.float32)), helper.make_node("Identity", ["z"], ["logit"])])


def whole_numbers() -> bytes:
    nodes = [mean(), one("mean", "m"), helper.make_node("Cast", ["m"], ["logit"], to=INT64)]
    return only_logit(nodes, outputs=[value("logit", INT64)])


OUTPUTS = {
    "strings": strings(),
    "sequence": sequence(),
    "nothing in it": nothing(),
    "whole numbers": whole_numbers(),
    "one for each element": only_logit([mean(into="logit")]),
    "a picture": only_logit([helper.make_node("Relu", ["squares"], ["logit"])]),
    "fails when it runs": only_logit(
        [
            constant("s", np.int64([7])),
            helper.make_node("Reshape", ["squares", "s"], ["seven"]),
            helper.make_node("ReduceMean", ["seven"], ["logit"], axes=[0], keepdims=1),
        ]
    ),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_other_outputs_than_a_detector_has(trial: Trial, name: str):
    assert refusal(trial, OUTPUTS[name]) is Refusal.WRONG_OUTPUTS


@pytest.mark.parametrize("outputs", [Outputs("score"), Outputs("logit", map="parts"), Outputs("logit", parts="map")])
def test_outputs_that_are_not_there_or_are_something_else(trial: Trial, outputs: Outputs):
    assert refusal(trial, making.sound(), outputs=outputs) is Refusal.WRONG_OUTPUTS


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_what_is_no_number(trial: Trial, number: float):
    model = only_logit(
        [mean(), constant("n", np.float32([number])), helper.make_node("Add", ["mean", "n"], ["m"]), one("m")]
    )
    assert refusal(trial, model) is Refusal.NOT_FINITE


def test_a_number_only_at_times(trial: Trial):
    """The logarithm of what lies on either side of nought."""
    model = only_logit([helper.make_node("Log", ["squares"], ["l"]), mean("l"), one()])
    assert refusal(trial, model) is Refusal.NOT_FINITE


def test_chance(trial: Trial):
    noise = helper.make_node("RandomNormal", [], ["noise"], shape=[1])
    model = only_logit([mean(), noise, helper.make_node("Add", ["mean", "noise"], ["m"]), one("m")])
    assert refusal(trial, model) is Refusal.NOT_DETERMINISTIC


# Time, memory, crashes


def loop(times: int = 0) -> list[object]:
    """A loop over the mean: without end where `times` is 0."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go_in"], ["go_out"]),
            helper.make_node("Sin", ["kept_in"], ["kept_out"]),
        ],
        "body",
        [value("i", INT64, []), value("go_in", BOOL, []), value("kept_in", FLOAT)],
        [value("go_out", BOOL, []), value("kept_out", FLOAT)],
    )
    limit = [constant("times", np.array(times, np.int64))] if times else []
    node = helper.make_node("Loop", ["times" if times else "", "go", "mean"], ["looped"], body=body)
    return [mean(), constant("go", np.array(True)), *limit, node]


def branches(source: str) -> list[object]:
    yes = helper.make_graph([helper.make_node("Neg", [source], ["y"])], "y", [], [value("y")])
    no = helper.make_graph([helper.make_node("Abs", [source], ["n"])], "n", [], [value("n")])
    zero = constant("zero", np.float32(0))
    above = helper.make_node("Greater", [source, "zero"], ["above"])
    one_of = helper.make_node("Squeeze", ["above"], ["truth"])
    return [zero, above, one_of, helper.make_node("If", ["truth"], ["logit"], then_branch=yes, else_branch=no)]


def huge(*shape: int) -> bytes:
    nodes = [
        constant("shape", np.int64(shape)),
        helper.make_node("ConstantOfShape", ["shape"], ["huge"]),
        helper.make_node("ReduceMean", ["huge"], ["h"], keepdims=0),
        mean(),
        helper.make_node("Add", ["mean", "h"], ["m"]),
        one("m"),
    ]
    return only_logit(nodes)


def tiles(*times: int) -> bytes:
    """Grows with what it is fed: nothing can be told before it runs."""
    nodes = [
        constant("times", np.int64(times)),
        helper.make_node("Tile", ["squares", "times"], ["huge"]),
        mean("huge"),
        one(),
    ]
    return only_logit(nodes)


LARGE = {
    "10^12": huge(10**6, 10**6),
    "10^9": huge(10**4, 10**5),
    "tiles": tiles(1, 400, 20, 20),
    "more tiles": tiles(1, 400, 40, 40),
}


@pytest.mark.parametrize("name", LARGE)
def test_too_much_memory(trial: Trial, name: str):
    assert refusal(trial, LARGE[name]) is Refusal.TOO_MUCH_MEMORY


def test_an_overflowing_shape_is_refused_too(trial: Trial):
    assert refusal(trial, huge(2**62, 2**62)) in {Refusal.TOO_MUCH_MEMORY, Refusal.NOT_ONNX, Refusal.WRONG_OUTPUTS}


def test_an_endless_loop_is_stopped(trial: Trial):
    assert refusal(trial, only_logit([*loop(), one("looped")])) is Refusal.TOO_SLOW


def test_somebody_can_stop_it(trial: Trial):
    model, cancel = only_logit([*loop(), one("looped")]), threading.Event()
    threading.Timer(0.3, cancel.set).start()
    with pytest.raises(Stopped):
        trial.run(making.manifest(model), model, cancel)


def test_work_without_end_is_stopped():
    slow = Trial(Limits(wall_seconds=1, memory_bytes=512 << 20, cpu_seconds=30))
    try:
        assert refusal(slow, only_logit([*loop(), one("looped")])) is Refusal.TOO_SLOW
    finally:
        slow.close()


def test_no_process_to_try_it_in(monkeypatch):
    from touchstone import paths

    monkeypatch.setattr(paths, "worker_command", lambda: ["/nonexistent/touchstone"])
    lonely = Trial(SHORT)
    assert refusal(lonely, making.sound()) is Refusal.UNAVAILABLE
    lonely.close()


def test_after_all_that_a_sound_model_still_passes(trial: Trial):
    model = making.sound()
    trial.run(making.manifest(model), model)


def mutant(model: bytes, seed: int) -> bytes:
    """The model with a few bytes changed, left out or doubled."""
    chance, made = random.Random(seed), bytearray(model)
    for _ in range(chance.randint(1, 2)):
        at = chance.randrange(len(made))
        match chance.randrange(4):
            case 0:
                made[at] = chance.randrange(256)
            case 1:
                del made[at : at + chance.randint(1, 8)]
            case 2:
                made[at:at] = made[at : at + chance.randint(1, 8)]
            case _:
                made[at] ^= 1 << chance.randrange(8)
    return bytes(made)


def test_mutants_pass_or_are_refused(trial: Trial):
    """Whatever the runtime makes of one, the next is tried as if nothing had been."""
    models = [
        making.sound(),
        only_logit([*loop(times=5), one("looped")]),
        only_logit([mean(), one("mean", "m"), *branches("m")]),
    ]
    ends = set()
    for seed in range(60):
        model = mutant(models[seed % 3], seed)
        try:
            trial.run(making.manifest(model), model)
            ends.add("passed")
        except PluginError as error:
            ends.add(str(error.refusal))
    assert ends <= {"passed", "too-slow", "crashed", *map(str, TRIAL)}
    assert {"passed", "not-onnx"} <= ends


@given(st.binary(max_size=300) | st.integers(0, 1 << 32).map(lambda seed: mutant(making.sound(), seed)))
def test_whatever_the_bytes_are_they_are_gone_through_or_refused(data: bytes):
    """Nothing but `TrialError` comes out of it."""
    with contextlib.suppress(dryrun_graph.TrialError):
        assert dryrun_graph.look(data).graphs >= 1


def test_both_sides_know_the_same_codes():
    assert {str(trouble) for trouble in dryrun_graph.Trouble} == {str(refusal) for refusal in TRIAL}


def test_the_numbers_of_the_fields_are_those_of_onnx():
    """Read from the package that the format's authors publish, so that a mistake in our table shows."""
    from onnx import GraphProto, ModelProto, NodeProto, SparseTensorProto

    def numbers(message: type, *names: str) -> list[int]:
        return [message.DESCRIPTOR.fields_by_name[name].number for name in names]

    assert numbers(ModelProto, "graph", "opset_import", "training_info", "functions") == [7, 8, 20, 25]
    assert numbers(GraphProto, "node", "initializer", "sparse_initializer") == [1, 5, 15]
    assert numbers(NodeProto, "attribute", "domain") == [5, 7]
    assert numbers(AttributeProto, "t", "tensors", "g", "graphs") == [5, 10, 6, 11]
    assert numbers(AttributeProto, "sparse_tensor", "sparse_tensors") == [22, 23]
    assert numbers(TensorProto, "external_data", "data_location") == [13, 14]
    assert numbers(SparseTensorProto, "values", "indices") == [1, 2]
    assert TensorProto.EXTERNAL == 1


def test_shipped_models_pass(trial: Trial):
    from touchstone import modelfile, paths

    folders = sorted(path.parent for path in Path(paths.resources(), "models").glob("*/manifest.json"))
    if not folders:
        pytest.skip("no model ships yet")
    whole = Trial()
    try:
        for folder in folders:
            stated = modelfile.parse((folder / modelfile.MANIFEST).read_bytes())
            whole.run(stated, (folder / modelfile.MODEL).read_bytes())
    finally:
        whole.close()
