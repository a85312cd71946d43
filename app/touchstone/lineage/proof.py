"""Proofs as bytes: the compact form that `verifier` reads, as text for JSON, and as the contract's arguments.

A proof is "TSP1", "P" for presence or "A" for absence, an index (8 bytes, big-endian), for absence the items before and
after that index where there are such, and the hashes of all that stands beside the way from these to the root, from
left to right. What two ways share stands there once, so that 10,000,000 items take at most 1517 bytes.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from touchstone.lineage import hashing

MAGIC = b"TSP1"
_HEAD = len(MAGIC) + 9
_MOST = 1 << 64
_LARGEST = _HEAD + 32 * (2 + 2 * 64)  # bytes; what any number of items below 2**64 can take


class Kind(StrEnum):
    """What is proved."""

    PRESENT = "P"
    ABSENT = "A"


class ProofError(Exception):
    """That is no proof about so many items."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof. `around` are the items before and after `index`, for absence; `beside` what stands beside their ways."""

    kind: Kind
    index: int
    around: tuple[bytes, ...]
    beside: tuple[bytes, ...]


def dumps(proof: Proof) -> bytes:
    """The compact form."""
    return b"".join(
        (MAGIC, proof.kind.encode(), proof.index.to_bytes(8), *proof.around, *proof.beside),
    )


def loads(raw: bytes, count: int) -> Proof:
    """A proof about a set of `count` items, from its compact form, of which there is one spelling. It is not verified.

    Raises:
        ProofError: it is none: too long or too short, of no known kind, with an index that there is not.
    """
    if not 0 < count < _MOST or len(raw) > _LARGEST or len(raw) < _HEAD or (len(raw) - _HEAD) % 32:
        raise ProofError("size")
    if raw[:4] != MAGIC or raw[4:5] not in {b"P", b"A"}:
        raise ProofError("kind")
    kind, index = Kind(raw[4:5].decode()), int.from_bytes(raw[5:_HEAD])
    if index > count - (kind is Kind.PRESENT):
        raise ProofError("index")
    hashes = [raw[at : at + 32] for at in range(_HEAD, len(raw), 32)]
    places = _places(kind, index, count)
    around = len(places) if kind is Kind.ABSENT else 0
    if len(hashes) != around + _siblings(count, places):
        raise ProofError("size")
    return Proof(kind, index, tuple(hashes[:around]), tuple(hashes[around:]))


def to_text(raw: bytes) -> str:
    """The compact form as text: base64url of RFC 4648, 5, without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_text(text: str) -> bytes:
    """The compact form from its text.

    Raises:
        ProofError: it is no such text, or not its one spelling.
    """
    if len(text) > 2 * _LARGEST:
        raise ProofError("size")
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ProofError("text") from error
    if to_text(raw) != text:
        raise ProofError("text")
    return raw


def absence_arguments(raw: bytes, count: int) -> dict[str, Any]:
    """A proof of absence as the contract's `Absence`: each way in full, from below.

    Raises:
        ProofError: it is no proof of absence about so many items.
    """
    proof = loads(raw, count)
    if proof.kind is not Kind.ABSENT:
        raise ProofError("kind")
    paths = _paths(proof, count, proof.around)
    left = proof.index > 0
    right = proof.index < count
    return {
        "index": proof.index,
        "left": proof.around[0] if left else bytes(32),
        "right": proof.around[-1] if right else bytes(32),
        "leftPath": paths[0] if left else [],
        "rightPath": paths[-1] if right else [],
    }


def presence_arguments(raw: bytes, count: int, item: bytes) -> tuple[int, list[bytes]]:
    """A proof of presence as the contract takes it: the index, and the way from below.

    Raises:
        ProofError: it is no proof of presence about so many items.
    """
    proof = loads(raw, count)
    if proof.kind is not Kind.PRESENT:
        raise ProofError("kind")
    return proof.index, _paths(proof, count, (item,))[0]


def _places(kind: Kind, index: int, count: int) -> list[int]:
    """The leaves that the ways begin at."""
    if kind is Kind.PRESENT:
        return [index]
    return [place for place in (index - 1, index) if 0 <= place < count]


def _siblings(count: int, places: list[int]) -> int:
    """How many hashes stand beside the ways from these leaves to the root over `count`."""
    if not places or count == 1:
        return int(not places)
    half = hashing.half(count)
    right = [place - half for place in places if place >= half]
    return _siblings(half, [place for place in places if place < half]) + _siblings(count - half, right)


def _paths(proof: Proof, count: int, items: tuple[bytes, ...]) -> list[list[bytes]]:
    """For each leaf, the hashes that lead from it to the root, from below."""
    rest = iter(proof.beside)

    def open_up(size: int, leaves: list[tuple[int, bytes]]) -> tuple[bytes, list[list[bytes]]]:
        if not leaves:
            return next(rest), []
        if size == 1:
            return hashing.leaf(leaves[0][1]), [[]]
        half = hashing.half(size)
        left, lefts = open_up(half, [leaf for leaf in leaves if leaf[0] < half])
        right, rights = open_up(size - half, [(place - half, item) for place, item in leaves if place >= half])
        for path in lefts:
            path.append(right)
        for path in rights:
            path.append(left)
        return hashing.node(left, right), lefts + rights

    places = _places(proof.kind, proof.index, count)
    return open_up(count, list(zip(places, items, strict=True)))[1]
