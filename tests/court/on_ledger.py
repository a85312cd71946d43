"""A practice ledger as the application makes it, with a few reviewers whose stake counts, ready to be copied."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from tests.court.acts import CourtWorld
from tests.court.chains import LedgerChain
from tests.court.model import BURNED, TREASURY, Params
from tests.court.setting import registered
from tests.court.world import COURT, DEAD, POOL, TOKEN, Member, Terms

from touchstone.chain import contracts

PEOPLE = ("p0", "p1", "p2", "p3", "p4")
MACHINES = {"m0": "m0", "m1": "m1", "m3": "m0"}
PAYERS = ("x", "y", "z")
EVERYBODY = (*PEOPLE, *MACHINES, *PAYERS, "publisher", "keeper")
STAKES = {who: 1_500_000_003 + n for n, who in enumerate(PEOPLE)} | dict.fromkeys(MACHINES, 90000001)
RICH = 10_000_000_000


def shipped() -> Terms:
    """The parameters that practice ledgers are made with."""
    (seats, slash, leak, evidence, commit, obtain, reveal, appeal, lock, automated, fee, fixed, keeper, bond, per_seat,
     _) = contracts.deployment()["arguments"][COURT][6]  # fmt: skip
    params = Params(
        seats=tuple(n for n in seats if n), lock=lock, lock_automated=automated, slash_bps=slash, leak_bps=leak,
        seat_fee=fee, fixed_fee=fixed, keeper=keeper, bond=bond, appeal_per_seat=per_seat,
    )  # fmt: skip
    return Terms(params, evidence, commit, obtain, reveal, appeal)


def places() -> dict[str, str]:
    """Where the contracts stand."""
    at = {name: contracts.address(name) for name in contracts.order(practice=True)}
    return at | {TREASURY: at["PracticeSteward"], BURNED: DEAD}


def prepare(path: Path) -> dict[str, bytes]:
    """Makes the ledger, through the same calls as anybody's; returns the machines' models."""
    chain, at = LedgerChain(path), places()
    models = registered(chain, at, MACHINES)

    def done(who: str, name: str, function: str, *arguments: object) -> None:
        receipt = chain.send(who, name, at[name], function, *arguments)
        assert receipt.ok, (function, receipt.error)

    for who in EVERYBODY:
        done("maker", TOKEN, "mint", chain.address(who), RICH)
        for spender in (POOL, COURT):
            done(who, TOKEN, "approve", at[spender], 2**256 - 1)
    for who, amount in STAKES.items():
        done(who, POOL, "stake", amount)
        done(who, POOL, "join", who in MACHINES, models.get(who, bytes(32)))
    chain.skip(14 * 86_400)
    for who in STAKES:
        done("keeper", POOL, "refresh", chain.address(who))
    chain.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return models


def world_on(template: Path, path: Path, models: dict[str, bytes]) -> CourtWorld:
    """A copy of that ledger, and the model beside it."""
    shutil.copy(template, path)
    chain = LedgerChain(path)
    world = CourtWorld(chain, places(), shipped(), {who: Member(False, "") for who in PEOPLE})
    world.members |= {who: Member(True, family) for who, family in MACHINES.items()}
    world.models = models
    for who in EVERYBODY:
        world.names[chain.address(who).lower()] = who
        world.funds[who] = RICH
    for who, amount in STAKES.items():
        world.court.deposit(who, amount)
    return world
