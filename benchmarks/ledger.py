"""The practice ledger: transactions a second against eth-tester in the same run, logs by hash, opening it again."""

from __future__ import annotations

import hashlib
import logging
import random
import sqlite3
import statistics
import tempfile
import time
import warnings
from pathlib import Path

from processes import PYTHON, environment, run
from results import Table

from touchstone.chain import contracts
from touchstone.chain import ledger_rlp as rlp
from touchstone.chain.events import TOPICS
from touchstone.chain.keccak import keccak256
from touchstone.chain.ledger_file import place
from touchstone.chain.ledger_store import LedgerReader
from touchstone.chain.local import PracticeLedger
from touchstone.chain.network import PRACTICE_CHAIN_ID

_ETHER = 10**18
_FEES = {"maxFeePerGas": 2 * 10**9, "maxPriorityFeePerGas": 10**6}
_TURN = 20  # transactions to one, then as many to the other


def measure(table: Table, *, quick: bool) -> None:
    warnings.simplefilter("ignore", DeprecationWarning)  # of libraries below eth-tester
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as folder:
        _side_by_side(table, Path(folder, "a"), 40 if quick else 400)
        _opened_again(table, Path(folder, "b"), 300 if quick else 10_000)
        _logs(table, Path(folder, "c"), 10_000 if quick else 1_000_000)


def _side_by_side(table: Table, folder: Path, count: int) -> None:
    from eth_tester import EthereumTester, PyEVMBackend
    from web3 import Web3
    from web3.providers.eth_tester import EthereumTesterProvider

    tester = Web3(EthereumTesterProvider(EthereumTester(PyEVMBackend())))
    ledger = PracticeLedger(folder / "ledger.sqlite3")
    here = Web3(ledger.provider())
    ana = _key()
    ledger.fund(ana.address, 100 * _ETHER)
    giver, *_rest = tester.eth.accounts
    tester.eth.send_transaction({"from": giver, "to": ana.address, "value": 100 * _ETHER, "gas": 21_000})
    for name, work in (("transfers", _transfers(count)), ("registrations", _registrations(ana, count))):
        both = [(w3, _signed(ana, w3.eth.chain_id, work)) for w3 in (here, tester)]
        ours, theirs = _in_turns(both, len(work) - count)
        table.add(f"practice ledger: one of {count} {name}, through web3, on the disk", ours / count * 1e3, "ms")
        table.add("  eth-tester's, in memory", theirs / count * 1e3, "ms")
        table.add("  ratio", ours / theirs, "", 1)
    print(f"  receipts agree: {here.eth.get_block('latest')['gasUsed'] == tester.eth.get_block('latest')['gasUsed']}")
    ledger.close()


def _signed(ana, chain_id: int, work: list[dict]) -> list[bytes]:
    return [ana.sign_transaction(one | {"chainId": chain_id}).raw_transaction for one in work]


def _in_turns(both, skipped: int) -> list[float]:
    """Seconds of each; the first `skipped` transactions are sent but not measured."""
    seconds = [0.0, 0.0]
    length = len(both[0][1])
    for start in range(0, length, _TURN):
        for number, (w3, signed) in enumerate(both):
            for at in range(start, min(start + _TURN, length)):
                begun = time.perf_counter()
                w3.eth.send_raw_transaction(signed[at])
                seconds[number] += (time.perf_counter() - begun) * (at >= skipped)
    return seconds


def _key():
    from eth_account import Account

    return Account.from_key(hashlib.sha256(b"benchmark").digest())


def _transfers(count: int) -> list[dict]:
    chance = random.Random(1)
    return [
        {"nonce": nonce, "to": chance.randbytes(20), "value": 1, "gas": 21_000, "data": b"", **_FEES}
        for nonce in range(count)
    ]


def _registrations(ana, count: int) -> list[dict]:
    """Both registries made, a publisher, then registrations: the same on either chain, without CREATE2."""
    chance, nonce = random.Random(2), count
    publishers, media = (_created(ana.address, nonce + i) for i in range(2))
    artefacts = [contracts.artefact(name)["bytecode"] for name in ("PublisherRegistry", "MediaRegistry")]
    code = [bytes.fromhex(one[2:]) for one in artefacts]
    calls = [
        (None, code[0]),
        (None, code[1] + bytes(12) + publishers),
        (publishers, contracts.encode("PublisherRegistry", "create", "Agency", "agency.example", ana.address)),
    ]
    for _ in range(count):
        what = {name: chance.randbytes(32) for name in ("sha256", "pdq", "manifest")}
        what |= {"parent": bytes(32), "kind": 1, "flags": 1, "uri": "https://agency.example/picture"}
        calls.append((media, contracts.encode("MediaRegistry", "register", 1, what)))
    return [
        {"nonce": nonce + i, "value": 0, "gas": 3_000_000, "data": data, **_FEES, **({"to": to} if to else {})}
        for i, (to, data) in enumerate(calls)
    ]


