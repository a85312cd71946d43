"""The forensic model as ONNX: features standardised and clipped, trees and a linear part over them, a distance.

Trees are written as they are: a threshold is brought down to the next 32-bit number, so that each comparison of 32-bit
features comes out as it did in training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from training.forensic_fit import CLIP, Model

_OPSET, _ML, _IR = 17, 3, 8


@dataclass(frozen=True, slots=True)
class Space:
    """Directions (features x k) of standardised features, each scaled to a spread of one over the sample."""

    axes: NDArray[np.float32]

    def distance(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """How far rows of standardised features lie from the sample's middle; about 1 for most of the sample."""
        return np.sqrt(np.mean(np.square(x @ self.axes), axis=1, dtype=np.float64))


def space(x: NDArray[np.float32], weight: NDArray[np.float64], number: int = 24) -> Space:
    """The principal axes of standardised features."""
    covariance = (x * weight[:, None]).T @ x / weight.sum()
    values, vectors = np.linalg.eigh(covariance)
    kept = np.argsort(values)[::-1][:number]
    return Space((vectors[:, kept] / np.sqrt(values[kept])).astype(np.float32))


class _Graph:
    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, values: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(values, name))
        return name

    def add(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output


def exported(model: Model, size: int, axes: Space) -> bytes:
    """The model over `size` features as ONNX: input `features` 1 x size; outputs `logit` [1] and `distance` [1]."""
    g = _Graph()
    chosen = g.add("Gather", ["features", g.constant("columns", model.columns.astype(np.int64))], "chosen", axis=1)
    away = g.add("Sub", [chosen, g.constant("means", model.scale.means)], "away")
    scaled = g.add("Div", [away, g.constant("spreads", model.scale.spreads)], "scaled")
    bounds = [g.constant(n, np.array(v, np.float32)) for n, v in (("least", -CLIP), ("most", CLIP))]
    x = g.add("Clip", [scaled, *bounds], "x")
    said = []
    for number, (part, share) in enumerate(zip(model.parts, model.factors, strict=True)):
        owner = part.__self__  # type: ignore[attr-defined]
        whole = _trees(g, owner, x, number) if hasattr(owner, "_predictors") else _linear(g, owner, x, number)
        factor = g.constant(f"factor{number}", np.array(share, np.float32))
        said.append(g.add("Mul", [whole, factor], f"part{number}"))
    total = g.add("Sum", said, "total")
    one = g.constant("one", np.array([1], np.int64))
    g.add("Reshape", [total, one], "logit")
    placed = g.add("MatMul", [x, g.constant("axes", axes.axes)], "placed")
    squares = g.add("ReduceMean", [g.add("Mul", [placed, placed], "squares")], "mean", axes=[1], keepdims=0)
    g.add("Sqrt", [squares], "distance")
    graph = helper.make_graph(
        g.nodes,
        "forensic",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, size])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("logit", "distance")],
        g.constants,
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid("ai.onnx.ml", _ML)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=_IR, producer_name="")
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())


def _linear(g: _Graph, owner: Any, x: str, number: int) -> str:
    weights = g.constant(f"weights{number}", owner.coef_.T.astype(np.float32))
    bias = g.constant(f"bias{number}", owner.intercept_.astype(np.float32))
    return g.add("Add", [g.add("MatMul", [x, weights], f"product{number}"), bias], f"linear{number}")


def _trees(g: _Graph, owner: Any, x: str, number: int) -> str:
    found: dict[str, list[Any]] = {
        name: []
        for name in (
            "nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_values", "nodes_modes", "nodes_truenodeids",
            "nodes_falsenodeids", "target_treeids", "target_nodeids", "target_ids", "target_weights",
        )
    }  # fmt: skip
    for tree, (predictor,) in enumerate(owner._predictors):
        for at, node in enumerate(predictor.nodes):
            leaf = bool(node["is_leaf"])
            found["nodes_treeids"].append(tree)
            found["nodes_nodeids"].append(at)
            found["nodes_featureids"].append(0 if leaf else int(node["feature_idx"]))
            found["nodes_values"].append(0.0 if leaf else _down(float(node["num_threshold"])))
            found["nodes_modes"].append("LEAF" if leaf else "BRANCH_LEQ")
            found["nodes_truenodeids"].append(0 if leaf else int(node["left"]))
            found["nodes_falsenodeids"].append(0 if leaf else int(node["right"]))
            if leaf:
                found["target_treeids"].append(tree)
                found["target_nodeids"].append(at)
                found["target_ids"].append(0)
                found["target_weights"].append(float(node["value"]))
    base = float(np.ravel(owner._baseline_prediction)[0])
    return g.add(
        "TreeEnsembleRegressor", [x], f"trees{number}", domain="ai.onnx.ml", n_targets=1, base_values=[base],
        post_transform="NONE", aggregate_function="SUM", **found,
    )  # fmt: skip


def _down(value: float) -> float:
    near = np.float32(value)
    return float(near if near <= value else np.nextafter(near, np.float32(-np.inf)))
