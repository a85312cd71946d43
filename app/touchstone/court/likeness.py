"""Whether two files show the same picture, and whether they show it alike: for those who compare without looking.

Fingerprints say whether it is the same picture; small pictures of both, cut into a grid, say whether a part of one is
not as in the other. What saving again or another size leave behind stays far below the limit.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from touchstone.report import Media, Picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELLS = 32  # a side
APART = 32.0  # of 256, the mean of a cell in any colour
SAME = 64  # bits of 256 by which fingerprints of one picture differ at most, however it was changed; others do by 128


def same_picture(one: Media, other: Media) -> bool:
    """Whether fingerprints say that two files show one picture, changed or not. Both are pictures, upright alike."""
    try:
        first, second = (int(str(media.fingerprints["pdq"]), 16) for media in (one, other))
    except (KeyError, ValueError):
        return False
    return (first ^ second).bit_count() <= SAME


def differs(one: Picture, other: Picture) -> bool:
    """Whether a part of one picture is not as in the other."""
    import numpy as np

    return bool(np.abs(_grid(one) - _grid(other)).max() > APART)


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
