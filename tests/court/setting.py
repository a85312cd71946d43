"""What random histories begin with: registers, token and pool with everybody's stake, and a court of their own."""

from __future__ import annotations

import random
from functools import cache

from tests.court.acts import CourtWorld
from tests.court.chains import ChainOfTests, EngineChain
from tests.court.model import BURNED, TREASURY, Params
from tests.court.world import COURT, DEAD, POOL, TOKEN, Member, Terms, hashed

PEOPLE = tuple(f"p{n}" for n in range(8))
MACHINES = {"m0": "m0", "m1": "m1", "m2": "m2", "m3": "m0"}
PAYERS = ("x", "y", "z")
DAY = 86_400
RICH = 10**9
# Each of the pool's own least amounts is small, so that a slash can fall below it.
POOL_TERMS = (2_500, 600, DAY, 7 * DAY)
STAKES = {who: 17_003 + 1_009 * n for n, who in enumerate(PEOPLE)} | dict.fromkeys(MACHINES, 4001)


def _model(parents: list[bytes], name: str) -> tuple[object, ...]:
    some = hashed(["string"], [name])
    return (some, some, some, 7, some, some, parents, "https://example.org/m")


@cache
def begun() -> tuple[EngineChain, dict[str, str], dict[str, bytes]]:
    """Registers, token and pool with everybody's stake in it, once for all histories; and machines' models."""
    chain, at = EngineChain(), {TREASURY: "0x" + "00" * 19 + "77", BURNED: DEAD}
    models = prepared(chain, at)
    rules = at["Open"]
    guards = [chain.address("timelock"), chain.address("guardian")]
    at[POOL] = chain.make(POOL, at[TOKEN], at["ModelRegistry"], *guards, (*POOL_TERMS, rules, rules))
    return chain, at, models


def prepared(chain: ChainOfTests, at: dict[str, str]) -> dict[str, bytes]:
    """Registers with one publisher, who registered the file "mine" and the machines' models."""
    at["PublisherRegistry"] = chain.make("PublisherRegistry")
    for name in ("MediaRegistry", "ModelRegistry"):
        at[name] = chain.make(name, at["PublisherRegistry"])
    for name in (TOKEN, "Open", "FutureBlockHash"):
        at[name] = chain.make(name)
    return registered(chain, at, MACHINES)


def registered(chain: ChainOfTests, at: dict[str, str], machines: dict[str, str]) -> dict[str, bytes]:
    """What is registered before a history."""

    def done(name: str, function: str, *arguments: object) -> object:
        receipt = chain.send("publisher", name, at[name], function, *arguments)
        assert receipt.ok, receipt.error
        return receipt.events[0].of

    done("PublisherRegistry", "create", "Example News", "", "0x" + "00" * 20)
    done("PublisherRegistry", "setSigner", 1, chain.address("publisher"), 15, 0, 0)
    file = {"sha256": hashed(["string"], ["mine"]), "pdq": bytes(32), "manifest": bytes(32), "parent": bytes(32)}
    done("MediaRegistry", "register", 1, file | {"kind": 1, "flags": 0, "uri": ""})
    models = dict[str, bytes]()
    for who, family in machines.items():
        parents = [models[family]] if family != who else []
        models[who] = done("ModelRegistry", "register", 1, _model(parents, who))["model"]  # type: ignore[index]
    return models


def some_terms(chance: random.Random) -> Terms:
    """Odd amounts, so that every division leaves something over; sometimes fewer rounds."""
    fee = chance.randint(0, 40)
    params = Params(
        seats=chance.choice(((3, 7, 9), (3, 7, 9), (3, 5), (3,), (5, 7))),
        lock=1_009,
        lock_automated=chance.choice((307, 1_009, 1)),
        slash_bps=chance.choice((2_501, 1, 5_000, 3_333)),
        leak_bps=chance.choice((1_009, 0, 5_000)),
        seat_fee=fee + chance.randint(0, 60),
        fixed_fee=fee,
        keeper=chance.choice((5, 0, 7)),
        bond=chance.choice((211, 1, 1_000)),
        appeal_per_seat=chance.choice((29, 0)),
    )
    return Terms(params)


@cache
def _staked() -> tuple[EngineChain, dict[str, str], dict[str, bytes]]:
    """The same with everybody rich, in the pool, and their stake of full weight."""
    chain, at, models = begun()

    def done(who: str, name: str, function: str, *arguments: object) -> None:
        receipt = chain.send(who, name, at[name], function, *arguments)
        assert receipt.ok, (function, receipt.error)

    for who in (*PEOPLE, *MACHINES, *PAYERS, "publisher"):
        done("maker", TOKEN, "mint", chain.address(who), RICH)
        done(who, TOKEN, "approve", at[POOL], 2**256 - 1)
    for who in (*PEOPLE, *MACHINES):
        done(who, POOL, "stake", STAKES[who])
        done(who, POOL, "join", who in MACHINES, models.get(who, bytes(32)))
    chain.skip(DAY)
    for who in (*PEOPLE, *MACHINES):
        done("keeper", POOL, "refresh", chain.address(who))
    return chain, at, models


def world_of(seed: int) -> CourtWorld:
    """Contracts of their own, on a chain whose hashes the number decides."""
    chance = random.Random(seed)
    first, at, models = _staked()
    chain, at, terms = first.fork(f"history {seed}"), dict(at), some_terms(chance)
    guards = [at[TREASURY], chain.address("timelock"), chain.address("guardian")]
    bench = chain.make("CourtBench", at[POOL], at["MediaRegistry"], *guards)
    struct = terms.struct(at["FutureBlockHash"])
    at[COURT] = chain.make(COURT, at[POOL], at["MediaRegistry"], *guards, bench, struct)
    assert chain.send("timelock", POOL, at[POOL], "setCourt", at[COURT]).ok
    world = CourtWorld(chain, at, terms, {who: Member(False, "") for who in PEOPLE})
    world.members |= {who: Member(True, family) for who, family in MACHINES.items()}
    world.models = models
    world.names[chain.address("keeper")] = "keeper"
    for who in (*PEOPLE, *MACHINES, *PAYERS, "publisher"):
        world.names[chain.address(who)] = who
        world.funds[who] = RICH
        world.raw(who, TOKEN, "approve", at[COURT], 2**256 - 1)
    for who, amount in STAKES.items():
        world.court.deposit(who, amount)
    world.agree()
    return world
