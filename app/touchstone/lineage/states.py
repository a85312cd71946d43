"""The hash of a model's state: of a file, of bytes, or of arrays under names, whatever framework holds them.

Arrays are written in one way: for each value, ascending by its place, a line of canonical JSON and, for an array, its
numbers, little end first, in C order. `place` is the way to it through mappings and sequences. No framework is needed:
a tensor is asked for `detach`, `cpu` and `numpy`.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from touchstone.lineage import canonical
from touchstone.lineage.canonical import CanonicalError

_CHUNK = 1 << 20
_DEEPEST = 16
Place = tuple[str | int, ...]


class StateError(Exception):
    """There is nothing to hash. `code`: `no-file`, `unreadable`, `value` (`place` says where)."""

    def __init__(self, code: str, place: str = "") -> None:
        super().__init__(f"{code}: {place}" if place else code)
        self.code, self.place = code, place


def hashed(state: object) -> tuple[str, int]:
    """SHA-256 in lower-case hex, and how many bytes it is over.

    `state` is the path of a file, bytes, or a mapping of names to arrays, tensors, numbers, texts, and mappings and
    sequences of these, as a `state_dict` is.

    Raises:
        StateError: see there.
    """
    if isinstance(state, (bytes, bytearray, memoryview)):
        return hashlib.sha256(state).hexdigest(), memoryview(state).nbytes
    if isinstance(state, (str, Path)):
        return _file(Path(state))
    if not isinstance(state, Mapping):
        raise StateError("value")
    digest, size = hashlib.sha256(), 0
    for part in serialised(state):
        digest.update(part)
        size += memoryview(part).nbytes
    return digest.hexdigest(), size


def serialised(state: Mapping[Any, Any]) -> Iterator[bytes | memoryview]:
    """The bytes of a mapping of arrays, in pieces. Raises StateError."""
    rows: list[tuple[bytes, Any]] = []
    for place, value in _values(state, ()):
        try:
            rows.append((canonical.dumps({"place": list(place)}), value))
        except CanonicalError as error:
            raise StateError("value", _shown(place)) from error
    rows.sort(key=lambda row: row[0])
    for head, value in rows:
        array = _array(value)
        try:
            if array is None:
                yield head[:-1] + b"," + canonical.dumps({"value": value})[1:] + b"\n"
                continue
        except CanonicalError as error:
            raise StateError("value", head.decode()) from error
        told = {"dtype": _dtype(value, array), "shape": list(getattr(value, "shape", array.shape))}
        yield head[:-1] + b"," + canonical.dumps(told)[1:] + b"\n"
        plain = np.ascontiguousarray(array)
        if plain.dtype.newbyteorder("<") != plain.dtype:
            plain = plain.astype(plain.dtype.newbyteorder("<"))
        yield plain.reshape(-1).view(np.uint8).data if plain.size else b""


def _values(value: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    if len(place) > _DEEPEST:
        raise StateError("value", _shown(place))
    if isinstance(value, Mapping):
        inner: list[tuple[Any, Any]] = list(value.items())
    elif isinstance(value, (list, tuple)):
        inner = list(enumerate(value))
    else:
        yield place, value
        return
    if not inner:
        yield place, {} if isinstance(value, Mapping) else []
    for name, part in inner:
        if isinstance(name, bool) or not isinstance(name, (str, int)):
            raise StateError("value", _shown((*place, repr(name))))
        yield from _values(part, (*place, name))


def _array(value: Any) -> np.ndarray[Any, Any] | None:
    """The numbers of an array or a tensor; None of anything else."""
    if hasattr(value, "detach") and hasattr(value, "cpu"):
        value = _detached(value)
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.asarray(value)
        if array.dtype.hasobject:
            raise StateError("value", str(array.dtype))
        return array
    return None


def _detached(tensor: Any) -> Any:
    plain = tensor.detach().cpu()
    try:
        return plain.numpy()
    except TypeError:  # a kind of number that NumPy has not, as bfloat16: its bytes, whose kind `_dtype` tells
        torch: Any = sys.modules["torch"]  # where a tensor is, its module is loaded; the type checker has none
        try:
            return plain.contiguous().reshape(-1).view(torch.uint8).numpy()
        except (RuntimeError, TypeError) as error:  # sparse, quantised
            raise StateError("value", str(tensor.dtype)) from error


def _dtype(value: Any, array: np.ndarray[Any, Any]) -> str:
    """The kind of number, the same for an array and for the tensor that is made of it."""
    name = str(getattr(value, "dtype", array.dtype)).removeprefix("torch.")
    return name if hasattr(value, "detach") else array.dtype.name


def _shown(place: Place) -> str:
    return ".".join(str(name) for name in place)[:200]


def _file(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise StateError("no-file", str(path)) from error
    except (OSError, ValueError) as error:
        raise StateError("unreadable", str(path)) from error
    return digest.hexdigest(), size
