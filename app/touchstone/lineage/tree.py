"""The Merkle tree over a data set: its root from items in any order, and proofs from a list of them.

The tree is that of RFC 9162, 2.1.1, over the distinct items, ascending (`hashing`). Neither takes more memory for more
items, save 32 bytes for every 1024 of them.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from touchstone.lineage import hashing
from touchstone.lineage.items_types import ITEM, Cancel, ItemsError, OnItems, Root, check
from touchstone.lineage.proof import Kind, Proof, dumps
from touchstone.lineage.sorting import BUDGET, Rows, Sorter, rows_of

if TYPE_CHECKING:
    from touchstone.lineage.items import ItemList

CHUNK = 10  # levels of a chunk: 1024 leaves
_LEAVES = 1 << CHUNK
_AT_ONCE = 64 * _LEAVES  # hashed level by level


def root_of(items: Iterable[bytes], *, budget: int = BUDGET, cancel: Cancel = None, on_items: OnItems = None) -> Root:
    """The root over items in any order; one that is there twice counts once. `budget` is bytes to sort at a time.

    Raises:
        ItemsError: empty, bad-item, no-room or unwritable (temporary files), unreadable, stopped.
    """
    with Sorter(budget=budget, cancel=cancel) as sorter:
        for rows in rows_of(items):
            sorter.add(rows)
        chunks, count = chunk_roots(sorter.blocks(), cancel=cancel, on_items=on_items)
        return Root(hashing.levels(chunks)[-1], count, sorter.duplicates)


def chunk_roots(blocks: Iterable[Rows], *, cancel: Cancel = None, on_items: OnItems = None) -> tuple[bytes, int]:
    """The roots over every 1024 items of a sorted stream, one after the other, and the number of items.

    Raises:
        ItemsError: empty, stopped.
    """
    found, count = [], 0
    for block in _evenly(blocks):
        check(cancel)
        level = hashing.leaves(block)
        for _level in range(CHUNK):
            level = hashing.parents(level)
        found.append(level)
        count += len(block) // ITEM
        if on_items is not None:
            on_items(count)
    if not count:
        raise ItemsError("empty")
    return b"".join(found), count


def _evenly(blocks: Iterable[Rows]) -> Iterator[bytes]:
    """The items of blocks, as many at once as make whole chunks."""
    rest, wanted = b"", _AT_ONCE * ITEM
    for block in blocks:
        data = rest + np.ascontiguousarray(block[:, :ITEM]).tobytes()
        whole = len(data) // wanted * wanted
        yield from (data[at : at + wanted] for at in range(0, whole, wanted))
        rest = data[whole:]
    if rest:
        yield rest


class Prover:
    """Proves of items that they are, or are not, in a set of a list. The first pass reads all of it; a proof is quick.

    Raises:
        ItemsError: unknown-set, empty, what reading a list comes to, stopped.
    """

    def __init__(self, items: ItemList, name: str = "", *, cancel: Cancel = None, on_items: OnItems = None) -> None:
        self._items, self._bit = items, items.bit(name)
        self._starts: list[int] = []  # the row of each chunk's first item
        chunks, self._count = chunk_roots(self._watched(cancel), cancel=cancel, on_items=on_items)
        self._upper = hashing.levels(chunks)
        self._chunk: tuple[int, list[bytes], list[bytes]] = (-1, [], [])  # number, items, levels

    @property
    def root(self) -> Root:
        """The root over the set."""
        return Root(self._upper[-1], self._count)

    def presence(self, item: bytes) -> bytes | None:
        """The proof that this item is in the set; None where it is not.

        Raises:
            ItemsError: bad-item; the list can no longer be read.
        """
        index, found = self._place(item)
        return dumps(Proof(Kind.PRESENT, index, (), self._beside(index, index))) if found else None

    def absence(self, item: bytes) -> bytes | None:
        """The proof that this item is not in the set; None where it is. Raises as `presence`."""
        index, found = self._place(item)
        if found:
            return None
        first, last = max(0, index - 1), min(index, self._count - 1)
        around = tuple(self._item(place) for place in range(first, last + 1))
        return dumps(Proof(Kind.ABSENT, index, around, self._beside(first, last)))

    def _watched(self, cancel: Cancel) -> Iterator[Rows]:
        """The items of the set; where each chunk begins is kept on the way."""
        count = 0
        for start, rows in self._items.blocks(cancel=cancel):
            among = np.flatnonzero(rows[:, ITEM] & self._bit)
            begins = among[(-count) % _LEAVES :: _LEAVES]
            self._starts += (begins + start).tolist()
            count += len(among)
            yield rows if len(among) == len(rows) else rows[among]

    def _place(self, item: bytes) -> tuple[int, bool]:
        """Where an item stands in the set, or would."""
        if len(item) != ITEM:
            raise ItemsError("bad-item")
        number = bisect.bisect_right(self._starts, item, key=self._items.item) - 1
        if number < 0:
            return 0, False
        items = self._opened(number)[0]
        at = bisect.bisect_left(items, item)
        return number * _LEAVES + at, at < len(items) and items[at] == item

    def _item(self, place: int) -> bytes:
        return self._opened(place // _LEAVES)[0][place % _LEAVES]

    def _opened(self, number: int) -> tuple[list[bytes], list[bytes]]:
        """The items of a chunk, and its levels; the last one is kept."""
        if self._chunk[0] != number:
            end = self._starts[number + 1] if number + 1 < len(self._starts) else self._items.count
            items: list[bytes] = []
            for rows in self._items.rows(self._starts[number], end):
                kept = rows[(rows[:, ITEM] & self._bit) != 0, :ITEM].tobytes()
                items += [kept[at : at + ITEM] for at in range(0, len(kept), ITEM)]
            self._chunk = (number, items, list(hashing.levels(hashing.leaves(b"".join(items)))))
            if self._chunk[2][-1] != _at(self._upper[0], number):
                raise ItemsError("changed")
        return self._chunk[1], self._chunk[2]

    def _beside(self, first: int, last: int) -> tuple[bytes, ...]:
        """The hashes of all that stands beside the way from these leaves to the root, from left to right."""
        found: list[bytes] = []

        def walk(start: int, end: int) -> None:
            if last < start or first >= end:
                found.append(self._over(start, end))
            elif end - start > 1:
                middle = start + hashing.half(end - start)
                walk(start, middle)
                walk(middle, end)

        walk(0, self._count)
        return tuple(found)

    def _over(self, start: int, end: int) -> bytes:
        """The hash over the leaves from `start` to `end`, a node of the tree."""
        level = (end - start - 1).bit_length()
        if level >= CHUNK:
            return _at(self._upper[level - CHUNK], start >> level)
        levels = self._opened(start // _LEAVES)[1]
        return _at(levels[min(level, len(levels) - 1)], start % _LEAVES >> level)


def _at(level: bytes, place: int) -> bytes:
    return level[place * hashing.SIZE : (place + 1) * hashing.SIZE]
