"""The types that both sides share: what was checked, what each witness found, what it comes to.

Everything here is plain data and imports the standard library only, so that desk and workers can both read it.
Sentences are not made here: a `Message` is a code with parameters, and `touchstone.texts` turns it into words.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

SCHEMA = "touchstone.report/1"

# What a report may hold when it is read back; those made here stay far below.
MAX_DOCUMENT = 10 * 1024 * 1024  # bytes
MAX_ENTRIES = 200
MAX_STRING = 20_000  # characters
MAX_VALUES = 100_000
MAX_DEPTH = 16
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Details = Mapping[str, Any]


class Answer(StrEnum):
    """What a report comes to. The table in ARCHITECTURE.md says which row wins."""

    REFUTED = "refuted"
    DOUBTFUL = "doubtful"
    DECLARED_AI = "declared-ai"
    UPHELD = "upheld"
    TRACED = "traced"
    REGISTERED = "registered"
    SIGNED_UNKNOWN = "signed-unknown"
    SIMILAR = "similar"
    UNREADABLE = "unreadable"
    NO_PROOF = "no-proof"


class Witness(StrEnum):
    """Who says something about a file."""

    CREDENTIALS = "credentials"
    FACTS = "facts"
    REGISTER = "register"
    REVIEWERS = "reviewers"
    AI_IMAGE = "ai-image"
    FORENSIC = "forensic"
    FACE = "face"
    SPLICE = "splice"
    VIDEO = "video"
    VOICE = "voice"


DETECTORS = (Witness.AI_IMAGE, Witness.FORENSIC, Witness.FACE, Witness.SPLICE, Witness.VIDEO, Witness.VOICE)


class Status(StrEnum):
    """How far a witness got."""

    DONE = "done"
    NOT_CHECKED = "not-checked"
    FAILED = "failed"


class Kind(StrEnum):
    """What sort of media a file holds, told from its first bytes, never from its name."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Message:
    """A code and its parameters; `touchstone.texts` has the sentence."""

    code: str
    params: Details = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Media:
    """The file that was checked.

    `name` is the last part of its path, as the file system gives it, undecodable bytes backslash-escaped.
    `sha256` is lower-case hex, empty where the file could not be read to its end. `duration` is in seconds,
    `width` and `height` in pixels as displayed (orientation applied). `fingerprints` holds hex strings and
    numbers under the names of their algorithms (`pdq`, `pdq_quality`, `pdq_orientations`, `pipeline`, ...).
    """

    name: str
    bytes: int
    sha256: str
    kind: Kind = Kind.UNKNOWN
    mime: str = "application/octet-stream"
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    fingerprints: Details = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picture:
    """A small picture as it is shown: `height` rows of `width` pixels, three bytes each (red, green, blue).

    Raises:
        ValueError: the sizes do not fit the bytes.
    """

    width: int
    height: int
    rgb: bytes

    def __post_init__(self) -> None:
        if self.width <= 0 or self.height <= 0 or len(self.rgb) != self.width * self.height * 3:
            raise ValueError("not a picture of this size")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one witness says.

    `code` and `params` make its sentence. `source` names what it rests on (a list, a ledger, a model) and `version`
    which state of it. `took_ms` is wall-clock milliseconds. Strings of `details` that came from the file, a node or
    a contract stand under keys beginning `untrusted_`.
    """

    witness: Witness
    status: Status
    code: str
    params: Details = field(default_factory=dict)
    source: str = ""
    version: str = ""
    took_ms: int = 0
    details: Details = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two statements that cannot both be the whole truth."""

    code: str
    witnesses: tuple[Witness, ...]
    params: Details = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotChecked:
    """A question this report leaves open, and why (a code)."""

    witness: Witness
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `weigh` makes of the findings."""

    answer: Answer
    headline: Message
    conflicts: tuple[Conflict, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()


@dataclass(frozen=True, slots=True)
class Protection:
    """What held a worker while it read the file. Each is true only where it was in force and seen to be."""

    profile: str
    process: bool = False  # a process of its own; for this one file alone, but for that of the detectors
    limits: bool = False  # memory, CPU, core and file limits
    filesystem: bool = False  # Landlock: no path can be opened
    syscalls: bool = False  # seccomp allow list
    landlock_abi: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """One checked file. `created` is ISO 8601 in UTC; `application` is name and version of what wrote the report."""

    created: str
    application: str
    media: Media
    answer: Answer
    headline: Message
    findings: tuple[Finding, ...]
    conflicts: tuple[Conflict, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    protection: tuple[Protection, ...] = ()
    schema: str = SCHEMA

    def finding(self, witness: Witness) -> Finding | None:
        """The finding of one witness, if it has a place in this report."""
        return next((f for f in self.findings if f.witness is witness), None)


def to_dict(report: Report) -> dict[str, Any]:
    """A report as JSON-ready data, without sentences (`touchstone.export.document` adds those)."""
    plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(report)))
    return plain


def loads(raw: bytes) -> Report:
    """The report in the bytes of a JSON document, whoever wrote them.

    Raises:
        ValueError: they are not a report of this schema, or more than a report can be.
    """
    if len(raw) > MAX_DOCUMENT:
        raise ValueError("longer than a report can be")
    try:
        return from_dict(json.loads(raw.decode("utf-8"), parse_constant=_no_constant))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def from_dict(data: Mapping[str, Any]) -> Report:
    """The report that `to_dict` (or an export) wrote. Fields that this version does not know are left out.

    Raises:
        ValueError: the data is not a report of this schema, or holds more than one can.
    """
    fields = _object(data)
    if fields.get("schema") != SCHEMA:
        raise ValueError(f"not a {SCHEMA} document")
    try:
        return Report(
            created=_moment(fields["created"]),
            application=_text(fields["application"]),
            media=_media(_object(fields["media"])),
            answer=Answer(_text(fields["answer"])),
            headline=_message(_object(fields["headline"])),
            findings=tuple(_finding(_object(f)) for f in _items(fields["findings"])),
            conflicts=tuple(_conflict(_object(c)) for c in _items(fields["conflicts"])),
            not_checked=tuple(_not_checked(_object(n)) for n in _items(fields["not_checked"])),
            protection=tuple(_protection(_object(p)) for p in _items(fields.get("protection", []))),
        )
    except KeyError as error:
        raise ValueError(f"not a report: {error} is missing") from error


def _media(data: Mapping[str, Any]) -> Media:
    sha256 = _text(data["sha256"])
    if sha256 and not _SHA256.fullmatch(sha256):
        raise ValueError("sha256")
    return Media(
        name=_text(data["name"]),
        bytes=_whole(data["bytes"]),
        sha256=sha256,
        kind=Kind(_text(data["kind"])),
        mime=_text(data["mime"]),
        width=None if data["width"] is None else _whole(data["width"]),
        height=None if data["height"] is None else _whole(data["height"]),
        duration=None if data["duration"] is None else _duration(data["duration"]),
        fingerprints=_details(data["fingerprints"]),
    )


def _message(data: Mapping[str, Any]) -> Message:
    return Message(_code(data["code"]), _details(data["params"]))


def _finding(data: Mapping[str, Any]) -> Finding:
    return Finding(
        witness=Witness(_text(data["witness"])),
        status=Status(_text(data["status"])),
        code=_code(data["code"]),
        params=_details(data["params"]),
        source=_text(data["source"]),
        version=_text(data["version"]),
        took_ms=_whole(data["took_ms"]),
        details=_details(data["details"]),
    )


def _conflict(data: Mapping[str, Any]) -> Conflict:
    witnesses = tuple(Witness(_text(w)) for w in _items(data["witnesses"]))
    return Conflict(_code(data["code"]), witnesses, _details(data["params"]))


def _not_checked(data: Mapping[str, Any]) -> NotChecked:
    return NotChecked(Witness(_text(data["witness"])), _code(data["why"]))


def _protection(data: Mapping[str, Any]) -> Protection:
    flags = {name: data[name] for name in ("process", "limits", "filesystem", "syscalls")}
    if not all(isinstance(value, bool) for value in flags.values()):
        raise ValueError("protection")
    return Protection(profile=_text(data["profile"]), landlock_abi=_whole(data["landlock_abi"]), **flags)


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ValueError("not an object")
    return value


def _items(value: object) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_ENTRIES:
        raise ValueError("not a list of entries")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_STRING:
        raise ValueError("not a string")
    return value


def _code(value: object) -> str:
    code = _text(value)
    if not _CODE.fullmatch(code):
        raise ValueError("not a code")
    return code


def _moment(value: object) -> str:
    text = _text(value)
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("a moment without a time zone")
    return text


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError("not a whole number")
    return value


def _duration(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e12:
        raise ValueError("not a duration")
    return float(value)


def _details(value: object) -> Details:
    _bounded(_object(value))
    return dict(_object(value))


def _bounded(value: object) -> None:
    """Refuse what JSON cannot hold, and more or deeper nested values than any witness gives."""
    todo: list[tuple[object, int]] = [(value, 0)]
    for seen, (item, depth) in enumerate(todo):  # grows while it is walked
        if seen > MAX_VALUES or depth > MAX_DEPTH:
            raise ValueError("more than a finding can hold")
        if isinstance(item, Mapping):
            todo += [(inner, depth + 1) for pair in _object(item).items() for inner in pair]
        elif isinstance(item, list):
            todo += [(inner, depth + 1) for inner in item]
        elif isinstance(item, str):
            _text(item)
        elif not _is_number(item):
            raise ValueError("not a JSON value")


def _is_number(value: object) -> bool:
    """Whether it is null, a boolean, a finite number, or a whole one of at most 64 bits."""
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or (isinstance(value, int) and -(2**63) <= value < 2**64)


def _no_constant(name: str) -> object:
    raise ValueError(name)
