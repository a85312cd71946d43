"""Pillow images as arrays of bytes, without copying where that is possible, and as small pictures to show."""

from __future__ import annotations

import ctypes
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from touchstone.media.pdq import TURNS

Pixels = NDArray[np.uint8]
# What Pillow and its plugins raise for files that are not what they should be
BROKEN = (OSError, SyntaxError, ValueError, TypeError, LookupError, AttributeError, struct.error, zlib.error,
          EOFError, ArithmeticError, RuntimeError)  # fmt: skip
BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)  # more pixels than are decoded
WHITE = (255, 255, 255)
BOX = Image.Resampling.BOX
_MUCH_SMALLER = 1 / 3


class _ArrowArray(ctypes.Structure):
    """`struct ArrowArray` of the Arrow C data interface, which Pillow exports its images through."""


_ArrowArray._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_ArrowArray))),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]
_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype = ctypes.c_void_p
_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


def contiguous_images() -> None:
    """Have Pillow keep each image in one piece of memory, which `pixels` can then read where it lies."""
    core: Any = Image.core  # type: ignore[attr-defined]
    if hasattr(core, "set_use_block_allocator"):
        core.set_use_block_allocator(1)


@contextmanager
def pixels(image: Image.Image) -> Iterator[Pixels]:
    """The bytes of an "L", "RGB", "RGBX" or "RGBA" image: (height, width, channels), 1, 3 or 4 channels.

    Valid inside the `with` only, and not to be written to. Where the image lies in one piece this copies nothing:
    turning a 12-megapixel image into an array costs as much as decoding it.
    """
    try:
        capsules: Any = image.__arrow_c_array__()
    except (AttributeError, ValueError):
        array = np.asarray(image)
        yield array if array.ndim == 3 else array[..., None]
        return
    exported = _ArrowArray.from_address(_pointer(capsules[1], b"arrow_array"))
    values = exported.children[0].contents if exported.n_children else exported
    channels = 4 if exported.n_children else 1
    size = image.width * image.height * channels
    if values.length * values.n_buffers < size or exported.offset or values.offset or values.buffers[1] is None:
        raise ValueError("exported image is smaller than it says")
    memory = (ctypes.c_uint8 * size).from_address(values.buffers[1])
    yield np.ctypeslib.as_array(memory).reshape(image.height, image.width, channels)
    del capsules


def flatten(image: Image.Image) -> Image.Image:
    """The image in eight bits, grey or colour, what is transparent on white: "L", "RGB", or "RGBA" and opaque."""
    if image.mode in {"L", "RGB", "RGBX"}:
        return image if "transparency" not in image.info else _on_white(image.convert("RGBA"))
    if image.mode.startswith("I") or image.mode == "F":
        return _eight_bits(image)
    if image.mode == "1":
        return image.convert("L")
    if has_alpha(image):
        return _on_white(image.convert("RGBA"))
    return image.convert("RGB")


def has_alpha(image: Image.Image) -> bool:
    """Whether anything in the image can be transparent."""
    return image.mode in {"RGBA", "RGBa", "LA", "La", "PA"} or "transparency" in image.info


def _on_white(image: Image.Image) -> Image.Image:
    if image.getchannel("A").getextrema() == (255, 255):
        return image
    flat = Image.new("RGB", image.size, WHITE)
    flat.paste(image, mask=image)
    return flat


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of more than eight bits: integers by their highest bits in use, floating point stretched over its range."""
    values = np.asarray(image)
    if values.dtype.kind == "f":
        finite = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
        low, high = float(finite.min()), float(finite.max())
        scaled = (finite - low) * (255.0 / (high - low)) if high > low else np.zeros_like(finite)
        return Image.fromarray(scaled.astype(np.uint8))
    bits = 16 if values.itemsize == 2 else int(values.max(initial=0)).bit_length()
    return Image.fromarray((np.clip(values, 0, None) >> max(0, bits - 8)).astype(np.uint8))


def shrink(image: Image.Image, side: int, orientation: int = 1) -> Image.Image:
    """A small RGB copy as displayed, its longer side at most `side` pixels; never enlarged."""
    scale = min(1.0, side / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    if scale <= _MUCH_SMALLER:
        # Every pixel of a large picture need not be read for a small one: means of four in every nine are enough.
        image = image.resize((2 * size[0], 2 * size[1]), Image.Resampling.NEAREST)
    small = image if size == image.size else image.resize(size, BOX, reducing_gap=1.0)
    return turn(small.convert("RGB"), orientation)


def turn(image: Image.Image, orientation: int) -> Image.Image:
    """The image as displayed, for an EXIF orientation of 1 to 8."""
    transposed, flip_rows, flip_columns = TURNS[orientation]
    if flip_rows:
        image = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    if flip_columns:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return image.transpose(Image.Transpose.TRANSPOSE) if transposed else image
