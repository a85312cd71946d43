"""The mirror of a register: decoding against web3 in the same run, its size on disk, and how quick it answers."""

from __future__ import annotations

import random
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from results import Table

from touchstone.chain import contracts
from touchstone.chain import event_types as e
from touchstone.chain.events import EVENTS, decode
from touchstone.chain.logs import Log, parse_log
from touchstone.chain.network import Network
from touchstone.paths import Home
from touchstone.registry import fingerprints, snapshot
from touchstone.registry.follow import start_again
from touchstone.registry.ingest import Ingest, add_leaves
from touchstone.registry.lookup import Register, mirror_path
from touchstone.store.register_store import checkpoint, transaction, writer

NETWORK = Network("benchmark", 1, "0x" + "11" * 20, "0x" + "22" * 20, public=False)
_NONE = bytes(32)
_WINDOW = 20_000  # events in one transaction
_SIGNERS = [bytes([n]) * 20 for n in range(200)]

Fill = Callable[[Ingest, random.Random, int], None]


def measure(table: Table, *, quick: bool) -> None:
    warnings.simplefilter("ignore", DeprecationWarning)
    _decoding(table, 200 if quick else 2_000)
    count = 20_000 if quick else 1_000_000
    shapes = {"one by one": _single, "in transactions of 500": _many, "in Merkle batches of 10,000": None}
    for name, fill in shapes.items():
        with tempfile.TemporaryDirectory() as folder:
            home = Home(Path(folder))
            start = time.perf_counter()
            filled(home, count, fill)
            seconds = time.perf_counter() - start
            table.add(f"mirror of {count:,} files registered {name}", _size(home) / 1e6, "MB", 250)
            table.add("  kept in", seconds, "s")
            _answers(table, home, count)
            if fill is _single:
                _carried(table, home, Path(folder))


def filled(home: Home, count: int, fill: Fill | None) -> None:
    """A mirror of so many files, each with fingerprint and manifest, and its index."""
    chance = random.Random(4)
    with _mirror(home) as connection:
        for first in range(0, count, _WINDOW):
            many = min(_WINDOW, count - first)
            with transaction(connection):
                if fill is None:
                    _batches(connection, chance, first, many)
                    continue
                ingest = Ingest(connection)
                for number in range(first, first + many):
                    fill(ingest, chance, number)
                ingest.finish()
        connection.execute("UPDATE mirror SET cursor = 31000000, cursor_hash = ?, final = 30500000", (_NONE,))
        connection.execute("INSERT INTO tail SELECT 31000000, ?, next_id FROM mirror", (_NONE,))
        connection.execute("UPDATE mirror SET final = 31000000, synced = 1")
        fingerprints.refresh(connection, mirror_path(home, NETWORK))


@contextmanager
def _mirror(home: Home) -> Iterator:
    with writer(mirror_path(home, NETWORK)) as connection:
        start_again(connection, NETWORK)
        with transaction(connection):
            ingest = Ingest(connection)
            for publisher, signer in enumerate(_SIGNERS, 1):
                ingest.add(_log(0, _NONE), e.PublisherCreated(publisher, signer, _NONE[:20], f"Publisher {publisher}"))
                ingest.add(_log(0, _NONE), e.SignerSet(publisher, signer, 15, 1, 0))
            ingest.finish()
        yield connection
        checkpoint(connection)


def file_of(number: int) -> bytes:
    """The SHA-256 of the file of that number."""
    return random.Random(-1 - number).randbytes(32)


