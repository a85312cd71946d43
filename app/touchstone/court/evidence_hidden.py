"""What this computer is to show and fetch no more: a short list of hashes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from touchstone.court.statement import EvidenceError
from touchstone.lineage import canonical
from touchstone.lineage.canonical import CanonicalError
from touchstone.store.files import Trouble, locked, trouble_of, write_atomically

_SCHEMA = "touchstone.hidden/1"
_MOST = 16 * 1024 * 1024  # bytes
_SHA256 = re.compile(r"[0-9a-f]{64}")
_WAIT = 10.0  # seconds for another process


class Hidden:
    """The list, as a file: which items are hidden, and which files because of each."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int, int] | None = None
        self._known: Mapping[str, tuple[str, ...]] = {}
        self._files: frozenset[str] = frozenset()

    def refuses(self, item: str) -> bool:
        """Whether an item is hidden. Raises EvidenceError `hidden-damaged`, as all of these do."""
        return item in self._read()

    def refuses_file(self, sha256: str) -> bool:
        """Whether a file is, wherever it comes from."""
        self._read()
        return sha256 in self._files

    def items(self) -> tuple[str, ...]:
        """Every item that is hidden."""
        return tuple(sorted(self._read()))

    def add(self, item: str, files: Iterable[str]) -> None:
        """Hide an item, and these files."""
        self._change(lambda known: known | {item: tuple(sorted({*known.get(item, ()), *files}))})

    def remove(self, item: str) -> None:
        """Hide an item no longer, nor the files that were hidden because of it."""
        self._change(lambda known: {one: files for one, files in known.items() if one != item})

    def _change(self, work: Any) -> None:
        try:
            with locked(self._path.with_name("hidden.lock"), _WAIT):
                known = work(dict(self._read()))
                document = {"schema": _SCHEMA, "items": {item: list(files) for item, files in known.items()}}
                write_atomically(self._path, canonical.dumps(document))
        except OSError as error:
            raise EvidenceError("no-room" if trouble_of(error) is Trouble.FULL else "unwritable") from error

    def _read(self) -> Mapping[str, tuple[str, ...]]:
        """The list. Where it is there and cannot be understood nothing may be shown: it would be what was hidden."""
        try:
            told = self._path.stat()
        except FileNotFoundError:
            self._stamp, self._known, self._files = None, {}, frozenset()
            return self._known
        except OSError as error:
            raise EvidenceError("hidden-damaged") from error
        stamp = (told.st_mtime_ns, told.st_size, told.st_ino)
        if stamp != self._stamp:
            self._known = _parsed(self._path)
            self._files = frozenset(one for files in self._known.values() for one in files)
            self._stamp = stamp
        return self._known


def _parsed(path: Path) -> Mapping[str, tuple[str, ...]]:
    try:
        document = canonical.loads(canonical.read(path, _MOST), _MOST)
        if document["schema"] != _SCHEMA or set(document) != {"schema", "items"}:
            raise EvidenceError("hidden-damaged")
        known = {str(item): tuple(str(one) for one in files) for item, files in document["items"].items()}
    except (CanonicalError, KeyError, TypeError, AttributeError) as error:
        raise EvidenceError("hidden-damaged") from error
    if not all(_SHA256.fullmatch(one) for item, files in known.items() for one in (item, *files)):
        raise EvidenceError("hidden-damaged")
    return known
