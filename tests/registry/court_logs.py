"""Events of court and pool as nodes give them, encoded by eth_abi; cases for scripted chains."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from eth_abi import encode
from tests.registry.scripted import NETWORK, digest

from touchstone.chain import court_event_types as t
from touchstone.chain.court_topics import COURT_EVENTS
from touchstone.chain.keccak import keccak256

COURT, POOL = "0x" + "44" * 20, "0x" + "55" * 20
COURT_NETWORK = replace(NETWORK, court=COURT, pool=POOL)
POOLS = frozenset(
    ("Staked", "Joined", "WeightSet", "Left", "Deactivated", "Unbonding", "StakeWithdrawn", "Locked", "LockSettled")
) | {"PoolParametersAdopted", "Frozen"}
DAY = 86400
FLAGGER, VOTERS = b"\xf1" * 20, [bytes([0xA0 + n]) * 20 for n in range(5)]


def kinds_of(name: str) -> list[str]:
    """The kinds of an event's values, structs taken apart."""
    inner = COURT_EVENTS[name].signature.partition("(")[2][:-1].translate({ord(c): None for c in "()"})
    return re.sub(r"uint8\[3\]", "uint8,uint8,uint8", inner).split(",") if inner else []


def court_log(event: Any, block: int, block_hash: bytes, position: int, tx: bytes, time: int | None = None) -> dict:
    name = type(event).__name__
    layout, kinds = COURT_EVENTS[name], kinds_of(name)
    values = [_plain(kind, value) for kind, value in zip(kinds, event, strict=True)]
    topics = [keccak256(layout.signature.encode())]
    topics += [encode([kind], [value]) for kind, value in zip(kinds[: layout.indexed], values, strict=False)]
    data = encode(kinds[layout.indexed :], values[layout.indexed :])
    log = {
        "address": POOL if name in POOLS else COURT,
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


def _plain(kind: str, value: Any) -> Any:
    if kind == "address":
        return "0x" + value.hex()
    return int.from_bytes(value) if kind == "uint256" and isinstance(value, bytes) else value


PARAMETERS = t.CourtParametersAdopted(
    number=1,
    seats_0=3,
    seats_1=7,
    seats_2=0,
    slash_bps=2500,
    leak_bps=1000,
    evidence_time=3 * DAY,
    commit_time=2 * DAY,
    obtain_time=DAY // 2,
    reveal_time=2 * DAY,
    appeal_time=3 * DAY,
    seat_lock=20,
    automated_lock=10,
    seat_fee=2,
    fixed_fee=1,
    keeper_fee=1,
    flag_bond=35,
    appeal_per_seat=2,
    randomness=b"\x66" * 20,
)


def flagged(case: int, media: bytes, claim: str = "", **more: Any) -> t.Flagged:
    whole = {
        "flagger": FLAGGER,
        "claim": keccak256(claim.encode()) if claim else bytes(32),
        "evidence": digest("evidence", case),
        "bounty": 100,
        "bond": 35,
        "publisher": 0,
        "parameters": 1,
        "uri": "https://x.example/a.zip",
    }
    return t.Flagged(case=case, media=media, claim_text=claim, **(whole | more))


def drawn(case: int, round_: int = 0, voters: list[bytes] | None = None) -> list[Any]:
    """The pool frozen, a seed, a seat for each voter."""
    seats = [t.SeatDrawn(case, round_, voter, False, bytes(32), 20) for voter in voters or VOTERS[:3]]
    return [
        t.Frozen(case * 10 + round_, 9000, 100),
        t.SeedRequested(case, round_, bytes(32), case * 10 + round_, b"\x66" * 20),
        *seats,
    ]


def voted(case: int, round_: int, votes: dict[int, int]) -> list[Any]:
    """Commitments of everybody, and what they open to; not opened where None."""
    sealed = [t.Committed(case, round_, VOTERS[n], digest("sealed", case, n)) for n in votes]
    opened = [t.Revealed(case, round_, VOTERS[n], b, 1, digest("salt", n)) for n, b in votes.items() if b is not None]
    return [*sealed, *opened]
