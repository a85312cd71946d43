"""Similar look-ups, exact at 31 bits in eight orientations, against faiss on all cores in the same run.

faiss compares every hash; its `range_search` leaves its radius out, so that it is asked for 32. Ours is the whole
look-up, from hex to claims. Both have to find the same.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
from mirror import NETWORK
from results import Table

from touchstone.paths import Home
from touchstone.registry import fingerprints, index_files
from touchstone.registry.follow import start_again
from touchstone.registry.ingest import add_leaves
from touchstone.registry.lookup import RADIUS, Register, mirror_path
from touchstone.store.register_store import checkpoint, transaction, writer

_TURNS = 8
_WARM = 30  # look-ups of either before the clock runs: of ours, the first ones find little of the file in memory
_AT_ONCE = 100_000


def measure(table: Table, *, quick: bool) -> None:
    sizes = [(50_000, None)] if quick else [(1_000_000, 1 / 1.8)]
    sizes += [(10_000_000, 1 / 10)] if table.large else []
    for count, target in sizes:
        with tempfile.TemporaryDirectory() as folder:
            _compare(table, Home(Path(folder)), count, target)


def _compare(table: Table, home: Home, count: int, target: float | None) -> None:
    import faiss

    kept = np.random.default_rng(5).integers(0, 256, (count, 32), dtype=np.uint8)
    _fill(table, home, kept)
    faiss.omp_set_num_threads(os.cpu_count())
    index = faiss.IndexBinaryFlat(256)
    index.add(kept)
    register = Register(home, NETWORK)
    before = _memory()
    start = time.perf_counter()
    register.similar([kept[0].tobytes().hex()])
    table.add("  the first look-up of a process", (time.perf_counter() - start) * 1e3, "ms")
    chance = np.random.default_rng(6)
    ours, theirs = [], []
    for turn in range(_WARM + 30):
        queries = _queries(chance, kept, turn)
        start = time.perf_counter()
        found = register.similar([query.tobytes().hex() for query in queries], limit=1_000)
        middle = time.perf_counter()
        _, distances, rows = index.range_search(queries, RADIUS + 1)
        if turn >= _WARM:
            theirs.append(time.perf_counter() - middle)
            ours.append(middle - start)
        assert {(s.sha256, s.distance) for s in found} == {
            (int(row).to_bytes(32).hex(), int(d)) for row, d in zip(rows, distances, strict=True)
        }
    table.add(f"similar look-up among {count:,}, eight orientations", median(ours) * 1e3, "ms")
    table.add("  faiss, all cores", median(theirs) * 1e3, "ms")
    table.add("  ratio", median(ours) / median(theirs), "", target)
    table.add(
        "  memory that the look-ups came to touch (mapped, so that the system may take it back)",
        _memory() - before,
        "MB",
    )
    register.close()


def _queries(chance: np.random.Generator, kept: np.ndarray, turn: int) -> np.ndarray:
    """Eight hashes, one of them near to one that is kept."""
    queries = chance.integers(0, 256, (_TURNS, 32), dtype=np.uint8)
    bits = np.unpackbits(kept[chance.integers(len(kept))])
    bits[chance.permutation(256)[: turn % RADIUS + 2]] ^= 1
    queries[turn % _TURNS] = np.packbits(bits)
    return queries


def _fill(table: Table, home: Home, kept: np.ndarray) -> None:
    """Leaves of batches: the numbers of their rows stand for their SHA-256."""
    path = mirror_path(home, NETWORK)
    with writer(path) as connection:
        start_again(connection, NETWORK)
        with transaction(connection):
            for first in range(0, len(kept), _AT_ONCE):
                some = kept[first : first + _AT_ONCE]
                root = first.to_bytes(32)
                values = (root, 1, bytes(20), len(some), bytes(32), "", bytes(32), 1, 1, 1, "", 0)
                connection.execute(f"INSERT INTO root VALUES ({-first}, {', '.join('?' * len(values))})", values)
                add_leaves(connection, root, [(n.to_bytes(32), h.tobytes(), None) for n, h in enumerate(some, first)])
        start = time.perf_counter()
        fingerprints.refresh(connection, path)
        table.add(f"index of {len(kept):,} fingerprints, made in", time.perf_counter() - start, "s")
        checkpoint(connection)
    size = sum(part.stat().st_size for part in index_files.folder_of(path).iterdir())
    table.add("  on disk", size / 1e6, "MB")


def _memory() -> float:
    """What this process has in memory now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
