"""A practice ledger with publishers on it who register and withdraw, by real transactions."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from touchstone.chain import contracts, transactions
from touchstone.chain.local import PracticeLedger
from touchstone.chain.network import PRACTICE_CHAIN_ID
from touchstone.chain.throwaway import ThrowawaySigner
from touchstone.paths import Home

NOBODY = "0x" + "00" * 20
ALL_ROLES = 15


def sha(number: int) -> str:
    return f"{number:064x}"


def some_pdq() -> str:
    return secrets.token_hex(32)


def near(pdq: str, bits: int) -> str:
    """A fingerprint that differs in so many bits."""
    return f"{int(pdq, 16) ^ ((1 << bits) - 1):064x}"


@dataclass
class Key:
    """An address with money, and what it sends."""

    ledger: PracticeLedger
    signer: ThrowawaySigner = field(default_factory=ThrowawaySigner)
    nonce: int = 0

    def __post_init__(self) -> None:
        self.ledger.fund(self.signer.address, 10**19)
        self._price = 20 * int(self.ledger.node().request("eth_gasPrice", []), 16)

    @property
    def address(self) -> str:
        return self.signer.address

    def send(self, contract: str, function: str, *arguments: object) -> dict[str, object]:
        call = transactions.fields(
            chain_id=PRACTICE_CHAIN_ID,
            nonce=self.nonce,
            to=contracts.address(contract),
            data=contracts.encode(contract, function, *arguments),
            gas=3_000_000,
            max_fee=self._price,
            priority=min(self._price, 10**9),
        )
        self.nonce += 1
        node = self.ledger.node()
        digest = node.request("eth_sendRawTransaction", ["0x" + self.signer.sign_transaction(call).raw.hex()])
        receipt = node.request("eth_getTransactionReceipt", [digest])
        assert int(receipt["status"], 16) == 1, (function, arguments)
        return receipt


@dataclass
class Publisher:
    """A publisher with one key, or another's key that acts for it."""

    key: Key
    id: int

    @classmethod
    def create(cls, ledger: PracticeLedger, name: str = "Agence X", domain: str = "") -> Publisher:
        key = Key(ledger)
        receipt = key.send("PublisherRegistry", "create", name, domain, NOBODY)
        created = "0x" + contracts.topic("PublisherRegistry", "PublisherCreated").hex()
        topics = next(log["topics"] for log in receipt["logs"] if log["topics"][0] == created)
        return cls(key, int(topics[1], 16))

    def register(self, sha256: str, pdq: str = "", *, kind: int = 1, flags: int = 0) -> None:
        what = {
            "sha256": "0x" + sha256,
            "pdq": "0x" + (pdq or "00" * 32),
            "manifest": bytes(32),
            "parent": bytes(32),
            "kind": kind,
            "flags": flags,
            "uri": "",
        }
        self.key.send("MediaRegistry", "register", self.id, what)

    def withdraw(self, sha256: str, reason: int = 0, replacement: str = "") -> None:
        self.key.send("MediaRegistry", "revoke", self.id, "0x" + sha256, reason, "0x" + (replacement or "00" * 32))

    def second_key(self) -> Publisher:
        """The same publisher, acting through another key."""
        other = Key(self.key.ledger)
        self.key.send("PublisherRegistry", "setSigner", self.id, other.address, ALL_ROLES, 0, 0)
        return Publisher(other, self.id)

    def compromised(self, key: Key, since: int) -> None:
        self.key.send("PublisherRegistry", "markCompromised", self.id, key.address, since)


def now(ledger: PracticeLedger) -> int:
    return ledger.status().time


def ledger_of(home: Home) -> PracticeLedger:
    return PracticeLedger(home.ledger)
