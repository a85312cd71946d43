"""Small pictures of the frames that detectors look at, for the timeline of a clip."""

from __future__ import annotations

from touchstone.check.arrays import Arrays
from touchstone.report import Picture

PREFIX = "frame-"  # then the moment of the frame in whole milliseconds
_SIDE = 128  # pixels, at least as long as the longer side is shown


def name_at(seconds: float) -> str:
    """The name of the picture of the frame at a moment."""
    return f"{PREFIX}{round(seconds * 1000)}"


def of(arrays: Arrays) -> dict[str, Picture]:
    """A picture of each frame by its name, each pixel the mean of a square of the frame."""
    shape, raw = arrays.shapes.get("frames", ()), arrays.blobs.get("frames", b"")
    if len(shape) != 4 or 0 in shape or len(arrays.times) != shape[0]:
        return {}
    import numpy as np

    count, height, width, _channels = shape
    step = max(1, min(max(height, width) // _SIDE, height, width))
    tall, wide = height // step, width // step
    frames = np.frombuffer(raw, np.uint8).reshape(shape)[:, : tall * step, : wide * step]
    small = frames.reshape(count, tall, step, wide, step, 3).mean(axis=(2, 4), dtype=np.float32)
    drawn = small.round().astype(np.uint8)
    return {
        name_at(time): Picture(wide, tall, frame.tobytes()) for time, frame in zip(arrays.times, drawn, strict=True)
    }
