"""One audit under way: what is audited, what was read of it so far, and the files read within bounds."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.lineage.audit_types import OnStep, Outcome, Place, Step
from touchstone.modelfile import Manifest
from touchstone.paths import Home

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.chain.node import Node
    from touchstone.lineage.items import ItemList
    from touchstone.lineage.record import Record
    from touchstone.lineage.seal import Sealed
    from touchstone.registry.model_types import ModelEntry

MOST_COMPANION = 256 * 1024 * 1024  # bytes of a file beside the weights
_CHUNK = 1 << 20
# A link is not followed: what it leads to is another's, and may be another file a moment later.
_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
_NOT_BLOCKING = getattr(os, "O_NONBLOCK", 0)


class AuditError(Exception):
    """Nothing could be audited. `code`: `not-found`, `not-a-model`, `no-room`, and those of `archive.ArchiveError`."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


class AuditStoppedError(Exception):
    """`cancel` was set."""


class UnreadError(Exception):
    """A file was not read. `code`: `missing`, `not-a-file`, `too-large`, `unreadable`, `changed`."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(slots=True)
class Case:
    """An audit under way. What could not be read stays None, or ""; the step about it says so.

    `told` is what the bundle says of the register; `left_out` are names that the bundle says it does not carry. `entry`
    is what the register holds about this model. Hashes are lower-case hex.
    """

    folder: Path
    home: Home
    network: Network | None = None
    nodes: Sequence[Node] = ()
    contents: Path | None = None
    cancel: threading.Event | None = None
    on_step: OnStep | None = None
    told: dict[str, Any] | None = None
    left_out: frozenset[str] = frozenset()
    manifest: Manifest | None = None
    manifest_hash: str = ""
    weights_hash: str = ""
    record: Record | None = None
    record_hash: str = ""
    seal: Sealed | None = None
    items: ItemList | None = None
    entry: ModelEntry | None = None
    steps: list[Step] = field(default_factory=list)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def verified(self, place: Place, code: str, **params: Any) -> None:
        """Add a step that went well."""
        self.steps.append(Step(place, Outcome.VERIFIED, code, params))

    def failed(self, place: Place, code: str, **params: Any) -> None:
        """Add a step that failed."""
        self.steps.append(Step(place, Outcome.FAILED, code, params))

    def not_checked(self, place: Place, code: str, **params: Any) -> None:
        """Add a step that was not taken, with why."""
        self.steps.append(Step(place, Outcome.NOT_CHECKED, code, params))

    def fact(self, place: Place, **values: Any) -> None:
        """Keep values for showing."""
        self.facts.setdefault(str(place), {}).update(values)

    def at(self, place: Place, share: float | None = None) -> None:
        """Tell how far it is.

        Raises:
            AuditStoppedError: `cancel` was set.
        """
        if self.cancel is not None and self.cancel.is_set():
            raise AuditStoppedError
        if self.on_step is not None:
            self.on_step(place, share)

    def failures(self, place: Place) -> bool:
        """Whether something failed there."""
        return any(step.place is place and step.outcome is Outcome.FAILED for step in self.steps)

    def path(self, name: str) -> Path:
        """Where a file lies that a record names: in the folder, or, for `folder/name`, in one beside it."""
        inside = self.folder / name
        return self.folder.parent / name if "/" in name and not inside.exists() else inside

    def differing(self, sealed: str, registered: str, own: str) -> tuple[list[str], list[str]]:
        """Who names this hash, and who names another: of seal and register, as far as they are there.

        `sealed` is a field of the seal, `registered` one of the register's entry, "" for none. A register that tells no
        data or evaluation contradicts nothing.
        """
        said = {}
        if self.seal is not None and sealed:
            said["seal"] = getattr(self.seal, sealed)
        if self.entry is not None and registered and getattr(self.entry, registered):
            said["register"] = getattr(self.entry, registered)
        same = [who for who, value in said.items() if value == own]
        return same, [who for who in said if who not in same]

    def read(self, name: str, most: int) -> bytes:
        """All bytes of a small file.

        Raises:
            UnreadError: it cannot be read, or is larger.
        """
        fd, size = _opened(self.path(name))
        try:
            if size > most:
                raise UnreadError("too-large", bytes=size, most=most)
            with os.fdopen(fd, "rb", closefd=False) as file:
                raw = file.read(most + 1)
        except OSError as error:
            raise UnreadError("unreadable") from error
        finally:
            os.close(fd)
        if len(raw) != size:
            raise UnreadError("changed")
        return raw

    def sha256(self, place: Place, path: Path, most: int, size: int | None = None) -> str:
        """The SHA-256 of a file in lower-case hex. With `size` (bytes), a file of another one is not read.

        Raises:
            UnreadError: it cannot be read, has another size, or is larger than `most`.
            AuditStoppedError: `cancel` was set.
        """
        fd, found = _opened(path)
        try:
            if size is not None and found != size:
                raise UnreadError("size", bytes=found, of=size)
            if found > most:
                raise UnreadError("too-large", bytes=found, most=most)
            return self._hashed(place, fd, found)
        except OSError as error:
            raise UnreadError("unreadable") from error
        finally:
            os.close(fd)

    def _hashed(self, place: Place, fd: int, size: int) -> str:
        digest, done = hashlib.sha256(), 0
        while chunk := os.read(fd, _CHUNK):
            digest.update(chunk)
            done += len(chunk)
            if done > size:
                break
            self.at(place, done / size)
        if done != size:
            raise UnreadError("changed")
        return digest.hexdigest()


def _opened(path: Path) -> tuple[int, int]:
    """A regular file, open for reading, and its size in bytes; the caller closes it. Raises UnreadError."""
    try:
        fd = os.open(path, _FLAGS | _NOT_BLOCKING)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise UnreadError("missing") from error
    except OSError as error:
        raise UnreadError("not-a-file" if path.is_symlink() else "unreadable") from error
    told = os.fstat(fd)
    if not stat.S_ISREG(told.st_mode):
        os.close(fd)
        raise UnreadError("not-a-file")
    return fd, told.st_size
