"""The types that both sides share: what was checked, what each witness found, what it comes to.

Everything here is plain data and imports the standard library only, so that desk and workers can both read it.
Sentences are not made here: a `Message` is a code with parameters, and `touchstone.texts` turns it into words.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

SCHEMA = "touchstone.report/1"

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
    process: bool = False  # a process of its own, used for this one file
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


def from_dict(data: Mapping[str, Any]) -> Report:
    """The report that `to_dict` (or an export) wrote.

    Raises:
        ValueError: the data is not a report of this schema.
    """
    try:
        if data["schema"] != SCHEMA:
            raise ValueError(f"not a {SCHEMA} document")
        return Report(
            created=str(data["created"]),
            application=str(data["application"]),
            media=_media(data["media"]),
            answer=Answer(data["answer"]),
            headline=Message(str(data["headline"]["code"]), dict(data["headline"]["params"])),
            findings=tuple(_finding(f) for f in data["findings"]),
            conflicts=tuple(
                Conflict(str(c["code"]), tuple(Witness(w) for w in c["witnesses"]), dict(c["params"]))
                for c in data["conflicts"]
            ),
            not_checked=tuple(NotChecked(Witness(n["witness"]), str(n["why"])) for n in data["not_checked"]),
            protection=tuple(_protection(p) for p in data.get("protection", ())),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a report: {error}") from error


def _media(data: Mapping[str, Any]) -> Media:
    return Media(
        **{f.name: data[f.name] for f in dataclasses.fields(Media) if f.name != "kind"},
        kind=Kind(data["kind"]),
    )


def _finding(data: Mapping[str, Any]) -> Finding:
    rest = {f.name: data[f.name] for f in dataclasses.fields(Finding) if f.name not in {"witness", "status"}}
    return Finding(witness=Witness(data["witness"]), status=Status(data["status"]), **rest)


def _protection(data: Mapping[str, Any]) -> Protection:
    return Protection(**{f.name: data[f.name] for f in dataclasses.fields(Protection)})
