"""Evidence on this computer: bundles by their item, fetched where the register says, verified, and hidden.

Each bundle lies in a folder named by its item, as `court.bundle` has it; what lies there is held to the item again each
time that it is asked for. Hiding removes it from this computer, and from what will ever be fetched again: hashes of
items and files that are hidden stay here, since they are how they are known. The register keeps what it has.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

from touchstone.court import bundle as bundles
from touchstone.court import evidence_fetch as fetching
from touchstone.court import evidence_hidden
from touchstone.court.bundle import Bundle, Contents, Made, OnBytes
from touchstone.court.evidence_fetch import MOST, Access, OnProgress
from touchstone.court.statement import EvidenceError, Role, Statement
from touchstone.paths import Home
from touchstone.registry.court_types import CaseEntry
from touchstone.store.files import make_folder

__all__ = ["MOST", "Access", "EvidenceStore"]

_ITEM = re.compile(r"[0-9a-f]{64}")
_DRAFT_AGE = 24 * 3600  # seconds after which a draft is nobody's


class EvidenceStore:
    """The evidence of one home. Any number of threads and processes may use it at once."""

    def __init__(self, home: Home) -> None:
        self._folder = home.evidence
        self._hidden = evidence_hidden.Hidden(home.evidence / "hidden.json")

    def has(self, item: str) -> bool:
        """Whether an item is here; it is not looked at."""
        return (self._place(item) / bundles.STATEMENT).is_file()

    def items(self) -> tuple[str, ...]:
        """Every item that is here."""
        with contextlib.suppress(OSError):
            return tuple(sorted(one.name for one in self._folder.iterdir() if _ITEM.fullmatch(one.name)))
        return ()

    def get(self, item: str, *, cancel: threading.Event | None = None) -> Bundle | None:
        """An item, verified; None where it is not here, or hidden.

        Raises:
            EvidenceError: `damaged`, `newer`, `stopped`.
        """
        if not self.has(item) or self._hidden.refuses(item):
            return None
        bundle = bundles.read(self._place(item), item=item, cancel=cancel)
        return None if self._hides_part(bundle.statement) else bundle

    def make(
        self, contents: Contents, *, cancel: threading.Event | None = None, on_bytes: OnBytes | None = None
    ) -> str:
        """Make a bundle here; its item.

        Raises:
            EvidenceError: of what is made.
        """
        with bundles.drafted(self._folder) as draft:
            item = bundles.gather(contents, draft, on_bytes=on_bytes or bundles.nothing, cancel=cancel)
            self._keep(draft, item)
        return item

    def add(self, path: Path, *, item: str = "", cancel: threading.Event | None = None) -> str:
        """Take a bundle in from its zip file; its item. `item` is what it has to be, "" for anything.

        Raises:
            EvidenceError: of what is read; `hidden`, `no-room`, `unwritable`.
        """
        with bundles.drafted(self._folder) as draft:
            bundle = bundles.unpack(path, draft, item=item, cancel=cancel)
            if self._hidden.refuses(bundle.item) or self._hides_part(bundle.statement):
                raise EvidenceError("hidden")
            self._keep(draft, bundle.item)
        return bundle.item

    def export(self, item: str, out: Path, *, cancel: threading.Event | None = None) -> Made:
        """Write an item's zip file to `out`, to be put where its address says. Raises as `get`; `missing`."""
        if self.get(item, cancel=cancel) is None:
            raise EvidenceError("hidden" if self.hidden(item) else "missing")
        return bundles.pack(self._place(item), item, out, cancel=cancel)

    def fetch(
        self,
        item: str,
        uris: Sequence[str],
        *,
        cancel: threading.Event | None = None,
        on_progress: OnProgress | None = None,
        most: int = MOST,
        access: Access | None = None,
    ) -> Bundle:
        """An item, from this computer or the first of its addresses that has it.

        At most `most` bytes are fetched. `on_progress` is told how many have been.

        Raises:
            EvidenceError: of what is fetched or read, for the last address that was tried; `hidden`, `stopped`.
        """
        if self._hidden.refuses(item):
            raise EvidenceError("hidden")
        with contextlib.suppress(EvidenceError):
            if (here := self.get(item, cancel=cancel)) is not None:
                return here
        self._tidy()
        failed = EvidenceError("no-address")
        for uri in dict.fromkeys(uris):
            if not uri:
                continue
            try:
                with fetching.fetched(uri, self._folder, most, access or Access(), cancel, on_progress) as path:
                    self.add(path, item=item, cancel=cancel)
                found = self.get(item, cancel=cancel)
                if found is not None:
                    return found
            except EvidenceError as error:
                failed = error
            if failed.code in {"stopped", "hidden", "no-room"}:
                break
        raise failed

    def remove(self, item: str) -> None:
        """Delete an item from this computer; it can be fetched again. Raises EvidenceError `unwritable`."""
        place = self._place(item)
        if not place.exists():
            return
        try:
            away = self._folder / f".removed-{os.urandom(6).hex()}"
            place.rename(away)
            shutil.rmtree(away)
        except OSError as error:
            raise bundles.written(error) from error

    def hide(self, item: str, *, media: bool = False) -> None:
        """Remove an item from this computer, and never fetch it again; nor another with one of its further files.

        With `media` that goes for the file that the case is about as well, wherever else it is among the evidence here.

        Raises:
            EvidenceError: `unwritable`, `no-room`; `not-an-item`.
        """
        _refuse_other(item)
        statement = self._statement(item)
        files = () if statement is None else statement.files
        hashes = {one.sha256 for one in files if media or one.role is Role.EVIDENCE}
        if media and statement is not None:
            hashes.add(statement.media)
        elif statement is not None:
            hashes.discard(statement.media)
        self._hidden.add(item, hashes)
        self.remove(item)
        for other in self.items() if hashes else ():
            told = self._statement(other)
            if told is not None and self._hides_part(told):
                self.remove(other)

    def unhide(self, item: str) -> None:
        """Let an item be fetched and shown again. Raises EvidenceError `unwritable`."""
        _refuse_other(item)
        self._hidden.remove(item)

    def hidden(self, item: str) -> bool:
        """Whether an item was hidden."""
        return self._hidden.refuses(item)

    def all_hidden(self) -> tuple[str, ...]:
        """Every item that was hidden."""
        return self._hidden.items()

    def media_of(self, case: CaseEntry, items: Iterable[str] = ()) -> Path | None:
        """The very file that a case is about, from the flag's bundle or the first of these items that has it."""
        for item in dict.fromkeys((case.evidence, *items)):
            with contextlib.suppress(EvidenceError):
                found = self.get(item) if item else None
                if found is not None and found.media is not None and found.statement.media == case.media:
                    return found.media
        return None

    def _keep(self, draft: Path, item: str) -> None:
        """Put a draft that is whole in its place; where another process was sooner, its is as good."""
        place = self._place(item)
        if place.exists():
            with contextlib.suppress(EvidenceError):
                bundles.read(place, item=item)
                return
            self.remove(item)
        try:
            draft.rename(place)
        except OSError:
            if not self.has(item):
                raise

    def _hides_part(self, statement: Statement) -> bool:
        return self._hidden.refuses_file(statement.media) or any(
            self._hidden.refuses_file(one.sha256) for one in statement.files
        )

    def _statement(self, item: str) -> Statement | None:
        from touchstone.court import statement as statements
        from touchstone.lineage import canonical

        with contextlib.suppress(EvidenceError, canonical.CanonicalError):
            raw = canonical.read(self._place(item) / bundles.STATEMENT, statements.MOST)
            return statements.parse(raw) if statements.item_of(raw) == item else None
        return None

    def _place(self, item: str) -> Path:
        return self._folder / item if _ITEM.fullmatch(item) else self._folder / "none"

    def _tidy(self) -> None:
        """Delete drafts that a process left which was ended."""
        import time

        with contextlib.suppress(OSError):
            make_folder(self._folder)
            for one in self._folder.iterdir():
                if one.name.startswith((".bundle-", ".fetched-", ".removed-")):
                    if time.time() - one.stat().st_mtime < _DRAFT_AGE:
                        continue
                    shutil.rmtree(one, ignore_errors=True) if one.is_dir() else one.unlink(missing_ok=True)


def _refuse_other(item: str) -> None:
    if not _ITEM.fullmatch(item):
        raise EvidenceError("not-an-item")
