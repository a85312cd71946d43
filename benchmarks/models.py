"""The register of models in the mirror: how large it is, and how long a check waits for it.

Large is 100,000 models, a thousand of which a stranger registered with the weights that are asked for, and 1,000,000
outputs in lists of 100,000. The ratio is of the same question to a mirror of 100 models and 1,000 outputs, in turns.
"""

from __future__ import annotations

import dataclasses
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import mirror
from results import Table

from touchstone.chain import event_types as e
from touchstone.chain.logs import Log
from touchstone.paths import Home
from touchstone.registry import model_rows, output_lists, snapshot
from touchstone.registry.follow import start_again
from touchstone.registry.ingest import Ingest
from touchstone.registry.lookup_types import mirror_path
from touchstone.registry.model_lookup import Models
from touchstone.registry.model_types import Decision, Output, Standing
from touchstone.store.register_store import checkpoint, transaction, writer

NETWORK = dataclasses.replace(mirror.NETWORK, models="0x" + "33" * 20)
_NONE = bytes(32)
_SIGNER, _STRANGER = b"\x01" * 20, b"\x02" * 20
_WINDOW = 50_000
_LIST = 100_000
_MANIFESTS = 8  # that outputs are of
TRUSTED = frozenset({1})


@dataclass(frozen=True, slots=True)
class Size:
    """How much is in a mirror."""

    models: int
    outputs: int


def measure(table: Table, *, quick: bool) -> None:
    small, large = Size(100, 1_000), Size(2_000, 20_000) if quick else Size(100_000, 1_000_000)
    with tempfile.TemporaryDirectory() as folder:
        homes = [Home(Path(folder) / name) for name in ("small", "large")]
        filled(homes[0], small)
        before = time.perf_counter()
        without = filled(homes[1], large)
        table.add(
            f"mirror of {large.models:,} models and {large.outputs:,} outputs kept in",
            time.perf_counter() - before,
            "s",
        )
        table.add(f"  of {large.models:,} models", without / 1e6, "MB", 150)
        table.add(f"  of {large.outputs:,} outputs", (_size(homes[1]) - without) / 1e6, "MB", 120)
        _questions(table, homes, (small, large))
        _carried(table, homes[1], Path(folder))


def filled(home: Home, size: Size) -> int:
    """Make such a mirror; how many bytes it had before outputs came."""
    with writer(mirror_path(home, NETWORK)) as connection:
        start_again(connection, NETWORK)
        with transaction(connection):
            ingest = Ingest(connection)
            for publisher, signer in ((1, _SIGNER), (2, _STRANGER)):
                ingest.add(_log(0), e.PublisherCreated(publisher, signer, _NONE[:20], f"Publisher {publisher}"))
                ingest.add(_log(1), e.SignerSet(publisher, signer, 15, 1, 0))
            ingest.finish()
        for first in range(0, size.models, _WINDOW):
            with transaction(connection):
                for number in range(first, min(first + _WINDOW, size.models)):
                    model_rows.keep(connection, _log(number + 2), _model(number))
                    if number % 10 == 1:
                        change = e.StatusSet(_hash("model", number), _publisher(number), _signer(number), 2, 1)
                        model_rows.keep(connection, _log(number + 2, 1), change)
        checkpoint(connection)
        without = _size(home)
        for first in range(0, size.outputs, _LIST):
            outputs = [_output(number) for number in range(first, min(first + _LIST, size.outputs))]
            root = _hash("root", first)
            with transaction(connection):
                event = e.OutputsRecorded(root, 1, _SIGNER, len(outputs), _hash("list", first), "")
                model_rows.keep(connection, _log(2_000_000 + first), event)
                model_rows.add_outputs(connection, root, outputs)
        connection.execute("UPDATE mirror SET cursor = 3000000, cursor_hash = ?, final = 3000000, synced = 1", (_NONE,))
        connection.execute("INSERT INTO tail SELECT 3000000, ?, next_id FROM mirror", (_NONE,))
        checkpoint(connection)
    return without


