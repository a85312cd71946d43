"""Merkle Patricia tries (yellow paper, appendix D) over a table of nodes that are never changed once written.

Keys of one trie must not be prefixes of each other: hashes and RLP numbers are not, so no branch holds a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from touchstone.chain import ledger_rlp as rlp
from touchstone.chain.keccak import keccak256

EMPTY_ROOT = bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421")

Read = Callable[[bytes], bytes]
Node = Any  # b"" for nothing, a hash, a pair (leaf or extension) or a list of 17 (branch)


@lru_cache(65_536)
def hashed(data: bytes) -> bytes:
    """Keccak-256 of a key; keys come again and again."""
    return keccak256(data)


def get(read: Read, root: bytes, key: bytes) -> bytes:
    """The value under `key`, b"" where there is none. `read` gives a node by its hash (KeyError: it is missing)."""
    value, _nodes = _walk(read, root, _nibbles(key))
    return value


def proof(read: Read, root: bytes, key: bytes) -> list[bytes]:
    """The encoded nodes from the root towards `key`, as `eth_getProof` gives them."""
    return _walk(read, root, _nibbles(key))[1]


def update(read: Read, root: bytes, changes: Mapping[bytes, bytes]) -> tuple[bytes, dict[bytes, bytes]]:
    """The root after `changes` (key -> value, b"" takes away), and every new node by its hash."""
    node: Node = b"" if root == EMPTY_ROOT else root
    for key, value in changes.items():
        node = _put(read, node, _nibbles(key), value) if value else _drop(read, node, _nibbles(key))
    if node == root:
        return root, {}
    return _seal_root(node)


def root_of(values: Iterable[bytes]) -> bytes:
    """The root of the trie of a list, each under its RLP index (transactions and receipts of a block)."""
    return update(_nothing, EMPTY_ROOT, {rlp.encode(rlp.number(i)): value for i, value in enumerate(values)})[0]


def _nothing(node: bytes) -> bytes:
    raise KeyError(node)


def _nibbles(key: bytes) -> bytes:
    return bytes.fromhex("0" + "0".join(key.hex())) if key else b""


def _pack(path: bytes, *, leaf: bool) -> bytes:
    flag = 2 if leaf else 0
    digits = bytes((flag + 1,)) + path if len(path) % 2 else bytes((flag, 0)) + path
    return bytes(a << 4 | b for a, b in zip(digits[::2], digits[1::2], strict=True))


@lru_cache(4096)
def _unpack(packed: bytes) -> tuple[bytes, bool]:
    digits = _nibbles(packed)
    return digits[1 if digits[0] & 1 else 2 :], digits[0] >= 2


def _load(read: Read, node: Node) -> Node:
    """The node itself; one that was read is a new list, so that it may be changed."""
    if isinstance(node, bytes) and node:
        return rlp.decode(read(node))
    return node


def _walk(read: Read, root: bytes, path: bytes) -> tuple[bytes, list[bytes]]:
    passed: list[bytes] = []
    node: Node = b"" if root == EMPTY_ROOT else root
    while node:
        if isinstance(node, bytes):
            passed.append(read(node))
            node = rlp.decode(passed[-1])
        if len(node) == 17:
            node, path = node[path[0]], path[1:]
            continue
        prefix, leaf = _unpack(node[0])
        if not path.startswith(prefix) or (leaf and path != prefix):
            break
        if leaf:
            return node[1], passed
        node, path = node[1], path[len(prefix) :]
    return b"", passed


def _put(read: Read, node: Node, path: bytes, value: bytes) -> Node:
    node = _load(read, node)
    if not node:
        return [_pack(path, leaf=True), value]
    if len(node) == 17:
        node[path[0]] = _put(read, node[path[0]], path[1:], value)
        return node
    prefix, leaf = _unpack(node[0])
    common = _common(prefix, path)
    if common == len(prefix):
        node[1] = value if leaf else _put(read, node[1], path[common:], value)
        return node
    branch: list[Node] = [b""] * 17
    rest = prefix[common + 1 :]
    branch[prefix[common]] = [_pack(rest, leaf=leaf), node[1]] if rest or leaf else node[1]
    branch[path[common]] = [_pack(path[common + 1 :], leaf=True), value]
    return [_pack(path[:common], leaf=False), branch] if common else branch


def _drop(read: Read, node: Node, path: bytes) -> Node:
    node = _load(read, node)
    if not node:
        return b""
    if len(node) == 17:
        node[path[0]] = _drop(read, node[path[0]], path[1:])
        left = [i for i in range(16) if node[i]]
        return node if len(left) > 1 else _join(read, bytes(left), node[left[0]])
    prefix, leaf = _unpack(node[0])
    if not path.startswith(prefix):
        return node
    return b"" if leaf else _join(read, prefix, _drop(read, node[1], path[len(prefix) :]))


def _join(read: Read, prefix: bytes, child: Node) -> Node:
    """What leads through `prefix` to `child`: two short nodes in a row become one."""
    loaded = _load(read, child)
    if len(loaded) == 17:
        return [_pack(prefix, leaf=False), child]
    rest, leaf = _unpack(loaded[0])
    return [_pack(prefix + rest, leaf=leaf), loaded[1]]


def _common(one: bytes, other: bytes) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _seal_root(node: Node) -> tuple[bytes, dict[bytes, bytes]]:
    if not node:
        return EMPTY_ROOT, {}
    new: dict[bytes, bytes] = {}
    sealed = _seal(node, new)
    if isinstance(sealed, bytes):
        return sealed, new
    encoded = rlp.encode(sealed)  # a root is hashed however short it is
    root = keccak256(encoded)
    new[root] = encoded
    return root, new


def _seal(node: Node, new: dict[bytes, bytes]) -> Node:
    """What stands for `node` in its parent: its hash, or itself where that is shorter."""
    if isinstance(node, bytes):
        return node
    if len(node) == 17:
        parts: list[Node] = [_seal(child, new) for child in node]
    else:
        parts = node if _unpack(node[0])[1] else [node[0], _seal(node[1], new)]
    encoded = rlp.encode(parts)
    if len(encoded) < 32:
        return parts
    name = keccak256(encoded)
    new[name] = encoded
    return name