def _created(sender: str, nonce: int) -> bytes:
    return keccak256(rlp.encode([bytes.fromhex(sender[2:]), rlp.number(nonce)]))[12:]


def _opened_again(table: Table, folder: Path, blocks: int) -> None:
    ledger, ana = PracticeLedger(folder / "practice-ledger.sqlite3"), _key()
    ledger.fund(ana.address, _ETHER)
    empty = ledger.status().bytes
    for one in _transfers(blocks):
        signed = ana.sign_transaction(one | {"chainId": PRACTICE_CHAIN_ID})
        ledger.request("eth_sendRawTransaction", ["0x" + signed.raw_transaction.hex()])
    ledger.close()
    table.add(f"  a transaction's room, {blocks} of them", (ledger.path.stat().st_size - empty) / blocks / 1e3, "kB")

    def reopen() -> float:
        start = time.perf_counter()
        again = PracticeLedger(ledger.path)
        again.request("eth_getBalance", [ana.address, "latest"])
        seconds = time.perf_counter() - start
        again.close()
        return seconds

    table.add(f"  opened again at {blocks} blocks, and asked", max(reopen() for _ in range(10)), "s", 0.3)
    command = [PYTHON, "-m", "touchstone", "ledger", "status"]
    whole = [run(command, environment(folder)).seconds for _ in range(5)]
    table.add("  `touchstone ledger status`, the whole command", statistics.median(whole), "s")


def _logs(table: Table, folder: Path, rows: int) -> None:
    ledger = PracticeLedger(folder / "ledger.sqlite3")
    hashes = _fill(ledger, rows)
    media, topic = bytes.fromhex(contracts.address("MediaRegistry")[2:]), contracts.topic("MediaRegistry", "Registered")
    asked = {"fromBlock": "0x0", "toBlock": "latest", "address": "0x" + media.hex()}
    chance, seconds = random.Random(3), []
    for wanted in [chance.choice(hashes) for _ in range(300)]:
        start = time.perf_counter()
        found = ledger.request("eth_getLogs", [asked | {"topics": ["0x" + topic.hex(), "0x" + wanted.hex()]}])
        seconds.append(time.perf_counter() - start)
        if [one["topics"][1] for one in found] != ["0x" + wanted.hex()]:
            raise SystemExit("a log was not found")
    table.add(f"  logs by hash among {rows}, median of 300", statistics.median(seconds) * 1e3, "ms", 2)
    table.add("    slowest of 300", max(seconds) * 1e3, "ms")
    reader = LedgerReader(ledger.path)
    start = time.perf_counter()
    count = len(reader.logs(0, 10**9, [media], [TOPICS]))
    table.add(f"  {count} logs read by the mirror, each", (time.perf_counter() - start) / count * 1e6, "us")
    reader.close()
    ledger.close()


def _fill(ledger: PracticeLedger, rows: int) -> list[bytes]:
    """Put registrations straight into the tables, a hundred a block; their hashes."""
    head = ledger.status().block
    media, topic = bytes.fromhex(contracts.address("MediaRegistry")[2:]), contracts.topic("MediaRegistry", "Registered")
    chance, hashes = random.Random(4), []
    publisher, signer = bytes(31) + b"\1", bytes(12) + bytes(range(20))
    with sqlite3.connect(ledger.path, isolation_level=None) as connection:
        block = list(connection.execute("SELECT * FROM block WHERE number = ?", (head,)).fetchone())
        transaction = list(connection.execute("SELECT * FROM tx ORDER BY id DESC LIMIT 1").fetchone())
        connection.execute("BEGIN")
        for number in range(head + 1, head + 1 + rows // 100):
            block[0:2] = number, chance.randbytes(32)
            transaction[0:2] = place(number, 0), chance.randbytes(32)
            names = [chance.randbytes(32) for _ in range(100)]
            hashes += names
            connection.execute(f"INSERT INTO block VALUES ({', '.join('?' * len(block))})", block)
            connection.execute(f"INSERT INTO tx VALUES ({', '.join('?' * len(transaction))})", transaction)
            connection.executemany(
                "INSERT INTO log VALUES (?, 0, ?, ?, ?, ?, ?, ?)",
                [
                    (place(number, i), media, topic, name, publisher, signer, chance.randbytes(224))
                    for i, name in enumerate(names)
                ],
            )
        connection.execute("COMMIT")
    connection.close()
    return hashes
