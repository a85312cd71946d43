"""Tracks and tags of video and audio files, through MediaInfo reading from the open file."""

from __future__ import annotations

import ctypes
import io
import json
import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import pymediainfo

from touchstone.filefacts import Note
from touchstone.media.facts import Facts
from touchstone.media.streams import MetadataStream

Track = Mapping[str, Any]

# MediaInfo is told which parser to use: left to choose, it takes a text for a playlist and reads the files it names.
PARSERS: Mapping[str, str] = {
    "video/mp4": "Mpeg4",
    "video/quicktime": "Mpeg4",
    "video/3gpp": "Mpeg4",
    "audio/mp4": "Mpeg4",
    "video/x-matroska": "Mk",
    "video/webm": "Mk",
    "video/x-msvideo": "Riff",
    "audio/wav": "Riff",
    "audio/aiff": "Riff",
    "audio/mpeg": "Mpega",
    "audio/aac": "Adts",
    "audio/flac": "Flac",
    "audio/ogg": "Ogg",
    "video/ogg": "Ogg",
    "video/mp2t": "MpegTs",
    "video/mpeg": "MpegPs",
    "video/x-flv": "Flv",
    "video/x-ms-wmv": "Wm",
}
_MAX_OUTPUT = 4 << 20
_MAX_FIELDS = 64
_MAX_VALUE = 1 << 16

_TOOLS = ("encoded_application", "encoded_library", "software", "encoder", "tool", "generator", "writing")
_PROSE = ("title", "track", "album", "performer", "copyright", "genre", "lyrics", "publisher", "composer", "author")
_SETTINGS = ("comment", "description", "synopsis", "prompt", "workflow", "parameters", "movie", "url")
_PLACES = ("location", "iso6709", "gps", "xyz")
# What MediaInfo works out itself, and variants of a field that comes under its plain name as well
_SKIPPED = ("_string", "_settings", "_date", "_version", "_compatible", "_url", "_more", "_position", "_original")


@lru_cache(maxsize=1)
def preload() -> None:
    """Load the library: a locked-down process can open none, but finds one that is loaded already by its path."""
    ctypes.CDLL(_library())
    tracks(io.BytesIO(b"RIFF\x04\x00\x00\x00WAVE"), "audio/wav")


@lru_cache(maxsize=1)
def _library() -> str:
    folder = Path(pymediainfo.__file__).parent
    names = ("MediaInfo.dll", "libmediainfo.0.dylib", "libmediainfo.dylib", "libmediainfo.so.0")
    return next((str(folder / name) for name in names if (folder / name).is_file()), names[-1])


def tracks(file: BinaryIO, mime: str) -> list[Track]:
    """What MediaInfo says of each track, the general one first; empty where it reads nothing of this type."""
    parser = PARSERS.get(mime)
    if parser is None:
        return []
    said = pymediainfo.MediaInfo.parse(
        MetadataStream(file),
        library_file=_library(),
        output="JSON",
        full=False,
        parse_speed=0.3,
        mediainfo_options={"File_ForceParser": parser},
    )
    if len(said) > _MAX_OUTPUT:
        return []
    try:
        listed = json.loads(said)["media"]["track"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    return [track for track in listed if isinstance(track, dict)] if isinstance(listed, list) else []


def number(track: Track | None, name: str, limit: float) -> float | None:
    """A field as a finite number from 0 to `limit`, or None."""
    try:
        value = float(track[name]) if track is not None else math.nan
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return value if 0 <= value <= limit else None


def first(listed: list[Track], kind: str) -> Track | None:
    """The first track of a kind ("General", "Video", "Audio")."""
    return next((track for track in listed if track.get("@type") == kind), None)


def _is_cut(general: Track | None) -> bool:
    """Whether MediaInfo found the file to end before its own lengths say it does."""
    extra = (general or {}).get("extra")
    return isinstance(extra, dict) and extra.get("IsTruncated") == "Yes"


def gather(listed: list[Track], facts: Facts) -> None:
    """Sort tags and codecs into `facts`."""
    video, audio, general = (first(listed, kind) for kind in ("Video", "Audio", "General"))
    if _is_cut(general):
        facts.notes.add(Note.TRUNCATED)
    for name, track in (("container", general), ("video_codec", video), ("audio_codec", audio)):
        facts.show(name, _text((track or {}).get("Format")))
    facts.streams = {
        "video": sum(track.get("@type") == "Video" for track in listed),
        "audio": sum(track.get("@type") == "Audio" for track in listed),
        "channels": _whole(audio, "Channels", 1024),
        "sample_rate": _whole(audio, "SamplingRate", 10_000_000),
        "bit_rate": _whole(general, "OverallBitRate", 1e12),
    }
    for name in ("Recorded_Date", "Encoded_Date", "Tagged_Date"):
        facts.show("taken" if name == "Recorded_Date" else "encoded", _text((general or {}).get(name)))
    for name, value in _fields(listed):
        _sort_in(name, value, facts)


def _fields(listed: list[Track]) -> Iterator[tuple[str, str]]:
    count = 0
    for track in listed:
        extra = track.get("extra")
        nested = extra.items() if isinstance(extra, dict) else ()
        for name, value in (*track.items(), *nested):
            text = _text(value)
            if text and isinstance(name, str):
                count += 1
                if count > _MAX_FIELDS * 8:
                    return
                yield name, text


def _sort_in(name: str, value: str, facts: Facts) -> None:
    kind = name.casefold()
    if any(part in kind for part in _PLACES):
        facts.gps = True
        facts.show("location", value)
    elif kind.endswith(_SKIPPED) or kind.startswith("@"):
        return
    elif kind.endswith("make") or kind == "manufacturer":
        facts.show("make", value)
    elif kind.endswith("model"):
        facts.show("model", value)
    elif len(facts.texts) >= _MAX_FIELDS:
        return
    elif any(part in kind for part in _TOOLS):
        facts.tool(f"tag:{name}", value)
    elif kind.startswith(_PROSE):
        facts.prose(f"tag:{name}", value)
    elif any(part in kind for part in _SETTINGS):
        facts.settings(f"tag:{name}", value)


def _text(value: object) -> str:
    return value[:_MAX_VALUE] if isinstance(value, str) else ""


def _whole(track: Track | None, name: str, limit: float) -> int | None:
    value = number(track, name, limit)
    return None if value is None else int(value)
