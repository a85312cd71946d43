"""What an ONNX file declares, told from its bytes before a library builds anything out of them.

The file is protocol buffers (https://protobuf.dev/programming-guides/encoding), its messages those of onnx.proto3 of
the ONNX project. Only what decides whether it may be tried at all is read; numbers and texts are stepped over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

DOMAINS = frozenset({b"", b"ai.onnx", b"ai.onnx.ml"})
MOST_NODES = 20_000
MOST_FIELDS = 1_000_000
DEEPEST = 12  # graphs within graphs
_ANOTHER_FORMAT = b"ORTM"  # at byte 4: the runtime would take the file for its own format, which is not looked into
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_EXTERNAL = 1


class Trouble(StrEnum):
    """Why a file is not tried; the desk knows the same codes (`touchstone.check.plugins`)."""

    NOT_ONNX = "not-onnx"
    EXTERNAL_DATA = "external-data"
    CUSTOM_OPS = "custom-ops"
    TOO_COMPLEX = "too-complex"
    OTHER_PREPROCESSING = "other-preprocessing"
    WRONG_INPUTS = "wrong-inputs"
    WRONG_OUTPUTS = "wrong-outputs"
    NOT_FINITE = "not-finite"
    NOT_DETERMINISTIC = "not-deterministic"
    TOO_MUCH_MEMORY = "too-much-memory"


class TrialError(Exception):
    """The model is refused."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


@dataclass(slots=True)
class Declared:
    """What was counted."""

    nodes: int = 0
    graphs: int = 0
    fields: int = 0


def look(data: bytes) -> Declared:
    """Go through the whole of a model file.

    Raises:
        TrialError: it is no model, or has what a detector does not need: data in other files, operations that ONNX does
            not define, functions of its own (they can grow without bound when they are written out), too many parts.
    """
    if data[4:8] == _ANOTHER_FORMAT:
        raise TrialError(Trouble.NOT_ONNX)
    seen = Declared()
    _message(memoryview(data), _MODEL, seen, 0)
    if not seen.graphs:
        raise TrialError(Trouble.NOT_ONNX)
    return seen


def _message(data: memoryview, known: _Known, seen: Declared, depth: int) -> None:
    for number, kind, value in _fields(data, seen):
        meaning = known.get((number, kind))
        if meaning is not None:
            meaning(value, seen, depth)


def _fields(data: memoryview, seen: Declared) -> Iterator[tuple[int, int, memoryview | int]]:
    """Number, kind and value of each field of a message."""
    at, end = 0, len(data)
    while at < end:
        seen.fields += 1
        if seen.fields > MOST_FIELDS:
            raise TrialError(Trouble.TOO_COMPLEX)
        tag, at = _varint(data, at, end)
        kind, number = tag & 7, tag >> 3
        if kind == _VARINT:
            value, at = _varint(data, at, end)
            yield number, kind, value
            continue
        if kind == _BYTES:
            length, at = _varint(data, at, end)
        elif kind in {_FIXED32, _FIXED64}:
            length = 4 if kind == _FIXED32 else 8
        else:
            raise TrialError(Trouble.NOT_ONNX)
        if not number or length > end - at:
            raise TrialError(Trouble.NOT_ONNX)
        yield number, kind, data[at : at + length]
        at += length


def _varint(data: memoryview, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while at < end and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise TrialError(Trouble.NOT_ONNX)


def _graph(value: memoryview | int, seen: Declared, depth: int) -> None:
    seen.graphs += 1
    if depth >= DEEPEST:
        raise TrialError(Trouble.TOO_COMPLEX)
    _message(_part(value), _GRAPH, seen, depth + 1)


def _node(value: memoryview | int, seen: Declared, depth: int) -> None:
    seen.nodes += 1
    if seen.nodes > MOST_NODES:
        raise TrialError(Trouble.TOO_COMPLEX)
    _message(_part(value), _NODE, seen, depth)


def _domain(value: memoryview | int, seen: Declared, depth: int) -> None:  # noqa: ARG001
    if bytes(_part(value)[:64]) not in DOMAINS:
        raise TrialError(Trouble.CUSTOM_OPS)


def _function(value: memoryview | int, seen: Declared, depth: int) -> None:  # noqa: ARG001
    raise TrialError(Trouble.CUSTOM_OPS)


def _outside(value: memoryview | int, seen: Declared, depth: int) -> None:  # noqa: ARG001
    raise TrialError(Trouble.EXTERNAL_DATA)


def _location(value: memoryview | int, seen: Declared, depth: int) -> None:  # noqa: ARG001
    if value == _EXTERNAL:
        raise TrialError(Trouble.EXTERNAL_DATA)


def _within(known: Callable[[], _Known]) -> _Meaning:
    return lambda value, seen, depth: _message(_part(value), known(), seen, depth)


def _part(value: memoryview | int) -> memoryview:
    assert isinstance(value, memoryview)  # noqa: S101 - the tables ask for fields of bytes
    return value


_Meaning = Callable[[memoryview | int, Declared, int], None]
_Known = Mapping[tuple[int, int], _Meaning]

# Field numbers of onnx.proto3.
_TENSOR: _Known = {(13, _BYTES): _outside, (14, _VARINT): _location}
_SPARSE: _Known = {(1, _BYTES): _within(lambda: _TENSOR), (2, _BYTES): _within(lambda: _TENSOR)}
_ATTRIBUTE: _Known = {
    (5, _BYTES): _within(lambda: _TENSOR),
    (10, _BYTES): _within(lambda: _TENSOR),
    (6, _BYTES): _graph,
    (11, _BYTES): _graph,
    (22, _BYTES): _within(lambda: _SPARSE),
    (23, _BYTES): _within(lambda: _SPARSE),
}
_NODE: _Known = {(5, _BYTES): _within(lambda: _ATTRIBUTE), (7, _BYTES): _domain}
_GRAPH: _Known = {
    (1, _BYTES): _node,
    (5, _BYTES): _within(lambda: _TENSOR),
    (15, _BYTES): _within(lambda: _SPARSE),
}
_MODEL: _Known = {
    (7, _BYTES): _graph,
    (8, _BYTES): _within(lambda: {(1, _BYTES): _domain}),
    (20, _BYTES): _function,  # training
    (25, _BYTES): _function,
}
