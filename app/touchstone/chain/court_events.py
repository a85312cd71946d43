"""The events of court and pool, decoded by slicing words as `events` does it: their layouts are fixed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from touchstone.chain import court_event_types as types
from touchstone.chain.court_event_types import CourtEvent
from touchstone.chain.court_topics import COURT_EVENTS, COURT_TOPICS, Layout
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.event_words import Malformed, address, below, text

_WORD = 32
_ID_BITS = 63  # cases are numbered from 1: none of a larger number will ever be
_NUMBERED = frozenset({"request"})  # a word that is no number of ours


def decode(topics: Sequence[bytes], data: bytes) -> CourtEvent | None:
    """The event with these topics (the first says which) and this data; None where it is none of court and pool.

    Text is cut and mended as `events.decode` does it.

    Raises:
        ChainError: one that these contracts cannot have written (`PROTOCOL`).
    """
    name = COURT_TOPICS.get(topics[0]) if topics else None
    if name is None:
        return None
    try:
        return _DECODERS[name](topics[1:], data)
    except Malformed as error:
        raise ChainError(ChainTrouble.PROTOCOL) from error


def _kinds(layout: Layout) -> list[str]:
    """The kinds of the values, one for each word of topics and head."""
    inner = layout.signature.partition("(")[2][:-1].replace("(", "").replace(")", "")
    return inner.replace("uint8[3]", "uint8,uint8,uint8").split(",") if inner else []


def _decoder(name: str, layout: Layout) -> Callable[[Sequence[bytes], bytes], CourtEvent]:
    kind: type[Any] = getattr(types, name)
    readers = [_reader(field, said) for field, said in zip(kind._fields, _kinds(layout), strict=True)]
    indexed, head = readers[: layout.indexed], readers[layout.indexed :]
    size = len(head) * _WORD
    dynamic = any(reader is None for reader in head)

    def decode_one(topics: Sequence[bytes], data: bytes) -> CourtEvent:
        if len(topics) != len(indexed) or len(data) < size or (len(data) > size and not dynamic):
            raise Malformed
        values = [cast("Callable[[bytes], Any]", reader)(topic) for reader, topic in zip(indexed, topics, strict=True)]
        for place, reader in enumerate(head):
            if reader is None:
                values.append(text(data, place, len(head)))
            else:
                values.append(reader(data[place * _WORD : (place + 1) * _WORD]))
        return cast("CourtEvent", kind(*values))

    return decode_one


def _reader(field: str, kind: str) -> Callable[[bytes], Any] | None:
    """What reads a word of this kind; None for a string, which is not in its word."""
    if kind == "string":
        return None
    if kind == "bytes32" or field in _NUMBERED:
        return lambda word: word
    if kind == "address":
        return address
    if kind == "bool":
        return lambda word: below(word, 1) == 1
    bits = int(kind.removeprefix("uint"))
    limit = _ID_BITS if field == "case" else bits
    return lambda word: below(word, limit)


_DECODERS: Mapping[str, Callable[[Sequence[bytes], bytes], CourtEvent]] = {
    name: _decoder(name, layout) for name, layout in COURT_EVENTS.items()
}
