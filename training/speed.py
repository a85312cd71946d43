"""The shipped AI-image file against one forward pass of the same nets through PyTorch, on one thread of one machine.

`python -m training.speed` prints the ratio; both see the same squares, turn about, and the medians are compared.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch

from touchstone.modelfile import MODEL
from training.ai_image import GIVEN, TARGET
from training.ai_image_data import SIZE
from training.ai_image_designs import CHOSEN
from training.net import AiImage

ROUNDS = 60


def _took(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def compared(squares: int) -> tuple[float, float]:
    """Median seconds for this many squares: the file through onnxruntime, its nets through PyTorch."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession((TARGET / MODEL).read_bytes(), options)
    nets = [AiImage().eval().to(memory_format=torch.channels_last) for _ in CHOSEN]
    fed = np.random.default_rng(0).standard_normal((squares, 3, SIZE, SIZE), np.float32)
    tensor = torch.from_numpy(fed).contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        times = [
            (_took(lambda: session.run(None, {GIVEN.name: fed})), _took(lambda: [net(tensor) for net in nets]))
            for _ in range(ROUNDS)
        ]
    file, torched = (statistics.median(column) for column in zip(*times[5:], strict=True))
    return file, torched


if __name__ == "__main__":
    torch.set_num_threads(1)
    for number in (1, 2, 3):
        file, torched = compared(number)
        ratio = file / torched
        print(
            f"{number} squares: {file * 1e3:.1f} ms against {torched * 1e3:.1f} ms through PyTorch, ratio {ratio:.2f}"
        )
