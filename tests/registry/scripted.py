"""A chain whose blocks are written here, and nodes that serve it, well or badly, in real JSON-RPC shapes."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from eth_abi import encode

from touchstone.chain import contracts
from touchstone.chain import event_types as e
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.keccak import keccak256
from touchstone.chain.network import Network
from touchstone.registry import model_rows, tags
from touchstone.registry.lookup import Register, mirror_path

PUBLISHERS, MEDIA, MODELS = "0x" + "11" * 20, "0x" + "22" * 20, "0x" + "33" * 20
NETWORK = Network("scripted", 77, PUBLISHERS, MEDIA, public=False, confirmations=6, models=MODELS)
SIGNER = b"\xaa" * 20
OTHER = b"\xbb" * 20


def _abi() -> dict[str, tuple[str, list[dict[str, Any]]]]:
    found = {}
    registers = {"PublisherRegistry": PUBLISHERS, "MediaRegistry": MEDIA, "ModelRegistry": MODELS}
    for contract, address in registers.items():
        for entry in contracts.artefact(contract)["abi"]:
            if entry["type"] == "event":
                found[entry["name"]] = (address, entry["inputs"])
    return found


ABI = _abi()


def word(number: int) -> bytes:
    return number.to_bytes(32)


def digest(*parts: object) -> bytes:
    return hashlib.sha256(repr(parts).encode()).digest()


def raw_log(event: e.Event, block: int, block_hash: bytes, position: int, tx: bytes, time: int | None = None) -> dict:
    """An event as a node gives it, encoded by eth_abi as the contract's ABI says."""
    name = type(event).__name__
    if _of_court(event):
        from tests.registry.court_logs import court_log

        return court_log(event, block, block_hash, position, tx, time)
    address, inputs = ABI[name]
    kinds = [entry["type"] for entry in inputs]
    signature = f"{name}({','.join(kinds)})"
    values = ["0x" + v.hex() if kind == "address" else v for v, kind in zip(event, kinds, strict=True)]
    pairs = list(zip(inputs, values, strict=True))
    topics = [keccak256(signature.encode())]
    topics += [encode([entry["type"]], [value]) for entry, value in pairs if entry["indexed"]]
    rest = [(entry["type"], value) for entry, value in pairs if not entry["indexed"]]
    data = encode([kind for kind, _ in rest], [value for _, value in rest])
    log = {
        "address": address,
        "topics": ["0x" + topic.hex() for topic in topics],
        "data": "0x" + data.hex(),
        "blockNumber": hex(block),
        "blockHash": "0x" + block_hash.hex(),
        "transactionHash": "0x" + tx.hex(),
        "transactionIndex": "0x0",
        "logIndex": hex(position),
        "removed": False,
    }
    return log if time is None else log | {"blockTimestamp": hex(time)}


def _of_court(event: Any) -> bool:
    return type(event).__module__.endswith("court_event_types")


@dataclass(slots=True)
class Block:
    number: int
    hash: bytes
    parent: bytes
    time: int
    events: Sequence[e.Event]

    def logs(self, *, timed: bool) -> list[dict]:
        return [
            raw_log(event, self.number, self.hash, place, self.tx(place), self.time if timed else None)
            for place, event in enumerate(self.events)
        ]

    def tx(self, place: int) -> bytes:
        """Items of a batch that stand together are of one transaction, and so is what court and pool say there."""
        while place and all(map(_of_court, self.events[place - 1 : place + 1])):
            place -= 1
        while place and isinstance(self.events[place], e.BatchItem) and isinstance(self.events[place - 1], e.BatchItem):
            place -= 1
        return digest("tx", self.hash, place)


