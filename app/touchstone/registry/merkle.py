"""Merkle trees over the files of a batch, as the register checks them.

The layout is that of OpenZeppelin's standard tree: a complete binary tree in an array, node i the parent of 2i + 1 and
2i + 2, the leaves at its end in reverse. Leaves stay in the order of the list. Pairs are sorted before they are hashed,
so that a proof is a list of hashes without sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from touchstone.chain.keccak import keccak256

_NONE = bytes(32)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One file of a batch: SHA-256, PDQ and SHA-256 of its manifest, 32 bytes each, all zero for none."""

    sha256: bytes
    pdq: bytes = _NONE
    manifest: bytes = _NONE


def leaf_hash(index: int, leaf: Leaf) -> bytes:
    """The hash of a leaf: twice, so that no inner node can pass for one.

    Raises:
        OverflowError: the index is negative or takes more than 32 bits.
    """
    words = index.to_bytes(4).rjust(32, b"\0") + leaf.sha256 + leaf.pdq + leaf.manifest
    return keccak256(keccak256(words))


def node_hash(one: bytes, other: bytes) -> bytes:
    """The hash over two nodes, in whichever order they come."""
    return keccak256(one + other if one < other else other + one)


class Tree:
    """The tree over the hashes of leaves, in order.

    Raises:
        ValueError: there are none.
    """

    def __init__(self, hashes: Sequence[bytes]) -> None:
        if not hashes:
            raise ValueError("a tree has leaves")
        self._count = len(hashes)
        nodes = [_NONE] * (self._count - 1) + list(reversed(hashes))
        for place in range(self._count - 2, -1, -1):
            nodes[place] = node_hash(nodes[2 * place + 1], nodes[2 * place + 2])
        self._nodes = nodes

    @classmethod
    def of(cls, leaves: Sequence[Leaf]) -> Tree:
        """The tree over a batch."""
        return cls([leaf_hash(index, leaf) for index, leaf in enumerate(leaves)])

    @property
    def root(self) -> bytes:
        """The hash that stands for all of it."""
        return self._nodes[0]

    def proof(self, index: int) -> tuple[bytes, ...]:
        """What leads from a leaf to the root, from below.

        Raises:
            IndexError: there is no such leaf.
        """
        if not 0 <= index < self._count:
            raise IndexError(index)
        place, path = 2 * self._count - 2 - index, []
        while place:
            path.append(self._nodes[place - 1 if place % 2 == 0 else place + 1])
            place = (place - 1) // 2
        return tuple(path)


def verify(root: bytes, hashed: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a leaf's hash is under `root`."""
    for other in proof:
        hashed = node_hash(hashed, other)
    return hashed == root
