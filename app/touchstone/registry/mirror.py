"""Brings the mirror of a register up to date.

What is read of a window of blocks is kept in one transaction together with the cursor: whatever happens in between,
the mirror is what it was before or after a window.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.ledger_store import LedgerReader
from touchstone.chain.network import Network
from touchstone.chain.node import Node
from touchstone.paths import Home
from touchstone.registry import court_rows, index_files, lists, model_rows, state
from touchstone.registry.follow import Follow, OnProgress, Progress, Step, start_again
from touchstone.registry.lists import Access
from touchstone.registry.lookup_types import MirrorState, court_of, mirror_path, models_of
from touchstone.registry.sources import LedgerSource, NodeSource, Source
from touchstone.store.database import StoreError
from touchstone.store.files import Trouble
from touchstone.store.register_schema import WITH_COURT
from touchstone.store.register_store import checkpoint, open_reader, writer
from touchstone.store.schema import version_of

__all__ = ["Access", "Progress", "Step", "is_current", "sync"]

PATIENCE = 5.0  # seconds that another process is waited for
_INDEX_EVERY = 50_000  # new rows during one long sync
_TROUBLES = {
    Trouble.READ_ONLY: ChainTrouble.READ_ONLY,
    Trouble.FULL: ChainTrouble.FULL,
    Trouble.BUSY: ChainTrouble.BUSY,
    Trouble.DAMAGED: ChainTrouble.DAMAGED,
    Trouble.NEWER: ChainTrouble.NEWER,
    Trouble.FAILED: ChainTrouble.FAILED,
}


def sync(
    home: Home,
    network: Network,
    nodes: Sequence[Node] = (),
    on_progress: OnProgress | None = None,
    cancel: threading.Event | None = None,
    access: Access | None = None,
) -> MirrorState:
    """Read what is new, from the practice ledger's file or from `nodes`; how far the mirror goes then.

    `access` is where leaf lists of Merkle batches and lists of outputs may be fetched from; unless it is given, on the
    practice ledger from files, and nowhere for other networks.

    Raises:
        ChainError: not all of it could be read, and why; what was read up to there is kept. `BUSY` where another
            process is at it, `PRUNED` where the nodes no longer have what is missing (a snapshot may).
    """
    run = _Run(home, network, on_progress or (lambda _: None), cancel, access)
    if not network.practice:
        return run.follow(lambda: NodeSource(network, nodes))
    reader = LedgerReader(home.ledger)
    try:
        if access is None and is_current(home, network, reader):
            return _state(home, network)
        if reader.head() is None:
            return run.forget()
        return run.follow(lambda: LedgerSource(reader, network))
    finally:
        reader.close()


def is_current(home: Home, network: Network, reader: LedgerReader) -> bool:
    """Whether there is nothing new in the practice ledger."""
    head = reader.head()
    with _reading(home, network) as connection:
        sql = "SELECT chain_id, cursor, cursor_hash FROM mirror"
        row: tuple[int, int, bytes] | None = None if connection is None else connection.execute(sql).fetchone()
        follows = connection is not None and row is not None and _nothing_lacks(connection, network)
    if head is None:
        return row is None
    return follows and row == (network.chain_id, head.number, head.hash)


def _nothing_lacks(connection: sqlite3.Connection, network: Network) -> bool:
    """Whether all that the register of models, court and pool said is there too, as far as the mirror goes."""
    if version_of(connection) < WITH_COURT:
        return False
    if any(first <= last for first, last in (model_rows.lack(connection), court_rows.lack(connection))):
        return False
    followed = connection.execute("SELECT models, court FROM mirror").fetchone()
    return bool(followed == (models_of(network), court_of(network)))


class _Run:
    """One sync."""

    def __init__(
        self,
        home: Home,
        network: Network,
        tell: OnProgress,
        cancel: threading.Event | None,
        access: Access | None,
    ) -> None:
        self._home, self._network, self._tell, self._cancel = home, network, tell, cancel
        self._path = mirror_path(home, network)
        self._forced = access is not None
        self._access = access or Access(folders=(lists.own_folder(home),), any_file=network.practice)

    def follow(self, open_source: Callable[[], Source]) -> MirrorState:
        """Read what is new from a source that is opened once nobody else writes."""
        with _as_chain_errors(), writer(self._path, PATIENCE) as connection:
            self._open = connection
            source = open_source()
            follow = Follow(connection, self._network, source, self._tell, self._cancel, self._now_and_then)
            follow.run()
            lists.fetch(connection, self._access, self._tell, self._cancel, again=self._forced)
            self._index(index_files.LOOSE)
            follow.catch_up()
            from touchstone.registry import output_fetch

            access = output_fetch.access_of(self._home, self._access)
            output_fetch.fetch(connection, access, self._tell, self._cancel, again=self._forced)
            checkpoint(connection)
            return state.read(connection, self._network, self._home)

    def forget(self) -> MirrorState:
        """Empty the mirror of a ledger that is there no longer."""
        if self._path.exists():
            with _as_chain_errors(), writer(self._path, PATIENCE) as connection:
                start_again(connection, self._network)
        return state.absent(self._network, self._home)

    def _now_and_then(self) -> None:
        self._index(_INDEX_EVERY)

    def _index(self, least: int) -> None:
        """Take new rows into the index of fingerprints where there are more than `least` of them."""
        next_id, indexed, cursor = self._open.execute("SELECT next_id, indexed, cursor FROM mirror").fetchone()
        stale = index_files.stamp(self._path) is None and next_id > index_files.LOOSE
        if next_id - indexed <= least and not stale:
            return
        from touchstone.registry import fingerprints

        self._tell(Progress(Step.INDEX, cursor, cursor))
        with contextlib.suppress(OSError):  # look-ups are slower without, and find the same
            high = fingerprints.refresh(self._open, self._path)
            self._open.execute("UPDATE mirror SET indexed = ?", (high,))


def _state(home: Home, network: Network) -> MirrorState:
    with _reading(home, network) as connection:
        if connection is None:
            return state.absent(network, home)
        return state.read(connection, network, home)


@contextmanager
def _as_chain_errors() -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        raise ChainError(_TROUBLES[error.code]) from error


@contextmanager
def _reading(home: Home, network: Network) -> Iterator[sqlite3.Connection | None]:
    try:
        connection = open_reader(mirror_path(home, network))
    except StoreError as error:
        if error.code is not Trouble.DAMAGED:
            raise ChainError(_TROUBLES[error.code]) from error
        connection = None  # the next sync moves it aside
    try:
        yield connection
    finally:
        if connection is not None:
            connection.close()