class Chain:
    """Blocks from 0 on; `fork` tells blocks apart that are written in the same place."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._fork = 0
        self.add()

    def add(self, *events: e.Event, time: int | None = None) -> Block:
        number = len(self.blocks)
        parent = self.blocks[-1].hash if self.blocks else bytes(32)
        when = 1_000_000 + 12 * number if time is None else time
        block = Block(number, digest("block", number, parent, self._fork, when, events), parent, when, events)
        self.blocks.append(block)
        return block

    def rewrite(self, height: int) -> None:
        """Forget every block after `height`; others will come in their place."""
        del self.blocks[height + 1 :]
        self._fork += 1

    @property
    def head(self) -> int:
        return len(self.blocks) - 1

    def copy(self) -> Chain:
        other = Chain()
        other.blocks, other._fork = list(self.blocks), self._fork + 1000
        return other


@dataclass(slots=True)
class ScriptedNode:
    """Serves a chain. `most` logs and `widest` range are what it gives at most; before `oldest` it has no logs."""

    chain: Chain
    label: str = "scripted"
    chain_id: int = 77
    final: int | None = None  # that many blocks behind its head; None: it does not know the word
    most: int = 10_000
    widest: int = 100_000
    oldest: int = 0
    timed: bool = True
    head: int | None = None
    trouble: Callable[[str, Sequence[Any]], ChainError | None] = lambda _method, _params: None
    lie: Callable[[list[dict]], list[dict]] = lambda logs: logs
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def request(self, method: str, params: Sequence[Any]) -> Any:
        self.asked.append((method, params))
        error = self.trouble(method, params)
        if error is not None:
            raise error
        match method:
            case "eth_chainId":
                return hex(self.chain_id)
            case "eth_getBlockByNumber":
                return self._block(params[0])
            case "eth_getLogs":
                return self._logs(params[0])
        raise ChainError(ChainTrouble.UNSUPPORTED)

    def close(self) -> None:
        pass

    def _head(self) -> int:
        return self.chain.head if self.head is None else self.head

    def _block(self, which: str) -> dict | None:
        if which in {"finalized", "safe"}:
            if self.final is None:
                raise ChainError(ChainTrouble.FAILED, untrusted_message="unknown block")
            number = max(0, self._head() - self.final)
        else:
            number = self._head() if which == "latest" else int(which, 16)
        if number > self._head():
            return None
        block = self.chain.blocks[number]
        return {
            "number": hex(block.number),
            "hash": "0x" + block.hash.hex(),
            "parentHash": "0x" + block.parent.hex(),
            "timestamp": hex(block.time),
            "transactions": [],
        }

    def _logs(self, asked: dict) -> list[dict]:
        first, last = int(asked["fromBlock"], 16), int(asked["toBlock"], 16)
        if last - first + 1 > self.widest:
            raise ChainError(ChainTrouble.TOO_MANY, untrusted_message="block range is too wide")
        if first < self.oldest:
            raise ChainError(ChainTrouble.PRUNED, untrusted_message="pruned history unavailable")
        found = [log for block in self.chain.blocks[first : last + 1] for log in block.logs(timed=self.timed)]
        found = [log for log in found if log["address"] in asked["address"]]
        if len(found) > self.most:
            raise ChainError(ChainTrouble.TOO_MANY, untrusted_message="query returned more than 10000 results")
        return self.lie(found)


def created(publisher: int = 1, name: str = "Agence X", domain: str = "agence-x.example") -> list[e.Event]:
    """What the contract emits for a new publisher."""
    return [
        e.PublisherCreated(publisher, SIGNER, OTHER, name),
        e.DomainClaimed(publisher, keccak256(domain.encode()), domain),
        e.SignerSet(publisher, SIGNER, 15, 1, 0),
    ]


def registered(sha256: bytes, publisher: int = 1, **fields: Any) -> e.Registered:
    whole = {"signer": SIGNER, "kind": 1, "flags": 0, "pdq": bytes(32), "manifest": bytes(32), "parent": bytes(32)}
    return e.Registered(sha256=sha256, publisher=publisher, **(whole | {"uri": ""} | fields))


def item(sha256: bytes, publisher: int = 1, **fields: Any) -> e.BatchItem:
    whole = {"signer": SIGNER, "kind": 1, "flags": 1, "pdq": bytes(32), "manifest": bytes(32)}
    return e.BatchItem(sha256=sha256, publisher=publisher, **(whole | fields))


def contents(home: Any, files: Iterable[bytes], network: Network = NETWORK) -> dict[str, Any]:
    """What a mirror says, without the numbers that depend on how it came to be."""
    register = Register(home, network)
    try:
        said = {"files": {sha.hex(): register.exact(sha.hex()) for sha in files}, "count": register.state().count}
        said["cursor"] = register.state().synced_block
    finally:
        register.close()
    connection = sqlite3.connect(mirror_path(home, network))
    try:
        key = tags.key_of(connection)
        rows = connection.execute("SELECT sha256, id FROM registration").fetchall()
        assert (
            sorted((tags.tag(key, sha), row) for sha, row in rows) == connection.execute("SELECT * FROM tag").fetchall()
        )
        for table in ("publisher", "signer"):
            said[table] = connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
        for table in ("withdrawal", "root"):
            columns = (
                "sha256, root, leaf, publisher, block" if table == "withdrawal" else "root, publisher, block, state"
            )
            said[table] = connection.execute(f"SELECT {columns} FROM {table} ORDER BY id").fetchall()
        said["models"] = model_contents(connection)
    finally:
        connection.close()
    return said


def model_contents(connection: sqlite3.Connection) -> dict[str, Any]:
    """What a mirror says of models, without when lists were asked for."""
    said: dict[str, Any] = {"follows": connection.execute("SELECT models FROM mirror").fetchone()}
    for table in model_rows.TABLES:
        rows = connection.execute(f"SELECT * FROM {table} ORDER BY block, place").fetchall()
        said[table] = [row[:-1] if table == "output_list" else row for row in rows]
    said["outputs"] = connection.execute(
        "SELECT s.root, o.id - s.first, m.manifest, o.media, w.witness, o.score, o.decision, o.time "
        "FROM output AS o JOIN output_set AS s ON o.id >= s.first AND o.id < s.first + s.count "
        "JOIN output_manifest AS m ON m.id = o.manifest JOIN output_witness AS w ON w.id = o.witness ORDER BY 1, 2"
    ).fetchall()
    key = tags.key_of(connection)
    rows = connection.execute("SELECT media, id FROM output").fetchall()
    assert len(rows) == len(said["outputs"])
    assert (
        sorted((tags.tag(key, media), row) for media, row in rows)
        == connection.execute("SELECT * FROM output_tag").fetchall()
    )
    return said


def modelled(name: object, publisher: int = 1, signer: bytes = SIGNER, **fields: Any) -> e.ModelRegistered:
    """A model of that name, registered by a publisher; without parents unless `family` says so."""
    manifest = digest("manifest", name)
    model = model_id(publisher, manifest)
    whole = {
        "weights": digest("weights", name),
        "data_root": digest("data", name),
        "items": 7,
        "record": digest("record", name),
        "evaluation": bytes(32),
        "family": model,
        "uri": "",
    }
    return e.ModelRegistered(model=model, publisher=publisher, manifest=manifest, signer=signer, **(whole | fields))


def model_id(publisher: int, manifest: bytes) -> bytes:
    """The id of a publisher's model."""
    return keccak256(publisher.to_bytes(32) + manifest)
