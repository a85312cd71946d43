"""Small pictures of frames: which moment each is of, their size, and what is no array of frames."""

from __future__ import annotations

import numpy as np
import pytest

from touchstone.check import stills
from touchstone.check.arrays import Arrays


def arrays(count: int, height: int, width: int, times: tuple[float, ...] | None = None) -> Arrays:
    """Frames that are each of one grey."""
    frames = np.stack([np.full((height, width, 3), 10 * n, np.uint8) for n in range(count)])
    moments = times if times is not None else tuple(n / 2 for n in range(count))
    return Arrays({"frames": frames.shape}, {"frames": frames.tobytes()}, times=moments)


def test_each_frame_has_a_picture_by_its_moment() -> None:
    found = stills.of(arrays(3, 480, 854))
    assert list(found) == ["frame-0", "frame-500", "frame-1000"]
    assert [p.rgb[0] for p in found.values()] == [0, 10, 20]
    assert {(p.width, p.height) for p in found.values()} == {(142, 80)}


def test_a_pixel_is_the_mean_of_what_it_stands_for() -> None:
    frame = np.zeros((1, 256, 256, 3), np.uint8)
    frame[:, ::2] = 100
    found = stills.of(Arrays({"frames": frame.shape}, {"frames": frame.tobytes()}, times=(0.0,)))
    assert set(found["frame-0"].rgb) == {50}


@pytest.mark.parametrize("shape", [(1, 1, 900), (1, 900, 1), (2, 3, 5)])
def test_frames_of_any_shape(shape: tuple[int, int, int]) -> None:
    assert len(stills.of(arrays(*shape))) == shape[0]


def test_what_has_no_frames_has_no_pictures() -> None:
    assert stills.of(Arrays()) == {}
    assert stills.of(arrays(2, 4, 4, times=(0.0,))) == {}
