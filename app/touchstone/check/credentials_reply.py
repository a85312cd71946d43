"""The bounds that a provenance worker's reply is held to, field by field. What is outside them refuses the reply."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

_MOST_READINGS = 2
_MOST_NODES = 64
_MOST_SOURCES = 5000
_MOST_FAILED = 16
_MOST_CODES = 40
_MOST_SIGNALS = 48
_MOST_THUMBNAILS = 16
_THUMBNAIL_BYTES = 1024 * 1024
_STRING = 200
_ADDRESS = 1000

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+){1,5}")
_SIGNAL = re.compile(r"[a-z]+(-[a-z]+){0,3}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_SDK = re.compile(r"[0-9A-Za-z.+-]{1,20}")
_BLOB = re.compile(r"t\d{1,2}")

_LISTS = frozenset({"official", "interim", "yours", "samples"})
_ISSUERS = _LISTS | {"expired", "revoked", "unknown", "none"}
_AI = frozenset({"yes", "no", "unknown"})
_REASONS = frozenset(
    {
        "read",
        "no-credentials",
        "format-not-supported",
        "sidecar-alone",
        "remote",
        "credentials-unreadable",
        "credentials-too-large",
        "file-unreadable",
        "fragments-missing",
    }
)


class ReplyError(ValueError):
    """The reply is not within its bounds."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A source that is not what it was. `node` is its place in the tree, -1 where it has none there."""

    node: int
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """One file in the history: place 0 is the checked file itself, `parent` the place of what it was used for."""

    parent: int
    relation: str
    integrity: str
    issuer: str
    declares_ai: str
    signals: tuple[str, ...]
    codes: tuple[str, ...]
    thumbnail: str
    untrusted_title: str
    untrusted_format: str
    untrusted_generator: str
    untrusted_signer: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One manifest store as the worker read it. Times are `YYYY-MM-DDTHH:MM:SSZ` or empty."""

    origin: str
    integrity: str
    reason: str
    issuer: str
    history: str
    identity: str
    coverage: str
    declares_ai: str
    ai_extent: str
    ai_where: str
    stamp: str
    stamp_time: str
    valid_from: str
    valid_until: str
    signature: bool
    claim_version: int
    sdk_state: str
    codes: tuple[str, ...]
    signals: tuple[str, ...]
    failed: tuple[Failed, ...]
    nodes: tuple[Node, ...]
    nodes_left_out: int
    sources: int
    sources_without: int
    untrusted_issuer_organisation: str
    untrusted_issuer_common_name: str
    untrusted_agent: str
    untrusted_remote: str

    @property
    def names_signer(self) -> bool:
        """Whether the certificate's names may be shown as the signer's: a list vouches and the signature verifies."""
        return self.signature and self.issuer in _LISTS


def read_reply(body: Mapping[str, Any], blobs: Mapping[str, bytes]) -> tuple[str, tuple[str, ...], tuple[Reading, ...]]:
    """SDK version, refused lists and readings of a reply.

    Raises:
        ReplyError: something in it is outside its bounds.
    """
    fields = _object(body, {"sdk", "refused", "readings"})
    sdk = _matching(_SDK)(fields["sdk"])
    refused = _items(fields["refused"], 5, _one_of(_LISTS | {"time stamps"}))
    readings = _items(fields["readings"], _MOST_READINGS, _reading)
    if [r.origin for r in readings] not in (["embedded"], ["embedded", "sidecar"]):
        raise ReplyError("readings")
    named = [n.thumbnail for r in readings for n in r.nodes if n.thumbnail]
    if sorted(named) != sorted(blobs) or len(blobs) > _MOST_THUMBNAILS:
        raise ReplyError("thumbnails")
    if any(len(data) > _THUMBNAIL_BYTES for data in blobs.values()):
        raise ReplyError("thumbnail size")
    return sdk, refused, readings


def _reading(value: object) -> Reading:
    fields = dict(_object(value, _READING.keys() | {"from"}))
    origin = _one_of({"embedded", "sidecar"})(fields.pop("from"))
    reading = Reading(origin=origin, **{name: check(fields[name]) for name, check in _READING.items()})
    for place, node in enumerate(reading.nodes):
        if not (node.parent == -1 if place == 0 else 0 <= node.parent < place):
            raise ReplyError("tree")
    if any(f.node >= len(reading.nodes) for f in reading.failed):
        raise ReplyError("failed")
    return reading


def _node(value: object) -> Node:
    fields = _object(value, _NODE.keys())
    return Node(**{name: check(fields[name]) for name, check in _NODE.items()})


def _failed(value: object) -> Failed:
    fields = _object(value, {"node", "codes"})
    return Failed(_number(-1, _MOST_NODES)(fields["node"]), _codes(fields["codes"]))


def _object(value: object, names: set[str] | Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or value.keys() != set(names):
        raise ReplyError("fields")
    return value


def _items(value: object, most: int, check: Callable[[object], T]) -> tuple[T, ...]:
    if not isinstance(value, list) or len(value) > most:
        raise ReplyError("list")
    return tuple(check(item) for item in value)


def _one_of(values: set[str] | frozenset[str]) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, str) or value not in values:
            raise ReplyError("value")
        return value

    return check


def _matching(pattern: re.Pattern[str], *, or_empty: bool = False, longest: int = 80) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, str) or len(value) > longest:
            raise ReplyError("string")
        if not pattern.fullmatch(value) and not (or_empty and not value):
            raise ReplyError("string")
        return value

    return check


def _text(longest: int = _STRING) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, str) or len(value) > longest:
            raise ReplyError("text")
        return value

    return check


def _number(least: int, most: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ReplyError("number")
        return value

    return check


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ReplyError("flag")
    return value


def _codes(value: object) -> tuple[str, ...]:
    return _items(value, _MOST_CODES, _matching(_CODE))


def _signals(value: object) -> tuple[str, ...]:
    return _items(value, _MOST_SIGNALS, _matching(_SIGNAL, longest=40))


_moment = _matching(_MOMENT, or_empty=True)

_READING: Mapping[str, Callable[[object], Any]] = {
    "integrity": _one_of({"intact", "changed", "broken", "none", "elsewhere"}),
    "reason": _one_of(_REASONS),
    "issuer": _one_of(_ISSUERS),
    "history": _one_of({"none", "complete", "ingredient-failed"}),
    "identity": _one_of({"none", "not-checked-offline"}),
    "coverage": _one_of({"whole", "exclusions", "unknown"}),
    "declares_ai": _one_of(_AI),
    "ai_extent": _one_of({"wholly", "part", "none"}),
    "ai_where": _one_of({"this", "source", "none"}),
    "stamp": _one_of({"trusted", "untrusted", "unchecked", "invalid", "none"}),
    "stamp_time": _moment,
    "valid_from": _moment,
    "valid_until": _moment,
    "signature": _flag,
    "claim_version": _number(0, 2),
    "sdk_state": _one_of({"", "Trusted", "Valid", "Invalid"}),
    "codes": _codes,
    "signals": _signals,
    "failed": lambda value: _items(value, _MOST_FAILED, _failed),
    "nodes": lambda value: _items(value, _MOST_NODES, _node),
    "nodes_left_out": _number(0, _MOST_SOURCES * 2),
    "sources": _number(0, _MOST_SOURCES),
    "sources_without": _number(0, _MOST_SOURCES),
    "untrusted_issuer_organisation": _text(),
    "untrusted_issuer_common_name": _text(),
    "untrusted_agent": _text(),
    "untrusted_remote": _text(_ADDRESS),
}
_NODE: Mapping[str, Callable[[object], Any]] = {
    "parent": _number(-1, _MOST_NODES),
    "relation": _one_of({"this", "parent", "component", "input", "other"}),
    "integrity": _one_of({"intact", "changed", "broken", "none"}),
    "issuer": _one_of(_ISSUERS),
    "declares_ai": _one_of(_AI),
    "signals": _signals,
    "codes": _codes,
    "thumbnail": _matching(_BLOB, or_empty=True),
    "untrusted_title": _text(),
    "untrusted_format": _text(),
    "untrusted_generator": _text(),
    "untrusted_signer": _text(),
}
