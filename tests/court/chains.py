"""Two chains under one face for whoever drives the contracts: the engine alone, which is fast, and a practice ledger.

On both a transaction is a block of its own, a second after the one before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from eth_abi import decode as unpacked
from eth_abi import encode as packed
from eth_account import Account as Keys

import touchstone.chain.engine_state  # noqa: F401 - sets the limit of recursion, which hypothesis wants settled
from touchstone.chain import contracts
from touchstone.chain import ledger_trie as trie
from touchstone.chain.engine import Outcome, PyEvm, Surroundings
from touchstone.chain.keccak import keccak256
from touchstone.chain.ledger_accounts import Account, Known, carry
from touchstone.chain.ledger_envelope import Transaction
from touchstone.chain.ledger_rules import RpcError
from touchstone.chain.local import PracticeLedger
from touchstone.chain.network import PRACTICE_CHAIN_ID

GAS = 12_000_000
BEGIN = 1_800_000_000
_BY_THE_CLOCK = {"phaseOf", "clock", "paused", "withdrawable"}
_View = tuple[str, str, tuple[Any, ...]]


@dataclass(frozen=True)
class Event:
    """A log of one of our contracts: its name, and its arguments by theirs."""

    name: str
    of: dict[str, Any]


@dataclass(frozen=True)
class Receipt:
    """What a transaction came to. `error` names the contracts' own error, "" where there was none."""

    ok: bool
    error: str
    events: tuple[Event, ...]
    time: int
    number: int


class ChainOfTests(Protocol):
    """Names stand for keys and for addresses of contracts."""

    time: int
    number: int

    def address(self, who: str) -> str: ...

    def make(self, name: str, *arguments: Any) -> str: ...

    def send(self, who: str, name: str, at: str, function: str, *arguments: Any) -> Receipt: ...

    def see(self, name: str, at: str, function: str, *arguments: Any) -> Any: ...

    def skip(self, seconds: int) -> None: ...

    def mine(self, blocks: int) -> None: ...


def _key(who: str) -> bytes:
    return hashlib.sha256(f"court {who}".encode()).digest()


def init_code(name: str, arguments: Sequence[Any]) -> bytes:
    """What makes a contract with other arguments than those that ship."""
    found = contracts.artefact(name)
    inputs = next((entry["inputs"] for entry in found["abi"] if entry["type"] == "constructor"), [])
    kinds = [contracts._type(one) for one in inputs]
    return bytes.fromhex(found["bytecode"][2:]) + packed(kinds, list(arguments))


_EVENTS: dict[bytes, tuple[str, list[dict[str, Any]]]] = {}


def events(logs: Sequence[tuple[Sequence[bytes], bytes]]) -> tuple[Event, ...]:
    """Logs as events; a topic that two contracts share has the same arguments in both."""
    if not _EVENTS:
        for name in contracts.deployment()["order"]:
            for entry in contracts.artefact(name)["abi"]:
                if entry["type"] == "event":
                    _EVENTS[keccak256(contracts._signature(entry).encode())] = (entry["name"], entry["inputs"])
    found = []
    for topics, data in logs:
        name, inputs = _EVENTS[bytes(topics[0])]
        plain = [one for one in inputs if not one["indexed"]]
        of = dict(zip([one["name"] for one in plain], unpacked([contracts._type(p) for p in plain], data), strict=True))
        marked = [one for one in inputs if one["indexed"]]
        for one, topic in zip(marked, topics[1:], strict=True):
            of[one["name"]] = unpacked([one["type"]], topic)[0]
        found.append(Event(name, of))
    return tuple(found)


class _Watched(Known):
    """Tells which words of storage were read."""

    def __init__(self, nodes: dict[bytes, bytes], root: bytes) -> None:
        super().__init__(nodes.__getitem__, root)
        self.nodes = nodes
        self.seen: set[tuple[bytes, int]] = set()

    def slot(self, address: bytes, slot: int) -> int:
        self.seen.add((address, slot))
        return super().slot(address, slot)


