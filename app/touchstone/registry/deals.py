"""Which transactions register which files: all under one Merkle root, some hundreds at once, or each by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from touchstone.chain.intent import Intent
from touchstone.chain.network import Network
from touchstone.paths import Home
from touchstone.registry import leaves, media
from touchstone.registry.lists import own_folder
from touchstone.registry.media import MOST_AT_ONCE, Registration
from touchstone.registry.merkle import Leaf, Tree
from touchstone.registry.receipts import Batch, Receipt
from touchstone.store.files import Trouble, write_atomically
from touchstone.store.publish_journal import DealLine

DAMAGED = Trouble.DAMAGED
_FILES = 400  # in one `registerMany`: half a network's gas for one transaction at 32k each
MOST_FRAMES = 5  # leaves of one clip: enough to know it by, few enough to withdraw one by one


class Mode(StrEnum):
    """How files are registered."""

    BATCH = "batch"  # one Merkle root for all
    MANY = "many"  # hundreds in one transaction, each with a slot and an event of its own
    SINGLE = "single"  # a transaction each, which alone can carry an address


Wanted = tuple[int, tuple[Registration, tuple[str, ...]]]  # file id; what is registered, further fingerprints


@dataclass
class Deal:
    """One transaction and its files, in order. Made of the same files it is always the same."""

    mode: Mode
    files: Sequence[Wanted]
    uri: str = ""
    _leaves: list[Leaf] = field(init=False, repr=False)
    places: Mapping[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self._leaves, places = [], {}
        for file, (what, more) in self.files:
            places[file] = len(self._leaves)
            self._leaves.append(what.leaf)
            if self.mode is Mode.BATCH:
                extra = [pdq for pdq in dict.fromkeys(more) if pdq and pdq != what.pdq][: MOST_FRAMES - 1]
                self._leaves += [Registration(what.sha256, pdq, what.manifest).leaf for pdq in extra]
        self.places = places

    @property
    def named(self) -> tuple[str, str, str]:
        """Root, hash of the list, and address of the list; "" for what it has none of."""
        if self.mode is not Mode.BATCH:
            return "", "", self.uri
        return self._tree.root.hex(), leaves.list_hash(self.listed).hex(), self.uri

    @cached_property
    def listed(self) -> bytes:
        """The list of the leaves of a batch."""
        return leaves.dump(self._leaves)

    @cached_property
    def _tree(self) -> Tree:
        return Tree.of(self._leaves)

    def intent(self, network: Network, publisher: int) -> Intent:
        """The transaction."""
        whats = [what for _file, (what, _more) in self.files]
        if self.mode is Mode.BATCH:
            hashed = leaves.list_hash(self.listed)
            return media.register_root(network, publisher, self._tree.root, len(self._leaves), hashed, self.uri)
        if self.mode is Mode.MANY:
            return media.register_many(network, publisher, whats)
        (what,) = whats
        return media.register(network, publisher, what)

    def write_list(self, home: Home, folder: Path | None) -> None:
        """Keep the list of a batch where the mirror looks for it, and beside the receipts.

        Raises:
            OSError: the disk refuses.
        """
        if self.mode is not Mode.BATCH:
            return
        for place in (own_folder(home), folder):
            if place is not None:
                write_atomically(place / leaves.file_name(self._tree.root), self.listed)

    def receipts(self, network: Network, publisher: int, line: DealLine) -> Iterator[tuple[Receipt, int]]:
        """A receipt for each file, with its id; the name of the file is left empty."""
        ends = [*list(self.places.values())[1:], len(self._leaves)]
        for (file, (what, _more)), end in zip(self.files, ends, strict=True):
            index = self.places[file]
            batch: Batch | None = None
            more: tuple[tuple[int, str, tuple[bytes, ...]], ...] = ()
            if self.mode is Mode.BATCH:
                root, hashed = self._tree.root, leaves.list_hash(self.listed)
                batch = Batch(root, index, len(self._leaves), hashed, self.uri, self._tree.proof(index))
                more = tuple((i, self._leaves[i].pdq.hex(), self._tree.proof(i)) for i in range(index + 1, end))
            sent = (line.hash, line.block, line.block_hash)
            yield Receipt("", network, publisher, what, str(self.mode), *sent, batch, more), file


def settle(files: Sequence[Wanted], mode: Mode, uri: str = "") -> list[Deal]:
    """The transactions for these files, in order."""
    if not files:
        return []
    if mode is Mode.BATCH:
        return [Deal(mode, files, uri)]
    at_once = min(_FILES, MOST_AT_ONCE) if mode is Mode.MANY else 1
    return [Deal(mode, files[at : at + at_once], uri) for at in range(0, len(files), at_once)]
