"""Where the parts of a manifest store stand: boxes of JUMBF (ISO/IEC 19566-5) as C2PA 2.x nests them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_LABEL = slice(17, None)  # behind the type (16 bytes) and the toggles of a description box


class LayoutError(ValueError):
    """The bytes are not laid out as a manifest store."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its type, where it starts, where its contents start, where it ends (offsets in the store)."""

    kind: bytes
    start: int
    contents: int
    end: int


def active_manifest(store: bytes) -> Box:
    """The superbox of the active manifest: the last one in the store (C2PA 2.x, "Manifest store").

    Raises:
        LayoutError: there is none.
    """
    tops = boxes(store, 0, len(store))[:1]
    manifests = [b for top in tops for b in boxes(store, top.contents, top.end) if b.kind == b"jumb"]
    if not manifests:
        raise LayoutError("no manifest")
    return manifests[-1]


def signature(store: bytes) -> tuple[int, int]:
    """Where the COSE signature of the active manifest starts and ends.

    Raises:
        LayoutError: it has none.
    """
    manifest = active_manifest(store)
    for box in boxes(store, manifest.contents, manifest.end):
        if box.kind == b"jumb" and label(store, box) == "c2pa.signature":
            content = [b for b in boxes(store, box.contents, box.end) if b.kind == b"cbor"]
            if len(content) == 1:
                return content[0].contents, content[0].end
    raise LayoutError("no signature")


def label(store: bytes, superbox: Box) -> str:
    """The label in a superbox's description; empty where it has none."""
    for box in boxes(store, superbox.contents, superbox.end)[:1]:
        if box.kind == b"jumd":
            return store[box.contents : box.end][_LABEL].partition(b"\0")[0].decode("ascii", "replace")
    return ""


def boxes(data: bytes, at: int, end: int) -> list[Box]:
    """The boxes between two offsets.

    Raises:
        LayoutError: one does not fit.
    """
    return list(_boxes(data, at, end))


def _boxes(data: bytes, at: int, end: int) -> Iterator[Box]:
    while at < end:
        if end - at < 8:
            raise LayoutError("cut off")
        size, kind = struct.unpack_from(">I4s", data, at)
        contents = at + 8
        if size == 1:
            if end - at < 16:
                raise LayoutError("cut off")
            (size,) = struct.unpack_from(">Q", data, contents)
            contents += 8
        after = end if size == 0 else at + size
        if not contents <= after <= end:
            raise LayoutError("sizes do not fit")
        yield Box(kind, at, contents, after)
        at = after
