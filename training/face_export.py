"""The face net as an ONNX file: `faces` N x 3 x size x size in, `logit` N out. Weights are kept as half floats."""

from __future__ import annotations

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper

from training.ai_image_export import OPSET, _Graph
from training.face_fit import FLOOR, FaceNet

INPUT, LOGIT = "faces", "logit"


def export(model: FaceNet, size: int) -> bytes:
    """The file."""
    graph = _Graph()
    pooled = _pooled(graph, model)
    weight, bias = (w.detach().numpy() for w in (model.linear.weight, model.linear.bias))
    rows = graph.node("MatMul", [pooled, graph.weight(weight.T.copy())])
    summed = graph.node("Add", [rows, graph.weight(bias)])
    graph.node("Reshape", [summed, graph.weight(np.array([-1], np.int64))], LOGIT)
    given = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["n", 3, size, size])
    told = helper.make_tensor_value_info(LOGIT, TensorProto.FLOAT, ["n"])
    made = helper.make_graph(graph.nodes, "face", [given], [told], initializer=graph.weights)
    whole = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="touchstone")
    whole.ir_version = 8
    onnx.checker.check_model(whole, full_check=True)
    return bytes(whole.SerializeToString())


def _pooled(graph: _Graph, model: FaceNet) -> str:
    low, high = graph.weight(np.float32(0)[...]), graph.weight(np.float32(6)[...])
    floor, flat = graph.weight(np.float32(FLOOR)[...]), graph.weight(np.array([0, 0, -1], np.int64))
    found = []
    x = graph.node("Clip", [graph.conv(INPUT, model.trunk.stem), low, high])
    for number, block in enumerate(model.trunk.blocks):
        x = graph.block(x, block, low, high)  # type: ignore[arg-type]
        if number in model.taps:
            shares = graph.weight(model.regions[number].numpy())
            rows = graph.node("Reshape", [x, flat])
            power = graph.node("MatMul", [graph.node("Mul", [rows, rows]), shares])
            means = graph.node("MatMul", [rows, shares])
            found += [means, graph.node("Log", [graph.node("Add", [power, floor])])]
    flat_ones = [graph.node("Flatten", [f], axis=1) for f in found]
    if model.last:
        last = graph.node("Clip", [graph.conv(x, model.trunk.head), low, high])
        flat_ones.insert(0, graph.node("ReduceMean", [last], axes=[2, 3], keepdims=0))
    return graph.node("Concat", flat_ones, axis=1)


@torch.no_grad()
def halved(model: FaceNet) -> FaceNet:
    """The same net, its weights rounded to half floats."""
    for parameter in model.parameters():
        parameter.copy_(parameter.half().float())
    return model


@torch.inference_mode()
def difference(model: FaceNet, made: bytes, batch: NDArray[np.float32]) -> float:
    """The largest difference between net and file on a batch."""
    import onnxruntime

    session = onnxruntime.InferenceSession(made, providers=["CPUExecutionProvider"])
    said = session.run([LOGIT], {INPUT: batch})[0]
    return float(np.abs(said - model(torch.from_numpy(batch)).numpy()).max())
