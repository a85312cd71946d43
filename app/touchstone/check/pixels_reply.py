"""The bounds of a pixels worker's reply. Whatever is outside them refuses the reply as a whole."""

from __future__ import annotations

import re
from typing import Any

from touchstone.check.bounds import (
    Check,
    Refused,
    flag,
    items,
    matching,
    maybe,
    real,
    record,
    text,
    whole,
    word,
)
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

_HASH = re.compile(r"[0-9a-f]{64}")
_MOST = 10**9

_hash = matching(_HASH)
_pipeline = matching(re.compile(r"[a-z]{1,16}/\d{1,3}"))
_size = items(whole(1, THUMBNAIL), 2, 2)
_orientations = items(_hash, 8, 8)
_small_size = items(whole(1, THUMBNAIL_SMALL), 2, 2)
_manifest_size = items(whole(1, THUMBNAIL_MANIFEST), 2, 2)
_still = record(
    {
        "pdq": _hash,
        "pdq_quality": whole(0, 100),
        "pdq_orientations": _orientations,
        "pipeline": _pipeline,
    }
)
_frames = record(
    {
        "pdq_frames": items(
            record({"time": real(0, 1e7), "pdq": _hash, "pdq_orientations": _orientations, "quality": whole(0, 100)}),
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
    return [text(MAX_KEY)(value[0]), text(MAX_TEXT)(value[1])]


_media = record(
    {
        "width": maybe(whole(1, _MOST)),
        "height": maybe(whole(1, _MOST)),
        "duration": maybe(real(0, 1e7)),
        "fps": maybe(real(0, 10_000)),
        "format": maybe(matching(re.compile(r"[a-z0-9+.-]{1,16}"))),
        "frames": maybe(whole(1, _MOST)),
        "has_alpha": flag,
    }
)
_jpeg = record(
    {
        "tables": word(Tables),
        "quality": maybe(whole(1, 100)),
        "sampling": maybe(matching(re.compile(r"4:[124]:[0124]"))),
        "progressive": flag,
    }
)
_streams = record(
    {},
    {
        "video": whole(0, 4096),
        "audio": whole(0, 4096),
        "channels": maybe(whole(0, 1024)),
        "sample_rate": maybe(whole(0, 10_000_000)),
        "bit_rate": maybe(whole(0, 10**12)),
    },
)
_facts = record(
    {
        "declares_ai": word(DeclaresAi),
        "basis": maybe(word(Basis)),
        "generator": maybe(word(Generator)),
        "software": maybe(word(Software)),
        "source_type": maybe(word(SourceType)),
        "gps": flag,
        "thumbnail": word(Thumbnail),
        "jpeg": maybe(_jpeg),
        "streams": _streams,
        "notes": items(word(Note), 0, len(Note)),
        "untrusted": record({}, dict.fromkeys(QUOTED, text(MAX_TEXT))),
        "untrusted_texts": items(_pair, 0, MAX_TEXTS),
    }
)


def _shape(count: int, side: int, pixels: int | None = None) -> Check:
    """Of an array of pictures, red first: [height, width, 3], with their number before it where there are several."""
    most = side * side if pixels is None else pixels

    def check(value: object) -> list[int]:
        shape: list[int] = items(whole(1, max(count, side)), 3, 4)(value)
        *number, height, width, channels = shape
        sound = len(number) == (count > 0) and all(n <= count for n in number)
        if not sound or channels != 3 or max(height, width) > side or height * width > most:
            raise Refused("not the shape of an array within bounds")
        return shape

    return check


_share = real(0, 1)
_arrays = record(
    {
        "shapes": record(
            {},
            {
                "view": _shape(0, VIEW_LONG),
                "detail": _shape(0, DETAIL_SIDE, DETAIL_PIXELS),
                "crops": _shape(CROPS, CROP),
                "frames": _shape(MAX_FRAMES, FRAME_LONG),
            },
        ),
        "places": items(items(_share, 4, 4), 0, CROPS),
        "times": items(real(0, 1e7), 0, MAX_FRAMES),
    }
)

REPLY = record(
    {
        "media": _media,
        "fingerprints": _fingerprints,
        "facts": _facts,
        "thumbnails": record({}, {"thumbnail": _size, "thumbnail-small": _small_size}),
    },
    {"arrays": _arrays},
)
ARRAYS = record({"media": _media, "notes": items(word(Note), 0, len(Note)), "arrays": _arrays})
PICTURE = record({"thumbnails": record({"thumbnail": _manifest_size}), "alpha": flag})
