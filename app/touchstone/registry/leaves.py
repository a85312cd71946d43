"""The leaf list of a Merkle batch: the file from which others rebuild its tree. One list has exactly one spelling.

UTF-8 text: the line `touchstone-leaves/1`, then for each leaf, in the order of their indices, its SHA-256, PDQ and
manifest hash in lower-case hex, `-` for none, with one space between and a line feed after. The register holds the
Keccak-256 of these bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from touchstone.chain.keccak import keccak256
from touchstone.registry.merkle import Leaf, Tree

HEADER = b"touchstone-leaves/1\n"
MOST_LEAVES = 1_000_000
LARGEST = len(HEADER) + MOST_LEAVES * 195  # bytes
_NONE = bytes(32)
_LINE = re.compile(rb"([0-9a-f]{64}) ([0-9a-f]{64}|-) ([0-9a-f]{64}|-)\n")


class ListTrouble(StrEnum):
    """Why a leaf list is of no use."""

    TOO_LARGE = "too-large"
    WRONG_HASH = "wrong-hash"  # not the bytes that the register names
    MALFORMED = "malformed"
    WRONG_COUNT = "wrong-count"  # another number of leaves than was registered
    DUPLICATES = "duplicates"
    WRONG_ROOT = "wrong-root"


class LeavesError(Exception):
    """The list is not used."""

    def __init__(self, trouble: ListTrouble) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


def file_name(root: bytes) -> str:
    """What the file is called."""
    return f"{root.hex()}.leaves"


def dump(leaves: Sequence[Leaf]) -> bytes:
    """The list of a batch.

    Raises:
        LeavesError: more leaves than a list may have, none, or one twice.
    """
    _refuse(leaves)
    lines = [f"{leaf.sha256.hex()} {_shown(leaf.pdq)} {_shown(leaf.manifest)}\n" for leaf in leaves]
    return HEADER + "".join(lines).encode()


def list_hash(data: bytes) -> bytes:
    """What the register holds of a list."""
    return keccak256(data)


def load(data: bytes) -> list[Leaf]:
    """The leaves in a list.

    Raises:
        LeavesError: it is none, or has one twice.
    """
    if len(data) > LARGEST:
        raise LeavesError(ListTrouble.TOO_LARGE)
    if not data.startswith(HEADER):
        raise LeavesError(ListTrouble.MALFORMED)
    leaves, place = [], len(HEADER)
    while place < len(data):
        line = _LINE.match(data, place)
        if line is None:
            raise LeavesError(ListTrouble.MALFORMED)
        leaf = Leaf(*(_NONE if part == b"-" else bytes.fromhex(part.decode()) for part in line.groups()))
        if (leaf.pdq == _NONE and line[2] != b"-") or (leaf.manifest == _NONE and line[3] != b"-"):
            raise LeavesError(ListTrouble.MALFORMED)  # none has one spelling
        leaves.append(leaf)
        place = line.end()
    _refuse(leaves)
    return leaves


def check(data: bytes, *, root: bytes, count: int, hashed: bytes) -> list[Leaf]:
    """The leaves in a list, if it is the one that was registered with these values.

    Raises:
        LeavesError: it is not.
    """
    if len(data) > LARGEST:
        raise LeavesError(ListTrouble.TOO_LARGE)
    if list_hash(data) != hashed:
        raise LeavesError(ListTrouble.WRONG_HASH)
    leaves = load(data)
    if len(leaves) != count:
        raise LeavesError(ListTrouble.WRONG_COUNT)
    if Tree.of(leaves).root != root:
        raise LeavesError(ListTrouble.WRONG_ROOT)
    return leaves


def _refuse(leaves: Sequence[Leaf]) -> None:
    """A clip may have a leaf for each of several frames: the file may come again, with another fingerprint."""
    if not leaves:
        raise LeavesError(ListTrouble.MALFORMED)
    if len(leaves) > MOST_LEAVES:
        raise LeavesError(ListTrouble.TOO_LARGE)
    if len({(leaf.sha256, leaf.pdq) for leaf in leaves}) != len(leaves):
        raise LeavesError(ListTrouble.DUPLICATES)


def _shown(value: bytes) -> str:
    return "-" if value == _NONE else value.hex()
