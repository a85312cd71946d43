"""What an item of evidence states: the one document in a bundle that the court's hash is of. Pure.

`statement.json` is canonical (RFC 8785) and names everything else in its bundle by SHA-256 and size, so that its own
SHA-256, the item, stands for the bundle. It is written by whoever hands evidence in, who may be anybody: every text,
link and name in it is untrusted, and held to bounds before anybody sees it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from touchstone.lineage import canonical
from touchstone.lineage.canonical import CanonicalError

SCHEMA = "touchstone.evidence/1"
NAME = "statement.json"
MOST = 256 * 1024  # bytes of a statement
MOST_REPORT = 4 * 1024 * 1024  # bytes of a report
MOST_WHOLE = 2 * 1024**3  # bytes of a bundle
MOST_FILES = 32
MOST_LINKS = 32
LONGEST_REASON = 20_000  # characters
LONGEST_CLAIM = 1024  # bytes, as the court takes them
LONGEST_LINK = 2048  # bytes
LONGEST_NAME = 120  # characters
_SHA256 = re.compile(r"[0-9a-f]{64}")
_KEYS = frozenset({"schema", "case", "choice", "reason", "links", "report", "files"})
_FILE_KEYS = frozenset({"name", "sha256", "bytes", "role"})
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class EvidenceError(Exception):
    """Evidence cannot be made, read, fetched or shown. `texts.evidence` has the sentence for each code and its params.

    Of what is made: `empty-reason`, `long-reason`, `bad-link` {untrusted_link}, `many-links`, `many-files`,
    `long-claim`, `no-file` {untrusted_file}, `empty-file` {untrusted_file}, `changed` {untrusted_file}, `large-report`,
    `bad-report`, `other-report`, `too-large` {most} (bytes), `unwritable`, `no-room`.
    Of what is read: `not-a-bundle`, `other-item`, `other-bytes` {number} (of the file, from 1; 0 for the report),
    `damaged`, `newer`, `unreadable`; also `too-large`, `bad-report`, `other-report`.
    Of what is fetched: `no-address`, `missing`, `not-allowed`, `no-gateway`, `hidden`, `stopped`, `failed` {why,
    status, untrusted_host} (`why` of `trust.https`).
    Of what is hidden: `not-an-item`, `hidden-damaged`.
    """

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


class Choice(StrEnum):
    """What an item argues for; EITHER is neither."""

    EITHER = ""
    ALTERED = "altered"  # or generated, it does not say which
    GENERATED = "generated"
    EDITED = "edited"
    CONTEXT = "context"
    NOT_ALTERED = "not-altered"


class Role(StrEnum):
    """What a file in a bundle is."""

    MEDIA = "media"  # the file that the case is about
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class Stated:
    """A file as a statement names it: its SHA-256 and its size in bytes."""

    name: str
    sha256: str
    bytes: int
    role: Role = Role.EVIDENCE


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement. `claim` is the text that the case is about, "" for none; `report` is SHA-256 and size (bytes)."""

    media: str
    claim: str = ""
    choice: Choice = Choice.EITHER
    reason: str = ""
    links: tuple[str, ...] = ()
    report: tuple[str, int] | None = None
    files: tuple[Stated, ...] = ()

    @property
    def media_file(self) -> int | None:
        """Which of `files` is the one that the case is about."""
        return next((n for n, one in enumerate(self.files) if one.role is Role.MEDIA), None)


def to_bytes(statement: Statement) -> bytes:
    """The canonical bytes, which `parse` gives back.

    Raises:
        EvidenceError: `empty-reason`, `long-reason`, `bad-link`, `many-links`, `many-files`, `long-claim`,
            `not-a-bundle` for anything else that no statement can hold.
    """
    _refuse_unfit(statement)
    document = {
        "schema": SCHEMA,
        "case": {"media": statement.media, "claim": statement.claim},
        "choice": str(statement.choice),
        "reason": statement.reason,
        "links": list(statement.links),
        "report": None if statement.report is None else {"sha256": statement.report[0], "bytes": statement.report[1]},
        "files": [
            {"name": one.name, "sha256": one.sha256, "bytes": one.bytes, "role": str(one.role)}
            for one in statement.files
        ],
    }
    try:
        raw = canonical.dumps(document)
    except CanonicalError as error:
        raise EvidenceError("not-a-bundle") from error
    if len(raw) > MOST or _parsed(raw) != statement:
        raise EvidenceError("long-reason" if len(raw) > MOST else "not-a-bundle")
    return raw


