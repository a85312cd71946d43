"""Whether two files show the same picture, and whether they show it alike: for those who compare without looking.

Fingerprints say whether it is the same picture; small pictures of both, cut into a grid, say whether a part of one is
not as in the other. What saving again or another size leave behind stays far below the limit.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from touchstone.report import Picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from touchstone.check.run import Checked

CELLS = 32  # a side
APART = 32.0  # of 256, the mean of a cell in any colour
MOST = 1 / 3  # of a picture that may differ, where fingerprints do not say that it is the same
SAME = 64  # bits of 256 by which fingerprints of one picture differ mostly, once it was changed; others do by 128
_SHOWN = "thumbnail"


def same_picture(one: Checked, other: Checked) -> bool:
    """Whether two files show one picture, changed or not: by fingerprints, or because most of it is alike.

    Both are upright alike; a file of which no picture was made shows none.
    """
    if not _has(one) or not _has(other):
        return False
    return _bits(one, other) <= SAME or (_same_shape(one, other) and apart(one, other) <= MOST)


def apart(one: Checked, other: Checked) -> float:
    """The part of one picture, 0 to 1, that is not as in the other."""
    import numpy as np

    difference = np.abs(_grid(one.pictures[_SHOWN]) - _grid(other.pictures[_SHOWN])).max(axis=2)
    return float((difference > APART).mean())


def _has(one: Checked) -> bool:
    return _SHOWN in one.pictures


def _bits(one: Checked, other: Checked) -> int:
    """By how many bits of 256 fingerprints differ; all where one has none."""
    try:
        first, second = (int(str(each.report.media.fingerprints["pdq"]), 16) for each in (one, other))
    except (KeyError, ValueError):
        return 256
    return (first ^ second).bit_count()


def _same_shape(one: Checked, other: Checked) -> bool:
    first, second = one.pictures[_SHOWN], other.pictures[_SHOWN]
    return abs(first.width * second.height / (second.width * first.height) - 1) < 0.02


def _grid(picture: Picture) -> NDArray[Any]:
    """The mean of each cell, shape (CELLS, CELLS, 3)."""
    import numpy as np

    pixels = np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3).astype(np.float32)
    rows = _bounds(picture.height)
    columns = _bounds(picture.width)
    bands = np.stack([pixels[top:bottom].mean(axis=0) for top, bottom in rows])
    return np.stack([bands[:, left:right].mean(axis=1) for left, right in columns], axis=1)


def _bounds(length: int) -> list[tuple[int, int]]:
    """Where each cell begins and ends; one pixel at least, in however small a picture."""
    starts = [place * length // CELLS for place in range(CELLS + 1)]
    return [(min(a, length - 1), max(b, min(a, length - 1) + 1)) for a, b in itertools.pairwise(starts)]
