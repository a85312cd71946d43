"""Detectors of a few nodes, made here: a model file and a manifest in a folder, as one ships."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from touchstone import modelfile
from touchstone.modelfile import Calibration, Feed, Input, Manifest, Outputs, Rates, Task

RATES = Rates(false_alarms=0.02, worst_source=0.08, recall=0.4, auc=0.8)
MEASURED = Calibration(limit=0.9, none_below=0.2, joint=True, set="made here", date="2025-01-01", rates=RATES)


def constant(name: str, value: Any) -> Any:
    return numpy_helper.from_array(np.asarray(value), name)


def model(nodes: list[Any], given: Any, outputs: list[str], constants: list[Any] = ()) -> bytes:
    """A model file of these nodes; its outputs are floats of any shape."""
    told = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    graph = helper.make_graph(nodes, "net", given if isinstance(given, list) else [given], told, list(constants))
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return made.SerializeToString()


def pixels(name: str = "x") -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 3, "h", "w"])


def brightness(gain: float = 8.0) -> bytes:
    """The brighter the picture, the higher the logit: `gain` times its mean above a half; its map is its own red."""
    node = helper.make_node
    nodes = [
        node("ReduceMean", ["x"], ["means"], axes=[1, 2, 3], keepdims=0),
        node("Sub", ["means", "half"], ["above"]),
        node("Mul", ["above", "gain"], ["parts"]),
        node("ReduceMean", ["parts"], ["logit"], keepdims=1),
        node("ReduceMean", ["x"], ["map"], axes=[0, 1], keepdims=0),
        node("Sub", ["half", "half"], ["nothing"]),
        node("Add", ["logit", "nothing"], ["distance"]),
    ]
    constants = [constant("half", np.float32([0.5])), constant("gain", np.float32([gain]))]
    return model(nodes, pixels(), ["logit", "parts", "map", "distance"], constants)


def not_a_number() -> bytes:
    """Divides nothing by nothing."""
    node = helper.make_node
    nodes = [
        node("ReduceMean", ["x"], ["mean"], keepdims=0),
        node("Sub", ["mean", "mean"], ["nothing"]),
        node("Div", ["nothing", "nothing"], ["ratio"]),
        node("Reshape", ["ratio", "one"], ["logit"]),
    ]
    return model(nodes, pixels(), ["logit"], [constant("one", np.int64([1]))])


def finder() -> bytes:
    """Sees a face wherever the picture is white, of 100 pixels of what it is shown."""
    node = helper.make_node
    box = np.zeros((1, 1, 16), np.float32)
    box[..., 2:4] = 100
    nodes = [
        node("ReduceMean", ["pixels"], ["grey"], axes=[1], keepdims=1),
        node("AveragePool", ["grey"], ["cells"], kernel_shape=[4, 4], strides=[4, 4]),
        node("Reshape", ["cells", "rows"], ["column"]),
        node("Sub", ["column", "bright"], ["above"]),
        node("Mul", ["above", "gain"], ["scores"]),
        node("Mul", ["column", "nothing"], ["zero"]),
        node("Add", ["zero", "box"], ["boxes"]),
    ]
    constants = [
        constant("rows", np.int64([1, -1, 1])),
        constant("bright", np.float32([0.9])),
        constant("gain", np.float32([100])),
        constant("nothing", np.float32([0])),
        constant("box", box),
    ]
    return model(nodes, pixels("pixels"), ["boxes", "scores"], constants)


def huge() -> bytes:
    """Wants forty gigabytes, which is only known once it runs."""
    node = helper.make_node
    nodes = [
        node("Shape", ["x"], ["shape"]),
        node("Gather", ["shape", "second"], ["three"]),
        node("Mul", ["three", "many"], ["size"]),
        node("ConstantOfShape", ["size"], ["zeros"]),
        node("Relu", ["zeros"], ["more"]),
        node("ReduceMean", ["more"], ["logit"], keepdims=1),
    ]
    constants = [constant("second", np.int64([1])), constant("many", np.int64([3_500_000_000]))]
    return model(nodes, pixels(), ["logit"], constants)


def endless() -> bytes:
    """Goes round and round."""
    node = helper.make_node
    body = helper.make_graph(
        [node("Identity", ["going"], ["again"]), node("Mul", ["state", "state"], ["next"])],
        "body",
        [
            helper.make_tensor_value_info("number", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
            helper.make_tensor_value_info("state", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("again", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next", TensorProto.FLOAT, None),
        ],
    )
    nodes = [
        node("ReduceMean", ["x"], ["mean"], keepdims=0),
        node("Reshape", ["mean", "one"], ["start"]),
        node("Loop", ["most", "yes", "start"], ["logit"], body=body),
    ]
    constants = [constant("one", np.int64([1])), constant("most", np.int64(2**62)), constant("yes", np.bool_(True))]
    return model(nodes, pixels(), ["logit"], constants)


def install_finder(folder: Path) -> None:
    """Put what finds faces into a folder of models."""
    data, here = finder(), folder / "face-finder"
    here.mkdir(parents=True)
    (here / modelfile.MODEL).write_bytes(data)
    note = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (here / "finder.json").write_text(json.dumps(note))


def install(
    folder: Path,
    task: Task = Task.AI_IMAGE,
    data: bytes | None = None,
    *,
    name: str = "",
    calibration: Calibration = MEASURED,
    feed: Feed = Feed.SQUARES,
    outputs: Outputs | None = None,
    **fields: Any,
) -> Manifest:
    """Put a detector into a folder of models, by its id: its task, or `name`."""
    data = brightness() if data is None else data
    full = Outputs("logit", "distance", "map", "parts") if b"distance" in data else Outputs("logit")
    manifest = Manifest(
        id=name or str(task),
        version="1",
        task=task,
        title="A net of a few nodes",
        licence="0BSD",
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        inputs=(Input("x", feed, 32, fields.pop("count", 2)),),
        outputs=outputs or full,
        calibration=calibration,
        **fields,
    )
    here = folder / manifest.id
    here.mkdir(parents=True)
    (here / modelfile.MODEL).write_bytes(data)
    (here / modelfile.MANIFEST).write_text(modelfile.dumps(manifest))
    return manifest
