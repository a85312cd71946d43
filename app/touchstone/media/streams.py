"""The open file as foreign libraries get it: it never raises into them, and it comes to an end."""

from __future__ import annotations

import io
import time
from typing import BinaryIO

_WRAP = 1 << 32
_MAX_READ = 256 << 20
_MAX_SEEKS = 2000


class CaptureStream(io.BufferedIOBase):
    """For OpenCV, whose callbacks crash when Python raises, and pass offsets on cut to 32 bits.

    After `seconds` it looks as if the file ended, so that a demuxer that reads without end stops.
    """

    LARGEST = _WRAP - 1  # bytes; beyond, an offset that was cut can mean two places

    def __init__(self, file: BinaryIO, seconds: float) -> None:
        super().__init__()
        self._file = file
        self._size = file.seek(0, io.SEEK_END)
        self._until = time.monotonic() + seconds
        file.seek(0)

    def read(self, size: int | None = -1, /) -> bytes:
        """At most `size` bytes; none where they cannot be read."""
        if size is None or size <= 0 or time.monotonic() > self._until:
            return b""
        try:
            return self._file.read(size)
        except OSError:
            return b""

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """The new position, or -1 where there is none."""
        if whence == io.SEEK_SET:
            offset %= _WRAP
            if offset > self._size:
                return -1
        try:
            return self._file.seek(offset, whence)
        except (OSError, ValueError):
            return -1

    def tell(self) -> int:
        """The position."""
        return self._file.tell()


class MetadataStream(io.RawIOBase):
    """For MediaInfo: the file, as long as no more of it is read or sought in than any honest one needs."""

    mode = "rb"

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file, self._left, self._seeks = file, _MAX_READ, _MAX_SEEKS

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes."""
        data = self._file.read(min(size, self._left)) if self._left and self._seeks else b""
        self._left -= len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """The new position."""
        self._seeks = max(0, self._seeks - 1)
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """The position."""
        return self._file.tell()
