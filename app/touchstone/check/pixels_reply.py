"""The bounds of a pixels worker's reply. Whatever is outside them refuses the reply as a whole."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from touchstone.filefacts import (
    CROP,
    CROPS,
    DETAIL_PIXELS,
    DETAIL_SIDE,
    FRAME_LONG,
    MAX_FRAMES,
    MAX_KEY,
    MAX_TEXT,
    MAX_TEXTS,
    QUOTED,
    THUMBNAIL,
    THUMBNAIL_MANIFEST,
    THUMBNAIL_SMALL,
    VIEW_LONG,
    Basis,
    DeclaresAi,
    Generator,
    Note,
    Software,
    SourceType,
    Tables,
    Thumbnail,
)

Check = Callable[[object], Any]

_HASH = re.compile(r"[0-9a-f]{64}")
_MOST = 10**9


class Refused(ValueError):  # noqa: N818 - it is the reply that is refused
    """The reply does not keep to the bounds."""


def _whole(low: int, high: int) -> Check:
    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Refused("not a whole number within bounds")
        return value

    return check


def _real(low: float, high: float) -> Check:
    def check(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise Refused("not a number")
        if not low <= value <= high:
            raise Refused("number out of bounds")
        return float(value)

    return check


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Refused("not a flag")
    return value


def _text(limit: int) -> Check:
    def check(value: object) -> str:
        if not isinstance(value, str) or len(value) > limit:
            raise Refused("not a string within bounds")
        return value

    return check


def _matching(pattern: re.Pattern[str]) -> Check:
    def check(value: object) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise Refused("not a string of this form")
        return value

    return check


def _word(kind: type[StrEnum]) -> Check:
    def check(value: object) -> StrEnum:
        try:
            return kind(str(value)) if isinstance(value, str) else kind("")
        except ValueError as error:
            raise Refused("not a word of the vocabulary") from error

    return check


def _maybe(inner: Check) -> Check:
    return lambda value: None if value is None else inner(value)


def _items(inner: Check, least: int, most: int) -> Check:
    def check(value: object) -> list[Any]:
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise Refused("not a list within bounds")
        return [inner(item) for item in value]

    return check


def _record(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with exactly these fields."""
    known = {**required, **(optional or {})}

    def check(value: object) -> dict[str, Any]:
        if not isinstance(value, dict) or not required.keys() <= value.keys() <= known.keys():
            raise Refused("not an object with these fields")
        return {str(name): known[name](item) for name, item in value.items()}

    return check


_hash = _matching(_HASH)
_pipeline = _matching(re.compile(r"[a-z]{1,16}/\d{1,3}"))
_size = _items(_whole(1, THUMBNAIL), 2, 2)
_orientations = _items(_hash, 8, 8)
_small_size = _items(_whole(1, THUMBNAIL_SMALL), 2, 2)
_manifest_size = _items(_whole(1, THUMBNAIL_MANIFEST), 2, 2)
_still = _record(
    {
        "pdq": _hash,
        "pdq_quality": _whole(0, 100),
        "pdq_orientations": _orientations,
        "pipeline": _pipeline,
    }
)
_frames = _record(
    {
        "pdq_frames": _items(
            _record(
                {"time": _real(0, 1e7), "pdq": _hash, "pdq_orientations": _orientations, "quality": _whole(0, 100)}
            ),
            1,
            MAX_FRAMES,
        ),
        "pipeline": _pipeline,
    }
)


def _fingerprints(value: object) -> dict[str, Any]:
    if value == {}:
        return {}
    found: dict[str, Any] = (_frames if isinstance(value, dict) and "pdq_frames" in value else _still)(value)
    return found


def _pair(value: object) -> list[str]:
    if not isinstance(value, list) or len(value) != 2:
        raise Refused("not a name and a text")
    return [_text(MAX_KEY)(value[0]), _text(MAX_TEXT)(value[1])]


_media = _record(
    {
        "width": _maybe(_whole(1, _MOST)),
        "height": _maybe(_whole(1, _MOST)),
        "duration": _maybe(_real(0, 1e7)),
        "fps": _maybe(_real(0, 10_000)),
        "format": _maybe(_matching(re.compile(r"[a-z0-9+.-]{1,16}"))),
        "frames": _maybe(_whole(1, _MOST)),
        "has_alpha": _flag,
    }
)
_jpeg = _record(
    {
        "tables": _word(Tables),
        "quality": _maybe(_whole(1, 100)),
        "sampling": _maybe(_matching(re.compile(r"4:[124]:[0124]"))),
        "progressive": _flag,
    }
)
_streams = _record(
    {},
    {
        "video": _whole(0, 4096),
        "audio": _whole(0, 4096),
        "channels": _maybe(_whole(0, 1024)),
        "sample_rate": _maybe(_whole(0, 10_000_000)),
        "bit_rate": _maybe(_whole(0, 10**12)),
    },
)
_facts = _record(
    {
        "declares_ai": _word(DeclaresAi),
        "basis": _maybe(_word(Basis)),
        "generator": _maybe(_word(Generator)),
        "software": _maybe(_word(Software)),
        "source_type": _maybe(_word(SourceType)),
        "gps": _flag,
        "thumbnail": _word(Thumbnail),
        "jpeg": _maybe(_jpeg),
        "streams": _streams,
        "notes": _items(_word(Note), 0, len(Note)),
        "untrusted": _record({}, dict.fromkeys(QUOTED, _text(MAX_TEXT))),
        "untrusted_texts": _items(_pair, 0, MAX_TEXTS),
    }
)


def _shape(count: int, side: int, pixels: int | None = None) -> Check:
    """Of an array of pictures, red first: [height, width, 3], with their number before it where there are several."""
    most = side * side if pixels is None else pixels

    def check(value: object) -> list[int]:
        shape: list[int] = _items(_whole(1, max(count, side)), 3, 4)(value)
        *number, height, width, channels = shape
        sound = len(number) == (count > 0) and all(n <= count for n in number)
        if not sound or channels != 3 or max(height, width) > side or height * width > most:
            raise Refused("not the shape of an array within bounds")
        return shape

    return check


_share = _real(0, 1)
_arrays = _record(
    {
        "shapes": _record(
            {},
            {
                "view": _shape(0, VIEW_LONG),
                "detail": _shape(0, DETAIL_SIDE, DETAIL_PIXELS),
                "crops": _shape(CROPS, CROP),
                "frames": _shape(MAX_FRAMES, FRAME_LONG),
            },
        ),
        "places": _items(_items(_share, 4, 4), 0, CROPS),
        "times": _items(_real(0, 1e7), 0, MAX_FRAMES),
    }
)

REPLY = _record(
    {
        "media": _media,
        "fingerprints": _fingerprints,
        "facts": _facts,
        "thumbnails": _record({}, {"thumbnail": _size, "thumbnail-small": _small_size}),
    },
    {"arrays": _arrays},
)
ARRAYS = _record({"media": _media, "notes": _items(_word(Note), 0, len(Note)), "arrays": _arrays})
PICTURE = _record({"thumbnails": _record({"thumbnail": _manifest_size}), "alpha": _flag})
