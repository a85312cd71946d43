"""Cases on a real practice ledger, played by keys of their own through the contracts that ship."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from eth_abi import encode as packed
from tests.practice import Key

from touchstone.chain import contracts
from touchstone.chain.keccak import keccak256
from touchstone.chain.local import PracticeLedger
from touchstone.chain.network import PRACTICE_CHAIN_ID

COURT, POOL, MONEY = "FactCheckCourt", "ReviewerPool", "PracticeUSD"
DOLLAR = 10**6
DAY = 86400
CANNOT_TELL, NOT_ALTERED, EDITED, SYNTHETIC = range(4)


def digest(*parts: object) -> bytes:
    return hashlib.sha256(repr(parts).encode()).digest()


@dataclass
class Play:
    """Reviewers who all vote as they are told, and a flagger who keeps cases moving."""

    ledger: PracticeLedger
    people: int = 5
    stake: int = 2000 * DOLLAR
    flagger: Key = field(init=False)
    reviewers: list[Key] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.flagger = self.rich()
        for _ in range(self.people):
            key = self.rich()
            key.send(POOL, "stake", self.stake)
            self.reviewers.append(key)
        self.ledger.skip(14 * DAY)
        for key in self.reviewers:
            key.send(POOL, "join", False, bytes(32))
            key.send(POOL, "refresh", key.address)

    def rich(self) -> Key:
        key = Key(self.ledger)
        for _ in range(3):
            self.ledger.give_dollars(key.address, 10_000 * DOLLAR)
        for spender in (COURT, POOL):
            key.send(MONEY, "approve", contracts.address(spender), 2**255)
        return key

    def ask(self, name: str, function: str, *arguments: object) -> Any:
        call = {"to": contracts.address(name), "data": "0x" + contracts.encode(name, function, *arguments).hex()}
        answer = self.ledger.request("eth_call", [call, "latest"])
        return contracts.decode(name, function, bytes.fromhex(answer[2:]))

    def flag(self, media: str, claim: str = "", *, uri: str = "https://x.example/a.zip", key: Key | None = None) -> int:
        key = key or self.flagger
        hashed = keccak256(claim.encode()) if claim else bytes(32)
        bond = self.ask(COURT, "bondFor", "0x" + media, hashed)
        what = {
            "media": "0x" + media,
            "claim": claim,
            "evidence": digest("evidence", media),
            "uri": uri,
            "bounty": 100 * DOLLAR,
            "bond": bond[0] if isinstance(bond, (tuple, list)) else bond,
        }
        key.send(COURT, "flag", what)
        count = self.ask(COURT, "caseCount")
        return int(count[0] if isinstance(count, (tuple, list)) else count)

    def draw(self, case: int, *, first: bool = True) -> None:
        if first:
            self.ledger.skip(3 * DAY)
        self.flagger.send(COURT, "requestSeed", case)
        self.ledger.skip(12)
        self.ledger.fund(self.flagger.address, 1)  # a block more
        self.flagger.send(COURT, "draw", case, 250)

    def salt(self, case: int, round_: int, key: Key) -> bytes:
        return digest("salt", case, round_, key.address)

    def seal(self, case: int, round_: int, votes: dict[int, int]) -> None:
        """`votes` maps a reviewer's place to a ballot; whoever has no seat seals nothing."""
        for place, ballot in votes.items():
            key = self.reviewers[place]
            if not self.has_seat(case, round_, key):
                continue
            parts = (PRACTICE_CHAIN_ID, contracts.address(COURT), case, round_, key.address, ballot)
            kinds = ["uint256", "address", "uint256", "uint8", "address", "uint8", "bytes32"]
            commitment = keccak256(packed(kinds, [*parts, self.salt(case, round_, key)]))
            key.send(COURT, "commit", case, commitment)

    def has_seat(self, case: int, round_: int, key: Key) -> bool:
        vote = self.ask(COURT, "voteOf", case, round_, key.address)
        while isinstance(vote, (tuple, list)) and len(vote) == 1:
            vote = vote[0]
        return bool(vote["seats"] if isinstance(vote, dict) else vote[1])

    def open(self, case: int, round_: int, votes: dict[int, int]) -> None:
        self.ledger.skip(2 * DAY)
        for place, ballot in votes.items():
            key = self.reviewers[place]
            if self.has_seat(case, round_, key):
                key.send(COURT, "reveal", case, key.address, ballot, self.salt(case, round_, key))

    def tally(self, case: int) -> None:
        self.ledger.skip(2 * DAY)
        self.flagger.send(COURT, "tally", case)

    def ruled(self, media: str, ballot: int, claim: str = "", *, dissent: int | None = None) -> int:
        """A case in which everybody votes like that; its first round is counted. `dissent` is the last one's vote."""
        case = self.flag(media, claim)
        self.draw(case)
        votes = dict.fromkeys(range(self.people), ballot)
        if dissent is not None:
            votes[self.people - 1] = dissent
        self.seal(case, 0, votes)
        self.open(case, 0, votes)
        self.tally(case)
        return case

    def finalise(self, case: int) -> None:
        self.ledger.skip(3 * DAY)
        self.flagger.send(COURT, "finalise", case)

    def settle(self, case: int, round_: int) -> None:
        for key in self.reviewers:
            if self.has_seat(case, round_, key):
                self.flagger.send(COURT, "settle", case, round_, key.address)
