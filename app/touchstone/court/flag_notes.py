"""Which evidence on this computer belongs to what is not sent yet, so that none stays behind for nothing."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

from touchstone.court.bundle import written
from touchstone.court.evidence import EvidenceStore
from touchstone.paths import Home
from touchstone.store.files import locked, write_atomically
from touchstone.store.outbox import LIVE, Outbox, SentState

_WAIT = 10.0  # seconds for another process
_MOST = 1000  # notes
_RECENT = 200  # transactions looked through beside those of the same name
_DAY = 24 * 3600  # seconds after which what was not sent was broken off
_STANDS = LIVE | {SentState.FINAL}


class Notes:
    """The notes of one home: a small file, changed under a lock. All of these raise EvidenceError `unwritable`."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._path = home.evidence / "flags.json"

    def add(self, chain_id: int, deed: str, item: str) -> None:
        """Evidence was made for something that is not sent yet."""
        with self._changing() as known:
            known[item] = {"chain": chain_id, "deed": deed, "time": int(time.time())}

    def forget(self, chain_id: int, deed: str, item: str) -> None:
        """It is over: remove the evidence, unless the journal of transactions says that it was sent."""
        with self._changing() as known:
            known.pop(item, None)
        if not self._was_sent(chain_id, deed, item):
            EvidenceStore(self._home).remove(item)

    def clear(self) -> None:
        """Forget what was broken off. What somebody may still be asked about is left alone."""
        if not self._path.exists():
            return
        with self._changing() as known:
            old = {item: note for item, note in known.items() if not _is_fresh(note)}
            for item in old:
                del known[item]
        for item, note in old.items():
            if not self._was_sent(int(note["chain"]), str(note["deed"]), item):
                EvidenceStore(self._home).remove(item)

    def _was_sent(self, chain_id: int, deed: str, item: str) -> bool:
        outbox = Outbox(self._home)
        try:
            sent = [*outbox.keyed(chain_id, deed), *outbox.recent(_RECENT, chain_id)]
        finally:
            outbox.close()
        return any(one.state in _STANDS and bytes.fromhex(item) in one.data for one in sent)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[dict[str, dict[str, Any]]]:
        try:
            with locked(self._path.with_name("flags.lock"), _WAIT):
                known = self._read()
                yield known
                write_atomically(self._path, json.dumps(dict(list(known.items())[-_MOST:]), indent=1).encode())
        except OSError as error:
            raise written(error) from error

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            told: Any = json.loads(self._path.read_bytes())
        except (FileNotFoundError, ValueError):
            return {}
        return {item: note for item, note in told.items() if _is_note(note)} if isinstance(told, dict) else {}


def _is_note(note: Any) -> bool:
    return isinstance(note, dict) and all(type(note.get(key)) is kind for key, kind in _MEMBERS.items())


def _is_fresh(note: dict[str, Any]) -> bool:
    return 0 <= time.time() - float(note["time"]) < _DAY


_MEMBERS = {"chain": int, "deed": str, "time": int}
