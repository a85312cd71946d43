"""What the page of one's stake reads and sends, in threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from touchstone.registry.court_types import PoolParameters, ReviewerEntry
from touchstone.ui import court_signing, review_work
from touchstone.ui.signing import Deed, transact
from touchstone.ui.stake_plot import Point

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.keystore import Key
    from touchstone.chain.network import Network
    from touchstone.registry.case_types import Earned, StakeEvent
    from touchstone.registry.permits import Permit
    from touchstone.ui.desk import Desk

GIFT = 1_000_000_000  # whole units of practice dollars given at once: a thousand
COUNTED = frozenset({"seat", "lost", "keeper", "leak"})  # kinds of earnings; others give back what was paid in


@dataclass(frozen=True, slots=True)
class Stake:
    """An account as pool and court have it. `wallet` and `credit` in whole units; `reviewer` None where not asked."""

    network: Network
    keys: tuple[Key, ...]
    key: Key | None = None
    reviewer: ReviewerEntry | None = None
    rules: PoolParameters | None = None
    wallet: int = 0
    credit: int = 0
    earnings: tuple[Earned, ...] = ()
    points: Sequence[Point] = ()
    now: int = 0


def read(desk: Desk, address: str) -> Stake:
    """How an account stands; that of the first key where `address` is none of the user's.

    Raises:
        ChainError, StoreError: it cannot be read.
    """
    network = desk.register.network()
    keys = review_work.keys_of(desk)
    key = next((key for key in keys if key.address == address), next(iter(keys), None))
    if key is None or not network.court:
        return Stake(network, keys, key)
    return _of(desk, network, keys, key)


def _of(desk: Desk, network: Network, keys: tuple[Key, ...], key: Key) -> Stake:
    from touchstone.registry import court, permits, pool
    from touchstone.registry.case_lookup import Cases

    review_work.catch_up(desk, network)
    cases = Cases(desk.home, network)
    try:
        earned, history = cases.earnings(key.address), cases.stake_history(key.address)
    finally:
        cases.close()
    nodes = desk.register.nodes()
    return Stake(
        network,
        keys,
        key,
        pool.reviewer(nodes, network, key.address),
        pool.parameters(nodes, network),
        permits.balance(nodes, network, key.address),
        court.credit(nodes, network, key.address),
        earned,
        points(history, earned),
        review_work.clock(desk, network),
    )


def points(history: Sequence[StakeEvent], earned: Sequence[Earned]) -> tuple[Point, ...]:
    """Stake, locks and earnings by time."""
    told = [(one.time, one.block, one.staked, one.locked, 0) for one in history]
    told += [(one.time, one.block, -1, -1, one.amount) for one in earned if str(one.kind) in COUNTED]
    found: list[Point] = []
    staked = locked = total = 0
    for moment, _block, now_staked, now_locked, amount in sorted(told, key=lambda row: row[:2]):
        if now_staked >= 0:
            staked, locked = now_staked, now_locked
        total += amount
        point = Point(moment, staked, locked, total)
        if found and found[-1].time == moment:
            found[-1] = point
        else:
            found.append(point)
    return tuple(found)


def give(desk: Desk, address: str) -> None:
    """Give practice dollars and practice ether. Raises ChainError."""
    network = desk.register.network()
    if network.practice:
        desk.register.ledger().give_dollars(address, GIFT)
    else:
        from touchstone.chain import ledger_faucet

        to = bytes.fromhex(address.removeprefix("0x"))
        ledger_faucet.give_dollars(desk.register.nodes()[0].request, network.chain_id, to, GIFT)
    desk.register.fund(address)


def put(desk: Desk, deed: Deed, amount: int) -> None:
    """Put money at stake, in one step where the key signs an allowance. Raises ChainError."""
    from touchstone.registry import pool

    network = desk.register.network()
    takes = pool.parameters(desk.register.nodes(), network).unbonding_time

    def build(network: Network, permit: Permit | None) -> Intent:
        return pool.stake(network, amount, permit, unbonding=takes)

    court_signing.pay(desk, deed, network.pool, amount, build)


def join(desk: Desk, deed: Deed) -> None:
    """Become a reviewer, as a person. Raises ChainError."""
    from touchstone.registry import pool

    transact(desk, deed, lambda network: [pool.join(network, False)])  # noqa: FBT003 - the contract's


def depart(desk: Desk, deed: Deed) -> None:
    """Be none any more. Raises ChainError."""
    from touchstone.registry import pool

    transact(desk, deed, lambda network: [pool.depart(network)])


def unbond(desk: Desk, deed: Deed, amount: int) -> None:
    """Begin to take stake out. Raises ChainError."""
    from touchstone.registry import pool

    network = desk.register.network()
    takes = pool.parameters(desk.register.nodes(), network).unbonding_time
    ready = review_work.clock(desk, network) + takes
    transact(desk, deed, lambda network: [pool.unbond(network, amount, ready=ready)])


def fetch(desk: Desk, deed: Deed) -> None:
    """Take out of the pool what is free. Raises ChainError."""
    from touchstone.registry import pool

    transact(desk, deed, lambda network: [pool.withdraw(network, deed.key.address)])


def withdraw(desk: Desk, deed: Deed) -> None:
    """Withdraw what the court holds for the account. Raises ChainError."""
    from touchstone.registry import court

    transact(desk, deed, lambda network: [court.withdraw(network, deed.key.address)])
