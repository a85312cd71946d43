"""Reads a TensorFlow Lite graph of plain convolutions, as far as its schema (a FlatBuffer) is needed, into ONNX.

Height and width stay free in what is made: the networks are convolutional to their last layer, so one that was drawn
for squares of 192 pixels can be laid over a whole picture.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

OPSET, IR = 17, 8
_TYPES = {0: np.float32, 1: np.float16, 2: np.int32, 4: np.int64}
_ADD, _CONCATENATION, _CONV, _DEPTHWISE, _DEQUANTIZE, _POOL, _RELU = 0, 2, 3, 4, 6, 17, 19
_RESHAPE, _RESIZE, _PAD = 22, 23, 34


class Table:
    """One table of a FlatBuffer: fields by their number."""

    def __init__(self, raw: bytes, at: int) -> None:
        self._raw, self._at = raw, at
        self._vtable = at - struct.unpack_from("<i", raw, at)[0]
        self._size = struct.unpack_from("<H", raw, self._vtable)[0]

    def _field(self, number: int) -> int:
        slot = 4 + 2 * number
        offset = struct.unpack_from("<H", self._raw, self._vtable + slot)[0] if slot < self._size else 0
        return self._at + offset if offset else 0

    def _target(self, number: int) -> int:
        at = self._field(number)
        return at + struct.unpack_from("<I", self._raw, at)[0] if at else 0

    def number(self, number: int, code: str = "i", missing: int = 0) -> int:
        """A scalar field; `code` is that of `struct`."""
        at = self._field(number)
        return int(struct.unpack_from("<" + code, self._raw, at)[0]) if at else missing

    def table(self, number: int) -> Table | None:
        """A field that is a table itself."""
        at = self._target(number)
        return Table(self._raw, at) if at else None

    def tables(self, number: int) -> list[Table]:
        """A field that is a vector of tables."""
        at = self._target(number)
        if not at:
            return []
        places = (at + 4 + 4 * i for i in range(struct.unpack_from("<I", self._raw, at)[0]))
        return [Table(self._raw, p + struct.unpack_from("<I", self._raw, p)[0]) for p in places]

    def vector(self, number: int, kind: Any) -> NDArray[Any]:
        """A field that is a vector of numbers (`uint8`: the bytes of a text or a buffer)."""
        at = self._target(number)
        length = struct.unpack_from("<I", self._raw, at)[0] if at else 0
        return np.frombuffer(self._raw, kind, length, at + 4)


@dataclass(slots=True)
class _Graph:
    tensors: list[Table]
    buffers: list[Table]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, onnx.TensorProto] = field(default_factory=dict)
    halves: dict[int, int] = field(default_factory=dict)  # a dequantised tensor > the float16 one that it is made of
    flat: dict[int, str] = field(default_factory=dict)  # outputs as anchors in rows

    def values(self, index: int) -> NDArray[Any]:
        tensor = self.tensors[self.halves.get(index, index)]
        raw = self.buffers[tensor.number(2, "I")].vector(0, np.uint8)
        return raw.view(_TYPES[tensor.number(1, "b")]).reshape(tensor.vector(0, np.int32))

    def add(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, name: str, values: NDArray[Any]) -> str:
        """The name of a float32 (or whole) tensor; float16 is stored as it is and cast where it is used."""
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
            if values.dtype == np.float16:
                self.add("Cast", [name], f"{name}.32", to=onnx.TensorProto.FLOAT)
        return f"{name}.32" if values.dtype == np.float16 else name


def convert(raw: bytes, names: tuple[str, str]) -> onnx.ModelProto:
    """The graph as ONNX: `pixels` N x 3 x H x W in [0, 1] to the two outputs, each N x anchors x values.

    Raises:
        ValueError: the graph has an operation that is not written here.
    """
    root = Table(raw, struct.unpack_from("<I", raw, 0)[0])
    codes = [max(c.number(0, "b"), c.number(3)) for c in root.tables(1)]
    drawn = root.tables(2)[0]
    graph = _Graph(drawn.tables(0), root.tables(4))
    first = int(drawn.vector(1, np.int32)[0])
    graph.constant("two", np.float32(2)[None])
    graph.constant("one", np.float32(1)[None])
    graph.add("Mul", ["pixels", "two"], "doubled")
    graph.add("Sub", ["doubled", "one"], f"t{first}")
    for operator in drawn.tables(3):
        _operator(graph, codes[operator.number(0, "I")], operator)
    last = [int(i) for i in drawn.vector(2, np.int32)]
    for index, name in zip(last, names, strict=True):
        graph.add("Identity", [graph.flat[index]], name)
    given = helper.make_tensor_value_info("pixels", onnx.TensorProto.FLOAT, ["n", 3, "height", "width"])
    outputs = [helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, ["n", "anchors", None]) for n in names]
    made = helper.make_graph(graph.nodes, "finder", [given], outputs, list(graph.constants.values()))
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR, producer_name="")
    onnx.checker.check_model(model)
    return model


def _operator(graph: _Graph, code: int, operator: Table) -> None:
    inputs = [int(i) for i in operator.vector(1, np.int32)]
    output = int(operator.vector(2, np.int32)[0])
    name, options = f"t{output}", operator.table(4)
    if code == _DEQUANTIZE:
        graph.halves[output] = inputs[0]
    elif code in (_CONV, _DEPTHWISE) and options:
        _convolution(graph, options, inputs, name, grouped=code == _DEPTHWISE)
    elif code == _POOL and options:
        shape = [options.number(4), options.number(3)]
        strides = [options.number(2), options.number(1)]
        graph.add("MaxPool", [f"t{inputs[0]}"], name, kernel_shape=shape, strides=strides, auto_pad=_padding(options))
    elif code in (_RELU, _ADD):
        graph.add("Relu" if code == _RELU else "Add", [f"t{i}" for i in inputs], name)
    elif code == _PAD:
        pads = graph.values(inputs[1])[[0, 3, 1, 2]].T.reshape(-1).astype(np.int64)
        graph.add("Pad", [f"t{inputs[0]}", graph.constant(f"{name}.pads", pads)], name)
    elif code == _RESIZE and options:
        _resize(graph, options, inputs, output)
    elif code == _RESHAPE:
        rows = graph.add("Transpose", [f"t{inputs[0]}"], f"{name}.rows", perm=[0, 2, 3, 1])
        values = int(graph.tensors[output].vector(0, np.int32)[-1])
        shape = graph.constant(f"{name}.shape", np.array([0, -1, values], np.int64))
        graph.flat[output] = graph.add("Reshape", [rows, shape], name)
    elif code == _CONCATENATION:
        graph.flat[output] = graph.add("Concat", [graph.flat[i] for i in inputs], name, axis=1)
    else:
        raise ValueError(f"operation {code}")


def _padding(options: Table) -> str:
    return "VALID" if options.number(0, "b") else "SAME_UPPER"


def _convolution(graph: _Graph, options: Table, inputs: list[int], name: str, *, grouped: bool) -> None:
    if options.number(4 if grouped else 3, "b"):
        raise ValueError("fused activation")
    kernel = graph.values(inputs[1]).transpose((3, 0, 1, 2) if grouped else (0, 3, 1, 2))
    graph.add(
        "Conv",
        [
            f"t{inputs[0]}",
            graph.constant(f"{name}.w", kernel),
            graph.constant(f"{name}.b", graph.values(inputs[2])),
        ],
        name,
        kernel_shape=list(kernel.shape[2:]),
        strides=[options.number(2), options.number(1)],
        auto_pad=_padding(options),
        group=len(kernel) if grouped else 1,
    )


def _resize(graph: _Graph, options: Table, inputs: list[int], output: int) -> None:
    before, after = (graph.tensors[i].vector(0, np.int32) for i in (inputs[0], output))
    factors = np.array([1, 1, after[1] / before[1], after[2] / before[2]], np.float32)
    aligned, half = options.number(2, "b"), options.number(3, "b")
    way = "align_corners" if aligned else "half_pixel" if half else "asymmetric"
    scales = graph.constant(f"t{output}.scales", factors)
    graph.add("Resize", [f"t{inputs[0]}", "", scales], f"t{output}", mode="linear", coordinate_transformation_mode=way)
