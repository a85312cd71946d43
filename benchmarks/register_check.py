"""What the register adds to a check: the same small file, with a mirror of many registrations and with none."""

from __future__ import annotations

import secrets
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from media import photos
from processes import PYTHON, alternate, environment, run
from results import Table

from touchstone.chain import contracts
from touchstone.chain.network import Network
from touchstone.chain.networks import Networks, consent
from touchstone.check.run import Checker
from touchstone.paths import Home
from touchstone.registry import mirror
from touchstone.settings import Settings

NETWORK = "base-sepolia"
_IN_BLOCK = 500


def measure(table: Table, *, quick: bool) -> None:
    count = 20_000 if quick else 1_000_000
    path = next(photos(1, 0.3, 0.3, signed_every=0).glob("*.jpg"))
    folder = Path(tempfile.mkdtemp())
    try:
        home = Home(folder / "home")
        _mirror(home, count)
        size = sum(file.stat().st_size for file in home.registers.rglob("*") if file.is_file())
        table.add(f"mirror and index of {count:,} registrations", size / 1e6, "MB")
        _command(table, path, home, times=5 if quick else 31)
        _warm(table, path, home, times=20 if quick else 100)
    finally:
        shutil.rmtree(folder)


def _command(table: Table, path: Path, home: Home, times: int) -> None:
    """`touchstone check FILE`, each time a new process."""
    env = environment(home.root)
    asking = [PYTHON, "-m", "touchstone", "--network", NETWORK, "check", str(path)]
    not_asking = [PYTHON, "-m", "touchstone", "check", str(path)]
    for command in (asking, not_asking):
        run(command, env)
    asked, unasked = alternate(times, lambda: run(asking, env), lambda: run(not_asking, env))
    table.add("check of one small file, register asked", statistics.median(asked), "s")
    more = statistics.median(a - b for a, b in zip(asked, unasked, strict=True))
    table.add("  more than without a register", more * 1000, "ms", 30)


def _warm(table: Table, path: Path, home: Home, times: int) -> None:
    """The next file in a window, or in a batch: everything is loaded."""
    checkers = [Checker(home, Settings(network=name, detectors=False)) for name in (NETWORK, "practice")]
    seconds: list[list[float]] = [[], []]
    try:
        for checker in checkers:
            checker.check(path)
        for _time in range(times):
            for number, checker in enumerate(checkers):
                began = time.perf_counter()
                checker.check(path)
                seconds[number].append(time.perf_counter() - began)
    finally:
        for checker in checkers:
            checker.close()
    more = statistics.median(a - b for a, b in zip(*seconds, strict=True))
    table.add("next file of a batch, register asked", statistics.median(seconds[0]) * 1000, "ms")
    table.add("  more than without a register", more * 1000, "ms", 30)


def _mirror(home: Home, count: int) -> None:
    """A mirror as `index sync` makes it, of a chain on which one publisher registered `count` pictures."""
    home.root.mkdir(parents=True)
    consent(home, NETWORK, given=True)
    network = Networks.load(home).get(NETWORK)
    mirror.sync(home, network, [_Chain(network, count)])


class _Chain:
    """A node of a chain that is made up as it is read; it says the same each time."""

    label = "made up"

    def __init__(self, network: Network, count: int) -> None:
        self._network, self._blocks = network, -(-count // _IN_BLOCK)
        self._topic = "0x" + contracts.topic("MediaRegistry", "BatchItem").hex()
        self._salt = secrets.token_hex(8)

    def request(self, method: str, params: Any) -> Any:
        match method:
            case "eth_chainId":
                return hex(self._network.chain_id)
            case "eth_getBlockByNumber":
                tag = params[0]
                number = int(tag, 16) if tag.startswith("0x") else self._blocks
                return self._header(number) if number <= self._blocks else None
            case "eth_getLogs":
                first, last = (int(params[0][key], 16) for key in ("fromBlock", "toBlock"))
                return [log for block in range(max(1, first), last + 1) for log in self._logs(block)]
        raise AssertionError(method)

    def close(self) -> None:
        """Nothing is open."""

    def _header(self, number: int) -> dict[str, str]:
        return {
            "number": hex(number),
            "hash": _hash(self._salt, number),
            "parentHash": _hash(self._salt, number - 1),
            "timestamp": hex(1_700_000_000 + number),
        }

    def _logs(self, block: int) -> list[dict[str, Any]]:
        shared = {
            "address": self._network.media,
            "blockNumber": hex(block),
            "blockHash": _hash(self._salt, block),
            "blockTimestamp": hex(1_700_000_000 + block),
            "transactionHash": _hash("tx", block),
            "transactionIndex": "0x0",
            "removed": False,
        }
        publisher, signer = "0x" + f"{1:064x}", "0x" + "00" * 12 + "ab" * 20
        return [
            {
                **shared,
                "logIndex": hex(number),
                "topics": [self._topic, "0x" + secrets.token_hex(32), publisher, signer],
                "data": "0x" + f"{1:064x}" + "00" * 32 + secrets.token_hex(32) + "00" * 32,
            }
            for number in range(_IN_BLOCK)
        ]


def _hash(salt: str, number: int) -> str:
    import hashlib

    return "0x" + hashlib.sha256(f"{salt}{number}".encode()).hexdigest()
