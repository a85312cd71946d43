"""Checks a proof that an item is, or is not, under a data set's root: `python verifier.py ROOT COUNT ITEM PROOF-FILE`.

The root is RFC 9162's (2.1.1) over the distinct SHA-256 of the items, ascending: a leaf is SHA-256(00 || item), a node
SHA-256(01 || left || right), and left stand as many leaves as the largest power of two below their number. A proof is
"TSP1", then "P" (is) or "A" (is not), an index (8 bytes, big-endian), for "A" the items before and after it where there
are such, and the hashes of all that stands beside the way from these to the root, from left to right.

Why believe it: nobody knows two inputs of SHA-256 with one output, and 00 and 01 keep leaves and nodes apart, so a way
that ends in the root leads to one place in the tree the root was made of, whatever count is claimed. Two neighbours
part at one node; from there the one before keeps right, the one after keeps left, so nothing stands between them. A
first item keeps left all the way, a last one right. Sides follow from index and count; every byte is used, once. It is
taken for granted that whoever made the root sorted the items; their list, where it is given, shows that.
"""

import hashlib


def present(root: bytes, count: int, item: bytes, proof: bytes) -> bool:
    """Whether the proof shows that this item (its SHA-256) is one of `count` under the root."""
    index, rest = int.from_bytes(proof[5:13], "big"), [proof[at : at + 32] for at in range(13, len(proof), 32)]
    if proof[:5] != b"TSP1P" or len(proof) % 32 != 13 or len(item) != 32 or not index < count < 1 << 64:
        return False
    return _root(count, [(index, item)], rest) == root and not rest


def absent(root: bytes, count: int, item: bytes, proof: bytes) -> bool:
    """Whether the proof shows that this item (its SHA-256) is none of `count` under the root."""
    index, rest = int.from_bytes(proof[5:13], "big"), [proof[at : at + 32] for at in range(13, len(proof), 32)]
    if proof[:5] != b"TSP1A" or len(proof) % 32 != 13 or len(item) != 32 or not index <= count < 1 << 64:
        return False
    places = [place for place in (index - 1, index) if 0 <= place < count]
    leaves, rest = list(zip(places, rest, strict=False)), rest[len(places) :]
    fits = len(leaves) == len(places) > 0 and all(leaf < item if n < index else item < leaf for n, leaf in leaves)
    return fits and _root(count, leaves, rest) == root and not rest


def _root(count: int, leaves: list[tuple[int, bytes]], rest: list[bytes]) -> bytes:
    if not leaves:
        return rest.pop(0) if rest else b""  # a node is made of 64 bytes: where one is missing, no root comes out right
    if count == 1:
        return hashlib.sha256(b"\0" + leaves[0][1]).digest()
    half = 1 << (count - 1).bit_length() - 1
    left = _root(half, [leaf for leaf in leaves if leaf[0] < half], rest)
    right = _root(count - half, [(place - half, leaf) for place, leaf in leaves if place >= half], rest)
    return hashlib.sha256(b"\1" + left + right).digest()


if __name__ == "__main__":
    import sys

    try:
        root, count, item = bytes.fromhex(sys.argv[1]), int(sys.argv[2]), bytes.fromhex(sys.argv[3])
        with open(sys.argv[4], "rb") as file:
            data = file.read(9999)
        said = [test.__name__ for test in (present, absent) if test(root, count, item, data)]
    except (IndexError, ValueError, OSError) as error:
        sys.exit(f"{error} ({__doc__.splitlines()[0]})")
    sys.exit("This proof does not hold.") if not said else print("The proof holds: the item is", said[0], "here.")
