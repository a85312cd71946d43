"""The AI-image net as an ONNX file, written node by node: convolutions, clips, sums, means, and the distance.

Weights are kept as half floats and cast when the model is loaded; training rounds them first (`halved`), so that the
file says what the measured net says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from training.net import FEATURES, AiImage, _Block, _Conv

OPSET = 17
INPUT = "squares"


@dataclass(frozen=True, slots=True)
class Space:
    """Where the features of known pictures lie: distance = |(features - mean) @ whiten|."""

    mean: NDArray[np.float32]  # FEATURES
    whiten: NDArray[np.float32]  # FEATURES x K

    def distances(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """The distance of each row."""
        return np.asarray(np.sqrt((((features - self.mean) @ self.whiten) ** 2).mean(1)), np.float32)


def space(features: NDArray[np.float32], components: int = 48) -> Space:
    """Mahalanobis distance in the first principal components, per component, from pictures that weigh the same."""
    mean = features.mean(0)
    _, spread, axes = np.linalg.svd(features - mean, full_matrices=False)
    scale = np.sqrt(len(features) - 1) / np.maximum(spread[:components], 1e-6)
    whiten = (axes[:components] * scale[:, None]).T
    return Space(_halved(mean), _halved(whiten))


def _halved(array: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.asarray(array, np.float16).astype(np.float32)


@torch.no_grad()
def halved(net: AiImage) -> AiImage:
    """The same net, its weights rounded to half floats."""
    for parameter in net.parameters():
        parameter.copy_(parameter.half().float())
    return net


@dataclass(slots=True)
class _Graph:
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[onnx.TensorProto] = field(default_factory=list)

    def weight(self, array: NDArray[np.generic]) -> str:
        """A constant; floats are kept as halves."""
        name = f"w{len(self.weights)}"
        if array.dtype == np.float32 and array.size > 1:
            self.weights.append(numpy_helper.from_array(array.astype(np.float16), f"{name}h"))
            self.nodes.append(helper.make_node("Cast", [f"{name}h"], [name], to=TensorProto.FLOAT))
        else:
            self.weights.append(numpy_helper.from_array(array, name))
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str = "", **attributes: object) -> str:
        """One node; the name of its output."""
        output = output or f"x{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def conv(self, x: str, module: _Conv) -> str:
        conv = module.conv
        kernel, stride = conv.kernel_size[0], conv.stride[0]
        total = kernel - stride
        pads = [total // 2] * 2 + [total - total // 2] * 2 if module.pad else [kernel // 2] * 4
        weights = [conv.weight, conv.bias]
        names = [self.weight(w.detach().numpy()) for w in weights if w is not None]
        return self.node("Conv", [x, *names], strides=[stride] * 2, pads=pads, group=conv.groups)

    def block(self, x: str, module: _Block, low: str, high: str) -> str:
        y = x if module.expand is None else self.node("Clip", [self.conv(x, module.expand), low, high])
        y = self.node("Clip", [self.conv(y, module.depth), low, high])
        y = self.conv(y, module.project)
        return self.node("Add", [x, y]) if module.skip else y

    def trunk(self, x: str, net: AiImage) -> str:
        low, high = self.weight(np.float32(0)[...]), self.weight(np.float32(6)[...])
        x = self.node("Clip", [self.conv(x, net.trunk.stem), low, high])
        for block in net.trunk.blocks:
            x = self.block(x, block, low, high)  # type: ignore[arg-type]
        return self.node("Clip", [self.conv(x, net.trunk.head), low, high])

    def places(self, features: str, net: AiImage) -> str:
        weight, bias = (w.detach().numpy() for w in (net.linear.weight, net.linear.bias))
        kernel, shift = self.weight(weight.reshape(1, FEATURES, 1, 1)), self.weight(bias.astype(np.float32))
        return self.node("Conv", [features, kernel, shift])


def export(nets: Sequence[AiImage], known: Space, size: int) -> bytes:
    """The file, which takes `squares` N x 3 x size x size. What it gives is listed here.

    logit [1] the mean over squares, parts [N] of each, map [h x w] the logits of places in the square whose part is
    highest, distance [1] how far the picture's features lie from those of known pictures. Of several nets the logits
    are means; the features are the first one's.
    """
    graph = _Graph()
    trunks = [graph.trunk(INPUT, net) for net in nets]
    each = [graph.places(features, net) for features, net in zip(trunks, nets, strict=True)]
    places = graph.node("Mean", each)  # N x 1 x h x w
    parts = graph.node("ReduceMean", [places], "parts", axes=[1, 2, 3], keepdims=0)
    graph.node("ReduceMean", [parts], "logit", axes=[0], keepdims=1)
    telling = graph.node("ArgMax", [parts], axis=0, keepdims=0)
    one = graph.node("Gather", [places, telling], axis=0)
    graph.node("Squeeze", [one, graph.weight(np.array([0], np.int64))], "map")
    pooled = graph.node("ReduceMean", trunks[:1], axes=[0, 2, 3], keepdims=0)
    centred = graph.node("Sub", [pooled, graph.weight(known.mean)])
    away = graph.node("MatMul", [centred, graph.weight(known.whiten)])
    squared = graph.node("ReduceMean", [graph.node("Mul", [away, away])], axes=[0], keepdims=1)
    graph.node("Sqrt", [squared], "distance")
    return _model(graph, size)


def _model(graph: _Graph, size: int) -> bytes:
    def value(name: str, shape: Sequence[int | str]) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))

    outputs = [value("logit", [1]), value("distance", [1]), value("map", ["h", "w"]), value("parts", ["n"])]
    whole = helper.make_graph(
        graph.nodes, "ai-image", [value(INPUT, ["n", 3, size, size])], outputs, initializer=graph.weights
    )
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="touchstone")
    model.ir_version = 8
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())