def _single(ingest: Ingest, chance: random.Random, number: int) -> None:
    publisher = 1 + number % 200
    signer = _SIGNERS[publisher - 1]
    event = e.Registered(
        file_of(number), publisher, signer, 1, 1, chance.randbytes(32), chance.randbytes(32), _NONE, ""
    )
    ingest.add(_log(30_000_000 + number // 2, chance.randbytes(32)), event)


def _many(ingest: Ingest, chance: random.Random, number: int) -> None:
    publisher = 1 + number // 500 % 200
    event = e.BatchItem(
        file_of(number), publisher, _SIGNERS[publisher - 1], 1, 1, chance.randbytes(32), chance.randbytes(32)
    )
    ingest.add(_log(30_000_000 + number // 500, random.Random(number // 500).randbytes(32)), event)


def _batches(connection, chance: random.Random, first: int, many: int) -> None:
    for start in range(first, first + many, 10_000):
        root, size = chance.randbytes(32), min(10_000, first + many - start)
        ingest = Ingest(connection)
        signer = _SIGNERS[start // 10_000 % 200]
        event = e.RootRegistered(
            root, 1 + start // 10_000 % 200, signer, size, _NONE, "https://a.example/" + root.hex()
        )
        ingest.add(_log(30_000_000 + start, chance.randbytes(32)), event)
        ingest.finish()
        leaves = [(file_of(n), chance.randbytes(32), chance.randbytes(32)) for n in range(start, start + size)]
        add_leaves(connection, root, leaves)
        connection.execute("UPDATE root SET state = 1 WHERE root = ?", (root,))


def _log(block: int, tx: bytes) -> Log:
    return Log(block, _NONE, 1_790_000_000 + block, tx, 0, b"", (), b"")


def _size(home: Home) -> int:
    return sum(path.stat().st_size for path in home.registers.rglob("*") if path.is_file())


def _answers(table: Table, home: Home, count: int) -> None:
    chance = random.Random(7)
    opening = []
    for _ in range(20):
        start = time.perf_counter()
        register = Register(home, NETWORK)
        opening.append(time.perf_counter() - start)
        register.close()
    table.add("  opening it", min(opening) * 1e3, "ms", 5)
    register = Register(home, NETWORK)
    files = [file_of(chance.randrange(count)).hex() for _ in range(1_000)]
    start = time.perf_counter()
    assert all(len(register.exact(file)) == 1 for file in files)
    table.add("  a file that is registered", (time.perf_counter() - start) / len(files) * 1e3, "ms", 2)
    start = time.perf_counter()
    assert not any(register.exact(chance.randbytes(32).hex()) for _ in files)
    table.add("  one that is not", (time.perf_counter() - start) / len(files) * 1e3, "ms", 2)
    start = time.perf_counter()
    for _ in range(100):
        register.state()
    table.add("  how far it goes", (time.perf_counter() - start) * 10, "ms", 2)
    register.close()


def _carried(table: Table, home: Home, folder: Path) -> None:
    path = folder / "snapshot"
    start = time.perf_counter()
    told = snapshot.export(home, NETWORK, path)
    table.add("  written as a snapshot in", time.perf_counter() - start, "s")
    table.add("  which is", path.stat().st_size / 1e6, "MB")
    start = time.perf_counter()
    assert snapshot.take(Home(folder / "other"), NETWORK, path) == told
    table.add("  taken elsewhere in", time.perf_counter() - start, "s")


def _decoding(table: Table, count: int) -> None:
    """Raw JSON to values, in turns with web3's `process_log` on what it formats first itself."""
    from web3 import Web3

    contract = Web3().eth.contract(abi=contracts.artefact("MediaRegistry")["abi"])
    logs = [_raw(random.Random(number), number) for number in range(count)]
    theirs, ours = 0.0, 0.0
    event = contract.events.Registered()
    for raw in logs:
        start = time.perf_counter()
        event.process_log(_formatted(raw))
        middle = time.perf_counter()
        decode(parse_log(raw))
        ours += time.perf_counter() - middle
        theirs += middle - start
    table.add(f"decoding one of {count} registrations", ours / count * 1e6, "us")
    table.add("  web3's", theirs / count * 1e6, "us")
    table.add("  ratio", ours / theirs, "", 1 / 8)


def _raw(chance: random.Random, number: int) -> dict:
    def word(value: int) -> str:
        return f"{value:064x}"

    uri = f"https://agence-x.example/media/{number}"
    length = -(-len(uri) // 32) * 64
    data = [word(1), word(1), *(chance.randbytes(32).hex() for _ in range(3)), word(192), word(len(uri))]
    topic = next(topic for name, (topic, *_) in EVENTS.items() if name.startswith("Registered("))
    return {
        "address": NETWORK.media,
        "topics": ["0x" + topic, "0x" + chance.randbytes(32).hex(), "0x" + word(1), "0x" + word(0xABC)],
        "data": "0x" + "".join(data) + uri.encode().hex().ljust(length, "0"),
        "blockNumber": hex(30_000_000 + number),
        "blockHash": "0x" + chance.randbytes(32).hex(),
        "blockTimestamp": hex(1_790_000_000),
        "transactionHash": "0x" + chance.randbytes(32).hex(),
        "transactionIndex": "0x0",
        "logIndex": "0x1",
        "removed": False,
    }


def _formatted(raw: dict) -> dict:
    from eth_utils import to_checksum_address
    from hexbytes import HexBytes

    return {
        "address": to_checksum_address(raw["address"]),
        "topics": [HexBytes(topic) for topic in raw["topics"]],
        "data": HexBytes(raw["data"]),
        "blockNumber": int(raw["blockNumber"], 16),
        "blockHash": HexBytes(raw["blockHash"]),
        "transactionHash": HexBytes(raw["transactionHash"]),
        "transactionIndex": 0,
        "logIndex": 1,
        "removed": False,
    }
