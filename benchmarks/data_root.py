"""The root over a data set against hashing the same items once each, in one thread of the same run.

Items come in no order. Per item: a new SHA-256 for each 32 bytes, which is the least that a tree over them can begin
with. One stream: all their bytes through one SHA-256, which no tree comes near: for each item a leaf and a node take
three blocks of 64 bytes, a stream takes half of one.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from results import Table

from touchstone.lineage import items, tree, verifier

_BLOCK = 1 << 20  # bytes


def measure(table: Table, *, quick: bool) -> None:
    count = 100_000 if quick else 10_000_000
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "items")
        _make(source, count)
        child = [sys.executable, __file__, str(source)]
        told = subprocess.run(child, check=True, capture_output=True, text=True, timeout=600).stdout.split()
        each, stream, whole, peak = (float(value) for value in told)
        table.add(f"root over {count:,} items", whole, "s")
        table.add("  hashing each of them once, in one thread", each, "s")
        table.add("  ratio", whole / each, "", 4)
        table.add("  ratio to their bytes in one stream, which takes no hash for each", whole / stream)
        table.add("  peak memory of the process", peak, "MB", 1000)
        _prove(table, Path(folder), source, count)


def _prove(table: Table, folder: Path, source: Path, count: int) -> None:
    start = time.perf_counter()
    written = items.write(folder / items.FILE, _taken(source))
    table.add("  writing their list, with the root", time.perf_counter() - start, "s")
    with items.read(folder / items.FILE) as listed:
        start = time.perf_counter()
        prover = tree.Prover(listed)
        table.add("  the first pass over the list", time.perf_counter() - start, "s")
        seconds, sizes = [], []
        for number in range(300):
            item = hashlib.sha256(number.to_bytes(8)).digest()
            start = time.perf_counter()
            proof = prover.absence(item)
            seconds.append(time.perf_counter() - start)
            assert proof is not None
            assert verifier.absent(written.root, count, item, proof)
            sizes.append(len(proof))
        table.add("  a proof of absence, the slowest of 300", max(seconds) * 1e3, "ms")
        worst = prover.absence(_between(listed, count))
        table.add(
            "  its bytes, at most (the two ways part where they are longest)",
            max([len(worst or b""), *sizes]),
            "",
            2048,
        )


def _between(listed: items.ItemList, count: int) -> bytes:
    """An item where two long ways part just below the root, and share next to nothing."""
    middle = 1 << (count - 1).bit_length() - 2
    return (int.from_bytes(listed.item(middle - 1)) + 1).to_bytes(32)


def _highest() -> float:
    """The most memory that this program held, in MB; `ru_maxrss` would also know of whoever started it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmHWM")


def _make(path: Path, count: int) -> None:
    with path.open("wb") as file:
        for first in range(0, count, 1 << 16):
            some = range(first, min(count, first + (1 << 16)))
            file.write(b"".join(hashlib.sha256(n.to_bytes(16)).digest() for n in some))


def _taken(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield from (block[at : at + 32] for at in range(0, len(block), 32))


def _child(path: Path) -> None:
    # In turns, so that whatever else the machine does meets each of them.
    seconds: dict[Callable[[Path], object], list[float]] = {_each: [], _whole: [], _stream: []}
    for _turn in range(2):
        for work, taken in seconds.items():
            start = time.perf_counter()
            work(path)
            taken.append(time.perf_counter() - start)
    print(*(min(seconds[work]) for work in (_each, _stream, _whole)))
    print(_highest())


def _each(path: Path) -> None:
    sha256 = hashlib.sha256
    for item in _taken(path):
        sha256(item).digest()


def _whole(path: Path) -> None:
    tree.root_of(_taken(path))


def _stream(path: Path) -> None:
    stream = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            stream.update(block)


if __name__ == "__main__":
    _child(Path(sys.argv[1]))
