"""Maps of detectors in colour, laid over a picture: pure functions for the window and for exported reports.

The colours run from dark violet over rose and orange to pale yellow. Their lightness only rises, so that the order of
values survives every sort of colour blindness, and a copy in grey. numpy is loaded when a map is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from touchstone.report import Picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]  # left, top, width, height as parts of the picture, 0 to 1
Area = tuple[float, float, float, float]  # left, top, width, height in pixels

_ANCHORS: tuple[tuple[float, Colour], ...] = (
    (0.0, (28, 16, 68)),
    (0.2, (80, 24, 110)),
    (0.4, (150, 44, 108)),
    (0.6, (214, 86, 76)),
    (0.8, (246, 158, 58)),
    (1.0, (252, 240, 160)),
)
FLOOR = 0.25  # values up to here are not drawn
_FULL = 0.3  # of what is left above the floor: from here on a place is drawn as strongly as may be
GREYED = 0.8  # how far a picture below a map loses its own colours, which would be taken for those of the map
OUTLINE: Colour = (126, 232, 240)  # light cyan inside a dark line: no hue of the map, seen on any picture
OUTLINE_DARK: Colour = (8, 28, 34)


_LUMA = (0.299, 0.587, 0.114)


def colour(value: float) -> Colour:
    """The colour of a value, 0 to 1."""
    value = min(1.0, max(0.0, value))
    for (low, first), (high, second) in pairwise(_ANCHORS):
        if value <= high:
            part = (value - low) / (high - low)
            red, green, blue = (round(a + (b - a) * part) for a, b in zip(first, second, strict=True))
            return red, green, blue
    return _ANCHORS[-1][1]


def placed(box: Box, area: Area) -> Area:
    """Where a box of the picture lies when the picture fills `area`."""
    left, top, width, height = area
    return (left + box[0] * width, top + box[1] * height, box[2] * width, box[3] * height)


def boxes_of(value: object, most: int = 200) -> tuple[Box, ...]:
    """The boxes in a list of [left, top, width, height], cut to the picture; what is none is left out."""
    found: list[Box] = []
    for entry in value[:most] if isinstance(value, (list, tuple)) else ():
        if isinstance(entry, (list, tuple)) and len(entry) == 4 and all(map(_is_number, entry)):
            left, top = (min(1.0, max(0.0, float(v))) for v in entry[:2])
            right = min(1.0, max(left, float(entry[0]) + float(entry[2])))
            bottom = min(1.0, max(top, float(entry[1]) + float(entry[3])))
            if right > left and bottom > top:
                found.append((left, top, right - left, bottom - top))
    return tuple(found)


def values(map_: Picture, floor: float = 0.0) -> NDArray[Any]:
    """A grey map as numbers, rows by columns: 0 for what is not above the floor, 1 for the most there can be."""
    import numpy as np

    grey = np.frombuffer(map_.rgb, np.uint8).reshape(map_.height, map_.width, 3)[..., 0]
    return ((grey.astype(np.float32) / 255 - floor) / (1 - floor)).clip(0, 1)


def coloured(map_: Picture, floor: float = FLOOR) -> tuple[int, int, bytes]:
    """A map in colour, see-through where its values are low: width, height, and four bytes a pixel (RGBA)."""
    import numpy as np

    level = values(map_, floor)
    drawn = np.concatenate([_colours(level), (_opacity(level) * 255)[..., None]], axis=2)
    return map_.width, map_.height, drawn.round().astype(np.uint8).tobytes()


def strongest(map_: Picture, floor: float = FLOOR) -> tuple[float, float] | None:
    """Where a map is strongest, as parts across and down; None where nothing in it is drawn."""
    level = values(map_, floor)
    height, width = level.shape
    if not level.any():
        return None
    row, column = divmod(int(level.argmax()), width)
    return ((column + 0.5) / width, (row + 0.5) / height)


def over(
    picture: Picture, map_: Picture | None, boxes: Sequence[Box], strength: float, floor: float = FLOOR
) -> Picture:
    """A picture with a map laid over it, as strong as said (0 to 1), and boxes drawn in outline."""
    import numpy as np

    pixels = np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)
    base: NDArray[Any] = pixels.astype(np.float32)
    if map_ is not None:
        level = _stretched(values(map_, floor), picture.width, picture.height)
        part = (_opacity(level) * strength)[..., None]
        base = base * (1 - GREYED) + (base @ np.array(_LUMA, np.float32))[..., None] * GREYED
        base = base * (1 - part) + _colours(level) * part
    drawn = base.round().clip(0, 255).astype(np.uint8)
    _outline(drawn, boxes)
    return Picture(picture.width, picture.height, drawn.tobytes())


def _outline(drawn: NDArray[Any], boxes: Iterable[Box]) -> None:
    height, width = drawn.shape[:2]
    thick = max(1, round(min(width, height) / 160))
    for box in boxes:
        left, top, wide, tall = placed(box, (0, 0, width, height))
        ends = [round(left), round(top), round(left + wide), round(top + tall)]
        for grown, ink in ((thick, OUTLINE_DARK), (0, OUTLINE)):
            _frame(drawn, [ends[0] - grown, ends[1] - grown, ends[2] + grown, ends[3] + grown], thick, ink)


def _frame(drawn: NDArray[Any], ends: list[int], thick: int, ink: Colour) -> None:
    height, width = drawn.shape[:2]
    left, right = (min(width, max(0, v)) for v in (ends[0], ends[2]))
    top, bottom = (min(height, max(0, v)) for v in (ends[1], ends[3]))
    drawn[top : top + thick, left:right] = ink
    drawn[max(top, bottom - thick) : bottom, left:right] = ink
    drawn[top:bottom, left : left + thick] = ink
    drawn[top:bottom, max(left, right - thick) : right] = ink


def _colours(level: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    table = np.array([colour(step / 255) for step in range(256)], np.float32)
    return np.asarray(table[(level * 255).round().clip(0, 255).astype(np.intp)])


def _opacity(level: NDArray[Any]) -> NDArray[Any]:
    """How opaque each value is: nothing where it is low, so that the picture stays to be seen there."""
    part = (level / _FULL).clip(0, 1)
    smooth: NDArray[Any] = part * part * (3 - 2 * part)
    return smooth


def _stretched(level: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    """The values in another size, between four neighbours each; centres of pixels are kept apart evenly."""
    rows, columns = level.shape
    above, below, down = _between(rows, height)
    left, right, across = _between(columns, width)
    upper = level[above][:, left] * (1 - across) + level[above][:, right] * across
    lower = level[below][:, left] * (1 - across) + level[below][:, right] * across
    made: NDArray[Any] = upper * (1 - down[:, None]) + lower * down[:, None]
    return made


def _between(have: int, want: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """For each of `want` places the two of `have` it lies between, and how far it is to the second."""
    import numpy as np

    at = ((np.arange(want, dtype=np.float32) + 0.5) * have / want - 0.5).clip(0, have - 1)
    first = np.floor(at).astype(np.intp)
    return first, np.minimum(first + 1, have - 1), at - first


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e6
