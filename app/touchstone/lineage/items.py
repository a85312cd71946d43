"""The list of a data set: which items it was trained on, and which it was split into, by their SHA-256 alone.

`data.items` is one line of ASCII, `touchstone-items/1 <count> <name,name,...>`, the names of up to seven sets (such as
splits) sorted, the last field empty where there are none; then for each item its SHA-256 (32 bytes) and a byte: bit 0
that it is in the data root, which is what was trained on; bit k that it is in the k-th set named. Items ascend, none
twice, each in something. There is one spelling.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from touchstone.lineage.gathering import gather, opened
from touchstone.lineage.items_types import ITEM, Cancel, ItemsError, OnItems, Root
from touchstone.lineage.sorting import BUDGET, Rows, Sorter, rows_of, texts
from touchstone.lineage.tree import Prover
from touchstone.store.files import Trouble, make_folder, trouble_of

__all__ = ["FILE", "ItemList", "ItemsError", "Root", "gather", "read", "write"]

FILE = "data.items"
ROW = ITEM + 1
TRAINED = 1  # the bit of the data root
MOST_SETS = 7
_NAMED = "touchstone-items/1"
_HEADER = re.compile(rb"touchstone-items/1 ([1-9][0-9]{0,11}) ((?:[a-z0-9-]{1,32}(?:,[a-z0-9-]{1,32}){0,6})?)\n")
_LONGEST = 300  # bytes of a header
_NAME = re.compile(r"[a-z0-9-]{1,32}")
_AT_ONCE = 1 << 16  # rows


class ItemList:
    """A list on disk, open. Every pass over it verifies order and flags; nothing of it is kept in memory."""

    def __init__(self, file: int, count: int, names: Sequence[str], start: int) -> None:
        self._file = os.fdopen(file, "rb", buffering=0)
        self._start = start
        self.count = count
        self.names = tuple(names)
        self._roots: dict[str, Root] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def bit(self, name: str) -> int:
        """The bit of a set; "" is what was trained on.

        Raises:
            ItemsError: unknown-set.
        """
        if name and name not in self.names:
            raise ItemsError("unknown-set", untrusted_set=name)
        return 1 << self.names.index(name) + 1 if name else TRAINED

    def root(self, name: str = "", *, cancel: Cancel = None, on_items: OnItems = None) -> Root:
        """The root over what was trained on, or over a set. The first time, all of it is read and verified.

        Raises:
            ItemsError: unknown-set; empty: nothing is in that set; unsorted, bad-mask, truncated, unreadable; stopped.
        """
        if name not in self._roots:
            self._roots[name] = Prover(self, name, cancel=cancel, on_items=on_items).root
        return self._roots[name]

    def sets_of(self, item: bytes) -> tuple[bool, tuple[str, ...]] | None:
        """Whether an item was trained on, and the names of the sets that it is in; None where it is in nothing.

        Order is taken for granted here: a pass verifies it. Raises ItemsError (truncated, unreadable, bad-item).
        """
        if len(item) != ITEM:
            raise ItemsError("bad-item")
        low, high = 0, self.count
        while low < high:
            middle = (low + high) // 2
            row = self._read(middle, middle + 1)
            if row[:ITEM] == item:
                return bool(row[ITEM] & TRAINED), tuple(n for n in self.names if row[ITEM] & self.bit(n))
            low, high = (middle + 1, high) if row[:ITEM] < item else (low, middle)
        return None

    def contains(self, item: bytes, name: str = "") -> bool:
        """Whether an item was trained on, or is in a set. Raises as `sets_of`, and ItemsError (unknown-set)."""
        self.bit(name)
        found = self.sets_of(item)
        return found is not None and (name in found[1] if name else found[0])

    def item(self, row: int) -> bytes:
        """The item of a row. Raises ItemsError (truncated, unreadable)."""
        return self._read(row, row + 1)[:ITEM]

    def rows(self, start: int, end: int) -> Iterator[Rows]:
        """Rows as they are, (n, 33), in blocks. Raises ItemsError (truncated, unreadable)."""
        for first in range(start, end, _AT_ONCE):
            yield _as_rows(self._read(first, min(end, first + _AT_ONCE)))

    def blocks(self, *, cancel: Cancel = None) -> Iterator[tuple[int, Rows]]:
        """All rows in blocks, each with the number of its first row, verified.

        Raises:
            ItemsError: unsorted, bad-mask, truncated, unreadable; stopped.
        """
        start, before = 0, b""
        most = (2 << len(self.names)) - 1
        for rows in self.rows(0, self.count):
            if cancel is not None and cancel.is_set():
                raise ItemsError("stopped")
            items, flags = texts(rows), rows[:, ITEM]
            first = rows[0, :ITEM].tobytes()
            if (start and first <= before) or not (items[1:] > items[:-1]).all():
                raise ItemsError("unsorted")
            if int(flags.min()) == 0 or int(flags.max()) > most:
                raise ItemsError("bad-mask")
            before = rows[-1, :ITEM].tobytes()
            yield start, rows
            start += len(rows)

    def _read(self, start: int, end: int) -> bytes:
        wanted = (end - start) * ROW
        try:
            self._file.seek(self._start + start * ROW)
            found = self._file.read(wanted)
        except (OSError, ValueError) as error:
            raise ItemsError("unreadable") from error
        if len(found) != wanted:
            raise ItemsError("truncated")
        return found


def read(path: Path) -> ItemList:
    """Open a list; the caller closes it. Its header and size are verified, its rows in passes over it.

    Raises:
        ItemsError: unreadable (a folder, a pipe, no permission, gone); not-a-list, truncated, trailing.
    """
    file = opened(path)
    try:
        return ItemList(file, *_header(file))
    except ItemsError as error:
        os.close(file)
        raise ItemsError(error.code, untrusted_path=str(path)) from error


def write(
    path: Path,
    items: Mapping[bytes, int] | Iterable[bytes | tuple[bytes, int]],
    names: Sequence[str] = (),
    *,
    budget: int = BUDGET,
    cancel: Cancel = None,
) -> Root:
    """Write a list, whole or not at all: items with their bits, or items alone, which were trained on, in any order.

    An item that comes more than once has the bits of all its turns. Only a mapping takes memory for every item.
    What comes back is the number of its items, those that came more than once, and the root over what was trained on.
    Names of sets are given in the order of their bits and are written sorted, with the bits moved along.

    Raises:
        ItemsError: empty (nothing at all, or nothing that was trained on), bad-item, bad-mask, unknown-set (a name that
            is none, or twice); no-room, unwritable; stopped.
    """
    named = sorted(names)
    if len(set(named)) != len(named) or len(named) > MOST_SETS or not all(_NAME.fullmatch(n) for n in named):
        raise ItemsError("unknown-set")
    moved = _moved([named.index(name) for name in names])
    with Sorter(ROW, budget=budget, cancel=cancel) as sorter:
        for rows in _given(items, moved):
            sorter.add(rows)
        found = _put(path, sorter, named, cancel)
        return Root(found.root, found.items, sorter.duplicates)


def _header(file: int) -> tuple[int, list[str], int]:
    """How many items there are, the names of the sets, and where the rows begin."""
    try:
        match, size = _HEADER.match(os.read(file, _LONGEST)), os.fstat(file).st_size
    except OSError as error:
        raise ItemsError("unreadable") from error
    names = match[2].decode().split(",") if match is not None and match[2] else []
    if match is None or names != sorted(set(names)):
        raise ItemsError("not-a-list")
    count = int(match[1])
    if size != match.end() + count * ROW:
        raise ItemsError("truncated" if size < match.end() + count * ROW else "trailing")
    return count, names, match.end()


def _as_rows(data: bytes) -> Rows:
    return np.frombuffer(data, np.uint8).reshape(-1, ROW)


def _moved(order: Sequence[int]) -> list[int]:
    """For each byte of flags as it is given what is written; 0 where a bit stands for nothing."""
    table = [0] * 256
    for given in range(1, 2 << len(order)):
        table[given] = given & TRAINED | sum(2 << to for k, to in enumerate(order) if given >> k + 1 & 1)
    return table


def _given(items: Mapping[bytes, int] | Iterable[bytes | tuple[bytes, int]], moved: Sequence[int]) -> Iterator[Rows]:
    source = iter(items.items() if isinstance(items, Mapping) else items)
    while some := list(islice(source, _AT_ONCE)):
        pairs = [one if isinstance(one, tuple) else (one, TRAINED) for one in some]
        rows = np.concatenate(list(rows_of(item for item, _flags in pairs)))
        flags = [moved[flag] if 0 <= flag < len(moved) else 0 for _item, flag in pairs]
        if not all(flags):
            raise ItemsError("bad-mask")
        yield np.hstack([rows, np.array(flags, np.uint8)[:, None]])


def _put(path: Path, sorter: Sorter, names: Sequence[str], cancel: Cancel) -> Root:
    """Write what is sorted, look at it once more, put it in its place. The header counts, so the rows come first."""
    target = path.resolve()
    draft = target.with_name(f".{target.name}.{os.urandom(6).hex()}")
    try:
        make_folder(target.parent)
        with tempfile.TemporaryFile(prefix="touchstone-") as body, draft.open("xb") as file:
            count = 0
            for rows in sorter.blocks():
                body.write(rows.data)
                count += len(rows)
            body.seek(0)
            file.write(f"{_NAMED} {count} {','.join(names)}\n".encode())
            shutil.copyfileobj(body, file)
            file.flush()
            os.fsync(file.fileno())
        if not count:
            raise ItemsError("empty")
        with read(draft) as written:
            found = written.root(cancel=cancel)
        draft.replace(target)
    except OSError as error:
        raise ItemsError("no-room" if trouble_of(error) is Trouble.FULL else "unwritable") from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()
    return found
