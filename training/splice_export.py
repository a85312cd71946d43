"""The splice net as an ONNX file: `detail` 1 x 3 x H x W in, sides multiples of 16; `map` H/4 x W/4 and `logit` out."""

from __future__ import annotations

import io
import warnings

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from training.splice_net import MULTIPLE, SpliceNet

INPUT, MAP, LOGIT = "detail", "map", "logit"
OPSET = 17


class _One(nn.Module):
    """The net for one picture: its map without a batch, the limit taken off."""

    def __init__(self, model: SpliceNet, limit: float) -> None:
        super().__init__()
        self.model, self.limit = model, limit

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        logits, logit = self.model(x)
        return logits[0] - self.limit, logit - self.limit


def export(model: SpliceNet, limit: float) -> bytes:
    """The file, checked. `limit` of the net's logits becomes zero: what lies above is marked."""
    kept = io.BytesIO()
    example = torch.zeros(1, 3, 8 * MULTIPLE, 12 * MULTIPLE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _One(model, limit).eval(),
            (example,),
            kept,
            dynamo=False,
            opset_version=OPSET,
            input_names=[INPUT],
            output_names=[MAP, LOGIT],
            dynamic_axes={INPUT: {2: "height", 3: "width"}, MAP: {0: "rows", 1: "columns"}},
        )
    whole = onnx.load_from_string(kept.getvalue())
    whole.producer_name, whole.producer_version = "touchstone", ""
    for node in whole.graph.node:
        node.doc_string = ""
    onnx.checker.check_model(whole, full_check=True)
    return bytes(whole.SerializeToString())


@torch.inference_mode()
def difference(model: SpliceNet, limit: float, made: bytes) -> float:
    """The largest difference between net and file over maps of a few sizes."""
    import onnxruntime

    session = onnxruntime.InferenceSession(made, providers=["CPUExecutionProvider"])
    random, found = np.random.default_rng(0), 0.0
    for size in ((16, 16), (128, 192), (400, 304)):
        x = random.random((1, 3, *size), dtype=np.float32)
        logits, logit = (y - limit for y in model(torch.from_numpy(x)))
        told = session.run([MAP, LOGIT], {INPUT: x})
        found = max(found, float(np.abs(told[0] - logits[0].numpy()).max()), abs(float(told[1][0] - logit[0])))
    return found