def item_of(raw: bytes) -> str:
    """The item: SHA-256 of a statement's bytes, lower-case hex."""
    return hashlib.sha256(raw).hexdigest()


def parse(raw: bytes) -> Statement:
    """The statement in these bytes.

    Raises:
        EvidenceError: `not-a-bundle`; `newer` where a newer version wrote it.
    """
    statement = _parsed(raw)
    try:
        _refuse_unfit(statement)
    except EvidenceError as error:
        raise EvidenceError("not-a-bundle") from error
    return statement


def safe_name(name: str) -> str:
    """The last part of a path as it stands in a statement: no folder, nothing unseen, at most `LONGEST_NAME`."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = unicodedata.normalize("NFC", "".join("_" if _unseen(c) else c for c in last)).strip(" .")
    if len(shown) <= LONGEST_NAME:
        return shown or "file"
    stem, point, suffix = shown.rpartition(".")
    kept = f"{point}{suffix}" if point and len(suffix) <= 12 else ""
    return (stem if kept else shown)[: LONGEST_NAME - len(kept)].strip(" .") + kept


def _unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN


def _refuse_unfit(statement: Statement) -> None:
    if not statement.reason.strip():
        raise EvidenceError("empty-reason")
    if len(statement.reason) > LONGEST_REASON:
        raise EvidenceError("long-reason")
    if len(statement.claim.encode("utf-8", "replace")) > LONGEST_CLAIM:
        raise EvidenceError("long-claim")
    if len(statement.links) > MOST_LINKS:
        raise EvidenceError("many-links")
    for link in statement.links:
        if not _is_link(link):
            raise EvidenceError("bad-link", untrusted_link=link)
    if len(statement.files) > MOST_FILES:
        raise EvidenceError("many-files")
    media = [one for one in statement.files if one.role is Role.MEDIA]
    if (
        not _SHA256.fullmatch(statement.media)
        or len(media) > 1
        or any(one.sha256 != statement.media for one in media)
        or not all(_SHA256.fullmatch(one.sha256) and one.bytes > 0 for one in statement.files)
        or not all(one.name and safe_name(one.name) == one.name for one in statement.files)
        or (statement.report is not None and not _is_report(statement.report))
    ):
        raise EvidenceError("not-a-bundle")
    if sum(one.bytes for one in statement.files) > MOST_WHOLE:
        raise EvidenceError("too-large", most=MOST_WHOLE)


def _is_report(report: tuple[str, int]) -> bool:
    return _SHA256.fullmatch(report[0]) is not None and 0 < report[1] <= MOST_REPORT


def _is_link(link: str) -> bool:
    """Whether it is an address of the web that shows what it is."""
    try:
        parts = urlsplit(link)
        host = parts.hostname
    except ValueError:
        return False
    shown = link.isascii() and link.isprintable() and " " not in link and len(link) <= LONGEST_LINK
    return shown and parts.scheme in {"https", "http"} and bool(host) and parts.username is None


def _parsed(raw: bytes) -> Statement:
    try:
        document = canonical.loads(raw, MOST)
        if document.get("schema") != SCHEMA:
            told = document.get("schema")
            known = isinstance(told, str) and re.fullmatch(r"touchstone\.evidence/[1-9][0-9]{0,3}", told)
            raise EvidenceError("newer" if known else "not-a-bundle")
        if set(document) != _KEYS:
            raise EvidenceError("not-a-bundle")
        case = _object(document["case"], {"media", "claim"})
        report = document["report"]
        told_report = None if report is None else _object(report, {"sha256", "bytes"})
        return Statement(
            media=_text(case["media"]),
            claim=_text(case["claim"]),
            choice=Choice(_text(document["choice"])),
            reason=_text(document["reason"]),
            links=tuple(_text(link) for link in _list(document["links"])),
            report=None if told_report is None else (_text(told_report["sha256"]), _count(told_report["bytes"])),
            files=tuple(_stated(_object(one, _FILE_KEYS)) for one in _list(document["files"])),
        )
    except (CanonicalError, ValueError, TypeError) as error:
        raise EvidenceError("not-a-bundle") from error


def _stated(one: Mapping[str, Any]) -> Stated:
    return Stated(_text(one["name"]), _text(one["sha256"]), _count(one["bytes"]), Role(_text(one["role"])))


def _object(value: Any, keys: set[str] | frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict) or set(value) != keys:
        raise ValueError("not such an object")
    return value


def _list(value: Any) -> Sequence[Any]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("not a count")
    return value