class EngineChain:
    """The virtual machine of practice ledgers over a state in memory, with no signatures, files or fees."""

    def __init__(self) -> None:
        self._engine = PyEvm(PRACTICE_CHAIN_ID)
        self._known = _Watched({}, trie.EMPTY_ROOT)
        self.time, self.number, self._salt = BEGIN, 1_000, b""
        self._views: dict[_View, Any] = {}
        self._readers: dict[tuple[bytes, int], set[_View]] = {}
        self._addresses: dict[str, str] = {}

    def fork(self, salt: str) -> EngineChain:
        """Another chain that goes on from here; other salt, other hashes of blocks. This one is left as it is."""
        other = EngineChain()
        other._known = _Watched(self._known.nodes, self._known.root)
        other._known.accounts, other._known.slots = dict(self._known.accounts), dict(self._known.slots)
        other.time, other.number, other._salt = self.time, self.number, salt.encode()
        return other

    def address(self, who: str) -> str:
        if who not in self._addresses:
            self._addresses[who] = "0x" + keccak256(_key(who))[12:].hex()
        return self._addresses[who]

    def make(self, name: str, *arguments: Any) -> str:
        return "0x" + self._run("maker", b"", init_code(name, arguments)).contract.hex()

    def send(self, who: str, name: str, at: str, function: str, *arguments: Any) -> Receipt:
        data = contracts.encode(name, function, *arguments)
        outcome = self._run(who, bytes.fromhex(at[2:]), data)
        error = contracts.revert_reason(outcome.output)[0] if outcome.reverted else outcome.failure
        logs = events([(log.topics, log.data) for log in outcome.logs])
        return Receipt(not outcome.failure, error, logs, self.time, self.number)

    def see(self, name: str, at: str, function: str, *arguments: Any) -> Any:
        """A view's answer. It is run again only where a word that it read has changed since."""
        view = (at, function, arguments)
        if view in self._views:
            return self._views[view]
        self._known.seen = set()
        data = contracts.encode(name, function, *arguments)
        transaction = self._transaction("viewer", bytes.fromhex(at[2:]), data)
        outcome = self._engine.call(self._known, self._around(self.time, self.number), transaction)
        assert not outcome.failure, (function, outcome.failure)
        answer = contracts.decode(name, function, outcome.output)
        if function not in _BY_THE_CLOCK:
            self._views[view] = answer
            for word in self._known.seen:
                self._readers.setdefault(word, set()).add(view)
        return answer

    def skip(self, seconds: int) -> None:
        self.time, self.number = self.time + seconds, self.number + 1

    def mine(self, blocks: int) -> None:
        self.time, self.number = self.time + blocks, self.number + blocks

    def _transaction(self, who: str, to: bytes, data: bytes) -> Transaction:
        sender = bytes.fromhex(self.address(who)[2:])
        nonce = (self._known.account(sender) or Account()).nonce
        return Transaction(2, PRACTICE_CHAIN_ID, nonce, 0, 0, GAS, to, 0, data, sender=sender)

    def _around(self, time: int, number: int) -> Surroundings:
        salt = self._salt
        return Surroundings(
            number, time, 60_000_000, 0, bytes(32), lambda asked: keccak256(salt + asked.to_bytes(32, "big"))
        )

    def _run(self, who: str, to: bytes, data: bytes) -> Outcome:
        self.time, self.number = self.time + 1, self.number + 1
        transaction = self._transaction(who, to, data)
        outcome, change = self._engine.run(self._known, self._around(self.time, self.number), transaction)
        self._known.nodes.update(change.nodes)
        for word in change.slots:
            for view in self._readers.pop(word, ()):
                self._views.pop(view, None)
        carry(self._known, change)
        return outcome


class LedgerChain:
    """A practice ledger as the application has it: signed transactions, a file, JSON-RPC."""

    def __init__(self, path: Path) -> None:
        self.ledger = PracticeLedger(path, lambda: BEGIN)
        self._keys: dict[str, Any] = {}
        self._nonces: dict[str, int] = {}
        self._views: dict[_View, Any] = {}
        self._head()

    def _head(self) -> None:
        status = self.ledger.status()
        self.time, self.number = status.time, status.block
        self._views.clear()

    def address(self, who: str) -> str:
        if who not in self._keys:
            self._keys[who] = Keys.from_key(_key(who))
        return str(self._keys[who].address)

    def funded(self, who: str) -> None:
        """Gives ether for fees; a key must have had some before it sends."""
        self.ledger.fund(self.address(who), 10**21)
        self._nonces[who] = int(self.ledger.ask("eth_getTransactionCount", [self.address(who)]), 16)
        self._head()

    def make(self, name: str, *arguments: Any) -> str:
        return str(self._mined("maker", None, init_code(name, arguments))["contractAddress"])

    def send(self, who: str, name: str, at: str, function: str, *arguments: Any) -> Receipt:
        data = contracts.encode(name, function, *arguments)
        receipt = self._mined(who, at, data)
        error = "" if receipt["status"] == "0x1" else self._why(who, at, data)
        logs = [
            ([bytes.fromhex(topic[2:]) for topic in log["topics"]], bytes.fromhex(log["data"][2:]))
            for log in receipt["logs"]
        ]
        return Receipt(not error, error, events(logs), self.time, self.number)

    def see(self, name: str, at: str, function: str, *arguments: Any) -> Any:
        view = (at, function, arguments)
        if view not in self._views:
            data = contracts.encode(name, function, *arguments)
            output = self.ledger.ask("eth_call", [{"to": at, "data": "0x" + data.hex()}, "latest"])
            self._views[view] = contracts.decode(name, function, bytes.fromhex(output[2:]))
        return self._views[view]

    def skip(self, seconds: int) -> None:
        self.ledger.skip(seconds)
        self._head()

    def mine(self, blocks: int) -> None:
        for _ in range(blocks):
            self.ledger.skip(1)
        self._head()

    def close(self) -> None:
        self.ledger.close()

    def _mined(self, who: str, to: str | None, data: bytes) -> dict[str, Any]:
        if who not in self._nonces:
            self.funded(who)
        fields: dict[str, Any] = {
            "chainId": PRACTICE_CHAIN_ID, "nonce": self._nonces[who], "gas": GAS, "value": 0, "data": data,
            "maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**6,
        }  # fmt: skip
        if to is not None:
            fields["to"] = bytes.fromhex(to[2:])
        raw = self._keys[who].sign_transaction(fields).raw_transaction.hex()
        sent = self.ledger.ask("eth_sendRawTransaction", ["0x" + raw.removeprefix("0x")])
        self._nonces[who] += 1
        self._head()
        found: dict[str, Any] = self.ledger.ask("eth_getTransactionReceipt", [sent])
        return found

    def _why(self, who: str, at: str, data: bytes) -> str:
        """A receipt does not say why; the same call on the same state does, but for the second that has passed."""
        call = {"from": self.address(who), "to": at, "data": "0x" + data.hex()}
        try:
            self.ledger.request("eth_call", [call, hex(self.number - 1)])
        except RpcError as error:
            return contracts.revert_reason(bytes.fromhex(error.data[2:]))[0]
        return "only in its block"
