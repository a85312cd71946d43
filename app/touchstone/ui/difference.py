"""Where two pictures differ. For threads: nothing here touches a widget, and what comes in is of bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage

from touchstone.report import Picture
from touchstone.ui import pictures

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAINT, STRONG = 28, 96  # steps of 256: what saving again leaves behind, and what nobody overlooks
AMBER, BRICK = (0xF2, 0xA9, 0x2E), (0xC2, 0x1F, 0x12)
_OPAQUE = 0.9


@dataclass(frozen=True, slots=True)
class Difference:
    """Both pictures in one size and turned alike, and a see-through picture of where they differ.

    `share` is the part of the area, 0 to 1, in which they differ by more than saving again explains; `stretched` is
    whether their shapes are not the same, so that one had to be pulled to fit the other.
    """

    file: QImage
    original: QImage
    heat: QImage
    share: float
    stretched: bool


def compare(file: Picture, original: Picture, orientation: int) -> Difference:
    """Lay one picture over the other; `orientation` is how the file has to be turned to look like the original."""
    import numpy as np

    turned = turn(_array(file), orientation)
    other = _array(original)
    height, width = min(turned.shape[0], other.shape[0]), min(turned.shape[1], other.shape[1])
    stretched = abs(turned.shape[1] * other.shape[0] / (turned.shape[0] * other.shape[1]) - 1) > 0.02
    one, two = _scaled(turned, width, height), _scaled(other, width, height)
    soft, softer = _soft(one), _soft(two)
    apart = np.maximum(_beyond(soft, softer), _beyond(softer, soft)).max(axis=2)
    level = np.clip((apart - FAINT) / (STRONG - FAINT), 0, 1)
    share = float((apart > FAINT).mean())
    return Difference(_image(one), _image(two), _heat(level), share, stretched)


def turn(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """An array of rows turned in one of the eight ways of PDQ's dihedral hashes, in their order.

    As it is; by 90, 180 and 270 degrees; upside down; mirrored; along either diagonal.
    """
    import numpy as np

    swapped = orientation in {1, 3, 6, 7}
    rows_back = orientation in {2, 3, 4, 7}
    columns_back = orientation in {1, 2, 5, 7}
    found = pixels[:: -1 if rows_back else 1, :: -1 if columns_back else 1]
    return np.ascontiguousarray(found.swapaxes(0, 1) if swapped else found)


def _array(picture: Picture) -> NDArray[Any]:
    import numpy as np

    return np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)


def _scaled(pixels: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    """The same picture in another size, shape (height, width, 3)."""
    import numpy as np

    if pixels.shape[:2] == (height, width):
        return pixels
    smooth = Qt.TransformationMode.SmoothTransformation
    made = _image(pixels).scaled(QSize(width, height), Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
    made = made.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(made.constBits(), np.uint8).reshape(height, made.bytesPerLine())
    return rows[:, : width * 3].reshape(height, width, 3).copy()


def _soft(pixels: NDArray[Any]) -> NDArray[Any]:
    """The mean over 3 x 3 pixels."""
    import numpy as np

    return np.asarray(sum(_neighbours(pixels.astype(np.float32))) / 9, np.float32)


def _beyond(pixels: NDArray[Any], others: NDArray[Any]) -> NDArray[Any]:
    """How far each value is outside what the other picture has within a pixel of its place.

    Pictures that went through other sizes on their way lie half a pixel apart, and fine detail in them is softer or
    harder: that is no difference.
    """
    import numpy as np

    around = np.stack(list(_neighbours(others)))
    return np.asarray(np.maximum(np.maximum(pixels - around.max(axis=0), around.min(axis=0) - pixels), 0))


def _neighbours(pixels: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """The picture moved by at most one pixel, in all nine ways."""
    import numpy as np

    padded = np.pad(pixels, ((1, 1), (1, 1), (0, 0)), mode="edge")
    height, width = pixels.shape[:2]
    for down in range(3):
        for across in range(3):
            yield padded[down : down + height, across : across + width]


def _heat(level: NDArray[Any]) -> QImage:
    """Amber where two pictures differ a little, brick where they differ much, see-through where they do not."""
    import numpy as np

    strength = level[..., None].astype(np.float32)
    colour = np.array(AMBER, np.float32) * (1 - strength) + np.array(BRICK, np.float32) * strength
    opaque = np.where(level > 0, 0.45 + (_OPAQUE - 0.45) * level, 0) * 255
    drawn = np.concatenate([colour, opaque[..., None]], axis=2).round().astype(np.uint8)
    height, width = level.shape
    return QImage(drawn.tobytes(), width, height, width * 4, QImage.Format.Format_RGBA8888).copy()


def _image(pixels: NDArray[Any]) -> QImage:
    return pictures.image(Picture(pixels.shape[1], pixels.shape[0], pixels.tobytes()))
