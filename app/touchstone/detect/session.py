"""A detector's network, loaded once: fed as its manifest says, its outputs held to shapes and to being numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchstone.modelfile import Feed, Manifest
from touchstone.wire import WorkerFailure

Floats = NDArray[np.float32]
MAX_PARTS = 64
_LONGEST_MAP = 1280


class Trouble(Exception):  # noqa: N818 - what a witness ends in, not an error of ours
    """A model gave nothing that counts. `code` is a `WorkerFailure`, `broken-output` or a reason not to look."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a model said: `logits` one a picture (or a face), `map` h x w logits, `parts` one logit an element."""

    logits: Floats
    distance: float | None = None
    map: Floats | None = None
    parts: Floats | None = None


class Model:
    """One network and its manifest.

    Raises:
        Exception: `data` is no network that the runtime takes.
    """

    def __init__(self, manifest: Manifest, data: bytes, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.load_model_format", "ONNX")
        if any(given.feed is Feed.DETAIL for given in manifest.inputs):
            options.enable_cpu_mem_arena = False  # sizes vary: the arena would keep the largest of each
        self.manifest = manifest
        said = manifest.outputs
        self._wanted = [name for name in dict.fromkeys((said.logit, said.distance, said.map, said.parts)) if name]
        self._session: Any = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])

    def run(self, feeds: Mapping[str, Floats]) -> Outputs:
        """Run it on inputs by name.

        Raises:
            Trouble: memory, internal, or broken-output (`Trouble.code`).
        """
        try:
            values = self._session.run(self._wanted, dict(feeds))
        except MemoryError as error:
            raise Trouble(WorkerFailure.MEMORY) from error
        except Exception as error:  # the runtime's own exceptions share no class and carry no codes
            said = str(error).lower()
            short = "alloc" in said or "memory" in said
            raise Trouble(WorkerFailure.MEMORY if short else WorkerFailure.INTERNAL) from error
        return self._held(dict(zip(self._wanted, values, strict=True)))

    def _held(self, found: Mapping[str, Any]) -> Outputs:
        said = self.manifest.outputs
        logits = _numbers(found[said.logit], MAX_PARTS)
        distance = float(_numbers(found[said.distance], MAX_PARTS).max()) if said.distance else None
        parts = _numbers(found[said.parts], MAX_PARTS) if said.parts else None
        return Outputs(logits, distance, _map(found[said.map]) if said.map else None, parts)


def _numbers(value: object, most: int) -> Floats:
    """A short row of finite numbers.

    Raises:
        Trouble: it is none.
    """
    array = np.asarray(value)
    if array.dtype.kind != "f" or not 1 <= array.size <= most or not np.isfinite(array).all():
        raise Trouble("broken-output")
    return array.astype(np.float32).ravel()


def _map(value: object) -> Floats | None:
    """A map h x w of finite numbers; None where it is none, since that spoils no score."""
    array = np.asarray(value)
    if array.ndim < 2 or array.dtype.kind != "f" or any(n != 1 for n in array.shape[:-2]):
        return None
    height, width = array.shape[-2:]
    if not (1 <= height <= _LONGEST_MAP and 1 <= width <= _LONGEST_MAP) or not np.isfinite(array).all():
        return None
    return array.astype(np.float32).reshape(height, width)
