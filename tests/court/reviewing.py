"""A practice ledger with a court, reviewers with keys of their own, and a case that they have seats in."""

from __future__ import annotations

import itertools
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chain.nodes import PASSWORD, WORK, Between

from touchstone.chain import keystore
from touchstone.chain.intent import Intent
from touchstone.chain.local import PracticeLedger
from touchstone.chain.network import Network
from touchstone.chain.networks import Networks
from touchstone.chain.send import Mined, Sender
from touchstone.chain.signer import KeystoreSigner
from touchstone.paths import Home
from touchstone.registry import court, permits, pool
from touchstone.registry.court import Flagging
from touchstone.registry.court_types import Phase

NAMES = ("ann", "bea", "cem", "dot")
STAKE = 3_000_000_000  # millionths
MEDIA = "a1" * 32
DAY = 86_400


@dataclass
class Reviewing:
    """A home whose keys are reviewers in the pool, and the ledger with somebody on the line."""

    home: Home
    network: Network
    ledger: PracticeLedger
    node: Between
    signers: dict[str, KeystoreSigner]
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def sender(self, **more: Any) -> Sender:
        return Sender(self.home, self.network, [self.node], **{"poll": 0.01, "patience": 10.0} | more)

    def send(self, who: str, intent: Intent, key: str = "") -> Mined:
        sender = self.sender()
        try:
            signer = self.signers[who]
            return sender.send(sender.prepare(intent, signer.address), signer, lambda _p: True, key=key)
        finally:
            sender.close()

    def address(self, who: str) -> str:
        return self.signers[who].address.lower()

    def money(self, who: str, units: int, spender: str) -> None:
        self.ledger.give_dollars(self.address(who), units)
        self.send(who, permits.approve(self.network, spender, units))

    def flag(self, media: str = MEDIA, claim: str = "") -> int:
        """A new case by `dot`, who is in no pool."""
        parameters = court.parameters([self.node], self.network)
        bond = court.bond_for([self.node], self.network, media, court.claim_hash(claim))
        what = Flagging(media, claim, "e1" * 32, "", court.round_cost(parameters, 0), bond)
        self.money("dot", what.total, self.network.court)
        self.send("dot", court.flag(self.network, what))
        return court.count([self.node], self.network)

    def draw(self, case: int) -> None:
        """From the end of the evidence to where votes can be sealed."""
        self.ledger.skip(3 * DAY + 1)
        self.send("dot", court.request_seed(self.network, case))
        for _block in range(8):
            self.ledger.skip(2)
        while self.phase(case) is not Phase.COMMIT:
            self.send("dot", court.draw(self.network, case, 256))

    def phase(self, case: int) -> Phase:
        return court.phase([self.node], self.network, case)

    def vote(self, case: int, who: str, round_: int = 0) -> Any:
        return court.vote([self.node], self.network, case, round_, self.address(who))

    def seats(self, case: int) -> dict[str, int]:
        return {who: self.vote(case, who).seats for who in NAMES[:3]}

    def close(self) -> None:
        for signer in self.signers.values():
            signer.lock()
        self.ledger.close()


def opened(folder: Path) -> Reviewing:
    home = Home(folder)
    network = Networks.load(home).get("practice")
    ledger = PracticeLedger(home.ledger)
    signers = {}
    for key in keystore.keys(home):
        signers[key.name] = KeystoreSigner(key)
        signers[key.name].unlock(PASSWORD)
    return Reviewing(home, network, ledger, Between(ledger.node()), signers)


def make(folder: Path) -> None:
    """A home in which `ann`, `bea` and `cem` are reviewers with weight, and case 1 has its panel."""
    home = Home(folder)
    for name in NAMES:
        keystore.new(home, name, PASSWORD, work=WORK)
    made = opened(folder)
    for name in NAMES:
        made.ledger.fund(made.address(name), 10**18)
    for name in NAMES[:3]:
        made.money(name, STAKE, made.network.pool)
        made.send(name, pool.stake(made.network, STAKE))
        made.send(name, pool.join(made.network, automated=False))
    made.ledger.skip(14 * DAY + 1)
    for name in NAMES[:3]:
        made.send(name, pool.refresh(made.network, made.address(name)))
    case = made.flag()
    made.draw(case)
    assert all(made.seats(case).values()), made.seats(case)
    made.close()


def copied(template: Path, folder: Path) -> Reviewing:
    return opened(Path(shutil.copytree(template, folder)))
