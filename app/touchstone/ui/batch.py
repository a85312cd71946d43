"""The files of a batch: what each is doing, and what was found. Checks run in threads; the list is told in strides."""

from __future__ import annotations

import json
import threading
import time
import zlib
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from touchstone.report import Answer, Kind, Message, Picture, Report, from_dict, to_dict
from touchstone.ui import pictures

if TYPE_CHECKING:
    from touchstone.check.run import Checked, Progress

TILE = 96  # pixels, the side of the small picture in a list (shown at 48)
_PICTURES_KEPT = 32  # checks whose pictures stay in memory; those of others are read again when they are looked at
_TILES_KEPT = 3000


class State(StrEnum):
    """How far a file is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Shown:
    """A report with the pictures that go with it, ready to be looked at."""

    report: Report
    path: Path
    images: Mapping[str, QImage] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Item:
    """One file of a batch. Threads write `progress`; everything else belongs to the main thread."""

    path: Path
    name: str
    row: int = 0
    state: State = State.WAITING
    progress: Progress | None = None
    began: float = 0.0
    cancel: threading.Event = field(default_factory=threading.Event)
    answer: Answer | None = None
    headline: Message | None = None
    kind: Kind = Kind.UNKNOWN
    packed: bytes = b""
    problem: str = ""
    manifest: bytes | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a thread found out about an item."""

    item: Item
    state: State
    shown: Shown | None = None
    tile: QImage | None = None
    packed: bytes = b""
    problem: str = ""


def pack(report: Report) -> bytes:
    """A report, small enough to keep a hundred thousand of."""
    return zlib.compress(json.dumps(to_dict(report), separators=(",", ":")).encode("ascii"), 1)


def unpack(packed: bytes) -> Report:
    """The report again."""
    return from_dict(json.loads(zlib.decompress(packed)))


def shown_of(checked: Checked) -> tuple[Shown, QImage | None]:
    """A finished check with its pictures as images, and the small one for the list. For threads."""
    images = {name: pictures.image(picture) for name, picture in checked.pictures.items()}
    images = {name: made for name, made in images.items() if not made.isNull()}
    source = images.get("thumbnail-small") or images.get("thumbnail")
    tile = None if source is None else pictures.small(source, TILE)
    return Shown(checked.report, checked.path, images, checked.pictures), tile


class Memory:
    """Pictures of the files looked at last; older ones are let go."""

    def __init__(self) -> None:
        self._shown: OrderedDict[Item, Shown] = OrderedDict()
        self._tiles: OrderedDict[Item, QImage] = OrderedDict()

    def keep(self, item: Item, shown: Shown, tile: QImage | None) -> None:
        """Remember what was found."""
        self._shown[item] = shown
        self._shown.move_to_end(item)
        if tile is not None:
            self._tiles[item] = tile
            self._tiles.move_to_end(item)
        while len(self._shown) > _PICTURES_KEPT:
            self._shown.popitem(last=False)
        while len(self._tiles) > _TILES_KEPT:
            self._tiles.popitem(last=False)

    def shown(self, item: Item) -> Shown | None:
        """What is remembered of an item."""
        if item in self._shown:
            self._shown.move_to_end(item)
        return self._shown.get(item)

    def tile(self, item: Item) -> QImage | None:
        """The small picture of an item."""
        return self._tiles.get(item)

    def forget(self, items: Iterable[Item]) -> None:
        """Let go of items that are no longer listed."""
        for item in items:
            self._shown.pop(item, None)
            self._tiles.pop(item, None)


class Queue:
    """The items that wait, and those that changed since somebody looked. For any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[Item] = deque()
        self._changed: set[Item] = set()
        self._outcomes: deque[Outcome] = deque()

    def put(self, items: Sequence[Item]) -> None:
        """Add items at the end."""
        with self._lock:
            self._waiting.extend(items)

    def take(self) -> Item | None:
        """The next item; None where none waits."""
        with self._lock:
            if not self._waiting:
                return None
            item = self._waiting.popleft()
            item.began = time.monotonic()
            return item

    def withdraw(self, items: Iterable[Item]) -> list[Item]:
        """Take back those of `items` that still wait."""
        wanted = set(items)
        with self._lock:
            withdrawn = [item for item in self._waiting if item in wanted]
            if withdrawn:
                self._waiting = deque(item for item in self._waiting if item not in wanted)
            return withdrawn

    def touch(self, item: Item, progress: Progress | None) -> None:
        """Say how far an item is."""
        item.progress = progress
        with self._lock:
            self._changed.add(item)

    def finish(self, outcome: Outcome) -> None:
        """Say what became of an item."""
        with self._lock:
            self._outcomes.append(outcome)

    def changed(self) -> set[Item]:
        """The items that changed since the last call."""
        with self._lock:
            changed, self._changed = self._changed, set()
            return changed

    def outcome(self) -> Outcome | None:
        """The next outcome, where there is one."""
        with self._lock:
            return self._outcomes.popleft() if self._outcomes else None

    def __len__(self) -> int:
        with self._lock:
            return len(self._waiting)