def _questions(table: Table, homes: list[Home], sizes: tuple[Size, Size]) -> None:
    small, large = (Models(home, NETWORK) for home in homes)
    chance = random.Random(7)

    def of(models: Models, size: Size, kind: str) -> Callable[[], object]:
        if kind == "outputs":
            return lambda: models.outputs_of(_hash("file", chance.randrange(size.outputs)).hex())
        if kind == "unknown":
            return lambda: models.standing(*(chance.randbytes(32).hex() for _ in range(3)), trusted=TRUSTED)
        if kind == "crowded":
            return lambda: models.standing(*_hashes(0), trusted=TRUSTED)
        return lambda: models.standing(*_hashes(2 * chance.randrange(size.models // 2)), trusted=TRUSTED)

    words = {
        "registered": "how a registered model stands",
        "crowded": "  one whose weights a stranger registered a thousand times",
        "unknown": "  one that is not registered",
        "outputs": "what models said of a file",
    }
    assert large.standing(*_hashes(0), trusted=TRUSTED)[0] is Standing.REGISTERED
    for kind, said in words.items():
        little, much = _in_turns(of(small, sizes[0], kind), of(large, sizes[1], kind))
        table.add(said, much * 1e3, "ms", 1)
        table.add("    ratio to the small mirror", much / little, "", 3)
    table.add(
        "  the last 100 outputs of a model", _seconds(lambda: large.outputs_by(_hash("manifest", 0).hex())) * 1e3, "ms"
    )
    page = _seconds(lambda: large.outputs_by(_hash("manifest", 0).hex(), 100, sizes[1].outputs // _MANIFESTS - 100))
    table.add("  and the first", page * 1e3, "ms")
    small.close()
    large.close()


def _in_turns(one: Callable[[], object], other: Callable[[], object], rounds: int = 40) -> tuple[float, float]:
    """Median seconds of both, asked in turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 5):
        for took, work in zip(times, (one, other), strict=True):
            seconds = _seconds(work)
            if number >= 5:
                took.append(seconds)
    return tuple(sorted(took)[len(took) // 2] for took in times)  # type: ignore[return-value]


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _carried(table: Table, home: Home, folder: Path) -> None:
    """Not taken again: the roots here are of no tree, and what that costs is hashing."""
    path = folder / "snapshot"
    table.add("written as a snapshot in", _seconds(lambda: snapshot.export(home, NETWORK, path)), "s")
    table.add("  which is", path.stat().st_size / 1e6, "MB")
    outputs = [_output(number) for number in range(20_000)]
    data = output_lists.dump(outputs)
    known = {"root": output_lists.tree(outputs).root, "count": len(outputs), "hashed": output_lists.list_hash(data)}
    table.add("checking a list of 20,000 outputs", _seconds(lambda: output_lists.check(data, **known)), "s")


def _hash(what: str, number: int) -> bytes:
    return random.Random(f"{what} {number}").randbytes(32)


def _hashes(number: int) -> tuple[str, str, str]:
    return tuple(_hash(kind, number).hex() for kind in ("manifest", "weights", "record"))  # type: ignore[return-value]


def _crowds(number: int) -> bool:
    """Whether this one is a stranger's with another's weights."""
    return number % 2 == 1 and number < 2_000


def _publisher(number: int) -> int:
    return 2 if number % 2 else 1


def _signer(number: int) -> bytes:
    return _STRANGER if number % 2 else _SIGNER


def _model(number: int) -> e.ModelRegistered:
    model = _hash("model", number)
    return e.ModelRegistered(
        model,
        _publisher(number),
        _hash("manifest", number),
        _signer(number),
        _hash("weights", 0 if _crowds(number) else number),
        _hash("data", number),
        10_000,
        _hash("record", number),
        _hash("evaluation", number),
        model,
        "https://a.example/models/" + str(number),
    )


def _output(number: int) -> Output:
    manifest = _hash("manifest", number % _MANIFESTS).hex()
    return Output(
        manifest, _hash("file", number).hex(), "global", number % 1_000_000, Decision(number % 3), 1_790_000_000
    )


def _log(block: int, place: int = 0) -> Log:
    tx = random.Random(f"tx {block}").randbytes(32)
    return Log(block, _NONE, 1_790_000_000 + block, tx, place, b"", (), b"")


def _size(home: Home) -> int:
    return sum(path.stat().st_size for path in home.registers.rglob("*") if path.is_file())
