"""Models made by code: one that is sound, and pieces to make others from that are not."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from touchstone import modelfile
from touchstone.modelfile import Calibration, Feed, Input, Manifest, Outputs, Rates, Task

FLOAT, INT64, BOOL = int(TensorProto.FLOAT), int(TensorProto.INT64), int(TensorProto.BOOL)
SIZE, COUNT = 32, 4
RATES = Rates(false_alarms=0.03, worst_source=0.08, recall=0.36, auc=0.83)


def squares(shape: Sequence[object] = ("n", 3, SIZE, SIZE), name: str = "squares") -> ValueInfoProto:
    return helper.make_tensor_value_info(name, FLOAT, list(shape))


def value(name: str, kind: int = FLOAT, shape: Sequence[object] | None = None) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)


def constant(name: str, data: np.ndarray) -> NodeProto:
    return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(data, name))


def mean(source: str = "squares", into: str = "mean") -> NodeProto:
    """One number of all of them, of rank 1."""
    return helper.make_node("ReduceMean", [source], [into], axes=[1, 2, 3], keepdims=0)


def one(source: str = "mean", into: str = "logit") -> NodeProto:
    return helper.make_node("ReduceMean", [source], [into], axes=[0], keepdims=1)


def proto(
    nodes: Sequence[NodeProto],
    outputs: Sequence[ValueInfoProto] = (),
    inputs: Sequence[ValueInfoProto] = (),
    **more: object,
) -> ModelProto:
    graph = helper.make_graph(
        list(nodes), "graph", list(inputs) or [squares()], list(outputs) or [value("logit")], **more
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def sound(scale: float = 1.0) -> bytes:
    """One logit a picture; each element of the batch in `parts`; a distance; a map as large as a square."""
    nodes = [
        mean(),
        constant("scale", np.float32([scale])),
        helper.make_node("Mul", ["mean", "scale"], ["parts"]),
        one("parts"),
        helper.make_node("Abs", ["logit"], ["distance"]),
        helper.make_node("ReduceMean", ["squares"], ["map"], axes=[0, 1], keepdims=0),
    ]
    return proto(nodes, [value(n) for n in ("logit", "parts", "distance", "map")]).SerializeToString()


def only_logit(nodes: Sequence[NodeProto], **more: object) -> bytes:
    return proto(nodes, **more).SerializeToString()


def manifest(model: bytes, **changes: object) -> Manifest:
    """The manifest of `sound`, or of another model with its inputs and its logit."""
    made = Manifest(
        id="mean-of-all",
        version="1.2",
        task=Task.AI_IMAGE,
        title="Mean of all pixels",
        licence="CC0-1.0",
        sha256=hashlib.sha256(model).hexdigest(),
        bytes=len(model),
        inputs=(Input("squares", Feed.SQUARES, SIZE, COUNT, (0.5,) * 3, (0.25,) * 3),),
        outputs=Outputs("logit"),
        calibration=Calibration(limit=0.8, none_below=0.3, set="seven sources of ours", date="2026-11-20", rates=RATES),
        made="2026-11-21",
        limits_of_use=("Not for drawings.",),
    )
    return dataclasses.replace(made, **changes)


def folder(where: Path, model: bytes | None = None, **changes: object) -> Path:
    """A folder as somebody would add it."""
    model = sound() if model is None else model
    where.mkdir(parents=True)
    (where / modelfile.MODEL).write_bytes(model)
    (where / modelfile.MANIFEST).write_text(modelfile.dumps(manifest(model, **changes)))
    return where
